"""What the API has answered: pure functions of status, headers and body.

Shapes are those of the API pages under https://docs.keywordsai.co/api-endpoints/manage/models/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from unicodedata import normalize

from ..core.config_keys import BASE_URL_SETTINGS
from ..core.errors import APIStatusError, DeclarationError, KeywordsAIError, NotFoundError
from .bodies import parsed
from .service_words import described, joined, own_words, shortened, shortened_name, without_tags

_LONGEST_DATE = 99
_WAITS = re.compile(r"[A-Za-z]+, [^,]+|[^,]+")  # joined by commas; a date contains one


@dataclass(frozen=True)
class Answer:
    """What came back: status, lower-case headers, the body as bytes, and when it was asked.

    `flaw` describes a body that could not be unpacked; then the body is empty.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: float = 0.0
    flaw: str = ""


def model_of(body: object, model_name: str, request: str) -> dict[str, Any]:
    """Read the model object of an answer; raises KeywordsAIError for anything but `model_name`.

    That is a DeclarationError where the service treats another spelling as the same name.
    """
    return _object_named(body, model_name, request, "model", "model_name")


def provider_of(body: object, provider_id: str, request: str) -> dict[str, Any]:
    """Read the provider object of an answer, which must be `provider_id`, as `model_of` does."""
    return _object_named(body, provider_id, request, "provider", "provider_id")


def _object_named(body: object, name: str, request: str, noun: str, key: str) -> dict[str, Any]:
    named = name_of(body, key) if isinstance(body, dict) else None
    if isinstance(body, dict) and named == name:
        return {**body, key: name}
    returned, asked = shortened_name(named or ""), own_words(name)
    if named is not None and folded(named) == folded(name):
        raise DeclarationError(
            f"The service returns {returned} for {asked}: it treats the two as one name. Declare "
            f'the name as "{returned}".'
        )
    what = f"the {noun} {returned}" if named else f"no {noun} object"
    raise KeywordsAIError(f"{request} for {asked} returned {what}.")


def object_of(body: object) -> Mapping[str, Any]:
    """Return a body that is a JSON object, and an empty one for anything else."""
    return body if isinstance(body, Mapping) else {}


def name_of(body: Mapping[str, Any], key: str = "model_name") -> str | None:
    """Return the name of a model or provider object: `key`, or the `id` that equals it."""
    name = body.get(key) or body.get("id")
    return name if isinstance(name, str) else None


def folded(model_name: str) -> str:
    """Return a name without the differences that a service may ignore: case, width, spaces."""
    return normalize("NFKC", model_name).casefold().strip()


def decipher(answer: Answer, request: str) -> object:
    """Return the JSON of a success (None without a body), or raise the fitting error.

    Raises NotFoundError for the API's own 404, and APIStatusError for every other failure. The
    status is read first, so that an HTML page with status 502 is still a 502.
    """
    if 200 <= answer.status < 300:
        return _success(answer, request)
    detail = error_detail(answer)
    if 300 <= answer.status < 400:
        detail = _redirected(answer.headers.get("location", "nowhere"), request)
    error, whose = APIStatusError, ""
    if answer.status == 404:
        if _is_the_apis(answer):
            error = NotFoundError
        else:
            whose = ", but not from the Keywords AI API (check the base URL)"
    raise error(
        f"{described(request)} returned {answer.status}{whose}: {detail}",
        status_code=answer.status,
        detail=detail,
    )


def _success(answer: Answer, request: str) -> object:
    try:
        if answer.flaw:
            raise ValueError(answer.flaw)
        return parsed(answer.body) if answer.body else None
    except ValueError as flaw:
        seen = f": {shortened(without_tags(answer.body))}" if answer.body else ""
        raise APIStatusError(
            f"{described(request)} returned {answer.status} with a body that {flaw}{seen}",
            status_code=answer.status,
            detail="not JSON",
        ) from None


def _redirected(location: str, request: str) -> str:
    """Describe a redirect; where it leads to the same route, name the base URL it implies."""
    route = request.partition(" ")[2].partition("?")[0]
    place = location.partition("?")[0]
    host = place.removesuffix(route)
    message = f"redirected to {shortened(location)}, which is not followed"
    if host.startswith("https://") and host != place:
        moved = shortened(host)
        return f"{message}; if the API has moved, set the base URL ({BASE_URL_SETTINGS}) to {moved}"
    return f"{message}; check the base URL ({BASE_URL_SETTINGS})"


def _is_the_apis(answer: Answer) -> bool:
    """Return whether a 404 is the API's own (JSON with `detail` or `error`), not a proxy's."""
    try:
        body = parsed(answer.body)
    except ValueError:
        return False
    return isinstance(body, dict) and bool(body.get("detail") or body.get("error"))


def error_detail(answer: Answer) -> str:
    """Return the service's own words from an error body, in at most 300 characters.

    Known shapes are `detail`, `error` (a string or an object with `message`), an `errors` map, a
    map of fields to lists, HTML pages, and an empty body.
    """
    if answer.flaw:
        return f"no explanation (its body {answer.flaw})"
    try:
        body = parsed(answer.body)
    except ValueError:
        return shortened(without_tags(answer.body))
    if isinstance(body, dict):
        words = body.get("detail") or body.get("error") or body.get("message")
        if isinstance(words, dict):
            words = words.get("message") or words
        errors = body.get("errors", body if not words else None)
        fields = errors if isinstance(errors, dict) else {}
        by_field = [f"{field}: {joined(value)}" for field, value in fields.items()]
        return shortened("; ".join(([joined(words)] if words else []) + by_field))
    return shortened(joined(body))


def retry_after(answer: Answer, now: float) -> float | None:
    """Return the seconds a 429 asks to wait: header `Retry-After`, then the body's `retry_after`.

    Of several values the longest counts. A date is compared with the answer's own `Date`, or with
    `now` (POSIX). The body's form is the documented one. Returns None for values without a meaning.
    """
    dated = _moment(answer.headers.get("date"))
    now = now if dated is None else dated
    try:
        body = object_of(parsed(answer.body))
    except ValueError:
        body = {}
    parts = (body, object_of(body.get("error")), object_of(body.get("detail")))
    for values in (
        _WAITS.findall(answer.headers.get("retry-after", "")),
        [part.get("retry_after") for part in parts],
    ):
        waits = [wait for each in values if (wait := _seconds(each, now)) is not None]
        if waits:
            return max(waits)
    return None


def _seconds(value: object, now: float) -> float | None:
    moment = _moment(value)
    if moment is not None:
        return max(moment - now, 0.0)
    try:
        seconds = float(value)  # type: ignore[arg-type]  # anything but a number is caught below
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _moment(value: object) -> float | None:
    if not isinstance(value, str) or len(value) > _LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    # A zone or a year may have any number of digits; older Pythons fail to unpack None.
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
