"""What a program declares and what reaches the engine, under Pulumi's own mocks."""

import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import CreateResult, Resource, ResourceProvider
from pulumi.runtime import resource as sdk
from pulumi.runtime.proto.alias_pb2 import Alias
from pulumi.runtime.settings import SETTINGS

from keywordsai_dynamic import CustomModel, CustomProvider, custom_model
from keywordsai_dynamic.core.kinds import ResourceKind
from keywordsai_dynamic.core.names import API_FIELDS, READ_ONLY
from keywordsai_dynamic.core.schema import CustomModelFields
from keywordsai_dynamic.dynamic import hidden_inputs
from keywordsai_dynamic.dynamic.source_lines import nearest_lines

URN = "urn:pulumi:stack::project::pulumi-python:dynamic/keywordsai:CustomModel::"


class Engine(pulumi.runtime.Mocks):
    """Stands in for the engine: notes what is declared and read, and answers with the inputs."""

    def __init__(self) -> None:
        self.declared: list[pulumi.runtime.MockResourceArgs] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Take a resource."""
        self.declared.append(args)
        return args.resource_id or args.name, args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        """Refuse what no test here asks for."""
        raise NotImplementedError(args.token)

    def sent(self, name: str) -> dict[str, Any]:
        """Return the inputs of a resource, without the provider's name."""
        inputs = next(args.inputs for args in self.declared if args.name == name)
        return {key: value for key, value in inputs.items() if key != "__provider"}


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


def test_a_declaration_reaches_the_engine_as_it_was_written(engine: Engine) -> None:
    """Inputs are what was declared, and the resource's URN; nothing else.

    A flag goes as the number that the API has for it.
    """
    run(
        lambda: CustomModel(
            "support-llm",
            model_name="acme/support-llm",
            base_model_name="gpt-4o",
            input_cost=2.50,
            output_cost=0,
            function_call=True,
            supported_params_override={"temperature": {"max": 1.5}},
        )
    )
    assert [args.typ for args in engine.declared] == [
        "pulumi-python:dynamic/keywordsai:CustomModel"
    ]
    assert engine.sent("support-llm") == {
        "model_name": "acme/support-llm",
        "base_model_name": "gpt-4o",
        "input_cost": 2.5,
        "output_cost": 0,
        "function_call": 1,
        "supported_params_override": {"temperature": {"max": 1.5}},
        "__urn": f"{URN}support-llm",
    }


def test_the_resources_name_serves_as_the_models(engine: Engine) -> None:
    """`model_name` may be left out."""
    run(lambda: CustomModel("support-llm", input_cost=1))
    assert engine.sent("support-llm")["model_name"] == "support-llm"


def test_every_output_is_there(engine: Engine) -> None:
    """Each field and each read-only output is an attribute, declared or not."""
    models: list[CustomModel] = []
    run(lambda: models.append(CustomModel("m")))
    names = (*API_FIELDS, *READ_ONLY)
    assert [name for name in names if not isinstance(getattr(models[0], name), pulumi.Output)] == []


VALUES: dict[str, Any] = {
    "model_name": "acme/llm",
    "base_model_name": "gpt-4o",
    "display_name": "Acme",
    "custom_provider_id": "acme",
    "provider_id": 7,
    "input_cost": 2.5,
    "output_cost": 10,
    "cache_hit_input_cost": "1.25",
    "cache_creation_input_cost": 3.125,
    "max_context_window": 128_000,
    "streaming_support": True,
    "function_call": 1,
    "image_support": False,
    "supported_params_override": {"temperature": {"max": 1.5}},
    "overwrite_existing": True,
}


@pytest.mark.parametrize("field", CustomModelFields.model_fields)
def test_an_output_is_taken_for_every_field(engine: Engine, field: str) -> None:
    """The value of another resource can be declared, and arrives when it is known."""
    run(lambda: CustomModel("m", **{field: pulumi.Output.from_input(VALUES[field])}))
    assert engine.sent("m")[field] == VALUES[field]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (Decimal("2.50"), "2.50"),
        (Decimal("0.1"), "0.1"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Decimal("NaN"), "NaN"),
        (2.5, 2.5),
    ],
)
def test_numbers_that_the_wire_cannot_carry_go_as_text(
    engine: Engine, written: object, sent: object
) -> None:
    """A Decimal stays exact, and a NaN arrives so that `check` can name it; also in an Output."""

    def program() -> None:
        CustomModel("plain", input_cost=written)  # type: ignore[arg-type]  # wrong ones too
        CustomModel("output", input_cost=pulumi.Output.from_input(written))  # type: ignore[arg-type]  # as above

    run(program)
    assert (engine.sent("plain")["input_cost"], engine.sent("output")["input_cost"]) == (sent, sent)


def test_secret_fields_are_told_to_the_provider(engine: Engine) -> None:
    """The engine strips secrets on their way, so that their names go beside them."""
    run(
        lambda: CustomModel(
            "m", input_cost=pulumi.Output.secret(2.5), output_cost=pulumi.Output.from_input(10)
        )
    )
    assert engine.sent("m")["__secret"] == ["input_cost"]


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (
            {"temperature": None},
            "supported_params_override['temperature'] is None, which Pulumi drops; leave it out.",
        ),
        (
            {"temperature": {"steps": [{"default": None}]}},
            "supported_params_override['temperature']['steps'][0]['default'] is None, which "
            "Pulumi drops; leave it out.",
        ),
        (
            {"temperature": {"max": Decimal("1.5")}},
            "supported_params_override['temperature']['max'] is a Decimal; use an int or a "
            "finite float.",
        ),
        (
            {"temperature": {"max": float("nan")}},
            "supported_params_override['temperature']['max'] is not a finite number; use an "
            "int or a finite float.",
        ),
    ],
)
def test_what_the_wire_would_lose_of_a_map_is_refused_in_the_program(
    override: dict[str, Any], sentence: str
) -> None:
    """A null, a Decimal and a NaN inside a map would not arrive as they were declared."""
    with pytest.raises(pulumi.RunError) as refused:
        CustomModel("m", supported_params_override=override)
    assert str(refused.value) == sentence


def test_a_key_named_urn_arrives_as_declared(engine: Engine) -> None:
    """No key of a map is renamed on its way, whatever hidden inputs are called."""
    override = {"urn": 1, "temperature": {"urn": {"__answered": 2}}}
    run(lambda: CustomModel("m", supported_params_override=override))
    assert engine.sent("m")["supported_params_override"] == override


def test_an_unknown_argument_is_refused_by_python() -> None:
    """A misspelt field never reaches the engine."""
    with pytest.raises(TypeError, match="input_price"):
        CustomModel("m", input_price=1)  # type: ignore[call-arg]  # that is the point


def test_errors_of_other_threads_keep_their_frames(engine: Engine) -> None:
    """Declaring models changes nothing that is the whole process's, not even for a moment."""
    seen: set[object] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.add(getattr(sys, "tracebacklimit", None))

    watching = threading.Thread(target=watch)
    watching.start()
    for number in range(40):
        CustomModel(f"acme/chat-{number}", input_cost=1)
    over.set()
    watching.join()
    assert seen == {None}


def test_the_sdk_sees_the_line_that_declares_and_two_callers(engine: Engine) -> None:
    """Of other resources it sees the whole stack, also after an error."""
    with pytest.raises(pulumi.RunError, match="resource's name must be a string"):
        CustomModel(1, input_cost=1)  # type: ignore[arg-type]  # what is tried here

    def traced() -> list[str]:
        return [frame.pc.uri.rpartition("/")[2] for frame in sdk._get_stack_trace().frames]

    def declare() -> list[str]:
        with nearest_lines(callers=0):
            return traced()

    assert declare() == ["test_custom_model.py"] * 2 + ["python.py"]
    whole: list[str] = []

    class Other:
        def __init__(self, inner: int) -> None:  # the SDK looks for three of that name
            whole[:] = traced()
            if inner:
                Other(inner - 1)

    Other(2)
    assert len(whole) > 10


@pytest.mark.parametrize(
    ("declare", "native"),
    [
        (lambda *args: CustomModel(args[0], opts=args[1]), "keywordsai:index:CustomModel"),
        (
            lambda *args: CustomProvider(args[0], provider_name="P", opts=args[1]),
            "keywordsai:index:CustomProvider",
        ),
        (lambda *args: pulumi.CustomResource("acme:index:Thing", args[0], {}, args[1]), None),
    ],
    ids=["model", "provider", "another"],
)
def test_what_is_declared_has_its_native_type_as_an_alias(
    declare: Callable[[str, pulumi.ResourceOptions | None], object],
    native: str | None,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Under each name that it had. So a stack moves here from the native plugin, and nothing has to
    be typed for that; no other resource is touched.
    """
    prepared: dict[str, list[Alias]] = {}
    prepare = sdk.prepare_aliases

    async def watched(resource: pulumi.Resource, *rest: Any) -> list[Alias]:  # noqa: ANN401  (the SDK's)
        prepared[resource.pulumi_resource_name] = await prepare(resource, *rest)
        return prepared[resource.pulumi_resource_name]

    def program() -> None:
        declare("plain", None)
        declare("new", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]))

    monkeypatch.setattr(sdk, "prepare_aliases", watched)
    run(program)
    old = {"name": "old", "parentUrn": ""}
    alone = [Alias(spec=Alias.Spec(type=native))] if native else []
    named = [Alias(spec=Alias.Spec(type=native, **old))] if native else []
    assert prepared["plain"] == alone
    assert prepared["new"] == [Alias(spec=Alias.Spec(**old)), *alone, *named]


def test_a_model_in_a_component_has_its_parent_in_its_urn(engine: Engine) -> None:
    """The hidden urn names the parents, and does not wait for them, who wait for the model."""

    def program() -> None:
        team = pulumi.ComponentResource("acme:team:Team", "team")
        CustomModel("m", opts=pulumi.ResourceOptions(parent=team))

    run(program)
    assert engine.sent("m")["__urn"].endswith(
        "$acme:team:Team$pulumi-python:dynamic/keywordsai:CustomModel::m"
    )


def test_get_reads_by_name_and_declares_nothing(engine: Engine) -> None:
    """`CustomModel.get` asks the engine to read, with the model's name as id."""
    read: list[CustomModel] = []
    run(lambda: read.append(CustomModel.get("gpt", "openai/gpt-4o")))
    assert [(args.name, args.resource_id) for args in engine.declared] == [("gpt", "openai/gpt-4o")]
    assert engine.sent("gpt") == {"model_name": "openai/gpt-4o"}


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """Collect what the program notes of its resources, Outputs left out."""
    facts: dict[str, dict[str, Any]] = {}

    class Note:
        is_kept = True

        def __init__(self, resource_name: str, kind: ResourceKind) -> None:
            self.kind = kind
            self.facts = facts.setdefault(resource_name, {})
            self.kept: dict[str, object] = {}

        def keep(self, **more: object) -> None:
            self.kept |= more

        def add(self, **more: object) -> None:
            more |= self.kept
            self.facts |= {k: v for k, v in more.items() if not isinstance(v, pulumi.Output)}

    monkeypatch.setattr(custom_model, "ResourceNote", Note)
    return facts


def test_what_the_program_declares_is_noted(
    engine: Engine, noted: dict[str, dict[str, Any]]
) -> None:
    """URN, earlier URNs, name and provider of every model, as soon as they are known."""

    def program() -> None:
        team = pulumi.ComponentResource("acme:team:Team", "team")
        CustomModel("plain", model_name="acme/plain")
        CustomModel("named", model_name=pulumi.Output.from_input("acme/named"))
        CustomModel("secret", model_name=pulumi.Output.secret("acme/secret"))
        CustomModel("inside", opts=pulumi.ResourceOptions(parent=team))
        aliases: list[str | pulumi.Alias] = [pulumi.Alias(name="old"), f"{URN}older"]
        CustomModel("new", opts=pulumi.ResourceOptions(aliases=aliases))

    run(program)
    assert noted == {
        "plain": {"urn": f"{URN}plain", "name": "acme/plain", "provider": ""},
        "named": {"urn": f"{URN}named", "name": "acme/named", "provider": ""},
        "secret": {"urn": f"{URN}secret", "provider": ""},
        "inside": {
            "urn": engine.sent("inside")["__urn"],
            "aliases": [],
            "name": "inside",
            "provider": "",
        },
        "new": {
            "urn": f"{URN}new",
            "aliases": [f"{URN}old", f"{URN}older"],
            "name": "new",
            "provider": "",
        },
    }


def test_what_the_program_reads_is_noted_as_read(
    engine: Engine, noted: dict[str, dict[str, Any]]
) -> None:
    """Name, which may be an Output, URN and earlier URNs: its read is found by them."""

    def program() -> None:
        CustomModel.get("plain", "acme/plain")
        CustomModel.get("named", pulumi.Output.from_input("acme/named"))
        team = pulumi.ComponentResource("acme:team:Team", "team")
        CustomModel.get("inside", "acme/inside", pulumi.ResourceOptions(parent=team))
        aliases: list[str | pulumi.Alias] = [pulumi.Alias(name="old")]
        CustomModel.get("new", "acme/new", pulumi.ResourceOptions(aliases=aliases))

    run(program)
    facts = {"provider": "", "owns": False}
    within = "$acme:team:Team$pulumi-python:dynamic/keywordsai:CustomModel::inside"
    inside = noted["inside"].pop("urn")
    assert (inside.endswith(within), inside.startswith("urn:pulumi:stack::project::")) == (
        True,
        True,
    )
    assert noted == {
        "plain": {"urn": f"{URN}plain", "name": "acme/plain", **facts},
        "named": {"urn": f"{URN}named", "name": "acme/named", **facts},
        "inside": {"aliases": [], "name": "acme/inside", **facts},
        "new": {
            "urn": f"{URN}new",
            "aliases": [f"{URN}old"],
            "name": "acme/new",
            **facts,
        },
    }
    assert not hidden_inputs._NOTING


def test_a_secret_name_that_is_read_is_noted_nowhere(
    engine: Engine, noted: dict[str, dict[str, Any]]
) -> None:
    """The file of notes is no place for secrets."""
    with pytest.raises(pulumi.RunError, match="model_name must not be secret"):
        run(lambda: CustomModel.get("secret", pulumi.Output.secret("acme/secret")))
    assert noted == {"secret": {"urn": f"{URN}secret", "provider": "", "owns": False}}
    assert not hidden_inputs._NOTING


def test_a_model_of_an_explicit_provider_is_noted_with_it(
    engine: Engine, noted: dict[str, dict[str, Any]]
) -> None:
    """The provider tells whose account a model is in that nobody has checked.

    Two of one name, of different components, are two.
    """
    providers: list[pulumi.ProviderResource] = []

    def program() -> None:
        for part in ("a", "b"):
            within = pulumi.ComponentResource("acme:team:Team", part)
            config = {"keywordsai:apiKey": part}
            opts = pulumi.ResourceOptions(parent=within)
            other = pulumi.ProviderResource("pulumi-python", "other", config, opts)
            providers.append(other)
            CustomModel(f"m-{part}", opts=pulumi.ResourceOptions(provider=other))
            CustomModel.get(f"r-{part}", "acme/r", opts=pulumi.ResourceOptions(provider=other))

    run(program)
    one, two = (f"other {id(provider):x}" for provider in providers)
    assert one != two
    assert {name: facts["provider"] for name, facts in noted.items()} == {
        "m-a": one,
        "r-a": one,
        "m-b": two,
        "r-b": two,
    }


def test_a_model_that_the_program_transforms_is_noted_as_such(
    engine: Engine, noted: dict[str, dict[str, Any]]
) -> None:
    """At the model itself or at a component around it, and not beside it."""

    def leave(_args: pulumi.ResourceTransformationArgs) -> None:
        """Transform nothing: that it might is enough."""

    def program() -> None:
        transformed = pulumi.ResourceOptions(transformations=[leave])
        team = pulumi.ComponentResource("acme:team:Team", "team", opts=transformed)
        CustomModel("itself", opts=transformed)
        CustomModel("inside", opts=pulumi.ResourceOptions(parent=team))
        CustomModel("beside")

    run(program)
    assert {name: facts.get("transformed") for name, facts in noted.items()} == {
        "itself": True,
        "inside": True,
        "beside": None,
    }


class ByValue(ResourceProvider):
    """A neighbour's provider, pickled by value because it holds data."""

    def __init__(self) -> None:
        self.settings = {"depth": [{"of": {"nesting": index}} for index in range(10)]}

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make nothing."""
        return CreateResult("id", props)


class Neighbour(Resource):
    """A neighbour's resource in the same program."""

    def __init__(self, name: str) -> None:
        super().__init__(ByValue(), name, {})


def test_four_hundred_models_leave_a_neighbours_provider_alone(engine: Engine) -> None:
    """The SDK's growing patch of pickle, deadly from the 320th resource on, is taken back."""

    def program() -> None:
        for index in range(400):
            CustomModel(f"m{index}", input_cost=index)
        Neighbour("neighbour")

    run(program)
    assert len(engine.declared) == 401
