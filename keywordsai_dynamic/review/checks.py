"""What each rule finds in the price review of one stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from ..core.errors import KeywordsAIError
from ..core.formatting import (
    format_monthly_change,
    format_names,
    format_number,
    format_percent,
    format_price,
)
from ..prices.units import UNITS
from .changes import Hidden, ModelChange, PriceChange, PriceReview
from .outcome import Action
from .phrases import not_known
from .rules import Rule

_NOT_APPLIED = frozenset({Action.REFUSED, Action.DELETED, Action.RELEASED})
_FACTORS = sorted(Decimal(tokens) for tokens in UNITS.values() if tokens > 1)
"""Factors between two units: a price that moves by one was probably written in another unit."""


class Found(NamedTuple):
    """What a rule found; `model` is None where it is about the stack, `field` about the model."""

    sentence: str
    model: ModelChange | None = None
    field: str | None = None


Check = Callable[[PriceReview, Rule], Iterator[Found]]
"""Applies a rule to a review; raises KeywordsAIError if the review lacks the data for it."""


def _applied(review: PriceReview) -> Iterator[tuple[ModelChange, PriceChange]]:
    for change in review.changes:
        if change.action not in _NOT_APPLIED:
            for price in change.prices:
                yield change, price


def _increase(review: PriceReview, rule: Rule) -> Iterator[Found]:
    for model, price, old, new in _moves(review):
        if new > old and new * 100 > old * (100 + rule.limit):
            yield Found(_moved(price, old, new), model, price.field)


def _decrease(review: PriceReview, rule: Rule) -> Iterator[Found]:
    for model, price, old, new in _moves(review):
        if new < old and new * 100 < old * (100 - rule.limit):
            yield Found(_moved(price, old, new), model, price.field)


def _moves(
    review: PriceReview,
) -> Iterator[tuple[ModelChange, PriceChange, Decimal, Decimal]]:
    for model, price in _applied(review):
        if isinstance(price.old, Decimal) and isinstance(price.new, Decimal):
            yield model, price, price.old, price.new


def _moved(price: PriceChange, old: Decimal, new: Decimal) -> str:
    how_much = format_percent(price.percent) if price.percent is not None else "it was free"
    return f"{price.field} {format_price(old)} → {format_price(new)} ({how_much})"


def _monthly(review: PriceReview, rule: Rule) -> Iterator[Found]:
    if not review.usage_given:
        raise KeywordsAIError(f"{rule.text} needs monthly token counts: pass --usage FILE.")
    for change in review.changes:
        if (change.monthly or 0) > rule.limit:
            yield Found(format_monthly_change(change.monthly or Decimal(0)), change)
    total = review.monthly or Decimal(0)
    if total > rule.limit and sum(bool(c.monthly) for c in review.changes) > 1:
        yield Found(f"{format_monthly_change(total)} in total")


def _without_effect(review: PriceReview, _: Rule) -> Iterator[Found]:
    """Find the models that may cost more by an amount that is not known."""
    for change in review.changes:
        if change.action == Action.DELETED:
            continue
        if change.monthly_without:
            yield Found(f"not known: {not_known(change)}", change)
        elif change.model_name in review.without_usage and _may_cost_more(change):
            yield Found("no usage given", change)


def _may_cost_more(change: ModelChange) -> bool:
    """Return whether a price may have gone up; one that is no longer declared stays the same."""
    return (
        change.action == Action.CREATED
        or bool(change.inherits)
        or any(
            price.new is not None and (price.difference is None or price.difference > 0)
            for price in change.prices
        )
    )


def _price(review: PriceReview, rule: Rule) -> Iterator[Found]:
    for model, price in _applied(review):
        if isinstance(price.new, Decimal) and price.new > rule.limit:
            yield Found(f"{price.field} is {format_price(price.new)}", model, price.field)


def _zero_price(review: PriceReview, _: Rule) -> Iterator[Found]:
    for model, price in _applied(review):
        if price.new == 0 and price.old != 0:
            yield Found(f"{price.field} is 0: these tokens become free", model, price.field)


def _below_list(review: PriceReview, rule: Rule) -> Iterator[Found]:
    for model, price, listed, new in _listed(review, rule):
        if new * 100 < listed * (100 - rule.limit):
            yield Found(_against_list(price, listed, new), model, price.field)


def _above_list(review: PriceReview, rule: Rule) -> Iterator[Found]:
    for model, price, listed, new in _listed(review, rule):
        if new * 100 > listed * (100 + rule.limit):
            yield Found(_against_list(price, listed, new), model, price.field)


def _listed(
    review: PriceReview, rule: Rule
) -> Iterator[tuple[ModelChange, PriceChange, Decimal, Decimal]]:
    if not review.list_prices:
        raise KeywordsAIError(
            f"{rule.text} needs list prices: pip install 'keywordsai-dynamic[prices]'."
        )
    for model, price in _applied(review):
        if price.list_price is not None and isinstance(price.new, Decimal):
            yield model, price, price.list_price, price.new


def _not_listed(review: PriceReview, _: Rule) -> Iterator[Found]:
    """Find the models that have a price without a list price, in one sentence."""
    names = dict.fromkeys(
        model.model_name
        for model, price in _applied(review)
        if price.list_price is None and isinstance(price.new, Decimal)
    )
    if names:
        yield Found(f"no list price for {format_names(names)}")


def _against_list(price: PriceChange, listed: Decimal, new: Decimal) -> str:
    distance = f"{format_percent(price.above_list)} vs. " if price.above_list is not None else ""
    return f"{price.field} {format_price(new)} ({distance}list price {format_price(listed)})"


def _delete(review: PriceReview, _: Rule) -> Iterator[Found]:
    for change in review.changes:
        if change.action == Action.DELETED:
            yield Found("the model is deleted", change)
        elif change.previous_deleted:
            yield Found(f"{change.previous_name} is deleted, and this model replaces it", change)


def _replace(review: PriceReview, _: Rule) -> Iterator[Found]:
    for change in review.changes:
        if change.action == Action.REPLACED or change.previous_name:
            yield Found("the model is replaced", change)


def _overwrite(review: PriceReview, _: Rule) -> Iterator[Found]:
    for change in review.changes:
        if change.action == Action.OVERWRITTEN:
            yield Found("an existing model is overwritten", change)


def _may_overwrite(review: PriceReview, _: Rule) -> Iterator[Found]:
    for change in review.changes:
        if change.may_overwrite:
            yield Found("whether the model exists is not known", change)


def _drift(review: PriceReview, rule: Rule) -> Iterator[Found]:
    if review.outside is None:
        raise KeywordsAIError(
            f"{rule.text} needs the JSON of `pulumi refresh --preview-only --json`: pass "
            "--drift FILE."
        )
    for change in review.outside:
        yield Found(f"{change.action.value} of Pulumi", change)


def _unit(review: PriceReview, _: Rule) -> Iterator[Found]:
    for model, price in _applied(review):
        for name, other in (("the old price", price.old), ("list price", price.list_price)):
            ratio = _ratio(other, price.new)
            if ratio:
                sentence = f"{price.field} is about {ratio} {name}: is the unit right?"
                yield Found(sentence, model, price.field)


def _ratio(one: object, other: object) -> str | None:
    """Describe the ratio of two prices if it is about a factor between units: half to double."""
    if not (isinstance(one, Decimal) and isinstance(other, Decimal) and one and other):
        return None
    for factor in _FACTORS:
        if factor / 2 <= other / one <= factor * 2:
            return f"{format_number(factor)} times"
        if factor / 2 <= one / other <= factor * 2:
            return f"1/{format_number(factor)} of"
    return None


def _unknown(review: PriceReview, _: Rule) -> Iterator[Found]:
    for model, price in _applied(review):
        if isinstance(price.new, Hidden):
            sentence = f"{price.field} is {price.new.value}, so no other rule can check it"
            yield Found(sentence, model, price.field)


CHECKS: dict[str, Check] = {
    "increase": _increase,
    "decrease": _decrease,
    "price": _price,
    "monthly": _monthly,
    "zero-price": _zero_price,
    "below-list": _below_list,
    "above-list": _above_list,
    "delete": _delete,
    "replace": _replace,
    "overwrite": _overwrite,
    "drift": _drift,
    "unit": _unit,
    "unknown": _unknown,
}
"""What each rule finds; keys are those of RULES."""

CANNOT_EVALUATE: dict[str, Check] = {"monthly": _without_effect, "overwrite": _may_overwrite}
"""Where a rule cannot be evaluated; such a review must not pass."""

NOTHING_TO_COMPARE: dict[str, Check] = {"below-list": _not_listed, "above-list": _not_listed}
"""What a rule has nothing to compare with; such a review may pass."""
