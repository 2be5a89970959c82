"""A catalog file brought to its one shape: model names with their fields.

A table has them in rows, one for each model, and a cell of a CSV file is text: a map is written in
it as in YAML, `{per_1k: 0.0025}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ..core.names import FLAG_FIELDS, PRICE_FIELDS
from ..files.reader import by_model, from_yaml

_SWITCHES = {"1": True, "true": True, "0": False, "false": False}
_MAY_BE_MAPS = {*PRICE_FIELDS, "supported_params_override"}
_BUILT_IN = "built_in"


def models_of(content: object, name: str) -> object:
    """Give the models of a catalog file's content; `name` is the file's, for what is wrong.

    A table that says of each model whether it is built in is one that `keywordsai-dynamic models`
    wrote: built-in models are passed over there, and a price is one for a million tokens, however
    small. Raises DeclarationError for a model that is there twice.
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
    """Take a price that a service answered at its 15 digits, as a float is everywhere."""
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
