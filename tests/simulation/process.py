"""One provider process of a world: the product's own `Run`, with a wire and a log that are ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from json import dumps
from typing import TYPE_CHECKING, Any

from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender, Wire
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.kinds import MODEL_SET, PROVIDER, ResourceKind
from keywordsai_dynamic.core.names import MODELS, UNKNOWN
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.dynamic import moving
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle import provider_steps, run_notes, set_steps
from keywordsai_dynamic.lifecycle import steps as model_steps
from keywordsai_dynamic.lifecycle.deletion import Noted
from keywordsai_dynamic.lifecycle.engine_log import EngineLog
from keywordsai_dynamic.lifecycle.inventory import Inventory
from keywordsai_dynamic.lifecycle.life import Steps
from keywordsai_dynamic.lifecycle.moving import kept
from keywordsai_dynamic.lifecycle.results import Outputs, Reading
from keywordsai_dynamic.lifecycle.run import Run
from keywordsai_dynamic.native.wire import received

from .scheduler import Scheduler
from .service import Setup

if TYPE_CHECKING:
    from .engine import Stored

_numbers = count(1)


@dataclass
class Call:
    """One call of the provider: `stored` is whether a check got old inputs.

    `models` is how many it is about, `shown` the models of a set that a diff shows.
    """

    verb: str
    resource: str
    stored: bool = False
    seconds: float = 0.0
    began: float = 0.0
    models: int = 1
    shown: frozenset[str] = frozenset()


class HalfDoneError(KeywordsAIError):
    """Raised where a call has failed, and the engine has to store what it has done of a set."""

    def __init__(self, sentence: str, outputs: Outputs) -> None:
        super().__init__(sentence)
        self.outputs = outputs


class Notes:
    """The notes of one run, in memory, in place of the file of `run_notes.RunNotes`.

    `previewed` are those that the preview of a `pulumi up` has left.
    """

    def __init__(self) -> None:
        self._gathered = run_notes.Gathered()
        self.exist = False
        self.previewed: Notes | None = None

    def begin(self) -> None:
        """Begin the notes, as a program does that is not previewed."""
        self.exist = True

    def add(self, **note: object) -> None:
        """Add a note."""
        if self.exist:
            self._gathered.take(dumps(note))

    def read(self) -> list[Noted]:
        """Read what is noted of each resource, as the product reads it."""
        return self._gathered.noted

    def deletes(self, name: str, kind: str) -> Mapping[int, bool]:
        """Read what is noted of the deletes of a name, likewise."""
        return self._gathered.deletes(name, kind)


class _Stub:
    """The engine's end of the log."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard

    def Log(self, request: Any, timeout: float) -> None:  # noqa: ANN401, N802  (gRPC's name and type)
        """Show a message."""
        assert timeout > 0
        self._heard(request.message)


class Process:
    """A provider process; `heard` gets every message that it sends to the engine."""

    width = 4  # calls that a Python provider serves at a time

    def __init__(
        self,
        scheduler: Scheduler,
        setup: Setup,
        wire: Wire,
        notes: Notes,
        heard: Callable[[str], None],
    ) -> None:
        self._scheduler = scheduler
        self._busy = 0
        settings = Settings(setup.key, "keywordsai:apiKey", setup.host)
        self.run = Run(lambda _key: None, PYTHON)
        self.run.process = next(_numbers)
        self.run.notes = notes  # type: ignore[assignment]  # the same methods, in memory
        self.run.log = EngineLog("engine:1")
        self.run.log._stub = _Stub(heard)  # type: ignore[assignment]  # the one method that is called
        sender = Sender(
            settings,
            clock=lambda: scheduler.now,
            sleep=scheduler.pause,
            on_wait=self.run.log.status,
            is_ending=lambda: self.run.is_ending,
            wire=wire,
        )
        self.run._inventory = Inventory(KeywordsAIClient(sender, after_401="Set the key."))

    def check(
        self, kind: ResourceKind, props: Mapping[str, Any], stored: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the inputs that the engine stores; raises KeywordsAIError for check failures."""
        if (left := _native(stored)) is not None:
            stored = moving.declared_before(self.run, kind, left)
            props = moving.completed(self.run, kind, stored, props)
        wanted = _declaration(kind, props, stored)
        problems = _steps(kind).check(self.run, stored, wanted)
        if problems:
            raise KeywordsAIError("; ".join(" ".join(each).strip() for each in problems))
        inputs: dict[str, Any] = wanted.inputs()
        return inputs

    def always_secret(
        self, kind: ResourceKind, inputs: Mapping[str, Any]
    ) -> frozenset[tuple[str, ...]]:
        """Return the paths of inputs that are secret whatever the program says."""
        return _steps(kind).always_secret(_declaration(kind, inputs, inputs))

    def diff(
        self, kind: ResourceKind, old: Stored, _urn: str, inputs: Mapping[str, Any]
    ) -> list[str]:
        """Return the fields that differ; what moves from the native plugin differs in any case."""
        is_known = UNKNOWN not in inputs.values()
        outputs: Mapping[str, Any] = old.outputs
        if (left := _native(outputs)) is None:
            return _steps(kind).diff(self.run, old.id, outputs, inputs, is_known=is_known)
        outputs = moving.stored_in(self.run, kind, old.id, left, inputs)
        fields = _steps(kind).diff(self.run, old.id, outputs, inputs, is_known=is_known)
        moving.announce(self.run, kind, inputs, fields)
        return fields or ["__provider"]

    def shown(
        self, _kind: ResourceKind, old: Stored, _urn: str, inputs: Mapping[str, Any]
    ) -> frozenset[str]:
        """Return the models of a set that a preview shows: the engine compares the inputs."""
        before, after = (each.get(MODELS, {}) for each in (old.inputs, inputs))
        if not isinstance(after, Mapping):
            return frozenset(before)  # known only to the update
        both = {*before, *after}
        return frozenset(name for name in both if before.get(name) != after.get(name))

    def create(self, kind: ResourceKind, inputs: Mapping[str, Any], urn: str) -> Outputs:
        """Create, adopt or overwrite the model or provider."""
        return _steps(kind).create(self.run, inputs, _declaration(kind, inputs), urn)

    def update(
        self, kind: ResourceKind, old: Stored, _urn: str, inputs: Mapping[str, Any]
    ) -> Outputs:
        """Update the model or provider; one that only moves is left alone."""
        wanted = _declaration(kind, inputs)
        outputs: Mapping[str, Any] = old.outputs
        if (left := _native(outputs)) is not None:
            outputs = moving.stored_in(self.run, kind, old.id, left, inputs)
            if not _steps(kind).diff(self.run, old.id, outputs, inputs, is_known=True):
                return kept(self.run, outputs, inputs, wanted)
        return _steps(kind).update(self.run, old.id, outputs, inputs, wanted)

    def read(self, kind: ResourceKind, old: Stored) -> Reading | None:
        """Read what the state holds."""
        return _steps(kind).read(self.run, old.id, dict(old.outputs))

    def get(self, kind: ResourceKind, name: str, urn: str) -> Outputs:
        """Read what the program does not own."""
        return _steps(kind).get(self.run, name, {kind.id_field: name}, urn)

    def imported(self, _kind: ResourceKind, _pattern: str, _urn: str) -> Reading:
        """Refuse: a dynamic provider has no `pulumi import`."""
        raise KeywordsAIError("no import")

    def delete(self, kind: ResourceKind, old: Stored, *, destroys: bool) -> None:
        """Delete the model or provider."""
        _steps(kind).delete(self.run, old.id, old.outputs, old.urn, lambda: destroys)

    def cancel(self) -> float:
        """Hear that the run is to end, as no Python process does; returns how long it may take."""
        return float("inf")

    @contextmanager
    def turn(self, _call: Call) -> Iterator[None]:
        """Let a call be made, with so many others as the process serves at a time."""
        with self._slot():
            self._scheduler.pause(self._scheduler.dice.choice([0.0, 0.0, 0.01]))
            yield

    @contextmanager
    def _slot(self) -> Iterator[None]:
        """Wait until the process can serve one more call."""
        self._scheduler.wait(lambda: self._busy >= self.width)
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._scheduler.wake()


def _native(props: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return properties that the native plugin has left, as the SDK hands them over: no secrets."""
    struct = getattr(props, "struct", None)
    return None if struct is None else received(struct).values


def _steps(kind: ResourceKind) -> Steps[Any]:
    if kind is MODEL_SET:
        return set_steps
    return provider_steps if kind is PROVIDER else model_steps


def _declaration(
    kind: ResourceKind, props: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> Any:  # noqa: ANN401  (a Declaration, or a SetDeclaration)
    return _steps(kind).declaration(props, stored, is_unknown=lambda value: value == UNKNOWN)
