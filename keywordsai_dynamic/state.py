"""What a stack's state holds of a model: the answered values, and hidden ones beside them.

Property names are for ever: state files of users hold them (DESIGN.md, "Names for ever").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .comparison import answer_of, differences
from .schema import API_FIELDS, CUSTOM_PROVIDER_FIELDS, NEVER_ANSWERED, NOT_SENT

TYPE = "pulumi-python:dynamic/keywordsai:CustomModel"
"""The type of the resource, as it stands in every URN."""

DECLARED = "__declared"
BASE_URL = "__base_url"
URN = "__urn"
SECRET_FIELDS = "__secret"  # noqa: S105  # the name of a property, not a password

READ_ONLY = ("model_id", "affiliation_category", "source", "provider_name")
"""Outputs that cannot be declared. Of `provider` only id and name: the rest can be credentials."""

_KEPT = (*NOT_SENT, SECRET_FIELDS)


def outputs(
    declared: Mapping[str, Any], last_known: Mapping[str, Any], model: Mapping[str, Any]
) -> dict[str, Any]:
    """Shape the outputs of a model object as the API answers it.

    A field that the answer leaves out keeps its `last_known` value. The custom provider stands
    under the one of its two names that is declared.
    """
    answer = answer_of(model)
    spoken_of = [field for field in CUSTOM_PROVIDER_FIELDS if field in declared] or ["provider_id"]
    unspoken = set(CUSTOM_PROVIDER_FIELDS) - set(spoken_of)
    known = {field: last_known[field] for field in API_FIELDS if field in last_known}
    provider = model.get("provider")
    read_only = {
        "model_id": model.get("id"),
        "affiliation_category": model.get("affiliation_category"),
        "source": model.get("source"),
        "provider_name": provider.get("provider_name") if isinstance(provider, Mapping) else None,
    }
    told = {name: value for name, value in read_only.items() if value is not None}
    fields = {field: value for field, value in (known | answer).items() if field not in unspoken}
    return fields | told | {DECLARED: {field: declared[field] for field in request_order(declared)}}


def request_order(declared: Mapping[str, Any]) -> list[str]:
    """Name the declared fields of the API, in the order of its page."""
    return [field for field in API_FIELDS if field in declared]


def declared_in(props: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was declared, out of the outputs that a state holds."""
    held = props.get(DECLARED, props)
    return {field: held[field] for field in API_FIELDS if field in held}


def readable(declared: Mapping[str, Any]) -> set[str]:
    """Name the declared fields that the API can be asked for."""
    return set(declared) - NEVER_ANSWERED - NOT_SENT - {"model_name"}


def with_drift(props: Mapping[str, Any], model: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was declared, with the live value wherever a declared field has drifted.

    Drift is live ≠ answered: the outputs in `props` hold what was answered last.
    """
    declared = declared_in(props)
    drifted = differences(readable(declared), props, answer_of(model))
    return declared | {row.field: row.after for row in drifted}


def kept(props: Mapping[str, Any]) -> dict[str, Any]:
    """Give the inputs that are no fields of the API and stand in the outputs all the same."""
    return {name: props[name] for name in _KEPT if name in props}
