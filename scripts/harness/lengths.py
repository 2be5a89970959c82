"""How many cases tests try: some of them in `make test`, all of them in `make test-long`."""

import os
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

WHOLE = "WHOLE" in os.environ


def times(short: int, whole: int) -> int:
    """Return how often to try."""
    return whole if WHOLE else short


def few(cases: Iterable[T], short: int) -> list[T]:
    """Return the cases to try: the first few, where only the engine tells the cases apart."""
    return list(cases)[: None if WHOLE else short]
