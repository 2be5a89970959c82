"""The native plugin's process, driven over gRPC as the engine drives it, without a CLI."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped]
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc

from harness.provider_process import Plugin, Props, Running, running_process
from keywordsai_dynamic.core.camel_case import camel_case, snake_case
from keywordsai_dynamic.core.kinds import MODEL, ResourceKind

NewNativePlugin = Callable[..., "NativePlugin"]


class NativePlugin(Plugin):
    """The native plugin under the verbs of `Plugin`: properties have the API's names.

    What stands below a name, and the markers of secrets, are as the engine has them. The engine
    sends old inputs, so that those of each id are remembered from the last create, update or read.
    Outputs of a dynamic provider may be passed as old ones too.
    """

    def __init__(self, running: Running, kind: ResourceKind = MODEL) -> None:
        super().__init__(running.channel, running.engine, running.engine_address, kind)
        self.stub = provider_pb2_grpc.ResourceProviderStub(running.channel)
        self.running = running
        self.old_inputs: dict[str, Props] = {}

    def of(self, kind: ResourceKind) -> "NativePlugin":
        """Return the same process, for another kind of resource."""
        return NativePlugin(self.running, kind)

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
        request = proto.CheckRequest(
            urn=self.urn(news), news=self._bag(news), olds=self._bag(olds or {})
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
            urn=self.urn(news),
            olds=self._bag(olds),
            old_inputs=self._bag(self._inputs_before(model_name, olds)),
            news=self._bag(news),
        )
        answer: proto.DiffResponse = self.stub.Diff(request, timeout=30)
        return answer

    def create(self, inputs: Props, urn: str = "", *, preview: bool = False) -> Props:
        """Create a model and return its outputs; its id is its name."""
        request = proto.CreateRequest(
            urn=urn or self.urn(inputs), properties=self._bag(inputs), preview=preview
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
            urn=self.urn(news),
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
            urn=urn or self.urn(props),
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
            urn=urn or self.urn(props),
            properties=self._bag(props),
            old_inputs=self._bag(self._inputs_before(model_name, props)),
        )
        self.stub.Delete(request, timeout=60)

    def cancel(self) -> None:
        """Ask the process to end, as the engine does at Ctrl-C."""
        self.stub.Cancel(empty_pb2.Empty(), timeout=5)

    def urn(self, props: Props) -> str:
        """Return the URN of a resource: `__urn` with the native type, or one made of its name."""
        name = str(props.get("__urn") or props.get(self._kind.id_field) or "m").rpartition("::")[2]
        return f"urn:pulumi:dev::shop::{self._kind.native_type}::{name}"

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
        return struct({camel_case(name): props[name] for name in props if name != "__urn"})

    def _read_bag(self, bag: struct_pb2.Struct) -> Props:
        return {snake_case(name): value for name, value in plain(bag).items()}


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
    env: Mapping[str, str], *, configured: bool = True, engine_of: NativePlugin | None = None
) -> Iterator[NativePlugin]:
    """Run the plugin with this environment, configured with nothing, and an engine's log for it.

    With `engine_of`, it belongs to the run of another process, as that of an explicit provider.
    """
    engine = engine_of.running if engine_of else None
    with running_process(env, "keywordsai_dynamic.native.main", engine) as running:
        plugin = NativePlugin(running)
        if configured:
            plugin.configure()
        yield plugin
