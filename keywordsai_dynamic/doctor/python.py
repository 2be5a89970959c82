"""One Python that the engine runs: what it reports, what is wrong with it, and how to fix it."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.installing import PACKAGE, installing
from ..dynamic.oldest_sdk import OLDEST_SDK
from ..terminal.processes import run
from ..terminal.pulumi_cli import Version, dotted, numbers
from .environments import PythonCommand, toolchain
from .project import Project

_OLDEST = (3, 11)
_SECONDS = 30
# Runs on any Python, and imports none of the packages that it looks for.
_PROBE = """
import json, sys
found = {"version": sys.version_info[:3], "executable": sys.executable, "prefix": sys.prefix}
found["files"] = []
try:
    from importlib.metadata import version
    from importlib.util import find_spec
    specs = [find_spec(name) for name in ("pulumi", "keywordsai_dynamic")]
    found["files"] = [spec.origin for spec in specs if spec and spec.origin]
    found["sdk"] = version("pulumi")
    found["package"] = version("keywordsai-dynamic")
except Exception:
    pass
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Python:
    """What a Python reports about itself; None for a package that is not installed in it."""

    version: Version
    executable: str
    prefix: str
    package: str | None = None
    sdk: str | None = None
    files: tuple[str, ...] = ()
    """The files that the package and Pulumi's SDK are imported from."""


def ask(selected: PythonCommand, folder: Path, environ: Mapping[str, str]) -> Python | str:
    """Ask a Python about itself; returns a string with the reason if it cannot be asked."""
    without = {"PYTHONHOME"} if selected.environment else set()  # as the host and the launcher do
    env = {name: value for name, value in environ.items() if name not in without}
    try:
        ended = run([selected.command, "-c", _PROBE], folder, env, _SECONDS)
    except FileNotFoundError:
        if os.path.islink(selected.command):
            return f"links to {os.path.realpath(selected.command)}, which does not exist"
        return "does not exist"
    except OSError as error:
        return f"does not run: {error.strerror}"
    if ended.code is None:
        return f"does not respond within {_SECONDS} s"
    try:
        return _parsed(json.loads(ended.output.strip().rpartition("\n")[2]))
    except (ValueError, TypeError, KeyError, RecursionError):
        last_line = ended.errors.strip().rpartition("\n")[2]
        return f"does not run: {last_line}" if last_line else "does not run"


def _parsed(report: dict[str, Any]) -> Python:
    """Read a report; any program can be called python3, and print anything."""
    texts = [report["executable"], report["prefix"], *report["files"]]
    texts += [report[name] for name in ("package", "sdk") if report.get(name) is not None]
    version = tuple(report["version"])
    if not all(isinstance(each, int) for each in version):
        raise TypeError
    if any(b"\0" in os.fsencode(each) for each in texts):
        raise ValueError
    return Python(**{**report, "version": version, "files": tuple(report["files"])})


def one_environment(one: Python | str, other: Python | str) -> bool:
    """Return whether two Pythons import the same packages, even if their commands differ."""
    if isinstance(one, str) or isinstance(other, str):
        return False
    same = os.path.realpath(one.prefix) == os.path.realpath(other.prefix)
    return same and one.version[:2] == other.version[:2]


def problem_with(selected: PythonCommand, python: Python | str) -> str:
    """Describe what is wrong with a Python; empty if it has what it needs."""
    if isinstance(python, str):
        return f"{selected.command} {python}"
    if python.version < _OLDEST:
        return (
            f"{python.executable} is {dotted(python.version)}; this package needs {dotted(_OLDEST)}"
        )
    shown = f"{dotted(python.version)}, {python.executable}"
    if python.package is None:
        return f"{shown}: {PACKAGE} is not installed in it"
    if (numbers(python.sdk or "") or ()) < OLDEST_SDK:
        return f"{shown}: Pulumi's SDK is {python.sdk or 'missing'}"
    return ""


def remedy(project: Project | None, selected: PythonCommand, python: Python | str) -> str:
    """Describe how to give a Python what it needs."""
    manager = toolchain(project) if project else "pip"
    environment = selected.environment
    if isinstance(python, Python) and python.version >= _OLDEST:
        add = {"uv": "uv add", "poetry": "poetry add"}.get(manager) if environment else None
        wanted = PACKAGE if python.package is None else f"'pulumi>={dotted(OLDEST_SDK)}'"
        return f"{add or installing(python.executable, Path(python.prefix))} {wanted}"
    if environment is None:
        return (
            f"put Python {dotted(_OLDEST)} or newer first on PATH, or set PULUMI_PYTHON_CMD to it"
        )
    there = os.path.lexists(environment)
    if there and not _only_an_environment(environment, project):
        return f"{environment} is not only an environment; {_correct(project)}"
    if isinstance(python, Python):
        return "recreate the environment with a newer Python"
    folder, command = shlex.quote(str(environment)), shlex.quote(selected.command)
    by_pip = (
        f"python3 -m venv {folder} && {command} -m pip install {PACKAGE}; or correct "
        "`virtualenv` in Pulumi.yaml"
    )
    make = {"uv": "uv sync", "poetry": "poetry install"}.get(manager, by_pip)
    return f"rm -r {folder} && {make}" if there else make


def _only_an_environment(folder: Path, project: Project | None) -> bool:
    """Return whether a folder may be deleted: `virtualenv` may be /usr, or the project itself."""
    own = (project.folder.resolve(), project.program.resolve()) if project else ()
    holds_project = any(each.is_relative_to(folder.resolve()) for each in own)
    return os.path.isfile(folder / "pyvenv.cfg") and not holds_project


def _correct(project: Project | None) -> str:
    """Describe how to correct the setting that selects the environment's folder."""
    if project is None or project.options.get("virtualenv"):
        return "correct `virtualenv` in Pulumi.yaml"
    if toolchain(project) == "poetry":
        return "let poetry create an environment (`virtualenvs.create`)"
    return "set UV_PROJECT_ENVIRONMENT to another folder"
