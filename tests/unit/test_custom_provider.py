"""What a program declares of a provider, and what reaches the engine, under Pulumi's own mocks."""

import gc
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from harness.provider_process import SECRET
from pulumi.runtime.settings import SETTINGS

from keywordsai_dynamic import CustomModel, CustomProvider, ModelCatalog
from keywordsai_dynamic.core.fields import PROVIDER_FIELDS
from keywordsai_dynamic.core.kinds import PROVIDER
from keywordsai_dynamic.dynamic import provider_references

KEY = "sk-Jq8Xw2Lz9TbR4cNwYd3H"
AS_TEXT = (
    "custom_provider_id is the id of the provider that 'vllm' declares, as text: Pulumi does not "
    "know that the model needs it. Give the model the provider's output, "
    "custom_provider_id=….provider_id, or depends_on it"
)


class Engine(pulumi.runtime.Mocks):
    """Stands in for the engine: notes what is declared and read, and answers with the inputs."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Take a resource."""
        self.sent[args.name] = {"type": args.typ, "id": args.resource_id, **args.inputs}
        return args.resource_id or args.name, args.inputs

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
    # What a refused program leaves pending is ended here: if a later test's `ast.parse` collects
    # it, Python 3.11 raises SystemError there.
    gc.collect()


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what the program warns of."""
    told: list[str] = []
    monkeypatch.setattr(provider_references.pulumi.log, "warn", lambda msg, **_: told.append(msg))
    return told


def run(program: Callable[[], object]) -> None:
    """Run a program to its end, all its resources declared."""
    pulumi.runtime.test(program)()


def test_what_reaches_the_engine(engine: Engine) -> None:
    """Every declared field under its own name; the id defaults to the resource's name."""

    def program() -> None:
        CustomProvider(
            "vllm",
            provider_name="Acme vLLM",
            base_url="https://llm.acme.example/v1",
            api_key=KEY,
            timeout=30,
            extra_kwargs={"region": "eu"},
        )

    run(program)
    assert engine.sent["vllm"] == {
        "type": PROVIDER.type,
        "id": "",
        "__provider": PROVIDER.pickled,
        "__secret": ["api_key"],
        "__urn": f"urn:pulumi:stack::project::{PROVIDER.type}::vllm",
        "provider_id": "vllm",
        "provider_name": "Acme vLLM",
        "base_url": "https://llm.acme.example/v1",
        "api_key": {**SECRET, "value": KEY},
        "timeout": 30,
        "extra_kwargs": {"region": "eu"},
    }


def test_the_key_is_a_secret_output(engine: Engine) -> None:
    """Also where the program has it in plain text; other fields are what they were."""
    found: dict[str, bool] = {}

    @pulumi.runtime.test
    async def program() -> None:
        provider = CustomProvider("vllm", provider_name="P", api_key=KEY, base_url="https://a.b")
        for name in ("api_key", "base_url"):
            found[name] = await getattr(provider, name).is_secret()
        found["timeout"] = await provider.timeout.future() is None

    program()
    assert found == {"api_key": True, "base_url": False, "timeout": True}


def test_a_read_asks_for_nothing_but_the_id(engine: Engine) -> None:
    """By id; no field is sent that could be taken for a declaration."""
    run(lambda: CustomProvider.get("vllm", "acme-vllm"))
    assert engine.sent["vllm"] == {
        "type": PROVIDER.type,
        "id": "acme-vllm",
        "__provider": PROVIDER.pickled,
        "provider_id": "acme-vllm",
    }


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"opts": pulumi.ResourceOptions(delete_before_replace=True)},
            "CustomProvider p: delete_before_replace would leave its models without a provider; "
            "remove it.",
        ),
        ({"extra_kwargs": {"a": None}}, "extra_kwargs['a'] is None, which Pulumi drops; leave it"),
        ({"api_key": b"sk-hush"}, "api_key is of type bytes, which Pulumi cannot send."),
        ({"base_url": "https://<{%red%}>"}, "base_url contains `<{%`"),
    ],
)
def test_what_a_constructor_refuses(engine: Engine, fields: dict[str, Any], sentence: str) -> None:
    """In one line, without values."""
    with pytest.raises(pulumi.RunError, match=re.escape(sentence)) as raised:
        run(lambda: CustomProvider("p", provider_name="P", **fields))
    assert "hush" not in str(raised.value)
    assert engine.sent == {}


def test_a_model_is_not_left_to_the_deletion_of_its_provider(engine: Engine) -> None:
    """The engine would drop it from the state, and the provider could not be deleted."""
    with pytest.raises(pulumi.RunError, match="CustomModel m: deleted_with would leave the model"):
        run(lambda: declared(deleted_with=provider()))
    assert "m" not in engine.sent


def test_a_secret_id_is_refused_where_it_is_read(engine: Engine) -> None:
    """The SDK would crash on one."""
    secret = pulumi.Output.secret("acme-vllm")
    with pytest.raises(pulumi.RunError, match="provider_id must not be secret"):
        run(lambda: CustomProvider.get("p", secret))


def declared(**options: Any) -> CustomModel:  # noqa: ANN401  (of several types)
    """Declare a model that names the provider as text."""
    opts = pulumi.ResourceOptions(**options)
    return CustomModel("m", custom_provider_id="acme-vllm", opts=opts)


def provider() -> CustomProvider:
    """Declare the provider."""
    return CustomProvider("vllm", provider_id="acme-vllm", provider_name="P")


def inside() -> pulumi.ComponentResource:
    """Declare the provider inside of a component."""
    group = pulumi.ComponentResource("acme:group:Group", "group")
    opts = pulumi.ResourceOptions(parent=group)
    CustomProvider("vllm", provider_id="acme-vllm", provider_name="P", opts=opts)
    return group


def catalog() -> ModelCatalog:
    """Return a catalog, whose models can only name a provider as text."""
    return ModelCatalog.from_dict({"m": {"custom_provider_id": "acme-vllm", "input_cost": 1}})


@pytest.mark.parametrize(
    ("program", "warnings"),
    [
        (lambda: (provider(), declared()), [AS_TEXT]),
        (lambda: (declared(), provider()), [AS_TEXT]),
        (lambda: (provider(), CustomModel("m", provider_id="acme-vllm")), [AS_TEXT]),
        (declared, []),
        (lambda: (provider(), CustomModel("m", custom_provider_id="other")), []),
        (lambda: CustomModel("m", custom_provider_id=provider().provider_id), []),
        (lambda: declared(depends_on=[provider()]), []),
        (lambda: declared(depends_on=provider()), []),
        (lambda: declared(depends_on=[inside()]), []),
        (lambda: (provider(), catalog().declare()), [AS_TEXT]),
        (
            lambda: catalog().declare(pulumi.ResourceOptions(depends_on=[provider()])),
            [],
        ),
    ],
)
def test_models_that_name_a_provider_as_text(
    engine: Engine, warned: list[str], program: Callable[[], object], warnings: list[str]
) -> None:
    """Warned of wherever the provider stands in the program, but not where the order is known."""
    run(program)
    assert warned == warnings


def test_the_constructor_takes_and_documents_every_field() -> None:
    """In the table's order and words; more words may follow."""
    parameters = list(inspect.signature(CustomProvider.__init__).parameters)
    assert parameters == ["self", "resource_name", *(f.name for f in PROVIDER_FIELDS), "opts"]
    text = inspect.getdoc(CustomProvider.__init__) or ""
    _, *parts = re.split(r"^:param (\w+): ", text, flags=re.MULTILINE)
    texts = (" ".join(said.split()) for said in parts[1::2])
    words = dict(zip(parts[::2], texts, strict=True))
    assert list(words) == [field.name for field in PROVIDER_FIELDS]
    assert [f.name for f in PROVIDER_FIELDS if not words[f.name].startswith(f.description)] == []
