"""Programs in Python, TypeScript and Go, each with the SDK that Pulumi generates from the schema.

`make test` runs Python's, whose host every engine has; `make test-long` runs all of them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import languages
import pytest
from harness.leaks import KEY
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import LISTED, posted, taken, writes
from harness.typed_programs import copy_typed, generated

from keywordsai_dynamic.emulator import Emulator, running_emulator

PROGRAMS = Path(__file__).parents[1] / "programs"
LANGUAGES = ["python", "typescript", "go"]
RUN = few(LANGUAGES, 1)
SECOND_KEY = "kw.Mn4Rt8Pq2WzX.b6JfLc1VsD9gHyK3oUeAiT7k"
VLLM_KEY = "sk-3Vd9TqLx7RzBn5YwKc1GmJ8f"

# The first Go program on a machine compiles Pulumi's SDK.
pytestmark = pytest.mark.timeout(900)

SUPPORT = posted(
    "acme/support-llm",
    base_model_name="openai/gpt-4o",
    input_cost=2,
    output_cost=10,
    max_context_window=32000,
    function_call=1,
    supported_params_override={"top_p": {"max": 1}, "a.b": [1, "two"]},
)


@pytest.fixture
def accounts() -> Iterator[Emulator]:
    """Serve two organizations, each with a key."""
    with running_emulator(api_keys={KEY: "first", SECOND_KEY: "second"}) as emulator:
        yield emulator


@pytest.fixture
def typed(new_stack: NewStack, accounts: Emulator) -> Stack:
    """Make a stack whose default key is the first organization's."""
    stack = new_stack({"KEYWORDSAI_API_KEY": KEY, "KEYWORDSAI_BASE_URL": accounts.url})
    stack.secrets.add(SECOND_KEY)
    return stack


def configure(stack: Stack) -> None:
    """Set what the programs ask for."""
    stack.config("test:inputCost", 2)
    stack.config("vllmKey", VLLM_KEY, secret=True)
    stack.config("secondKey", SECOND_KEY, secret=True)


def only_asked(accounts: Emulator) -> bool:
    """Tell whether nothing was sent but the lists that the program's own functions ask for."""
    return {str(call) for call in taken(accounts)} == {str(LISTED)}


@pytest.mark.parametrize("language", RUN)
def test_a_stack_lives(typed: Stack, accounts: Emulator, language: str) -> None:
    """A typed program is applied and then unchanged, and so is an import; a price and drift are
    shown by their names and sent, and nothing is left behind. Functions and an explicit provider
    read and write what YAML does.
    """
    accounts.put_model("acme/faq", base_model_name="gpt-4o", input_cost=3)
    copy_typed(typed, language, PROGRAMS / language)
    configure(typed)
    typed.up()
    models = [call for call in writes(accounts) if call[1] == "/api/models/"]
    assert models == sorted(
        [
            SUPPORT,
            posted("on-vllm", custom_provider_id="acme-vllm", input_cost=0.2),
            posted("acme/there", input_cost=1),
        ],
        key=str,
    )
    assert set(accounts.models("first")) == {"acme/support-llm", "on-vllm", "acme/faq"}
    assert set(accounts.models("second")) == {"acme/there"}
    exists = {} if language == "typescript" else {"there": [True, False]}  # its host is too old
    assert typed.outputs() == {"inputCost": 2, "known": ["acme/faq"], **exists}

    typed.pulumi(
        "import", "keywordsai:index:CustomModel", "faq", "acme/faq",
        "--generate-code=false", "--protect=false", "--yes",
    )  # fmt: skip
    typed.config("test:faq", value=True)
    taken(accounts)
    unchanged = typed.preview()
    assert "7 unchanged" in unchanged.stdout
    assert "Diagnostics" not in unchanged.stdout
    assert only_asked(accounts)

    accounts.edit_model("acme/support-llm", output_cost=7)
    typed.refresh()
    assert writes(accounts) == []
    typed.config("test:inputCost", 2.5)
    changed = typed.up("--diff").stdout
    assert re.search(r"inputCost *: 2 => 2.5", changed)
    assert re.search(r"outputCost *: 7 => 10", changed)
    assert "6 unchanged" in changed
    assert [call[2]["input_cost"] for call in writes(accounts)] == [2.5]
    assert accounts.models("first")["acme/support-llm"]["output_cost"] == 10

    typed.destroy()
    assert (accounts.models("first"), accounts.models("second")) == ({}, {})
    assert accounts.providers("first") == {}


@long_form_of("e2e/test_languages.py::test_a_stack_lives")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_set_lives(typed: Stack, accounts: Emulator, language: str) -> None:
    """Its models name providers by text, number and Output, have secret values, are objects or
    maps, and one is secret as a whole: they are applied, unchanged, changed and taken down.
    """
    copy_typed(typed, language, PROGRAMS / f"{language}_sets")
    configure(typed)
    typed.config("price", "7.2468135", secret=True)
    typed.config("wholePrice", "8.1357924", secret=True)
    typed.up()
    made = {
        "by-id": {"custom_provider_id": "acme-vllm", "input_cost": 0.3},
        "by-number": {"custom_provider_id": 7, "input_cost": 0.5},
        "by-output": {"custom_provider_id": "acme-vllm", "input_cost": 0.2},
        "by-text": {"provider_id": "openai", "input_cost": 0.4},
        "secret": {"input_cost": 7.2468135, "output_cost": 2},
        "whole": {"input_cost": 8.1357924},
    }
    expected = [posted(f"acme/{name}", **fields) for name, fields in made.items()]
    models = [call for call in writes(accounts) if call[1] == "/api/models/"]
    assert models == sorted([*expected, SUPPORT], key=str)
    assert typed.outputs() == {"inputCost": 2, "provider": "acme-vllm"}
    assert "3 unchanged" in typed.preview().stdout
    assert only_asked(accounts)

    typed.config("test:inputCost", 2.5)
    (changed,) = (step for step in typed.preview_json()["steps"] if step["op"] == "update")
    update = {"kind": "update", "inputDiff": True}
    assert changed["detailedDiff"] == {'models["acme/support-llm"].inputCost': update}
    typed.up()
    assert [call[2]["input_cost"] for call in writes(accounts)] == [2.5]
    typed.refresh("--expect-no-changes")
    assert "3 unchanged" in typed.preview().stdout
    typed.destroy()
    assert (accounts.models("first"), accounts.providers("first")) == ({}, {})


MISSPELLED = {
    "python": ("__main__.py", "input_cost=", "unexpected keyword argument 'input_costs'"),
    "typescript": ("index.ts", "inputCost:", "'inputCosts' does not exist in type"),
}
"""Of a program: its file, a field, and what is said of that field with an s at its end."""


@pytest.mark.parametrize("language", [each for each in RUN if each in MISSPELLED])
def test_a_misspelled_field_is_no_program(typed: Stack, accounts: Emulator, language: str) -> None:
    """The SDK's types refuse it before anything is written. (In Go nothing compiles at all.)"""
    copy_typed(typed, language, PROGRAMS / language)
    configure(typed)
    name, field, said = MISSPELLED[language]
    file = typed.project / name
    file.write_text(file.read_text().replace(field, f"{field[:-1]}s{field[-1]}", 1))
    failed = typed.preview(check=False)
    assert failed.returncode != 0
    assert said in failed.output
    assert writes(accounts) == []


COMMENTS = {
    "typescript": ("customModel.ts", "interface CustomModelArgs {", r"\* (.+)\n +\*/\n +(\w+)\?:"),
    "go": ("keywordsai/customModel.go", "type CustomModelArgs struct", r"// (.+)\n\t(\w+) "),
    "python": (
        "pulumi_keywordsai/custom_model.py",
        "class CustomModelArgs:",
        r'"""\n +(.+)\n +"""\n +return pulumi.get\(self, "(\w+)"\)',
    ),
}
"""Where an SDK documents what a model takes: the file, its part, and a comment with its field."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_doc_comments_carry_units(engine: Path, language: str) -> None:
    """What an editor shows of each field of a model is the schema's description, with its unit."""
    schema = json.loads(languages.SCHEMA.read_text())["resources"]["keywordsai:index:CustomModel"]
    told = {name.lower(): each["description"] for name, each in schema["inputProperties"].items()}
    assert "USD per million input tokens" in told["inputcost"]
    file, part, comment = COMMENTS[language]
    text = (generated(language, engine) / file).read_text().partition(part)[2]
    shown = re.findall(comment, re.split(r"\n[}@]", text)[0])
    assert {name.replace("_", "").lower(): said for said, name in shown} == told


DYNAMIC = """
import os
import pulumi
from keywordsai_dynamic import CustomModel, CustomProvider

config = pulumi.Config()
vllm = CustomProvider(
    "vllm",
    provider_id="acme-vllm",
    provider_name="vLLM",
    base_url="https://vllm.acme.example/v1",
    api_key=config.require_secret("vllmKey"),
)
CustomModel("on-vllm", custom_provider_id=vllm.id, input_cost=0.2)
CustomModel(
    "support-llm",
    model_name="acme/support-llm",
    base_model_name="openai/gpt-4o",
    input_cost=config.require_float("inputCost"),
    output_cost=10,
    max_context_window=32000,
    function_call=1,
    supported_params_override={"top_p": {"max": 1}, "a.b": [1, "two"]},
)
account = {
    "keywordsai:apiKey": config.require_secret("secondKey"),
    "keywordsai:baseUrl": os.environ["KEYWORDSAI_BASE_URL"],
}
second = pulumi.ProviderResource("pulumi-python", "second", account)
CustomModel("there", model_name="acme/there", input_cost=1,
            opts=pulumi.ResourceOptions(provider=second))
"""


@long_form_of("e2e/test_moving.py::test_a_stack_moves_to_yaml")
@pytest.mark.parametrize("language", RUN)
def test_a_python_stack_moves(typed: Stack, accounts: Emulator, language: str) -> None:
    """A stack of a dynamic program goes on in a typed one with the same names: unchanged, and
    nothing is sent but the list that the program's functions ask for.
    """
    typed.write_program(DYNAMIC)
    configure(typed)
    typed.up()
    taken(accounts)

    (typed.project / "__main__.py").unlink()
    copy_typed(typed, language, PROGRAMS / language)
    assert "5 unchanged" in typed.preview().stdout
    typed.up()
    assert only_asked(accounts)
    assert {one["type"] for one in typed.resources().values()} == {
        "keywordsai:index:CustomModel",
        "keywordsai:index:CustomProvider",
    }
    assert typed.outputs()["inputCost"] == 2

    typed.refresh()
    typed.config("test:inputCost", 2.5)
    shown = typed.preview().stdout
    assert re.search(r"inputCost *: 2 => 2.5", shown)
    assert "5 unchanged" in shown
    taken(accounts)
    typed.up()
    assert [call[2]["input_cost"] for call in writes(accounts)] == [2.5]
    assert typed.outputs()["inputCost"] == 2.5


TAKES_AN_OUTPUT = {
    "python": (
        "__main__.py",
        "custom_provider_id=vllm.id",
        "custom_provider_id=vllm.provider_id",
        'provider_id="acme-vllm",',
        'pulumi.export("inputCost", support.input_cost)',
        'pulumi.export("of", vllm.provider_id)\npulumi.export("images", support.image_support)',
    ),
    "typescript": (
        "index.ts",
        "customProviderId: vllm.id",
        "customProviderId: vllm.providerId",
        'providerId: "acme-vllm",',
        "export const inputCost: pulumi.Output<number | undefined> = support.inputCost;",
        "export const of = vllm.providerId;\nexport const images = support.imageSupport;",
    ),
    "go": (
        "main.go",
        "CustomProviderId: vllm.ID()",
        "CustomProviderId: vllm.ProviderId",
        'ProviderId:   pulumi.String("acme-vllm"),',
        'ctx.Export("inputCost", support.InputCost)',
        'ctx.Export("of", vllm.ProviderId)\n\tctx.Export("images", support.ImageSupport)',
    ),
}
"""Of a program: its file, its reference to a provider and another one, what names the provider, and
an export with two others that replace it."""

WAITS = (
    "no value yet for customProviderId. If the program takes it from another resource that was "
    "moved from a Python program, run `pulumi up --refresh --run-program` once"
)


@long_form_of("e2e/test_moving.py::test_a_stack_moves_to_yaml")
@pytest.mark.parametrize("declared", few([False, True], 1))
@pytest.mark.parametrize("language", RUN)
def test_outputs_before_the_first_refresh(
    typed: Stack, accounts: Emulator, language: str, declared: bool
) -> None:
    """A stack that has just moved has the outputs under Python's names, which Python's SDK finds.
    The others find none in a preview, and in an update what the program itself declares; what has
    no value then stays, and after a refresh all have theirs.
    """
    named = DYNAMIC if declared else DYNAMIC.replace('    provider_id="acme-vllm",\n', "")
    typed.write_program(named)
    configure(typed)
    typed.up()
    taken(accounts)
    (typed.project / "__main__.py").unlink()
    copy_typed(typed, language, PROGRAMS / language)
    name, by_id, by_output, provider, export, exports = TAKES_AN_OUTPUT[language]
    file = typed.project / name
    text = file.read_text().replace(by_id, by_output).replace(export, exports)
    file.write_text(text if declared else text.replace(provider, ""))

    of = "acme-vllm" if declared else "vllm"
    preview = typed.preview()
    assert (WAITS in preview.output) == (language != "python")
    typed.up()
    assert only_asked(accounts)
    found = {key: value for key, value in typed.outputs().items() if value not in (None, "")}
    assert "images" not in found
    assert found.get("of") == (of if declared or language == "python" else None)

    typed.refresh()
    typed.up()
    assert writes(accounts) == []
    found = typed.outputs()
    assert (found["of"], found["images"]) == (of, True)
    assert accounts.models("first")["on-vllm"]["provider_id"] == of
