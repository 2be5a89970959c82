"""Values that are valid but look like a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .names import PRICE_FIELDS


class Problem(NamedTuple):
    """One thing wrong with one field, as a sentence without the value (which may be secret)."""

    field: str
    sentence: str


def implausible(declared: Mapping[str, Any]) -> list[Problem]:
    """Return a warning for each normalized value that is valid but looks like a mistake.

    A price above 0 and below 0.001, or above 1,000 USD per million tokens, was probably meant per
    token or per thousand tokens. Tokens read from the cache rarely cost more than fresh ones.
    """
    found = []
    for field in PRICE_FIELDS:
        cost = declared.get(field, 0)
        if 0 < cost < 0.001:
            found.append(Problem(field, "is below 0.001 USD per million tokens; is it per token?"))
        if cost > 1000:
            found.append(
                Problem(field, "is above 1,000 USD per million tokens; is the unit right?")
            )
    hit, fresh = declared.get("cache_hit_input_cost"), declared.get("input_cost")
    if hit is not None and fresh is not None and hit > fresh:
        found.append(
            Problem("cache_hit_input_cost", "is higher than input_cost; did you swap the two?")
        )
    return found
