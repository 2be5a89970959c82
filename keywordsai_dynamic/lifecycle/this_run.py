"""What program and provider find out about the run that they are part of, and are not told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_DESTROYS = frozenset({"destroy", "down", "dn"})
_OTHERS = frozenset({"up", "update", "watch", "preview", "pre", "refresh", "import"})

_SWITCHES = frozenset(
    {"-e", "--emoji", "-Q", "--fully-qualify-stack-names", "--logflow", "--logtostderr"}
    | {"--disable-integrity-checking", "--non-interactive", "-h", "--help", "--version"}
)
"""Options of the CLI that take no value and may stand before its verb; all others take one."""

_RUNS_PROGRAMS = "pulumi-language-python-exec"
"""The script of the language host that a program runs in."""

_GENERATIONS = 8
"""Processes between this one and the CLI: its launcher's shell, and whatever wraps that."""


def called_for() -> str | None:
    """Return the URN of the resource that the engine's present call is about.

    The SDK passes it to no verb (pulumi#9434). It is in the request, two frames above: a stored URN
    is an old one after `pulumi state rename`, `state move`, `stack rename` or an alias.
    """
    request = sys._getframe(2).f_locals.get("request")
    urn = getattr(request, "urn", None)
    return urn if isinstance(urn, str) and urn else None


def destroys() -> bool | None:
    """Return whether this is a run of `pulumi destroy`; None where the command cannot be seen.

    `destroy --run-program` runs the program, and deletes what it declares.
    """
    _, arguments = _cli()
    return _verb(arguments) in _DESTROYS if arguments else None


def config_file() -> Path | None:
    """Return the file that the CLI takes the configuration from (`--config-file`), if one is named.

    The CLI takes each option from the environment too, which a program has from it; what is on the
    command line goes first. A relative path begins in the folder that the CLI runs in, where that
    can be seen.
    """
    pid, arguments = _cli()
    named = None
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        option, is_one_word, value = argument.partition("=")
        if argument == "--":
            break
        if option == "--config-file":
            named = value if is_one_word else following
    if named is None:
        named = os.environ.get("PULUMI_OPTION_CONFIG_FILE")
    return _folder(pid) / named if named else None


def is_below_the_cli() -> bool:
    """Return whether this is a program that the CLI runs: then the CLI's project is its own.

    An inline program of the Automation API is not, although something above it may look like a CLI,
    as `make preview` does.
    """
    run_by_host = any(Path(word).name == _RUNS_PROGRAMS for word in sys.orig_argv)
    return run_by_host and bool(_cli()[1])


def _cli() -> tuple[int, list[str]]:
    """Find the CLI among the processes above, by its verb: its pid and its arguments, if any."""
    pid = os.getppid()
    for _ in range(_GENERATIONS):
        parent, command = _process(pid)
        if _verb(command[1:]) in _DESTROYS | _OTHERS:
            return pid, command[1:]
        if parent is None:
            break
        pid = parent
    return 0, []


def _folder(pid: int) -> Path:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return Path()


def _verb(arguments: list[str]) -> str | None:
    """Find the CLI's verb, as its parser does: `-v1` and `--cwd=x` are one word, `-C x` is two."""
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            return argument
        one_word = "=" in argument if argument.startswith("--") else len(argument) > len("-v")
        if not one_word and argument not in _SWITCHES:
            next(rest, None)
    return None


def _process(pid: int) -> tuple[int | None, list[str]]:
    """Return the parent and the command line of a process."""
    folder = Path(f"/proc/{pid}")
    try:
        if folder.exists():
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            return int(parent), command[:-1]
        asked = subprocess.run(  # noqa: S603  (a number of our own)
            ["ps", "-o", "ppid=,args=", "-p", str(pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
        parent, *command = asked.stdout.split()
        return int(parent), command
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None, []
