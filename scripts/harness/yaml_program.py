"""A stack whose program is YAML: its Pulumi.yaml, and the native plugin that the engine finds."""

import atexit
import functools
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
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


def write_yaml(stack: Stack, program: str, *, found: bool = True) -> None:
    """Make `program` the stack's Pulumi.yaml; with `found`, it says where the plugin is.

    A stack that has another program becomes one of YAML, and keeps its state and its settings.
    """
    settings: dict[str, Any] = {"name": "test", "runtime": "yaml"}
    if found:
        plugin = {"name": "keywordsai", "path": str(plugin_folder())}
        settings["plugins"] = {"providers": [plugin]}
    file = stack.project / "Pulumi.yaml"
    file.write_text(yaml.safe_dump(settings, sort_keys=False) + program)
    for value in _wrapped(yaml.safe_load(program)):
        stack.secrets.add(value, file)


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
