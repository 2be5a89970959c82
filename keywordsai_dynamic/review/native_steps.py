"""Steps of native resources, rewritten as those of the dynamic provider: nothing behind differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.kinds import MODEL, ResourceKind, is_native, kind_of
from ..core.native_properties import api_name, api_path, api_values
from .steps import MEMBER, RawStep, member, type_of

_STATES = ("oldState", "newState")


def in_api_terms(step: RawStep) -> RawStep:
    """Return a step with its properties under the names of the API, and flags as 0 or 1.

    A step of the dynamic provider, or of another resource, is returned as it is. In a step that
    moves a resource to the native type, the old state has the names of the API already. Raises
    TypeError for a step that the CLI does not write.
    """
    kind = MODEL if MEMBER in step else kind_of(type_of(step["urn"]))
    if kind is None or not is_native(type_of(step["urn"])):
        return step
    diff = member(dict, step, "detailedDiff")
    return {
        **step,
        **{name: _state(kind, member(dict, step, name)) for name in _STATES if step.get(name)},
        "detailedDiff": {api_path(kind, path): change for path, change in diff.items()},
        "diffReasons": [api_name(kind, name) for name in member(list, step, "diffReasons")],
    }


def _state(kind: ResourceKind, state: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: api_values(kind, member(dict, state, name)) for name in ("inputs", "outputs")}
    return {**state, **{name: found for name, found in values.items() if name in state}}
