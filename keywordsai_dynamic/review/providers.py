"""What happens to custom providers, in words; their keys are never shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..core.formatting import plain, shorten
from ..core.kinds import PROVIDER, kind_of
from ..core.names import UNKNOWN
from ..core.redaction import one_line
from .diagnostics import Message
from .steps import SECRET, RawStep, member, resource_name, type_of

_LONGEST = 200
_SHOWN = ("provider_name", "base_url", "timeout")
"""Fields whose values a report may show, if the preview does; a map may hold a secret."""

_VERBS = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}


def is_provider(urn: str) -> bool:
    """Return whether a resource is a CustomProvider."""
    return kind_of(type_of(urn)) == PROVIDER


def provider_lines(steps: Iterable[RawStep], messages: Iterable[Message]) -> Iterator[str]:
    """Describe each provider that changes, and repeat what the preview said about it.

    In alphabetical order: that of the steps is different in each preview.
    """
    changing = (step for step in steps if is_provider(step["urn"]) and step["op"] in _VERBS)
    yield from sorted(map(_line, changing))
    told = (message for message in messages if is_provider(message.urn))
    yield from sorted(
        f"provider {resource_name(message.urn)}: {message.text}"
        for message in told
        if message.severity == "warning"
    )


def _line(step: RawStep) -> str:
    old, new = (
        member(dict, member(dict, step, state), "inputs") for state in ("oldState", "newState")
    )
    names = list(dict.fromkeys(_name(step, inputs) for inputs in (old, new) if inputs))
    paths = [*member(dict, step, "detailedDiff"), *member(list, step, "diffReasons")]
    differing = {re.split(r"[.\[]", path, maxsplit=1)[0] for path in paths}
    changes = list(_changes(old, new, differing)) if old and new else []
    sentence = f"provider {' → '.join(names)} is {_VERBS[step['op']]}"
    return sentence + (f": {', and '.join(changes)}" if changes else "")


def _name(step: RawStep, inputs: Mapping[str, Any]) -> str:
    name = inputs.get(PROVIDER.id_field)
    known = isinstance(name, str) and name not in (UNKNOWN, SECRET)
    return shorten(one_line(str(name) if known else resource_name(step["urn"])), _LONGEST)


def _changes(
    old: Mapping[str, Any], new: Mapping[str, Any], differing: Collection[str]
) -> Iterator[str]:
    """Describe the fields that change; two secrets look alike, so the engine says if they do."""
    for field in PROVIDER.fields:
        before, after = old.get(field), new.get(field)
        if field == PROVIDER.id_field or (before == after and field not in differing):
            continue
        if field not in _SHOWN or _is_hidden(before) or _is_hidden(after):
            yield f"{field} changes"
        else:
            yield f"{field} {_shown(before)} → {_shown(after)}"


def _is_hidden(value: object) -> bool:
    return value in (UNKNOWN, SECRET) or isinstance(value, Mapping)


def _shown(value: object) -> str:
    return "not declared" if value is None else shorten(one_line(plain(value)), _LONGEST)
