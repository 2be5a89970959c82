"""Quoted strings, with the escapes that Python and YAML share."""

from __future__ import annotations

import re

# Words that every YAML reader takes for strings; anything else gets quotes.
_PLAIN = re.compile(r"[A-Za-z][\w./-]*( [\w./-]+)*", re.ASCII)
_NO_TEXT = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_SHORT = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str, quote: str = '"') -> str:
    """Quote a string, escaping only invisible characters; YAML has these escapes in \" only."""
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
    """Return whether every YAML reader takes an unquoted text for the same string."""
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _NO_TEXT
