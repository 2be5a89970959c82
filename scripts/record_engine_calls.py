"""Record what the real engine calls, for a simulated engine to be held to.

Run it as `.venv/bin/python scripts/record_engine_calls.py [SCENARIO …]`. It writes
tests/recorded/engine_calls/SCENARIO.json; README.md there explains the format. Where the engine
works in parallel the order differs from recording to recording.
"""

import contextlib
import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from engine import engine_bin
from engine_scenarios import SCENARIOS
from harness.engine_calls import in_lines
from harness.engine_runs import Document, World

RECORDED = Path(__file__).resolve().parents[1] / "tests" / "recorded" / "engine_calls"


def record(name: str, engine: Path, cli: str) -> None:
    """Let a world live through a scenario, and write what happened."""
    scenario = SCENARIOS[name]
    runs: list[Document] = []
    with ExitStack() as stacks:
        world = World(engine, stacks)
        for run in scenario.runs:
            runs += world.live(run)
    recording = {"promise": scenario.promise, "cli": cli, "runs": runs}
    (RECORDED / f"{name}.json").write_text(in_lines(recording))
    sys.stderr.write(f"{name}\n")


def main() -> None:
    """Record the named scenarios, or all."""
    engine = engine_bin()
    names = sys.argv[1:] or list(SCENARIOS)
    cli = _version(engine)
    # Stacks print what a test's report would show.
    with contextlib.redirect_stdout(io.StringIO()), ThreadPoolExecutor(2) as threads:
        recordings = {name: threads.submit(record, name, engine, cli) for name in names}
    failed = {name: error for name, one in recordings.items() if (error := one.exception())}
    for name, error in failed.items():
        sys.stderr.write(f"{name}: {type(error).__name__}: {error}\n")
    sys.exit(bool(failed))


def _version(engine: Path) -> str:
    command = [str(engine / "pulumi"), "version"]
    return subprocess.check_output(command, text=True).strip().removeprefix("v")  # noqa: S603


if __name__ == "__main__":
    main()
