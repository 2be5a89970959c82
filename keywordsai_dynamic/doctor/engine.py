"""Whether the engine can run this package: the CLI, and the Pythons of the program and provider."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import version as version_of
from pathlib import Path

from ..catalog.project_files import project_folder
from ..core.installing import PACKAGE
from ..terminal import pulumi_cli
from ..terminal.progress import progress
from ..terminal.pulumi_cli import PAGE, About, Version, dotted
from .diagnosis import Diagnosis
from .environments import (
    PythonCommand,
    PythonCommands,
    python_commands,
    shared_settings,
    supports_options,
)
from .plugin import check_plugin
from .project import Project, added_package, named_plugins
from .python import Python, ask, one_environment, problem_with, remedy


def check_engine(project: Project | None, start: Path) -> list[Diagnosis]:
    """Check the CLI on PATH, and every Python that it would run."""
    with progress("running the Pulumi CLI"):
        about = pulumi_cli.about()
    in_python = project is None or project.language == "python"
    diagnoses = about_cli(about, in_python=in_python)
    if project is None:
        if project_folder(start) is None:
            diagnoses.append(Diagnosis("project", "note", "no Pulumi.yaml here or above"))
    elif not project.program.is_dir():
        found = f"`main` in Pulumi.yaml is {project.program}, which does not exist"
        return [*diagnoses, Diagnosis("project", "bad", found, "correct `main`")]
    elif not in_python or named_plugins(project.settings) or any(added_package(project.settings)):
        diagnoses += check_plugin(project, os.environ, cli=about is not None)
    return diagnoses + (check_pythons(project, about, os.environ, start) if in_python else [])


def about_cli(about: About | None, *, in_python: bool = True) -> list[Diagnosis]:
    """Check that the CLI exists, and is new enough for every command here."""
    if about is None:
        return [Diagnosis("pulumi", "bad", "there is no Pulumi CLI on PATH", f"install it: {PAGE}")]
    found = f"CLI {dotted(about.cli)}"
    if about.language_host and in_python:
        found += f", language host {dotted(about.language_host)}"
    if about.cli < pulumi_cli.OLDEST:
        found += f"; `import-file` needs {dotted(pulumi_cli.OLDEST)} or newer"
        return [Diagnosis("pulumi", "bad", found, f"install a newer one: {PAGE}")]
    return [Diagnosis("pulumi", "good", found)]


def check_pythons(
    project: Project | None, about: About | None, environ: Mapping[str, str], start: Path
) -> list[Diagnosis]:
    """Check the Pythons of the program and the provider, and what is installed in them."""
    host = about.language_host if about else None
    both = python_commands(project, host, environ)
    if isinstance(both, Diagnosis):
        return [both]
    folder = project.program if project else start
    program, provider = (ask(each, folder, environ) for each in both)
    around = about_surroundings(provider, environ)
    if project is None or both.program == both.provider or one_environment(program, provider):
        to_do = remedy(project, both.provider, provider)
        return [*around, *about_python("python", both.provider, provider, to_do)]
    return [*around, *about_two(project, host, both, (program, provider), environ)]


def about_two(
    project: Project,
    host: Version | None,
    both: PythonCommands,
    pythons: tuple[Python | str, Python | str],
    environ: Mapping[str, str],
) -> list[Diagnosis]:
    """Describe two different Pythons, how to share one, and the state of each.

    If only one has what it needs, the fix is to use that one for both.
    """
    fine = [not problem_with(*each) for each in zip(both, pythons, strict=True)]
    shared = both.provider if fine == [False, True] and both.provider.environment else both.program
    sharing = _sharing(project, host, both, shared, environ)
    sharing_suffices = not all(fine) and fine[both.index(shared)] and supports_options(host)
    found = "the program and the provider use different Pythons; both need the package"
    diagnoses = [Diagnosis("python", "note", found, "" if sharing_suffices else sharing)]
    for who, selected, python in zip(PythonCommands._fields, both, pythons, strict=True):
        to_do = sharing if sharing_suffices else remedy(project, selected, python)
        diagnoses += about_python(f"{who}'s python", selected, python, to_do)
    return diagnoses


def _sharing(
    project: Project,
    host: Version | None,
    both: PythonCommands,
    shared: PythonCommand,
    environ: Mapping[str, str],
) -> str:
    if not supports_options(host):
        folder = both.provider.environment or Path(both.program.command).parent.parent
        reason = f"the language host {dotted(host or ())} does not support `virtualenv`"
        return f"put {folder / 'bin'} first on PATH: {reason}"
    if shared.environment is None:
        return f"set PULUMI_PYTHON_CMD to {shared.command}"
    return shared_settings(project, shared.environment, environ)


def about_python(
    subject: str, selected: PythonCommand, python: Python | str, to_do: str
) -> list[Diagnosis]:
    """Check that a Python that the engine runs has what it needs."""
    wrong = problem_with(selected, python)
    if wrong or isinstance(python, str):
        return [Diagnosis(subject, "bad", wrong, to_do)]
    found = f"{dotted(python.version)}, {python.executable}"
    return [Diagnosis(subject, "good", found), _packages(python)]


def about_surroundings(python: Python | str, environ: Mapping[str, str]) -> list[Diagnosis]:
    """Describe which variables of the shell do not match the Python that runs."""
    if isinstance(python, str):
        return []
    diagnoses = []
    active = environ.get("VIRTUAL_ENV")
    if active and Path(active).resolve() != Path(python.prefix).resolve():
        found = f"VIRTUAL_ENV is {active}, but Pulumi runs {python.executable}"
        diagnoses.append(Diagnosis("python", "note", found))
    entries = filter(None, environ.get("PYTHONPATH", "").split(os.pathsep))
    first = {Path(each).resolve() for each in entries}
    for package in (Path(file).parent for file in python.files):
        if package.parent.resolve() in first:
            found = f"PYTHONPATH puts {package} ahead of the installed packages"
            diagnoses.append(Diagnosis("python", "note", found))
    return diagnoses


def _packages(python: Python) -> Diagnosis:
    found, here = f"{PACKAGE} {python.package}, pulumi {python.sdk}", version_of(PACKAGE)
    if python.package == here:
        return Diagnosis("packages", "good", found)
    return Diagnosis("packages", "note", f"{found} (this command is {here})")
