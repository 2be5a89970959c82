"""Rules that stop a merge, as text: `increase>20%`, `monthly>500`, `delete`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from ..core.errors import KeywordsAIError

RULES = {
    "increase": "increase>20%",
    "decrease": "decrease>20%",
    "price": "price>200",
    "monthly": "monthly>500",
    "zero-price": "zero-price",
    "below-list": "below-list>20%",
    "above-list": "above-list>20%",
    "delete": "delete",
    "replace": "replace",
    "overwrite": "overwrite",
    "drift": "drift",
    "unit": "unit",
    "unknown": "unknown",
}
"""Every rule by its name, with an example that shows whether it has a limit, and in what unit."""

_RULE = re.compile(r"([a-z-]+)(?:>(\d+(?:\.\d+)?)(%?))?", re.ASCII)
_DOWNWARD = frozenset({"decrease", "below-list"})


class Rule(NamedTuple):
    """A rule: its text without spaces, and its parts.

    `limit` is in percent, in USD a month, or in USD per million tokens; 0 where the rule has none.
    """

    text: str
    name: str
    limit: Decimal


def parse_rule(text: str) -> Rule:
    """Read a rule; raises KeywordsAIError, which lists the rules there are."""
    compact = re.sub(r"\s+", "", text)
    rule = _RULE.fullmatch(compact)
    example = _RULE.fullmatch(RULES.get(rule[1], "")) if rule else None
    if rule is None or example is None or not _has_limit_like(rule, example):
        raise KeywordsAIError(f"{text!r} is not a rule; known rules: {', '.join(RULES.values())}.")
    limit = Decimal(rule[2] or 0)
    if rule[1] in _DOWNWARD and limit >= 100:
        raise KeywordsAIError(
            f"{compact} would never find anything: a price cannot be more than 100% lower."
        )
    return Rule(compact, rule[1], limit)


def _has_limit_like(rule: re.Match[str], example: re.Match[str]) -> bool:
    """Return whether a rule has a limit where its example has one, in the same unit."""
    return (rule[2] is None, rule[3]) == (example[2] is None, example[3])
