"""The routes of the models API, and what each of them returns.

Routes are those of the API pages under https://docs.keywordsai.co/api-endpoints/manage/models/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..core.errors import APIStatusError, KeywordsAIError, NotFoundError
from .answers import error_detail, model_of, object_of
from .calls import Calls
from .metrics_client import MetricsClient
from .pages import ListKind, Page, agree
from .providers_client import ProvidersClient
from .sending import Sender

MODELS_PATH = "/api/models/"
LIST_PATH = "/api/models/list/"

_MODELS = ListKind("model", "model_name", MODELS_PATH)
_PAGE_SIZE = 100
_PATIENCE = (0.5, 1.0, 2.0)  # seconds between reads of a model whose upsert returned no body


@dataclass(frozen=True)
class UpsertResult:
    """The model that an upsert returned, and the status.

    `repeated` means that an earlier try may have taken effect, so that a 200 does not show who
    created the model.
    """

    model: dict[str, Any]
    status: int
    repeated: bool


@dataclass(frozen=True)
class Listing:
    """A list of models, and when its first page was requested (the client's clock).

    `agrees` means that the list holds as many models as it counts, each with a name. A model that
    is missing from such a list in one page does not exist.
    """

    models: Sequence[dict[str, Any]]
    asked_at: float
    agrees: bool
    pages: int


def model_path(model_name: str) -> str:
    """Return the path of a model: slashes stay, everything else reserved is percent-encoded.

    The service's route takes the rest of the path as the name, so `openai/gpt-4o` keeps its slash.
    Every path ends with a slash, because a redirect would drop the body of a write.
    """
    return f"{MODELS_PATH}{quote(model_name, safe='/')}/"


class KeywordsAIClient:
    """Talks to the models API; one client serves all threads.

    `providers` are the routes of custom providers, `metrics` those that sum up calls.

    Times are seconds. Every method raises a KeywordsAIError: ConfigurationError without a key,
    APIConnectionError where no answer came, APIStatusError where the answer was not a success.
    `after_401` is what a user can do about a key that is refused.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        after_401: str = "Check that it is complete and was not revoked.",
    ) -> None:
        self.settings = sender.settings
        self._sender = sender
        self._calls = Calls(sender, after_401)
        self.providers = ProvidersClient(self._calls)
        self.metrics = MetricsClient(self._calls)

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        self._sender.close()

    @property
    def now(self) -> float:
        """The client's clock, in seconds: `asked_at` and `not_after` are on it."""
        return self._sender.clock()

    @property
    def budget(self) -> int | None:
        """How many requests the service allows in a window; None as long as it has not said no."""
        return self._sender.budget

    @property
    def is_waiting(self) -> bool:
        """Whether any request waits for the request limit."""
        return self._sender.is_waiting

    def sleep(self, seconds: float) -> None:
        """Wait, as the client waits between two tries."""
        self._sender.sleep(seconds)

    def upsert_model(
        self,
        body: Mapping[str, Any],
        *,
        not_after: float | None = None,
        deadline: float | None = None,
        on_success: Callable[[int, bool], None] = lambda _status, _repeated: None,
    ) -> UpsertResult:
        """Create the model, or overwrite the fields that are sent where it exists (POST).

        Raises OutdatedError instead of sending later than `not_after`. Where a success has no body,
        the model is read; `on_success` gets status and `repeated` before that, which may fail.
        """
        end = self._calls.end(deadline)
        answer, unclear = self._calls.send("POST", MODELS_PATH, body, end=end, not_after=not_after)
        name = body["model_name"]
        try:
            read = self._calls.read(answer, f"POST {MODELS_PATH}")
            on_success(answer.status, unclear > 0)
            if read is None or (answer.status == 202 and not object_of(read).get("model_name")):
                model = self._retrieve_written(name, end)
            else:
                model = model_of(read, name, "POST")
        except APIStatusError as error:
            if "base model" not in error.detail.lower():
                raise
            raise KeywordsAIError(
                f"{error}. The base model is {body.get('base_model_name')!r}; "
                "`keywordsai-dynamic models --all` lists all models."
            ) from None
        return UpsertResult(model, answer.status, repeated=unclear > 0)

    def _retrieve_written(self, model_name: str, end: float) -> dict[str, Any]:
        """Read a model whose upsert was accepted; it may take a moment to appear."""
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
        return self._retrieve(model_name, self._calls.end(None))

    def _retrieve(self, model_name: str, end: float) -> dict[str, Any]:
        path = model_path(model_name)
        answer, _ = self._calls.send("GET", path, end=end)
        return model_of(self._calls.read(answer, f"GET {path}"), model_name, "GET")

    def find_model(
        self, model_name: str, *, deadline: float | None = None
    ) -> tuple[dict[str, Any] | None, float]:
        """Return one model (None where the API says that there is none), and when it was asked."""
        path = model_path(model_name)
        answer, _ = self._calls.send("GET", path, end=self._calls.end(deadline))
        try:
            return model_of(
                self._calls.read(answer, f"GET {path}"), model_name, "GET"
            ), answer.asked_at
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

        Raises OutdatedError instead of sending later than `not_after`. Returns whether the model is
        certainly gone. It is not certain where an earlier try may have taken effect and this one
        found nothing, or where a success contains an error message.
        """
        end = self._calls.end(deadline)
        return self._calls.delete(model_path(model_name), end=end, not_after=not_after)

    def list_models(
        self,
        *,
        deadline: float | None = None,
        on_page: Callable[[int], None] = lambda _models: None,
    ) -> Listing:
        """Return every model, built-in and own; pages are followed on the same host only.

        `GET /api/models/?all=true` is gone from the newest official client: where it returns 404 or
        405, `POST /api/models/list/` takes its place. Raises NotFoundError where neither exists.
        `on_page` gets the number of models after each page. At most 1,000 pages are read.
        """
        end = self._calls.end(deadline)
        method, path = "GET", f"{MODELS_PATH}?all=true"
        body: dict[str, Any] | None = None
        answer, _ = self._calls.send(method, path, body, end=end)
        if answer.status in {404, 405}:
            method, path, body = "POST", f"{LIST_PATH}?page=1&page_size={_PAGE_SIZE}", {}
            answer, _ = self._calls.send(method, path, body, end=end)
            if answer.status in {404, 405}:
                # Whatever the body: for a route that is gone the web framework answers.
                detail = error_detail(answer)
                sentence = f"{method} {path} returned {answer.status}: {detail}"
                raise NotFoundError(sentence, status_code=404, detail=detail)
        pages: list[Page] = []
        models: list[dict[str, Any]] = []
        asked_at, request = answer.asked_at, f"{method} {path}"
        for page in self._calls.pages(
            _MODELS, request, answer, body, end=end, read=self._calls.read
        ):
            pages.append(page)
            models += page.items
            on_page(len(models))
        return Listing(models, asked_at, agree(pages, _MODELS), len(pages))
