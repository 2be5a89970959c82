"""A list of live models as one look at the service gave it, and what it says of a name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..api.answers import folded, name_of
from ..api.client import Listing
from ..core.errors import KeywordsAIError
from .comparison import decimals_of
from .ownership import is_built_in

Model = dict[str, Any]


@dataclass(frozen=True)
class LiveList:
    """Live models by name, with what the list shows of the service.

    `decimals` is the most that any price has, `seconds` how long the service took to list.
    """

    models: dict[str, Model]
    folded_names: frozenset[str]
    listing: Listing
    decimals: int | None
    seconds: float

    @classmethod
    def from_listing(cls, listing: Listing, now: float) -> LiveList:
        """Index a listing that has just arrived; `now` is on the client's clock."""
        models = by_name(listing.models)
        return cls(
            models,
            frozenset(map(folded, models)),
            listing,
            decimals_of(listing.models),
            now - listing.asked_at,
        )

    def lacks(self, model_name: str) -> bool:
        """Return whether the list agrees with its own count and lacks the name, in any spelling."""
        return self.listing.agrees and folded(model_name) not in self.folded_names


def by_name(models: Iterable[Model]) -> dict[str, Model]:
    """Index live models by name; own models take precedence over built-in ones."""
    index: dict[str, Model] = {}
    for model in models:
        name = name_of(model)
        if name is not None and not (name in index and is_built_in(model)):
            index[name] = {**model, "model_name": name}
    return index


def matching(
    models: Mapping[str, Model], patterns: Collection[str], *, everything: bool
) -> list[Model]:
    """Return the custom models that match a pattern, or built-in ones too, sorted by name.

    Without patterns every model matches; a model's own name always matches it.
    """
    return [
        models[name]
        for name in sorted(models)
        if (everything or not is_built_in(models[name]))
        and (not patterns or any(name == each or fnmatchcase(name, each) for each in patterns))
    ]


def no_model(name: str) -> KeywordsAIError:
    """Return the error for a name that no live model has."""
    return KeywordsAIError(
        f"There is no model {name}. `keywordsai-dynamic models --all` lists all models."
    )
