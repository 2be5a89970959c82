"""Three values of a field held against each other: declared, answered, live.

*Declared* is what the program says, *answered* what the API said when it was last written or read,
*live* what it says now. The API may answer something else than was sent (its own example sends
provider `my-azure-provider` and is answered `my-custom-provider`), so drift is live ≠ answered,
never live ≠ declared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from math import isclose
from typing import Any, NamedTuple

from .names import API_FIELDS, CUSTOM_PROVIDER_FIELDS, NEVER_ANSWERED, NOT_SENT

_PLAINLY_ANSWERED = [
    field for field in API_FIELDS if field not in {*NEVER_ANSWERED, *CUSTOM_PROVIDER_FIELDS}
]


class Difference(NamedTuple):
    """One field with two values; `None` stands for none."""

    field: str
    before: Any
    after: Any


def fields_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the fields of the API, in the order of its page."""
    return {field: values[field] for field in API_FIELDS if field in values}


def answer_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Read the fields out of a model object as the API answers it.

    A key that is missing or null is no information and is left out: newer generations of the API
    drop fields. Of `provider` only the id is read, because the object can hold credentials.
    """
    answer = {
        field: value for field in _PLAINLY_ANSWERED if (value := model.get(field)) is not None
    }
    provider = model.get("provider")
    provider_id = provider.get("provider_id") if isinstance(provider, Mapping) else None
    if provider_id is not None:
        answer |= dict.fromkeys(CUSTOM_PROVIDER_FIELDS, provider_id)
    return answer


def same(field: str, one: object, other: object) -> bool:
    """Tell whether two values of a field mean the same to the API.

    Numbers may differ in the last digits (a server rounds), ids may be number or text, and a base
    may have got its vendor's prefix (`gpt-4o` is answered `openai/gpt-4o`).
    """
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if field in CUSTOM_PROVIDER_FIELDS:
        return plain(one) == plain(other)
    if field == "base_model_name" and isinstance(one, str) and isinstance(other, str):
        return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")
    return one == other


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Name the fields of the API that two declarations have differently, dropped ones included."""
    fields = [field for field in API_FIELDS if old.get(field) != new.get(field)]
    return [field for field in fields if field not in NOT_SENT]


def differences(
    fields: Iterable[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    """List those of `fields` that are known on both sides and do not mean the same."""
    return [
        Difference(field, before[field], after[field])
        for field in fields
        if field in before and field in after and not same(field, before[field], after[field])
    ]


def comparable(declared: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
    """Name the declared fields that the live answer can be held against.

    A custom provider declared by its number is answered by its text id, so it cannot be compared.
    """
    return [
        field
        for field in declared
        if field in live
        and field != "model_name"
        and not (field in CUSTOM_PROVIDER_FIELDS and isinstance(declared[field], int))
    ]


def table(rows: Iterable[Difference], before: str, after: str, secret: Collection[str] = ()) -> str:
    """Write differences for people, a line each; values of `secret` fields are not shown."""
    lines = [
        (row.field, "[secret]", "[secret]")
        if row.field in secret
        else (row.field, plain(row.before), plain(row.after))
        for row in rows
    ]
    widths = [max((len(line[column]) for line in lines), default=0) for column in (0, 1)]
    return "\n".join(
        f"  {field:<{widths[0]}}  {before} {old:<{widths[1]}} → {after} {new}"
        for field, old, new in lines
    )


def plain(value: object) -> str:
    """Write a value for people: numbers without exponent or trailing zeros, text as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return format(Decimal(repr(value)).normalize(), "f")
