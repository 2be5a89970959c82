"""What the native plugin notes of a run before the engine goes on to any resource."""

from types import SimpleNamespace
from typing import Any

import pytest

from keywordsai_dynamic.native.program_notes import ProgramNotes


class Notes:
    """Notes in memory; what comes before their beginning is lost, as in a missing file."""

    def __init__(self) -> None:
        self.exist = False
        self.kept: list[dict[str, object]] = []

    def begin(self) -> None:
        """Create the file."""
        self.exist = True

    def add(self, **note: object) -> None:
        """Add a note, if there is a file."""
        if self.exist:
            self.kept.append(note)


LEFT_OUT = [
    {"declared": f"left out {noun}", "resource": "", "kind": noun, "provider": "?"}
    for noun in ("model", "provider")
]


@pytest.mark.parametrize(
    ("address", "partial", "begun", "kept"),
    [
        ("127.0.0.1:1", True, True, LEFT_OUT),
        ("127.0.0.1:1", False, True, []),
        (None, True, False, []),
    ],
)
def test_what_is_noted_before_any_resource(
    address: str | None,
    partial: bool,
    begun: bool,
    kept: list[dict[str, object]],
) -> None:
    """That the run leaves out resources of which nothing is known; nothing without an engine."""
    notes = Notes()
    run: Any = SimpleNamespace(notes=notes, log=SimpleNamespace(address=address))
    ProgramNotes(run, lambda: partial, lambda: False, lambda: None).begin()
    assert (notes.exist, notes.kept) == (begun, kept)
