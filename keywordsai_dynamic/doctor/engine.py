"""Whether the engine can run this package: the CLI, and the Pythons of program and provider."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import version as version_of
from pathlib import Path

from ..catalog.stack_files import project_file, project_folder
from ..terminal import pulumi_cli
from ..terminal.progress import progress
from ..terminal.pulumi_cli import PAGE, About, Version, dotted
from .environments import Chosen, Taken, knows_options, taken, way_out
from .finding import Finding
from .project import Project
from .python import PACKAGE, Python, ask, complaint, one_environment, remedy


def look_at_engine(project: Project | None, start: Path) -> list[Finding]:
    """Ask the CLI on PATH, and every Python that it would run."""
    with progress("asking the Pulumi CLI about itself"):
        about = pulumi_cli.about()
    findings = about_cli(about)
    if project is None:
        if project_folder(start) is None:
            findings.append(Finding("project", "note", "no Pulumi.yaml here or above"))
    elif project.language != "python":
        told = f"{project_file(project.folder)} is for {project.language} programs"
        to_do = "declare models in a project of its own, with `runtime: python`"
        return [*findings, Finding("project", "bad", told, to_do)]
    elif not project.program.is_dir():
        told = f"`main` in Pulumi.yaml names {project.program}, which is not there"
        return [*findings, Finding("project", "bad", told, "correct `main`")]
    return findings + look_at_pythons(project, about, os.environ, start)


def about_cli(about: About | None) -> list[Finding]:
    """Say whether the CLI is there, and whether it is new enough for everything here."""
    if about is None:
        return [Finding("pulumi", "bad", "there is no Pulumi CLI on PATH", f"install it: {PAGE}")]
    told = f"CLI {dotted(about.cli)}"
    if about.language_host:
        told += f", language host {dotted(about.language_host)}"
    if about.cli < pulumi_cli.OLDEST:
        told += f"; `import-file` needs {dotted(pulumi_cli.OLDEST)} or newer"
        return [Finding("pulumi", "bad", told, f"install a newer one: {PAGE}")]
    return [Finding("pulumi", "good", told)]


def look_at_pythons(
    project: Project | None, about: About | None, environ: Mapping[str, str], start: Path
) -> list[Finding]:
    """Ask the Pythons of program and provider who they are, and what is installed in them."""
    host = about.language_host if about else None
    both = taken(project, host, environ)
    if isinstance(both, Finding):
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
    both: Taken,
    pythons: tuple[Python | str, Python | str],
    environ: Mapping[str, str],
) -> list[Finding]:
    """Say that program and provider take two Pythons, how they come to take one, and how each is.

    Where only one has what it needs, the way out is to take that one for both.
    """
    fine = [not complaint(*each) for each in zip(both, pythons, strict=True)]
    kept = both.provider if fine == [False, True] and both.provider.environment else both.program
    together = _together(project, host, both, kept, environ)
    enough = not all(fine) and fine[both.index(kept)] and knows_options(host)
    told = "the program and the provider run in different ones; both need the package"
    findings = [Finding("python", "note", told, "" if enough else together)]
    for who, chosen, python in zip(Taken._fields, both, pythons, strict=True):
        to_do = together if enough else remedy(project, chosen, python)
        findings += about_python(f"{who}'s python", chosen, python, to_do)
    return findings


def _together(
    project: Project,
    host: Version | None,
    both: Taken,
    kept: Chosen,
    environ: Mapping[str, str],
) -> str:
    if not knows_options(host):
        folder = both.provider.environment or Path(both.program.command).parent.parent
        told = f"put {folder / 'bin'} first on PATH"
        return f"{told}: the language host {dotted(host or ())} does not know `virtualenv`"
    if kept.environment is None:
        return f"name {kept.command} in PULUMI_PYTHON_CMD"
    return way_out(project, kept.environment, environ)


def about_python(subject: str, chosen: Chosen, python: Python | str, to_do: str) -> list[Finding]:
    """Say whether a Python that the engine runs has what it needs."""
    wrong = complaint(chosen, python)
    if wrong or isinstance(python, str):
        return [Finding(subject, "bad", wrong, to_do)]
    told = f"{dotted(python.version)}, {python.executable}"
    return [Finding(subject, "good", told), _packages(python)]


def about_surroundings(python: Python | str, environ: Mapping[str, str]) -> list[Finding]:
    """Say where the shell's variables mean something else than the Python that is run."""
    if isinstance(python, str):
        return []
    findings = []
    active = environ.get("VIRTUAL_ENV")
    if active and Path(active).resolve() != Path(python.prefix).resolve():
        told = f"VIRTUAL_ENV is {active}, and Pulumi runs {python.executable}"
        findings.append(Finding("python", "note", told))
    entries = filter(None, environ.get("PYTHONPATH", "").split(os.pathsep))
    first = {Path(each).resolve() for each in entries}
    for package in (Path(file).parent for file in python.files):
        if package.parent.resolve() in first:
            told = f"PYTHONPATH puts {package} before what is installed"
            findings.append(Finding("python", "note", told))
    return findings


def _packages(python: Python) -> Finding:
    told, here = f"{PACKAGE} {python.package}, pulumi {python.sdk}", version_of(PACKAGE)
    if python.package == here:
        return Finding("packages", "good", told)
    return Finding("packages", "note", f"{told} (this command is of {here})")
