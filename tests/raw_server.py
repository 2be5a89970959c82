"""A server without any behaviour: it notes what arrives and answers what it was given, in turn."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Arrived:
    """One request as it came: `headers` with lower-case names, `connection` counts from 0."""

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
    """Where the server listens, what arrived, and what it will answer: (status, JSON) in turn."""

    url: str
    answers: list[tuple[int, Any]]
    requests: list[Arrived] = field(default_factory=list)
    connections: int = 0


@contextmanager
def raw_server(answers: Iterable[tuple[int, Any]]) -> Iterator[RawServer]:
    """Answer the given (status, JSON) to the requests that come, in their order; then 500."""
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
            """Say nothing: what arrived is in `requests`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served = RawServer(f"http://127.0.0.1:{server.server_port}", list(answers))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
