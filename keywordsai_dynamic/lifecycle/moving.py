"""What becomes of a resource that one adapter takes over from another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..core.kinds import PROVIDER, ResourceKind
from ..core.names import CUSTOM_PROVIDER_FIELDS, SECRET_FIELDS, URN
from .declaration import Declaration
from .provider_parts import parts_of, secret_among
from .provider_state import secret_outputs as secret_of_a_provider
from .results import Outputs
from .run import Run
from .state import secret_outputs as secret_of_a_model


def without_value(
    kind: ResourceKind, before: Mapping[str, Any], given: Collection[str]
) -> list[str]:
    """Return the fields that were declared `before` and that a program gives no value now.

    For want of a property's new name in the state, the engine takes what `ignoreChanges` names out
    of the program. Of the two names of a custom provider, either one is a value for both.
    """
    valued = {*given}
    if valued & {*CUSTOM_PROVIDER_FIELDS}:
        valued.update(CUSTOM_PROVIDER_FIELDS)
    return [name for name in kind.fields if name in before and name not in valued]


def stays(field: str) -> str:
    """Return what a program is told of a field without a value."""
    return f"no value for {field}, so it stays as it was before the move"


def kept(
    run: Run, stored: Mapping[str, Any], inputs: Mapping[str, Any], wanted: Declaration
) -> Outputs:
    """Return what the state will hold of one that nothing else changes, and nothing is sent for.

    That is what it held, and what steers its declaration now.
    """
    kind, secret = wanted.kind, wanted.hiding(stored).secret
    values = {name: value for name, value in stored.items() if name not in kind.not_sent}
    values |= {name: inputs[name] for name in kind.not_sent if name in inputs}
    if secret:
        values[SECRET_FIELDS] = sorted(secret)
    if urn := wanted.urn or run.ledgers[kind.noun].urn(stored[kind.id_field]):
        values[URN] = urn
    if kind is PROVIDER:
        inside = secret_among(parts_of(wanted.declared), secret)
        return Outputs(values, secret_of_a_provider(values), inside)
    return Outputs(values, secret_of_a_model(values, secret))
