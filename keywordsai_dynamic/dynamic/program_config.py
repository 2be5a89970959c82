"""The stack's configuration as a program has it; no key meant for us may go unread."""

from __future__ import annotations

from contextvars import ContextVar

import pulumi
from pulumi.runtime import config as sdk

from ..core.config_keys import refusal, unread
from ..core.errors import DeclarationError
from ..lifecycle.this_run import config_file

_checked: set[tuple[str, str, frozenset[str]]] = set()


def refuse_unread_keys() -> None:
    """Warn of keys meant for us that nothing reads; raises DeclarationError for mistakes.

    A valid configuration is checked once in a process, which may run several stacks.
    """
    project, stack, keys = pulumi.get_project(), pulumi.get_stack(), _keys()
    this = (project, stack, keys)
    if this in _checked:
        return
    secret = {key: pulumi.runtime.is_config_secret(key) for key in sorted(keys)}
    if found := unread(secret, stack, program=project):
        # The file is searched only for a message.
        found = unread(secret, stack, config_file(), program=project)
    if wrong := [f"stack {stack}: {each}" for each in found if each.wrong]:
        raise DeclarationError(refusal(wrong))
    for each in found:
        pulumi.log.warn(f"stack {stack}: {each}")
    _checked.add(this)


def _keys() -> frozenset[str]:
    """Return the keys of the configuration, which the SDK looks up one by one and does not list.

    In a thread that the program starts, these are only the keys in the environment.
    """
    held = getattr(sdk, "CONFIG", None)
    here = held.get() if isinstance(held, ContextVar) else held
    return frozenset(here or sdk.get_config_env())
