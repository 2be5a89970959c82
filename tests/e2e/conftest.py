"""The real CLI for tests: where its engine is, and stacks that clean up after themselves."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from pulumi_stack import NewStack, Stack

from keywordsai_dynamic.emulator import Emulator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def engine() -> Path:
    """Find the engine as `make` does; without one every test here fails and says the way out."""
    found = subprocess.run(  # noqa: S603  (our own script)
        [sys.executable, str(ROOT / "scripts" / "engine.py")],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert found.returncode == 0, "no Pulumi engine: `make engine` says why and what to do"
    return Path(found.stdout.strip())


@pytest.fixture
def new_stack(tmp_path: Path, engine: Path) -> Iterator[NewStack]:
    """Make stacks that know no key and no host: `new_stack(env)`."""
    with ExitStack() as stacks:

        def new(env: Mapping[str, str] | None = None) -> Stack:
            folder = tmp_path / f"stack-{len(list(tmp_path.iterdir()))}"
            return stacks.enter_context(Stack(folder, engine, env))

        yield new


@pytest.fixture
def stack(new_stack: NewStack, emulator: Emulator) -> Stack:
    """Make a stack whose key and host are the emulator's."""
    return new_stack({"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url})
