"""The price report of one stack: what changes for each model, in exact decimal money."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from ..core.errors import KeywordsAIError
from ..core.names import PRICE_FIELDS
from ..core.redaction import one_line
from .outcome import Action, Outcome, outcomes, outside
from .preview import SECRET, UNKNOWN, Preview, read
from .usage import TOKENS_OF, Usage
from .words import EXACT, in_full, number, said, said_hidden, shortened

_MILLION = Decimal(1_000_000)
_HUNDREDTH = Decimal("0.01")

_NO_EFFECT = frozenset({Action.REFUSED, Action.RELEASED})

ListPrice = Callable[[str], Mapping[str, Decimal] | None]
"""Looks list prices up: name of a base or model → price field → USD per million tokens."""

Amount = Annotated[
    Decimal,
    PlainSerializer(in_full, return_type=str, when_used="json"),
]
"""A decimal number; in JSON it is text, because most readers make a number a double."""


class Hidden(StrEnum):
    """Why a value is not known to the preview."""

    UNKNOWN = "known after apply"
    SECRET = "secret"  # noqa: S105  (a word for one)


class Frozen(BaseModel):
    """A value that does not change; every field is given when it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceChange(Frozen):
    """One price of one model before and after, in USD per million tokens; 0 is free."""

    field: str = Field(description="The price, by its field name.")
    old: Amount | Hidden | None = Field(description="Before; null where none is declared.")
    new: Amount | Hidden | None = Field(description="After; null where none is declared.")
    difference: Amount | None = Field(description="New minus old, where both are known.")
    percent: Amount | None = Field(
        description="Difference in percent of the old price, to two decimals; null from 0."
    )
    list_price: Amount | None = Field(description="What the vendor of the base charges.")
    above_list: Amount | None = Field(
        description="New minus list price, in percent of the list price; negative is below."
    )


class FieldChange(Frozen):
    """A change of a field that is no price."""

    field: str = Field(description="The field's name.")
    sentence: str = Field(description="The change in words.")


class ModelChange(Frozen):
    """What becomes of one model."""

    model_name: str = Field(description="The model; its resource, where the name is not known.")
    resource: str = Field(description="URN of the Pulumi resource.")
    action: Action = Field(description="What becomes of the model.")
    previous_name: str | None = Field(
        description="The resource's model before, where a replacement changes it."
    )
    previous_deleted: bool = Field(
        description="Whether the model of that name is deleted; no other resource gets or reads it."
    )
    may_overwrite: bool = Field(
        description="overwrite_existing is declared, and whether the model exists is not known."
    )
    inherits: tuple[str, ...] = Field(
        description="Prices that come anew from the base, so that nobody knows them."
    )
    base: str | None = Field(description="The name whose list prices are compared with.")
    prices: tuple[PriceChange, ...] = Field(description="Prices that change.")
    capabilities: tuple[FieldChange, ...] = Field(description="Other fields that change.")
    remarks: tuple[str, ...] = Field(description="What the preview said about the model.")
    monthly: Amount | None = Field(
        description="Effect on the bill in USD a month; null where nothing of it is known."
    )
    monthly_without: tuple[str, ...] = Field(
        description="Prices that the effect needs, and that nobody knows or whose tokens are not "
        "given; monthly leaves them out."
    )


class PriceReview(Frozen):
    """What a preview changes in one stack, in money; made by `review`."""

    stack: str = Field(description="The stack, or the label it was given.")
    changes: tuple[ModelChange, ...] = Field(description="Most expensive changes first.")
    outside: tuple[ModelChange, ...] | None = Field(
        description="Changed outside of Pulumi: live against last known; null if not looked at."
    )
    unchanged: int = Field(description="Unchanged models, where the preview lists them.")
    not_listed: int = Field(
        description="Unchanged resources of any type that the preview leaves out (--show-sames)."
    )
    usage_given: bool = Field(description="Whether tokens a month were given.")
    monthly: Amount | None = Field(
        description="Sum of the monthly effects in USD; null where nothing of it is known, where "
        "the preview ended in an error, and where a model is refused."
    )
    without_usage: tuple[str, ...] = Field(
        description="Models that are new, go, or change prices, and that the usage does not name."
    )
    list_prices: bool = Field(description="Whether list prices were looked up.")
    remarks: tuple[str, ...] = Field(
        description="What the preview said about all models: that none could be looked up."
    )
    errors: tuple[str, ...] = Field(
        description="Why the preview ended early; with one, changes may be missing."
    )

    @property
    def refused(self) -> tuple[ModelChange, ...]:
        """The models that `pulumi up` would refuse."""
        return tuple(change for change in self.changes if change.action == Action.REFUSED)


def review(
    preview: Mapping[str, Any],
    *,
    stack: str | None = None,
    drift: Mapping[str, Any] | None = None,
    usage: Usage | None = None,
    list_price: ListPrice | None = None,
) -> PriceReview:
    """Turn the JSON of `pulumi preview --json` into a price report.

    `drift` is the JSON of `pulumi refresh --preview-only --json`, `usage` gives tokens a month per
    model, `list_price` looks list prices up. Raises KeywordsAIError where a document is no preview.
    """
    seen = read_preview(preview)
    moved = None if drift is None else moved_outside(drift)
    with localcontext(EXACT):
        changes = [_change(outcome, usage or {}, list_price) for outcome in outcomes(seen)]
        without_usage = () if usage is None else _without_usage(changes)
        return PriceReview(
            stack=stack or seen.stack or "preview",
            changes=tuple(sorted(changes, key=_expensive_first)),
            outside=None
            if moved is None
            else tuple(
                sorted((_change(each, {}, list_price) for each in moved), key=_expensive_first)
            ),
            unchanged=sum(step.operation in {"same", "import"} for step in seen.steps),
            not_listed=seen.not_listed,
            usage_given=usage is not None,
            monthly=None if usage is None or seen.errors else _total(changes, without_usage),
            without_usage=without_usage,
            list_prices=list_price is not None,
            remarks=seen.remarks,
            errors=tuple(message.text for message in seen.errors),
        )


def read_preview(document: Mapping[str, Any]) -> Preview:
    """Read a preview; raises KeywordsAIError for the report of a refresh, and for what is neither.

    One that ended in an error may be anything: it is reported, and never passes.
    """
    seen = read(document)
    if seen.refresh:
        raise KeywordsAIError("this is the report of a refresh, which belongs to --drift.")
    if seen.refresh is None and not seen.errors:
        raise KeywordsAIError(
            "this is not the whole report of `pulumi preview --json`: it does not list the stack "
            "itself; make it with --json."
        )
    return seen


def not_known(change: ModelChange) -> str:
    """Name the prices that the effect on the bill leaves out, each with the reason."""
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


def moved_outside(drift: Mapping[str, Any]) -> list[Outcome]:
    """Read what a refresh found; raises KeywordsAIError where that is not the report of one."""
    seen = read(drift)
    if seen.refresh is False:
        raise KeywordsAIError(
            "this is another preview; drift is reported by `pulumi refresh --preview-only --json`, "
            "without --run-program."
        )
    if seen.errors:
        raise KeywordsAIError(f"the refresh ended in an error: {seen.errors[0].text}")
    return outside(seen)


def _without_usage(changes: Iterable[ModelChange]) -> tuple[str, ...]:
    whole = {Action.CREATED, Action.DELETED}
    return tuple(
        change.model_name
        for change in changes
        if (change.prices or change.inherits or change.action in whole)
        and change.monthly is None
        and not change.monthly_without
        and change.action not in _NO_EFFECT
    )


def _total(changes: Sequence[ModelChange], without_usage: Sequence[str]) -> Decimal | None:
    """Sum what is known, unless that is nothing of what is needed, or `up` would refuse a model."""
    known = [change.monthly for change in changes if change.monthly is not None]
    missing = without_usage or any(change.monthly_without for change in changes)
    refused = any(change.action == Action.REFUSED for change in changes)
    return None if refused or (missing and not known) else sum(known, Decimal(0))


def _expensive_first(change: ModelChange) -> tuple[Any, ...]:
    percents = [abs(price.percent) for price in change.prices if price.percent is not None]
    gravity = list(Action).index(change.action)
    return -abs(change.monthly or Decimal(0)), gravity, -max(percents, default=0), change.model_name


def _change(outcome: Outcome, usage: Usage, list_price: ListPrice | None) -> ModelChange:
    listed = (list_price(outcome.base) if list_price and outcome.base else None) or {}
    prices = tuple(
        _price(outcome.model_name, field, *outcome.pairs[field], listed.get(field))
        for field in PRICE_FIELDS
        if field in outcome.pairs
    )
    tokens = usage.get(outcome.model_name) or usage.get(outcome.previous_name or "")
    monthly, without = _monthly(outcome.action, prices, outcome.inherited, tokens)
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
        named = shortened(one_line(model), 200)
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
        return Hidden.UNKNOWN if raw == UNKNOWN else Hidden.SECRET
    read = number(raw)
    if read is None:
        raise ValueError(f"{shortened(repr(raw), 100)} is not a price")
    return read


def _percent(old: Decimal | None, new: Decimal) -> Decimal | None:
    """Give the change in percent to two decimals, or to one digit where that would be nothing."""
    if not old:
        return None
    exact = (new - old) * 100 / old
    finer = Decimal(1).scaleb(min(-2, exact.adjusted())) if exact else _HUNDREDTH
    return exact.quantize(finer)


def _sentence(field: str, old: object, new: object) -> str:
    for value in (new, old):
        if value in (UNKNOWN, SECRET):
            return said_hidden(field, Hidden.UNKNOWN if value == UNKNOWN else Hidden.SECRET)
    return said(field, old, new)


def _monthly(
    action: Action,
    prices: tuple[PriceChange, ...],
    inherited: Collection[str],
    tokens: Mapping[str, Decimal | int] | None,
) -> tuple[Decimal | None, tuple[str, ...]]:
    """Sum price differences times tokens; a model that is created or deleted counts in whole.

    A price that is no longer declared keeps its live value, so it costs what it did, unless it is
    inherited from another base or by another model. A price that goes up needs a count of its
    tokens, and be it 0; otherwise a count that is left out is 0.
    """
    if tokens is None or action in _NO_EFFECT:
        return None, ()
    by_field = {price.field: price for price in prices}
    whole = action in {Action.CREATED, Action.DELETED}
    known, without = [], []
    for field, kind in TOKENS_OF.items():
        price, used = by_field.get(field), tokens.get(kind)
        if kind not in tokens and price and (price.difference or 0) > 0:
            without.append(field)
            continue
        if not used or (price is None and not whole and field not in inherited):
            continue
        change = None if field in inherited else _cost_change(price, action)
        if change is None:
            without.append(field)
        else:
            known.append(change * used / _MILLION)
    return None if without and not known else sum(known, Decimal(0)), tuple(without)


def _cost_change(price: PriceChange | None, action: Action) -> Decimal | None:
    if price is None:
        return None
    if action == Action.CREATED:
        return price.new if isinstance(price.new, Decimal) else None
    if action == Action.DELETED:
        return -price.old if isinstance(price.old, Decimal) else None
    return Decimal(0) if price.new is None else price.difference
