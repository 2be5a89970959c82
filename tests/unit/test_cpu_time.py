"""Bounds on CPU time see what takes longer, and nothing that only waits."""

import subprocess
import sys
import time

import pytest
from harness.cpu_time import at_most


def test_what_takes_longer_fails() -> None:
    """However slow the machine is."""
    with pytest.raises(AssertionError, match=r"\d CPU seconds, at most 0\.0"), at_most(0.001):
        sum(number**3 for number in range(500_000))


def test_what_a_process_takes_counts() -> None:
    """A command is run in one of its own."""
    command = [sys.executable, "-c", "sum(number**3 for number in range(500_000))"]
    with pytest.raises(AssertionError, match="at most"), at_most(0.02):
        subprocess.run(command, check=True)  # noqa: S603  (this Python)


def test_what_waits_takes_nothing() -> None:
    """Others may keep the machine busy."""
    with at_most(0.05):
        time.sleep(0.1)


def test_errors_pass_through() -> None:
    """A test is told why the block failed."""
    with pytest.raises(KeyError), at_most(5):
        raise KeyError
