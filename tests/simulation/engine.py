"""The Pulumi engine of a world: which provider calls it makes, in which order, and what it stores.

It keeps the order of the real engine (CLI 3.274.1): `tests/recorded/engine_calls` holds what that
one called, and a test holds this one to it. Steps of different resources overlap as the dice say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from keywordsai_dynamic.core.kinds import MODEL, MODEL_SET, PROVIDER, ResourceKind
from keywordsai_dynamic.core.names import MODELS, SECRET_FIELDS, UNKNOWN, URN
from keywordsai_dynamic.lifecycle.results import Outputs, Reading

from . import sets
from .process import Call, HalfDoneError, Notes, Process
from .scheduler import Scheduler
from .service import Setup

Verb = Literal["up", "preview", "refresh", "destroy", "import"]
Paths = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Resource:
    """What a program declares: a model, a set or a custom provider, and its resource's options.

    `needs` names resources that it depends on, `aliases` its earlier names, `provider` an explicit
    provider. `late` means that its name (of a set, the whole map) is an Output of what it needs,
    `through` that a model's `custom_provider_id` is an Output of that resource, and `reads` that
    the program only reads it (`CustomModel.get`). `members` are the models of a set, which has no
    fields.
    """

    name: str
    fields: Mapping[str, Any]
    secret: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    component: str = ""
    aliases: tuple[str, ...] = ()
    delete_first: bool = False
    replace_on: frozenset[str] = frozenset()
    retain: bool = False
    provider: str = ""
    late: bool = False
    reads: bool = False
    kind: ResourceKind = MODEL
    through: str = ""
    members: tuple[Resource, ...] = ()

    @property
    def id(self) -> str:
        """The model's name, the provider's id, or the resource's name for a set."""
        return str(self.fields[self.kind.id_field]) if self.kind.id_field else self.name


@dataclass(frozen=True)
class Options:
    """The CLI's options for one run."""

    refresh: bool = False
    targets: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    continue_on_error: bool = False
    replace: frozenset[str] = frozenset()
    run_program: bool = False
    pattern: str = ""

    def includes(self, name: str) -> bool:
        """Return whether the run touches a resource."""
        return name not in self.excludes and (not self.targets or name in self.targets)


@dataclass
class Stored:
    """A resource in the state; `delete` means that a replacement has made it old.

    `half_done` means that its last step has failed halfway, so that the next run updates it.
    `inside` are the paths of secret outputs in maps, `secret_inputs` those of secret inputs.
    """

    urn: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    secret: frozenset[str]
    needs: tuple[str, ...] = ()
    delete: bool = False
    pending_replacement: bool = False
    taint: bool = False
    retain: bool = False
    provider: str = ""
    reads: bool = False
    inside: Paths = frozenset()
    secret_inputs: Paths = frozenset()
    half_done: bool = False

    @property
    def name(self) -> str:
        """The resource's name, the last part of its URN."""
        return self.urn.rpartition("::")[2]

    @property
    def native(self) -> bool:
        """Whether its URN has a type of the native plugin."""
        return any(each.native_type in self.urn for each in (MODEL, MODEL_SET, PROVIDER))

    @property
    def kind(self) -> ResourceKind:
        """What it is, which its URN says."""
        for kind in (PROVIDER, MODEL_SET):
            if kind.type in self.urn or kind.native_type in self.urn:
                return kind
        return MODEL


@dataclass(frozen=True)
class Message:
    """A sentence that the user of a run read, and when."""

    at: float
    sentence: str


@dataclass(frozen=True)
class Failure:
    """A step that failed: of which resource, the type of the error, and what the user read."""

    resource: str
    error: type[BaseException]
    text: str


@dataclass
class Ran:
    """One run of the CLI, as the judge sees it."""

    who: str
    stack: str
    verb: Verb
    setup: Setup
    program: Sequence[Resource]
    options: Options
    before: list[Stored]
    began: float
    native: bool = False
    ended: float = -1.0
    outcome: Literal["succeeded", "failed", "killed"] = "killed"
    calls: list[Call] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    refreshed: list[Stored] | None = None
    lost: list[str] = field(default_factory=list)
    after: list[Stored] = field(default_factory=list)

    @property
    def texts(self) -> Iterator[str]:
        """Everything that the user of this run read."""
        yield from (message.sentence for message in self.messages)
        yield from (failure.text for failure in self.failures)


class Stack:
    """A stack: its name, which the URNs contain, and its state.

    `native` means that its program has the types of the native plugin.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.native = False
        self.state: list[Stored] = []

    def copy(self) -> Stack:
        """Return a stack with the same state, to be changed alone."""
        stack = Stack(self.name)
        stack.native = self.native
        stack.state = [replace(one) for one in self.state]
        return stack

    def urn(self, resource: Resource, name: str | None = None) -> str:
        """Return the URN of a resource, or the one that it had under another name."""
        return self._urn(resource, name, native=self.native)

    def urns(self, resource: Resource, name: str) -> list[str]:
        """Return every URN that a resource may have in the state, because types have aliases.

        A set has one in the native plugin alone: back in Python it is a new resource.
        """
        both = (self.native, not self.native)
        types = both if self.native or resource.kind is not MODEL_SET else both[:1]
        return [self._urn(resource, name, native=each) for each in types]

    def _urn(self, resource: Resource, name: str | None, *, native: bool) -> str:
        kind = resource.kind.native_type if native else resource.kind.type
        kind = f"acme:index:Group${kind}" if resource.component else kind
        return f"urn:pulumi:{self.name}::prices::{kind}::{name or resource.name}"


_MANY = 20
"""More models than any world has."""


class _StoppedError(Exception):
    """Raised in a run that goes no further, because one of its steps has failed."""


class Engine:
    """Carries out one run on one stack.

    `process_of` starts the process of a provider, native or not. `exists` returns whether a
    resource's model is still there, and `may_begin` whether the steps of a resource may be
    generated now.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        stack: Stack,
        ran: Ran,
        process_of: Callable[[str, bool, Notes], Process],
        *,
        exists: Callable[[Stored], bool] = lambda _stored: False,
        may_begin: Callable[[str], bool] = lambda _resource: True,
        point: Callable[[], None] = lambda: None,
    ) -> None:
        self.scheduler, self.ran = scheduler, ran
        # A preview stores nothing, but goes by what its own refresh finds.
        self.stack = stack.copy() if ran.verb == "preview" else stack
        self.notes = Notes()
        self._process_of, self._exists = process_of, exists
        self._may_begin, self._point = may_begin, point
        self._processes: dict[tuple[str, bool], Process] = {}
        self._generating = False
        self._done: dict[str, Literal["done", "failed", "skipped"]] = {}
        self._failed = self._check_failed = False
        self._seen: set[str] = set()
        self._kept: list[Stored] = []
        self._checked_anew: set[str] = set()
        self._changed: set[str] = set()
        self._shown: dict[str, frozenset[str]] = {}
        self._canceled = False
        self._preview = ran.verb == "preview"
        self.stack.native = ran.native

    def run(self) -> None:
        """Run to the end, and note how it ended and what the state was."""
        verb, options = self.ran.verb, self.ran.options
        if self.ran.native and verb == "up":
            self._note_the_preview(self.ran.program)
        try:
            if verb == "refresh" or options.refresh:
                self._refresh()
            if verb in {"up", "preview"} or options.run_program:
                self._evaluate(self.ran.program)
            if verb in {"up", "preview"}:
                self._delete_the_rest()
            if verb == "destroy":
                self._delete_the_rest()
            if verb == "import":
                self._import()
            ended_early = self.ran.failures or self._canceled
            self.ran.outcome = "failed" if ended_early else "succeeded"
        except _StoppedError:
            self.ran.outcome = "failed"
        self.ran.ended = self.scheduler.now
        self.ran.after = [replace(one) for one in self.stack.state]

    def cancel(self) -> float:
        """Begin no further step; returns how long the processes give what is under way."""
        self._canceled = self._failed = self._check_failed = True
        self.scheduler.wake()
        return min((each.cancel() for each in self._processes.values()), default=float("inf"))

    # --- the program ---

    def _evaluate(self, program: Sequence[Resource]) -> None:
        if not self._preview and not self.ran.native:
            self.notes.begin()
        for number, resource in enumerate(program):
            self._note(number, resource)
        if self.ran.verb == "destroy":
            return
        for number, resource in enumerate(program):
            self._spawn(f"declares {resource.name}", partial(self._register, number, resource))
        self._wait(lambda: any(one.name not in self._done for one in program))
        if self._failed and (self._check_failed or not self.ran.options.continue_on_error):
            raise _StoppedError

    def _note(self, number: int, resource: Resource) -> None:
        """Note what the program declares; a name that is an Output only once it is known.

        A program of the native plugin notes nothing.
        """
        if self.ran.native:
            return
        known = not resource.late or all(self._done.get(need) == "done" for need in resource.needs)
        is_set = resource.kind is MODEL_SET
        names = {"names": [one.id for one in resource.members]} if is_set else {"name": resource.id}
        self.notes.add(
            declared=str(number),
            resource=resource.name,
            urn=self.stack.urn(resource),
            aliases=[self.stack.urn(resource, alias) for alias in resource.aliases],
            provider=resource.provider,
            owns=not resource.reads,
            kind=MODEL.noun if is_set else resource.kind.noun,
            **(names if known else {}),
        )

    def _note_the_preview(self, program: Sequence[Resource]) -> None:
        """Note what the plugin's processes have seen in the preview of this `pulumi up`."""
        previewed = self.notes.previewed = Notes()
        previewed.begin()
        for one in program:
            if not self.left_out(one):
                urn, known = self.stack.urn(one), [one.id for one in sets.declared([one])]
                previewed.add(
                    declared=urn,
                    urn=urn,
                    resource=one.name,
                    kind=MODEL.noun if one.kind is MODEL_SET else one.kind.noun,
                    owns=not one.reads,
                    **({} if one.late else {"names": known}),
                )

    def _register(self, number: int, resource: Resource) -> None:
        needs = [one.name for one in self.ran.program if one.name in resource.needs]
        self._wait(lambda: any(need not in self._done for need in needs))
        self._process(resource.provider)  # also for what is left out
        if not self.left_out(resource):
            self._note(number, resource)
        if resource.reads:
            self._begin(resource)
            return
        with self._one_at_a_time(resource):
            self._begin(resource)

    def left_out(self, resource: Resource) -> bool:
        """Return whether the run leaves a resource out, which is then never checked.

        It excludes the resource, or one that the resource needs, or has failed before.
        """
        if self._check_failed or (self._failed and not self.ran.options.continue_on_error):
            return True
        lost = any(self._done.get(need, "done") != "done" for need in resource.needs)
        return lost or not self.ran.options.includes(resource.name)

    def _begin(self, resource: Resource) -> None:
        """Generate the steps of a resource, and let them run while the next is generated."""
        if self.left_out(resource):
            self._keep(resource)
            return
        try:
            work = self._steps(resource)
        except Exception as error:  # noqa: BLE001  (the judge sees every failure)
            self._check_failed = True
            self._fail(resource.name, error)
            self._finish(resource, "failed")
            return
        self._seen.add(self.stack.urn(resource))
        self._spawn(f"steps of {resource.name}", partial(self._carry_out, resource, work))

    def _keep(self, resource: Resource) -> None:
        """Leave a resource as the state has it, or create it anew if it went with another one."""
        found = self._old(resource)
        if found is not None and found.urn in self._checked_anew and not self._failed:
            again = partial(self._create, resource, found.inputs, replaced=found)
            self._seen.add(found.urn)
            self._spawn(f"creates {resource.name} again", partial(self._carry_out, resource, again))
            return
        if found is not None:
            self._seen.add(found.urn)
            self._kept.append(found)
        lost = self._failed or found is None
        self._finish(resource, "skipped" if lost else "done")

    def _finish(self, resource: Resource, how: Literal["done", "failed", "skipped"]) -> None:
        self._done[resource.name] = how
        self.scheduler.wake()

    def _fail(self, name: str, error: BaseException) -> None:
        self._failed = True
        self.ran.failures.append(Failure(name, type(error), str(error)))

    def _carry_out(self, resource: Resource, work: Callable[[], None]) -> None:
        old = self._old(resource)
        try:
            work()
        except Exception as error:  # noqa: BLE001  (the judge sees every failure)
            self._fail(resource.name, error)
            self._kept += [] if old is None else [old]
            self._finish(resource, "failed")
        else:
            self._finish(resource, "done")

    # --- the steps of one resource ---

    def _steps(self, resource: Resource) -> Callable[[], None]:
        if resource.reads:
            return partial(self._get, resource)
        old = self._old(resource)
        if old is not None:
            self._seen.add(old.urn)
            old.pending_replacement |= old.reads  # what was only read is created like anything new
        anew = old is None or old.reads or self._is_forced(resource, old)
        inputs = self._check(resource, {} if anew or old is None else old.inputs)
        if old is None:
            return partial(self._create, resource, inputs)
        if not anew:
            changed = self._diff(resource, old, inputs)
            replaces = bool({resource.kind.id_field, *resource.replace_on} & set(changed))
            if not replaces and not old.pending_replacement:
                if changed or old.half_done:
                    return partial(self._update, resource, old, inputs)
                return partial(self._same, resource, old, inputs)
            inputs = self._check(resource, {})
        if resource.delete_first:
            first = self._goes_with(old)
            if not old.pending_replacement:
                self._checked_anew |= {one.urn for one in first}
                return partial(self._delete_then_create, resource, inputs, first)
        return partial(self._create, resource, inputs, replaced=old)

    def _is_forced(self, resource: Resource, old: Stored) -> bool:
        """Return whether a resource is replaced whatever it declares; then no diff is asked for."""
        forced = old.taint or resource.name in self.ran.options.replace
        return forced or old.urn in self._checked_anew

    def _old(self, resource: Resource) -> Stored | None:
        for name in (resource.name, *resource.aliases):
            for urn in self.stack.urns(resource, name):
                for one in self.stack.state:
                    if one.urn == urn and not one.delete:
                        return one
        return None

    def _goes_with(self, old: Stored) -> list[Stored]:
        """Return what is deleted first where `old` is: those named by its outputs, then itself.

        The engine asks for their diff while the name is unknown, without a check before.
        """
        first: list[Stored] = []
        for one in self.ran.program:
            dependent = self._old(one)
            if dependent is None or old.urn not in dependent.needs:
                continue
            unknown = dict.fromkeys([one.kind.id_field or MODELS] if one.late else [], UNKNOWN)
            if one.through == old.name:
                unknown["custom_provider_id"] = UNKNOWN
            inputs = {**dependent.inputs, **unknown}
            if unknown and one.kind.id_field in self._diff(
                one, dependent, inputs, native=dependent.native
            ):
                first += self._goes_with(dependent)
        return [*first, old]

    def _props(self, resource: Resource) -> dict[str, Any]:
        props = {**resource.fields, URN: self.stack.urn(resource)}
        if resource.kind is MODEL_SET:
            if resource.late and self._preview and self._is_unknown(resource.needs):
                return {**props, MODELS: UNKNOWN}
            secret = {one.id: sorted(one.secret) for one in resource.members if one.secret}
            props[MODELS] = {one.id: _without_name(one) for one in resource.members}
            return {**props, **({SECRET_FIELDS: secret} if secret else {})}
        if resource.late and self._preview and self._is_unknown(resource.needs):
            props[resource.kind.id_field] = UNKNOWN
        if resource.through and self._preview and self._is_unknown([resource.through]):
            props["custom_provider_id"] = UNKNOWN
        return {**props, **({SECRET_FIELDS: sorted(resource.secret)} if resource.secret else {})}

    def _is_unknown(self, needs: Iterable[str]) -> bool:
        """Return whether a preview cannot know an output, because its resource changes."""
        return bool(self._changing & set(needs))

    @property
    def _changing(self) -> set[str]:
        same = {one.name for one in self.stack.state} - self._changed
        return {one.name for one in self.ran.program} - same

    def _check(self, resource: Resource, stored: Mapping[str, Any]) -> dict[str, Any]:
        process = self._process(resource.provider)
        models = len(resource.members) or 1
        with self._call(process, "check", resource.name, stored=bool(stored), models=models):
            return process.check(resource.kind, self._props(resource), stored)

    def _diff(
        self,
        resource: Resource,
        old: Stored,
        inputs: Mapping[str, Any],
        *,
        native: bool | None = None,
    ) -> list[str]:
        process = self._process(old.provider, native=native)
        with self._call(process, "diff", resource.name):
            changed = process.diff(resource.kind, old, self.stack.urn(resource), inputs)
            if resource.kind is MODEL_SET and changed:
                shown = process.shown(resource.kind, old, self.stack.urn(resource), inputs)
                self._shown[resource.name] = shown
        if changed:
            self._changed.add(resource.name)
        return changed

    def _create(
        self, resource: Resource, inputs: dict[str, Any], replaced: Stored | None = None
    ) -> None:
        if self._preview:
            return
        process, urn = self._process(resource.provider), self.stack.urn(resource)
        failure = None
        with self._call(process, "create", resource.name, models=len(resource.members) or 1):
            try:
                outs = process.create(resource.kind, inputs, urn)
            except HalfDoneError as error:
                outs, failure = error.outputs, error
        new = self._stored(resource, outs, inputs)
        if replaced is not None and replaced.pending_replacement:
            self.stack.state.remove(replaced)
        elif replaced is not None:
            replaced.delete = True
        self.stack.state.append(new)
        if failure is not None:
            new.half_done = True
            raise failure

    def _delete_then_create(
        self, resource: Resource, inputs: dict[str, Any], first: Sequence[Stored]
    ) -> None:
        if self._preview:
            return
        for one in first:
            if not one.retain:
                self._send_delete(one)
            one.pending_replacement = True
        self._create(resource, inputs, replaced=first[-1])

    def _update(self, resource: Resource, old: Stored, inputs: dict[str, Any]) -> None:
        if self._preview:
            return
        process = self._process(resource.provider)
        failure, models = None, len(sets.held([old])) + len(resource.members) or 1
        shown = self._shown.get(resource.name, frozenset())
        with self._call(process, "update", resource.name, models=models, shown=shown):
            try:
                outs = process.update(resource.kind, old, self.stack.urn(resource), inputs)
            except HalfDoneError as error:
                # Of what it is told, the engine keeps the outputs alone (CLI 3.274.1).
                outs, inputs, failure = error.outputs, old.inputs, error
        new = replace(self._stored(resource, outs, inputs), id=old.id)
        self._replace(old, new)
        self._note_what_is_lost(old, new)
        if failure is not None:
            new.half_done = True
            raise failure

    def _same(self, resource: Resource, old: Stored, inputs: dict[str, Any]) -> None:
        if not self._preview:
            outs = Outputs(old.outputs, old.secret, old.inside)
            self._replace(old, replace(self._stored(resource, outs, inputs), id=old.id))

    def _get(self, resource: Resource) -> None:
        process, urn = self._process(resource.provider), self.stack.urn(resource)
        with self._call(process, "read", resource.name):
            outs = process.get(resource.kind, resource.id, urn)
        old = self._old(resource)
        if self._preview:
            return
        new = self._stored(resource, outs, {resource.kind.id_field: resource.id})
        if old is None:
            self.stack.state.append(new)
        else:
            self._replace(old, new)

    def _stored(self, resource: Resource, outs: Outputs, inputs: dict[str, Any]) -> Stored:
        named, id_field = {one.name: one for one in self.ran.program}, resource.kind.id_field
        inside = {(MODELS, one.id, field) for one in resource.members for field in one.secret}
        return Stored(
            urn=self.stack.urn(resource),
            id=outs.values[id_field] if id_field else resource.name,
            inputs=inputs,
            outputs=outs.values,
            secret=resource.secret | outs.secret,
            needs=tuple(self.stack.urn(named[need]) for need in resource.needs if need in named),
            retain=resource.retain,
            provider=resource.provider,
            reads=resource.reads,
            inside=outs.inside | inside,
            secret_inputs=self._process(resource.provider).always_secret(resource.kind, inputs),
        )

    def _replace(self, old: Stored, new: Stored) -> None:
        self.stack.state[self.stack.state.index(old)] = new

    # --- what goes ---

    def _delete_the_rest(self) -> None:
        """Delete what a replacement made old, and what the program no longer declares.

        What the run leaves out keeps what it needs, unless the run names its targets.
        """
        includes = self.ran.options.includes
        if not self.ran.options.targets:
            self._kept += [one for one in self.stack.state if not includes(one.name)]
        rest = [
            one
            for one in self.stack.state
            if includes(one.name) and (one.delete or one.urn not in self._seen)
        ]
        if not self._preview:
            self._delete_all(rest)

    def _delete_all(self, rest: Sequence[Stored]) -> None:
        """Delete in layers, each of which begins when the one before it has ended."""
        by_urn = {one.urn: one for one in rest}

        def depth(one: Stored, above: tuple[str, ...] = ()) -> int:
            # Runs that failed or left resources out may leave needs in a circle.
            path = (*above, one.urn)
            needs = [by_urn[need] for need in one.needs if need in by_urn and need not in path]
            return 1 + max((depth(each, path) for each in needs), default=0)

        for layer in range(max(map(depth, rest), default=0), 0, -1):
            needed = {need for one in self._kept for need in one.needs}
            these = [one for one in rest if depth(one) == layer and one.urn not in needed]
            self._at_once([partial(self._delete, one) for one in these])

    def _delete(self, one: Stored) -> None:
        if self._canceled or (self._failed and not self.ran.options.continue_on_error):
            return
        try:
            if not one.reads and not one.retain and not one.pending_replacement:
                self._send_delete(one)
        except Exception as error:  # noqa: BLE001  (the judge sees every failure)
            self._fail(one.name, error)
            self._kept.append(one)
        else:
            self._forget(one)

    def _forget(self, one: Stored) -> None:
        """Take a resource out of the state, and note where its model is still there, unsaid."""
        self.stack.state.remove(one)
        if not one.reads and not one.retain and not one.pending_replacement:
            self._note_what_is_lost(one)

    def _note_what_is_lost(self, old: Stored, new: Stored | None = None) -> None:
        """Note which models the state has given up that are still there, unsaid."""
        held = {each.id for each in sets.held([new] if new else [])}
        for one in sets.held([old]):
            if one.id not in held and self._exists(one) and not self._is_said_to_be_kept(one.id):
                self.ran.lost.append(f"{one.id} of {one.name}")

    def _is_said_to_be_kept(self, name: str) -> bool:
        """Return whether the user read that a model is not deleted, alone or with others.

        Of many that other resources declare, the first three are named.
        """
        declared = any(one.id == name for one in sets.declared(self.ran.program))
        return any(
            f"{name} is not deleted" in text or (declared and "models are not deleted" in text)
            for text in self.ran.texts
        )

    def _send_delete(self, one: Stored) -> None:
        process = self._process(one.provider, native=one.native)
        with self._call(process, "delete", one.name, models=len(sets.held([one])) or 1):
            destroys = self.ran.verb == "destroy"
            process.delete(one.kind, one, destroys=destroys)

    # --- refresh ---

    def _refresh(self) -> None:
        """Read and compare all at once; nothing is stored where one read fails."""
        includes = self.ran.options.includes
        chosen = [
            one for one in self.stack.state if not one.pending_replacement and includes(one.name)
        ]
        found: list[tuple[Stored, Stored | None]] = []
        self._at_once([partial(self._read, one, found) for one in chosen])
        if self._failed:
            raise _StoppedError
        for old, new in found:
            if new is None:
                self._forget(old)
            else:
                self._replace(old, new)
                self._note_what_is_lost(old, new)
        self.ran.refreshed = [replace(one) for one in self.stack.state]

    def _read(self, one: Stored, found: list[tuple[Stored, Stored | None]]) -> None:
        process = self._process(one.provider, native=one.native)
        try:
            with self._call(process, "read", one.name, models=len(sets.held([one])) or 1):
                reading = process.read(one.kind, one)
            new = None
            if reading is not None:
                new = _refreshed(one, reading)
                if not one.reads:
                    with self._call(process, "diff", one.name):
                        process.diff(one.kind, new, new.urn, new.inputs)
        except Exception as error:  # noqa: BLE001  (the judge sees every failure)
            self._fail(one.name, error)
        else:
            found.append((one, new))

    # --- import ---

    def _import(self) -> None:
        """Take over what exists into sets that the state does not have, as `pulumi import` does."""
        for one in self.ran.program:
            if one.kind is not MODEL_SET or self._old(one) is not None:
                continue
            try:
                process = self._process(one.provider)
                with self._call(process, "read", one.name, models=_MANY):
                    reading = process.imported(
                        one.kind, self.ran.options.pattern, self.stack.urn(one)
                    )
            except Exception as error:  # noqa: BLE001  (the judge sees every failure)
                self._fail(one.name, error)
            else:
                empty = replace(one, members=(), needs=())
                self.stack.state.append(self._stored(empty, reading.outputs, reading.inputs or {}))

    # --- tasks, turns and calls ---

    def _process(self, provider: str, *, native: bool | None = None) -> Process:
        """Return the process of a provider; without `native`, of the kind that the program has."""
        key = (provider, self.ran.native if native is None else native)
        if key not in self._processes:
            self._processes[key] = self._process_of(*key, self.notes)
        return self._processes[key]

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        self.scheduler.spawn(name, self.ran.who, work)

    def _wait(self, held: Callable[[], bool]) -> None:
        self.scheduler.wait(held)

    def _at_once(self, works: Sequence[Callable[[], None]]) -> None:
        """Let tasks run side by side, and wait for all."""
        left = len(works)

        def run(work: Callable[[], None]) -> None:
            nonlocal left
            work()
            left -= 1
            self.scheduler.wake()

        for work in works:
            self._spawn("one of many", partial(run, work))
        self._wait(lambda: left > 0)

    @contextmanager
    def _one_at_a_time(self, resource: Resource) -> Iterator[None]:
        """Let one resource's steps be generated at a time, as the engine does."""
        self._wait(
            lambda: (
                self._generating or not (self.left_out(resource) or self._may_begin(resource.name))
            )
        )
        self._generating = True
        try:
            yield
        finally:
            self._generating = False
            self.scheduler.wake()

    @contextmanager
    def _call(
        self,
        process: Process,
        verb: str,
        resource: str,
        *,
        stored: bool = False,
        models: int = 1,
        shown: frozenset[str] = frozenset(),
    ) -> Iterator[None]:
        """Make a call, before and after which a kill may come."""
        call = Call(verb, resource, stored, models=models, shown=shown)
        with process.turn(call):
            call.began = began = self.scheduler.now
            self.ran.calls.append(call)
            self._point()
            try:
                yield
            finally:
                call.seconds = self.scheduler.now - began
            self._point()


def _without_name(model: Resource) -> dict[str, Any]:
    return {name: value for name, value in model.fields.items() if name != model.kind.id_field}


def _refreshed(one: Stored, reading: Reading) -> Stored:
    """Return a resource as the state holds it after a read; without new inputs it keeps its own."""
    outs = reading.outputs
    new = replace(
        one,
        outputs=outs.values,
        secret=one.secret | outs.secret,
        inside=one.inside | outs.inside,
        half_done=False,
    )
    if reading.inputs is None:
        return new
    secret = {(name,) for name in outs.secret} | outs.inside
    return replace(new, inputs=reading.inputs, secret_inputs=frozenset(secret))
