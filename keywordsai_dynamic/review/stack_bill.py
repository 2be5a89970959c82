"""What all models of a stack cost a month, before and after: known only if nothing is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ..core.formatting import parse_number
from ..core.names import TOKENS_OF
from .changes import ModelChange
from .outcome import Action
from .preview import Preview
from .steps import Step
from .usage import Usage

_MILLION = Decimal(1_000_000)
_COUNTS_NEITHER_WAY = frozenset({Action.REFUSED, Action.RELEASED})


class StackBill(NamedTuple):
    """The cost of all models in USD a month; the difference is the effect of the changes."""

    before: Decimal
    after: Decimal


def stack_bill(preview: Preview, changes: Sequence[ModelChange], usage: Usage) -> StackBill | None:
    """Add up tokens times prices of every model; None if a model, a count or a price is missing.

    A preview without `--show-sames` lacks the unchanged models.
    """
    if preview.errors or preview.not_listed or not all(map(_is_known, changes)):
        return None
    costs = [_cost(step, usage) for step in preview.steps if step.operation != "delete"]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs):
        return None
    after = sum(known, Decimal(0))
    return StackBill(after - sum(each.monthly or Decimal(0) for each in changes), after)


def _is_known(change: ModelChange) -> bool:
    left_out = change.monthly is None or change.monthly_without
    return not left_out and change.action not in _COUNTS_NEITHER_WAY


def _cost(step: Step, usage: Usage) -> Decimal | None:
    tokens = _tokens(step, usage)
    if tokens is None:
        return None
    total = Decimal(0)
    for field, kind in TOKENS_OF.items():
        if used := tokens.get(kind):
            price = parse_number(_price(step, field))
            if price is None:
                return None
            total += price * used / _MILLION
    return total


def _tokens(step: Step, usage: Usage) -> Mapping[str, Decimal | int] | None:
    names = (str(state.get("model_name")) for state in (step.new, step.old))
    return next((found for name in names if (found := usage.get(name))), None)


def _price(step: Step, field: str) -> Any:  # noqa: ANN401  (a field's value)
    """Return what is declared, or else what stays live; an answered 0 means "not set"."""
    declared = next((state[field] for state in (step.new, step.old) if field in state), None)
    return declared if declared is not None else step.old_outputs.get(field) or None
