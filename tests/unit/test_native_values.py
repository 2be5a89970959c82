"""The native plugin's values: the wire, the properties of programs and states, detailed diffs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.kinds import MODEL, PROVIDER
from keywordsai_dynamic.core.names import (
    ANSWERED,
    BASE_URL,
    DECLARED,
    ECHO,
    SECRET_FIELDS,
    UNKNOWN,
    URN,
)
from keywordsai_dynamic.lifecycle import provider_state
from keywordsai_dynamic.lifecycle.results import Outputs, Reading
from keywordsai_dynamic.lifecycle.state import outputs
from keywordsai_dynamic.native.detailed_diff import Changed, changes, written
from keywordsai_dynamic.native.properties import (
    declared_in,
    inputs_of,
    inputs_read,
    outputs_of,
    previewed,
    stored_in,
)
from keywordsai_dynamic.native.wire import Path, Received, holds_unknown, received, sent
from keywordsai_dynamic.native.wording import CAMEL

HOST = "https://api.keywordsai.co"
_URN = "urn:pulumi:dev::shop::keywordsai:index:CustomModel::m"
_KEYS = st.text(max_size=8).filter(lambda key: not key.startswith("4dabf"))
_LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
_LEAVES |= st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3)
)
"""JSON as the engine can carry it."""


def same_json(one: object, other: object) -> bool:
    """Compare JSON values, in which true is not 1, and 1.0 is."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def paths_in(value: object, path: Path = ()) -> list[Path]:
    """Give the paths of everything in a value."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [one for key, item in items for one in [(*path, key), *paths_in(item, (*path, key))]]


@given(values=st.dictionaries(_KEYS, VALUES, max_size=4), data=st.data())
def test_values_survive_the_wire(values: dict[str, Any], data: st.DataObject) -> None:
    """With the paths of what is secret; whole numbers are ints on the other side."""
    paths = paths_in(values)
    secret = frozenset(data.draw(st.sets(st.sampled_from(paths), max_size=3)) if paths else ())
    outer = {one for one in secret if not any(one[:end] in secret for end in range(len(one)))}
    back = received(Struct.FromString(sent(values, secret).SerializeToString()))
    assert same_json(back.values, values)
    assert back.secret == outer
    assert list(back.values) == sorted(values)


def test_whole_numbers_are_ints() -> None:
    """A count must not become 128000.0 in a request."""
    back = received(sent({"count": 128_000, "price": 2.5, "in": [1.0]}))
    assert [repr(value) for value in back.values.values()] == ["128000", "[1]", "2.5"]


def test_an_unknown_secret_is_written_as_unknown() -> None:
    """The engine knows itself that it is secret."""
    assert received(sent({"a": UNKNOWN, "b": [UNKNOWN]}, {("a",), ("b",)})).secret == frozenset()


def test_every_placeholder_of_the_engine_is_unknown() -> None:
    """It has one for each type, and any may stand inside of a value."""
    assert holds_unknown({"a": [1, "3eeb2bf0-c639-47a8-9e75-3b44932eb421"]})
    assert not holds_unknown({"a": [1, "04da6b54"], "b": None})


def test_an_asset_is_no_value() -> None:
    """It is named by its property."""
    asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17"}
    with pytest.raises(
        KeywordsAIError, match=r"^a holds an asset or archive, which no field takes"
    ):
        received(sent({"a": {"b": [asset]}}))


PRICES = st.sampled_from([0, 1, 2.5, 10])
DECLARATIONS = st.fixed_dictionaries(
    {"model_name": st.just("acme/m")},
    optional={
        "base_model_name": st.sampled_from(["gpt-4o", "openai/gpt-4o"]),
        "input_cost": PRICES,
        "output_cost": PRICES,
        "function_call": st.sampled_from([0, 1]),
        "streaming_support": st.sampled_from([0, 1]),
        "custom_provider_id": st.sampled_from(["a", "b"]),
        "supported_params_override": st.dictionaries(st.sampled_from(["a", "b_c"]), PRICES),
        "overwrite_existing": st.booleans(),
    },
)
ANSWERS = st.fixed_dictionaries(
    {"id": st.just("acme/m"), "model_name": st.just("acme/m")},
    optional={
        "base_model_name": st.sampled_from(["openai/gpt-4o", None]),
        "input_cost": PRICES | st.none() | st.just("2.50"),
        "output_cost": PRICES,
        "function_call": st.sampled_from([0, 1, None, True]),
        "display_name": st.sampled_from(["M", None]),
        "provider": st.sampled_from([{"provider_id": "a", "provider_name": "A"}, None]),
        "affiliation_category": st.just("custom"),
    },
)


@given(declared=DECLARATIONS, answer=ANSWERS, secret=st.sets(st.sampled_from(["input_cost"])))
def test_a_native_state_says_as_much_as_a_dynamic_one(
    declared: dict[str, Any], answer: dict[str, Any], secret: set[str]
) -> None:
    """What the lifecycle wants to remember can be read from inputs and outputs, to the letter."""
    fields = {name: value for name, value in declared.items() if name != "overwrite_existing"}
    values = outputs(fields, fields, answer) | {BASE_URL: HOST, URN: _URN}
    if "overwrite_existing" in declared:
        values["overwrite_existing"] = declared["overwrite_existing"]
    if marked := sorted(secret & declared.keys()):
        values[SECRET_FIELDS] = marked
    inputs = inputs_of(MODEL, {**declared, SECRET_FIELDS: marked})
    assert inputs.secret == {("inputCost",) for _ in marked}
    outs = outputs_of(MODEL, Outputs(values, frozenset({DECLARED} & values.keys())))
    wired = [received(sent(*bag)) for bag in (inputs, outs)]
    assert stored_in(MODEL, *wired, _URN) == values


def test_outputs_are_those_of_the_schema() -> None:
    """Booleans, text where the schema has text, null for what has no value; nothing hidden."""
    model = {"id": 7, "model_name": "acme/m", "input_cost": 1, "function_call": 1, "source": None}
    outs = outputs_of(MODEL, Outputs(outputs({"model_name": "acme/m"}, {}, model), frozenset()))
    values = {name: value for name, value in outs.values.items() if value is not None}
    assert values == {
        "modelName": "acme/m",
        "inputCost": 1,
        "functionCall": True,
        "modelId": "7",
    }
    assert outs.values["displayName"] is None
    assert not [name for name in outs.values if name.startswith("_")]


def test_what_repeats_a_secret_is_one() -> None:
    """Only that: a price that is something else stays readable."""
    values = {
        "model_name": "acme/m",
        "input_cost": 1234.5,
        ANSWERED: '{"display_name":"for 1234.5","output_cost":7}',
        SECRET_FIELDS: ["input_cost"],
    }
    outs = outputs_of(MODEL, Outputs(values, frozenset({ANSWERED})))
    assert outs.secret >= {("inputCost",), ("displayName",)}
    assert ("outputCost",) not in outs.secret


@pytest.mark.parametrize(
    ("marked", "fields"),
    [
        ({("apiKey",)}, []),
        ({("extraKwargs", "auth_token")}, []),
        ({("extraKwargs", "list")}, []),
        ({("extraKwargs", "region")}, ["extra_kwargs"]),
        ({("extraKwargs",)}, ["extra_kwargs"]),
        ({("timeout",), ("extraKwargs", "auth_token")}, ["timeout"]),
    ],
)
def test_secret_parts_that_are_secret_by_their_names(marked: set[Path], fields: list[str]) -> None:
    """Those are marked by us too, and do not make the whole map secret."""
    kwargs = {"auth_token": "t", "region": "eu", "list": [{"password": "p"}]}
    values = {"providerId": "p", "apiKey": "k", "timeout": 3, "extraKwargs": kwargs}
    declared = declared_in(PROVIDER, Received(values, frozenset(marked)))
    assert declared.get(SECRET_FIELDS, []) == fields
    assert declared["extra_kwargs"] == kwargs


def test_a_providers_state_is_read_back() -> None:
    """The hash of its key is an output, and a secret."""
    values = {
        "provider_id": "p",
        "provider_name": "P",
        "api_key": "k",
        "extra_kwargs": {"region": "eu"},
        DECLARED: {"extra_kwargs": {"region": "us"}},
        ECHO: '{"salt":"s"}',
        BASE_URL: HOST,
        URN: _URN,
        SECRET_FIELDS: ["api_key"],
    }
    outs = outputs_of(PROVIDER, Outputs(values, frozenset({ECHO, DECLARED, "api_key"})))
    assert outs.values["credentialHash"] == '{"salt":"s"}'
    assert outs.secret >= {("credentialHash",), ("apiKey",)}
    inputs = {"providerId": "p", "providerName": "P", "apiKey": "k"}
    inputs["extraKwargs"] = {"region": "us"}  # type: ignore[assignment]  # any JSON
    stored = stored_in(PROVIDER, Received(inputs, frozenset({("apiKey",)})), outs, _URN)
    hidden = {DECLARED: {"extra_kwargs": {"region": "us"}}}
    assert stored == {**{name: values[name] for name in values if name != SECRET_FIELDS}, **hidden}


@pytest.mark.parametrize(("declared", "answered"), [(True, 1), (0, False), ([True], [1])])
def test_a_truth_value_that_is_answered_as_a_number_is_still_declared(
    declared: object, answered: object
) -> None:
    """It differs from the answer, although Python calls them equal: or it would change forever."""
    path = ("extra_kwargs", "stream")
    before = provider_state.stored_in({}, ())
    answer = {"provider_id": "p", "extra_kwargs": {"stream": answered}}
    seen = before.lens({path: declared}).read(answer)
    values = provider_state.outputs("p", {path: declared}, (), before, seen)
    outs = outputs_of(PROVIDER, Outputs(values, frozenset()))
    inputs = {"providerId": "p", "extraKwargs": {"stream": declared}}
    stored = provider_state.stored_in(stored_in(PROVIDER, Received(inputs), outs, _URN), ())
    assert json.dumps(list(stored.declared.values())) == json.dumps([declared])
    assert stored.answered == {path: answered}
    wanted = {"provider_id": "p", "extra_kwargs": {"stream": declared}}
    assert provider_state.changed(stored, wanted, provider_id="p") == []


DYNAMIC = {
    "model_name": "acme/m",
    "input_cost": 1,
    DECLARED: {"base_model_name": "gpt-4o"},
    ANSWERED: "{}",
    BASE_URL: HOST,
    URN: "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:CustomModel::m",
    SECRET_FIELDS: ["input_cost"],
}


def test_a_dynamic_providers_state_is_taken_as_it_is() -> None:
    """With the URN that the engine has now, and what has become secret since."""
    inputs = Received({"modelName": "acme/m", "outputCost": 1}, frozenset({("outputCost",)}))
    outs = Received({**DYNAMIC, "__provider": "pickled"}, frozenset({("__declared",)}))
    assert stored_in(MODEL, inputs, outs, _URN) == {
        **DYNAMIC,
        URN: _URN,
        SECRET_FIELDS: ["input_cost", "output_cost"],
    }


def test_a_dynamic_providers_inputs_are_read() -> None:
    """They have the API's names, and say themselves what is secret."""
    values = {"model_name": "acme/m", "function_call": 1, SECRET_FIELDS: ["input_cost"]}
    bag = Received({**values, "input_cost": 2, "__provider": "pickled"})
    assert declared_in(MODEL, bag) == {**values, "input_cost": 2}


def test_inputs_after_a_read() -> None:
    """None without drift, because the engine has them."""
    outs = Outputs({}, frozenset(), frozenset({("extra_kwargs", "token")}))
    assert inputs_read(PROVIDER, Reading(outs, None)) is None
    props = {"provider_id": "p", "extra_kwargs": {"token": "t"}, SECRET_FIELDS: ["api_key"]}
    found = inputs_read(PROVIDER, Reading(outs, {**props, "api_key": "k"}))
    assert found == Received(
        {"providerId": "p", "apiKey": "k", "extraKwargs": {"token": "t"}},
        frozenset({("apiKey",), ("extraKwargs", "token")}),
    )


def test_a_preview_knows_what_is_declared() -> None:
    """Everything else that the schema has will be known later."""
    bag = previewed(MODEL, Received({"modelName": "m", "inputCost": 1}, frozenset({("a",)})))
    assert (bag.values["modelName"], bag.values["inputCost"], bag.secret) == ("m", 1, {("a",)})
    others = {name for name, value in bag.values.items() if value == UNKNOWN}
    assert {"outputCost", "modelId", "serviceUrl"} <= others
    assert "overwriteExisting" not in bag.values


def test_changes_inside_of_maps() -> None:
    """Each leaf by its path; a list changes as a whole, as the engine shows it."""
    old = {"same": 1, "gone": 1, "deep": {"a": 1, "b": [1, 2]}, "flag": 1, "flags": [1]}
    new = {"same": 1.0, "new": None, "deep": {"a": 2, "b": [1]}, "flag": True, "flags": [True]}
    new |= {"x y": {}}
    assert changes("field", old, new) == [
        Changed("field.gone", "DELETE"),
        Changed("field.deep.a", "UPDATE"),
        Changed("field.deep.b", "UPDATE"),
        Changed("field.flag", "UPDATE"),
        Changed("field.flags", "UPDATE"),
        Changed('field["x y"]', "ADD"),
    ]
    assert changes("field", None, {"a": 1}) == [Changed("field", "ADD")]
    assert changes("field", {"a": 1}, None) == [Changed("field", "DELETE")]
    assert changes("field", {"a": 1}, UNKNOWN) == [Changed("field", "UPDATE")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a", "b", 0, "c"), "a.b[0].c"),
        (("a", "b.c"), 'a["b.c"]'),
        (("a", 'say "x"'), 'a["say \\"x\\""]'),
        (("a", "b\\c"), 'a["b\\c"]'),
        (("a", ""), 'a[""]'),
        (("a", "é-1"), 'a["é-1"]'),
    ],
)
def test_paths_are_written_as_the_engine_reads_them(path: Path, text: str) -> None:
    """In quotes it takes everything as it is, but for escaped quotes."""
    assert written(path) == text


@pytest.mark.parametrize("key", ["a\\", 'a\\"b'])
def test_a_key_without_a_path_changes_the_whole_map(key: str) -> None:
    """Its path would be read as another one, or not at all."""
    assert changes("f", {"m": {key: 1}}, {"m": {key: 2}}) == [Changed("f.m", "UPDATE")]
    assert changes("f", {"m": {key: 1}}, {"m": {key: 1}}) == [Changed("f", "UPDATE")]


def test_the_words_of_a_program_in_yaml() -> None:
    """No message speaks Python through this door."""
    assert CAMEL.declare("overwrite_existing", True) == "overwriteExisting: true"
    assert CAMEL.declare("base_model_name", "o'x") == 'baseModelName: "o\'x"'
    assert CAMEL.named("base_model_name and extra_kwargs.model") == (
        "baseModelName and extraKwargs.model"
    )
    assert CAMEL.import_commands("acme/m", "my res") == (
        "pulumi import keywordsai:index:CustomModel 'my res' acme/m "
        "--generate-code=false --protect=false --yes"
    )
