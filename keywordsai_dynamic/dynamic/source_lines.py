"""Where a program declares a model: the nearest lines instead of the whole call stack.

Pulumi's SDK stores the whole stack with every resource, down to Python's event loop, with the paths
of the machine. That is more than a third of a model's state, which the engine rewrites at every
step. `sys.tracebacklimit` would shorten it for all threads, and their errors too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from pathlib import Path
from traceback import walk_stack
from typing import TYPE_CHECKING

from pulumi.runtime import resource as sdk
from pulumi.runtime.proto import source_pb2

if TYPE_CHECKING:
    from types import FrameType

_STORED = 3
"""How many frames of the program are stored: the line that declares, and its callers."""

_nearest: ContextVar[source_pb2.StackTrace | None] = ContextVar("_nearest", default=None)


@contextmanager
def nearest_lines(callers: int) -> Iterator[None]:
    """Show the SDK only the program's nearest lines; `callers` counts our frames to leave out.

    The SDK has no public name for this (3.272.0). It affects only what this thread declares inside
    the block.
    """
    # Two more frames belong to this generator and its context manager.
    frames = [frame for frame, _ in islice(walk_stack(sys._getframe(callers + 2)), _STORED)]
    token = _nearest.set(source_pb2.StackTrace(frames=[*map(_stored, frames)]))
    try:
        yield
    finally:
        _nearest.reset(token)


def _stored(frame: FrameType) -> source_pb2.StackFrame:
    path = Path(frame.f_code.co_filename)
    if not path.is_absolute():  # `<string>`, for example, is not a file
        return source_pb2.StackFrame()
    position = source_pb2.SourcePosition(uri=path.as_uri(), line=frame.f_lineno)
    return source_pb2.StackFrame(pc=position)


def _replace(whole: Callable[[], source_pb2.StackTrace]) -> None:
    sdk._get_stack_trace = lambda: _nearest.get() or whole()


if hasattr(sdk, "_get_stack_trace"):  # without this name, the SDK stores the whole stack
    _replace(sdk._get_stack_trace)
