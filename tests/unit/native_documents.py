"""Documents of the dynamic provider, rewritten as the native plugin's programs would make them.

Written against the package schema, and not with what the commands read it with: types and fields
have other names, flags are booleans, and outputs are flat.
"""

import json
import re
from typing import Any

TYPES = {
    "pulumi-python:dynamic/keywordsai:CustomModel": "keywordsai:index:CustomModel",
    "pulumi-python:dynamic/keywordsai:CustomProvider": "keywordsai:index:CustomProvider",
    "pulumi-python:dynamic/keywordsai:ModelSet": "keywordsai:index:ModelSet",
    "pulumi:providers:pulumi-python": "pulumi:providers:keywordsai",
}
NAMES = {
    "model_name": "modelName",
    "base_model_name": "baseModelName",
    "display_name": "displayName",
    "custom_provider_id": "customProviderId",
    "provider_id": "providerId",
    "input_cost": "inputCost",
    "output_cost": "outputCost",
    "cache_hit_input_cost": "cacheHitInputCost",
    "cache_creation_input_cost": "cacheCreationInputCost",
    "max_context_window": "maxContextWindow",
    "streaming_support": "streamingSupport",
    "function_call": "functionCall",
    "image_support": "imageSupport",
    "supported_params_override": "supportedParamsOverride",
    "overwrite_existing": "overwriteExisting",
    "model_id": "modelId",
    "affiliation_category": "affiliationCategory",
    "provider_name": "providerName",
    "base_url": "baseUrl",
    "api_key": "apiKey",
    "extra_kwargs": "extraKwargs",
    "__base_url": "serviceUrl",
    "__echo": "credentialHash",
}
FLAGS = ("streaming_support", "function_call", "image_support")
OPTIONS = {"retain_on_delete": "retainOnDelete"}
_ALIAS = re.compile(
    r"opts=ResourceOptions\(aliases=\[Alias\(name=(.*?)\)\]\)|options: {aliases: \[(.*?)\]}"
)
_NAME = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, {**NAMES, **OPTIONS}))})(?!\w)")


def native(document: Any) -> Any:  # noqa: ANN401  (JSON is anything)
    """Rewrite a preview, an export, or any part of one; other resources stay as they are."""
    if isinstance(document, list):
        return [native(item) for item in document]
    if isinstance(document, str):
        return typed(document)
    if not isinstance(document, dict):
        return document
    whole = {key: native(item) for key, item in document.items()}
    if not is_ours(document.get("type", document.get("urn"))):
        return whole
    for name in {"inputs", "outputs"} & document.keys():
        whole[name] = properties(document[name])
    if document.get("detailedDiff"):
        paths = document["detailedDiff"].items()
        whole["detailedDiff"] = {named(path): change for path, change in paths}
    if "diffReasons" in document:
        whole["diffReasons"] = [named(path) for path in document["diffReasons"]]
    if "message" in document:
        whole["message"] = said(document["message"])
    return whole


def is_ours(type_or_urn: object) -> bool:
    return isinstance(type_or_urn, str) and "dynamic/keywordsai:" in type_or_urn


def properties(values: dict[str, Any]) -> dict[str, Any]:
    """Rewrite the inputs or outputs of one of our resources."""
    if isinstance(values.get("models"), dict):
        return of_a_set(values)
    flat = {**json.loads(values.get("__answered", "{}")), **values}
    kept = {key: value for key, value in flat.items() if key in NAMES or not key.startswith("__")}
    return {
        NAMES.get(key, key): bool(value) if key in FLAGS and isinstance(value, int) else value
        for key, value in kept.items()
    }


def of_a_set(values: dict[str, Any]) -> dict[str, Any]:
    """Rewrite the inputs or outputs of a set; what was answered stays one text of JSON."""
    models = {
        name: properties(fields) if isinstance(fields, dict) else fields
        for name, fields in values["models"].items()
    }
    renamed = {"__answered": "answered", "__base_url": "serviceUrl"}
    return {"models": models} | {
        renamed[key]: value for key, value in values.items() if key in renamed
    }


def named(text: str) -> str:
    """Write the fields in a text as a program in YAML or TypeScript does."""
    return _NAME.sub(lambda found: {**NAMES, **OPTIONS}[found[0]], text)


def said(text: str) -> str:
    """Write a message as the plugin does; one that is written so already stays as it is."""
    return _ALIAS.sub(_with_a_name, named(typed(text)))


def _with_a_name(alias: re.Match[str]) -> str:
    """Write an alias without what it takes from the stack, which no message in Python has."""
    name = (alias[1] or alias[2]).rpartition("::")[2].strip('"')
    return f'options: {{aliases: ["{name}"]}}'


def typed(text: str) -> str:
    """Write the types in a text, such as a URN, as the native plugin's."""
    for dynamic, type_ in TYPES.items():
        text = text.replace(dynamic, type_)
    return text
