"""What one provider process knows of the run that it serves, and what it tells the user."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b
from threading import Lock

from ..api.client import KeywordsAIClient, UpsertResult
from ..api.sending import Sender
from ..core.errors import ConfigurationError
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


class Run:
    """What one provider process holds: the client, the shared list and the ledger of this run.

    `config` looks up full configuration keys; `wording` is how the adapter's programs are written.
    """

    def __init__(self, config: Callable[[str], str | None], wording: Wording) -> None:
        self.wording = wording
        self.process = os.getpid()
        self.log = EngineLog.of_this_process()
        self.ledger = Ledger()
        self.notes = RunNotes(self.log.address or "")
        self.announced: set[str] = set()
        self.looks_up = True
        self.has_seen_201 = False
        self.trusts_the_list = False
        self._config = config
        self._inventory: Inventory | None = None
        self._models: dict[str, Lock] = {}
        self._lock = Lock()

    @property
    def inventory(self) -> Inventory:
        """The shared list of live models; raises ConfigurationError for unusable settings."""
        with self._lock:
            if self._inventory is None:
                settings, log = resolve(self._config), self.log
                sender = Sender(settings, on_wait=log.status)
                client = KeywordsAIClient(sender, after_401=_CHANGED_KEY)
                self._inventory = Inventory(client)
            return self._inventory

    def lock_for(self, model_name: str) -> Lock:
        """Return the lock of one model, to be held from the decision to the end of the write.

        Without it, a create could find the old model equal while its DELETE is under way, adopt it
        without sending anything, and lose it.
        """
        with self._lock:
            return self._models.setdefault(model_name, Lock())

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

    def note(self, urn: str | None, model_name: str | None, *, adopted: bool = False) -> None:
        """Note what this process has checked or read, for the other processes of this run."""
        if urn is None or not self.notes.exist:
            return
        # Invalid settings are an error only once a request is made.
        with suppress(ConfigurationError):
            self.notes.add(
                checked=urn,
                model_name=model_name,
                account=self.account,
                process=self.process,
                adopted=adopted,
            )

    def announce(self, wanted: Declaration, decision: Decision) -> None:
        """Warn the user once that a model is adopted, or what is overwritten."""
        name, adopts = wanted.declared["model_name"], decision.action == "adopt"
        announcement = f"{decision.action} {name}" if adopts else decision.sentence
        if decision.sentence and announcement not in self.announced:
            self.announced.add(announcement)
            self.log.warning(decision.sentence, self.ledger.urn(name))

    def disable_lookup(self, reason: str) -> None:
        """Warn the user once that this preview does not check for existing models, and why."""
        self.looks_up = False
        self.log.warning(lookup_skipped(reason))

    def warn_if_raced(self, written: UpsertResult) -> None:
        """Warn of an overwritten model that did not exist at the lookup, where the status shows it.

        Every generation of the API documents 201 for a new model. After a repeated request, a 200
        shows nothing.
        """
        self.has_seen_201 = self.has_seen_201 or written.status == 201
        if written.status != 200 or written.repeated:
            return
        name = written.model["model_name"]
        sentence = f"somebody else created {name} a moment ago, and it has been overwritten"
        if not self.has_seen_201:
            sentence += " (unless the service returns 200 for new models too)"
        self.log.warning(sentence, self.ledger.urn(name))
