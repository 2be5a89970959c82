"""The routes of the models API, and when a request goes out: paced, and tried again.

Routes are those of the API pages under https://docs.keywordsai.co/api-endpoints/manage/models/.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .answers import (
    Answer,
    Page,
    agree,
    as_told,
    decipher,
    error_detail,
    model_of,
    next_path,
    object_of,
    page_of,
    retry_after,
    shortened,
)
from .errors import (
    APIConnectionError,
    APIStatusError,
    KeywordsAIError,
    NotFoundError,
)
from .pace import Pace, Permit
from .settings import Settings

if TYPE_CHECKING:
    from .transport import Transport

MODELS = "/api/models/"
LIST = "/api/models/list/"

_ATTEMPTS = 6
_LONGEST_BACKOFF = 8.0
_PAGE_SIZE = 100
_DAY = 86_400.0
_LOOK = 1.0  # seconds after which a thread at the closed gate looks again
_MOST_PAGES = 1_000
_PATIENCE = (0.5, 1.0, 2.0)  # seconds between looks for a model whose upsert had no answer's body


@dataclass(frozen=True)
class Written:
    """A model as an upsert answered it, and the status of that answer.

    `repeated` tells that an earlier try may have taken effect, so that a 200 says nothing about who
    made the model.
    """

    model: dict[str, Any]
    status: int
    repeated: bool


@dataclass(frozen=True)
class Listing:
    """A list of models, and when its first page was asked for (the client's clock).

    `agrees` tells that it has as many models as it counts itself, and that each has a name. In one
    piece of `pages`, what such a list lacks is not there.
    """

    models: Sequence[dict[str, Any]]
    asked_at: float
    agrees: bool
    pages: int


class OutdatedError(KeywordsAIError):
    """Raised when a write was let through later than what it relies on can be trusted.

    Nothing was sent in this try; `unclear` counts earlier ones, whose effect is not known.
    """

    def __init__(self, unclear: int) -> None:
        super().__init__("what was looked up is too old")
        self.unclear = unclear


def model_path(model_name: str) -> str:
    """Give the path of a model: slashes stay, everything else reserved is percent-encoded.

    The service's route takes the rest of the path as the name, so that `openai/gpt-4o` is written
    with its slash. Every path ends with one: a redirect would drop the body of a write.
    """
    return f"{MODELS}{quote(model_name, safe='/')}/"


class KeywordsAIClient:
    """Talks to the models API over one keep-alive connection pool, shared by all threads.

    Times are seconds. Everything raises a KeywordsAIError: ConfigurationError without a key,
    APIConnectionError where no answer came, APIStatusError where the answer was no success. What to
    do about a key that is refused is said by `after_401`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        on_wait: Callable[[str], None] = lambda _sentence: None,
        after_401: str = "Check that it is complete and was not revoked.",
    ) -> None:
        self.settings = settings
        self._after_401 = after_401
        self._clock = clock
        self._sleep = sleep
        self._on_wait = on_wait
        self._pace = Pace()
        self._limit, self._asked = "", False  # the service's words, and whether the wait is its own
        self._told = self._pace.window
        self._transport: Transport | None = None
        self._lock = Lock()

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        with self._lock:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    @property
    def now(self) -> float:
        """The client's clock, in seconds: `asked_at` and `not_after` are on it."""
        return self._clock()

    def upsert_model(
        self,
        body: Mapping[str, Any],
        *,
        not_after: float | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Create the model, or overwrite the fields that are sent where it exists (POST).

        Raises OutdatedError instead of sending it later than `not_after`. Where a success has no
        body, the model is read.
        """
        end = self._end(deadline)
        answer, unclear = self._send("POST", MODELS, body, end=end, not_after=not_after)
        name = body["model_name"]
        try:
            read = self._read(answer, f"POST {MODELS}")
            if read is None or (answer.status == 202 and not object_of(read).get("model_name")):
                model = self._retrieve_written(name, end)
            else:
                model = model_of(read, name, "POST")
        except APIStatusError as error:
            if "base model" not in error.detail.lower():
                raise
            raise KeywordsAIError(
                f"{error}. base_model_name is {body.get('base_model_name')!r}; "
                "`keywordsai-dynamic models --all` lists what exists."
            ) from None
        return Written(model, answer.status, repeated=unclear > 0)

    def _retrieve_written(self, model_name: str, end: float) -> dict[str, Any]:
        """Read a model whose upsert was accepted; it may take a moment to be there."""
        for pause in _PATIENCE:
            try:
                return self._retrieve(model_name, end)
            except NotFoundError:
                if self._clock() + pause >= end:
                    raise
                self._sleep(pause)
        return self._retrieve(model_name, end)

    def retrieve_model(self, model_name: str) -> dict[str, Any]:
        """Give one model, own or built-in (GET). Raises NotFoundError where there is none."""
        return self._retrieve(model_name, self._end(None))

    def _retrieve(self, model_name: str, end: float) -> dict[str, Any]:
        path = model_path(model_name)
        answer, _ = self._send("GET", path, end=end)
        return model_of(self._read(answer, f"GET {path}"), model_name, "GET")

    def find_model(
        self, model_name: str, *, deadline: float | None = None
    ) -> tuple[dict[str, Any] | None, float]:
        """Give one model, None where the API says that there is none, and when it was asked."""
        path = model_path(model_name)
        answer, _ = self._send("GET", path, end=self._end(deadline))
        try:
            return model_of(self._read(answer, f"GET {path}"), model_name, "GET"), answer.asked_at
        except NotFoundError:
            return None, answer.asked_at

    def delete_model(
        self,
        model_name: str,
        *,
        not_after: float | None = None,
        deadline: float | None = None,
    ) -> bool:
        """Delete an own model (DELETE). Raises NotFoundError where there is none.

        Raises OutdatedError instead of sending it later than `not_after`. Tells whether it is
        certain that the model is gone: not so where an earlier try may have taken effect and this
        one found nothing, or where a success has words to say.
        """
        path = model_path(model_name)
        end = self._end(deadline)
        answer, unclear = self._send("DELETE", path, end=end, not_after=not_after)
        try:
            body = object_of(self._read(answer, f"DELETE {path}"))
        except NotFoundError:
            if not unclear:
                raise
            return False
        return not (body.get("error") or body.get("detail"))

    def list_models(
        self,
        *,
        deadline: float | None = None,
        on_page: Callable[[int], None] = lambda _models: None,
    ) -> Listing:
        """Give every model, built-in and own; pages are followed on the same host only.

        `GET /api/models/?all=true` is gone from the newest official client: where it is answered
        404 or 405, `POST /api/models/list/` serves. Raises NotFoundError where neither exists.
        `on_page` is told how many models there are after each page. There are at most 1,000 pages.
        """
        end = self._end(deadline)
        method, path = "GET", f"{MODELS}?all=true"
        body: dict[str, Any] | None = None
        answer, _ = self._send(method, path, body, end=end)
        if answer.status in {404, 405}:
            method, path, body = "POST", f"{LIST}?page=1&page_size={_PAGE_SIZE}", {}
            answer, _ = self._send(method, path, body, end=end)
            if answer.status in {404, 405}:
                # Whatever the body: a route that is gone is answered by the web framework.
                detail = error_detail(answer)
                sentence = f"{method} {path} was answered {answer.status}: {detail}"
                raise NotFoundError(sentence, status_code=404, detail=detail)
        pages: list[Page] = []
        models: list[dict[str, Any]] = []
        seen, asked_at = set(), answer.asked_at
        while path not in seen:
            seen.add(path)
            page = page_of(self._read(answer, f"{method} {path}"), f"{method} {path}")
            pages.append(page)
            models += page.models
            on_page(len(models))
            if not page.following:
                return Listing(models, asked_at, agree(pages), len(pages))
            if len(pages) == _MOST_PAGES:
                raise KeywordsAIError(
                    f"The list of models has no end: after {_MOST_PAGES:,} pages there is another."
                )
            path = next_path(page.following, self.settings.base_url, MODELS)
            answer, _ = self._send(method, path, body, end=end)
        raise KeywordsAIError(f"The list of models goes in circles: {shortened(path)} comes again.")

    def _end(self, deadline: float | None) -> float:
        """Say until when a call may try, on the client's clock; the settings have the last word."""
        longest = self.settings.deadline
        return self._clock() + (longest if deadline is None else min(deadline, longest))

    def _read(self, answer: Answer, request: str) -> object:
        """Decipher an answer, with the way out of a 401."""
        try:
            return decipher(answer, request)
        except APIStatusError as error:
            if error.status_code != 401:
                raise
            raise APIStatusError(
                f"{error} The key came from {self.settings.key_origin}. {self._after_401}",
                status_code=401,
                detail=error.detail,
            ) from None

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        end: float,
        not_after: float | None = None,
    ) -> tuple[Answer, int]:
        """Send until there is an answer worth reading, or the deadline has come.

        Counts the tries before that whose effect is not known. No try leaves after `not_after`.

        429 waits for as long as the service asks; 502, 503, 504 and lost connections are tried six
        times with growing, jittered pauses. Every call is keyed by its model's name, so that
        repeating it is safe.
        """
        failures = 0
        while True:
            permit = self._permit(f"{method} {path}", end)
            if not_after is not None and self._clock() > not_after:
                self._pace.unused(permit)
                raise OutdatedError(failures)
            try:
                outcome = self._exchange(method, path, body, end)
                if isinstance(outcome, Answer) and outcome.status == 429:
                    self._close_gate(permit, outcome, f"{method} {path}", end)
                    continue
            except BaseException:
                # A permit that stayed away would hold up every other thread.
                self._pace.answered(permit, well=False)
                raise
            done = isinstance(outcome, Answer) and outcome.status not in {502, 503, 504}
            self._pace.answered(permit, well=done)
            if isinstance(outcome, Answer) and done:
                return outcome, failures
            failures += 1
            # Jitter keeps four threads from coming back in step.
            pause = min(0.5 * 2**failures, _LONGEST_BACKOFF) * random.uniform(0.5, 1)  # noqa: S311  # no secret hangs on it
            if failures == _ATTEMPTS or self._clock() + pause >= end:
                if isinstance(outcome, Answer):
                    return outcome, failures
                raise outcome
            self._sleep(pause)

    def _permit(self, request: str, end: float) -> Permit:
        while not isinstance(leave := self._pace.ask(now := self._clock()), Permit):
            if now + leave >= end:
                told = as_told(request)
                sentence = f"{told} was not sent, because of the request limit: {self._limit}"
                raise self._too_long(sentence, leave, end)
            self._tell_of(leave)
            # Another thread may learn meanwhile that it takes longer.
            self._sleep(min(leave, _LOOK))
        return leave

    def _close_gate(self, permit: Permit, answer: Answer, request: str, end: float) -> None:
        """Note a 429; raises APIStatusError where the next try would be beyond the deadline."""
        self._limit = error_detail(answer)
        asked = retry_after(answer, time.time())
        wait = self._pace.limited(permit, self._clock(), asked)
        self._asked = asked is not None and asked >= wait - 0.1
        if self._clock() + wait >= end:
            sentence = f"{as_told(request)} was answered 429: {self._limit}"
            raise self._too_long(sentence, wait, end)

    def _tell_of(self, wait: float) -> None:
        """Say once in each window what is waited for."""
        with self._lock:
            told, self._told = self._told, self._pace.window
        if told != self._told:
            seconds = max(round(wait), 1)
            self._on_wait(f"the service's request limit is reached, going on in {seconds} s")

    def _too_long(self, sentence: str, wait: float, end: float) -> APIStatusError:
        asks = self._asked and wait >= 1  # and not: in the moment in which another one probes
        who = "The service asks to wait" if asks else "The next try would be in"
        longest = self.settings.deadline
        how_long = f"{round(wait, 1):.10g} s"
        if wait > _DAY:  # no deadline is meant to be that long
            how_long, left = "more than a day", "which no call waits. Run again later."
        elif wait < longest:
            left = f"and this call has {max(end - self._clock(), 0):.0f} s left. Run again later."
        else:
            left = (
                f"and a call may take {longest:.10g} s. Wait and run again, or set "
                "KEYWORDSAI_DEADLINE higher."
            )
        return APIStatusError(
            f"{sentence.rstrip('.')}. {who} {how_long}, {left}",
            status_code=429,
            detail=self._limit,
        )

    def _exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None, end: float
    ) -> Answer | APIConnectionError:
        """Send once; an error is given where another try may help, and raised where none does."""
        from .transport import Transport  # noqa: PLC0415  # 0.2 s that a preview without requests does not pay

        with self._lock:
            if self._transport is None:
                self._transport = Transport(self.settings)
            transport = self._transport
        asked_at = self._clock()
        outcome = transport.exchange(method, path, body, end - asked_at)
        return replace(outcome, asked_at=asked_at) if isinstance(outcome, Answer) else outcome
