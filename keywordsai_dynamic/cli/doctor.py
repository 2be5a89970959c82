"""The command `doctor`: what is wrong with the setup, and how to fix it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import typer

from ..core.redaction import redact
from ..terminal.output import say, write
from .options import Format, OutputFormat

if TYPE_CHECKING:
    from ..doctor import Diagnosis

_MARKS = {"good": ("✓", "green"), "note": ("!", "yellow"), "bad": ("✗", "red")}


def doctor(output: Format = OutputFormat.TABLE) -> None:
    """Check the setup, from the API key to the engine's Python; exit code 1 if something is wrong.

    Never shows the key.
    """
    from .. import doctor as checks  # noqa: PLC0415  (only this command needs them)

    diagnoses = [
        replace(each, found=redact(each.found), to_do=redact(each.to_do))
        for each in checks.examine(Path.cwd())
    ]
    if output is OutputFormat.JSON:
        write(checks.as_json(diagnoses) + "\n")
    else:
        _print(diagnoses)
    raise typer.Exit(0 if checks.healthy(diagnoses) else 1)


def _print(diagnoses: Sequence[Diagnosis]) -> None:
    """Print a line for each diagnosis; on a terminal, folded and in color."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    column = max(len(each.subject) for each in diagnoses)
    for each in diagnoses:
        mark, color = _MARKS[each.state]
        indent = " " * (column + 5)
        line = _folded(f"{mark}  {each.subject:<{column}}  {each.found}", width, indent)
        typer.echo(typer.style(mark, fg=color) + line.removeprefix(mark), file=sys.stdout)
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
