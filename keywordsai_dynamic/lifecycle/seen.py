"""What a process knows of single models: from its own writes, and from reads by name."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from .live_list import Model


class Seen(NamedTuple):
    """A live model (None where there is none), and when it was requested (the client's clock)."""

    model: Model | None
    asked_at: float


class SeenByName:
    """Single models by name, for all threads."""

    def __init__(self) -> None:
        self._latest: dict[str, Seen] = {}
        self._written: dict[str, Seen] = {}
        self._lock = Lock()

    def get(self, model_name: str) -> Seen | None:
        """Return what was seen or written last."""
        return self._latest.get(model_name)

    def all(self) -> list[tuple[str, Seen]]:
        """Return what was seen or written last of every model, with its name."""
        return list(self._latest.items())

    def write(self, model_name: str, seen: Seen) -> None:
        """Keep what a write of this run that has just ended has left behind."""
        with self._lock:
            self._latest[model_name] = self._written[model_name] = seen

    def read(self, model_name: str, seen: Seen) -> Seen:
        """Keep an answer, unless this run has written the model since it asked; return the latest.

        A check looks while the same model is deleted for another resource. Its answer may come
        after the delete, and still show the model.
        """
        with self._lock:
            written = self._written.get(model_name)
            if written is not None and written.asked_at > seen.asked_at:
                return written
            self._latest[model_name] = seen
            return seen

    def is_written(self, model_name: str, seen: Seen) -> bool:
        """Return whether this is what the last write has left behind."""
        return self._written.get(model_name) is seen

    def forget(self, model_name: str) -> None:
        """Forget a model."""
        with self._lock:
            self._latest.pop(model_name, None)
            self._written.pop(model_name, None)
