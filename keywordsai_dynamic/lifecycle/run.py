"""What one provider's process holds of the run that it serves, and what it tells the user of it."""

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

_CHANGED_KEY = (
    "`refresh` and `destroy` take configuration from the state: for a key that was changed since, "
    "set KEYWORDSAI_API_KEY_OVERRIDE."
)


class Run:
    """What one provider process holds: the client, the shared list and the ledger of this run."""

    def __init__(self, config: Callable[[str], str | None]) -> None:
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
        """Return the lock of one model, under which is decided and then written.

        A model that takes over the name of one whose DELETE is still under way would otherwise be
        found equal, left unsent, and be gone.
        """
        with self._lock:
            return self._models.setdefault(model_name, Lock())

    @property
    def client(self) -> KeywordsAIClient:
        """The one client of this process."""
        return self.inventory.client

    def call_ends(self) -> float:
        """Say until when a call that begins now may try, by the client's clock."""
        return self.client.now + self.client.settings.deadline

    @cached_property
    def account(self) -> str:
        """Tell this host and this key from others, without the key in it."""
        settings = self.client.settings
        parts = (settings.base_url, f"{settings.base_url} {settings.api_key}")
        return ".".join(blake2b(part.encode(), digest_size=8).hexdigest() for part in parts)

    def note(self, urn: str | None, model_name: str | None, *, took_over: bool = False) -> None:
        """Leave a note, for other processes of this run, of what this one has checked or read."""
        if urn is None or not self.notes.exist:
            return
        # Settings that cannot be used are an error where a request is made, and none before.
        with suppress(ConfigurationError):
            self.notes.add(
                checked=urn,
                model_name=model_name,
                account=self.account,
                process=self.process,
                took_over=took_over,
            )

    def announce(self, wanted: Declaration, decision: Decision) -> None:
        """Tell once that a model is taken over, or what is overwritten."""
        name = wanted.declared["model_name"]
        told = f"{decision.action} {name}" if decision.action == "take over" else decision.sentence
        if decision.sentence and told not in self.announced:
            self.announced.add(told)
            self.log.warning(decision.sentence, self.ledger.urn(name))

    def disable_lookup(self, reason: str) -> None:
        """Tell once that previews of this run cannot say what exists already, and why."""
        self.looks_up = False
        self.log.warning(lookup_skipped(reason))

    def warn_if_raced(self, written: UpsertResult) -> None:
        """Tell that somebody made a model that was free when it was looked up, where it shows.

        Every generation of the API documents 201 for a new model. Of what was sent twice a 200 says
        nothing.
        """
        self.has_seen_201 = self.has_seen_201 or written.status == 201
        if written.status != 200 or written.repeated:
            return
        name = written.model["model_name"]
        sentence = f"{name} was made by somebody else a moment ago, and has been overwritten"
        if not self.has_seen_201:
            sentence += " (unless the service answers 200 for new models too)"
        self.log.warning(sentence, self.ledger.urn(name))
