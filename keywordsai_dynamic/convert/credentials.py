"""Keys and passwords in a file that is converted: hidden before anything is said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from ..core.credentials import is_credential
from ..core.redaction import hide

REFERENCE = "os.environ/"
"""How a value begins that LiteLLM takes from the environment."""

_VARIABLES = "environment_variables"
_LONG = 12
"""Shorter variables are words like `eu` or `1`, which messages need; keys are longer."""

_ALSO = re.compile(r"(keys|secrets|passwords|passwd|pass|pwd)$", re.IGNORECASE)
_SETTING = re.compile(r"""([\w.-]+)["']?\s*:(?=\s+["']?([^\s,"'}#{\[][^,"'}\n]*))""")
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
        hide(value)
    elif name == _VARIABLES and isinstance(value, Mapping):
        hide([text for text in value.values() if isinstance(text, str) and len(text) >= _LONG])


@cache
def _is_secret(name: str) -> bool:
    also = _ALSO.search(name) is not None
    return (is_credential(name) or also) and "cost" not in name  # as in `input_cost_per_token`
