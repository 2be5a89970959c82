"""Commands beside a program that declares its models together: they speak of models."""

import json
from typing import Any

import pytest
from harness.lengths import long_form_of
from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator

CATALOG = """\
acme/support-llm: {base_model_name: gpt-4o, input_cost: 2.5, output_cost: 10}
acme/chat: {base_model_name: acme/support-llm, input_cost: 0.15}
acme/gone: {base_model_name: gpt-4o, input_cost: 1}
"""
TOGETHER = "declare_together('prices')"
SETTINGS = "from keywordsai_dynamic import ModelCatalog\nModelCatalog.from_file('models.yaml')."


def tool(stack: Stack, *args: str, code: int = 0) -> Any:  # noqa: ANN401  (JSON)
    """Run `keywordsai-dynamic` in the project's folder, and return the JSON that it prints."""
    done = stack.run("keywordsai-dynamic", *args, "--format", "json", check=False)
    assert done.returncode == code, str(done)
    return json.loads(done.stdout)


@pytest.fixture
def dearer(stack: Stack, emulator: Emulator) -> Stack:
    """A stack of three models, two of which changed outside, and a program that changes one."""
    stack.write_program(SETTINGS + TOGETHER)
    (stack.project / "models.yaml").write_text(CATALOG)
    stack.up()
    emulator.edit_model("acme/chat", input_cost=0.3)
    emulator.remove_model("acme/gone")
    changed = CATALOG.replace("2.5", "3").replace("acme/gone", "acme/new")
    (stack.project / "models.yaml").write_text(changed)
    return stack


def previewed(stack: Stack, name: str, *command: str) -> None:
    done = stack.pulumi(*command, "--json", check=False)
    (stack.project / name).write_text(done.stdout)


def test_review_and_usage(dearer: Stack, emulator: Emulator) -> None:
    """Price changes, new and deleted models, drift and money, as of single models."""
    previewed(dearer, "preview.json", "preview")
    previewed(dearer, "drift.json", "refresh", "--preview-only")
    counted = dearer.run("keywordsai-dynamic", "usage", "--preview", "preview.json")
    assert "3 models counted" in counted.stderr
    (dearer.project / "usage.yaml").write_text("acme/*: {input_tokens: 100M}\n")
    report = tool(
        dearer,
        *("review", "preview.json", "--drift", "drift.json", "--usage", "usage.yaml"),
        *("--fail-on", "increase>10%", "--fail-on", "delete", "--fail-on", "drift"),
        code=1,
    )
    (found,) = report["stacks"]
    changes = [(each["model_name"], each["action"], each["monthly"]) for each in found["changes"]]
    assert changes == [
        ("acme/gone", "deleted", "-100"),
        ("acme/new", "created", "100"),
        ("acme/support-llm", "updated", "50"),
    ]
    assert [(each["model_name"], each["action"]) for each in found["outside"]] == [
        ("acme/chat", "changed outside"),
        ("acme/gone", "deleted outside"),
    ]
    assert [(each["rule"], each["model_name"]) for each in report["findings"]] == [
        ("increase>10%", "acme/support-llm"),
        ("delete", "acme/gone"),
        ("drift", "acme/chat"),
        ("drift", "acme/gone"),
    ]
    assert (found["unchanged"], report["unmatched_usage"]) == (1, [])


@long_form_of("unit/test_cli_catalog.py::test_parity_as_json")
def test_the_commands_that_read_files_or_the_service(dearer: Stack) -> None:
    """How a program declares its models makes no difference to them."""
    live = {each["model_name"]: each["input_cost"] for each in tool(dearer, "models")}
    assert live == {"acme/support-llm": 2.5, "acme/chat": 0.3}
    listed = dearer.run("keywordsai-dynamic", "models", "--format", "catalog").stdout
    (dearer.project / "live.yaml").write_text(listed)
    compared = tool(dearer, "parity", "models.yaml", "live.yaml", code=1)
    assert (compared["only_left"], compared["only_right"]) == (["acme/new"], [])
    costs = tool(dearer, "prices", "models.yaml", code=1)["costs"]
    assert {each["model"] for each in costs} == {"acme/support-llm", "acme/chat", "acme/new"}
    assert tool(dearer, "doctor")["healthy"]
