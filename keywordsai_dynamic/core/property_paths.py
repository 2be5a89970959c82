"""Which maps the engine can show key by key: it writes the path of each, and reads it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def have_paths(keys: Iterable[str]) -> bool:
    """Return whether the engine can read the paths of all keys.

    In its quotes, a backslash escapes a quote and nothing else, not even a backslash.
    """
    return not any('\\"' in key or key.endswith("\\") for key in keys)


def has_paths_inside(value: object) -> bool:
    """Return whether the engine can read every path inside of a value."""
    if isinstance(value, Mapping):
        return have_paths(value) and all(map(has_paths_inside, value.values()))
    return not isinstance(value, list) or all(map(has_paths_inside, value))
