"""LiteLLM's price map, model_prices_and_context_window.json: models by name, prices per token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..core.errors import DeclarationError
from .entries import Entry
from .litellm import PRICES, read_facts

_EXAMPLE = "sample_spec"
_MARKS = {"litellm_provider", *PRICES}


def is_price_map(content: object) -> bool:
    """Return whether a file's content has this shape."""
    return isinstance(content, Mapping) and any(
        isinstance(facts, Mapping) and not facts.keys().isdisjoint(_MARKS)
        for facts in content.values()
    )


def read_price_map(content: object, file: str) -> Iterator[Entry]:
    """Read the models; raises DeclarationError for content of another shape."""
    if not isinstance(content, Mapping):
        raise DeclarationError(f"{file}: must be a map of model names to their prices")
    for name, facts in content.items():
        if name == _EXAMPLE:
            continue
        if not isinstance(facts, Mapping):
            raise DeclarationError(f"{file}: {name}: must be a map")
        entry = Entry(str(name), "")
        read_facts(facts, entry)
        if not entry.left_out and not entry.has_price:
            entry.left_out = "no price"
        yield entry
