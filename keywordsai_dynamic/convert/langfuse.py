"""Langfuse's model definitions: GET /api/public/models, its list alone, or a single definition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from ..catalog.foreign_names import in_snake_case, prices_per_unit
from ..core.errors import DeclarationError
from ..prices.listing import today
from .entries import Entry, Problem, brief, map_in, maps_in, name_in

_BOTH = ("input_cost", "output_cost")
_USAGE = {
    "input": "input_cost",
    "input_tokens": "input_cost",
    "input_text": "input_cost",
    "prompt_tokens": "input_cost",
    "prompt_token_count": "input_cost",
    "promptTokenCount": "input_cost",
    "output": "output_cost",
    "output_tokens": "output_cost",
    "output_text": "output_cost",
    "completion_tokens": "output_cost",
    "candidates_token_count": "output_cost",
    "candidatesTokenCount": "output_cost",
    "input_cached_tokens": "cache_hit_input_cost",
    "input_cache_read": "cache_hit_input_cost",
    "cache_read_input_tokens": "cache_hit_input_cost",
    "cached_content_token_count": "cache_hit_input_cost",
    "input_cache_creation": "cache_creation_input_cost",
    "input_cache_creation_5m": "cache_creation_input_cost",
    "cache_creation_input_tokens": "cache_creation_input_cost",
}
"""Usage types of Langfuse's own definitions; each SDK reports tokens under its vendor's name."""

_LITERAL = re.compile(r"(?:\(\?i\))?\^?(\(?)((?:\\.|[^\\()|*+?\[\]{}^$])+)(\)?)\$?")
_NAMES = {"modelName", "matchPattern", "unit", "startDate", "prices", "pricingTiers"}
_FLAT = {"inputPrice", "outputPrice", "totalPrice"}  # what the API had before `prices`
_Rank = tuple[bool, bool, str]
_OF_LANGFUSE = {"id", "createdAt", "updatedAt", "isLangfuseManaged"}


def is_langfuse(content: object) -> bool:
    """Return whether a file's content has this shape."""
    return any(isinstance(each, Mapping) and "modelName" in each for each in _list(content))


def _list(content: object) -> list[Any]:
    if isinstance(content, Mapping) and "data" in content:
        content = content["data"]
    if isinstance(content, Mapping) and "modelName" in content:
        return [content]
    return content if isinstance(content, list) else []


def read_langfuse(content: object, file: str) -> Iterator[Entry]:
    """Read the definitions; raises DeclarationError for content of another shape."""
    found = _list(content)
    if not found and content not in ([], {"data": []}):
        raise DeclarationError(f"{file}: must be a list of Langfuse's model definitions")
    definitions: list[tuple[_Rank, Entry]] = []
    for number, definition in enumerate(maps_in(found, file, "models")):
        place = f"models[{number}]"
        entry = Entry(name_in(definition, "modelName", place, file), place)
        _read_name(definition, entry)
        _read_prices(definition, entry, today())
        others = definition.keys() - _NAMES - _FLAT - _OF_LANGFUSE
        entry.dropped += [str(key) for key in others if definition[key] is not None]
        definitions.append((_rank(definition), entry))
    _leave_out_replaced(definitions)
    yield from (entry for _, entry in definitions)


def _rank(definition: Mapping[str, Any]) -> _Rank:
    """Rank a definition as Langfuse does: one's own before its own, then the newest in effect."""
    start = _start(definition)
    in_effect = start[:10] <= today().isoformat()
    return in_effect, not definition.get("isLangfuseManaged"), start


def _start(definition: Mapping[str, Any]) -> str:
    return str(definition.get("startDate") or "")


def _leave_out_replaced(definitions: Sequence[tuple[_Rank, Entry]]) -> None:
    best: dict[str, _Rank] = {}
    for rank, entry in definitions:
        best[entry.name] = max(rank, best.get(entry.name, rank))
    for rank, entry in definitions:
        if rank < best[entry.name]:
            entry.left_out = entry.left_out or "a definition that another one of its name replaces"


def _read_name(definition: Mapping[str, Any], entry: Entry) -> None:
    """Name the model as its pattern does, because the pattern is what meets requests."""
    pattern = definition.get("matchPattern")
    if not isinstance(pattern, str):
        return
    literal = _LITERAL.fullmatch(pattern)
    if not literal or bool(literal[1]) != bool(literal[3]):
        entry.notes.append("matchPattern may match more names than this one")
        return
    name = re.sub(r"\\(.)", r"\1", literal[2])
    if name.casefold() != entry.name.casefold():
        entry.state("display_name", entry.name, "modelName")
        entry.name = name


def _read_prices(definition: Mapping[str, Any], entry: Entry, day: date) -> None:
    unit, start = brief(definition.get("unit") or "TOKENS").lower(), _start(definition)
    if unit != "tokens":
        entry.left_out = f"priced by {unit}"
        return
    if start[:10] > day.isoformat():
        entry.left_out = f"in effect only from {start[:10]} on"
    prices = map_in(definition, "prices", entry)
    tiers = _tiers(definition, entry)
    if tiers:
        standard = [each for each in tiers if each.get("isDefault")] or tiers[:1]
        prices = map_in(standard[0], "prices", entry)
        if any(map_in(each, "prices", entry) != prices for each in tiers):
            entry.left_out = entry.left_out or "prices that depend on the usage of a request"
    for usage, price in prices.items():
        _read_price(str(usage), price["price"] if _is_boxed(price) else price, entry)
    if not prices:
        flat = prices_per_unit("Langfuse")
        for key in _FLAT & definition.keys():
            for field in flat[in_snake_case(key)]:
                entry.price(field, definition[key], key)
    if not entry.left_out and not entry.has_price:
        entry.left_out = "no price of input or output tokens"


def _tiers(definition: Mapping[str, Any], entry: Entry) -> list[Mapping[str, Any]]:
    tiers = definition.get("pricingTiers")
    if tiers is None:
        return []
    if not isinstance(tiers, list) or not all(isinstance(each, Mapping) for each in tiers):
        entry.problems.append(Problem("pricingTiers", "must be a list of maps"))
        return []
    return tiers


def _is_boxed(price: object) -> bool:
    return isinstance(price, Mapping) and price.keys() == {"price"}


def _read_price(usage: str, price: object, entry: Entry) -> None:
    if usage == "total":
        for field in _BOTH:
            entry.price(field, price, f"prices.{usage}")
    elif usage in _USAGE:
        entry.price(_USAGE[usage], price, f"prices.{usage}")
    elif price is not None:
        entry.dropped.append(f"prices.{usage}")
