"""What this process notes of the program for the processes of other providers (`run_notes`).

A Python program with the dynamic provider begins the notes itself, and notes everything that it
declares. Here nobody but the plugins sees what is declared, and only what the engine checks: the
first process that checks a resource begins the notes, in previews too, because the protocol does
not say which check belongs to one. Where a run leaves resources out, that is noted too.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from ..core.kinds import MODEL, PROVIDER, ResourceKind
from ..lifecycle import this_run
from ..lifecycle.run import Run

_LEFT_OUT = "This run may delete a model or provider that another explicit provider declares."


class ProgramNotes:
    """The notes of one run; nothing is noted where there is no engine.

    `leaves_resources_out` and `continues_on_error` return which options the CLI has.
    """

    def __init__(
        self,
        run: Run,
        leaves_resources_out: Callable[[], bool] = this_run.leaves_resources_out,
        continues_on_error: Callable[[], bool] = this_run.continues_on_error,
    ) -> None:
        self._run = run
        self._leaves_resources_out = leaves_resources_out
        self._continues_on_error = continues_on_error
        self._begun = run.log.address is None
        self._lock = Lock()

    def add(self, kind: ResourceKind, urn: str, name: str | None, *, owns: bool = True) -> None:
        """Note a resource that the program declares, or only reads, under a name if it is known."""
        self._begin()
        resource = urn.split("::", 3)[-1]
        self._run.notes.add(
            declared=urn, urn=urn, resource=resource, kind=kind.noun, name=name, owns=owns
        )

    def add_failure(self) -> None:
        """Note that a call has failed, so that the run may leave resources out."""
        if self._continues_on_error():
            self._begin()
            self._add_left_out()

    def before_a_delete(self) -> None:
        """Note that resources are left out, if nothing was checked before."""
        self._begin()

    def _begin(self) -> None:
        with self._lock:  # until the notes exist: what is added before that is lost
            if self._begun:
                return
            self._begun = True
            try:
                self._run.notes.begin()
            except OSError as error:
                self._run.log.warning(f"Cannot write the notes of this run ({error}). {_LEFT_OUT}")
            if self._leaves_resources_out():
                self._add_left_out()

    def _add_left_out(self) -> None:
        """Note that resources exist of which nothing is known."""
        for kind in (MODEL, PROVIDER):
            self._run.notes.add(
                declared=f"left out {kind.noun}", resource="", kind=kind.noun, provider="?"
            )
