"""Resource options, as the program of a resource writes them."""

from __future__ import annotations

from ..core.kinds import is_native
from .steps import resource_name, type_of


def alias(old: str, new: str) -> str:
    """Return what a resource declares to keep its old name; both are URNs.

    For a native resource as YAML writes it, which takes whole URNs only.
    """
    if is_native(type_of(new)):
        return f'options: {{aliases: ["{old}"]}}'
    return f'opts=ResourceOptions(aliases=[Alias(name="{resource_name(old)}")])'


def stays(urn: str, what: str) -> str:
    """Say that something stays when its resource is deleted, with the option that keeps it."""
    option = "retainOnDelete" if is_native(type_of(urn)) else "retain_on_delete"
    return f"{option}: {what} stays, unmanaged"
