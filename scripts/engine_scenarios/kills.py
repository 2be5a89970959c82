"""Runs that end before their time, and the runs after them."""

from typing import Any

from harness.engine_runs import Run

from .declare import DBR, SLOW, model, preview, scenario, up

cli: dict[str, Any] = {"killed": "the CLI"}
two = [model("a"), model("b", depends_on=["a"])]
scenario(
    "killed_during_create",
    "Killed in a create, a run leaves a pending operation; the next up creates again",
    up(*two, **cli, at=("create", "a", "acme/a")),
    up(*two),
    up(*two),
)
replaced = [model("a", "acme/new"), model("b", depends_on=["a"])]
old = [model("a", "acme/old"), model("b", depends_on=["a"])]
scenario(
    "killed_during_create_of_replacement",
    "Killed in the create of a replacement, the old one is in the state as it was",
    up(*old),
    up(*replaced, **cli, at=("create", "a", "acme/new")),
    up(*replaced),
)
with_new = [model("a", "acme/new"), model("late", depends_on=["a"])]
scenario(
    "killed_between_create_and_delete",
    "Killed between create and delete of a replacement, the next up deletes the old one",
    up(model("a", "acme/old")),
    up(*with_new, **cli, at=("create", "late", "acme/late")),
    preview(*with_new),
    up(*with_new),
)
on_price: dict[str, Any] = {"replace_on_changes": ["input_cost"]}
under_one_name = [model("a", cost=2.0, **on_price), model("late", depends_on=["a"])]
scenario(
    "killed_between_create_and_delete_under_one_name",
    "The same where old and new have one name: check, diff, and a delete of that name",
    up(model("a", **on_price)),
    up(*under_one_name, **cli, at=("create", "late", "acme/late")),
    up(*under_one_name),
)
scenario(
    "killed_between_then_changed",
    "An interrupted replacement, and the next up replaces again: two old selves are deleted",
    up(model("a", "acme/one")),
    up(
        model("a", "acme/two"),
        model("late", depends_on=["a"]),
        **cli,
        at=("create", "late", "acme/late"),
    ),
    up(model("a", "acme/three"), model("late", depends_on=["a"])),
)
scenario(
    "killed_between_then_destroyed",
    "An interrupted replacement, and a destroy: the old self is deleted with the new one",
    up(model("a", "acme/old")),
    up(*with_new, **cli, at=("create", "late", "acme/late")),
    Run("destroy", preview_only=True),
    Run("destroy"),
)
scenario(
    "killed_between_then_refreshed",
    "An interrupted replacement, and a refresh, which reads the new one and the old one",
    up(model("a", "acme/old")),
    up(*with_new, **cli, at=("create", "late", "acme/late")),
    Run("refresh"),
    up(*with_new),
)
scenario(
    "killed_between_then_removed",
    "An interrupted replacement of a resource that the next program no longer declares",
    up(model("a", "acme/old")),
    up(*with_new, **cli, at=("create", "late", "acme/late")),
    up(model("late")),
)
scenario(
    "killed_between_then_skipped",
    "An interrupted replacement whose new self is skipped: the old self is deleted",
    up(model("a", "acme/old")),
    up(*with_new, **cli, at=("create", "late", "acme/late")),
    up(
        model("b"),
        model("a", "acme/new", depends_on=["b"]),
        service=["POST acme/b answers 400"],
        options={"continue_on_error": True},
    ),
)
scenario(
    "killed_between_then_targeted",
    "An interrupted replacement, and an up that targets another resource",
    up(model("a", "acme/old")),
    up(*with_new, **cli, at=("create", "late", "acme/late")),
    up(*with_new, options={"targets": ["late"]}),
)
renamed = [model("new", "acme/a"), model("late", depends_on=["new"])]
scenario(
    "killed_in_a_rename",
    "Killed between the create and the delete of a resource renamed without an alias",
    up(model("old", "acme/a")),
    up(*renamed, **cli, at=("create", "late", "acme/late")),
    up(*renamed),
)
scenario(
    "killed_during_delete",
    "Killed in a delete, the next up deletes again",
    up(model("a"), model("old")),
    up(model("a"), **cli, at=("delete", "old", "acme/old")),
    up(model("a")),
)
scenario(
    "killed_during_delete_of_replaced",
    "Killed in the delete of an old self, the next up deletes it again",
    up(model("a", "acme/old")),
    up(model("a", "acme/new"), **cli, at=("delete", "a", "acme/old")),
    up(model("a", "acme/new")),
)
dbr = [model("a", "acme/new", **DBR), model("b")]
scenario(
    "killed_during_delete_before_replace",
    "Killed in the delete of a delete_before_replace, the next up deletes again, then creates",
    up(model("a", "acme/old", **DBR), model("b")),
    up(*dbr, **cli, at=("delete", "a", "acme/old")),
    up(*dbr),
)
scenario(
    "killed_during_create_after_delete",
    "Killed in the create of a delete_before_replace, the next up creates",
    up(model("a", "acme/old", **DBR), model("b")),
    up(*dbr, **cli, at=("create", "a", "acme/new")),
    preview(*dbr),
    up(*dbr),
)
scenario(
    "pending_replacement_removed",
    "Killed between delete and create of a delete_before_replace, and then removed: no more calls",
    up(model("a", "acme/old", **DBR), model("b")),
    up(*dbr, **cli, at=("create", "a", "acme/new")),
    up(model("b")),
)
scenario(
    "pending_replacement_refreshed",
    "Killed between delete and create of a delete_before_replace, and then refreshed",
    up(model("a", "acme/old", **DBR), model("b")),
    up(*dbr, **cli, at=("create", "a", "acme/new")),
    Run("refresh"),
    up(*dbr),
)
later: dict[str, Any] = {"unknown_until_up": True, "depends_on": ["a"]}
with_dependent = [model("a", "acme/new", **DBR), model("b", "acme/b-new", **later)]
scenario(
    "killed_in_delete_before_replace_with_a_dependent",
    "Killed in the create, after both old selves were deleted",
    up(model("a", "acme/old", **DBR), model("b", "acme/b-old", **later)),
    up(*with_dependent, **cli, at=("create", "a", "acme/new")),
    up(*with_dependent),
)
scenario(
    "killed_during_update",
    "Killed in an update, the next up updates again",
    up(*two),
    up(model("a", cost=2.0), two[1], **cli, at=("update", "a", "acme/a")),
    up(model("a", cost=2.0), two[1]),
)
scenario(
    "killed_during_destroy",
    "Killed in a destroy, the next one deletes what is left, and the interrupted one again",
    up(*two),
    Run("destroy", **cli, at=("delete", "a", "acme/a")),
    Run("destroy"),
)
scenario(
    "provider_killed_during_create",
    "The provider is killed in a create: that call fails, and nothing is pending afterwards",
    up(*two, killed="the provider", at=("create", "a", "acme/a")),
    up(*two),
)
three = [model("a"), model("b"), model("c"), model("d", depends_on=["c"])]
scenario(
    "killed_during_three_creates",
    "Killed while three creates run, a run leaves three pending operations",
    up(*three, **cli, at=("create", "b", "acme/b"), service=[SLOW]),
    up(*three),
)
scenario(
    "provider_killed_continue_on_error",
    "The provider is killed and --continue-on-error given: what runs fails, and so does all "
    "that begins later",
    up(model("old")),
    up(
        *three,
        killed="the provider",
        at=("create", "b", "acme/b"),
        service=[SLOW],
        options={"continue_on_error": True},
    ),
    up(*three),
)
scenario(
    "interrupted_during_create",
    "Ctrl-C lets a running create end, and nothing new begins",
    up(model("old")),
    up(*two, killed="Ctrl-C", at=("create", "a", "acme/a")),
    up(*two),
)
