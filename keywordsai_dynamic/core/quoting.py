"""A text between quotes, in the escapes that Python and YAML have in common."""

from __future__ import annotations

import re

# Words that every YAML reader takes for text; whatever else there is gets quotes.
_PLAIN = re.compile(r"[A-Za-z][\w./-]*( [\w./-]+)*", re.ASCII)
_NO_TEXT = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_SHORT = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str, quote: str = '"') -> str:
    """Quote a text; only what would not be seen is escaped. YAML knows the double quote alone."""
    return quote + "".join(_escaped(character, quote) for character in text) + quote


def _escaped(character: str, quote: str) -> str:
    if character == quote:
        return f"\\{quote}"
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def is_plain(text: str) -> bool:
    """Return whether every YAML reader takes a text for what it is without quotes."""
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _NO_TEXT
