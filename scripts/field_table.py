"""Write the reference's tables of fields from `core/fields.py`; with `--check`, only compare."""

import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from keywordsai_dynamic.core.schema import EXACT_DIGITS, CustomModelFields, CustomProviderFields

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "fields.md"
TABLES = {"fields": CustomModelFields, "provider fields": CustomProviderFields}
TYPES = {
    "boolean": "True or False",
    "flag": "True or False, 1 or 0",
    "integer": "whole number",
    "number": "number",
    "object": "map",
    "string": "string",
}
LIMITS = {
    "minLength": "not empty",
    "minimum": "0 or more",
    "ge": "0 or more",  # pydantic's word, where a validator stands before the limit
    "exclusiveMinimum": "more than 0",
    "gt": "more than 0",
}


def table(fields: type[BaseModel]) -> str:
    """Return a table in Markdown: field, type, meaning with unit, limits."""
    rows = ["| field | type | meaning | limits |", "|---|---|---|---|"]
    for name, shape in fields.model_json_schema()["properties"].items():
        kinds = [kind for kind in _kinds(shape) if kind["type"] != "null"]
        types = " or ".join(_types(kinds))
        limits = ", ".join(dict.fromkeys(filter(None, map(_limits, kinds))))
        rows.append(f"| `{name}` | {types} | {shape['description']} | {limits} |")
    return "\n".join(rows) + "\n"


def _kinds(shape: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alternatives of a field, at any depth; what a choice says, each of them says."""
    if "anyOf" not in shape:
        return [shape]
    common = {name: value for name, value in shape.items() if name != "anyOf"}
    return [kind for each in shape["anyOf"] for kind in _kinds({**common, **each})]


def _types(kinds: list[dict[str, Any]]) -> list[str]:
    found = list(dict.fromkeys(map(_type, kinds)))
    return [each for each in found if each != TYPES["integer"] or TYPES["number"] not in found]


def _type(kind: dict[str, Any]) -> str:
    return TYPES["flag" if _is_flag(kind) else kind["type"]]


def _limits(kind: dict[str, Any]) -> str:
    if _is_flag(kind):
        return ""
    found = [text for limit, text in LIMITS.items() if limit in kind]
    if kind["type"] == "number" and "more than 0" not in found:
        found.append(f"at most {EXACT_DIGITS} digits")
    return ", ".join(found)


def _is_flag(kind: dict[str, Any]) -> bool:
    return kind.get("maximum", kind.get("le")) == 1


def with_table(text: str) -> str:
    """Put each table between its markers; exits with a message if some are missing."""
    for name, fields in TABLES.items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not (begin and end):
            raise SystemExit(f"{PAGE.name} lacks the markers <!-- {name} --> … <!-- /{name} -->")
        text = f"{before}{begin}{table(fields)}{end}{after}"
    return text


def main() -> int:
    text = PAGE.read_text()
    wanted = with_table(text)
    if "--check" not in sys.argv:
        PAGE.write_text(wanted)
    elif text != wanted:
        sys.stderr.write(
            "docs/reference/fields.md: a table of fields is stale: run scripts/field_table.py\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
