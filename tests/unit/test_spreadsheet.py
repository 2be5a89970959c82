"""Cells of a CSV file: never a formula, and read back unchanged."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywordsai_dynamic.core.redaction import one_line
from keywordsai_dynamic.files.spreadsheet import from_cell, to_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),  # noqa: RUF001  (full-width, as those below)
        ("＋1", "'＋1"),  # noqa: RUF001
        ("－1", "'－1"),  # noqa: RUF001
        ("＠x", "'＠x"),  # noqa: RUF001
        (" =1", "' =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\"='1'", "'\"='1'"),
        ("'=1", "''=1"),
        ("a;=1;b", "a;'=1;b"),
        ("\t=1", "\\t=1"),
        ("\r\n=1", "\\r\\n=1"),
        ("\x1b[31m\u202e\ud83d", "\\x1b[31m\\u202e\\ud83d"),
        ("acme/gpt-4o = fine", "acme/gpt-4o = fine"),
        ("", ""),
        (-2.5, -2.5),
        (-1, -1),
        (True, True),
        (None, None),
        (["=1"], "['=1']"),
    ],
)
def test_no_cell_is_a_formula(value: object, cell: object) -> None:
    """Text that a spreadsheet would compute gets an apostrophe; numbers stay numbers."""
    assert to_cell(value) == cell


@given(st.text(st.sampled_from("=+-@＝;'\" a\u00a0\t") | st.characters()))  # noqa: RUF001
def test_a_cell_is_read_back(text: str) -> None:
    """Text without control characters reads back unchanged, and no cell begins a formula."""
    cell = str(to_cell(text))
    assert not [part for part in cell.split(";") if re.match(r"[\s\"]*[=+\-@＝＋－＠]", part)]  # noqa: RUF001
    assert from_cell(cell) == one_line(text)
