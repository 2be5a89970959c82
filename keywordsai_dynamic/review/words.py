"""Numbers and changes in words, the same in every format."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import islice
from typing import Any

from ..core.fields import FIELDS, UNITS, Kind, names_of
from ..core.redaction import one_line
from ..lifecycle.comparison import plain

_MINUS = "\u2212"
_CENT = Decimal("0.01")
_NAMES = 3
_NAME = 100

LARGEST = Decimal("1e30")
"""Prices, counts and windows stay below it, so that no sum or product of theirs overflows."""

EXACT = Context(prec=200)
"""Doubles of 15 digits times token counts of 28: sums and products stay exact within this."""

_FLAGS = {field.name: field.sentences for field in FIELDS if field.kind is Kind.FLAG}
_NOUNS = {field.name: field.noun for field in FIELDS if field.noun}


def amount(value: Decimal) -> str:
    """Write a number in full, with thousands separators: 1,234.5."""
    return _without_zeros(f"{value:,f}")


def in_full(value: Decimal) -> str:
    """Write a number in full for a machine: 1234.5, never an exponent."""
    return _without_zeros(f"{value:f}")


def signed(value: Decimal) -> str:
    """Write a number with its sign: +0.5, or 0 without one."""
    return _sign(value) + amount(abs(value))


def percent(value: Decimal) -> str:
    """Write a percentage with its sign and at most one decimal, more only below one percent."""
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP, EXACT) if abs(value) >= 1 else value
    return f"{_sign(value)}{amount(abs(rounded))}%"


def money(value: Decimal) -> str:
    """Write an effect on the bill in USD, to the cent; what is less than a cent says so."""
    if value and abs(value) < _CENT:
        return f"{_sign(value)}<$0.01"
    return f"{_sign(value)}${abs(value).quantize(_CENT, ROUND_HALF_UP, EXACT):,f}"


def number(value: object) -> Decimal | None:
    """Read a number, or one in a text; None for what is none, or too large or fine to count."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        read = Decimal(str(value))
    except (ArithmeticError, ValueError):
        return None
    sized = not read or 1 / LARGEST < abs(read) < LARGEST
    return read if read.is_finite() and sized else None


def count(number: int, noun: str) -> str:
    """Write how many there are: 1 model, 2 models."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed_names(names: Collection[str]) -> str:
    """Write the first names of several, and how many more there are."""
    shown = [shortened(one_line(name), _NAME) for name in islice(names, _NAMES)]
    more = len(names) - len(shown)
    return f"{', '.join(shown)} and {more:,} more" if more else ", ".join(shown)


def shortened(text: str, length: int) -> str:
    """Cut a text that is longer, with an ellipsis in place of the rest."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sign(value: Decimal) -> str:
    return "" if not value else "+" if value > 0 else _MINUS


def said(field: str, old: Any, new: Any) -> str:  # noqa: ANN401  (a field's value)
    """Say the change of a field that is no price."""
    noun = _NOUNS.get(field, field)
    if new is None:
        return f"{noun} {plain(old)} is no longer declared and keeps its live value"
    if old == new:
        return f"{said(field, None, new)}, as before"
    if field in _SENTENCES:
        return _SENTENCES[field](field, old, new)
    return f"{noun} {plain(new)}" if old is None else f"{noun} {plain(old)} → {plain(new)}"


def said_hidden(field: str, reason: str) -> str:
    """Say that a field changes whose value is not known."""
    return f"{_NOUNS.get(field, field)} changes ({reason})"


def _flag(field: str, old: object, new: object) -> str:
    yes, no = _FLAGS[field]
    if old is None:
        return yes if new else no
    return f"now {yes}" if new else f"{no} any more"


def _count(field: str, old: Any, new: Any) -> str:  # noqa: ANN401  (as above)
    noun, unit = _NOUNS.get(field, field), UNITS[Kind.COUNT]
    after = number(new)
    if old is None and after is not None:
        return f"{noun} {amount(after)} {unit}"
    before = number(old)
    if after is None or before is None:  # a service may answer anything
        return f"{noun} {plain(old)} → {plain(new)} {unit}"
    change = f" ({percent((after - before) * 100 / before)})" if before else ""
    return f"{noun} {amount(before)} → {amount(after)} {unit}{change}"


def _params(_: str, old: Any, new: Any) -> str:  # noqa: ANN401  (as above)
    before, after = ({} if not isinstance(params, dict) else params for params in (old, new))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return f"Playground parameters change: {', '.join(names)}"


_SENTENCES: dict[str, Callable[[str, Any, Any], str]] = {
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(names_of(Kind.COUNT), _count),
    **dict.fromkeys(names_of(Kind.PARAMS), _params),
}
