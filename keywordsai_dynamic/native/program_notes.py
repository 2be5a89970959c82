"""What this process notes of the program for the processes of other providers (`run_notes`).

A Python program with the dynamic provider begins the notes itself, and notes everything that it
declares. Here nobody but the plugins sees what is declared, and only what the engine checks. So a
process begins the notes once it is configured, in previews too, because the protocol does not tell
which run is one, and notes where the run leaves resources out: perhaps the engine checks none, and
deletes in the process of a Python program's dynamic provider what the stack had before it moved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from ..core.kinds import MODEL, MODEL_SET, PROVIDER, ResourceKind
from ..lifecycle import this_run
from ..lifecycle.run import Run
from ..lifecycle.run_notes import RunNotes

_LEFT_OUT = "This run may delete a model or provider that another explicit provider declares."


class ProgramNotes:
    """The notes of one run; nothing is noted where there is no engine.

    `leaves_resources_out` and `continues_on_error` return which options the CLI has, and `updating`
    what identifies the `pulumi up`: its preview sees the whole program, which its update meets bit
    by bit, so that what was previewed is noted under that.
    """

    def __init__(
        self,
        run: Run,
        leaves_resources_out: Callable[[], bool] = this_run.leaves_resources_out,
        continues_on_error: Callable[[], bool] = this_run.continues_on_error,
        updating: Callable[[], str | None] = this_run.updating,
    ) -> None:
        self._run = run
        self._leaves_resources_out = leaves_resources_out
        self._continues_on_error = continues_on_error
        self._updating = updating
        self._declared = set[str]()

    def begin(self) -> None:
        """Begin the notes; the engine configures a provider before it goes on to any resource."""
        if self._run.log.address is None:
            return
        try:
            self._run.notes.begin()
        except OSError as error:
            self._run.log.warning(f"Cannot write the notes of this run ({error}). {_LEFT_OUT}")
        if self._leaves_resources_out():
            self._add_left_out()
        command = self._updating()
        if command:
            self._run.previewed = RunNotes(command)
            with suppress(OSError):  # without them, a set waits a little longer
                self._run.previewed.begin()

    def add(
        self, kind: ResourceKind, urn: str, names: Sequence[str] | None, *, owns: bool = True
    ) -> None:
        """Note a resource that the program declares, or only reads, under names if they are known.

        A set of models has many.
        """
        if owns and kind is not PROVIDER:
            self._declared.update(names or ())
        resource = urn.split("::", 3)[-1]
        noun = MODEL.noun if kind is MODEL_SET else kind.noun
        known: dict[str, object] = {} if names is None else {"names": names}
        note = {"declared": urn, "urn": urn, "resource": resource, "kind": noun, "owns": owns}
        note["provider"] = str(self._run.process)  # whose account is known once it has checked
        self._run.notes.add(**note, **known)
        if self._run.previewed:
            self._run.previewed.add(**note, **known)

    def declares(self, model_name: str) -> bool:
        """Return whether the program has declared a model of this name, with this provider."""
        return model_name in self._declared

    def add_failure(self) -> None:
        """Note that a call has failed, so that the run may leave resources out."""
        if self._continues_on_error():
            self._add_left_out()

    def _add_left_out(self) -> None:
        """Note that resources exist of which nothing is known."""
        for kind in (MODEL, PROVIDER):
            self._run.notes.add(
                declared=f"left out {kind.noun}", resource="", kind=kind.noun, provider="?"
            )
