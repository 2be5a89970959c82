"""Keys and passwords in a file that is converted: hidden before anything is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from ..core.credentials import is_credential
from ..core.redaction import hide

REFERENCE = "os.environ/"
"""How a value begins that LiteLLM takes from the environment."""

_VARIABLES = "environment_variables"
_LONG = 12
"""Shorter variables are words like `eu` or `1`, which messages need; keys are longer."""

_ALSO = re.compile(r"(keys|secrets|passwords|passwd|pass|pwd)$", re.IGNORECASE)
_LONGEST = 10_000
"""Of a longer value, no message shows more than the beginning."""

_SETTING = re.compile(
    r"""(?<![\w.-])([\w.-]{1,100})["']?\s*:(?=\s+["']?([^\s,"'}#{\[][^,"'}\n]*))"""
)
"""A key and its value, which is not passed over: below `a:`, `b: c` looks like the value of `a`."""


def is_reference(value: object) -> bool:
    """Return whether a value stands in the environment, not in the file."""
    return isinstance(value, str) and value.startswith(REFERENCE)


def hide_settings(text: str) -> None:
    """Hide the credentials in a text that has not been parsed: an error may repeat one."""
    for key, value in _SETTING.findall(text):
        _hide(key, value)
        _hide(key, value.split()[0])  # what is left without a comment


def hide_credentials(content: object) -> None:
    """Hide the credentials at any depth of what a file holds."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            _hide(str(key), value)
            hide_credentials(value)
    elif isinstance(content, list):
        for each in content:
            hide_credentials(each)


def _hide(name: str, value: object) -> None:
    if _is_secret(name) and not is_reference(value):
        hide([text[:_LONGEST] for text in _texts(value)])
    elif name == _VARIABLES:
        hide([text[:_LONGEST] for text in _texts(value) if len(text) >= _LONG])


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


@cache
def _is_secret(name: str) -> bool:
    also = _ALSO.search(name) is not None
    return (is_credential(name) or also) and "cost" not in name  # as in `input_cost_per_token`
