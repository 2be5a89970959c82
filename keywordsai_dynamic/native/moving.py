"""Resources that a stack has taken over from a Python program's dynamic provider."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.camel_case import camel_case
from ..core.kinds import ResourceKind
from ..lifecycle.moving import stays, without_value
from .properties import declared_in, inputs_of, secret_inputs
from .wire import Received, holds_unknown


def completed(
    kind: ResourceKind, resource: str, before: Received, program: Received
) -> tuple[Received, list[str]]:
    """Return a program's properties and, where it has no value for one, that of `before`.

    Those are the moved inputs, under the names of the API. What a program takes from another moved
    resource has no value before that is refreshed, because the engine keeps the outputs of whatever
    does not change. Comes with a warning, if a value is missing; the name of the model or provider
    is that of the `resource` by default.
    """
    # Go has no other word for a text without a value than an empty one, which no field takes.
    values = {name: value for name, value in program.values.items() if value not in (None, "")}
    declared = declared_in(kind, before)
    old = inputs_of(kind, declared, secret_inputs(kind, before))
    given = {name for name in kind.fields if camel_case(name) in values}
    if declared.get(kind.id_field) == resource:
        given.add(kind.id_field)
    kept = [camel_case(name) for name in without_value(kind, declared, given)]
    fields = [name for name in map(camel_case, kind.fields) if name in old.values]
    unknown = [name for name in fields if holds_unknown(values.get(name))]
    whole = Received(
        values | {name: old.values[name] for name in kept},
        program.secret | {path for path in old.secret if path[0] in kept},
    )
    return whole, _warnings(kept, unknown)


def _warnings(kept: Iterable[str], unknown: Iterable[str]) -> list[str]:
    if not kept and not unknown:
        return []
    missing = [stays(name) for name in kept]
    missing += [f"no value yet for {name}" for name in unknown]
    return [
        f"{'; '.join(missing)}. If the program takes it from another resource that was moved from "
        "a Python program, run `pulumi up --refresh --run-program` once: its outputs get their new "
        "names with that"
    ]
