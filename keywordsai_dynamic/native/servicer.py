"""Pulumi's provider protocol: its requests in, the steps of `lifecycle` out, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from grpc import ServicerContext  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from ..core.camel_case import camel_case
from ..core.errors import KeywordsAIError
from ..core.kinds import MODEL_SET
from ..core.plausibility import Problem
from ..core.redaction import redact
from ..lifecycle.engine_log import EngineLog
from ..lifecycle.results import Reading
from ..lifecycle.run import Run
from ..lifecycle.this_run import destroys
from . import configuration
from .detailed_diff import difference
from .existence import asks_for_existence, exists
from .failures import told_in_one_line
from .functions import invoke
from .importing import imported
from .moving import completed
from .moving_sets import completed_set
from .partial_state import told_with_its_state
from .program_notes import ProgramNotes
from .refusals import of_what_is_given, refusals, require_name
from .resource import Resource
from .wire import holds_unknown, received, sent
from .wording import CAMEL, OF_AN_EXPLICIT_PROVIDER

Props = dict[str, Any]

_GRACE = 0.5
"""Seconds that calls under way may take when the process is to end."""

_GRACE_OF_A_SET = 5.0
"""The same while a set is written: the requests under way end, and the state gets what was done."""


class Servicer(ResourceProviderServicer):
    """The verbs of every kind of resource, for one account."""

    def __init__(self) -> None:
        self._begun: tuple[Run, ProgramNotes] | None = None
        self._sets = 0

    @property
    def _run(self) -> Run:
        return self._require_begun()[0]

    @property
    def _notes(self) -> ProgramNotes:
        return self._require_begun()[1]

    def _require_begun(self) -> tuple[Run, ProgramNotes]:
        if self._begun is None:
            raise KeywordsAIError("The plugin was called before it was configured.")
        return self._begun

    def ending(self) -> float:
        """Begin nothing more; returns the seconds that calls under way may take."""
        if self._begun is not None:
            self._begun[0].is_ending = True
        return _GRACE_OF_A_SET if self._sets else _GRACE

    @contextmanager
    def _telling_its_state(self, resource: Resource, id_: str) -> Iterator[None]:
        """Tell the engine what to store if the call in the block does only a part of a set."""
        self._sets += resource.kind is MODEL_SET
        try:
            with told_with_its_state(resource, id_):
                yield
        finally:
            self._sets -= resource.kind is MODEL_SET

    def note_failure(self) -> None:
        """Note that a call has failed, which may leave other resources out of the run."""
        if self._begun is not None:
            self._begun[1].add_failure()

    @told_in_one_line
    def CheckConfig(
        self, request: proto.CheckRequest, context: ServicerContext
    ) -> proto.CheckResponse:
        """Refuse a configuration with mistakes; the key is secret, whoever sets it."""
        inputs, secret = received(request.news)
        warn = EngineLog.of_this_process().warning
        found = configuration.problems(request.urn, inputs, warn)
        return proto.CheckResponse(
            inputs=sent(inputs, secret | configuration.SECRET_SETTINGS), failures=_failures(found)
        )

    @told_in_one_line
    def DiffConfig(
        self, request: proto.DiffRequest, context: ServicerContext
    ) -> proto.DiffResponse:
        """Tell that a change of the configuration never replaces what it manages."""
        old, new = received(request.old_inputs).values, received(request.news).values
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        kind = proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE
        return proto.DiffResponse(changes=kind, diffs=changed)

    @told_in_one_line
    def Configure(
        self, request: proto.ConfigureRequest, context: ServicerContext
    ) -> proto.ConfigureResponse:
        """Begin a run; the key is read from configuration or environment once it is needed."""
        if not request.sends_old_inputs_to_delete:
            raise KeywordsAIError("This Pulumi CLI is too old for the plugin; install a newer one.")
        config = received(request.args).values
        is_explicit = request.urn and not configuration.is_default(request.urn)  # "" if unknown
        run = Run(configuration.lookup(config), OF_AN_EXPLICIT_PROVIDER if is_explicit else CAMEL)
        run.stores_parts = True
        notes = ProgramNotes(run)
        notes.begin()
        self._begun = run, notes
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @told_in_one_line
    def Check(self, request: proto.CheckRequest, context: ServicerContext) -> proto.CheckResponse:
        """Normalize and validate what is known, and look up what a create would find."""
        resource, news = Resource.of(request), received(request.news)
        # As an earlier check returned them: nothing has to be read, refused or written again.
        unchanged = request.news == request.olds
        olds = news if unchanged else received(request.olds)
        kind, properties, run = resource.kind, resource.properties, self._run
        if properties.is_dynamic(kind, olds.values):
            is_set = kind is MODEL_SET
            news, warnings = (
                completed_set(olds, news) if is_set else completed(kind, resource.name, olds, news)
            )
            for warning in warnings:
                run.log.warning(warning, resource.urn)
        stored = properties.declared_in(kind, olds) if olds.values else {}
        wanted = resource.declaration(resource.declared(news), stored)
        self._notes.add(kind, resource.urn, names=wanted.names)
        found = [] if unchanged else refusals(kind, resource.name, news)
        problems = wanted.failures(CAMEL) if found else resource.steps.check(run, stored, wanted)
        found += of_what_is_given(problems, news)
        if found:
            self.note_failure()
        if unchanged:
            return proto.CheckResponse(inputs=request.news, failures=_failures(found))
        secret = properties.secret_inputs(kind, news) | resource.steps.always_secret(wanted)
        inputs = properties.inputs_of(kind, wanted.inputs(), secret)
        return proto.CheckResponse(inputs=sent(*inputs), failures=_failures(found))

    @told_in_one_line
    def Diff(self, request: proto.DiffRequest, context: ServicerContext) -> proto.DiffResponse:
        """Compare the old declaration with the new one; only the id needs a replacement."""
        resource = Resource.of(request)
        stored = resource.stored(request.old_inputs, request.olds)
        inputs = resource.declared(received(request.news))
        is_known = not holds_unknown(inputs)
        fields = resource.steps.diff(self._run, request.id, stored, inputs, is_known=is_known)
        if not fields:
            return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)
        kind, properties = resource.kind, resource.properties
        before = properties.declared_before(kind, received(request.old_inputs), stored)
        both = [properties.inputs_of(kind, declared).values for declared in (before, inputs)]
        return difference(kind, fields, *both)

    @told_in_one_line
    def Create(
        self, request: proto.CreateRequest, context: ServicerContext
    ) -> proto.CreateResponse:
        """Create the resource, adopt or overwrite an existing one, or refuse to."""
        resource, inputs = Resource.of(request), received(request.properties)
        kind, properties = resource.kind, resource.properties
        if request.preview:
            return proto.CreateResponse(properties=sent(*properties.previewed(kind, inputs)))
        props = resource.declared(inputs)
        wanted = resource.declaration(props)
        with self._telling_its_state(resource, resource.name):
            outs = resource.steps.create(self._run, props, wanted, resource.urn)
        return proto.CreateResponse(
            id=resource.id_of(outs), properties=sent(*properties.outputs_of(kind, outs))
        )

    @told_in_one_line
    def Update(
        self, request: proto.UpdateRequest, context: ServicerContext
    ) -> proto.UpdateResponse:
        """Send every declared field, unless a field that this change leaves alone has drifted."""
        resource, inputs = Resource.of(request), received(request.news)
        kind, properties = resource.kind, resource.properties
        if request.preview:
            return proto.UpdateResponse(properties=sent(*properties.previewed(kind, inputs)))
        props, stored = resource.declared(inputs), resource.stored(request.old_inputs, request.olds)
        wanted = resource.declaration(props)
        with self._telling_its_state(resource, request.id):
            outs = resource.steps.update(self._run, request.id, stored, props, wanted)
        return proto.UpdateResponse(properties=sent(*properties.outputs_of(kind, outs)))

    @told_in_one_line
    def Read(self, request: proto.ReadRequest, context: ServicerContext) -> proto.ReadResponse:
        """Refresh what the state holds, read for a program, import, or tell whether it is there."""
        resource, outputs = Resource.of(request), received(request.properties)
        kind, properties, run = resource.kind, resource.properties, self._run
        reading: Reading | None
        if properties.is_stored(kind, outputs.values):
            stored = resource.stored(request.inputs, request.properties)
            reading = resource.steps.read(run, request.id, stored)
        else:
            require_name(kind, request.id)
            if asks_for_existence(resource.urn):
                if not exists(run, kind, request.id):
                    return proto.ReadResponse()
                named = {camel_case(kind.id_field): request.id}
                return proto.ReadResponse(id=request.id, properties=sent(named))
            self._notes.add(kind, resource.urn, names=[request.id], owns=False)
            props = properties.declared_in(kind, outputs) if outputs.values else {}
            # A lookup that gives no more than the id cannot be told from an import.
            reading = (
                Reading(resource.steps.get(run, request.id, props, resource.urn), None)
                if props
                else imported(run, kind, request.id, resource.urn)
            )
        if reading is None:
            return proto.ReadResponse()
        inputs = properties.inputs_read(kind, reading)
        return proto.ReadResponse(
            id=request.id if kind.id_field else resource.name,
            properties=sent(*properties.outputs_of(kind, reading.outputs)),
            inputs=None if inputs is None else sent(*inputs),
        )

    @told_in_one_line
    def Delete(self, request: proto.DeleteRequest, context: ServicerContext) -> Empty:
        """Delete, or leave alone what this run declares under another resource."""
        resource = Resource.of(request)
        stored = resource.stored(request.old_inputs, request.properties)
        resource.steps.delete(self._run, request.id, stored, resource.urn, destroys)
        return Empty()

    @told_in_one_line
    def Invoke(
        self, request: proto.InvokeRequest, context: ServicerContext
    ) -> proto.InvokeResponse:
        """Call a function of the schema."""
        arguments = received(request.args).values
        values, problems = invoke(
            self._run, request.tok, arguments, holds_unknown, self._notes.declares
        )
        return proto.InvokeResponse(**{"return": sent(values)}, failures=_failures(problems))


def _failures(problems: Sequence[Problem]) -> list[proto.CheckFailure]:
    return [
        proto.CheckFailure(property=camel_case(field), reason=redact(sentence))
        for field, sentence in problems
    ]
