"""Bytes into JSON: unpacking and parsing a response body, with every flaw put into words."""

from __future__ import annotations

import json
import re
import zlib
from gzip import GzipFile
from io import BytesIO
from math import isfinite
from typing import Any

from .service_words import shortened

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes, both compressed and uncompressed."""

_DEEPEST = 20  # levels; a model has three, and Pulumi's messages to the engine allow about thirty
_NOT_JSON, _TOO_DEEP = "is not JSON", f"nests more than {_DEEPEST} levels deep"
_BAD_NUMBER = "contains NaN or a number that is too large"
# An escaped lone surrogate, or any other escape.
_ESCAPE = re.compile(
    r"\\(?:ud[89ab]..\\ud[c-f]..|(?P<half>ud[89a-f]..)|.)", re.IGNORECASE | re.DOTALL
)


def unpacked(content: bytes, encoding: str) -> bytes:
    """Undo a body's Content-Encoding; raises ValueError that completes "the body …"."""
    if not content or encoding.strip().lower() in {"", "identity"}:
        return content
    if encoding.strip().lower() != "gzip":
        raise ValueError(f"has an unexpected Content-Encoding, {shortened(encoding)}")
    try:
        body = GzipFile(fileobj=BytesIO(content)).read(LARGEST_ANSWER + 1)
    except EOFError:
        raise ValueError("is truncated gzip") from None
    except (OSError, zlib.error):
        raise ValueError("is not gzip, contrary to its Content-Encoding") from None
    if len(body) > LARGEST_ANSWER:
        raise ValueError("is larger than 64 MiB")
    return body


def parsed(content: bytes) -> object:
    """Parse standard JSON; raises ValueError that completes "the body …".

    Also refused is what could not be compared, stored or written later: numbers that do not fit a
    double, and deep nesting. Lone surrogates become U+FFFD.
    """
    try:
        text = content.decode(json.detect_encoding(content))
        text = _ESCAPE.sub(lambda found: r"\ufffd" if found["half"] else found[0], text)
        value = json.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError(_NOT_JSON) from None
    except ValueError:  # an integer with more digits than Python converts
        raise ValueError(_BAD_NUMBER) from None
    _require_sound([value])
    return value


def _require_sound(value: list[Any] | dict[str, Any], depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise ValueError(_TOO_DEEP)
    for item in value.values() if isinstance(value, dict) else value:
        kind = type(item)  # runs for thousands of values: faster than isinstance
        if kind is dict or kind is list:
            _require_sound(item, depth + 1)
        elif (kind is float and not isfinite(item)) or (kind is int and item.bit_length() > 1_000):
            raise ValueError(_BAD_NUMBER)
