"""A Python that has imported what provider processes need, and forks one whenever a test asks.

A provider process takes most of a second of a processor to start, and next to nothing to answer a
test's calls. A fork of a Python that has only imported starts at once, and knows as little of other
processes as one that the engine starts.
"""

import atexit
import functools
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_REQUEST = 1 << 16
"""Bytes that a request may have: an environment and a few words."""


@contextmanager
def forked(module: str, argument: str, env: Mapping[str, str], imports: str) -> Iterator[IO[str]]:
    """Run a module in a fork, with this environment; give what it prints. It is killed at the end.

    `imports` is what its Python does before: nothing that a process of its own could notice.
    """
    warm = _warm_python(module, imports, env["PYTHONPATH"])
    reading, writing = os.pipe()
    with open(reading) as printed:
        request = {"argument": argument, "env": {**env}, "folder": str(Path.cwd())}
        pid = _answer(warm, request, [writing])
        os.close(writing)
        try:
            yield printed
        finally:
            _answer(warm, {"kill": pid})


@functools.cache
def _warm_python(module: str, imports: str, path: str) -> socket.socket:
    """Start one, and return how it is asked; it ends when that is closed, with all its forks."""
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    process = subprocess.Popen(  # noqa: S603  (this file)
        [sys.executable, "-P", "-u", __file__, str(number), module, imports],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
        pass_fds=[number],
    )
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _answer(
    warm: socket.socket, request: Mapping[str, object], files: list[int] | None = None
) -> int:
    socket.send_fds(warm, [json.dumps(request).encode()], files or [])
    return int(warm.recv(100))


def _serve(asked: socket.socket, module: str) -> None:
    """Fork and kill as asked, until nobody can ask any more."""
    forks: set[int] = set()
    while True:
        text, files, *_ = socket.recv_fds(asked, _REQUEST, 1)
        if not text:
            break
        request = json.loads(text)
        pid = request.get("kill") or os.fork()
        if pid == 0:
            asked.close()
            _become(module, files[0], **request)
        elif "kill" in request:
            _end(pid)
            forks.remove(pid)
        else:
            os.close(files[0])
            forks.add(pid)
        asked.send(str(pid).encode())
    for pid in forks:
        _end(pid)


def _become(module: str, stdout: int, argument: str, env: dict[str, str], folder: str) -> None:
    """Be the process that runs the module, and nothing else."""
    os.dup2(stdout, 1)
    os.close(stdout)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = [module, argument]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        os._exit(1)


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    exec(sys.argv[3])  # noqa: S102  (our imports)
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
