"""How much tests try: a part of it in `make test`, all of it in `make test-long`."""

import os
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

WHOLE = "WHOLE" in os.environ


def times(short: int, whole: int) -> int:
    """Give how often to try."""
    return whole if WHOLE else short


def few(cases: Iterable[T], short: int) -> list[T]:
    """Give the cases to try: the first ones, of cases that only the engine tells apart."""
    return list(cases)[: None if WHOLE else short]
