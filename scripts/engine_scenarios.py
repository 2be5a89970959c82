"""The scenarios that record_engine_calls.py records, by the names of the recordings.

Few resources each. The first run makes what the later ones change.
"""

from collections.abc import Sequence
from typing import Any

from harness.engine_programs import Entry
from harness.engine_runs import Run, Scenario

SCENARIOS: dict[str, Scenario] = {}
SLOW = "every answer takes 0.5 s"
DBR: dict[str, Any] = {"delete_before_replace": True}


def model(resource: str, model_name: str = "", cost: float = 1.0, **more: object) -> dict[str, Any]:
    """Declare a model; by default it is named after its resource."""
    name = model_name or f"acme/{resource}"
    return {"resource": resource, "model_name": name, "input_cost": cost, **more}


def up(*program: Entry, **more: Any) -> Run:  # noqa: ANN401  (a run's other fields)
    return Run("up", program, **more)


def preview(*program: Entry, **more: Any) -> Run:  # noqa: ANN401
    return Run("preview", program, **more)


def scenario(name: str, promise: str, *runs: Run) -> None:
    SCENARIOS[name] = Scenario(promise, runs)


def chain(*resources: str, cost: float = 1.0) -> list[dict[str, Any]]:
    """Declare models of which each depends on the one before it."""
    models = [model(each, cost=cost) for each in resources]
    for before, entry in zip(resources, models[1:], strict=False):
        entry["depends_on"] = [before]
    return models


def _changes() -> None:
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


def _replacements() -> None:
    scenario(
        "model_name_changed",
        "A changed model_name creates the new model, and deletes the old one at the end",
        up(model("a", "acme/old"), model("b", depends_on=["a"])),
        up(model("a", "acme/new"), model("b", depends_on=["a"]), both=True),
    )
    scenario(
        "model_name_changed_delete_before_replace",
        "With delete_before_replace the old one is deleted first; who only depends_on it is kept",
        up(model("a", "acme/old", **DBR), model("b", depends_on=["a"])),
        up(model("a", "acme/new", **DBR), model("b", depends_on=["a"]), both=True),
    )
    later: dict[str, Any] = {"unknown_until_up": True, "depends_on": ["a"]}
    scenario(
        "delete_before_replace_with_a_dependent",
        "A dependent whose model_name comes of the replaced one is deleted first and created last",
        up(model("a", "acme/old", **DBR), model("b", "acme/b-old", **later)),
        up(model("a", "acme/new", **DBR), model("b", "acme/b-new", **later), both=True),
    )
    scenario(
        "replaced_with_a_dependent",
        "A dependent whose model_name comes of the replaced one is replaced after it",
        up(model("a", "acme/old"), model("b", "acme/b-old", **later)),
        up(model("a", "acme/new"), model("b", "acme/b-new", **later), both=True),
    )
    scenario(
        "both_replaced_in_a_chain",
        "Two replaced resources of which one depends on the other: the dependent's old self is "
        "deleted first",
        up(model("a", "acme/a-1"), model("b", "acme/b-1", depends_on=["a"])),
        up(model("a", "acme/a-2"), model("b", "acme/b-2", depends_on=["a"]), both=True),
    )
    scenario(
        "both_replaced_in_a_chain_delete_before_replace",
        "The same with delete_before_replace: a resource that must be replaced itself is not "
        "deleted with what it depends on unless its inputs do",
        up(model("a", "acme/a-1", **DBR), model("b", "acme/b-1", depends_on=["a"], **DBR)),
        up(
            model("a", "acme/a-2", **DBR),
            model("b", "acme/b-2", depends_on=["a"], **DBR),
            both=True,
        ),
    )
    on_price: dict[str, Any] = {"replace_on_changes": ["input_cost"]}
    scenario(
        "replace_on_changes",
        "replace_on_changes replaces a model under the name that it keeps",
        up(model("a", **on_price)),
        up(model("a", cost=2.0, **on_price), both=True),
    )
    scenario(
        "replace_on_changes_delete_before_replace",
        "With delete_before_replace the delete comes before the create, under one name",
        up(model("a", **on_price, **DBR)),
        up(model("a", cost=2.0, **on_price, **DBR), both=True),
    )
    two = [model("a"), model("b")]
    scenario(
        "replace_option",
        "--replace replaces without a diff",
        up(*two),
        up(*two, options={"replace": ["a"]}, both=True),
    )
    scenario(
        "replace_option_delete_before_replace",
        "--replace with delete_before_replace: no diff, and the delete comes first",
        up(model("a", **DBR), model("b")),
        up(model("a", **DBR), model("b"), options={"replace": ["a"]}, both=True),
    )
    scenario(
        "target_replace_option",
        "--target-replace replaces one resource and leaves the others alone",
        up(*two),
        up(*two, options={"target_replace": ["a"]}, both=True),
    )
    scenario(
        "tainted",
        "A tainted resource is replaced without a diff",
        up(*two),
        up(*two, before=["state taint a"], both=True),
        up(*two),
    )


def _order() -> None:
    scenario(
        "chain",
        "Creates follow depends_on, deletes go the other way, and updates follow it again",
        up(*chain("a", "b", "c")),
        up(*chain("a", "b", "c", cost=2.0)),
        up(),
    )
    fan = [model("a"), model("b", depends_on=["a"]), model("c", depends_on=["a"])]
    scenario(
        "diamond",
        "What depends on one resource is created at once after it, and deleted at once before it",
        up(*fan, model("d", depends_on=["b", "c"]), service=[SLOW]),
        up(*fan, service=[SLOW]),
        up(service=[SLOW]),
    )
    eight = [model(each) for each in "abcdefgh"]
    scenario(
        "eight_at_once",
        "Eight independent resources: the engine calls up to --parallel of them at once, of which "
        "the provider's process works on four",
        up(*eight, service=[SLOW]),
        up(*(one | {"input_cost": 2.0} for one in eight), service=[SLOW]),
        up(service=[SLOW]),
    )
    scenario(
        "eight_in_parallel_16",
        "With --parallel 16 eight calls run at once, of which the provider works on four",
        up(*eight, options={"parallel": 16}, service=[SLOW]),
        Run("destroy", options={"parallel": 16}, service=[SLOW]),
    )
    scenario(
        "eight_in_parallel_1",
        "With --parallel 1 one call runs at a time",
        up(*eight, options={"parallel": 1}, service=[SLOW]),
        up(
            *(one | {"input_cost": 2.0} for one in eight[:6]),
            options={"parallel": 1},
            service=[SLOW],
        ),
    )
    scenario(
        "mixed",
        "A create, an update, a replacement, an unchanged one and a removal in one run",
        up(model("a"), model("b", "acme/b-1"), model("c"), model("d")),
        up(model("new"), model("a", cost=2.0), model("b", "acme/b-2"), model("c"), both=True),
    )
    scenario(
        "order_of_deletes",
        "Deletes at the end: removed resources and old selves together, dependents first",
        up(*chain("a", "b"), model("c", "acme/c-1", depends_on=["b"]), model("d")),
        up(model("c", "acme/c-2"), service=[SLOW]),
    )


def _failures() -> None:
    b_fails, going_on = ["POST acme/b answers 400"], {"continue_on_error": True}
    with_dependent = [model("a"), model("b"), model("c", depends_on=["b"]), model("d")]
    everything = {"service": b_fails, "options": going_on}
    scenario(
        "create_fails",
        "After a failed create nothing new begins: its dependents are not checked, and no old one "
        "is deleted",
        up(model("old")),
        up(*with_dependent, service=b_fails),
        up(*with_dependent),
    )
    scenario(
        "create_fails_continue_on_error",
        "With --continue-on-error the others go on and removed ones are deleted; dependents of the "
        "failed one are skipped",
        up(model("old")),
        up(*with_dependent, **everything),
        up(*with_dependent),
    )
    updated = [one | {"input_cost": 2.0} for one in with_dependent]
    scenario(
        "update_fails",
        "A failed update keeps the old state; what waits for it is not called",
        up(*with_dependent, model("old")),
        up(*updated, service=b_fails),
        up(*updated),
    )
    scenario(
        "update_fails_continue_on_error",
        "With --continue-on-error after a failed update, dependents are skipped, removed ones go",
        up(*with_dependent, model("old")),
        up(*updated, **everything),
        up(*updated),
    )
    replaced = [model("b", "acme/new-b"), model("c", depends_on=["b"], cost=2.0)]
    new_fails = ["POST acme/new-b answers 400"]
    scenario(
        "replacement_fails",
        "A replacement whose create failed leaves the old one",
        up(model("b"), model("c", depends_on=["b"]), model("old")),
        up(*replaced, service=new_fails),
        up(*replaced),
    )
    scenario(
        "replacement_fails_continue_on_error",
        "With --continue-on-error too, the old self of a failed replacement is kept",
        up(model("b"), model("c", depends_on=["b"]), model("old")),
        up(*replaced, service=new_fails, options=going_on),
        up(*replaced),
    )
    dbr = [replaced[0] | DBR, replaced[1]]
    scenario(
        "replacement_fails_delete_before_replace",
        "With delete_before_replace the old one is gone when the create fails: the next up creates",
        up(model("b", **DBR), model("c", depends_on=["b"])),
        up(*dbr, service=new_fails),
        up(*dbr),
    )
    slow = [SLOW, *b_fails]
    two_chains = [*chain("a", "d", "e"), model("b"), model("c", depends_on=["b"])]
    scenario(
        "create_fails_beside_a_chain",
        "A failure in one chain: calls that run end, and nothing of the other chain begins",
        up(model("old")),
        up(*two_chains, service=slow),
    )
    scenario(
        "create_fails_beside_a_chain_continue_on_error",
        "With --continue-on-error the other chain goes on to its end, before anything is deleted",
        up(model("old")),
        up(*two_chains, service=slow, options=going_on),
    )
    scenario(
        "create_fails_in_parallel_1",
        "With --parallel 1 what is declared after a failed create is not checked",
        up(model("old")),
        up(*with_dependent, service=b_fails, options={"parallel": 1}),
    )
    scenario(
        "failed_one_keeps_what_it_depended_on",
        "With --continue-on-error a removed resource is kept where a failed one depended on it",
        up(model("base"), model("b", depends_on=["base"]), model("old")),
        up(model("b", cost=2.0), **everything),
    )
    scenario(
        "renamed_and_skipped",
        "With --continue-on-error a renamed resource that is skipped loses its old self",
        up(model("old", "acme/one")),
        up(model("b"), model("new", "acme/one", depends_on=["b"]), **everything),
    )
    delete_fails = ["DELETE acme/old answers 403"]
    scenario(
        "delete_fails",
        "A failed delete leaves the resource in the state, and the next up deletes it again",
        up(model("old"), model("gone"), model("a")),
        up(model("a"), service=delete_fails),
        up(model("a")),
    )
    scenario(
        "delete_of_a_replaced_one_fails",
        "An old self that could not be deleted stays in the state as to be deleted, and the next "
        "up deletes it",
        up(model("a", "acme/old"), model("b")),
        up(model("a", "acme/new"), model("b"), service=delete_fails),
        preview(model("a", "acme/new"), model("b")),
        up(model("a", "acme/new"), model("b")),
    )
    scenario(
        "delete_before_replace_whose_delete_fails",
        "Where the delete fails there is no create",
        up(model("a", "acme/old", **DBR), model("b")),
        up(model("a", "acme/new", **DBR), model("b"), service=delete_fails),
        up(model("a", "acme/new", **DBR), model("b")),
    )
    scenario(
        "check_fails",
        "After a failed check nothing new begins or is deleted, with --continue-on-error too",
        up(model("old")),
        up(model("a"), model("b", cost=-1.0, depends_on=["a"]), model("c")),
        up(model("a"), model("b", cost=-1.0, depends_on=["a"]), model("c"), options=going_on),
    )
    scenario(
        "program_raises",
        "Where the program raises, what it declared before is done and nothing is deleted",
        up(model("a"), model("old")),
        up(model("a", cost=2.0), model("b"), {"raises": "out of luck"}),
        up(model("a", cost=2.0), model("b"), {"raises": "out of luck"}, options=going_on),
    )


def _left_out() -> None:
    before = [model("a"), model("b"), model("c", depends_on=["b"]), model("old")]
    after = [model("a", cost=2.0), model("b", cost=2.0), model("c", cost=2.0, depends_on=["b"])]
    for name, promise, options in (
        ("target", "--target: no other resource is checked, and none deleted", {"targets": ["b"]}),
        (
            "target_dependents",
            "--target-dependents: what depends on a target is part of the run",
            {"targets": ["b"], "target_dependents": True},
        ),
        (
            "target_of_a_removed_one",
            "--target of a resource that the program no longer declares deletes it",
            {"targets": ["old"]},
        ),
        (
            "exclude",
            "--exclude: the excluded one is not checked; removed ones are deleted",
            {"excludes": ["b"]},
        ),
        (
            "exclude_dependents",
            "--exclude-dependents leaves out dependents too, and deletes nothing of that provider",
            {"excludes": ["b"], "exclude_dependents": True},
        ),
        (
            "exclude_a_removed_one",
            "--exclude of a resource that the program no longer declares keeps it",
            {"excludes": ["old"]},
        ),
    ):
        scenario(name, promise, up(*before), up(*after, options=options, both=True))
    scenario(
        "exclude_keeps_what_it_depended_on",
        "--exclude keeps a removed resource on which the excluded one depends",
        up(*before),
        up(model("a"), model("c"), options={"excludes": ["c"]}),
    )
    later: dict[str, Any] = {"unknown_until_up": True, "depends_on": ["a"]}
    scenario(
        "target_delete_before_replace_with_a_dependent",
        "--target of a resource that is deleted before its replacement: its dependent is deleted too, "
        "and created again from its old inputs, without a check",
        up(model("a", "acme/old", **DBR), model("b", "acme/b-old", **later)),
        up(
            model("a", "acme/new", **DBR),
            model("b", "acme/b-new", **later),
            options={"targets": ["a"]},
            both=True,
        ),
    )
    scenario(
        "target_a_new_one",
        "--target of a new resource creates it alone; other new ones are not created",
        up(model("a")),
        up(model("a", cost=2.0), model("b"), model("c"), options={"targets": ["b"]}, both=True),
    )
    scenario(
        "target_a_replaced_one",
        "--target of a resource that is replaced deletes its old self too",
        up(model("a", "acme/old"), model("b")),
        up(model("a", "acme/new"), model("b", cost=2.0), options={"targets": ["a"]}, both=True),
    )


def _kills() -> None:
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


def _without_program() -> None:
    two, drift = chain("a", "b"), ["input_cost of acme/a is 7"]
    scenario(
        "refresh",
        "A refresh reads each resource and diffs what it found; a drift is in the state after it",
        up(*two),
        Run("refresh", console=drift, preview_only=True),
        Run("refresh"),
        up(*two, both=True),
    )
    scenario(
        "refresh_of_a_gone_one",
        "A refresh drops a resource whose model is gone; the next up creates it",
        up(*two),
        Run("refresh", console=["delete acme/a"], preview_only=True),
        Run("refresh"),
        up(*two),
    )
    scenario(
        "refresh_run_program",
        "refresh --run-program reads and diffs in the order of the program, and checks nothing",
        up(*two),
        Run("refresh", two, {"run_program": True}, console=drift),
    )
    scenario(
        "refresh_target",
        "refresh --target reads its targets only",
        up(*two),
        Run("refresh", options={"targets": ["b"]}),
    )
    scenario(
        "up_refresh",
        "up --refresh reads everything first, then goes on as up does, in one provider process",
        up(*two),
        Run("preview --refresh", two, console=drift),
        Run("up --refresh", two),
    )
    scenario(
        "up_refresh_of_a_gone_one",
        "up --refresh creates what is gone",
        up(*two),
        Run("preview --refresh", two, console=["delete acme/a"]),
        Run("up --refresh", two),
    )
    scenario(
        "destroy",
        "A destroy deletes dependents first, without check or diff",
        up(*chain("a", "b", "c"), model("d")),
        Run("destroy", preview_only=True),
        Run("destroy", service=[SLOW]),
    )
    scenario(
        "destroy_run_program",
        "destroy --run-program makes the same deletes as destroy",
        up(*two),
        Run("destroy", two, {"run_program": True}, preview_only=True),
        Run("destroy", two, {"run_program": True}),
    )
    scenario(
        "destroy_target",
        "destroy --target deletes its targets only",
        up(*two),
        Run("destroy", options={"targets": ["b"]}),
    )
    scenario(
        "destroy_target_with_a_dependent",
        "destroy --target of what another depends on is refused without --target-dependents",
        up(*two),
        Run("destroy", options={"targets": ["a"]}),
        Run("destroy", options={"targets": ["a"], "target_dependents": True}),
    )
    scenario(
        "destroy_exclude",
        "destroy --exclude keeps the excluded one and what it depends on",
        up(*chain("a", "b", "c")),
        Run("destroy", options={"excludes": ["b"]}),
    )
    fails = ["DELETE acme/b answers 403"]
    scenario(
        "destroy_fails",
        "After a failed delete a destroy stops; what the failed one depends on is kept",
        up(*two, model("c")),
        Run("destroy", service=fails, options={"parallel": 1}),
        Run("destroy", service=fails, options={"continue_on_error": True}),
        Run("destroy"),
    )


def _options() -> None:
    scenario(
        "get",
        "A get is read in preview, up and refresh, never checked or diffed; removing it calls nothing",
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
        "A name that another resource's outputs tell is unknown in preview, which shows a replacement; "
        "the update knows it when it checks",
        up(model("a"), model("b", **later), both=True),
        up(model("a", cost=2.0), model("b", **later), both=True),
        up(model("a", "acme/new"), model("b", **later), both=True),
    )


def _states() -> None:
    two: Sequence[Entry] = [model("a"), model("b")]
    scenario(
        "state_renamed",
        "After `state rename` the resource has its new name, and nothing is called for the old one",
        up(*two),
        up(model("c", "acme/a"), model("b"), before=["state rename a to c"], both=True),
    )
    scenario(
        "state_lost",
        "With an empty state every model is created again, which the provider makes an adoption",
        up(*two),
        up(*two, before=["state lost"], both=True),
    )
    scenario(
        "state_deleted",
        "After `state delete` a resource is created again",
        up(*two),
        up(*two, before=["state delete a"], both=True),
    )
    scenario(
        "state_moved",
        "After `state move` the other stack has the resource, and this one does not know it",
        up(*two),
        Run("up", [model("a")], stack="other", before=["state move a to other"]),
        up(model("b")),
    )


for _define in (
    *(_changes, _replacements, _order, _failures, _left_out),
    *(_kills, _without_program, _options, _states),
):
    _define()
