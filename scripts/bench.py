#!/usr/bin/env python3
"""Measure this provider against a floor that does nothing and against what people write first.

One table of ratios, and everything behind it in bench.json: CPU seconds of the process tree
(engine, language host, program, provider), wall seconds, requests, and the provider's peak memory.
The emulator runs in a process of its own, and is in none of these. Programs run in a virtual
environment as a user's project has it: the package and what it brings. Linux only (/proc,
subreaper).

    bench.py                                                     everything, in half an hour
    bench.py --n 100 --steps preview,refresh --runs 3 --latency 0   a part
"""

import argparse
import contextlib
import ctypes
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import product
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from engine import engine_bin  # noqa: E402  (beside this file)
from pulumi_stack import Running, Stack  # noqa: E402

from keywordsai_dynamic.emulator import running_emulator  # noqa: E402

PROGRAMS = Path(__file__).resolve().parent / "bench_programs"
RESULTS = ROOT / "bench.json"
SUBREAPER = 36
PROGRAM = """
import os

{import_model}

for number in range(int(os.environ["BENCH_MODELS"])):
    Model(
        f"model-{{number:03}}",
        model_name=f"acme/model-{{number:03}}",
        base_model_name="gpt-4o",
        input_cost=2.5 if number else float(os.environ["BENCH_PRICE"]),
        output_cost=10.0,
        max_context_window=128_000,
        function_call=1,
    )
"""
NO_CHECKPOINTS = "ours, no checkpoints"
IMPORTS = {
    "ours": "from keywordsai_dynamic import CustomModel as Model",
    "floor": "from floor import Model",
    "naive": "from naive import Model",
    NO_CHECKPOINTS: "from keywordsai_dynamic import CustomModel as Model",
}
STEPS = ("up", "preview", "change", "refresh", "destroy")
SHORT, OFTEN = ("preview", "refresh"), 3
"""Steps that change nothing and are over in seconds: one run of each tells mostly of noise."""
RUN_SECONDS = 300
WINDOW, PER_WINDOW, LIMITED_MODELS = 3.0, 60, 300


@dataclass(frozen=True)
class Run:
    """One run, as it was measured: seconds, requests by method (and "429"), MiB.

    `missing` counts the models that did not get into the state; `seconds` lie between the first
    request and the last.
    """

    who: str
    n: int
    latency_ms: int
    step: str
    cpu: float
    wall: float
    requests: dict[str, int]
    provider_mib: float = 0.0
    missing: int = 0
    seconds: float = 0.0


class Server:
    """The emulator in a process of its own; each provider has an organization to itself."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def play(self, *, latency_ms: int = 0, limited: bool = False) -> None:
        self._ask("play", latency_ms / 1000, limited)

    def seen(self) -> tuple[dict[str, int], float]:
        """Count the requests since the last time; give the seconds from the first to the last."""
        seen: tuple[dict[str, int], float] = self._ask("seen")
        return seen

    def empty(self) -> None:
        self._ask("empty")

    def _ask(self, *command: object) -> Any:  # noqa: ANN401  (whatever comes through)
        self._pipe.send(command)
        return self._pipe.recv()


def serve(pipe: Connection) -> None:
    """Serve the emulator, and what `Server` asks of it."""
    keys = {f"key-of-{who}": who for who in (*IMPORTS, "posts")}
    with running_emulator(api_keys=keys) as emulator:
        pipe.send(emulator.url)
        while True:
            answer = None
            match pipe.recv():
                case ("play", latency, limited):
                    emulator.faults.clear()
                    emulator.faults.latency = latency
                    if limited:
                        emulator.faults.limit(PER_WINDOW, WINDOW, told_in_steps_of=WINDOW / 60)
                case ("seen",):
                    seen, emulator.requests[:] = list(emulator.requests), []
                    counts = Counter(one.method for one in seen)
                    counts["429"] = sum(one.status == 429 for one in seen)
                    answer = dict(+counts), seen[-1].time - seen[0].time if seen else 0.0
                case ("empty",):
                    for who in emulator.api_keys.values():
                        for name in emulator.models(who):
                            emulator.remove_model(name, organization=who)
                case ("stop",):
                    return
            pipe.send(answer)


@contextmanager
def running_server() -> Iterator[Server]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield Server(ours)
    finally:
        ours.send(("stop",))
        process.join(10)
        process.kill()


class Bench:
    """Runs steps one after the other, measures each, and says so at once."""

    def __init__(self, server: Server, engine: Path, folder: Path) -> None:
        self.runs: list[Run] = []
        self._server, self._engine, self._folder = server, engine, folder
        self._python = users_python(folder / "venv")
        self._started, self._stacks = time.monotonic(), 0

    def new_stack(self, who: str, n: int, *, quick: bool = False) -> Stack:
        """Make a stack of `n` models that `who` provides; `quick` ones write no checkpoints.

        Writing checkpoints takes longer than any latency or limit, and would hide them.
        """
        self._stacks += 1
        folder = self._folder / str(self._stacks)
        stack = Stack(folder, self._engine, self._env(who, n), plain=True)
        stack.env["PATH"] = f"{self._python.parent}{os.pathsep}{stack.env['PATH']}"
        source = PROGRAMS / f"{who}.py"
        modules = {who: source.read_text()} if source.exists() else {}
        stack.write_program(PROGRAM.format(import_model=IMPORTS[who]), **modules)
        if quick or who == NO_CHECKPOINTS:
            stack.env |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
        stack.start("version").wait()
        return stack

    def lifecycle(
        self, n: int, latency: int, everybody: Sequence[str], steps: Sequence[str]
    ) -> None:
        """Take a stack of each provider through its life, step by step side by side."""
        stacks = {who: self.new_stack(who, n, quick=latency > 0) for who in everybody}
        self._server.play(latency_ms=latency)
        todo = ["up", *(step for step in STEPS[1:] if step in steps)]
        runs = [step for step in todo for _ in range(OFTEN if step in SHORT else 1)]
        for step, (who, stack) in product(runs, stacks.items()):
            if step in ("up", "destroy") or who != NO_CHECKPOINTS:
                run = self._step(stack, who, n, latency, step)
                if step in steps:
                    self.runs.append(run)
        self._server.empty()
        self._server.seen()

    def posts(self, n: int, latency: int) -> None:
        """Write `n` models with bare POSTs, as fast as four threads can."""
        self._server.play(latency_ms=latency)
        command = [str(self._python), str(PROGRAMS / "posts.py"), str(n)]
        env = {**os.environ, **self._env("posts", n)}
        told = subprocess.run(command, env=env, check=True, capture_output=True, text=True)  # noqa: S603  (our own script)
        cpu, wall = map(float, told.stdout.split())
        requests, seconds = self._server.seen()
        self.runs.append(Run("posts", n, latency, "posts", cpu, wall, requests, seconds=seconds))
        self._say(self.runs[-1])
        self._server.empty()

    def limited(self, who: str) -> None:
        """Bring up 300 models against a server that takes 60 requests a window."""
        stack = self.new_stack(who, LIMITED_MODELS, quick=True)
        self._server.play(limited=True)
        run = self._step(stack, who, LIMITED_MODELS, 0, "limited up", may_fail=True)
        self._server.play()
        exported = stack.start("stack", "export").wait().json["deployment"]
        there = [
            one for one in exported.get("resources", []) if one.get("id", "").startswith("acme/")
        ]
        self.runs.append(replace(run, missing=LIMITED_MODELS - len(there)))
        self._server.empty()

    def _step(
        self, stack: Stack, who: str, n: int, latency: int, step: str, *, may_fail: bool = False
    ) -> Run:
        verb = {"change": "up", "limited up": "up"}.get(step, step)
        yes = [] if verb == "preview" else ["--yes", "--skip-preview"]
        # Another price at each change, so that every one of them changes something.
        price = {"BENCH_PRICE": str(len(self.runs) + 3)} if step == "change" else {}
        stack.env.update(price)
        cpu, started = children_cpu(), time.monotonic()
        with provider_memory(running := stack.start(verb, *yes)) as peak:
            result = running.wait(RUN_SECONDS)
        wall = time.monotonic() - started
        cpu = children_cpu() - cpu
        if result.returncode and not may_fail:
            raise SystemExit(f"bench: {who}, {step} of {n} failed:\n{result.output[-3000:]}")
        requests, seconds = self._server.seen()
        run = Run(who, n, latency, step, cpu, wall, requests, max(peak, default=0), 0, seconds)
        self._say(run)
        return run

    def _env(self, who: str, n: int) -> dict[str, str]:
        return {
            "BENCH_MODELS": str(n),
            "BENCH_PRICE": "2.5",
            "KEYWORDSAI_API_KEY": f"key-of-{who}",
            "KEYWORDSAI_BASE_URL": self._server.url,
        }

    def _say(self, run: Run) -> None:
        told = ", ".join(f"{count} {what}" for what, count in run.requests.items()) or "no requests"
        write(
            f"{time.monotonic() - self._started:5.0f} s  n={run.n:<3} {run.latency_ms:>2} ms  "
            f"{run.step:<10} {run.who:<20} cpu {run.cpu:5.2f}  wall {run.wall:5.2f}  {told}"
        )


def users_python(prefix: Path) -> Path:
    """Make the virtual environment of a user's project: without what development needs.

    httpx imports a command line of its own where it finds rich and click (0.05 s), and the pip that
    comes with Python asks PyPI about itself whenever the language host lists packages (seconds).
    """
    venv.create(prefix, with_pip=True)
    python = prefix / "bin" / "python"
    pins = ["-c", str(ROOT / "constraints.txt")]
    subprocess.run([python, "-m", "pip", "install", "-qq", *pins, "pip", str(ROOT)], check=True)  # noqa: S603  (our own package)
    return python


def children_cpu() -> float:
    """Give the CPU seconds of every process that was started here and has ended.

    As a subreaper this process inherits what the engine leaves behind, so that nothing is missed.
    """
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def provider_memory(running: Running) -> Iterator[list[float]]:
    """Collect the peak memory of the provider's process, in MiB, as long as it lives."""
    peak: list[float] = []
    over = Event()

    def watch() -> None:
        found: int | None = None
        while not over.wait(0.1):
            if found is None:
                commands = running.processes().items()
                found = next((pid for pid, told in commands if "-m pulumi.dynamic" in told), None)
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{found}/status").read_text().splitlines()
                peak.extend(int(one.split()[1]) / 1024 for one in lines if "VmHWM" in one)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def report(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Put side by side what was run side by side, turn by turn, with medians."""
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
    """Write the ratios for people; what was not run is a dash.

    A ratio is the median of the turns' own ratios, because the machine's speed changes between
    turns; against the floor the smallest and the largest stand beside it.
    """
    found = {(row["n"], row["latency_ms"], row["step"]): row for row in rows}
    lines = [
        "| n | latency | step | CPU ÷ floor | naive CPU ÷ ours "
        "| naive wall ÷ ours | requests | naive's requests | provider's MiB | naive | floor |",
        f"|{'---|' * 11}",
    ]
    for (n, latency, step), row in found.items():
        if step not in STEPS or "ours" not in row:
            continue
        ours, naive, floor = row["ours"], row.get("naive"), with_posts(found, row)
        cells = [
            str(n),
            f"{latency} ms",
            step,
            ratio(ours, floor, "cpu", spread=True),
            ratio(naive, ours, "cpu"),
            ratio(naive, ours, "wall"),
            asked(ours),
            asked(naive),
            *(f"{one['provider_mib']:.0f}" if one else "-" for one in (ours, naive, floor)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def with_posts(
    rows: Mapping[tuple[int, int, str], Mapping[str, Any]], row: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Give the floor, and for a first up add what the bare POSTs cost."""
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
    """Say what the limit and the checkpoints cost."""
    for row in rows:
        if row["step"] == "limited up":
            for who in ("ours", "naive"):
                if who in row:
                    yield limit_sentence(who, row[who])
        quick, ours = row.get(NO_CHECKPOINTS), row.get("ours")
        if quick and ours:
            cpu, wall = ratio(quick, ours, "cpu"), ratio(quick, ours, "wall")
            yield f"{row['step']} of {row['n']} without checkpoints: CPU {cpu}, wall {wall} of it"


def limit_sentence(who: str, measured: Mapping[str, Any]) -> str:
    """Hold a first up against the time that the limit itself takes.

    A request that goes well takes one of 60 places in a window of 3 s; the last one can go when so
    many windows have begun. Reckoned from the first request to the last, as the server saw them.
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
        f"{refused} of {sent} requests answered 429 ({refused / sent:.1%})"
    )


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def wanted() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=numbers, default=[100, 500], help="how many models")
    parser.add_argument("--latency", type=numbers, default=[0, 50], help="of each answer, in ms")
    parser.add_argument("--runs", type=int, default=3, help="medians are taken of so many")
    parser.add_argument("--steps", type=lambda text: text.split(","), default=[*STEPS, "limited"])
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    return parser.parse_args()


def main() -> int:
    what = wanted()
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    load = os.getloadavg()[0]
    with (
        running_server() as server,
        tempfile.TemporaryDirectory(prefix="keywordsai-bench-") as scratch,
    ):
        bench = Bench(server, engine_bin(), Path(scratch))
        for turn in range(what.runs):
            for n, latency in product(what.n, what.latency):
                plan(bench, n, latency, what, turn)
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
        everybody.append("floor")
        everybody = everybody[turn % 3 :] + everybody[: turn % 3]
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
