"""A status line on standard error, for a user who waits longer than a second at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

from ..core.redaction import redact

_PATIENCE = 1.0


@contextmanager
def progress(sentence: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done, once it takes over a second; in a pipe, show nothing.

    Yields a function that replaces the sentence.
    """
    if not sys.stderr.isatty():
        yield lambda _sentence: None
        return
    from rich.console import Console  # noqa: PLC0415  # not for pipes
    from rich.text import Text  # noqa: PLC0415  # likewise

    def shown(text: str) -> Text:
        return Text(redact(text))

    status = Console(stderr=True).status(shown(sentence))
    begin = Timer(_PATIENCE, status.start)
    begin.start()
    try:
        yield lambda new: status.update(shown(new))
    finally:
        begin.cancel()
        begin.join()
        status.stop()
