"""What a program tells the provider of a resource besides its fields: its URN, and what is secret.

The engine strips secrets on their way, and the SDK passes no URN on, so that both go as inputs of
our own. What is known of them is noted as well (`resource_note.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import pulumi
from pulumi.runtime.resource import all_aliases

from ..core.names import (
    ANSWERED,
    API_FIELDS,
    NAME_IN_PLAIN,
    PICKLED_PROVIDER,
    PROVIDER,
    READ_ONLY,
    SECRET_FIELDS,
    TYPE,
    URN,
)
from .resource_note import ResourceNote, may_be_transformed, provider_of

_MAY_BE_SECRET = [name for name in API_FIELDS if name != "model_name"]
"""What counts as secret under a transform: only the engine knows what it makes secret."""

_NOTING: set[asyncio.Future[object]] = set()


def for_a_declaration(
    props: Mapping[str, Any],
    resource_name: str,
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> dict[str, Any]:
    """Return the hidden inputs of a resource that declares `props`, and note its URN."""
    hidden = {**_of_every_resource(), URN: _urn(resource_name, opts, note)}
    if may_be_transformed(opts):
        hidden[SECRET_FIELDS] = _MAY_BE_SECRET
        return hidden
    outputs = {name: value for name, value in props.items() if isinstance(value, pulumi.Output)}
    as_outputs = _secret_outputs(opts)
    if outputs or (opts is not None and opts.parent is not None):
        hidden[SECRET_FIELDS] = _secret_names(outputs, as_outputs, opts, note)
    elif as_outputs:
        hidden[SECRET_FIELDS] = as_outputs
    return hidden


def for_a_read(opts: pulumi.ResourceOptions | None) -> dict[str, Any]:
    """Return the hidden inputs of a resource that is only read."""
    secret = _secret_outputs(opts)
    return _of_every_resource() | ({SECRET_FIELDS: secret} if secret else {})


def note_read(
    resource: pulumi.Resource,
    resource_name: str,
    model_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> None:
    """Note a model that is only read: its URN and name, as soon as they are known."""
    if not note.is_kept:
        return
    urn = _urn(resource_name, opts, note)
    note.add(model_name=model_name, provider=provider_of(resource), owns=False)
    if not isinstance(urn, str):
        _note_later(urn)
    if isinstance(model_name, pulumi.Output):
        _note_later(_note_name(model_name, note))


def in_plain(model_name: pulumi.Input[str]) -> pulumi.Input[str]:
    """Return a name that raises RunError if it is secret: the SDK crashes on a secret id."""
    if not isinstance(model_name, pulumi.Output):
        return model_name

    def plain(known: Sequence[Any]) -> str:
        name, secret = known
        if secret:
            raise pulumi.RunError(f"model_name {NAME_IN_PLAIN}")
        return str(name)

    shown = pulumi.Output.unsecret(model_name)
    return pulumi.Output.all(shown, model_name.is_secret()).apply(plain)


def _of_every_resource() -> dict[str, Any]:
    # `__answered` is not sent: the SDK makes outputs only of the inputs that it is given.
    return {PROVIDER: PICKLED_PROVIDER, ANSWERED: None}


def _secret_outputs(opts: pulumi.ResourceOptions | None) -> list[str]:
    """Return the fields that the program wants to be secret as outputs."""
    named = set(opts.additional_secret_outputs or ()) if opts else set()
    return sorted(named & {*API_FIELDS, *READ_ONLY} - {"model_name"})


async def _secret_names(
    outputs: Mapping[str, pulumi.Output[Any]],
    named: list[str],
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> list[str]:
    secret = [*named, *[name for name, output in outputs.items() if await output.is_secret()]]
    if "model_name" in outputs:
        await _note_name(outputs["model_name"], note)
    if opts is not None and opts.parent is not None:
        await opts.parent.urn.future()  # its transforms are known by then
        if may_be_transformed(opts):
            return _MAY_BE_SECRET
    return secret


def _urn(
    resource_name: str, opts: pulumi.ResourceOptions | None, note: ResourceNote
) -> str | Coroutine[Any, Any, str | None]:
    if opts is not None and (opts.parent is not None or opts.aliases):
        return _noted_urn(resource_name, opts, note)
    # The same as `create_urn`, without the futures that it makes.
    urn = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{TYPE}::{resource_name}"
    note.keep(urn=urn)
    return urn


async def _noted_urn(
    resource_name: str, opts: pulumi.ResourceOptions, note: ResourceNote
) -> str | None:
    # Bare values: Outputs would depend on the parent, which depends on its children.
    urn = await pulumi.create_urn(resource_name, TYPE, opts.parent).future()
    aliases = all_aliases(opts.aliases, resource_name, TYPE, opts.parent)
    earlier = [await pulumi.Output.from_input(alias).future() for alias in aliases]
    note.add(urn=urn, aliases=[alias for alias in earlier if alias is not None])
    return urn


async def _note_name(model_name: pulumi.Output[str], note: ResourceNote) -> None:
    if not await model_name.is_secret():
        note.add(model_name=await model_name.future())


def _note_later(noting: Coroutine[Any, Any, object]) -> None:
    """Note something as soon as it is known, without holding up the program."""
    task = asyncio.ensure_future(noting)
    _NOTING.add(task)  # asyncio itself holds tasks weakly
    task.add_done_callback(_NOTING.discard)
