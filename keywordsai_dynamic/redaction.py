"""What may leave the process as text: no key, no secret value, nothing that steers a terminal.

What must not be shown is known to the whole process, so that a finished sentence is redacted where
it leaves, whichever way a value got into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import isfinite, log10
from threading import Lock
from typing import NamedTuple
from unicodedata import category

_WORD_LENGTH = 4
"""Shorter values are hidden where they stand alone: `o1` is no secret inside of `foo1`."""

_TELLING_LENGTH = 12
"""A cut value is hidden from this many characters on; services shorten what they repeat."""

# How a service may write a character of what it repeats: as it is, or escaped for JSON, an address
# or HTML. UTF-16 that was read as UTF-8 has zeros in between.
_UNIT = re.compile(
    r"\\+u([0-9a-f]{4})|%([0-9a-f]{2})|&#x([0-9a-f]{1,5});|&#(\d{1,6});", re.IGNORECASE
)
_FILLING = "\0\ufffd"
_NUMBER = re.compile(r"(?<![\w.\-])-?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?(?!\w)", re.IGNORECASE)

_hidden: dict[str, str] = {}
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
        with _lock:
            _hidden[value.strip()] = instead
    if isinstance(value, int | float | str):
        with suppress(ValueError, OverflowError), _lock:
            _hidden_numbers.add(abs(float(value)))


def redact(text: str) -> str:
    """Give a text without what is hidden, printable."""
    with _lock:
        hidden = tuple(_hidden.items())
    return printable(_without(hidden, text) if hidden else text)


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
            four, two, many, decimal = escape.groups()
            number = int(decimal) if decimal else int(four or two or many, 16)
            yield _Character(chr(number) if number < 0x110000 else "\ufffd", at, escape.end())
        elif text[at] not in _FILLING:
            yield _Character(text[at], at, at + 1)
        at = escape.end() if escape else at + 1


def _without(hidden: Sequence[tuple[str, str]], text: str) -> str:
    characters = list(_characters(text))
    meant = _lower("".join(each.meant for each in characters))
    found = [
        _Place(begin, end, instead)
        for value, instead in hidden
        for begin, end in _places(_lower(value), meant)
    ]
    pieces, copied = [], 0
    for begin, end, instead in sorted(found, key=lambda place: (place.begin, -place.end)):
        if characters[begin].begin >= copied:
            pieces += [text[copied : characters[begin].begin], instead]
        copied = max(copied, characters[end - 1].end)
    return "".join([*pieces, text[copied:]])


def _places(value: str, meant: str) -> Iterator[tuple[int, int]]:
    at = 0
    while (at := meant.find(value[:_TELLING_LENGTH], at)) >= 0:
        end = at + _alike(value, meant[at : at + len(value)])
        alone = not _is_word(meant[at - 1 : at]) and not _is_word(meant[end : end + 1])
        if len(value) >= _WORD_LENGTH or alone:
            yield at, end
        at = end


def _lower(text: str) -> str:
    """Give a text in lower case, as many characters as before: `İ` would become two."""
    return "".join(low if len(low := each.lower()) == 1 else each for each in text)


def _alike(one: str, other: str) -> int:
    """Count the characters with which two texts begin alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


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
