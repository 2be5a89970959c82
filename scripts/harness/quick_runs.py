"""Faster runs of the CLI in tests: without what takes a third of a run and is not their subject.

- At every run the language host has pip list the installed packages, to look for Pulumi's plugins.
  Here it gets the first list again.
  It gets the version of Python, for which it asks twice, without starting one.
- The CLI hashes a stack's passphrase a million times. Here a Vault on loopback wraps the stack's
  key, and wraps nothing. What is encrypted with the key is encrypted for real.
- Program and provider collect no garbage: both end before it would pay.
- httpx imports its own command line where click and rich are installed. Not here.
- Pulumi's SDK imports its Automation API. Here that is loaded when a program first uses it.
- It imports OpenTelemetry's SDK, for traces that nobody asks for. Not here.

Everything else is as users have it. The benchmark, the recordings of previews and states, and
`make demo` skip none of this; `make test` runs the demo with the `lighter` processes.
"""

import atexit
import functools
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

SECRETS_PROVIDER = "hashivault://tests"

_LISTING = ("-m", "pip", "list", "-v", "--format", "json")
_WRAPPED = "vault:v1:"
_LIGHTER = """\
import atexit, gc, os, sys
from importlib.machinery import PathFinder
from importlib.util import LazyLoader
from types import ModuleType

class AutomationLater:
    @staticmethod
    def find_spec(name, path=None, target=None):
        spec = PathFinder.find_spec(name, path) if name == "pulumi.automation" else None
        if spec:
            spec.loader = LazyLoader(spec.loader)
        return spec

gc.disable()
atexit.register(gc.freeze)
sys.modules["httpx._main"] = None
if "TRACEPARENT" not in os.environ:
    sys.modules["opentelemetry.sdk.trace"] = traces = ModuleType("opentelemetry.sdk.trace")
    traces.TracerProvider = None
sys.meta_path.insert(0, AutomationLater)
"""


def quick(env: dict[str, str]) -> dict[str, str]:
    """Return the environment of a faster CLI, for stacks made with `SECRETS_PROVIDER`."""
    return {
        **env,
        **lighter(),
        "PATH": os.pathsep.join([str(quick_python()), env["PATH"]]),
        "VAULT_SERVER_URL": _vault(),
        "VAULT_SERVER_TOKEN": "none",
    }


def lighter() -> dict[str, str]:
    """Return the variables with which program, provider and CLI collect less and import less."""
    return {"PYTHONPATH": str(quick_python()), "GOGC": "400"}


@functools.cache
def quick_python() -> Path:
    """Make a folder with a `python3` that lists this environment's packages from memory.

    A Python with the folder in PYTHONPATH starts and ends faster: see the top of this module.
    """
    folder = Path(tempfile.mkdtemp(prefix="keywordsai-python-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    packages, python = folder / "packages.json", folder / "python3"
    packages.write_bytes(subprocess.check_output([sys.executable, *_LISTING]))  # noqa: S603
    python.write_text(
        "#!/bin/sh\n"
        f'[ "$*" = "{" ".join(_LISTING)}" ] && exec cat {shlex.quote(str(packages))}\n'
        f'[ "$*" = --version ] && exec echo Python {platform.python_version()}\n'
        f'exec {shlex.quote(sys.executable)} "$@"\n'
    )
    python.chmod(0o755)
    (folder / "sitecustomize.py").write_text(_LIGHTER)
    return folder


class _Vault(BaseHTTPRequestHandler):
    """What the CLI asks of Vault (developer.hashicorp.com/vault/api-docs/secret/transit)."""

    def do_PUT(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "plaintext" in asked:
            data = {"ciphertext": _WRAPPED + asked["plaintext"]}
        else:
            data = {"plaintext": asked["ciphertext"].removeprefix(_WRAPPED)}
        answer = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Log nothing."""


@functools.cache
def _vault() -> str:
    """Serve it for as long as this process lives; return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Vault)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
