"""Options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class OutputFormat(StrEnum):
    """How a command prints its results."""

    TABLE = "table"
    JSON = "json"


Format = Annotated[OutputFormat, typer.Option("--format", help="Output format.")]


class PricesFormat(StrEnum):
    """How `prices` prints its results: HTML is a page for a browser."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"
