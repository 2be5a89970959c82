"""What a stack's state holds of a set of models: what it holds of one, by the model's name.

`models` has the fields of each model, `__declared` and `__secret` are maps by name, and
`__answered` is one JSON string for all: the engine and the SDK spend time on each value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.kinds import MODEL
from ..core.names import (
    ANSWERED,
    API_FIELDS,
    BASE_URL,
    DECLARED,
    MODELS,
    NOT_SENT,
    SECRET_FIELDS,
    URN,
)
from .comparison import changed
from .declaration import Declaration, secret_fields
from .results import Outputs
from .set_declaration import without_name
from .state import declared_in, passthrough_inputs, secret_outputs

_OWN = (*API_FIELDS, *NOT_SENT)
_compact = json.JSONEncoder(separators=(",", ":")).encode


def stored_models(stored: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the state would hold of each model if it were a resource of its own."""
    answered = json.loads(stored.get(ANSWERED, "{}"))
    hidden = {name: stored.get(name) or {} for name in (DECLARED, SECRET_FIELDS)}
    base_url = {BASE_URL: stored[BASE_URL]} if BASE_URL in stored else {}
    return {
        name: {
            MODEL.id_field: name,
            **fields,
            **{each: by_name[name] for each, by_name in hidden.items() if name in by_name},
            ANSWERED: _compact(answered.get(name, {})),
            **base_url,
        }
        for name, fields in stored.get(MODELS, {}).items()
    }


def changed_models(stored: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    """Return the models whose declaration changed, new and dropped ones included."""
    old, new = stored.get(MODELS) or {}, inputs.get(MODELS)
    if not isinstance(new, Mapping):
        return [MODELS]  # known only to the update
    otherwise = stored.get(DECLARED) or {}
    return [
        name
        for name in dict.fromkeys((*new, *old))
        if name not in old
        or name not in new
        or not isinstance(new[name], Mapping)
        or changed(old[name] | otherwise.get(name, {}), new[name])
    ]


def set_outputs(models: Mapping[str, Outputs], base_url: str, urn: str | None) -> Outputs:
    """Return what the state will hold of a set, given the outputs of each model by itself.

    The engine passes maps on in any order, so that of the JSON text is made the same every time.
    """
    values: dict[str, Any] = {MODELS: {}}
    hidden: dict[str, dict[str, Any]] = {DECLARED: {}, SECRET_FIELDS: {}}
    answered = {}
    for name, (props, _, _) in sorted(models.items()):
        values[MODELS][name] = {field: props[field] for field in _OWN if field in props}
        values[MODELS][name].pop(MODEL.id_field, None)
        answered[name] = json.loads(props[ANSWERED])
        for each, by_name in hidden.items():
            if each in props:
                by_name[name] = props[each]
    values |= {each: by_name for each, by_name in hidden.items() if by_name}
    values |= {ANSWERED: _compact(answered), BASE_URL: base_url}
    if urn:
        values[URN] = urn
    secret = frozenset(name for outs in models.values() for name in outs.secret)
    return Outputs(values, secret)


def kept(stored: Mapping[str, Any], wanted: Declaration | None = None) -> Outputs:
    """Return the outputs of a model that nothing was sent for: those that the state holds.

    Where it is `wanted` as it is, what is secret and what is not sent are as declared now.
    """
    secret = secret_fields(stored)
    props = dict(stored)
    if wanted is not None:
        secret |= wanted.secret
        props = {field: value for field, value in props.items() if field not in NOT_SENT}
        props |= passthrough_inputs(wanted.fields)
    if secret:
        props[SECRET_FIELDS] = sorted(secret)
    return Outputs(props, secret_outputs(props, secret))


def set_inputs(models: Mapping[str, Outputs]) -> dict[str, Any]:
    """Return the inputs with which these outputs of each model are as declared."""
    declared = {
        name: declared_in(props) | passthrough_inputs(props)
        for name, (props, _, _) in models.items()
    }
    secret = {
        name: one.pop(SECRET_FIELDS) for name, one in declared.items() if SECRET_FIELDS in one
    }
    inputs = {MODELS: {name: without_name(one) for name, one in declared.items()}}
    return inputs | ({SECRET_FIELDS: secret} if secret else {})
