"""The report as the one comment of a pull request: under 60 kB, however many models change.

GitHub and GitLab turn addresses, `@user`, `#1`, `!1`, `$1`, `owner/name#1`, commit hashes and
`:emoji:` into links, mentions and pictures. They look for them after they have read escapes, so an
escape does not stop them, but they do not look in code: everything except plain words and numbers
is written as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ..core.formatting import shorten
from ..core.redaction import one_line, redact
from . import phrases, verdict
from .changes import ModelChange, PriceChange, PriceReview
from .headline import before_and_after, headline
from .report import Report, RuleViolation

MARKER = "<!-- keywordsai-dynamic review -->"
"""First line of every report, by which the comment is found and updated in place."""

LIMIT = 60_000
"""Largest size in bytes; GitHub refuses comments of more than 65,536 characters."""

_FINDINGS = 20
_NAME = 100
_SENTENCE = 400
_ERROR = 1_500

_SIGN = r"[(]?[+\u2212]?"
_WORD = r"[^\W\d_]+(?:['-][^\W\d_]+)*"
_NUMBER = r"\d{1,6}(?:[.,]\d{1,6})*%?"
_INERT = re.compile(rf"{_SIGN}(?:{_WORD}|{_NUMBER})[)]?[.,:;?]?|[→·…=]")
_COMMIT = re.compile(r"\b[0-9a-fA-F]{7,}\b")


def markdown(report: Report) -> str:
    """Write the report as a comment: findings first, then each stack's most expensive changes."""
    parts = [MARKER, f"### Model prices{_verdict(report)}", *_findings(report.findings)]
    parts += _asides(verdict.asides(report))
    for number, review in enumerate(report.stacks):
        left = LIMIT - len("\n".join(parts).encode())
        parts += _stack(review, left // (len(report.stacks) - number))
    return "\n".join(parts) + "\n"


def _verdict(report: Report) -> str:
    sentence = verdict.verdict(report)
    sign = "✅" if report.verdict == "pass" else "❌"
    return f": {sign} {sentence}" if sentence else ""


def _findings(findings: Sequence[RuleViolation]) -> Iterator[str]:
    for finding in findings[:_FINDINGS]:
        where = [finding.stack, *([finding.model_name] if finding.model_name else [])]
        named = " ".join(_code(name) for name in where)
        yield f"- **{_code(finding.rule)}** {named}: {_inert(finding.sentence)}"
    if len(findings) > _FINDINGS:
        yield f"- … and {len(findings) - _FINDINGS:,} more"


def _asides(asides: Sequence[str]) -> Iterator[str]:
    for each in asides[:_FINDINGS]:
        yield f"- {_inert(each, 2 * _SENTENCE)}"
    if len(asides) > _FINDINGS:
        yield f"- … and {len(asides) - _FINDINGS:,} more"


def _stack(review: PriceReview, limit: int) -> list[str]:
    """Write a stack's section in at most `limit` bytes; changes that do not fit are counted."""
    sentence = headline(review)
    parts = ["", f"#### {_code(review.stack)}: {_inert(sentence)}"]
    counted = phrases.counts(review)
    if counted != sentence:
        both = before_and_after(review)
        parts += ["", f"{counted}; {_inert(both)}" if both else counted]
    for each in phrases.left_out(review):
        parts += ["", f"*{_inert(each)}*"]
    if review.errors:
        parts += ["", "**The preview ended in an error; changes may be missing.**", ""]
        parts += _block("\n".join(review.errors))
    for remark in review.remarks:
        parts += ["", f"*{_inert(remark)}*"]
    parts += _providers(review.providers)
    outside = review.outside or ()
    share = limit // 4 if outside else 0
    parts += _table(review.changes, "what changes", limit - share - _size(parts))
    parts += _table(outside, "changed outside of Pulumi", limit - _size(parts))
    return parts


def _providers(lines: Sequence[str]) -> list[str]:
    shown = [f"- {_inert(phrases.first_line(line))}" for line in lines[:_FINDINGS]]
    if len(lines) > _FINDINGS:
        shown.append(f"- … and {len(lines) - _FINDINGS:,} more")
    return ["", *shown] if shown else []


def _table(changes: Sequence[ModelChange], what: str, limit: int) -> list[str]:
    if not changes:
        return []
    head = ["", f"| model | {what}, USD per million tokens | effect |", "|---|---|--:|"]
    left = limit - _size(head) - 200  # room for the line that counts the rest
    rows: list[str] = []
    for change in changes:
        row = _row(change)
        left -= len(row.encode()) + 1
        if left < 0:
            break
        rows.append(row)
    rest = changes[len(rows) :]
    if not rest:
        return [*head, *rows]
    return [*(head if rows else []), *rows, "", f"… and {phrases.summary(rest)}, not shown here."]


def _row(change: ModelChange) -> str:
    lines = [_price(change, price) for price in change.prices]
    lines += [_inert(field.sentence) for field in change.capabilities]
    for remark in phrases.remarks(change):
        lines.append(f"*{_inert(phrases.first_line(remark))}*")
    title = " → ".join(
        _code(name) for name in (change.previous_name, change.model_name) if name is not None
    )
    cells = (
        f"{title}<br>{phrases.action_name(change.action)}",
        "<br>".join(lines),
        _inert(phrases.monthly(change)),
    )
    # In a table, and only there, a pipe must be escaped in code too.
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _price(change: ModelChange, price: PriceChange) -> str:
    old, new = phrases.prices(change, price)
    difference, percent = phrases.moved(price)
    moved = ", ".join(part for part in (difference, percent) if part)
    line = f"{_code(price.field)} {_inert(old)} → **{_inert(new)}**"
    line += f" {_inert(f'({moved})')}" if moved else ""
    listed = phrases.listed(price)
    return f"{line} · {_inert(listed)}" if listed else line


def _size(parts: Iterable[str]) -> int:
    return sum(len(part.encode()) + 1 for part in parts)


def _code(text: str, length: int = _NAME) -> str:
    """Write a text as code, on one line, so that nothing in it is interpreted."""
    shown = shorten(one_line(text), length) or " "
    ticks = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (ticks + 1)
    gap = " " if shown.strip() and {shown[0], shown[-1]} & {" ", "`"} else ""
    return f"{fence}{gap}{shown}{gap}{fence}"


def _inert(sentence: str, length: int = _SENTENCE) -> str:
    """Write a sentence, with everything in it that is not a plain word or number as code."""
    if not sentence:
        return ""
    # Of several spaces in a row Markdown shows one: they are kept in a word, which is code.
    words = re.split(r"(?<=\S) (?=\S)", shorten(one_line(sentence), length))
    runs = ((inert, " ".join(run)) for inert, run in groupby(words, key=_is_inert))
    return " ".join(run if inert else _spoken(run) for inert, run in runs)


def _spoken(words: str) -> str:
    """Write words as code, followed by the sentence's own comma or colon."""
    end = words[-1] if len(words) > 1 and words[-1] in ".,:;" else ""
    return _code(words.removesuffix(end), _SENTENCE) + end


def _is_inert(word: str) -> bool:
    return bool(_INERT.fullmatch(word)) and not _COMMIT.search(word)


def _block(message: str) -> list[str]:
    """Write a message as an indented block of code, because a message could close a fenced one."""
    if len(message) > _ERROR:  # a traceback has its reason at the end
        message = f"{message[: _ERROR // 2]}…{message[-_ERROR // 2 :]}"
    return [f"    {line}" for line in redact(message).strip("\n").split("\n")]
