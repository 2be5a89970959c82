"""What commands write: sentences for people, data for programs, and nothing that steers a terminal.

Sentences are escaped where needed, and end up as whatever the stream can carry. Data is valid, in
UTF-8, and read back it is what it was: JSON and YAML escape what a terminal would obey.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
import yaml

from ..core.quoting import is_plain
from ..core.redaction import printable, redact

if TYPE_CHECKING:
    from rich.console import Console

_TEXT = "tag:yaml.org,2002:str"


def never_fail() -> None:
    """Let standard output and error escape what their encoding lacks, rather than raise.

    A stream that is closed from the start is None in Python, and would be missed in many places;
    what is said on standard error would end up on standard output.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  (to the end)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon() -> None:
    """Drop what standard output still holds, which Python would try to write again at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else nowhere)


def _nobody_reads() -> NoReturn:
    """End as a command does that could not say what it found: 1 would be a finding."""
    abandon()
    raise SystemExit(2)


def console(*, width: int | None = None) -> Console:
    """Give a console of rich on standard output."""
    from rich.console import Console  # noqa: PLC0415  (most commands do without)

    class Output(Console):
        def on_broken_pipe(self) -> None:
            _nobody_reads()

    return Output(highlight=False, width=width)


def say(sentence: str, *, err: bool = False) -> None:
    """Write a sentence to standard output or error: without key or secrets, printable."""
    # The stream by name: typer writes UTF-8 to one that says it is ASCII, and rich does not.
    _echo(redact(sentence), err=err)


def write(data: str) -> None:
    """Write data to standard output, as UTF-8 whatever the shell's encoding is."""
    _echo(data.encode(), nl=False)


def _echo(text: str | bytes, *, err: bool = False, nl: bool = True) -> None:
    try:
        typer.echo(text, file=sys.stderr if err else sys.stdout, nl=nl)
    except BrokenPipeError:
        _nobody_reads()


def as_json(value: object) -> str:
    """Write JSON with a line break at its end."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _escaped(text, _json_escape) + "\n"


def _json_escape(character: str) -> str:
    escaped = json.dumps(character)[1:-1]
    return escaped if escaped != character else f"\\u{ord(character):04x}"


def as_yaml(value: object) -> str:
    """Write YAML that its versions 1.1 and 1.2 read alike."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize
    )
    # Only between double quotes can such a character stand here, and there an escape is read.
    return _escaped(text, lambda character: f"\\U{ord(character):08x}")


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    if printable(text) == text:
        return text
    return "".join(each if printable(each) == each else escape(each) for each in text)


class _Dumper(yaml.SafeDumper):
    """SafeDumper with quotes around all that some reader of YAML takes for no text."""


def _text(dumper: _Dumper, text: str) -> Any:  # noqa: ANN401  (a node)
    return dumper.represent_scalar(_TEXT, text, style=None if is_plain(text) else '"')


_Dumper.add_representer(str, _text)
