"""The price review of one stack: a preview's JSON, turned into what changes in money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.formatting import EXACT, parse_number, shorten
from ..core.names import PRICE_FIELDS, UNKNOWN
from ..core.redaction import one_line
from .bill import monthly_change, total, without_usage
from .changes import FieldChange, Hidden, ModelChange, PriceChange, PriceReview
from .outcome import Action, Outcome, outcomes, outside
from .phrases import describe_change, describe_hidden_change, reason
from .preview import Preview, read
from .stack_bill import stack_bill
from .steps import SECRET
from .usage import Usage
from .usage_patterns import expanded

_HUNDREDTH = Decimal("0.01")
_HIDDEN = {UNKNOWN: Hidden.UNKNOWN, SECRET: Hidden.SECRET}

ListPriceLookup = Callable[[str], Mapping[str, Decimal] | None]
"""Looks list prices up: name of a base or model → price field → USD per million tokens."""


def review(
    preview: Mapping[str, Any],
    *,
    stack: str | None = None,
    drift: Mapping[str, Any] | None = None,
    usage: Usage | None = None,
    list_price: ListPriceLookup | None = None,
) -> PriceReview:
    """Turn the JSON of `pulumi preview --json` into a price review.

    `drift` is the JSON of `pulumi refresh --preview-only --json`, `usage` has monthly token counts
    per model or pattern, `list_price` looks list prices up. Raises KeywordsAIError where a document
    is not a preview.
    """
    seen = read_preview(preview)
    moved = None if drift is None else read_drift(drift)
    with localcontext(EXACT):
        tokens = expanded(usage or {}, seen.names)[0]
        changes = [_change(outcome, tokens, list_price) for outcome in outcomes(seen)]
        unlisted = () if usage is None else without_usage(changes)
        bill = None if usage is None else stack_bill(seen, changes, tokens)
        return PriceReview(
            stack=stack or seen.stack or "preview",
            changes=_expensive_first(changes),
            outside=None
            if moved is None
            else _expensive_first(_change(each, {}, list_price) for each in moved),
            unchanged=sum(step.operation in {"same", "import"} for step in seen.steps),
            not_listed=seen.not_listed,
            usage_given=usage is not None,
            monthly=None if usage is None or seen.errors else total(changes, unlisted),
            monthly_before=bill.before if bill else None,
            monthly_after=bill.after if bill else None,
            monthly_percent=_percent(*bill) if bill else None,
            without_usage=unlisted,
            list_prices=list_price is not None,
            providers=seen.providers,
            remarks=seen.remarks,
            errors=tuple(message.text for message in seen.errors),
        )


def read_preview(document: Mapping[str, Any]) -> Preview:
    """Read a preview; raises KeywordsAIError for the report of a refresh, and for anything else.

    A preview that ended in an error may have any shape: it is reported, and never passes.
    """
    seen = read(document)
    if seen.refresh:
        raise KeywordsAIError("this is the report of a refresh; pass it as --drift.")
    if seen.refresh is None and not seen.errors:
        raise KeywordsAIError(
            "this is not the whole report of `pulumi preview --json`: it does not list the stack "
            "itself; create it with --json."
        )
    if seen.is_bare:  # so is one of YAML in which a type is wrong
        raise KeywordsAIError(
            "this preview has nothing but the stack itself: its program declares no resource, or "
            "failed before the first one, which only the exit code of `pulumi preview` tells. "
            "Leave out a stack without resources; in a pipe, set -o pipefail."
        )
    return seen


def read_drift(drift: Mapping[str, Any]) -> list[Outcome]:
    """Read what a refresh found; raises KeywordsAIError where this is not the report of one."""
    seen = read(drift)
    if seen.refresh is False:
        raise KeywordsAIError(
            "this is another preview; drift is reported by `pulumi refresh --preview-only --json`, "
            "without --run-program."
        )
    if seen.errors:
        raise KeywordsAIError(f"the refresh ended in an error: {reason(seen.errors[0].text)}")
    return outside(seen)


def _expensive_first(changes: Iterable[ModelChange]) -> tuple[ModelChange, ...]:
    return tuple(sorted(changes, key=_rank))


def _rank(change: ModelChange) -> tuple[Any, ...]:
    percents = [abs(price.percent) for price in change.prices if price.percent is not None]
    severity = list(Action).index(change.action)
    return (
        -abs(change.monthly or Decimal(0)),
        severity,
        -max(percents, default=0),
        change.model_name,
    )


def _change(outcome: Outcome, usage: Usage, list_price: ListPriceLookup | None) -> ModelChange:
    listed = (list_price(outcome.base) if list_price and outcome.base else None) or {}
    prices = tuple(
        _price(outcome.model_name, field, *outcome.pairs[field], listed.get(field))
        for field in PRICE_FIELDS
        if field in outcome.pairs
    )
    tokens = usage.get(outcome.model_name) or usage.get(outcome.previous_name or "")
    monthly, without = monthly_change(outcome.action, prices, outcome.inherited, tokens)
    return ModelChange(
        model_name=outcome.model_name,
        resource=outcome.resource,
        action=outcome.action,
        previous_name=outcome.previous_name,
        previous_deleted=outcome.previous_deleted,
        may_overwrite=outcome.may_overwrite,
        inherits=outcome.inherited,
        base=outcome.base if listed else None,
        prices=prices,
        capabilities=tuple(
            FieldChange(field=field, sentence=_sentence(field, old, new))
            for field, (old, new) in outcome.pairs.items()
            if field not in PRICE_FIELDS and outcome.action != Action.DELETED
        ),
        remarks=outcome.remarks,
        monthly=monthly,
        monthly_without=without,
    )


def _price(model: str, field: str, old: object, new: object, listed: Decimal | None) -> PriceChange:
    try:
        before, after = _amount(old), _amount(new)
    except ValueError as problem:
        named = shorten(one_line(model), 200)
        raise KeywordsAIError(f"model {named}, {field}: {problem}.") from None
    difference = percent = above_list = None
    if isinstance(after, Decimal):
        above_list = _percent(listed, after)
        if isinstance(before, Decimal):
            difference, percent = after - before, _percent(before, after)
    return PriceChange(
        field=field,
        old=before,
        new=after,
        difference=difference,
        percent=percent,
        list_price=listed,
        above_list=above_list,
    )


def _amount(raw: object) -> Decimal | Hidden | None:
    if raw is None:
        return None
    if raw in (UNKNOWN, SECRET):
        return _HIDDEN[str(raw)]
    amount = parse_number(raw)
    if amount is None or amount < 0:
        raise ValueError(f"{shorten(repr(raw), 100)} is not a price")
    return amount


def _percent(old: Decimal | None, new: Decimal) -> Decimal | None:
    """Return the change in percent to two decimals, or to its first digit where that is less."""
    if not old:
        return None
    exact = (new - old) * 100 / old
    finest = Decimal(1).scaleb(min(-2, exact.adjusted())) if exact else _HUNDREDTH
    return exact.quantize(finest)


def _sentence(field: str, old: object, new: object) -> str:
    for value in (new, old):
        if value in (UNKNOWN, SECRET):
            return describe_hidden_change(field, _HIDDEN[str(value)])
    return describe_change(field, old, new)
