"""What the Pulumi CLI on PATH reports: its version, the language host's, a stack's config."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import ConfigurationError
from ..core.redaction import one_line
from .processes import Ended, ending_on_signals, run

OLDEST = (3, 254, 0)
"""The first CLI whose `import --file` takes outputs and reads no resource (pulumi#23984)."""

PAGE = "https://www.pulumi.com/docs/install/"

_SECONDS = 30
_SECONDS_FOR_A_STACK = 60  # the state and the secrets may be remote

Version = tuple[int, ...]


# A Python without packages: the host finds none in it whose plugins the CLI would download.
_PYTHON = "#!/bin/sh\necho '[]'\n"
_PROJECT = "name: scratch\nruntime: {name: python, options: {toolchain: pip}}\n"


@dataclass(frozen=True)
class About:
    """What `pulumi about` reports; None for what it does not."""

    cli: Version
    language_host: Version | None = None


def version() -> Version | None:
    """Return the version of the CLI on PATH, or None if no CLI responds."""
    return numbers(_pulumi(["version"], Path.cwd()))


def about() -> About | None:
    """Ask the CLI about itself; None if no CLI responds.

    It runs in a scratch project. In the user's, the language host would install packages: with uv
    each time, with pip and poetry if there is no environment yet.
    """
    with ending_on_signals(), tempfile.TemporaryDirectory(prefix="keywordsai-dynamic-") as name:
        scratch = Path(name)
        python = scratch / "python"
        python.write_text(_PYTHON)
        python.chmod(0o755)
        (scratch / "Pulumi.yaml").write_text(_PROJECT)
        isolated = {
            "PULUMI_HOME": str(scratch / "home"),
            "PULUMI_BACKEND_URL": scratch.as_uri(),
            "PULUMI_PYTHON_CMD": str(python),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        cli, host = _versions(_pulumi(["about", "--json"], scratch, isolated))
        cli = cli or numbers(_pulumi(["version"], scratch, isolated))
    return About(cli, host) if cli else None


def takes_home() -> bool | None:
    """Return whether the CLI has its home in HOME, and not where the user database says.

    None if no CLI responds. Which one it is depends on the user and on how it was built, so it is
    asked for its plugins with a HOME that has one.
    """
    with ending_on_signals(), tempfile.TemporaryDirectory(prefix="keywordsai-dynamic-") as name:
        plugin = Path(name, ".pulumi", "plugins", "resource-scratch-v1.0.0")
        plugin.mkdir(parents=True)
        (plugin / "pulumi-resource-scratch").touch(0o755)
        changed = {"HOME": name, "PULUMI_HOME": "", "PULUMI_BACKEND_URL": Path(name).as_uri()}
        listed = _pulumi(["plugin", "ls", "--json"], Path(name), changed)
    try:
        return any(each["name"] == "scratch" for each in json.loads(listed))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def schema(plugin: Path) -> dict[str, Any] | str:
    """Start a plugin and return the schema that it serves, or a line with the reason if it fails.

    The CLI runs in a scratch folder, with a home of its own, and downloads nothing.
    """
    with ending_on_signals(), tempfile.TemporaryDirectory(prefix="keywordsai-dynamic-") as name:
        isolated = {
            "PULUMI_HOME": str(Path(name) / "home"),
            "PULUMI_BACKEND_URL": Path(name).as_uri(),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        command = ["pulumi", "--non-interactive", "--color=never", "package", "get-schema"]
        try:
            ended = run(
                [*command, str(plugin)], Path(name), {**_environment(), **isolated}, _SECONDS
            )
        except OSError as problem:
            return one_line(f"the Pulumi CLI cannot be run: {problem.strerror}")
    if ended.code is None:
        return f"it does not respond within {_SECONDS} s"
    try:
        served = json.loads(ended.output)
    except (ValueError, RecursionError):
        return _why_no_schema(ended.errors)
    return served if isinstance(served, dict) else "its schema is not an object"


def install_plugin(file: Path, version: str) -> None:
    """Have the CLI copy an executable into its home as the plugin of this version, over any other.

    It runs in the folder of that file, so that no project decides; no network is needed. Raises
    ConfigurationError, one line, if there is no CLI or it fails.
    """
    command = ["pulumi", "--non-interactive", "--color=never", "plugin", "install"]
    command += ["resource", "keywordsai", version, "--file", str(file), "--reinstall"]
    isolated = {"PULUMI_BACKEND_URL": file.parent.as_uri()}
    home = os.environ.get("PULUMI_HOME")
    if home:  # a relative one is meant from where the user is
        isolated["PULUMI_HOME"] = os.path.abspath(home)
    try:
        ended = run(command, file.parent, {**_environment(), **isolated}, _SECONDS)
    except FileNotFoundError:
        raise ConfigurationError(f"There is no Pulumi CLI on PATH: install it, {PAGE}.") from None
    except OSError as problem:
        raise ConfigurationError(f"The Pulumi CLI cannot be run: {problem.strerror}.") from None
    if ended.code is None:
        raise ConfigurationError(f"`pulumi plugin install` did not finish within {_SECONDS} s.")
    if ended.code != 0:
        reason = _error_in(ended) or f"exit code {ended.code}"
        raise ConfigurationError(one_line(f"`pulumi plugin install` failed: {reason}"))


def _why_no_schema(errors: str) -> str:
    """Return the plugin's own last line; without one, the CLI's."""
    own = re.search(r"streams of the plugin:(.*?)(?:^error: |\Z)", errors, re.DOTALL | re.MULTILINE)
    for text in (own[1] if own else "", errors):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            return one_line(lines[-1].removeprefix("error: "))
    return "it serves no schema"


def configuration(stack: str, folder: Path) -> dict[str, str]:
    """Return the decrypted configuration of a stack of the project around `folder`.

    Raises ConfigurationError, one line, if there is no CLI or it fails.
    """
    command = ["pulumi", "--non-interactive", "--color=never"]
    command += ["config", "--show-secrets", "--json", f"--stack={stack}"]
    try:
        ended = run(command, folder, _environment(), _SECONDS_FOR_A_STACK)
    except OSError as problem:
        if not isinstance(problem, FileNotFoundError):
            raise ConfigurationError(f"The Pulumi CLI cannot be run: {problem.strerror}.") from None
        raise ConfigurationError(
            f"--stack needs the Pulumi CLI, which is not on PATH: {PAGE}"
        ) from None
    if ended.code is None:
        raise ConfigurationError(
            f"{stack}: `pulumi` did not finish within {_SECONDS_FOR_A_STACK} s."
        )
    if ended.code != 0:
        reason = _error_in(ended) or f"`pulumi config` exited with code {ended.code}"
        raise ConfigurationError(one_line(f"{stack}: the stack cannot be read: {reason}"))
    try:
        return {key: str(each.get("value", "")) for key, each in json.loads(ended.output).items()}
    except (ValueError, AttributeError, RecursionError):
        sentence = "`pulumi config --json` printed something other than a configuration"
        raise ConfigurationError(one_line(f"{stack}: {sentence}")) from None


def _error_in(ended: Ended) -> str:
    """Return the first error that the CLI has printed; empty if there is none."""
    found = re.search(r"^error: *(.+)", ended.errors, re.MULTILINE)
    return found[1] if found else ""


def _versions(output: str) -> tuple[Version | None, Version | None]:
    """Read the versions of the CLI and the language host from `pulumi about --json`."""
    try:
        about = json.loads(output)
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
    """Read a version from text: `v3.259.0` is (3, 259, 0)."""
    found = re.search(r"(?<!\d)(\d{1,9})\.(\d{1,9})\.(\d{1,9})", text)
    return tuple(map(int, found.groups())) if found else None


def dotted(version: Version) -> str:
    """Format a version: (3, 259, 0) is `3.259.0`."""
    return ".".join(map(str, version))


def _pulumi(arguments: list[str], folder: Path, changed: Mapping[str, str] | None = None) -> str:
    env = {**_environment(), **(changed or {})}
    try:
        return run(["pulumi", "--non-interactive", *arguments], folder, env, _SECONDS).output
    except OSError:
        return ""


def _environment() -> dict[str, str]:
    return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
