"""What a preview notes for the update of the same `pulumi up`.

The program itself notes what it declares, but not in a preview, and not what it makes in an `apply`
before that is called: in an update, perhaps after a set has deleted what it dropped.
"""

from __future__ import annotations

from contextlib import suppress

from ..core.kinds import MODEL, MODEL_SET, ResourceKind
from ..lifecycle import this_run
from ..lifecycle.life import Wanted
from ..lifecycle.run import Run
from ..lifecycle.run_notes import RunNotes


def begin_previewed(run: Run) -> None:
    """Begin in the preview of a `pulumi up` the notes that its update reads.

    In an update, the program has begun notes of its own before it declared anything.
    """
    command = this_run.updating() if run.log.address else None
    if command:
        run.previewed = RunNotes(command)
        if not run.notes.exist:
            with suppress(OSError):  # without them, less is known
                run.previewed.begin()


def note_previewed(run: Run, kind: ResourceKind, wanted: Wanted) -> None:
    """Note what a preview checks; in an update, the program notes that it is declared."""
    urn = wanted.urn
    if run.previewed is None or urn is None or run.notes.exist:
        return
    names = wanted.names
    run.previewed.add(
        declared=urn,
        urn=urn,
        resource=urn.split("::", 3)[-1],
        kind=(MODEL if kind is MODEL_SET else kind).noun,
        **({} if names is None else {"names": names}),
    )
