"""What the API has answered: pure functions of status, headers and body.

Shapes are those of the API pages under https://docs.keywordsai.co/api-endpoints/manage/models/.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from gzip import GzipFile
from io import BytesIO
from math import isfinite
from typing import Any, NamedTuple
from unicodedata import normalize
from urllib.parse import urljoin, urlsplit

from ..core.config_keys import BASE_URL_SETTINGS
from ..core.errors import APIStatusError, DeclarationError, KeywordsAIError, NotFoundError
from ..core.redaction import one_line, redact, redact_words

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes, as sent and unpacked."""

_TEXT_LIMIT = 300
_PAGE_LIMIT = 10_000  # characters in which words are looked for
_LONGEST_ADDRESS = 8_000  # characters; servers take less, and httpx 65,536
_LONGEST_DATE = 99
_DEEPEST = 20  # levels; a model has three, and what pulumi sends to the engine may have thirty
_NO_JSON, _TOO_DEEP = "is no JSON", f"nests more than {_DEEPEST} levels deep"
_NO_NUMBER = "holds a number that is too large, or none (NaN)"
# Half of a character, which only an escape can write, or any other escape.
_ESCAPE = re.compile(
    r"\\(?:ud[89ab]..\\ud[c-f]..|(?P<half>ud[89a-f]..)|.)", re.IGNORECASE | re.DOTALL
)
_WAITS = re.compile(r"[A-Za-z]+, [^,]+|[^,]+")  # what commas join; a date has one of its own
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in lower case, the body as bytes, and when it was asked.

    `flaw` says what is wrong with a body that could not be unpacked; then it is empty.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: float = 0.0
    flaw: str = ""


def model_of(body: object, model_name: str, request: str) -> dict[str, Any]:
    """Read the model object of an answer; raises KeywordsAIError for anything but `model_name`.

    It is a DeclarationError where the service takes another spelling for the same name.
    """
    named = name_of(body) if isinstance(body, dict) else None
    if isinstance(body, dict) and named == model_name:
        return {**body, "model_name": model_name}
    # Spaces are part of a name.
    told = _cut(one_line(redact_words((named or "")[:_PAGE_LIMIT])))
    asked = _cut(redact(model_name[:_PAGE_LIMIT]))
    if named is not None and folded(named) == folded(model_name):
        raise DeclarationError(
            f"The service answers {told} for {asked}: it treats the two as one name. Declare "
            f'model_name="{told}".'
        )
    what = f"the model {told}" if named else "no model object"
    raise KeywordsAIError(f"{request} for {asked} was answered with {what}.")


def object_of(body: object) -> Mapping[str, Any]:
    return body if isinstance(body, Mapping) else {}


def name_of(model: Mapping[str, Any]) -> str | None:
    """Return the name of a model object: `model_name`, or the `id` that equals it."""
    name = model.get("model_name") or model.get("id")
    return name if isinstance(name, str) else None


def folded(model_name: str) -> str:
    """Return what names have in common that a service may take for one."""
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
        counts = map(_count, (body.get("total_count"), body.get("count"), body.get("total")))
        total = next((count for count in counts if count is not None), None)
        if not following and (body.get("has_more") or body.get("has_next")):
            total = -1  # there is more, and no word of where
        body = body.get("results", body.get("models"))
    if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
        raise KeywordsAIError(f"{as_told(request)} was answered with no list of models.")
    if not isinstance(following, str | None):
        raise KeywordsAIError(
            f"{as_told(request)} was answered with a `next` that is no address: "
            f"{shortened(_words(following))}"
        )
    return Page(body, following or None, total)


def next_path(following: str, base_url: str, route: str) -> str:
    """Return the path, below the base URL, of the page that follows; it must be on the same host.

    Raises KeywordsAIError where it is not, or is no address.
    """
    base = urlsplit(base_url)
    can_be_sent = len(following) <= _LONGEST_ADDRESS and following.strip().isprintable()
    try:
        parts = urlsplit(urljoin(f"{base_url}{route}", following))
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, base
    if not (host and can_be_sent) or parts.scheme not in {"http", "https"}:
        raise KeywordsAIError(
            f"The list of models goes on at what is no address: {shortened(following)}"
        )
    if host != base.hostname:
        raise KeywordsAIError(
            f"The list of models goes on at another host, {shortened(host)}; the key is not sent "
            "there."
        )
    return f"{parts.path.removeprefix(base.path)}?{parts.query}"


def unpacked(content: bytes, encoding: str) -> bytes:
    """Undo the Content-Encoding of a body; raises ValueError, with what is wrong with the body."""
    if not content or encoding.strip().lower() in {"", "identity"}:
        return content
    if encoding.strip().lower() != "gzip":
        raise ValueError(f"has a Content-Encoding that was not asked for, {shortened(encoding)}")
    try:
        body = GzipFile(fileobj=BytesIO(content)).read(LARGEST_ANSWER + 1)
    except EOFError:
        raise ValueError("is gzip without its end") from None
    except (OSError, zlib.error):
        raise ValueError("is no gzip, as its Content-Encoding says") from None
    if len(body) > LARGEST_ANSWER:
        raise ValueError("is larger than 64 MiB")
    return body


def parsed(content: bytes) -> object:
    """Parse JSON as the standard has it; raises ValueError, with what is wrong with the body.

    That is also what could not be compared, stored or written later: numbers beyond a double, and
    what nests too deeply. Halves of characters become U+FFFD.
    """
    try:
        text = content.decode(json.detect_encoding(content))
        text = _ESCAPE.sub(lambda found: r"\ufffd" if found["half"] else found[0], text)
        value = json.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError(_NO_JSON) from None
    except ValueError:  # more digits than Python turns into a number
        raise ValueError(_NO_NUMBER) from None
    _require_sound([value])
    return value


def _require_sound(value: list[Any] | dict[str, Any], depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise ValueError(_TOO_DEEP)
    for item in value.values() if isinstance(value, dict) else value:
        kind = type(item)  # of thousands of values: quicker than isinstance
        if kind is dict or kind is list:
            _require_sound(item, depth + 1)
        elif (kind is float and not isfinite(item)) or (kind is int and item.bit_length() > 1_000):
            raise ValueError(_NO_NUMBER)


def agree(pages: Sequence[Page]) -> bool:
    """Return whether pages have as many models as they count, together or each, all with a name."""
    names = [model.get("model_name") for page in pages for model in page.models]
    together = all(page.total in {None, len(set(map(str, names)))} for page in pages)
    # In the newest generation the count is that of the page.
    each = len(pages) > 1 and all(page.total == len(page.models) for page in pages)
    return all(isinstance(name, str) and name for name in names) and (together or each)


def _count(count: object) -> int | None:
    try:
        return int(float(count))  # type: ignore[arg-type]  # what is no number ends in the except
    except (TypeError, ValueError, OverflowError):
        return None


def decipher(answer: Answer, request: str) -> object:
    """Read an answer: the JSON of a success (None without a body), or the fitting error.

    Raises NotFoundError for the API's own 404 and APIStatusError for everything else that is no
    success; the status is read first, so that a page of HTML under a 502 is still a 502.
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
            whose = ", but not by the Keywords AI API (check the base URL)"
    raise error(
        f"{as_told(request)} was answered {answer.status}{whose}: {detail}",
        status_code=answer.status,
        detail=detail,
    )


def _success(answer: Answer, request: str) -> object:
    try:
        if answer.flaw:
            raise ValueError(answer.flaw)
        return parsed(answer.body) if answer.body else None
    except ValueError as flaw:
        seen = f": {shortened(_text(answer.body))}" if answer.body else ""
        raise APIStatusError(
            f"{as_told(request)} was answered {answer.status} with a body that {flaw}{seen}",
            status_code=answer.status,
            detail="no JSON",
        ) from None


def _redirected(location: str, request: str) -> str:
    """Say where a redirect leads; the base URL that it means, where it leads to the same route."""
    route = request.partition(" ")[2].partition("?")[0]
    place = location.partition("?")[0]
    host = place.removesuffix(route)
    told = f"redirected to {shortened(location)}, which is not followed"
    if host.startswith("https://") and host != place:
        moved = shortened(host)
        return f"{told}; if the API has moved, set the base URL ({BASE_URL_SETTINGS}) to {moved}"
    return f"{told}; check the base URL ({BASE_URL_SETTINGS})"


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
    if answer.flaw:
        return f"no explanation (its body {answer.flaw})"
    try:
        body = parsed(answer.body)
    except ValueError:
        return shortened(_text(answer.body))
    if isinstance(body, dict):
        words = body.get("detail") or body.get("error") or body.get("message")
        if isinstance(words, dict):
            words = words.get("message") or words
        errors = body.get("errors", body if not words else None)
        fields = errors if isinstance(errors, dict) else {}
        told = [f"{field}: {_words(value)}" for field, value in fields.items()]
        return shortened("; ".join(([_words(words)] if words else []) + told))
    return shortened(_words(body))


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)


def _text(body: bytes) -> str:
    """Return the words of a body that is not JSON, without the tags of HTML."""
    return _TAGS.sub(" ", body[: 4 * _PAGE_LIMIT].decode(errors="replace")[:_PAGE_LIMIT])


def shortened(text: str) -> str:
    """Return somebody else's words as one line of at most 300 characters, without what is hidden.

    They are redacted before they are cut: half of a key is not known for one.
    """
    return _cut(" ".join(redact_words(text[:_PAGE_LIMIT]).split()) or "no explanation")


def as_told(request: str) -> str:
    """Return a request, method and address, as a sentence names it, in at most 300 characters.

    With a query it may be the service's own word (`next`), and is redacted like one. The path of a
    model has none; its name is the user's, and keeps its numbers.
    """
    return shortened(request) if "?" in request else _cut(redact(request[:_PAGE_LIMIT]))


def _cut(line: str) -> str:
    return line if len(line) <= _TEXT_LIMIT else f"{line[: _TEXT_LIMIT - 1]}…"


def retry_after(answer: Answer, now: float) -> float | None:
    """Return the seconds a 429 asks to wait: header `Retry-After`, then the body's `retry_after`.

    Where several are said, the longest. A date is held against the answer's own `Date`, or against
    `now` (POSIX). The body's form is the documented one; None is for what makes no sense.
    """
    dated = _moment(answer.headers.get("date"))
    now = now if dated is None else dated
    try:
        body = object_of(parsed(answer.body))
    except ValueError:
        body = {}
    parts = (body, object_of(body.get("error")), object_of(body.get("detail")))
    for said in (
        _WAITS.findall(answer.headers.get("retry-after", "")),
        [part.get("retry_after") for part in parts],
    ):
        waits = [wait for each in said if (wait := _seconds(each, now)) is not None]
        if waits:
            return max(waits)
    return None


def _seconds(said: object, now: float) -> float | None:
    moment = _moment(said)
    if moment is not None:
        return max(moment - now, 0.0)
    try:
        seconds = float(said)  # type: ignore[arg-type]  # what is no number ends in the except
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _moment(said: object) -> float | None:
    if not isinstance(said, str) or len(said) > _LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(said)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    # A zone or a year may have any number of digits; older Pythons unpack what is None.
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
