"""What becomes of a native state whose stack moves to a Python program, without an engine."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from test_native_values import ANSWERS, DECLARATIONS, HOST, VALUES, same_json

from keywordsai_dynamic.core.kinds import MODEL, PROVIDER, ResourceKind
from keywordsai_dynamic.core.names import (
    ANSWERED,
    API_FIELDS,
    BASE_URL,
    DECLARED,
    ECHO,
    SECRET_FIELDS,
    URN,
)
from keywordsai_dynamic.dynamic.moving import completed, declared_before, is_native, stored_in
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle.declaration import Declaration
from keywordsai_dynamic.lifecycle.deletion import Ledger
from keywordsai_dynamic.lifecycle.moving import kept, without_value
from keywordsai_dynamic.lifecycle.results import Outputs
from keywordsai_dynamic.lifecycle.state import outputs, secret_outputs
from keywordsai_dynamic.native.properties import inputs_of, outputs_of

NEW = "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:CustomModel::m"


class Run(SimpleNamespace):
    """What moving needs of a run; `said` are its warnings."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str | None]] = []
        log = SimpleNamespace(warning=lambda sentence, urn: self.said.append((sentence, urn)))
        ledgers = {MODEL.noun: Ledger(), PROVIDER.noun: Ledger()}
        super().__init__(declared_before={}, wording=PYTHON, log=log, ledgers=ledgers)


def as_floats(value: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return a value as the SDK hands it over: every number is a float."""
    if isinstance(value, dict):
        return {name: as_floats(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def read_back(
    kind: ResourceKind, declared: dict[str, Any], values: dict[str, Any], news: dict[str, Any]
) -> dict[str, Any]:
    """Store what the native plugin stores, and read it as the dynamic provider does."""
    run: Any = Run()
    old_inputs = as_floats(inputs_of(kind, declared).values)
    old_outputs = as_floats(outputs_of(kind, Outputs(values, frozenset())).values)
    assert is_native(kind, old_inputs)
    assert is_native(kind, old_outputs)
    declared_before(run, kind, old_inputs)
    return dict(stored_in(run, kind, declared[kind.id_field], old_outputs, news))


@given(declared=DECLARATIONS, answer=ANSWERS, secret=st.sets(st.sampled_from(["input_cost"])))
def test_a_native_state_says_all_that_a_dynamic_provider_remembers(
    declared: dict[str, Any], answer: dict[str, Any], secret: set[str]
) -> None:
    """Declared and answered values, and what the program declares secret now."""
    fields = {name: value for name, value in declared.items() if name != "overwrite_existing"}
    values = outputs(fields, fields, answer) | {BASE_URL: HOST}
    if "overwrite_existing" in declared:
        values["overwrite_existing"] = declared["overwrite_existing"]
    marked = sorted(secret & declared.keys())
    found = read_back(MODEL, declared, values, {SECRET_FIELDS: marked})
    assert found == values | ({SECRET_FIELDS: marked} if marked else {})


def test_whole_numbers_stay_whole() -> None:
    """A program reads `max_context_window` from this text, and its type is a whole number."""
    values = {"model_name": "m", ANSWERED: '{"max_context_window":128000,"source":"db"}'}
    found = read_back(MODEL, {"model_name": "m"}, values, {})
    assert found[ANSWERED] == values[ANSWERED]


@given(extra=st.dictionaries(st.sampled_from(["region", "a.b"]), VALUES))
def test_a_providers_native_state_says_all_as_well(extra: dict[str, Any]) -> None:
    """Its key, the hash of it, and whatever else the endpoint takes."""
    declared = {"provider_id": "p", "provider_name": "P", "api_key": "k", "extra_kwargs": extra}
    values = {**declared, DECLARED: {"provider_name": "Q"}, ECHO: "{}", BASE_URL: HOST}
    found = read_back(PROVIDER, {**declared, "provider_name": "Q"}, values, {})
    assert same_json(found, values)


def test_what_only_moves_keeps_all_but_what_steers_its_declaration() -> None:
    """Whether to overwrite, and the URN, are those of the program now; so is what is secret, beside
    what was.
    """
    stored = {
        "model_name": "m",
        "input_cost": 1,
        "overwrite_existing": True,
        ANSWERED: '{"output_cost":2.5}',
        DECLARED: {"input_cost": 1.004},
        BASE_URL: "https://old.example",
        SECRET_FIELDS: ["output_cost"],
    }
    inputs = {"model_name": "m", "input_cost": 1.004, SECRET_FIELDS: ["input_cost"], URN: NEW}
    wanted = Declaration.from_props(inputs, is_unknown=lambda _: False)
    run: Any = Run()
    del stored["overwrite_existing"]
    values = {**stored, SECRET_FIELDS: ["input_cost", "output_cost"], URN: NEW}
    assert kept(run, stored | {"overwrite_existing": True}, inputs, wanted) == Outputs(
        values, secret_outputs(values, ["input_cost", "output_cost"])
    )


def test_the_key_of_a_provider_that_only_moves_stays_secret() -> None:
    """So do the hash of it, what differs from the answer, and parts that are named like a key."""
    inputs = {
        "provider_id": "p",
        "provider_name": "P",
        "api_key": "k",
        "extra_kwargs": {"auth_token": "t", "region": "eu"},
    }
    stored = {**inputs, DECLARED: {"provider_name": "Q"}, ECHO: "{}", BASE_URL: HOST}
    wanted = Declaration.from_props(inputs, is_unknown=lambda _: False, kind=PROVIDER)
    run: Any = Run()
    assert kept(run, stored, inputs, wanted) == Outputs(
        {**stored, SECRET_FIELDS: ["api_key"]},
        frozenset({"api_key", DECLARED, ECHO}),
        frozenset({("api_key",), ("extra_kwargs", "auth_token")}),
    )


def test_a_field_without_a_value_stays_as_it_was_and_is_told() -> None:
    """The engine takes what `ignore_changes` names out of the program, for want of its name."""
    run: Any = Run()
    before = {"model_name": "m", "input_cost": 1, "output_cost": 2, "custom_provider_id": "p"}
    news = {"model_name": "m", "output_cost": 3, "provider_id": 7, URN: NEW}
    kept = {"input_cost": 1, SECRET_FIELDS: ["input_cost"]}  # perhaps it was secret
    assert completed(run, MODEL, before, news) == {**news, **kept}
    sentence = "no value for input_cost, so it stays as it was before the move"
    assert run.said == [(sentence, NEW)]
    assert without_value(MODEL, before, API_FIELDS) == []
