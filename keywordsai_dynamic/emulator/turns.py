"""Which requests a fault is meant for, and how many of them are left."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass
class Turn:
    """The requests for which something is played: so many, once `after` others have passed."""

    method: str | None
    path: str | None
    times: float = 1
    after: int = 0

    def takes(self, method: str, path: str) -> bool:
        """Say whether this request is one of them, and count it."""
        if self.times <= 0 or not matches(self.method, self.path, method, path):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


def matches(wanted: str | None, pattern: str | None, method: str, path: str) -> bool:
    return wanted in (None, method) and (pattern is None or fnmatchcase(path, pattern))


def is_write(method: str, path: str) -> bool:
    """Tell the requests that change models from those that read them (some reads are POSTs)."""
    return method in ("PATCH", "PUT", "DELETE") or (method, path) == ("POST", "/api/models/")
