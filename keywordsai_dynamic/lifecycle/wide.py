"""The same step for many models at a time, through the one gate of the process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Generic, TypeVar

from ..api.sending import EndingError
from ..core.errors import APIConnectionError, APIStatusError, ConfigurationError, KeywordsAIError
from .run import Run

WIDTH = 8
"""Models at a time. The gate decides what is sent, so this only has to keep it busy: at two seconds
an answer, 8 use up the service's 60 requests of a minute in fifteen seconds. More only cost time,
because httpx looks at every connection for each request. Where the service allows fewer in a
window, fewer are begun, and none while another waits for the limit: each is sent in the next
window or the one after it, long before its deadline, which begins with it."""

_LOOK = 0.05
"""Seconds between two looks at whether it is a model's turn."""

_STATUS_EVERY = 0.5
"""Seconds between two status lines."""

Result = TypeVar("Result")


class Crew(Generic[Result]):
    """Does a step to many models, and keeps the result or the error of each.

    A failure that the others would meet too keeps those that have not begun from beginning; so does
    the end of the run. With a `total`, a status line of the set `urn` counts how many are done.
    """

    def __init__(self, run: Run, total: int = 0, urn: str | None = None) -> None:
        self.done: dict[str, Result] = {}
        self.failed: dict[str, KeywordsAIError] = {}
        self._run, self._total, self._urn = run, total, urn
        self._told_at, self._under_way = float("-inf"), 0
        self._stopped = Event()
        self._lock = Lock()

    @property
    def stopped(self) -> bool:
        """Whether no further model is begun."""
        return self._stopped.is_set() or self._run.is_ending

    def each(self, names: Iterable[str], step: Callable[[str], Result]) -> None:
        """Do the step to each of these models, and return when all that were begun have ended."""
        names = list(names)

        def do(name: str) -> None:
            if not self._begins():
                return
            try:
                result = step(name)
            except EndingError:
                self._stopped.set()
            except KeywordsAIError as error:
                self.failed[name] = error
                if not _is_of_one_model(error):
                    self._stopped.set()
            else:
                self._finished(name, result)
            finally:
                with self._lock:
                    self._under_way -= 1

        if len(names) == 1:
            do(names[0])
        elif names:
            with ThreadPoolExecutor(min(WIDTH, len(names))) as pool:
                for _ in pool.map(do, names):
                    pass

    def whole(self, ended: str) -> dict[str, Result]:
        """Return the results of all models; raises the first error, or `ended` if the run ends.

        That is no error of any model, but leaves some without a result.
        """
        for error in self.failed.values():
            raise error
        if self.stopped:
            raise KeywordsAIError(ended)
        return self.done

    def _begins(self) -> bool:
        """Wait for a model's turn; returns whether it has come."""
        while not self.stopped:
            client = self._run.client
            with self._lock:
                if self._under_way < (client.budget or WIDTH) and not client.is_waiting:
                    self._under_way += 1
                    return True
            client.sleep(_LOOK)
        return False

    def _finished(self, name: str, result: Result) -> None:
        now = self._run.client.now
        with self._lock:
            self.done[name] = result
            count = len(self.done)
            if self._total > 1 and (count == self._total or now >= self._told_at + _STATUS_EVERY):
                self._told_at = now
                self._run.log.status(f"{count} of {self._total} models", self._urn)


def _is_of_one_model(error: KeywordsAIError) -> bool:
    """Return whether an error says nothing about other models."""
    if isinstance(error, APIStatusError):
        return 400 <= error.status_code < 500 and error.status_code not in {401, 403, 429}
    return not isinstance(error, APIConnectionError | ConfigurationError)
