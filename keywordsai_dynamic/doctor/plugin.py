"""Which native plugin the engine finds for a project, and whether it starts.

The engine (pkg workspace, `getPluginInfoAndPath`) takes the one that Pulumi.yaml names, then one on
PATH, then one that is installed in its home.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, NamedTuple

from ..core.kinds import MODEL
from ..terminal import pulumi_cli
from ..terminal.progress import progress
from ..terminal.pulumi_cli import numbers
from .diagnosis import Diagnosis
from .project import Project, named_plugins
from .python import PACKAGE

FILE = "pulumi-resource-keywordsai"
_IN_SETTINGS = "plugins: {providers: [{name: keywordsai, path: .venv/bin}]}"


class Plugin(NamedTuple):
    """A plugin that the engine would start, and where it was found."""

    file: Path
    origin: str


def check_plugin(project: Project, environ: Mapping[str, str], *, cli: bool) -> list[Diagnosis]:
    """Find the plugin, and start it once if there is a CLI, which asks it for its schema."""
    plugin = find_plugin(project, environ)
    if isinstance(plugin, Diagnosis):
        return [plugin]
    if not cli:
        return [Diagnosis("plugin", "good", f"{plugin.file}, {plugin.origin}")]
    with progress("starting the plugin"):
        schema = pulumi_cli.schema(plugin.file)
    return [about_plugin(plugin, schema)]


def find_plugin(project: Project, environ: Mapping[str, str]) -> Plugin | Diagnosis:
    """Return the plugin that the engine would start, or what is missing for it."""
    named = named_plugins(project.settings)
    if named:
        return _in_folder(Path(os.path.normpath(project.folder / named[0])))
    found = next(_elsewhere(project, environ), None)
    if found is not None:
        return found
    return Diagnosis(
        "plugin",
        "bad",
        f"there is no {FILE} on PATH, and Pulumi.yaml names none",
        f"{_install(Path('.venv'))}; and add `{_IN_SETTINGS}` to Pulumi.yaml",
    )


def about_plugin(plugin: Plugin, schema: Mapping[str, Any] | str) -> Diagnosis:
    """Describe a plugin that was started; `schema` is a string with the reason if it failed."""
    if isinstance(schema, str):
        to_do = f"install it again: {_install(plugin.file.parent.parent)}"
        return Diagnosis("plugin", "bad", f"{plugin.file} does not start: {schema}", to_do)
    resources = schema.get("resources")
    if not isinstance(resources, Mapping) or MODEL.native_type not in resources:
        to_do = f"remove it, or name another in Pulumi.yaml: `{_IN_SETTINGS}`"
        return Diagnosis("plugin", "bad", f"{plugin.file} is not that of {PACKAGE}", to_do)
    version, here = schema.get("version"), version_of(PACKAGE)
    found = f"{version}, {plugin.file}, {plugin.origin}"
    if version == here:
        return Diagnosis("plugin", "good", found)
    return Diagnosis("plugin", "note", f"{found} (this command is {here})")


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
    added = _added(project)
    if added is not None:
        yield Plugin(added, "from `packages` in Pulumi.yaml")
    ignored = environ.get("PULUMI_IGNORE_AMBIENT_PLUGINS", "").lower() in {"1", "t", "true"}
    on_path = None if ignored else shutil.which(FILE, path=environ.get("PATH"))
    if on_path:
        yield Plugin(Path(on_path), "on PATH")
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    installed = (home / "plugins").glob(f"resource-keywordsai-v*/{FILE}")
    for file in sorted(installed, key=lambda each: numbers(each.parent.name) or (), reverse=True):
        yield Plugin(file, "installed in Pulumi's home")


def _added(project: Project) -> Path | None:
    """Return the file or folder that `pulumi package add` has recorded, if it is a local one."""
    packages = project.settings.get("packages")
    added = packages.get("keywordsai") if isinstance(packages, Mapping) else None
    source = added.get("source") if isinstance(added, Mapping) else added
    file = project.folder / source if isinstance(source, str) and source else None
    return file if file and file.exists() else None


def _install(environment: Path) -> str:
    """Return the command that installs the package into an environment, which it may create."""
    python = shlex.quote(str(environment / "bin" / "python"))
    install = f"{python} -m pip install {PACKAGE}"
    if environment.is_absolute() and (environment / "bin" / "python").exists():
        return install
    return f"python3 -m venv {shlex.quote(str(environment))} && {install}"
