"""Sets, single models and OpenTofu side by side, and the most that a set may cost."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from statistics import median
from typing import Any, NamedTuple

from benchmark.programs import FLOOR, FLOOR_SET, NATIVE, NATIVE_SET, OPENTOFU, OURS, SET
from benchmark.projects import STEPS
from benchmark.report import asked, by_step, of_limit, ratio, ratios, spread, with_posts
from benchmark.runs import GROWN

WHO = (OPENTOFU, SET, NATIVE_SET, FLOOR_SET, OURS, NATIVE, FLOOR)


class Bound(NamedTuple):
    """The most that a step of `who` may take, as a ratio to the same step of `other`."""

    who: str
    step: str
    what: str
    other: str
    most: float


BOUNDS = (
    Bound(SET, "preview", "cpu", OPENTOFU, 0.8),
    Bound(SET, "preview", "cpu", FLOOR_SET, 1.15),
    Bound(SET, "up", "wall", OPENTOFU, 1.2),
    Bound(SET, "refresh", "cpu", OPENTOFU, 0.5),
    Bound(NATIVE_SET, "preview", "cpu", OPENTOFU, 0.6),
    Bound(NATIVE_SET, "up", "wall", OPENTOFU, 1.0),
    Bound(NATIVE_SET, "refresh", "cpu", OPENTOFU, 0.5),
)
PROMISED = 500
"""Models from which on `BOUNDS` are promised: with fewer, what starts costs more than they do."""

MOST_GROWTH = 4.5
"""Of the CPU seconds of a preview, for four times as many models."""

MOST_OF_LIMIT = 1.1
"""Of the time that the request limit itself takes, for a first up."""


def side_by_side(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write a Markdown table with a line for each step of each project, without latency.

    Seconds are medians; a ratio is the median of the turns' own ratios. OpenTofu's steps are
    `apply`, `plan -refresh=false`, `apply`, `plan` and `destroy`.
    """
    peers = [OPENTOFU] if any(OPENTOFU in row for row in rows) else []
    heads = ["n", "step", "who", "CPU s", "wall s"]
    heads += [f"{what} ÷ {peer}" for peer in peers for what in ("CPU", "wall")]
    heads += ["CPU ÷ floor set", "requests", "provider's MiB"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    found = by_step(rows)
    for (n, latency, step), row in found.items():
        if latency or step not in STEPS or FLOOR_SET not in row:
            continue
        floor = with_posts(found, row, FLOOR_SET)
        for who, one in ((who, row[who]) for who in WHO if who in row):
            cells = [str(n), step, who, *(f"{median(one[what]):.2f}" for what in ("cpu", "wall"))]
            cells += [ratio(one, row.get(peer), what) for peer in peers for what in ("cpu", "wall")]
            cells += [ratio(one, floor, "cpu"), asked(one), f"{one['provider_mib']:.0f}"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def bounds(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Compare what was measured with the most that a set may cost."""
    large = [row for row in rows if row["n"] >= PROMISED and not row["latency_ms"]]
    for bound in BOUNDS:
        for row in (row for row in large if row["step"] == bound.step):
            if {bound.who, bound.other} <= row.keys():
                what = f"{bound.step} of {row['n']}, {bound.what} ÷ {bound.other}"
                measured = ratios(row[bound.who], row[bound.other], bound.what)
                yield verdict(bound.who, what, measured, bound.most)
    for who in (SET, NATIVE_SET):
        for n, many, few in grown(rows, who):
            yield verdict(
                who, f"preview of {n} ÷ of {n // GROWN}, cpu", ratios(many, few, "cpu"), MOST_GROWTH
            )
        for row in (row for row in rows if row["step"] == "limited up" and who in row):
            took = inf if row[who]["missing"] else of_limit(row[who])
            yield verdict(who, "first up ÷ the limit's own time", [took], MOST_OF_LIMIT)


def growth(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Describe what a preview of four times as many models costs each project."""
    for who in WHO:
        for n, many, few in grown(rows, who):
            yield (
                f"preview of {n}, {who}: CPU {ratio(many, few, 'cpu', wide=True)} and wall "
                f"{ratio(many, few, 'wall')} of a preview of {n // GROWN}; provider's memory "
                f"{few['provider_mib']:.0f} → {many['provider_mib']:.0f} MiB"
            )


def grown(rows: Sequence[Mapping[str, Any]], who: str) -> Iterator[tuple[int, Any, Any]]:
    """Yield a number of models, and what they and a quarter of them were measured at."""
    found = {row["n"]: row[who] for row in rows if row["step"] == "growth" and who in row}
    for n, many in found.items():
        if n // GROWN in found:
            yield n, many, found[n // GROWN]


def verdict(who: str, what: str, measured: Sequence[float], most: float) -> str:
    kept = "kept  " if median(measured) <= most else "MISSED"
    return f"{kept}  {who}: {what}: {spread(measured)}, at most {most}"
