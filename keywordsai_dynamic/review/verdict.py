"""The verdict of the rules, and where they could not be evaluated, in words."""

from __future__ import annotations

from ..core.formatting import format_count, format_names
from ..core.redaction import one_line
from .report import Report


def verdict(report: Report) -> str:
    """Describe whether the rules let the change pass; empty if there are no rules."""
    parts = [f"Not reviewable: {', '.join(report.incomplete)}"] if report.incomplete else []
    if report.findings:
        parts.append(format_count(len(report.findings), "finding"))
    if not parts and report.rules:
        parts.append(f"{format_count(len(report.rules), 'rule')}, no findings")
    return "; ".join(parts)


def asides(report: Report) -> list[str]:
    """List what was not evaluated or matches nothing, and how usage was read: no rule says that."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for each in report.not_judged:
        key = (each.stack, each.rule, each.sentence)
        alike.setdefault(key, []).append(each.model_name or "")
    not_judged = [
        f"{one_line(stack)}: {rule} cannot be evaluated for {format_names(names)}: {why}"
        for (stack, rule, why), names in alike.items()
    ]
    passed_over = [
        f"{one_line(each.stack)}: {each.rule} has nothing to compare with: {each.sentence}"
        for each in report.passed_over
    ]
    models: dict[str, list[str]] = {}
    for usage in report.unmatched_usage:
        models.setdefault(usage.sentence, []).append(_quoted(usage.model_name))
    unmatched = [f"usage for {format_names(each)}: {why}" for why, each in models.items()]
    return [*not_judged, *passed_over, *unmatched, *report.usage_notes]


def _quoted(name: str) -> str:
    """Make visible what looks like nothing, or like a space inside of a name."""
    return name if name == name.strip() and name.isprintable() and name else repr(name)
