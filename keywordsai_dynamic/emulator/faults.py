"""Faults on demand: delays, limits, errors, dropped connections, held answers."""

import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from email.utils import formatdate
from typing import Literal

from .held_answers import HeldAnswers
from .scripted import Script
from .turns import Turn

When = Literal["before", "after"]
Action = Callable[[], object]
RetryAfterIn = Literal["body", "header", "both", "neither"]

_BODIES: dict[int, dict[str, object]] = {
    401: {"detail": "Your API key is invalid or expired, please check your API key."},
    403: {"detail": "You do not have permission to perform this action."},
    404: {"detail": "Not found."},
    429: {"detail": "Rate limit exceeded", "retry_after": 1},
}
SERVER_ERROR: dict[str, object] = {
    "detail": "Internal server error",
    "error_code": "INTERNAL_ERROR",
}


@dataclass(frozen=True)
class Fault:
    """One fault, before or after the request takes effect; without an answer it disconnects."""

    name: str
    when: When = "before"
    answer: Script | None = None


class _Limit:
    """A fixed window: `requests` in `per` seconds, then 429 until the window ends."""

    def __init__(
        self,
        requests: int,
        per: float,
        retry_after_in: RetryAfterIn,
        step: float,
        told: float | str | None,
    ) -> None:
        self._requests, self._per, self._retry_after_in = requests, per, retry_after_in
        self._step, self._told = step, told
        self._windows: dict[str, tuple[float, int]] = {}

    def refusal(self, organization: str, now: float) -> Fault | None:
        started, count = self._windows.get(organization, (now, 0))
        if now - started >= self._per:
            started, count = now, 0
        if count < self._requests:
            self._windows[organization] = (started, count + 1)
            return None
        steps = max(1, math.ceil((started + self._per - now) / self._step))
        told = self._tell(round(steps * self._step, 3))
        body: dict[str, object] = {"detail": "Rate limit exceeded"}
        if self._retry_after_in in ("body", "both"):
            body["retry_after"] = told
        in_header = self._retry_after_in in ("header", "both")
        headers = {"Retry-After": str(told)} if in_header else {}
        return Fault("rate_limit", answer=Script(429, body, headers=headers))

    def _tell(self, seconds: float) -> float | str:
        if self._told == "date":
            return formatdate(math.ceil(time.time() + seconds), usegmt=True)
        return seconds if self._told is None else self._told


class Faults:
    """The faults that the server plays; change them at any time, from any thread.

    Paths are as requested, percent-encoded, and may contain `*`: `/api/models/acme/*`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Stop all faults, and send held answers."""
        with self._lock:
            for held in getattr(self, "_holds", ()):
                held.release()
            self.latency = 0.0
            self._limit: _Limit | None = None
            self._proxies: list[tuple[Turn, Fault]] = []
            self._script: list[tuple[Turn, Fault]] = []
            self._actions: list[tuple[Turn, Action]] = []
            self._holds: list[HeldAnswers] = []
            self._random: tuple[random.Random, list[tuple[float, Fault]]] | None = None

    def limit(
        self,
        requests: int,
        per: float = 60.0,
        *,
        retry_after_in: RetryAfterIn = "body",
        told_in_steps_of: float = 1,
        told: float | str | None = None,
    ) -> None:
        """Return 429 to an organization beyond `requests` in each window of `per` seconds.

        The documented limit is 60 in 60 seconds, with `retry_after` in the body. The wait is given
        in whole seconds; for a window much shorter than a minute, smaller steps keep the scale.
        `told="date"` gives it as an HTTP date; any other value is sent as is, true or not.
        """
        with self._lock:
            self._limit = _Limit(requests, per, retry_after_in, told_in_steps_of, told)

    def fail_next(
        self,
        times: int = 1,
        *,
        status: int = 503,
        method: str | None = None,
        path: str | None = None,
        body: object = None,
        raw: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        when: When = "before",
        seconds: float = 0.0,
        cut_after: int | None = None,
        encoding: str = "utf-8",
        escaped: bool = False,
    ) -> None:
        """Send this answer to the next matching requests: `body` as JSON, or `raw` verbatim.

        Strings and headers may repeat what the request sent: `{"detail": "no: {authorization}"}`;
        `Script` lists the placeholders. With `when="after"` the request takes effect and still gets
        the error.
        """
        if raw is None and body is None:
            body = _BODIES.get(status, SERVER_ERROR)
        answer = Script(status, body, raw, headers or {}, seconds, cut_after, encoding, escaped)
        self._add(Turn(method, path, times), Fault("scripted", when, answer))

    def proxy(
        self,
        status: int = 404,
        *,
        body: object = None,
        raw: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
        path: str | None = None,
        after: int = 0,
    ) -> None:
        """Answer matching requests instead of the API until `clear`, once `after` have passed.

        This is how an ingress behaves whose backend is gone. `body` and `raw` are as in
        `fail_next`; by default the body is empty, because the API's words would look like the API.
        """
        answer = Script(status, body, raw, headers or {})
        with self._lock:
            turn = Turn(method, path, math.inf, after)
            self._proxies.append((turn, Fault("proxy", answer=answer)))

    def drop_next(
        self,
        times: int = 1,
        *,
        when: When = "before",
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Close the connection without an answer, before or after the request takes effect."""
        self._add(Turn(method, path, times), Fault(f"drop_{when}", when))

    def when_asked(
        self,
        action: Action,
        *,
        method: str | None = None,
        path: str | None = None,
        after: int = 0,
    ) -> None:
        """Call `action` once, after a matching request took effect and before its answer is sent.

        That is the next request, or the one after `after` others. The answer does not show what
        `action` does to models, for example as a user of the console between two pages of a list.
        """
        with self._lock:
            self._actions.append((Turn(method, path, after=after), action))

    def hold_answers(self, *, method: str | None = None, path: str | None = None) -> HeldAnswers:
        """Hold the answers to writes until released; `method` and `path` select other requests."""
        held = HeldAnswers(method, path)
        with self._lock:
            self._holds.append(held)
        return held

    def random_faults(
        self,
        seed: int,
        *,
        drop_before: float = 0.0,
        drop_after: float = 0.0,
        error_503: float = 0.0,
    ) -> None:
        """Play faults with these probabilities; the same seed and order give the same faults."""
        unavailable = Script(503, SERVER_ERROR)
        faults = [
            (drop_before, Fault("drop_before", "before")),
            (drop_after, Fault("drop_after", "after")),
            (error_503, Fault("error_503", answer=unavailable)),
        ]
        with self._lock:
            # Not for a secret: the same seed must give the same faults.
            self._random = random.Random(seed), faults  # noqa: S311

    def choose(self, method: str, path: str, organization: str | None) -> Fault | None:
        """Return the fault for this request, if any: a proxy, the script, the limit, chance."""
        with self._lock:
            for turn, fault in (*self._proxies, *self._script):
                if turn.takes(method, path):
                    return fault
            if self._limit is not None and organization is not None:
                refusal = self._limit.refusal(organization, time.monotonic())
                if refusal is not None:
                    return refusal
            return self._chance()

    def hold(self, method: str, path: str) -> "Future[None] | None":
        """Return what the answer to this request must wait for, if it is held."""
        with self._lock:
            held = next((held for held in self._holds if held.holds(method, path)), None)
        return held.keep() if held is not None else None

    def due(self, method: str, path: str) -> list[Action]:
        """Return the actions to call now that this request has taken effect."""
        with self._lock:
            return [action for turn, action in self._actions if turn.takes(method, path)]

    def _add(self, turn: Turn, fault: Fault) -> None:
        with self._lock:
            self._script = [*(one for one in self._script if one[0].times > 0), (turn, fault)]

    def _chance(self) -> Fault | None:
        if self._random is None:
            return None
        generator, faults = self._random
        drawn = generator.random()
        for probability, fault in faults:
            if drawn < probability:
                return fault
            drawn -= probability
        return None
