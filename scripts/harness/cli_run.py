"""One run of the CLI: the processes it starts, what it has printed so far, and its result."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN_SECONDS = 120
_QUIET = ("--non-interactive", "--color", "never")


@dataclass(frozen=True)
class Result:
    """What one run of the CLI left behind."""

    args: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Everything the user would have seen."""
        return self.stdout + self.stderr

    @property
    def json(self) -> Any:  # noqa: ANN401  (JSON is anything)
        return json.loads(self.stdout)

    def __str__(self) -> str:
        return f"$ {' '.join(self.args)}  → {self.returncode}\n{self.stdout}{self.stderr}"


class Running:
    """A CLI that is still running, with all its processes in one new session."""

    def __init__(self, args: tuple[str, ...], cwd: Path, env: Mapping[str, str], log: Path) -> None:
        self.args = args
        self.files = self._out, self._err = log.with_suffix(".out"), log.with_suffix(".err")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._cli = subprocess.Popen(  # noqa: S603  (the CLI is what these tests are about)
                [*args[:1], *(_QUIET if args[0] == "pulumi" else ()), *args[1:]],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.pid = self._cli.pid
        self._over = False  # once reaped, the pid may belong to another process

    @property
    def stdout(self) -> str:
        """What the CLI has printed so far."""
        return self._out.read_text()

    @property
    def stderr(self) -> str:
        return self._err.read_text()

    def processes(self) -> dict[int, str]:
        """Command lines, by pid, of the CLI, the language host, the program and the provider.

        Plugins have separate process groups, but share the session.
        """
        return {pid: command for pid, command in processes() if _session(pid) == self.pid}

    def interrupt(self) -> None:
        """Ctrl-C, as a terminal sends it: to the CLI; plugins are not in its process group."""
        os.killpg(self.pid, signal.SIGINT)

    def kill_cli(self) -> None:
        """SIGKILL to the CLI alone, as the kernel does when memory is short."""
        self._cli.kill()
        self._cli.wait()

    def kill(self) -> None:
        """SIGKILL to the CLI and everything it started; does nothing after `wait`."""
        while not self._over and (alive := self.processes()):
            for pid in alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._cli.wait()
        self._over = True

    def wait(self, seconds: float = RUN_SECONDS) -> Result:
        """Wait for the CLI to end, then end whatever it left behind.

        Past the deadline everything is killed and the test fails.
        """
        try:
            self._cli.wait(seconds)
        except subprocess.TimeoutExpired:
            left = "\n".join(self.processes().values())
            self.kill()
            raise AssertionError(f"running after {seconds} s: {left}\n{self._so_far()}") from None
        self.kill()
        return self._so_far()

    def wait_for(self, text: str, seconds: float = 30) -> None:
        """Wait until the CLI has printed `text`."""
        deadline = time.monotonic() + seconds
        while text not in self.stdout + self.stderr:
            assert self._cli.poll() is None, f"ended without printing {text!r}:\n{self._so_far()}"
            assert time.monotonic() < deadline, f"did not print {text!r}:\n{self._so_far()}"
            time.sleep(0.05)

    def _so_far(self) -> Result:
        code = self._cli.returncode
        return Result(self.args, -1 if code is None else code, self.stdout, self.stderr)


def processes() -> Iterator[tuple[int, str]]:
    """Pid and command line of every living process; a slim container has /proc, but no `ps`."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            command = (folder / "cmdline").read_text(errors="replace").replace("\0", " ").strip()
            if command:  # not so for zombies
                yield int(folder.name), command
    if Path("/proc/self").exists():
        return
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,stat=,command="],  # noqa: S607
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
    )
    for line in listed.stdout.splitlines():
        pid, state, command = [*line.split(None, 2), ""][:3]
        if not state.startswith("Z"):
            yield int(pid), command


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:  # it ended meanwhile
        return 0
