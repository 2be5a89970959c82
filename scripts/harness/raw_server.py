"""Servers without any behavior: they record requests and send back what the test gave them."""

import json
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any


@dataclass(frozen=True)
class Arrived:
    """One request as it arrived: names in `headers` are lower case, `connection` counts from 0."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:  # noqa: ANN401  (JSON is anything)
        """The decoded body; None where there is none."""
        return json.loads(self.body) if self.body else None


@dataclass
class RawServer:
    """Where the server listens, what has arrived, and the answers left: (status, JSON) in turn."""

    url: str
    answers: list[tuple[int, Any]]
    requests: list[Arrived] = field(default_factory=list)
    connections: int = 0


@contextmanager
def raw_server(answers: Iterable[tuple[int, Any]]) -> Iterator[RawServer]:
    """Return these answers (status, JSON) to requests in the order they arrive; then 500."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            with lock:
                self.number = served.connections
                served.connections += 1

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                served.requests.append(Arrived(self.command, self.path, headers, body, self.number))
                status, content = served.answers.pop(0) if served.answers else (500, {})
            text = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815  (http.server's)

        def log_message(self, *_: object) -> None:
            """Log nothing: `requests` has it all."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served = RawServer(f"http://127.0.0.1:{server.server_port}", list(answers))
        with _serving(server):
            yield served


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


Piece = bytes | float
"""Bytes to write, or seconds to wait."""


@dataclass
class ByteServer:
    """Where the server listens, and the heads of the requests so far."""

    port: int
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def byte_server(
    *pieces: Piece, then: Sequence[Piece] = (), tls: ssl.SSLContext | None = None
) -> Iterator[ByteServer]:
    """Answer each request with `pieces`, and then repeat those in `then` for 8 seconds.

    Without `then` the connection stays open for the next request.
    """
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            while head := _head(self.rfile):
                length = head.lower().partition("content-length:")[2].partition("\r\n")[0]
                self.rfile.read(int(length or 0))
                served.heads.append(head)
                self.play(pieces)
                end = time.monotonic() + 8
                while then and not over.is_set() and time.monotonic() < end:
                    self.play(then)

        def play(self, pieces: Sequence[Piece]) -> None:
            for piece in pieces:
                if isinstance(piece, bytes):
                    self.wfile.write(piece)
                else:
                    over.wait(piece)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket.socket, object]:
            connection, address = super().get_request()
            if tls:  # the handshake comes with the first read, in the connection's own thread
                connection = tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
            return connection, address

        def handle_error(self, *_: object) -> None:
            """Log nothing: tests hang up on purpose."""

    with Server(("127.0.0.1", 0), Handler) as server:
        served = ByteServer(server.server_address[1])
        with _serving(server):
            try:
                yield served
            finally:
                over.set()


def _head(file: BufferedIOBase) -> str:
    """Read the head of a request; it is empty once the client has hung up."""
    lines = []
    while (line := file.readline()) not in (b"\r\n", b""):
        lines.append(line)
    return b"".join(lines).decode()
