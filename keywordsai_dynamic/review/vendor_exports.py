"""The usage exports of vendors: which columns hold which tokens, and many rows for each model.

Columns are those of the CSV files that the consoles of OpenAI, Anthropic and OpenRouter export.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..core.errors import KeywordsAIError
from ..core.formatting import format_count
from ..core.names import TOKENS_OF
from ..core.redaction import one_line
from .counts import tokens

_INPUT, _OUTPUT, _HITS, _CREATION = TOKENS_OF.values()


@dataclass(frozen=True)
class VendorExport:
    """One vendor's columns: which names the model, and which are added up for each kind.

    A column with a minus in front is subtracted. Those in `marks` tell the export from others.
    """

    vendor: str
    model: str
    marks: frozenset[str]
    kinds: Mapping[str, tuple[str, ...]]


EXPORTS = (
    VendorExport(
        "OpenAI",
        "model",
        frozenset({"num_model_requests", "input_tokens", "output_tokens"}),
        {
            _INPUT: ("input_tokens", "-input_cached_tokens"),
            _OUTPUT: ("output_tokens",),
            _HITS: ("input_cached_tokens",),
        },
    ),
    VendorExport(
        "Anthropic",
        "model_version",
        frozenset({"usage_input_tokens_no_cache", "usage_output_tokens"}),
        {
            _INPUT: ("usage_input_tokens_no_cache",),
            _OUTPUT: ("usage_output_tokens",),
            _HITS: ("usage_input_tokens_cache_read",),
            _CREATION: (
                "usage_input_tokens_cache_write_5m",
                "usage_input_tokens_cache_write_1h",
            ),
        },
    ),
    VendorExport(
        "OpenRouter",
        "model_permaslug",
        frozenset({"tokens_prompt", "tokens_completion"}),
        {
            _INPUT: ("tokens_prompt", "-tokens_cached"),
            _OUTPUT: ("tokens_completion",),
            _HITS: ("tokens_cached",),
        },
    ),
)


def export_with(columns: Collection[str]) -> VendorExport | None:
    """Return the export that has these columns, if any."""
    return next((each for each in EXPORTS if {each.model, *each.marks} <= set(columns)), None)


def added_up(
    export: VendorExport, rows: Iterable[tuple[int, Mapping[str, str]]], name: str
) -> tuple[dict[str, dict[str, Decimal]], str]:
    """Add up the rows of each model; returns the tokens, and a sentence that says how many rows.

    A row is its line and its cells; one without any tokens is passed over. Raises KeywordsAIError,
    one line that begins with the file's name, for a count that is none, or belongs to no model.
    """
    usage: dict[str, dict[str, Decimal]] = {}
    number = 0
    for line, row in rows:
        counts = _counts(export, row, f"{one_line(name)}, line {line}")
        if not any(counts.values()):
            continue
        model = row.get(export.model)
        if model is None:
            raise KeywordsAIError(
                f"{one_line(name)}, line {line}: has tokens and no {export.model}; export usage "
                "that is grouped by model."
            )
        number += 1
        total = usage.setdefault(model, dict.fromkeys(export.kinds, Decimal(0)))
        for kind, count in counts.items():
            total[kind] += count
    if not usage:
        raise KeywordsAIError(
            f"{one_line(name)}: has no row with tokens; export usage that is grouped by model."
        )
    models = format_count(len(usage), "model")
    sentence = f"{export.vendor}'s export, {format_count(number, 'row')} added up for {models}"
    return usage, f"{one_line(name)}: {sentence}"


def _counts(export: VendorExport, row: Mapping[str, str], where: str) -> dict[str, Decimal]:
    found = {}
    for kind, columns in export.kinds.items():
        found[kind] = Decimal(0)
        for column in columns:
            cell = row.get(column.removeprefix("-"))
            if cell is None:
                continue
            try:
                count = tokens(cell)
            except ValueError as problem:
                shown = column.removeprefix("-")
                raise KeywordsAIError(f"{where}, {shown}: {problem}") from None
            found[kind] += -count if column.startswith("-") else count
        if found[kind] < 0:
            raise KeywordsAIError(f"{where}: more tokens were read from the cache than were sent.")
    return found
