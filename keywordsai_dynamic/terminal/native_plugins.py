"""Where the CLI finds the native plugin if no setting says where: on PATH, then in its home."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from . import pulumi_cli
from .pulumi_cli import numbers

FILE = "pulumi-resource-keywordsai"
NOT_FROM_PATH = "PULUMI_IGNORE_AMBIENT_PLUGINS"
_FOLDER = "resource-keywordsai-v"
_UNFINISHED = ".partial"


def plugin_on_path(environ: Mapping[str, str]) -> Path | None:
    """Return the plugin on PATH, which the CLI takes before any that is installed in its home."""
    if environ.get(NOT_FROM_PATH, "").lower() in {"1", "t", "true"}:
        return None
    found = shutil.which(FILE, path=environ.get("PATH", ""))
    return Path(found) if found else None


def installed_plugins(environ: Mapping[str, str]) -> list[Path]:
    """Return the files of all installed versions, in the order in which the CLI prefers them.

    If it is asked for no version, it takes the newest, but a release before a release candidate.
    """
    found = (file for home in _homes(environ) for file in home.glob(f"plugins/{_FOLDER}*/{FILE}"))
    return sorted(filter(_is_finished, found), key=_rank, reverse=True)


def installed_in(environ: Mapping[str, str], version: str) -> Path | None:
    """Return the folder of a version, also while another process puts it there anew."""
    for home in _homes(environ):
        folder = home / "plugins" / f"{_FOLDER}{version}"
        if any(Path(f"{folder}{mark}").exists() for mark in ("", _UNFINISHED, ".lock")):
            return folder
    return None


def installed_as(file: Path) -> str:
    """Return the version as which a plugin is installed."""
    return file.parent.name.removeprefix(_FOLDER)


def same_version(one: str, other: str) -> bool:
    """Return whether two names mean one version: Pulumi's `0.2.0-rc.1` is pip's `0.2.0rc1`."""
    return _as_in_pip(one) == _as_in_pip(other)


def _as_in_pip(version: str) -> str:
    return re.sub(
        r"[-._]?(alpha|beta|a|b|rc)[-._]?(?=\d)",
        lambda found: {"alpha": "a", "beta": "b"}.get(found[1], found[1]),
        version.lower(),
    )


def _is_finished(file: Path) -> bool:
    """Return whether the CLI counts a plugin as installed; it marks what it has not finished."""
    return file.is_file() and not Path(f"{file.parent}{_UNFINISHED}").exists()


def _rank(file: Path) -> tuple[bool, tuple[int, ...], list[tuple[bool, int, str]]]:
    version = installed_as(file)
    parts = version.partition("-")[2].split(".")
    candidate = [(not each.isdigit(), int(each) if each.isdigit() else 0, each) for each in parts]
    return "-" not in version, numbers(version) or (), candidate


def _homes(environ: Mapping[str, str]) -> list[Path]:
    """Return the CLI's home, or both that it may have if there is no CLI that could tell."""
    named = environ.get("PULUMI_HOME")
    if named:
        return [Path(named).absolute()]
    homes = [user / ".pulumi" for user in (Path.home(), _user()) if user]
    if len(set(homes)) == 1:
        return homes[:1]
    takes_home = pulumi_cli.takes_home()
    return homes if takes_home is None else [homes[0 if takes_home else 1]]


def _user() -> Path | None:
    """Return the user's folder in the user database, which the CLI prefers to HOME."""
    if os.name == "nt":
        return None
    import pwd  # noqa: PLC0415  (there is none on Windows)

    with suppress(KeyError):  # a container's user may have no entry
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    return None
