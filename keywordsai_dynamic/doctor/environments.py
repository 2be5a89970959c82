"""Which Python the program uses and which one the provider, and how to make both use the same.

The program's is found by the rules of the language host (pulumi-language-python), from the folder
of Pulumi.yaml, with uv upwards; the provider's by those of its launcher, the shell script
pulumi-resource-pulumi-python, from the program's folder. Neither is run: a host installs packages.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..terminal.processes import run
from ..terminal.pulumi_cli import Version
from .diagnosis import Diagnosis
from .project import Project

_FIRST_HOST_WITH_OPTIONS = (3, 80, 0)
_LOCKS = {"uv.lock": "uv", "poetry.lock": "poetry"}
_POETRY_SECONDS = 30


class PythonCommand(NamedTuple):
    """The command of a Python, and its environment; None for one on PATH."""

    command: str
    environment: Path | None = None


class PythonCommands(NamedTuple):
    """The Pythons of the program and the provider."""

    program: PythonCommand
    provider: PythonCommand


def toolchain(project: Project) -> str:
    """Return what manages the environment, from Pulumi.yaml or from a lock file."""
    named = project.options.get("toolchain")
    found = (_LOCKS[lock] for lock in _LOCKS if _above(project.program, lock))
    return str(named or next(found, "pip"))


def python_commands(
    project: Project | None, host: Version | None, environ: Mapping[str, str]
) -> PythonCommands | Diagnosis:
    """Return the Pythons that are used, or what is missing for it."""
    if project is None:
        plain = _command(None, environ, "python3")
        return PythonCommands(plain, plain)
    manager, path = toolchain(project), environ.get("PATH")
    if manager not in {"pip", *_LOCKS.values()}:
        found = f"`toolchain: {manager}` in Pulumi.yaml is not a toolchain that Pulumi knows"
        return Diagnosis("python", "bad", found, "use pip, uv or poetry")
    of_poetry = _poetry_environment(project, environ) if manager == "poetry" else None
    of_program = None
    if supports_options(host):
        if manager != "pip" and not shutil.which(manager, path=path):
            found = f"the project's toolchain is {manager}, but there is no {manager} on PATH"
            return Diagnosis("python", "bad", found, f"install {manager}")
        if manager == "poetry" and of_poetry is None:
            return Diagnosis(
                "python", "bad", "poetry has no environment here", "run `poetry install`"
            )
        of_program = of_poetry or _environment_of_program(project, environ)
    return PythonCommands(
        _command(of_program, environ, "python3", "python"),
        _command(_environment_of_provider(project, of_poetry), environ, "python3"),
    )


def supports_options(host: Version | None) -> bool:
    """Return whether a language host finds the program's environment; unknown counts as new."""
    return host is None or host >= _FIRST_HOST_WITH_OPTIONS


def shared_settings(project: Project, environment: Path, environ: Mapping[str, str]) -> str:
    """Describe settings with which both the program and the provider use `environment`."""
    manager, root = toolchain(project), project.folder
    if manager == "poetry" and "virtualenv" in project.options:
        return "remove `virtualenv` from Pulumi.yaml: poetry has its own environment"
    named = {} if manager == "pip" else {"toolchain": manager}
    if manager == "poetry":
        return _to_write(project, named)

    def used_by(options: Mapping[str, str]) -> tuple[bool, bool]:
        changed = _with(project, options)
        program = _environment_of_program(changed, environ)
        provider = _environment_of_provider(changed, None)
        return _same(program, environment), _same(provider, environment)

    relative = {**named, "virtualenv": os.path.relpath(environment, root)}
    near = [relative] if environment.parent in {root, *root.parents} else []
    for options in [named, *near]:
        if all(used_by(options)):
            return _to_write(project, options)
    beside = _joined(project.program, str(project.options.get("virtualenv") or ".venv"))
    if not _same(project.program, root) and used_by(named)[0] and not os.path.lexists(beside):
        target = os.path.relpath(environment, beside.parent)
        link = shlex.join(["ln", "-s", target, str(beside)])
        return "; and ".join(filter(None, [link, _to_write(project, named)]))
    return _to_write(project, {**named, "virtualenv": str(environment)})


def _with(project: Project, options: Mapping[str, str]) -> Project:
    runtime = {"name": "python", "options": {**project.options, **options}}
    return replace(project, settings={**project.settings, "runtime": runtime})


def _to_write(project: Project, options: Mapping[str, str]) -> str:
    """Describe which options to add."""
    new = {name: options[name] for name in options if options[name] != project.options.get(name)}
    lines = " and ".join(f"`{name}: {value}`" for name, value in new.items())
    return f"set {lines} under `runtime: options:` in Pulumi.yaml" if new else ""


def _same(one: Path | None, other: Path) -> bool:
    return one is not None and one.resolve() == other.resolve()


def _environment_of_program(project: Project, environ: Mapping[str, str]) -> Path | None:
    named, program = project.options.get("virtualenv"), project.program
    if named:
        return _joined(project.folder, str(named))
    if toolchain(project) != "uv":
        return None
    beside = _above(program, "uv.lock") or _above(program, "pyproject.toml") or program
    return _joined(beside, environ.get("UV_PROJECT_ENVIRONMENT") or ".venv")


def _environment_of_provider(project: Project, of_poetry: Path | None) -> Path | None:
    named, program = project.options.get("virtualenv"), project.program
    if named:
        return _joined(program, str(named))
    return {"uv": program / ".venv", "poetry": of_poetry}.get(str(project.options.get("toolchain")))


def _poetry_environment(project: Project, environ: Mapping[str, str]) -> Path | None:
    try:
        ended = run(["poetry", "env", "info", "--path"], project.program, environ, _POETRY_SECONDS)
    except OSError:
        return None
    return Path(ended.output.strip()) if ended.code == 0 and ended.output.strip() else None


def _joined(folder: Path, named: str) -> Path:
    return Path(os.path.normpath(folder / named))


def _above(start: Path, name: str) -> Path | None:
    """Return the nearest folder, from `start` upwards, that has a file of this name."""
    return next((each for each in (start, *start.parents) if (each / name).exists()), None)


def _command(environment: Path | None, environ: Mapping[str, str], *names: str) -> PythonCommand:
    """Return an environment's Python, or the one on PATH; its bare name if there is none."""
    if environment:
        return PythonCommand(str(environment / "bin" / "python"), environment)
    wanted = [environ["PULUMI_PYTHON_CMD"]] if environ.get("PULUMI_PYTHON_CMD") else names
    found = (shutil.which(name, path=environ.get("PATH")) for name in wanted)
    return PythonCommand(next(filter(None, found), wanted[0]))
