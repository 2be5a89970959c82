"""What the program does to Keywords AI: tried with the real Pulumi CLI, without an account."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi import automation

from keywordsai_dynamic.emulator import Emulator


@pytest.fixture
def stack(keywordsai_emulator: Emulator, tmp_path: Path) -> Iterator[automation.Stack]:
    """Make a stack whose state lies in a scratch folder, away from your login and your stacks."""
    local = {"PULUMI_BACKEND_URL": tmp_path.as_uri(), "PULUMI_CONFIG_PASSPHRASE": "test"}
    options = automation.LocalWorkspaceOptions(env_vars=local)
    stack = automation.create_stack("test", work_dir=str(Path(__file__).parent), opts=options)
    yield stack
    stack.destroy()
    stack.workspace.remove_stack("test")
    assert keywordsai_emulator.models() == {}


def test_the_support_models_cost_what_was_agreed(
    stack: automation.Stack, keywordsai_emulator: Emulator
) -> None:
    """A first `pulumi up` writes the agreed prices, in USD per million tokens."""
    stack.up()
    models = keywordsai_emulator.models()
    costs = {name: (m["input_cost"], m["output_cost"]) for name, m in models.items()}
    assert costs == {"acme/support-llm": (2.5, 10), "acme/support-mini": (0.15, 0.6)}


def test_a_price_that_somebody_changed_is_put_right(
    stack: automation.Stack, keywordsai_emulator: Emulator
) -> None:
    """A slip in the web console lasts until the next `pulumi up --refresh`."""
    stack.up()
    keywordsai_emulator.edit_model("acme/support-mini", input_cost=15)
    stack.up(refresh=True)
    assert keywordsai_emulator.models()["acme/support-mini"]["input_cost"] == 0.15
