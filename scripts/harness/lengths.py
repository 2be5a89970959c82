"""How many cases tests try: some of them in `make test`, all of them in `make test-cases`."""

import os
from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")

WHOLE = "WHOLE" in os.environ


def times(short: int, whole: int) -> int:
    """Return how often to try."""
    return whole if WHOLE else short


def few(cases: Iterable[T], short: int) -> list[T]:
    """Return the cases to try: the first few, where only the engine tells the cases apart."""
    return list(cases)[: None if WHOLE else short]


def long_form_of(twin: str) -> pytest.MarkDecorator:
    """Mark a test that only `make test-cases` runs: `twin`, a faster one, keeps the same promise.

    `twin` is "folder/file.py::function" below `tests`; conftest.py fails where there is none, or
    where that is a long form too.
    """
    return pytest.mark.long_form(twin)


ONE_DOOR = pytest.mark.parametrize(
    "new_plugin",
    few([pytest.param("dynamic", id="python"), pytest.param("native", id="native")], 1),
    indirect=True,
)
"""Mark a test of tests/plugin whose subject is what a service answers: both doors read it alike."""
