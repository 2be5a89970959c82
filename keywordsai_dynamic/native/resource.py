"""The resource that a request is about."""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]

from ..core.camel_case import camel_case
from ..core.errors import KeywordsAIError
from ..core.kinds import MODEL, PROVIDER, ResourceKind
from ..core.names import URN
from ..lifecycle import provider_steps, steps
from ..lifecycle.declaration import Declaration
from ..lifecycle.life import Steps
from .properties import declared_in, stored_in
from .wire import Received, holds_unknown, received

Props = dict[str, Any]


class Resource(NamedTuple):
    """What a request is about: the kind of resource, the steps of its life, and its URN."""

    kind: ResourceKind
    steps: Steps[Declaration]
    urn: str

    @classmethod
    def of(cls, request: Any) -> Resource:  # noqa: ANN401  (of any verb)
        """Return the resource of a request; raises KeywordsAIError for a type that is not ours."""
        kind = _TYPES.get(request.urn.split("::", 3)[2].rpartition("$")[2])
        if kind is None:
            raise KeywordsAIError(f"{request.urn} is of a type that this plugin does not have.")
        return cls(kind, _STEPS[kind.noun], request.urn)

    @property
    def name(self) -> str:
        """The resource's own name in the program."""
        return self.urn.split("::", 3)[-1]

    def declared(self, inputs: Received) -> Props:
        """Return what a program declares; a resource that names no model is named like it."""
        given = {name: value for name, value in inputs.values.items() if value is not None}
        named = {camel_case(self.kind.id_field): self.name} | given
        return declared_in(self.kind, inputs._replace(values=named)) | {URN: self.urn}

    def stored(self, inputs: Struct, outputs: Struct) -> Props:
        """Return what the state holds."""
        return stored_in(self.kind, received(inputs), received(outputs), self.urn)

    def declaration(self, props: Props, stored: Props | None = None) -> Declaration:
        """Read a declaration."""
        return Declaration.from_props(props, stored, is_unknown=holds_unknown, kind=self.kind)


_STEPS: dict[str, Steps[Declaration]] = {MODEL.noun: steps, PROVIDER.noun: provider_steps}
_TYPES = {kind.native_type: kind for kind in (MODEL, PROVIDER)}
