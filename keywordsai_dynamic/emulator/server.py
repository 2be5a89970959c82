"""HTTP around the routes: connections, keys, faults and the request log."""

import asyncio
import math
import socket
import threading
import time
from collections.abc import Callable, Mapping

import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .backend import Backend
from .exchange import sent_key
from .faults import Faults
from .request_log import RecordedRequest, without_credentials
from .routes import Routes
from .scripted import Answer, what_was_sent

PAUSE = 0.05  # seconds between the parts of a slow body


class Stage:
    """Handles one request: reads it, plays its fault, lets the API answer, and logs it."""

    def __init__(
        self,
        backend: Backend,
        faults: Faults,
        api_keys: Mapping[str, str],
        note: Callable[[RecordedRequest], None],
    ) -> None:
        self._routes = Routes(backend)
        self._faults = faults
        self._api_keys = api_keys
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        try:
            await self._serve(scope, receive, send)
        except asyncio.CancelledError:
            return  # the emulator stops while an answer is delayed

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrived = time.monotonic()
        body = await _read(receive)
        if body is None:
            return
        method, path = scope["method"], scope["raw_path"].decode("ascii")
        query = scope["query_string"].decode("ascii")
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        organization = self._api_keys.get(sent_key(headers.get("authorization", "")) or "")
        if self._faults.latency:
            await asyncio.sleep(self._faults.latency)

        fault = self._faults.choose(method, path, organization)
        answer = None
        if fault is None or fault.when == "after":
            scope["state"].update(organization=organization, body=body)
            answer = await self._ask(scope)
        if fault is not None:
            sent = what_was_sent(method, path, query, headers, body)
            answer = fault.answer.answer(sent) if fault.answer is not None else None
        held = self._faults.hold(method, path) if fault is None else None
        played = "held" if held is not None else fault.name if fault is not None else None
        self._note(
            RecordedRequest(
                method,
                path,
                query,
                headers,
                without_credentials(path, body),
                answer.status if answer is not None else None,
                organization,
                arrived,
                played,
            )
        )
        if fault is None or fault.when == "after":
            for action in self._faults.due(method, path):
                # In a thread, so that it may ask the emulator itself.
                await asyncio.to_thread(action)
        if held is not None:
            await asyncio.wrap_future(held)
        if answer is None:
            await _hang_up(scope, receive)
        else:
            await _send(answer, scope, receive, send)

    async def _ask(self, scope: Scope) -> Answer:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._routes.app(scope, receive, send)
        start, *parts = sent
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in start["headers"])
        return Answer(start["status"], b"".join(part["body"] for part in parts), headers)


async def _read(receive: Receive) -> bytes | None:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message["body"]
        if not message["more_body"]:
            return body


async def _send(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name.lower(): value for name, value in answer.headers}
    if answer.status != 204:
        headers.setdefault("content-length", str(len(answer.body)))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    body = answer.body[: answer.cut_after]
    if answer.seconds:
        size = max(1, math.ceil(len(body) * PAUSE / answer.seconds))
        for start in range(0, len(body), size):
            await asyncio.sleep(answer.seconds * size / len(body))
            part = body[start : start + size]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        body = b""
    if answer.cut_after is None:
        await send({"type": "http.response.body", "body": body})
    else:
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await _hang_up(scope, receive)


async def _hang_up(scope: Scope, receive: Receive) -> None:
    scope["state"]["transport"].close()
    while (await receive())["type"] != "http.disconnect":
        pass


class _Protocol(H11Protocol):
    """HTTP/1.1 that gives the application its connection, which it may have to drop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
        # asyncio does this only for sockets that name their protocol. Without it every answer,
        # written as head and body, waits 40 ms for the client's acknowledgment.
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _Uvicorn(uvicorn.Server):
    """A server that signals when it is ready and stops at once: tests start hundreds of them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def main_loop(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self.ready.set()
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)


def start(stage: Stage, listener: socket.socket) -> Callable[[], None]:
    """Serve on a bound socket in a new thread; returns a function that stops it."""
    config = uvicorn.Config(
        stage,
        http=_Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
    )
    server = _Uvicorn(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="emulator", daemon=True)
    thread.start()
    if not server.ready.wait(timeout=10):
        raise RuntimeError("the emulator did not start within 10 seconds")

    def stop() -> None:
        server.stop()
        thread.join(timeout=10)

    return stop
