"""What the API has answered: pure functions of status, headers and body.

Shapes are those of the API pages under https://docs.keywordsai.co/api-endpoints/manage/models/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from unicodedata import normalize

from .errors import APIStatusError, DeclarationError, KeywordsAIError, NotFoundError

_TEXT_LIMIT = 300
_PAGE_LIMIT = 10_000  # bytes of a body that is no JSON in which words are looked for
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in lower case, the body as bytes, and when it was asked."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: float = 0.0


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


def object_of(body: object) -> Mapping[str, Any]:
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


def agree(pages: Sequence[Page]) -> bool:
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
                f"{shortened(answer.body[:_PAGE_LIMIT].decode(errors='replace'))}",
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
        return shortened(_TAGS.sub(" ", text))
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


def shortened(text: str) -> str:
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
