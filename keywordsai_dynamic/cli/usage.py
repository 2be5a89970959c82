"""The command `usage`: what models have been used, for `review --usage`."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer


class Environment(StrEnum):
    """The environments of the service."""

    PROD = "prod"
    STAGE = "stage"
    TEST = "test"


def usage(
    *,
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Models to count, like 'acme/*', or a name."),
    ] = None,
    last: Annotated[
        str, typer.Option(metavar="TIME", help="How far to look back: 30d, 4w, 12h.")
    ] = "30d",
    preview: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREVIEW.json",
            help="Count the models whose cost a preview may change; repeatable.",
        ),
    ] = None,
    catalog: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE", help="Count the models of a catalog file or a stack; repeatable."
        ),
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Stack whose API key and base URL to use, and whose models, if none are chosen.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Count all custom models.")] = False,
    environment: Annotated[
        Environment, typer.Option(help="Environment whose calls to count.")
    ] = Environment.PROD,
    breakdown: Annotated[
        bool,
        typer.Option(
            "--breakdown", help="Use two requests for all models, by an undocumented route."
        ),
    ] = False,
) -> None:
    """Count the tokens that models have used, and write the file that review --usage reads.

    Sends one request per model, and a few more. Doubts are written as comments.
    """
    from ..review.command import models_at_stake  # noqa: PLC0415  (only this command needs them)
    from ..usage.command import Request, run  # noqa: PLC0415  (half a second of Pulumi's SDK)

    request = Request(
        names=models or [],
        catalogs=catalog or [],
        previewed=models_at_stake(preview) if preview else None,
        stack=stack,
        everything=everything,
        breakdown=breakdown,
        last=last,
        environment=environment.value,
    )
    run(request, datetime.now(UTC))
