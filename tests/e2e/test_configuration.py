"""A stack's configuration through the real engine: what is read of it, and what nothing reads."""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from harness.lengths import few
from harness.pulumi_stack import NewStack, Stack

from keywordsai_dynamic.catalog import model_catalog
from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.sources import layers_of
from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.emulator import Emulator

PROGRAM = "from keywordsai_dynamic import ModelCatalog\nModelCatalog.from_config().declare()\n"
TOOL = str(Path(sys.executable).with_name("keywordsai-dynamic"))
SETTINGS = "name: test\nruntime: python\n"

READ: dict[str, tuple[str, str, dict[str, Any]]] = {
    "values of every kind": (
        """
  app:mode: 0644
  app:since: 2026-01-01
  keywordsai:models:
    plain: &plain {input_cost: 2.50, output_cost: 1e2, max_context_window: 128000}
    text: {input_cost: "010", display_name: "2026-01-01", provider_id: "4"}
    words: {display_name: yes, provider_id: on, base_model_name: 1:30}
    points: {input_cost: .5, output_cost: 5., cache_hit_input_cost: +0.25}
    "4": {input_cost: 0.1, function_call: true, image_support: 0}
    alias: *plain
    merged: {<<: *plain, input_cost: 3}
    digits: {input_cost: 123.456789012345, output_cost: {per_token: 0.0000025}}
    override: {supported_params_override: {temperature: 1, stop: [a, true, "1"]}}
""",
        "",
        {
            "plain": {"input_cost": 2.5, "output_cost": 100.0, "max_context_window": 128000},
            "text": {"input_cost": 10.0, "display_name": "2026-01-01", "provider_id": "4"},
            "words": {"display_name": "yes", "provider_id": "on", "base_model_name": "1:30"},
            "points": {"input_cost": 0.5, "output_cost": 5.0, "cache_hit_input_cost": 0.25},
            "4": {"input_cost": 0.1, "function_call": 1, "image_support": 0},
            "alias": {"input_cost": 2.5, "output_cost": 100.0, "max_context_window": 128000},
            "merged": {"input_cost": 3.0, "output_cost": 100.0, "max_context_window": 128000},
            "digits": {"input_cost": 123.456789012345, "output_cost": 2.5},
            "override": {"supported_params_override": {"temperature": 1, "stop": ["a", True, "1"]}},
        },
    ),
    "text that is JSON": (
        """  keywordsai:models: '{"m": {"input_cost": 2.50}}'""",
        "",
        {"m": {"input_cost": 2.5}},
    ),
    "the old spelling": (
        "  keywordsai:config:models: {m: {input_cost: 1}}",
        "",
        {"m": {"input_cost": 1.0}},
    ),
    "the project's": (
        "  app:x: 1",
        "config: {keywordsai:models: {value: {m: {input_cost: 2}}}}\n",
        {"m": {"input_cost": 2.0}},
    ),
    "the project's, as JSON": (
        "  app:x: 1",
        """config: {keywordsai:models: '{"m": {"input_cost": 2}}'}\n""",
        {"m": {"input_cost": 2.0}},
    ),
    "the stack's in place of the project's": (
        "  keywordsai:models: {n: {input_cost: 1}}",
        "config: {keywordsai:models: {value: {m: {input_cost: 2}}}}\n",
        {"n": {"input_cost": 1.0}},
    ),
    "a project with a folder for its stacks": (
        "  keywordsai:models: {m: {input_cost: 1}}",
        "stackConfigDir: stacks\n",
        {"m": {"input_cost": 1.0}},
    ),
}

TO_PULUMI = "means something else to Pulumi; write it in full, or put it in quotes"
REFUSED = {
    "an octal number": ("  keywordsai:models: {m: {input_cost: 010}}", "", f"010 {TO_PULUMI}"),
    "a date": (
        "  keywordsai:models: {m: {display_name: 2026-01-01}}",
        "",
        f"2026-01-01 {TO_PULUMI}",
    ),
    "a number for a name": (
        "  keywordsai:models: {4.10: {input_cost: 1}}",
        "",
        "the name 4.10 is not a string; put it in quotes",
    ),
    "an octal number in the project's file": (
        "  app:x: 1",
        "config: {keywordsai:models: {value: {m: {input_cost: 010}}}}\n",
        f"010 {TO_PULUMI}",
    ),
    "a path in the project's file": (
        "  keywordsai:models: {m: {input_cost: 1}}",
        "config: {keywordsai:models.n: x}\n",
        "Pulumi.yaml: keywordsai:models.n: is a path, which Pulumi merges into the",
    ),
    "a list": ("  keywordsai:models: [1]", "", "must be a map of model names to their fields"),
    "a number": ("  keywordsai:models: 5", "", "must be a map of model names to their fields"),
    "no JSON": ("  keywordsai:models: m", "", "Pulumi.dev.yaml: keywordsai:models, line 1: Expect"),
    "JSON with a key twice": (
        """  keywordsai:models: '{"m": {}, "m": {}}'""",
        "",
        "Pulumi.dev.yaml: keywordsai:models: the key 'm' appears twice",
    ),
}
REFUSED_BY_THE_ENGINE = {
    "a model twice": ("  keywordsai:models: {m: {input_cost: 1}, m: {}}", "", "'m' appears twice"),
    "infinity": ("  keywordsai:models: {m: {display_name: .inf}}", "", f".inf {TO_PULUMI}"),
    "a map in the project's file": (
        "  app:x: 1",
        "config: {keywordsai:models: {m: {input_cost: 1}}}\n",
        "Pulumi expects the models in `value: {…}`",
    ),
}


NOTHING = {
    "empty text": ("  keywordsai:models: ''", ""),
    "nothing in place of the project's": (
        "  keywordsai:models:",
        "config: {keywordsai:models: {value: {m: {input_cost: 2}}}}\n",
    ),
}


@pytest.fixture
def written(new_stack: NewStack) -> Stack:
    """A stack whose files are written anew for each case."""
    stack = new_stack()
    stack.write_program(PROGRAM)
    stack.pulumi("config")
    return stack


def write(stack: Stack, head: str, config: str, project: str) -> None:
    (stack.project / "Pulumi.yaml").write_text(SETTINGS + project)
    folder = stack.project / ("stacks" if "stackConfigDir" in project else ".")
    folder.mkdir(exist_ok=True)
    (stack.project / "Pulumi.dev.yaml").unlink(missing_ok=True)
    (folder / "Pulumi.dev.yaml").write_text(f"{head}config:\n{config.lstrip(chr(10))}\n")


def test_program_and_commands_read_a_stack_alike(
    written: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the engine hands over, and what the file says: the same models, or the same refusal."""
    head = (written.project / "Pulumi.dev.yaml").read_text()
    monkeypatch.chdir(written.project)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    monkeypatch.setattr(model_catalog, "is_below_the_cli", lambda: True)
    refused = dict(few(REFUSED.items(), 4))
    for case, (config, project, expected) in {**READ, **refused, **REFUSED_BY_THE_ENGINE}.items():
        write(written, head, config, project)
        command = of_command(written.project)
        assert expected in command if isinstance(expected, str) else command == expected, case
        handed = written.pulumi("config", "--json", "--show-secrets", check=False)
        if case in REFUSED_BY_THE_ENGINE:
            assert handed.returncode != 0, case
        else:
            assert of_program(handed.json) == command, case
    for case, (config, project) in NOTHING.items():
        write(written, head, config, project)
        handed = written.pulumi("config", "--json", "--show-secrets")
        for said in of_command(written.project), of_program(handed.json):
            assert "has no keywordsai:models, and" in said, case


def of_command(project: Path) -> Any:  # noqa: ANN401  (models, or a refusal)
    try:
        return ModelCatalog.from_layers(layers_of("dev", None, project).layers).models
    except DeclarationError as error:
        return str(error)


def of_program(handed: dict[str, dict[str, Any]]) -> Any:  # noqa: ANN401  (models, or a refusal)
    config = {key: each["value"] for key, each in handed.items()}
    pulumi.runtime.set_all_config(config, [key for key in handed if handed[key]["secret"]])
    try:
        return ModelCatalog.from_config().models
    except DeclarationError as error:
        return str(error)
    finally:
        pulumi.runtime.set_all_config({}, [])


def test_a_program_refuses_what_the_engine_reads_otherwise(stack: Stack) -> None:
    """The program is handed an 8 for `010`, finds the file in use, and says so."""
    stack.write_program(PROGRAM)
    stack.pulumi("config", "set", "--path", "keywordsai:models.m.input_cost", "777")
    settings = stack.project / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text().replace("777", "010"))
    preview = stack.preview(check=False)
    assert re.search(rf"error: Pulumi\.dev\.yaml, line \d+: 010 {TO_PULUMI}", preview.output)
    assert "Traceback" not in preview.output


def test_the_line_for_a_key_without_path_puts_it_right(stack: Stack) -> None:
    """It stops the preview with two commands, which make of the key what was meant."""
    stack.write_program(PROGRAM)
    stack.pulumi("config", "set", "--path", 'keywordsai:models["acme/gpt-4.1"].input_cost', "1")
    stack.pulumi("config", "set", "keywordsai:models.acme/gpt-4.1.input_cost", "5")
    stack.pulumi("config", "set", "keywordsai:region", "eu")
    preview = stack.preview(check=False)
    assert preview.returncode != 0
    assert "Pulumi.dev.yaml: keywordsai:models.acme/gpt-4.1.input_cost: set " in preview.output
    commands = [(TOOL, "prices", "dev"), (TOOL, "parity", "dev", "dev")]
    for command in few(commands, 1):
        refused = stack.run(*command, check=False)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith("Pulumi.dev.yaml: keywordsai:models.acme/gpt-4.1.input_")
    shown = re.findall(r"`(pulumi config [^`]+)`", refused.stderr)
    for line in shown:
        stack.pulumi(*(each if each != "VALUE" else "5" for each in shlex.split(line)[1:]))
    preview = stack.preview()
    assert "input_cost: 5" in preview.output
    assert (
        "stack dev: keywordsai:region: nothing reads this key; the known keys are" in preview.output
    )
    assert preview.output.count("warning: ") == 1


def test_a_key_of_the_command_line_is_judged_too(stack: Stack) -> None:
    """`--config` writes into the stack's file, and a program that has no catalog reads it."""
    stack.write_program("from keywordsai_dynamic import CustomModel\nCustomModel('m')\n")
    preview = stack.preview("--config", "keywordsai:apikey=hunter2-hunter2", check=False)
    assert (
        "error: stack dev: keywordsai:apikey: nothing reads this key; rename it" in preview.output
    )
    assert "Traceback" not in preview.output


def test_the_key_of_a_stack(new_stack: NewStack, emulator: Emulator) -> None:
    """`--stack` takes key and address as `pulumi` does; only the override beats it."""
    stack = new_stack()
    stack.write_program(PROGRAM)
    stack.config("keywordsai:apiKey", emulator.api_key, secret=True)
    stack.config("keywordsai:baseUrl", emulator.url)
    emulator.put_model("acme/support", base_model_name="gpt-4o", input_cost=3)
    other = {
        "KEYWORDSAI_API_KEY": "kw.another-key-of-nobody",
        "KEYWORDSAI_BASE_URL": "http://[::1]:9",
    }
    said = stack.run(TOOL, "import-file", "--stack", "dev", env=other).stdout
    assert said.startswith("1 model → import.json\n")
    assert "pulumi import --stack dev --file import.json" in said
    override = {"KEYWORDSAI_API_KEY_OVERRIDE": "kw.another-key-of-nobody"}
    refused = stack.run(TOOL, "models", "--stack", "dev", env=override, check=False)
    assert (refused.returncode, "returned 401" in refused.stderr) == (2, True)
    unknown = stack.run(TOOL, "models", "--stack", "nope", check=False)
    line = "nope: the stack cannot be read: no stack named 'nope' found\n"
    assert (unknown.returncode, unknown.output) == (2, line)
