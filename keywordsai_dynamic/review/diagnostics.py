"""The messages of a preview, without what the CLI puts around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.formatting import shorten

# What comes before a sentence: "error: pulumi-python:…:CustomModel resource 'x' has a problem: ".
_OPENING = re.compile(
    r"^(?:error|warning): (?:Preview failed: )?(?:\S+ resource '[^']*':? (?:has a problem: )?)?"
)
# What the SDK, the language host and the engine say after something else went wrong.
_NO_REASON = re.compile(
    r"Resource monitor has terminated, shutting down"
    r"|an unhandled error occurred: program exited with non-zero exit code: -?\d+"
    r"|preview failed"
    r"|Error registering resource \[[^\]]*\]: no diagnostics"
)
# A language host that checks a program before it runs it, as that of YAML does, tells the engine
# only that it failed. What is wrong, it prints, line by line, as HashiCorp's library writes it.
_PRINTED = re.compile(r"\x1b\[3[13]m(Error|Warning)\x1b\[0m: ")
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_SEVERITIES = frozenset({"debug", "info", "info#err", "warning", "error"})


@dataclass(frozen=True)
class Message:
    """Something the engine or a provider said about a resource during the preview.

    `member` is the model of a set that it is about, or empty.
    """

    urn: str
    severity: str
    text: str
    member: str = ""

    @property
    def about(self) -> tuple[str, str]:
        """What it is about: a resource, and the model of a set, as `Step.about` says it."""
        return self.urn, self.member


def read_message(item: Mapping[str, Any]) -> Message:
    """Read a diagnostic; raises TypeError for one that the CLI does not write."""
    urn, severity, text = item.get("urn", ""), item["severity"], item.get("message", "")
    if severity not in _SEVERITIES:
        raise TypeError(f"{shorten(repr(severity), 100)} is not a severity")
    if not isinstance(urn, str) or not isinstance(text, str):
        raise TypeError("urn and message of a diagnostic must be strings")
    return Message(urn, severity, _OPENING.sub("", text.strip()))


def printed_errors(messages: Iterable[Message]) -> Iterator[Message]:
    """Yield the errors that a language host has printed, each with all of its lines."""
    printed: list[list[str]] = []
    for message in messages:
        if message.severity != "info#err" or message.urn:
            continue
        if begins := _PRINTED.match(message.text):
            printed.append([begins[1]])
        if printed:
            text = message.text[begins.end() if begins else 0 :]
            printed[-1].append(_COLORS.sub("", text))
    for severity, *lines in printed:
        if severity == "Error":
            yield Message(urn="", severity="error", text="\n".join(lines))


def reasons(errors: Iterable[Message]) -> tuple[Message, ...]:
    """Leave out what only says that something went wrong, unless nothing else was said."""
    every = tuple(errors)
    return tuple(error for error in every if not _NO_REASON.fullmatch(error.text)) or every
