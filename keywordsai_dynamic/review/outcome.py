"""What becomes of each model in a preview: an action, and old and new value of what changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from keywordsai_dynamic.names import API_FIELDS, PRICE_FIELDS
from keywordsai_dynamic.ownership import OVERWRITES, TAKES_OVER

from .preview import SECRET, UNKNOWN, Message, Preview, Step, resource_name


class Action(StrEnum):
    """What becomes of a model, gravest first; the last two happened outside of Pulumi."""

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
_OUTSIDE = {"update": Action.CHANGED_OUTSIDE, "delete": Action.DELETED_OUTSIDE}

# A row of the table that the provider puts under "overwrites …"; `comparison.table` writes it.
_LIVE = re.compile(r"^  (\w+) +declared .*? +→ live (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What becomes of one model; `pairs` has the raw old and new value of each changed field."""

    model_name: str
    resource: str
    action: Action
    previous_name: str | None = None
    base: str | None = None
    pairs: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def outcomes(preview: Preview) -> list[Outcome]:
    """Decide what becomes of each model; a renamed resource is one outcome, not two."""
    heard = _by_resource(preview.messages)
    deleted = {
        step.old["model_name"]: step
        for step in preview.steps
        if step.operation == "delete" and "model_name" in step.old
    }
    found, renamed = [], set()
    for step in preview.steps:
        before = deleted.get(step.new.get("model_name")) if step.operation == "create" else None
        messages = heard.pop(step.urn, [])
        if before:
            renamed.add(before.urn)
            found.append(_renamed(step, before, messages))
        elif step.operation == "create":
            found.append(_created(step, messages))
        elif step.operation in _ACTIONS:
            found.append(_kept(step, messages))
    refused = [
        Outcome(resource_name(urn), urn, Action.REFUSED, remarks=_texts(messages))
        for urn, messages in heard.items()
        if any(message.severity == "error" for message in messages)
    ]
    return refused + [outcome for outcome in found if outcome.resource not in renamed]


def outside(refresh: Preview) -> list[Outcome]:
    """List what a refresh found changed: live against what was last known."""
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


def _by_resource(messages: Iterable[Message]) -> dict[str, list[Message]]:
    heard: dict[str, list[Message]] = {}
    for message in messages:
        heard.setdefault(message.urn, []).append(message)
    return heard


def _kept(step: Step, messages: Iterable[Message]) -> Outcome:
    """Judge an update, a replacement or a deletion of a resource that the state knows."""
    name, previous = _name(step.urn, step.new or step.old), _name(step.urn, step.old)
    retained = step.operation == "delete" and step.retained
    return Outcome(
        model_name=name,
        resource=step.urn,
        action=Action.RELEASED if retained else _ACTIONS[step.operation],
        previous_name=previous if previous != name else None,
        base=_base(step.new),
        pairs={} if retained else _pairs(step, step),
        remarks=(
            *_texts(messages),
            *_nameless(step),
            *(["retain_on_delete: the model stays, and nothing manages it"] if retained else []),
        ),
    )


def _created(step: Step, messages: list[Message]) -> Outcome:
    """Judge a resource that the state does not know: the provider has announced what it finds."""
    action, pairs = Action.CREATED, _pairs(step, step)
    if any(message.severity == "error" for message in messages):
        action = Action.REFUSED
    elif _announced(messages, OVERWRITES):
        action, pairs = Action.OVERWRITTEN, _overwritten(step, messages)
    elif _announced(messages, TAKES_OVER):
        action, pairs = Action.TAKEN_OVER, {}
    return Outcome(
        model_name=_name(step.urn, step.new),
        resource=step.urn,
        action=action,
        base=_base(step.new),
        pairs=pairs,
        remarks=(*_texts(messages), *_nameless(step)),
    )


def _renamed(step: Step, before: Step, messages: list[Message]) -> Outcome:
    """Judge a model that one resource lets go and another declares: the resource was renamed."""
    name = resource_name(before.urn)
    equal = all(before.old.get(field) == step.new[field] for field in _declared(step.new))
    if equal or _announced(messages, TAKES_OVER):
        action, remark = Action.TAKEN_OVER, f"the resource was named {name}; the model stays"
    elif step.new.get("overwrite_existing") or _announced(messages, OVERWRITES):
        action, remark = Action.OVERWRITTEN, f"the resource was named {name}; the model stays"
    else:
        action = Action.REFUSED
        remark = (
            f"the resource was named {name}, and other values come with the new name, so "
            "`pulumi up` refuses it. Say that it was only renamed: "
            f'opts=ResourceOptions(aliases=[Alias(name="{name}")])'
        )
    return Outcome(
        model_name=_name(step.urn, step.new),
        resource=step.urn,
        action=action,
        base=_base(step.new),
        pairs={} if action == Action.TAKEN_OVER else _pairs(before, step),
        remarks=(*_texts(messages), remark),
    )


def _announced(messages: Iterable[Message], opening: str) -> bool:
    return any(message.text.startswith(opening) for message in messages)


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


def _overwritten(step: Step, messages: Iterable[Message]) -> dict[str, tuple[Any, Any]]:
    rows = (pair for message in messages for pair in _LIVE.findall(message.text))
    live = {name: None if value == "null" else value for name, value in rows}
    return {name: (live[name], step.new[name]) for name in _declared(step.new) if name in live}


def _known_before(step: Step, name: str) -> Any:  # noqa: ANN401
    """Give the declared value, or else the one that the model was answered to have.

    An answered price of 0 is the API's word for "not set" where the program declares none.
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
    return [f"its model_name is {hidden}; this is the resource's name"] if hidden else []


def _base(values: Mapping[str, Any]) -> str | None:
    name = values.get("base_model_name", values.get("model_name"))
    return None if name in (None, UNKNOWN, SECRET) else str(name)
