"""Resources that a stack has taken over from a Python program's dynamic provider."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.camel_case import camel_case
from ..core.kinds import ResourceKind
from ..core.names import CUSTOM_PROVIDER_FIELDS
from .properties import declared_in, inputs_of, secret_inputs
from .wire import Received, holds_unknown

_NAMES_OF_THE_PROVIDER = frozenset(map(camel_case, CUSTOM_PROVIDER_FIELDS))


def completed(
    kind: ResourceKind, resource: str, before: Received, program: Received
) -> tuple[Received, str | None]:
    """Return a program's properties and, where it has no value for one, that of `before`.

    Those are the moved inputs, under the names of the API. For want of a property's new name there,
    the engine takes what `ignoreChanges` names out of the program. And what a program takes from
    another moved resource has no value before that is refreshed, because the engine keeps the
    outputs of whatever does not change. Comes with a warning, if a value is missing; the name of
    the model or provider is that of the `resource` by default.
    """
    old = inputs_of(kind, declared_in(kind, before), secret_inputs(kind, before))
    given = {name for name, value in program.values.items() if value is not None}
    if old.values.get(own := camel_case(kind.id_field)) == resource:
        given.add(own)
    if given & _NAMES_OF_THE_PROVIDER:
        given |= _NAMES_OF_THE_PROVIDER  # only one of them may be declared
    fields = [name for name in map(camel_case, kind.fields) if name in old.values]
    kept = [name for name in fields if name not in given]
    unknown = [name for name in fields if holds_unknown(program.values.get(name))]
    whole = Received(
        program.values | {name: old.values[name] for name in kept},
        program.secret | {path for path in old.secret if path[0] in kept},
    )
    return whole, _warning(kept, unknown)


def _warning(kept: Iterable[str], unknown: Iterable[str]) -> str | None:
    if not kept and not unknown:
        return None
    missing = [f"no value for {name}, so it stays as it was before the move" for name in kept]
    missing += [f"no value yet for {name}" for name in unknown]
    return (
        f"{'; '.join(missing)}. If the program takes it from another resource that was moved from "
        "a Python program, run `pulumi up --refresh --run-program` once: its outputs get their new "
        "names with that"
    )
