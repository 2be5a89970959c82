"""When a request is sent: through the gate that all threads share, and with retries."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Lock
from typing import Any, Protocol

from ..core.errors import APIConnectionError, APIStatusError, KeywordsAIError
from ..core.settings import Settings
from . import retry
from .answers import Answer, error_detail, retry_after
from .pace import Pace, Permit
from .service_words import described

_LOOK = 1.0  # seconds between a thread's checks of the closed gate


class OutdatedError(KeywordsAIError):
    """Raised when a write could be sent only after the lookup that it relies on had expired.

    This try sent nothing; `unclear` counts earlier tries whose effect is not known.
    """

    def __init__(self, unclear: int) -> None:
        super().__init__("the lookup is too old")
        self.unclear = unclear


class EndingError(KeywordsAIError):
    """Raised instead of waiting for the request limit where the run is ending."""


class Wire(Protocol):
    """Where requests go: `transport.Transport`, or a stand-in with the same methods."""

    def exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float
    ) -> Answer | APIConnectionError:
        """Send once, within `seconds`.

        Returns an error where another try may help, and raises it where none will.
        """

    def close(self) -> None:
        """Close the connections."""


class Sender:
    """Sends requests over one keep-alive connection pool, for all threads of a process.

    `clock` and `sleep` are in seconds; `on_wait` gets a sentence before a wait. Once `is_ending`,
    nothing is waited for or tried again. Without a `wire`, requests go over HTTP as the settings
    say.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        on_wait: Callable[[str], None] = lambda _sentence: None,
        is_ending: Callable[[], bool] = lambda: False,
        wire: Wire | None = None,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.settings = settings
        self._on_wait, self._is_ending = on_wait, is_ending
        self._pace = Pace()
        self._limit, self._asked = "", False  # the service's words, and whether it set the wait
        self._announced = self._pace.window
        self._waiting = 0
        self._wire = wire
        self._lock = Lock()

    @property
    def budget(self) -> int | None:
        """How many requests the service allows in a window, as far as that is known."""
        return self._pace.budget

    @property
    def is_waiting(self) -> bool:
        """Whether any request waits for the request limit."""
        return self._waiting > 0

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        with self._lock:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        end: float,
        not_after: float | None = None,
    ) -> tuple[Answer, int]:
        """Send until there is a final answer, or the deadline `end` has come.

        Returns the answer, and how many tries before it had an effect that is not known. Raises
        OutdatedError instead of sending after `not_after`.

        A 429 waits as long as the service asks; 502, 503, 504 and lost connections are tried six
        times with growing, jittered pauses. Retries are safe, because every call names its model.
        """
        failures = 0
        while True:
            permit = self._permit(f"{method} {path}", end)
            if not_after is not None and self.clock() > not_after:
                self._pace.unused(permit)
                raise OutdatedError(failures)
            try:
                outcome = self._exchange(method, path, body, end)
                status = outcome.status if isinstance(outcome, Answer) else retry.NO_ANSWER
                if isinstance(outcome, Answer) and status == 429:
                    self._close_gate(permit, outcome, f"{method} {path}", end)
                    continue
            except BaseException:
                # A permit that is never returned would block every other thread.
                self._pace.answered(permit, well=False)
                raise
            again = retry.is_temporary(status)
            self._pace.answered(permit, well=not again)
            failures += again
            jitter = random.uniform(0.5, 1)  # noqa: S311  # not used for a secret
            again = again and not self._is_ending()
            pause = retry.pause(failures, end - self.clock(), jitter) if again else None
            if pause is not None:
                self.sleep(pause)
            elif isinstance(outcome, Answer):
                return outcome, failures
            else:
                raise outcome

    def _permit(self, request: str, end: float) -> Permit:
        leave = self._pace.ask(self.clock())
        if isinstance(leave, Permit):
            return leave
        with self._lock:
            self._waiting += 1
        try:
            return self._wait(request, end)
        finally:
            with self._lock:
                self._waiting -= 1

    def _wait(self, request: str, end: float) -> Permit:
        while not isinstance(leave := self._pace.ask(now := self.clock()), Permit):
            if self._is_ending():
                raise EndingError(f"{described(request)} was not sent: the run is ending.")
            if now + leave >= end:
                sentence = (
                    f"{described(request)} was not sent, because of the request limit: "
                    f"{self._limit}"
                )
                raise self._too_long(sentence, leave, end)
            self._announce(leave)
            # Meanwhile another thread may learn that the wait is longer.
            self.sleep(min(leave, _LOOK))
        return leave

    def _close_gate(self, permit: Permit, answer: Answer, request: str, end: float) -> None:
        """Note a 429; raises APIStatusError where the next try would miss the deadline."""
        self._limit = error_detail(answer)
        asked = retry_after(answer, time.time())
        wait = self._pace.limited(permit, self.clock(), asked)
        self._asked = asked is not None and asked >= wait - 0.1
        if self.clock() + wait >= end:
            sentence = f"{described(request)} returned 429: {self._limit}"
            raise self._too_long(sentence, wait, end)

    def _announce(self, wait: float) -> None:
        """Announce a wait, once in each window."""
        with self._lock:
            announced, self._announced = self._announced, self._pace.window
        if announced != self._announced:
            seconds = max(round(wait), 1)
            self._on_wait(f"the service's request limit is reached, retrying in {seconds} s")

    def _too_long(self, sentence: str, wait: float, end: float) -> APIStatusError:
        left, longest = end - self.clock(), self.settings.deadline
        reason = retry.too_long(wait, left, longest, asked=self._asked)
        return APIStatusError(
            f"{sentence.rstrip('.')}. {reason}", status_code=429, detail=self._limit
        )

    def _exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None, end: float
    ) -> Answer | APIConnectionError:
        with self._lock:
            if self._wire is None:
                # The import takes 0.2 s, which a preview without requests is spared.
                from .transport import Transport  # noqa: PLC0415

                self._wire = Transport(self.settings)
            wire = self._wire
        asked_at = self.clock()
        outcome = wire.exchange(method, path, body, end - asked_at)
        return replace(outcome, asked_at=asked_at) if isinstance(outcome, Answer) else outcome
