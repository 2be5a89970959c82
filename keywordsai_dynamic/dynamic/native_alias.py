"""The aliases by which a resource of the native plugin becomes one of a Python program.

As an option of every resource they would cost the SDK a millisecond each, a third of what a model
costs altogether. So they are added where the SDK writes the aliases of a request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pulumi
from pulumi.runtime import resource as sdk
from pulumi.runtime.proto.alias_pb2 import Alias

from ..core.kinds import MODEL, PROVIDER, ResourceKind

_NATIVE_TYPES = {kind.type: kind.native_type for kind in (MODEL, PROVIDER)}
_ARE_ADDED_LATER = hasattr(sdk, "prepare_aliases")


def options(
    opts: pulumi.ResourceOptions | None, kind: ResourceKind
) -> pulumi.ResourceOptions | None:
    """Return the options of a resource, with its alias if the SDK has no place to add it later."""
    if _ARE_ADDED_LATER:
        return opts
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=kind.native_type)])
    return pulumi.ResourceOptions.merge(opts, alias)


def with_native(type_: str, aliases: Sequence[Alias]) -> list[Alias]:
    """Return the aliases of a resource of this type and, for each name it had, the native one."""
    native = _NATIVE_TYPES[type_]
    added = [Alias(spec=Alias.Spec(type=native))]
    for alias in aliases:
        also = Alias()
        also.CopyFrom(alias)
        if alias.urn:
            also.urn = alias.urn.replace(type_, native)
        elif not alias.spec.type:
            also.spec.type = native
        added.append(also)
    return [*aliases, *(alias for alias in added if alias not in aliases)]


def _replace(prepare: Callable[..., Awaitable[list[Alias]]]) -> None:
    async def prepare_aliases(resource: pulumi.Resource, *rest: object) -> list[Alias]:
        aliases = await prepare(resource, *rest)
        type_ = resource.pulumi_resource_type
        return with_native(type_, aliases) if type_ in _NATIVE_TYPES else aliases

    sdk.prepare_aliases = prepare_aliases  # type: ignore[assignment]  # takes whatever it is given


if _ARE_ADDED_LATER:  # the SDK has no public name for this (3.272.0)
    _replace(sdk.prepare_aliases)
