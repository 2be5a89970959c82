"""A catalog as the `model_list` of a LiteLLM proxy; what that cannot hold goes along unread."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..core.names import FLAG_FIELDS, PRICE_FIELDS
from ..prices.units import UNITS
from .litellm import PRICES, SAME
from .litellm_config import LISTED, OURS

_NAMES = {field: name for name, field in reversed((*PRICES.items(), *SAME.items()))}
"""LiteLLM's name for each field of ours; the first one where it has two."""


def model_list(
    written: Mapping[str, Mapping[str, Any]], resolved: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what a config.yaml holds for the models of a catalog, as it is written and resolved.

    `litellm_params` have the base alone, because a catalog knows no key and no address. All that a
    catalog says beyond LiteLLM's fields is under `model_info.keywordsai`, as it is written there.
    """
    models = [_deployment(name, written[name], resolved[name]) for name in written]
    return {"model_list": models}


def _deployment(
    name: str, written: Mapping[str, Any], resolved: Mapping[str, Any]
) -> dict[str, Any]:
    info = {
        _NAMES[field]: _value(field, value)
        for field, value in resolved.items()
        if field in _NAMES and value is not None
    }
    listed = LISTED if "list_price" in written else ()
    ours = {
        field: value
        for field, value in written.items()
        if field not in _NAMES or field in listed  # beside a list price, to be told from its own
    }
    model = written.get("base_model_name") or written.get("list_price") or name
    return {
        "model_name": name,
        "litellm_params": {"model": model},
        "model_info": {**info, OURS: ours},
    }


def _value(field: str, value: Any) -> Any:  # noqa: ANN401  (normalized: int, float)
    if field in FLAG_FIELDS:
        return bool(value)
    return Decimal(repr(value)) / UNITS["per_token"] if field in PRICE_FIELDS else value
