"""Text in a cell of a CSV file, which a spreadsheet may take for a formula.

What begins with `=`, `+`, `-` or `@` is one, behind blanks and quotes too, and where a semicolon
parts the cells. An apostrophe in front makes it text, as it does in a spreadsheet's own cells.
"""

from __future__ import annotations

import re

from ..core.redaction import one_line

_FORMULA = r"""(?=[\s"']*[=+\-@＝＋－＠])"""  # noqa: RUF001  (full-width: Excel reads them alike)
_UNGUARDED = re.compile(rf"(^|;){_FORMULA}")
_GUARDED = re.compile(rf"(^|;)'{_FORMULA}")


def to_cell(value: object) -> object:
    """Return what to write for a value: a number as it is, text printable and never a formula."""
    if value is None or isinstance(value, int | float):
        return value
    return _UNGUARDED.sub(r"\1'", one_line(str(value)))


def from_cell(cell: str) -> str:
    """Read a text back that `to_cell` wrote."""
    return _GUARDED.sub(r"\1", cell)
