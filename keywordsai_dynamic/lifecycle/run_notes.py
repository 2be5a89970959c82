"""What the program and the provider's processes of one run tell each other, in a file of their own.

The engine does not call `check` for what `--target` and `--exclude` leave out, nor for what
`--continue-on-error` skips. So a provider's process does not hear that the program still declares
the model whose old resource it is asked to delete, and neither does the process of another explicit
provider. The program notes what it declares, each provider's process what it has checked; all of
them find the file by the engine's address, which is one text for all processes of a run.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .deletion import Noted

_KEYS = {*Noted._fields, "declared", "checked", "transformed"}
_STALE = 24 * 60 * 60
"""Seconds after which notes are those of a run that is over."""


class RunNotes:
    """The notes of the run whose engine listens at `address`; each is one line of JSON."""

    def __init__(self, address: str) -> None:
        name = f"{re.sub(r'[^0-9A-Za-z.]', '-', address)}-{_listener(address)}.jsonl"
        self._paths = [folder / name for folder in _folders()]
        self._read: tuple[int, list[Noted]] = (0, [])

    def begin(self) -> None:
        """Make the file, in the first folder that is the user's alone; raises OSError for none."""
        problem: OSError = FileNotFoundError("no folder for temporary files")
        for path in self._paths:
            try:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _require_private(path.parent)
                _forget_old_runs(path.parent)
                self._append(path, {}, os.O_CREAT)
            except OSError as error:
                problem = error
            else:
                return
        raise problem

    @property
    def exist(self) -> bool:
        """Return whether a program has begun any: none does in a preview."""
        return any(path.exists() for path in self._paths)

    def add(self, **note: object) -> None:
        """Add a note; where no program has begun any, there is nobody to read it."""
        for path in self._paths:
            with contextlib.suppress(OSError):
                _require_private(path.parent)
                self._append(path, note)
                return

    def read(self) -> list[Noted]:
        """Return what was noted of each resource; nothing where no program runs (`destroy`)."""
        lines = self._lines()
        if len(lines) != self._read[0]:
            self._read = (len(lines), _noted(map(_note_in, lines)))
        return self._read[1]

    def _lines(self) -> list[str]:
        for path in self._paths:
            with contextlib.suppress(OSError):
                _require_private(path.parent)
                return path.read_text().splitlines()
        return []

    def _append(self, path: Path, note: Mapping[str, object], flags: int = 0) -> None:
        flags |= os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(path, flags, 0o600)
        try:
            os.write(file, json.dumps(note).encode() + b"\n")
        finally:
            os.close(file)


def _note_in(line: str) -> dict[str, Any]:
    """Read a note; what cannot be read is one of a resource of which nothing is known."""
    try:
        note = json.loads(line)
    except ValueError:
        note = None
    if not isinstance(note, dict):
        return {"declared": line, "resource": "?"}
    return {key: note[key] for key in note if key in _KEYS}


def _noted(notes: Iterable[dict[str, Any]]) -> list[Noted]:
    declared: dict[str, dict[str, Any]] = {}
    checked: dict[str, dict[str, Any]] = {}
    for note in notes:
        if "declared" in note:
            declared.setdefault(note.pop("declared"), {}).update(note)
        elif "checked" in note:
            checked[note.pop("checked")] = note
    return [_resource(one, checked.get(one.get("urn", ""))) for one in declared.values()]


def _resource(declared: dict[str, Any], checked: dict[str, Any] | None) -> Noted:
    """Put together what is noted of a resource; a transform may have changed what was declared."""
    if declared.pop("transformed", False) and checked is None:
        declared |= {"model_name": None, "provider": "?"}
    return Noted(**declared | (checked or {}))


def _folders() -> list[Path]:
    """Name the folders to try; the same ones whatever TMPDIR says in one of the processes."""
    user = str(os.getuid()) if hasattr(os, "getuid") else ""
    parents = dict.fromkeys([Path("/tmp"), Path(tempfile.gettempdir())])  # noqa: S108  (made private)
    return [parent / f"keywordsai-dynamic-{user}" for parent in parents if parent.is_dir()]


def _require_private(folder: Path) -> None:
    status = folder.lstat()
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    if hasattr(os, "getuid") and not (private and status.st_uid == os.getuid()):
        raise PermissionError(f"{folder} is not a folder of this user alone")


def _forget_old_runs(folder: Path) -> None:
    for notes in folder.glob("*.jsonl"):
        with contextlib.suppress(OSError):
            if notes.stat().st_mtime < time.time() - _STALE:
                notes.unlink()


def _listener(address: str) -> str:
    """Return the inode of the socket that listens at an address of IPv4; "" where none can be told.

    A later run may get the same port. Where there is no /proc, notes of such a run are only told
    from older ones by their age.
    """
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError, ValueError):
        number = "".join(f"{int(part):02X}" for part in reversed(host.split(".")))
        wanted = f"{number}:{int(port):04X}"
        for line in Path("/proc/net/tcp").read_text().splitlines():
            _, local, _, state, *rest = line.split()
            if (local, state) == (wanted, "0A"):
                return rest[5]
    return ""
