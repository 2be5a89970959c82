"""The report for a terminal: readable in 80 columns, in color if the terminal has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..core.formatting import shorten
from ..core.redaction import one_line, redact
from . import phrases, verdict
from .changes import ModelChange, PriceChange, PriceReview
from .headline import before_and_after, headline
from .outcome import Action
from .report import Report, RuleViolation

_LONGEST = 200
_MARKS = {
    Action.REFUSED: ("x", "bold red"),
    Action.DELETED: ("-", "red"),
    Action.REPLACED: ("±", "magenta"),
    Action.OVERWRITTEN: ("!", "bold yellow"),
    Action.UPDATED: ("~", "yellow"),
    Action.CREATED: ("+", "green"),
    Action.TAKEN_OVER: ("=", "cyan"),
    Action.RELEASED: ("=", "cyan"),
    Action.CHANGED_OUTSIDE: ("~", "yellow"),
    Action.DELETED_OUTSIDE: ("-", "red"),
}
_JUSTIFY: tuple[str, ...] = ("left", "right", "left", "left", "right", "right", "left")


def text(report: Report) -> RenderableType:
    """Lay the report out: each stack with its models, then the findings."""
    parts: list[RenderableType] = []
    for review in report.stacks:
        parts += [*_stack(review), ""]
    if report.findings:
        parts.append(_findings(report.findings))
    parts += [_indented(Text(redact(each), "yellow"), 2) for each in verdict.asides(report)]
    sentence = verdict.verdict(report)
    if sentence:
        sign = "✗ " if report.incomplete else ""
        parts.append(Text(sign + sentence, "green" if report.verdict == "pass" else "bold red"))
    return Group(*parts)


def _findings(findings: Sequence[RuleViolation]) -> Table:
    grid = Table.grid(padding=(0, 1))
    for _ in range(3):
        grid.add_column()
    for finding in findings:
        names = (part for part in (finding.stack, finding.model_name) if part)
        where = ", ".join(shorten(one_line(redact(name)), _LONGEST) for name in names)
        sentence = shorten(one_line(redact(finding.sentence)), 2 * _LONGEST)
        line = Text(f"{where}: {sentence}")
        grid.add_row(Text("✗", "bold red"), Text(finding.rule, "bold"), line)
    return grid


def _stack(review: PriceReview) -> Iterator[RenderableType]:
    sentence = headline(review)
    yield Text.assemble((one_line(review.stack), "bold"), (f": {sentence}", "bold"))
    counted = phrases.counts(review)
    if counted != sentence:
        yield _apart(Text(f"  {counted}", "dim"), Text(before_and_after(review)))
    for error in phrases.errors(review):
        yield _indented(Text(f"the preview ended in an error: {redact(error)}", "red"), 2)
    for remark in review.remarks:
        yield _indented(Text(redact(remark), "yellow"), 2)
    for line in review.providers:
        yield _indented(Text(redact(line)), 2)
    outside = review.outside or ()
    widths = _widths((*review.changes, *outside))
    if any(widths):
        yield Text("  USD per million tokens", "dim")
    for each in phrases.left_out(review):
        yield _indented(Text(redact(each), "yellow"), 2)
    for change in review.changes:
        yield from _model(change, widths)
    if outside:
        yield Text("  changed outside of Pulumi, last known → live", "bold")
    for change in outside:
        yield from _model(change, widths)


def _model(change: ModelChange, widths: Sequence[int]) -> Iterator[RenderableType]:
    mark, style = _MARKS[change.action]
    yield _apart(
        Text.assemble(
            "  ",
            (f"{mark} ", style),
            (one_line(phrases.title(change)), "bold"),
            (f"  {phrases.action_name(change.action)}", style),
        ),
        Text(phrases.monthly(change)),
    )
    if change.prices:
        yield Padding(_prices(change, widths), (0, 0, 0, 6))
    for field in change.capabilities:
        yield _indented(Text(one_line(field.sentence)), 6)
    for remark in phrases.remarks(change):
        yield _indented(Text(redact(remark), "dim"), 6)


def _prices(change: ModelChange, widths: Sequence[int]) -> Table:
    grid = Table.grid(padding=(0, 1))
    for width, justify in zip(widths, _JUSTIFY, strict=True):
        grid.add_column(min_width=width, justify=justify)  # type: ignore[arg-type]  # a literal
    for price in change.prices:
        up = price.difference is not None and price.difference > 0
        style = "" if not price.difference else "red" if up else "green"
        cells = _cells(change, price)
        grid.add_row(*cells[:4], Text(cells[4], style), Text(cells[5], style), cells[6])
    return grid


def _cells(change: ModelChange, price: PriceChange) -> tuple[str, ...]:
    old, new = phrases.prices(change, price)
    return (
        price.field,
        old,
        "→",
        new,
        *(f" {cell}" if cell else "" for cell in (*phrases.moved(price), phrases.listed(price))),
    )


def _widths(changes: Sequence[ModelChange]) -> list[int]:
    rows = [_cells(change, price) for change in changes for price in change.prices]
    return [max((len(row[column]) for row in rows), default=0) for column in range(len(_JUSTIFY))]


def _apart(left: Text, right: Text) -> RenderableType:
    if not right:
        return left
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(ratio=1)
    grid.add_column(justify="right")
    grid.add_row(left, right)
    return grid


def _indented(line: Text, columns: int) -> Padding:
    return Padding(line, (0, 0, 0, columns))
