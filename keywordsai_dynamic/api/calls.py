"""One call of the API: when it must end, and how its answer is read; all routes share it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..core.errors import APIStatusError, KeywordsAIError, NotFoundError
from .answers import Answer, decipher, object_of
from .pages import MOST_PAGES, ListKind, Page, next_path, page_of
from .sending import Sender
from .service_words import shortened


class Calls:
    """Sends through one `sender`. `after_401` is what a user can do about a refused key."""

    def __init__(self, sender: Sender, after_401: str) -> None:
        self.sender = sender
        self._after_401 = after_401

    def end(self, deadline: float | None) -> float:
        """Return when a call must end, by the sender's clock; the settings limit `deadline`."""
        longest = self.sender.settings.deadline
        return self.sender.clock() + (longest if deadline is None else min(deadline, longest))

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        end: float,
        not_after: float | None = None,
    ) -> tuple[Answer, int]:
        """Send as `Sender.send` does."""
        return self.sender.send(method, path, body, end=end, not_after=not_after)

    def read(self, answer: Answer, request: str) -> object:
        """Decipher an answer; a 401 says where the key came from and what to do."""
        try:
            return decipher(answer, request)
        except APIStatusError as error:
            if error.status_code != 401:
                raise
            raise APIStatusError(
                f"{error} The key came from {self.sender.settings.key_origin}. {self._after_401}",
                status_code=401,
                detail=error.detail,
            ) from None

    def delete(self, path: str, *, end: float, not_after: float | None = None) -> bool:
        """Send a DELETE; returns whether what the path names is certainly gone.

        Raises NotFoundError where there is nothing. It is not certain where an earlier try may have
        taken effect and this one found nothing, or where a success contains an error message.
        """
        answer, unclear = self.send("DELETE", path, end=end, not_after=not_after)
        try:
            body = object_of(self.read(answer, f"DELETE {path}"))
        except NotFoundError:
            if not unclear:
                raise
            return False
        return not (body.get("error") or body.get("detail"))

    def pages(
        self,
        kind: ListKind,
        request: str,
        answer: Answer,
        body: Mapping[str, Any] | None = None,
        *,
        end: float,
        read: Callable[[Answer, str], object],
    ) -> Iterator[Page]:
        """Yield the pages of a list; `answer` is the first, which `request` and `body` asked for.

        Pages are followed on the same host only, at most 1,000. `read` deciphers an answer.
        """
        method, _, path = request.partition(" ")
        seen = set[str]()
        while path not in seen:
            seen.add(path)
            request = f"{method} {path}"
            page = page_of(read(answer, request), request, kind.noun)
            yield page
            if not page.following:
                return
            if len(seen) == MOST_PAGES:
                raise KeywordsAIError(
                    f"The {kind.noun} list does not end: there is another page after "
                    f"{MOST_PAGES:,}."
                )
            path = next_path(page.following, self.sender.settings.base_url, kind)
            answer, _ = self.send(method, path, body, end=end)
        raise KeywordsAIError(f"The {kind.noun} list repeats a page: {shortened(path)}.")
