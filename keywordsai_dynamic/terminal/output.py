"""What commands write: sentences for people, data for programs, and nothing that steers a terminal.

Sentences are escaped where needed, and written with whatever characters the stream supports. Data
is valid and in UTF-8, and reads back unchanged: JSON and YAML escape what a terminal would obey.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import typer
import yaml

from ..core.formatting import plain
from ..core.quoting import is_plain
from ..core.redaction import one_line, printable, redact
from ..files.spreadsheet import to_cell

if TYPE_CHECKING:
    from rich.console import Console

_TEXT = "tag:yaml.org,2002:str"
_FLOAT, _INT = "tag:yaml.org,2002:float", "tag:yaml.org,2002:int"
_LOG_WIDTH = 200
"""Columns of a table in a log, which has no width: 80 would break names apart."""


def never_fail() -> None:
    """Let standard output and error escape what their encoding lacks, rather than raise.

    Python sets a stream that is closed from the start to None, which would break in many places,
    and sentences for standard error would end up on standard output. Such a stream is replaced.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  (kept open)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Drop what standard output still buffers; Python would try to write it again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else nowhere)


def _end_unread() -> NoReturn:
    """Exit with 2, because the reader is gone: 1 would mean that something was found."""
    discard_output()
    raise SystemExit(2)


def give_up(sentence: str) -> NoReturn:
    """Write a sentence to standard error, and exit with 2."""
    say(sentence, err=True)
    raise typer.Exit(2)


def console(*, width: int | None = None) -> Console:
    """Return a rich console on standard output."""
    from rich.console import Console  # noqa: PLC0415  (most commands do without)

    class Output(Console):
        def on_broken_pipe(self) -> None:
            _end_unread()

    return Output(highlight=False, width=width)


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[str] = ()
) -> None:
    """Write rows below their headers, or nothing for no rows; `right` names right-aligned ones."""
    from rich.table import Table  # noqa: PLC0415  (most commands do without)
    from rich.text import Text  # noqa: PLC0415  (likewise)

    def cell(text: str) -> Text:  # Text, so that rich reads no markup and no `:smile:`
        return Text(one_line(redact(text)))

    table = Table(box=None, pad_edge=False)
    for header in headers:
        justify: Literal["left", "right"] = "right" if header in right else "left"
        table.add_column(cell(header), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*map(cell, row))
    if table.row_count:
        terminal = console()
        (terminal if terminal.is_terminal else console(width=_LOG_WIDTH)).print(table)


def say(sentence: str, *, err: bool = False) -> None:
    """Write a sentence to standard output or error: printable, without the key or other secrets."""
    # The stream by name: typer writes UTF-8 to one that says it is ASCII, and rich does not.
    _echo(redact(sentence), err=err)


def write(data: str) -> None:
    """Write data to standard output, as UTF-8 whatever the shell's encoding is."""
    _echo(data.encode(), nl=False)


def _echo(text: str | bytes, *, err: bool = False, nl: bool = True) -> None:
    try:
        typer.echo(text, file=sys.stderr if err else sys.stdout, nl=nl)
    except BrokenPipeError:
        _end_unread()


def as_json(value: object) -> str:
    """Return JSON with a line break at its end."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _escaped(text, _json_escape) + "\n"


def _json_escape(character: str) -> str:
    escaped = json.dumps(character)[1:-1]
    return escaped if escaped != character else f"\\u{ord(character):04x}"


def as_yaml(value: object) -> str:
    """Return YAML that readers of versions 1.1 and 1.2 understand alike."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize
    )
    # Such a character can only stand between double quotes, where escapes are read.
    return _escaped(text, lambda character: f"\\U{ord(character):08x}")


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    if printable(text) == text:
        return text
    return "".join(each if printable(each) == each else escape(each) for each in text)


def as_csv(fields: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return CSV: a header of field names, then each row; no cell is a formula."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([to_cell(row.get(field)) for field in fields] for row in rows)
    return written.getvalue()


class _Dumper(yaml.SafeDumper):
    """SafeDumper with quotes around every string that some YAML reader takes for something else."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> Any:  # noqa: ANN401  (a node)
    return dumper.represent_scalar(_TEXT, text, style=None if is_plain(text) else '"')


def _decimal(dumper: _Dumper, number: Decimal) -> Any:  # noqa: ANN401  (a node)
    text = plain(number)  # LiteLLM's reader, like others, takes 2e-06 for text
    return dumper.represent_scalar(_FLOAT if "." in text else _INT, text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _decimal)
