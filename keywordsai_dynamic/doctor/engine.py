"""Whether the engine can run this package: the CLI, its language host, the Pythons they take."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path

from .. import pulumi_cli
from ..oldest_sdk import OLDEST_SDK
from ..progress import progress
from ..pulumi_cli import About, Version, dotted, numbers
from .finding import Finding
from .project import Project

_PACKAGE = "keywordsai-dynamic"
_OLDEST_PYTHON = (3, 11)
_FIRST_HOST_WITH_OPTIONS = (3, 80, 0)
_CLI_PAGE = "https://www.pulumi.com/docs/install/"
_PROBE = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
def installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
names = ("keywordsai-dynamic", "pulumi")
print(json.dumps([list(sys.version_info[:3]), *map(installed, names)]))
"""


@dataclass(frozen=True)
class Python:
    """What a Python says of itself; None stands for what is not installed in it."""

    version: Version
    package: str | None
    sdk: str | None


def look_at_engine(project: Project | None, start: Path) -> list[Finding]:
    """Ask the CLI on PATH, and every Python that it would run."""
    with progress("asking the Pulumi CLI about itself"):
        about = pulumi_cli.about(project.folder if project else start)
    findings = about_cli(about)
    if project is None:
        findings.append(Finding("project", "note", "no Pulumi.yaml here or above"))
    elif project.language != "python":
        told = f"{project.folder / 'Pulumi.yaml'} is for {project.language} programs"
        to_do = "declare models in a project of its own, with `runtime: python`"
        return [*findings, Finding("project", "bad", told, to_do)]
    folder = project.program if project else start
    pythons = pythons_run(project, about, os.environ)
    if len(pythons) > 1:
        findings.append(Finding("python", "note", _two_pythons(about)))
    for subject, path in pythons.items():
        findings += about_python(subject, path, ask(path, folder))
    return findings


def about_cli(about: About | None) -> list[Finding]:
    """Say whether the CLI is there, and whether it is new enough for everything here."""
    if about is None:
        return [
            Finding("pulumi", "bad", "there is no Pulumi CLI on PATH", f"install it: {_CLI_PAGE}")
        ]
    told = f"CLI {dotted(about.cli)}"
    if about.language_host:
        told += f", language host {dotted(about.language_host)}"
    if about.cli < pulumi_cli.OLDEST:
        told += f"; `import-file` needs {dotted(pulumi_cli.OLDEST)} or newer"
        return [Finding("pulumi", "bad", told, f"install a newer one: {_CLI_PAGE}")]
    return [Finding("pulumi", "good", told)]


def pythons_run(
    project: Project | None, about: About | None, environ: Mapping[str, str]
) -> dict[str, str]:
    """Name the Python that runs the program, and the one that runs the provider where it differs.

    The program's is what the CLI says. The provider's is found as its launcher does it
    (`pulumi-resource-pulumi-python`): a `virtualenv` is relative to the program's folder.
    """
    plain = environ.get("PULUMI_PYTHON_CMD") or "python3"
    plain = shutil.which(plain, path=environ.get("PATH")) or plain
    program = (about.python if about else None) or plain
    options = project.options if project else {}
    folder = options.get("virtualenv") or (".venv" if options.get("toolchain") == "uv" else None)
    if options.get("toolchain") == "poetry":
        provider = program  # both ask poetry
    elif project and folder:
        provider = str(project.program / str(folder) / "bin" / "python")
    else:
        provider = plain
    if _same_installation(program, provider):
        return {"python": provider}
    return {"program's python": program, "provider's python": provider}


def _two_pythons(about: About | None) -> str:
    told = "the program and the provider run in different ones; both need the package"
    if about and about.language_host and about.language_host < _FIRST_HOST_WITH_OPTIONS:
        told += (
            f": the language host {dotted(about.language_host)} does not know `virtualenv`, so put "
            "the environment's bin folder first on PATH"
        )
    return told


def _same_installation(one: str, other: str) -> bool:
    return Path(one).absolute().parent.resolve() == Path(other).absolute().parent.resolve()


def ask(path: str, folder: Path) -> Python | str:
    """Ask a Python what is installed in it; a text says why it could not be asked."""
    try:
        done = subprocess.run(  # noqa: S603  (the one that the engine would run)
            [path, "-c", _PROBE],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        version, package, sdk = json.loads(done.stdout)
    except FileNotFoundError:
        return "is not there"
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return "does not run"
    return Python(tuple(version), package, sdk)


def about_python(subject: str, path: str, python: Python | str) -> list[Finding]:
    """Say whether a Python that the engine runs has what it needs."""
    if isinstance(python, str):
        return [Finding(subject, "bad", f"{path} {python}", _way_to_python(path))]
    if python.version < _OLDEST_PYTHON:
        told = f"{path} is {dotted(python.version)}; this package needs {dotted(_OLDEST_PYTHON)}"
        return [Finding(subject, "bad", told, "make the environment anew with a newer Python")]
    told = f"{dotted(python.version)}, {path}"
    if python.package is None:
        found = f"{told}: {_PACKAGE} is not installed in it"
        return [Finding(subject, "bad", found, f"{path} -m pip install {_PACKAGE}")]
    if (numbers(python.sdk or "") or ()) < OLDEST_SDK:
        found = f"{told}: Pulumi's SDK is {python.sdk or 'not there'}"
        to_do = f"{path} -m pip install 'pulumi>={dotted(OLDEST_SDK)}'"
        return [Finding(subject, "bad", found, to_do)]
    return [Finding(subject, "good", told), _packages(python)]


def _way_to_python(path: str) -> str:
    if not Path(path).is_absolute():
        return "put a Python's folder on PATH, or name one in PULUMI_PYTHON_CMD"
    return (
        f"python3 -m venv {Path(path).parents[1]} && {path} -m pip install {_PACKAGE}; or correct "
        "`virtualenv` in Pulumi.yaml, which the engine looks for from the program's folder"
    )


def _packages(python: Python) -> Finding:
    told, here = f"{_PACKAGE} {python.package}, pulumi {python.sdk}", version_of(_PACKAGE)
    if python.package == here:
        return Finding("packages", "good", told)
    return Finding("packages", "note", f"{told} (this command is of {here})")
