"""A Pulumi SDK older than this package asks for: one line says so, and nothing is sent or shown.

It is played, unless this environment has one: `make bounds` tries a real one.
"""

from importlib.metadata import version
from pathlib import Path

import pytest
from harness.pulumi_stack import Stack

from keywordsai_dynamic.dynamic.oldest_sdk import OLDEST_SDK
from keywordsai_dynamic.emulator import Emulator

ROOT = Path(__file__).parents[2]
STATE = ROOT / "tests" / "recorded" / "v0.1.0" / "state.json"
OLDER = "3.234.0"
OLDEST = ".".join(map(str, OLDEST_SDK))
PLAYED = f"""
import sys
from types import SimpleNamespace

sys.modules["pulumi._version"] = SimpleNamespace(version="{OLDER}")
"""
SENTENCE = (
    f"keywordsai-dynamic needs the Pulumi SDK {OLDEST} or newer, but this environment has {OLDER}: "
    f"pip install 'pulumi>={OLDEST}'"
)
PROGRAM = """
from keywordsai_dynamic import CustomModel

CustomModel("acme/m", input_cost=1)
"""


def values(stack: Stack) -> list[tuple[object, ...]]:
    """Give what the state knows of each resource, secrets in the clear."""
    exported = stack.pulumi("stack", "export", "--show-secrets").json["deployment"]["resources"]
    return [tuple(map(each.get, ("urn", "id", "inputs", "outputs"))) for each in exported]


@pytest.fixture
def older(stack: Stack, tmp_path: Path) -> Stack:
    """Make a stack whose program and provider find an older SDK."""
    if version("pulumi") != OLDER:
        folder = tmp_path / "older"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(PLAYED)
        stack.env["PYTHONPATH"] = str(folder)
    stack.write_program(PROGRAM)
    return stack


def test_the_program_stops_with_one_line(older: Stack, emulator: Emulator) -> None:
    """No traceback, and no resource is declared."""
    failed = older.preview(check=False)
    assert failed.returncode != 0
    assert f"error: {SENTENCE}\n" in failed.output
    assert "Traceback" not in failed.output
    assert emulator.requests == []


def test_the_provider_stops_without_the_program(older: Stack, emulator: Emulator) -> None:
    """A refresh, which runs no program, stops too: else it would show secrets and lose models."""
    state = STATE.read_text().replace("http://127.0.0.1:8000", emulator.url)
    (older.project / "state.json").write_text(state)
    older.pulumi("stack", "import", "--file", "state.json")
    before = values(older)
    failed = older.refresh(check=False)
    assert failed.returncode != 0
    assert SENTENCE in failed.output
    assert "Traceback" not in failed.output
    assert values(older) == before
    assert emulator.requests == []
