"""Write the tables of docs/reference/schema.md from the plugin's schema; `--check` only compares.

What stands between the markers of a resource, a function or a type is written; examples are not.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from package_schema import ROOT, SCHEMA

PAGE = ROOT / "docs" / "reference" / "schema.md"

Shape = Mapping[str, Any]


def parts(schema: Shape) -> Iterator[tuple[str, list[str]]]:
    """Yield what the page has of the schema: the marker of each part, and its lines."""
    yield "configuration", table("setting", schema["config"]["variables"])
    for token, resource in schema["resources"].items():
        yield f"resource {_name(token)}", _resource(resource)
    for token, function in schema["functions"].items():
        yield f"function {_name(token)}", _function(function)
    for token, shape in schema["types"].items():
        yield f"type {_name(token)}", [shape["description"], "", *table("property", *_of(shape))]


def table(column: str, properties: Shape, required: Iterable[str] = ()) -> list[str]:
    """Return a table in Markdown of properties by name: type, what it must be, meaning."""
    rows = [
        f"| `{name}` | {', '.join([kind(shape), *_musts(name, shape, required)])} "
        f"| {shape['description']} |"
        for name, shape in properties.items()
    ]
    return [f"| {column} | type | meaning |", "|---|---|---|", *rows]


def kind(shape: Shape) -> str:
    """Return the type of a property in words."""
    if "oneOf" in shape:
        return " or ".join(map(kind, shape["oneOf"]))
    if shape["type"] == "array":
        token = shape["items"]["$ref"].removeprefix("#/types/")
        return f"list of [{_name(token)}](#{_name(token).lower()})"
    return "map of any values" if shape["type"] == "object" else str(shape["type"])


def with_parts(text: str, schema: Shape) -> str:
    """Put each part between its markers; exits with a message if some are missing."""
    for marker, lines in parts(schema):
        before, begin, rest = text.partition(f"<!-- {marker} -->\n")
        _, end, after = rest.partition(f"<!-- /{marker} -->")
        if not (begin and end):
            sys.exit(f"{PAGE.name} lacks the markers <!-- {marker} --> … <!-- /{marker} -->")
        text = "\n".join([f"{before}{begin}", *lines, "", f"{end}{after}"])
    return text


def _resource(resource: Shape) -> list[str]:
    inputs, required = resource["inputProperties"], resource["requiredInputs"]
    outputs = {name: shape for name, shape in resource["properties"].items() if name not in inputs}
    return [
        resource["description"],
        "",
        "### Inputs",
        "",
        *table("input", inputs, required),
        "",
        "### Outputs",
        "",
        "Every input is an output too, with the service's value where it returns one. Beside them:",
        "",
        *table("output", outputs),
    ]


def _function(function: Shape) -> list[str]:
    answer = function["outputs"]
    return [
        function["description"],
        "",
        *table("argument", *_of(function["inputs"])),
        "",
        answer.get("description", "It returns:"),
        "",
        *table("result", answer["properties"]),
    ]


def _of(shape: Shape) -> tuple[Shape, Iterable[str]]:
    return shape["properties"], shape.get("required", ())


def _musts(name: str, shape: Shape, required: Iterable[str]) -> list[str]:
    secret = ["secret"] if shape.get("secret") else []
    return [*(["required"] if name in required else []), *secret]


def _name(token: str) -> str:
    return token.rpartition(":")[2]


def main() -> int:
    text = PAGE.read_text()
    wanted = with_parts(text, json.loads(SCHEMA.read_text()))
    if "--check" not in sys.argv:
        PAGE.write_text(wanted)
    elif text != wanted:
        sys.stderr.write(f"{PAGE.name} is stale: run scripts/schema_page.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
