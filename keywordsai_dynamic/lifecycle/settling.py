"""Waiting until it is known what else this run declares, before a set deletes what it dropped.

The engine deletes a resource at the end of a run, when everything was checked. A set deletes in its
update, when resources may still be on their way that declare the same models.
"""

from __future__ import annotations

from collections.abc import Collection

from .run import Run

_LOOK = 0.05
"""Seconds between two looks at what is known."""

_PATIENCE = 2.0
"""Seconds for which names may stay unknown; one that depends on the set itself always does."""


def settle(run: Run, names: Collection[str]) -> None:
    """Wait a moment while a resource of this run may declare one of these models."""
    end = run.client.now + _PATIENCE
    while run.client.now < end and _may_be_declared(run, names):
        run.client.sleep(_LOOK)


def _may_be_declared(run: Run, names: Collection[str]) -> bool:
    noted = run.notes.read()
    known = {one.name for one in noted}
    return None in known and not known.issuperset(names)
