"""The commands that list what the service has: `models`, `providers` and `import-file`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.redaction import one_line
from ..terminal.output import as_csv, as_json, as_yaml, give_up, print_table, say, write


class ListFormat(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"


class ModelsFormat(StrEnum):
    """How a list of models is printed: `catalog` is for models alone."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    CATALOG = "catalog"


Match = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Models to include, like 'acme/*', or a name; repeatable."),
]
Stack = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Stack whose API key and base URL to use, as `pulumi` does."),
]

Name = Annotated[str | None, typer.Option(help="Resource name in the program, for a single model.")]
Native = Annotated[
    bool,
    typer.Option("--native", help="For the native plugin; implied unless the project is Python."),
]
Export = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Output of `pulumi stack export`; models in it are skipped."),
]
Together = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Adopt all models as one resource, a ModelSet of this name."),
]
AllFields = Annotated[bool, typer.Option("--all-fields", help="Also declare inherited values.")]


def models(
    match: Match = None,
    stack: Stack = None,
    everything: Annotated[bool, typer.Option("--all", help="Include built-in models.")] = False,
    output: Annotated[ModelsFormat, typer.Option("--format", help="Output format.")] = (
        ModelsFormat.TABLE
    ),
) -> None:
    """List the live models; prices are USD per million tokens.

    YAML and CSV can be read as a catalog. YAML puts built-in models under x-built-in, which a
    catalog ignores. `catalog` is what a person would write: your own models, without the values
    that they would have anyway. CSV writes unprintable characters like \\x1b, and an apostrophe in
    front of text that a spreadsheet would take for a formula.
    """
    from ..terminal import models_table  # noqa: PLC0415  (only this command needs them)
    from ..terminal.list_models import live_models  # noqa: PLC0415  (likewise)
    from ..terminal.stack_settings import settings_for  # noqa: PLC0415  (likewise)

    if output is ModelsFormat.CATALOG and everything:
        give_up("--format catalog is for your own models; --format yaml also has built-in ones.")
    live = live_models(settings_for(stack))
    rows = models_table.select(live, match or [], everything=everything)
    if output is ModelsFormat.TABLE:
        print_table(models_table.HEADERS, models_table.as_cells(rows), right=models_table.NUMBERS)
    elif output is ModelsFormat.CATALOG:
        _write_catalog(live, match or [])
    elif output is ModelsFormat.YAML:
        write(as_yaml(models_table.as_catalog(rows)))
        for name in models_table.named_like_shared_values(rows):
            sentence = "a YAML catalog reads this name as shared values; CSV keeps the model"
            say(f"{one_line(name)}: {sentence}", err=True)
    else:
        write(as_json(rows) if output is ModelsFormat.JSON else as_csv(models_table.FIELDS, rows))
    if not rows:
        say(_nothing_listed(match or [], everything=everything), err=True)
    elif output is ModelsFormat.TABLE:
        say("1 model" if len(rows) == 1 else f"{len(rows)} models", err=True)


def _write_catalog(live: Mapping[str, Mapping[str, Any]], patterns: Sequence[str]) -> None:
    """Write the models as `import-file --catalog` would, and say what a catalog cannot hold."""
    from ..catalog.written import unwritable, with_models  # noqa: PLC0415  (only this format needs them)
    from ..import_file.adoption import select  # noqa: PLC0415  (likewise)

    selection = select(live, patterns)
    reasons = {each.model_name: unwritable(each.model_name) for each in selection.adoptions}
    declared = {
        each.model_name: each.declared
        for each in selection.adoptions
        if not reasons[each.model_name]
    }
    write(with_models("", declared, stack=False, file="standard output"))
    for name, reason in reasons.items():
        if reason:
            say(f"{one_line(name)}: left out: {reason}", err=True)
    for note in selection.notes:
        say(f"{one_line(note.model_name)}: {note.field} {note.sentence}", err=True)


def _nothing_listed(patterns: Sequence[str], *, everything: bool) -> str:
    """Describe why the list is empty, and how to list more."""
    matches = f" matches {' or '.join(map(one_line, patterns))}"
    if everything:
        return f"no model{matches}" if patterns else "the service lists no models"
    found = f"no custom model{matches}" if patterns else "no custom models"
    return f"{found}; --all includes built-in models"


def providers(
    match: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB", help="Providers to include, like 'acme-*', or an ID; repeatable."
        ),
    ] = None,
    stack: Stack = None,
    output: Annotated[ListFormat, typer.Option("--format", help="Output format.")] = (
        ListFormat.TABLE
    ),
) -> None:
    """List the custom providers, and how many models use each; timeouts are seconds.

    The service may return every provider's key; no key is shown, in any format. A login or query in
    an address is left out.
    """
    from ..terminal import providers_table  # noqa: PLC0415  (only this command needs them)
    from ..terminal.list_models import live_models, live_providers  # noqa: PLC0415  (likewise)
    from ..terminal.stack_settings import settings_for  # noqa: PLC0415  (likewise)

    settings = settings_for(stack)
    listing = live_providers(settings)
    rows = providers_table.select(listing.providers, live_models(settings), match or [])
    if output is ListFormat.TABLE:
        cells = providers_table.as_cells(rows)
        print_table(providers_table.HEADERS, cells, right=providers_table.NUMBERS)
    elif output is ListFormat.CSV:
        write(as_csv(providers_table.FIELDS, rows))
    else:
        write(as_json(rows) if output is ListFormat.JSON else as_yaml(providers_table.by_id(rows)))
    if not listing.agrees:
        say("the service lists fewer providers than it counts; some may be missing", err=True)
    if not rows:
        matches = f" matches {' or '.join(map(one_line, match))}" if match else "s"
        say(f"no custom provider{matches}", err=True)
    elif output is ListFormat.TABLE:
        say("1 provider" if len(rows) == 1 else f"{len(rows)} providers", err=True)


def import_file(
    *,
    match: Match = None,
    provider: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB", help="Custom providers to adopt, like 'acme-*', or an ID; repeatable."
        ),
    ] = None,
    stack: Stack = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="File for `pulumi import`.")
    ] = Path("import.json"),
    program: Annotated[
        Path | None,
        typer.Option(metavar="FILE.py", help="Also write a matching program."),
    ] = None,
    catalog: Annotated[
        Path | None,
        typer.Option(metavar="models.yaml", help="Or add the models to a catalog."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="Pulumi.STACK.yaml", help="Or add them to a stack's configuration."),
    ] = None,
    stack_export: Export = None,
    name: Name = None,
    together: Together = None,
    native: Native = False,
    all_fields: AllFields = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Adopt live models: write a file for `pulumi import`, and code that matches it.

    Reads the list of models, with --provider that of custom providers too, and writes nothing to
    the service. No key of a provider is written: the program reads it from the configuration.
    """
    from ..import_file.command import run  # noqa: PLC0415  (half a second of Pulumi's SDK)
    from ..import_file.request import Request  # noqa: PLC0415  (likewise)

    request = Request(
        match or [],
        output,
        program,
        catalog,
        config,
        stack_export,
        name,
        all_fields,
        force,
        stack,
        provider or [],
        native,
        together,
    )
    raise typer.Exit(run(request))
