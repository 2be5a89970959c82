"""The command `emulator`: the models API on localhost."""

from __future__ import annotations

import os
import shlex
import signal
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Annotated

import typer

from ..emulator import RecordedRequest, running_emulator
from ..terminal.output import give_up, say


def emulator(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on localhost; 0 picks a free one.")
    ] = 0,
    api_key: Annotated[
        list[str] | None,
        typer.Option(help="API key to accept; repeatable, one organization per key."),
    ] = None,
) -> None:
    """Serve the models API on localhost until Ctrl-C, to try programs without an account."""
    keys = api_key or ["demo-key"]
    organizations = {key: f"organization-{number}" for number, key in enumerate(keys, 1)}
    stop: SimpleQueue[None] = SimpleQueue()  # a signal handler that sets an Event can deadlock
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.put(None))
    with ExitStack() as ending:
        try:
            running = ending.enter_context(
                running_emulator(port=port, api_keys=organizations, on_request=_log)
            )
        except ModuleNotFoundError as error:
            give_up(f"{error.name} is missing: pip install 'keywordsai-dynamic[emulator]'")
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            give_up(f"port {port} on 127.0.0.1: {reason}; choose another --port, or omit it")
        say(f"export KEYWORDSAI_API_KEY={shlex.quote(running.api_key)}")
        say(f"export KEYWORDSAI_BASE_URL={running.url}")
        stop.get()


def _log(request: RecordedRequest) -> None:
    outcome = "dropped" if request.status is None else request.status
    say(f"{request.method} {request.target} {outcome}", err=True)
