"""The resource that a request is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]

from ..core.camel_case import camel_case
from ..core.errors import KeywordsAIError
from ..core.kinds import MODEL, MODEL_SET, PROVIDER, ResourceKind
from ..core.names import URN
from ..lifecycle import provider_steps, set_steps, steps
from ..lifecycle.life import Steps
from ..lifecycle.results import Outputs, Reading
from . import properties, set_properties
from .wire import Path, Received, holds_unknown, received

Props = dict[str, Any]


class Properties(Protocol):
    """How the properties of a kind look to programs and states: the modules below `native`."""

    def declared_in(self, kind: ResourceKind, inputs: Received) -> Props:
        """Return what is declared, as `lifecycle` takes it."""

    def stored_in(
        self, kind: ResourceKind, inputs: Received, outputs: Received, urn: str | None
    ) -> Props:
        """Return the outputs that a dynamic provider's state would hold."""

    def declared_before(self, kind: ResourceKind, inputs: Received, stored: Props) -> Props:
        """Return what was declared before a change."""

    def is_dynamic(self, kind: ResourceKind, values: Mapping[str, Any]) -> bool:
        """Return whether properties have the shape that a dynamic provider gives them."""

    def is_stored(self, kind: ResourceKind, values: Mapping[str, Any]) -> bool:
        """Return whether properties are outputs that were written or read before."""

    def inputs_of(
        self, kind: ResourceKind, props: Mapping[str, Any], secret: Iterable[Path] = ()
    ) -> Received:
        """Return normalized inputs as the state will hold them."""

    def secret_inputs(self, kind: ResourceKind, inputs: Received) -> frozenset[Path]:
        """Return where the secret inputs of a program are, by the API's names."""

    def outputs_of(self, kind: ResourceKind, outs: Outputs) -> Received:
        """Return what the state will hold."""

    def previewed(self, kind: ResourceKind, inputs: Received) -> Received:
        """Return the outputs that a preview can know."""

    def inputs_read(self, kind: ResourceKind, reading: Reading) -> Received | None:
        """Return the inputs after a read; None where the engine can keep its own."""


class Resource(NamedTuple):
    """What a request is about: its kind, the steps of its life, its properties, and its URN."""

    kind: ResourceKind
    steps: Steps[Any]
    properties: Properties
    urn: str

    @classmethod
    def of(cls, request: Any) -> Resource:  # noqa: ANN401  (of any verb)
        """Return the resource of a request; raises KeywordsAIError for a type that is not ours."""
        found = _TYPES.get(request.urn.split("::", 3)[2].rpartition("$")[2])
        if found is None:
            raise KeywordsAIError(f"{request.urn} is of a type that this plugin does not have.")
        return cls(*found, request.urn)

    @property
    def name(self) -> str:
        """The resource's own name in the program."""
        return self.urn.split("::", 3)[-1]

    def declared(self, inputs: Received) -> Props:
        """Return what a program declares; a resource that names no model is named like it."""
        if self.kind.id_field:
            given = {name: value for name, value in inputs.values.items() if value is not None}
            named = {camel_case(self.kind.id_field): self.name} | given
            inputs = inputs._replace(values=named)
        return self.properties.declared_in(self.kind, inputs) | {URN: self.urn}

    def stored(self, inputs: Struct, outputs: Struct) -> Props:
        """Return what the state holds."""
        bags = received(inputs), received(outputs)
        return self.properties.stored_in(self.kind, *bags, self.urn)

    def declaration(self, props: Props, stored: Props | None = None) -> Any:  # noqa: ANN401  (of the kind)
        """Read a declaration."""
        return self.steps.declaration(props, stored, is_unknown=holds_unknown)

    def id_of(self, outs: Outputs) -> str:
        """Return the id of a new resource."""
        return str(outs.values[self.kind.id_field]) if self.kind.id_field else self.name


_KINDS: tuple[tuple[ResourceKind, Steps[Any], Properties], ...] = (
    (MODEL, steps, properties),
    (PROVIDER, provider_steps, properties),
    (MODEL_SET, set_steps, set_properties),
)
_TYPES = {type_: found for found in _KINDS for type_ in (found[0].native_type, found[0].type)}
"""What resources of a type are.

A resource whose replacement has moved to Python, in a run that was interrupted, is deleted through
this plugin under the URN that it would have there: the engine renames what has an alias.
"""
