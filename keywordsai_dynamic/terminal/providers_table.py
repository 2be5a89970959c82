"""The custom providers for people and for programs: a table, JSON, YAML or CSV, without keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from ..api.listed_providers import ListedProvider
from ..core.formatting import plain
from ..core.redaction import without_secrets
from ..lifecycle.comparison import answer_of
from ..lifecycle.ownership import is_built_in

Row = dict[str, Any]

_COLUMNS = {
    "provider_id": "provider",
    "provider_name": "name",
    "base_url": "base URL",
    "timeout": "timeout",
    "models": "models",
}
FIELDS, HEADERS = tuple(_COLUMNS), tuple(_COLUMNS.values())
NUMBERS = ("timeout", "models")
"""The columns that hold numbers."""


def select(
    providers: Mapping[str, ListedProvider],
    models: Mapping[str, Mapping[str, Any]],
    patterns: Collection[str],
) -> list[Row]:
    """Return the providers that match, sorted by id, with what the service shows of each.

    `models` are all live models by name. Older services show no model's provider; then the rows
    lack the number of models.
    """
    using = models_by_provider(models)
    rows = []
    for provider_id, provider in sorted(providers.items()):
        if patterns and not any(
            provider_id == each or fnmatchcase(provider_id, each) for each in patterns
        ):
            continue
        row = {
            "provider_id": provider_id,
            "provider_name": _without_keys(provider.provider_name),
            "base_url": _without_keys(provider.base_url),
            "timeout": provider.timeout,
            "models": None if using is None else using[provider_id],
        }
        rows.append({field: value for field, value in row.items() if value is not None})
    return rows


def models_by_provider(models: Mapping[str, Mapping[str, Any]]) -> Counter[str] | None:
    """Count the custom models of each provider; None if the service does not show providers."""
    own = [model for model in models.values() if not is_built_in(model)]
    if own and not any(model.get("provider") for model in own):
        return None
    return Counter(
        str(provider_id) for model in own if (provider_id := answer_of(model).get("provider_id"))
    )


def by_id(rows: Iterable[Row]) -> dict[str, Row]:
    """Return the rows by provider id, each with its other fields."""
    return {
        row["provider_id"]: {key: row[key] for key in row if key != "provider_id"} for row in rows
    }


def as_cells(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """Return the cells of a table under HEADERS; a timeout is in seconds."""
    return [tuple(plain(row[field]) if field in row else "" for field in FIELDS) for row in rows]


def _without_keys(text: str | None) -> str | None:
    """Return a text even without a key that somebody wrote into it."""
    return None if text is None else without_secrets(text)
