"""Values on their way from a program to the engine; those that would be lost or break are refused.

`check` could not name them: it would see another value, or none, because the SDK crashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from inspect import isawaitable
from math import isfinite
from typing import Any

import pulumi

from ..core.names import FLAG_FIELDS
from ..core.redaction import flaw_of, one_line

_DEEPEST = 50
"""Levels of nested maps and lists; Pulumi's limits are higher."""

_LARGEST_EXACT_WHOLE = 2**53
"""Pulumi's numbers are doubles."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks secrets and assets in a map; any other use crashes the SDK."""


def carried(name: str, value: object) -> object:
    """Bring the value of a field into a form that the SDK carries and that `check` can judge.

    Raises RunError, one line without the value, which may be secret.
    """
    if isawaitable(value) or (isinstance(value, Mapping) and _holds_outputs(value)):
        value = pulumi.Output.from_input(_plain_containers(name, value))
    if isinstance(value, pulumi.Output):
        return value.apply(lambda known: carried(name, known))
    if isinstance(value, Decimal) or (isinstance(value, float) and not isfinite(value)):
        return str(value)  # exact; and a NaN would break the request before `check` can name it
    if name in FLAG_FIELDS and isinstance(value, bool):
        return int(value)  # as in the state, because equal inputs are not validated again
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT_WHOLE:
        raise pulumi.RunError(f"{name} is too large.")
    _refuse_what_gets_lost(name, value)
    return _plain_containers(name, value)


def text_key(path: str, key: object) -> str:
    """Return a key of a map; raises RunError if it is no text, or would break what prints it."""
    _refuse_key(path, key)
    return str(key)


def _holds_outputs(value: object) -> bool:
    """Return whether a value contains Outputs; a circular map is refused later."""
    with suppress(RecursionError):
        if isinstance(value, Mapping):
            return any(map(_holds_outputs, value.values()))
        if isinstance(value, list | tuple):
            return any(map(_holds_outputs, value))
    return isinstance(value, pulumi.Output) or isawaitable(value)


def _plain_containers(path: str, value: object) -> Any:  # noqa: ANN401  (any value)
    """Convert mappings and sequences to dicts and lists: the SDK misses secrets in other types."""
    if isinstance(value, Mapping):
        return {
            _text_key(path, key): _plain_containers(f"{path}[{key!r}]", item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain_containers(f"{path}[{index}]", item) for index, item in enumerate(value)]
    return value


def require_text(what: str, text: object) -> None:
    """Refuse strings that UTF-8 cannot encode or that crash the CLI. Raises RunError."""
    if isinstance(text, str) and (flaw := flaw_of(text)):
        raise pulumi.RunError(f"{what} {flaw}.")


def require_name(resource_name: object) -> None:
    """Refuse a resource name that could control a terminal, because the engine prints it verbatim.

    Raises RunError.
    """
    if not isinstance(resource_name, str) or not resource_name:
        raise pulumi.RunError("A resource's name must be a string that is not empty.")
    require_text("The resource's name", resource_name)
    if one_line(resource_name) != resource_name:
        shown = one_line(resource_name)
        raise pulumi.RunError(f"The resource's name {shown} contains invisible characters.")


def _refuse_what_gets_lost(path: str, value: object, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise pulumi.RunError(f"{path[:100]}… is nested more than {_DEEPEST} levels deep.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_key(path, key)
            _refuse_what_gets_lost(f"{path}[{key!r}]", item, depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _refuse_what_gets_lost(f"{path}[{index}]", item, depth + 1)
    elif depth:
        _refuse_inside(path, value)
    elif not isinstance(value, str | int | float):
        raise pulumi.RunError(
            f"{path} is of type {type(value).__name__}, which Pulumi cannot send."
        )
    require_text(path, value)


def _refuse_key(path: str, key: object) -> None:
    key = _text_key(path, key)
    if key == _SIGNATURE:
        raise pulumi.RunError(f"{path} has the key {key!r}, which Pulumi reserves for itself.")
    require_text(f"A key of {path}", key)
    if one_line(key) != key:  # the engine prints keys verbatim
        raise pulumi.RunError(f"{path}[{key!r}] contains invisible characters.")


def _text_key(path: str, key: object) -> str:
    if isinstance(key, str):
        return key
    raise pulumi.RunError(f"{path} has the key {key!r}; keys must be strings.")


def _refuse_inside(path: str, value: object) -> None:
    if value is None:
        raise pulumi.RunError(f"{path} is None, which Pulumi drops; leave it out.")
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT_WHOLE:
        raise pulumi.RunError(f"{path} is an integer above 2**53, which Pulumi would round.")
    if isinstance(value, Decimal) or (isinstance(value, float) and not isfinite(value)):
        kind = "a Decimal" if isinstance(value, Decimal) else "not a finite number"
        raise pulumi.RunError(f"{path} is {kind}; use an int or a finite float.")
    if not isinstance(value, str | int | float):
        raise pulumi.RunError(
            f"{path} is of type {type(value).__name__}, which Pulumi cannot send."
        )
