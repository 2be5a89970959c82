"""Rules that stop a merge, like `increase>20%` or `delete`, and what they find in a review."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any, Literal, NamedTuple

from pydantic import Field

from ..core.errors import KeywordsAIError
from .outcome import Action
from .report import Frozen, Hidden, ModelChange, PriceChange, PriceReview, not_known
from .unmatched import UnmatchedUsage
from .words import EXACT, amount, count, listed_names, money, percent

_UNITS = ((Decimal(1_000), "1,000"), (Decimal(1_000_000), "1,000,000"))
_NOT_APPLIED = frozenset({Action.REFUSED, Action.DELETED, Action.RELEASED})
_HUNDRED = Decimal(100)


class Rule(NamedTuple):
    """A rule as it was written, and its parts.

    `limit` is in percent, in USD a month, or in USD per million tokens.
    """

    text: str
    name: str
    limit: Decimal


class Finding(Frozen):
    """One thing that a rule found."""

    rule: str = Field(description="The rule, as it was written.")
    stack: str = Field(description="The stack it was found in.")
    model_name: str | None = Field(description="The model; null where it is about the stack.")
    field: str | None = Field(description="The price; null where it is about the whole model.")
    sentence: str = Field(description="What was found.")


class Report(Frozen):
    """What `keywordsai-dynamic review` reports: the reviews of all stacks, and the verdict.

    `incomplete` means that something could not be judged: a preview ended in an error, a model will
    be refused, or a rule lacks what it measures by.
    """

    version: Literal[1] = Field(default=1, description="Version of this format.")
    verdict: Literal["pass", "fail", "incomplete"] = Field(description="Exit code 0, 1 or 2.")
    incomplete: tuple[str, ...] = Field(description="Why the verdict is incomplete, in words.")
    rules: tuple[str, ...] = Field(description="The rules that were applied.")
    findings: tuple[Finding, ...] = Field(description="What the rules found.")
    not_judged: tuple[Finding, ...] = Field(
        description="What a rule could not judge, and why; with one, the verdict is incomplete."
    )
    passed_over: tuple[Finding, ...] = Field(
        description="What a rule has nothing to compare with; it does not change the verdict."
    )
    unmatched_usage: tuple[UnmatchedUsage, ...] = Field(
        description="Usage that no model of the previews has."
    )
    stacks: tuple[PriceReview, ...] = Field(description="A review for each preview.")


def report_schema() -> dict[str, Any]:
    """Give the JSON Schema of a report's JSON."""
    schema = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


class _Found(NamedTuple):
    sentence: str
    model: ModelChange | None = None
    field: str | None = None


_Judge = Callable[[PriceReview, Rule], Iterator[_Found]]


def parse_rule(text: str) -> Rule:
    """Read a rule; raises KeywordsAIError, which lists the rules there are."""
    compact = re.sub(r"\s+", "", text)
    match = re.fullmatch(r"([a-z-]+)(?:>(\d+(?:\.\d+)?)(%?))?", compact, re.ASCII)
    if match and match[1] in _JUDGES:
        unit = _LIMITS.get(match[1])
        if (unit is None) == (match[2] is None) and match[3] in (None, unit):
            return _within_reach(Rule(compact, match[1], Decimal(match[2] or 0)))
    known = ", ".join(_EXAMPLES.get(name, name) for name in _JUDGES)
    raise KeywordsAIError(f"{text!r} is not a rule; there are: {known}.")


def _within_reach(rule: Rule) -> Rule:
    if rule.name in _DOWNWARDS and rule.limit >= _HUNDRED:
        raise KeywordsAIError(
            f"{rule.text} would never find anything: a price cannot be more than 100% lower."
        )
    return rule


def findings(review: PriceReview, rules: Iterable[Rule]) -> list[Finding]:
    """Apply rules to a review.

    Raises KeywordsAIError for a rule that nothing can judge: `monthly` without usage, `drift`
    without a drift report, a list rule without list prices.
    """
    return _found(_JUDGES, review, rules)


def _found(
    judges: Mapping[str, _Judge], review: PriceReview, rules: Iterable[Rule]
) -> list[Finding]:
    with localcontext(EXACT):
        return [
            Finding(
                rule=rule.text,
                stack=review.stack,
                model_name=found.model.model_name if found.model else None,
                field=found.field,
                sentence=found.sentence,
            )
            for rule in rules
            if rule.name in judges
            for found in judges[rule.name](review, rule)
        ]


def judge(
    reviews: Sequence[PriceReview],
    rules: Sequence[Rule],
    unmatched_usage: Sequence[UnmatchedUsage] = (),
) -> Report:
    """Apply rules to the reviews of all stacks, each once; raises KeywordsAIError as `findings`."""
    rules = list(dict.fromkeys(rules))
    found = [finding for review in reviews for finding in findings(review, rules)]
    not_judged = [each for review in reviews for each in _found(_CANNOT_JUDGE, review, rules)]
    incomplete = _incomplete(reviews, not_judged)
    return Report(
        verdict="incomplete" if incomplete else "fail" if found else "pass",
        incomplete=incomplete,
        rules=tuple(rule.text for rule in rules),
        findings=tuple(found),
        not_judged=tuple(not_judged),
        passed_over=tuple(each for review in reviews for each in _found(_PASS_OVER, review, rules)),
        unmatched_usage=tuple(unmatched_usage),
        stacks=tuple(reviews),
    )


def _incomplete(reviews: Iterable[PriceReview], not_judged: Iterable[Finding]) -> tuple[str, ...]:
    """Say why a report is incomplete: the gravest first."""
    refused, ended = 0, 0
    for review in reviews:
        told = {remark for change in review.refused for remark in change.remarks}
        refused += len(review.refused)
        ended += any(error not in told for error in review.errors)
    reasons = []
    if refused:
        reasons.append(f"{count(refused, 'model')} {'is' if refused == 1 else 'are'} refused")
    if ended:
        preview = "the preview" if ended == 1 else f"{ended} previews"
        reasons.append(f"{preview} ended in an error")
    unjudged = Counter(finding.rule for finding in not_judged)
    reasons += [f"{rule} cannot judge {count(each, 'model')}" for rule, each in unjudged.items()]
    return tuple(reasons)


def _applied(review: PriceReview) -> Iterator[tuple[ModelChange, PriceChange]]:
    for change in review.changes:
        if change.action not in _NOT_APPLIED:
            for price in change.prices:
                yield change, price


def _increase(review: PriceReview, rule: Rule) -> Iterator[_Found]:
    for model, price, old, new in _moves(review):
        if new > old and new * 100 > old * (100 + rule.limit):
            yield _Found(_moved(price, old, new), model, price.field)


def _decrease(review: PriceReview, rule: Rule) -> Iterator[_Found]:
    for model, price, old, new in _moves(review):
        if new < old and new * 100 < old * (100 - rule.limit):
            yield _Found(_moved(price, old, new), model, price.field)


def _moves(
    review: PriceReview,
) -> Iterator[tuple[ModelChange, PriceChange, Decimal, Decimal]]:
    for model, price in _applied(review):
        if isinstance(price.old, Decimal) and isinstance(price.new, Decimal):
            yield model, price, price.old, price.new


def _moved(price: PriceChange, old: Decimal, new: Decimal) -> str:
    how_much = percent(price.percent) if price.percent is not None else "it was free"
    return f"{price.field} {amount(old)} → {amount(new)} ({how_much})"


def _monthly(review: PriceReview, rule: Rule) -> Iterator[_Found]:
    if not review.usage_given:
        raise KeywordsAIError(f"{rule.text} needs tokens a month: give --usage FILE.")
    for change in review.changes:
        if (change.monthly or 0) > rule.limit:
            yield _Found(f"{money(change.monthly or Decimal(0))} a month", change)
    total = review.monthly or Decimal(0)
    if total > rule.limit and sum(bool(c.monthly) for c in review.changes) > 1:
        yield _Found(f"{money(total)} a month in all")


def _without_effect(review: PriceReview, _: Rule) -> Iterator[_Found]:
    """Find the models that may cost more, nobody knows how much more."""
    for change in review.changes:
        if change.action == Action.DELETED:
            continue
        if change.monthly_without:
            yield _Found(f"not known: {not_known(change)}", change)
        elif change.model_name in review.without_usage and _may_cost_more(change):
            yield _Found("no usage given", change)


def _may_cost_more(change: ModelChange) -> bool:
    """Tell whether a price may have gone up; one that is no longer declared stays."""
    return (
        change.action == Action.CREATED
        or bool(change.inherits)
        or any(
            price.new is not None and (price.difference is None or price.difference > 0)
            for price in change.prices
        )
    )


def _price(review: PriceReview, rule: Rule) -> Iterator[_Found]:
    for model, price in _applied(review):
        if isinstance(price.new, Decimal) and price.new > rule.limit:
            yield _Found(f"{price.field} is {amount(price.new)}", model, price.field)


def _zero_price(review: PriceReview, _: Rule) -> Iterator[_Found]:
    for model, price in _applied(review):
        if price.new == 0 and price.old != 0:
            yield _Found(f"{price.field} is 0: these tokens become free", model, price.field)


def _below_list(review: PriceReview, rule: Rule) -> Iterator[_Found]:
    for model, price, listed, new in _listed(review, rule):
        if new * 100 < listed * (100 - rule.limit):
            yield _Found(_against_list(price, listed, new), model, price.field)


def _above_list(review: PriceReview, rule: Rule) -> Iterator[_Found]:
    for model, price, listed, new in _listed(review, rule):
        if new * 100 > listed * (100 + rule.limit):
            yield _Found(_against_list(price, listed, new), model, price.field)


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


def _not_listed(review: PriceReview, _: Rule) -> Iterator[_Found]:
    """Name the models with a price that the list does not have, in one sentence."""
    names = dict.fromkeys(
        model.model_name
        for model, price in _applied(review)
        if price.list_price is None and isinstance(price.new, Decimal)
    )
    if names:
        yield _Found(f"no list price for {listed_names(names)}")


def _against_list(price: PriceChange, listed: Decimal, new: Decimal) -> str:
    distance = f" ({percent(price.above_list)})" if price.above_list is not None else ""
    return f"{price.field} {amount(new)} against list price {amount(listed)}{distance}"


def _delete(review: PriceReview, _: Rule) -> Iterator[_Found]:
    for change in review.changes:
        if change.action == Action.DELETED:
            yield _Found("the model is deleted", change)
        elif change.previous_deleted:
            yield _Found(f"{change.previous_name} is deleted, this one takes its place", change)


def _replace(review: PriceReview, _: Rule) -> Iterator[_Found]:
    for change in review.changes:
        if change.action == Action.REPLACED or change.previous_name:
            yield _Found("the model is replaced", change)


def _overwrite(review: PriceReview, _: Rule) -> Iterator[_Found]:
    for change in review.changes:
        if change.action == Action.OVERWRITTEN:
            yield _Found("a model that exists is overwritten", change)


def _may_overwrite(review: PriceReview, _: Rule) -> Iterator[_Found]:
    for change in review.changes:
        if change.may_overwrite:
            yield _Found("whether it exists is not known", change)


def _drift(review: PriceReview, rule: Rule) -> Iterator[_Found]:
    if review.outside is None:
        raise KeywordsAIError(
            f"{rule.text} needs the JSON of `pulumi refresh --preview-only --json`: give "
            "--drift FILE."
        )
    for change in review.outside:
        yield _Found(f"{change.action.value} of Pulumi", change)


def _unit(review: PriceReview, _: Rule) -> Iterator[_Found]:
    for model, price in _applied(review):
        for word, other in (("the old price", price.old), ("list price", price.list_price)):
            factor = _unit_between(other, price.new)
            if factor:
                sentence = f"{price.field} is about {factor} {word}: is the unit right?"
                yield _Found(sentence, model, price.field)


def _unit_between(one: object, other: object) -> str | None:
    """Name the factor between two prices where it is about one between units, half to double."""
    if not (isinstance(one, Decimal) and isinstance(other, Decimal) and one and other):
        return None
    for unit, word in _UNITS:
        if unit / 2 <= other / one <= unit * 2:
            return f"{word} times"
        if unit / 2 <= one / other <= unit * 2:
            return f"1/{word} of"
    return None


def _unknown(review: PriceReview, _: Rule) -> Iterator[_Found]:
    for model, price in _applied(review):
        if isinstance(price.new, Hidden):
            sentence = f"{price.field} is {price.new.value}: no other rule can judge it"
            yield _Found(sentence, model, price.field)


_JUDGES: dict[str, _Judge] = {
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
_CANNOT_JUDGE: dict[str, _Judge] = {"monthly": _without_effect, "overwrite": _may_overwrite}
_PASS_OVER: dict[str, _Judge] = {"below-list": _not_listed, "above-list": _not_listed}
_LIMITS = {
    "increase": "%",
    "decrease": "%",
    "price": "",
    "monthly": "",
    "below-list": "%",
    "above-list": "%",
}
_DOWNWARDS = frozenset({"decrease", "below-list"})
_EXAMPLES = {
    **{name: f"{name}>20%" for name, unit in _LIMITS.items() if unit},
    "price": "price>200",
    "monthly": "monthly>500",
}
