"""The folders typescript_prices and go_prices of examples/: one program in two languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from harness.leaks import KEY
from harness.lengths import long_form_of
from harness.pulumi_stack import NewStack
from harness.traces import writes
from harness.typed_programs import copy_typed

from keywordsai_dynamic.emulator import Emulator, running_emulator

EXAMPLES = Path(__file__).parents[2] / "examples"
EU_KEY = "kw.Mn4Rt8Pq2WzX.b6JfLc1VsD9gHyK3oUeAiT7k"

# The first Go program on a machine compiles Pulumi's SDK.
pytestmark = [
    long_form_of("e2e/test_languages.py::test_a_stack_lives"),
    pytest.mark.timeout(900),
]


@pytest.fixture
def accounts() -> Iterator[Emulator]:
    """Serve two organizations, each with a key."""
    with running_emulator(api_keys={KEY: "ours", EU_KEY: "eu"}) as emulator:
        yield emulator


def prices_of(folder: Path, stack: str) -> dict[str, float]:
    """Return what a stack's file of an example says."""
    settings = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text())
    prices: dict[str, float] = settings["config"][f"{name_of(folder)}:supportLlm"]
    return prices


def name_of(folder: Path) -> str:
    name: str = yaml.safe_load((folder / "Pulumi.yaml").read_text())["name"]
    return name


FOLDERS = {"typescript": "typescript_prices", "go": "go_prices"}


@pytest.mark.parametrize("language", FOLDERS)
def test_it_is_applied_and_taken_down(
    new_stack: NewStack, accounts: Emulator, language: str
) -> None:
    """It makes one model in each account, has nothing to do after that, shows the prices of another
    stack field by field, and leaves nothing behind.
    """
    folder = EXAMPLES / FOLDERS[language]
    stack = new_stack({"KEYWORDSAI_API_KEY": KEY, "KEYWORDSAI_BASE_URL": accounts.url})
    copy_typed(stack, language, folder)
    stack.config("euKey", EU_KEY, secret=True)
    stack.up()
    dev, prod = prices_of(folder, "dev"), prices_of(folder, "prod")
    made = {
        account: {
            name: (model["base_model_name"], model["input_cost"], model["output_cost"])
            for name, model in accounts.models(account).items()
        }
        for account in ("ours", "eu")
    }
    base = "openai/gpt-4o-mini"
    assert made == {
        "ours": {"acme/support-llm": (base, dev["inputCost"], dev["outputCost"])},
        "eu": {"acme/support-llm": (base, 0.44, 0.99)},
    }
    assert accounts.models("ours")["acme/support-llm"]["max_context_window"] == 128_000
    assert stack.outputs() == {"supportModel": "acme/support-llm"}
    writes(accounts)
    stack.preview("--expect-no-changes")

    stack.config(f"{name_of(folder)}:supportLlm", prod)
    shown = [re.sub(" *: *", ": ", line.strip()) for line in stack.preview().stdout.splitlines()]
    changes = [f"~ {name}: {dev[name]:g} => {prod[name]:g}" for name in dev]
    dearer = [f"~ {name}: {dev[name] * 1.1:g} => {prod[name] * 1.1:g}" for name in dev]
    assert [line for line in shown if "=>" in line] == [*changes, *dearer]
    assert writes(accounts) == []
    stack.destroy()
    assert (accounts.models("ours"), accounts.models("eu")) == ({}, {})
