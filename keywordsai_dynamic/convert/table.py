"""A CSV table: our field names in the header, a price's unit behind its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..catalog.foreign_names import explain, is_price
from ..catalog.resolve_model import FIELDS
from ..catalog.rows import models_of
from ..core.errors import DeclarationError
from ..core.names import PRICE_FIELDS
from ..core.plausibility import implausible
from ..files.models import MODEL_NAME
from ..prices.units import UNITS
from .entries import Entry, Problem

_COLUMNS = {f"{field}_{unit}": (field, unit) for field in PRICE_FIELDS for unit in UNITS}
_BUILT_IN = "built_in"


def read_table(content: Any, file: str) -> Iterator[Entry]:  # noqa: ANN401  (what from_csv returns)
    """Read the rows; raises DeclarationError for a column that may be a price, and is not one."""
    for number, row in enumerate(content, 2):
        name, place = row[MODEL_NAME], f"row {number}"
        others = {key: value for key, value in row.items() if key not in _COLUMNS}
        for column in others.keys() - {MODEL_NAME, _BUILT_IN, *FIELDS}:
            if is_price(column):
                raise DeclarationError(f"{file}: the column {column} {explain(column, FIELDS)}")
        entry = Entry(name, place)
        for column, (field, unit) in _COLUMNS.items():
            entry.price(field, row.get(column), column, unit)
        models = models_of([others], file)
        if not isinstance(models, Mapping) or name not in models:
            entry.left_out = "built-in"
        else:
            _read_fields(models[name], entry, listed=_BUILT_IN in row)
        yield entry


def _read_fields(fields: Mapping[str, Any], entry: Entry, *, listed: bool) -> None:
    for field, value in fields.items():
        if field not in FIELDS:
            entry.dropped.append(field)
            continue
        entry.declare(field, value, field)
        if not listed and _is_unlikely(field, value, entry):
            sentence = f"is unlikely for a million tokens; name the unit: {field}_per_1k"
            entry.problems.append(Problem(field, sentence, value))


def _is_unlikely(field: str, value: object, entry: Entry) -> bool:
    """Return whether a price without a unit was probably meant in another one."""
    if field not in PRICE_FIELDS or isinstance(value, Mapping) or field not in entry.fields:
        return False
    return bool(implausible({field: float(entry.fields[field])}))
