"""The plugin's own configuration: what a stack has under `keywordsai:`, or an explicit provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..core.config_keys import API_KEY, BASE_URL, refusal, unread
from ..core.plausibility import Problem
from ..core.redaction import one_line
from .wire import holds_unknown

_NAMESPACE = "keywordsai:"
_OF_THE_ENGINE = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "parameterization"})
"""What the engine itself puts beside a provider's inputs."""

SETTINGS = tuple(key.removeprefix(_NAMESPACE) for key in (API_KEY, BASE_URL))
SECRET_SETTINGS = frozenset({(API_KEY.removeprefix(_NAMESPACE),)})


def problems(urn: str, inputs: Mapping[str, Any], warn: Callable[[str], None]) -> list[Problem]:
    """Return what is wrong with a configuration, without its values; the rest is warned of.

    The default provider gets every key of the stack's configuration, and the keys that nothing
    reads may be meant for the program. An explicit provider takes settings only.
    """
    own = {key: value for key, value in inputs.items() if not _is_of_the_engine(key)}
    wrong = [*_not_text(own)]
    if not _is_default(urn):
        known = " and ".join(SETTINGS)
        return wrong + [
            Problem(one_line(key), f"is not a setting of this provider, which takes {known}")
            for key in own
            if key not in SETTINGS
        ]
    stack = urn.removeprefix("urn:pulumi:").partition("::")[0]
    found = unread({f"{_NAMESPACE}{key}": False for key in own}, stack)
    for each in found:
        if not each.wrong:
            warn(f"stack {stack}: {each}")
    mistakes = [f"stack {stack}: {each}" for each in found if each.wrong]
    return [*wrong, *([Problem("", refusal(mistakes))] if mistakes else [])]


def _not_text(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    for key in SETTINGS:
        value = inputs.get(key)
        if not isinstance(value, str | None) and not holds_unknown(value):
            yield Problem(key, "must be a string")


def _is_default(urn: str) -> bool:
    """Return whether this is the provider of resources that name none; the engine names it."""
    return urn.rpartition("::")[2].startswith("default")


def _is_of_the_engine(key: str) -> bool:
    return key in _OF_THE_ENGINE or key.startswith("__")


def lookup(inputs: Mapping[str, Any]) -> Callable[[str], str | None]:
    """Return what finds the value of a full configuration key, such as `keywordsai:apiKey`."""

    def find(key: str) -> str | None:
        value = inputs.get(key.removeprefix(_NAMESPACE))
        return value if isinstance(value, str | None) else json.dumps(value)

    return find
