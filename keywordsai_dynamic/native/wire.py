"""Values as the engine sends them: protobuf's Struct to plain Python values, and back.

Secrets are taken out of their wrappers, and their paths are kept. A value that only the update will
know stays the engine's placeholder. Whole numbers are ints, which a Struct does not have, and maps
are in the order of their keys, because a Struct has none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value  # type: ignore[import-untyped]

from ..core.errors import KeywordsAIError
from ..core.formatting import shorten
from ..core.names import UNKNOWN
from ..core.redaction import one_line

Path = tuple[str | int, ...]
"""Where a value is: the keys of maps and the places in lists, from the outside in."""

_UNKNOWN = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # a map
    }
)
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  (the mark of one)


class Received(NamedTuple):
    """The properties of a request, and where the secret ones among them are."""

    values: dict[str, Any]
    secret: frozenset[Path] = frozenset()


def received(struct: Struct) -> Received:
    """Read properties; raises KeywordsAIError for what no field can take, such as an asset."""
    secret: set[Path] = set()
    values = {name: _read(struct.fields[name], (name,), secret) for name in sorted(struct.fields)}
    return Received(values, frozenset(secret))


def _read(value: Value, path: Path, secret: set[Path]) -> Any:  # noqa: ANN401  (any value)
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _SIGNATURE in fields:
            if fields[_SIGNATURE].string_value != _SECRET:
                name = shorten(one_line(str(path[0])), 100)
                raise KeywordsAIError(f"{name} holds an asset or archive, which no field takes.")
            secret.add(path)
            return _read(fields["value"], path, secret)
        return {key: _read(fields[key], (*path, key), secret) for key in sorted(fields)}
    if kind == "list_value":
        items = enumerate(value.list_value.values)
        return [_read(item, (*path, place), secret) for place, item in items]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return None if kind in {None, "null_value"} else getattr(value, kind)


def sent(values: Mapping[str, Any], secret: Collection[Path] = ()) -> Struct:
    """Write properties, with what is at the paths in `secret` marked where there is anything."""
    struct, paths = Struct(), frozenset(secret)
    for name, value in values.items():
        _write(struct.fields[name], value, (name,), paths)
    return struct


def _write(into: Value, value: object, path: Path, secret: frozenset[Path]) -> None:
    # The engine knows a secret that is not known yet.
    if path in secret and not holds_unknown(value):
        marked = into.struct_value.fields
        marked[_SIGNATURE].string_value = _SECRET
        into, secret = marked["value"], frozenset()
    if isinstance(value, Mapping):
        into.struct_value.SetInParent()
        for key, item in value.items():
            _write(into.struct_value.fields[key], item, (*path, key), secret)
    elif isinstance(value, list | tuple):
        into.list_value.SetInParent()
        for place, item in enumerate(value):
            _write(into.list_value.values.add(), item, (*path, place), secret)
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, str):
        into.string_value = value
    else:
        into.null_value = NULL_VALUE


def holds_unknown(value: object) -> bool:
    """Return whether a value is, or contains, one that only the update will know."""
    if isinstance(value, Mapping):
        return any(map(holds_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(holds_unknown, value))
    return isinstance(value, str) and value in _UNKNOWN
