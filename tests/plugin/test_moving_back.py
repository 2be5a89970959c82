"""A resource of the native plugin that a Python program takes over, through both processes."""

from typing import Any, NamedTuple

from harness.native_process import NativePlugin
from harness.provider_process import SECRET, Message, NewPlugin, Plugin, Props
from harness.traces import LISTED, posted, taken
from pulumi.runtime.proto import provider_pb2 as proto

from keywordsai_dynamic.core.kinds import MODEL, PROVIDER, ResourceKind
from keywordsai_dynamic.core.names import CHANGED_BY_OTHERS
from keywordsai_dynamic.emulator import Emulator

MOVES = Message(
    "INFO",
    "This stack moves from the native plugin to this Python program: what moves is updated in the "
    "state alone, and nothing is sent, unless a message names fields that change",
    "",
)
KEY, OTHER_KEY = "sk-Jq8Xw2Lz9TbR4cNwYd3H", "sk-Vm5Kp1Ge7UoA6iVtZq2S"


class Left(NamedTuple):
    """What the plugin has left in a state: inputs and outputs, as the engine keeps them."""

    inputs: Props
    outputs: Props


def left_by(native: NativePlugin, props: Props, kind: ResourceKind = MODEL) -> Left:
    """Declare a resource through the plugin, under its name in camelCase; the log is emptied."""
    process = native.of(kind)
    urn = process.urn("it")
    bag = process._bag(props)
    inputs = native.stub.Check(proto.CheckRequest(urn=urn, news=bag), timeout=30).inputs
    request = proto.CreateRequest(urn=urn, properties=inputs)
    outputs = native.stub.Create(request, timeout=60).properties
    del native.messages[:]
    return Left(*map(_plain, (inputs, outputs)))


def _plain(struct: Any) -> Props:  # noqa: ANN401  (a Struct)
    """Return properties without the markers of secrets, which the dynamic provider does not get."""
    return {name: _unwrapped(value) for name, value in dict(struct).items()}


def _unwrapped(value: Any) -> Any:  # noqa: ANN401  (any value)
    if not hasattr(value, "keys"):
        return value
    found = {name: _unwrapped(value[name]) for name in value.keys()}  # noqa: SIM118  (a Struct)
    return found["value"] if SECRET.items() <= found.items() else found


def declared(plugin: Plugin, **values: object) -> Props:
    """Declare the same in Python."""
    return {"model_name": "acme/m", "input_cost": 1, "__urn": plugin.urn("it"), **values}


def test_a_model_that_only_moves_sends_nothing(
    native: NativePlugin, dynamic: Plugin, emulator: Emulator
) -> None:
    """It is updated in the state, which then holds what this provider itself would have left; that
    is said once, however many move.
    """
    emulator.dialect.price_decimals = 2
    props = {"model_name": "acme/m", "base_model_name": "gpt-4o", "input_cost": 0.126}
    left = left_by(native, {**props, "function_call": True, "overwrite_existing": True})
    second = left_by(native, {"model_name": "acme/two", "input_cost": 1})
    taken(emulator)
    news = dynamic.check(
        declared(dynamic, base_model_name="gpt-4o", input_cost=0.126, function_call=1), left.inputs
    )
    assert news == {**props, "function_call": 1}
    assert dynamic.diff("acme/m", left.outputs, news) == ("SOME", [])
    outputs = dynamic.update("acme/m", left.outputs, news)
    also = dynamic.check(declared(dynamic, model_name="acme/two"), second.inputs)
    assert dynamic.diff("acme/two", second.outputs, also) == ("SOME", [])
    assert taken(emulator) == []
    assert dynamic.messages == [MOVES]
    read = dynamic.read("acme/m", outputs)
    assert read is not None
    assert read[1] == {}  # nothing has drifted
    for found in (outputs, read[0]):
        answered = dynamic.attributes(found)
        assert answered["input_cost"] == 0.13
        found["__answered"] = answered
    assert outputs == read[0]
    assert outputs["__declared"] == {**SECRET, "value": {"input_cost": 0.126}}


def test_what_changes_with_the_move_is_named_and_sent(
    native: NativePlugin, dynamic: Plugin, emulator: Emulator
) -> None:
    """The engine names every field, under the old and the new name, so the provider tells which."""
    left = left_by(native, {"model_name": "acme/m", "input_cost": 1})
    taken(emulator)
    news = dynamic.check(declared(dynamic, input_cost=2, output_cost=3), left.inputs)
    assert dynamic.diff("acme/m", left.outputs, news) == ("SOME", [])
    said = "besides the move to this Python program, these fields change: input_cost, output_cost"
    assert dynamic.messages == [MOVES, dynamic.warning(said, "it")]
    dynamic.update("acme/m", left.outputs, news)
    assert taken(emulator) == [LISTED, posted("acme/m", input_cost=2, output_cost=3)]


def test_another_name_replaces_a_model_that_moves(native: NativePlugin, dynamic: Plugin) -> None:
    """As it does without a move."""
    left = left_by(native, {"model_name": "acme/m", "input_cost": 1})
    news = dynamic.check(declared(dynamic, model_name="acme/n"), left.inputs)
    assert dynamic.diff("acme/m", left.outputs, news) == ("SOME", ["model_name"])
    said = "besides the move to this Python program, these fields change: model_name"
    assert dynamic.messages == [MOVES, dynamic.warning(said, "it")]


def test_somebody_elses_change_stops_an_update_that_moves(
    native: NativePlugin, dynamic: Plugin, emulator: Emulator
) -> None:
    """As it stops any other; what only moves leaves the change to the next refresh."""
    left = left_by(native, {"model_name": "acme/m", "input_cost": 1, "output_cost": 2})
    emulator.edit_model("acme/m", output_cost=9)
    only_moves = dynamic.check(declared(dynamic, output_cost=2), left.inputs)
    outputs = dynamic.update("acme/m", left.outputs, only_moves)
    read = dynamic.read("acme/m", outputs)
    assert read is not None
    assert read[1] == {"model_name": "acme/m", "input_cost": 1, "output_cost": 9}
    changed = dynamic.check(declared(dynamic, input_cost=3, output_cost=2), left.inputs)
    refused = dynamic.failure(lambda: dynamic.update("acme/m", left.outputs, changed))
    assert refused.splitlines()[:2] == [
        "acme/m was changed by somebody else since it was last read:",
        "  output_cost  last 2 → live 9",
    ]


def test_another_host_is_noticed_when_something_is_sent(
    native: NativePlugin, new_dynamic_plugin: NewPlugin, emulator: Emulator
) -> None:
    """A move keeps the base URL that the model was written to."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    dynamic, later = new_dynamic_plugin(env), new_dynamic_plugin(env)
    left = left_by(native, {"model_name": "acme/m", "input_cost": 1})
    left.outputs["serviceUrl"] = "https://old.example"
    taken(emulator)
    news = dynamic.check(declared(dynamic), left.inputs)
    outputs = dynamic.update("acme/m", left.outputs, news)
    assert outputs["__base_url"] == "https://old.example"
    changed = later.check(declared(later, input_cost=3), left.inputs)
    refused = later.failure(lambda: later.update("acme/m", left.outputs, changed))
    assert refused.startswith("acme/m was written to https://old.example, but the base URL is now")
    assert taken(emulator) == []


def test_a_provider_moves_with_its_key(
    native: NativePlugin, dynamic: Plugin, emulator: Emulator
) -> None:
    """The key stays secret, and whether it has changed is still known."""
    emulator.dialect.generation = "E"
    props = {
        "provider_id": "vllm",
        "provider_name": "vLLM",
        "api_key": KEY,
        "extra_kwargs": {"region": "eu", "stream": True},
    }
    left = left_by(native, props, PROVIDER)
    providers = dynamic.of(PROVIDER)
    same = {**props, "__urn": providers.urn("it"), "__secret": ["api_key"]}
    taken(emulator)
    news = providers.check(same, left.inputs)
    assert providers.diff("vllm", left.outputs, news) == ("SOME", [])
    outputs = providers.update("vllm", left.outputs, news)
    assert taken(emulator) == []
    assert outputs["api_key"] == {**SECRET, "value": KEY}
    assert SECRET.items() <= outputs["__echo"].items()
    read = providers.read("vllm", outputs)
    assert read == (outputs, {})
    emulator.edit_provider("vllm", extra_kwargs={"api_key": OTHER_KEY})
    read = providers.read("vllm", outputs)
    assert read is not None
    assert read[1]["api_key"] == {**SECRET, "value": CHANGED_BY_OTHERS}


def test_a_key_that_somebody_changed_before_the_move_is_sent(
    native: NativePlugin, dynamic: Plugin, emulator: Emulator
) -> None:
    """The state has a marker in its place, as a refresh through the plugin has left it."""
    props = {"provider_id": "vllm", "provider_name": "vLLM", "api_key": KEY}
    left = left_by(native, props, PROVIDER)
    providers = dynamic.of(PROVIDER)
    left.inputs["apiKey"] = CHANGED_BY_OTHERS
    news = providers.check({**props, "__urn": providers.urn("it")}, left.inputs)
    assert providers.diff("vllm", left.outputs, news) == ("SOME", [])
    said = "besides the move to this Python program, these fields change: api_key"
    assert dynamic.messages == [MOVES, providers.warning(said, "it")]
    taken(emulator)
    providers.update("vllm", left.outputs, news)
    assert [method for method, _, _ in taken(emulator)] == ["GET", "PATCH"]


def test_a_field_without_a_value_keeps_the_one_before_the_move(
    native: NativePlugin, dynamic: Plugin, emulator: Emulator
) -> None:
    """So that `ignore_changes` ignores, although the state has no value under the field's name."""
    left = left_by(native, {"model_name": "acme/m", "input_cost": 1, "output_cost": 2})
    taken(emulator)
    news = dynamic.check(declared(dynamic), left.inputs)
    hidden = {**SECRET, "value": 2}
    kept = {"output_cost": hidden, "__secret": ["output_cost"]}
    assert news == {"model_name": "acme/m", "input_cost": 1, **kept}
    news = {**news, "output_cost": 2}  # as the engine shows it to a dynamic provider
    assert dynamic.diff("acme/m", left.outputs, news) == ("SOME", [])
    dynamic.update("acme/m", left.outputs, news)
    said = "no value for output_cost, so it stays as it was before the move"
    assert dynamic.messages == [dynamic.warning(said, "it"), MOVES]
    assert taken(emulator) == []


def test_what_was_secret_is_none_the_less_without_a_value(
    native: NativePlugin, dynamic: Plugin, emulator: Emulator
) -> None:
    """No provider in Python learns what was secret, so each value that stays counts as such."""
    props = {
        "provider_id": "vllm",
        "provider_name": "vLLM",
        "api_key": KEY,
        "extra_kwargs": {"organization": OTHER_KEY, "stream": True},
    }
    left = left_by(native, props, PROVIDER)
    providers = dynamic.of(PROVIDER)
    taken(emulator)
    program = {"provider_id": "vllm", "provider_name": "vLLM", "__urn": providers.urn("it")}
    news = providers.check({**program, "__secret": ["api_key"]}, left.inputs)
    assert news == {
        "provider_id": "vllm",
        "provider_name": "vLLM",
        "api_key": {**SECRET, "value": KEY},
        "extra_kwargs": {**SECRET, "value": props["extra_kwargs"]},
        "__secret": ["api_key", "extra_kwargs"],
    }
    news = {**news, "api_key": KEY, "extra_kwargs": props["extra_kwargs"]}
    assert providers.diff("vllm", left.outputs, news) == ("SOME", [])
    outputs = providers.update("vllm", left.outputs, news)
    assert outputs["__secret"] == ["api_key", "extra_kwargs"]
    assert taken(emulator) == []
