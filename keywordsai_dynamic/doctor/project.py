"""The Pulumi project around a folder: its settings, and its stacks' encrypted configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..catalog.project_files import (
    language,
    program_folder,
    project_file,
    project_folder,
    stack_file,
    stacks,
)
from ..catalog.pulumi_yaml import settings as settings_in
from ..catalog.stack_config import config_of
from ..core.errors import DeclarationError


@dataclass(frozen=True)
class Project:
    """A project; `stacks` holds the configuration of each, where secrets are `{secure: …}`."""

    folder: Path
    settings: Mapping[str, Any]
    stacks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def program(self) -> Path:
        """The folder in which the program and the provider run."""
        return program_folder(self.folder, self.settings)

    @property
    def language(self) -> str:
        """The language of the program."""
        return language(self.settings)

    @property
    def options(self) -> Mapping[str, Any]:
        """The options of the runtime, like `virtualenv`."""
        runtime = self.settings.get("runtime")
        options = runtime.get("options") if isinstance(runtime, Mapping) else None
        return options if isinstance(options, Mapping) else {}


def project_around(start: Path) -> Project | None:
    """Read the project that contains `start`, if there is one.

    A stack whose file cannot be read has no configuration here. Raises DeclarationError, with the
    file's name, if the project's settings cannot be read.
    """
    folder = project_folder(start)
    if folder is None:
        return None
    settings = settings_in(project_file(folder))
    _check_paths(settings)
    configured = {stack: _configured(stack_file(folder, stack)) for stack in sorted(stacks(folder))}
    return Project(folder, settings, configured)


def _configured(file: Path) -> Mapping[str, Any]:
    try:
        return config_of(settings_in(file))
    except DeclarationError:
        return {}  # check_configuration reports it


def named_plugins(settings: Mapping[str, Any]) -> list[str]:
    """Return the folders in which Pulumi.yaml says that the native plugin is."""
    providers = _map(settings.get("plugins")).get("providers")
    named = [_map(each) for each in providers] if isinstance(providers, list) else []
    found = [each.get("path", "") for each in named if each.get("name") == "keywordsai"]
    return [path for path in found if isinstance(path, str)]


def added_package(settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return what `pulumi package add` has recorded: the plugin's name or path, and its version.

    Either is empty if it is not recorded.
    """
    added = _map(settings.get("packages")).get("keywordsai")
    if isinstance(added, str):
        source, _, version = added.partition("@")
        return source, version
    found = [_map(added).get(name) for name in ("source", "version")]
    source, version = (each if isinstance(each, str) else "" for each in found)
    return source, version


def _check_paths(settings: Mapping[str, Any]) -> None:
    """Refuse what cannot be a file name: one with a NUL, or with half of a character."""
    runtime = _map(_map(settings.get("runtime")).get("options"))
    for name, options in (
        *(("path", {"path": path}) for path in named_plugins(settings)),
        ("main", settings),
        ("stackConfigDir", settings),
        ("config", settings),
        ("virtualenv", runtime),
    ):
        named = options.get(name)
        try:
            fine = not isinstance(named, str) or b"\0" not in os.fsencode(named)
        except UnicodeEncodeError:
            fine = False
        if not fine:
            raise DeclarationError(f"Pulumi.yaml: `{name}` is not a valid file name")


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
