"""OpenRouter's list of models, GET /api/v1/models: prices per token, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..catalog.foreign_names import prices_per_token, same_fields
from ..core.errors import DeclarationError
from .entries import Entry, brief, map_in, maps_in, name_in, other_output

PRICES = prices_per_token("OpenRouter")
SAME = same_fields("OpenRouter")
_REASONING = "internal_reasoning"
_NO_PRICE = ("-1", -1)
_READ = {"id", "pricing", "architecture", "supported_parameters", *SAME}


def is_openrouter(content: object) -> bool:
    """Return whether a file's content has this shape."""
    data = _list(content)
    return isinstance(data, list) and any(
        isinstance(each, Mapping) and {"id", "pricing"} <= each.keys() for each in data
    )


def _list(content: object) -> object:
    return content.get("data") if isinstance(content, Mapping) else content


def read_openrouter(content: object, file: str) -> Iterator[Entry]:
    """Read the models; raises DeclarationError for content of another shape."""
    data = _list(content)
    if not isinstance(data, list):
        raise DeclarationError(f"{file}: must be a map with a list of models as `data`")
    for number, model in enumerate(maps_in(data, file, "data")):
        place = f"data[{number}]"
        entry = Entry(name_in(model, "id", place, file), place)
        _read_capabilities(model, entry)
        if not entry.left_out:
            _read_prices(map_in(model, "pricing", entry), entry)
        entry.dropped += [str(k) for k, value in model.items() if k not in _READ and value]
        yield entry


def _read_capabilities(model: Mapping[str, Any], entry: Entry) -> None:
    for key, field in SAME.items():
        entry.state(field, model.get(key), key)
    parameters = model.get("supported_parameters")
    if isinstance(parameters, list):
        entry.state("function_call", "tools" in parameters, "supported_parameters")
    architecture = map_in(model, "architecture", entry)
    inputs = architecture.get("input_modalities")
    if isinstance(inputs, list):
        entry.state("image_support", "image" in inputs, "architecture.input_modalities")
    entry.left_out = other_output(architecture.get("output_modalities"))


def _read_prices(pricing: Mapping[str, Any], entry: Entry) -> None:
    if any(pricing.get(key) in _NO_PRICE for key in PRICES):
        entry.left_out = "a router, without a price of its own"
        return
    for key, price in pricing.items():
        if key in PRICES:
            entry.price(PRICES[key], price, f"pricing.{key}")
        elif key == "discount" and price:
            entry.notes.append(f"discount {brief(price)}: check whether the prices include it")
        elif key not in {_REASONING, "discount"} and price not in (None, "0", 0, [], ""):
            entry.dropped.append(f"pricing.{key}")
    entry.reasoning(pricing.get(_REASONING), f"pricing.{_REASONING}")
    if pricing.get("overrides"):
        entry.left_out = "prices that depend on the length of the prompt or the time"
    elif not entry.has_price:
        entry.left_out = "no price"
