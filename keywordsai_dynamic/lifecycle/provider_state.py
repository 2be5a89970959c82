"""What a stack's state holds of a provider, and what has drifted since.

Drift is live ≠ answered, as for models. A secret is never answered: the state holds the declared
value, and beside it, in `__echo`, a keyed hash of what the service showed of it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from ..core.kinds import PROVIDER
from ..core.names import CHANGED_BY_OTHERS, DECLARED, ECHO, NOT_SENT, SECRET_FIELDS
from .comparison import Difference, identical
from .provider_answer import Echo, Lens, LiveProvider, digest
from .provider_parts import (
    ID,
    Parts,
    Path,
    alike,
    fields_of,
    named,
    parts_of,
    secret_among,
)

_compact = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


class Moved(NamedTuple):
    """One part that has drifted. Of a secret neither value is known; None means not set."""

    path: Path
    before: Any
    after: Any


class Stored(NamedTuple):
    """What a state holds of a provider: declared and answered parts, and the echoes of secrets.

    `shown` are the plain parts that the last answer had.
    """

    declared: Parts
    answered: Parts
    secret: frozenset[Path]
    salt: str
    echoes: Mapping[Path, Echo]
    shown: frozenset[Path]

    def lens(self, declared: Parts, secret: Collection[Path] = ()) -> Lens:
        """Return a lens for what the state and the program declare."""
        return Lens.of(self.secret.union(secret), self.salt, self.echoes, declared, self.declared)


def stored_in(props: Mapping[str, Any], secret_fields: Collection[str]) -> Stored:
    """Read the outputs in a state; those of no state give an empty one with a new salt."""
    answered = parts_of(props)
    declared = answered | parts_of(props.get(DECLARED) or {})
    echo = json.loads(props.get(ECHO) or "{}")
    return Stored(
        declared,
        answered,
        secret_among(declared, secret_fields),
        echo.get("salt") or secrets.token_hex(16),
        {tuple(path): Echo(kind, hashed) for path, kind, hashed in echo.get("of", ())},
        frozenset(map(tuple, echo.get("shown", ()))),
    )


def drift(stored: Stored, live: LiveProvider) -> list[Moved]:
    """Return every declared part that has drifted."""
    moved = []
    for path in stored.declared:
        if path in stored.secret:
            if _secret_moved(stored, path, live):
                moved.append(Moved(path, None, None))
        elif path in live.values:
            before, after = stored.answered.get(path), live.values[path]
            if not alike(path, before, after) and (
                path in stored.shown or not alike(path, stored.declared[path], after)
            ):
                moved.append(Moved(path, before, after))
        elif path in stored.shown and live.shows(path):
            moved.append(Moved(path, stored.answered.get(path), None))
    return moved


def _secret_moved(stored: Stored, path: Path, live: LiveProvider) -> bool:
    """Return whether a secret has changed; only like is compared with like."""
    last, now = stored.echoes.get(path), live.echoes.get(path)
    if last is None or now is None or "varying" in {last.kind, now.kind}:
        return False
    if now.digest in {last.digest, digest(stored.salt, stored.declared[path])}:
        return False
    return (last.kind, now.kind) != ("full", "masked")  # masking may begin any day


def after_drift(stored: Stored, moved: Iterable[Moved]) -> Parts:
    """Return what is declared, with the live value of each part that has drifted.

    Of a secret that is a marker: a stranger's credential enters no state.
    """
    parts = dict(stored.declared)
    for path, _, after in moved:
        parts[path] = CHANGED_BY_OTHERS if path in stored.secret else after
    return {path: value for path, value in parts.items() if value is not None}


def outputs(
    provider_id: str, declared: Parts, secret: Collection[Path], stored: Stored, live: LiveProvider
) -> dict[str, Any]:
    """Return the outputs for a provider with `declared` parts that is live like this.

    A plain part has its answered value, which is the last known one where the answer lacks it.
    `__declared` holds the declared values that differ from the answered ones.
    """
    answered = dict(declared)
    for path in declared.keys() - secret:
        if path in live.values:
            answered[path] = live.values[path]
        elif path in stored.answered and stored.declared.get(path) == declared[path]:
            answered[path] = stored.answered[path]
    otherwise = {
        path: value for path, value in declared.items() if not identical(value, answered[path])
    }
    differing = {DECLARED: fields_of(otherwise)} if otherwise else {}
    echo = {
        "salt": live.salt,
        "of": [
            [path, *_echo_to_store(echo, path, declared, stored)]
            for path, echo in sorted(live.echoes.items())
            if path in declared
        ],
        "shown": sorted(live.values.keys() & declared.keys()),
    }
    return {ID: provider_id, **fields_of(answered), **differing, ECHO: _compact(echo)}


def _echo_to_store(echo: Echo, path: Path, declared: Parts, stored: Stored) -> Echo:
    """Return an echo of a declared secret; what is shown of our own value otherwise is a mask."""
    last = stored.echoes.get(path)
    if last is not None and last.kind == "varying" and echo.kind != "varying":
        known = digest(stored.salt, declared[path])
        return echo if echo.digest == known else last
    if declared[path] == CHANGED_BY_OTHERS or echo.kind == "varying":
        return echo
    is_ours = echo.digest == digest(stored.salt, declared[path])
    return echo._replace(kind="full" if is_ours else "masked")


def passthrough_inputs(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that are not sent but are also outputs."""
    return {name: props[name] for name in (*NOT_SENT, SECRET_FIELDS) if name in props}


def secret_outputs(values: Mapping[str, Any]) -> frozenset[str]:
    """Return the outputs that hold secrets under names that the engine may not know as secret."""
    return frozenset({ECHO, DECLARED, *PROVIDER.secret} & values.keys())


def rows(moved: Iterable[Moved]) -> list[Difference]:
    """Return drifted parts as rows of a table."""
    return [Difference(named(path), before, after) for path, before, after in moved]


def secret_names(paths: Iterable[Path]) -> frozenset[str]:
    """Return what tables call some secret parts."""
    return frozenset(map(named, paths))


def changed(stored: Stored, inputs: Mapping[str, Any], *, provider_id: str) -> list[str]:
    """Return the fields in which new inputs differ from what the state declares."""
    old, new = stored.declared, parts_of(inputs)
    paths = old.keys() | new.keys()
    fields = {path[0] for path in paths if not identical(old.get(path), new.get(path))}
    if inputs.get(ID) != provider_id:
        fields.add(ID)
    return [field for field in PROVIDER.fields if field in fields]
