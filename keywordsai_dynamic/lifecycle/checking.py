"""What a check does for every kind of resource: one owner for each name, and a look in previews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..core.errors import APIStatusError, ConfigurationError, DeclarationError, KeywordsAIError
from ..core.plausibility import Problem
from .another_host import elsewhere
from .declaration import Declaration
from .ownership import Decision
from .run import Run

_PREVIEW_DEADLINE = 15.0
"""Longest time that `check` spends on looking for what exists, in seconds."""


def claim(run: Run, stored: Mapping[str, Any], wanted: Declaration) -> list[Problem]:
    """Claim the name for this resource; a problem where another one declares it."""
    name, kind = wanted.name, wanted.kind
    if name is None:
        return []
    ledger = run.ledgers[kind.noun]
    other = ledger.claim(name, wanted.urn, in_state=stored.get(kind.id_field) == name)
    if other is not None:
        resource = other.rsplit("::", 1)[-1]
        sentence = f"is also declared by resource '{resource}'; only one resource can own a "
        return [Problem(kind.id_field, f"{sentence}{kind.noun}")]
    replaced = ledger.stored(name)
    sentence = elsewhere(run, name, replaced, kind) if replaced else ""
    return [Problem("", sentence)] if sentence else []


def look(
    run: Run,
    wanted: Declaration,
    decide: Callable[[float], tuple[Decision, bool]],
    announce: Callable[[Declaration, Decision], None] | None = None,
) -> tuple[list[Problem], bool]:
    """Announce in the preview what a create would adopt, overwrite or refuse.

    `decide` looks up within the seconds that it gets; it returns whether the name exists, too.
    Returns whether it may exist, after the problems; a problem with what does not exist is one of
    the service or its settings. `announce` is `run.announce` by default.
    """
    if wanted.name is None or wanted.kind.noun not in run.looks_up:
        return [], True
    try:
        if run.client.settings.api_key is None:
            run.disable_lookup("there is no API key")
            return [], True
        decision, exists = decide(_PREVIEW_DEADLINE)
    except KeywordsAIError as error:
        refused = isinstance(error, APIStatusError) and error.status_code in {401, 403}
        if refused or isinstance(error, ConfigurationError | DeclarationError):
            return [Problem("", str(error))], False
        run.disable_lookup(str(error), wanted.kind)
        return [], True
    if decision.action == "refuse":
        return [Problem("", decision.sentence)], True
    (announce or run.announce)(wanted, decision)
    return [], exists
