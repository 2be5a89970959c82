"""What LiteLLM says of a model, in a `config.yaml` and in its price map alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..catalog.foreign_names import is_price, prices_per_token, same_fields
from ..core.formatting import format_number
from .credentials import is_reference
from .entries import Entry, brief, other_output

PRICES = prices_per_token("LiteLLM")
SAME = same_fields("LiteLLM")
TEXT_MODES = {"chat", "completion", "responses"}
"""The kinds of models that are priced by text tokens."""

_REASONING = "output_cost_per_reasoning_token"
_ABOVE = re.compile(r"(\w+?)_above_(\d+)(k?)_tokens")


def read_facts(facts: Mapping[str, Any], entry: Entry) -> None:
    """Read prices, limits and capabilities; what a catalog cannot hold is left out, and noted."""
    mode = facts.get("mode")
    if mode is not None and str(mode) not in TEXT_MODES:
        entry.left_out = f"mode {brief(mode)}"
        return
    if any(is_reference(facts.get(key)) for key in PRICES):
        entry.left_out = "a price that comes from the environment"
        return
    for key, value in facts.items():
        if key in PRICES:
            entry.price(PRICES[key], value, key)
        elif key in SAME:
            entry.state(SAME[key], value, key)
        elif value is not None and key not in {"mode", _REASONING}:
            entry.dropped.append(str(key))
    entry.reasoning(facts.get(_REASONING), _REASONING)
    entry.left_out = other_output(facts.get("supported_output_modalities")) or _tiers(facts)
    costs = any(map(entry.fields.get, ("input_cost", "output_cost")))
    if not entry.left_out and not costs and any(map(is_price, _others(facts))):
        entry.left_out = "not priced by the token"


def _others(facts: Mapping[str, Any]) -> list[str]:
    return [str(key) for key, value in facts.items() if value and key not in PRICES]


def _tiers(facts: Mapping[str, Any]) -> str:
    """Say from which length of prompts other prices apply; nothing if there are none."""
    if facts.get("tiered_pricing"):
        return "prices that depend on the length of the prompt"
    if facts.get("off_peak_pricing"):
        return "prices that depend on the time"
    for key, value in facts.items():
        above = _ABOVE.fullmatch(str(key))
        if above and above[1] in PRICES and value is not None and value != facts.get(above[1]):
            tokens = int(above[2]) * (1_000 if above[3] else 1)
            return f"another price for prompts above {format_number(tokens)} tokens"
    return ""
