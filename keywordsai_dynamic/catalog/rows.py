"""The content of a catalog file in its one shape: model names, each with its fields.

A table has a row for each model. A cell of a CSV file is text: a map in it is written as in YAML,
`{per_1k: 0.0025}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ..core.names import FLAG_FIELDS, PRICE_FIELDS
from ..files.models import by_model
from ..files.yaml_reader import from_yaml

_SWITCHES = {"1": True, "true": True, "0": False, "false": False}
_MAY_BE_MAPS = {*PRICE_FIELDS, "supported_params_override"}
_BUILT_IN = "built_in"


def models_of(content: object, name: str) -> object:
    """Return the models in a catalog file's content; `name` is the file's, for errors.

    A table with a column `built_in` was written by `keywordsai-dynamic models`: its built-in models
    are skipped, and its prices are per million tokens, however small. Raises DeclarationError for a
    model that appears twice.
    """
    models = by_model(content, name)
    if not isinstance(content, list) or not isinstance(models, Mapping):
        return models
    return {
        model: _fields(row, f"{name}: {model}")
        for model, row in models.items()
        if _switch(row.get(_BUILT_IN)) is not True
    }


def _fields(row: Mapping[str, object], where: str) -> dict[str, object]:
    fields = {
        field: _value(field, value, where) for field, value in row.items() if field != _BUILT_IN
    }
    if _BUILT_IN in row:
        fields |= {field: _listed(row[field]) for field in PRICE_FIELDS if field in row}
    return fields


def _listed(price: object) -> object:
    """Accept a price that the service returned; like every float, it is rounded to 15 digits."""
    try:
        return {"per_million": float(price)} if isinstance(price, str | int | Decimal) else price
    except (OverflowError, ValueError):
        return price


def _value(field: str, value: object, where: str) -> object:
    if field in {*FLAG_FIELDS, "overwrite_existing", "strict"}:
        return _switch(value)
    if not isinstance(value, str):
        return value
    if field == "tier" and value.isdecimal():
        return int(value)
    if field in _MAY_BE_MAPS and value.startswith("{"):
        return from_yaml(value, f"{where}: {field}")
    return value


def _switch(value: object) -> object:
    return _SWITCHES.get(value.strip().lower(), value) if isinstance(value, str) else value
