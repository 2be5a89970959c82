"""The program `pulumi-resource-keywordsai`, which the engine starts: a server, and its end."""

from __future__ import annotations

import gc
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import grpc  # type: ignore[import-untyped]

from . import bare_sdk

_THREADS = 200
"""Calls at a time; a thread is started when it is needed. The engine's own limit is lower."""

_LARGEST_MESSAGE = 400 * 1024 * 1024  # as in every plugin that Pulumi makes
_LOOK = 0.2
"""Seconds between two looks at whether the engine still lives."""

_GRACE = 0.5
"""Seconds that calls under way may take when the process is to end."""


def main() -> None:
    """Print the port, and serve until the engine is done, or gone.

    The engine does not end its plugins where it is killed. The parent's id shows that on every
    system; Linux's own signal for it (PR_SET_PDEATHSIG) comes when the thread ends that started the
    plugin, and a Go program ends threads at will.
    """
    engine, ended = os.getppid(), Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server = _server(ended)
    while not ended.wait(_LOOK) and os.getppid() == engine:
        pass
    server.stop(_GRACE).wait()
    os._exit(0)  # a thread may still wait for the service


def _server(ended: Event) -> grpc.Server:
    bare_sdk.load()
    from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415  # bare only from here on

    from .servicer import Servicer  # noqa: PLC0415  # likewise

    options = [("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(ended.set), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # Imported modules live as long as the process, so no collection needs to visit them.
    gc.freeze()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    return server


if __name__ == "__main__":
    main()
