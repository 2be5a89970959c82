"""Cells of a CSV file that a spreadsheet may take for a formula.

Text is a formula if it begins with `=`, `+`, `-` or `@`, also after blanks, quotes, or a semicolon
that separates cells. An apostrophe in front makes it text, as in a spreadsheet's cells.
"""

from __future__ import annotations

import re

from ..core.redaction import one_line

_FORMULA = r"""(?=[\s"']*[=+\-@＝＋－＠])"""  # noqa: RUF001  (full-width: Excel reads them alike)
_UNGUARDED = re.compile(rf"(^|;){_FORMULA}")
_GUARDED = re.compile(rf"(^|;)'{_FORMULA}")


def to_cell(value: object) -> object:
    """Return what to write for a value: a number as is, text printable and never a formula."""
    if value is None or isinstance(value, int | float):
        return value
    return _UNGUARDED.sub(r"\1'", one_line(str(value)))


def from_cell(cell: str) -> str:
    """Return the text from which `to_cell` made a cell."""
    return _GUARDED.sub(r"\1", cell)
