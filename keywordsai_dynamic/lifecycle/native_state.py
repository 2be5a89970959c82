"""What a native state holds of a resource, as the steps of its life take it.

There an output is what the service answered, whether the field is declared or not, and the engine
remembers what is declared; a dynamic provider keeps that in its outputs. Both name the fields that
are, or were, secret: the engine's marks stay where a value was when it was declared, and no dynamic
provider sees them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ..core.kinds import ResourceKind
from ..core.names import ANSWERED, DECLARED, SECRET_FIELDS
from ..core.native_properties import HIDDEN_OUTPUTS
from .comparison import identical
from .state import repeating_a_secret

_compact = json.JSONEncoder(separators=(",", ":")).encode


def stored_of(
    kind: ResourceKind,
    declared: Mapping[str, Any],
    answered: Mapping[str, Any],
    outputs: Mapping[str, Any],
    secret: Collection[str] = (),
) -> dict[str, Any]:
    """Return the outputs that a dynamic provider would have stored, but for the URN.

    `declared` and `answered` have the names of the API and no nulls, `outputs` are those of the
    native state; `secret` names fields that are marked as such in it.
    """
    declared = {kind.id_field: answered.get(kind.id_field), **declared}
    props = {name: answered[name] for name in declared if name in answered}
    otherwise = {
        name: declared[name]
        for name in kind.fields
        if declared.get(name) is not None and not identical(declared[name], props.get(name))
    }
    rest = {
        name: answered[name]
        for name in (*kind.fields, *kind.read_only)
        if name in answered and name not in declared
    }
    hidden: dict[str, Any] = {DECLARED: otherwise} if otherwise else {}
    hidden |= {ANSWERED: _compact(rest)} if kind.read_only else {}
    hidden |= {name: outputs[own] for name, own in HIDDEN_OUTPUTS.items() if own in outputs}
    names = {*outputs.get(SECRET_FIELDS, ()), *({*secret} & declared.keys())}
    undeclared = {*secret} & rest.keys()
    if undeclared and kind.read_only:  # some of them only repeat what is secret
        names |= undeclared - repeating_a_secret(props | hidden, names)
    return props | hidden | ({SECRET_FIELDS: sorted(names)} if names else {})
