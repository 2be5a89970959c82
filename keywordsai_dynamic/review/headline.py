"""The first sentence of a stack's report: the effect on the bill, then what happens, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from ..core.formatting import format_count, format_dollars, format_monthly_change, format_percent
from .changes import ModelChange, PriceChange, PriceReview
from .outcome import Action
from .phrases import counts

_MODELS = {
    Action.REFUSED: ("model is refused", "models are refused"),
    Action.DELETED: ("model goes", "models go"),
    Action.REPLACED: ("model is replaced", "models are replaced"),
    Action.OVERWRITTEN: ("model is overwritten", "models are overwritten"),
    Action.CREATED: ("model is new", "models are new"),
    Action.TAKEN_OVER: ("model is adopted", "models are adopted"),
    Action.RELEASED: ("model is released", "models are released"),
    Action.UPDATED: (
        "model changes, but none of its prices",
        "models change, but none of their prices",
    ),
}
_PRICES = {
    "up": ("price rises", "prices rise"),
    "down": ("price falls", "prices fall"),
    "set": ("price is set", "prices are set"),
    "dropped": ("price is no longer declared", "prices are no longer declared"),
    "unknown": ("price changes to an unknown value", "prices change to unknown values"),
}
_PARTLY = ", as far as known"
_COMPARED = frozenset({Action.UPDATED, Action.REPLACED, Action.OVERWRITTEN})


def headline(review: PriceReview) -> str:
    """Write it without the stack: "+$310.00 a month (+12%); 2 prices rise, 1 model goes"."""
    return "; ".join(part for part in (effect(review), moves(review)) if part)


def effect(review: PriceReview) -> str:
    """Write the effect on the bill, in percent too if known; empty where there is none to tell."""
    if review.monthly is None or all(change.monthly is None for change in review.changes):
        return ""
    percent = review.monthly_percent
    share = f" ({format_percent(percent)})" if percent else ""
    return f"{format_monthly_change(review.monthly)}{share}{'' if _is_whole(review) else _PARTLY}"


def moves(review: PriceReview) -> str:
    """Count prices that rise and fall, and models that come and go."""
    if not review.changes or review.errors:
        return counts(review)
    prices = Counter(_moves(review))
    models = Counter(change.action for change in review.changes if _is_counted(change))
    found = [_counted(prices[each], words) for each, words in _PRICES.items() if prices[each]]
    found += [_counted(models[each], words) for each, words in _MODELS.items() if models[each]]
    if review.outside:
        found.append(f"{format_count(len(review.outside), 'model')} changed outside of Pulumi")
    return ", ".join(found) or counts(review)


def before_and_after(review: PriceReview) -> str:
    """Write the cost of all models of the stack, before and after; empty if it is not known."""
    before, after = review.monthly_before, review.monthly_after
    if before is None or after is None or not review.changes:
        return ""
    return f"{format_dollars(before)} → {format_dollars(after)} a month for all models"


def _is_whole(review: PriceReview) -> bool:
    """Return whether the effect on the bill leaves nothing out."""
    partly = any(change.monthly_without for change in review.changes)
    return not partly and not review.without_usage


def _moves(review: PriceReview) -> Iterator[str]:
    for change in review.changes:
        if change.action in _COMPARED:
            yield from map(_move, change.prices)


def _move(price: PriceChange) -> str:
    if price.difference is not None:
        return "up" if price.difference > 0 else "down" if price.difference < 0 else ""
    if price.new is None:
        return "dropped"
    return "set" if price.old is None and isinstance(price.new, Decimal) else "unknown"


def _is_counted(change: ModelChange) -> bool:
    """Return whether a model's change is more than the changes of its prices."""
    return change.action is not Action.UPDATED or not change.prices


def _counted(number: int, words: tuple[str, str]) -> str:
    return f"{number:,} {words[number > 1]}"
