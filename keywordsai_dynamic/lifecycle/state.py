"""What a stack's state holds of a model: the answered values, and hidden properties."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from math import isclose
from typing import Any

from ..core.formatting import plain
from ..core.names import (
    ANSWERED,
    API_FIELDS,
    CUSTOM_PROVIDER_FIELDS,
    DECLARED,
    NEVER_ANSWERED,
    NOT_SENT,
    READ_ONLY,
    SECRET_FIELDS,
)
from ..core.redaction import storable
from .comparison import (
    Difference,
    Service,
    answer_of,
    differences,
    fields_of,
    may_be_rounded,
    nulls_of,
    rounded,
    values_of,
)

_compact = json.JSONEncoder(separators=(",", ":")).encode


def outputs(
    declared: Mapping[str, Any], last_known: Mapping[str, Any], model: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the outputs for a model object that the API returned.

    Each declared field is an output with its answered value. `__declared` holds the declared values
    that differ from the answered ones, if any do. `__answered` holds the other answered fields as
    one JSON string, because the engine and the SDK spend time on each value of each resource at
    every preview. A field that the answer lacks keeps its `last_known` value; a null has no output.
    The custom provider has the one of its two names that is declared.
    """
    known = dict(declared) | answered_in(last_known) | answer_of(model) | read_only(model)
    for field in nulls_of(model):
        known.pop(field, None)
    named = [field for field in CUSTOM_PROVIDER_FIELDS if field in declared] or ["provider_id"]
    for field in set(CUSTOM_PROVIDER_FIELDS) - set(named):
        known.pop(field, None)
    own = {"model_name", *declared}
    fields = {field: known[field] for field in API_FIELDS if field in own and field in known}
    otherwise = {
        field: declared[field]
        for field in API_FIELDS
        if declared.get(field) not in (None, fields.get(field))
    }
    rest = {
        name: known[name] for name in (*API_FIELDS, *READ_ONLY) if name in known and name not in own
    }
    differing = {DECLARED: otherwise} if otherwise else {}
    return fields | differing | {ANSWERED: _compact(rest)}


def read_only(model: Mapping[str, Any]) -> dict[str, Any]:
    provider = model.get("provider")
    values = {
        "model_id": model.get("id"),
        "affiliation_category": model.get("affiliation_category"),
        "source": model.get("source"),
        "provider_name": provider.get("provider_name") if isinstance(provider, Mapping) else None,
    }
    return {name: storable(value) for name, value in values.items() if value is not None}


def answered_in(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answered fields, declared or not, from the outputs in a state."""
    undeclared: dict[str, Any] = json.loads(props.get(ANSWERED, "{}"))
    return undeclared | fields_of(props)


def repeating_a_secret(outs: Mapping[str, Any], secret: Collection[str]) -> frozenset[str]:
    """Return the undeclared answered fields that repeat the value of a `secret` field of `outs`.

    For the custom provider the API returns more than the declared value, so that any may.
    """
    undeclared: Mapping[str, Any] = json.loads(outs[ANSWERED])
    if not set(CUSTOM_PROVIDER_FIELDS).isdisjoint(secret):
        return frozenset(undeclared)
    known = {**undeclared, **outs, **outs.get(DECLARED, {})}
    values = [known.get(name) for name in secret]
    return frozenset(
        name for name, value in undeclared.items() if name in secret or repeats(value, values)
    )


def secret_outputs(outs: Mapping[str, Any], secret: Collection[str]) -> frozenset[str]:
    """Return the hidden outputs that repeat values of `secret` fields under other names.

    `__declared` is always one, because no provider learns what a transform makes secret.
    """
    repeating = {ANSWERED} if repeating_a_secret(outs, secret) else set[str]()
    return frozenset(({DECLARED} & outs.keys()) | repeating)


def repeats(value: object, secret: object) -> bool:
    """Return whether a value is or contains any value that `secret` is or contains."""
    if isinstance(value, Mapping | list | tuple):
        items = value.values() if isinstance(value, Mapping) else value
        return any(repeats(item, secret) for item in items)
    if isinstance(secret, Mapping | list | tuple):
        items = secret.values() if isinstance(secret, Mapping) else secret
        return any(repeats(value, item) for item in items)
    if secret in (None, "", 0, 1):  # every model has flags, and free prices
        return False
    if isinstance(value, int | float) and isinstance(secret, int | float):
        return isclose(value, secret, rel_tol=1e-9)
    return plain(secret).casefold() in plain(value).casefold()


def declared_in(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared fields from the outputs in a state."""
    return {**fields_of(props), **props.get(DECLARED, {})}


def readable(declared: Mapping[str, Any]) -> set[str]:
    """Return the declared fields that the API returns."""
    return set(declared) - NEVER_ANSWERED - NOT_SENT - {"model_name"}


def drift(props: Mapping[str, Any], model: Mapping[str, Any], service: Service) -> list[Difference]:
    """Return every declared field that has drifted, with its last and its live value.

    Drift is live ≠ answered: the outputs in `props` hold the last answer. A field that had a value
    and is null now has drifted, and so has one that was null and now has a value other than the
    declared one.
    """
    live = values_of(model)
    declared = declared_in(props)
    last = declared | fields_of(props)
    fields = [field for field in API_FIELDS if field in readable(declared)]
    return [
        row if row.field in props else row._replace(before=None)
        for row in differences(fields, last, live, service)
        if not rounded(row.field, row.before, row.after, service)
        and (row.field in props or row.after is not None)
    ]


def unasked(
    declared: Mapping[str, Any],
    stored: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    service: Service,
) -> list[Difference]:
    """Return the undeclared fields that a write has changed.

    `before` and `after` are model objects from the API; fields that `before` lacks come from the
    outputs in `stored`. An upsert may reset the fields that it leaves out: no page of the API says
    that it does not.
    """
    fields = [field for field in API_FIELDS if field not in {*declared, *CUSTOM_PROVIDER_FIELDS}]
    if not set(CUSTOM_PROVIDER_FIELDS) & set(declared):
        fields.append("provider_id")
    old, new = values_of(before), values_of(after)
    old = answered_in(stored) | old
    return [
        row
        for row in differences(fields, old, new, service)
        if row.before is not None and not may_be_rounded(row.field, row.after, row.before)
    ]


def passthrough_inputs(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that are not API fields but are also outputs."""
    return {name: props[name] for name in (*NOT_SENT, SECRET_FIELDS) if name in props}
