"""Promises about every declaration and every server: thousands of made-up cases each.

The provider is the real one, called in this process with the floats that the wire makes of ints.
For speed its client is replaced below the socket line by one that asks the emulator's backend.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, Self
from unittest import mock

import pytest
from harness.lengths import times
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime.rpc import is_rpc_secret, unwrap_rpc_secret

from keywordsai_dynamic.api.client import Listing, UpsertResult
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.names import PRICE_FIELDS
from keywordsai_dynamic.core.schema import normalize
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.emulator import Dialect, RefusedError
from keywordsai_dynamic.emulator.backend import Backend
from keywordsai_dynamic.emulator.dialect import FIELDS
from keywordsai_dynamic.lifecycle import run as run_module
from keywordsai_dynamic.lifecycle.comparison import fields_of, same
from keywordsai_dynamic.provider import CustomModelProvider

Props = dict[str, Any]
Rounding = Callable[[float], float]

CASES = settings(max_examples=times(100, 2_050))  # in a few there is nothing that could be edited
BASES = ("gpt-4o", "openai/gpt-4o-mini", "gpt-4", "deepseek-chat")
VENDORS = ("openai/gpt-4o", "openai/gpt-4o-mini", "openai/gpt-4", "deepseek/deepseek-chat", "x/y")
PROVIDERS = {"my-azure-provider": {"provider_id": "my-custom-provider", "provider_name": "Mine"}}


class BelowTheSocket:
    """The client's verbs without HTTP; what is sent and answered passes through JSON still.

    Each call takes a moment of its own clock.
    """

    def __init__(self, world: "World", settings: Settings) -> None:
        self.settings = settings
        self.now = 0.0
        self._world = world

    def upsert_model(
        self,
        body: Mapping[str, Any],
        *,
        not_after: float | None,
        deadline: float,
        on_success: Callable[[int, bool], None],
    ) -> UpsertResult:
        """Create or update."""
        assert not_after is not None
        assert self._asked_at() <= not_after
        assert 0 < deadline <= self.settings.deadline
        created, model = self._world.backend.upsert("acme", json.loads(json.dumps(body)))
        status = 201 if created else 200
        on_success(status, False)
        return UpsertResult(self._world.answer(model, written=True), status, repeated=False)

    def find_model(
        self, model_name: str, *, deadline: float | None = None
    ) -> tuple[Props | None, float]:
        """Read one."""
        asked_at = self._asked_at()
        try:
            return self._world.answer(self._world.backend.retrieve("acme", model_name)), asked_at
        except RefusedError:
            return None, asked_at

    def list_models(self, *, deadline: float | None = None) -> Listing:
        """Read all of the organization's own, and some built-in ones."""
        asked_at = self._asked_at()
        own = [
            self._world.answer(model)
            for model in self._world.backend.visible("acme")
            if model.organization is not None
        ]
        return Listing(self._world.built_in + own, asked_at, agrees=True, pages=1)

    def _asked_at(self) -> float:
        self.now += 0.01
        return self.now - 0.01


class World:
    """A server that answers in one generation's shape, leaves fields out and rounds prices."""

    def __init__(
        self, dialect: Dialect, left_out: frozenset[str], rounds: tuple[Rounding, str]
    ) -> None:
        self.backend = Backend(["acme"], dialect=dialect, providers=PROVIDERS)
        self.left_out = left_out
        self._rounding, self._rounds = rounds
        self.built_in = [
            {
                "model_name": name,
                "affiliation_category": "respan",
                **{price: self._rounding(100 * number / 7) for price in PRICE_FIELDS},
            }
            for number, name in enumerate(VENDORS, 1)
        ]
        self._patch = mock.patch.object(run_module, "KeywordsAIClient", self._client)

    def answer(self, model: Any, *, written: bool = False) -> Props:  # noqa: ANN401  (the emulator's own)
        """Write a model as this server does; a write is answered before a database had it."""
        answer = self.backend.answer(model)
        for price in PRICE_FIELDS:
            if self._rounds == "always" or not written:
                answer[price] = self._rounding(answer[price])
        kept = {name: value for name, value in answer.items() if name not in self.left_out}
        answered: Props = json.loads(json.dumps(kept))
        return answered

    def live(self, model_name: str) -> Props:
        """Give what a read of the model answers now."""
        return self.answer(self.backend.retrieve("acme", model_name))

    def next_run(self) -> CustomModelProvider:
        """Begin a run: a provider that has seen nothing yet."""
        provider = CustomModelProvider()
        config = Config({"keywordsai:apiKey": "k", "keywordsai:baseUrl": "http://127.0.0.1"}, "p")
        provider.configure(ConfigureRequest(config))
        return provider

    def _client(self, sender: Sender, **_: object) -> BelowTheSocket:
        return BelowTheSocket(self, sender.settings)

    def __enter__(self) -> Self:
        self._patch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._patch.stop()


@pytest.fixture(autouse=True)
def _tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep `configure` from taking this process's tracebacks away."""
    monkeypatch.setenv("KEYWORDSAI_DEBUG", "1")


def over_the_wire(value: Any) -> Any:  # noqa: ANN401  (JSON is anything)
    """Make floats of ints, and take the marks of secrets away, as the engine does."""
    if is_rpc_secret(value):
        value = unwrap_rpc_secret(value)
    if isinstance(value, dict):
        return {key: over_the_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [over_the_wire(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def first_up(world: World, declared: Props) -> tuple[Props, Props]:
    """Check and create; give inputs and outputs as a state holds them."""
    provider = world.next_run()
    checked = provider.check({}, over_the_wire(declared))
    assert checked.failures == []
    inputs = over_the_wire(checked.inputs)
    outputs = over_the_wire(provider.create(inputs).outs)
    assert provider.diff(declared["model_name"], outputs, inputs).changes is False
    return inputs, outputs


def refreshed(world: World, outputs: Props, inputs: Props) -> tuple[Props, Props]:
    """Read in a run of its own; give outputs and inputs as a state holds them.

    Where a read gives no inputs, the engine keeps those it has.
    """
    read = world.next_run().read(outputs["model_name"], outputs)
    assert read.outs is not None
    return over_the_wire(read.outs), inputs if read.inputs is None else over_the_wire(read.inputs)


def decimals(places: int) -> Rounding:
    """Round to so many places."""
    return lambda price: round(price, places)


def significant(digits: int) -> Rounding:
    """Round to so many significant digits."""
    return lambda price: float(f"{price:.{digits}g}")


def as_text_has_it(price: float) -> float:
    """Lose the last bits, as a detour over a database's text does."""
    return float(f"{price:.14g}")


def spelt(number: int) -> float | str:
    """Write a price as int, float, text or a float of many digits; one draw for each price."""
    amount = Decimal(number).scaleb(-4)
    return (number // 10_000, float(amount), str(amount), number / 70_000)[number % 4]


picks = st.integers(1, 2**12 - 1)  # which fields, cheaper than a strategy made for each case
texts = st.sampled_from(["Acme", "größe", "two words", "a/b", "7"])
prices = st.integers(0, 10**7).map(spelt)
flags = st.sampled_from([True, False, 1, 0])
providers = st.sampled_from(["acme-vllm", "my-azure-provider", 7, "7"])
parameters = st.sampled_from(
    [{}, {"temperature": {"min": 0, "max": 1.5}}, {"top_p": {"steps": [0, 0.5, 1], "on": True}}]
)
optional = {
    "display_name": texts,
    "base_model_name": st.sampled_from(BASES),
    **dict.fromkeys(PRICE_FIELDS, prices),
    "max_context_window": st.integers(0, 2**40),
    **dict.fromkeys(("streaming_support", "function_call", "image_support"), flags),
    "supported_params_override": parameters,
}
forgotten = sorted({*FIELDS["E"], "display_name"} - {"id", "model_name", *PRICE_FIELDS})
always = [float, *map(decimals, (0, 2, 4, 6)), *map(significant, (2, 6, 12))]
reads = [as_text_has_it, *map(decimals, (2, 4, 6))]  # whole prices alone show no rounding
roundings = [(each, "always") for each in always] + [(each, "reads") for each in reads]

# Made once: making them for each case takes as long as the case.
model_names = st.sampled_from(["m", "acme/llm", "größe 100%/#1?"])
words = st.sampled_from(["custom_provider_id", "provider_id", None])
dialects = st.builds(
    Dialect,
    generation=st.sampled_from(["A", "B", "C", "D", "E"]),
    prefix_base_names=st.booleans(),
    inherit_costs=st.booleans(),
)
worlds = st.builds(
    World,
    dialects,
    st.frozensets(st.sampled_from(forgotten), max_size=2),
    st.sampled_from(roundings),
)
"""Any generation, any rounding of all answers or of reads, any optional fields left out."""


@st.composite
def declarations(draw: st.DrawFn) -> Props:
    """Make a valid declaration: a name, a base or a provider, and any other fields."""
    declared: Props = {"model_name": draw(model_names)}
    pick = draw(picks)
    for place, (field, values) in enumerate(optional.items()):
        if pick >> place & 1:
            declared[field] = draw(values)
    word = draw(words)
    if word is not None:
        declared[word] = draw(providers)
    elif "base_model_name" not in declared:
        declared["base_model_name"] = "gpt-4o"
    return declared


def other_value(field: str, stored: Any) -> Any:  # noqa: ANN401  (a field's)
    """Make a value that no rounding takes for the stored one, nor for what was declared."""
    if field in PRICE_FIELDS or field == "max_context_window":
        return (stored or 0) * 2 + 1
    if field in ("custom_provider_id", "provider_id"):
        return "somebody-elses"
    if field == "base_model_name":
        return "google/gemini-2.5-pro"
    if field == "display_name":
        return f"{stored} by hand"
    if field == "supported_params_override":
        return {"t": {}}
    return 1 - stored


@CASES
@given(declarations(), worlds, picks)
def test_nothing_is_named_but_edits_of_declared_fields(
    declared: Props, world: World, pick: int
) -> None:
    """Whatever is declared, however the server answers and rounds: nothing to do afterwards.

    What the program leaves to the service may change there without a word. Somebody's edit of a
    declared field is what the refresh brings back, and all of it.
    """
    with world:
        inputs, outputs = first_up(world, declared)
        name = declared["model_name"]
        live, seen = refreshed(world, outputs, inputs)
        assert seen == inputs
        assert world.next_run().diff(name, live, inputs).changes is False
        assert refreshed(world, live, inputs) == (live, inputs)

        spoken_of = set(declared) | ({"provider_id"} if "custom_provider_id" in declared else set())
        undeclared = sorted({*optional, "provider_id"} - spoken_of)
        edit(world, name, [field for place, field in enumerate(undeclared) if pick >> place & 1])
        live, seen = refreshed(world, live, inputs)
        assert seen == inputs
        assert world.next_run().diff(name, live, inputs).changes is False

        before = world.live(name)
        shown = {field for field in before if before[field] is not None}
        shown |= {"custom_provider_id", "provider_id"} if "provider" in shown else set()
        fields = sorted(shown & set(declared) - {"model_name", "supported_params_override"})
        if not fields:
            return
        field = fields[pick % len(fields)]
        edit(world, name, [field])
        live, seen = refreshed(world, live, inputs)
        assert {key for key in inputs if seen[key] != inputs[key]} == {field}
        assert same(field, seen[field], live[field])
        assert world.next_run().diff(name, live, inputs).changes is None


def edit(world: World, model_name: str, fields: list[str]) -> None:
    """Give fields of a model other values, as somebody in the console does."""
    stored = world.backend.own_fields("acme")[model_name]
    for field in fields:
        world.backend.update("acme", model_name, {field: other_value(field, stored.get(field))})


@CASES
@given(st.integers(0, 10**15 - 1), st.integers(-30, 6), st.sampled_from(["plain", "exponent"]))
def test_money_is_exact(digits: int, exponent: int, form: str) -> None:
    """Decimal text of up to 15 significant digits is sent as a JSON number equal to it."""
    amount = Decimal(digits).scaleb(exponent)
    text = format(amount, "f" if form == "plain" else "E")
    for written in (text, Decimal(text)):
        declared, problems = normalize({"model_name": "m", "input_cost": written})
        sent = json.loads(json.dumps(fields_of(declared)), parse_float=Decimal)
        assert (problems, sent["input_cost"]) == ([], amount)
