"""Programs that declare sets of models and single ones, the same for either door."""

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from harness.pulumi_stack import Stack
from harness.yaml_program import write_yaml
from keywordsai_dynamic.core.camel_case import camel_case

Models = Mapping[str, Mapping[str, Any]]
"""By name the fields of models, as the API names them."""

Write = Callable[..., None]

_HEAD = "from pulumi import Alias, ResourceOptions\nfrom keywordsai_dynamic import *\n"


def write_python(stack: Stack, sets: Mapping[str, Models], singles: Models | None = None) -> None:
    """Declare sets and single models by their resource names in Python: the dynamic provider."""
    lines = [f"ModelSet({name!r}, models={dict(models)!r})" for name, models in sets.items()]
    lines += [f"CustomModel({name!r}, **{fields!r})" for name, fields in (singles or {}).items()]
    stack.write_program(_HEAD + "\n".join(lines))


def write_in_yaml(stack: Stack, sets: Mapping[str, Models], singles: Models | None = None) -> None:
    """Declare the same in YAML, for the native plugin."""
    declared = {
        name: {
            "type": "keywordsai:ModelSet",
            "properties": {"models": {model: _camel(one) for model, one in models.items()}},
        }
        for name, models in sets.items()
    }
    for name, fields in (singles or {}).items():
        declared[name] = {"type": "keywordsai:CustomModel", "properties": _camel(fields)}
    write_yaml(stack, yaml.safe_dump({"resources": declared}, sort_keys=False))


def _camel(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {camel_case(field): value for field, value in fields.items()}


DOORS: dict[str, Write] = {"python": write_python, "yaml": write_in_yaml}
