"""The requests that arrived at the emulator, and their outcome."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class RecordedRequest:
    """One request: `path` percent-encoded, header names in lower case, `time` in monotonic seconds.

    `status` is None where the connection was dropped. `fault` names the fault that was played:
    `proxy`, `scripted`, `rate_limit`, `drop_before`, `drop_after`, `error_503` or `held`.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int | None
    organization: str | None
    time: float
    fault: str | None = None

    @cached_property
    def json(self) -> Any:  # noqa: ANN401  # anything may be sent
        """The decoded body; None where it is empty or not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def target(self) -> str:
        """The path with its query, percent-encoded."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def call(self) -> tuple[str, str, Any]:
        """The request in a form to compare: method, path with query, decoded body."""
        return self.method, self.target, self.json
