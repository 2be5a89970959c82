"""How often tests try a thing: a few times in `make test`, as often as it takes in `test-long`."""

import os

WHOLE = "WHOLE" in os.environ


def times(short: int, whole: int) -> int:
    """Give how often to try."""
    return whole if WHOLE else short
