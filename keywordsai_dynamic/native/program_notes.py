"""What this process notes of the program for the processes of other providers (`run_notes`).

A Python program with the dynamic provider begins the notes itself. Here nobody but the plugins
sees what is declared: the first process that checks a resource begins them, in previews too,
because the protocol does not say which check belongs to one.
"""

from __future__ import annotations

from threading import Lock

from ..core.kinds import ResourceKind
from ..lifecycle.run import Run

_LEFT_OUT = "This run may delete a model or provider that another explicit provider declares."


class ProgramNotes:
    """The notes of one run; nothing is noted where there is no engine."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._begun = run.log.address is None
        self._lock = Lock()

    def add(self, kind: ResourceKind, urn: str, name: str | None, *, owns: bool = True) -> None:
        """Note a resource that the program declares, or only reads, under a name if it is known."""
        with self._lock:
            if not self._begun:
                self._begun = True
                self._begin()
        resource = urn.split("::", 3)[-1]
        self._run.notes.add(
            declared=urn, urn=urn, resource=resource, kind=kind.noun, name=name, owns=owns
        )

    def _begin(self) -> None:
        try:
            self._run.notes.begin()
        except OSError as error:
            self._run.log.warning(f"Cannot write the notes of this run ({error}). {_LEFT_OUT}")
