"""The command `review`: what a preview changes in prices."""

from __future__ import annotations

from typing import Annotated

import typer

from ..core.errors import KeywordsAIError
from ..review import command
from ..review.command import ReviewFormat
from ..terminal.output import give_up


def review(
    previews: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME=]PREVIEW.json...",
            help="Output of `pulumi preview --json`, one per stack; - reads standard input.",
        ),
    ],
    drift: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE",
            help="Output of `pulumi refresh --preview-only --json`, one per stack; repeatable.",
        ),
    ] = None,
    usage: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE",
            help="Tokens per month for each model (YAML, JSON or CSV), for the monthly effect.",
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Rule to fail on, like increase>20%; repeatable."),
    ] = None,
    form: Annotated[ReviewFormat, typer.Option("--format", help="Output format.")] = (
        ReviewFormat.TEXT
    ),
) -> None:
    """Report what a preview changes in money; exit code 1 if a rule finds a violation."""
    try:
        code = command.show(
            command.report_of(previews, drift or [], usage or [], fail_on or []), form
        )
    except KeywordsAIError as error:
        give_up(str(error))
    raise typer.Exit(code)
