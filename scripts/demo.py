#!/usr/bin/env python3
"""Show the product in under a minute, with the real Pulumi CLI and an emulated Keywords AI.

Runs a copy of this project's own stack `dev` in a scratch folder: no login, no key, no network,
nothing written to the checkout or to the user's Pulumi home, and nothing left behind.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from engine import NotPossible, engine_bin
from harness.scratch import ROOT, Scratch, scratch

from keywordsai_dynamic.emulator import Emulator

USAGE = "acme/support-llm: {input_tokens: 900M, output_tokens: 120M}\n"
PRICE = 'keywordsai:models["acme/support-llm"].input_cost'
WHERE_NEXT = """
Where to go next:
  make try                         a shell with all this, for you to type
  docs/guides/getting-started.md   in your own project, in Python
  docs/guides/other-languages.md   in YAML, TypeScript or Go
  docs/guides/review-in-ci.md      the review on every pull request"""


class Shell:
    """Runs commands as if typed at a prompt, and counts the requests of each."""

    def __init__(self, made: Scratch, folder: Path) -> None:
        self.folder = folder
        self._made = made

    def show_settings(self) -> None:
        for name, value in self._made.settings.items():
            _write(_bold(f"$ export {name}={value}"))

    def run(self, *command: str, into: str | None = None) -> None:
        """Print a command, run it, and end the demo with one line if it fails."""
        before = len(self._made.emulator.requests)
        typed = " ".join(f"'{word}'" if '"' in word else word for word in command)
        _write("\n" + _bold(f"$ {typed}" + (f" > {into}" if into else "")))
        code = self._to_its_end(command, into)
        if code:
            raise SystemExit(f"demo: `{' '.join(command[:2])}` failed with exit code {code}")
        asked = [request.method for request in self._made.emulator.requests[before:]]
        counts = ", ".join(f"{asked.count(method)} {method}" for method in sorted(set(asked)))
        if asked or "preview" in command:
            _write(_dim(f"  requests to the API: {counts or 'none'}"))

    def _to_its_end(self, command: tuple[str, ...], into: str | None) -> int:
        with contextlib.ExitStack() as opened:
            output = opened.enter_context((self.folder / into).open("wb")) if into else None
            process = subprocess.Popen(  # noqa: S603  (the commands below)
                command,
                cwd=self.folder,
                env=self._made.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                start_new_session=True,
            )
            try:
                return process.wait()
            except KeyboardInterrupt:
                _end(process)
                raise


def main() -> int:
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _stop)
    try:
        engine = engine_bin()
        started = time.monotonic()
        with scratch("demo", engine) as made:
            show(Shell(made, _project(made.folder)), made.emulator)
        _write(f"\nDone in {time.monotonic() - started:.0f} s. Everything was cleaned up.")
        _write(WHERE_NEXT)
    except NotPossible as reason:
        sys.stderr.write(f"demo: {reason}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ndemo: stopped, and cleared away\n")
        return 130
    return 0


def show(shell: Shell, emulator: Emulator) -> None:
    _tell("Start an emulated Keywords AI API, and create a Pulumi stack in a scratch folder:")
    shell.show_settings()
    shell.run("pulumi", "stack", "init", "dev")

    _tell("Models and prices are declared in examples/model_catalog/models.yaml. Apply them:")
    shell.run("pulumi", "up", "--yes", "--skip-preview")
    _tell("Nothing changed, so the preview sends no requests:")
    shell.run("pulumi", "preview")

    _tell("A price goes up. The preview shows it, and the review says what it costs:")
    shell.run("pulumi", "config", "set", "--path", PRICE, "3")
    shell.run("pulumi", "preview", "--diff")
    shell.run("pulumi", "preview", "--json", into="preview.json")
    (shell.folder / "usage.yaml").write_text(USAGE)
    shell.run("cat", "usage.yaml")
    shell.run("keywordsai-dynamic", "review", "preview.json", "--usage", "usage.yaml")
    shell.run("pulumi", "up", "--yes", "--skip-preview")

    _tell("Someone makes a typo in the web console: input_cost of acme/agent goes from 3 to 30.")
    emulator.edit_model("acme/agent", input_cost=30)
    shell.run("pulumi", "refresh", "--yes", "--skip-preview", "--diff")
    _tell("Refresh detected the drift. Running up again restores the declared price:")
    shell.run("pulumi", "up", "--yes", "--skip-preview", "--diff")

    _tell("Clean up:")
    shell.run("pulumi", "destroy", "--yes", "--skip-preview")


def _project(folder: Path) -> Path:
    """Copy what the stack consists of, so that the checkout stays as it is."""
    project = folder / "model-catalog"
    catalog = Path("examples/model_catalog")
    shutil.copytree(ROOT / catalog, project / catalog, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(ROOT / name, project)
    return project


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command as Ctrl-C would: once, so that running calls end; again; then SIGKILL."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # another Ctrl-C must not stop the cleanup
    for name, seconds in ((signal.SIGINT, 15), (signal.SIGINT, 5), (signal.SIGKILL, 5)):
        with contextlib.suppress(subprocess.TimeoutExpired, ProcessLookupError):
            os.killpg(process.pid, name)
            process.wait(seconds)
            return


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _tell(text: str) -> None:
    _write(f"\n# {text}")


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def _dim(text: str) -> str:
    return f"\033[2m{text}\033[0m" if sys.stdout.isatty() else text


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
