"""Properties of a set of models, and what `lifecycle` calls them: as `properties`, model by model.

What the service returned beside the declared fields is one output, text of JSON, because the engine
spends time on each value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.camel_case import camel_case
from ..core.kinds import MODEL, MODEL_SET, ResourceKind
from ..core.names import ANSWERED, BASE_URL, DECLARED, MODELS, SECRET_FIELDS, UNKNOWN, URN
from ..core.names import PROVIDER as PICKLED
from ..core.native_properties import ANSWERED_AS_JSON, API_NAMES, SERVICE_URL, api_value
from ..lifecycle.results import Outputs, Reading
from ..lifecycle.set_state import kept, set_inputs, stored_models
from .properties import boolean
from .wire import Path, Received

DECLARED_AS_JSON = "declared"
"""The output that holds declared values that differ from the returned ones; a secret."""

_SAME = {name: name for name in API_NAMES[MODEL].values()}
_CAMEL = {name: camel_case(name) for name in _SAME}
_FIELD_AT = 2
"""Where in a path the field stands, after `models` and the name of the model."""

_FIELDS = [field for field in (*MODEL.fields, *MODEL.not_sent) if field != MODEL.id_field]


def declared_in(_kind: ResourceKind, inputs: Received) -> dict[str, Any]:
    """Return the declared models as `lifecycle` takes them, from a program or a state."""
    names = _names(inputs)
    secret = _secret_fields(inputs, names)
    secret = inputs.values.get(SECRET_FIELDS) or secret  # of a dynamic provider
    return {MODELS: _models(inputs, names)} | ({SECRET_FIELDS: secret} if secret else {})


def stored_in(
    kind: ResourceKind, inputs: Received, outputs: Received, urn: str | None
) -> dict[str, Any]:
    """Return the outputs that a dynamic provider's state would hold of this set.

    They are all in the outputs. After a call that failed halfway, the inputs may be those before it
    (CLI 3.274) or those that the program declared, and neither is what was written.
    """
    values = outputs.values
    hidden: dict[str, Any] = {URN: urn} if urn else {}
    if PICKLED in values:
        return {name: value for name, value in values.items() if name != PICKLED} | hidden
    secret: dict[str, list[str]] = dict(values.get(SECRET_FIELDS) or {})
    for bag in (inputs, outputs):
        found = _secret_fields(bag, _names(bag))
        for name, fields in found.items() if isinstance(found, dict) else ():
            secret[name] = sorted({*secret.get(name, ()), *fields})
    otherwise = json.loads(values.get(DECLARED_AS_JSON) or "{}")
    hidden |= {DECLARED: otherwise} if otherwise else {}
    hidden |= {SECRET_FIELDS: secret} if secret else {}
    hidden |= {BASE_URL: values[SERVICE_URL]} if SERVICE_URL in values else {}
    models, answered = _models(outputs, _names(outputs)), values.get(ANSWERED_AS_JSON) or "{}"
    return {MODELS: models, ANSWERED: answered} | hidden


def declared_before(_kind: ResourceKind, _inputs: Received, stored: Mapping[str, Any]) -> Any:  # noqa: ANN401  (properties)
    """Return what was declared of the models that the state holds, whatever its inputs are."""
    return set_inputs({name: kept(one) for name, one in stored_models(stored).items()})


def is_dynamic(_kind: ResourceKind, values: Mapping[str, Any]) -> bool:
    """Return whether properties have the shape that the dynamic provider gives them."""
    return PICKLED in values or BASE_URL in values


def is_stored(kind: ResourceKind, values: Mapping[str, Any]) -> bool:
    """Return whether properties are the outputs of a set that was written or read before."""
    return is_dynamic(kind, values) or SERVICE_URL in values


def inputs_of(
    _kind: ResourceKind, props: Mapping[str, Any], secret: Iterable[Path] = ()
) -> Received:
    """Return normalized inputs as the state will hold them; `secret` are paths by the API's names.

    A field that `props` name as secret is marked as a whole, unless `secret` says where.
    """
    paths = {*map(tuple, secret)}
    said = {path[1:3] for path in paths}
    named = props.get(SECRET_FIELDS)
    for name, fields in named.items() if isinstance(named, Mapping) else ():
        paths |= {(MODELS, name, field) for field in fields if (name, field) not in said}
    return Received(
        {MODELS: _in_programs(props[MODELS])}, frozenset(_renamed(path, _CAMEL) for path in paths)
    )


def secret_inputs(_kind: ResourceKind, inputs: Received) -> frozenset[Path]:
    """Return where the secret inputs of a program are, by the API's names."""
    return frozenset(_renamed(path, _names(inputs)) for path in inputs.secret)


def outputs_of(_kind: ResourceKind, outs: Outputs) -> Received:
    """Return what the state will hold of a set."""
    props = outs.values
    secret: set[Path] = set()
    named = props.get(SECRET_FIELDS, {})
    for name, fields in named.items():
        secret |= {(MODELS, name, _CAMEL[field]) for field in fields}
    if ANSWERED in outs.secret:
        secret.add((ANSWERED_AS_JSON,))
    values: dict[str, Any] = {DECLARED_AS_JSON: None}
    if DECLARED in props:
        values = {DECLARED_AS_JSON: json.dumps(props[DECLARED])}
        secret.add((DECLARED_AS_JSON,))
    values |= {
        MODELS: _in_programs(props[MODELS]),
        ANSWERED_AS_JSON: props[ANSWERED],
        SERVICE_URL: props[BASE_URL],
    }
    values |= {SECRET_FIELDS: named} if named else {}
    return Received(values, frozenset(secret))


def previewed(_kind: ResourceKind, inputs: Received) -> Received:
    """Return the outputs that a preview can know: what is declared."""
    later = dict.fromkeys((ANSWERED_AS_JSON, DECLARED_AS_JSON, SERVICE_URL), UNKNOWN)
    return Received(later | inputs.values, inputs.secret)


def inputs_read(kind: ResourceKind, reading: Reading) -> Received | None:
    """Return the inputs after a read; None where the engine can keep its own."""
    return None if reading.inputs is None else inputs_of(kind, reading.inputs)


def _names(bag: Received) -> Mapping[str, str]:
    """Return the API's names of a model's fields, by their names in a bag."""
    return _SAME if is_dynamic(MODEL_SET, bag.values) else API_NAMES[MODEL]


def _models(bag: Received, names: Mapping[str, str]) -> Any:  # noqa: ANN401  (or what is not known yet)
    models = bag.values.get(MODELS)
    if not isinstance(models, Mapping):
        return models
    return {
        name: {
            names[field]: api_value(names[field], value)
            for field, value in fields.items()
            if field in names and value is not None
        }
        if isinstance(fields, Mapping)
        else fields
        for name, fields in models.items()
    }


def _secret_fields(bag: Received, names: Mapping[str, str]) -> dict[str, list[str]] | bool:
    """Return which fields are secret, by model; True where the whole map is."""
    found: dict[str, set[str]] = {}
    for path in bag.secret:
        if path == (MODELS,):
            return True
        if path[0] == MODELS:
            own = _FIELDS if len(path) == _FIELD_AT else [str(_renamed(path, names)[_FIELD_AT])]
            found.setdefault(str(path[1]), set()).update(own)
    return {name: sorted(fields) for name, fields in found.items()}


def _in_programs(models: Any) -> Any:  # noqa: ANN401  (a map, or what is not known yet)
    if not isinstance(models, Mapping):
        return models
    return {
        name: {_CAMEL.get(field, field): boolean(field, value) for field, value in fields.items()}
        if isinstance(fields, Mapping)
        else fields
        for name, fields in models.items()
    }


def _renamed(path: Path, names: Mapping[str, str]) -> Path:
    """Return a path with the field in it, if it goes so far, under another name."""
    if len(path) <= _FIELD_AT:
        return path
    field = str(path[_FIELD_AT])
    return (*path[:_FIELD_AT], names.get(field, field), *path[_FIELD_AT + 1 :])
