"""What the engine calls first: questions about the plugin, for which nothing else is loaded.

The engine starts the plugin twice in a command, once for its schema alone.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from grpc import ServicerContext, StatusCode  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from . import package_schema
from .lasting_imports import lasting_imports

if TYPE_CHECKING:
    from .servicer import Servicer


class Front(ResourceProviderServicer):
    """Answers about the plugin itself, and passes the verbs on; `end` ends the process."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._lock = Lock()
        self._servicer: Servicer | None = None

    def Handshake(
        self, request: proto.ProviderHandshakeRequest, context: ServicerContext
    ) -> proto.ProviderHandshakeResponse:
        """Tell which parts of the protocol are used."""
        return proto.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Empty, context: ServicerContext) -> plugin_pb2.PluginInfo:
        """Return the version of the package, which its schema has too."""
        return plugin_pb2.PluginInfo(version=package_schema.version())

    def GetSchema(
        self, request: proto.GetSchemaRequest, context: ServicerContext
    ) -> proto.GetSchemaResponse:
        """Return the package's schema."""
        return proto.GetSchemaResponse(schema=package_schema.text())

    def Cancel(self, request: Empty, context: ServicerContext) -> Empty:
        """End the process, once what it has begun is done or its time is over."""
        self._end()
        return Empty()

    def ending(self) -> float:
        """Begin nothing more; returns the seconds that calls under way may take."""
        return self._servicer.ending() if self._servicer else 0.0

    def servicer(self) -> Servicer:
        """Return what the verbs are passed on to; the first call loads it."""
        with self._lock:
            if self._servicer is None:
                with lasting_imports():
                    from .servicer import Servicer  # noqa: PLC0415  # only here is it needed
                self._servicer = Servicer()
            return self._servicer


def _passed_on(verb: str) -> Callable[[Front, Any, ServicerContext], Any]:
    def call(front: Front, request: Any, context: ServicerContext) -> Any:  # noqa: ANN401  (any verb's)
        try:
            servicer = front.servicer()
        except Exception as error:  # noqa: BLE001  (whatever a broken package raises)
            from .damage import not_working  # noqa: PLC0415  # only here is it needed

            context.abort(StatusCode.UNKNOWN, not_working(error))
        return getattr(servicer, verb)(request, context)

    return call


for _name in (
    "CheckConfig",
    "DiffConfig",
    "Configure",
    "Check",
    "Diff",
    "Create",
    "Update",
    "Read",
    "Delete",
    "Invoke",
):
    setattr(Front, _name, _passed_on(_name))
