"""The aggregates of the dashboard: which calls a request asks for, and how they are summed up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args, get_type_hints

from .logs import Call
from .refusals import NOT_PERMITTED, RefusedError

FilterForm = Literal["array", "scalar", "both", "neither"]
UnreadFilter = Literal["dropped", "refused", "nothing"]
Window = Literal["query", "body", "only_end", "ignored"]
Environment = Literal["query", "filter", "ignored"]
Side = Literal["inside", "beside"]
Total = Literal["prompt_and_completion", "everything", "absent", "wrong"]
Without = Literal["zeros", "nulls", "empty"]
LoggedName = Literal["alias", "base"]
Matching = Literal["exact", "prefix"]
SUFFIX = "-2025-11-13"
"""What the answering vendor adds to a model's name."""


@dataclass(slots=True)
class Metrics:
    """What the dashboard does where no document says, or two contradict each other.

    `filter_form` is the form of a filter's value that is read: `["name"]` is an array (E), `"name"`
    is a scalar (seen in the vendor's own client). `unread_filter` is what becomes of another form:
    it is dropped without a word, so that the answer is wider; it is refused; or nothing matches.
    `matching` may be by prefix, so that `acme/chat` counts `acme/chat-large` too. `window` is where
    both ends of the time are read (the query in D and E, the body in C), or the end alone, in the
    query. `environment` is where that is read: in the query (the vendor's own client), or as a
    filter (E).

    `cached` and `reasoning` say whether prompt tokens include cached ones, and completion tokens
    those of reasoning. `total` is what `total_tokens` adds up. `without_traffic` is the answer
    where no call matches. `split` and `costs` say whether an answer has prompt and completion
    tokens, and money; `cost_factor` is a markup on it.

    `logged_name` is the name in the logs: the alias that was called, or its base; `suffixed` adds a
    version to it. `permitted` is whether the key may read. `breakdown` is whether the undocumented
    route exists, and `breakdown_limit` the most rows that it answers.
    """

    filter_form: FilterForm = "both"
    unread_filter: UnreadFilter = "dropped"
    matching: Matching = "exact"
    window: Window = "query"
    environment: Environment = "query"
    cached: Side = "inside"
    reasoning: Side = "inside"
    total: Total = "prompt_and_completion"
    without_traffic: Without = "zeros"
    split: bool = True
    costs: bool = True
    cost_factor: float = 1.0
    numbers_as_text: bool = False
    logged_name: LoggedName = "alias"
    suffixed: bool = False
    permitted: bool = True
    breakdown: bool = True
    breakdown_limit: int = 50

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse a misspelled setting, which would otherwise have no effect, silently."""
        allowed = get_args(_SETTINGS.get(name, object))
        if allowed and value not in allowed:
            raise ValueError(f"{name} is one of {', '.join(allowed)}, not {value!r}")
        object.__setattr__(self, name, value)

    def asked(
        self, query: Mapping[str, str], body: Mapping[str, Any], *, filtered: bool = True
    ) -> "Asked":
        """Read a request: both ends of the time, the environment and the filter."""
        if not self.permitted:
            raise RefusedError(403, NOT_PERMITTED)
        until = {"end_time": query.get("end_time")}
        ends = {"query": query, "body": body, "only_end": until, "ignored": {}}[self.window]
        filters = body.get("filters") or {}
        environments = self._values(filters, "environment")
        if self.environment != "filter":
            chosen = query.get("environment") if self.environment == "query" else None
            environments = None if chosen is None else [chosen]
        return Asked(
            _moment(ends.get("start_time"), datetime.min.replace(tzinfo=UTC)),
            _moment(ends.get("end_time"), datetime.max.replace(tzinfo=UTC)),
            environments,
            self._values(filters, "model") if filtered else None,
            self.matching,
        )

    def summed(self, calls: Sequence[Call]) -> dict[str, Any]:
        """Return the sums over calls, as one flat object."""
        if not calls and self.without_traffic == "empty":
            return {}
        total = {name: sum(getattr(call, name) for call in calls) for name in _SUMMED}
        prompt = total["fresh"] if self.cached == "beside" else total["prompt"]
        completion = total["completion"]
        if self.reasoning == "beside":
            completion -= total["reasoning"]
        added = {
            "prompt_and_completion": prompt + completion,
            "everything": total["prompt"] + total["completion"],
            "absent": None,
            "wrong": (prompt + completion) * 2,
        }[self.total]
        answer: dict[str, Any] = {
            "number_of_requests": total["requests"],
            "total_cost": total["cost"] * self.cost_factor if self.costs else None,
            "total_prompt_tokens": prompt if self.split else None,
            "total_completion_tokens": completion if self.split else None,
            "total_tokens": added,
            "prompt_cache_hit_tokens": total["cached"],
            "reasoning_tokens": total["reasoning"],
            "error_count": 0,
            "average_latency": None,
        }
        if not calls and self.without_traffic == "nulls":
            return dict.fromkeys(answer)
        if self.numbers_as_text:
            return {name: value if value is None else str(value) for name, value in answer.items()}
        return answer

    def rows(self, calls: Sequence[Call], sort_by: str, limit: int) -> list[dict[str, Any]]:
        """Return the sums by model, the largest first."""
        names = {call.model: [each for each in calls if each.model == call.model] for call in calls}
        rows = [{"model": name, **self.summed(own)} for name, own in names.items()]
        rows.sort(key=lambda row: -float(row.get(sort_by) or 0))
        return rows[: min(limit, self.breakdown_limit)]

    def _values(self, filters: Mapping[str, Any], name: str) -> list[str] | None:
        """Return what a filter keeps, or None where there is none, or it is dropped."""
        condition = filters.get(name)
        if condition is None or self.filter_form == "neither":
            return None
        value = condition.get("value") if isinstance(condition, dict) else None
        form = "array" if isinstance(value, list) else "scalar"
        if self.filter_form in {form, "both"}:
            return value if isinstance(value, list) else [str(value)]
        if self.unread_filter == "refused":
            raise RefusedError(400, {"filters": [f"Invalid filter value: {name}"]})
        return None if self.unread_filter == "dropped" else []


_SETTINGS = get_type_hints(Metrics)
_SUMMED = (*(each.name for each in fields(Call) if each.type in {int, float}), "prompt")


@dataclass(frozen=True)
class Asked:
    """Which calls a request asks for; None stands for any environment, and for any name."""

    start: datetime
    end: datetime
    environments: Sequence[str] | None
    names: Sequence[str] | None
    matching: Matching

    def keeps(self, call: Call) -> bool:
        """Return whether a call is one of them."""
        return (
            self.start <= call.time < self.end
            and (self.environments is None or call.environment in self.environments)
            and (self.names is None or any(self._names(call, name) for name in self.names))
        )

    def _names(self, call: Call, name: str) -> bool:
        return call.model.startswith(name) if self.matching == "prefix" else call.model == name


def _moment(text: object, otherwise: datetime) -> datetime:
    if text is None:
        return otherwise
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise RefusedError(400, {"detail": f"Invalid time: {text}"}) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
