"""Numbers, prices and counts as every command and message writes them, and read back.

What machines read (JSON, CSV, generated code) is `plain`: exact, without separators.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import islice

from .names import COUNT_FIELDS, PRICE_FIELDS
from .redaction import one_line

Number = Decimal | int | float

LARGEST = Decimal("1e30")
"""Prices, counts and windows stay below it, so that no sum or product of them overflows."""

EXACT = Context(prec=200)
"""Doubles of 15 digits times token counts of 28: sums and products stay exact within this."""

_MINUS = "\u2212"
_CENT = Decimal("0.01")
_GROUPED = frozenset({*PRICE_FIELDS, *COUNT_FIELDS})
_WITH_SEPARATORS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_NAMES = 3
_NAME = 100


def plain(value: object) -> str:
    """Write a value in full: numbers without exponent, separators or trailing zeros; None as null.

    Text stays verbatim.
    """
    if value is None:
        return "null"
    if isinstance(value, bool) or not isinstance(value, Number):
        return str(value)
    return _without_zeros(f"{_exact(value):f}")


def format_number(value: Number) -> str:
    """Write a number in full, with thousands separators: 1,234.5."""
    return _without_zeros(f"{_exact(value):,f}")


def format_price(value: Number) -> str:
    """Write a price in USD per million tokens: 1,234.5."""
    return format_number(value)


def format_cents(value: Number) -> str:
    """Write a price as price lists and code do, exactly: 2.50, 0.075, and 0 for free."""
    whole, _, cents = plain(value).partition(".")
    return f"{whole}.{cents:0<2}" if value else "0"


def format_field(field: str, value: object) -> str:
    """Write a field's value: prices and token counts with separators, ids and text verbatim."""
    number = isinstance(value, Number) and not isinstance(value, bool)
    return format_number(value) if number and field in _GROUPED else plain(value)  # type: ignore[arg-type]  # a Number


def plain_field(field: str, written: str) -> str:
    """Undo what `format_field` does to a value: 1,234.5 of a price is 1234.5."""
    grouped = field in _GROUPED and _WITH_SEPARATORS.fullmatch(written)
    return written.replace(",", "") if grouped else written


def format_difference(value: Decimal) -> str:
    """Write a difference with its sign: +0.5, or 0 without one."""
    return _sign(value) + format_number(abs(value))


def format_percent(value: Decimal) -> str:
    """Write a percentage with its sign: +20%, or with a minus sign (U+2212).

    It has at most one decimal; below one percent two, or the first digit that is not 0.
    """
    finest = -1 if abs(value) >= 1 else min(-2, value.adjusted())
    rounded = value.quantize(Decimal(1).scaleb(finest), ROUND_HALF_UP, EXACT)
    return f"{_sign(value)}{format_number(abs(rounded))}%"


def format_monthly_change(value: Decimal) -> str:
    """Write an effect on the bill in USD a month, to the cent; less than a cent is `<$0.01`."""
    return f"{format_dollars_change(value)} a month"


def format_dollars_change(value: Decimal) -> str:
    """Write a difference in USD with its sign, to the cent: +$310.00."""
    return f"{_sign(value)}{format_dollars(abs(value))}"


def format_dollars(value: Decimal) -> str:
    """Write an amount of 0 or more in USD, to the cent; less than a cent is `<$0.01`."""
    cents = value.quantize(_CENT, ROUND_HALF_UP, EXACT)
    return "<$0.01" if value and value < _CENT else f"${cents:,f}"


def format_count(number: int, noun: str) -> str:
    """Write how many there are: 1 model, 2 models."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def format_names(names: Collection[str]) -> str:
    """Write the first three names, and how many more there are."""
    shown = [shorten(one_line(name), _NAME) for name in islice(names, _NAMES)]
    more = len(names) - len(shown)
    return f"{', '.join(shown)} and {more:,} more" if more else ", ".join(shown)


def shorten(text: str, length: int) -> str:
    """Cut a text that is longer than `length` characters; an ellipsis replaces the rest."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def parse_number(value: object) -> Decimal | None:
    """Read a number, or text that holds one; None for anything else and beyond LARGEST."""
    if isinstance(value, bool) or not isinstance(value, Number | str):
        return None
    try:
        read = Decimal(str(value))
    except (ArithmeticError, ValueError):
        return None
    if not read.is_finite():
        return None
    return read if not read or 1 / LARGEST < abs(read) < LARGEST else None


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sign(value: Decimal) -> str:
    return "" if not value else "+" if value > 0 else _MINUS
