"""The soak in its short form: many ups under faults, and a store that agrees with the program."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness.lengths import few

SOAK = Path(__file__).parents[2] / "scripts" / "soak.py"


@pytest.mark.parametrize(
    "options",
    few([pytest.param((), id="single models"), pytest.param(("--together",), id="one set")], 1),
)
def test_ups_under_faults_lose_and_double_nothing(engine: Path, options: tuple[str, ...]) -> None:
    """Four ups of 24 models, one request in ten broken: store, state and program agree."""
    soak = [sys.executable, str(SOAK), "--models", "24", "--rounds", "3", "--seed", "42", *options]
    ran = subprocess.run(soak, capture_output=True, text=True, check=False, timeout=240)  # noqa: S603  (our own script)
    *rounds, faults, verdict = ran.stdout.splitlines()
    assert verdict == (
        "0 lost writes, 0 doubled writes, 0 failed rounds; store, state and program agree"
    )
    assert ran.returncode == 0
    assert [re.sub(r"\d+ requests|[\d.]+ s$", "…", line) for line in rounds] == [
        f"round  {number}: exit 0, 24 models, …, 0 lost, 0 doubled, …" for number in range(4)
    ]
    # Otherwise nothing was tried.
    kinds = {kind.split()[-1] for kind in faults.removeprefix("faults: ").split(", ")}
    assert {"drop_before", "drop_after", "error_503"} <= kinds
