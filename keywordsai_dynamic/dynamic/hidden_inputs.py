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

from ..core.kinds import ResourceKind
from ..core.names import ANSWERED, NAME_IN_PLAIN, PROVIDER, SECRET_FIELDS, URN
from .resource_note import ResourceNote, may_be_transformed, provider_of

_NOTING: set[asyncio.Future[object]] = set()


def for_a_declaration(
    props: Mapping[str, Any],
    resource_name: str,
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> dict[str, Any]:
    """Return the hidden inputs of a resource that declares `props`, and note its URN."""
    kind = note.kind
    hidden = {**_of_every_resource(kind), URN: urn_of(resource_name, opts, note)}
    if may_be_transformed(opts):
        hidden[SECRET_FIELDS] = _may_be_secret(kind)
        return hidden
    outputs = {name: value for name, value in props.items() if isinstance(value, pulumi.Output)}
    as_outputs = _secret_outputs(kind, opts)
    if outputs or (opts is not None and opts.parent is not None):
        hidden[SECRET_FIELDS] = _secret_names(outputs, as_outputs, opts, note)
    elif as_outputs:
        hidden[SECRET_FIELDS] = as_outputs
    return hidden


def for_a_read(kind: ResourceKind, opts: pulumi.ResourceOptions | None) -> dict[str, Any]:
    """Return the hidden inputs of a resource that is only read."""
    secret = _secret_outputs(kind, opts)
    return _of_every_resource(kind) | ({SECRET_FIELDS: secret} if secret else {})


def note_read(
    resource: pulumi.Resource,
    resource_name: str,
    name: pulumi.Input[str],
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> None:
    """Note a resource that is only read: its URN and name, as soon as they are known."""
    if not note.is_kept:
        return
    urn = urn_of(resource_name, opts, note)
    note.add(name=name, provider=provider_of(resource), owns=False)
    if not isinstance(urn, str):
        _note_later(urn)
    if isinstance(name, pulumi.Output):
        _note_later(_note_name(name, note))


def in_plain(kind: ResourceKind, name: pulumi.Input[str]) -> pulumi.Input[str]:
    """Return a name that raises RunError if it is secret: the SDK crashes on a secret id."""
    if not isinstance(name, pulumi.Output):
        return name

    def plain(known: Sequence[Any]) -> str:
        name, secret = known
        if secret:
            raise pulumi.RunError(f"{kind.id_field} {NAME_IN_PLAIN}")
        return str(name)

    shown = pulumi.Output.unsecret(name)
    return pulumi.Output.all(shown, name.is_secret()).apply(plain)


def _of_every_resource(kind: ResourceKind) -> dict[str, Any]:
    # Nones are not sent: the SDK makes outputs only of the inputs that it is given.
    outputs = [ANSWERED] if kind.read_only else kind.fields
    return {**dict.fromkeys(outputs), PROVIDER: kind.pickled}


def _may_be_secret(kind: ResourceKind) -> list[str]:
    """Return what counts as secret under a transform, whose secrets only the engine knows."""
    return [name for name in kind.fields if name != kind.id_field]


def _secret_outputs(kind: ResourceKind, opts: pulumi.ResourceOptions | None) -> list[str]:
    """Return the fields that the program wants to be secret as outputs."""
    named = set(opts.additional_secret_outputs or ()) if opts else set()
    return sorted(named & {*kind.fields, *kind.read_only} - {kind.id_field})


async def _secret_names(
    outputs: Mapping[str, pulumi.Output[Any]],
    named: list[str],
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> list[str]:
    secret = [*named, *[name for name, output in outputs.items() if await output.is_secret()]]
    if note.kind.id_field in outputs:
        await _note_name(outputs[note.kind.id_field], note)
    if opts is not None and opts.parent is not None:
        await opts.parent.urn.future()  # its transforms are known by then
        if may_be_transformed(opts):
            return _may_be_secret(note.kind)
    return secret


def urn_of(
    resource_name: str, opts: pulumi.ResourceOptions | None, note: ResourceNote
) -> str | Coroutine[Any, Any, str | None]:
    """Return the URN of a resource, and note it with its earlier ones."""
    if opts is not None and (opts.parent is not None or opts.aliases):
        return _noted_urn(resource_name, opts, note)
    # The same as `create_urn`, without the futures that it makes.
    where = f"{pulumi.get_stack()}::{pulumi.get_project()}"
    urn = f"urn:pulumi:{where}::{note.kind.type}::{resource_name}"
    note.keep(urn=urn)
    return urn


async def _noted_urn(
    resource_name: str, opts: pulumi.ResourceOptions, note: ResourceNote
) -> str | None:
    # Bare values: Outputs would depend on the parent, which depends on its children.
    urn = await pulumi.create_urn(resource_name, note.kind.type, opts.parent).future()
    aliases = all_aliases(opts.aliases, resource_name, note.kind.type, opts.parent)
    earlier = [await pulumi.Output.from_input(alias).future() for alias in aliases]
    note.add(urn=urn, aliases=[alias for alias in earlier if alias is not None])
    return urn


async def _note_name(name: pulumi.Output[str], note: ResourceNote) -> None:
    if not await name.is_secret():
        note.add(name=await name.future())


def _note_later(noting: Coroutine[Any, Any, object]) -> None:
    """Note something as soon as it is known, without holding up the program."""
    task = asyncio.ensure_future(noting)
    _NOTING.add(task)  # asyncio itself holds tasks weakly
    task.add_done_callback(_NOTING.discard)
