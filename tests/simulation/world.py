"""A world: a story, run from its seed with the product's own code, and then judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random

from greenlet import GreenletExit

from keywordsai_dynamic.core import redaction
from keywordsai_dynamic.core.kinds import MODEL
from keywordsai_dynamic.emulator.refusals import RefusedError

from .engine import Engine, Message, Ran, Stack, Stored
from .native_process import NativeProcess
from .process import Notes, Process
from .scheduler import Scheduler, in_place_of_threads_and_time
from .service import CONSOLE, QUIET, Service, SimulatedWire
from .story import KEYS, STACKS, Action, Command, Edit, Mishap, Story, dialect_of


@dataclass
class World:
    """What a story has become: the service, the stacks, and every run so far."""

    story: Story
    scheduler: Scheduler
    service: Service
    stacks: dict[str, Stack]
    runs: list[Ran]
    others_key: str = ""


def played(story: Story) -> Iterator[World]:
    """Play a story; yields the world when its last action is over, with time still virtual."""
    _forget_secrets()
    scheduler = Scheduler(Random(story.seed))
    with in_place_of_threads_and_time(scheduler):
        service = Service(scheduler, Random(story.seed), KEYS, lambda: dialect_of(story.dialect))
        world = World(story, scheduler, service, {name: Stack(name) for name in STACKS}, [])
        for edit in story.first:
            _apply(world, edit)
        scheduler.pause(1_000.0)
        service.weather = story.weather
        for action in story.actions:
            _act(world, action)
        yield world


def _forget_secrets() -> None:
    for hidden in (
        redaction._hidden,
        redaction._hidden_parts,
        redaction._hidden_numbers,
        redaction._hidden_words,
        redaction._hidden_word_parts,
    ):
        hidden.clear()


def _act(world: World, action: Action) -> None:
    scheduler = world.scheduler
    scheduler.pause(action.pause)
    scheduler.dice.seed(action.seed)
    world.service.dice.seed(action.seed)
    for happening in action.happenings:
        if isinstance(happening, Command):
            start(world, happening)
        elif isinstance(happening, Edit):
            _apply(world, happening)
        else:
            _befall(world.stacks[happening.stack], happening)
    scheduler.run()
    world.service.observers.clear()
    world.service.proxy_until = -1.0


def start(world: World, command: Command) -> Ran:
    """Begin a run of the CLI as a task; it runs when the scheduler does."""
    scheduler, stack = world.scheduler, world.stacks[command.stack]
    who = f"run {len(world.runs) + 1}"
    setup = command.setup
    before = [replace(one) for one in stack.state]
    has_program = command.verb in {"up", "preview", "import"} or command.options.run_program
    program = command.program if has_program else ()
    ran = Ran(
        who,
        command.stack,
        command.verb,
        setup,
        program,
        command.options,
        before,
        scheduler.now,
        native=command.native,
    )
    world.runs.append(ran)
    end = _End(scheduler, stack, command, ran)

    def observe(_request: str) -> None:
        end.point()

    if command.proxy_for:
        world.service.proxy_until = scheduler.now + command.proxy_for
        world.service.framework = command.framework
    world.service.observers.append(observe)
    _watch(world, command)

    def process_of(provider: str, native: bool, notes: Notes) -> Process:
        mine = setup.of(provider)
        wire = SimulatedWire(world.service, mine, who)
        if native:
            return NativeProcess(scheduler, mine, wire, notes, heard, options=command.options)
        return Process(scheduler, mine, wire, notes, heard)

    def heard(sentence: str) -> None:
        ran.messages.append(Message(scheduler.now, sentence))

    def exists(one: Stored) -> bool:
        """Return whether a model is still there, and was not gone meanwhile."""
        place = setup.of(one.provider)
        gone = any(
            (each.who, each.verb) == (who, "DELETE")
            or (each.who != who and each.before is None and each.at >= ran.began)
            for each in world.service.writes
            if (each.kind, each.name) == (one.kind, one.id)
        )
        found = world.service.fields(place.host, KEYS[place.key], one.id, one.kind)
        return not gone and found is not None

    end.engine = Engine(scheduler, stack, ran, process_of, exists=exists, point=end.point)
    scheduler.spawn(f"`pulumi {command.verb}`", who, end.engine.run)
    return ran


class _End:
    """How a run is ended from outside: at one of its points it is killed, or canceled."""

    engine: Engine

    def __init__(self, scheduler: Scheduler, stack: Stack, command: Command, ran: Ran) -> None:
        self._scheduler, self._stack, self._command, self._ran = scheduler, stack, command, ran
        self._points = 0

    def point(self) -> None:
        """Come to a point, of which each request and each call has some."""
        if self._scheduler.group != self._ran.who:
            return
        if self._points == self._command.killed_at:
            self._kill()
            raise GreenletExit
        if self._points == self._command.canceled_at:
            self._scheduler.spawn("Ctrl-C", self._ran.who, self._cancel)
        self._points += 1

    def _kill(self) -> None:
        self._scheduler.kill(self._ran.who)
        self._ran.ended = self._scheduler.now
        self._ran.after = [replace(one) for one in self._stack.state]

    def _cancel(self) -> None:
        """Begin no more; where the plugin's process ends first, what was under way is lost."""
        left = self.engine.cancel()
        if left != float("inf"):
            self._scheduler.pause(left)
            if self._ran.ended < 0:
                self._kill()


def _watch(world: World, command: Command) -> None:
    """Let the edits of a command come after the requests that they follow."""
    requests, waiting = 0, list(command.edits)

    def observe(_request: str) -> None:
        nonlocal requests
        requests += 1
        for edit in [edit for edit in waiting if edit.after <= requests]:
            waiting.remove(edit)
            _apply(world, edit)

    if waiting:
        world.service.observers.append(observe)


def _apply(world: World, edit: Edit) -> None:
    """Edit a model or provider in the console of the first organization, if it is there."""
    organization, host = next(iter(KEYS.values())), edit.host
    exists = world.service.fields(host, organization, edit.name, edit.kind) is not None
    if exists != (edit.what != "create"):
        return
    verb = {"create": "POST", "set": "PATCH", "delete": "DELETE"}[edit.what]
    new = {"provider_id": "vllm"} if edit.what == "create" and edit.kind is MODEL else {}
    body = {**new, edit.kind.id_field: edit.name, **edit.values}
    if edit.what == "set" and "extra_kwargs" in edit.values:
        # The console's form sends the whole map.
        stored = world.service.backends[host].providers.own_fields(organization)[edit.name]
        kwargs = {**stored["extra_kwargs"], **edit.values["extra_kwargs"]}
        body["extra_kwargs"] = {name: kwargs[name] for name in kwargs if kwargs[name] is not None}
    with suppress(RefusedError):  # the console shows it to whoever tries
        world.service.written(CONSOLE, verb, host, organization, body, kind=edit.kind)


def _befall(stack: Stack, mishap: Mishap) -> None:
    if mishap.what == "state lost":
        stack.state.clear()
        return
    old, stack.name = stack.name, f"{stack.name}-renamed"
    for one in stack.state:
        # The outputs keep the old URN, as those of the real engine do.
        one.urn = one.urn.replace(f"urn:pulumi:{old}::", f"urn:pulumi:{stack.name}::")
        one.needs = tuple(
            need.replace(f"urn:pulumi:{old}::", f"urn:pulumi:{stack.name}::") for need in one.needs
        )


def calm(world: World) -> None:
    """End all weather, let lists catch up, and wait."""
    world.service.weather, world.service.proxy_until = QUIET, -1.0
    for backend in world.service.backends.values():
        backend.dialect.list_lags = 0.0
    world.scheduler.pause(1e7)


def run_now(world: World, command: Command) -> Ran:
    """Run one more command to its end."""
    ran = start(world, command)
    world.scheduler.run()
    world.service.observers.clear()
    return ran


Violations = Callable[[World], list[str]]


def judged(story: Story, judge: Violations) -> list[str]:
    """Play a story and return what its judge objects to."""
    for world in played(story):
        return judge(world)
    return []
