"""`make live` by itself: what it does without a key, and that it holds for the emulator."""

import os
import subprocess
import sys
from pathlib import Path

from keywordsai_dynamic.emulator import Emulator

ROOT = Path(__file__).parents[2]


def live(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the live suite as `make live` does, with this environment."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "tests/live", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_key_it_says_what_it_would_do() -> None:
    """No key: nothing is asked, each check is named, and that is no failure."""
    run = live({})
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Nothing was asked: there is no key." in run.stdout
    assert "  - The first write of a name is answered 201 and the next one 200." in run.stdout


def test_the_emulator_passes_it_and_nothing_stays_behind(emulator: Emulator) -> None:
    """What is asked of the real API holds for the one that all other tests run against."""
    emulator.dialect.generation = "E"
    run = live({"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url})
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{emulator.url} was asked with the key in KEYWORDSAI_API_KEY." in run.stdout
    assert emulator.models() == {}
    assert emulator.api_key not in run.stdout
