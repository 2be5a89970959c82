"""What may leave the process as text: no key, no secret value, nothing that steers a terminal.

What must not be shown is known to the whole process, so that a finished sentence is redacted where
it leaves, whichever way a value got into it.
"""

from __future__ import annotations

import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from html import unescape
from math import isfinite, log10
from threading import Lock
from typing import Any, NamedTuple
from unicodedata import category, normalize
from urllib.parse import unquote

_WORD_LENGTH = 4
"""Shorter values are hidden where they stand alone: `o1` is no secret inside of `foo1`."""

_TELLING_LENGTH = 12
"""Any part of a longer value is hidden from this many characters on: services cut what they say."""

_MOST_ESCAPES = 4
"""How many times over a text is read that is escaped inside of what is escaped."""

_TELLING_DIGITS = 3
"""Numbers of fewer digits are hidden where they stand alone: 4 is no secret inside of `gpt-4o`."""

# How a service may write what it repeats: escaped for JSON, even twice, for an address, or for
# HTML. UTF-16 that was read as UTF-8 has zeros in between.
_UNIT = re.compile(
    r"""\\+(?:u(?P<json>[0-9a-f]{4})|x(?P<byte>[0-9a-f]{2})|(?P<quote>["'/])|(?P<space>[nrt]))?"""
    r"""|(?P<address>(?:%(?:25)*[0-9a-f]{2})+)"""
    r"""|&(?:\#x0*(?P<hex>[0-9a-f]{1,5})|\#0*(?P<decimal>\d{1,6})|(?P<named>quot|apos|amp|lt|gt));?"""
    r"""|.""",
    re.IGNORECASE | re.DOTALL,
)
_BYTE = re.compile(r"%(?:25)*([0-9a-f]{2})", re.IGNORECASE)
_ESCAPED = re.compile(r"[\\%&\0\ufffd]")
_SPACES = re.compile(r"[\s+]+")
_FILLING = "\0\ufffd"
_NUMBER = re.compile(r"\.?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")

KEY = "[key]"
"""What stands for the API key."""

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
        _hide_text(value.strip(), instead)
    if isinstance(value, int | float | str):
        with suppress(ValueError, OverflowError), _lock:
            _hidden_numbers.add(abs(float(value)))


def _hide_text(text: str, instead: str) -> None:
    meant = _meant(_characters(text))
    if len(meant) < _TELLING_LENGTH:
        with _lock:
            _hidden[meant] = instead
        return
    for form in (meant, *map(str.lower, _in_base64(text))):
        parts = range(len(form) - _TELLING_LENGTH + 1)
        with _lock:
            _hidden_parts.update((form[at : at + _TELLING_LENGTH], instead) for at in parts)


def _in_base64(text: str) -> Iterator[str]:
    """Write a text in base64, without the ends that what stands before and after has a part in."""
    raw = text.encode(errors="replace")
    for before, skipped in enumerate((0, 2, 3)):
        yield b64encode(bytes(before) + raw).decode()[skipped : (before + len(raw)) * 8 // 6]


def without_credentials(address: str) -> str:
    """Return an address as it may be shown: without user, password and query, which are hidden.

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
    """Return a text without what is hidden, printable."""
    return printable(_without_hidden(text, _texts) if _hidden or _hidden_parts else text)


def storable(value: Any) -> Any:  # noqa: ANN401  (JSON is anything)
    """Return a value of the service as it may go into a state, which the Pulumi CLI prints.

    The key is out of it, whatever the service repeats, and what the CLI takes for a colour.
    """
    if isinstance(value, Mapping):
        return {storable(name): storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return without_colours(_without_hidden(value, _keys)) if isinstance(value, str) else value


def redact_words(words: str) -> str:
    """Return the service's words without what is hidden, numbers in any unit included."""
    return redact(_without_hidden(words, _numbers) if _hidden_numbers else words)


def without_colours(text: str) -> str:
    """Break up what the Pulumi CLI takes for a colour, like `<{%red%}>`: unknown ones crash it."""
    return text.replace("<{%", "<\\{%")


def printable(text: str) -> str:
    r"""Return a text with all but `\n` escaped that a terminal obeys, or that cannot be seen.

    Those are control characters, marks that turn the direction of writing, and halves of
    characters, which cannot even be written.
    """
    text = without_colours(text)
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(
        ascii(each)[1:-1]
        if each != "\n" and category(each) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        else each
        for each in text
    )


def one_line(text: str) -> str:
    """Return a name or a cell printable, line breaks included."""
    return printable(text).replace("\n", "\\n")


class _Character(NamedTuple):
    meant: str
    begin: int
    end: int


class _Place(NamedTuple):
    begin: int
    end: int
    instead: str


def _characters(text: str) -> list[_Character]:
    """Read a text as what is meant by it, in one spelling: escapes undone, filling left out."""
    read = [_Character(each, at, at + 1) for at, each in enumerate(text)]
    for _ in range(_MOST_ESCAPES if _ESCAPED.search(text) else 0):
        before, read = read, _unescaped(read)
        if len(read) == len(before):
            break
    spelled = [
        _Character(part, each.begin, each.end) for each in read for part in _spelled(each.meant)
    ]
    return [
        each
        for before, each in zip([_Character("", 0, 0), *spelled], spelled, strict=False)
        if each.meant != "+" or before.meant != "+"
    ]


def _unescaped(characters: list[_Character]) -> list[_Character]:
    return [
        _Character(each, characters[unit.start()].begin, characters[unit.end() - 1].end)
        for unit in _UNIT.finditer(_meant(characters))
        for each in _undone(unit)
        if each not in _FILLING
    ]


def _meant(characters: Iterable[_Character]) -> str:
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
    """Return a text in the one spelling in which texts are compared; space and plus are one."""
    folded = normalize("NFKD", text).casefold()
    spelled = "".join("+" if each.isspace() else each for each in folded)
    # As in JSON, where what lies beyond the first plane is written in two halves.
    return spelled if spelled.isascii() else "".join(map(_halves, spelled))


def _halves(character: str) -> str:
    beyond = ord(character) - 0x10000
    if beyond < 0:
        return character
    return chr(0xD800 + (beyond >> 10)) + chr(0xDC00 + (beyond & 0x3FF))


def _without_hidden(text: str, find: Callable[[str], Iterator[_Place]]) -> str:
    if text.isascii() and not _ESCAPED.search(text):
        with _lock:  # as almost every text is, and quick to look through
            if not any(find(_SPACES.sub("+", text.lower()))):
                return text
    characters = _characters(text)
    with _lock:
        found = sorted(find(_meant(characters)))
    pieces, copied = [], 0
    for begin, end, instead in found:
        if characters[begin].begin >= copied:
            pieces += [text[copied : characters[begin].begin], instead]
        copied = max(copied, characters[end - 1].end)
    return "".join([*pieces, text[copied:]])


def _texts(meant: str) -> Iterator[_Place]:
    parts = [meant[at : at + _TELLING_LENGTH] for at in range(len(meant) - _TELLING_LENGTH + 1)]
    if not _hidden_parts.keys().isdisjoint(parts):
        for begin, part in enumerate(parts):
            if part in _hidden_parts:
                yield _Place(begin, begin + _TELLING_LENGTH, _hidden_parts[part])
    for value, instead in _hidden.items():
        begin = meant.find(value)
        while begin >= 0:
            end = begin + len(value)
            if len(value) >= _WORD_LENGTH or _alone(meant, begin, end):
                yield _Place(begin, end, instead)
            begin = meant.find(value, end)


def _keys(meant: str) -> Iterator[_Place]:
    return (place for place in _texts(meant) if place.instead == KEY)


def _numbers(meant: str) -> Iterator[_Place]:
    for found in _NUMBER.finditer(meant):
        minus = meant[: found.start()].endswith("-")
        alone = _alone(meant, found.start() - minus, found.end())
        if any(_tells(found[0], number, alone=alone) for number in _hidden_numbers):
            yield _Place(*found.span(), "[secret]")


def _alone(meant: str, begin: int, end: int) -> bool:
    """Return whether a place is no part of a word."""
    neighbours = meant[begin - 1 : begin] + meant[end : end + 1]
    return not any(each.isalnum() or each == "_" for each in neighbours)


def _tells(token: str, number: float, *, alone: bool) -> bool:
    """Return whether a token, or a number in it, is `number`, rounded to a percent, in any unit."""
    if not alone and len(_digits(number)) < _TELLING_DIGITS:
        return False
    for text in (token.replace(",", ""), token.replace(",", "."), *token.split(",")):
        with suppress(ValueError):
            if _same_digits(abs(float(text)), number):
                return True
    return False


def _digits(number: float) -> str:
    return f"{number:e}".partition("e")[0].replace(".", "").rstrip("0")


def _same_digits(one: float, other: float) -> bool:
    if not (one and other and isfinite(one) and isfinite(other)):
        return one == other
    distance = log10(one) - log10(other)
    return abs(distance - round(distance)) < 0.005
