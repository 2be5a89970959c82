"""What arrived at the emulator and what became of it."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class RecordedRequest:
    """One request: `path` as on the wire, header names in lower case, `time` monotonic seconds.

    `status` is None where the connection was dropped. `fault` names what was played:
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
    def json(self) -> Any:  # noqa: ANN401  # whatever was sent
        """The decoded body; None where there is none, or none that is JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def target(self) -> str:
        """The path with its query, as on the wire."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def call(self) -> tuple[str, str, Any]:
        """What was asked, to compare with: method, path with query, decoded body."""
        return self.method, self.target, self.json
