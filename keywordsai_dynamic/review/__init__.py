"""The price review: what a preview changes, in money.

from keywordsai_dynamic.review import findings, parse_rule, review

report = review(json.loads(preview), usage={"acme/support-llm": {"input_tokens": 900_000_000}})
found = findings(report, [parse_rule("increase>20%")])
"""

from .changes import FieldChange, Hidden, ModelChange, PriceChange, PriceReview
from .outcome import Action
from .price_review import ListPriceLookup, review
from .report import Report, RuleViolation, evaluate, findings, report_schema
from .rules import Rule, parse_rule
from .unmatched import UnmatchedUsage, unmatched_usage
from .usage import Usage, read_usage

# Names of version 0.1.0, kept for one version.
Finding = RuleViolation
ListPrice = ListPriceLookup
judge = evaluate

__all__ = [
    "Action",
    "FieldChange",
    "Finding",
    "Hidden",
    "ListPrice",
    "ListPriceLookup",
    "ModelChange",
    "PriceChange",
    "PriceReview",
    "Report",
    "Rule",
    "RuleViolation",
    "UnmatchedUsage",
    "Usage",
    "evaluate",
    "findings",
    "judge",
    "parse_rule",
    "read_usage",
    "report_schema",
    "review",
    "unmatched_usage",
]
