"""The command `review`: reads files, writes a report, returns an exit code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from ..core.errors import DeclarationError, KeywordsAIError
from ..core.redaction import one_line
from ..prices import sources
from ..terminal.output import as_json, console, say, write
from . import phrases, verdict
from .changes import PriceReview
from .document import TOO_DEEP
from .html import html
from .inputs import Document, called, read_document
from .markdown import markdown
from .price_review import ListPriceLookup, read_drift, review
from .report import Report, evaluate
from .rules import parse_rule
from .usage import Usage
from .usage_files import unmatched_of, usages_of

SETTINGS = "tool.keywordsai-dynamic.review"


class ReviewFormat(StrEnum):
    """The formats of a report."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"


def report_of(
    previews: Sequence[str], drifts: Sequence[str], usages: Sequence[str], rules: Sequence[str]
) -> Report:
    """Read every file and apply the rules; a file is FILE, NAME=FILE, or `-` for standard input.

    Raises KeywordsAIError, one line, for anything that cannot be read or evaluated.
    """
    wanted = [parse_rule(rule) for rule in (*configured_rules(Path.cwd()), *rules)]
    documents = [read_document(argument) for argument in previews]
    names = [document.name for document in documents]
    for name in names:
        if names.count(name) > 1:
            raise KeywordsAIError(
                f"two previews are of {one_line(name)}: name them, like NAME=FILE."
            )
    drift = _drift(drifts, documents)
    usage, notes = usages_of(usages, documents)
    reviews = [_review(each, drift.get(each.name), usage.get(each.name)) for each in documents]
    return evaluate(reviews, wanted, unmatched_of(usage, documents), notes)


def models_at_stake(previews: Sequence[str]) -> list[str]:
    """Return the models whose cost previews may change, so that their usage matters.

    A preview is FILE, NAME=FILE, or `-` for standard input. Raises KeywordsAIError, one line, for
    one that cannot be read, or that ended in an error: it may lack models.
    """
    found: list[str] = []
    for document in map(read_document, previews):
        reviewed = _review(document, None, {})
        if reviewed.errors:
            raise KeywordsAIError(
                f"{called(document.file)}: the preview ended in an error, so models may be "
                f"missing: {phrases.reason(reviewed.errors[0])}"
            )
        found += reviewed.without_usage
    return list(dict.fromkeys(found))


def show(report: Report, form: ReviewFormat) -> int:
    """Write the report, and to standard error what ended early; return the exit code."""
    if form == ReviewFormat.TEXT:
        _print(report)
    elif form == ReviewFormat.MARKDOWN:
        write(markdown(report))
    elif form == ReviewFormat.HTML:
        write(html(report))
    else:
        write(as_json(report.model_dump(mode="json")))
    for each in report.stacks:
        stack = one_line(each.stack)
        if each.errors:
            reason = phrases.reason(each.errors[0])
            sentence = f"the preview ended in an error, so changes may be missing: {reason}"
            say(f"{stack}: {sentence}", err=True)
        elif each.refused:
            names = ", ".join(one_line(change.model_name) for change in each.refused)
            say(f"{stack}: `pulumi up` would refuse {names}", err=True)
    # Programs read the other formats; this is all that a person sees.
    for aside in verdict.asides(report) if form != ReviewFormat.TEXT else ():
        say(aside, err=True)
    return {"pass": 0, "fail": 1, "incomplete": 2}[report.verdict]


def configured_rules(folder: Path) -> list[str]:
    """Read `fail-on` in the table `tool.keywordsai-dynamic.review` of the nearest pyproject.toml.

    Raises KeywordsAIError if the table cannot be read, or holds anything else.
    """
    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            return _fail_on(file)
    return []


def _fail_on(file: Path) -> list[str]:
    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as problem:
        raise KeywordsAIError(f"{file.name} cannot be read: {problem}") from None
    for key in ("tool", "keywordsai-dynamic", "review"):
        misspelled = get_close_matches(key, table.keys() - {key}, n=1, cutoff=0.8)
        if misspelled:
            raise KeywordsAIError(
                f"{file.name}: the table {one_line(misspelled[0])} is ignored; write [{SETTINGS}]."
            )
        table = table.get(key, {})
        if not isinstance(table, dict):
            raise KeywordsAIError(f"{file.name}: {key} is not a table.")
    rules = table.get("fail-on", [])
    other = table.keys() - {"fail-on"}
    if other or not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        raise KeywordsAIError(
            f"{file.name}: [{SETTINGS}] must hold fail-on, a list of rules, and nothing else."
        )
    return rules


def _drift(arguments: Sequence[str], previews: Sequence[Document]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for argument in arguments:
        drift = read_document(argument)
        try:
            read_drift(drift.content)
        except KeywordsAIError as problem:
            raise KeywordsAIError(f"{called(drift.file)}: {problem}") from None
        except RecursionError:
            raise KeywordsAIError(f"{called(drift.file)} {TOO_DEEP}") from None
        preview = _of_the_same_stack(drift, previews)
        if preview.name in found:
            raise KeywordsAIError(f"two --drift files are of {one_line(preview.name)}; pass one.")
        found[preview.name] = drift.content
    return found


def _of_the_same_stack(drift: Document, previews: Sequence[Document]) -> Document:
    """Find the preview that a drift report belongs to; raises KeywordsAIError if there is none."""
    for preview in previews:
        named = drift.name in {preview.name, preview.stack}
        if named or (not drift.stack and not previews[1:]):
            if drift.stack and preview.stack and drift.stack != preview.stack:
                raise KeywordsAIError(
                    f"--drift {drift.file} is of the stack {one_line(drift.stack)}, but the "
                    f"preview {preview.file} is of {one_line(preview.stack)}."
                )
            return preview
    raise KeywordsAIError(f"--drift {drift.file} is of {one_line(drift.name)}, but no preview is.")


def _review(
    document: Document, drift: Mapping[str, Any] | None, usage: Usage | None
) -> PriceReview:
    try:
        return review(
            document.content,
            stack=document.name,
            drift=drift,
            usage=usage,
            list_price=_list_prices(),
        )
    except KeywordsAIError as problem:
        raise KeywordsAIError(f"{called(document.file)}: {problem}") from None
    except RecursionError:  # shallow enough to be read, too deep to be compared or written
        raise KeywordsAIError(f"{called(document.file)} {TOO_DEEP}") from None


@cache
def _list_prices() -> ListPriceLookup | None:
    """Return the lookup of list prices, or None without the extra `prices`."""
    if not sources.is_installed():
        return None

    @cache
    def look_up(name: str) -> Mapping[str, Decimal] | None:
        try:
            listing = sources.matching(name)
        except DeclarationError:
            return None  # listed, but not priced by the token alone
        return None if listing is None else {cost: at[0] for cost, at in listing.costs.items()}

    return look_up


def _print(report: Report) -> None:
    from .text import text  # noqa: PLC0415  (rich, which the other formats do not need)

    console().print(text(report))
