"""The live models for people and for programs: a table, JSON, YAML or CSV."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from io import StringIO
from math import isfinite
from typing import Any

from ..core.formatting import format_field, plain
from ..core.names import FLAG_FIELDS, PRICE_FIELDS
from ..core.plausibility import doubts
from ..core.schema import EXACT_DIGITS
from ..files.models import is_shared
from ..files.spreadsheet import to_cell
from ..lifecycle.comparison import answer_of
from ..lifecycle.ownership import is_built_in

Row = dict[str, Any]

BUILT_IN = "x-built-in"
"""The key of a catalog for built-in models, for information only; see SHARED_KEY."""

FIELDS = (
    "model_name",
    "built_in",
    "base_model_name",
    "display_name",
    "provider_id",
    *PRICE_FIELDS,
    "max_context_window",
    *FLAG_FIELDS,
)


def select(
    models: Mapping[str, Mapping[str, Any]], patterns: Collection[str], *, everything: bool
) -> list[Row]:
    """Return the custom models that match, or built-in ones too, sorted by name."""
    return [
        _row(models[name])
        for name in sorted(models)
        if (everything or not is_built_in(models[name]))
        and (not patterns or any(name == each or fnmatchcase(name, each) for each in patterns))
    ]


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
    return {"per_million": price} if doubts({field: price}) else price


def as_csv(rows: Sequence[Row]) -> str:
    """Return CSV: a header of field names, then a row for each model; no cell is a formula."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows([to_cell(row.get(field)) for field in FIELDS] for row in rows)
    return written.getvalue()


Cells = tuple[str, ...]
HEADERS = ("model", "base", "input", "output", "hit", "creation", "context")
NUMBERS = ("input", "output", "hit", "creation", "context")
"""The columns that hold numbers."""


def as_cells(rows: Iterable[Row]) -> list[Cells]:
    """Return the cells of a table under HEADERS; prices are USD per million tokens."""
    return [
        (
            row["model_name"],
            plain(row.get("base_model_name", "built-in" if row["built_in"] else "")),
            *(
                format_field(field, row.get(field, ""))
                for field in (*PRICE_FIELDS, "max_context_window")
            ),
        )
        for row in rows
    ]


def _row(model: Mapping[str, Any]) -> Row:
    values = answer_of(model) | {"built_in": is_built_in(model)}
    return {field: _writable(values[field]) for field in FIELDS if field in values}


def _writable(value: object) -> object:
    """Return a value as is, or as a string if JSON has no such number."""
    return str(value) if isinstance(value, float) and not isfinite(value) else value
