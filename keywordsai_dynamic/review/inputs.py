"""What a review is given: files and standard input, each under the name it goes by."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.formatting import shorten
from .document import TOO_DEEP, load
from .preview import Preview, read


@dataclass(frozen=True)
class Document:
    """A preview's JSON, the file it came from, and the name it goes by."""

    name: str
    file: str
    content: dict[str, Any]
    seen: Preview

    @property
    def stack(self) -> str | None:
        return self.seen.stack


def named(argument: str) -> tuple[str | None, str]:
    """Split NAME=FILE; a file whose own name has an equals sign is no NAME=FILE."""
    name, equals, file = argument.partition("=")
    if equals and name and file and not _is_there(argument):
        return name, file
    return None, argument


def _is_there(file: str) -> bool:
    try:
        return Path(file).exists()
    except (OSError, ValueError):  # not a name that a file can have
        return False


def called(file: str) -> str:
    """Return what messages call a file."""
    return "standard input" if file == "-" else file


def content_of(file: str) -> bytes:
    """Return the bytes of a file, or of standard input; raises KeywordsAIError, one line."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as problem:
        shown = shorten(file, 200)
        raise KeywordsAIError(f"{shown}: {problem.strerror or problem}") from None


def read_document(argument: str) -> Document:
    """Read a preview or a report of a refresh: FILE, NAME=FILE, or `-` for standard input.

    Raises KeywordsAIError, one line, if it cannot be read.
    """
    name, file = named(argument)
    content = load(content_of(file), called(file))
    try:
        seen = read(content)
    except KeywordsAIError as problem:
        raise KeywordsAIError(f"{called(file)}: {problem}") from None
    except RecursionError:
        raise KeywordsAIError(f"{called(file)} {TOO_DEEP}") from None
    otherwise = "preview" if file == "-" else Path(file).stem
    return Document(name or seen.stack or otherwise, file, content, seen)
