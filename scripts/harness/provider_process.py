"""The provider's process, driven over gRPC as the engine drives it, without a CLI."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped]
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from harness.quick_runs import quick_python
from harness.warm_python import forked
from keywordsai_dynamic.core.kinds import MODEL, ResourceKind
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle.run_notes import RunNotes
from keywordsai_dynamic.lifecycle.wording import Wording

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's placeholder for a value that is known only after the update."""

Props = dict[str, Any]
NewPlugin = Callable[..., "Plugin"]
_CHANGES = provider_pb2.DiffResponse.DiffChanges


_SHARED = (
    "import grpc._server, httpcore\n"
    "import keywordsai_dynamic.api.transport, keywordsai_dynamic.core.schema"
)
_IMPORTS = {
    "pulumi.dynamic": f"import dill, pulumi.dynamic, keywordsai_dynamic.provider\n{_SHARED}",
    "keywordsai_dynamic.native.main": (
        "from keywordsai_dynamic.native import bare_sdk\n"
        "bare_sdk.load()\n"
        f"import keywordsai_dynamic.native.servicer\n{_SHARED}"
    ),
}
"""What a provider's process imports, sooner or later."""

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""The engine's marker of a secret; the value is beside it, under `value`."""


class Message(NamedTuple):
    """What the user would read: severity, sentence, resource."""

    severity: str
    sentence: str
    urn: str


class Engine(engine_pb2_grpc.EngineServicer):
    """The engine's log, as far as a provider sees it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def Log(self, request: Any, context: object) -> empty_pb2.Empty:  # noqa: ANN401, N802  (gRPC's)
        """Record a message for the user."""
        severity = engine_pb2.LogSeverity.Name(request.severity)
        self.messages.append(Message(severity, request.message, request.urn))
        return empty_pb2.Empty()


class Plugin:
    """One provider process: the verbs of its life with plain values in and out.

    Numbers come out as floats, because gRPC's Struct has no others. What a test must know of the
    door beyond the verbs is here too: its words, its URNs, and how its states look.
    """

    words: Wording = PYTHON
    changed = "UNKNOWN"
    """What `diff` says of a change: the engine finds out which."""

    def __init__(
        self,
        channel: grpc.Channel,
        engine: Engine,
        engine_address: str,
        kind: ResourceKind = MODEL,
    ) -> None:
        self._channel, self._engine = channel, engine
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self._kind = kind
        self.messages = engine.messages
        self.engine_address = engine_address

    def of(self, kind: ResourceKind) -> "Plugin":
        """Return the same process, for another kind of resource."""
        return Plugin(self._channel, self._engine, self.engine_address, kind)

    def urn(self, resource: str) -> str:
        """Return the URN of a resource."""
        return f"urn:pulumi:dev::shop::{self._kind.type}::{resource}"

    def message(self, severity: str, sentence: str, resource: str | None = None) -> Message:
        """Return a message with the fields in `sentence` as this door's programs name them."""
        urn = self.urn(resource) if resource else ""
        return Message(severity, self.words.named(sentence), urn)

    def warning(self, sentence: str, resource: str | None = "support-llm") -> Message:
        """Return a warning, likewise."""
        return self.message("WARNING", sentence, resource)

    def failure(self, verb: Callable[[], object]) -> str:
        """Return the sentence that a failing verb shows, without the name of the error."""
        error = re.fullmatch(r"(?:KeywordsAI|APIStatus)Error: (.*)\n", failure(verb), re.DOTALL)
        assert error is not None
        return error[1]

    def state(
        self,
        declared: Props,
        url: str,
        answered: Props | None = None,
        resource: str = "support-llm",
    ) -> Props:
        """Return what an earlier run left in the state of a resource written to `url`."""
        hidden: Props = {"__base_url": url, "__urn": self.urn(resource)}
        if answered is not None:
            hidden["__answered"] = json.dumps(answered)
        return {**declared, **hidden}

    def secretly(self, props: Props, *fields: str) -> Props:
        """Return the properties of a program that declares these fields as secrets."""
        return {**props, "__secret": list(fields)}

    def moved(self, outputs: Props, url: str) -> Props:
        """Return the outputs of a resource that was written to another base URL."""
        return {**outputs, "__base_url": url}

    def service_url(self, outputs: Props) -> str:
        """Return the base URL that a resource was written to."""
        url: str = outputs["__base_url"]
        return url

    def attributes(self, outputs: Props) -> Props:
        """Return what a program can read of a model: declared and answered fields."""
        shown = {name: value for name, value in outputs.items() if not name.startswith("__")}
        answered = outputs["__answered"]
        return {
            **shown,
            **json.loads(answered if isinstance(answered, str) else answered["value"]),
        }

    def _props(self, values: Props) -> struct_pb2.Struct:
        """Pass properties as the engine does: without the markers of secrets."""
        return _struct({**_stripped(values), "__provider": self._kind.pickled})

    def configure(self, **config: str) -> None:
        """Pass a stack's configuration: `apiKey` is `keywordsai:apiKey`."""
        args = {f"keywordsai:{name}": value for name, value in config.items()}
        self._stub.Configure(provider_pb2.ConfigureRequest(args=_struct(args)), timeout=30)

    def check(self, news: Props, olds: Props | None = None) -> Props:
        """Check inputs that must be valid; return them as they would be stored."""
        inputs, failures = self.try_check(news, olds)
        assert failures == []
        return inputs

    def try_check(
        self, news: Props, olds: Props | None = None
    ) -> tuple[Props, list[tuple[str, str]]]:
        """Check inputs; return them, and the failures as (property, reason)."""
        request = provider_pb2.CheckRequest(
            olds=self._props(olds) if olds else None, news=self._props(news)
        )
        answer = self._stub.Check(request, timeout=30)
        return _plain(answer.inputs), [(one.property, one.reason) for one in answer.failures]

    def diff(self, model_name: str, olds: Props, news: Props) -> tuple[str, list[str]]:
        """Compare outputs with new inputs: NONE or UNKNOWN (the engine diffs), what replaces."""
        request = provider_pb2.DiffRequest(
            id=model_name, olds=self._props(olds), news=self._props(news)
        )
        answer = self._stub.Diff(request, timeout=30)
        return _CHANGES.Name(answer.changes).removeprefix("DIFF_"), list(answer.replaces)

    def create(self, inputs: Props, urn: str = "") -> Props:
        """Create a model and return its outputs; its id is its name."""
        request = provider_pb2.CreateRequest(properties=self._props(inputs), urn=urn)
        answer = self._stub.Create(request, timeout=60)
        outputs = _plain(answer.properties)
        assert answer.id == outputs[self._kind.id_field]
        return outputs

    def update(self, model_name: str, olds: Props, news: Props) -> Props:
        """Update a model and return its outputs."""
        request = provider_pb2.UpdateRequest(
            id=model_name, olds=self._props(olds), news=self._props(news)
        )
        return _plain(self._stub.Update(request, timeout=60).properties)

    def read(self, model_name: str, props: Props, urn: str = "") -> tuple[Props, Props] | None:
        """Refresh: return live outputs and inputs; None where the model is gone.

        Inputs are empty where nothing drifted: the engine keeps those it has.
        """
        request = provider_pb2.ReadRequest(id=model_name, properties=self._props(props), urn=urn)
        answer = self._stub.Read(request, timeout=60)
        return (_plain(answer.properties), _plain(answer.inputs)) if answer.id else None

    def delete(self, model_name: str, props: Props, urn: str = "") -> None:
        """Delete; `urn` is that of the resource, as the engine has it now."""
        request = provider_pb2.DeleteRequest(id=model_name, properties=self._props(props), urn=urn)
        self._stub.Delete(request, timeout=60)

    def declare(self, news: Props) -> tuple[Props, Props]:
        """Check and create, as a first `up` does; return inputs and outputs."""
        inputs = self.check(news)
        return inputs, self.create(inputs)


def failure(verb: Callable[[], object]) -> str:
    """Return the text that a failing verb shows to the user."""
    with pytest.raises(grpc.RpcError) as raised:
        verb()
    text: str = raised.value.details()
    return text


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def _stripped(value: Any) -> Any:  # noqa: ANN401  (any value)
    if not isinstance(value, dict):
        return value
    if SECRET.items() <= value.items():
        return _stripped(value["value"])
    return {name: _stripped(item) for name, item in value.items()}


def _plain(struct: struct_pb2.Struct) -> Props:
    plain: Props = MessageToDict(struct)
    plain.pop("__provider", None)
    return plain


@contextmanager
def running_plugin(env: Mapping[str, str]) -> Iterator[Plugin]:
    """Run a provider process with this environment, and an engine's log for it."""
    with running_process(env, "pulumi.dynamic") as running:
        yield Plugin(running.channel, running.engine, running.engine_address)


class Running(NamedTuple):
    """A plugin's process: how it is called, and the engine's log that it writes to."""

    channel: grpc.Channel
    engine: Engine
    engine_address: str
    process: "subprocess.Popen[str] | None"
    """The process that was started; None for a fork."""


@contextmanager
def running_process(
    env: Mapping[str, str],
    module: str,
    engine_of: Running | None = None,
    *,
    started: bool = False,
) -> Iterator[Running]:
    """Run a module as the engine runs a plugin, with an engine of its own or another process's.

    It is a fork of a Python that has imported it, unless it is to be `started`.
    """
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(quick_python()), **env}
    with ExitStack() as ending:
        engine, address = engine_of[1:3] if engine_of else ending.enter_context(_running_engine())
        process = ending.enter_context(_started(module, address, env)) if started else None
        if process:
            printed = process.stdout
        else:
            printed = ending.enter_context(forked(module, address, env, _IMPORTS[module]))
        assert printed is not None
        port = printed.readline().strip()
        channel = ending.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}"))
        yield Running(channel, engine, address, process)


@contextmanager
def _started(
    module: str, address: str, env: Mapping[str, str]
) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(  # noqa: S603  (as the engine does)
        [sys.executable, "-u", "-m", module, address],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _running_engine() -> Iterator[tuple[Engine, str]]:
    engine = Engine()
    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    _forget_notes(address)
    try:
        yield engine, address
    finally:
        server.stop(None).wait()
        _forget_notes(address)


def _forget_notes(address: str) -> None:
    """Remove the notes of this run, and of an earlier one at the same port.

    The notes of the two have one name: this server is not among the IPv4 sockets that
    `run_notes` knows engines by.
    """
    for path in RunNotes(address)._paths:
        path.unlink(missing_ok=True)
