"""The routes of the models API, and when a request goes out: paced, and tried again.

Routes are those of the API pages under https://docs.keywordsai.co/api-endpoints/manage/models/.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from .answers import (
    Answer,
    Page,
    agree,
    decipher,
    error_detail,
    model_of,
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
    import httpx

MODELS = "/api/models/"
LIST = "/api/models/list/"

_CONNECT_TIMEOUT = 10.0
_READ_TIMEOUT = 60.0
_ATTEMPTS = 6
_LONGEST_BACKOFF = 8.0
_LONGEST_UNSAID_WAIT = 60.0
_LARGEST_ANSWER = 64 * 1024 * 1024
_PAGE_SIZE = 100
_SHORTEST_WAIT = 0.2
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
    APIConnectionError where no answer came, APIStatusError where the answer was no success.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        on_wait: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._sleep = sleep
        self._on_wait = on_wait
        self._pace = Pace()
        self._over_limit = ""
        self._http: httpx.Client | None = None
        self._lock = Lock()

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        with self._lock:
            if self._http is not None:
                self._http.close()
            self._http = None

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
        answer, unclear = self._send("POST", MODELS, body, not_after=not_after, deadline=deadline)
        name = body["model_name"]
        try:
            read = self._read(answer, f"POST {MODELS}")
            if read is None or (answer.status == 202 and not object_of(read).get("model_name")):
                model = self._retrieve_written(name)
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

    def _retrieve_written(self, model_name: str) -> dict[str, Any]:
        """Read a model whose upsert was accepted; it may take a moment to be there."""
        for pause in _PATIENCE:
            try:
                return self.retrieve_model(model_name)
            except NotFoundError:
                self._sleep(pause)
        return self.retrieve_model(model_name)

    def retrieve_model(self, model_name: str) -> dict[str, Any]:
        """Give one model, own or built-in (GET). Raises NotFoundError where there is none."""
        path = model_path(model_name)
        answer, _ = self._send("GET", path)
        return model_of(self._read(answer, f"GET {path}"), model_name, "GET")

    def find_model(
        self, model_name: str, *, deadline: float | None = None
    ) -> tuple[dict[str, Any] | None, float]:
        """Give one model, None where the API says that there is none, and when it was asked."""
        path = model_path(model_name)
        answer, _ = self._send("GET", path, deadline=deadline)
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
        answer, unclear = self._send("DELETE", path, not_after=not_after, deadline=deadline)
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
        `on_page` is told how many models there are after each page.
        """
        method, path = "GET", f"{MODELS}?all=true"
        body: dict[str, Any] | None = None
        answer, _ = self._send(method, path, body, deadline=deadline)
        if answer.status in {404, 405}:
            method, path, body = "POST", f"{LIST}?page=1&page_size={_PAGE_SIZE}", {}
            answer, _ = self._send(method, path, body, deadline=deadline)
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
            path = self._same_host(page.following)
            answer, _ = self._send(method, path, body, deadline=deadline)
        raise KeywordsAIError(f"The list of models goes in circles: {path} comes again.")

    def _same_host(self, address: str) -> str:
        base = urlsplit(self.settings.base_url)
        parts = urlsplit(urljoin(f"{self.settings.base_url}{MODELS}", address))
        if parts.hostname != base.hostname:
            raise KeywordsAIError(
                f"The list of models goes on at another host, {parts.hostname}; the key is not "
                "sent there."
            )
        return f"{parts.path.removeprefix(base.path)}?{parts.query}"

    def _read(self, answer: Answer, request: str) -> object:
        """Decipher an answer, without the key in any message and with the way out of a 401."""
        try:
            return decipher(answer, request)
        except APIStatusError:
            # Read again without the key: in a text cut to length, half of it could stay.
            key = self.settings.require_key().encode()
            answer = replace(answer, body=answer.body.replace(key, b"[key]"))
        try:
            return decipher(answer, request)
        except APIStatusError as error:
            if error.status_code != 401:
                raise
            raise APIStatusError(
                f"{error} The key came from {self.settings.key_origin}. `refresh` and `destroy` "
                "take configuration from the state: for a key that was changed since, set "
                "KEYWORDSAI_API_KEY_OVERRIDE.",
                status_code=401,
                detail=error.detail,
            ) from None

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        deadline: float | None = None,
        not_after: float | None = None,
    ) -> tuple[Answer, int]:
        """Send until there is an answer worth reading or the deadline has come.

        Counts the tries before that whose effect is not known.

        No try leaves later than `not_after`.

        429 waits for as long as the service asks; 502, 503, 504 and lost connections are tried six
        times with growing, jittered pauses. Every call is keyed by its model's name, so that
        repeating it is safe.
        """
        longest = self.settings.deadline
        end = self._clock() + (longest if deadline is None else min(deadline, longest))
        refusals = failures = 0
        while True:
            permit = self._permit(end)
            if not_after is not None and self._clock() > not_after:
                self._pace.unused(permit)
                raise OutdatedError(failures)
            try:
                outcome = self._exchange(method, path, body, end)
            except BaseException:
                self._pace.answered(permit)
                raise
            if isinstance(outcome, Answer) and outcome.status == 429:
                refusals += 1
                wait = self._close_gate(permit, outcome, refusals)
                if self._clock() + wait < end:
                    continue
                return outcome, failures
            self._pace.answered(permit)
            if isinstance(outcome, Answer) and outcome.status not in {502, 503, 504}:
                return outcome, failures
            failures += 1
            # Jitter keeps four threads from coming back in step.
            pause = min(0.5 * 2**failures, _LONGEST_BACKOFF) * random.uniform(0.5, 1)  # noqa: S311  # no secret hangs on it
            if failures == _ATTEMPTS or self._clock() + pause >= end:
                if isinstance(outcome, Answer):
                    return outcome, failures
                raise outcome
            self._sleep(pause)

    def _permit(self, end: float) -> Permit:
        while not isinstance(leave := self._pace.ask(now := self._clock()), Permit):
            if now + leave >= end:
                raise APIStatusError(
                    f"No request went out before the deadline: {self._over_limit}",
                    status_code=429,
                    detail=self._over_limit,
                )
            self._sleep(leave)
        return leave

    def _close_gate(self, permit: Permit, answer: Answer, tries: int) -> float:
        wait = retry_after(answer)
        if wait is None:
            wait = min(2.0**tries, _LONGEST_UNSAID_WAIT)
        wait = max(wait, _SHORTEST_WAIT)
        self._over_limit = error_detail(answer)
        if self._pace.limited(permit, self._clock(), wait):
            seconds = max(round(wait), 1)
            self._on_wait(f"the service's request limit is reached, going on in {seconds} s")
        return wait

    def _exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None, end: float
    ) -> Answer | APIConnectionError:
        import httpx  # noqa: PLC0415  # 0.2 s that a preview without requests does not pay

        asked_at = self._clock()
        left = max(end - asked_at, 0.1)
        timeout = httpx.Timeout(min(_READ_TIMEOUT, left), connect=min(_CONNECT_TIMEOUT, left))
        address = f"{self.settings.base_url}{path}"
        try:
            with self._client().stream(method, address, json=body, timeout=timeout) as response:
                content = self._body(response, end)
        except httpx.TimeoutException:
            return APIConnectionError(f"{method} {address} had no answer within {left:.0f} s.")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = shortened(str(error) or type(error).__name__).rstrip(".")
            return APIConnectionError(
                f"{self.settings.base_url} could not be reached: {reason}. Check the network and "
                "the base URL (keywordsai:baseUrl)."
            )
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, content, asked_at)

    def _body(self, response: httpx.Response, end: float) -> bytes:
        import httpx  # noqa: PLC0415  # as above

        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > _LARGEST_ANSWER:
                request = response.request
                raise KeywordsAIError(f"{request.method} {request.url} was answered with > 64 MiB.")
            if self._clock() >= end:
                raise httpx.ReadTimeout("the answer came too slowly")
        return bytes(content)

    def _client(self) -> httpx.Client:
        import httpx  # noqa: PLC0415  # as above

        with self._lock:
            if self._http is None:
                self._http = httpx.Client(
                    headers={
                        "Authorization": f"Bearer {self.settings.require_key()}",
                        "User-Agent": f"keywordsai-dynamic/{version('keywordsai-dynamic')}",
                    },
                    follow_redirects=False,
                    # Making a TLS context takes 0.04 s, and http:// (loopback) speaks no TLS.
                    verify=self.settings.base_url.startswith("https://"),
                )
            return self._http
