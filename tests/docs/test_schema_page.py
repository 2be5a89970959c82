"""The page of the package's schema: nothing is missing, and every example is a program."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import schema_page
import yaml
from harness.lengths import few
from harness.pulumi_stack import Stack
from harness.typed_programs import copy_typed, generated
from harness.yaml_program import write_yaml
from pages import read_page

from keywordsai_dynamic.emulator import Emulator

ROOT = Path(__file__).parents[2]
PAGE = read_page(ROOT, schema_page.PAGE)
SCHEMA = json.loads(schema_page.SCHEMA.read_text())
FILES = {"python": "__main__.py", "typescript": "index.ts", "go": "main.go"}
SUFFIXES = {".py", ".ts", ".go"}
LANGUAGES = few(FILES, 1)
IN_GO = """package main

import (
	"example.com/pulumi-keywordsai/sdk/go/keywordsai"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		%s
		return nil
	})
}
"""
IN_GO_EACH = "{\n%s\nif err != nil {\nreturn err\n}\n}\n"

# The first Go program on a machine compiles Pulumi's SDK.
pytestmark = pytest.mark.timeout(900)


def test_the_page_is_not_stale() -> None:
    """`scripts/schema_page.py` has written the tables that are checked in."""
    assert schema_page.with_parts(PAGE.text, SCHEMA) == PAGE.text


def test_a_page_that_lacks_a_part_of_the_schema_is_refused() -> None:
    """A new resource or function gets its own section, with examples."""
    more = {**SCHEMA, "resources": {"keywordsai:index:New": SCHEMA["resources"].popitem()[1]}}
    with pytest.raises(SystemExit, match="lacks the markers <!-- resource New -->"):
        schema_page.with_parts(PAGE.text, more)


def test_the_tables_say_what_must_be_declared_and_what_is_secret() -> None:
    """So does the registry, beside the type and the meaning with its unit."""
    rows = PAGE.text.splitlines()
    for row in (
        "| `providerName` | string, required | Name shown to people. |",
        "| `apiKey` | string, secret | Key of the endpoint; always a secret. |",
        "| `inputCost` | number | USD per million input tokens; 0 means free. |",
        "| `customProviderId` | string or integer | Custom provider that serves the model: its "
        "provider ID or its number. |",
        "| `models` | list of [ListedModel](#listedmodel) | The models that match, sorted by name. "
        "|",
    ):
        assert row in rows


def test_the_forms_that_take_outputs_have_these_names(engine: Path) -> None:
    """What the page calls them is what an SDK of the language has."""
    named = re.findall(r"`(\w+[oO]utput)` in (TypeScript|Python|Go)\b", PAGE.text)
    assert {language for _, language in named} == {"TypeScript", "Python", "Go"}
    for name, language in named:
        sdk = generated(language.lower(), engine)
        texts = (file.read_text() for file in sdk.rglob("*.*") if file.suffix in SUFFIXES)
        assert any(re.search(rf"\b(?:function|def|func) {name}\(", text) for text in texts), name


def examples(language: str) -> list[str]:
    """Return the page's blocks in a language."""
    blocks = [block for section in PAGE.sections for block in section.blocks]
    return [block.text for block in blocks if block.language == language]


def program(language: str) -> str:
    """Return one program with every example of a language."""
    blocks = examples(language)
    if language == "go":
        return IN_GO % "".join(IN_GO_EACH % block for block in blocks)
    lines = [line for block in blocks for line in block.splitlines()]
    imports = dict.fromkeys(line for line in lines if line.startswith("import "))
    return "\n".join([*imports, *(line for line in lines if line not in imports)])


def declared(stack: Stack) -> dict[str, Any]:
    """Return the inputs of each resource in a preview; the engine hides secrets."""
    steps = stack.preview_json()["steps"]
    return {step["urn"].rpartition("::")[2]: step["newState"].get("inputs") for step in steps}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_say_the_same_in_every_language(
    stack: Stack, emulator: Emulator, language: str
) -> None:
    """With the SDK that Pulumi generates, compiled; YAML is what they are compared with."""
    emulator.put_model("acme/faq", base_model_name="gpt-4o", input_cost=3)
    merged: dict[str, Any] = {"config": {}, "variables": {}, "resources": {}}
    for block in map(yaml.safe_load, examples("yaml")):
        for part, held in merged.items():
            held.update(block.get(part, {}))
    write_yaml(stack, yaml.safe_dump(merged))
    stack.config("vllmKey", "sk-3Vd9TqLx7RzBn5YwKc1GmJ8f", secret=True)
    in_yaml = declared(stack)
    assert set(in_yaml) >= {"support-llm", "vllm", "chat", "assistant"}

    folder = stack.project.parent / "typed"
    folder.mkdir()
    (folder / FILES[language]).write_text(program(language))
    copy_typed(stack, language, folder)
    assert declared(stack) == in_yaml
