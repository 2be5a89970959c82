"""The native plugin's process, driven over gRPC as the engine drives it, without a CLI."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped]
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc

from harness.provider_process import SECRET, Plugin, Props, Running, failure, running_process
from keywordsai_dynamic.core.camel_case import camel_case, snake_case
from keywordsai_dynamic.core.kinds import MODEL, ResourceKind
from keywordsai_dynamic.native.wording import CAMEL

NewNativePlugin = Callable[..., "NativePlugin"]
Remembered = dict[str, tuple[dict[str, Props], dict[str, str]]]
"""Of each kind of resource: the old inputs of each id, and the name of the resource that has it."""


class NativePlugin(Plugin):
    """The native plugin under the verbs of `Plugin`: properties have the API's names.

    What stands below a name, and the markers of secrets, are as the engine has them. The engine
    sends URNs and old inputs, so that those of each id are remembered from the last call that had
    them; processes with one `remembered` belong to one stack. Outputs of a dynamic provider may be
    passed as old ones too.
    """

    words = CAMEL
    changed = "SOME"

    def __init__(
        self, running: Running, kind: ResourceKind = MODEL, remembered: Remembered | None = None
    ) -> None:
        super().__init__(running.channel, running.engine, running.engine_address, kind)
        self.stub = provider_pb2_grpc.ResourceProviderStub(running.channel)
        self.running = running
        self._remembered = {} if remembered is None else remembered
        self.old_inputs, self._resources = self._remembered.setdefault(kind.noun, ({}, {}))

    def of(self, kind: ResourceKind) -> "NativePlugin":
        """Return the same process, for another kind of resource."""
        return NativePlugin(self.running, kind, self._remembered)

    def urn(self, resource: str) -> str:
        """Return the URN of a resource."""
        return f"urn:pulumi:dev::shop::{self._kind.native_type}::{resource}"

    def failure(self, verb: Callable[[], object]) -> str:
        """Return the sentence that a failing verb shows."""
        return failure(verb)

    def state(
        self,
        declared: Props,
        url: str,
        answered: Props | None = None,
        resource: str = "support-llm",
    ) -> Props:
        """Return what an earlier run left in the state of a resource written to `url`."""
        name = declared[self._kind.id_field]
        self.old_inputs[name] = declared
        self._resources[name] = resource
        outputs = dict.fromkeys((*self._kind.fields, *self._kind.read_only))
        return {**outputs, **(answered or {}), **declared, "service_url": url}

    def secretly(self, props: Props, *fields: str) -> Props:
        """Return the properties of a program that declares these fields as secrets."""
        return {**props, **{name: {**SECRET, "value": props[name]} for name in fields}}

    def moved(self, outputs: Props, url: str) -> Props:
        """Return the outputs of a resource that was written to another base URL."""
        return {**outputs, "service_url": url}

    def service_url(self, outputs: Props) -> str:
        """Return the base URL that a resource was written to."""
        url: str = outputs["service_url"]
        return url

    def attributes(self, outputs: Props) -> Props:
        """Return what a program can read of a model, without the fields that have no value."""
        return {
            name: value
            for name, value in outputs.items()
            if value is not None and name != "service_url"
        }

    def configure(self, **config: Any) -> None:  # noqa: ANN401  (any value)
        """Pass the configuration of a provider, as it stands below `keywordsai:`."""
        request = proto.ConfigureRequest(
            args=struct(config),
            acceptSecrets=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
        )
        answer = self.stub.Configure(request, timeout=30)
        assert (answer.acceptSecrets, answer.supportsPreview) == (True, True)

    def check_config(self, news: Props, name: str = "default") -> tuple[Props, list[Any]]:
        """Check a provider's configuration; return it, and the failures."""
        urn = f"urn:pulumi:dev::shop::pulumi:providers:keywordsai::{name}"
        answer = self.stub.CheckConfig(proto.CheckRequest(urn=urn, news=struct(news)), timeout=30)
        return plain(answer.inputs), [(one.property, one.reason) for one in answer.failures]

    def try_check(
        self, news: Props, olds: Props | None = None
    ) -> tuple[Props, list[tuple[str, str]]]:
        """Check inputs; return them, and the failures as (property, reason)."""
        name = news.get(self._kind.id_field)
        if "__urn" in news and isinstance(name, str):
            self._resources[name] = _resource(news["__urn"])
        request = proto.CheckRequest(
            urn=self._urn_of(news), news=self._bag(news), olds=self._bag(olds or {})
        )
        answer = self.stub.Check(request, timeout=30)
        failures = [(snake_case(one.property), one.reason) for one in answer.failures]
        return self._read_bag(answer.inputs), failures

    def diff(self, model_name: str, olds: Props, news: Props) -> tuple[str, list[str]]:
        """Compare: NONE or SOME, and what replaces."""
        answer = self.detailed_diff(model_name, olds, news)
        changes = proto.DiffResponse.DiffChanges.Name(answer.changes).removeprefix("DIFF_")
        return changes, [snake_case(name) for name in answer.replaces]

    def detailed_diff(self, model_name: str, olds: Props, news: Props) -> proto.DiffResponse:
        """Compare, and return the whole answer."""
        request = proto.DiffRequest(
            id=model_name,
            urn=self._urn_of(news),
            olds=self._bag(olds),
            old_inputs=self._bag(self._inputs_before(model_name, olds)),
            news=self._bag(news),
        )
        answer: proto.DiffResponse = self.stub.Diff(request, timeout=30)
        return answer

    def create(self, inputs: Props, urn: str = "", *, preview: bool = False) -> Props:
        """Create a model and return its outputs; its id is its name."""
        request = proto.CreateRequest(
            urn=urn or self._urn_of(inputs), properties=self._bag(inputs), preview=preview
        )
        answer = self.stub.Create(request, timeout=60)
        outputs = self._read_bag(answer.properties)
        if not preview:
            assert answer.id == outputs[self._kind.id_field]
            self.old_inputs[answer.id] = inputs
        return outputs

    def update(self, model_name: str, olds: Props, news: Props, *, preview: bool = False) -> Props:
        """Update a model and return its outputs."""
        request = proto.UpdateRequest(
            id=model_name,
            urn=self._urn_of(news),
            olds=self._bag(olds),
            old_inputs=self._bag(self._inputs_before(model_name, olds)),
            news=self._bag(news),
            preview=preview,
        )
        outputs = self._read_bag(self.stub.Update(request, timeout=60).properties)
        if not preview:
            self.old_inputs[model_name] = news
        return outputs

    def read(self, model_name: str, props: Props, urn: str = "") -> tuple[Props, Props] | None:
        """Refresh, look up or import: return live outputs and inputs; None where it is gone.

        Inputs are empty where nothing drifted: the engine keeps those it has.
        """
        inputs = self._inputs_before(model_name, props) if props else {}
        request = proto.ReadRequest(
            id=model_name,
            urn=urn or self._urn_of(props),
            properties=self._bag(props),
            inputs=self._bag(inputs) if inputs else None,
        )
        answer = self.stub.Read(request, timeout=60)
        if not answer.id:
            return None
        found = self._read_bag(answer.inputs)
        if found:
            self.old_inputs[model_name] = found
        return self._read_bag(answer.properties), found

    def delete(self, model_name: str, props: Props, urn: str = "") -> None:
        """Delete; `urn` is that of the resource, as the engine has it now."""
        request = proto.DeleteRequest(
            id=model_name,
            urn=urn or self._urn_of(props),
            properties=self._bag(props),
            old_inputs=self._bag(self._inputs_before(model_name, props)),
        )
        self.stub.Delete(request, timeout=60)

    def cancel(self) -> None:
        """Ask the process to end, as the engine does at Ctrl-C."""
        self.stub.Cancel(empty_pb2.Empty(), timeout=5)

    def _urn_of(self, props: Props) -> str:
        """Return the URN of a resource: its type is native, whatever `__urn` says."""
        if "__urn" in props:
            return self.urn(_resource(props["__urn"]))
        name = str(props.get(self._kind.id_field) or "m")
        return self.urn(self._resources.get(name, name))

    def _inputs_before(self, name: str, olds: Props) -> Props:
        if _is_dynamic(olds):
            return {field: olds[field] for field in olds if not field.startswith("__")} | {
                "__provider": self._kind.pickled
            }
        known = (*self._kind.fields, *self._kind.not_sent)
        return self.old_inputs.get(name) or {field: olds[field] for field in olds if field in known}

    def _bag(self, props: Props) -> struct_pb2.Struct:
        if _is_dynamic(props):
            return struct({"__provider": self._kind.pickled, **props})
        return struct({_in_state(name): props[name] for name in props if name != "__urn"})

    def _read_bag(self, bag: struct_pb2.Struct) -> Props:
        return {snake_case(name): value for name, value in plain(bag).items()}


def _in_state(name: str) -> str:
    return name if name.startswith("__") else camel_case(name)


def _resource(urn: str) -> str:
    return urn.rpartition("::")[2]


def _is_dynamic(props: Props) -> bool:
    return "__base_url" in props or "__provider" in props


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Write properties as the engine does."""
    written = struct_pb2.Struct()
    written.update(values)
    return written


def plain(bag: struct_pb2.Struct) -> Props:
    """Read properties; secrets keep their markers, and numbers are floats."""
    values: Props = MessageToDict(bag)
    return values


@contextmanager
def running_native_plugin(
    env: Mapping[str, str],
    *,
    configured: bool = True,
    engine_of: NativePlugin | None = None,
    remembered: Remembered | None = None,
    started: bool = False,
) -> Iterator[NativePlugin]:
    """Run the plugin with this environment, configured with nothing, and an engine's log for it.

    With `engine_of`, it belongs to the run of another process, as that of an explicit provider.
    With `started`, it is a process of its own, and no fork.
    """
    engine = engine_of.running if engine_of else None
    module = "keywordsai_dynamic.native.main"
    with running_process(env, module, engine, started=started) as running:
        plugin = NativePlugin(running, remembered=remembered)
        if configured:
            plugin.configure()
        yield plugin
