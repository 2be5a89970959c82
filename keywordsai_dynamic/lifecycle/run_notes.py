"""A file in which the program and the provider processes of one run share what they know.

The engine does not call `check` for resources that `--target` or `--exclude` leaves out, or that
`--continue-on-error` skips. So a provider process that must delete an old resource does not learn
that the program still declares its model, and neither does the process of another explicit
provider. The program notes what it declares, and each provider process what it has checked, and
what it deletes. They find the file by the engine's address, which is the same string in all
processes of a run.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from .deletion import Noted

_KEYS = {*Noted._fields, "names", "declared", "checked", "transformed", "deletes", "ended"}
_STALE = 24 * 60 * 60
"""Seconds after which notes belong to a run that is over."""

_LINE = 150
"""Bytes of a line of /proc/net/tcp."""


class Gathered:
    """What the notes of a run say together, as far as they are read."""

    def __init__(self) -> None:
        self._declared: dict[str, dict[str, Any]] = {}
        self._checked: dict[str, dict[str, Any]] = {}
        self._deletes: dict[tuple[str, str], dict[int, bool]] = {}
        self._noted: list[Noted] | None = None

    def take(self, line: str) -> None:
        """Read one more note; an unreadable one counts as a resource of which nothing is known."""
        note = _note_in(line)
        if "deletes" in note:
            processes = self._deletes.setdefault((note["kind"], note["deletes"]), {})
            processes[note["process"]] = note["ended"]
        elif "declared" in note:
            self._noted = None
            self._declared.setdefault(note.pop("declared"), {}).update(note)
        elif "checked" in note:
            self._noted = None
            self._checked[note.pop("checked")] = note

    @property
    def noted(self) -> list[Noted]:
        """What is noted of each resource."""
        if self._noted is None:
            checked, declared = self._checked, self._declared.values()
            self._noted = [
                each
                for one in declared
                for each in _resource({**one}, checked.get(one.get("urn", "")))
            ]
        return self._noted

    def deletes(self, name: str, kind: str) -> Mapping[int, bool]:
        """Return the processes that delete a name, and whether they have ended."""
        return {**self._deletes.get((kind, name), {})}


class RunNotes:
    """The notes of the run whose engine listens at `address`; each is one line of JSON."""

    def __init__(self, address: str) -> None:
        name = f"{re.sub(r'[^0-9A-Za-z.]', '-', address)}-{_listener(address)}.jsonl"
        self._paths = [folder / name for folder in _folders()]
        self._gathered, self._offset = Gathered(), 0
        self._lock = Lock()

    def begin(self) -> None:
        """Create the file in the first private folder; raises OSError where there is none."""
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
        """Return whether a program has begun notes, which none does in a preview."""
        return any(path.exists() for path in self._paths)

    def add(self, **note: object) -> None:
        """Add a note; without a file that a program has begun, nothing is written."""
        for path in self._paths:
            with contextlib.suppress(OSError):
                _require_private(path.parent)
                self._append(path, note)
                return

    def read(self) -> list[Noted]:
        """Return what is noted of each resource; nothing where no program runs (`destroy`)."""
        with self._lock:
            self._catch_up()
            return self._gathered.noted

    def deletes(self, name: str, kind: str) -> Mapping[int, bool]:
        """Return the processes that have begun to delete a name, and whether they have ended."""
        with self._lock:
            self._catch_up()
            return self._gathered.deletes(name, kind)

    def _catch_up(self) -> None:
        """Read what has been noted since the last time."""
        for path in self._paths:
            with contextlib.suppress(OSError):
                _require_private(path.parent)
                with path.open("rb") as file:
                    file.seek(self._offset)
                    new, _, _ = file.read().rpartition(b"\n")
                for line in new.splitlines():
                    self._gathered.take(line.decode(errors="replace"))
                self._offset += len(new) + 1 if new else 0
                return

    def _append(self, path: Path, note: Mapping[str, object], flags: int = 0) -> None:
        flags |= os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(path, flags, 0o600)
        try:
            os.write(file, json.dumps(note).encode() + b"\n")
        finally:
            os.close(file)


def _note_in(line: str) -> dict[str, Any]:
    """Return a note; an unreadable line counts as a resource of which nothing is known."""
    try:
        note = json.loads(line)
    except ValueError:
        note = None
    if not isinstance(note, dict):
        return {"declared": line, "resource": "?"}
    return {key: note[key] for key in note if key in _KEYS}


def _resource(declared: dict[str, Any], checked: dict[str, Any] | None) -> list[Noted]:
    """Combine the notes of a resource; a transform may have changed what was declared.

    A set of models has `names`, and counts as a resource for each.
    """
    if declared.pop("transformed", False) and checked is None:
        declared |= {"name": None, "names": None, "provider": "?"}
    facts = declared | (checked or {})
    names = facts.pop("names", None)
    return [Noted(**facts)] if names is None else [Noted(**facts | {"name": n}) for n in names]


def _folders() -> list[Path]:
    """Return the folders to try, which do not depend on the TMPDIR of one process."""
    user = str(os.getuid()) if hasattr(os, "getuid") else ""
    parents = dict.fromkeys([Path("/tmp"), Path(tempfile.gettempdir())])  # noqa: S108  (made private)
    return [parent / f"keywordsai-dynamic-{user}" for parent in parents if parent.is_dir()]


def _require_private(folder: Path) -> None:
    status = folder.lstat()
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    if hasattr(os, "getuid") and not (private and status.st_uid == os.getuid()):
        raise PermissionError(f"{folder} is not private to this user")


def _forget_old_runs(folder: Path) -> None:
    oldest = time.time() - _STALE
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.name.endswith(".jsonl") and entry.stat().st_mtime < oldest:
                    Path(entry).unlink()


def _listener(address: str) -> str:
    """Return the inode of the socket that listens at an IPv4 address; "" where it is not known.

    A later run may get the same port. Without /proc, only their age tells the notes of two such
    runs apart.
    """
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError, ValueError):
        number = "".join(f"{int(part):02X}" for part in reversed(host.split(".")))
        wanted = f"{number}:{int(port):04X}".encode()
        # Listeners come first. Linux searches a large table for what follows (milliseconds), and
        # fills a buffer as far as it goes, so that lines are read one by one.
        with Path("/proc/net/tcp").open("rb", buffering=_LINE) as lines:
            for line in lines:
                _, local, _, state, *rest = line.split()
                if (local, state) == (wanted, b"0A"):
                    return rest[5].decode()
    return ""
