"""Usage files: how many tokens each model is expected to serve in a month, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from ..core.errors import KeywordsAIError
from ..core.formatting import shorten
from ..core.names import TOKENS_OF
from ..core.redaction import one_line
from ..files.csv_reader import read_table
from ..files.models import MODEL_NAME, by_model
from ..files.reader import parse
from .counts import tokens
from .vendor_exports import EXPORTS, added_up, export_with

Usage = Mapping[str, Mapping[str, Decimal | int]]
"""Tokens a month: model_name → `input_tokens`, `output_tokens`, `cache_hit_input_tokens`,
`cache_creation_input_tokens`. A token is counted under one kind, the one it is billed as."""

_SHOWN = 200


def read_usage(content: bytes | str, name: str) -> dict[str, dict[str, Decimal]]:
    """Read the content of a usage file; the suffix of `name` says how, as in `files.parse`.

    A count is a whole number of 0 or more, or text such as `900M`, `1.5B` or `1_000_000`. Keys that
    begin with `x-` or `.` and hold no slash are places for shared values, except in a CSV file. A
    CSV file may be a usage export of OpenAI, Anthropic or OpenRouter, whose rows are added up.
    Raises KeywordsAIError, one line that names file, model and kind.
    """
    return read_with_note(content, name)[0]


def read_with_note(
    content: bytes | str, name: str
) -> tuple[dict[str, dict[str, Decimal]], str | None]:
    """Do the same; returned with it: whose export it was, and how many rows were added up."""
    if Path(name).suffix.lower() == ".csv":
        table = read_table(content, name, (MODEL_NAME, *(each.model for each in EXPORTS)))
        export = None if MODEL_NAME in table.columns else export_with(table.columns)
        if export:
            return added_up(export, table.rows, name)
    return _own(content, name), None


def _own(content: bytes | str, name: str) -> dict[str, dict[str, Decimal]]:
    models = by_model(parse(content, name), name)
    if not isinstance(models, dict) or not all(
        isinstance(row, dict | None) for row in models.values()
    ):
        raise KeywordsAIError(
            f"{name} is not a usage file, which maps each model_name to monthly token counts, like "
            "`acme/support-llm: {input_tokens: 900M, output_tokens: 120M}`."
        )
    return {
        _model(name, model): {
            str(kind): _count(name, model, kind, count) for kind, count in (row or {}).items()
        }
        for model, row in models.items()
    }


def _model(name: str, model: object) -> str:
    if not isinstance(model, str):
        raise KeywordsAIError(
            f"{name}, model {model}: a model name must be a string; put it in quotes."
        )
    if not model.strip():
        raise KeywordsAIError(f"{name} has a model without a name.")
    return model


def _count(name: str, model: str, kind: object, value: object) -> Decimal:
    where = f"{name}, model {shorten(one_line(model), _SHOWN)}"
    if kind not in TOKENS_OF.values():
        raise KeywordsAIError(
            f"{where}: {shorten(repr(kind), _SHOWN)} is not a kind of tokens; known kinds: "
            f"{', '.join(TOKENS_OF.values())}."
        )
    try:
        return tokens(value)
    except ValueError as problem:
        raise KeywordsAIError(f"{where}, {kind}: {problem}") from None
