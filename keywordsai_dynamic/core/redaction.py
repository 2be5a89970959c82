"""What may leave the process as text: no key, no secret value, nothing that controls a terminal.

The whole process shares one list of hidden values, and a finished sentence is redacted where it
leaves. So it does not matter how a value got into the sentence.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import isfinite, log10
from threading import Lock
from typing import Any, NamedTuple
from unicodedata import category
from urllib.parse import unquote

from .names import CHANGED_BY_OTHERS
from .spelling import has_escapes, joined, read_characters

_WORD_LENGTH = 4
"""Shorter values are hidden only as whole words: `o1` is not a secret inside `foo1`."""

_TELLING_LENGTH = 12
"""Any part of a longer value with this many characters is hidden: services truncate text."""

_TELLING_DIGITS = 3
"""Numbers with fewer digits are hidden only alone: 4 is not a secret inside `gpt-4o`."""

_ARROW = "→"  # stands in every table, and can be spelled in only one way
_SPACES = re.compile(r"[\s+]+")
_NUMBER = re.compile(r"\.?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")

KEY = "[key]"
"""What replaces the API key."""

_hidden: dict[str, str] = {}
_hidden_parts: dict[str, str] = {}
_hidden_numbers: set[float] = set()
_hidden_words: dict[str, str] = {}
_hidden_word_parts: dict[str, str] = {}
_lock = Lock()


def hide(value: object, instead: str = "[secret]") -> None:
    """Hide a value from now on, and everything inside a map or a list.

    Numbers are hidden only in the service's words: they occur in too many other sentences.
    """
    _hide(value, instead, _hidden, _hidden_parts)
    _hide_numbers(value)


def hide_from_service(value: object) -> None:
    """Hide a value in the service's words, which may repeat a request; ours may show it.

    A number is hidden only as it is: 30 is no secret, and 300 may be about anything else.
    """
    _hide(value, "[value]", _hidden_words, _hidden_word_parts)


def _hide(value: object, instead: str, short: dict[str, str], parts: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _hide(item, instead, short, parts)
    elif isinstance(value, list | tuple):
        for item in value:
            _hide(item, instead, short, parts)
    elif isinstance(value, str) and value.strip() and value != CHANGED_BY_OTHERS:
        _hide_text(value.strip(), instead, short, parts)
    elif isinstance(value, int | float) and not isinstance(value, bool) and short is _hidden_words:
        _hide_text(repr(value).removesuffix(".0"), instead, short, parts)


def _hide_numbers(value: object) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _hide_numbers(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _hide_numbers(item)
    elif isinstance(value, int | float | str):
        with suppress(ValueError, OverflowError), _lock:
            _hidden_numbers.add(abs(float(value)))


def _hide_text(text: str, instead: str, short: dict[str, str], parts: dict[str, str]) -> None:
    spelled = joined(read_characters(text))
    if len(spelled) < _TELLING_LENGTH:
        with _lock:
            short[spelled] = instead
        return
    for form in (spelled, *map(str.lower, _in_base64(text))):
        places = range(len(form) - _TELLING_LENGTH + 1)
        with _lock:
            parts.update((form[at : at + _TELLING_LENGTH], instead) for at in places)


def _in_base64(text: str) -> Iterator[str]:
    """Yield the base64 of a text at each offset, without the ends that its neighbors change."""
    raw = text.encode(errors="replace")
    for before, skipped in enumerate((0, 2, 3)):
        yield b64encode(bytes(before) + raw).decode()[skipped : (before + len(raw)) * 8 // 6]


def without_credentials(address: str) -> str:
    """Return an address that may be shown; its user, password and query are hidden from now on.

    The last @ counts, because a password may contain another one unescaped.
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
    """Return a text without hidden values, printable."""
    return printable(without_secrets(text))


def without_secrets(text: str) -> str:
    """Return a text without hidden values, and otherwise as it is."""
    return _without_hidden(text, _texts) if _hidden or _hidden_parts else text


def storable(value: Any) -> Any:  # noqa: ANN401  (JSON is anything)
    """Return a value of the service that may go into a state, which the Pulumi CLI prints.

    It is without the key, which the service may repeat, and without the CLI's color markup.
    """
    if isinstance(value, Mapping):
        return {storable(name): storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return without_colors(_without_hidden(value, _keys)) if isinstance(value, str) else value


def redact_words(words: str) -> str:
    """Return the service's words without hidden values, including numbers in any unit."""
    words = _without_hidden(words, _numbers) if _hidden_numbers else words
    # Secrets first: parts of one may also be hidden as a word.
    words = redact(words)
    return _without_hidden(words, _words) if _hidden_words or _hidden_word_parts else words


def flaw_of(text: str) -> str:
    """Return what is wrong with a text that the engine cannot carry or print, or ""."""
    if without_colors(text) != text:
        return "contains `<{%`, the CLI's color markup, which crashes the Pulumi CLI"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "contains a lone surrogate (half a character), which UTF-8 cannot encode"
    return ""


def without_colors(text: str) -> str:
    """Break up the Pulumi CLI's color markup, like `<{%red%}>`: unknown colors crash it."""
    return text.replace("<{%", "<\\{%")


def printable(text: str) -> str:
    r"""Return a text with control and invisible characters escaped, all but `\n`.

    These include marks that change the direction of text, and lone surrogates, which cannot be
    encoded.
    """
    text = without_colors(text)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(
        ascii(each)[1:-1]
        if each != "\n" and category(each) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        else each
        for each in text
    )


def one_line(text: str) -> str:
    """Return a name or a cell printable, with line breaks escaped too."""
    return printable(text).replace("\n", "\\n")


class _Place(NamedTuple):
    begin: int
    end: int
    instead: str


def _without_hidden(text: str, find: Callable[[str], Iterator[_Place]]) -> str:
    if text.replace(_ARROW, "").isascii() and not has_escapes(text):
        with _lock:  # almost every text, and fast to search
            if not any(find(_SPACES.sub("+", text.lower()))):
                return text
    characters = read_characters(text)
    with _lock:
        found = sorted(find(joined(characters)))
    pieces, copied = [], 0
    for begin, end, instead in found:
        if characters[begin].begin >= copied:
            pieces += [text[copied : characters[begin].begin], instead]
        copied = max(copied, characters[end - 1].end)
    return "".join([*pieces, text[copied:]])


def _texts(spelled: str) -> Iterator[_Place]:
    return _found(spelled, _hidden, _hidden_parts)


def _words(spelled: str) -> Iterator[_Place]:
    return _found(spelled, _hidden_words, _hidden_word_parts)


def _found(spelled: str, short: Mapping[str, str], parts: Mapping[str, str]) -> Iterator[_Place]:
    pieces = [
        spelled[at : at + _TELLING_LENGTH] for at in range(len(spelled) - _TELLING_LENGTH + 1)
    ]
    if not parts.keys().isdisjoint(pieces):
        for begin, piece in enumerate(pieces):
            if piece in parts:
                yield _Place(begin, begin + _TELLING_LENGTH, parts[piece])
    for value, instead in short.items():
        begin = spelled.find(value)
        while begin >= 0:
            end = begin + len(value)
            if len(value) >= _WORD_LENGTH or _alone(spelled, begin, end):
                yield _Place(begin, end, instead)
            begin = spelled.find(value, end)


def _keys(spelled: str) -> Iterator[_Place]:
    return (place for place in _texts(spelled) if place.instead == KEY)


def _numbers(spelled: str) -> Iterator[_Place]:
    for found in _NUMBER.finditer(spelled):
        minus = spelled[: found.start()].endswith("-")
        alone = _alone(spelled, found.start() - minus, found.end())
        if any(_reveals(found[0], number, alone=alone) for number in _hidden_numbers):
            yield _Place(*found.span(), "[secret]")


def _alone(spelled: str, begin: int, end: int) -> bool:
    """Return whether a span is a whole word."""
    neighbors = spelled[begin - 1 : begin] + spelled[end : end + 1]
    return not any(each.isalnum() or each == "_" for each in neighbors)


def _reveals(token: str, number: float, *, alone: bool) -> bool:
    """Return whether a token contains `number`, within a percent, in any unit."""
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
