"""What happens to each model in a preview: an action, and the old and new values of its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ..core.names import API_FIELDS, PRICE_FIELDS, UNKNOWN
from ..lifecycle.announcements import is_adoption, live_values
from .diagnostics import Message
from .options import alias, stays
from .preview import Preview
from .steps import SECRET, Step, resource_name


class Action(StrEnum):
    """What happens to a model, most severe first; the last two happened outside of Pulumi."""

    REFUSED = "refused"
    DELETED = "deleted"
    REPLACED = "replaced"
    OVERWRITTEN = "overwritten"
    UPDATED = "updated"
    CREATED = "created"
    TAKEN_OVER = "taken over"
    RELEASED = "released"
    CHANGED_OUTSIDE = "changed outside"
    DELETED_OUTSIDE = "deleted outside"


_ACTIONS = {
    "replace": Action.REPLACED,
    "update": Action.UPDATED,
    "delete": Action.DELETED,
}
_ELSEWHERE = (
    "another provider has a model of this name; if both use the same account, the model stays"
)
_OUTSIDE = {"update": Action.CHANGED_OUTSIDE, "delete": Action.DELETED_OUTSIDE}


@dataclass(frozen=True)
class Outcome:
    """What happens to one model; `pairs` has the raw old and new value of each changed field.

    `inherited` are prices that are newly inherited from the base. `may_overwrite` says that
    `overwrite_existing` is declared and that the preview did not check whether the model exists.
    """

    model_name: str
    resource: str
    action: Action
    previous_name: str | None = None
    previous_deleted: bool = False
    may_overwrite: bool = False
    inherited: tuple[str, ...] = ()
    base: str | None = None
    pairs: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def outcomes(preview: Preview) -> list[Outcome]:
    """Decide what happens to each model; one that moves to another resource is one outcome."""
    said = _by_model(preview.messages)
    losers = {key: step for step in preview.steps if (key := _lost(step))}
    kept = {key for step in preview.steps if (key := _gained(step))} | preview.reads
    names = {name for _, name in kept}
    looked_up = not preview.remarks
    found = []
    for step in preview.steps:
        gained, lost = _gained(step), _lost(step)
        before = losers.get(gained) if gained else None
        messages = said.pop(step.about, [])
        if before:
            outcome = _moved(step, before, messages)
        elif step.operation == "create":
            outcome = _created(step, messages, looked_up)
        elif step.operation == "delete" and lost in kept - preview.reads:
            continue  # reported with the resource that gets it
        elif step.operation in _ACTIONS:
            outcome = _kept(step, messages, looked_up, read=lost in preview.reads)
        else:
            continue
        gone = _is_renamed(step) and lost not in kept and not step.retained
        if lost and lost not in kept and lost[1] in names:
            outcome = replace(outcome, remarks=(*outcome.remarks, _ELSEWHERE))
        found.append(replace(outcome, previous_deleted=gone))
    refused = [
        Outcome(model or resource_name(urn), urn, Action.REFUSED, remarks=_texts(messages))
        for (urn, model), messages in said.items()
        if any(message.severity == "error" for message in messages)
    ]
    return refused + found


_Key = tuple[str, str]


def _lost(step: Step) -> _Key | None:
    """Return provider and name of the model that a resource no longer has after this step."""
    return _key(step, step.old) if step.operation == "delete" or _is_renamed(step) else None


def _gained(step: Step) -> _Key | None:
    """Return provider and name of the model that a resource has from this step on."""
    return _key(step, step.new) if step.operation == "create" or _is_renamed(step) else None


def _key(step: Step, values: Mapping[str, Any]) -> _Key | None:
    name = values.get("model_name")
    return None if name in (None, UNKNOWN, SECRET) else (step.provider, name)


def _is_renamed(step: Step) -> bool:
    same = step.old.get("model_name") == step.new.get("model_name")
    return step.operation == "replace" and not same


def outside(refresh: Preview) -> list[Outcome]:
    """List what a refresh found changed, from last known to live."""
    return [
        Outcome(
            model_name=_name(step.urn, step.old),
            resource=step.urn,
            action=_OUTSIDE[step.operation],
            base=_base(step.new or step.old),
            pairs=_pairs(step, step),
        )
        for step in refresh.steps
        if step.operation in _OUTSIDE
    ]


def _by_model(messages: Iterable[Message]) -> dict[tuple[str, str], list[Message]]:
    found: dict[tuple[str, str], list[Message]] = {}
    for message in messages:
        found.setdefault(message.about, []).append(message)
    return found


def _kept(step: Step, messages: list[Message], looked_up: bool, *, read: bool) -> Outcome:
    """Evaluate an update, a replacement or a deletion of a resource that the state knows.

    A replacement under another name meets what a new resource meets.
    """
    if _is_renamed(step):
        outcome = _created(step, messages, looked_up)
        action = Action.REPLACED if outcome.action == Action.CREATED else outcome.action
        remarks = [*outcome.remarks, *([stays(step.urn, _previous(step))] if step.retained else [])]
        return replace(
            outcome, action=action, previous_name=_previous(step), remarks=tuple(remarks)
        )
    released = step.operation == "delete" and (step.retained or read)
    why = "the program reads the model, so it stays" if read else stays(step.urn, "the model")
    return Outcome(
        model_name=_name(step.urn, step.new or step.old),
        resource=step.urn,
        action=Action.RELEASED if released else _ACTIONS[step.operation],
        base=_base(step.new),
        inherited=_inherited(step),
        pairs={} if released else _pairs(step, step),
        remarks=(*_texts(messages), *_nameless(step), *([why] if released else [])),
    )


def _created(step: Step, messages: list[Message], looked_up: bool) -> Outcome:
    """Evaluate a model that the state does not know: the provider announces what exists."""
    action, pairs = Action.CREATED, _pairs(step, step)
    if step.operation == "create" and any(message.severity == "error" for message in messages):
        action = Action.REFUSED
    elif (live := _overwritten(messages)) is not None:
        names = [name for name in _declared(step.new) if name in live]
        action = Action.OVERWRITTEN
        pairs = {name: (live[name], step.new[name]) for name in names}
    elif _is_adopted(messages):
        action, pairs = Action.TAKEN_OVER, {}
    unseen = not looked_up or step.new.get("model_name") == UNKNOWN
    return Outcome(
        model_name=_name(step.urn, step.new),
        resource=step.urn,
        action=action,
        may_overwrite=action == Action.CREATED and unseen and _overwrites(step),
        base=_base(step.new),
        inherited=_inherited(step),
        pairs=pairs,
        remarks=(*_texts(messages), *_nameless(step)),
    )


def _moved(step: Step, before: Step, messages: list[Message]) -> Outcome:
    """Evaluate a model that moves from one resource to another: mostly the resource was renamed."""
    name = resource_name(before.urn)
    in_a_set = before.member or step.member
    renamed = (before.operation, step.operation) == ("delete", "create") and not in_a_set
    had = f"the resource was named {name}" if renamed else f"resource {name} had it"
    equal = all(before.old.get(field) == step.new[field] for field in _declared(step.new))
    live, pairs = _overwritten(messages), _pairs(before, step)
    if live:
        action, remark = Action.OVERWRITTEN, f"{had}; the model stays"
        pairs = {name: (live[name], step.new[name]) for name in _declared(step.new) if name in live}
    elif equal or _is_adopted(messages):
        action, remark, pairs = Action.TAKEN_OVER, f"{had}; the model stays", {}
    elif _overwrites(step) or live is not None:
        action, remark = Action.OVERWRITTEN, f"{had}; the model stays"
    else:
        action = Action.REFUSED
        remark = f"{had}, and this one declares different values, so `pulumi up` refuses it."
        if renamed:
            remark += f" If it was only renamed, declare {alias(before.urn, step.urn)}"
        elif in_a_set:
            remark += " Move it as it is, and change it afterwards"
    return Outcome(
        model_name=_name(step.urn, step.new),
        resource=step.urn,
        action=action,
        previous_name=_previous(step) if _is_renamed(step) else None,
        base=_base(step.new),
        pairs=pairs,
        remarks=(*_texts(messages), remark),
    )


def _previous(step: Step) -> str:
    return _name(step.urn, step.old)


def _overwrites(step: Step) -> bool:
    return bool(step.new.get("overwrite_existing"))


def _inherited(step: Step) -> tuple[str, ...]:
    """Return the prices that a model in the state newly inherits from its base."""
    if step.operation not in {"update", "replace"}:
        return ()
    rebased = step.old.get("base_model_name") != step.new.get("base_model_name")
    return tuple(
        field
        for field in PRICE_FIELDS
        if step.new.get(field) is None
        and (rebased or (_is_renamed(step) and step.old.get(field) is not None))
    )


def _is_adopted(messages: Iterable[Message]) -> bool:
    return any(is_adoption(message.text) for message in messages)


def _overwritten(messages: Iterable[Message]) -> dict[str, str | None] | None:
    """Return the live values that an announced overwrite shows; None if none is announced."""
    found = [live for message in messages if (live := live_values(message.text)) is not None]
    return {name: value for live in found for name, value in live.items()} if found else None


def _texts(messages: Iterable[Message]) -> tuple[str, ...]:
    return tuple(message.text for message in messages)


def _declared(values: Mapping[str, Any]) -> list[str]:
    return [name for name in API_FIELDS if name in values and name != "model_name"]


def _pairs(before: Step, after: Step) -> dict[str, tuple[Any, Any]]:
    return {
        name: (_known_before(before, name), after.new.get(name))
        for name in API_FIELDS
        if name != "model_name"
        and (before.old.get(name) != after.new.get(name) or name in after.reasons)
    }


def _known_before(step: Step, name: str) -> Any:  # noqa: ANN401  (a field's value)
    """Return the declared value, or else the one that the API returned.

    A returned price of 0 is the API's way to say "not set" if the program declares none.
    """
    declared = step.old.get(name)
    if declared is not None or name not in step.old_outputs:
        return declared
    answered = step.old_outputs[name]
    return None if name in PRICE_FIELDS and not answered else answered


def _name(urn: str, values: Mapping[str, Any]) -> str:
    name = values.get("model_name")
    return resource_name(urn) if name in (None, UNKNOWN, SECRET) else str(name)


def _nameless(step: Step) -> list[str]:
    hidden = {UNKNOWN: "known after apply", SECRET: "secret"}.get(step.new.get("model_name", ""))
    return [f"model_name is {hidden}; this is the resource's name"] if hidden else []


def _base(values: Mapping[str, Any]) -> str | None:
    name = values.get("base_model_name", values.get("model_name"))
    return None if name in (None, UNKNOWN, SECRET) else str(name)
