"""Previews of sets of models: the review is that of the same models as resources of their own."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from native_documents import native
from review_documents import Fields, preview, step, update
from test_review_recorded import IN_PYTHON, LIST, OF_SETS, REFRESHES, USAGE, document

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.names import UNKNOWN
from keywordsai_dynamic.lifecycle.announcements import adopts, adopts_all
from keywordsai_dynamic.native.detailed_diff import written
from keywordsai_dynamic.review import (
    Action,
    PriceReview,
    evaluate,
    parse_rule,
    review,
    unmatched_usage,
)
from keywordsai_dynamic.review.steps import SECRET

SET = "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:ModelSet::prices"

Models = Mapping[str, Any]


def set_step(op: str, old: object = None, new: object = None, **state: object) -> Fields:
    """One step of a set; the detailed diff is the one that the engine makes of the two maps."""
    made: Fields = {"op": op, "urn": SET, "detailedDiff": None}
    for name, models in (("oldState", old), ("newState", new)):
        if models is not None:
            made[name] = {"urn": SET, "id": "prices", "inputs": {"models": models}, **state}
    if isinstance(old, dict) and isinstance(new, dict):
        made["detailedDiff"] = {
            path: {"kind": "update", "inputDiff": True} for path in differing(old, new)
        }
    return made


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """List the paths at which two maps differ, down to the fields of models that both have."""
    found = []
    for name in {**old, **new}:
        if name not in old or name not in new:
            found.append(written(("models", name)))
            continue
        one, other = old[name], new[name]
        fields = [field for field in {**one, **other} if one.get(field) != other.get(field)]
        found += [written(("models", name, field)) for field in fields]
    return found


def told(found: PriceReview) -> Any:  # noqa: ANN401  (a dumped model)
    """Return a review as plain values, without what names the resource."""
    values = found.model_dump(mode="json")
    for change in (*values["changes"], *(values["outside"] or ())):
        del change["resource"]
    return values


# The same as single models ------------------------------------------------------------------------


TWINS = {name: single for name in OF_SETS if (single := name.rpartition("/")[2]) in IN_PYTHON}


@pytest.mark.parametrize("name", TWINS)
def test_a_recorded_set_is_reviewed_like_its_twin_of_single_models(name: str) -> None:
    """As the real CLI shows both of them; only a refused single model has its resource's name."""
    reviews = []
    for each in (name, TWINS[name]):
        refresh = each in REFRESHES
        seen = review(
            document("unchanged" if refresh else each),
            drift=document(each) if refresh else None,
            usage=USAGE,
            list_price=LIST.get,
        )
        found = told(seen)
        changes = [*found["changes"], *(found["outside"] or [])]
        for change in changes:
            change["remarks"] = len(change["remarks"])
            if change["action"] == "refused":
                del change["model_name"]
        reviews.append((changes, found["monthly"], len(found["errors"]), len(found["remarks"])))
    assert reviews[0] == reviews[1]


NAMES = [
    "acme/chat",
    "acme/chat: new",
    "acme/chat already exists",
    'the "best" [x]',
    "plain",
    "a.b",
    "größe",
    "models",
]
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "input_cost": st.sampled_from([0, 0.5, 2]),
        "output_cost": st.sampled_from([1, 3]),
        "function_call": st.sampled_from([0, 1]),
        "base_model_name": st.sampled_from(["gpt-4o", "claude"]),
        "supported_params_override": st.sampled_from([{"maxTokens": 1}, {"maxTokens": 2}]),
    },
)
CATALOGS = st.dictionaries(st.sampled_from(NAMES), FIELDS)
TOKENS = {name: {"input_tokens": 1_000_000, "output_tokens": 10} for name in NAMES}


@given(CATALOGS, CATALOGS, st.booleans())
def test_any_change_of_a_set_is_that_of_its_models(old: Models, new: Models, yaml: bool) -> None:
    """Created, changed, deleted or untouched, in words and money, in either type."""
    assume(old or new)  # of nothing at all there is no review
    steps = []
    for name in {**old, **new}:
        op = "create" if name not in old else "delete" if name not in new else "update"
        op = "same" if op == "update" and old[name] == new[name] else op
        steps.append(step(op, name, old.get(name), new.get(name)))
    alone = preview(*steps)
    together = preview(set_step("update", old, new))
    documents = [native(each) for each in (alone, together)] if yaml else [alone, together]
    one, other = (review(each, usage=TOKENS, list_price=LIST.get) for each in documents)
    assert told(other) == told(one)
    assert unmatched_usage(TOKENS, {"dev": together}) == unmatched_usage(TOKENS, {"dev": alone})


@pytest.mark.parametrize("write", [lambda each: each, native], ids=["dynamic", "native"])
def test_a_whole_set_is_created_and_deleted_model_by_model(write: Any) -> None:  # noqa: ANN401
    """With what the service answered, where a deleted model leaves that to be known."""
    models = {"acme/a": {"input_cost": 1}, "acme/b": {"input_cost": 2}}
    created = review(write(preview(set_step("create", new=models))))
    assert [(each.model_name, each.action) for each in created.changes] == [
        ("acme/a", Action.CREATED),
        ("acme/b", Action.CREATED),
    ]
    gone = set_step("delete", models)
    gone["oldState"]["outputs"] = {
        "models": models,
        "__answered": json.dumps({"acme/a": {"output_cost": 7}}),
    }
    first, _ = review(write(preview(gone))).changes
    assert [(each.field, each.old, each.new) for each in first.prices] == [
        ("input_cost", Decimal(1), None),
    ]
    assert first.resource.endswith("ModelSet::prices")


def test_a_price_that_was_answered_is_the_one_before_it_is_declared() -> None:
    """Each model has its own part of what was answered."""
    changed = set_step(
        "update",
        {"acme/a": {"input_cost": 1}, "acme/b": {"input_cost": 1}},
        {"acme/a": {"input_cost": 1, "output_cost": 5}, "acme/b": {"input_cost": 1}},
        outputs={
            "models": {"acme/a": {"input_cost": 1}, "acme/b": {"input_cost": 1}},
            "__answered": json.dumps({"acme/a": {"output_cost": 4}, "acme/b": {"output_cost": 9}}),
        },
    )
    for written_down in (changed, native(changed)):
        (change,) = review(preview(written_down)).changes
        assert [(each.field, each.old, each.new) for each in change.prices] == [
            ("output_cost", Decimal(4), Decimal(5))
        ]


def test_rules_find_what_they_find_in_single_models() -> None:
    """The finding names the model, and not the set."""
    old = {"acme/a": {"input_cost": 1}, "acme/b": {"input_cost": 1}, "acme/c": {"input_cost": 1}}
    new = {"acme/a": {"input_cost": 2}, "acme/b": {"input_cost": 0}}
    rules = [parse_rule(rule) for rule in ("increase>20%", "zero-price", "delete")]
    found = evaluate([review(preview(set_step("update", old, new)))], rules).findings
    assert [(each.rule, each.model_name) for each in found] == [
        ("increase>20%", "acme/a"),
        ("zero-price", "acme/b"),
        ("delete", "acme/c"),
    ]


# What is hidden -----------------------------------------------------------------------------------


def test_a_secret_that_changes_is_found_by_its_path() -> None:
    """Others that look alike did not change; one whose map is said as a whole may have."""
    models = {"a": {"input_cost": SECRET, "output_cost": SECRET}, "b": {"input_cost": SECRET}}
    for path, expected in (
        ('models["a"].output_cost', [("a", "output_cost")]),
        ("models.a.output_cost", [("a", "output_cost")]),
        ("models.b", [("b", "input_cost")]),
        ("models", [("a", "input_cost"), ("a", "output_cost"), ("b", "input_cost")]),
    ):
        changed = {**set_step("update", models, models), "detailedDiff": {path: None}}
        for each in (changed, native(changed)):
            found = review(preview(each)).changes
            shown = [
                (change.model_name, price.field) for change in found for price in change.prices
            ]
            assert sorted(shown) == expected


@pytest.mark.parametrize("hidden", [UNKNOWN, SECRET])
def test_a_model_that_is_hidden_as_a_whole_has_hidden_prices(hidden: str) -> None:
    """The fields that it had are hidden now, so that `unknown` finds each of its prices."""
    old = {"a": {"input_cost": 1, "base_model_name": "gpt-4o"}, "b": {"input_cost": 1}}
    changed = {"op": "update", "urn": SET, "detailedDiff": {"models.a": {"kind": "update"}}}
    for name, models in (("oldState", old), ("newState", {**old, "a": hidden})):
        changed[name] = {"inputs": {"models": models}}
    seen = review(preview(changed))
    (change,) = seen.changes
    assert [price.field for price in change.prices] == ["input_cost"]
    assert [each.field for each in change.capabilities] == ["base_model_name"]
    (found,) = evaluate([seen], [parse_rule("unknown")]).findings
    assert (found.model_name, found.field) == ("a", "input_cost")


_SIGNED = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "x",
}


@pytest.mark.parametrize("hidden", [UNKNOWN, SECRET, _SIGNED])
def test_a_hidden_map_may_change_every_model_and_have_others(hidden: object) -> None:
    """All that the state has is shown with hidden prices, and the set's name for what may come."""
    changed = set_step("update", {"a": {"input_cost": 1}}, hidden)
    changed["diffReasons"] = ["models"]
    found = review(preview(changed)).changes
    assert {(each.model_name, each.action.value) for each in found} == {
        ("a", "updated"),
        ("prices", "created"),
    }
    alone = review(preview(set_step("create", new=hidden))).changes
    assert [each.model_name for each in alone] == ["prices"]
    assert "this is the resource's name" in alone[0].remarks[0]


# Moving -------------------------------------------------------------------------------------------

ONE = {"input_cost": 2.5, "output_cost": 10}


def gone(name: str, fields: Fields, **state: object) -> Fields:
    made = step("delete", name, fields)
    made["oldState"].update(state)
    return made


MOVES = {
    "in": (set_step("create", new={"acme/a": ONE}), gone("acme/a", ONE)),
    "into one that is there": (
        set_step("update", {"acme/b": ONE}, {"acme/a": ONE, "acme/b": ONE}),
        gone("acme/a", ONE, retainOnDelete=True),
    ),
    "out": (step("create", "acme/a", new=ONE), set_step("delete", {"acme/a": ONE})),
    "out of one that stays": (
        step("create", "acme/a", new=ONE),
        set_step("update", {"acme/a": ONE, "acme/b": ONE}, {"acme/b": ONE}),
    ),
    "to a set under another name": (
        {**set_step("create", new={"acme/a": ONE}), "urn": SET.replace("prices", "costs")},
        set_step("delete", {"acme/a": ONE}),
    ),
    "with an option": (
        set_step("create", new={"acme/a": {**ONE, "overwrite_existing": True}}),
        gone("acme/a", ONE),
    ),
}


@pytest.mark.parametrize("move", MOVES)
def test_a_model_that_moves_as_it_is_does_not_change(move: str) -> None:
    """It counts as unchanged, whatever the order of the steps, and in either type."""
    for steps in (MOVES[move], MOVES[move][::-1]):
        for seen in (preview(*steps), native(preview(*steps))):
            found = review(seen)
            assert (found.changes, found.unchanged > 0) == ((), True)


DEARER = {**ONE, "input_cost": 3}
CHANGING_MOVES = {
    "in": (set_step("create", new={"acme/a": DEARER}), gone("acme/a", ONE)),
    "into one that is there": (
        set_step("update", {"acme/b": ONE}, {"acme/a": DEARER, "acme/b": ONE}),
        gone("acme/a", ONE),
    ),
    "out": (step("create", "acme/a", new=DEARER), set_step("delete", {"acme/a": ONE})),
    "with a field less": (
        set_step("create", new={"acme/a": {"input_cost": 3}}),
        gone("acme/a", ONE),
    ),
}


@pytest.mark.parametrize("move", CHANGING_MOVES)
def test_a_model_that_moves_and_changes_is_refused_with_a_way_out(move: str) -> None:
    """Without a lookup nothing else says so; an alias, as for a renamed resource, is no way."""
    (change,) = review(preview(*CHANGING_MOVES[move])).changes
    assert (change.model_name, change.action) == ("acme/a", Action.REFUSED)
    assert change.remarks[-1].endswith("Move it as it is, and change it afterwards")


def test_a_move_that_overwrites_live_values_is_no_silence() -> None:
    """What is declared did not change, but what is live did: the preview says so."""
    moved = (
        set_step("create", new={"acme/a": {**ONE, "overwrite_existing": True}}),
        gone("acme/a", ONE),
    )
    sentence = (
        "warning: overwrites existing model acme/a (overwriting is declared):\n"
        "  input_cost  declared 2.5 → live 7\n"
    )
    said = [{"urn": SET, "severity": "warning", "message": sentence}]
    (change,) = review(preview(*moved, diagnostics=said)).changes
    assert change.action is Action.OVERWRITTEN
    assert [(each.field, each.old, each.new) for each in change.prices] == [
        ("input_cost", Decimal(7), Decimal("2.5"))
    ]


def test_a_single_model_that_is_renamed_and_overwritten_is_no_take_over() -> None:
    """The same for single models: an announced overwrite is one, also where the resource moves."""
    new = step(
        "create", "helpdesk", new={**ONE, "model_name": "acme/a", "overwrite_existing": True}
    )
    old = step("delete", "support", {**ONE, "model_name": "acme/a"})
    sentence = (
        "warning: overwrites existing model acme/a (overwriting is declared):\n"
        "  input_cost  declared 2.5 → live 7\n"
    )
    said = [{"urn": new["urn"], "severity": "warning", "message": sentence}]
    (change,) = review(preview(new, old, diagnostics=said)).changes
    assert (change.action, change.prices[0].old) == (Action.OVERWRITTEN, Decimal(7))


def moving_back(old: Models, new: Models) -> Fields:
    """A step in which a native set becomes one of the dynamic type."""
    made = set_step("update", old, new)
    made["oldState"] = native(made["oldState"]) | {"type": "keywordsai:index:ModelSet"}
    both = [written(("models", name, "inputCost")) for name in old.keys() & new.keys()]
    others = [written(("models", name)) for name in old.keys() ^ new.keys()]
    return made | {"detailedDiff": {path: {"inputDiff": True} for path in (*both, *others)}}


def test_a_set_that_moves_back_to_python_has_its_changes_alone() -> None:
    """The engine finds every field changed, because it has another name."""
    old = {"a": {"input_cost": 1, "function_call": 1}, "b": {"input_cost": 1}, "c": {}}
    new = {"a": {"input_cost": 1, "function_call": 1}, "b": {"input_cost": 2}, "d": {}}
    found = review(preview(moving_back(old, new)))
    assert {(each.model_name, each.action.value) for each in found.changes} == {
        ("b", "updated"),
        ("c", "deleted"),
        ("d", "created"),
    }
    assert found.unchanged == 1
    assert review(preview(moving_back(old, old))).changes == ()


# What the engine does with the resource -----------------------------------------------------------


def test_a_set_that_is_retained_releases_its_models() -> None:
    """A model that only leaves the set is deleted all the same: the engine does not decide that."""
    both = {"acme/a": ONE, "acme/b": ONE}
    released = review(preview(set_step("delete", both, retainOnDelete=True))).changes
    assert {each.action for each in released} == {Action.RELEASED}
    left = set_step("update", both, {"acme/b": ONE}, retainOnDelete=True)
    (change,) = review(preview(left)).changes
    assert (change.model_name, change.action) == ("acme/a", Action.DELETED)


def test_a_set_that_is_replaced_replaces_each_model() -> None:
    """By --replace, or with another provider; the parts of the replacement are not counted."""
    parts = [
        set_step("create-replacement", new={"a": ONE}),
        set_step("delete-replaced", {"a": ONE}),
    ]
    (change,) = review(preview(set_step("replace", {"a": ONE}, {"a": ONE}), *parts)).changes
    assert (change.model_name, change.action, change.previous_name) == ("a", Action.REPLACED, None)


def test_an_imported_set_counts_its_models_as_unchanged() -> None:
    """As `pulumi import` shows single models."""
    found = review(preview(set_step("import", new={"a": ONE, "b": ONE})))
    assert (found.changes, found.unchanged) == ((), 2)


def test_an_empty_set_has_no_models() -> None:
    """Nothing is left of one from which every model was removed outside of Pulumi."""
    found = review(preview(set_step("update", {}, {"a": ONE})))
    assert [each.action for each in found.changes] == [Action.CREATED]
    assert review(preview(set_step("same", {}, {}))).unchanged == 0


def test_a_set_that_target_leaves_out_is_no_whole_preview() -> None:
    """A step without a state could have any models."""
    left_out = set_step("same", {}, {})
    for state in ("oldState", "newState"):
        left_out[state] = {"urn": SET}
    with pytest.raises(KeywordsAIError, match="prices: this preview leaves it out"):
        review(preview(left_out))


@pytest.mark.parametrize(
    ("models", "sentence"),
    [
        (None, "resource prices: its models are not an object."),
        ([], "resource prices: its models are not an object."),
        ({"acme/a": 3}, "resource prices, model acme/a: it is not an object under a name."),
        ({"": {}}, "resource prices: it is not an object under a name."),
        (
            {"acme/a": {"input_cost": "many"}},
            "resource prices, model acme/a: input_cost cannot be 'many'.",
        ),
    ],
)
def test_what_no_program_can_have_declared_is_no_preview(models: object, sentence: str) -> None:
    """A model that cannot be read is not left out: it would look like no change."""
    broken = set_step("create", new={})
    broken["newState"]["inputs"] = {"models": models}
    with pytest.raises(KeywordsAIError) as refused:
        review(preview(broken))
    assert str(refused.value) == sentence


@pytest.mark.parametrize("answered", ["nothing", "[]", "3", 7])
def test_an_answer_that_is_no_json_is_no_preview(answered: object) -> None:
    """The price before the change would be a guess."""
    outputs = {"models": {"a": ONE}, "__answered": answered}
    with pytest.raises(KeywordsAIError, match="prices, model a: __answered is not a JSON object"):
        review(preview(set_step("delete", {"a": ONE}, outputs=outputs)))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ({"b": ONE}, {"b": ONE}, "models.a"),
        ({}, {"a": ONE}, "models.a.input_cost"),
        ({"a": ONE}, {}, 'models["a"].input_cost'),
    ],
)
def test_a_map_that_lacks_a_model_of_the_diff_is_no_preview(
    old: Models, new: Models, path: str
) -> None:
    """It would pass for one without changes."""
    torn = {**set_step("update", old, new), "detailedDiff": {path: {"inputDiff": True}}}
    with pytest.raises(KeywordsAIError, match="prices, model a: the diff of its set names it"):
        review(preview(torn))


def test_a_step_without_its_state_is_no_preview() -> None:
    """An update of nothing would pass for new models."""
    with pytest.raises(KeywordsAIError, match="resource prices: update has no oldState"):
        review(preview(set_step("update", new={"a": ONE})))


# What was said ------------------------------------------------------------------------------------


def said(*sentences: str, severity: str = "error") -> list[Fields]:
    opening = f"error: {SET.split('::')[2]} resource 'prices' has a problem: "
    return [
        {
            "urn": SET,
            "severity": severity,
            "message": (opening if severity == "error" else "") + each,
        }
        for each in sentences
    ]


def test_each_refusal_is_of_its_model() -> None:
    """One that names none is about the set, and nothing is said twice."""
    found = review(
        preview(
            diagnostics=said(
                "acme/chat: new already exists with different values, and the service would ...",
                "acme/chat is also declared by resource 'y'; only one resource can own a model",
                "acme/chat: input_cost must be 0 or more (found -1)",
                "GET /api/models/ returned 401: input_cost is secret",
            )
        )
    )
    assert [(each.model_name, len(each.remarks)) for each in found.changes] == [
        ("acme/chat", 2),
        ("acme/chat: new", 1),
        ("prices", 1),
    ]
    assert {each.action for each in found.changes} == {Action.REFUSED}
    assert set(found.errors) == {remark for each in found.changes for remark in each.remarks}


def test_a_warning_is_a_remark_of_its_model_without_its_name() -> None:
    """Names that begin alike are told apart; what is about the whole set is about all models."""
    models = {name: {"input_cost": 1} for name in ("acme/chat", "acme/chat: new")}
    warnings = said(
        "warning: acme/chat: new: input_cost is no longer declared; the live model keeps its value",
        "warning: acme/chat: output_cost is no longer declared; the live model keeps its value",
        "warning: list price of gpt-4o used for gpt-4o-2026, because genai-prices has no entry",
        severity="warning",
    )
    found = review(preview(set_step("create", new=models), diagnostics=warnings))
    assert {each.model_name: each.remarks for each in found.changes} == {
        "acme/chat: new": ("input_cost is no longer declared; the live model keeps its value",),
        "acme/chat": ("output_cost is no longer declared; the live model keeps its value",),
    }
    assert found.remarks == (
        "list price of gpt-4o used for gpt-4o-2026, because genai-prices has no entry",
    )


def test_adoptions_that_are_announced_together_are_adoptions_of_each() -> None:
    """With the sentence that each would have alone."""
    names = [f"acme/{number}" for number in range(5)]
    together = said(f"warning: {adopts_all(names)}\n", severity="warning")
    made = preview(set_step("create", new=dict.fromkeys(names, ONE)), diagnostics=together)
    assert [(each.model_name, each.action, each.remarks) for each in review(made).changes] == [
        (name, Action.TAKEN_OVER, (adopts(name),)) for name in names
    ]


def test_a_set_beside_single_models() -> None:
    """Both are counted and priced together."""
    changed = set_step("update", {"a": {"input_cost": 1}}, {"a": {"input_cost": 2}})
    found = review(
        preview(changed, update("b", {"input_cost": 1}, {"input_cost": 2})),
        usage={name: {"input_tokens": 1_000_000} for name in "ab"},
    )
    assert (found.monthly, found.monthly_before, found.monthly_after) == (2, 2, 4)
