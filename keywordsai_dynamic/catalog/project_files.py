"""Where the files of a Pulumi project are: its settings, its program, its stacks' configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .pulumi_yaml import settings

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")
_BASES = ("models.yaml", "models.yml", "models.json")


def project_folder(start: Path) -> Path | None:
    """Return the folder of the Pulumi project that contains `start`, or None."""
    return next((each for each in (start, *start.parents) if project_file(each).is_file()), None)


def project_file(project: Path) -> Path:
    """Return the path of the project's settings, whether the file exists or not."""
    found = (project / name for name in _PROJECT_FILES if (project / name).is_file())
    return next(found, project / _PROJECT_FILES[0])


def language(project_settings: Mapping[str, Any]) -> str:
    """Return the language of a project's program; the argument is the content of Pulumi.yaml."""
    runtime = project_settings.get("runtime")
    return str(runtime.get("name") if isinstance(runtime, Mapping) else runtime)


def program_folder(project: Path, project_settings: Mapping[str, Any] | None = None) -> Path:
    """Return the folder in which a project's program is and runs.

    `project_settings` is the content of its Pulumi.yaml, which is read if it is not given.
    """
    if project_settings is None:
        project_settings = settings(project_file(project))
    main = project / str(project_settings.get("main") or ".")
    return main.parent if main.is_file() else main


def stack_folder(project: Path) -> Path:
    """Return the folder of the stacks' files of a project."""
    found = settings(project_file(project))
    named = found.get("stackConfigDir") or found.get("config")  # its old name, with a string
    return project / named if isinstance(named, str) else project


def stack_file(project: Path, stack: str) -> Path:
    """Return the path of a stack's file, existing or not; it has the project file's suffix."""
    return stack_folder(project) / f"Pulumi.{stack}{project_file(project).suffix}"


def stacks(project: Path) -> Iterator[str]:
    """Return the names of the stacks that have a file."""
    return stacks_in(stack_folder(project), project_file(project).suffix)


def stacks_in(folder: Path, suffix: str) -> Iterator[str]:
    """Return the names of the stacks whose files, with this suffix, are in a folder."""
    if not folder.is_dir():  # from Python 3.13 on, `glob` raises for a name that cannot exist
        return
    for file in folder.glob(f"Pulumi.*{suffix}"):
        yield file.name.removeprefix("Pulumi.").removesuffix(suffix)


def base_file(project: Path) -> Path | None:
    """Return the base file next to a project's program, if any: models.yaml, .yml or .json."""
    folder = program_folder(project)
    return next((folder / name for name in _BASES if (folder / name).is_file()), None)
