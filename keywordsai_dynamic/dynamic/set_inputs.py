"""What a program sends of a set of models: each field by itself, so that Outputs stay apart.

One secret or unknown value inside would otherwise make the whole map secret or unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

import pulumi

from ..core.kinds import MODEL
from ..core.names import MODELS, PROVIDER, SECRET_FIELDS, URN
from .hidden_inputs import urn_of
from .resource_note import ResourceNote, may_be_transformed
from .wire import carried, text_key

_FIELDS = [field for field in MODEL.fields if field != MODEL.id_field]


def carried_models(models: object) -> Any:  # noqa: ANN401  (a map, or an Output of one)
    """Bring the models of a set into a form that the SDK carries; raises RunError, one line."""
    if _comes_later(models):
        return pulumi.Output.from_input(models).apply(carried_models)
    if not isinstance(models, Mapping):
        raise pulumi.RunError(f"{MODELS} must be a map of model names to their fields.")
    return {text_key(MODELS, name): _carried_fields(name, models[name]) for name in models}


def _carried_fields(name: str, fields: object) -> Any:  # noqa: ANN401  (a map, or an Output of one)
    if _comes_later(fields):
        return pulumi.Output.from_input(fields).apply(lambda known: _carried_fields(name, known))
    if not isinstance(fields, Mapping):
        raise pulumi.RunError(f"{MODELS}[{name!r}] must be a map of fields.")
    try:
        return {
            text_key(name, field): carried(field, value)
            for field, value in fields.items()
            if value is not None and (field, value) != (MODEL.id_field, name)
        }
    except pulumi.RunError as error:
        raise pulumi.RunError(f"{name}: {error}") from None


def _comes_later(value: object) -> bool:
    return isinstance(value, pulumi.Output) or isawaitable(value)


def hidden_of(
    models: Any,  # noqa: ANN401  (what `carried_models` returns)
    resource_name: str,
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> dict[str, Any]:
    """Return the hidden inputs of a set, and note its URN and the names of its models."""
    note.keep(kind=MODEL.noun)  # the notes are about models
    hidden = {PROVIDER: note.kind.pickled, URN: urn_of(resource_name, opts, note)}
    secret: object = None
    if isinstance(models, pulumi.Output):
        secret = _of_a_later_map(models, opts, note)
    else:
        note.keep(names=list(models))
        if _all_may_be_secret(opts):
            secret = _FIELDS  # a transform may add models
        elif (opts is not None and opts.parent is not None) or _outputs_in(models):
            secret = _secret_by_name(models, opts)
    return hidden if secret is None else hidden | {SECRET_FIELDS: secret}


async def _of_a_later_map(
    models: pulumi.Output[Any], opts: pulumi.ResourceOptions | None, note: ResourceNote
) -> object:
    """Return True for a map that is secret as a whole, which `check` refuses."""
    if await models.is_secret():
        return True
    known = await models.future()
    if not isinstance(known, Mapping):
        return None
    note.add(names=list(known))
    return _FIELDS if await _become_secret(opts) else None


async def _secret_by_name(
    models: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> dict[str, list[str]] | list[str] | None:
    if await _become_secret(opts):
        return _FIELDS
    secret = {name: await _secret_fields(fields) for name, fields in models.items()}
    return {name: fields for name, fields in secret.items() if fields} or None


async def _secret_fields(fields: Any) -> list[str]:  # noqa: ANN401  (a map, or an Output of one)
    if isinstance(fields, pulumi.Output):
        return _FIELDS if await fields.is_secret() else []
    outputs = {name: one for name, one in fields.items() if isinstance(one, pulumi.Output)}
    return [name for name, output in outputs.items() if await output.is_secret()]


async def _become_secret(opts: pulumi.ResourceOptions | None) -> bool:
    if opts is not None and opts.parent is not None:
        await opts.parent.urn.future()  # its transforms are known by then
    return _all_may_be_secret(opts)


def _all_may_be_secret(opts: pulumi.ResourceOptions | None) -> bool:
    """Return whether every value counts as secret; of transforms only the engine knows."""
    named = set(opts.additional_secret_outputs or ()) if opts else set()
    return MODELS in named or may_be_transformed(opts)


def _outputs_in(models: Mapping[str, Any]) -> bool:
    return any(
        isinstance(fields, pulumi.Output)
        or any(isinstance(value, pulumi.Output) for value in fields.values())
        for fields in models.values()
    )
