"""The live models for people and for programs: a table, JSON, YAML or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from io import StringIO
from typing import Any

import yaml

from .comparison import answer_of, plain
from .names import FLAG_FIELDS, PRICE_FIELDS
from .ownership import is_built_in

Row = dict[str, Any]

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


def chosen(
    models: Mapping[str, Mapping[str, Any]], patterns: Collection[str], *, everything: bool
) -> list[Row]:
    """Pick models by name, sorted; the organization's own ones, or all with the built-in ones."""
    return [
        _row(models[name])
        for name in sorted(models)
        if (everything or not is_built_in(models[name]))
        and (not patterns or any(name == each or fnmatchcase(name, each) for each in patterns))
    ]


def as_json(rows: Sequence[Row]) -> str:
    """Write a list of objects; a field that the service does not answer is left out."""
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def as_yaml(rows: Sequence[Row]) -> str:
    """Write the same list as YAML."""
    text: str = yaml.safe_dump(list(rows), sort_keys=False, allow_unicode=True, width=1000)
    return text


def as_csv(rows: Sequence[Row]) -> str:
    """Write a line for each model, below a line of field names."""
    written = StringIO()
    writer = csv.DictWriter(written, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


Cells = tuple[str, ...]
HEADERS = ("model", "base", "input", "output", "hit", "creation", "context")
NUMBERS = ("input", "output", "hit", "creation", "context")
"""The columns that hold numbers."""


def as_cells(rows: Iterable[Row]) -> list[Cells]:
    """Write what a table shows, under HEADERS; prices are USD per million tokens."""
    return [
        (
            row["model_name"],
            row.get("base_model_name", "built-in" if row["built_in"] else ""),
            *(plain(row[field]) if field in row else "" for field in PRICE_FIELDS),
            f"{row['max_context_window']:,}" if "max_context_window" in row else "",
        )
        for row in rows
    ]


def _row(model: Mapping[str, Any]) -> Row:
    known = answer_of(model) | {"built_in": is_built_in(model)}
    return {field: known[field] for field in FIELDS if field in known}
