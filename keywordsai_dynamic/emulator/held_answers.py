"""Answers held back on demand, to stop a process between a write and its answer."""

import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from .turns import is_write, matches


class HeldAnswers:
    """Answers held back although their requests took effect; leaving the block releases them."""

    def __init__(self, method: str | None, path: str | None) -> None:
        self._method, self._path = method, path
        self._changed = threading.Condition()
        self._waiting: list[Future[None]] = []
        self._released = False

    def holds(self, method: str, path: str) -> bool:
        """Return whether to hold the answer to this request; by default, to any write."""
        if self._released or not matches(self._method, self._path, method, path):
            return False
        return self._method is not None or self._path is not None or is_write(method, path)

    def keep(self) -> "Future[None]":
        """Note one held answer, which may be sent when the future is done."""
        with self._changed:
            waiting: Future[None] = Future()
            if self._released:
                waiting.set_result(None)
            self._waiting.append(waiting)
            self._changed.notify_all()
            return waiting

    def wait_until_held(self, count: int = 1, timeout: float = 10.0) -> None:
        """Block until the server holds `count` answers; raise TimeoutError after `timeout` s."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._waiting) >= count, timeout):
                raise TimeoutError(f"the emulator holds {len(self._waiting)} answers, not {count}")

    def release(self) -> None:
        """Send all held answers, and hold no more."""
        with self._changed:
            self._released = True
            for waiting in self._waiting:
                if waiting.set_running_or_notify_cancel():
                    waiting.set_result(None)
            self._waiting.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
