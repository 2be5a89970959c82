"""Which native plugin the engine finds for a project, and whether it starts.

The engine (sdk workspace, `getPluginInfoAndPath`) takes the one that Pulumi.yaml names, then one on
PATH, then one that is installed in its home: of the version that is asked for, or the newest.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, NamedTuple

from ..core.installing import PACKAGE, installing
from ..core.kinds import MODEL
from ..terminal import pulumi_cli
from ..terminal.native_plugins import (
    FILE,
    NOT_FROM_PATH,
    installed_as,
    installed_plugins,
    plugin_on_path,
    same_version,
)
from ..terminal.progress import progress
from .diagnosis import Diagnosis
from .project import Project, added_package, named_plugins

_INSTALL = "keywordsai-dynamic plugin install"
_ON_PATH = "on PATH"
_IN_SETTINGS = "plugins: {providers: [{name: keywordsai, path: .venv/bin}]}"
_TOLD = re.compile(r"keywordsai \S+ cannot start: (?P<what>.+?)\. Run (?P<to_do>.+)\.")
"""What a plugin, or its launcher, says if it cannot start."""


class Plugin(NamedTuple):
    """A plugin that the engine would start, and where it was found."""

    file: Path
    origin: str
    installed: bool = False


def check_plugin(project: Project, environ: Mapping[str, str], *, cli: bool) -> list[Diagnosis]:
    """Find the plugin and all that are installed, and start each once if there is a CLI."""
    plugin = find_plugin(project, environ)
    if isinstance(plugin, Diagnosis):
        return [plugin]
    if not cli:
        return [Diagnosis("plugin", "good", f"{plugin.file}, {plugin.origin}")]
    others = [each for each in installed_plugins(environ) if each != plugin.file]
    with progress("starting the plugin"):
        diagnoses = [about_plugin(plugin, pulumi_cli.schema(plugin.file))]
        if not plugin.installed:
            return diagnoses + [about_unused(plugin, each) for each in others]
        return diagnoses + [about_other(each, pulumi_cli.schema(each)) for each in others]


def find_plugin(project: Project, environ: Mapping[str, str]) -> Plugin | Diagnosis:
    """Return the plugin that the engine would start, or what is missing for it."""
    named = named_plugins(project.settings)
    if named:
        return _in_folder(Path(os.path.normpath(project.folder / named[0])))
    found = next(_elsewhere(project, environ), None)
    if found is not None:
        return found
    asked = _asked(project)
    if not asked:
        what = "no plugin is installed, none is on PATH, and Pulumi.yaml names none"
        return Diagnosis("plugin", "bad", what, _INSTALL)
    others = ", ".join(map(installed_as, installed_plugins(environ)))
    what = f"`packages` in Pulumi.yaml asks for {asked}, which is not installed"
    to_do = f"`{_INSTALL}` in an environment with {PACKAGE} {asked}"
    return Diagnosis("plugin", "bad", what + (f"; there is {others}" if others else ""), to_do)


def about_plugin(plugin: Plugin, schema: Mapping[str, Any] | str) -> Diagnosis:
    """Describe a plugin that was started; `schema` is a string with the reason if it failed."""
    if isinstance(schema, str):
        reason, to_do = _as_told(schema)
        if not to_do:
            again = f"install it again: {_install(plugin.file.parent.parent, again=True)}"
            to_do = _INSTALL if plugin.installed else again
        return Diagnosis("plugin", "bad", f"{plugin.file} does not start: {reason}", to_do)
    resources = schema.get("resources")
    if not isinstance(resources, Mapping) or MODEL.native_type not in resources:
        to_do = f"remove it, or name another in Pulumi.yaml: `{_IN_SETTINGS}`"
        return Diagnosis("plugin", "bad", f"{plugin.file} is not that of {PACKAGE}", to_do)
    version, here = schema.get("version"), version_of(PACKAGE)
    found = f"{version}, {plugin.file}, {plugin.origin}"
    if same_version(str(version), here):
        return Diagnosis("plugin", "good", found)
    to_do = f"for {here}: {_INSTALL}" if plugin.installed else ""
    return Diagnosis("plugin", "note", f"{found} (this command is {here})", to_do)


def about_other(file: Path, schema: Mapping[str, Any] | str) -> Diagnosis:
    """Describe an installed plugin that only those take who ask for its version."""
    if not isinstance(schema, str):
        return Diagnosis("plugin", "good", f"{installed_as(file)}, {file}, if it is asked for")
    reason, to_do = _as_told(schema)
    remove = f"pulumi plugin rm resource keywordsai {installed_as(file)}"
    needed = f"{remove}; if it is needed: {to_do or _INSTALL}"
    return Diagnosis("plugin", "note", f"{file} does not start: {reason}", needed)


def about_unused(plugin: Plugin, other: Path) -> Diagnosis:
    """Describe an installed plugin that another one keeps from being used."""
    on_path = plugin.origin == _ON_PATH
    first = "PATH" if on_path else "Pulumi.yaml"
    to_do = f"to use it: take {plugin.file.parent} off PATH, or set {NOT_FROM_PATH}=true"
    found = f"{installed_as(other)}, {other}, is not used, because {first} comes first"
    return Diagnosis("plugin", "note", found, to_do if on_path else "")


def _as_told(reason: str) -> tuple[str, str]:
    """Split why a plugin does not start into what is wrong, and what to do, if it says so."""
    told = _TOLD.fullmatch(reason)
    return (told["what"], told["to_do"]) if told else (reason, "")


def _in_folder(folder: Path) -> Plugin | Diagnosis:
    """Return the plugin in a folder that Pulumi.yaml names; the engine looks nowhere else then."""
    file = folder / FILE
    if os.access(file, os.X_OK) and file.is_file():
        return Plugin(file, "from Pulumi.yaml")
    if not folder.is_dir():
        what = f"{folder}, which is not a folder"
    elif file.exists():
        what = f"{folder}, where {FILE} is not executable"
    else:
        what = f"{folder}, which has no {FILE}"
    to_do = f"{_install(folder.parent)}; or correct `path` in Pulumi.yaml"
    return Diagnosis("plugin", "bad", f"`plugins` in Pulumi.yaml names {what}", to_do)


def _elsewhere(project: Project, environ: Mapping[str, str]) -> Iterator[Plugin]:
    source, _ = added_package(project.settings)
    added = project.folder / source
    if source and added.exists():
        yield Plugin(added, "from `packages` in Pulumi.yaml")
    on_path = plugin_on_path(environ)
    if on_path:
        yield Plugin(on_path, _ON_PATH)
    for file in installed_plugins(environ):
        if _asked(project) in {"", installed_as(file)}:
            yield Plugin(file, "installed in Pulumi's home", installed=True)


def _asked(project: Project) -> str:
    """Return the version that an SDK of the project asks for; programs in YAML ask for none."""
    return "" if project.language == "yaml" else added_package(project.settings)[1]


def _install(environment: Path, *, again: bool = False) -> str:
    """Return the command that installs the package into an environment, which it may create."""
    python = environment / "bin" / "python"
    install = f"{installing(str(python), environment, again=again)} {PACKAGE}"
    if environment.is_absolute() and python.exists():
        return install
    return f"python3 -m venv {shlex.quote(str(environment))} && {install}"
