"""The vendor's own example and recorded answers, read out of the files in `tests/data`."""

import ast
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parents[2] / "tests" / "data"


class Example(NamedTuple):
    """The documented call: its URL, headers and JSON, and the documented response."""

    url: str
    headers: dict[str, str]
    payload: dict[str, Any]
    response: dict[str, Any]


def documented_example() -> Example:
    """Parse the page "Create custom model": the Python sample and the JSON behind it."""
    page = (DATA / "create_page.txt").read_text(encoding="utf-8")
    sample, _, rest = page.partition("print(response.json())")
    program = ast.parse(sample[sample.index("import requests") :])
    values = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in program.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id != "response"
    }
    response, _ = json.JSONDecoder().raw_decode(rest[rest.index("{") :])
    return Example(values["url"], values["headers"], values["payload"], response)


def documented_fields() -> dict[str, str]:
    """Parse the reference: the fields of a request in order, with their types."""
    page = (DATA / "create_reference.txt").read_text(encoding="utf-8")
    request = page[page.index("\nRequest\n") : page.index("\nResponse\n")]
    field = r"^(\w+?)(string|double|integer|enum|object)(?:Required|Optional)$"
    return dict(re.findall(field, request, re.MULTILINE))


class Exchange(NamedTuple):
    """One recorded exchange: see `tests/data/README.md`."""

    source: str
    declared: dict[str, Any]
    request: dict[str, Any]
    status: int
    answer: dict[str, Any]
    outputs: dict[str, Any]


def exchange(generation: str) -> Exchange:
    """Read the exchange of a generation of the vendor's documentation, A to E."""
    text = (DATA / "answers" / f"{generation}.json").read_text(encoding="utf-8")
    return Exchange(**json.loads(text))
