"""What is allowed in a declaration and yet looks like a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .names import PRICE_FIELDS


class Problem(NamedTuple):
    """One thing wrong with one field, as a sentence without the value (which may be secret)."""

    field: str
    sentence: str


def doubts(declared: Mapping[str, Any]) -> list[Problem]:
    """Name what is allowed and yet looks like a mistake; wants normalised values.

    A price above 0 and below 0.001, or above 1,000 USD per million tokens, is most often one per
    token or per thousand; a token read from the cache that costs more than a fresh one is rare.
    """
    found = []
    for field in PRICE_FIELDS:
        cost = declared.get(field, 0)
        if 0 < cost < 0.001:
            found.append(Problem(field, "is below 0.001 USD per million tokens: is it per token?"))
        if cost > 1000:
            found.append(Problem(field, "is above 1,000 USD per million tokens: right unit?"))
    hit, fresh = declared.get("cache_hit_input_cost"), declared.get("input_cost")
    if hit is not None and fresh is not None and hit > fresh:
        found.append(Problem("cache_hit_input_cost", "is above input_cost: are they swapped?"))
    return found
