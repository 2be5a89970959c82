"""Which models are counted: those that are named, by a user, a file or a preview. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.formatting import format_names
from ..lifecycle.ownership import is_built_in

Models = Mapping[str, Mapping[str, Any]]
"""Live models by name, as `list_models` returns them."""

HOW = "name models, or choose them with --preview, --catalog or --all"


def matching(live: Models, patterns: Iterable[str]) -> list[str]:
    """Return the live models that are named, or match a pattern like `acme/*`, in their order.

    A pattern stands for custom models only, and a name beats a pattern: `[beta] x` is a name where
    such a model exists. Raises KeywordsAIError for what stands for no model.
    """
    own = custom(live)
    chosen: list[str] = []
    lost = []
    for pattern in patterns:
        found = [pattern] if pattern in live else [n for n in own if fnmatchcase(n, pattern)]
        chosen += found
        if not found:
            lost.append(pattern)
    if lost:
        raise KeywordsAIError(
            f"No custom model matches {format_names(lost)}; `keywordsai-dynamic models` lists them."
        )
    return list(dict.fromkeys(chosen))


def custom(live: Models) -> list[str]:
    """Return all custom models, by name."""
    return sorted(name for name, model in live.items() if not is_built_in(model))


def bases(live: Models, chosen: Collection[str]) -> dict[str, str | None]:
    """Return each live model of a choice, and the base it names, if any."""
    return {
        name: base if isinstance(base := live[name].get("base_model_name"), str) and base else None
        for name in chosen
        if name in live
    }
