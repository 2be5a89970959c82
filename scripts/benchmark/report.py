"""What was measured, put side by side: a table of ratios, and sentences beyond the table."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from benchmark.programs import EMPTY, EMPTY_YAML, NATIVE, NO_CHECKPOINTS
from benchmark.runs import LIMITED_MODELS, SMALL, STEPS, Run
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
    found = {(row["n"], row["latency_ms"], row["step"]): row for row in rows}
    lines = [
        "| n | latency | step | CPU ÷ floor | naive CPU ÷ ours "
        "| naive wall ÷ ours | YAML CPU ÷ ours | YAML wall ÷ ours | requests | naive's requests "
        "| YAML's requests | provider's MiB | naive | floor | YAML |",
        f"|{'---|' * 15}",
    ]
    for (n, latency, step), row in found.items():
        if step not in STEPS or "ours" not in row or n == SMALL:
            continue
        ours, naive, floor = row["ours"], row.get("naive"), with_posts(found, row)
        native = row.get(NATIVE)
        cells = [
            str(n),
            f"{latency} ms",
            step,
            ratio(ours, floor, "cpu", spread=True),
            ratio(naive, ours, "cpu"),
            ratio(naive, ours, "wall"),
            ratio(native, ours, "cpu", spread=True),
            ratio(native, ours, "wall"),
            asked(ours),
            asked(naive),
            asked(native),
            *(f"{one['provider_mib']:.0f}" if one else "-" for one in (ours, naive, floor, native)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def with_posts(
    rows: Mapping[tuple[int, int, str], Mapping[str, Any]], row: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the floor, and for a first up add the cost of the bare POSTs."""
    floor = row.get("floor")
    if floor is None or row["step"] != "up":
        return floor
    posts = rows[row["n"], row["latency_ms"], "posts"]["posts"]
    return {**floor, "cpu": [sum(both) for both in zip(floor["cpu"], posts["cpu"], strict=True)]}


def ratio(
    one: Mapping[str, Any] | None,
    other: Mapping[str, Any] | None,
    what: str,
    *,
    spread: bool = False,
) -> str:
    if not one or not other:
        return "-"
    ratios = [mine / theirs for mine, theirs in zip(one[what], other[what], strict=True)]
    told = f"{median(ratios):.2f}"
    return f"{told} ({min(ratios):.2f} to {max(ratios):.2f})" if spread else told


def asked(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "-"
    return " + ".join(f"{count} {what}" for what, count in one["requests"].items()) or "0"


def beyond_the_table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Describe what the limit, the checkpoints and the starts cost."""
    for row in rows:
        if row["step"] == "limited up":
            for who in ("ours", "naive"):
                if who in row:
                    yield limit_sentence(who, row[who])
        if row["n"] == SMALL:
            yield from small_sentences(row)
        if row["step"] == "start":
            cpu = ratio(row[NATIVE], row["grpc"], "cpu", spread=True)
            yield f"start of the plugin: CPU {cpu} of a Python that only imports grpc"
        quick, ours = row.get(NO_CHECKPOINTS), row.get("ours")
        if quick and ours:
            cpu, wall = ratio(quick, ours, "cpu"), ratio(quick, ours, "wall")
            yield f"{row['step']} of {row['n']} without checkpoints: CPU {cpu}, wall {wall} of it"


def small_sentences(row: Mapping[str, Any]) -> Iterator[str]:
    """Compare previews of a few models with those of empty programs."""
    compared = (
        ("in YAML", NATIVE, EMPTY_YAML),
        ("in Python", "ours", EMPTY),
        ("with the floor", "floor", EMPTY),
    )
    for how, who, empty in compared:
        yield (
            f"{row['step']} of {SMALL} {how}: "
            f"wall {median(row[who]['wall']):.2f} s, {ratio(row[who], row[empty], 'wall')} of an "
            f"empty program's {median(row[empty]['wall']):.2f} s; "
            f"CPU {median(row[who]['cpu']):.2f} s, {ratio(row[who], row[empty], 'cpu')} of its "
            f"{median(row[empty]['cpu']):.2f} s"
        )


def limit_sentence(who: str, measured: Mapping[str, Any]) -> str:
    """Compare a first up with the time that the limit itself takes.

    A request that goes well takes one of 60 places in a window of 3 s; the last one can go when so
    many windows have begun. Measured from the first request to the last, as the server saw them.
    """
    requests = dict(measured["requests"])
    refused = requests.pop("429", 0)
    sent = sum(requests.values())
    windows = (sent - refused - 1) // PER_WINDOW
    own = windows * WINDOW
    told = f"{measured['seconds'] / own:.2f} of the limit's own {own:.0f} s" if own else "at once"
    return (
        f"first up of {LIMITED_MODELS}, {PER_WINDOW} requests per {WINDOW:.0f} s, {who}: "
        f"{LIMITED_MODELS - measured['missing']} made, {measured['missing']} failed, "
        f"{measured['seconds']:.1f} s from the first request to the last ({told}), "
        f"whole run {measured['wall'][0]:.1f} s, "
        f"{refused} of {sent} requests returned 429 ({refused / sent:.1%})"
    )
