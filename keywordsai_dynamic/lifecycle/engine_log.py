"""Sentences from the provider's process to the user, through the engine's own log.

`pulumi.log` has no engine in a dynamic provider's process (pulumi#6065); the engine's address is
the process's first argument, and `Log` is what providers in other languages call.
"""

from __future__ import annotations

import re
import sys
from threading import Lock
from typing import TYPE_CHECKING

from ..core.redaction import redact

if TYPE_CHECKING:
    from pulumi.runtime.proto import engine_pb2_grpc

# The CLI panics in the middle of an update when a message carries a malformed URN.
_URN = re.compile(r"urn:pulumi:[^:]+::[^:]+::[^:\s][^\s]*::.+")


class EngineLog:
    """The engine's log at `address` (host:port); without one, sentences go to standard error."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        self._stub: engine_pb2_grpc.EngineStub | None = None
        self._lock = Lock()

    @classmethod
    def of_this_process(cls) -> EngineLog:
        """Find the engine that started this provider process."""
        address = sys.argv[1] if len(sys.argv) > 1 else ""
        return cls(address if re.fullmatch(r"\S+:\d+", address) else None)

    def info(self, sentence: str, urn: str | None = None) -> None:
        """Tell something that went as it should."""
        self._send("INFO", sentence, urn)

    def warning(self, sentence: str, urn: str | None = None) -> None:
        """Tell something that may be a mistake."""
        self._send("WARNING", sentence, urn)

    def status(self, sentence: str) -> None:
        """Tell what is being waited for: a line that the next one replaces and nothing keeps."""
        self._send("INFO", sentence, None, ephemeral=True)

    def _send(
        self, severity: str, sentence: str, urn: str | None, *, ephemeral: bool = False
    ) -> None:
        sentence = redact(sentence)
        if self.address is None:
            sys.stderr.write(f"{sentence}\n")
            return
        import grpc  # type: ignore[import-untyped]  # noqa: PLC0415  # untyped; only to be loaded here
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc  # noqa: PLC0415  # as above

        with self._lock:
            if self._stub is None:
                # The engine is on this machine, and a proxy of the environment may not be.
                options = [("grpc.enable_http_proxy", 0)]
                channel = grpc.insecure_channel(self.address, options=options)
                self._stub = engine_pb2_grpc.EngineStub(channel)
        request = engine_pb2.LogRequest(
            severity=getattr(engine_pb2, severity),
            message=sentence,
            urn=urn if urn and _URN.fullmatch(urn) else "",
            ephemeral=ephemeral,
        )
        try:
            self._stub.Log(request, timeout=5)
        except grpc.RpcError:
            sys.stderr.write(f"{sentence}\n")
