"""Where a program declares a model: its nearest lines, and not the whole stack.

Pulumi's SDK stores the whole stack with every resource, down to Python's event loop, with the paths
of the machine: more than a third of a model's state, which the engine writes anew at every step.
`sys.tracebacklimit` would cut it for all threads, and their errors with it.
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
"""Frames of the program that are stored: the line that declares, and who called it."""

_nearest: ContextVar[source_pb2.StackTrace | None] = ContextVar("_nearest", default=None)


@contextmanager
def nearest_lines(callers: int) -> Iterator[None]:
    """Let the SDK see the program's nearest lines alone; `callers` are frames of ours to leave out.

    No public name of the SDK does it (3.272.0). Only this thread, and only what it declares
    meanwhile, is concerned.
    """
    # Two more frames are this generator's and the context manager's own.
    frames = [frame for frame, _ in islice(walk_stack(sys._getframe(callers + 2)), _STORED)]
    token = _nearest.set(source_pb2.StackTrace(frames=[*map(_stored, frames)]))
    try:
        yield
    finally:
        _nearest.reset(token)


def _stored(frame: FrameType) -> source_pb2.StackFrame:
    path = Path(frame.f_code.co_filename)
    if not path.is_absolute():  # `<string>`, for one, is no file
        return source_pb2.StackFrame()
    position = source_pb2.SourcePosition(uri=path.as_uri(), line=frame.f_lineno)
    return source_pb2.StackFrame(pc=position)


def _replace(whole: Callable[[], source_pb2.StackTrace]) -> None:
    sdk._get_stack_trace = lambda: _nearest.get() or whole()


if hasattr(sdk, "_get_stack_trace"):  # an SDK that names it otherwise stores the whole stack
    _replace(sdk._get_stack_trace)
