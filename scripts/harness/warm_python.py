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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NoReturn

_REQUEST = 1 << 16
"""Bytes that a request may have: an environment and a few words."""


@contextmanager
def forked(module: str, argument: str, env: Mapping[str, str], imports: str) -> Iterator[IO[str]]:
    """Run a module in a fork with this environment, yield its output, and kill it at the end.

    `imports` is code that its Python has run before, and that the module does not notice.
    """
    warm = _warm_python(module, imports, env["PYTHONPATH"])
    reading, writing = os.pipe()
    with open(reading) as printed:
        request = {"argument": argument, "env": {**env}, "folder": str(Path.cwd())}
        pid = _ask(warm, request, [writing])
        os.close(writing)
        try:
            yield printed
        finally:
            _ask(warm, {"kill": pid})


@functools.cache
def _warm_python(module: str, imports: str, path: str) -> socket.socket:
    """Start one, and return the socket for requests; closing it ends this Python and its forks."""
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


def _ask(warm: socket.socket, request: Mapping[str, object], files: Sequence[int] = ()) -> int:
    """Ask for a fork or for the end of one; returns its process ID."""
    socket.send_fds(warm, [json.dumps(request).encode()], files)
    return int(warm.recv(100))


def _serve(asked: socket.socket, module: str) -> None:
    """Fork and kill as asked, until the other end of the socket is closed."""
    forks: set[int] = set()
    while True:
        text, files, *_ = socket.recv_fds(asked, _REQUEST, 1)
        if not text:
            break
        request = json.loads(text)
        if "kill" in request:
            pid = request["kill"]
            _kill(pid)
            forks.remove(pid)
        else:
            pid = os.fork()
            if pid == 0:
                asked.close()
                _run_module(module, files[0], **request)
            os.close(files[0])
            forks.add(pid)
        asked.send(str(pid).encode())
    for pid in forks:
        _kill(pid)


def _run_module(
    module: str, stdout: int, argument: str, env: dict[str, str], folder: str
) -> NoReturn:
    """Run the module as a process of its own would, and exit."""
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


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    exec(sys.argv[3])  # noqa: S102  (our imports)
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
