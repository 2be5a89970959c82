"""The service's own words, as one of our messages may quote them."""

from __future__ import annotations

import json
import re

from ..core.credentials import ENDINGS
from ..core.redaction import one_line, redact, redact_words

_LONGEST_QUOTE = 300
_LONGEST_READ = 10_000  # characters that are searched for words
_CREDENTIAL = re.compile(
    rf"""(?P<name>(?P<quote>\\{{0,7}}["'])[\w.-]*(?:{ENDINGS})(?P=quote)"""
    r"""\s*:\s*(?P<open>\\{0,7}["']))(?:(?!(?P=open))(?:\\.|.))+""",
    re.DOTALL | re.IGNORECASE,
)
"""A credential in JSON, which may be cut off, and may be one that this process does not know."""
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def shortened(text: str) -> str:
    """Return somebody else's words as one redacted line of at most 300 characters.

    They are redacted before they are cut: half of a key would not be recognized.
    """
    words = _CREDENTIAL.sub(r"\g<name>[secret]", text[:_LONGEST_READ])
    return _cut(" ".join(redact_words(words).split()) or "no explanation")


def shortened_name(name: str) -> str:
    """Return a model name that the service returned, in at most 300 characters.

    Spaces are kept: they are part of a name.
    """
    return _cut(one_line(redact_words(name[:_LONGEST_READ])))


def own_words(text: str) -> str:
    """Return the user's own words, whose numbers stay, in at most 300 characters."""
    return _cut(redact(text[:_LONGEST_READ]))


def described(request: str) -> str:
    """Return a request, method and address, as a message names it, in at most 300 characters.

    An address with a query may come from the service (`next`), and is redacted like its words. The
    path of a model has no query; its name is the user's and keeps its numbers.
    """
    return shortened(request) if "?" in request else own_words(request)


def joined(value: object) -> str:
    """Return what a JSON value says: a string as is, a list joined, anything else as JSON."""
    if isinstance(value, list):
        return ", ".join(joined(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)


def without_tags(body: bytes) -> str:
    """Return the text of a body that is not JSON, without HTML tags."""
    return _TAGS.sub(" ", body[: 4 * _LONGEST_READ].decode(errors="replace")[:_LONGEST_READ])


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 1]}…"
