"""The parts of a report in words, which text and markdown put together each in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from ..core.redaction import one_line
from .outcome import Action
from .report import Hidden, ModelChange, PriceChange, PriceReview, not_known
from .rules import Report
from .words import amount, count, listed_names, money, percent, shortened, signed

_NAME = 100
_FEW = 3
_ONE_SIDED = frozenset({Action.CREATED, Action.DELETED, Action.DELETED_OUTSIDE})


def summary(changes: Iterable[ModelChange]) -> str:
    """Count changes by what becomes of the models: "2 deleted, 1 updated"."""
    counted = Counter(change.action for change in changes)
    return ", ".join(f"{counted[action]:,} {action.value}" for action in Action if counted[action])


def headline(review: PriceReview) -> str:
    """Say in one line how many models change."""
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


def verdict(report: Report) -> str:
    """Say whether the rules let the change pass; empty where there are no rules."""
    parts = [f"Not reviewable: {', '.join(report.incomplete)}"] if report.incomplete else []
    if report.findings:
        parts.append(count(len(report.findings), "finding"))
    if not parts and report.rules:
        parts.append(f"{count(len(report.rules), 'rule')}, no findings")
    return "; ".join(parts)


def asides(report: Report) -> list[str]:
    """List what no rule finds and nobody should miss: what was not judged, or matches nothing."""
    unjudged = [
        f"{one_line(each.stack)}: {each.rule} cannot judge {_short(each.model_name or '')}: "
        f"{each.sentence}"
        for each in report.not_judged
    ]
    passed = [
        f"{one_line(each.stack)}: {each.rule} has nothing to compare with: {each.sentence}"
        for each in report.passed_over
    ]
    why: dict[str, list[str]] = {}
    for usage in report.unmatched_usage:
        why.setdefault(usage.sentence, []).append(_quoted(usage.model_name))
    unmatched = [f"usage for {listed_names(keys)}: {sentence}" for sentence, keys in why.items()]
    return [*unjudged, *passed, *unmatched]


def _short(name: str) -> str:
    return shortened(one_line(name), _NAME)


def _quoted(name: str) -> str:
    """Show blanks around a name, which nobody would see."""
    return name if name == name.strip() and name else repr(name)


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
        return "effect not known" if change.monthly_without else ""
    without = f" without {', '.join(change.monthly_without)}" if change.monthly_without else ""
    return f"{money(change.monthly)} a month{without}"


def total(review: PriceReview) -> str:
    """Write the stack's effect on the bill; nothing where it cannot be known or is not wanted."""
    return "" if review.monthly is None else f"{money(review.monthly)} a month"


def left_out(review: PriceReview) -> list[str]:
    """Say what the stack's effect on the bill leaves out."""
    partly = [change for change in review.changes if change.monthly_without]
    told = [f"{_short(change.model_name)} without {not_known(change)}" for change in partly[:_FEW]]
    if len(partly) > _FEW:
        told.append(f"{count(len(partly) - _FEW, 'more model')} not fully known")
    if review.without_usage:
        told.insert(0, f"no usage given for {listed_names(review.without_usage)}")
    return told


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
