"""The gate that all threads share: when the next request may go. Nothing here reads a clock.

The service allows the whole organization 60 requests a minute, and returns 429 beyond that with the
seconds to wait. A 429 closes the gate for every thread. The number of requests that succeeded
before it is the budget of the next window. Once that is used up, one request at a time probes the
limit, so a window costs one 429 and not one for each thread. Where no request succeeds between two
429s, the pauses grow, whatever the service asks for.
https://docs.keywordsai.co/documentation/admin/rate_limits
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

_PROBE = 0.02
"""Seconds after which a thread asks again while another thread's request probes the limit."""

_SHORTEST, _UNSAID, _LONGEST = 0.2, 2.0, 60.0
"""Seconds: the first pause, the pause where the service names none, and the longest pause."""

_GROWTH = 10
"""Requests by which the budget grows when a probe succeeds: a new window has begun."""


@dataclass(frozen=True, eq=False)
class Permit:
    """Permission to send one request in a window; compared by identity."""

    window: int


class Pace:
    """Decides when the next request may go, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opens_at = 0.0
        self._window = 0
        self._in_flight: set[Permit] = set()
        self._sent = 0
        self._answered = 0
        self._budget: int | None = None
        self._refusals = 0

    def ask(self, now: float) -> Permit | float:
        """Return a permit, or the seconds after which to ask again."""
        with self._lock:
            if now < self._opens_at:
                return self._opens_at - now
            if self._budget is not None and self._sent >= self._budget and self._in_flight:
                return _PROBE
            permit = Permit(self._window)
            self._in_flight.add(permit)
            self._sent += 1
            return permit

    def answered(self, permit: Permit, *, well: bool) -> None:
        """Note that a request ended without a 429, and whether it went `well`.

        A permit that was returned before is not counted again.
        """
        with self._lock:
            if permit not in self._in_flight:
                return
            self._in_flight.remove(permit)
            if permit.window != self._window:
                return
            self._answered += 1
            if well:
                self._refusals = 0
            if self._budget is not None and self._answered > self._budget:
                self._budget += _GROWTH

    def unused(self, permit: Permit) -> None:
        """Take back a permit that was not used."""
        with self._lock:
            self._in_flight.discard(permit)
            if permit.window == self._window:
                self._sent -= 1

    def limited(self, permit: Permit, now: float, asked: float | None) -> float:
        """Note a 429 and the seconds that it asks for; returns the seconds until the gate opens."""
        with self._lock:
            self._in_flight.discard(permit)
            if permit.window == self._window:
                self._budget = max(self._answered, 1)
                self._window += 1
                self._sent = self._answered = 0
                self._refusals += 1
            first = _UNSAID if asked is None else _SHORTEST
            pause = min(first * 2.0 ** min(self._refusals - 1, 9), _LONGEST)
            self._opens_at = max(self._opens_at, now + max(asked or 0.0, pause))
            return self._opens_at - now

    @property
    def budget(self) -> int | None:
        """How many requests the service has last allowed in a window; None before any 429."""
        return self._budget

    @property
    def window(self) -> int:
        """How many windows have ended with a 429."""
        return self._window
