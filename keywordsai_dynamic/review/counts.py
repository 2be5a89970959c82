"""How many tokens: what a count in a usage file may look like."""

from __future__ import annotations

import re
from decimal import Decimal

from ..core.formatting import EXACT, LARGEST, shorten

_SHOWN = 200
_LONGEST = 50
_MAGNITUDES = {"": 0, "K": 3, "M": 6, "B": 9, "T": 12}
_COUNT = re.compile(
    r"((?:0|[1-9][0-9]{0,2}(?:_[0-9]{3})+|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?)"
    r"\s*([KMBT]?)"
)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}([.,][0-9]{3})+")
_LIKE = "write one like 900000000 or 900M"


def tokens(value: object) -> Decimal:
    """Read a whole number of tokens; raises ValueError with what is wrong and what to write."""
    if value is None:
        raise ValueError(f"is empty; {_LIKE}, or remove it.")
    text = str(value).strip() if isinstance(value, str | int | Decimal) else ""
    shown = shorten(repr(value) if isinstance(value, str) else text, _SHOWN)
    if _THOUSANDS.fullmatch(text):
        raise ValueError(f"{shown} {_separated(text)}.")
    match = _COUNT.fullmatch(text) if len(text) <= _LONGEST else None
    count = EXACT.scaleb(Decimal(match[1]), _MAGNITUDES[match[2]]) if match else LARGEST
    if count >= LARGEST:
        raise ValueError(f"{shown or 'this value'} is not a number of tokens; {_LIKE}.")
    if count != count.to_integral_value():
        meant = f"; did you mean {text}M?" if re.fullmatch(r"[0-9]{1,3}\.[0-9]+", text) else "."
        raise ValueError(f"{shown} is not a whole number of tokens{meant}")
    return count


def _separated(text: str) -> str:
    """Describe what to write for a number whose groups may be thousands or a fraction."""
    first, *rest = re.split("[.,]", text)
    if rest == ["000"]:
        return f"could mean {first} or {first} thousand; write {first} or {first}K"
    return f"has separators between its digits; write {''.join((first, *rest))}"
