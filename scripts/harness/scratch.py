"""A scratch folder with an emulated API for the real CLI; at its end all of it is gone."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from keywordsai_dynamic.emulator import Emulator, running_emulator

ROOT = Path(__file__).resolve().parents[2]


class Scratch(NamedTuple):
    """The folder, the variables that a person would export, and the whole environment."""

    folder: Path
    settings: dict[str, str]
    env: dict[str, str]
    emulator: Emulator


@contextmanager
def scratch(purpose: str, engine: Path) -> Iterator[Scratch]:
    """Make a folder for `purpose`, and have nothing left of it, not even a process."""
    prefix = f"keywordsai-{purpose}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as made, running_emulator() as emulator:
        folder = Path(made)
        (folder / "state").mkdir()
        settings = {
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": purpose,
            "KEYWORDSAI_BASE_URL": emulator.url,
            "KEYWORDSAI_API_KEY": emulator.api_key,
        }
        try:
            yield Scratch(folder, settings, _environment(folder, engine) | settings, emulator)
        finally:
            _end_all(folder)


def _environment(folder: Path, engine: Path) -> dict[str, str]:
    outside = ("PULUMI_", "KEYWORDSAI_", "RESPAN_")
    kept = {
        name: value
        for name, value in os.environ.items()
        # Every request goes to loopback, which no proxy reaches.
        if not name.startswith(outside) and not name.lower().endswith("_proxy")
    }
    return {
        **kept,
        "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), str(engine), kept["PATH"]]),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def _end_all(folder: Path) -> None:
    """Kill what was told of the folder, until nothing new appears: a dying one may start another.

    A job of a shell, and a plugin of the CLI, have process groups of their own.
    """
    killed: set[int] = set()
    while left := {pid for pid, env in environments() if str(folder) in env} - killed:
        for pid in left:
            with suppress(OSError):  # it ended meanwhile
                os.kill(pid, signal.SIGKILL)
        killed |= left


def environments() -> Iterator[tuple[int, str]]:
    """Return the id and the environment of every process that we may look at."""
    if not Path("/proc/self").exists():
        ps = ["ps", "-AEww", "-o", "pid=,command="]
        for line in subprocess.check_output(ps, text=True).splitlines():  # noqa: S603  (fixed)
            pid, _, rest = line.strip().partition(" ")
            yield int(pid), rest
        return
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it ended meanwhile, or is not ours
            yield int(file.parent.name), file.read_text(errors="replace")
