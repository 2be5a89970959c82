"""Other programs, run to their end together with all that they start."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Ended(NamedTuple):
    """What a program left behind; `code` is None where it was ended for taking too long."""

    code: int | None
    output: str
    errors: str


def run(command: Sequence[str], folder: Path, env: Mapping[str, str], seconds: float) -> Ended:
    """Run a program; raises OSError where it cannot be started.

    It gets a session of its own, of which nothing is left: the CLI's plugins, and what they start,
    have process groups of their own and outlive a CLI that is killed. Files take what it says,
    because a pipe stays open for as long as anybody holds it.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603  (the user's own CLI and Pythons)
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end_session(process.pid)
            process.wait()
        output.seek(0)
        errors.seek(0)
        return Ended(code, *(file.read().decode(errors="replace") for file in (output, errors)))


def _end_session(session: int) -> None:
    """Kill what is left of a session, until there is nobody new: a dying one may start another."""
    killed: set[int] = set()
    while left := set(_pids_of(session)) - killed:
        for pid in left:
            with suppress(OSError):  # it ended meanwhile
                os.kill(pid, signal.SIGKILL)
        killed |= left


def _pids_of(session: int) -> Iterator[int]:
    for pid in _pids():
        with suppress(OSError):
            if os.getsid(pid) == session:
                yield pid


def _pids() -> list[int]:
    if Path("/proc/self").exists():
        names = [folder.name for folder in Path("/proc").iterdir()]
    else:
        command = ["ps", "-A", "-o", "pid="]
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    return [int(name) for name in names if name.isdigit()]
