"""What other tools call a model's prices and limits, and which of our fields means the same.

People copy prices together with their field names. A field that merely looks like one of ours may
hold another kind of price, or one in another unit: off by a factor of a million.

The names are those of LiteLLM (`ModelInfoBase` in litellm/types/utils.py), OpenRouter (GET
/api/v1/models), Langfuse (POST /api/public/models) and genai-prices, in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches

from ..core.fields import FIELDS
from ..core.names import PRICE_FIELDS

_PER_TOKEN = " for a price in USD per token; here, use {}: {{per_token: …}}"  # noqa: S105  # no password
_PER_UNIT = " for a price in USD per unit, usually a token; here, use {}: {{per_token: …}}"
_PER_MILLION = " for a price in USD per million tokens; here, use {}"
_SAME = "; here, use {}"
_NONE = " for {}; a Keywords AI model has no such field"
_ELSEWHERE = "; here, {}"

_ONE_BY_ONE = "write each field separately, under its Keywords AI name"
_NAMES = {
    "LiteLLM's": {
        _PER_TOKEN: {
            "input_cost_per_token": "input_cost",
            "output_cost_per_token": "output_cost",
            "cache_read_input_token_cost": "cache_hit_input_cost",
            "input_cost_per_token_cache_hit": "cache_hit_input_cost",
            "cache_creation_input_token_cost": "cache_creation_input_cost",
        },
        _SAME: {
            "max_input_tokens": "max_context_window",
            "supports_native_streaming": "streaming_support",
            "supports_function_calling": "function_call",
            "supports_vision": "image_support",
        },
        _NONE: {
            "max_tokens": "the limit on output tokens",
            "max_output_tokens": "the limit on output tokens",
            "mode": "the kind of model",
            "tpm": "a limit on tokens per minute",
            "rpm": "a limit on requests per minute",
            "tiered_pricing": "prices that depend on the length of the prompt",
        },
        _ELSEWHERE: {
            "litellm_provider": "the vendor follows from base_model_name",
            "litellm_params": _ONE_BY_ONE,
            "model_info": _ONE_BY_ONE,
        },
    },
    "OpenRouter's": {
        _PER_TOKEN: {
            "prompt": "input_cost",
            "completion": "output_cost",
            "input_cache_read": "cache_hit_input_cost",
            "input_cache_write": "cache_creation_input_cost",
        },
        _SAME: {"context_length": "max_context_window"},
        _NONE: {
            "image": "a price per image",
            "image_token": "a price per image token",
            "image_output": "a price per image",
            "audio": "a price per audio token",
            "audio_output": "a price per audio token",
            "request": "a price per request",
            "web_search": "a price per search",
            "internal_reasoning": "a price per reasoning token",
            "max_completion_tokens": "the limit on output tokens",
            "per_request_limits": "limits per request",
        },
        _ELSEWHERE: {"pricing": _ONE_BY_ONE, "top_provider": _ONE_BY_ONE},
    },
    "Langfuse's": {
        _PER_UNIT: {
            "input_price": "input_cost",
            "output_price": "output_cost",
            "total_price": "both input_cost and output_cost",
        },
        _NONE: {
            "match_pattern": "a pattern of model names",
            "start_date": "the day on which a price takes effect",
            "tokenizer_id": "a tokenizer",
            "tokenizer_config": "the settings of a tokenizer",
        },
        _ELSEWHERE: {
            "unit": "each price has its own unit, as in {per_token: …}",
            "model_name": "the key above is the name",
            "prices": _ONE_BY_ONE,
            "pricing_tiers": _ONE_BY_ONE,
        },
    },
    "genai-prices'": {
        _PER_MILLION: {field.list_price: field.name for field in FIELDS if field.list_price},
        _SAME: {"context_window": "max_context_window"},
    },
}

# Families of names, too many to list. Names above take precedence; then the first match counts.
_FAMILIES = (
    (
        r"((in|out)put_cost_per_token|cache_\w+_token_cost)_(above|batches|flex|priority|ultrafast)\w*",
        "LiteLLM's",
        "a price for certain requests only",
    ),
    # Not per thousand or million tokens: other tools have such names, and we have such prices.
    (
        r"(\w+_)?cost_per_(?P<unit>(?!token|million|thousand|\d|[km](?:_|tok|$))\w+)",
        "LiteLLM's",
        "a price per {}",
    ),
    (r"cache_\w+_(?P<unit>audio|image)_token_cost", "LiteLLM's", "a price per {} token"),
    (r"supports_(?!streaming|images?$|tools?$|functions?$)\w+", "LiteLLM's", "a capability"),
    (r"\w+_(mtok|kcount)", "genai-prices'", "a price"),
)

_SURE = 2
"""How many letters off a name may be to still be taken for that price."""


def prices_per_token(tool: str) -> Mapping[str, str]:
    """Return our cost for each name that a tool, like LiteLLM, has for a price per token."""
    return _NAMES[f"{tool}'s"][_PER_TOKEN]


def prices_per_unit(tool: str) -> Mapping[str, Sequence[str]]:
    """Return our costs for each name that a tool has for a price per unit, usually a token."""
    named = _NAMES[f"{tool}'s"][_PER_UNIT]
    return {name: re.findall(r"\w+_cost", fields) for name, fields in named.items()}


def same_fields(tool: str) -> Mapping[str, str]:
    """Return our field for each other name of a tool that means the same."""
    return _NAMES[f"{tool}'s"][_SAME]


def is_price(name: str) -> bool:
    """Return whether a field of another tool seems to hold a price."""
    return re.search(r"cost|price|pricing|_mtok", name, re.IGNORECASE) is not None


def explain(name: str, known: Iterable[str]) -> str:
    """Explain an unknown field: which tool calls it that, or which `known` field was meant.

    A price is suggested only if nothing else can be meant.
    """
    plain = in_snake_case(name.rpartition(".")[2])
    return _whose(plain) or f"is not a field of a custom model{_hint(plain, list(known))}"


def _whose(name: str) -> str | None:
    for tool, kinds in _NAMES.items():
        for sentence, names in kinds.items():
            if name in names:
                return f"is {tool} name{sentence.format(names[name])}"
    for family, tool, what in _FAMILIES:
        if found := re.fullmatch(family, name, re.ASCII):
            unit = (found.groupdict().get("unit") or "").replace("_", " ")
            return f"is {tool} name{_NONE.format(what.format(unit))}"
    return None


def _hint(name: str, known: list[str]) -> str:
    near = "".join(get_close_matches(name, known, n=1))
    of_money = near in {*PRICE_FIELDS, "list_price"} or "cost" in name or "price" in name
    if of_money and _letters_off(name, near) > _SURE:
        return f"; the prices are {', '.join(PRICE_FIELDS)}, in USD per million tokens"
    return f"; did you mean {near}?" if near else ""


def _letters_off(one: str, other: str) -> int:
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for step, a, b, c, d in steps if step != "equal")


def in_snake_case(name: str) -> str:
    """Write `inputPrice` and `input-price` as `input_price`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
