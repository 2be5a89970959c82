"""What is promised of sets of models besides what is promised of each model in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keywordsai_dynamic.core.kinds import MODEL, MODEL_SET
from keywordsai_dynamic.lifecycle.inventory import FRESH
from keywordsai_dynamic.lifecycle.state import answered_in

from . import sets
from .engine import Ran, Resource, Stored
from .process import Call
from .service import Write
from .shown import alike, shown_fields
from .story import KEYS
from .world import World

_HALFWAY = ("models were written, and ", "models were deleted, and ")
"""What a set says that has begun to write; else it was refused."""

_REFUSED = re.compile(
    r"^  (\S+): \1 (?:already exists with|was changed by somebody|is a built-in)", re.MULTILINE
)


def of_sets(world: World) -> Iterator[str]:
    """Judge every call that wrote a set: refusals, what was shown before, what is known after."""
    for ran in world.runs:
        named = {one.name: one for one in ran.program if one.kind is MODEL_SET}
        for call in ran.calls:
            if call.verb in {"create", "update"} and call.resource in named:
                one = named[call.resource]
                writes = _writes(world, ran, call, one)
                yield from _refused_first(world, ran, call, writes)
                yield from _shown_before(ran, call, writes)
                yield from _done_as_shown(world, ran, call, one)
                yield from _known_after(world, ran, call, writes)


def _writes(world: World, ran: Ran, call: Call, one: Resource) -> list[Write]:
    """Return the models that a call wrote; two accounts may declare one, and then it is neither's.

    What it has deleted is not among them.
    """
    others = {each.id for each in sets.declared(ran.program) if each.name != one.name}
    own = {member.id for member in one.members} - others
    return [
        each
        for each in world.service.writes
        if (each.who, each.kind) == (ran.who, MODEL)
        and call.began <= each.at <= call.began + call.seconds
        and each.verb == "POST"
        and each.name in own
    ]


def _texts(ran: Ran, call: Call) -> list[str]:
    return [each.text for each in ran.failures if each.resource == call.resource]


def _refused_first(world: World, ran: Ran, call: Call, writes: Sequence[Write]) -> Iterator[str]:
    """Require that a set which is refused writes nothing, unless others made it so meanwhile."""
    posts = [each.name for each in writes]
    texts = _texts(ran, call)
    halfway = [text for text in texts if any(words in text for words in _HALFWAY)]
    late = {name for text in halfway for name in _REFUSED.findall(text)}
    changed = any(_changes_meanwhile(world, ran, call, name) for name in late)
    if posts and texts and (late or not halfway) and not changed:
        yield f"7: {ran.who} refused {call.resource} after it had written {', '.join(posts)}"


def _changes_meanwhile(world: World, ran: Ran, call: Call, name: str) -> bool:
    """Return whether somebody else has changed a model that a call then refused, or lists lag."""
    hidden = {"list_lags", "list_hides"} & world.story.dialect.keys()
    return bool(hidden) or any(
        (each.who != ran.who and each.name == name)
        and call.began - FRESH <= each.at <= call.began + call.seconds
        for each in world.service.writes
    )


def _shown_before(ran: Ran, call: Call, writes: Sequence[Write]) -> Iterator[str]:
    """Require that an update writes no model that the diff of the same run did not show."""
    for each in writes:
        if call.verb == "update" and each.name not in call.shown:
            yield f"7: {ran.who} wrote {each.name} of {call.resource}, which no preview showed"


def _done_as_shown(world: World, ran: Ran, call: Call, one: Resource) -> Iterator[str]:
    """Require that a call which succeeds leaves each model as declared that the diff showed."""
    if ran.outcome == "killed" or _texts(ran, call):
        return
    setup = ran.setup.of(one.provider)
    place, end = (setup.host, KEYS[setup.key]), call.began + call.seconds
    for member in one.members:
        if member.id not in call.shown:
            continue
        history = [
            each
            for each in world.service.writes
            if (each.host, each.organization) == place and each.name == member.id and each.at <= end
        ]
        if not history or _changes_meanwhile(world, ran, call, member.id):
            continue
        after = history[-1].after or {}
        shown = shown_fields(world.service.dialect(setup.host)) & member.fields.keys()
        for field in sorted(shown - {"custom_provider_id"}):
            if not alike(field, member.fields[field], after.get(field)):
                yield f"7: {ran.who} showed {field} of {member.id}, and left {after.get(field)!r}"


def _known_after(world: World, ran: Ran, call: Call, writes: Sequence[Write]) -> Iterator[str]:
    """Require that what a call has written is in the state or in its error."""
    if ran.outcome == "killed":
        return
    for each in writes:
        if each.before == each.after or _is_rewritten(world, ran, each):
            continue
        is_named = any(each.name in text for text in _texts(ran, call))
        if not is_named and not any(_holds(world, one, each) for one in sets.held(ran.after)):
            yield f"1: {ran.who} wrote {each.name} of {call.resource}, which nothing says after it"


def _is_rewritten(world: World, ran: Ran, write: Write) -> bool:
    """Return whether a model was written once more before its run ended."""
    return any(
        (each.host, each.organization, each.name) == (write.host, write.organization, write.name)
        and each is not write
        and write.at <= each.at <= ran.ended
        for each in world.service.writes
    )


def _holds(world: World, one: Stored, write: Write) -> bool:
    """Return whether a state has the values that a write has left, as far as they are shown."""
    shown = shown_fields(world.service.dialect(write.host)) & write.sent.keys()
    shown -= {"custom_provider_id"}  # which the service may answer with another one
    answered = answered_in(one.outputs)
    return one.id == write.name and all(
        alike(field, (write.after or {}).get(field), answered.get(field)) for field in shown
    )
