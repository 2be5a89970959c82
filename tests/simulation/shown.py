"""What of a model the service shows, and when a state and the service mean the same value."""

from __future__ import annotations

from keywordsai_dynamic.emulator.dialect import FIELDS, Dialect
from keywordsai_dynamic.lifecycle.comparison import may_be_rounded, same


def shown_fields(dialect: Dialect) -> set[str]:
    """Return the fields of a model that the service returns."""
    return {*FIELDS[dialect.generation], "provider_id", "custom_provider_id"} - dialect.nulls


def alike(field: str, stored: object, shown: object) -> bool:
    """Return whether a value that a service has stored is the one that it has shown, or rounded."""
    return same(field, stored, shown) or may_be_rounded(field, stored, shown)
