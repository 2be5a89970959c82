"""What the Pulumi CLI on PATH says: its version, its language host's, a stack's configuration."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import ConfigurationError
from ..core.redaction import one_line
from .processes import run, told_to_end

OLDEST = (3, 254, 0)
"""The first CLI whose `import --file` takes outputs and reads no resource (pulumi#23984)."""

PAGE = "https://www.pulumi.com/docs/install/"

_SECONDS = 30
_SECONDS_FOR_A_STACK = 60  # which may lie far away, with its secrets elsewhere

Version = tuple[int, ...]


# A Python without packages: a host that asks it finds nothing that the CLI would have to get.
_PYTHON = "#!/bin/sh\necho '[]'\n"
_PROJECT = "name: scratch\nruntime: {name: python, options: {toolchain: pip}}\n"


@dataclass(frozen=True)
class About:
    """What `pulumi about` tells; None stands for what it does not."""

    cli: Version
    language_host: Version | None = None


def version() -> Version | None:
    """Return the version of the CLI on PATH, or None where there is none that answers."""
    return numbers(_pulumi(["version"], Path.cwd()))


def about() -> About | None:
    """Ask the CLI about itself; None where no CLI answers.

    It is asked in a project made up for it. In the user's own, the language host installs: with uv
    each time, with pip and poetry where there is no environment.
    """
    with told_to_end(), tempfile.TemporaryDirectory(prefix="keywordsai-dynamic-") as name:
        scratch = Path(name)
        python = scratch / "python"
        python.write_text(_PYTHON)
        python.chmod(0o755)
        (scratch / "Pulumi.yaml").write_text(_PROJECT)
        apart = {
            "PULUMI_HOME": str(scratch / "home"),
            "PULUMI_BACKEND_URL": scratch.as_uri(),
            "PULUMI_PYTHON_CMD": str(python),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        cli, host = _versions(_pulumi(["about", "--json"], scratch, apart))
        cli = cli or numbers(_pulumi(["version"], scratch, apart))
    return About(cli, host) if cli else None


def configuration(stack: str, folder: Path) -> dict[str, str]:
    """Ask the CLI for the configuration of a stack, in the project around `folder`, in plain text.

    Raises ConfigurationError, one line, where there is no CLI, or it does not give it.
    """
    command = ["pulumi", "--non-interactive", "--color=never"]
    command += ["config", "--show-secrets", "--json", f"--stack={stack}"]
    try:
        ended = run(command, folder, _environment(), _SECONDS_FOR_A_STACK)
    except OSError as problem:
        if not isinstance(problem, FileNotFoundError):
            raise ConfigurationError(f"The Pulumi CLI cannot be run: {problem.strerror}.") from None
        raise ConfigurationError(
            f"--stack needs the Pulumi CLI, and there is none on PATH: {PAGE}"
        ) from None
    if ended.code is None:
        raise ConfigurationError(f"{stack}: `pulumi` has not answered in {_SECONDS_FOR_A_STACK} s.")
    if ended.code != 0:
        why = re.search(r"^error: *(.+)", ended.errors, re.MULTILINE)
        told = why[1] if why else f"`pulumi config` ended with exit code {ended.code}"
        raise ConfigurationError(one_line(f"{stack}: the stack cannot be read: {told}"))
    try:
        return {key: str(each.get("value", "")) for key, each in json.loads(ended.output).items()}
    except (ValueError, AttributeError, RecursionError):
        told = "`pulumi config --json` answered something else than its configuration"
        raise ConfigurationError(one_line(f"{stack}: {told}")) from None


def _versions(told: str) -> tuple[Version | None, Version | None]:
    """Read the versions of CLI and language host out of `pulumi about --json`."""
    try:
        about = json.loads(told)
        hosts = [
            each
            for each in about.get("plugins") or []
            if (each["kind"], each["name"]) == ("language", "python")
        ]
        host = numbers(hosts[0]["version"]) if hosts else None
        return numbers(about["cliAbout"]["version"]), host
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, None


def numbers(text: str) -> Version | None:
    """Read a version out of a text: `v3.259.0` is (3, 259, 0)."""
    found = re.search(r"(?<!\d)(\d{1,9})\.(\d{1,9})\.(\d{1,9})", text)
    return tuple(map(int, found.groups())) if found else None


def dotted(version: Version) -> str:
    """Write a version as people do."""
    return ".".join(map(str, version))


def _pulumi(arguments: list[str], folder: Path, apart: Mapping[str, str] | None = None) -> str:
    env = {**_environment(), **(apart or {})}
    try:
        return run(["pulumi", "--non-interactive", *arguments], folder, env, _SECONDS).output
    except OSError:
        return ""


def _environment() -> dict[str, str]:
    return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
