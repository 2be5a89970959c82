"""The only module that speaks HTTP: requests go out paced and retried, answers are read purely.

Routes are those of the API pages under https://docs.keywordsai.co/api-endpoints/manage/models/.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import normalize
from urllib.parse import quote, urljoin, urlsplit

from .errors import (
    APIConnectionError,
    APIStatusError,
    DeclarationError,
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
_TEXT_LIMIT = 300
_PAGE_LIMIT = 10_000  # bytes of a body that is no JSON in which words are looked for
_SHORTEST_WAIT = 0.2
_PATIENCE = (0.5, 1.0, 2.0)  # seconds between looks for a model whose upsert had no answer's body
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in lower case, the body as bytes, and when it was asked."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: float = 0.0


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


def model_of(body: object, model_name: str, request: str) -> dict[str, Any]:
    """Read the model object of an answer; raises KeywordsAIError for anything but `model_name`.

    It is a DeclarationError where the service takes another spelling for the same name.
    """
    named = name_of(body) if isinstance(body, dict) else None
    if isinstance(body, dict) and named == model_name:
        return {**body, "model_name": model_name}
    if named is not None and folded(named) == folded(model_name):
        raise DeclarationError(
            f"The service answers {named} for {model_name}: it treats the two as one name. Declare "
            f'model_name="{named}".'
        )
    what = f"the model {named}" if named else "no model object"
    raise KeywordsAIError(f"{request} for {model_name} was answered with {what}.")


def _object(body: object) -> Mapping[str, Any]:
    return body if isinstance(body, Mapping) else {}


def name_of(model: Mapping[str, Any]) -> str | None:
    """Give the name of a model object: `model_name`, or the `id` that equals it."""
    name = model.get("model_name") or model.get("id")
    return name if isinstance(name, str) else None


def folded(model_name: str) -> str:
    """Give what names have in common that a service may take for one."""
    return normalize("NFKC", model_name).casefold().strip()


class Page(NamedTuple):
    """One page of a list: its models, where the next one is, and how many models there are in all.

    `total` is None where the page does not say. In the newest generation it is that of the page.
    """

    models: list[dict[str, Any]]
    following: str | None
    total: int | None


def page_of(body: object, request: str) -> Page:
    """Read a page of a list: a bare array, or an object with `results` or `models`, and `next`."""
    following = total = None
    if isinstance(body, dict):
        following = body.get("next")
        counts = map(_whole, (body.get("total_count"), body.get("count"), body.get("total")))
        total = next((count for count in counts if count is not None), None)
        if not following and (body.get("has_more") or body.get("has_next")):
            total = -1  # there is more, and no word of where
        body = body.get("results", body.get("models"))
    if (
        not isinstance(body, list)
        or not all(isinstance(item, dict) for item in body)
        or not isinstance(following, str | None)
    ):
        raise KeywordsAIError(f"{request} was answered with no list of models.")
    return Page(body, following or None, total)


def parsed(content: bytes) -> object:
    """Parse JSON as the standard has it; raises ValueError for anything else, NaN included."""
    try:
        return json.loads(content, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _agree(pages: Sequence[Page]) -> bool:
    """Tell whether pages have as many models as they count, together or each, all with a name."""
    names = [model.get("model_name") for page in pages for model in page.models]
    together = all(page.total in {None, len(set(map(str, names)))} for page in pages)
    # In the newest generation the count is that of the page.
    each = len(pages) > 1 and all(page.total == len(page.models) for page in pages)
    return all(isinstance(name, str) and name for name in names) and (together or each)


def _whole(count: object) -> int | None:
    try:
        return int(float(count))  # type: ignore[arg-type]  # what is no number ends in the except
    except (TypeError, ValueError, OverflowError):
        return None


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number in JSON")


def decipher(answer: Answer, request: str) -> object:
    """Read an answer: the JSON of a success (None without a body), or the fitting error.

    Raises NotFoundError for the API's own 404 and APIStatusError for everything else that is no
    success; the status is read first, so that a page of HTML under a 502 is still a 502.
    """
    if 200 <= answer.status < 300:
        if not answer.body:
            return None
        try:
            return parsed(answer.body)
        except ValueError:
            raise APIStatusError(
                f"{request} was answered {answer.status} with a body that is no JSON: "
                f"{_cut(answer.body[:_PAGE_LIMIT].decode(errors='replace'))}",
                status_code=answer.status,
                detail="no JSON",
            ) from None
    detail = error_detail(answer)
    if 300 <= answer.status < 400:
        detail = (
            f"redirected to {answer.headers.get('location', 'nowhere')}; set the base URL to it"
        )
    error, whose = APIStatusError, ""
    if answer.status == 404:
        if _is_the_apis(answer):
            error = NotFoundError
        else:
            whose = ", but not by the Keywords AI API (check the base URL)"
    raise error(
        f"{request} was answered {answer.status}{whose}: {detail}",
        status_code=answer.status,
        detail=detail,
    )


def _is_the_apis(answer: Answer) -> bool:
    """Tell the API's own 404 (JSON with `detail` or `error`) from that of a proxy on the way."""
    try:
        body = parsed(answer.body)
    except ValueError:
        return False
    return isinstance(body, dict) and bool(body.get("detail") or body.get("error"))


def error_detail(answer: Answer) -> str:
    """Find the service's own words in an error body of any documented shape, cut to 300 characters.

    Seen are `detail`, `error` (text or an object with `message`), an `errors` map, a map of fields
    to lists, pages of HTML, and nothing.
    """
    try:
        body = parsed(answer.body)
    except ValueError:
        text = answer.body[:_PAGE_LIMIT].decode(errors="replace")
        return _cut(_TAGS.sub(" ", text))
    if isinstance(body, dict):
        words = body.get("detail") or body.get("error") or body.get("message")
        if isinstance(words, dict):
            words = words.get("message") or words
        errors = body.get("errors", body if not words else None)
        fields = errors if isinstance(errors, dict) else {}
        told = [f"{field}: {_words(value)}" for field, value in fields.items()]
        return _cut("; ".join(([_words(words)] if words else []) + told))
    return _cut(_words(body))


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)


def _cut(text: str) -> str:
    line = " ".join(text.split()) or "no explanation"
    return line if len(line) <= _TEXT_LIMIT else f"{line[: _TEXT_LIMIT - 1]}…"


def retry_after(answer: Answer) -> float | None:
    """Give the seconds a 429 asks to wait: header `Retry-After`, then the body's `retry_after`.

    The body's form is the documented one.
    """
    try:
        body = parsed(answer.body)
    except ValueError:
        body = None
    in_body = body.get("retry_after") if isinstance(body, dict) else None
    for value in (answer.headers.get("retry-after"), in_body):
        try:
            seconds = float(value)  # type: ignore[arg-type]  # None and dates end up in the except
        except (TypeError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None


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
            if read is None or (answer.status == 202 and not _object(read).get("model_name")):
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
            body = _object(self._read(answer, f"DELETE {path}"))
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
                return Listing(models, asked_at, _agree(pages), len(pages))
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
            reason = _cut(str(error) or type(error).__name__).rstrip(".")
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
