"""The command `review`: files in, report out, exit code."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

from keywordsai_dynamic.errors import DeclarationError, KeywordsAIError

from .markdown import markdown
from .preview import load, read
from .report import ListPrice, PriceReview, review
from .rules import Report, judge, parse_rule
from .usage import Usage, read_usage

SETTINGS = "tool.keywordsai-dynamic.review"


class ReviewFormat(StrEnum):
    """How a report is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def report_of(
    previews: Sequence[str], drifts: Sequence[str], usages: Sequence[str], rules: Sequence[str]
) -> Report:
    """Read every file, and judge; a file is named as FILE, NAME=FILE, or `-` for standard input.

    Raises KeywordsAIError, one line, for whatever cannot be read or judged.
    """
    wanted = [parse_rule(rule) for rule in (*configured_rules(Path.cwd()), *rules)]
    documents: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, file in map(_named, previews):
        document = load(_content(file), file)
        stack = name or _stack(document, file)
        if stack in documents:
            raise KeywordsAIError(f"two previews are of {stack}: tell them apart, as NAME=FILE.")
        documents[stack] = file, document
    drift = _drift(drifts, list(documents))
    usage = _usage(usages, list(documents))
    return judge(
        [
            _review(file, document, stack, drift.get(stack), usage.get(stack))
            for stack, (file, document) in documents.items()
        ],
        wanted,
    )


def configured_rules(folder: Path) -> list[str]:
    """Read `fail-on` in the table `tool.keywordsai-dynamic.review` of the nearest pyproject.toml.

    Raises KeywordsAIError for a table that cannot be read, or that holds something else.
    """
    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            return _fail_on(file)
    return []


def _fail_on(file: Path) -> list[str]:
    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise KeywordsAIError(f"{file.name} cannot be read: {problem}") from None
    for key in ("tool", "keywordsai-dynamic", "review"):
        table = table.get(key, {})
    rules = table.get("fail-on", [])
    other = sorted(table.keys() - {"fail-on"})
    if other or not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        raise KeywordsAIError(
            f"{file.name}: [{SETTINGS}] holds fail-on, a list of rules, and nothing else."
        )
    return rules


def _named(argument: str) -> tuple[str | None, str]:
    name, equals, file = argument.partition("=")
    if equals and name and file and not Path(argument).exists():
        return name, file
    return None, argument


def _content(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as problem:
        raise KeywordsAIError(f"{file}: {problem.strerror or problem}") from None


def _stack(document: Mapping[str, Any], file: str) -> str:
    try:
        return read(document).stack or ("preview" if file == "-" else Path(file).stem)
    except KeywordsAIError as problem:
        raise KeywordsAIError(f"{file}: {problem}") from None


def _drift(drifts: Sequence[str], stacks: Sequence[str]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, file in map(_named, drifts):
        document = load(_content(file), file)
        stack = stacks[0] if name is None and len(stacks) == 1 else name or _stack(document, file)
        if stack not in stacks:
            raise KeywordsAIError(f"--drift {file} is of {stack}, and no preview is.")
        found[stack] = document
    return found


def _usage(usages: Sequence[str], stacks: Sequence[str]) -> dict[str, Usage]:
    """Read usage files; one without a name is every stack's that has none of its own."""
    found: dict[str, Usage] = {}
    for name, file in map(_named, usages):
        usage = read_usage(_content(file).decode("utf-8-sig", "replace"), file)
        if name is not None and name not in stacks:
            raise KeywordsAIError(f"--usage {file} is of {name}, and no preview is.")
        for stack in stacks if name is None else (name,):
            if name is not None or stack not in found:
                found[stack] = usage
    return found


def _review(
    file: str,
    document: Mapping[str, Any],
    stack: str,
    drift: Mapping[str, Any] | None,
    usage: Usage | None,
) -> PriceReview:
    try:
        return review(document, stack=stack, drift=drift, usage=usage, list_price=_list_prices())
    except KeywordsAIError as problem:
        raise KeywordsAIError(f"{file}: {problem}") from None


@cache
def _list_prices() -> ListPrice | None:
    """Give the look-up of list prices, or None without the extra `prices`."""
    if find_spec("genai_prices") is None:
        return None
    from keywordsai_dynamic.list_prices import matching  # noqa: PLC0415  (an extra)

    @cache
    def look_up(name: str) -> Mapping[str, Decimal] | None:
        try:
            listing = matching(name)
        except DeclarationError:
            return None  # listed, and not by the token alone
        return None if listing is None else {cost: at[0] for cost, at in listing.costs.items()}

    return look_up


def show(report: Report, form: ReviewFormat) -> int:
    """Write the report out, and to standard error what ended early; give the exit code."""
    if form == ReviewFormat.TEXT:
        _print(report)
    else:
        written = (
            markdown(report) if form == ReviewFormat.MARKDOWN else report.model_dump_json(indent=2)
        )
        typer.echo(written.strip().encode())
    for each in report.stacks:
        if each.errors:
            reason = each.errors[0].splitlines()[0].rstrip(":")
            sentence = f"the preview ended in an error, so changes may be missing: {reason}"
            typer.echo(f"{each.stack}: {sentence}", err=True)
        elif each.refused:
            names = ", ".join(change.model_name for change in each.refused)
            typer.echo(f"{each.stack}: `pulumi up` would refuse {names}", err=True)
    return {"pass": 0, "fail": 1, "incomplete": 2}[report.verdict]


def _print(report: Report) -> None:
    from rich.console import Console  # noqa: PLC0415  (not needed by the other formats)

    from .text import text  # noqa: PLC0415  (as above)

    Console(highlight=False, soft_wrap=False).print(text(report))
