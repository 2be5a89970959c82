"""The native plugin's package schema, which SDKs and YAML programs are checked against."""

import json
from typing import Any

import package_schema
import pytest

from keywordsai_dynamic.core.camel_case import camel_case, in_camel_case, snake_case
from keywordsai_dynamic.core.fields import FIELDS, PROVIDER_FIELDS, UNITS, Field, Kind

WRITTEN: dict[str, Any] = json.loads(package_schema.SCHEMA.read_text())
MODEL = WRITTEN["resources"]["keywordsai:index:CustomModel"]
PROVIDER = WRITTEN["resources"]["keywordsai:index:CustomProvider"]


def test_the_checked_in_schema_is_not_stale() -> None:
    """`scripts/package_schema.py` writes what is checked in, with the version of pyproject.toml."""
    assert json.dumps(package_schema.package_schema(), indent=2) + "\n" == (
        package_schema.SCHEMA.read_text()
    )


def test_an_engine_takes_it() -> None:
    """A gRPC message is at most 4 MiB, and programs load the schema at every start."""
    assert package_schema.SCHEMA.stat().st_size < 2**20


@pytest.mark.parametrize("field", [*FIELDS, *PROVIDER_FIELDS], ids=lambda field: field.name)
def test_every_field_is_described(field: Field) -> None:
    """In camelCase, with its unit, and no word of Python's."""
    resource = MODEL if field in FIELDS else PROVIDER
    described = resource["inputProperties"][camel_case(field.name)]["description"]
    assert described.startswith(in_camel_case(field.description))
    assert "_" not in described
    assert not {"True", "False", "None"} & set(described.split())
    assert UNITS[Kind.PRICE].split(" tokens")[0] in described or field.kind is not Kind.PRICE


def test_what_must_be_declared() -> None:
    """A name that is not given is the resource's, so only a provider's name is required."""
    assert (MODEL["requiredInputs"], PROVIDER["requiredInputs"]) == ([], ["providerName"])
    assert MODEL["required"] == ["modelName", "serviceUrl"]
    assert PROVIDER["required"] == ["providerId", "providerName", "serviceUrl"]


def test_what_is_secret() -> None:
    """Keys, and what is kept of them; a program decides on everything else."""
    secret = {
        f"{name}.{field}"
        for name, fields in {
            "model": MODEL["properties"] | MODEL["inputProperties"],
            "provider": PROVIDER["properties"],
            "provider inputs": PROVIDER["inputProperties"],
            "account": WRITTEN["provider"]["inputProperties"],
            "config": WRITTEN["config"]["variables"],
        }.items()
        for field, shape in fields.items()
        if shape.get("secret")
    }
    assert secret == {
        "provider.apiKey",
        "provider.credentialHash",
        "provider inputs.apiKey",
        "account.apiKey",
        "config.apiKey",
    }


def test_what_is_read_has_one_type_each() -> None:
    """A generated SDK for Python refuses text where what a function returns has a choice of types;
    what names a provider is declared as text or as a number.
    """
    answers = [each["outputs"] for each in WRITTEN["functions"].values()]
    shapes = {
        name: shape
        for read in (*answers, WRITTEN["types"]["keywordsai:index:ListedModel"])
        for name, shape in read["properties"].items()
    }
    assert shapes["providerId"]["type"] == "string"
    assert [name for name, shape in shapes.items() if "oneOf" in shape] == []
    assert "oneOf" in MODEL["inputProperties"]["providerId"]


def test_what_replaces_a_resource() -> None:
    """The name of a model and the id of a provider, and nothing else."""
    replaced = {
        name
        for resource in (MODEL, PROVIDER)
        for name, shape in resource["inputProperties"].items()
        if shape.get("willReplaceOnChanges")
    }
    assert replaced == {"modelName", "providerId"}
    assert "willReplaceOnChanges" not in MODEL["inputProperties"]["providerId"]


def test_flags_are_booleans_and_maps_take_any_json() -> None:
    """Prices are numbers, counts whole ones."""
    inputs = MODEL["inputProperties"]
    assert {name: shape["type"] for name, shape in inputs.items()} == {
        "modelName": "string",
        "baseModelName": "string",
        "displayName": "string",
        "customProviderId": "string",
        "providerId": "string",
        "inputCost": "number",
        "outputCost": "number",
        "cacheHitInputCost": "number",
        "cacheCreationInputCost": "number",
        "maxContextWindow": "integer",
        "streamingSupport": "boolean",
        "functionCall": "boolean",
        "imageSupport": "boolean",
        "supportedParamsOverride": "object",
        "overwriteExisting": "boolean",
    }
    for anything in (inputs["supportedParamsOverride"], PROVIDER["inputProperties"]["extraKwargs"]):
        assert anything["additionalProperties"] == {"$ref": "pulumi.json#/Any"}


def test_names_come_back() -> None:
    """Every field has one name in each spelling."""
    names = [field.name for field in (*FIELDS, *PROVIDER_FIELDS)]
    assert [snake_case(camel_case(name)) for name in names] == names
