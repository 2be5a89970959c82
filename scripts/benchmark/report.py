"""What was measured, put side by side: a table of ratios, and sentences beyond the table."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from statistics import median
from typing import Any

from benchmark.measured import Run
from benchmark.programs import (
    EMPTY,
    EMPTY_YAML,
    FLOOR,
    NAIVE,
    NATIVE,
    NATIVE_SET,
    NO_CHECKPOINTS,
    OURS,
    SET,
)
from benchmark.projects import STEPS
from benchmark.runs import LIMITED_MODELS, SMALL
from benchmark.server import PER_WINDOW, WINDOW


def report(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Group runs by size, latency and step; for each provider return every turn and medians."""
    groups: dict[tuple[int, int, str], dict[str, list[Run]]] = {}
    for run in runs:
        groups.setdefault((run.n, run.latency_ms, run.step), {}).setdefault(run.who, []).append(run)
    rows = []
    for (n, latency, step), by_who in groups.items():
        row: dict[str, Any] = {"n": n, "latency_ms": latency, "step": step}
        for who, several in by_who.items():
            row[who] = {
                "cpu": [round(run.cpu, 3) for run in several],
                "wall": [round(run.wall, 3) for run in several],
                "requests": several[-1].requests,
                "provider_mib": round(median(run.provider_mib for run in several), 1),
                "missing": max(run.missing for run in several),
                "seconds": round(median(run.seconds for run in several), 3),
                "runs": len(several),
            }
        rows.append(row)
    return rows


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write the ratios as a Markdown table; a dash stands for what was not run.

    A ratio is the median of the turns' own ratios, because the machine's speed changes between
    turns; against the floor the smallest and the largest stand beside it.
    """
    found = by_step(rows)
    lines = [
        "| n | latency | step | CPU ÷ floor | naive CPU ÷ ours "
        "| naive wall ÷ ours | YAML CPU ÷ ours | YAML wall ÷ ours | requests | naive's requests "
        "| YAML's requests | provider's MiB | naive | floor | YAML |",
        f"|{'---|' * 15}",
    ]
    for (n, latency, step), row in found.items():
        if step not in STEPS or OURS not in row:
            continue
        ours, naive, floor = row[OURS], row.get(NAIVE), with_posts(found, row, FLOOR)
        native = row.get(NATIVE)
        cells = [
            str(n),
            f"{latency} ms",
            step,
            ratio(ours, floor, "cpu", wide=True),
            ratio(naive, ours, "cpu"),
            ratio(naive, ours, "wall"),
            ratio(native, ours, "cpu", wide=True),
            ratio(native, ours, "wall"),
            asked(ours),
            asked(naive),
            asked(native),
            *(f"{one['provider_mib']:.0f}" if one else "-" for one in (ours, naive, floor, native)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def by_step(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int, str], Mapping[str, Any]]:
    return {(row["n"], row["latency_ms"], row["step"]): row for row in rows}


def with_posts(
    rows: Mapping[tuple[int, int, str], Mapping[str, Any]], row: Mapping[str, Any], who: str
) -> Mapping[str, Any] | None:
    """Return the floor `who`, and for a first up add the cost of the bare POSTs."""
    floor = row.get(who)
    if floor is None or row["step"] != "up":
        return floor
    posts = rows[row["n"], row["latency_ms"], "posts"]["posts"]
    return {**floor, "cpu": [sum(both) for both in zip(floor["cpu"], posts["cpu"], strict=True)]}


def ratio(
    one: Mapping[str, Any] | None, other: Mapping[str, Any] | None, what: str, *, wide: bool = False
) -> str:
    """Write the median of the turns' ratios; a `wide` one has the smallest and the largest too."""
    if not one or not other:
        return "-"
    turns = ratios(one, other, what)
    return spread(turns) if wide else f"{median(turns):.2f}"


def ratios(one: Mapping[str, Any], other: Mapping[str, Any], what: str) -> list[float]:
    return [mine / theirs for mine, theirs in zip(one[what], other[what], strict=True)]


def spread(turns: Sequence[float]) -> str:
    return f"{median(turns):.2f} ({min(turns):.2f} to {max(turns):.2f})"


def asked(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "-"
    return " + ".join(f"{count} {what}" for what, count in one["requests"].items()) or "0"


def beyond_the_table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Describe what the limit, the checkpoints and the starts cost."""
    for row in rows:
        if row["step"] == "limited up":
            for who in (OURS, NAIVE, SET, NATIVE_SET):
                if who in row:
                    yield limit_sentence(who, row[who])
        if row["step"] == "small preview":
            yield from small_sentences(row)
        if row["step"] == "start":
            cpu = ratio(row[NATIVE], row["grpc"], "cpu", wide=True)
            yield f"start of the plugin: CPU {cpu} of a Python that only imports grpc"
        quick, ours = row.get(NO_CHECKPOINTS), row.get(OURS)
        if quick and ours:
            cpu, wall = ratio(quick, ours, "cpu"), ratio(quick, ours, "wall")
            yield f"{row['step']} of {row['n']} without checkpoints: CPU {cpu}, wall {wall} of it"


def small_sentences(row: Mapping[str, Any]) -> Iterator[str]:
    """Compare previews of a few models with those of empty programs."""
    compared = (
        ("in YAML", NATIVE, EMPTY_YAML),
        ("in Python", OURS, EMPTY),
        ("with the floor", FLOOR, EMPTY),
    )
    for how, who, empty in compared:
        yield (
            f"preview of {SMALL} {how}: "
            f"wall {median(row[who]['wall']):.2f} s, {ratio(row[who], row[empty], 'wall')} of an "
            f"empty program's {median(row[empty]['wall']):.2f} s; "
            f"CPU {median(row[who]['cpu']):.2f} s, {ratio(row[who], row[empty], 'cpu')} of its "
            f"{median(row[empty]['cpu']):.2f} s"
        )


def limit_sentence(who: str, measured: Mapping[str, Any]) -> str:
    """Compare a first up with the time that the limit itself takes."""
    requests = dict(measured["requests"])
    refused = requests.pop("429", 0)
    sent = sum(requests.values())
    own = limits_own(measured)
    told = f"{of_limit(measured):.2f} of the limit's own {own:.0f} s" if own else "at once"
    return (
        f"first up of {LIMITED_MODELS}, {PER_WINDOW} requests per {WINDOW:.0f} s, {who}: "
        f"{LIMITED_MODELS - measured['missing']} made, {measured['missing']} failed, "
        f"{measured['seconds']:.1f} s from the first request to the last ({told}), "
        f"whole run {measured['wall'][0]:.1f} s, "
        f"{refused} of {sent} requests returned 429 ({refused / sent:.1%})"
    )


def of_limit(measured: Mapping[str, Any]) -> float:
    """Return the time from the first request to the last, as a ratio to the limit's own."""
    own = limits_own(measured)
    return float(measured["seconds"]) / own if own else inf


def limits_own(measured: Mapping[str, Any]) -> float:
    """Return the seconds that the limit itself takes for the requests that went well.

    Each takes one of 60 places in a window of 3 s; the last can go when so many windows have begun.
    """
    requests: dict[str, int] = dict(measured["requests"])
    went_well = sum(requests.values()) - 2 * requests.get("429", 0)  # counted by method and as 429
    return (went_well - 1) // PER_WINDOW * WINDOW
