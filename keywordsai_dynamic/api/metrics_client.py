"""The routes that sum up what was called: tokens and money of one model, or of all models.

`POST /api/dashboard/llm-metrics/summary/` is documented, `POST /api/dashboard/breakdown/` is not.
No answer repeats what it was asked for, and an unknown filter may be dropped without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ..core.errors import APIStatusError
from ..core.formatting import parse_number
from .answers import object_of
from .calls import Calls
from .service_words import shortened

SUMMARY_PATH = "/api/dashboard/llm-metrics/summary/"
BREAKDOWN_PATH = "/api/dashboard/breakdown/"
MOST_ROWS = 50
"""What the vendor's own client asks the breakdown for at most."""

_ROUND = 5
"""What divides a limit of rows: nobody knows the service's own, and 10 is its default."""

_SORTED_BY = "total_tokens"


class Form(StrEnum):
    """How the value of a filter is written: documents show a list, the vendor's client one name."""

    LIST = "list"
    NAME = "name"


class Span(NamedTuple):
    """Which calls are counted: from `start` to `end`, in one environment (prod, stage, test)."""

    start: datetime
    end: datetime
    environment: str


class Totals(NamedTuple):
    """What an answer sums up; None for what it does not have. `cost` is in USD."""

    requests: Decimal | None = None
    prompt: Decimal | None = None
    completion: Decimal | None = None
    total: Decimal | None = None
    cache_hits: Decimal | None = None
    reasoning: Decimal | None = None
    cost: Decimal | None = None

    @property
    def is_idle(self) -> bool:
        """Whether there was no call at all: an answer of zeros, of nulls, or an empty one."""
        return not any(self)


_FIELDS = {
    "requests": "number_of_requests",
    "prompt": "total_prompt_tokens",
    "completion": "total_completion_tokens",
    "total": "total_tokens",
    "cache_hits": "prompt_cache_hit_tokens",
    "reasoning": "reasoning_tokens",
    "cost": "total_cost",
}


class Breakdown(NamedTuple):
    """The sums of every model that had calls; `is_whole` unless there may be more models."""

    models: Mapping[str, Totals]
    is_whole: bool


class MetricsClient:
    """Reads sums, through the calls that all routes share.

    Every method raises a KeywordsAIError, as the client's do: APIStatusError where the answer was
    not a success or holds no sums. A 403 says which right may be missing.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def summary(self, span: Span, model_name: str | None, form: Form) -> Totals:
        """Return the sums of the calls that are logged under a name.

        Without a name no filter is sent, not even that of the environment: a form that the service
        does not read could find nothing.
        """
        filters: Mapping[str, Any] = {}
        if model_name is not None:
            wanted = {"model": model_name, "environment": span.environment}
            filters = {field: _equals(value, form) for field, value in wanted.items()}
        answer, request = self._asked(SUMMARY_PATH, span, {}, filters)
        return _totals(answer, request)

    def breakdown(self, span: Span) -> Breakdown:
        """Return the sums of all models, from a route that no document names.

        A service may answer fewer rows than there are models: at most 50, or a round number of its
        own. Then it is not whole.
        """
        asked = {
            "breakdown_by": "model",
            "include_all_metrics": "true",
            "sort_by": _SORTED_BY,
            "limit": MOST_ROWS,
        }
        answer, request = self._asked(BREAKDOWN_PATH, span, asked, {})
        rows = object_of(answer).get(_SORTED_BY)
        if not isinstance(rows, list):
            raise _odd(request, "something other than a list of models")
        models: dict[str, Totals] = {}
        for row in rows:
            name = object_of(row).get("model")
            if not isinstance(name, str) or name in models:
                raise _odd(request, "rows that do not name one model each")
            models[name] = _totals(row, request)
        limited = len(rows) >= MOST_ROWS or (len(rows) % _ROUND == 0 and bool(rows))
        return Breakdown(models, not limited)

    def _asked(
        self, path: str, span: Span, asked: Mapping[str, Any], filters: Mapping[str, Any]
    ) -> tuple[object, str]:
        # One generation of the documents has the time in the query, another in the body; and the
        # environment is a filter in one, a part of the query in another.
        time = {"start_time": _iso(span.start), "end_time": _iso(span.end)}
        address = f"{path}?{urlencode({**asked, **time, 'environment': span.environment})}"
        body = {"filters": filters, **time}
        answer, _ = self._calls.send("POST", address, body, end=self._calls.end(None))
        request = f"POST {path}"
        try:
            return self._calls.read(answer, request), request
        except APIStatusError as error:
            if error.status_code != 403:
                raise
            raise APIStatusError(
                f"{error} The key may lack the right to read logs and the dashboard's metrics; no "
                "page says which. Ask an admin of the organization for a key that has it.",
                status_code=403,
                detail=error.detail,
            ) from None


def _equals(value: str, form: Form) -> Mapping[str, Any]:
    return {"operator": "", "value": [value] if form is Form.LIST else value}


def _totals(answer: object, request: str) -> Totals:
    found = object_of(answer)
    if not isinstance(answer, Mapping) or (found and not found.keys() & set(_FIELDS.values())):
        raise _odd(request, "something other than sums")
    return Totals(**{each: _number(found, name, request) for each, name in _FIELDS.items()})


def _number(answer: Mapping[str, Any], name: str, request: str) -> Decimal | None:
    value = answer.get(name)
    number = parse_number(value)
    whole = number is None or name == _FIELDS["cost"] or number == number.to_integral_value()
    if (value is not None and number is None) or (number is not None and number < 0) or not whole:
        raise _odd(request, f"a {name} that is not a sum: {shortened(str(value))}")
    return number


def _odd(request: str, what: str) -> APIStatusError:
    return APIStatusError(f"{request} returned {what}.", status_code=200, detail=what)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
