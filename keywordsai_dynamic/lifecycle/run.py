"""What one provider process knows of the run that it serves, and what it tells the user."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from hashlib import blake2b
from threading import Lock
from typing import Any

from ..api.client import KeywordsAIClient
from ..api.sending import Sender
from ..core.errors import ConfigurationError, KeywordsAIError
from ..core.kinds import MODEL, PROVIDER, ResourceKind
from ..core.plausibility import Problem
from ..core.settings import resolve
from .announcements import lookup_skipped
from .declaration import Declaration
from .deletion import Ledger
from .engine_log import EngineLog
from .inventory import Inventory
from .ownership import Decision
from .run_notes import RunNotes
from .wording import Wording

_CHANGED_KEY = (
    "`refresh` and `destroy` take configuration from the state: if the key has changed since, set "
    "KEYWORDSAI_API_KEY_OVERRIDE."
)


_LOOK = 0.2
"""Seconds between two looks at what other processes of the run are deleting."""


class Run:
    """What one provider process holds: the client, the shared list and the ledgers of this run.

    `config` looks up full configuration keys; `wording` is how the adapter's programs are written.
    The thread that asks for the one model that vouches for the list holds `vouching`. `is_ending`
    is set where the engine has canceled the run: what has not begun does not begin. `previewed` are
    notes that the preview of the same command has left, or leaves now. An adapter that stores what
    a failed call has done sets `stores_parts`; `reports_for_diff` has by URN what the check of a
    set leaves for its diff to report.
    """

    def __init__(self, config: Callable[[str], str | None], wording: Wording) -> None:
        self.wording = wording
        self.process = os.getpid()
        self.log = EngineLog.of_this_process()
        self.ledgers = {kind.noun: Ledger() for kind in (MODEL, PROVIDER)}
        self.notes = RunNotes(self.log.address or "")
        self.previewed: RunNotes | None = None
        self.announced: set[str] = set()
        self.declared_before: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.looks_up = {MODEL.noun, PROVIDER.noun}
        self.has_seen_201 = False
        self.trusts_the_list = False
        self.vouching = Lock()
        self.is_ending = False
        self.stores_parts = False
        self.reports_for_diff: dict[str | None, Callable[[Collection[str]], list[Problem]]] = {}
        self._config = config
        self._inventory: Inventory | None = None
        self._provider_of: dict[str, str] = {}
        self._deletes = 0
        self._names: dict[tuple[str, str], Lock] = {}
        self._lock = Lock()

    @property
    def ledger(self) -> Ledger:
        """The ledger of the models."""
        return self.ledgers[MODEL.noun]

    @property
    def inventory(self) -> Inventory:
        """The shared list of live models; raises ConfigurationError for unusable settings."""
        with self._lock:
            if self._inventory is None:
                settings, log = resolve(self._config), self.log
                sender = Sender(settings, on_wait=log.status, is_ending=lambda: self.is_ending)
                client = KeywordsAIClient(sender, after_401=_CHANGED_KEY)
                self._inventory = Inventory(client)
            return self._inventory

    def lock_for(self, name: str, kind: ResourceKind = MODEL) -> Lock:
        """Return the lock of one name, to be held from the decision to the end of the write.

        Without it, a create could find the old model equal while its DELETE is under way, adopt it
        without sending anything, and lose it.
        """
        with self._lock:
            return self._names.setdefault((kind.noun, name), Lock())

    @property
    def client(self) -> KeywordsAIClient:
        """The one client of this process."""
        return self.inventory.client

    def call_ends(self) -> float:
        """Return when a call that begins now must end, by the client's clock."""
        return self.client.now + self.client.settings.deadline

    @cached_property
    def account(self) -> str:
        """Identifies this host and this key, without revealing the key."""
        settings = self.client.settings
        parts = (settings.base_url, f"{settings.base_url} {settings.api_key}")
        return ".".join(blake2b(part.encode(), digest_size=8).hexdigest() for part in parts)

    def note(
        self,
        urn: str | None,
        name: str | None,
        *,
        kind: ResourceKind = MODEL,
        existed: bool = False,
        names: Iterable[str] | None = None,
    ) -> None:
        """Note what this process has checked or read, for the other processes of this run.

        A set of models has `names`; None is one whose names are not known yet.
        """
        kept = [notes for notes in (self.notes, self.previewed) if notes and notes.exist]
        if urn is None or not kept:
            return
        # Invalid settings are an error only once a request is made.
        with suppress(ConfigurationError):
            fact: dict[str, object] = {
                "kind": kind.noun,
                "name": name,
                **({} if names is None else {"names": list(names)}),
                "account": self.account,
                "process": self.process,
                "existed": existed,
            }
            for notes in kept:
                notes.add(checked=urn, **fact)

    def note_provider_of(self, model_name: str, provider_id: object) -> None:
        """Note which provider a model of this run names, if any."""
        with self._lock:
            self._provider_of.pop(model_name, None)
            if isinstance(provider_id, str):
                self._provider_of[model_name] = provider_id

    def models_naming(self, provider_id: str) -> list[str]:
        """Return the models of this run's program that name a provider."""
        with self._lock:
            return [name for name, named in self._provider_of.items() if named == provider_id]

    @contextmanager
    def holding(self, name: str, kind: ResourceKind = MODEL) -> Iterator[None]:
        """Hold a name, like `lock_for`, and wait for the deletes of the run's other processes.

        What this process knows of a model may be older than they are, so it is asked for again.
        Raises KeywordsAIError where they do not end in time.
        """
        with self.lock_for(name, kind):
            self._wait_for_deletes(name, kind)
            yield

    def _wait_for_deletes(self, name: str, kind: ResourceKind) -> None:
        end = self.call_ends()
        while others := self._deletes_of_others(name, kind):
            if all(others.values()):
                if kind is MODEL:
                    self.inventory.ask(name)
                return
            if self.client.now >= end:
                raise KeywordsAIError(
                    f"{name} was not changed: another provider of this run is deleting it. Run "
                    "again later."
                )
            self.client.sleep(_LOOK)

    def _deletes_of_others(self, name: str, kind: ResourceKind) -> dict[int, bool]:
        deletes = self.notes.deletes(name, kind.noun).items()
        return {process: ended for process, ended in deletes if process != self.process}

    @contextmanager
    def deleting(self, name: str, kind: ResourceKind = MODEL) -> Iterator[None]:
        """Count a delete of a model, and note any for the other processes, while it is under way.

        Whether it is sent is decided after that: either it finds their notes, or they find its.
        """
        note = {"deletes": name, "kind": kind.noun, "process": self.process}
        counts = 1 if kind is MODEL else 0
        self.notes.add(**note, ended=False)
        with self._lock:
            self._deletes += counts
        try:
            yield
        finally:
            with self._lock:
                self._deletes -= counts
            self.notes.add(**note, ended=True)

    @property
    def deletes_models(self) -> bool:
        """Whether a delete of a model is under way."""
        return self._deletes > 0

    def announce(self, wanted: Declaration, decision: Decision) -> None:
        """Warn the user once that something is adopted, or what is overwritten."""
        name, ledger = wanted.declared[wanted.kind.id_field], self.ledgers[wanted.kind.noun]
        if not decision.sentence:
            return
        if decision.action == "adopt":
            is_first = self.is_first_adoption(name, wanted.kind)
        else:
            is_first = self._is_first(decision.sentence)
        if is_first:
            self.log.warning(decision.sentence, ledger.urn(name))

    def is_first_adoption(self, name: str, kind: ResourceKind = MODEL) -> bool:
        """Return whether an adoption is to be announced, and count it as announced."""
        return self._is_first(f"adopt {kind.noun} {name}")

    def _is_first(self, announcement: str) -> bool:
        with self._lock:
            is_first = announcement not in self.announced
            self.announced.add(announcement)
        return is_first

    def disable_lookup(self, reason: str, kind: ResourceKind | None = None) -> None:
        """Warn the user once that this preview does not look for what exists, and why.

        Without a `kind`, it looks for nothing at all.
        """
        self.looks_up -= {kind.noun} if kind else self.looks_up
        self.log.warning(lookup_skipped(reason, (kind or MODEL).noun))

    def warn_if_raced(
        self, name: str, status: int, *, repeated: bool, kind: ResourceKind = MODEL
    ) -> None:
        """Warn of an overwrite of what did not exist at the lookup, where the status shows it.

        Every generation of the API documents 201 for what is new. After a repeated request, a 200
        shows nothing.
        """
        self.has_seen_201 = self.has_seen_201 or status == 201
        if status != 200 or repeated:
            return
        sentence = f"somebody else created {name} a moment ago, and it has been overwritten"
        if not self.has_seen_201:
            sentence += f" (unless the service returns 200 for new {kind.noun}s too)"
        self.log.warning(sentence, self.ledgers[kind.noun].urn(name))
