"""A live model as the functions return it: camelCase, and values of the schema's types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from ..core.camel_case import camel_case
from ..core.fields import FIELDS, Kind
from ..core.names import LISTED_FIELDS
from ..lifecycle.comparison import answer_of
from ..lifecycle.ownership import is_built_in
from ..lifecycle.state import read_only


def live_model(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model object of the API with its prices in USD per million tokens.

    What is null is left out.
    """
    answer = answer_of(model)
    values = {name: answer[name] for name in LISTED_FIELDS if name in answer} | read_only(model)
    known = {camel_case(name): value for name, value in typed(values).items()}
    return known | {"builtIn": is_built_in(model)}


def typed(answered: Mapping[str, Any]) -> dict[str, Any]:
    """Return answered values of a model, by field, as their types in the schema.

    A value that its type cannot hold is left out, because generated SDKs fail at it.
    """
    values = {name: _READERS.get(_KINDS.get(name), _text)(answered[name]) for name in answered}
    return {name: value for name, value in values.items() if value is not None}


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return value


def _whole_number(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and float(number).is_integer() else None


def _flag(value: object) -> bool | None:
    return bool(value) if value in (0, 1) else None


_KINDS = {field.name: field.kind for field in FIELDS}
_READERS: dict[Kind | None, Callable[[object], object]] = {
    Kind.PRICE: _number,
    Kind.COUNT: _whole_number,
    Kind.FLAG: _flag,
}
"""How the values of a kind are read; any other is text."""
