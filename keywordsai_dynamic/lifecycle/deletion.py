"""Which deletes must not be sent: decisions only, no requests.

A create followed by a delete under one name (a renamed resource, a replacement) would lose the
model or provider. A name is a `model_name` or a `provider_id`; each kind has names of its own. The
`Ledger` decides by what this process has seen, `reason_to_keep` by what the program and other
processes of the run have noted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, NamedTuple

from ..core.kinds import MODEL, ResourceKind


class Noted(NamedTuple):
    """What is noted of one resource that the program of this run declares.

    `kind` is its noun (`model` or `provider`). `resource` is "" for whatever a run leaves out, of
    which nothing is known. `name` and `urn` are None where they are not known yet; `aliases` are
    its earlier URNs. `owns` is False for what is only read. `account` and
    `process` belong to the provider process that has checked or read the resource; None where none
    has, because the run excludes the resource or has not reached it. `existed` means that this run
    found it existing, or could not look.
    """

    resource: str
    urn: str | None = None
    aliases: Sequence[str] = ()
    name: str | None = None
    provider: str = ""
    owns: bool = True
    account: str | None = None
    process: int | None = None
    existed: bool = False
    kind: str = MODEL.noun


def current_urn(urn: str | None, noted: Sequence[Noted]) -> str | None:
    """Return the program's URN of a resource that the state may hold under an alias."""
    if any(one.urn == urn for one in noted):
        return urn
    return next((one.urn for one in noted if urn in one.aliases), urn)


def reason_to_keep(
    name: str,
    urn: str | None,
    noted: Sequence[Noted],
    account: str,
    process: int,
    *,
    kind: ResourceKind = MODEL,
    is_alias: bool = False,
    destroys: bool | None,
    rewritten: Callable[[], bool],
) -> str | None:
    """Return why a model or provider must not be deleted for the resource `urn`, if it must not.

    Another resource of the program may own it in this account, which this process has not checked
    (what it has checked is in its `Ledger`). `is_alias` means that the engine calls the resource by
    an earlier URN, and `destroys` that the run deletes everything. `rewritten` returns whether what
    is live differs from what this resource last wrote.
    """
    if destroys:
        return None
    noted = [one for one in noted if one.kind == kind.noun]
    others = [
        one
        for one in _of_account(noted, account)
        if not one.owns or one.process != process or one.name is None
    ]
    mine = [one for one in noted if urn is not None and one.urn == urn]  # a set has many names
    own = next((one for one in mine if one.name == name), mine[0] if mine else None)
    again = own is not None and own.owns and own.name == name
    for one in others:
        if one.name != name or (one is own and not _left_out(one, destroys, is_alias, rewritten)):
            continue
        if one.owns:
            return f"resource '{one.resource}' declares it"
        if not again:
            return f"resource '{one.resource}' reads it"
    # A declared resource is deleted during its replacement: other names may become known later, but
    # not those of resources that the run leaves out.
    unknown = [
        one.resource
        for one in others
        if one.name is None and (own is None or (not one.resource and not again))
    ]
    if unknown:
        known = f"if nothing declares the {kind.noun}, delete it in the console"
        if not unknown[0]:
            return f"a resource that this run leaves out may declare it; {known}"
        return (
            f"resource '{unknown[0]}' may declare it: the name of its {kind.noun} is not known in "
            f"this run; {known}"
        )
    return None


def _of_account(noted: Sequence[Noted], account: str) -> list[Noted]:
    """Return the notes without those that certainly belong to another account.

    Two keys may belong to one organization: a model that another key created is not this one, but a
    model that it found existing may be.
    """
    accounts = {one.provider: one.account for one in noted if one.account}
    host = account.partition(".")[0]
    return [
        one
        for one in noted
        if (theirs := one.account or accounts.get(one.provider) or account) == account
        or (one.existed and theirs.partition(".")[0] == host)
    ]


def _left_out(
    own: Noted, destroys: bool | None, is_alias: bool, rewritten: Callable[[], bool]
) -> bool:
    """Return whether the resource owns it and this delete is for an earlier version of it.

    Either another process has created it; or no process has checked it, because the run excludes it
    or deletes it first with what it depends on. Then it is an earlier version if the model has been
    rewritten since, or if the engine does not know that this is the resource.
    """
    return own.process is not None or (destroys is False and (is_alias or rewritten()))


@dataclass
class _Entry:
    urn: str | None
    stage: Literal["known", "fresh", "written"] = "fresh"

    def is_fresh(self, urn: str | None) -> bool:
        """Return whether the last event was a check of this resource without old state."""
        return self.stage == "fresh" and urn is not None and self.urn == urn


class Ledger:
    """What this process has seen of each name in this run; there is a ledger for each kind.

    A delete is skipped where its name is in the ledger, unless the last event was a check of the
    same resource without old state: that is a true delete-before-replace. Deciding by the order of
    calls alone would lose models after an interrupted replacement.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._stored: dict[str, Mapping[str, Any]] = {}
        self._chained: set[str] = set()
        self._lock = Lock()

    def claim(self, name: str, urn: str | None, *, in_state: bool) -> str | None:
        """Note a check; returns the URN of another resource of this run that declares the name."""
        with self._lock:
            entry = self._entries.setdefault(name, _Entry(urn))
            if urn and entry.urn and entry.urn != urn:
                return entry.urn
            entry.urn = urn or entry.urn
            entry.stage = "known" if in_state else "fresh"
            return None

    def note_stored(self, name: str, stored: Mapping[str, Any]) -> None:
        """Note the state of what may be replaced under its name.

        It does not mean that the run declares the name: a refresh compares what it has read too.
        """
        with self._lock:
            self._stored[name] = stored

    def note_chained(self, name: str) -> None:
        """Note that what owns a name may be replaced because something that it depends on is.

        If that one is deleted first, so is this, before any check says what its new name is.
        """
        with self._lock:
            self._chained.add(name)

    def note_write(self, name: str) -> None:
        """Note that a create has begun."""
        with self._lock:
            self._entries.setdefault(name, _Entry(None)).stage = "written"

    def stored(self, name: str) -> Mapping[str, Any] | None:
        """Return the noted state of what is replaced under its name."""
        with self._lock:
            return self._stored.get(name)

    def urn(self, name: str) -> str | None:
        """Return the URN of the resource that declares the name, where it is known."""
        with self._lock:
            entry = self._entries.get(name)
            return entry.urn if entry else None

    def reason_to_skip_delete(self, name: str, urn: str | None) -> str | None:
        """Return why a delete must not be sent: this run declares or wrote the name."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None or entry.is_fresh(urn):
                return None
            resource = f"resource '{entry.urn.rpartition('::')[2]}'" if entry.urn else "this run"
            return f"{resource} declares it"

    def recreates(self, name: str, urn: str | None) -> bool:
        """Return whether the resource that deletes a name recreates it right after, or may."""
        with self._lock:
            entry = self._entries.get(name)
            return name in self._chained or (entry is not None and entry.is_fresh(urn))

    def precedes_its_replacement(self, name: str, urn: str | None) -> bool:
        """Return whether this resource is deleted before its replacement, which is not created."""
        with self._lock:
            fresh = any(entry.is_fresh(urn) for entry in self._entries.values())
            return fresh or name in self._chained
