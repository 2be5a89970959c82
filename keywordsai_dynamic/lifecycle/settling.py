"""Waiting until it is known what else this run declares, before a set deletes what it dropped.

The engine deletes a resource at the end of a run, when everything was checked. A set deletes in its
update, when resources may still be on their way that declare the same models.
"""

from __future__ import annotations

from collections.abc import Collection

from .run import Run
from .skipping import everything_noted

_LOOK = 0.1
"""Seconds between two looks at what is known."""

_QUIET = 1.0
"""Seconds without a new note, after which no other resource is expected."""

_PATIENCE = 3.0
"""Seconds for which a name may stay unknown: one that depends on the set itself always does."""


def settle(run: Run, names: Collection[str]) -> None:
    """Wait a moment, unless all of these models are known to be declared elsewhere."""
    noted, now = everything_noted(run), run.client.now
    quiet_since, patience_ends, end = now, now + _PATIENCE, run.call_ends()
    while not {one.name for one in noted}.issuperset(names) and now < end:
        is_known = all(one.name is not None for one in noted) or now >= patience_ends
        if is_known and now - quiet_since >= _QUIET:
            return
        run.client.sleep(_LOOK)
        before, noted, now = noted, everything_noted(run), run.client.now
        if noted != before:
            quiet_since = now
