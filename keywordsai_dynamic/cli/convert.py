"""The command `convert`: catalogs from what other tools have, and back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .live_models import Match


class Source(StrEnum):
    """The formats that can be read."""

    LITELLM = "litellm"
    LITELLM_PRICES = "litellm-prices"
    LANGFUSE = "langfuse"
    OPENROUTER = "openrouter"
    CSV = "csv"


class Target(StrEnum):
    """The formats that can be written."""

    CATALOG = "catalog"
    LITELLM = "litellm"


class Preference(StrEnum):
    """Which of several entries with one name is converted."""

    FIRST = "first"


def convert(
    file: Annotated[str, typer.Argument(metavar="FILE", help="File to read; - is standard input.")],
    *,
    match: Match = None,
    source: Annotated[
        Source | None, typer.Option("--from", help="Format of FILE; recognized without it.")
    ] = None,
    to: Annotated[Target, typer.Option(help="What to write.")] = Target.CATALOG,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="models.yaml", help="Catalog that gets the models it lacks."
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="Pulumi.STACK.yaml", help="Or a stack's file that gets them."),
    ] = None,
    prefer: Annotated[
        Preference | None,
        typer.Option(help="Take the first of several entries that differ, not refuse them."),
    ] = None,
) -> None:
    """Convert prices of LiteLLM, Langfuse, OpenRouter or a CSV table into a catalog.

    Nothing is sent, and no key in FILE is copied or shown. What a catalog cannot hold is listed on
    standard error. Exit code 2 if FILE has a mistake; then nothing is written.
    """
    from ..convert.command import Request, run, run_back  # noqa: PLC0415  (half a second of Pulumi's SDK)
    from ..convert.selection import Choice  # noqa: PLC0415  (likewise)

    choice = Choice(match or [], prefer is not None)
    request = Request(file, output, into, source and source.value, choice)
    raise typer.Exit(run_back(request) if to is Target.LITELLM else run(request))
