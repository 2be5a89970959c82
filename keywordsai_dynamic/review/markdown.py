"""The report as the one comment of a pull request: under 60 kB, however many models change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from . import telling
from .report import ModelChange, PriceChange, PriceReview
from .rules import Finding, Report
from .words import printable, shortened

MARKER = "<!-- keywordsai-dynamic review -->"
"""First line of every report, by which the comment is found again and updated in place."""

LIMIT = 60_000
"""Largest size in bytes; GitHub refuses comments of more than 65,536 characters."""

_FINDINGS = 20
_NAME = 100
_SENTENCE = 200
_ERROR = 1_500


def markdown(report: Report) -> str:
    """Write the report for a comment: findings first, then each stack's most expensive changes."""
    parts = [MARKER, f"### Model prices{_verdict(report)}", *_findings(report.findings)]
    for number, review in enumerate(report.stacks):
        left = LIMIT - len("\n".join(parts).encode())
        parts += _stack(review, left // (len(report.stacks) - number))
    return "\n".join(parts) + "\n"


def _verdict(report: Report) -> str:
    said = telling.verdict(report)
    sign = "❌" if report.findings else "✅"
    return f": {sign} {_plain(said, _SENTENCE)}" if said else ""


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:_FINDINGS]:
        where = [finding.stack, *([finding.model_name] if finding.model_name else [])]
        named = " ".join(_code(name) for name in where)
        yield f"- **{_plain(finding.rule, _NAME)}** {named}: {_plain(finding.sentence, _SENTENCE)}"
    if len(findings) > _FINDINGS:
        yield f"- … and {len(findings) - _FINDINGS:,} more"


def _stack(review: PriceReview, limit: int) -> list[str]:
    """Write a stack's section in at most `limit` bytes, with the rest of its changes counted."""
    total = telling.total(review) if review.changes else ""
    parts = ["", f"#### {_code(review.stack)}: {telling.headline(review)}"]
    if total:
        parts += ["", f"**{total}**"]
    if review.errors:
        parts += ["", "**The preview ended in an error; changes may be missing.**", ""]
        parts += _fenced("\n".join(review.errors))
    for remark in review.remarks:
        parts += ["", f"*{_plain(remark, _SENTENCE)}*"]
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
    lines += [_plain(field.sentence, _SENTENCE) for field in change.capabilities]
    for remark in telling.remarks(change):
        first = next(iter(remark.splitlines()), "").rstrip(":")
        lines.append(f"*{_plain(first, _SENTENCE)}*")
    title = " → ".join(
        _code(name) for name in (change.previous_name, change.model_name) if name is not None
    )
    return (
        f"| {title}<br>{change.action.value} | {'<br>'.join(lines)} | {telling.monthly(change)} |"
    )


def _price(change: ModelChange, price: PriceChange) -> str:
    old, new = telling.prices(change, price)
    difference, percent = telling.moved(price)
    moved = ", ".join(part for part in (difference, percent) if part)
    line = f"`{price.field}` {old} → **{new}**"
    line += f" ({moved})" if moved else ""
    listed = telling.listed(price)
    return f"{line} · {listed}" if listed else line


def _size(parts: Iterable[str]) -> int:
    return sum(len(part.encode()) + 1 for part in parts)


def _code(name: str) -> str:
    """Write a name so that nothing in it is read as markdown, a mention or a cell's end."""
    text = shortened(printable(name), _NAME).replace("|", "\\|")
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (ticks + 1)
    gap = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def _plain(sentence: str, length: int) -> str:
    """Write a sentence on one line so that nothing in it is read as markdown or as a mention."""
    text = shortened(printable(" ".join(sentence.split())), length)
    escaped = re.sub(r"([\\`*\[\]<|~&]|(?<!\w)_|_(?!\w))", r"\\\1", text)
    return escaped.replace("@", "@\u200b")


def _fenced(message: str) -> list[str]:
    if len(message) > _ERROR:  # the reason of a traceback is its end
        message = f"{message[: _ERROR // 2]}…{message[-_ERROR // 2 :]}"
    lines = [printable(line) for line in message.splitlines()]
    ticks = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, ticks + 1)
    return [f"{fence}text", *lines, fence]
