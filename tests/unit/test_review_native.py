"""Previews of programs in YAML, TypeScript and Go: the review is the one of the same Python."""

from decimal import Decimal
from typing import Any

import pytest
from native_documents import native, said, typed
from review_documents import TYPE, Fields, preview, step, update
from test_review_recorded import IN_PYTHON, IN_YAML, LIST, OF_SETS, REFRESHES, USAGE, document

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.review import Action, review, unmatched_usage


def reviewed(name: str, seen: Fields, unchanged: Fields) -> Any:  # noqa: ANN401  (a dumped model)
    """Review a recording that may be a refresh, and return the report as plain values."""
    refresh = name in REFRESHES
    found = review(
        unchanged if refresh else seen,
        stack="prod",
        drift=seen if refresh else None,
        usage=USAGE,
        list_price=LIST.get,
    )
    return found.model_dump(mode="json")


def as_the_program_writes(report: Any) -> Any:  # noqa: ANN401  (as above)
    """Rewrite URNs and remarks, which quote the preview; every other word must be the same."""
    for each in (report, *report["changes"], *(report["outside"] or [])):
        for key in {"remarks", "errors"} & each.keys():
            each[key] = [said(text) for text in each[key]]
        if "resource" in each:
            each["resource"] = typed(each["resource"])
    return report


@pytest.mark.parametrize(
    "name", [*IN_PYTHON, *(name for name in OF_SETS if not name.startswith("yaml"))]
)
def test_a_native_preview_is_reviewed_like_the_dynamic_one(name: str) -> None:
    """Field by field; only what the preview itself says has the program's own spelling."""
    dynamic = reviewed(name, document(name), document("unchanged"))
    translated = reviewed(name, native(document(name)), native(document("unchanged")))
    assert as_the_program_writes(translated) == as_the_program_writes(dynamic)


@pytest.mark.parametrize("name", [name for name in IN_PYTHON if f"yaml/{name}" in IN_YAML])
def test_a_program_in_yaml_is_reviewed_like_its_twin_in_python(name: str) -> None:
    """As the real CLI shows both of them; remarks quote messages that name another way out."""
    twins = [
        reviewed(each, document(each), document("unchanged")) for each in (name, f"yaml/{name}")
    ]
    for each in map(as_the_program_writes, twins):
        for told in (each, *each["changes"]):
            told["remarks"] = len(told["remarks"])
        each["errors"] = len(each["errors"])
    assert twins[1] == twins[0]


MOVED = {
    "input_cost": 2.5,
    "function_call": 1,
    "supported_params_override": {"maxTokens": {"a": 1}},
}
DIFF = {"kind": "update", "inputDiff": True}


def moving(op: str, name: str, old: Fields, new: Fields, *paths: str) -> Fields:
    """A step in which a resource of the dynamic type becomes a native one, by the type's alias."""
    made = step(op, name, old, new)
    answered = {"__answered": '{"output_cost": 9.5}', "__base_url": "https://api.keywordsai.co"}
    made["oldState"]["outputs"] = {"model_name": name, **old, **answered}
    made["newState"] = native(made["newState"])
    provider = "urn:pulumi:dev::shop::pulumi:providers:keywordsai::default_0_2_0::some-id"
    diff = dict.fromkeys(paths, DIFF)
    return {**made, "urn": typed(made["urn"]), "provider": provider, "detailedDiff": diff}


def test_a_model_that_only_moves_to_the_native_type_is_unchanged() -> None:
    """Its old state has the API's names and flags as numbers; nothing differs but the writing."""
    moved = moving("same", "acme/a", MOVED, MOVED)
    found = review(preview(moved))
    assert (found.changes, found.unchanged) == ((), 1)
    assert unmatched_usage({"acme/a": {}}, {"dev": preview(moved)}) == []


def test_a_model_that_moves_and_changes_has_its_changes_alone() -> None:
    """A price, one that was answered and is declared now, a flag, and a key inside of a map."""
    after = {
        **MOVED,
        "input_cost": 3,
        "output_cost": 10,
        "function_call": 0,
        "supported_params_override": {"maxTokens": {"a": 2}},
    }
    paths = ("inputCost", "outputCost", "functionCall", 'supportedParamsOverride["maxTokens"].a')
    (change,) = review(preview(moving("update", "acme/a", MOVED, after, *paths))).changes
    assert [(each.field, each.old, each.new) for each in change.prices] == [
        ("input_cost", Decimal("2.5"), Decimal(3)),
        ("output_cost", Decimal("9.5"), Decimal(10)),
    ]
    assert [each.sentence for each in change.capabilities] == [
        "no longer calls functions",
        "Playground parameters change: maxTokens",
    ]


def test_a_secret_that_changes_is_found_by_the_path_of_the_diff() -> None:
    """Two secrets look alike; the detailed diff says which one is another."""
    hidden = {"input_cost": "[secret]", "output_cost": "[secret]"}
    changed = native(update("acme/a", hidden, hidden)) | {"detailedDiff": {"outputCost": DIFF}}
    (change,) = review(preview(changed)).changes
    assert [each.field for each in change.prices] == ["output_cost"]


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        ("default", "taken over"),
        ("default_0_2_0", "taken over"),
        ("default_eu", "created and deleted"),
        ("eu", "created and deleted"),
    ],
)
def test_a_model_moves_between_default_providers_only(provider: str, told: str) -> None:
    """Those of both types and all versions have the stack's account, an explicit one its own."""
    prefix = "urn:pulumi:dev::shop::pulumi:providers"
    gone = step("delete", "old", {**MOVED, "model_name": "acme/a"})
    new = native(step("create", "new", new={**MOVED, "model_name": "acme/a"}))
    gone["provider"] = f"{prefix}:pulumi-python::default::some-id"
    new["provider"] = f"{prefix}:keywordsai::{provider}::another-id"
    changes = review(preview(gone, new)).changes
    assert {change.action.value for change in changes} == set(told.split(" and "))


def test_a_resource_that_moves_and_is_renamed_needs_its_old_urn_as_an_alias() -> None:
    """The alias of the native type names the type alone, and YAML takes whole URNs only."""
    gone = step("delete", "old", {**MOVED, "model_name": "acme/a"})
    new = native(step("create", "new", new={"model_name": "acme/a", "input_cost": 9}))
    (change,) = review(preview(gone, new)).changes
    assert change.action is Action.REFUSED
    assert change.remarks[-1].endswith(
        f'declare options: {{aliases: ["urn:pulumi:dev::shop::{TYPE}::old"]}}'
    )


def test_a_preview_may_have_both_types() -> None:
    """Dynamic and native models, in one stack, are counted and priced together."""
    dynamic, other = (update(name, {"input_cost": 1}, {"input_cost": 2}) for name in "ab")
    usage = {name: {"input_tokens": 1_000_000} for name in "ab"}
    assert review(preview(dynamic, native(other)), usage=usage).monthly == 2


def test_a_property_under_two_names_is_no_preview() -> None:
    """Neither value is chosen: which one is live cannot be known."""
    both = native(step("create", "n", new={"input_cost": 1}))
    both["newState"]["inputs"]["input_cost"] = 2
    with pytest.raises(KeywordsAIError, match="input_cost and inputCost are the same property"):
        review(preview(both))
