"""What a step does to one model, given what it declares, what the run knows, and what is live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .comparison import changed
from .declaration import Declaration
from .looking import Live
from .ownership import (
    Decision,
    decide_again,
    decide_create,
    decide_replacement,
    decide_update,
    has_every_value,
)
from .run import Run
from .state import declared_in


def to_create(run: Run, wanted: Declaration, live: Live) -> Decision:
    """Decide what a create does; a name that the state holds is replaced."""
    ledger, declared = run.ledger, wanted.declared
    name, service = declared["model_name"], run.inventory.service
    stored = ledger.stored(name)
    if stored is None or live is None:
        return decide_create(
            declared,
            live,
            wording=run.wording,
            service=service,
            unknown=wanted.unknown,
            secret=wanted.secret,
            urn=wanted.urn or ledger.urn(name),
        )
    secret = wanted.hiding(stored).secret
    return decide_replacement(
        stored, declared, live, wording=run.wording, service=service, secret=secret
    )


def to_create_again(run: Run, wanted: Declaration, live: Live) -> Decision:
    """Decide what a create does after a try of its own that may have taken effect."""
    service = run.inventory.service
    return decide_again(
        wanted.declared, live, wording=run.wording, service=service, secret=wanted.secret
    )


def to_update(
    run: Run, stored: Mapping[str, Any], wanted: Declaration, live: Live, *, resumes: bool = False
) -> Decision:
    """Decide what an update does; one that has gone is created again.

    `resumes` means that an earlier update may have been cut off: a model that has every declared
    value already is left alone.
    """
    declared, service = wanted.declared, run.inventory.service
    if live is None:
        name = declared["model_name"]
        return Decision("create", f"{name} no longer exists and is recreated")
    decision = decide_update(
        stored,
        declared,
        live,
        wording=run.wording,
        service=service,
        touched=changed(declared_in(stored), declared),
        secret=wanted.secret,
    )
    if resumes and decision == Decision("overwrite") and has_every_value(declared, live, service):
        return Decision("adopt", write=False)
    return decision
