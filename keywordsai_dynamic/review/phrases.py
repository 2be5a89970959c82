"""The parts of a report in words; text and markdown lay them out, each in its own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from ..core.fields import FIELDS, UNITS, Kind, names_of
from ..core.formatting import (
    format_count,
    format_difference,
    format_monthly_change,
    format_names,
    format_number,
    format_percent,
    format_price,
    parse_number,
    plain,
    shorten,
)
from ..core.names import TOKENS_OF
from ..core.redaction import one_line
from ..lifecycle.announcements import dropped_field
from .changes import Hidden, ModelChange, PriceChange, PriceReview
from .outcome import Action

_NAME = 100
_FEW = 3
_ADOPTED = "adopted"  # the JSON keeps the word of version 0.1.0 for it
_ONE_SIDED = frozenset({Action.CREATED, Action.DELETED, Action.DELETED_OUTSIDE})

_FLAGS = {field.name: field.sentences for field in FIELDS if field.kind is Kind.FLAG}
_NOUNS = {field.name: field.noun for field in FIELDS if field.noun}


def describe_change(field: str, old: Any, new: Any) -> str:  # noqa: ANN401  (a field's value)
    """Describe the change of a field that is not a price."""
    noun = _NOUNS.get(field, field)
    if new is None:
        return f"{noun} {plain(old)} is no longer declared and keeps its live value"
    if old == new:
        return f"{describe_change(field, None, new)}, as before"
    if field in _SENTENCES:
        return _SENTENCES[field](field, old, new)
    return f"{noun} {plain(new)}" if old is None else f"{noun} {plain(old)} → {plain(new)}"


def describe_hidden_change(field: str, reason: str) -> str:
    """Describe the change of a field whose value is not known."""
    return f"{_NOUNS.get(field, field)} changes ({reason})"


def _flag(field: str, old: object, new: object) -> str:
    yes, no = _FLAGS[field]
    if old is None:
        return yes if new else no
    return f"now {yes}" if new else f"no longer {yes}"


def _count(field: str, old: Any, new: Any) -> str:  # noqa: ANN401  (as above)
    noun, unit = _NOUNS.get(field, field), UNITS[Kind.COUNT]
    after = parse_number(new)
    if old is None and after is not None:
        return f"{noun} {format_number(after)} {unit}"
    before = parse_number(old)
    if after is None or before is None:  # a service may return anything
        return f"{noun} {plain(old)} → {plain(new)} {unit}"
    change = f" ({format_percent((after - before) * 100 / before)})" if before else ""
    return f"{noun} {format_number(before)} → {format_number(after)} {unit}{change}"


def _params(_: str, old: Any, new: Any) -> str:  # noqa: ANN401  (as above)
    before, after = ({} if not isinstance(params, dict) else params for params in (old, new))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return f"Playground parameters change: {', '.join(names)}"


_SENTENCES: dict[str, Callable[[str, Any, Any], str]] = {
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(names_of(Kind.COUNT), _count),
    **dict.fromkeys(names_of(Kind.PARAMS), _params),
}


def summary(changes: Iterable[ModelChange]) -> str:
    """Count changes by action: "2 deleted, 1 updated"."""
    counted = Counter(change.action for change in changes)
    return ", ".join(f"{counted[each]:,} {action_name(each)}" for each in Action if counted[each])


def action_name(action: Action) -> str:
    """Write what happens to a model."""
    return _ADOPTED if action == Action.TAKEN_OVER else action.value


def counts(review: PriceReview) -> str:
    """Count in one line what happens to models."""
    parts = [summary(review.changes) or _no_changes(review)]
    if review.unchanged:
        parts.append(f"{review.unchanged:,} unchanged")
    if review.outside:
        parts.append(summary(review.outside))
    return ", ".join(parts)


def _no_changes(review: PriceReview) -> str:
    if review.errors:
        return "changes not known"
    return "no model changes" if review.unchanged or review.not_listed else "no models"


def title(change: ModelChange) -> str:
    """Return the model's name, with the name it had before."""
    if change.previous_name is None:
        return change.model_name
    return f"{change.previous_name} → {change.model_name}"


def prices(change: ModelChange, price: PriceChange) -> tuple[str, str]:
    """Write a price before and after; a model that stays has one even if none is declared."""
    none = "none" if change.action in _ONE_SIDED else "not declared"
    return _price(price.old, none), _price(price.new, none)


def _price(value: Decimal | Hidden | None, none: str) -> str:
    if value is None:
        return none
    return value.value if isinstance(value, Hidden) else format_price(value)


def moved(change: PriceChange) -> tuple[str, str]:
    """Write difference and percent, as far as both prices are known."""
    difference = "" if change.difference is None else format_difference(change.difference)
    return difference, "" if change.percent is None else format_percent(change.percent)


def listed(change: PriceChange) -> str:
    """Write the list price, and how far the new price is from it."""
    if change.list_price is None:
        return ""
    if change.above_list is None:
        return f"list {format_price(change.list_price)}"
    distance = format_percent(change.above_list) if change.above_list else "equal"
    return f"list {format_price(change.list_price)} ({distance})"


def monthly(change: ModelChange) -> str:
    """Write the effect on the bill, and which prices it leaves out."""
    if change.monthly is None:
        return "effect not known" if change.monthly_without else ""
    without = f" without {', '.join(change.monthly_without)}" if change.monthly_without else ""
    return f"{format_monthly_change(change.monthly)}{without}"


def left_out(review: PriceReview) -> list[str]:
    """List what the stack's effect on the bill leaves out."""
    partly = [change for change in review.changes if change.monthly_without]
    parts = [f"{short_name(change.model_name)} without {not_known(change)}" for change in partly]
    if len(parts) > _FEW:
        rest = f"{format_count(len(parts) - _FEW, 'more model')} not fully known"
        parts = [*parts[:_FEW], rest]
    if review.without_usage:
        parts.insert(0, f"no usage given for {format_names(review.without_usage)}")
    return parts


def not_known(change: ModelChange) -> str:
    """List the prices that the effect on the bill leaves out, each with the reason."""
    by_field = {price.field: price for price in change.prices}
    return ", ".join(f"{each} ({_why(by_field.get(each))})" for each in change.monthly_without)


def _why(price: PriceChange | None) -> str:
    if price is None or price.new is None:
        return "not declared"
    if price.difference is not None:
        return f"no {TOKENS_OF[price.field]} given"
    if isinstance(price.new, Hidden):
        return price.new.value
    return f"old price {price.old.value if isinstance(price.old, Hidden) else 'not known'}"


def short_name(name: str) -> str:
    """Write a model's name in a sentence: one line, not too long."""
    return shorten(one_line(name), _NAME)


def remarks(change: ModelChange) -> list[str]:
    """List what the preview said about a model that its rows do not show already."""
    shown = {field.field for field in change.capabilities}
    kept = [remark for remark in change.remarks if dropped_field(remark) not in shown]
    if change.action != Action.OVERWRITTEN:
        return kept
    return [first_line(remark) for remark in kept]


def first_line(remark: str) -> str:
    """Return what a remark says above its table, if it has one."""
    return next(iter(remark.splitlines()), "").rstrip(":")


def errors(review: PriceReview) -> list[str]:
    """List why the preview ended early, except for what a refused model shows already."""
    shown = {remark for change in review.changes for remark in change.remarks}
    return [error for error in review.errors if error not in shown]


def reason(error: str) -> str:
    """Return an error's first line, or for a traceback the line below the frames."""
    lines = error.rpartition("\nTraceback (most recent call last):\n")[2].splitlines()
    return next((line for line in lines if not line.startswith(" ")), error).rstrip(":")
