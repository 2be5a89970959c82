"""What LiteLLM says of a model, in a `config.yaml` and in its price map alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..catalog.foreign_names import is_price, prices_per_token, same_fields
from ..core.formatting import format_number
from .entries import Entry

PRICES = prices_per_token("LiteLLM")
SAME = same_fields("LiteLLM")
TEXT_MODES = {"chat", "completion", "responses"}
"""The kinds of models that are priced by text tokens."""

_ABOVE = re.compile(r"(\w+?)_above_(\d+)(k?)_tokens")


def read_facts(facts: Mapping[str, Any], entry: Entry) -> None:
    """Read prices, limits and capabilities; what a catalog cannot hold is left out, and noted."""
    mode = facts.get("mode")
    if mode is not None and str(mode) not in TEXT_MODES:
        entry.left_out = f"mode {mode}"
        return
    for key, value in facts.items():
        if key in PRICES:
            entry.price(PRICES[key], value, key)
        elif key in SAME:
            entry.state(SAME[key], value, key)
        elif value is not None and key != "mode":
            entry.dropped.append(str(key))
    entry.left_out = _tiers(facts)
    if not entry.left_out and not entry.has_price and any(map(is_price, _others(facts))):
        entry.left_out = "not priced by the token"


def _others(facts: Mapping[str, Any]) -> list[str]:
    return [str(key) for key, value in facts.items() if value and key not in PRICES]


def _tiers(facts: Mapping[str, Any]) -> str:
    """Say from which length of prompts other prices apply; nothing if there are none."""
    if facts.get("tiered_pricing"):
        return "prices that depend on the length of the prompt"
    for key, value in facts.items():
        above = _ABOVE.fullmatch(str(key))
        if above and above[1] in PRICES and value is not None and value != facts.get(above[1]):
            tokens = int(above[2]) * (1_000 if above[3] else 1)
            return f"another price for prompts above {format_number(tokens)} tokens"
    return ""
