"""`make demo` tells its story to the end, or stops when it is told to, and leaves no trace."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.lengths import WHOLE, few, long_form_of
from harness.quick_runs import lighter
from harness.scratch import environments

ROOT = Path(__file__).parents[2]


class Demo:
    """A run of the demo with a home and a scratch folder of its own, and what it left there."""

    def __init__(self, folder: Path, engine: Path) -> None:
        self.home, self.scratch = folder / "home", folder / "scratch"
        self.home.mkdir()
        self.scratch.mkdir()
        self.env = {
            "PATH": f"{engine}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "TMPDIR": str(self.scratch),
            # A proxy that is not there: a developer's shell may have one.
            **dict.fromkeys(("HTTP_PROXY", "ALL_PROXY", "http_proxy"), "http://127.0.0.1:9"),
            **({} if WHOLE else lighter()),
        }

    def start(self) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(  # noqa: S603  (our own script)
            [sys.executable, str(ROOT / "scripts" / "demo.py")],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.process

    def left_behind(self) -> list[str]:
        """Files in the home and the scratch folder, and processes that were told of the latter."""
        files = [str(file) for folder in (self.home, self.scratch) for file in folder.rglob("*")]
        return files + [told for _, told in environments() if str(self.scratch) in told]


def checkout() -> dict[Path, bytes]:
    """What the demo could have written to in the checkout."""
    files = [ROOT / "Pulumi.dev.yaml", *(ROOT / "examples").rglob("*")]
    return {file: file.read_bytes() for file in files if file.is_file()}


@pytest.fixture
def demo(tmp_path: Path, engine: Path) -> Iterator[Demo]:
    run = Demo(tmp_path, engine)
    yield run
    with run.process as process:  # over, unless the test failed; told to stop, it clears away
        process.terminate()


def test_the_demo_tells_its_story_and_leaves_nothing(demo: Demo) -> None:
    """Up, silence, a price in preview and in money, update, drift found, put right, destroy."""
    before = checkout()
    process = demo.start()
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    lines = [" ".join(line.split()) for line in told.splitlines()]
    story = [
        "$ pulumi up --yes --skip-preview",
        "+ 12 created",
        "$ pulumi preview",
        "requests to the API: none",
        "$ pulumi preview --diff",
        "~ input_cost: 2.5 => 3",
        "requests to the API: none",
        "$ keywordsai-dynamic review preview.json --usage usage.yaml",
        "~ acme/support-llm updated +$450.00 a month",
        "$ pulumi up --yes --skip-preview",
        "~ 1 updated",
        "$ pulumi refresh --yes --skip-preview --diff",
        "~ input_cost: 3 => 30",
        "$ pulumi up --yes --skip-preview --diff",
        "~ input_cost: 30 => 3",
        "$ pulumi destroy --yes --skip-preview",
        "- 12 deleted",
        "Where to go next:",
    ]
    rest = iter(lines)
    missing = [line for line in story if line not in rest]  # each after the one before it
    assert not missing, told
    assert demo.left_behind() == []
    assert checkout() == before


@long_form_of("e2e/test_try_out.py::test_a_signal_ends_it_in_the_middle_of_an_up")
@pytest.mark.parametrize("how", few([signal.SIGINT, signal.SIGTERM], 1))
def test_a_stopped_demo_leaves_nothing(demo: Demo, how: signal.Signals) -> None:
    """Ctrl-C or a kill in the middle of `up`: the CLI ends, and everything is cleared away."""
    process = demo.start()
    assert process.stdout is not None
    with process.stdout as told:
        while "creating" not in (line := told.readline()):
            assert line, "ended before anything was created"
        process.send_signal(how)
        rest = told.read()
    assert process.wait(timeout=60) == 130, rest
    assert "demo: stopped, and cleared away" in rest
    assert demo.left_behind() == []
