"""A call that failed after it had done a part: what the engine has to store all the same.

The protocol has an error for that, whose details hold id, inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as proto

from ..core.errors import KeywordsAIError
from ..core.redaction import redact
from ..lifecycle.set_failures import PartlyDoneError
from .wire import sent

if TYPE_CHECKING:
    from .resource import Resource

DETAILS = "grpc-status-details-bin"
"""The trailing metadata in which gRPC carries the details of an error."""


class PartialStateError(KeywordsAIError):
    """Raised where a failed call has changed what the state holds; `status` tells the engine."""

    def __init__(self, sentence: str, status: bytes) -> None:
        super().__init__(sentence)
        self.status = status


@contextmanager
def told_with_its_state(resource: Resource, id_: str) -> Iterator[None]:
    """Turn a PartlyDoneError in the block into one that tells the engine what to store."""
    try:
        yield
    except PartlyDoneError as error:
        kind, properties = resource.kind, resource.properties
        sentence = redact(error.with_state)
        details = proto.ErrorResourceInitFailed(
            id=id_,
            properties=sent(*properties.outputs_of(kind, error.outputs)),
            inputs=sent(*properties.inputs_of(kind, error.inputs)),
            reasons=[sentence],
        )
        raise PartialStateError(sentence, _status(sentence, details)) from None


def _status(sentence: str, details: proto.ErrorResourceInitFailed) -> bytes:
    from pulumi.runtime.proto import status_pb2  # noqa: PLC0415  (which few runs need)

    # The code has to be that of the call.
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=sentence)
    status.details.add().Pack(details)
    written: bytes = status.SerializeToString()
    return written
