"""Resources that a stack has taken over from the native plugin, as the steps of a life take them.

Only a check gets old inputs, which say what was declared: they are remembered until the diff and
the update of the same run. The engine has such a resource updated even if nothing changes, because
the SDK finds its provider in the outputs alone: without an update, every later refresh or deletion
would fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.camel_case import camel_case
from ..core.kinds import MODEL, MODEL_SET, ResourceKind
from ..core.names import MODELS, SECRET_FIELDS, URN
from ..core.native_properties import api_values
from ..lifecycle.announcements import moves_and_changes
from ..lifecycle.moving import stays, without_value
from ..lifecycle.native_state import stored_of
from ..lifecycle.run import Run

Props = Mapping[str, Any]

_MOVES = (
    "This stack moves from the native plugin to this Python program: what moves is updated in the "
    "state alone, and nothing is sent, unless a message names fields that change"
)


NO_ALIAS_OF_A_SET = (
    "This set belonged to the native plugin. Declare it without an alias of that type: it becomes "
    "a new resource, which adopts the models, and the plugin deletes none of them."
)

_IN_CAMEL_CASE = {camel_case(name) for name in MODEL.fields} - {*MODEL.fields}


def is_native_set(kind: ResourceKind, old_inputs: Props) -> bool:
    """Return whether a program makes a native set, by an alias, its own.

    What the state holds of its models would be taken for nothing, and what others have changed
    would be overwritten.
    """
    models = old_inputs.get(MODELS) if kind is MODEL_SET else None
    fields = models.values() if isinstance(models, Mapping) else ()
    return any(isinstance(one, Mapping) and not _IN_CAMEL_CASE.isdisjoint(one) for one in fields)


def is_native(kind: ResourceKind, props: Props) -> bool:
    """Return whether old properties are those of a native resource."""
    return camel_case(kind.id_field) in props


def declared_before(run: Run, kind: ResourceKind, old_inputs: Props) -> Props:
    """Return what a native resource declared, under the names of the API, and remember it."""
    declared = _known(kind, old_inputs)
    run.declared_before[kind.noun, declared[kind.id_field]] = declared
    return declared


def completed(run: Run, kind: ResourceKind, before: Props, inputs: Props) -> Props:
    """Return a program's inputs and, where it has no value for one, what was declared `before`.

    Such a value counts as secret: the engine does not tell a dynamic provider which ones were.
    """
    missing = without_value(kind, before, inputs.keys())
    if not missing:
        return inputs
    for name in missing:
        run.log.warning(stays(run.wording.field(name)), inputs.get(URN))
    secret = sorted({*(inputs.get(SECRET_FIELDS) or ()), *missing})
    return {**inputs, **{name: before[name] for name in missing}, SECRET_FIELDS: secret}


def stored_in(run: Run, kind: ResourceKind, name: str, outputs: Props, inputs: Props) -> Props:
    """Return what a native state holds of the resource `name`, which becomes one with `inputs`.

    What was secret is not marked here: what the state names counts as such, and what the program
    declares secret now.
    """
    declared = run.declared_before.get((kind.noun, name), {})
    secret = inputs.get(SECRET_FIELDS) or ()
    return stored_of(kind, declared, _known(kind, outputs), outputs, secret)


def announce(run: Run, kind: ResourceKind, inputs: Props, fields: list[str]) -> None:
    """Tell once that resources move, and of each one which `fields` change with that."""
    if _MOVES not in run.announced:
        run.announced.add(_MOVES)
        run.log.info(_MOVES)
    if fields:
        urn = run.ledgers[kind.noun].urn(inputs[kind.id_field])
        run.log.warning(moves_and_changes(map(run.wording.field, fields)), urn)


def _known(kind: ResourceKind, properties: Props) -> dict[str, Any]:
    values = api_values(kind, properties)
    return {name: _whole(value) for name, value in values.items() if value is not None}


def _whole(value: object) -> object:
    """Return a whole number as an int, which the SDK makes a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
