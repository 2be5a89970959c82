"""The commands that read catalog files: `parity`, `prices` and `schema`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ..core.errors import DeclarationError
from ..core.redaction import one_line
from ..terminal.output import as_json, give_up, print_table, say, write
from .options import Format, OutputFormat, PricesFormat

if TYPE_CHECKING:
    from ..catalog.model_catalog import ModelCatalog

T = TypeVar("T")

Source = Annotated[str, typer.Argument(help="Stack name, stack file, or catalog file.")]
Base = Annotated[
    Path | None,
    typer.Option(help="Base file of the stack; defaults to the models.yaml next to the program."),
]


def parity(
    left: Source, right: Source, base: Base = None, output: Format = OutputFormat.TABLE
) -> None:
    """Show how the models of two stacks or files differ; exit code 1 if they do.

    Reads only files: needs no engine, login or passphrase.
    """
    from ..catalog.parity import compare  # noqa: PLC0415  (half a second of Pulumi's SDK)

    _refuse_unused_base(base, left, right)
    one, one_unread = _models(left, base)
    other, other_unread = _models(right, base)
    unread = {**one_unread, **other_unread}
    found = compare(one.models, other.models, unread)
    if not found.compared:
        why = "all values are encrypted" if found.unread else "there are no models"
        give_up(f"Nothing was compared: {why}.")
    if output is OutputFormat.JSON:
        write(as_json(found.as_dict(left, right)))
    else:
        print_table(("model", "field", left, right), found.as_rows())
        for model, field in found.unread:
            both = f"not compared, secret on both sides: {one_line(model)} {field}"
            say(both if field else _not_compared(model, unread[model]), err=True)
        count = len(found.as_rows())
        say("equal" if found.equal else f"{count} difference{'' if count == 1 else 's'}")
    raise typer.Exit(0 if found.equal else 1)


def prices(
    source: Source,
    base: Base = None,
    tolerance: Annotated[
        float,
        typer.Option(
            min=0, max=1_000, metavar="PERCENT", help="How far a cost may be from its list price."
        ),
    ] = 0,
    output: Annotated[PricesFormat, typer.Option("--format", help="Output format.")] = (
        PricesFormat.TABLE
    ),
) -> None:
    """Compare a catalog with the vendors' list prices; exit code 1 if a price differs."""
    from ..catalog import price_check  # noqa: PLC0415  (half a second of Pulumi's SDK)
    from ..page.prices import prices_page  # noqa: PLC0415  (likewise)
    from ..prices import sources  # noqa: PLC0415  (likewise)

    _refuse_unused_base(base, source)
    if isnan(tolerance):  # some versions of click let NaN pass any bounds
        give_up("--tolerance must be a percentage, like 10.")
    catalog, unread = _models(source, base)
    found = _or_give_up(lambda: price_check.check(catalog, tolerance / 100))
    found.unmatched.update(unread)
    newest = sources.data_date()
    data = sources.data_version() + (f", newest price of {newest}" if newest else "")
    if output is PricesFormat.JSON:
        write(as_json(found.as_dict() | {"data": data}))
    elif output is PricesFormat.HTML:
        write(prices_page(source, catalog.models, found, data))
    else:
        print_table(("model", "listed as", "field", "declared", "list", "change"), found.as_rows())
        for model, reason in found.unmatched.items():
            say(_not_compared(model, reason), err=True)
        for remark in found.remarks:
            say(remark, err=True)
        if found.compared:
            say(f"{len(found.differing)} of {len(found.compared)} costs differ; list: {data}")
    if not found.compared:
        give_up("Nothing was compared: no cost in the catalog has a list price.")
    raise typer.Exit(1 if found.differing else 0)


def schema(
    stack: Annotated[
        bool, typer.Option("--stack", help="Print the schema of Pulumi.<stack>.yaml instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of a catalog file, for completion in an editor."""
    from ..catalog.json_schema import catalog_schema, stack_schema  # noqa: PLC0415  (as above)

    write(as_json(stack_schema() if stack else catalog_schema()))


def _refuse_unused_base(base: Path | None, *sources: str) -> None:
    from ..catalog.sources import is_catalog  # noqa: PLC0415  (half a second of Pulumi's SDK)

    if base and all(is_catalog(each, Path.cwd()) for each in sources):
        give_up("--base is the base file of a stack, but no stack is given; remove it.")


def _not_compared(model: str, reason: str) -> str:
    return f"not compared: {one_line(model)}: {one_line(reason)}"


def _models(source: str, base: Path | None) -> tuple[ModelCatalog, Mapping[str, str]]:
    """Read a catalog, and tell the user from which files; a mistake ends the command.

    Returned with it: the models left out because they cannot be read, each with the reason.
    """
    from ..catalog.model_catalog import ModelCatalog  # noqa: PLC0415  (half a second of Pulumi's SDK)
    from ..catalog.sources import layers_of  # noqa: PLC0415  (likewise)

    found = _or_give_up(lambda: layers_of(source, base, Path.cwd()))
    catalog = _or_give_up(lambda: ModelCatalog.from_layers(found.layers))
    files = ", ".join(layer.origin for layer in found.layers)
    if files != Path(source).name:
        say(f"{source}: {files}", err=True)
    for remark in found.remarks:
        say(remark, err=True)
    readable = {name: each for name, each in catalog.models.items() if name not in found.encrypted}
    encrypted = {name: f"is entirely encrypted in {file}" for name, file in found.encrypted.items()}
    return replace(catalog, models=readable), encrypted


def _or_give_up(work: Callable[[], T]) -> T:
    try:
        return work()
    except DeclarationError as problem:
        give_up(str(problem))
