"""Pulumi's provider protocol: its requests in, the steps of `lifecycle` out, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]
from grpc import ServicerContext  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from ..core.camel_case import camel_case
from ..core.errors import KeywordsAIError
from ..core.kinds import MODEL, PROVIDER, ResourceKind
from ..core.names import URN
from ..core.plausibility import Problem
from ..core.redaction import redact
from ..lifecycle import provider_steps, steps
from ..lifecycle.declaration import Declaration
from ..lifecycle.engine_log import EngineLog
from ..lifecycle.life import Steps
from ..lifecycle.results import Reading
from ..lifecycle.run import Run
from ..lifecycle.this_run import destroys
from . import configuration
from .detailed_diff import changes
from .failures import told_in_one_line
from .functions import SCHEMA, invoke
from .importing import imported
from .program_notes import ProgramNotes
from .properties import (
    declared_in,
    inputs_of,
    inputs_read,
    is_stored,
    outputs_of,
    previewed,
    secret_inputs,
    stored_in,
)
from .refusals import refusals
from .wire import Received, holds_unknown, received, sent
from .wording import CAMEL

Props = dict[str, Any]


class _Resource(NamedTuple):
    """What a request is about: the kind of resource, the steps of its life, and its URN."""

    kind: ResourceKind
    steps: Steps
    urn: str

    @classmethod
    def of(cls, request: Any) -> _Resource:  # noqa: ANN401  (of any verb)
        """Return the resource of a request; raises KeywordsAIError for a type that is not ours."""
        kind = _TYPES.get(request.urn.split("::")[-2].rpartition("$")[2])
        if kind is None:
            raise KeywordsAIError(f"{request.urn} is of a type that this plugin does not have.")
        return cls(kind, _STEPS[kind.noun], request.urn)

    @property
    def name(self) -> str:
        """The resource's own name in the program."""
        return self.urn.split("::", 3)[-1]

    def declared(self, inputs: Received) -> Props:
        """Return what a program declares; a resource that names no model is named like it."""
        named = {camel_case(self.kind.id_field): self.name} | inputs.values
        return declared_in(self.kind, inputs._replace(values=named)) | {URN: self.urn}

    def stored(self, inputs: Struct, outputs: Struct) -> Props:
        """Return what the state holds."""
        return stored_in(self.kind, received(inputs), received(outputs), self.urn)

    def declaration(self, props: Props, stored: Props | None = None) -> Declaration:
        """Read a declaration."""
        return Declaration.from_props(props, stored, is_unknown=holds_unknown, kind=self.kind)


_STEPS: dict[str, Steps] = {MODEL.noun: steps, PROVIDER.noun: provider_steps}
_TYPES = {kind.native_type: kind for kind in (MODEL, PROVIDER)}


class Servicer(ResourceProviderServicer):
    """The verbs of both kinds of resources, for one account; `end` ends the process."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._begun: tuple[Run, ProgramNotes] | None = None

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

    @told_in_one_line
    def Handshake(
        self, request: proto.ProviderHandshakeRequest, context: ServicerContext
    ) -> proto.ProviderHandshakeResponse:
        """Tell which parts of the protocol are used."""
        return proto.ProviderHandshakeResponse(accept_secrets=True)

    @told_in_one_line
    def GetPluginInfo(self, request: Empty, context: ServicerContext) -> plugin_pb2.PluginInfo:
        """Return the version of the package, which its schema has too."""
        return plugin_pb2.PluginInfo(version=json.loads(_schema())["version"])

    @told_in_one_line
    def GetSchema(
        self, request: proto.GetSchemaRequest, context: ServicerContext
    ) -> proto.GetSchemaResponse:
        """Return the package's schema, which is made beforehand."""
        return proto.GetSchemaResponse(schema=_schema())

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
        run = Run(configuration.lookup(config), CAMEL)
        self._begun = run, ProgramNotes(run)
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @told_in_one_line
    def Check(self, request: proto.CheckRequest, context: ServicerContext) -> proto.CheckResponse:
        """Normalize and validate what is known, and look up what a create would find."""
        resource, news, olds = _Resource.of(request), received(request.news), received(request.olds)
        kind, run = resource.kind, self._run
        stored = declared_in(kind, olds) if olds.values else {}
        wanted = resource.declaration(resource.declared(news), stored)
        self._notes.add(kind, resource.urn, wanted.name)
        found = refusals(kind, resource.name, news)
        found += wanted.failures(CAMEL) if found else resource.steps.check(run, stored, wanted)
        secret = secret_inputs(kind, news) | resource.steps.always_secret(wanted)
        inputs = inputs_of(kind, wanted.inputs(), secret)
        return proto.CheckResponse(inputs=sent(*inputs), failures=_failures(found))

    @told_in_one_line
    def Diff(self, request: proto.DiffRequest, context: ServicerContext) -> proto.DiffResponse:
        """Compare the old declaration with the new one; only the id needs a replacement."""
        resource = _Resource.of(request)
        stored = resource.stored(request.old_inputs, request.olds)
        inputs = resource.declared(received(request.news))
        fields = resource.steps.diff(self._run, request.id, stored, inputs)
        before = declared_in(resource.kind, received(request.old_inputs))
        return _difference(resource.kind, fields, before, inputs)

    @told_in_one_line
    def Create(
        self, request: proto.CreateRequest, context: ServicerContext
    ) -> proto.CreateResponse:
        """Create the resource, adopt or overwrite an existing one, or refuse to."""
        resource, inputs = _Resource.of(request), received(request.properties)
        if request.preview:
            return proto.CreateResponse(properties=sent(*previewed(resource.kind, inputs)))
        props = resource.declared(inputs)
        wanted = resource.declaration(props)
        outs = resource.steps.create(self._run, props, wanted, resource.urn)
        return proto.CreateResponse(
            id=outs.values[resource.kind.id_field],
            properties=sent(*outputs_of(resource.kind, outs)),
        )

    @told_in_one_line
    def Update(
        self, request: proto.UpdateRequest, context: ServicerContext
    ) -> proto.UpdateResponse:
        """Send every declared field, unless a field that this change leaves alone has drifted."""
        resource, inputs = _Resource.of(request), received(request.news)
        if request.preview:
            return proto.UpdateResponse(properties=sent(*previewed(resource.kind, inputs)))
        props, stored = resource.declared(inputs), resource.stored(request.old_inputs, request.olds)
        wanted = resource.declaration(props)
        outs = resource.steps.update(self._run, request.id, stored, props, wanted)
        return proto.UpdateResponse(properties=sent(*outputs_of(resource.kind, outs)))

    @told_in_one_line
    def Read(self, request: proto.ReadRequest, context: ServicerContext) -> proto.ReadResponse:
        """Refresh what the state holds, read for a program, or import."""
        resource, outputs = _Resource.of(request), received(request.properties)
        kind, run = resource.kind, self._run
        reading: Reading | None
        if is_stored(kind, outputs.values):
            stored = resource.stored(request.inputs, request.properties)
            reading = resource.steps.read(run, request.id, stored)
        else:
            self._notes.add(kind, resource.urn, request.id, owns=False)
            props = declared_in(kind, outputs)
            # A lookup that gives no more than the id cannot be told from an import.
            reading = (
                Reading(resource.steps.get(run, request.id, props, resource.urn), None)
                if props
                else imported(run, kind, request.id, resource.urn)
            )
        if reading is None:
            return proto.ReadResponse()
        inputs = inputs_read(kind, reading)
        return proto.ReadResponse(
            id=request.id,
            properties=sent(*outputs_of(kind, reading.outputs)),
            inputs=None if inputs is None else sent(*inputs),
        )

    @told_in_one_line
    def Delete(self, request: proto.DeleteRequest, context: ServicerContext) -> Empty:
        """Delete, or leave alone what this run declares under another resource."""
        resource = _Resource.of(request)
        stored = resource.stored(request.old_inputs, request.properties)
        resource.steps.delete(self._run, request.id, stored, resource.urn, destroys)
        return Empty()

    @told_in_one_line
    def Invoke(
        self, request: proto.InvokeRequest, context: ServicerContext
    ) -> proto.InvokeResponse:
        """Call a function of the schema."""
        values, problems = invoke(
            self._run, request.tok, received(request.args).values, holds_unknown
        )
        return proto.InvokeResponse(**{"return": sent(values)}, failures=_failures(problems))

    @told_in_one_line
    def Cancel(self, request: Empty, context: ServicerContext) -> Empty:
        """End the process, once what it has begun is done or its time is over."""
        self._end()
        return Empty()


def _schema() -> str:
    return SCHEMA.read_text(encoding="utf-8")


def _failures(problems: Sequence[Problem]) -> list[proto.CheckFailure]:
    return [
        proto.CheckFailure(property=camel_case(field), reason=redact(sentence))
        for field, sentence in problems
    ]


def _difference(
    kind: ResourceKind, fields: list[str], old: Props, new: Props
) -> proto.DiffResponse:
    if not fields:
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)
    detailed = {
        path: _property(change, replaces=field == kind.id_field)
        for field in fields
        for path, change in changes(camel_case(field), old.get(field), new.get(field))
    }
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_SOME,
        diffs=[camel_case(field) for field in fields],
        replaces=[camel_case(kind.id_field)] if kind.id_field in fields else [],
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _property(change: str, *, replaces: bool) -> proto.PropertyDiff:
    kind = proto.PropertyDiff.Kind.Value(f"{change}_REPLACE" if replaces else change)
    return proto.PropertyDiff(kind=kind, inputDiff=True)
