"""One Python that the engine runs: who it says it is, what is wrong with it, and what to do."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..dynamic.oldest_sdk import OLDEST_SDK
from ..terminal.processes import run
from ..terminal.pulumi_cli import Version, dotted, numbers
from .environments import Chosen, toolchain
from .project import Project

PACKAGE = "keywordsai-dynamic"
_OLDEST = (3, 11)
_SECONDS = 30
# Any Python answers it, and imports nothing of what it looks for.
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
    """What a Python says of itself; None stands for what is not installed in it."""

    version: Version
    executable: str
    prefix: str
    package: str | None = None
    sdk: str | None = None
    files: tuple[str, ...] = ()
    """What the package and Pulumi's SDK are imported from."""


def ask(chosen: Chosen, folder: Path, environ: Mapping[str, str]) -> Python | str:
    """Ask a Python who it is; a text says why it could not be asked."""
    without = {"PYTHONHOME"} if chosen.environment else set()  # so do the host and the launcher
    env = {name: value for name, value in environ.items() if name not in without}
    try:
        ended = run([chosen.command, "-c", _PROBE], folder, env, _SECONDS)
    except FileNotFoundError:
        if os.path.islink(chosen.command):
            return f"leads to {os.path.realpath(chosen.command)}, which is gone"
        return "is not there"
    except OSError as error:
        return f"does not run: {error.strerror}"
    if ended.code is None:
        return f"does not answer within {_SECONDS} s"
    try:
        return _as_told(json.loads(ended.output.strip().rpartition("\n")[2]))
    except (ValueError, TypeError, KeyError, RecursionError):
        said = ended.errors.strip().rpartition("\n")[2]
        return f"does not run: {said}" if said else "does not run"


def _as_told(told: dict[str, Any]) -> Python:
    """Read an answer; anything may call itself python3, and say what it likes."""
    texts = [told["executable"], told["prefix"], *told["files"]]
    texts += [told[name] for name in ("package", "sdk") if told.get(name) is not None]
    version = tuple(told["version"])
    if not all(isinstance(each, int) for each in version):
        raise TypeError
    if any(b"\0" in os.fsencode(each) for each in texts):
        raise ValueError
    return Python(**{**told, "version": version, "files": tuple(told["files"])})


def one_environment(one: Python | str, other: Python | str) -> bool:
    """Tell whether two Pythons import the same packages, whatever they were called by."""
    if isinstance(one, str) or isinstance(other, str):
        return False
    same = os.path.realpath(one.prefix) == os.path.realpath(other.prefix)
    return same and one.version[:2] == other.version[:2]


def complaint(chosen: Chosen, python: Python | str) -> str:
    """Say what is wrong with a Python; nothing, where it has what it needs."""
    if isinstance(python, str):
        return f"{chosen.command} {python}"
    if python.version < _OLDEST:
        told = f"{python.executable} is {dotted(python.version)}"
        return f"{told}; this package needs {dotted(_OLDEST)}"
    told = f"{dotted(python.version)}, {python.executable}"
    if python.package is None:
        return f"{told}: {PACKAGE} is not installed in it"
    if (numbers(python.sdk or "") or ()) < OLDEST_SDK:
        return f"{told}: Pulumi's SDK is {python.sdk or 'not there'}"
    return ""


def remedy(project: Project | None, chosen: Chosen, python: Python | str) -> str:
    """Say how a Python gets what it needs."""
    manager = toolchain(project) if project else "pip"
    environment = chosen.environment
    if isinstance(python, Python) and python.version >= _OLDEST:
        add = {"uv": "uv add", "poetry": "poetry add"}.get(manager) if environment else None
        wanted = PACKAGE if python.package is None else f"'pulumi>={dotted(OLDEST_SDK)}'"
        return f"{add or f'{shlex.quote(python.executable)} -m pip install'} {wanted}"
    if environment is None:
        return f"put a Python {dotted(_OLDEST)} or newer first on PATH, or into PULUMI_PYTHON_CMD"
    there = os.path.lexists(environment)
    if there and not _only_an_environment(environment, project):
        return f"{environment} is not just an environment; {_correct(project)}"
    if isinstance(python, Python):
        return "make the environment anew with a newer Python"
    folder, command = shlex.quote(str(environment)), shlex.quote(chosen.command)
    by_pip = (
        f"python3 -m venv {folder} && {command} -m pip install {PACKAGE}; or correct "
        "`virtualenv` in Pulumi.yaml"
    )
    make = {"uv": "uv sync", "poetry": "poetry install"}.get(manager, by_pip)
    return f"rm -r {folder} && {make}" if there else make


def _only_an_environment(folder: Path, project: Project | None) -> bool:
    """Tell whether a folder may be deleted: `virtualenv` may name /usr, or the project itself."""
    own = (project.folder.resolve(), project.program.resolve()) if project else ()
    holds_project = any(each.is_relative_to(folder.resolve()) for each in own)
    return os.path.isfile(folder / "pyvenv.cfg") and not holds_project


def _correct(project: Project | None) -> str:
    """Say which setting has named the folder of an environment."""
    if project is None or project.options.get("virtualenv"):
        return "correct `virtualenv` in Pulumi.yaml"
    if toolchain(project) == "poetry":
        return "let poetry have an environment of its own (`virtualenvs.create`)"
    return "name another folder in UV_PROJECT_ENVIRONMENT"
