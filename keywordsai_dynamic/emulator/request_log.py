"""The requests that arrived at the emulator, and their outcome, without providers' credentials."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

HIDDEN = "[hidden]"
# A provider's settings may hold a credential under any name, and a misspelled field may too.
_HELD_BY = ("api_key", "extra_kwargs")
_SHOWN = ("provider_id", "provider_name")


@dataclass(frozen=True)
class RecordedRequest:
    """One request: `path` percent-encoded, header names in lower case, `time` in monotonic seconds.

    `body` is what was sent, but for providers' credentials: see `without_credentials`.
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


def without_credentials(path: str, body: bytes) -> bytes:
    """Return a body without providers' credentials.

    Sent to a provider, every value but `provider_id` and `provider_name` becomes "[hidden]", and
    a body other than a JSON object is dropped. Elsewhere the values of `api_key` and
    `extra_kwargs` are hidden, and a body without these stays as it is, byte for byte.
    """
    to_a_provider, hidden = "/providers" in path, False

    def cleaned(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal hidden
        hidden = hidden or any(name in _HELD_BY for name, _ in pairs)
        return {name: _hidden(value) if name in _HELD_BY else value for name, value in pairs}

    try:
        sent = json.loads(body, object_pairs_hook=cleaned)
        if not to_a_provider:
            return json.dumps(sent).encode() if hidden else body
        if not isinstance(sent, dict):
            return b""
        shown = {name: each if name in _SHOWN else _hidden(each) for name, each in sent.items()}
        return json.dumps(shown).encode()
    except (ValueError, RecursionError):
        return b"" if to_a_provider else body


def _hidden(value: Any) -> Any:  # noqa: ANN401  # anything may be sent
    if isinstance(value, dict):
        return {name: _hidden(each) for name, each in value.items()}
    return [_hidden(each) for each in value] if isinstance(value, list) else HIDDEN
