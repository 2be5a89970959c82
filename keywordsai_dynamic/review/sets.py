"""Steps about sets of models, taken apart into those of their models.

Behind this, a model of a set is like one that is a resource of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ..core.kinds import MODEL, is_model_set, is_native
from ..core.names import ANSWERED, API_FIELDS, MODELS, PRICE_FIELDS, UNKNOWN
from ..core.native_properties import ANSWERED_AS_JSON, api_name, api_path
from ..core.redaction import one_line
from ..lifecycle.announcements import about_model, adopted_models, live_values
from .diagnostics import Message
from .native_steps import in_api_terms
from .steps import (
    MEMBER,
    SECRET,
    RawStep,
    Step,
    is_secret,
    member,
    odd,
    require_states,
    type_of,
    without_secrets,
)

_OF_ONE = re.compile(rf'{MODELS}(?:\.(\w+)|\["((?:\\"|[^"])*)"\])(?:\.|(?=\[)|$)')
"""The beginning of a path in one model; in its quotes a backslash escapes a quote, nothing else."""

_COMES_AND_GOES = frozenset({"update", "replace", "same"})
"""Operations on a set that has states before and after, so that each model may lack one."""

_ALL = ""
"""Stands for the name where the map of models is hidden, or where a path is about all of it."""

_Fields = Mapping[str, Any] | str
"""What is declared of a model; a placeholder where that is not known, or not shown."""


class _Side(NamedTuple):
    """A set before or after a step: its state as the CLI writes it, and its models.

    `answered` is what the service returned of each, or what the state has in place of such JSON.
    """

    state: Mapping[str, Any]
    models: Mapping[str, _Fields] | str
    answered: object

    def fields(self, name: str) -> _Fields | None:
        """Return what is declared of a model; None where the set does not have it."""
        return self.models if isinstance(self.models, str) else self.models.get(name)

    def of_one(self, name: str, declared: _Fields, known: Collection[str]) -> dict[str, Any]:
        """Return the state of one model; `known` are fields it is sure to have, if it is hidden."""
        if isinstance(declared, str):
            fields = [field for field in API_FIELDS if field in (known or PRICE_FIELDS)]
            declared = dict.fromkeys(fields, declared)
        hidden = self.models if isinstance(self.models, str) else UNKNOWN
        state = {**self.state, "inputs": {MODEL.id_field: name or hidden, **declared}}
        if "outputs" in state:
            state["outputs"] = self._outputs(name)
        return state | ({"id": name} if "id" in state and name else {})

    def _outputs(self, name: str) -> dict[str, Any]:
        models = member(dict, self.state, "outputs").get(MODELS)
        fields = models.get(name) if isinstance(models, Mapping) else None
        answered = self.answered
        if isinstance(answered, Mapping):
            answered = json.dumps(answered.get(name, {}))
        return {**(fields if isinstance(fields, Mapping) else {}), ANSWERED: answered}


def apart(step: RawStep, changed: Collection[str] = ()) -> Iterator[RawStep]:
    """Yield what happens to each model of a set, under the names of the API; any other step as is.

    `changed` are the fields that the preview says change while a resource moves to the dynamic
    type. Raises KeywordsAIError, or TypeError, for a step that the CLI does not write.
    """
    if not is_model_set(type_of(step["urn"])):
        yield in_api_terms(step, changed)
        return
    require_states(step)
    old, new = _side(step, "oldState"), _side(step, "newState")
    names = [each.models for each in (old, new) if each and isinstance(each.models, Mapping)]
    every = list(dict.fromkeys(name for models in names for name in models))
    if new and isinstance(new.models, str):
        every.append(_ALL)  # it may have further models
    paths = _paths(step, every)
    if old and new:
        _require_both(step, old, new, paths)
    if changed:  # of a set, that is the whole map
        paths.setdefault(_ALL, []).append("")
    for name in every or ([_ALL] if not names else []):
        yield _of_one(step, name, old, new, paths)


def _of_one(
    step: RawStep,
    name: str,
    old: _Side | None,
    new: _Side | None,
    paths: Mapping[str, list[str]],
) -> RawStep:
    before, after = (side.fields(name) if side else None for side in (old, new))
    own = paths.get(name, [])
    known = {path.partition(".")[0].partition("[")[0] for path in own if path}
    for fields in (before, after):
        if isinstance(fields, Mapping):
            known |= {api_name(MODEL, field) for field in fields}
    found = {
        **{key: value for key, value in step.items() if key not in ("oldState", "newState")},
        MEMBER: name,
        "detailedDiff": {path: None for path in own if path},
        "diffReasons": [],
    }
    if old and before is not None:
        found["oldState"] = old.of_one(name, before, known)
        if step["op"] == "update":  # a model that leaves a set is deleted by the set
            found["oldState"].pop("retainOnDelete", None)
    if new and after is not None:
        found["newState"] = new.of_one(name, after, known)
    if step["op"] in _COMES_AND_GOES and (before is None or after is None):
        found["op"] = "create" if before is None else "delete"
    found = dict(in_api_terms(found))
    if before is not None and after is not None:
        found |= _differing(found, told_as_a_whole="" in (*own, *paths.get(_ALL, ())))
    return found


def _differing(one: RawStep, *, told_as_a_whole: bool) -> dict[str, Any]:
    """Return what is different in one model; an update of its set may leave it as it is.

    Two secrets look alike: where the engine says only that something in the map has changed, each
    of them may have.
    """
    old, new = (without_secrets(one[state]["inputs"]) for state in ("oldState", "newState"))
    hidden = [field for field in new if new[field] == old.get(field) == SECRET]
    reasons = hidden if told_as_a_whole else []
    is_same = one["op"] == "update" and old == new and not (reasons or one["detailedDiff"])
    return {"diffReasons": reasons} | ({"op": "same"} if is_same else {})


def _side(step: RawStep, which: str) -> _Side | None:
    state = member(dict, step, which)
    if not state:
        return None
    models = member(dict, state, "inputs").get(MODELS)
    if is_secret(models) or models == UNKNOWN:
        return _Side(state, UNKNOWN if models == UNKNOWN else SECRET, _answered(state))
    if not isinstance(models, Mapping):
        raise odd(step, f"its {MODELS} are not an object")
    found: dict[str, _Fields] = {}
    for name, fields in without_secrets(models).items():
        if not name or not (isinstance(fields, Mapping) or fields in (UNKNOWN, SECRET)):
            raise odd({**step, MEMBER: name}, "it is not an object under a name")
        found[name] = fields
    return _Side(state, found, _answered(state))


def _paths(step: RawStep, names: list[str]) -> dict[str, list[str]]:
    """Return the changed paths inside of each model; an empty one is about all of it."""
    found: dict[str, list[str]] = {}
    known, native = set(names), is_native(type_of(step["urn"]))
    detailed: Iterable[str] = member(dict, step, "detailedDiff")
    for path in detailed or member(list, step, "diffReasons"):
        inside = _OF_ONE.match(path)
        name = inside[1] or (inside[2] or "").replace('\\"', '"') if inside else _ALL
        if inside and (name in known or _is_of_inputs(step, path)):
            rest = path[inside.end() :]
            found.setdefault(name, []).append(api_path(MODEL, rest) if native else rest)
        elif path.startswith(MODELS):
            found.setdefault(_ALL, []).append("")
    return found


def _is_of_inputs(step: RawStep, path: str) -> bool:
    change = member(dict, step, "detailedDiff").get(path)
    return isinstance(change, Mapping) and change.get("inputDiff") is True


def _require_both(
    step: RawStep, old: _Side, new: _Side, paths: Mapping[str, Iterable[str]]
) -> None:
    """Raise KeywordsAIError if a state lacks a model of which the diff names a changed field.

    A map that lost a model would pass for one without changes.
    """
    for name, inside in paths.items():
        has = [side.fields(name) is not None for side in (old, new)]
        if name and not (all(has) if any(inside) else any(has)):
            one = {**step, MEMBER: name}
            raise odd(one, "the diff of its set names it, but a state does not have it")


def _answered(state: Mapping[str, Any]) -> object:
    outputs = without_secrets(member(dict, state, "outputs"))
    text = next((outputs[name] for name in (ANSWERED, ANSWERED_AS_JSON) if name in outputs), "{}")
    try:
        return text if text == SECRET else json.loads(text)
    except (RecursionError, TypeError, ValueError):
        return text


def of_models(messages: Iterable[Message], steps: Iterable[RawStep]) -> Iterator[Message]:
    """Yield each message about a set as one about the model that it names, if it names any.

    `steps` are about single models; a set that is refused has none.
    """
    names: dict[str, dict[str, str]] = {}
    for step in steps:
        if step.get(MEMBER):
            names.setdefault(step["urn"], {})[one_line(step[MEMBER])] = step[MEMBER]
    for message in messages:
        if not is_model_set(type_of(message.urn)):
            yield message
            continue
        known = names.get(message.urn, {})
        told = adopted_models(message.text) or dict([about_model(message.text, known)])
        for name, sentence in told.items():
            yield replace(message, member=known.get(name, name), text=sentence)


def settled(steps: Iterable[Step], messages: Iterable[Message]) -> Iterator[Step]:
    """Yield steps in which a model that moves into a set, or out of one, stays the same.

    Its old step goes. One that is to be overwritten, because it is live with other values, is left
    as it is, and so is one whose values are secret and may be overwritten.
    """
    every = list(steps)
    left = {_model(step, step.old): step for step in every if step.operation == "delete"}
    overwritten = {each.about for each in messages if live_values(each.text) is not None}
    moves = {
        step.about: before
        for step in every
        if step.operation == "create"
        and (before := left.get(_model(step, step.new)))
        and (step.member or before.member)
        and _values(step.new) == _values(before.old)
        and step.about not in overwritten
        and not (step.new.get("overwrite_existing") and SECRET in _values(step.new).values())
    }
    gone = {before.about for before in moves.values()}
    for step in every:
        if before := moves.get(step.about):
            outputs = before.old_outputs
            yield replace(step, operation="same", old=before.old, old_outputs=outputs)
        elif step.about not in gone:
            yield step


def _model(step: Step, values: Mapping[str, Any]) -> tuple[str, Any]:
    return step.provider, values[MODEL.id_field]


def _values(declared: Mapping[str, Any]) -> dict[str, Any]:
    return {field: declared[field] for field in API_FIELDS if field in declared}
