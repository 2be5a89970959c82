"""Whether a delete is sent: what this process has seen, then what the whole run has noted."""

from __future__ import annotations

from collections.abc import Callable

from ..core.kinds import MODEL, ResourceKind
from .deletion import Noted, current_urn, reason_to_keep
from .run import Run


def everything_noted(run: Run) -> list[Noted]:
    """Return what is noted of this run, and of its preview what this run has not reached."""
    noted = run.notes.read()
    before = run.previewed.read() if run.previewed else []
    reached = {one.urn for one in noted}
    return [*noted, *(one for one in before if one.urn not in reached)]


def reason_not_to_delete(
    run: Run,
    name: str,
    urn: str | None,
    *,
    kind: ResourceKind = MODEL,
    destroys: Callable[[], bool | None],
    rewritten: Callable[[], bool],
    dropped: bool = False,
) -> tuple[str | None, str | None]:
    """Return the program's URN of a resource, and why its delete must not be sent (None: send it).

    `urn` is what the engine calls the resource; `rewritten` returns whether the live values differ
    from what it last wrote. A model that a set has `dropped` is deleted before the whole program is
    known, so that what was previewed counts too.
    """
    noted, called = everything_noted(run) if dropped else run.notes.read(), urn
    urn = current_urn(called, noted)
    reason = run.ledgers[kind.noun].reason_to_skip_delete(name, urn)
    if reason is None and noted:
        reason = reason_to_keep(
            name,
            urn,
            noted,
            run.account,
            run.process,
            kind=kind,
            is_alias=urn != called,
            destroys=destroys(),
            rewritten=rewritten,
        )
    return urn, reason
