"""Bounds on CPU time that hold on slow machines too."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_ADDITIONS = 300_000
_USUAL = 0.02
"""CPU seconds that the additions take where the bounds were measured."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block takes more CPU seconds; a slower machine gets more in proportion."""
    began = time.process_time()
    try:
        yield
    finally:
        took = time.process_time() - began
        bound = seconds if took < seconds else seconds * max(1, _additions() / _USUAL)
        assert took < bound, f"{took:.2f} CPU seconds, at most {bound:.2f}"


def _additions() -> float:
    began, total = time.process_time(), 0
    for number in range(_ADDITIONS):
        total += number
    return time.process_time() - began
