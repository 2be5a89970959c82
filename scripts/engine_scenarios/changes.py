"""What a changed program makes of resources that keep or lose their names."""

from .declare import DBR, model, scenario, up

two = [model("a"), model("b")]
scenario(
    "first_up",
    "A first up checks and creates each resource; its preview checks the same and creates none",
    up(*two, both=True),
)
scenario(
    "no_change",
    "An up without a change checks and diffs each resource, and does no more",
    up(*two),
    up(*two, both=True),
)
scenario(
    "price_changed",
    "A changed price is an update, and resources without a change are diffed only",
    up(*two),
    up(model("a", cost=2.0), model("b"), both=True),
)
scenario(
    "field_dropped",
    "A field that is no longer declared is an update",
    up(model("a", output_cost=3.0)),
    up(model("a"), both=True),
)
scenario(
    "removed",
    "A resource that the program no longer declares is deleted after the program has ended",
    up(*two),
    up(model("a"), both=True),
)
scenario(
    "removed_and_added_again",
    "A resource that was deleted is created as if it had never been there",
    up(*two),
    up(model("a")),
    up(*two, both=True),
)
scenario(
    "renamed_without_alias",
    "A renamed resource is created under its new URN, and the old one deleted at the end",
    up(model("old", "acme/a"), model("b")),
    up(model("new", "acme/a"), model("b"), both=True),
)
scenario(
    "renamed_with_alias",
    "With an alias a renamed resource is the same resource",
    up(model("old", "acme/a")),
    up(model("new", "acme/a", aliases=["old"]), both=True),
    up(model("new", "acme/a", aliases=["old"])),
)
scenario(
    "renamed_with_alias_and_changed",
    "A resource that is renamed with an alias and changed is updated",
    up(model("old", "acme/a")),
    up(model("new", "acme/a", 2.0, aliases=["old"]), both=True),
)
scenario(
    "renamed_with_alias_and_replaced",
    "A resource that is renamed with an alias and replaced: its old self goes by its old name",
    up(model("old", "acme/a")),
    up(model("new", "acme/b", aliases=["old"]), both=True),
)
scenario(
    "swapped_names",
    "Two resources that swap the names of their models are both created, then both old deleted",
    up(model("a", "acme/x"), model("b", "acme/y")),
    up(model("a", "acme/y"), model("b", "acme/x"), both=True),
)
scenario(
    "swapped_names_delete_before_replace",
    "Two resources that swap names with delete_before_replace: each is deleted, then created",
    up(model("a", "acme/x", **DBR), model("b", "acme/y", **DBR)),
    up(model("a", "acme/y", **DBR), model("b", "acme/x", **DBR), both=True),
)
