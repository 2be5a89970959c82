"""Models that write a declared provider's id as text, so that Pulumi does not know the order.

Only the program can tell: the provider's process sees the same value either way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import settings

from ..core.kinds import PROVIDER


@dataclass
class _Program:
    """What one program has declared: providers by their id, and models that name one as text."""

    providers: dict[str, tuple[str, pulumi.Resource]] = field(default_factory=dict)
    models: dict[str, list[tuple[pulumi.Resource, object]]] = field(default_factory=dict)


_OF_PROGRAMS: WeakKeyDictionary[object, _Program] = WeakKeyDictionary()


def note_provider(resource: pulumi.Resource, resource_name: str, provider_id: object) -> None:
    """Note a declared provider; warn of models before it that name it as text."""
    program = _this_program()
    if program is None or not isinstance(provider_id, str):
        return
    program.providers[provider_id] = resource_name, resource
    for model, depends_on in program.models.pop(provider_id, ()):
        _warn(model, depends_on, resource_name, resource)


def refuse_deleted_with(
    resource_name: str, opts: pulumi.ResourceOptions | None, *, is_set: bool = False
) -> None:
    """Raise RunError for models that would be left to the deletion of their provider.

    The engine would drop it from the state, and the provider could not be deleted: it is in use.
    """
    deleted_with = opts.deleted_with if opts else None
    if isinstance(deleted_with, pulumi.Resource) and (
        deleted_with.pulumi_resource_type == PROVIDER.type
    ):
        what, left = ("ModelSet", "its models") if is_set else ("CustomModel", "the model")
        raise pulumi.RunError(
            f"{what} {resource_name}: deleted_with would leave {left} behind, because a "
            "provider is not deleted while models use it; remove it."
        )


def note_model(
    model: pulumi.Resource, provider_id: object, opts: pulumi.ResourceOptions | None
) -> None:
    """Note a model that names a provider as text; warn if this program declares that provider."""
    program = _this_program()
    if program is None or not isinstance(provider_id, str):
        return
    depends_on = opts.depends_on if opts else None
    if provider_id in program.providers:
        _warn(model, depends_on, *program.providers[provider_id])
    else:
        program.models.setdefault(provider_id, []).append((model, depends_on))


def _warn(
    model: pulumi.Resource, depends_on: object, resource_name: str, provider: pulumi.Resource
) -> None:
    if _includes(depends_on, provider):
        return
    pulumi.log.warn(
        f"custom_provider_id is the id of the provider that '{resource_name}' declares, as text: "
        "Pulumi does not know that the model needs it. Give the model the provider's output, "
        "custom_provider_id=….provider_id, or depends_on it",
        resource=model,
    )


def _includes(depends_on: object, provider: pulumi.Resource) -> bool:
    """Return whether a model depends on a provider; an Output may hold it."""
    if isinstance(depends_on, pulumi.Resource):
        # A component stands for its children.
        return depends_on is provider or _includes(depends_on._childResources, provider)
    if isinstance(depends_on, Iterable):
        return any(_includes(each, provider) for each in depends_on)
    return depends_on is not None


def _this_program() -> _Program | None:
    """Return what the current program has declared; one process may run several at once."""
    engine = settings.get_engine()
    return None if engine is None else _OF_PROGRAMS.setdefault(engine, _Program())
