"""A stack whose program is YAML, or was: its Pulumi.yaml, and the plugin that the engine finds."""

import atexit
import functools
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.pulumi_stack import Stack

_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; from keywordsai_dynamic.native.main import main; sys.exit(main())"


@functools.cache
def plugin_folder() -> Path:
    """Make a folder with a `pulumi-resource-keywordsai` that runs this checkout's code.

    It is what pip makes of the package's script, so that no test depends on when that last ran.
    """
    folder = Path(tempfile.mkdtemp(prefix="keywordsai-plugin-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    plugin = folder / "pulumi-resource-keywordsai"
    plugin.write_text(
        "#!/bin/sh\n"
        f'PYTHONPATH={shlex.quote(str(_ROOT))}:"$PYTHONPATH"; export PYTHONPATH\n'
        f'exec {shlex.quote(sys.executable)} -c {shlex.quote(_START)} "$@"\n'
    )
    plugin.chmod(0o755)
    return folder


def write_yaml(
    stack: Stack, program: str, *, found: bool = True, plugin: Path | None = None
) -> None:
    """Make `program` the stack's Pulumi.yaml; with `found`, it says where the plugin is.

    That is this checkout's, unless `plugin` is another folder. A stack that has another program
    becomes one of YAML, and keeps its state and its settings.
    """
    folder = (plugin or plugin_folder()) if found else None
    file = stack.project / "Pulumi.yaml"
    file.write_text(_settings("yaml", folder) + program)
    for value in _wrapped(yaml.safe_load(program)):
        stack.secrets.add(value, file)


def write_python(stack: Stack, program: str, *, found: bool = True) -> None:
    """Make `program` the Python program of a stack of YAML, which keeps its state and settings.

    With `found`, Pulumi.yaml still says where the plugin is.
    """
    (stack.project / "Pulumi.yaml").write_text(
        _settings("python", plugin_folder() if found else None)
    )
    stack.write_program(program)


def _settings(runtime: str, plugin: Path | None) -> str:
    settings: dict[str, Any] = {"name": "test", "runtime": runtime}
    if plugin:
        settings["plugins"] = {"providers": [{"name": "keywordsai", "path": str(plugin)}]}
    return yaml.safe_dump(settings, sort_keys=False)


def models(declared: Mapping[str, Mapping[str, object]]) -> str:
    """Write the resources of a program: by name the properties of each CustomModel."""
    resources = {
        name: {"type": "keywordsai:CustomModel", "properties": dict(properties)}
        for name, properties in declared.items()
    }
    return yaml.safe_dump({"resources": resources})


def _wrapped(node: Any) -> Iterator[Any]:  # noqa: ANN401  (YAML)
    """Yield the literals that a program wraps: `fn::secret: …`."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "fn::secret":
                yield value
            yield from _wrapped(value)
    elif isinstance(node, list):
        for each in node:
            yield from _wrapped(each)
