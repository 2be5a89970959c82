"""Which requests a fault applies to, and how many of them are left."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass
class Turn:
    """The next `times` matching requests, once `after` others have passed."""

    method: str | None
    path: str | None
    times: float = 1
    after: int = 0

    def takes(self, method: str, path: str) -> bool:
        """Return whether this request is one of them, and count it."""
        if self.times <= 0 or not matches(self.method, self.path, method, path):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


def matches(wanted: str | None, pattern: str | None, method: str, path: str) -> bool:
    """Return whether a request has the wanted method and path; None stands for any."""
    return wanted in (None, method) and (pattern is None or fnmatchcase(path, pattern))


def is_write(method: str, path: str) -> bool:
    """Return whether a request changes models or providers; some POSTs only read them."""
    creates = method == "POST" and path in ("/api/models/", "/api/providers/")
    return creates or method in ("PATCH", "PUT", "DELETE")
