"""Many worlds at once: each processor takes its share of the seeds."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import repeat
from multiprocessing import get_context
from typing import Any, TypeVar

from .engine import Options, Resource
from .judge import violations
from .mutants import without
from .scheduler import DeadlockError
from .story import Action, Command, Story, story
from .world import judged

T = TypeVar("T")

_AT_A_TIME = 50
_BATCHES = 100
"""Batches after which a worker is replaced: each world leaves some 20 kB behind."""

_KEPT = {"model_name", "custom_provider_id", "provider_id", "provider_name"}


def found(story: Story) -> list[str]:
    """Return what is wrong with the world of a story."""
    try:
        return judged(story, violations)
    except DeadlockError as deadlock:
        return [f"6: the product has deadlocked: {deadlock}"]
    except Exception as error:  # noqa: BLE001  (one world must not end a run of a million)
        return [f"the world itself has failed: {error!r}"]


def violating(seeds: range, without_guard: str = "") -> Iterator[tuple[int, list[int]]]:
    """Yield how many worlds are done, and the seeds among the last ones that are violations."""
    batches = [seeds[at : at + _AT_A_TIME] for at in range(0, len(seeds), _AT_A_TIME)]
    shares = zip(batches, repeat(without_guard))
    done = 0
    with get_context("spawn").Pool(maxtasksperchild=_BATCHES) as pool:
        for batch, bad in zip(batches, pool.imap(_batch, shares), strict=True):
            done += len(batch)
            yield done, bad


def _batch(share: tuple[range, str]) -> list[int]:
    seeds, without_guard = share
    gc.freeze()
    gc.set_threshold(50_000)  # worlds are short, and leave little behind
    with without(without_guard):
        return [seed for seed in seeds if found(story(seed))]


def shortest(story: Story, is_violation: Callable[[Story], bool]) -> Story:
    """Return the shortest story found that is still a violation, by leaving things out."""
    for shorter in _shorter(story):
        if is_violation(shorter):
            return shortest(shorter, is_violation)
    return story


def _shorter(story: Story) -> Iterator[Story]:
    """Yield stories in which something is left out, the largest parts first."""
    for at in range(len(story.actions)):
        yield replace(story, actions=_without(story.actions, at))
    for at in range(len(story.first)):
        yield replace(story, first=_without(story.first, at))
    for name in story.dialect:
        if name != "generation":
            rest = {key: value for key, value in story.dialect.items() if key != name}
            yield replace(story, dialect=rest)
    for each in fields(story.weather):
        if getattr(story.weather, each.name) != each.default:
            plainer: Any = {each.name: each.default}
            yield replace(story, weather=replace(story.weather, **plainer))
    for at, action in enumerate(story.actions):
        for shorter in _shorter_actions(action):
            yield replace(story, actions=_with(story.actions, at, shorter))


def _shorter_actions(action: Action) -> Iterator[Action]:
    for at, happening in enumerate(action.happenings):
        if len(action.happenings) > 1:
            yield replace(action, happenings=_without(action.happenings, at))
        if isinstance(happening, Command):
            for shorter in _shorter_commands(happening):
                yield replace(action, happenings=_with(action.happenings, at, shorter))


def _shorter_commands(command: Command) -> Iterator[Command]:
    plain: dict[str, Any] = {
        "options": Options(),
        "killed_at": -1,
        "canceled_at": -1,
        "edits": (),
        "proxy_for": 0.0,
    }
    for name, value in plain.items():
        if getattr(command, name) != value:
            yield replace(command, **{name: value})
    for at, resource in enumerate(command.program):
        yield replace(command, program=_without(command.program, at))
        options: dict[str, Any] = {
            "aliases": (),
            "component": "",
            "delete_first": False,
            "provider": "",
            "through": "",
        }
        for name, value in options.items():
            if getattr(resource, name) != value:
                plainer = replace(resource, **{name: value})
                yield replace(command, program=_with(command.program, at, plainer))
        for fewer in _with_fewer_fields(resource):
            yield replace(command, program=_with(command.program, at, fewer))
        for place, member in enumerate(resource.members):
            some = [_without(resource.members, place)]
            some += [_with(resource.members, place, each) for each in _with_fewer_fields(member)]
            for members in some:
                fewer = replace(resource, members=members)
                yield replace(command, program=_with(command.program, at, fewer))


def _with_fewer_fields(resource: Resource) -> Iterator[Resource]:
    for name in resource.fields.keys() - _KEPT:
        rest = {key: value for key, value in resource.fields.items() if key != name}
        yield replace(resource, fields=rest, secret=resource.secret - {name})


def _without(many: tuple[T, ...], at: int) -> tuple[T, ...]:
    return (*many[:at], *many[at + 1 :])


def _with(many: tuple[T, ...], at: int, one: T) -> tuple[T, ...]:
    return (*many[:at], one, *many[at + 1 :])
