"""The command `plugin install`: puts this environment's plugin where the CLI finds it by name."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..core.errors import ConfigurationError
from ..core.redaction import one_line
from ..native import package_schema
from ..native.damage import cannot_start
from ..terminal import pulumi_cli
from ..terminal.native_plugins import (
    FILE,
    NOT_FROM_PATH,
    installed_as,
    installed_in,
    installed_plugins,
    plugin_on_path,
)
from ..terminal.output import say
from ..terminal.processes import ending_on_signals
from ..terminal.progress import progress
from .launcher import launcher


def run() -> int:
    """Install the plugin, unless this very one is installed, and say what to do next.

    Returns 0, or 1 if Pulumi would still start another environment's plugin from this shell. Raises
    ConfigurationError if it cannot be installed; the one that was installed before is kept then.
    """
    if os.name == "nt":
        raise ConfigurationError(
            "`plugin install` does not work on Windows: name the folder that has this "
            f"environment's {FILE} under `plugins` in Pulumi.yaml."
        )
    if shutil.which("pulumi") is None:
        raise ConfigurationError(f"There is no Pulumi CLI on PATH: install it, {pulumi_cli.PAGE}.")
    version = _version()
    wanted = os.fsencode(launcher(version, sys.executable))
    before = _installed(version)
    state = "installed anew" if before else "installed"
    if before and os.access(before, os.X_OK) and before.read_bytes() == wanted:
        state = "already installed"
    else:
        _install(wanted, version)
    folder = installed_in(os.environ, version)
    if folder is None:
        raise ConfigurationError("`pulumi plugin install` has left no plugin in Pulumi's home.")
    say(
        f"The plugin keywordsai {version} is {state} in {one_line(str(folder))}. Programs in "
        "YAML find it by name; for other languages, run `pulumi package add keywordsai`."
    )
    on_path = plugin_on_path(os.environ)
    for warning in _warnings(on_path, installed_plugins(os.environ), version):
        say(warning, err=True)
    return 1 if on_path and not _is_own(on_path) else 0


def short_lived(prefix: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the folder for caches or temporary files that holds an environment, if one does."""
    named = [environ.get("UV_CACHE_DIR"), environ.get("XDG_CACHE_HOME"), tempfile.gettempdir()]
    usual = [Path.home() / ".cache", Path.home() / "Library" / "Caches"]
    folders = [folder.resolve() for folder in (*map(Path, filter(None, named)), *usual)]
    return next((each for each in folders if prefix.resolve().is_relative_to(each)), None)


def _version() -> str:
    try:
        return package_schema.version()
    except Exception as error:  # noqa: BLE001  (whatever a broken file raises)
        raise ConfigurationError(f"The plugin was not installed: {cannot_start(error)}") from None


def _installed(version: str) -> Path | None:
    found = (each for each in installed_plugins(os.environ) if installed_as(each) == version)
    return next(found, None)


def _install(wanted: bytes, version: str) -> None:
    with ending_on_signals(), tempfile.TemporaryDirectory(prefix="keywordsai-dynamic-") as scratch:
        made = Path(scratch) / FILE
        made.write_bytes(wanted)
        made.chmod(0o755)
        with progress("starting the plugin"):
            schema = pulumi_cli.schema(made)
        if isinstance(schema, str):
            raise ConfigurationError(f"The plugin was not installed: {schema}")
        pulumi_cli.install_plugin(made, version)


def _warnings(on_path: Path | None, installed: Sequence[Path], version: str) -> Iterator[str]:
    cache = short_lived(Path(sys.prefix), os.environ)
    if cache:
        yield (
            f"The plugin will be gone when {one_line(str(cache))} is emptied, because it runs in "
            f"{one_line(sys.prefix)}: run this again in an environment that stays, such as a venv, "
            "or one that `uv tool install` or `pipx install` makes."
        )
    taken = installed_as(installed[0]) if installed else version
    if taken != version:
        yield (
            f"Programs that ask for no version take {taken}, which is installed too; "
            f"`pulumi plugin rm resource keywordsai {taken}` removes it."
        )
    if on_path:
        yield (
            f"Pulumi takes {'this' if _is_own(on_path) else 'another'} plugin from PATH first, and "
            f"says so in every run: take {one_line(str(on_path.parent))} off PATH, or set "
            f"{NOT_FROM_PATH}=true."
        )


def _is_own(plugin: Path) -> bool:
    return plugin.parent.resolve() == Path(sys.executable).parent.resolve()
