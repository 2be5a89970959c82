"""The routes of the models API, and what each of them answers.

Routes are those of the API pages under https://docs.keywordsai.co/api-endpoints/manage/models/.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..core.errors import APIStatusError, KeywordsAIError, NotFoundError
from ..core.settings import Settings
from .answers import (
    Answer,
    Page,
    agree,
    decipher,
    error_detail,
    model_of,
    next_path,
    object_of,
    page_of,
    shortened,
)
from .sending import Sender, Wire

MODELS = "/api/models/"
LIST = "/api/models/list/"

_PAGE_SIZE = 100
_MOST_PAGES = 1_000
_PATIENCE = (0.5, 1.0, 2.0)  # seconds between looks for a model whose upsert had no answer's body


@dataclass(frozen=True)
class UpsertResult:
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


def model_path(model_name: str) -> str:
    """Return the path of a model: slashes stay, everything else reserved is percent-encoded.

    The service's route takes the rest of the path as the name, so that `openai/gpt-4o` is written
    with its slash. Every path ends with one: a redirect would drop the body of a write.
    """
    return f"{MODELS}{quote(model_name, safe='/')}/"


class KeywordsAIClient:
    """Talks to the models API; one client serves all threads.

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
        wire: Wire | None = None,
        after_401: str = "Check that it is complete and was not revoked.",
    ) -> None:
        self.settings = settings
        self._after_401 = after_401
        self._sender = Sender(settings, clock=clock, sleep=sleep, on_wait=on_wait, wire=wire)

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        self._sender.close()

    @property
    def now(self) -> float:
        """The client's clock, in seconds: `asked_at` and `not_after` are on it."""
        return self._sender.clock()

    def upsert_model(
        self,
        body: Mapping[str, Any],
        *,
        not_after: float | None = None,
        deadline: float | None = None,
    ) -> UpsertResult:
        """Create the model, or overwrite the fields that are sent where it exists (POST).

        Raises OutdatedError instead of sending it later than `not_after`. Where a success has no
        body, the model is read.
        """
        end = self._end(deadline)
        answer, unclear = self._sender.send("POST", MODELS, body, end=end, not_after=not_after)
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
        return UpsertResult(model, answer.status, repeated=unclear > 0)

    def _retrieve_written(self, model_name: str, end: float) -> dict[str, Any]:
        """Read a model whose upsert was accepted; it may take a moment to be there."""
        for pause in _PATIENCE:
            try:
                return self._retrieve(model_name, end)
            except NotFoundError:
                if self._sender.clock() + pause >= end:
                    raise
                self._sender.sleep(pause)
        return self._retrieve(model_name, end)

    def retrieve_model(self, model_name: str) -> dict[str, Any]:
        """Return one model, own or built-in (GET). Raises NotFoundError where there is none."""
        return self._retrieve(model_name, self._end(None))

    def _retrieve(self, model_name: str, end: float) -> dict[str, Any]:
        path = model_path(model_name)
        answer, _ = self._sender.send("GET", path, end=end)
        return model_of(self._read(answer, f"GET {path}"), model_name, "GET")

    def find_model(
        self, model_name: str, *, deadline: float | None = None
    ) -> tuple[dict[str, Any] | None, float]:
        """Return one model, None where the API says that there is none, and when it was asked."""
        path = model_path(model_name)
        answer, _ = self._sender.send("GET", path, end=self._end(deadline))
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
        answer, unclear = self._sender.send("DELETE", path, end=end, not_after=not_after)
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
        """Return every model, built-in and own; pages are followed on the same host only.

        `GET /api/models/?all=true` is gone from the newest official client: where it is answered
        404 or 405, `POST /api/models/list/` serves. Raises NotFoundError where neither exists.
        `on_page` is told how many models there are after each page. There are at most 1,000 pages.
        """
        end = self._end(deadline)
        method, path = "GET", f"{MODELS}?all=true"
        body: dict[str, Any] | None = None
        answer, _ = self._sender.send(method, path, body, end=end)
        if answer.status in {404, 405}:
            method, path, body = "POST", f"{LIST}?page=1&page_size={_PAGE_SIZE}", {}
            answer, _ = self._sender.send(method, path, body, end=end)
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
            answer, _ = self._sender.send(method, path, body, end=end)
        raise KeywordsAIError(f"The list of models goes in circles: {shortened(path)} comes again.")

    def _end(self, deadline: float | None) -> float:
        """Say until when a call may try, on the client's clock; the settings have the last word."""
        longest = self.settings.deadline
        return self._sender.clock() + (longest if deadline is None else min(deadline, longest))

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
