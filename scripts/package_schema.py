"""Write the native plugin's package schema from `core/fields.py`; with `--check`, only compare."""

import json
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from keywordsai_dynamic.core.camel_case import camel_case, in_camel_case
from keywordsai_dynamic.core.fields import FIELDS, PROVIDER_FIELDS, Field, Kind
from keywordsai_dynamic.core.kinds import MODEL, MODEL_SET, PROVIDER, ResourceKind
from keywordsai_dynamic.core.names import (
    GET_LIST_PRICE,
    GET_MODEL,
    LIST_MODELS,
    LISTED_FIELDS,
    LISTED_MODEL_TYPE,
    MODEL_FIELDS_TYPE,
    MODELS,
)
from keywordsai_dynamic.core.schema import CustomModelFields, CustomProviderFields
from keywordsai_dynamic.core.settings import KEYWORDSAI_URL
from keywordsai_dynamic.native import package_schema as written
from keywordsai_dynamic.prices.listing import ListPrice

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = written.FILE

Shape = dict[str, Any]

TEXT = "string"
NUMBER = "number"
COUNT = "integer"
FLAG = "boolean"
ANYTHING_BY_NAME: Shape = {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}}

SHAPES: dict[Kind, Shape] = {
    Kind.MODEL_NAME: {"type": TEXT},
    Kind.NAME: {"type": TEXT},
    Kind.TEXT: {"type": TEXT},
    # Pulumi wants a type beside the choice, for languages that have no choices.
    Kind.PROVIDER: {"type": TEXT, "oneOf": [{"type": TEXT}, {"type": COUNT}]},
    Kind.PRICE: {"type": NUMBER},
    Kind.COUNT: {"type": COUNT},
    Kind.FLAG: {"type": FLAG},
    Kind.PARAMS: ANYTHING_BY_NAME,
    Kind.SWITCH: {"type": FLAG},
    Kind.PROVIDER_ID: {"type": TEXT},
    Kind.ADDRESS: {"type": TEXT},
    Kind.CREDENTIAL: {"type": TEXT},
    Kind.SECONDS: {"type": NUMBER},
    Kind.KWARGS: ANYTHING_BY_NAME,
}


def described(kind: str, description: str, **more: object) -> Shape:
    """Return the shape of a property that is no field of the API."""
    return {"type": kind, "description": description, **more}


READ_ONLY: Shape = {
    "modelId": described(TEXT, "The service's own ID of the model."),
    "affiliationCategory": described(TEXT, "Who the model belongs to, in the service's words."),
    "source": described(TEXT, "Where the model comes from, in the service's words."),
    "providerName": described(TEXT, "Name of the provider that serves the model."),
}
SERVICE_URL: Shape = {"serviceUrl": described(TEXT, "Base URL of the API that holds the resource.")}
ANSWERED: Shape = {
    "answered": described(
        TEXT,
        "What the service returned beside the declared fields: JSON, by model name and by the "
        "API's names.",
    )
}
DECLARED: Shape = {
    "declared": described(
        TEXT,
        "What was declared and is returned as another value: JSON, likewise.",
        secret=True,
    )
}
CREDENTIAL_HASH: Shape = {
    "credentialHash": described(
        TEXT, "Salted hash of the key as the service returned it, to notice a change.", secret=True
    )
}
SETTINGS: Shape = {
    "apiKey": described(
        TEXT, "API key; without it, KEYWORDSAI_API_KEY in the environment.", secret=True
    ),
    "baseUrl": described(
        TEXT,
        f"Base URL of the API; without it, KEYWORDSAI_BASE_URL, and then {KEYWORDSAI_URL}.",
    ),
}
ABOUT = {
    MODEL.noun: "A custom LLM model of the Keywords AI organization: its prices and capabilities. "
    "The service decides on fields that are not declared: it inherits them from the base model, "
    "or leaves them unchanged.",
    PROVIDER.noun: "A custom provider of the Keywords AI organization: an endpoint of your own for "
    "models. Give its output `providerId` to models as `customProviderId`, so that Pulumi creates "
    "it before them and deletes it after them.",
    MODEL_SET.noun: "Many custom models in one resource, for catalogs of a hundred models or more: "
    "each is created, adopted, refused, updated and deleted as a CustomModel is, and the engine "
    "spends time on one resource.",
}


def package_schema() -> Shape:
    """Return the schema of the package, with name and version of `pyproject.toml`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "name": "keywordsai",
        "displayName": "Keywords AI",
        "version": project["version"],
        "description": project["description"],
        "keywords": project["keywords"],
        "license": project["license"],
        # `pulumi package gen-sdk` writes a go.mod too, as `pulumi package add` does.
        "meta": {"supportPack": True},
        "language": {
            "nodejs": {"respectSchemaVersion": True},
            "python": {"respectSchemaVersion": True, "pyproject": {"enabled": True}},
            "go": {
                # Programs import it, and it must not change with a version or a repository. Nobody
                # can publish under this host: Pulumi puts a folder of the program in its place.
                "importBasePath": "example.com/pulumi-keywordsai/sdk/go/keywordsai",
                "respectSchemaVersion": True,
                "generateResourceContainerTypes": False,
            },
        },
        "config": {"variables": SETTINGS},
        "provider": {
            "description": "An account at Keywords AI.",
            "properties": SETTINGS,
            "inputProperties": SETTINGS,
        },
        "types": {
            LISTED_MODEL_TYPE: live_model("A live model, as the service lists it."),
            MODEL_FIELDS_TYPE: model_fields(),
        },
        "resources": {
            MODEL.native_type: resource(MODEL, FIELDS, CustomModelFields, READ_ONLY | SERVICE_URL),
            PROVIDER.native_type: resource(
                PROVIDER, PROVIDER_FIELDS, CustomProviderFields, SERVICE_URL | CREDENTIAL_HASH
            ),
            MODEL_SET.native_type: model_set(),
        },
        "functions": functions(),
    }


def resource(
    kind: ResourceKind, fields: Iterable[Field], declared: type[BaseModel], outputs: Shape
) -> Shape:
    """Return the schema of one kind of resource; `outputs` are those that cannot be declared."""
    properties = {camel_case(field.name): of_field(field, kind) for field in fields}
    id_field = camel_case(kind.id_field)
    named = dict(properties[id_field], willReplaceOnChanges=True)
    named["description"] += (
        f" By default the name of the resource. Changing it creates a new {kind.noun} and deletes "
        "the old one."
    )
    required = [camel_case(name) for name, f in declared.model_fields.items() if f.is_required()]
    return {
        "description": ABOUT[kind.noun],
        "aliases": [{"type": kind.type}],
        "inputProperties": properties | {id_field: named},
        "requiredInputs": [name for name in required if name != id_field],
        "properties": properties | outputs,
        "required": [*required, *SERVICE_URL],
    }


def model_set() -> Shape:
    """Return the schema of a set of models."""
    models = {
        MODELS: {
            "type": "object",
            "additionalProperties": {"$ref": f"#/types/{MODEL_FIELDS_TYPE}"},
            "description": "The fields of each model, by its name.",
        }
    }
    return {
        "description": ABOUT[MODEL_SET.noun],
        "aliases": [{"type": MODEL_SET.type}],
        "inputProperties": models,
        "requiredInputs": [MODELS],
        "properties": models | ANSWERED | DECLARED | SERVICE_URL,
        "required": [MODELS, *ANSWERED, *SERVICE_URL],
    }


def model_fields() -> Shape:
    """Return the shape of a model in a set, which its key names."""
    fields = {camel_case(field.name): of_field(field) for field in FIELDS}
    del fields[camel_case(MODEL.id_field)]
    return {
        "type": "object",
        "description": "What can be declared of a model in a set.",
        "properties": fields,
    }


def of_field(field: Field, kind: ResourceKind = MODEL) -> Shape:
    """Return the shape of a field of the API."""
    shape = {**SHAPES[field.kind], "description": in_camel_case(field.description)}
    return {**shape, "secret": True} if field.name in kind.secret else shape


def live_model(description: str) -> Shape:
    """Return the shape of a model that is read and not declared.

    Its provider is text: in Python, a choice of types in what a function returns raises TypeError.
    """
    fields = {camel_case(f.name): of_field(f) for f in FIELDS if f.name in LISTED_FIELDS}
    for shape in fields.values():
        shape.pop("oneOf", None)
    built_in = {"builtIn": described(FLAG, "Whether the service offers the model to everybody.")}
    return {
        "type": "object",
        "description": description,
        "properties": fields | built_in | READ_ONLY,
        "required": [camel_case(MODEL.id_field), *built_in],
    }


def functions() -> Shape:
    """Return the functions: what can be read without declaring it."""
    return {
        GET_MODEL: {
            "description": "Read a live model, custom or built-in, without managing it. "
            "It is an error if there is none.",
            "inputs": arguments(
                {"modelName": described(TEXT, "Name of the model.")}, required=["modelName"]
            ),
            "outputs": live_model("The model, as the service returned it."),
        },
        LIST_MODELS: {
            "description": "List the live models.",
            "inputs": arguments(
                {
                    "pattern": described(TEXT, "Models to list, like `acme/*`; by default all."),
                    "all": described(FLAG, "Whether to list built-in models too."),
                }
            ),
            "outputs": {
                "type": "object",
                "properties": {
                    "models": {
                        "type": "array",
                        "items": {"$ref": f"#/types/{LISTED_MODEL_TYPE}"},
                        "description": "The models that match, sorted by name.",
                    }
                },
                "required": ["models"],
            },
        },
        GET_LIST_PRICE: list_price(),
    }


def list_price() -> Shape:
    """Return the function that reads a vendor's price list."""
    listed = ListPrice.__annotations__
    return {
        "description": "Read what a vendor charges for a model, in USD per million text tokens, "
        "from the data set genai-prices. It needs the extra `prices` of keywordsai-dynamic.",
        "inputs": arguments(
            {
                "model": described(TEXT, "Vendor and model, like `openai/gpt-4o`."),
                "markup": described(TEXT, "Percentage added to the costs, like `20%`."),
                "discount": described(TEXT, "Percentage taken off the costs, like `15%`."),
                "tier": described(
                    COUNT,
                    "Tokens of a prompt above which the price applies, where it depends on that; "
                    "0 is the first tier.",
                ),
                "strict": described(
                    FLAG, "Whether to refuse a price whose entry has another name than `model`."
                ),
            },
            required=["model"],
        ),
        "outputs": {
            "type": "object",
            "description": "What is listed; what is not listed is left out.",
            "properties": {camel_case(f.name): of_field(f) for f in FIELDS if f.name in listed},
        },
    }


def arguments(properties: Shape, required: Iterable[str] = ()) -> Shape:
    """Return the shape of a function's arguments."""
    return {"type": "object", "properties": properties, "required": list(required)}


def main() -> int:
    wanted = json.dumps(package_schema(), indent=2) + "\n"
    if "--check" not in sys.argv:
        SCHEMA.write_text(wanted)
    elif not SCHEMA.exists() or SCHEMA.read_text() != wanted:
        sys.stderr.write(f"{SCHEMA.name} is stale: run scripts/package_schema.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
