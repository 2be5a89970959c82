#!/usr/bin/env python3
"""Measure this provider beside a floor that does nothing, what people write first, and OpenTofu.

Tables of ratios, and everything behind them in bench.json: CPU seconds of the process tree (engine,
language host, program, provider), wall seconds, requests, and the provider's peak memory. The
emulator's process is in none of these. Programs run in a virtual environment as a user's project
has it: the package and its dependencies. OpenTofu is measured if `make peers` has built it. Linux
only (/proc, subreaper).

    bench.py                                                     everything, in most of an hour
    bench.py --n 100 --steps preview,refresh --runs 3 --latency 0   a part
    bench.py --n 50 --who "set,floor set,opentofu" --latency 0      of some
"""

import argparse
import ctypes
import json
import os
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from benchmark.measured import write
from benchmark.programs import (
    EMPTY,
    EMPTY_YAML,
    FLOOR,
    FLOOR_SET,
    NAIVE,
    NATIVE,
    NATIVE_SET,
    NO_CHECKPOINTS,
    OPENTOFU,
    OURS,
    SET,
    sets,
)
from benchmark.projects import STEPS
from benchmark.report import beyond_the_table, report, table
from benchmark.runs import Bench, key_of
from benchmark.server import running_server
from benchmark.side_by_side import bounds, growth, side_by_side
from engine import engine_bin
from peers import built_peers

RESULTS = Path(__file__).resolve().parents[1] / "bench.json"
SUBREAPER = 36
EVERYBODY = (OURS, NAIVE, FLOOR, NATIVE, FLOOR_SET, SET, NATIVE_SET, OPENTOFU, NO_CHECKPOINTS)
SENDERS, GROWING = (OURS, NAIVE), (OURS, NATIVE, FLOOR_SET, SET, NATIVE_SET, OPENTOFU)
LIMITED = (OURS, NAIVE, SET, NATIVE_SET)
OTHERS = ("limited", "small", "start", "growth")


def wanted() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    def names(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=numbers, default=[100, 500], help="how many models")
    parser.add_argument("--latency", type=numbers, default=[0, 50], help="of each answer, in ms")
    parser.add_argument("--runs", type=int, default=3, help="medians are taken of so many")
    parser.add_argument("--steps", type=names, default=[*STEPS, *OTHERS])
    parser.add_argument("--who", type=names, default=EVERYBODY, help=", ".join(EVERYBODY))
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    return parser.parse_args()


def main() -> int:
    what, peers = wanted(), built_peers()
    missing = {SET, NATIVE_SET} - set(sets()) | (set() if peers else {OPENTOFU})
    for who in sorted(missing & set(what.who)):
        why = "`make peers` builds it" if who == OPENTOFU else "this checkout has none"
        write(f"NOT MEASURED: {who} ({why})")
    what.who = [who for who in EVERYBODY if who in what.who and who not in missing]
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    # Where a shell started this in the background, SIGINT is ignored; a language host that inherits
    # that does not end when the CLI asks it to, and each run of a program waits five seconds more.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    load = os.getloadavg()[0]
    with (
        running_server([key_of(who) for who in (*EVERYBODY, EMPTY, EMPTY_YAML, "posts")]) as server,
        tempfile.TemporaryDirectory(prefix="keywordsai-bench-") as scratch,
    ):
        bench = Bench(server, engine_bin(), peers, Path(scratch))
        for turn in range(what.runs):
            run_all(bench, what, turn)
        if "limited" in what.steps:
            for who in chosen(LIMITED, what):
                bench.limited(who)
    rows = report(bench.runs)
    what.out.write_text(
        json.dumps(
            {
                "date": datetime.now(UTC).date().isoformat(),
                "load_before_and_after": [load, os.getloadavg()[0]],
                "rows": rows,
                "runs": [asdict(run) for run in bench.runs],
            },
            indent=1,
        )
    )
    for each in (table(rows), side_by_side(rows)):
        if len(each.splitlines()) > 2:
            write(f"\n{each}")
    write("")
    write("\n".join([*beyond_the_table(rows), *growth(rows), "", *bounds(rows)]))
    write(f"\neverything is in {what.out}; load average {load:.1f}, then {os.getloadavg()[0]:.1f}")
    return 0


def run_all(bench: Bench, what: argparse.Namespace, turn: int) -> None:
    for n, latency in product(what.n, what.latency):
        lifecycle(bench, n, latency, what, turn)
    if "small" in what.steps:
        bench.small()
    if "start" in what.steps:
        bench.starts()
    if "growth" in what.steps:
        bench.growth(max(what.n), chosen(GROWING, what))


def lifecycle(bench: Bench, n: int, latency: int, what: argparse.Namespace, turn: int) -> None:
    """Run one lifecycle side by side; whose turn comes first goes round.

    The floor and a preview send nothing, so that no latency touches them: they run at the first.
    """
    steps = [step for step in what.steps if step in STEPS]
    everybody = chosen(SENDERS, what)
    if latency == what.latency[0]:
        everybody = [who for who in what.who if who != NO_CHECKPOINTS]
        first = turn % len(everybody)
        everybody = everybody[first:] + everybody[:first]
        if {"up", "destroy"} <= set(steps):
            everybody += chosen([NO_CHECKPOINTS], what)
    else:
        steps = [step for step in steps if step != "preview"]
    if steps:
        bench.lifecycle(n, latency, everybody, steps)
    if "up" in steps:
        bench.posts(n, latency)


def chosen(several: Sequence[str], what: argparse.Namespace) -> list[str]:
    return [who for who in several if who in what.who]


if __name__ == "__main__":
    raise SystemExit(main())
