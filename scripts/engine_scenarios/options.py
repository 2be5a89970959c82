"""Resource options, components, lookups, providers, and names that are not known yet."""

from typing import Any

from harness.engine_runs import Run

from .declare import model, preview, scenario, up

scenario(
    "get",
    "A get is read in preview, up and refresh, never checked or diffed; its removal calls nothing",
    up(model("z")),
    up(model("z"), {"resource": "seen", "get": "acme/z"}, both=True),
    up(model("z"), {"resource": "seen", "get": "acme/z"}),
    Run("refresh"),
    up(model("z")),
)
scenario(
    "get_of_a_missing_one",
    "A get of a missing model fails the preview and the up",
    up(model("a")),
    preview(model("a"), {"resource": "seen", "get": "acme/z"}),
    up(model("a"), {"resource": "seen", "get": "acme/z"}, model("b")),
)
protected, kept = model("a", protect=True), model("a", retain_on_delete=True)
scenario(
    "protect",
    "A protected resource is not deleted and the run fails, while its neighbors are deleted",
    up(protected, model("b")),
    up(model("b")),
    up(protected | {"model_name": "acme/new"}, model("b")),
    Run("destroy"),
    Run("destroy", options={"exclude_protected": True}),
)
scenario(
    "retain_on_delete",
    "With retain_on_delete no delete is called: removed, or replaced",
    up(kept, model("b", retain_on_delete=True)),
    up(kept | {"model_name": "acme/new"}, both=True),
    Run("destroy"),
)
scenario(
    "deleted_with",
    "A resource that is deleted_with another has no delete of its own where both go",
    up(model("a"), model("b", deleted_with="a")),
    up(both=True),
)
scenario(
    "deleted_with_a_replaced_one",
    "A resource that is deleted_with one that is replaced is replaced too, without a delete",
    up(model("a", "acme/old"), model("b", deleted_with="a")),
    up(model("a", "acme/new"), model("b", deleted_with="a"), both=True),
)
scenario(
    "ignore_changes",
    "An ignored change is checked and diffed with the old value",
    up(model("a", ignore_changes=["input_cost"])),
    up(model("a", cost=2.0, ignore_changes=["input_cost"]), both=True),
)
team, other = (
    {"resource": "team", "component": True},
    {"resource": "other", "is_provider": True},
)
scenario(
    "component",
    "The children of a component are like other resources, and wait for it",
    up(team, model("a", parent="team"), model("b")),
    up(team, model("a", cost=2.0, parent="team"), model("b"), both=True),
    up(model("b")),
)
scenario(
    "moved_into_a_component_without_alias",
    "Without an alias a resource under another parent is another resource",
    up(team, model("a")),
    up(team, model("a", parent="team"), both=True),
)
scenario(
    "moved_into_a_component_with_alias",
    "With an alias a resource under another parent is the same resource",
    up(team, model("a")),
    up(team, model("a", parent="team", aliases=["no parent"]), both=True),
)
scenario(
    "component_renamed_with_alias",
    "With an alias on the renamed component its children are the same resources",
    up(team, model("a", parent="team")),
    up(
        {"resource": "crew", "component": True, "aliases": ["team"]},
        model("a", parent="crew"),
        both=True,
    ),
)
scenario(
    "moved_to_another_provider",
    "A resource that is moved to another provider is diffed, and neither created nor deleted",
    up(other, model("a")),
    up(other, model("a", provider="other"), both=True),
    up(other),
)
scenario(
    "two_providers",
    "Each provider has its own process; the order of calls is one for both",
    up(other, model("a"), model("b", provider="other")),
    up(),
)
later: dict[str, Any] = {"unknown_until_up": True, "depends_on": ["a"]}
scenario(
    "unknown_names",
    "A name that another resource's outputs tell is unknown in preview, a replacement there; "
    "the update knows it when it checks",
    up(model("a"), model("b", **later), both=True),
    up(model("a", cost=2.0), model("b", **later), both=True),
    up(model("a", "acme/new"), model("b", **later), both=True),
)
