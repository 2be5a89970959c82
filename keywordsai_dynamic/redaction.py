"""What may leave the process as text: no key, no secret value, nothing that steers a terminal.

What must not be shown is known to the whole process, so that a finished sentence is redacted where
it leaves, whichever way a value got into it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import unescape
from math import isfinite, log10
from threading import Lock
from typing import NamedTuple
from unicodedata import category
from urllib.parse import unquote

_WORD_LENGTH = 4
"""Shorter values are hidden where they stand alone: `o1` is no secret inside of `foo1`."""

_TELLING_LENGTH = 12
"""Any part of a longer value is hidden from this many characters on: services cut what they say."""

# How a service may write a character of what it repeats: as it is, or escaped for JSON, an address
# or HTML. UTF-16 that was read as UTF-8 has zeros in between.
_UNIT = re.compile(
    r"""\\+(?:u(?P<json>[0-9a-f]{4})|(?P<quote>"))|%(?P<address>[0-9a-f]{2})"""
    r"""|&(?:\#x(?P<hex>[0-9a-f]{1,5})|\#(?P<decimal>\d{1,6})|(?P<named>quot|apos|amp|lt|gt));""",
    re.IGNORECASE,
)
_FILLING = "\0\ufffd"
_NUMBER = re.compile(r"(?<![\w.\-])-?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?(?!\w)", re.IGNORECASE)

_hidden: dict[str, str] = {}
_hidden_parts: dict[str, str] = {}
_hidden_numbers: set[float] = set()
_lock = Lock()


def hide(value: object, instead: str = "[secret]") -> None:
    """Let no text show a value from now on, nor what a map or a list holds.

    Numbers are hidden in the service's words alone: they stand in too many other sentences.
    """
    if isinstance(value, Mapping):
        for item in value.values():
            hide(item, instead)
    elif isinstance(value, list | tuple):
        for item in value:
            hide(item, instead)
    elif isinstance(value, str) and value.strip():
        text = _lower(value.strip())
        parts = range(len(text) - _TELLING_LENGTH + 1)
        with _lock:
            if parts:
                _hidden_parts.update((text[at : at + _TELLING_LENGTH], instead) for at in parts)
            else:
                _hidden[text] = instead
    if isinstance(value, int | float | str):
        with suppress(ValueError, OverflowError), _lock:
            _hidden_numbers.add(abs(float(value)))


def without_credentials(address: str) -> str:
    """Give an address as it may be shown: without user, password and query, which are hidden.

    The last @ counts, because a password may hold anything, and may not have been escaped.
    """
    scheme, mark, rest = address.strip().partition("://")
    scheme, rest = (scheme, rest) if mark else ("", scheme)
    login, _, rest = rest.rpartition("@")
    shown, *query = re.split(r"[?#&]", rest)
    secrets = [
        login.partition(":")[2] or login,
        *(each.partition("=")[2] or each for each in query),
    ]
    for secret in secrets:
        hide(secret)
        hide(unquote(secret))
    return f"{scheme}{mark}{shown}"


def redact(text: str) -> str:
    """Give a text without what is hidden, printable."""
    return printable(_without_hidden(text) if _hidden or _hidden_parts else text)


def redact_words(words: str) -> str:
    """Give the service's words without what is hidden, numbers in any unit or rounding included."""
    with _lock:
        numbers = tuple(_hidden_numbers)
    if numbers:
        words = _NUMBER.sub(
            lambda found: "[secret]" if _tells(found[0], numbers) else found[0], words
        )
    return redact(words)


def printable(text: str) -> str:
    r"""Give a text with all but `\n` escaped that a terminal obeys, or that cannot be seen.

    Those are control characters, marks that turn the direction of writing, and halves of
    characters, which cannot even be written.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(
        ascii(each)[1:-1]
        if each != "\n" and category(each) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        else each
        for each in text
    )


def one_line(text: str) -> str:
    """Give a name or a cell printable, line breaks included."""
    return printable(text).replace("\n", "\\n")


class _Character(NamedTuple):
    meant: str
    begin: int
    end: int


class _Place(NamedTuple):
    begin: int
    end: int
    instead: str


def _characters(text: str) -> Iterator[_Character]:
    """Read a text as what is meant by it: escapes as their characters, filling left out."""
    at = 0
    while at < len(text):
        escape = _UNIT.match(text, at) if text[at] in "\\%&" else None
        if escape:
            yield _Character(_meant(escape), at, escape.end())
        elif text[at] not in _FILLING:
            yield _Character(text[at], at, at + 1)
        at = escape.end() if escape else at + 1


def _meant(escape: re.Match[str]) -> str:
    if escape["quote"] or escape["named"]:
        return escape["quote"] or unescape(f"&{escape['named'].lower()};")
    digits = escape["json"] or escape["address"] or escape["hex"]
    number = int(digits, 16) if digits else int(escape["decimal"])
    return chr(number) if number <= sys.maxunicode else "\ufffd"


def _without_hidden(text: str) -> str:
    characters = list(_characters(text))
    meant = _lower("".join(each.meant for each in characters))
    with _lock:
        found = [*_whole_values(meant), *_parts(meant)]
    pieces, copied = [], 0
    for begin, end, instead in sorted(found):
        if characters[begin].begin >= copied:
            pieces += [text[copied : characters[begin].begin], instead]
        copied = max(copied, characters[end - 1].end)
    return "".join([*pieces, text[copied:]])


def _parts(meant: str) -> Iterator[_Place]:
    for begin in range(len(meant) - _TELLING_LENGTH + 1):
        end = begin + _TELLING_LENGTH
        instead = _hidden_parts.get(meant[begin:end])
        if instead is not None:
            yield _Place(begin, end, instead)


def _whole_values(meant: str) -> Iterator[_Place]:
    for value, instead in _hidden.items():
        begin = meant.find(value)
        while begin >= 0:
            end = begin + len(value)
            alone = not _is_word(meant[begin - 1 : begin]) and not _is_word(meant[end : end + 1])
            if len(value) >= _WORD_LENGTH or alone:
                yield _Place(begin, end, instead)
            begin = meant.find(value, end)


def _lower(text: str) -> str:
    """Give a text in lower case, as many characters as before: `İ` would become two."""
    return "".join(low if len(low := each.lower()) == 1 else each for each in text)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _tells(token: str, numbers: tuple[float, ...]) -> bool:
    """Tell whether a number is one of `numbers`, rounded to a percent or in another unit."""
    for text in (token.replace(",", ""), token.replace(",", ".")):
        with suppress(ValueError):
            told = abs(float(text))
            if any(_same_digits(told, number) for number in numbers):
                return True
    return False


def _same_digits(one: float, other: float) -> bool:
    if not (one and other and isfinite(one) and isfinite(other)):
        return one == other
    distance = log10(one) - log10(other)
    return abs(distance - round(distance)) < 0.005
