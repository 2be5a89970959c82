"""What a run leaves to compare with: what was sent about a model, and what the user read."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from pulumi_stack import Result

from keywordsai_dynamic.emulator import Emulator, RecordedRequest

# The SDK, in a program that is still running when the engine gives up (not before CLI 3.274).
_AFTER_AN_ERROR = "error: Resource monitor has terminated, shutting down"

# The language host 3.79.0 interrupts the program when a step fails, and Python says so at length,
# under the stack. What it says can be cut off after any line, when the CLI ends before it.
_HEADER = r"Traceback \(most recent call last\):"
_IN_A_ROW = re.compile(rf"^(.* pulumi:pulumi:Stack .*) {_HEADER}$", re.MULTILINE)
_BELOW = re.compile(
    rf"^( *){_HEADER}\n(?:(?:.*\n)*?\s*KeyboardInterrupt\n|(?:\1 +.*\n)*(?=\s*\n|\Z))",
    re.MULTILINE,
)


def without_host_noise(output: str) -> str:
    """Take the old host's own traceback out of what the CLI said, whole or cut off."""
    return _BELOW.sub("", _IN_A_ROW.sub(r"\1", output))


LISTED = ("GET", "/api/models/?all=true", None)
"""The one request of a run that looks up any number of models."""


def posted(name: str, **fields: object) -> tuple[str, str, dict[str, Any]]:
    """The upsert of one model."""
    return ("POST", "/api/models/", {"model_name": name, **fields})


def deleted(name: str) -> tuple[str, str, None]:
    """The deletion of one model."""
    return ("DELETE", f"/api/models/{name}/", None)


def model_of(request: RecordedRequest) -> str | None:
    """Give the name of the model that a write is about; None for requests that only read."""
    if request.method == "DELETE":
        return unquote(request.path.removeprefix("/api/models/").removesuffix("/"))
    if (request.method, request.path) == ("POST", "/api/models/"):
        return str(request.json["model_name"])
    return None


def sent_about(requests: Iterable[RecordedRequest], *names: str) -> list[tuple[str, str, Any]]:
    """The writes about these models, in order."""
    return [request.call for request in requests if model_of(request) in names]


def taken(emulator: Emulator) -> list[tuple[str, str, Any]]:
    """Every call since the last look, in order; the next look begins after them."""
    calls = emulator.calls
    del emulator.requests[: len(calls)]
    return calls


def told(result: Result) -> list[str]:
    """Every line of the diagnostics, without the host's and the SDK's own; never a traceback."""
    text = without_host_noise(result.output)
    assert "Traceback" not in text, str(result)
    section = text.partition("Diagnostics:\n")[2].partition("\nResources:\n")[0]
    lines = (line.strip() for line in section.splitlines())
    return [line for line in lines if line not in ("", _AFTER_AN_ERROR)]


def told_about(result: Result, word: str) -> list[str]:
    """The lines of the diagnostics that hold `word` as a whole word, headings left out."""
    whole = re.compile(rf"(?<![\w/-]){re.escape(word)}(?![\w/-])")
    return [line for line in told(result) if whole.search(line) and not line.endswith("):")]
