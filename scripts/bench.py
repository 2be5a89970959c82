#!/usr/bin/env python3
"""Measure this provider against a floor that does nothing and against what people write first.

One table of ratios, and everything behind it in bench.json: CPU seconds of the process tree
(engine, language host, program, provider), wall seconds, requests, and the provider's peak memory.
The emulator's process is in none of these. Programs run in a virtual environment as a user's
project has it: the package and its dependencies. Linux only (/proc, subreaper).

    bench.py                                                     everything, in half an hour
    bench.py --n 100 --steps preview,refresh --runs 3 --latency 0   a part
"""

import argparse
import ctypes
import json
import os
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from benchmark.programs import EMPTY, EMPTY_YAML, IMPORTS, NATIVE, NO_CHECKPOINTS
from benchmark.report import beyond_the_table, report, table
from benchmark.runs import STEPS, Bench, key_of, write
from benchmark.server import running_server
from engine import engine_bin

RESULTS = Path(__file__).resolve().parents[1] / "bench.json"
SUBREAPER = 36
BESIDE = (NATIVE, EMPTY, EMPTY_YAML)
OTHERS = ("limited", "small", "start")


def wanted() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=numbers, default=[100, 500], help="how many models")
    parser.add_argument("--latency", type=numbers, default=[0, 50], help="of each answer, in ms")
    parser.add_argument("--runs", type=int, default=3, help="medians are taken of so many")
    parser.add_argument("--steps", type=lambda text: text.split(","), default=[*STEPS, *OTHERS])
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    return parser.parse_args()


def main() -> int:
    what = wanted()
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    load = os.getloadavg()[0]
    with (
        running_server([key_of(who) for who in (*IMPORTS, *BESIDE, "posts")]) as server,
        tempfile.TemporaryDirectory(prefix="keywordsai-bench-") as scratch,
    ):
        bench = Bench(server, engine_bin(), Path(scratch))
        for turn in range(what.runs):
            for n, latency in product(what.n, what.latency):
                plan(bench, n, latency, what, turn)
            if "small" in what.steps:
                bench.small()
            if "start" in what.steps:
                bench.starts()
        if "limited" in what.steps:
            bench.limited("ours")
            bench.limited("naive")
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
    write("\n" + table(rows) + "\n\n" + "\n".join(beyond_the_table(rows)))
    write(f"\neverything is in {what.out}; load average {load:.1f}, then {os.getloadavg()[0]:.1f}")
    return 0


def plan(bench: Bench, n: int, latency: int, what: argparse.Namespace, turn: int) -> None:
    """Run one lifecycle side by side; whose turn comes first goes round.

    The floor and a preview send nothing, so that no latency touches them: they run at the first.
    """
    steps = [step for step in what.steps if step in STEPS]
    everybody = ["ours", "naive"]
    if latency == what.latency[0]:
        everybody += ["floor", NATIVE]
        everybody = everybody[turn % 4 :] + everybody[: turn % 4]
        if {"up", "destroy"} <= set(steps):
            everybody.append(NO_CHECKPOINTS)
    else:
        steps = [step for step in steps if step != "preview"]
    if steps:
        bench.lifecycle(n, latency, everybody, steps)
    if "up" in steps:
        bench.posts(n, latency)


if __name__ == "__main__":
    raise SystemExit(main())
