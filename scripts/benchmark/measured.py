"""What is measured of a command: CPU and wall seconds, requests, the provider's memory."""

import contextlib
import os
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from harness.cli_run import Running

_PROVIDER = re.compile("-m pulumi.dynamic|pulumi-resource-keywordsai|terraform-provider-restapi")


@dataclass(frozen=True)
class Run:
    """One run, as it was measured: seconds, requests by method (and "429"), MiB.

    `missing` counts the models that were not made; `seconds` lie between the first request and the
    last.
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
    """Collect the peak memory, in MiB, of each process of the provider that is seen.

    A command may start the provider more than once: for its schema, then for its work.
    """
    peaks: list[float] = []
    over = Event()

    def watch() -> None:
        while not over.wait(0.1):
            for pid, command in running.processes().items():
                if _PROVIDER.search(command):
                    peaks.extend(_peak(pid))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _peak(pid: int) -> list[float]:
    """Return the peak memory of a process, or nothing if it has ended."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
    return []


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
