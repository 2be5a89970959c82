"""Pages of a list: what each holds, where the next one is, and whether they add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from ..core.errors import KeywordsAIError
from .service_words import described, joined, shortened

MOST_PAGES = 1_000
_LONGEST_ADDRESS = 8_000  # characters; servers accept less, and httpx 65,536


class ListKind(NamedTuple):
    """What a list holds: the noun in messages, the field that names an item, and its route."""

    noun: str
    name_field: str
    route: str


class Page(NamedTuple):
    """One page of a list: its items, where the next one is, and how many items there are in all.

    `total` is None where the page does not say. In the newest generation it counts that page alone.
    """

    items: list[dict[str, Any]]
    following: str | None
    total: int | None


def page_of(body: object, request: str, noun: str) -> Page:
    """Read a page: a bare array, or an object with `results` or the plural `noun`, and `next`."""
    following = total = None
    if isinstance(body, dict):
        following = body.get("next")
        counts = map(_count, (body.get("total_count"), body.get("count"), body.get("total")))
        total = next((count for count in counts if count is not None), None)
        if not following and (body.get("has_more") or body.get("has_next")):
            total = -1  # there is another page, and its address is missing
        body = body.get("results", body.get(f"{noun}s"))
    if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
        raise KeywordsAIError(f"{described(request)} returned something other than a {noun} list.")
    if not isinstance(following, str | None):
        raise KeywordsAIError(
            f"{described(request)} returned a `next` that is not an address: "
            f"{shortened(joined(following))}"
        )
    return Page(body, following or None, total)


def next_path(following: str, base_url: str, kind: ListKind) -> str:
    """Return the path of the next page, relative to the base URL.

    Raises KeywordsAIError where it is not an address, or is on another host.
    """
    base = urlsplit(base_url)
    can_be_sent = len(following) <= _LONGEST_ADDRESS and following.strip().isprintable()
    try:
        parts = urlsplit(urljoin(f"{base_url}{kind.route}", following))
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, base
    if not (host and can_be_sent) or parts.scheme not in {"http", "https"}:
        raise KeywordsAIError(
            f"The next page of the {kind.noun} list is not an address: {shortened(following)}"
        )
    if host != base.hostname:
        raise KeywordsAIError(
            f"The next page of the {kind.noun} list is on another host, {shortened(host)}; the key "
            "is not sent there."
        )
    return f"{parts.path.removeprefix(base.path)}?{parts.query}"


def agree(pages: Sequence[Page], kind: ListKind) -> bool:
    """Return whether pages hold as many items as they count, and every item has a name."""
    names = [item.get(kind.name_field) for page in pages for item in page.items]
    together = all(page.total in {None, len(set(map(str, names)))} for page in pages)
    # In the newest generation each page counts itself.
    each = len(pages) > 1 and all(page.total == len(page.items) for page in pages)
    return all(isinstance(name, str) and name for name in names) and (together or each)


def _count(count: object) -> int | None:
    try:
        return int(float(count))  # type: ignore[arg-type]  # anything but a number is caught below
    except (TypeError, ValueError, OverflowError):
        return None
