"""Compares the three values of a field: declared, answered, live.

*Declared* is what the program says, *answered* what the API returned at the last write or read,
*live* what it returns now. The API may return something else than was sent (its own example sends
provider `my-azure-provider` and returns `my-custom-provider`), so drift is live ≠ answered, never
live ≠ declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from math import isclose, isfinite
from typing import Any, NamedTuple

from ..core.formatting import plain
from ..core.names import (
    API_FIELDS,
    COUNT_FIELDS,
    CUSTOM_PROVIDER_FIELDS,
    FLAG_FIELDS,
    NEVER_ANSWERED,
    NOT_SENT,
    PRICE_FIELDS,
)
from ..core.redaction import storable

_PLAINLY_ANSWERED = [
    field for field in API_FIELDS if field not in {*NEVER_ANSWERED, *CUSTOM_PROVIDER_FIELDS}
]


_ENOUGH_PRICES = 20
"""Number of prices that a list needs before their decimals mean anything."""

_CENTS = 2
"""Decimals that every price list has: whole prices alone do not show rounding."""

_NUMBERS = frozenset({*PRICE_FIELDS, *COUNT_FIELDS, *FLAG_FIELDS})


class Difference(NamedTuple):
    """One field with two values; `None` stands for the API's null."""

    field: str
    before: Any
    after: Any


def _no_model_is_built_in(_name: str) -> bool:
    return False


class Service(NamedTuple):
    """What must be known of a service to compare two of its values.

    `built_in` returns whether a name is that of a built-in model. `decimals` is the most that any
    price in its list has: a service that rounds what it returns, rounds to these.
    """

    built_in: Callable[[str], bool] = _no_model_is_built_in
    decimals: int | None = None


def fields_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the API, in the order of its page."""
    return {field: values[field] for field in API_FIELDS if field in values}


def answer_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a model object that the API returned.

    A key that is missing or null is left out, because it says nothing: newer generations of the API
    drop fields. Of `provider` only the id is read, because the object can contain credentials.
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
    """Return the fields that are null in a model object, which means that they are not set.

    `provider` is left out: older generations return null even where there is one.
    """
    return {field: None for field in _PLAINLY_ANSWERED if field in model and model[field] is None}


def values_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a model object, including those that are null."""
    return answer_of(model) | nulls_of(model)


def _number(value: object) -> object:
    """Return a number that a service returns as text (`"2.5000000000"`) or as a boolean."""
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

    Numbers may differ in the last digits (a server rounds), ids may be numbers or strings, and the
    base may have gained a built-in model's vendor prefix (`gpt-4o` becomes `openai/gpt-4o`).
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
    """Return whether `read` is the price `exact` as this service rounds what it returns."""
    if field not in PRICE_FIELDS or service.decimals is None:
        return False
    return _is_rounding(exact, read, max(service.decimals, _CENTS))


def may_be_rounded(field: str, exact: object, read: object) -> bool:
    """Return whether `read` is the price `exact`, rounded or truncated to cents or finer."""
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


def identical(one: object, other: object) -> bool:
    """Return whether two values are the same JSON, where True is not 1, and 1.0 is."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(
            identical(item, other[name]) for name, item in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(identical, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the API fields in which two declarations differ, including dropped ones."""
    fields = [field for field in API_FIELDS if not identical(old.get(field), new.get(field))]
    return [field for field in fields if field not in NOT_SENT]


def decimals_of(models: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the most decimals of any price in a list; None where there are too few prices."""
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
    """Return those of `fields` that are known on both sides and do not mean the same."""
    return [
        Difference(field, before[field], after[field])
        for field in fields
        if field in before
        and field in after
        and not same(field, before[field], after[field], service)
    ]


def comparable(declared: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
    """Return the declared fields that can be compared with the live ones.

    A custom provider that is declared by its number cannot: the API returns its text id.
    """
    return [
        field
        for field in declared
        if field in live
        and field != "model_name"
        and not (field in CUSTOM_PROVIDER_FIELDS and isinstance(declared[field], int))
    ]
