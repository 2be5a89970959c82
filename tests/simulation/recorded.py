"""Recordings of the real engine, held against the simulated one.

The simulated engine gets the recorded programs, and a provider that answers as the recorded one
did. It may begin and end its calls only in the recorded order: if it wants other calls, or wants
one too early, nothing can go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.kinds import ResourceKind
from keywordsai_dynamic.lifecycle.comparison import changed
from keywordsai_dynamic.lifecycle.results import Outputs, Reading

from .engine import Engine, Options, Ran, Resource, Stack, Stored, Verb
from .process import Call, Process
from .scheduler import DeadlockError, Scheduler
from .service import Setup

FOLDER = Path(__file__).parents[1] / "recorded" / "engine_calls"

_OPTIONS = {"targets", "excludes", "continue_on_error", "replace", "target_replace", "parallel"}
_FIELDS = {"model_name", "input_cost", "output_cost"}
_RESOURCE = {
    *("resource", *_FIELDS, "depends_on", "parent", "aliases", "provider", "delete_before_replace"),
    *("replace_on_changes", "retain_on_delete", "unknown_until_up", "get"),
}


def recordings() -> dict[str, Any]:
    """Return all recordings by name."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def beyond(recording: Mapping[str, Any]) -> set[str]:
    """Return what a recording uses that no world has, such as options of resources."""
    return {
        each
        for run in recording["runs"]
        for each in (
            *(run.get("options", {}).keys() - _OPTIONS),
            *(alias for one in run["program"] for alias in one.get("aliases", []) if " " in alias),
            *(key for one in run["program"] for key in one.keys() - _RESOURCE - _NO_MODELS),
        )
    }


_NO_MODELS = {"component", "is_provider"}


def refusal(recording: Mapping[str, Any]) -> str:
    """Return where the simulated engine goes another way; "" where it can do all that it saw."""
    stacks = {name: Stack(name) for name in ("dev", "other")}
    edits: list[str] = []
    for number, run in enumerate(recording["runs"], 1):
        stack = stacks[run.get("stack", "dev")]
        edits += run.get("console", [])
        _edit(stacks, run)
        problem = _differs(stack, run, edits)
        if problem:
            return f"run {number} ({run['command']}, {run['phase']}): {problem}"
    return ""


def _differs(stack: Stack, run: Mapping[str, Any], edits: Sequence[str]) -> str:
    scheduler = Scheduler(Random(1))
    guide = _Guide(scheduler, run["calls"])
    verb: Verb = "preview" if run["phase"] == "preview" else run["command"].split()[0]
    if verb == "preview" and run["command"] in {"destroy", "refresh"}:
        return ""  # a preview of these makes no step that a world could get wrong
    setup, program = Setup("key"), _program(run)
    before = [Stored(**vars(one)) for one in stack.state]
    ran = Ran("run", stack.name, verb, setup, program, _options(run), before, 0.0)
    engine = Engine(
        scheduler,
        stack,
        ran,
        lambda _provider, _native, _notes: _Recorded(scheduler, guide, edits),
        may_begin=guide.may_begin,
    )
    scheduler.spawn("engine", "run", engine.run)
    try:
        scheduler.run(until=lambda: "killed" in run and guide.is_over)
    except DeadlockError:
        return guide.stuck()
    scheduler.kill("run")
    if not guide.is_over:
        return guide.stuck()
    if "killed" not in run and ran.outcome != run.get("ended", ran.outcome):
        return f"it {ran.outcome}, and the recorded one {run['ended']}"
    return _other_state(stack, run) if "state" in run else ""


def _other_state(stack: Stack, run: Mapping[str, Any]) -> str:
    ours = sorted((one.name, one.id, one.delete, one.pending_replacement) for one in stack.state)
    theirs = sorted(
        (
            one["resource"],
            one["id"],
            one.get("delete", False),
            one.get("pending_replacement", False),
        )
        for one in run["state"]
        if "id" in one
    )
    return "" if ours == theirs else f"the state is {ours}, and the recorded one {theirs}"


class _Guide:
    """Lets calls begin and end in the recorded order."""

    def __init__(self, scheduler: Scheduler, calls: Sequence[tuple[str, str, Any]]) -> None:
        self._scheduler = scheduler
        self._calls = calls
        self._begun = 0
        self._under_way: dict[int, float] = {}
        self._waiting: list[str] = []

    @property
    def is_over(self) -> bool:
        """Return whether every recorded call has begun, and ended where the recorded one did."""
        return self._begun == len(self._calls) and all(
            end == float("inf") for end in self._under_way.values()
        )

    def may_begin(self, resource: str) -> bool:
        """Return whether the next check is of a resource."""
        rest = [(verb, name) for verb, name, _ in self._calls[self._begun :]]
        return next((name for verb, name in rest if verb == "check"), None) == resource

    def stuck(self) -> str:
        """Describe what was recorded next, and what the simulated engine wants instead."""
        wanted = ", ".join(sorted(self._waiting)) or "nothing"
        if self._begun == len(self._calls):
            return f"after all recorded calls it wants {wanted}"
        verb, name, facts = self._calls[self._begun]
        return f"recorded is {verb} of {name} {facts}, and it wants {wanted}"

    @contextmanager
    def turn(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """Wait for a call's turn; yields its facts, and waits until it ends."""
        told = f"{call.verb} of {call.resource}" + (" (stored)" if call.stored else "")
        self._waiting.append(told)
        self._scheduler.wait(lambda: not self._is_next(call))
        self._waiting.remove(told)
        number, facts = self._begun, self._calls[self._begun][2]
        self._begun += 1
        self._under_way[number] = facts.get("ended", float("inf"))
        self._scheduler.wake()
        try:
            self._scheduler.wait(lambda: self._begun < self._under_way[number])
            yield facts
        finally:
            del self._under_way[number]
            self._scheduler.wake()

    def _is_next(self, call: Call) -> bool:
        if self._begun == len(self._calls):
            return False
        verb, name, facts = self._calls[self._begun]
        same = (verb, name) == (call.verb, call.resource)
        stored = facts.get("stored", call.stored) == call.stored
        over = all(end > self._begun for end in self._under_way.values())
        return same and stored and over


class _Recorded(Process):
    """A provider that answers as the recorded one did."""

    def __init__(self, scheduler: Scheduler, guide: _Guide, edits: Sequence[str]) -> None:
        self._guide, self._edits, self._facts = guide, edits, dict[str, Any]()

    @contextmanager
    def turn(self, call: Call) -> Iterator[None]:
        with self._guide.turn(call) as facts:
            self._facts = dict(facts)
            if facts.get("failed"):
                raise KeywordsAIError("it failed")
            yield

    def check(
        self, kind: ResourceKind, props: Mapping[str, Any], stored: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {name: value for name, value in props.items() if name in _FIELDS}

    def always_secret(
        self, kind: ResourceKind, inputs: Mapping[str, Any]
    ) -> frozenset[tuple[str, ...]]:
        return frozenset()

    def diff(
        self, kind: ResourceKind, old: Stored, _urn: str, inputs: Mapping[str, Any]
    ) -> list[str]:
        return changed(old.outputs, inputs)

    def create(self, kind: ResourceKind, inputs: Mapping[str, Any], urn: str) -> Outputs:
        return Outputs(dict(inputs), frozenset())

    def update(
        self, kind: ResourceKind, old: Stored, _urn: str, inputs: Mapping[str, Any]
    ) -> Outputs:
        return Outputs(dict(inputs), frozenset())

    def read(self, kind: ResourceKind, old: Stored) -> Reading | None:
        if self._facts.get("gone"):
            return None
        drifted = {"input_cost": 7.0} if f"input_cost of {old.id} is 7" in self._edits else {}
        values = {**old.outputs, **drifted}
        return Reading(Outputs(values, frozenset()), values if drifted else None)

    def get(self, kind: ResourceKind, name: str, urn: str) -> Outputs:
        return Outputs({"model_name": name}, frozenset())

    def delete(self, kind: ResourceKind, old: Stored, *, destroys: bool) -> None:
        """Delete nothing: there is no service."""


def _options(run: Mapping[str, Any]) -> Options:
    given = run.get("options", {})
    replaced = [*given.get("replace", []), *given.get("target_replace", [])]
    return Options(
        refresh=run["command"].endswith("--refresh"),
        targets=frozenset(given.get("targets", given.get("target_replace", []))),
        excludes=frozenset(given.get("excludes", [])),
        continue_on_error=given.get("continue_on_error", False),
        replace=frozenset(replaced),
    )


def _program(run: Mapping[str, Any]) -> tuple[Resource, ...]:
    return tuple(_resource(one) for one in run["program"] if not _NO_MODELS & one.keys())


def _resource(one: Mapping[str, Any]) -> Resource:
    fields = {name: one[name] for name in _FIELDS if name in one}
    return Resource(
        one["resource"],
        fields or {"model_name": one["get"]},
        needs=tuple(one.get("depends_on", [])),
        component=one.get("parent", ""),
        aliases=tuple(one.get("aliases", [])),
        delete_first=one.get("delete_before_replace", False),
        replace_on=frozenset(one.get("replace_on_changes", [])),
        retain=one.get("retain_on_delete", False),
        provider=one.get("provider", ""),
        late=one.get("unknown_until_up", False),
        reads="get" in one,
    )


def _edit(stacks: Mapping[str, Stack], run: Mapping[str, Any]) -> None:
    """Edit the state before a run, as `pulumi state` did."""
    for edit in run.get("before", []):
        stack, words = stacks["dev"], edit.split()
        named = [one for one in stack.state if one.name == words[2]] if len(words) > 2 else []
        if words[1] == "taint":
            named[0].taint = True
        elif words[1] == "rename":
            named[0].urn = named[0].urn.replace(f"::{words[2]}", f"::{words[4]}")
        elif words[1] == "move":
            stacks["other"].state += named
            for one in named:
                one.urn = one.urn.replace(":dev::", ":other::")
        if words[1] in {"move", "delete"}:
            stack.state.remove(named[0])
        if words[1] == "lost":
            stack.state.clear()
