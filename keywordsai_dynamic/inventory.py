"""The shared list of live models of one run: one list of the service answers every look-up.

Everybody else's provider makes a request per model. Here the first look-up lists all models, the
other threads wait for it, and own writes are folded in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from threading import Lock
from typing import Any, Literal

from .client import KeywordsAIClient
from .comparison import answer_of
from .errors import KeywordsAIError, NotFoundError
from .ownership import is_built_in


class Inventory:
    """Live models by name, as far as this process knows them."""

    def __init__(self, client: KeywordsAIClient) -> None:
        self.client = client
        self._lock = Lock()
        self._models: dict[str, dict[str, Any] | None] = {}  # None: known to be gone
        self._never_answered: set[str] = set()
        self._asking = Lock()
        self._listing = Lock()
        self._attempts = 0
        self._outcome: Literal["listed", "no list"] | KeywordsAIError | None = None

    def look_up(
        self, model_name: str, fields: Collection[str] = (), *, deadline: float | None = None
    ) -> dict[str, Any] | None:
        """Give the live model, or None where the list has none.

        Where the list leaves out one of `fields`, the model is asked for by itself; a field that
        the service does not answer even then is never asked for again. `deadline` (seconds) bounds
        the listing.
        """
        if self._list(deadline) == "no list":
            return self.retrieve(model_name)
        model = self._known(model_name)
        if model is None or not self._missing(model, fields):
            return model
        # One at a time: what the first learns of a field, the others need not ask.
        with self._asking:
            model = self._known(model_name)
            if model is None or not self._missing(model, fields):
                return model
            model = self.retrieve(model_name)
            if model is not None:
                self._never_answered |= self._missing(model, fields)
        return model

    def _known(self, model_name: str) -> dict[str, Any] | None:
        with self._lock:
            return self._models.get(model_name)

    def retrieve(self, model_name: str) -> dict[str, Any] | None:
        """Ask for one model by itself; None where the service says there is none (404)."""
        try:
            model = self.client.retrieve_model(model_name)
        except NotFoundError:
            self.forget(model_name)
            return None
        self.fold(model_name, model)
        return model

    def fold(self, model_name: str, model: dict[str, Any]) -> None:
        """Remember a model as a write or a single read answered it."""
        with self._lock:
            self._models[model_name] = model

    def forget(self, model_name: str) -> None:
        """Remember that a model is gone."""
        with self._lock:
            self._models[model_name] = None

    def _missing(self, model: dict[str, Any], fields: Collection[str]) -> set[str]:
        return set(fields) - set(answer_of(model)) - self._never_answered

    def _list(self, deadline: float | None) -> Literal["listed", "no list"]:
        attempts = self._attempts
        with self._listing:
            # Threads that waited for a list that failed share its failure, and do not list anew.
            if isinstance(self._outcome, KeywordsAIError) and attempts == self._attempts:
                self._outcome = None
            if self._outcome is None:
                self._outcome = self._list_now(deadline)
                self._attempts += 1
            if isinstance(self._outcome, KeywordsAIError):
                raise self._outcome
            return self._outcome

    def _list_now(self, deadline: float | None) -> Literal["listed", "no list"] | KeywordsAIError:
        try:
            models = by_name(self.client.list_models(deadline=deadline))
        except NotFoundError:
            return "no list"
        except KeywordsAIError as error:
            return error
        with self._lock:
            self._models = {**models, **self._models}
        return "listed"


def by_name(models: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Index a list of live models; own ones go before built-in ones of the same name."""
    index: dict[str, dict[str, Any]] = {}
    for model in models:
        name = model.get("model_name")
        if isinstance(name, str) and not (name in index and is_built_in(model)):
            index[name] = model
    return index
