"""The command line: reads options, calls the module that does the work, prints."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from enum import StrEnum
from importlib import metadata
from math import isnan
from pathlib import Path
from queue import SimpleQueue
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, TypeVar

try:
    import typer
except ModuleNotFoundError:
    sys.stderr.write("keywordsai-dynamic needs: pip install 'keywordsai-dynamic[cli]'\n")
    raise SystemExit(2) from None

from ..core.errors import DeclarationError, KeywordsAIError
from ..core.redaction import one_line, redact
from ..core.settings import debugging
from ..emulator import RecordedRequest, running_emulator
from ..review import command
from ..review.command import ReviewFormat
from ..terminal.output import abandon, as_json, as_yaml, console, never_fail, say, write

if TYPE_CHECKING:
    from ..catalog.model_catalog import ModelCatalog
    from ..doctor import Finding

T = TypeVar("T")


class OutputFormat(StrEnum):
    """How a command prints what it found."""

    TABLE = "table"
    JSON = "json"


class ListFormat(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"


app = typer.Typer(
    name="keywordsai-dynamic",
    help="Prices and capabilities of Keywords AI models, declared in Pulumi.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


UNFORESEEN = "This is a bug in keywordsai-dynamic"
SHOW_ME = "KEYWORDSAI_DEBUG=1 shows where"


def main() -> None:
    """Run the command that the arguments name; what goes wrong is one line and exit code 2."""
    never_fail()
    try:
        app()
    except Exception as error:  # noqa: BLE001  (Python would end with 1, which is a finding)
        line = traceback.format_exc() if debugging() else _line(error)
        if isinstance(error, OSError):
            abandon()
        with suppress(OSError):  # nobody may be there to hear it
            say(line, err=True)
        raise SystemExit(2) from None


def _line(error: Exception) -> str:
    """Say in one line what went wrong, also where nobody has foreseen it."""
    if isinstance(error, OSError):  # files are read where their errors are told: it is the output
        return f"{error.filename or 'standard output'}: {error.strerror or error}"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == "rich":
        return "keywordsai-dynamic needs: pip install 'keywordsai-dynamic[cli]'"
    # Pulumi's own error, of an SDK that is too old; by name, as adapters alone import Pulumi.
    told = isinstance(error, KeywordsAIError) or type(error).__name__ == "RunError"
    if told:
        return str(error)
    return one_line(f"{UNFORESEEN}: {type(error).__name__}: {error}; {SHOW_ME}")


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"keywordsai-dynamic {metadata.version('keywordsai-dynamic')}")
        raise typer.Exit


@app.callback()
def keywordsai_dynamic(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Prices and capabilities of Keywords AI models, declared in Pulumi."""


@app.command()
def emulator(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Loopback port; 0 takes a free one.")
    ] = 0,
    api_key: Annotated[
        list[str] | None,
        typer.Option(help="Key to accept; each further one is an organization of its own."),
    ] = None,
) -> None:
    """Serve the models API on loopback until Ctrl-C, to try programs without an account."""
    keys = api_key or ["demo-key"]
    organizations = {key: f"organization-{number}" for number, key in enumerate(keys, 1)}
    stop: SimpleQueue[None] = SimpleQueue()  # a handler that sets an Event can lock itself up
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, lambda *_: stop.put(None))
    with ExitStack() as ending:
        try:
            running = ending.enter_context(
                running_emulator(port=port, api_keys=organizations, on_request=_log)
            )
        except ModuleNotFoundError as error:
            _give_up(f"{error.name} is missing: pip install 'keywordsai-dynamic[emulator]'")
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            _give_up(f"port {port} on 127.0.0.1: {reason}; choose another --port, or none")
        say(f"export KEYWORDSAI_API_KEY={shlex.quote(running.api_key)}")
        say(f"export KEYWORDSAI_BASE_URL={running.url}")
        stop.get()


_Source = Annotated[str, typer.Argument(help="A stack's name, its file, or a catalog file.")]
_Base = Annotated[
    Path | None,
    typer.Option(help="Base file of the stack; else the models.yaml beside the program."),
]
_Format = Annotated[OutputFormat, typer.Option("--format", help="How to print.")]


@app.command()
def parity(
    left: _Source, right: _Source, base: _Base = None, output: _Format = OutputFormat.TABLE
) -> None:
    """Show where the models of two stacks, or of two files, differ; exit code 1 if they do.

    Reads files only: no engine, no login, no passphrase.
    """
    from ..catalog.parity import compare  # noqa: PLC0415  (half a second of Pulumi's SDK)

    _refuse_idle(base, left, right)
    one, one_unread = _models(left, base)
    other, other_unread = _models(right, base)
    unread = {**one_unread, **other_unread}
    found = compare(one.models, other.models, unread)
    if not found.compared:
        why = "all values are encrypted" if found.unread else "there are no models"
        _give_up(f"Nothing was compared: {why}.")
    if output is OutputFormat.JSON:
        write(as_json(found.as_dict(left, right)))
    else:
        _table(("model", "field", left, right), found.as_rows())
        for model, field in found.unread:
            both = f"not compared, secret on both sides: {one_line(model)} {field}"
            say(both if field else _not_compared(model, unread[model]), err=True)
        count = len(found.as_rows())
        say("equal" if found.equal else f"{count} difference{'' if count == 1 else 's'}")
    raise typer.Exit(0 if found.equal else 1)


@app.command()
def prices(
    source: _Source,
    base: _Base = None,
    tolerance: Annotated[
        float,
        typer.Option(
            min=0, max=1_000, metavar="PER_CENT", help="Distance from the list that is fine."
        ),
    ] = 0,
    output: _Format = OutputFormat.TABLE,
) -> None:
    """Compare a catalog with the vendors' list prices; exit code 1 if a price differs."""
    from ..catalog import price_check  # noqa: PLC0415  (half a second of Pulumi's SDK)
    from ..prices.sources import genai  # noqa: PLC0415  (likewise)

    _refuse_idle(base, source)
    if isnan(tolerance):  # which some versions of click let through any bounds
        _give_up("--tolerance is a number of per cent, like 10.")
    catalog, unread = _models(source, base)
    found = _or_give_up(lambda: price_check.check(catalog, tolerance / 100))
    found.unmatched.update(unread)
    newest = genai.data_date()
    data = genai.data_version() + (f", newest price of {newest}" if newest else "")
    if output is OutputFormat.JSON:
        write(as_json(found.as_dict() | {"data": data}))
    else:
        _table(("model", "listed as", "field", "declared", "list", "change"), found.as_rows())
        for model, reason in found.unmatched.items():
            say(_not_compared(model, reason), err=True)
        for remark in found.remarks:
            say(remark, err=True)
        if found.compared:
            say(f"{len(found.differing)} of {len(found.compared)} costs differ; list: {data}")
    if not found.compared:
        _give_up("Nothing was compared: no cost of the catalog has a list price.")
    raise typer.Exit(1 if found.differing else 0)


@app.command()
def schema(
    stack: Annotated[
        bool, typer.Option("--stack", help="The schema of Pulumi.<stack>.yaml instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of a catalog file, for an editor's completion."""
    from ..catalog.json_schema import catalog_schema, stack_schema  # noqa: PLC0415  (as above)

    write(as_json(stack_schema() if stack else catalog_schema()))


def _refuse_idle(base: Path | None, *sources: str) -> None:
    """Give up where a base file is named that no source is laid over."""
    from ..catalog.stack_files import is_catalog  # noqa: PLC0415  (half a second of Pulumi's SDK)

    if base and all(is_catalog(each, Path.cwd()) for each in sources):
        _give_up("--base is the base file of a stack, and no stack is named; take it out.")


def _not_compared(model: str, reason: str) -> str:
    return f"not compared: {one_line(model)}: {one_line(reason)}"


def _models(source: str, base: Path | None) -> tuple[ModelCatalog, Mapping[str, str]]:
    """Read a catalog from files, and say which, as some are found; a mistake ends the command.

    Beside it: the models that are not in it, because they cannot be read, with the reason.
    """
    from ..catalog.model_catalog import ModelCatalog  # noqa: PLC0415  (half a second of Pulumi's SDK)
    from ..catalog.stack_files import layers_of  # noqa: PLC0415

    found = _or_give_up(lambda: layers_of(source, base, Path.cwd()))
    catalog = _or_give_up(lambda: ModelCatalog.from_layers(found.layers))
    files = ", ".join(layer.origin for layer in found.layers)
    if files != Path(source).name:
        say(f"{source}: {files}", err=True)
    for remark in found.remarks:
        say(remark, err=True)
    read = {name: each for name, each in catalog.models.items() if name not in found.encrypted}
    encrypted = {
        name: f"is encrypted as a whole in {file}" for name, file in found.encrypted.items()
    }
    return replace(catalog, models=read), encrypted


def _or_give_up(work: Callable[[], T]) -> T:
    try:
        return work()
    except DeclarationError as problem:
        _give_up(str(problem))


def _table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[str] = ()
) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    def cell(text: str) -> Text:  # and no markup, nor `:smile:`
        return Text(one_line(redact(text)))

    table = Table(box=None, pad_edge=False)
    for header in headers:
        justify: Literal["left", "right"] = "right" if header in right else "left"
        table.add_column(cell(header), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*map(cell, row))
    if table.row_count:
        terminal = console()
        # A log has no width; 80 columns would break names apart.
        (terminal if terminal.is_terminal else console(width=200)).print(table)


@app.command()
def review(
    previews: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME=]PREVIEW.json...",
            help="Output of `pulumi preview --json`, one for each stack; - is standard input.",
        ),
    ],
    drift: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE",
            help="Output of `pulumi refresh --preview-only --json`; once for each stack.",
        ),
    ] = None,
    usage: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE",
            help="Tokens a month for each model (YAML, JSON or CSV), for the monthly effect.",
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Rule that stops a merge, like increase>20%; repeat it."),
    ] = None,
    form: Annotated[ReviewFormat, typer.Option("--format", help="How to write the report.")] = (
        ReviewFormat.TEXT
    ),
) -> None:
    """Report what a preview changes in money; exit with 1 if a rule finds something."""
    try:
        code = command.show(
            command.report_of(previews, drift or [], usage or [], fail_on or []), form
        )
    except KeywordsAIError as error:
        _give_up(str(error))
    raise typer.Exit(code)


_Match = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Models to take, like 'acme/*', or a name; repeat it."),
]


_Stack = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Stack whose key and address are used, as by `pulumi`."),
]


@app.command()
def models(
    match: _Match = None,
    stack: _Stack = None,
    everything: Annotated[bool, typer.Option("--all", help="With the built-in models.")] = False,
    output: Annotated[ListFormat, typer.Option("--format", help="How to print.")] = (
        ListFormat.TABLE
    ),
) -> None:
    """List the live models; prices are USD per million tokens.

    YAML and CSV can be read as a catalog. YAML has built-in models under x-built-in, which a
    catalog passes over. In CSV, unprintable characters are written like \\x1b, and an apostrophe
    stands in front of text that a spreadsheet would take for a formula.
    """
    from ..terminal import models_table  # noqa: PLC0415
    from ..terminal.list_models import live_models  # noqa: PLC0415
    from ..terminal.stack_settings import settings_for  # noqa: PLC0415

    live = live_models(settings_for(stack))
    rows = models_table.chosen(live, match or [], everything=everything)
    if output is ListFormat.TABLE:
        _table(models_table.HEADERS, models_table.as_cells(rows), right=models_table.NUMBERS)
    elif output is ListFormat.YAML:
        write(as_yaml(models_table.as_catalog(rows)))
        for name in models_table.taken_for_shared(rows):
            sentence = "a catalog takes this name for a place of shared values; CSV keeps the model"
            say(f"{one_line(name)}: {sentence}", err=True)
    else:
        write(as_json(rows) if output is ListFormat.JSON else models_table.as_csv(rows))
    if not rows:
        say(_none(match or [], everything=everything), err=True)
    elif output is ListFormat.TABLE:
        say("1 model" if len(rows) == 1 else f"{len(rows)} models", err=True)


def _none(patterns: Sequence[str], *, everything: bool) -> str:
    """Say that no model is listed, and where there may be some."""
    matches = f" matches {' or '.join(map(one_line, patterns))}"
    if everything:
        return f"no model{matches}" if patterns else "the service lists no models"
    if patterns:
        return f"no custom model{matches}; --all looks at the built-in ones too"
    return "no custom models; --all lists the built-in ones too"


@app.command(name="import-file")
def import_file(
    *,
    match: _Match = None,
    stack: _Stack = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="File for `pulumi import`.")
    ] = Path("import.json"),
    program: Annotated[
        Path | None,
        typer.Option(metavar="FILE.py", help="Write the program that matches, too."),
    ] = None,
    catalog: Annotated[
        Path | None,
        typer.Option(metavar="models.yaml", help="Or add the models to a catalog."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="Pulumi.STACK.yaml", help="Or add them to a stack's configuration."),
    ] = None,
    stack_export: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Output of `pulumi stack export`; what it has is left out."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The resource's name in the program, for a single model.")
    ] = None,
    all_fields: Annotated[
        bool, typer.Option("--all-fields", help="Declare inherited values, too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Bring live models under management: a file for `pulumi import`, and code that matches.

    Reads the list of models and writes nothing to the service.
    """
    from ..import_file.command import Wanted, run  # noqa: PLC0415  (half a second of Pulumi's SDK)

    wanted = Wanted(
        match or [], output, program, catalog, config, stack_export, name, all_fields, force, stack
    )
    raise typer.Exit(run(wanted))


@app.command()
def doctor(
    output: Annotated[
        OutputFormat, typer.Option("--format", help="How to print.")
    ] = OutputFormat.TABLE,
) -> None:
    """Look for what is wrong here, from the key to the engine's Python; exit code 1 if there is.

    The key is never shown.
    """
    from .. import doctor as diagnosis  # noqa: PLC0415

    findings = [
        replace(each, found=redact(each.found), to_do=redact(each.to_do))
        for each in diagnosis.examine(Path.cwd())
    ]
    if output is OutputFormat.JSON:
        write(diagnosis.as_json(findings) + "\n")
    else:
        _diagnosis(findings)
    raise typer.Exit(0 if diagnosis.healthy(findings) else 1)


def _diagnosis(findings: Sequence[Finding]) -> None:
    """Print a line for each finding; a terminal gets them folded and in colour."""
    watched = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if watched else sys.maxsize
    column = max(len(each.subject) for each in findings)
    colours = {"good": ("✓", "green"), "note": ("!", "yellow"), "bad": ("✗", "red")}
    for each in findings:
        mark, colour = colours[each.state]
        indent = " " * (column + 5)
        line = f"{mark}  {each.subject:<{column}}  {each.found}"
        shown = _folded(line, width, indent)
        typer.echo(typer.style(mark, fg=colour) + shown.removeprefix(mark), file=sys.stdout)
        if each.to_do:
            say(_folded(f"{indent}→ {each.to_do}", width, f"{indent}  "))


def _folded(line: str, width: int, indent: str) -> str:
    return fill(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def _log(request: RecordedRequest) -> None:
    outcome = "dropped" if request.status is None else request.status
    say(f"{request.method} {request.target} {outcome}", err=True)


def _give_up(line: str) -> NoReturn:
    say(line, err=True)
    raise typer.Exit(2)
