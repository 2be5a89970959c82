"""What makes a run of the CLI quick in tests: what takes a third of it, and is not their subject.

- The language host has pip list the installed packages at every run, to look for Pulumi's plugins:
  here the first answer is given again.
- The CLI hashes the passphrase of a stack a million times: here the stack's key is wrapped by a
  Vault, which is on loopback and wraps nothing. What is encrypted with the key is so for real.
- Engine, program and provider are gone before collecting garbage pays.
- httpx imports a command line of its own where click and rich are installed: not here.

Everything else is as users have it. The demo, the benchmark and what is recorded do without this.
"""

import atexit
import functools
import json
import os
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
import atexit, gc, sys
gc.disable()
atexit.register(gc.freeze)
sys.modules["httpx._main"] = None
"""


def quick(env: dict[str, str]) -> dict[str, str]:
    """Add to the environment of a CLI what makes it quick, for stacks of `SECRETS_PROVIDER`."""
    return {
        **env,
        "PATH": os.pathsep.join([str(quick_python()), env["PATH"]]),
        "PYTHONPATH": str(quick_python()),
        "VAULT_SERVER_URL": _vault(),
        "VAULT_SERVER_TOKEN": "none",
        "GOGC": "400",
    }


@functools.cache
def quick_python() -> Path:
    """Make a folder with a `python3` that knows the packages of this environment by heart.

    A Python that finds the folder on its path is lighter: it collects no garbage, at its exit
    neither, and imports no command line of httpx.
    """
    folder = Path(tempfile.mkdtemp(prefix="keywordsai-python-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    packages, python = folder / "packages.json", folder / "python3"
    packages.write_bytes(subprocess.check_output([sys.executable, *_LISTING]))  # noqa: S603
    python.write_text(
        "#!/bin/sh\n"
        f'[ "$*" = "{" ".join(_LISTING)}" ] && exec cat {shlex.quote(str(packages))}\n'
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
        """Say nothing."""


@functools.cache
def _vault() -> str:
    """Serve it for as long as this process lives; give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Vault)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
