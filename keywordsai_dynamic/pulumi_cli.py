"""What the Pulumi CLI on PATH says of itself: its version, and the Python it runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 254, 0)
"""The first CLI whose `import --file` takes outputs and reads no resource (pulumi#23984)."""

_SECONDS = 30

Version = tuple[int, ...]


@dataclass(frozen=True)
class About:
    """What `pulumi about` tells; None stands for what it does not."""

    cli: Version
    language_host: Version | None = None
    python: str | None = None


def version() -> Version | None:
    """Give the version of the CLI on PATH, or None where there is none that answers."""
    return numbers(_pulumi(["version"], Path.cwd()))


def about(folder: Path) -> About | None:
    """Ask the CLI about itself and about the project in `folder`; None where no CLI answers."""
    try:
        told = json.loads(_pulumi(["about", "--json"], folder))
        cli = numbers(told["cliAbout"]["version"])
        hosts = [each for each in told.get("plugins") or [] if each["kind"] == "language"]
        runtime = told.get("runtime") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        cli, hosts, runtime = None, [], {}
    if cli is None:
        cli = version()
    host = next((numbers(each["version"]) for each in hosts if each["name"] == "python"), None)
    return About(cli, host, runtime.get("executable")) if cli else None


def numbers(text: str) -> Version | None:
    """Read a version out of a text: `v3.259.0` is (3, 259, 0)."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else None


def dotted(version: Version) -> str:
    """Write a version as people do."""
    return ".".join(map(str, version))


def _pulumi(arguments: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603  (fixed words)
            ["pulumi", "--non-interactive", *arguments],  # noqa: S607  (the one on PATH is meant)
            cwd=folder,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
