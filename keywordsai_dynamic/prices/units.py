"""Prices in the unit they are quoted in, converted exactly into USD per million tokens."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation

from ..core.errors import DeclarationError
from ..core.schema import EXACT_DIGITS, is_ambiguous

Amount = Decimal | str | int | float

UNITS = {"per_token": 1_000_000, "per_1k": 1_000, "per_million": 1}
"""Units, with the factor from USD per unit to USD per million tokens."""

# An amount with more digits than this is a mistake: it is refused, not rounded.
_EXACTLY = Context(prec=60, traps=[Inexact, InvalidOperation])


def per_token(amount: Amount) -> Decimal:
    """Convert USD per token into USD per million tokens: "0.0000025" is 2.5."""
    return in_millions("per_token", amount)


def per_1k(amount: Amount) -> Decimal:
    """Convert USD per thousand tokens into USD per million tokens: "0.0025" is 2.5."""
    return in_millions("per_1k", amount)


def per_million(amount: Amount) -> Decimal:
    """Return a price in USD per million tokens, the unit of every cost, as a Decimal."""
    return in_millions("per_million", amount)


def in_millions(unit: str, amount: object) -> Decimal:
    """Convert an amount in USD per `unit`, one of UNITS, into USD per million tokens.

    Raises DeclarationError for anything but a finite number. A float is read at its 15 significant
    digits, as everywhere in this package; strings and Decimals are read in full.
    """
    mistake = DeclarationError(f"{unit} must be a number of USD, or a string like '0.0025'")
    wrong = isinstance(amount, bool) or is_ambiguous(amount)
    if wrong or not isinstance(amount, Decimal | str | int | float):
        raise mistake
    try:
        exact = f"{amount:.{EXACT_DIGITS}g}" if isinstance(amount, float) else amount
        cost = _EXACTLY.multiply(Decimal(exact), Decimal(UNITS[unit]))
    except (InvalidOperation, Inexact):
        raise mistake from None
    if not cost.is_finite():
        raise DeclarationError(f"{unit} must be a finite number of USD")
    return cost


def cost_of(value: object) -> object:
    """Read a cost as written in a catalog: `{per_1k: 0.0025}`, or a value that is returned as is.

    Raises DeclarationError for a map that is not exactly one unit with its amount.
    """
    if not isinstance(value, Mapping):
        return value
    if len(value) != 1 or (unit := next(iter(value))) not in UNITS:
        raise DeclarationError("must be a number, or one unit with its amount: " + ", ".join(UNITS))
    return in_millions(unit, value[unit])
