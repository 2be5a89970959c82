"""Waiting until it is known what else this run declares, before a set deletes what it dropped.

The engine deletes a resource at the end of a run, when everything was checked. A set deletes in its
update, when resources may still be on their way that declare the same models.
"""

from __future__ import annotations

from collections.abc import Collection

from .deletion import Noted
from .run import Run
from .skipping import everything_noted

_LOOK = 0.1
"""Seconds between two looks at what is known."""

_QUIET = 1.0
"""Seconds without a new note, after which no other resource is expected."""

_PATIENCE = 3.0
"""Seconds for which a name, or whose account it is in, may stay unknown: both do where a resource
depends on the set itself."""


def settle(run: Run, names: Collection[str]) -> None:
    """Wait a moment, unless all of these models are known to be declared elsewhere."""
    noted, now = everything_noted(run), run.client.now
    quiet_since, patience_ends, end = now, now + _PATIENCE, run.call_ends()
    while not (owned := _owned(noted, run.account)).issuperset(names) and now < end:
        is_known = all(one.name in owned for one in noted if one.name in {None, *names})
        if (is_known or now >= patience_ends) and now - quiet_since >= _QUIET:
            return
        run.client.sleep(_LOOK)
        before, noted, now = noted, everything_noted(run), run.client.now
        if noted != before:
            quiet_since = now


def _owned(noted: list[Noted], account: str) -> set[str | None]:
    """Return the names of which it is known whose account they are declared in.

    That is so once they are checked, and before that if their provider is known to be one of this
    account. Under another key, only a check tells whether the name was found existing, as it is
    where both keys belong to one organization.
    """
    ours = {one.provider for one in noted if one.account == account}
    return {one.name for one in noted if one.name and (one.account or one.provider in ours)}
