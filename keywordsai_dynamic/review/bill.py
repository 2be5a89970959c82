"""The effect of price changes on the monthly bill."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from ..core.names import TOKENS_OF
from .changes import ModelChange, PriceChange
from .outcome import Action

_MILLION = Decimal(1_000_000)
_WHOLE = frozenset({Action.CREATED, Action.DELETED})
_NO_EFFECT = frozenset({Action.REFUSED, Action.RELEASED})


def monthly_change(
    action: Action,
    prices: Iterable[PriceChange],
    inherited: Collection[str],
    tokens: Mapping[str, Decimal | int] | None,
) -> tuple[Decimal | None, tuple[str, ...]]:
    """Sum price differences times tokens, and list the prices that the sum lacks.

    A model that is created or deleted counts in full. A price that is no longer declared keeps its
    live value, so its cost stays the same, unless it is inherited from another base or by another
    model. A price increase needs a count of its tokens, even if it is 0; any other missing count
    is 0.
    """
    if tokens is None or action in _NO_EFFECT:
        return None, ()
    by_field = {price.field: price for price in prices}
    known, without = [], []
    for field, kind in TOKENS_OF.items():
        price, used = by_field.get(field), tokens.get(kind)
        if kind not in tokens and price and (price.difference or 0) > 0:
            without.append(field)
            continue
        if not used or (price is None and action not in _WHOLE and field not in inherited):
            continue
        change = None if field in inherited else _cost_change(price, action)
        if change is None:
            without.append(field)
        else:
            known.append(change * used / _MILLION)
    return None if without and not known else sum(known, Decimal(0)), tuple(without)


def without_usage(changes: Iterable[ModelChange]) -> tuple[str, ...]:
    """Return the models whose cost may change and that the usage does not list."""
    return tuple(
        change.model_name
        for change in changes
        if (change.prices or change.inherits or change.action in _WHOLE)
        and change.monthly is None
        and not change.monthly_without
        and change.action not in _NO_EFFECT
    )


def total(changes: Sequence[ModelChange], unlisted: Sequence[str]) -> Decimal | None:
    """Sum the known effects; None where none is known, or where `pulumi up` would refuse a model.

    `unlisted` are the models without usage.
    """
    known = [change.monthly for change in changes if change.monthly is not None]
    missing = unlisted or any(change.monthly_without for change in changes)
    refused = any(change.action == Action.REFUSED for change in changes)
    return None if refused or (missing and not known) else sum(known, Decimal(0))


def _cost_change(price: PriceChange | None, action: Action) -> Decimal | None:
    if price is None:
        return None
    if action == Action.CREATED:
        return price.new if isinstance(price.new, Decimal) else None
    if action == Action.DELETED:
        return -price.old if isinstance(price.old, Decimal) else None
    return Decimal(0) if price.new is None else price.difference
