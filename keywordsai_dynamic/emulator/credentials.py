"""What counts as a credential in a provider's settings, and how the API shows one."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from .dialect import Echo

# Not `max_tokens`.
_CREDENTIAL = re.compile("(key|secret|token|password|authorization|credentials?)$", re.IGNORECASE)


def shown(settings: Mapping[str, Any], echo: Echo, turn: int) -> dict[str, Any]:
    """Return settings with their credentials as this echo shows them, at any depth.

    `turn` is different for each answer: what `varies` depends on it.
    """
    return {
        name: _echoed(value, echo, turn) if _CREDENTIAL.search(name) else _inside(value, echo, turn)
        for name, value in settings.items()
        if echo != "absent" or not _CREDENTIAL.search(name)
    }


def _inside(value: object, echo: Echo, turn: int) -> object:
    if isinstance(value, Mapping):
        return shown(value, echo, turn)
    if isinstance(value, list):
        return [_inside(each, echo, turn) for each in value]
    return value


def _echoed(value: object, echo: Echo, turn: int) -> object:
    text = value if isinstance(value, str) else repr(value)
    if echo == "masked":
        # A short credential would be legible.
        return f"{text[:3]}…{text[-4:]}" if len(text) >= 12 else "…"
    if echo == "partly":
        return text[: len(text) // 2].ljust(len(text), "*")
    if echo == "varies":
        # As if encrypted anew for each answer.
        return hashlib.sha256(f"{turn} {text}".encode(errors="surrogatepass")).hexdigest()
    return value
