"""The command line: puts the commands together, and ends on one line where one fails."""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress
from importlib import metadata
from typing import Annotated

try:
    import typer
except ModuleNotFoundError:
    sys.stderr.write("keywordsai-dynamic needs: pip install 'keywordsai-dynamic[cli]'\n")
    raise SystemExit(2) from None

from ..core.errors import KeywordsAIError
from ..core.redaction import one_line
from ..core.settings import debugging
from ..terminal.output import discard_output, never_fail, say
from .catalogs import parity, prices, schema
from .convert import convert
from .doctor import doctor
from .emulator import emulator
from .live_models import import_file, models, providers
from .plugin import plugin
from .review import review
from .usage import usage

UNEXPECTED = "This is a bug in keywordsai-dynamic"
SHOW_WHERE = "KEYWORDSAI_DEBUG=1 shows where"

app = typer.Typer(
    name="keywordsai-dynamic",
    help="Prices and capabilities of Keywords AI models, declared in Pulumi.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command that the arguments name; an error is one line and exit code 2."""
    never_fail()
    try:
        app()
    except Exception as error:  # noqa: BLE001  (Python would exit with 1: "found something")
        line = traceback.format_exc() if debugging() else _line(error)
        if isinstance(error, OSError):
            discard_output()
        with suppress(OSError):  # standard error may be closed, too
            say(line, err=True)
        raise SystemExit(2) from None


def _line(error: Exception) -> str:
    """Describe an error in one line, an unexpected one included."""
    if isinstance(error, OSError):  # readers report errors of their files: this one is the output's
        return f"{error.filename or 'standard output'}: {error.strerror or error}"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == "rich":
        return "keywordsai-dynamic needs: pip install 'keywordsai-dynamic[cli]'"
    # RunError is raised for an SDK that is too old; by name, because only adapters import Pulumi.
    if isinstance(error, KeywordsAIError) or type(error).__name__ == "RunError":
        return str(error)
    return one_line(f"{UNEXPECTED}: {type(error).__name__}: {error}; {SHOW_WHERE}")


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


for _command in (
    *(emulator, parity, prices, schema, review, usage),
    *(models, providers, import_file, convert, doctor),
):
    app.command()(_command)
app.add_typer(plugin, name="plugin")
