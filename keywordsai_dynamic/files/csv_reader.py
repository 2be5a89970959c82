"""CSV, read strictly: a table of models with named columns, each named once."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import NamedTuple

from .models import MODEL_NAME
from .spreadsheet import from_cell
from .strict import decoded, refusal, shown

_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def from_csv(content: bytes | str, name: str) -> list[dict[str, str]]:
    """Read a table of models, with a column `model_name`; empty cells are left out.

    Empty rows, and the empty columns that spreadsheets write at the right edge, are left out too.
    Cells come back as `keywordsai-dynamic models` received them: without the apostrophe in front of
    what a spreadsheet would compute. Raises DeclarationError, one line that begins with `name`, if
    it cannot be read.
    """
    rows = read_table(content, name).rows
    for line, row in rows:
        if MODEL_NAME not in row:
            raise refusal(name, f"has a row without a {MODEL_NAME}", line)
    if not rows:
        raise refusal(name, "has no rows below the column names")
    return [row for _, row in rows]


class Table(NamedTuple):
    """A table: its columns, and its rows, each with its line."""

    columns: list[str]
    rows: list[tuple[int, dict[str, str]]]


def read_table(content: bytes | str, name: str, names: Sequence[str] = (MODEL_NAME,)) -> Table:
    """Read a table as `from_csv` does, except that one of these columns names the models.

    A row need not have that cell.
    """
    lines = csv.reader(StringIO(decoded(content, name), newline=""), strict=True)
    try:
        filled = (cells for cells in lines if any(map(str.strip, cells)))
        columns = list(map(str.strip, next(filled, [])))
        while columns and not columns[-1]:
            columns.pop()
        _check_columns(columns, name, max(lines.line_num, 1), names)
        return Table(columns, [_row(each, columns, name, lines.line_num) for each in filled])
    except csv.Error as problem:
        raise refusal(name, str(problem), lines.line_num) from None


def _check_columns(columns: list[str], name: str, line: int, names: Sequence[str]) -> None:
    if not any(each in columns for each in names):
        for separator, plural in _SEPARATORS.items():
            if any(separator in each for each in columns):
                raise refusal(name, f"separates its cells with {plural}; use commas", line)
        raise refusal(name, f"needs a header row with a column {MODEL_NAME}", line)
    if "" in columns:
        raise refusal(name, f"column {columns.index('') + 1} has no name", line)
    if repeated := next((each for each in columns if columns.count(each) > 1), None):
        raise refusal(name, f"the column {shown(repeated)} appears twice; keep one", line)


def _row(cells: list[str], columns: list[str], name: str, line: int) -> tuple[int, dict[str, str]]:
    if len(cells) < len(columns) or any(map(str.strip, cells[len(columns) :])):
        sentence = f"has a row of {len(cells)} cells, but there are {len(columns)} columns"
        raise refusal(name, sentence, line)
    pairs = zip(columns, cells, strict=False)
    return line, {column: from_cell(cell) for column, cell in pairs if cell}
