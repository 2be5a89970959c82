"""What the plugin says if its own environment is broken, and how to repair it.

Nothing that may be missing or broken there is imported.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from ..core.installing import PACKAGE, installing
from ..core.redaction import one_line
from . import package_schema


def cannot_start(error: Exception, version: str = "") -> str:
    """Return why the plugin cannot start; `version` is the one that was asked for."""
    version = version or _version()
    return f"keywordsai {version} cannot start: {_damage(error)}. Run {remedy(version)}."


def not_working(error: Exception) -> str:
    """Return why a plugin that has started cannot go on."""
    return f"The plugin does not work: {_damage(error)}. Run {remedy()}."


def remedy(version: str = "") -> str:
    """Return the command that mends the packages."""
    command = installing(sys.executable, Path(sys.prefix), again=True)
    return one_line(f"`{command} {PACKAGE}=={version or _version()}`")


def _damage(error: Exception) -> str:
    what = f"{type(error).__name__}: {error}".rstrip(".")
    return one_line(f"the packages of {sys.executable} are broken ({what})")


def _version() -> str:
    with suppress(Exception):  # the schema may be what is missing
        return package_schema.version()
    with suppress(PackageNotFoundError):
        return version_of(PACKAGE)
    return "?"
