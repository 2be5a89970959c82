"""The routes of the providers API; in a run, a provider is always asked for by its own id.

A list brings the credentials of every provider of the organization into the process: only commands
read it, where a user asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..core.errors import NotFoundError
from .answers import Answer, name_of, provider_of
from .calls import Calls
from .listed_providers import ListedProvider, ProviderListing, discreet, listed_provider, unquotable
from .pages import ListKind, Page, agree

PROVIDERS_PATH = "/api/providers/"
_PROVIDERS = ListKind("provider", "provider_id", PROVIDERS_PATH)
_PAGE_SIZE = 100


@dataclass(frozen=True)
class WrittenProvider:
    """The provider that a write returned (None where it returned none), and the status.

    `repeated` means that an earlier try may have taken effect, so that a 200 does not show who
    created the provider. The object may hold a credential: it is never printed or kept.
    """

    answer: dict[str, Any] | None
    status: int
    repeated: bool

    def __repr__(self) -> str:
        return f"WrittenProvider({self.status})"


def provider_path(provider_id: str) -> str:
    """Return the path of a provider; it ends with a slash, as every path of the API."""
    return f"{PROVIDERS_PATH}{quote(provider_id, safe='')}/"


class ProvidersClient:
    """Talks to the providers API. Times are seconds; errors are those of `KeywordsAIClient`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def find(
        self, provider_id: str, *, deadline: float | None = None
    ) -> tuple[dict[str, Any] | None, float]:
        """Return one provider (None where the API says that there is none), and when it was asked.

        A 403 is an error: the id is not free, and the provider is not this organization's.
        """
        path = provider_path(provider_id)
        answer, _ = self._calls.send("GET", path, end=self._calls.end(deadline))
        request = f"GET {path}"
        try:
            found = provider_of(self._read(answer, request), provider_id, "GET")
        except NotFoundError:
            return None, answer.asked_at
        return found, answer.asked_at

    def list_providers(
        self, *, on_page: Callable[[int], None] = lambda _providers: None
    ) -> ProviderListing:
        """Return every provider of the organization without its credentials.

        `on_page` gets the number of providers after each page. At most 1,000 pages are read.
        """
        request, end = f"GET {PROVIDERS_PATH}?page_size={_PAGE_SIZE}", self._calls.end(None)
        answer, _ = self._calls.send("GET", request.removeprefix("GET "), end=end)
        pages: list[Page] = []
        found: dict[str, ListedProvider] = {}
        for page in self._calls.pages(_PROVIDERS, request, answer, end=end, read=self._read_list):
            pages.append(page)
            each_read = map(listed_provider, page.items)
            found.update({each.provider_id: each for each in each_read if each})
            on_page(len(found))
        return ProviderListing(dict(sorted(found.items())), agree(pages, _PROVIDERS))

    def _read_list(self, answer: Answer, request: str) -> object:
        return self._calls.read(discreet(answer), request)

    def _read(self, answer: Answer, request: str) -> object:
        return self._calls.read(unquotable(answer) if answer.status < 300 else answer, request)

    def create(
        self, body: Mapping[str, Any], *, not_after: float | None, deadline: float
    ) -> WrittenProvider:
        """Create a provider (POST); on some services it overwrites one of the same id.

        Raises OutdatedError instead of sending later than `not_after`.
        """
        answer, unclear = self._calls.send(
            "POST", PROVIDERS_PATH, body, end=self._calls.end(deadline), not_after=not_after
        )
        return self._written(answer, f"POST {PROVIDERS_PATH}", body["provider_id"], unclear)

    def update(
        self,
        provider_id: str,
        body: Mapping[str, Any],
        *,
        not_after: float | None,
        deadline: float,
    ) -> WrittenProvider:
        """Change a provider (PATCH). Raises NotFoundError where there is none.

        Raises OutdatedError instead of sending later than `not_after`.
        """
        path = provider_path(provider_id)
        answer, unclear = self._calls.send(
            "PATCH", path, body, end=self._calls.end(deadline), not_after=not_after
        )
        return self._written(answer, f"PATCH {path}", provider_id, unclear)

    def delete(self, provider_id: str, *, deadline: float | None = None) -> bool:
        """Delete a provider (DELETE). Raises NotFoundError where there is none.

        Returns whether it is certainly gone, as `KeywordsAIClient.delete_model` does.
        """
        return self._calls.delete(provider_path(provider_id), end=self._calls.end(deadline))

    def _written(
        self, answer: Answer, request: str, provider_id: str, unclear: int
    ) -> WrittenProvider:
        body = self._read(answer, request)
        method = request.partition(" ")[0]
        # A success may only say that it is one.
        named = isinstance(body, dict) and name_of(body, "provider_id")
        found = provider_of(body, provider_id, method) if named else None
        return WrittenProvider(found, answer.status, repeated=unclear > 0)
