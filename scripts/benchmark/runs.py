"""Which runs there are, and their order: side by side, so that all have the same machine."""

import os
import subprocess
import time
import venv
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from benchmark.measured import Run, children_cpu, provider_memory, write
from benchmark.programs import (
    EMPTY,
    EMPTY_YAML,
    FLOOR,
    NATIVE,
    NO_CHECKPOINTS,
    OPENTOFU,
    OURS,
    PROGRAMS,
)
from benchmark.projects import STEPS, Project, PulumiProject, TofuProject
from benchmark.server import Server

ROOT = Path(__file__).resolve().parents[2]
SHORT, OFTEN = ("preview", "refresh"), 3
"""Steps that change nothing and take seconds: a single run measures mostly noise."""
RUN_SECONDS = 600
LIMITED_MODELS = 300
SMALL = 12
"""Models of most stacks: there, what a run costs before it begins is most of it."""

GROWN = 4
"""How many times as many models there are when growth is measured."""

STARTS = 3


class Bench:
    """Runs steps one after the other, and measures and prints each."""

    def __init__(self, server: Server, engine: Path, peers: Path | None, folder: Path) -> None:
        self.runs: list[Run] = []
        self._server, self._engine, self._peers, self._folder = server, engine, peers, folder
        self._python = users_python(folder / "venv")
        self._started, self._projects = time.monotonic(), 0

    def new_project(self, who: str, n: int, *, quick: bool = False) -> Project:
        """Make a project of `n` models; a `quick` stack writes no checkpoints."""
        self._projects += 1
        folder, env = self._folder / str(self._projects), self._env(who, n)
        if who == OPENTOFU:
            assert self._peers
            return TofuProject(folder, self._peers, env)
        return PulumiProject(folder, self._engine, env, (who, n), self._python, quick=quick)

    def lifecycle(
        self, n: int, latency: int, everybody: Sequence[str], steps: Sequence[str]
    ) -> None:
        """Run every step with one project of each provider before going on to the next step."""
        projects = {who: self.new_project(who, n, quick=latency > 0) for who in everybody}
        self._server.play(latency_ms=latency)
        todo = ["up", *(step for step in STEPS[1:] if step in steps)]
        runs = [step for step in todo for _ in range(OFTEN if step in SHORT else 1)]
        for step, (who, project) in product(runs, projects.items()):
            if step in ("up", "destroy") or who != NO_CHECKPOINTS:
                run = self._step(project, who, n, latency, step)
                if step in steps:
                    self.runs.append(run)
        self._forget()

    def small(self) -> None:
        """Preview stacks of a dozen models, and of none, in both languages in turn."""
        everybody = (EMPTY_YAML, NATIVE, EMPTY, OURS, FLOOR)
        self._previews("small preview", [(who, SMALL) for who in everybody], quick=False)

    def growth(self, n: int, everybody: Sequence[str]) -> None:
        """Preview `n` models and four times as many, in turn."""
        self._previews("growth", list(product(everybody, (n, GROWN * n))), quick=True)

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
        project = self.new_project(who, LIMITED_MODELS, quick=True)
        self._server.play(limited=True)
        run = self._step(project, who, LIMITED_MODELS, 0, "up", may_fail=True)
        made = self._server.models(key_of(who))
        self.runs.append(replace(run, step="limited up", missing=LIMITED_MODELS - made))
        self._server.play()
        self._forget()

    def _previews(self, step: str, wanted: Sequence[tuple[str, int]], *, quick: bool) -> None:
        """Apply what is `wanted` (who, and how many models), then preview all of it in turn."""
        self._server.play()
        projects = {}
        for who, n in wanted:
            projects[who, n] = self.new_project(who, n, quick=quick)
            self._step(projects[who, n], who, n, 0, "up")
            self._server.empty()  # the next one may have the same models
        for _, ((who, n), project) in product(range(OFTEN), projects.items()):
            self.runs.append(replace(self._step(project, who, n, 0, "preview"), step=step))
        self._forget()

    def _step(
        self, project: Project, who: str, n: int, latency: int, step: str, *, may_fail: bool = False
    ) -> Run:
        if step == "change":
            project.price(len(self.runs) + 3)  # another one each time, so that it is a change
        cpu, started = children_cpu(), time.monotonic()
        with provider_memory(running := project.start(step)) as peaks:
            try:
                result = running.wait(RUN_SECONDS)
            finally:
                running.kill()  # Ctrl-C reaches the bench alone
        wall = time.monotonic() - started
        cpu = children_cpu() - cpu
        if result.returncode and not may_fail:
            raise SystemExit(f"bench: {who}, {step} of {n} failed:\n{result.output[-3000:]}")
        if step in SHORT and not project.unchanged.search(result.stdout):
            raise SystemExit(
                f"bench: {who}, {step} of {n} is not unchanged:\n{result.output[-3000:]}"
            )
        requests, seconds = self._server.seen()
        run = Run(who, n, latency, step, cpu, wall, requests, max(peaks, default=0), 0, seconds)
        self._say(run)
        return run

    def _forget(self) -> None:
        self._server.empty()
        self._server.seen()

    def _env(self, who: str, n: int) -> dict[str, str]:
        return {
            "BENCH_MODELS": str(n),
            "KEYWORDSAI_API_KEY": key_of(who),
            "KEYWORDSAI_BASE_URL": self._server.url,
        }

    def _say(self, run: Run) -> None:
        told = ", ".join(f"{count} {what}" for what, count in run.requests.items()) or "no requests"
        write(
            f"{time.monotonic() - self._started:5.0f} s  n={run.n:<4} {run.latency_ms:>2} ms  "
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
