"""Where the CLI finds the native plugin if no setting says where: on PATH, then in its home."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

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


def _is_finished(file: Path) -> bool:
    """Return whether the CLI counts a plugin as installed; it marks what it has not finished."""
    return file.is_file() and not Path(f"{file.parent}{_UNFINISHED}").exists()


def _rank(file: Path) -> tuple[bool, tuple[int, ...]]:
    version = installed_as(file)
    return "-" not in version, numbers(version) or ()


def _homes(environ: Mapping[str, str]) -> set[Path]:
    """Return where the CLI's home may be: some builds of it take no notice of HOME."""
    named = environ.get("PULUMI_HOME")
    if named:
        return {Path(named).absolute()}
    users = {Path.home()}
    if os.name != "nt":
        import pwd  # noqa: PLC0415  (there is none on Windows)

        with suppress(KeyError):  # a container's user may have no entry
            users.add(Path(pwd.getpwuid(os.getuid()).pw_dir))
    return {user / ".pulumi" for user in users}
