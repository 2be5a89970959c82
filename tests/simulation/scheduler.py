"""Tasks that take turns in virtual time: one runs at a time, and dice choose where they switch.

A task is a greenlet, so that the product's own blocking code runs unchanged. It can be switched at
every pause, at every lock, and nowhere else, so the same seed gives the same world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from random import Random
from typing import Any
from unittest.mock import patch

from greenlet import GreenletExit, getcurrent, greenlet

_MODULES_WITH_LOCKS = (
    "api.pace",
    "api.sending",
    "lifecycle.deletion",
    "lifecycle.inventory",
    "lifecycle.run",
    "lifecycle.wide",
)

EPOCH = 1_800_000_000.0
"""The POSIX time at which every world begins."""


DESTROYS: ContextVar[bool] = ContextVar("DESTROYS")
"""Whether the current task is of a `pulumi destroy`, as the CLI's command line shows it."""


class DeadlockError(Exception):
    """Raised where no task can go on: the product has deadlocked."""


class Task:
    """A thread of some process; `group` is what a kill ends together."""

    def __init__(self, name: str, group: str, work: Callable[[], object], hub: greenlet) -> None:
        self.name, self.group = name, group
        self.greenlet = greenlet(self._run, parent=hub)
        self._work = work
        self.until: float | None = 0.0
        self.done = self.killed = False

    def _run(self) -> None:
        try:
            self._work()
        except GreenletExit:
            self.killed = True
        finally:
            self.done = True


class Scheduler:
    """Runs tasks one at a time, in virtual seconds."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.now = 0.0
        self._tasks: list[Task] = []
        self._current: Task | None = None
        self._hub = getcurrent()

    def spawn(self, name: str, group: str, work: Callable[[], object]) -> Task:
        """Begin a task; it runs when the current one pauses."""
        task = Task(name, group, work, self._hub)
        task.until = self.now
        self._tasks.append(task)
        return task

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Run until all tasks are done, or `until` is true."""
        while self._tasks and not until():
            ready = [task for task in self._tasks if task.until is not None]
            if not ready:
                stuck = ", ".join(task.name for task in self._tasks)
                raise DeadlockError(f"no task can go on: {stuck}")
            soonest = max(min(task.until or 0.0 for task in ready), self.now)
            due = [task for task in ready if (task.until or 0.0) <= soonest]
            self.now = soonest
            self._step(due[0] if len(due) == 1 else self.dice.choice(due))

    def _step(self, task: Task) -> None:
        self._current = task
        task.greenlet.switch()
        self._current = None
        if task.done:
            self._tasks.remove(task)

    @property
    def group(self) -> str:
        """The group of the task that runs."""
        return self._current.group if self._current else ""

    def pause(self, seconds: float) -> None:
        """Let other tasks run for so long; outside of tasks, time just passes."""
        if self._current is None:
            self.now += seconds
            return
        if self._current.killed:
            return
        self._current.until = self.now + max(seconds, 0.0)
        self._hub.switch()

    def wait(self, held: Callable[[], bool]) -> None:
        """Block the current task until `held` is false; whoever changes that calls `wake`."""
        task = self._current
        while held():
            if task is None:
                raise DeadlockError("nothing else runs that could change this")
            if task.killed:
                return
            task.until = None
            self._hub.switch()

    def wake(self) -> None:
        """Let every blocked task look again whether it can go on."""
        for task in self._tasks:
            if task.until is None:
                task.until = self.now

    def kill(self, group: str) -> None:
        """End every other task of a group where it stands, as SIGKILL does."""
        outer = self._current
        for task in [task for task in self._tasks if task.group == group and task is not outer]:
            task.killed = task.done = True
            self._current = task
            if task.greenlet:
                task.greenlet.parent = getcurrent()
                task.greenlet.throw(GreenletExit)
            self._current = outer
            self._tasks.remove(task)
        self.wake()


class Lock:
    """A lock between tasks, in place of `threading.Lock`; the dice may switch before it is got."""

    scheduler: Scheduler

    def __init__(self) -> None:
        self._held = False

    def __enter__(self) -> None:
        scheduler = self.scheduler
        if scheduler.group and scheduler.dice.random() < 0.2:
            scheduler.pause(0.0)
        if self._held:
            scheduler.wait(lambda: self._held)
        self._held = True

    def __exit__(self, *_: object) -> None:
        self._held = False
        self.scheduler.wake()


class Pool:
    """Tasks that share work, in place of `ThreadPoolExecutor`; a kill ends them with their run."""

    scheduler: Scheduler

    def __init__(self, width: int) -> None:
        self._width = width

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        """All have ended."""

    def map(self, work: Callable[[str], None], items: Iterable[str]) -> list[None]:
        """Do the work to each item, and return when all is done; raises its first error."""
        scheduler, left = self.scheduler, list(items)
        errors: list[Exception] = []
        running = self._width

        def share() -> None:
            nonlocal running
            try:
                while left:
                    work(left.pop(0))
            except Exception as error:  # noqa: BLE001  (the thread that waits raises it)
                errors.append(error)
            finally:
                running -= 1
                scheduler.wake()

        for _ in range(self._width):
            task = scheduler.spawn("one of a pool", scheduler.group, share)
            task.greenlet.gr_context = copy_context()
        scheduler.wait(lambda: running > 0)
        for error in errors:
            raise error
        return []


class _Time:
    """The module `time` as a world has it."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def monotonic(self) -> float:
        return self._scheduler.now

    def time(self) -> float:
        return EPOCH + self._scheduler.now


class _Chance:
    """The module `random` as a world has it."""

    def __init__(self, dice: Random) -> None:
        self.uniform = dice.uniform


@contextmanager
def in_place_of_threads_and_time(scheduler: Scheduler) -> Iterator[None]:
    """Give the product the world's locks, clocks and dice, in place of the standard library's."""
    import importlib  # noqa: PLC0415  # by name: the product's modules are what is patched

    def module(name: str) -> Any:  # noqa: ANN401  (a module)
        return importlib.import_module(f"keywordsai_dynamic.{name}")

    Lock.scheduler = Pool.scheduler = scheduler
    patches: list[Any] = [patch.object(module(name), "Lock", Lock) for name in _MODULES_WITH_LOCKS]
    patches += [
        patch.object(module("api.sending"), "time", _Time(scheduler)),
        patch.object(module("api.sending"), "random", _Chance(scheduler.dice)),
        patch.object(module("native.servicer"), "destroys", DESTROYS.get),
        patch.object(module("emulator.backend"), "time", _Time(scheduler)),
        patch.object(module("lifecycle.wide"), "ThreadPoolExecutor", Pool),
        patch.object(module("lifecycle.wide"), "_LOOK", 0.5),  # worlds have no time for more looks
    ]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in reversed(patches):
            each.stop()
