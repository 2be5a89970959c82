"""The report as the one comment of a pull request: under 60 kB, however many models change.

GitHub and GitLab make something live of addresses, `@user`, `#1`, `!1`, `$1`, `owner/name#1`, the
digits of a commit, `:emoji:`. They look for them after escapes were read, so that no escape stops
them, and not in code: whatever is no plain word or number stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ..core.redaction import one_line, redact
from . import telling
from .report import ModelChange, PriceChange, PriceReview
from .rules import Finding, Report
from .words import shortened

MARKER = "<!-- keywordsai-dynamic review -->"
"""First line of every report, by which the comment is found again and updated in place."""

LIMIT = 60_000
"""Largest size in bytes; GitHub refuses comments of more than 65,536 characters."""

_FINDINGS = 20
_NAME = 100
_SENTENCE = 200
_ERROR = 1_500

_SIGN = r"[(]?[+\u2212]?"
_WORD = r"[^\W\d_]+(?:['-][^\W\d_]+)*"
_NUMBER = r"\d{1,6}(?:[.,]\d{1,6})*%?"
_INERT = re.compile(rf"{_SIGN}(?:{_WORD}|{_NUMBER})[)]?[.,:;?]?|[→·…=]")
_COMMIT = re.compile(r"\b[0-9a-fA-F]{7,}\b")


def markdown(report: Report) -> str:
    """Write the report for a comment: findings first, then each stack's most expensive changes."""
    parts = [MARKER, f"### Model prices{_verdict(report)}", *_findings(report.findings)]
    parts += _asides(telling.asides(report))
    for number, review in enumerate(report.stacks):
        left = LIMIT - len("\n".join(parts).encode())
        parts += _stack(review, left // (len(report.stacks) - number))
    return "\n".join(parts) + "\n"


def _verdict(report: Report) -> str:
    said = telling.verdict(report)
    sign = "✅" if report.verdict == "pass" else "❌"
    return f": {sign} {said}" if said else ""


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
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
    """Write a stack's section in at most `limit` bytes, with the rest of its changes counted."""
    total = telling.total(review) if review.changes else ""
    parts = ["", f"#### {_code(review.stack)}: {telling.headline(review)}"]
    if total:
        parts += ["", f"**{_inert(total)}**"]
    for each in telling.left_out(review):
        parts += ["", f"*{_inert(each)}*"]
    if review.errors:
        parts += ["", "**The preview ended in an error; changes may be missing.**", ""]
        parts += _block("\n".join(review.errors))
    for remark in review.remarks:
        parts += ["", f"*{_inert(remark)}*"]
    outside = review.outside or ()
    share = limit // 4 if outside else 0
    parts += _table(review.changes, "what changes", limit - share - _size(parts))
    parts += _table(outside, "changed outside of Pulumi", limit - _size(parts))
    return parts


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
    return [*(head if rows else []), *rows, "", f"… and {telling.summary(rest)}, not shown here."]


def _row(change: ModelChange) -> str:
    lines = [_price(change, price) for price in change.prices]
    lines += [_inert(field.sentence) for field in change.capabilities]
    for remark in telling.remarks(change):
        first = next(iter(remark.splitlines()), "").rstrip(":")
        lines.append(f"*{_inert(first)}*")
    title = " → ".join(
        _code(name) for name in (change.previous_name, change.model_name) if name is not None
    )
    cells = f"{title}<br>{change.action.value}", "<br>".join(lines), _inert(telling.monthly(change))
    # In a table, and nowhere else, a pipe is to be escaped in code too.
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _price(change: ModelChange, price: PriceChange) -> str:
    old, new = telling.prices(change, price)
    difference, percent = telling.moved(price)
    moved = ", ".join(part for part in (difference, percent) if part)
    line = f"{_code(price.field)} {_inert(old)} → **{_inert(new)}**"
    line += f" {_inert(f'({moved})')}" if moved else ""
    listed = telling.listed(price)
    return f"{line} · {_inert(listed)}" if listed else line


def _size(parts: Iterable[str]) -> int:
    return sum(len(part.encode()) + 1 for part in parts)


def _code(text: str, length: int = _NAME) -> str:
    """Write a text as code, on one line, so that nothing in it is read."""
    shown = shortened(one_line(text), length) or " "
    ticks = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (ticks + 1)
    gap = " " if shown.strip() and {shown[0], shown[-1]} & {" ", "`"} else ""
    return f"{fence}{gap}{shown}{gap}{fence}"


def _inert(sentence: str, length: int = _SENTENCE) -> str:
    """Write a sentence with all that is no plain word or number in it as code."""
    if not sentence:
        return ""
    # A space that has another one beside it parts no words: only code shows it.
    words = re.split(r"(?<=\S) (?=\S)", shortened(one_line(sentence), length))
    runs = ((inert, " ".join(run)) for inert, run in groupby(words, key=_is_inert))
    return " ".join(run if inert else _spoken(run) for inert, run in runs)


def _spoken(words: str) -> str:
    """Write words as code, with the sentence's own comma or colon behind it."""
    end = words[-1] if len(words) > 1 and words[-1] in ".,:;" else ""
    return _code(words.removesuffix(end), _SENTENCE) + end


def _is_inert(word: str) -> bool:
    return bool(_INERT.fullmatch(word)) and not _COMMIT.search(word)


def _block(message: str) -> list[str]:
    """Write a message as a block of code; indented, because one between fences can be closed."""
    if len(message) > _ERROR:  # the reason of a traceback is its end
        message = f"{message[: _ERROR // 2]}…{message[-_ERROR // 2 :]}"
    return [f"    {line}" for line in redact(message).strip("\n").split("\n")]
