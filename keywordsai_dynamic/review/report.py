"""The report of all stacks: their reviews, what the rules find in them, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import localcontext
from typing import Any, Literal

from pydantic import Field

from ..core.formatting import EXACT, format_count
from .changes import Frozen, PriceReview
from .checks import CANNOT_EVALUATE, CHECKS, NOTHING_TO_COMPARE, Check
from .rules import Rule
from .unmatched import UnmatchedUsage


class RuleViolation(Frozen):
    """One place where a rule is violated, or where it cannot be evaluated."""

    rule: str = Field(description="The rule, without spaces.")
    stack: str = Field(description="The stack.")
    model_name: str | None = Field(description="The model; null if it is about the whole stack.")
    field: str | None = Field(description="The price; null if it is about the whole model.")
    sentence: str = Field(description="What was found.")


class Report(Frozen):
    """What `keywordsai-dynamic review` reports: the reviews of all stacks, and the verdict.

    `incomplete` means that something could not be evaluated: a preview ended in an error, a model
    will be refused, or a rule lacks the data it needs.
    """

    version: Literal[1] = Field(default=1, description="Version of this format.")
    verdict: Literal["pass", "fail", "incomplete"] = Field(description="Exit code 0, 1 or 2.")
    incomplete: tuple[str, ...] = Field(description="Why the verdict is incomplete, in words.")
    rules: tuple[str, ...] = Field(description="The rules that were applied.")
    findings: tuple[RuleViolation, ...] = Field(description="What the rules found.")
    not_judged: tuple[RuleViolation, ...] = Field(
        description="Where a rule could not be evaluated, and why; if not empty, the verdict is "
        "incomplete."
    )
    passed_over: tuple[RuleViolation, ...] = Field(
        description="What a rule has nothing to compare with; it does not change the verdict."
    )
    unmatched_usage: tuple[UnmatchedUsage, ...] = Field(
        description="Usage of models that no preview has."
    )
    usage_notes: tuple[str, ...] = Field(
        description="How usage was read: rows that were added up, and what patterns match."
    )
    stacks: tuple[PriceReview, ...] = Field(description="A review for each preview.")


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report's JSON."""
    schema = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def findings(review: PriceReview, rules: Iterable[Rule]) -> list[RuleViolation]:
    """Apply rules to a review.

    Raises KeywordsAIError for a rule that lacks the data it needs: `monthly` without usage,
    `drift` without a drift report, a list rule without list prices.
    """
    return _apply(CHECKS, review, rules)


def evaluate(
    reviews: Sequence[PriceReview],
    rules: Sequence[Rule],
    unmatched_usage: Sequence[UnmatchedUsage] = (),
    usage_notes: Sequence[str] = (),
) -> Report:
    """Apply rules, each once, to the reviews of all stacks; raises what `findings` raises."""
    rules = list(dict.fromkeys(rules))
    found = [each for review in reviews for each in findings(review, rules)]
    not_judged = [each for review in reviews for each in _apply(CANNOT_EVALUATE, review, rules)]
    incomplete = _incomplete(reviews, not_judged)
    return Report(
        verdict="incomplete" if incomplete else "fail" if found else "pass",
        incomplete=incomplete,
        rules=tuple(rule.text for rule in rules),
        findings=tuple(found),
        not_judged=tuple(not_judged),
        passed_over=tuple(
            each for review in reviews for each in _apply(NOTHING_TO_COMPARE, review, rules)
        ),
        unmatched_usage=tuple(unmatched_usage),
        usage_notes=tuple(usage_notes),
        stacks=tuple(reviews),
    )


def _apply(
    checks: Mapping[str, Check], review: PriceReview, rules: Iterable[Rule]
) -> list[RuleViolation]:
    with localcontext(EXACT):
        return [
            RuleViolation(
                rule=rule.text,
                stack=review.stack,
                model_name=found.model.model_name if found.model else None,
                field=found.field,
                sentence=found.sentence,
            )
            for rule in rules
            if rule.name in checks
            for found in checks[rule.name](review, rule)
        ]


def _incomplete(
    reviews: Iterable[PriceReview], not_judged: Iterable[RuleViolation]
) -> tuple[str, ...]:
    """List why a report is incomplete, the most severe reason first."""
    refused, ended = 0, 0
    for review in reviews:
        remarks = {remark for change in review.refused for remark in change.remarks}
        refused += len(review.refused)
        ended += any(error not in remarks for error in review.errors)
    reasons = []
    if refused:
        verb = "is" if refused == 1 else "are"
        reasons.append(f"{format_count(refused, 'model')} {verb} refused")
    if ended:
        preview = "the preview" if ended == 1 else f"{ended} previews"
        reasons.append(f"{preview} ended in an error")
    not_evaluated = Counter(each.rule for each in not_judged)
    reasons += [
        f"{rule} cannot be evaluated for {format_count(models, 'model')}"
        for rule, models in not_evaluated.items()
    ]
    return tuple(reasons)
