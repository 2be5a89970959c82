"""Usage files: how many tokens a month each model is expected to serve, by kind."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from keywordsai_dynamic.errors import KeywordsAIError
from keywordsai_dynamic.names import PRICE_FIELDS
from keywordsai_dynamic.redaction import one_line
from keywordsai_dynamic.spreadsheet import from_cell

from .words import LARGEST, shortened

TOKENS_OF = {price: f"{price.removesuffix('_cost')}_tokens" for price in PRICE_FIELDS}
"""Which tokens a price is paid for: `input_cost` is paid for `input_tokens`, and so on."""

Usage = Mapping[str, Mapping[str, Decimal | int]]
"""Tokens a month: model_name → `input_tokens`, `output_tokens`, `cache_hit_input_tokens`,
`cache_creation_input_tokens`. A token is counted under one kind, the one it is billed as."""

_SHOWN = 200
_MAGNITUDES = {"": 0, "K": 3, "M": 6, "B": 9, "T": 12}


def read_usage(text: str, name: str) -> dict[str, dict[str, Decimal]]:
    """Read a usage file; `name` ends in .csv, .json, or anything else for YAML.

    A count is a number of 0 or more, or text such as `900M`, `1.5B` or `1_000_000`. Raises
    KeywordsAIError, one line that names file, model and kind.
    """
    try:
        models = _parse(text, name)
    except (ValueError, yaml.YAMLError, csv.Error) as problem:
        where = shortened(" ".join(str(problem).split()), _SHOWN)
        raise KeywordsAIError(f"{name} cannot be read as a usage file: {where}") from None
    except RecursionError:
        raise KeywordsAIError(
            f"{name} cannot be read as a usage file: it is nested too deeply"
        ) from None
    if not isinstance(models, dict) or not all(isinstance(row, dict) for row in models.values()):
        raise KeywordsAIError(
            f"{name} is no usage file: it maps each model_name to its tokens a month, like "
            "`acme/support-llm: {input_tokens: 900M, output_tokens: 120M}`."
        )
    return {
        str(model): {str(kind): _count(name, model, kind, count) for kind, count in row.items()}
        for model, row in models.items()
    }


def _parse(text: str, name: str) -> Any:  # noqa: ANN401  (YAML is anything)
    if name.lower().endswith(".csv"):
        return _rows(text.removeprefix("\ufeff"))
    if name.lower().endswith(".json"):
        return json.loads(text, parse_float=Decimal)
    return yaml.safe_load(text)


def _rows(text: str) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    if "model_name" not in (rows.fieldnames or []):
        raise ValueError("its first line must name the columns, model_name among them")
    models: dict[str, dict[str, str]] = {}
    for row in rows:
        cell = row.pop("model_name")
        if None in row or cell is None:  # a cell too many, or too few to come to the name
            raise ValueError(f"line {rows.line_num} has not as many cells as there are columns")
        model = from_cell(cell)  # as `keywordsai-dynamic models` writes it
        if model in models:
            raise ValueError(f"model {model} stands in it twice")
        models[model] = {kind: count for kind, count in row.items() if count}
    return models


def _count(name: str, model: str, kind: str, value: object) -> Decimal:
    shown = shortened(one_line(str(model)), _SHOWN)
    if kind not in TOKENS_OF.values():
        raise KeywordsAIError(
            f"{name}, model {shown}: {shortened(repr(kind), _SHOWN)} is no kind of tokens; there "
            f"are {', '.join(TOKENS_OF.values())}."
        )
    try:
        match = re.fullmatch(r"([0-9.eE+_]+)\s*([KMBT]?)", str(value).strip())
        if isinstance(value, bool) or match is None:
            raise InvalidOperation
        count = Decimal(match[1]).scaleb(_MAGNITUDES[match[2]])
        if not count.is_finite() or count >= LARGEST:
            raise InvalidOperation
    except (ArithmeticError, RecursionError, ValueError):  # of Decimal, and of text made of it
        told = (
            "what stands there"
            if isinstance(value, dict | list)
            else shortened(repr(value), _SHOWN)
        )
        raise KeywordsAIError(
            f"{name}, model {shown}, {kind}: {told} is no number of tokens; "
            "write one like 900000000, 900_000_000 or 900M."
        ) from None
    return count
