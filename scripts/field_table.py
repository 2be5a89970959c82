"""Write README's table of fields from `schema.CustomModelFields`; with `--check`, only compare."""

import sys
from pathlib import Path
from typing import Any

from keywordsai_dynamic.core.schema import EXACT_DIGITS, CustomModelFields

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- fields -->\n", "<!-- /fields -->"
TYPES = {
    "boolean": "True or False",
    "integer": "whole number",
    "number": "number",
    "object": "map",
    "string": "text",
}
LIMITS = {
    "minLength": "not empty",
    "minimum": "0 or more",
    "ge": "0 or more",  # pydantic's word, where a validator stands before the limit
}


def table() -> str:
    """Return the table in Markdown: field, type, meaning with unit, limits."""
    rows = ["| field | type | meaning | limits |", "|---|---|---|---|"]
    for name, shape in CustomModelFields.model_json_schema()["properties"].items():
        kinds = [kind for kind in shape.get("anyOf", [shape]) if kind["type"] != "null"]
        types, limits = " or ".join(map(_type, kinds)), ", ".join(map(_limits, kinds)).strip(", ")
        rows.append(f"| `{name}` | {types} | {shape['description']} | {limits} |")
    return "\n".join(rows) + "\n"


def _type(kind: dict[str, Any]) -> str:
    return TYPES["boolean" if _is_flag(kind) else kind["type"]]


def _limits(kind: dict[str, Any]) -> str:
    if _is_flag(kind):
        return ""
    found = [text for limit, text in LIMITS.items() if limit in kind]
    if kind["type"] == "number":
        found.append(f"at most {EXACT_DIGITS} digits")
    return ", ".join(found)


def _is_flag(kind: dict[str, Any]) -> bool:
    return kind.get("maximum", kind.get("le")) == 1


def with_table(text: str) -> str:
    """Return `text` with the table between its markers; a page without them ends the script."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{README.name} lacks the markers {BEGIN.strip()} … {END}")
    return f"{before}{begin}{table()}{end}{after}"


def main() -> int:
    text = README.read_text()
    wanted = with_table(text)
    if "--check" not in sys.argv:
        README.write_text(wanted)
    elif text != wanted:
        sys.stderr.write("README.md: the table of fields is stale: run scripts/field_table.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
