"""The command line: reads options, calls the module that does the work, prints."""

import os
import shlex
import signal
import sys
import threading
from typing import Annotated

try:
    import typer
except ModuleNotFoundError:
    sys.stderr.write("keywordsai-dynamic needs: pip install 'keywordsai-dynamic[cli]'\n")
    raise SystemExit(2) from None

from .emulator import RecordedRequest, running_emulator

app = typer.Typer(
    name="keywordsai-dynamic",
    help="Prices and capabilities of Keywords AI models, declared in Pulumi.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command that the arguments name."""
    app()


@app.callback()
def keywordsai_dynamic() -> None:
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
    stop = threading.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, lambda *_: stop.set())
    try:
        with running_emulator(port=port, api_keys=organizations, on_request=_log) as running:
            typer.echo(f"export KEYWORDSAI_API_KEY={shlex.quote(running.api_key)}")
            typer.echo(f"export KEYWORDSAI_BASE_URL={running.url}")
            stop.wait()
    except ModuleNotFoundError as error:
        _give_up(f"{error.name} is missing: pip install 'keywordsai-dynamic[emulator]'")
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        _give_up(f"port {port} on 127.0.0.1: {reason}; choose another --port, or none")


def _log(request: RecordedRequest) -> None:
    outcome = "dropped" if request.status is None else request.status
    typer.echo(f"{request.method} {request.target} {outcome}", err=True)


def _give_up(line: str) -> None:
    typer.echo(line, err=True)
    raise typer.Exit(2)
