#!/usr/bin/env python3
"""Open a shell with a scratch stack, the real Pulumi CLI and an emulated Keywords AI.

No login, no key, no network. Nothing is written to the checkout or to the user's Pulumi home, and
nothing is left when the shell ends, however it ends.
"""

import os
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine import NotPossible, engine_bin
from harness.scratch import ROOT, Scratch, scratch

from keywordsai_dynamic.terminal.processes import ending_on_signals

EXAMPLE = Path("examples/one_model")
USAGE = "acme/support-llm: {input_tokens: 900M, output_tokens: 120M, cache_hit_input_tokens: 0}\n"
WELCOME = """
A scratch stack, the real Pulumi CLI and an emulated Keywords AI are ready.
To type, in this order or as you like:

  cat __main__.py
  pulumi up --yes
  keywordsai-dynamic models
  sed -i.bak s/2.50/3.00/ __main__.py
  pulumi preview --diff
  pulumi preview --json --show-sames > preview.json
  keywordsai-dynamic review preview.json --usage usage.yaml
  pulumi up --yes
  keywordsai-dynamic doctor
  pulumi destroy --yes

`exit` ends this, and nothing of it stays.
"""


def main() -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _say("needs a terminal, because it opens a shell; `make demo` needs none")
        return 2
    try:
        with ending_on_signals(), _terminal_as_it_was():
            _open_shell()
    except NotPossible as reason:
        _say(str(reason))
        return 1
    except KeyboardInterrupt:
        _say("stopped, and cleared away")
        return 130
    _say("over, and cleared away")
    return 0


def _open_shell() -> None:
    with scratch("try", engine_bin()) as made:
        project = _project(made)
        init = ["pulumi", "stack", "init", "dev"]
        subprocess.run(init, cwd=project, env=made.env, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        sys.stdout.write(WELCOME)
        sys.stdout.flush()
        bash = shutil.which("bash")
        shell = subprocess.Popen(  # noqa: S603  (without the user's own settings, which may set PATH)
            [bash, "--noprofile", "--norc", "-i"] if bash else ["/bin/sh", "-i"],
            cwd=project,
            env={**made.env, "PS1": "try$ ", "HISTFILE": "", "ENV": ""},
        )
        try:
            shell.wait()
        except (KeyboardInterrupt, SystemExit):
            with suppress(subprocess.TimeoutExpired):  # a shell restores the terminal at this one
                shell.send_signal(signal.SIGHUP)
                shell.wait(2)
            raise


def _project(made: Scratch) -> Path:
    """Copy the smallest example, so that the checkout stays as it is."""
    project = made.folder / EXAMPLE
    shutil.copytree(ROOT / EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__"))
    (made.folder / ".venv").symlink_to(ROOT / ".venv")
    (project / "usage.yaml").write_text(USAGE)
    return project


@contextmanager
def _terminal_as_it_was() -> Iterator[None]:
    """Take the terminal back from a shell that was killed, and give it its settings again."""
    saved = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # which stops who does this from behind
        with suppress(OSError, termios.error):  # the terminal is gone
            os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)


def _say(line: str) -> None:
    with suppress(OSError):  # the terminal is gone
        sys.stderr.write(f"try: {line}\n")


if __name__ == "__main__":
    sys.exit(main())
