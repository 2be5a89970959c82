"""Runs of a part of the program: --target, --exclude."""

from typing import Any

from .declare import DBR, model, scenario, up

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
    "--target of a resource that is deleted before its replacement: its dependent is deleted "
    "too, and created again from its old inputs, without a check",
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
