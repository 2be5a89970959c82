"""Runs other programs, and ends them together with everything they started."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, NoReturn


class Ended(NamedTuple):
    """What a program printed, and its exit code; None if it took too long and was killed."""

    code: int | None
    output: str
    errors: str


def run(command: Sequence[str], folder: Path, env: Mapping[str, str], seconds: float) -> Ended:
    """Run a program; raises OSError if it cannot be started.

    It runs in a new session, and the whole session is killed afterwards: the CLI's plugins, and
    what they start, have separate process groups and outlive a CLI that is killed. Output goes to
    files, because a pipe stays open for as long as any process holds it.
    """
    with (
        ending_on_signals(),
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        try:
            process = subprocess.Popen(  # noqa: S603  (the user's own CLI and Pythons)
                command,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except ValueError as error:  # a NUL in the name
            raise OSError(errno.EINVAL, str(error)) from None
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


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that cleanup also ends what was started.

    By default they end Python at once. A process that ignores or handles them keeps doing so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can handle signals
        return
    ours = [
        each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is signal.SIG_DFL
    ]

    def end(number: int, _frame: object) -> NoReturn:
        for each in ours:  # a second one must not interrupt the cleanup
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for each in ours:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)


def _end_session(session: int) -> None:
    """Kill every process of a session, until no new one appears: a dying one may start another."""
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
