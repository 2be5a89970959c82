"""Imports that no garbage collection visits, because modules live as long as the process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting_imports() -> Iterator[None]:
    """Collect nothing while the block imports, and never what it has imported."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
