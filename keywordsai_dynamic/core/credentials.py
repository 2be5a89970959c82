"""What counts as a credential in somebody's settings, and which text is only a mask of one."""

from __future__ import annotations

import re

ENDINGS = "key|secret|token|password|passphrase|authorization|credentials?"
"""How names of credentials end, as part of a regular expression; not `max_tokens`."""

_NAME = re.compile(f"({ENDINGS})$", re.IGNORECASE)
_MASK = re.compile(r"[*•●…█]|\.\.\.|xxxx|redacted|hidden", re.IGNORECASE)


def is_credential(name: str) -> bool:
    """Return whether a setting of this name holds a credential."""
    return _NAME.search(name) is not None


def looks_masked(text: str) -> bool:
    """Return whether a text has what masks are made of: stars, dots, `redacted`."""
    return _MASK.search(text) is not None
