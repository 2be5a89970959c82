"""What program and provider find out about their run, because the engine does not say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_DESTROYS = frozenset({"destroy", "down", "dn"})
_UPDATES = frozenset({"up", "update"})
_OTHERS = frozenset({"up", "update", "watch", "preview", "pre", "refresh", "import"})

_SWITCHES = frozenset(
    {"-e", "--emoji", "-Q", "--fully-qualify-stack-names", "--logflow", "--logtostderr"}
    | {"--disable-integrity-checking", "--non-interactive", "-h", "--help", "--version"}
)
"""CLI options without a value that may come before the verb; all others take one."""

_RUNS_PROGRAMS = "pulumi-language-python-exec"
"""The script of the language host that a program runs in."""

_PARTIAL = {"--target": "-t", "--target-replace": "", "--exclude": "-x"}
"""CLI options that leave resources out, and their short forms."""

_GENERATIONS = 8
"""How many parent processes to search for the CLI: there are shells and wrappers between."""


def called_for() -> str | None:
    """Return the URN of the resource that the engine's current call is about.

    The SDK does not pass it on (pulumi#9434), but the request is two frames above. The stored URN
    is not enough: `pulumi state rename`, `state move`, `stack rename` and aliases outdate it.
    """
    request = sys._getframe(2).f_locals.get("request")
    urn = getattr(request, "urn", None)
    return urn if isinstance(urn, str) and urn else None


def destroys() -> bool | None:
    """Return whether this is a run of `pulumi destroy`; None where the command is not visible.

    `destroy --run-program` also runs the program, and deletes what it declares.
    """
    _, arguments = _cli()
    return _verb(arguments) in _DESTROYS if arguments else None


def updating() -> str | None:
    """Return what identifies the `pulumi up` that this process belongs to; None for other verbs.

    Its preview and its update have separate engines and processes, and this in common.
    """
    pid, arguments = _cli()
    return f"up-{pid}-{_started(pid)}" if _verb(arguments) in _UPDATES else None


def leaves_resources_out() -> bool:
    """Return whether an option of the CLI leaves resources out of this run.

    The engine calls no `check` for those.
    """
    return any(_is_given(option, short) for option, short in _PARTIAL.items())


def continues_on_error() -> bool:
    """Return whether the CLI goes on after a failure, and leaves out what depends on it."""
    named = _is_given("--continue-on-error")
    return named or os.environ.get("PULUMI_CONTINUE_ON_ERROR", "").lower() in {"1", "true"}


def _is_given(option: str, short: str = "") -> bool:
    """Return whether the CLI has an option, on its command line or from the environment."""
    arguments = _cli()[1]
    if "--" in arguments:
        arguments = arguments[: arguments.index("--")]
    for argument in arguments:
        word, _, value = argument.partition("=")
        if word == option:
            return value.lower() not in {"0", "false"}
        if short and argument.startswith(short):
            return True
    name = option.lstrip("-").replace("-", "_").upper()
    return os.environ.get(f"PULUMI_OPTION_{name}", "").lower() not in {"", "0", "false"}


def config_file() -> Path | None:
    """Return the configuration file that the CLI was given (`--config-file`), if any.

    The CLI also reads each option from the environment, which the program inherits; the command
    line comes first. A relative path starts in the CLI's working folder, where that is visible.
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
    """Return whether the CLI runs this program, so that the CLI's project is the program's.

    That is not so for an inline program of the Automation API, although a parent process may look
    like a CLI, as `make preview` does.
    """
    run_by_host = any(Path(word).name == _RUNS_PROGRAMS for word in sys.orig_argv)
    return run_by_host and bool(_cli()[1])


def _cli() -> tuple[int, list[str]]:
    """Return the pid and the arguments of the CLI above this process, found by its verb."""
    pid = os.getppid()
    for _ in range(_GENERATIONS):
        parent, command = _process(pid)
        if _verb(command[1:]) in _DESTROYS | _OTHERS:
            return pid, command[1:]
        if not parent:  # no process has the number 0
            break
        pid = parent
    return 0, []


def _folder(pid: int) -> Path:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return Path()


def _verb(arguments: list[str]) -> str | None:
    """Return the CLI's verb, as it parses options: `-v1` and `--cwd=x` are one word, `-C x` two."""
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            return argument
        one_word = "=" in argument if argument.startswith("--") else len(argument) > len("-v")
        if not one_word and argument not in _SWITCHES:
            next(rest, None)
    return None


def _started(pid: int) -> str:
    """Return when a process has started, because a later one may get its number; "" if unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _process(pid: int) -> tuple[int | None, list[str]]:
    """Return the parent and the command line of a process."""
    folder = Path(f"/proc/{pid}")
    try:
        if folder.exists():
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            return int(parent), command[:-1]
        asked = subprocess.run(  # noqa: S603  (the pid is a number)
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
