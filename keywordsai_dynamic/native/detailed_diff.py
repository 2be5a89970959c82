"""What a preview shows of a change: each field, and inside of maps each key, by its path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from .wire import Path

Change = Literal["ADD", "DELETE", "UPDATE"]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Changed(NamedTuple):
    """One changed value: its path as the engine writes paths, and what happens to it."""

    path: str
    change: Change


def changes(field: str, old: object, new: object) -> list[Changed]:
    """Return what differs between two values of a field; None is one that is not declared."""
    return list(_between((field,), old, new))


def _between(path: Path, old: object, new: object) -> Iterator[Changed]:
    if isinstance(old, Mapping) and isinstance(new, Mapping) and _have_paths({**old, **new}):
        for key in dict.fromkeys((*old, *new)):
            yield from _between((*path, key), old.get(key), new.get(key))
    elif old is None and new is not None:
        yield Changed(written(path), "ADD")
    elif new is None and old is not None:
        yield Changed(written(path), "DELETE")
    elif isinstance(old, bool) is not isinstance(new, bool) or old != new:
        yield Changed(written(path), "UPDATE")


def _have_paths(keys: Iterable[str]) -> bool:
    """Return whether the engine can read the paths of all keys.

    In its quotes, a backslash escapes a quote and nothing else, not even a backslash.
    """
    return not any('\\"' in key or key.endswith("\\") for key in keys)


def written(path: Path) -> str:
    """Write a path as the engine reads it: `extraKwargs.headers["x-api"]`."""
    parts = (
        f"[{part}]"
        if isinstance(part, int)
        else f".{part}"
        if _PLAIN_KEY.fullmatch(part)
        else '["' + part.replace('"', '\\"') + '"]'
        for part in path
    )
    return "".join(parts).removeprefix(".")
