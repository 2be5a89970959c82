"""The price review: what a preview changes, in money.

from . import findings, parse_rule, review

report = review(json.loads(preview), usage={"acme/support-llm": {"input_tokens": 900_000_000}})
found = findings(report, [parse_rule("increase>20%")])
"""

from .outcome import Action
from .report import FieldChange, Hidden, ListPrice, ModelChange, PriceChange, PriceReview, review
from .rules import Finding, Report, Rule, findings, judge, parse_rule, report_schema
from .unmatched import UnmatchedUsage, unmatched_usage
from .usage import Usage, read_usage

__all__ = [
    "Action",
    "FieldChange",
    "Finding",
    "Hidden",
    "ListPrice",
    "ModelChange",
    "PriceChange",
    "PriceReview",
    "Report",
    "Rule",
    "UnmatchedUsage",
    "Usage",
    "findings",
    "judge",
    "parse_rule",
    "read_usage",
    "report_schema",
    "review",
    "unmatched_usage",
]
