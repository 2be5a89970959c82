"""Bounds on CPU time that hold on slow machines too."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

_ADDITIONS = 1_000_000
_USUAL = 0.03
"""CPU seconds that the additions take where the bounds were measured."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block takes more CPU seconds; a slower machine gets more in proportion.

    Processes that have ended within the block count too.
    """
    began = _spent()
    try:
        yield
    finally:
        took = _spent() - began
        bound = seconds if took < seconds else seconds * max(1, _additions() / _USUAL)
        assert took < bound, f"{took:.2f} CPU seconds, at most {bound:.2f}"


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _additions() -> float:
    began, total = _spent(), 0
    for number in range(_ADDITIONS):
        total += number
    return _spent() - began
