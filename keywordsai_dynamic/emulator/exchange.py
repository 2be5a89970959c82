"""What every route reads from a request and writes into its answer."""

import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from .dialect import Dialect
from .refusals import RefusedError

Item = TypeVar("Item")
NO_KEY = "Authentication credentials were not provided."
WRONG_KEY = "Your API key is invalid or expired, please check your API key."
# A lone surrogate cannot be encoded, and is sent as an escape.
_SURROGATE = re.compile("[\ud800-\udfff]")


def sent_key(authorization: str) -> str | None:
    """Return the API key from an Authorization header."""
    scheme, _, key = authorization.partition(" ")
    return key if scheme == "Bearer" else None


def organization_of(request: Request) -> str:
    """Return the organization of the request's key; raises RefusedError without a known key."""
    organization: str | None = request.state.organization
    if organization is None:
        key = sent_key(request.headers.get("authorization", ""))
        raise RefusedError(401, {"detail": NO_KEY if key is None else WRONG_KEY})
    return organization


def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent, empty without a body; raises RefusedError for more."""
    raw: bytes = request.state.body
    if not raw:
        return {}
    media_type = request.headers.get("content-type", "")
    if media_type.partition(";")[0].strip().lower() != "application/json":
        raise RefusedError(415, {"detail": f'Unsupported media type "{media_type}" in request.'})
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except ValueError as error:
        raise RefusedError(400, {"detail": f"JSON parse error - {error}"}) from None
    if not isinstance(body, dict):
        kind = type(body).__name__
        problem = f"Invalid data. Expected a dictionary, but got {kind}."
        raise RefusedError(400, {"non_field_errors": [problem]})
    return body


def json_answer(content: object, status: int = 200) -> Response:
    """Return an answer whose body is this JSON."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return Response(text, status, media_type="application/json")


def page_of(
    request: Request, dialect: Dialect, items: Sequence[Item], total: int
) -> tuple[Sequence[Item], dict[str, Any]]:
    """Return the items of the requested page, and what the page says about its place."""
    number = _positive(request, "page", 1)
    size = min(_positive(request, "page_size", dialect.page_size), dialect.max_page_size)
    end = number * size
    again = -(-end // max(1, len(items))) if dialect.endless_next == "again" else 1
    # A page beyond the last is empty: the vendor's client reads until it finds one.
    page = (list(items) * again)[end - size : end]
    more = end < len(items) or dialect.endless_next != "no"

    def address(page: int) -> str:
        return str(request.url.include_query_params(page=page))

    return page, {
        "count": len(page) if dialect.counts_the_page else total,
        "next": address(number + 1) if dialect.tells_next and more else None,
        "previous": address(number - 1) if number > 1 else None,
    }


def _no_constant(name: str) -> object:
    raise ValueError(f"Out of range float values are not JSON compliant: {name}")


def _positive(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text)):
        raise RefusedError(404, {"detail": "Invalid page."})
    return int(text)
