"""The rules that hold for every kind of file: UTF-8, exact numbers, bounds, one-line errors."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from decimal import Decimal

from ..core.errors import DeclarationError
from ..core.redaction import one_line, redact

DEEPEST = 50
TOO_DEEP = "is nested too deeply; no field is nested this deeply"
LONGEST_SHOWN = 60
NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")

_LONGEST_NUMBER = 1_000
_LONGEST_SENTENCE = 200


def refusal(name: str, sentence: str, line: int | None = None) -> DeclarationError:
    """Return the error for a file: one line, with its name, the line number and the sentence."""
    where = f", line {line}" if line else ""
    # Redacted before it is cut: part of a secret would not be recognized.
    message = one_line(redact(sentence.partition("\n")[0]))
    if len(message) > _LONGEST_SENTENCE:
        message = f"{message[: _LONGEST_SENTENCE - 1]}…"
    return DeclarationError(f"{one_line(name)}{where}: {message}")


def shown(value: str) -> str:
    """Return a string in quotes for a message, cut if it is long."""
    return repr(value if len(value) <= LONGEST_SHOWN else f"{value[: LONGEST_SHOWN - 1]}…")


def decoded(content: bytes | str, name: str) -> str:
    """Decode UTF-8, with or without a byte order mark; raises DeclarationError for the rest."""
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    encoding = json.detect_encoding(content)  # from the first bytes, so it works for YAML and CSV
    if not encoding.startswith("utf-8"):
        raise refusal(name, f"is {encoding[:6].upper()}; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise refusal(name, "is not UTF-8; save it as UTF-8", line) from None


def check_depth(content: object) -> None:
    """Raise RecursionError for content that is too deep, before a later reader fails on it.

    An object that a level holds twice is followed once: aliases make a small file a large tree.
    """
    level = [content]
    for _ in range(DEEPEST):
        inner: dict[int, object] = {}
        for each in level:
            items = each.values() if isinstance(each, dict) else each
            if isinstance(items, Collection) and not isinstance(items, str | bytes):
                inner |= {id(item): item for item in items}
        level = list(inner.values())
    if level:
        raise RecursionError


def decimal(text: str) -> Decimal:
    """Read a number exactly; raises ValueError for one so long that writing it out would hang."""
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a number")
    exponent = re.split("[eE]", text)[-1] if "e" in text.lower() else "0"
    if len(text) > _LONGEST_NUMBER or abs(int(exponent)) > _LONGEST_NUMBER:
        raise ValueError(f"the number {shown(text)} is too long")
    return Decimal(text)


def whole(text: str) -> int:
    """Read a whole number; raises ValueError as `decimal` does."""
    if not WHOLE.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a whole number")
    return int(decimal(text))
