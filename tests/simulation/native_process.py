"""A process of the native plugin: the product's own servicer, called without gRPC.

What the engine keeps are the plugin's own properties, camelCase and marked secrets. The judge and
the rest of the world read them under the API's names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import status_pb2

from keywordsai_dynamic.api.sending import Wire
from keywordsai_dynamic.core.camel_case import snake_case
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.kinds import MODEL_SET, ResourceKind
from keywordsai_dynamic.core.names import ANSWERED, BASE_URL, DECLARED
from keywordsai_dynamic.core.names import PROVIDER as PICKLED
from keywordsai_dynamic.lifecycle.results import Outputs, Reading
from keywordsai_dynamic.native import properties, set_properties
from keywordsai_dynamic.native.program_notes import ProgramNotes
from keywordsai_dynamic.native.resource import Properties
from keywordsai_dynamic.native.servicer import Servicer
from keywordsai_dynamic.native.wire import received, sent
from keywordsai_dynamic.native.wording import CAMEL

from .process import HalfDoneError, Notes, Process
from .scheduler import DESTROYS, Scheduler
from .service import Setup

if TYPE_CHECKING:
    from .engine import Options, Stored

Paths = frozenset[tuple[str, ...]]

_MODEL_IN_A_PATH = re.compile(r'models\["([^"]+)"\]')


class Kept(dict[str, Any]):
    """Properties under the API's names, and `struct`, which is what the engine keeps of them."""

    def __init__(self, values: Mapping[str, Any], struct: Any) -> None:  # noqa: ANN401  (a Struct)
        super().__init__(values)
        self.struct = struct

    @property
    def plain(self) -> dict[str, Any]:
        """What the state holds in plain text."""
        values, secret = received(self.struct)
        return _plain(values, frozenset(map(_named, secret)))


class _PartialError(KeywordsAIError):
    """Raised where an error has details: what the engine has to store of a set."""

    def __init__(self, sentence: str, details: bytes) -> None:
        super().__init__(sentence)
        self.details = details


class _Context:
    """The call, as gRPC has it."""

    def __init__(self) -> None:
        self._details: bytes | None = None

    def set_trailing_metadata(self, metadata: Sequence[tuple[str, bytes]]) -> None:
        """Note what an error carries."""
        [(_, self._details)] = metadata

    def abort(self, _code: object, sentence: str) -> None:
        """End the call with an error."""
        if sentence.startswith("This is a bug"):
            raise AssertionError(sentence)
        if self._details is not None:
            raise _PartialError(sentence, self._details)
        raise KeywordsAIError(sentence)


class NativeProcess(Process):
    """A process of the native plugin, with the verbs of one of the dynamic provider."""

    width = 16  # the engine's own width on four processors; the plugin has none

    def __init__(
        self,
        scheduler: Scheduler,
        setup: Setup,
        wire: Wire,
        notes: Notes,
        heard: Callable[[str], None],
        *,
        options: Options,
    ) -> None:
        super().__init__(scheduler, setup, wire, notes, heard)
        self.run.wording = CAMEL
        self._servicer = Servicer()
        program_notes = ProgramNotes(
            self.run,
            lambda: bool(options.targets or options.excludes),
            lambda: options.continue_on_error,
            lambda: None,  # what its preview has left comes with the notes
        )
        program_notes.begin()
        self.run.previewed = notes.previewed  # type: ignore[assignment]  # the same methods
        self._servicer._begun = self.run, program_notes

    def check(
        self, kind: ResourceKind, props: Mapping[str, Any], stored: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the inputs that the engine stores; raises KeywordsAIError for check failures."""
        request = proto.CheckRequest(
            urn=props["__urn"], news=_of_a_program(kind, props), olds=_struct(kind, stored)
        )
        answer = self._servicer.Check(request, _Context())
        if answer.failures:
            raise KeywordsAIError(
                "; ".join(f"{each.property} {each.reason}".strip() for each in answer.failures)
            )
        return _inputs(kind, answer.inputs)

    def always_secret(self, kind: ResourceKind, inputs: Mapping[str, Any]) -> Paths:
        """Return the paths of inputs that are secret whatever the program says."""
        secret = received(inputs.struct).secret if isinstance(inputs, Kept) else ()
        return frozenset((snake_case(str(path[0])), *map(str, path[1:])) for path in secret)

    def diff(
        self, kind: ResourceKind, old: Stored, urn: str, inputs: Mapping[str, Any]
    ) -> list[str]:
        """Return the fields that differ."""
        answer = self._diff(kind, old, urn, inputs)
        assert bool(answer.diffs) == (answer.changes == proto.DiffResponse.DIFF_SOME)
        assert bool(answer.diffs) == bool(answer.detailedDiff)
        return [snake_case(name) for name in answer.diffs]

    def shown(
        self, kind: ResourceKind, old: Stored, urn: str, inputs: Mapping[str, Any]
    ) -> frozenset[str]:
        """Return the models of a set that a preview shows: those in the paths of the diff."""
        paths = self._diff(kind, old, urn, inputs).detailedDiff
        found = map(_MODEL_IN_A_PATH.match, paths)
        return frozenset(each[1] for each in found if each is not None)

    def _diff(self, kind: ResourceKind, old: Stored, urn: str, inputs: Mapping[str, Any]) -> Any:  # noqa: ANN401  (a response)
        request = proto.DiffRequest(
            id=old.id, urn=urn, news=_struct(kind, inputs), **_held(kind, old, "olds")
        )
        return self._servicer.Diff(request, _Context())

    def create(self, kind: ResourceKind, inputs: Mapping[str, Any], urn: str) -> Outputs:
        """Create, adopt or overwrite the model or provider."""
        struct = _struct(kind, inputs)
        request = proto.CreateRequest(urn=urn, properties=struct)
        with _half_done(kind, struct, urn):
            answer = self._servicer.Create(request, _Context())
        return _outputs(kind, struct, answer.properties, urn)

    def update(
        self, kind: ResourceKind, old: Stored, urn: str, inputs: Mapping[str, Any]
    ) -> Outputs:
        """Update the model or provider."""
        struct = _struct(kind, inputs)
        request = proto.UpdateRequest(id=old.id, urn=urn, news=struct, **_held(kind, old, "olds"))
        with _half_done(kind, struct, urn):
            answer = self._servicer.Update(request, _Context())
        return _outputs(kind, struct, answer.properties, urn)

    def read(self, kind: ResourceKind, old: Stored) -> Reading | None:
        """Read what the state holds."""
        outputs = _of_a_state(kind, old.outputs, _secret_outputs(old))
        inputs = _of_a_state(kind, old.inputs, old.secret_inputs)
        request = proto.ReadRequest(id=old.id, urn=old.urn, properties=outputs, inputs=inputs)
        answer = self._servicer.Read(request, _Context())
        if not answer.id:
            return None
        new = answer.inputs if answer.HasField("inputs") else None
        outs = _outputs(kind, inputs if new is None else new, answer.properties, old.urn)
        return Reading(outs, None if new is None else _inputs(kind, new))

    def get(self, kind: ResourceKind, name: str, urn: str) -> Outputs:
        """Read what the program does not own."""
        named = sent(properties.inputs_of(kind, {kind.id_field: name}).values)
        request = proto.ReadRequest(id=name, urn=urn, properties=named)
        answer = self._servicer.Read(request, _Context())
        return _outputs(kind, named, answer.properties, urn)

    def imported(self, kind: ResourceKind, pattern: str, urn: str) -> Reading:
        """Read the models whose names match a pattern, as `pulumi import` does."""
        answer = self._servicer.Read(proto.ReadRequest(id=pattern, urn=urn), _Context())
        outs = _outputs(kind, answer.inputs, answer.properties, urn)
        return Reading(outs, _inputs(kind, answer.inputs))

    def delete(self, kind: ResourceKind, old: Stored, *, destroys: bool) -> None:
        """Delete the model or provider."""
        request = proto.DeleteRequest(id=old.id, urn=old.urn, **_held(kind, old, "properties"))
        DESTROYS.set(destroys)
        self._servicer.Delete(request, _Context())

    def cancel(self) -> float:
        """Begin nothing more; returns after how many seconds the process ends."""
        return self._servicer.ending()


@contextmanager
def _half_done(kind: ResourceKind, inputs: Any, urn: str) -> Iterator[None]:  # noqa: ANN401  (a Struct)
    """Read from an error what the engine has to store, as the engine does."""
    try:
        yield
    except _PartialError as error:
        status, details = status_pb2.Status(), proto.ErrorResourceInitFailed()
        status.ParseFromString(error.details)
        status.details[0].Unpack(details)
        outs = _outputs(kind, inputs, details.properties, urn)
        raise HalfDoneError(str(error), outs) from None


def _of(kind: ResourceKind) -> Properties:
    return set_properties if kind is MODEL_SET else properties


def _of_a_program(kind: ResourceKind, props: Mapping[str, Any]) -> Any:  # noqa: ANN401  (a Struct)
    return sent(*_of(kind).inputs_of(kind, props)) if props else sent({})


def _struct(kind: ResourceKind, props: Mapping[str, Any]) -> Any:  # noqa: ANN401  (a Struct)
    """Return inputs as the engine has them."""
    if isinstance(props, Kept):
        return props.struct
    return (
        _of_a_state(kind, props, frozenset()) if BASE_URL in props else _of_a_program(kind, props)
    )


def _held(kind: ResourceKind, old: Stored, outputs: str) -> dict[str, Any]:
    return {
        outputs: _of_a_state(kind, old.outputs, _secret_outputs(old)),
        "old_inputs": _of_a_state(kind, old.inputs, old.secret_inputs),
    }


def _secret_outputs(old: Stored) -> Paths:
    return frozenset({(name,) for name in old.secret} | old.inside)


def _of_a_state(
    kind: ResourceKind,
    props: Mapping[str, Any],
    secret: Paths,
) -> Any:  # noqa: ANN401  (a Struct)
    """Return what the engine keeps: of the plugin, or of the dynamic provider before it."""
    if isinstance(props, Kept):
        return props.struct
    return sent({**props, PICKLED: kind.pickled}, secret)


def _inputs(kind: ResourceKind, struct: Any) -> Kept:  # noqa: ANN401  (a Struct)
    return Kept(_of(kind).declared_in(kind, received(struct)), struct)


def _outputs(kind: ResourceKind, inputs: Any, struct: Any, urn: str) -> Outputs:  # noqa: ANN401  (Structs)
    answered = received(struct)
    values = _of(kind).stored_in(kind, received(inputs), answered, urn)
    names = {snake_case(str(path[0])) for path in answered.secret}
    hidden = {DECLARED, ANSWERED} & values.keys()  # `Kept.plain` shows what of them is
    inside = frozenset(_named(path) for path in answered.secret if len(path) > 1)
    secret = frozenset((names & values.keys()) - {path[0] for path in inside}) | hidden
    return Outputs(Kept(values, struct), secret, inside)


def _named(path: tuple[str | int, ...]) -> tuple[str, ...]:
    return (snake_case(str(path[0])), *map(str, path[1:]))


def _plain(values: Mapping[str, Any], secret: Paths) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in values.items():
        inside = frozenset(path[1:] for path in secret if path[0] == snake_case(name))
        if () in inside:
            continue
        plain[name] = _plain(value, inside) if isinstance(value, Mapping) else value
    return plain
