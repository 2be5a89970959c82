"""Messages from the provider process to the user, through the engine's log.

The SDK's own log has no engine in a dynamic provider process (pulumi#6065). The engine's address is
the process's first argument, and `Log` is the call that providers in other languages use.
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
    """The engine's log at `address` (host:port); without one, messages go to standard error."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        self._stub: engine_pb2_grpc.EngineStub | None = None
        self._lock = Lock()

    @classmethod
    def of_this_process(cls) -> EngineLog:
        """Return the log of the engine that started this provider process."""
        address = sys.argv[1] if len(sys.argv) > 1 else ""
        return cls(address if re.fullmatch(r"\S+:\d+", address) else None)

    def info(self, sentence: str, urn: str | None = None) -> None:
        """Log something that is as it should be."""
        self._send("INFO", sentence, urn)

    def warning(self, sentence: str, urn: str | None = None) -> None:
        """Log something that may be a mistake."""
        self._send("WARNING", sentence, urn)

    def error(self, sentence: str, urn: str | None = None) -> None:
        """Log one of several failures; whoever logs it fails with another one."""
        self._send("ERROR", sentence, urn)

    def status(self, sentence: str, urn: str | None = None) -> None:
        """Show what the run is waiting for, in a line that the next one replaces."""
        self._send("INFO", sentence, urn, ephemeral=True)

    def _send(
        self, severity: str, sentence: str, urn: str | None, *, ephemeral: bool = False
    ) -> None:
        sentence = redact(sentence)
        if self.address is None:
            sys.stderr.write(f"{sentence}\n")
            return
        import grpc  # type: ignore[import-untyped]  # noqa: PLC0415  # untyped; loaded only where needed
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc  # noqa: PLC0415  # as above

        with self._lock:
            if self._stub is None:
                # The engine is on this machine, so a proxy from the environment must not be used.
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
