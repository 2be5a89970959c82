"""Three values of a field held against each other: declared, answered, live.

*Declared* is what the program says, *answered* what the API said when it was last written or read,
*live* what it says now. The API may answer something else than was sent (its own example sends
provider `my-azure-provider` and is answered `my-custom-provider`), so drift is live ≠ answered,
never live ≠ declared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from math import isclose, isfinite
from typing import Any, NamedTuple

from ..core.names import (
    API_FIELDS,
    COUNT_FIELDS,
    CUSTOM_PROVIDER_FIELDS,
    FLAG_FIELDS,
    NEVER_ANSWERED,
    NOT_SENT,
    PRICE_FIELDS,
)
from ..core.redaction import one_line, redact, storable

_PLAINLY_ANSWERED = [
    field for field in API_FIELDS if field not in {*NEVER_ANSWERED, *CUSTOM_PROVIDER_FIELDS}
]


_ENOUGH_PRICES = 20
"""Prices that a list must show before the number of their decimals means anything."""

_LONGEST_SHOWN = 200
"""Characters of a value in a table; whoever writes a longer one wants to push the rest away."""

_CENTS = 2
"""Decimals that every price list has: whole prices alone are no rounding."""

_NUMBERS = frozenset({*PRICE_FIELDS, *COUNT_FIELDS, *FLAG_FIELDS})


class Difference(NamedTuple):
    """One field with two values; `None` is what the API writes as null."""

    field: str
    before: Any
    after: Any


def _no_model_is_built_in(_name: str) -> bool:
    return False


class Service(NamedTuple):
    """What must be known of a service to tell two of its values apart.

    `built_in` tells whether a name is that of a built-in model. `decimals` is the most that any
    price in its list has: where a service rounds in what it reads back, that is where.
    """

    built_in: Callable[[str], bool] = _no_model_is_built_in
    decimals: int | None = None


def fields_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the fields of the API, in the order of its page."""
    return {field: values[field] for field in API_FIELDS if field in values}


def answer_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Read the fields out of a model object as the API answers it.

    A key that is missing or null is no information and is left out: newer generations of the API
    drop fields. Of `provider` only the id is read, because the object can hold credentials.
    """
    answer = {
        field: _number(value) if field in _NUMBERS else storable(value)
        for field in _PLAINLY_ANSWERED
        if (value := model.get(field)) is not None
    }
    provider = model.get("provider")
    provider_id = provider.get("provider_id") if isinstance(provider, Mapping) else None
    if provider_id is not None:
        answer |= dict.fromkeys(CUSTOM_PROVIDER_FIELDS, storable(provider_id))
    return answer


def nulls_of(model: Mapping[str, Any]) -> dict[str, None]:
    """Pick the fields that a model object has as null: each of them is set to nothing.

    `provider` is left out: older generations answer it as null where there is one.
    """
    return {field: None for field in _PLAINLY_ANSWERED if field in model and model[field] is None}


def values_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Read all that a model object says of its fields, null included."""
    return answer_of(model) | nulls_of(model)


def _number(value: object) -> object:
    """Read a number that a service writes as text (`"2.5000000000"`), or a flag as a boolean."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    try:
        number = float(Decimal(value))
    except (InvalidOperation, ValueError):
        return value
    return int(number) if number.is_integer() else number if isfinite(number) else value


def same(field: str, one: object, other: object, service: Service = Service()) -> bool:  # noqa: B008  (immutable)
    """Return whether two values of a field mean the same to the API.

    Numbers may differ in the last digits (a server rounds), ids may be number or text, and the base
    may have got the vendor's prefix of a built-in model (`gpt-4o` is answered `openai/gpt-4o`).
    """
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if field in CUSTOM_PROVIDER_FIELDS:
        return plain(one) == plain(other)
    if field == "base_model_name" and isinstance(one, str) and isinstance(other, str):
        short, full = sorted((one, other), key=len)
        return short == full or (full.endswith(f"/{short}") and service.built_in(full))
    return one == other


def rounded(field: str, exact: object, read: object, service: Service) -> bool:
    """Return whether `read` is what a service that rounds its reads makes of the price `exact`."""
    if field not in PRICE_FIELDS or service.decimals is None:
        return False
    return _is_rounding(exact, read, max(service.decimals, _CENTS))


def may_be_rounded(field: str, exact: object, read: object) -> bool:
    """Return whether `read` is the price `exact` rounded or cut off, to cents or finer."""
    if field not in PRICE_FIELDS or not isinstance(read, int | float) or same(field, exact, read):
        return False
    return _is_rounding(exact, read, max(min(_decimals(read), 6), _CENTS), 0.999)


def _is_rounding(exact: object, read: object, decimals: int, steps: float = 0.5) -> bool:
    if not isinstance(exact, int | float) or not isinstance(read, int | float):
        return False
    if not isfinite(exact) or not isfinite(read):
        return False
    step = Decimal(1).scaleb(-decimals)
    return abs(Decimal(repr(exact)) - Decimal(repr(read))) <= step * Decimal(steps)


def _decimals(price: float) -> int:
    text = repr(float(price))
    if "e" in text:
        return max(0, -int(Decimal(text).normalize().as_tuple().exponent))
    return len(text.partition(".")[2].rstrip("0"))


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Name the fields of the API that two declarations have differently, dropped ones included."""
    fields = [field for field in API_FIELDS if old.get(field) != new.get(field)]
    return [field for field in fields if field not in NOT_SENT]


def decimals_of(models: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the most decimals of any price in a list; None where too few are there to tell."""
    decimals = [
        _decimals(cost)
        for model in models
        for field in PRICE_FIELDS
        if isinstance(cost := _number(model.get(field)), int | float) and cost and isfinite(cost)
    ]
    return max(decimals) if len(decimals) >= _ENOUGH_PRICES else None


def differences(
    fields: Iterable[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    service: Service = Service(),  # noqa: B008  (immutable)
) -> list[Difference]:
    """List those of `fields` that are known on both sides and do not mean the same."""
    return [
        Difference(field, before[field], after[field])
        for field in fields
        if field in before
        and field in after
        and not same(field, before[field], after[field], service)
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
    """Write differences for people, a line each; values of `secret` fields are not shown.

    A live value is anybody's text: on a line of its own it would read like one of ours.
    """
    lines = [
        (row.field, "[secret]", "[secret]")
        if row.field in secret
        else (row.field, _cell(row.before), _cell(row.after))
        for row in rows
    ]
    widths = [max((len(line[column]) for line in lines), default=0) for column in (0, 1)]
    return "\n".join(
        f"  {field:<{widths[0]}}  {before} {old:<{widths[1]}} → {after} {new}"
        for field, old, new in lines
    )


def _cell(value: object) -> str:
    # Redacted before it is cut: the rest of a secret would not be found any more.
    text = one_line(redact(plain(value)))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def plain(value: object) -> str:
    """Write a value for people: numbers without exponent or trailing zeros, text as it is."""
    if value is None:
        return "null"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return format(Decimal(repr(value)).normalize(), "f")
