"""Steps of native resources, rewritten as those of the dynamic provider: nothing behind differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..core.kinds import MODEL, ResourceKind, is_native, kind_of
from ..core.native_properties import api_name, api_path, api_values
from .steps import MEMBER, RawStep, member, type_of

_STATES = ("oldState", "newState")


def in_api_terms(step: RawStep, changed: Collection[str] = ()) -> RawStep:
    """Return a step with its properties under the names of the API, and flags as 0 or 1.

    A step of the dynamic provider, or of another resource, is returned as it is. In a step that
    moves a resource from one of the two types to the other, one state has the names of the API
    already. `changed` are the fields that the preview says change while a resource moves to the
    dynamic type; where nothing does, its update is none. Raises TypeError for a step that the CLI
    does not write.
    """
    kind = MODEL if MEMBER in step else kind_of(type_of(step["urn"]))
    old = member(dict, step, "oldState")
    types = (type_of(step["urn"]), old.get("type") or "")
    if kind is None or not any(map(is_native, types)):
        return step
    diff = member(dict, step, "detailedDiff")
    found = {
        **step,
        **{name: _state(kind, member(dict, step, name)) for name in _STATES if step.get(name)},
        "detailedDiff": {api_path(kind, path): change for path, change in diff.items()},
        "diffReasons": [api_name(kind, name) for name in member(list, step, "diffReasons")],
    }
    moves_back = not is_native(types[0]) and bool(step.get("newState"))
    return _moved_back(kind, found, changed) if moves_back else found


def _moved_back(kind: ResourceKind, step: RawStep, changed: Collection[str]) -> RawStep:
    """Return a step that moves a resource to the dynamic type.

    The engine found every field changed, because it has another name.
    """
    old, new = (member(dict, step[state], "inputs") for state in _STATES)
    is_none = not changed and all(old.get(name) == new.get(name) for name in kind.fields)
    operation = "same" if is_none and step["op"] == "update" else step["op"]
    return {**step, "op": operation, "detailedDiff": {}, "diffReasons": sorted(changed)}


def _state(kind: ResourceKind, state: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: api_values(kind, member(dict, state, name)) for name in ("inputs", "outputs")}
    return {**state, **{name: found for name, found in values.items() if name in state}}
