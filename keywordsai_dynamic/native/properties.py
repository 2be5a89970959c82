"""Properties of the native types, and what `lifecycle` calls them.

Programs and states have camelCase and booleans. `lifecycle` has the API's names, flags of 1 and 0,
and hidden properties for what a dynamic provider must remember; here the engine remembers it, or
it is an output of the schema.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..core.camel_case import camel_case
from ..core.kinds import ResourceKind
from ..core.names import ANSWERED, BASE_URL, FLAG_FIELDS, SECRET_FIELDS, UNKNOWN, URN
from ..core.names import PROVIDER as PICKLED
from ..core.native_properties import API_NAMES, HIDDEN_OUTPUTS, SERVICE_URL, api_value
from ..lifecycle.native_state import stored_of
from ..lifecycle.provider_parts import parts_of, secret_among
from ..lifecycle.results import Outputs, Reading
from ..lifecycle.state import repeating_a_secret
from .live_model import typed
from .wire import Path, Received


def declared_in(kind: ResourceKind, inputs: Received) -> dict[str, Any]:
    """Return the declared fields as `lifecycle` takes them, from a program or a state."""
    values, secret = _as_in_lifecycle(kind, inputs)
    names = _secret_fields(values, secret, kind)
    names |= set(inputs.values.get(SECRET_FIELDS) or ())  # of a dynamic provider
    return values | ({SECRET_FIELDS: sorted(names)} if names else {})


def stored_in(
    kind: ResourceKind, inputs: Received, outputs: Received, urn: str | None
) -> dict[str, Any]:
    """Return the outputs that a dynamic provider's state would hold of this resource.

    That is what `outputs` has made of them, undone. Where they are a dynamic provider's, because a
    stack has just moved to the plugin, they are taken as they are.
    """
    declared = declared_in(kind, inputs)
    hidden: dict[str, Any] = {URN: urn} if urn else {}
    if is_dynamic(kind, outputs.values):
        props = {name: value for name, value in outputs.values.items() if name != PICKLED} | hidden
        names = {*props.get(SECRET_FIELDS, ()), *declared.get(SECRET_FIELDS, ())}
        return props | ({SECRET_FIELDS: sorted(names)} if names else {})
    answered, secret = _as_in_lifecycle(kind, outputs)
    names = {*declared.pop(SECRET_FIELDS, ()), *_secret_fields(answered, secret, kind)}
    return hidden | stored_of(kind, declared, answered, outputs.values, names)


def declared_before(
    kind: ResourceKind, inputs: Received, _stored: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what was declared before a change: the inputs of the state."""
    return declared_in(kind, inputs)


def is_dynamic(kind: ResourceKind, values: Mapping[str, Any]) -> bool:
    """Return whether properties have the shape that a dynamic provider gives them."""
    return kind.id_field in values and (PICKLED in values or BASE_URL in values)


def is_stored(kind: ResourceKind, values: Mapping[str, Any]) -> bool:
    """Return whether properties are the outputs of a resource that was written or read before."""
    return is_dynamic(kind, values) or SERVICE_URL in values


def inputs_of(
    kind: ResourceKind, props: Mapping[str, Any], secret: Iterable[Path] = ()
) -> Received:
    """Return normalized inputs as the state will hold them; `secret` are paths by the API's names.

    A field that `props` name as secret is marked as a whole, unless `secret` says where.
    """
    fields = (*kind.fields, *kind.not_sent)
    paths = {(str(path[0]), *path[1:]) for path in secret}
    named = set(props.get(SECRET_FIELDS, ())) - {path[0] for path in paths}
    paths |= {(name,) for name in named}
    values = {name: props[name] for name in fields if name in props}
    return _as_in_programs(values, paths)


def secret_inputs(kind: ResourceKind, inputs: Received) -> frozenset[Path]:
    """Return where the secret inputs of a program are, by the API's names."""
    return frozenset(_as_in_lifecycle(kind, inputs)[1])


def outputs_of(kind: ResourceKind, outs: Outputs) -> Received:
    """Return what the state will hold: every known field as it was answered, declared or not.

    What has no value is null: left out, every preview would show it as not known yet.
    """
    props = outs.values
    names: Collection[str] = props.get(SECRET_FIELDS, ())
    undeclared = typed(json.loads(props.get(ANSWERED, "{}")))
    secret: set[Path] = {(name,) for name in (*names, *outs.secret)} | outs.inside
    if ANSWERED in outs.secret:
        secret |= {(name,) for name in repeating_a_secret(props, names)}
    fields = (*kind.fields, *kind.not_sent)
    values = dict.fromkeys((*kind.fields, *kind.read_only)) | undeclared
    values |= {name: props[name] for name in fields if name in props}
    values |= {HIDDEN_OUTPUTS[name]: props[name] for name in HIDDEN_OUTPUTS if name in props}
    found = _as_in_programs(
        values, {(HIDDEN_OUTPUTS.get(str(path[0]), path[0]), *path[1:]) for path in secret}
    )
    named = sorted({*names} - kind.secret)
    return found._replace(values=found.values | {SECRET_FIELDS: named}) if named else found


def previewed(kind: ResourceKind, inputs: Received) -> Received:
    """Return the outputs that a preview can know: what is declared, as secret as it will be."""
    later = (*map(camel_case, (*kind.fields, *kind.read_only)), SERVICE_URL)
    whole = {(camel_case(name),) for name in _secret_fields(*_as_in_lifecycle(kind, inputs), kind)}
    return Received(dict.fromkeys(later, UNKNOWN) | inputs.values, inputs.secret | whole)


def inputs_read(kind: ResourceKind, reading: Reading) -> Received | None:
    """Return the inputs after a read; None where the engine can keep its own."""
    if reading.inputs is None:
        return None
    return inputs_of(kind, reading.inputs, reading.outputs.inside)


def _as_in_lifecycle(kind: ResourceKind, bag: Received) -> tuple[dict[str, Any], set[Path]]:
    """Return the fields of a bag, whatever its shape, under the API's names."""
    known = API_NAMES[kind]
    if is_dynamic(kind, bag.values):
        known = {name: name for name in known.values()}
    values = {
        known[name]: api_value(known[name], value)
        for name, value in bag.values.items()
        if name in known and value is not None
    }
    secret = {(known[path[0]], *path[1:]) for path in bag.secret if path[0] in known}
    return values, secret


def _as_in_programs(values: Mapping[str, Any], secret: Iterable[Path]) -> Received:
    return Received(
        {camel_case(name): boolean(name, value) for name, value in values.items()},
        frozenset((camel_case(str(path[0])), *path[1:]) for path in secret),
    )


def boolean(field: str, value: object) -> object:
    """Return a value of a field as programs have it: a flag is true or false."""
    is_flag = field in FLAG_FIELDS and not isinstance(value, bool) and value in (0, 1)
    return bool(value) if is_flag else value


def _secret_fields(
    values: Mapping[str, Any], secret: Iterable[Path], kind: ResourceKind
) -> set[str]:
    """Return the fields that are secret because somebody says so, not for the name of a part."""
    always = secret_among(parts_of(values), kind.secret)
    return {
        str(path[0])
        for path in secret
        if not any(path[:length] in always for length in range(1, len(path) + 1))
    }
