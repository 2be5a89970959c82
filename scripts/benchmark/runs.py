"""Runs of the CLI, each of them measured: CPU and wall seconds, requests, the provider's memory."""

import contextlib
import os
import re
import resource
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from threading import Event, Thread

from harness.cli_run import Running
from harness.pulumi_stack import Stack

from benchmark.programs import (
    EMPTY,
    EMPTY_YAML,
    NATIVE,
    NO_CHECKPOINTS,
    PROGRAMS,
    write_program,
)
from benchmark.server import Server

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("up", "preview", "change", "refresh", "destroy")
SHORT, OFTEN = ("preview", "refresh"), 3
"""Steps that change nothing and take seconds: a single run measures mostly noise."""
RUN_SECONDS = 300
_PROVIDER = re.compile("-m pulumi.dynamic|pulumi-resource-keywordsai")
LIMITED_MODELS = 300
SMALL = 12
"""Models of most stacks: there, what a run costs before it begins is most of it."""

STARTS = 3


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


class Bench:
    """Runs steps one after the other, and measures and prints each."""

    def __init__(self, server: Server, engine: Path, folder: Path) -> None:
        self.runs: list[Run] = []
        self._server, self._engine, self._folder = server, engine, folder
        self._python = users_python(folder / "venv")
        self._started, self._stacks = time.monotonic(), 0

    def new_stack(self, who: str, n: int, *, quick: bool = False) -> Stack:
        """Make a stack of `n` models with the provider `who`; a `quick` one writes no checkpoints.

        Writing checkpoints takes longer than any latency or limit, and would hide them.
        """
        self._stacks += 1
        folder = self._folder / str(self._stacks)
        stack = Stack(folder, self._engine, self._env(who, n), plain=True)
        stack.env["PATH"] = f"{self._python.parent}{os.pathsep}{stack.env['PATH']}"
        write_program(stack, who, n, self._python.parent)
        if quick or who == NO_CHECKPOINTS:
            stack.env |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
        stack.start("version").wait()
        return stack

    def lifecycle(
        self, n: int, latency: int, everybody: Sequence[str], steps: Sequence[str]
    ) -> None:
        """Run every step with one stack of each provider before going on to the next step."""
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

    def small(self) -> None:
        """Preview stacks of a dozen models, and of none, in both languages in turn."""
        everybody = (EMPTY_YAML, NATIVE, EMPTY, "ours", "floor")
        stacks = {who: self.new_stack(who, SMALL) for who in everybody}
        self._server.play()
        for who, stack in stacks.items():
            self._step(stack, who, SMALL, 0, "up")
        for _, (who, stack) in product(range(OFTEN), stacks.items()):
            self.runs.append(self._step(stack, who, SMALL, 0, "preview"))
        self._server.empty()
        self._server.seen()

    def starts(self) -> None:
        """Start the plugin until it can be called, and a Python that only imports gRPC, in turn."""
        plugin = [str(self._python.parent / "pulumi-resource-keywordsai"), "127.0.0.1:1"]
        bare = [str(self._python), "-c", "import grpc; print(flush=True)"]
        for _, (who, command) in product(range(STARTS), {NATIVE: plugin, "grpc": bare}.items()):
            cpu, started = children_cpu(), time.monotonic()
            env = {**os.environ, "PYTHONPATH": ""}  # what is installed, not a checkout
            with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:  # noqa: S603  (our own)
                assert process.stdout is not None
                process.stdout.readline()
                wall = time.monotonic() - started
                process.kill()  # its end is not what is measured
            self.runs.append(Run(who, 0, 0, "start", children_cpu() - cpu, wall, {}))
            self._say(self.runs[-1])

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
        """Create 300 models on a server that takes 60 requests per window."""
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
        if step == "change":
            price = len(self.runs) + 3
            stack.env["BENCH_PRICE"] = str(price)
            if who == NATIVE:
                write_program(stack, who, n, self._python.parent, price)
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
            "KEYWORDSAI_API_KEY": key_of(who),
            "KEYWORDSAI_BASE_URL": self._server.url,
        }

    def _say(self, run: Run) -> None:
        told = ", ".join(f"{count} {what}" for what, count in run.requests.items()) or "no requests"
        write(
            f"{time.monotonic() - self._started:5.0f} s  n={run.n:<3} {run.latency_ms:>2} ms  "
            f"{run.step:<10} {run.who:<20} cpu {run.cpu:5.2f}  wall {run.wall:5.2f}  {told}"
        )


def key_of(who: str) -> str:
    """Return the key of one provider; a shorter one could not be searched for (leaks.py)."""
    return f"key-of-{who}"


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
    """Return the CPU seconds of every process that was started here and has ended.

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
                found = next((pid for pid, told in commands if _PROVIDER.search(told)), None)
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


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
