"""Files of models, read strictly: YAML, JSON or CSV, chosen by suffix, all by one set of rules.

UTF-8, exact numbers, nothing twice, and nothing that two readers could understand differently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..core.errors import DeclarationError
from ..core.redaction import one_line
from .csv_reader import from_csv
from .json_reader import from_json
from .yaml_reader import from_yaml

_READERS: Mapping[str, Callable[[bytes | str, str], object]] = {
    "": from_yaml,
    ".yaml": from_yaml,
    ".yml": from_yaml,
    ".json": from_json,
    ".csv": from_csv,
}


def read(path: Path) -> object:
    """Read a file by its suffix; raises DeclarationError, one line, if it cannot be read."""
    return parse(content_of(path), path.name)


def content_of(path: Path) -> bytes:
    """Return the bytes of a file; raises DeclarationError, one line, if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise DeclarationError(f"{path}: cannot be read: {problem.strerror}") from None
    except ValueError:
        raise DeclarationError(f"{str(path)!r} is not a valid file name") from None


def parse(content: bytes | str, name: str) -> object:
    """Read the content of a file by the suffix of its name: .yaml, .yml, .json or .csv.

    Content without a suffix, like standard input, is YAML. A CSV file becomes a list of maps.
    Raises DeclarationError, one line that begins with the name, for content that cannot be read.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in _READERS:
        sentence = "has an unknown suffix; save it as .yaml, .yml, .json or .csv"
        raise DeclarationError(f"{one_line(name)}: {sentence}")
    return _READERS[suffix](content, name)


def is_readable(path: Path) -> bool:
    """Return whether a path has a suffix that can be read."""
    return path.suffix.lower() in _READERS.keys() - {""}
