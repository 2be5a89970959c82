"""The parts of a report in words, which text and markdown put together each in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from .outcome import Action
from .report import Hidden, ModelChange, PriceChange, PriceReview
from .rules import Report
from .words import amount, count, money, percent, signed

_ONE_SIDED = frozenset({Action.CREATED, Action.DELETED, Action.DELETED_OUTSIDE})


def summary(changes: Iterable[ModelChange]) -> str:
    """Count changes by what becomes of the models: "2 deleted, 1 updated"."""
    counted = Counter(change.action for change in changes)
    return ", ".join(f"{counted[action]:,} {action.value}" for action in Action if counted[action])


def headline(review: PriceReview) -> str:
    """Say in one line how many models change."""
    parts = [summary(review.changes) or "no model changes"]
    if review.unchanged:
        parts.append(f"{review.unchanged:,} unchanged")
    if review.outside:
        parts.append(summary(review.outside))
    return ", ".join(parts)


def verdict(report: Report) -> str:
    """Say whether the rules let the change pass; empty where there are no rules."""
    if report.findings:
        return count(len(report.findings), "finding")
    if not report.rules or report.verdict == "incomplete":
        return ""
    return f"{count(len(report.rules), 'rule')}, no findings"


def title(change: ModelChange) -> str:
    """Name the model, and the name it had before."""
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
    return value.value if isinstance(value, Hidden) else amount(value)


def moved(change: PriceChange) -> tuple[str, str]:
    """Write difference and percent; a price that is new, gone or not known has none."""
    difference = "" if change.difference is None else signed(change.difference) or "0"
    return difference, "" if change.percent is None else percent(change.percent)


def listed(change: PriceChange) -> str:
    """Write the list price and how far the new price is from it."""
    if change.list_price is None:
        return ""
    if change.above_list is None:
        return f"list {amount(change.list_price)}"
    distance = percent(change.above_list) if change.above_list else "equal"
    return f"list {amount(change.list_price)} ({distance})"


def monthly(change: ModelChange) -> str:
    """Write the effect on the bill, and which prices are missing in it."""
    if change.monthly is None:
        return ""
    without = f" without {', '.join(change.monthly_without)}" if change.monthly_without else ""
    return f"{money(change.monthly)} a month{without}"


def total(review: PriceReview) -> str:
    """Write the stack's effect on the bill."""
    if review.monthly is None:
        return ""
    missing = len(review.without_usage) + sum(bool(c.monthly_without) for c in review.changes)
    proviso = f", {count(missing, 'model')} not fully known" if missing else ""
    return f"{money(review.monthly)} a month{proviso}"


def remarks(change: ModelChange) -> list[str]:
    """List what the preview said and the rows of the model do not say already."""
    told = tuple(f"{field.field} is no longer declared" for field in change.capabilities)
    kept = [remark for remark in change.remarks if not (told and remark.startswith(told))]
    if change.action != Action.OVERWRITTEN:
        return kept
    return [remark.splitlines()[0].rstrip(":") for remark in kept]


def errors(review: PriceReview) -> list[str]:
    """List why the preview ended early, but for what stands with a refused model already."""
    told = {remark for change in review.changes for remark in change.remarks}
    return [error for error in review.errors if error not in told]


def reason(error: str) -> str:
    """Give an error's first line, or the line below the frames where it is a traceback."""
    lines = error.rpartition("\nTraceback (most recent call last):\n")[2].splitlines()
    return next((line for line in lines if not line.startswith(" ")), error).rstrip(":")
