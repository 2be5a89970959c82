"""What the native plugin notes of a run: everything that it checks, from any thread."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from keywordsai_dynamic.core.kinds import MODEL
from keywordsai_dynamic.native.program_notes import ProgramNotes


class SlowNotes:
    """Notes whose file takes a moment to begin; what comes before is lost, as in a missing file."""

    def __init__(self) -> None:
        self.exist = False
        self.kept: list[str] = []

    def begin(self) -> None:
        """Create the file."""
        time.sleep(0.2)
        self.exist = True

    def add(self, *, declared: str, **_: object) -> None:
        """Add a note, if there is a file."""
        if self.exist:
            self.kept.append(declared)


def test_no_note_is_lost_while_another_thread_begins_them() -> None:
    """The engine checks resources at the same time, and any of them may be the first."""
    notes = SlowNotes()
    run: Any = SimpleNamespace(
        notes=notes, log=SimpleNamespace(address="127.0.0.1:1"), previewed=None
    )
    program = ProgramNotes(run, lambda: False, lambda: False, lambda: None)
    urns = [f"urn:pulumi:dev::shop::{MODEL.native_type}::m{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda urn: program.add(MODEL, urn, ["acme/m"]), urns))
    assert sorted(notes.kept) == urns
