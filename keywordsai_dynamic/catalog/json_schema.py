"""JSON Schemas of a catalog and of a stack file, for completion and validation in an editor.

A schema can only validate one file at a time; `ModelCatalog` checks the rest. The YAML language
server supports draft 7 best.
"""

from __future__ import annotations

from typing import Any

from ..core.config_keys import API_KEY, BASE_URL, MODELS_CONFIG_KEY
from ..core.fields import FIELDS, Kind
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
# Beside "$ref", draft 7 ignores every other key, so that a price has it inside of "allOf".
_SHAPES: dict[Kind, Schema] = {
    Kind.NAME: _TEXT,
    Kind.TEXT: {"type": "string"},
    Kind.PROVIDER: {"anyOf": [_TEXT, {"type": "integer"}]},
    Kind.PRICE: {"allOf": [{"$ref": "#/definitions/cost"}]},
    Kind.COUNT: {
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]+$"}]
    },
    Kind.FLAG: {"enum": [True, False, 1, 0]},
    Kind.PARAMS: {"type": "object", "additionalProperties": {"not": {"type": "null"}}},
    Kind.SWITCH: {"type": "boolean"},
}
_LIST_PRICE: dict[str, Schema] = {
    "list_price": {
        "type": "string",
        "pattern": r"^[^/]+/.+$",
        "description": "Take costs and context window from the vendor's price list: vendor/model.",
    },
    "markup": {
        "type": "string",
        "pattern": _PER_CENT,
        "description": "Added to the list price, such as 20%.",
    },
    "discount": {
        "type": "string",
        "pattern": _PER_CENT,
        "description": "Subtracted from the list price, such as 15%.",
    },
    "tier": {
        "type": "integer",
        "minimum": 0,
        "description": "Prompt tokens above which the list price applies; 0 is the first tier.",
    },
    "strict": {
        "type": "boolean",
        "description": "Only accept a list price whose entry has exactly this name.",
    },
}
_SECURE: Schema = {
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def catalog_schema() -> Schema:
    """Return the schema of a catalog file: model names, each with its fields."""
    rules = [
        *({"not": {"required": [each.alias_of, each.name]}} for each in FIELDS if each.alias_of),
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
    """Return the schema of Pulumi.<stack>.yaml: null removes a value, and any may be secret."""
    fields = {
        name: {"description": shape["description"], "anyOf": [shape, {"type": "null"}, _SECURE]}
        for name, shape in _fields().items()
    }
    secret = {"anyOf": [_TEXT, _SECURE]}
    config = {
        MODELS_CONFIG_KEY: {
            "description": "Merged over the base file.",
            **_models("#/definitions/model"),
        },
        API_KEY: {"description": "API key; a secret.", **secret},
        BASE_URL: {"description": "Base URL of the API.", "type": "string"},
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
    """Return the shape of each field of a model; its name is the key in the catalog."""
    declared = {
        field.name: {"description": field.description, **_SHAPES[field.kind]}
        for field in FIELDS
        if field.kind is not Kind.MODEL_NAME
    }
    return {**declared, **_LIST_PRICE}


def _model(fields: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": fields, "additionalProperties": False}


def _models(reference: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"anyOf": [{"pattern": _MODEL_NAME}, {"pattern": SHARED_KEY}]},
        "patternProperties": {SHARED_KEY: True},
        "additionalProperties": {"$ref": reference},
    }
