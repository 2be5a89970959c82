"""What a program declares of a set of models and what reaches the engine, under Pulumi's mocks."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi.runtime.settings import SETTINGS

from keywordsai_dynamic import CustomProvider, ModelSet
from keywordsai_dynamic.core.names import API_FIELDS
from keywordsai_dynamic.dynamic import resource_note

URN = "urn:pulumi:stack::project::pulumi-python:dynamic/keywordsai:ModelSet::prices"
EVERY_FIELD = [field for field in API_FIELDS if field != "model_name"]


class Engine(pulumi.runtime.Mocks):
    """Stands in for the engine: keeps what is declared, and answers with the inputs."""

    def __init__(self) -> None:
        self.sent: dict[str, Any] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Take a resource."""
        self.sent = {key: args.inputs[key] for key in args.inputs if key != "__provider"}
        return args.name, args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        """Refuse what no test here asks for."""
        raise NotImplementedError(args.token)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Stand in for the engine, and leave the SDK as it was."""
    before = dict(SETTINGS.__dict__)
    standing_in = Engine()
    pulumi.runtime.set_mocks(standing_in)
    yield standing_in
    SETTINGS.__dict__.clear()
    SETTINGS.__dict__.update(before)


def run(program: Callable[[], object]) -> None:
    """Run a program to its end, all its resources declared."""
    pulumi.runtime.test(program)()


def test_models_reach_the_engine_as_they_were_written(engine: Engine) -> None:
    """Flags are the API's numbers, decimals exact, and what is None or said by the key left out."""
    models = {
        "acme/a": {"input_cost": Decimal("2.50"), "function_call": True, "output_cost": None},
        "acme/b": {"model_name": "acme/b", "supported_params_override": {"top_p": (1, 2)}},
    }
    run(lambda: ModelSet("prices", models=models))
    assert engine.sent == {
        "models": {
            "acme/a": {"input_cost": "2.50", "function_call": 1},
            "acme/b": {"supported_params_override": {"top_p": [1, 2]}},
        },
        "__urn": URN,
    }


def value_of(sent: object) -> object:
    """Return a value without the marker of a secret."""
    return sent["value"] if isinstance(sent, dict) and "value" in sent else sent


def test_outputs_and_secrets_stay_apart(engine: Engine) -> None:
    """The provider learns which values are secret (the mocks' own end knows only whole inputs)."""
    secret, plain = pulumi.Output.secret(2.5), pulumi.Output.from_input(3)
    run(
        lambda: ModelSet(
            "prices",
            models={
                "acme/a": {"input_cost": secret, "output_cost": 1},
                "acme/b": {"input_cost": plain},
                "acme/c": pulumi.Output.secret({"input_cost": 4}),
            },
        )
    )
    assert value_of(engine.sent["models"]) == {
        "acme/a": {"input_cost": 2.5, "output_cost": 1},
        "acme/b": {"input_cost": 3},
        "acme/c": {"input_cost": 4},
    }
    assert engine.sent["__secret"] == {"acme/a": ["input_cost"], "acme/c": EVERY_FIELD}


@pytest.mark.parametrize(("secret", "told"), [(False, None), (True, True)])
def test_a_map_that_comes_later(engine: Engine, secret: bool, told: object) -> None:
    """A whole map may be an Output; `check` learns of one that is secret, and refuses it."""
    models = pulumi.Output.from_input({"acme/a": {"input_cost": 1}})
    given = pulumi.Output.secret(models) if secret else models
    run(lambda: ModelSet("prices", models=given))
    assert value_of(engine.sent["models"]) == {"acme/a": {"input_cost": 1}}
    assert engine.sent.get("__secret") == told


@pytest.mark.parametrize("later", [False, True], ids=["now", "later"])
def test_the_names_of_its_models_are_noted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    """Once they are known, so that a run which leaves the set out keeps these models alone."""
    noted: list[dict[str, Any]] = []
    notes = SimpleNamespace(add=lambda **facts: noted.append(facts))
    monkeypatch.setattr(resource_note, "_of_this_program", lambda: notes)
    models = {"acme/a": {"input_cost": 1}, "acme/b": {"input_cost": 2}}
    given = pulumi.Output.from_input(models) if later else models
    run(lambda: ModelSet("prices", models=given))
    whole = {"resource": "prices", "kind": "model", "urn": URN, "names": ["acme/a", "acme/b"]}
    assert whole.items() <= noted[-1].items()


@pytest.mark.parametrize(
    "options",
    [
        {"additional_secret_outputs": ["models"]},
        {"transforms": [lambda _args: None]},
        {"transformations": [lambda _args: None]},
    ],
    ids=["additional_secret_outputs", "transforms", "transformations"],
)
def test_everything_may_be_secret(engine: Engine, options: dict[str, Any]) -> None:
    """Only the engine knows what a transform makes secret, or adds: every value counts as it."""
    opts = pulumi.ResourceOptions(**options)
    run(lambda: ModelSet("prices", models={"acme/a": {"input_cost": 1}}, opts=opts))
    assert engine.sent["__secret"] == EVERY_FIELD


def test_outputs_are_whole_where_the_field_is(engine: Engine) -> None:
    """The engine turns every number into a float; counts and flags are whole again."""
    found: list[dict[str, dict[str, Any]]] = []

    def program() -> pulumi.Output[None]:
        fields = {"max_context_window": 128000.0, "function_call": 1.0, "input_cost": 2.0}
        made = ModelSet("prices", models={"acme/a": fields})
        return made.models.apply(found.append)

    run(program)
    assert {field: repr(value) for field, value in found[0]["acme/a"].items()} == {
        "max_context_window": "128000",
        "function_call": "1",
        "input_cost": "2.0",
    }


@pytest.mark.parametrize(
    ("models", "problem"),
    [
        (["acme/a"], "models must be a map of model names to their fields."),
        ({1: {}}, "models has the key 1; keys must be strings."),
        ({"a\x1b": {}}, r"models['a\x1b'] contains invisible characters."),
        ({"acme/a": 2.5}, "models['acme/a'] must be a map of fields."),
        ({"acme/a": {"input_cost": b"1"}}, "acme/a: input_cost is of type bytes"),
        ({"acme/a": {"max_context_window": 2**60}}, "acme/a: max_context_window is too large."),
    ],
)
def test_what_cannot_be_sent_is_refused_in_one_line(
    engine: Engine,
    models: Any,  # noqa: ANN401  (what a program may give)
    problem: str,
) -> None:
    """Before the SDK would crash on it, or lose it; the sentence says of which model it is."""
    with pytest.raises(pulumi.RunError) as raised:
        run(lambda: ModelSet("prices", models=models))
    assert str(raised.value).startswith(problem)
    assert engine.sent == {}


def test_a_set_is_not_left_to_the_deletion_of_its_provider(engine: Engine) -> None:
    """The engine would drop its models from the state, and the provider could not be deleted."""

    def program() -> None:
        provider = CustomProvider("p", provider_name="P")
        opts = pulumi.ResourceOptions(deleted_with=provider)
        ModelSet("prices", models={}, opts=opts)

    with pytest.raises(pulumi.RunError, match="ModelSet prices: deleted_with would leave its"):
        run(program)
    assert "models" not in engine.sent


def test_a_provider_that_is_named_as_text_is_warned_of_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many models of the set name it."""
    heard: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: heard.append(text))

    def program() -> None:
        CustomProvider("own", provider_id="acme-azure", provider_name="P")
        named = {"custom_provider_id": "acme-azure"}
        ModelSet("prices", models={"acme/a": named, "acme/b": named})

    run(program)
    assert len(heard) == 1
    assert "custom_provider_id is the id of the provider that 'own' declares, as text" in heard[0]
