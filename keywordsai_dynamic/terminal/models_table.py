"""The live models for people and for programs: a table, JSON, YAML or CSV."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import isfinite
from typing import Any

from ..core import fields
from ..core.fields import Field, Kind
from ..core.formatting import format_field
from ..core.names import FLAG_FIELDS, LISTED_FIELDS, PRICE_FIELDS
from ..core.plausibility import implausible
from ..core.schema import EXACT_DIGITS
from ..files.models import is_shared
from ..lifecycle.comparison import answer_of
from ..lifecycle.live_list import matching
from ..lifecycle.ownership import is_built_in

Row = dict[str, Any]

BUILT_IN = "x-built-in"
"""The key of a catalog for built-in models, for information only; see SHARED_KEY."""

_NAME, *_OTHERS = LISTED_FIELDS
FIELDS = (_NAME, "built_in", *_OTHERS)


def select(
    models: Mapping[str, dict[str, Any]], patterns: Collection[str], *, everything: bool
) -> list[Row]:
    """Return the custom models that match, or built-in ones too, sorted by name."""
    return [_row(model) for model in matching(models, patterns, everything=everything)]


def as_catalog(rows: Iterable[Row]) -> dict[str, Any]:
    """Return the rows in the shape of a catalog; built-in models are under BUILT_IN, and not read.

    A price that a catalog would suspect to be in another unit is written with its unit; a flag is
    true or false.
    """
    own: dict[str, Any] = {}
    built_in: dict[str, Any] = {}
    for row in rows:
        (built_in if row["built_in"] else own)[row["model_name"]] = {
            field: _catalog_value(field, value)
            for field, value in row.items()
            if field not in {"model_name", "built_in"}
        }
    return own | ({BUILT_IN: built_in} if built_in else {})


def named_like_shared_values(rows: Iterable[Row]) -> list[str]:
    """Return the custom models whose names a YAML catalog would read as shared values."""
    return [
        row["model_name"] for row in rows if not row["built_in"] and is_shared(row["model_name"])
    ]


def _catalog_value(field: str, value: object) -> object:
    if field in FLAG_FIELDS and value in (0, 1):
        return bool(value)
    if field not in PRICE_FIELDS or not isinstance(value, int | float):
        return value
    price = float(f"{value:.{EXACT_DIGITS}g}")
    return {"per_million": price} if implausible({field: price}) else price


Cells = tuple[str, ...]
_COLUMNS = tuple(field for field in fields.FIELDS if field.column)
HEADERS = tuple(field.column for field in _COLUMNS)
NUMBERS = tuple(field.column for field in _COLUMNS if field.kind in {Kind.PRICE, Kind.COUNT})
"""The columns that hold numbers."""


def as_cells(rows: Iterable[Row]) -> list[Cells]:
    """Return the cells of a table under HEADERS; prices are USD per million tokens."""
    return [tuple(_cell(field, row) for field in _COLUMNS) for row in rows]


def _cell(field: Field, row: Row) -> str:
    instead = "built-in" if field.name == "base_model_name" and row["built_in"] else ""
    return format_field(field.name, row.get(field.name, instead))


def _row(model: Mapping[str, Any]) -> Row:
    values = answer_of(model) | {"built_in": is_built_in(model)}
    return {field: _writable(values[field]) for field in FIELDS if field in values}


def _writable(value: object) -> object:
    """Return a value as is, or as a string if JSON has no such number."""
    return str(value) if isinstance(value, float) and not isfinite(value) else value
