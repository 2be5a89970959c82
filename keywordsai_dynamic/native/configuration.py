"""The plugin's own configuration: what a stack has under `keywordsai:`, or an explicit provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..core.config_keys import API_KEY, BASE_URL, refusal, unread
from ..core.plausibility import Problem
from ..core.redaction import one_line
from .wire import holds_unknown

_NAMESPACE = "keywordsai:"
_OF_THE_ENGINE = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "parameterization"})
"""What the engine itself puts beside a provider's inputs."""

SETTINGS = tuple(key.removeprefix(_NAMESPACE) for key in (API_KEY, BASE_URL))
_EMPTY_KEY = (
    f"{SETTINGS[0]} must not be empty: the key of the environment would be taken, which may be "
    "another account's; leave the setting out if that is meant"
)
SECRET_SETTINGS = frozenset({(API_KEY.removeprefix(_NAMESPACE),)})


def problems(urn: str, inputs: Mapping[str, Any], warn: Callable[[str], None]) -> list[Problem]:
    """Return what is wrong with a configuration, without its values; the rest is warned of.

    The default provider gets every key of the stack's configuration, and the keys that nothing
    reads may be meant for the program. An explicit provider takes settings only.
    """
    own = {key: inputs[key] for key in sorted(inputs) if not _is_of_the_engine(key)}
    wrong = [f"{key} must be a string" for key in SETTINGS if not _is_text(own.get(key))]
    if is_default(urn):
        stack = urn.removeprefix("urn:pulumi:").partition("::")[0]
        found = unread({f"{_NAMESPACE}{key}": False for key in own}, stack)
        for each in found:
            if not each.wrong:
                warn(f"stack {stack}: {each}")
        mistakes = [f"stack {stack}: {each}" for each in found if each.wrong]
        wrong += [refusal(mistakes)] if mistakes else []
    else:
        takes = f"is not a setting of this provider, which takes {' and '.join(SETTINGS)}"
        wrong += [f"{one_line(key)} {takes}" for key in own if key not in SETTINGS]
        if not str(own.get(SETTINGS[0], "any")).strip():
            wrong.append(_EMPTY_KEY)
    # The engine would print the value of a property that is named.
    return [Problem("", sentence) for sentence in wrong]


def _is_text(value: object) -> bool:
    return isinstance(value, str | None) or holds_unknown(value)


def is_default(urn: str) -> bool:
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
