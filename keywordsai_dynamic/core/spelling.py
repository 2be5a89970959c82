"""One spelling for every way in which a text may be written, to search texts for secrets.

A service may escape what it repeats: for JSON, even twice, for a URL or for HTML. Escapes are
undone here, case and width folded, and every character remembers where it came from.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from typing import NamedTuple
from unicodedata import normalize

_MOST_ESCAPES = 4
"""How many layers of escaping are undone."""

# One character: escaped for JSON, even twice, for a URL, or for HTML. UTF-16 that was read as UTF-8
# has zeros in between, which are filler.
_UNIT = re.compile(
    r"""\\+(?:u(?P<json>[0-9a-f]{4})|x(?P<byte>[0-9a-f]{2})|(?P<quote>["'/])|(?P<space>[nrt]))?"""
    r"""|(?P<address>(?:%(?:25)*[0-9a-f]{2})+)"""
    r"""|&(?:\#x0*(?P<hex>[0-9a-f]{1,5})|\#0*(?P<decimal>\d{1,6})|(?P<named>quot|apos|amp|lt|gt));?"""
    r"""|.""",
    re.IGNORECASE | re.DOTALL,
)
_BYTE = re.compile(r"%(?:25)*([0-9a-f]{2})", re.IGNORECASE)
_ESCAPED = re.compile(r"[\\%&\0\ufffd]")
_FILLER = "\0\ufffd"


class Character(NamedTuple):
    """One character as it is meant, and the span of the text that writes it."""

    meant: str
    begin: int
    end: int


def has_escapes(text: str) -> bool:
    """Return whether a text may be more than the characters that it shows."""
    return bool(_ESCAPED.search(text))


def read_characters(text: str) -> list[Character]:
    """Return the characters that a text means, in one spelling, without escapes and filler."""
    read = [Character(each, at, at + 1) for at, each in enumerate(text)]
    for _ in range(_MOST_ESCAPES if has_escapes(text) else 0):
        before, read = read, _unescaped(read)
        if len(read) == len(before):
            break
    spelled = [
        Character(part, each.begin, each.end) for each in read for part in _spelled(each.meant)
    ]
    return [
        each
        for before, each in zip([Character("", 0, 0), *spelled], spelled, strict=False)
        if each.meant != "+" or before.meant != "+"
    ]


def _unescaped(read: list[Character]) -> list[Character]:
    return [
        Character(each, read[unit.start()].begin, read[unit.end() - 1].end)
        for unit in _UNIT.finditer(joined(read))
        for each in _undone(unit)
        if each not in _FILLER
    ]


def joined(characters: Iterable[Character]) -> str:
    """Return what characters mean, as one string."""
    return "".join(each.meant for each in characters)


def _undone(unit: re.Match[str]) -> str:
    text = unit[0]
    if text[0] == "\\":
        digits = unit["json"] or unit["byte"]
        return chr(int(digits, 16)) if digits else unit["quote"] or (unit["space"] and " ") or "\\"
    if unit["address"]:
        return bytes(int(each, 16) for each in _BYTE.findall(text)).decode(errors="replace")
    if unit["named"]:
        return unescape(f"&{unit['named'].lower()};")
    if unit["hex"] or unit["decimal"]:
        number = int(unit["hex"], 16) if unit["hex"] else int(unit["decimal"])
        return chr(number) if number <= sys.maxunicode else text
    return text


@lru_cache(maxsize=2**12)
def _spelled(text: str) -> str:
    """Return a text in the spelling in which texts are compared; space and plus are the same."""
    folded = normalize("NFKD", text).casefold()
    spelled = "".join("+" if each.isspace() else each for each in folded)
    # As in JSON, characters beyond the first plane become surrogate pairs.
    return spelled if spelled.isascii() else "".join(map(_surrogates, spelled))


def _surrogates(character: str) -> str:
    beyond = ord(character) - 0x10000
    if beyond < 0:
        return character
    return chr(0xD800 + (beyond >> 10)) + chr(0xDC00 + (beyond & 0x3FF))
