"""What a create, an update or a replacement of a provider may overwrite: decisions only."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..core.kinds import PROVIDER
from .announcements import adopts, overwrites, table
from .ownership import Decision, differs, drifted, loses, or_overwrite
from .provider_answer import LiveProvider
from .provider_parts import Parts, Path, names
from .provider_state import Moved, Stored, drift, rows, secret_names
from .wording import Wording

_KEEPING = (
    "  - to keep the live values, declare them: a provider with equal values is adopted; a key "
    "that the service shows in full must be the same"
)


def decide_create(
    provider_id: str,
    declared: Parts,
    live: LiveProvider | None,
    *,
    wording: Wording,
    secret: Collection[Path],
    unknown: Collection[str] = (),
    overwrite: bool = False,
    urn: str | None = None,
) -> Decision:
    """Decide what a create may do, given the live provider of the same id, if any.

    An existing one is adopted where every part that is shown is equal. What is not shown is sent
    then: a credential that is masked or absent may be another one. `unknown` names fields whose
    value only the update will know. `urn` is the resource's, so that the advice fits it.
    """
    if live is None:
        return Decision("create")
    matches = {
        path: live.match(path, value, secret=path in secret) for path, value in declared.items()
    }
    differing = [path for path, match in matches.items() if match == "different"]
    moved = [Moved(path, declared[path], live.values.get(path)) for path in differing]
    shown = _table(moved, "declared", secret, wording)
    unseen = [path for path, match in matches.items() if match == "not shown"]
    if overwrite:
        not_shown = _fields(unseen, wording)
        sentence = overwrites(provider_id, shown, noun=PROVIDER.noun, not_shown=not_shown)
        return Decision("overwrite", sentence)
    if differing:
        return Decision("refuse", differs(provider_id, shown, _KEEPING, wording, urn))
    sentence = adopts(
        provider_id,
        noun=PROVIDER.noun,
        partly_unknown=bool(unknown),
        not_shown=_fields(unseen, wording),
    )
    return Decision("adopt", sentence, write=bool(unseen))


def decide_update(
    provider_id: str,
    stored: Stored,
    declared: Parts,
    live: LiveProvider,
    *,
    wording: Wording,
    secret: Collection[Path],
) -> Decision:
    """Decide whether a provider that the state holds may be updated, given the live one.

    A part that somebody else changed since the last read stops the update, unless the program
    changes it too or no longer declares it, which may remove it. One that already has the wanted
    value does not count. What the state does not hold of a newly declared part, somebody else may
    have set.
    """
    moved = [
        row
        for row in [*drift(stored, live), *_newly_declared(stored, declared, live)]
        if row.path not in declared
        or live.match(row.path, declared[row.path], secret=row.path in secret) != "equal"
    ]
    untouched = [
        row
        for row in moved
        if row.path in stored.declared and declared.get(row.path) == stored.declared[row.path]
    ]
    if untouched:
        return Decision("refuse", drifted(provider_id, _table(untouched, "last", secret, wording)))
    lost = [
        row for row in moved if row.path in declared or row.path in secret or row.after is not None
    ]
    if not lost:
        return Decision("overwrite")
    return Decision("overwrite", loses(provider_id, _table(lost, "last", secret, wording)))


def decide_replacement(
    provider_id: str,
    stored: Stored,
    declared: Parts,
    live: LiveProvider,
    *,
    wording: Wording,
    secret: Collection[Path],
    overwrite: bool = False,
) -> Decision:
    """Decide whether a provider that the state holds may be replaced under its id.

    Any drift stops it: nothing else would show that this is another organization's provider. It may
    be overwritten where that is declared, because a refresh does not show the drift of a provider
    whose replacement was interrupted.
    """
    moved = drift(stored, live)
    matches = {
        path: live.match(path, value, secret=path in secret) for path, value in declared.items()
    }
    lost = any(matches.get(row.path) != "equal" for row in moved)
    newly = [row for row in _newly_declared(stored, declared, live) if matches[row.path] != "equal"]
    if not moved or not (lost or "different" in matches.values()):
        sentence = loses(provider_id, _table(newly, "last", secret, wording)) if newly else ""
        return Decision("overwrite", sentence)
    shown = _table([*moved, *newly], "last", secret, wording)
    if overwrite:
        return Decision("overwrite", overwrites(provider_id, shown, noun=PROVIDER.noun))
    return Decision("refuse", drifted(provider_id, shown) + or_overwrite(wording))


def _newly_declared(stored: Stored, declared: Parts, live: LiveProvider) -> list[Moved]:
    """Return the live parts that the state does not hold: somebody else may have set them."""
    return [
        Moved(path, None, live.values.get(path))
        for path in declared
        if path not in stored.declared and path in {*live.values, *live.echoes}
    ]


def _table(moved: Iterable[Moved], before: str, secret: Collection[Path], wording: Wording) -> str:
    return table(rows(moved), before, "live", secret_names(secret), wording.named)


def _fields(paths: Collection[Path], wording: Wording) -> str:
    return wording.named(names(paths))
