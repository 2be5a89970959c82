"""A provider as parts: each value that can be compared, by its path, such as (base_url,).

`extra_kwargs` is sent as one map, which also holds `base_url`, `api_key` and `timeout`. A part of
the rest has a longer path: (extra_kwargs, headers, region).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from math import isclose
from typing import Any

from ..core.credentials import is_credential
from ..core.kinds import PROVIDER
from ..core.redaction import one_line
from .comparison import identical

Path = tuple[str, ...]
Parts = dict[Path, Any]

ID, NAME, KWARGS = "provider_id", "provider_name", "extra_kwargs"
OF_ITS_OWN = ("base_url", "api_key", "timeout")
"""Fields that are sent inside `extra_kwargs`."""


def parts_of(fields: Mapping[str, Any]) -> Parts:
    """Return the parts of declared or stored fields; the id is not one of them."""
    parts: Parts = {(name,): fields[name] for name in (NAME, *OF_ITS_OWN) if name in fields}
    parts.update(_leaves((KWARGS,), fields[KWARGS]) if KWARGS in fields else ())
    return parts


def parts_of_answer(answer: Mapping[str, Any]) -> Parts:
    """Return the parts of a provider object that the API returned; nulls say nothing."""
    kwargs = answer.get(KWARGS)
    shown = dict(kwargs) if isinstance(kwargs, Mapping) else {}
    own = {name: shown.pop(name) for name in OF_ITS_OWN if name in shown}
    name = {} if answer.get(NAME) is None else {NAME: answer[NAME]}
    parts = parts_of({**name, **own, **({KWARGS: shown} if shown else {})})
    return {path: value for path, value in parts.items() if value is not None}


def fields_of(parts: Mapping[Path, Any]) -> dict[str, Any]:
    """Return the fields that have these parts."""
    fields: dict[str, Any] = {}
    for path, value in parts.items():
        inside = fields
        for key in path[:-1]:
            inside = inside.setdefault(key, {})
        inside[path[-1]] = value
    return {name: fields[name] for name in PROVIDER.fields if name in fields}


def sent_kwargs(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return `extra_kwargs` as it is sent: the fields inside it, and whatever else is declared."""
    own = {name: fields[name] for name in OF_ITS_OWN if name in fields}
    return {**own, **fields.get(KWARGS, {})}


def named(path: Path) -> str:
    """Return what messages call a part: extra_kwargs.region."""
    return ".".join(path)


def names(paths: Iterable[Path]) -> str:
    """Return what messages call some parts, in alphabetical order."""
    return ", ".join(sorted(one_line(named(path)) for path in paths))


def secret_among(parts: Mapping[Path, Any], fields: Collection[str]) -> frozenset[Path]:
    """Return the parts that are secret: those of secret `fields`, and those named like a key.

    What lies below such a name is secret too, and so is a list in which a map has one.
    """
    return frozenset(
        path
        for path, value in parts.items()
        if path[0] in fields or any(map(is_credential, path)) or _holds_credential(value)
    )


def _holds_credential(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(is_credential, value)) or any(map(_holds_credential, value.values()))
    return isinstance(value, list) and any(map(_holds_credential, value))


def holds_credential(address: str) -> bool:
    """Return whether an address has a login, or a query with a name like `key`."""
    query = (each.partition("=")[0] for each in re.split("[?#&;]", address)[1:])
    return "@" in address or any(map(is_credential, query))


def alike(path: Path, one: object, other: object) -> bool:
    """Return whether two plain values of a part mean the same to the API."""
    numbers = (int, float)
    if isinstance(one, numbers) is not isinstance(other, numbers):
        with suppress(TypeError, ValueError):  # a service may write a number as text
            one, other = (float(each) if isinstance(each, str) else each for each in (one, other))
    if isinstance(one, numbers) and isinstance(other, numbers):
        return isinstance(one, bool) is isinstance(other, bool) and isclose(one, other)
    if path == ("base_url",) and isinstance(one, str) and isinstance(other, str):
        return one.rstrip("/") == other.rstrip("/")
    return identical(one, other)


def _leaves(path: Path, value: object) -> list[tuple[Path, Any]]:
    if isinstance(value, Mapping) and value:
        return [leaf for key, item in value.items() for leaf in _leaves((*path, str(key)), item)]
    # An `extra_kwargs` without anything in it is none; one that is not known yet is a string.
    return [] if path == (KWARGS,) and isinstance(value, Mapping) else [(path, value)]
