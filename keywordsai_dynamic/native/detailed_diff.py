"""What a preview shows of a change: each field, and inside of maps each key, by its path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from pulumi.runtime.proto import provider_pb2 as proto

from ..core.camel_case import camel_case
from ..core.kinds import ResourceKind
from ..core.property_paths import have_paths
from ..lifecycle.comparison import identical
from .wire import Path

Change = Literal["ADD", "DELETE", "UPDATE"]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Changed(NamedTuple):
    """One changed value: its path as the engine writes paths, and what happens to it."""

    path: str
    change: Change


def difference(
    kind: ResourceKind, fields: list[str], old: Mapping[str, Any], new: Mapping[str, Any]
) -> proto.DiffResponse:
    """Return the response to a Diff that found these fields changed; only the id is replaced.

    `old` and `new` are declarations as programs write them.
    """
    detailed = {
        path: _property(change, replaces=field == kind.id_field)
        for field in fields
        for path, change in changes(
            camel_case(field), old.get(camel_case(field)), new.get(camel_case(field))
        )
    }
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_SOME,
        diffs=[camel_case(field) for field in fields],
        replaces=[camel_case(kind.id_field)] if kind.id_field in fields else [],
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _property(change: str, *, replaces: bool) -> proto.PropertyDiff:
    kind = proto.PropertyDiff.Kind.Value(f"{change}_REPLACE" if replaces else change)
    return proto.PropertyDiff(kind=kind, inputDiff=True)


def changes(field: str, old: object, new: object) -> list[Changed]:
    """Return what differs between two values of a field; None is one that is not declared.

    Where both are the same, the field has changed otherwise: the state's declaration counts.
    """
    return list(_between((field,), old, new)) or [Changed(field, "UPDATE")]


def _between(path: Path, old: object, new: object) -> Iterator[Changed]:
    if isinstance(old, Mapping) and isinstance(new, Mapping) and have_paths({**old, **new}):
        for key in dict.fromkeys((*old, *new)):
            yield from _between((*path, key), old.get(key), new.get(key))
    elif old is None and new is not None:
        yield Changed(written(path), "ADD")
    elif new is None and old is not None:
        yield Changed(written(path), "DELETE")
    elif not identical(old, new):
        yield Changed(written(path), "UPDATE")


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
