"""JSON Schemas of a catalog and of a stack's file, for completion and checks in an editor.

A schema says what it can say of one file; `ModelCatalog` says the rest. Draft 7 is what the YAML
language server reads best.
"""

from __future__ import annotations

from typing import Any

from ..core.config_keys import API_KEY, BASE_URL, MODELS_CONFIG_KEY
from ..core.names import FLAG_FIELDS, PRICE_FIELDS
from ..core.schema import CustomModelFields
from ..files.models import SHARED_KEY
from ..prices.units import UNITS

Schema = dict[str, Any]

_DRAFT = "http://json-schema.org/draft-07/schema#"
_NUMBER = r"^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
_PER_CENT = r"^[0-9]+(\.[0-9]+)? ?%$"
_MODEL_NAME = (
    r"^(?!(list|summary|public)$)(?!(.*/)?status$)(?!(.*/)?\.{1,2}(/|$))(?!.*//)"
    r"[^\s/](.*[^\s/])?$"
)
_TEXT: Schema = {"type": "string", "minLength": 1}
_AMOUNT: Schema = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": _NUMBER}]
}
_COST: Schema = {
    "anyOf": [
        {"const": 0},
        {"type": "number", "minimum": 0.001, "maximum": 1000},
        {"type": "string", "pattern": _NUMBER},
        {
            "type": "object",
            "properties": dict.fromkeys(UNITS, _AMOUNT),
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ]
}
_SHAPES: dict[str, Schema] = {
    "base_model_name": _TEXT,
    "display_name": {"type": "string"},
    "custom_provider_id": {"anyOf": [_TEXT, {"type": "integer"}]},
    "provider_id": {"anyOf": [_TEXT, {"type": "integer"}]},
    **{name: {"$ref": "#/definitions/cost"} for name in PRICE_FIELDS},
    "max_context_window": {
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]+$"}]
    },
    **{name: {"enum": [True, False, 1, 0]} for name in FLAG_FIELDS},
    "supported_params_override": {
        "type": "object",
        "additionalProperties": {"not": {"type": "null"}},
    },
    "overwrite_existing": {"type": "boolean"},
}
_LIST_PRICE: dict[str, Schema] = {
    "list_price": {
        "type": "string",
        "pattern": r"^[^/]+/.+$",
        "description": "Take costs and context window from the vendor's list: vendor/model.",
    },
    "markup": {
        "type": "string",
        "pattern": _PER_CENT,
        "description": "Added to the list price, as 20%.",
    },
    "discount": {
        "type": "string",
        "pattern": _PER_CENT,
        "description": "Taken off the list price, as 15%.",
    },
    "tier": {
        "type": "integer",
        "minimum": 0,
        "description": "Tokens of prompt beyond which the wanted list price holds; 0 is the first.",
    },
    "strict": {
        "type": "boolean",
        "description": "Take no list price but that of an entry of this very name.",
    },
}
_SECURE: Schema = {
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def catalog_schema() -> Schema:
    """Give the schema of a catalog file: model names, each with its fields."""
    rules = [
        {"not": {"required": ["custom_provider_id", "provider_id"]}},
        {"not": {"required": ["markup", "discount"]}},
    ]
    belongs = {name: ["list_price"] for name in _LIST_PRICE if name != "list_price"}
    model = {**_model(_fields()), "allOf": rules, "dependencies": belongs}
    return {
        "$schema": _DRAFT,
        "title": "Models on Keywords AI by model_name",
        **_models("#/definitions/model"),
        "definitions": {"cost": _COST, "model": model},
    }


def stack_schema() -> Schema:
    """Give the schema of a stack's file, Pulumi.<stack>.yaml; null takes away, secrets may be."""
    fields = {
        name: {"description": shape["description"], "anyOf": [shape, {"type": "null"}, _SECURE]}
        for name, shape in _fields().items()
    }
    secret = {"anyOf": [_TEXT, _SECURE]}
    config = {
        MODELS_CONFIG_KEY: {
            "description": "Laid over the base file.",
            **_models("#/definitions/model"),
        },
        API_KEY: {"description": "API key: a secret.", **secret},
        BASE_URL: {"description": "Where the API is.", "type": "string"},
    }
    model = {"anyOf": [_model(fields), {"type": "null"}]}
    return {
        "$schema": _DRAFT,
        "title": "Configuration of a Pulumi stack with models on Keywords AI",
        "type": "object",
        "properties": {"config": {"type": "object", "properties": config}},
        "definitions": {"cost": _COST, "model": model},
    }


def _fields() -> dict[str, Schema]:
    described = {
        name: {"description": CustomModelFields.model_fields[name].description, **shape}
        for name, shape in _SHAPES.items()
    }
    # Beside "$ref", draft 7 ignores every other word.
    for name in PRICE_FIELDS:
        described[name] = {
            "description": described[name]["description"],
            "allOf": [_SHAPES[name]],
        }
    return {**described, **_LIST_PRICE}


def _model(fields: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": fields, "additionalProperties": False}


def _models(reference: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"anyOf": [{"pattern": _MODEL_NAME}, {"pattern": SHARED_KEY}]},
        "patternProperties": {SHARED_KEY: True},
        "additionalProperties": {"$ref": reference},
    }
