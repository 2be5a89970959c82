"""The folder yaml_prices of examples/: a stack without a program, as its README has it."""

import re
from pathlib import Path

import pytest
import yaml
from harness.lengths import long_form_of
from harness.pulumi_stack import Stack
from harness.traces import taken

from keywordsai_dynamic.emulator import Emulator

FOLDER = Path(__file__).parents[2] / "examples" / "yaml_prices"
STACKS = sorted(file.suffixes[0][1:] for file in FOLDER.glob("Pulumi.*.yaml"))


def prices_of(stack: str) -> dict[str, float]:
    """Return what a stack's file of the example says."""
    settings = yaml.safe_load((FOLDER / f"Pulumi.{stack}.yaml").read_text())
    prices: dict[str, float] = settings["config"]["yaml-prices:supportLlm"]
    return prices


@pytest.fixture
def example(stack: Stack) -> Stack:
    """Copy the example, and set the key that it asks for."""
    stack.copy_program(FOLDER)
    stack.config("vllmKey", "sk-of-our-endpoint", secret=True)
    return stack


@long_form_of("distribution/test_wheel.py::test_the_native_plugin_runs_from_the_wheel")
def test_it_is_applied_and_taken_down(example: Stack, emulator: Emulator) -> None:
    """It makes what it declares, has nothing to do after that, and leaves nothing behind."""
    example.up()
    assert set(emulator.models()) == {"acme/support-llm", "acme/faq", "acme/general"}
    assert set(emulator.providers()) == {"acme-vllm"}
    made = emulator.models().keys() | emulator.providers().keys()
    assert {resource["id"] for resource in example.resources().values()} == made
    taken(emulator)
    example.preview("--expect-no-changes")
    assert taken(emulator) == []
    example.destroy()
    assert (emulator.models(), emulator.providers()) == ({}, {})


def test_each_stack_has_its_own_prices(example: Stack, emulator: Emulator) -> None:
    """Moving to the prices of another stack shows them, field by field."""
    assert STACKS == ["dev", "prod"]
    example.up()
    dev, prod = map(prices_of, STACKS)
    live = emulator.models()["acme/support-llm"]
    assert {"inputCost": live["input_cost"], "outputCost": live["output_cost"]} == dev
    example.config("yaml-prices:supportLlm", prod)
    shown = [line.strip() for line in example.preview().stdout.splitlines()]
    changes = [f"~ {name}: {dev[name]:g} => {prod[name]:g}" for name in dev]
    assert [re.sub(" *: *", ": ", line) for line in shown if "=>" in line] == changes
