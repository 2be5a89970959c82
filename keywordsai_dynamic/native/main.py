"""The program `pulumi-resource-keywordsai`, which the engine starts: a server, and its end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from . import bare_sdk
from .lasting_imports import lasting_imports

if TYPE_CHECKING:
    import grpc  # type: ignore[import-untyped]

    from .front import Front

_THREADS = 200
"""Calls at a time; a thread is started when it is needed. The engine's own limit is lower."""

_LARGEST_MESSAGE = 400 * 1024 * 1024  # as in every plugin that Pulumi makes
_LOOK = 0.2
"""Seconds between two looks at whether the engine still lives."""


def main() -> None:
    """Print the port, and serve until the engine is done, or gone.

    The engine does not end its plugins where it is killed. The parent's id shows that on every
    system; Linux's own signal for it (PR_SET_PDEATHSIG) comes when the thread ends that started the
    plugin, and a Go program ends threads at will. Ends on one line where the environment is broken.
    """
    engine = os.getppid()
    # An Event would not do: the thread that waits for it handles the signals, and holds its lock.
    ends: SimpleQueue[None] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ends.put(None))
    try:
        server, front = _server(lambda: ends.put(None))
    except Exception as error:  # noqa: BLE001  (whatever a broken package raises)
        from .damage import cannot_start  # noqa: PLC0415  (which a plugin that starts does not need)

        sys.exit(f"\n{cannot_start(error)}")
    while not _is_to_end(ends) and os.getppid() == engine:
        pass
    server.stop(front.ending()).wait()
    os._exit(0)  # a thread may still wait for the service


def _is_to_end(ends: SimpleQueue[None]) -> bool:
    try:
        ends.get(timeout=_LOOK)
    except Empty:
        return False
    return True


def _server(end: Callable[[], None]) -> tuple[grpc.Server, Front]:
    with lasting_imports():
        bare_sdk.load()
        import grpc  # noqa: PLC0415  # nothing of it is collected
        from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415  # bare only from here on

        from . import package_schema  # noqa: PLC0415  # likewise
        from .front import Front  # noqa: PLC0415  # likewise

    package_schema.text()  # a missing schema is reported now
    options = [("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=options)
    front = Front(end)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(front, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    return server, front


if __name__ == "__main__":
    main()
