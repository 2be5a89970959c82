"""What a run leaves behind to compare: the requests it sent, and the lines the user read."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from harness.cli_run import Result
from keywordsai_dynamic.emulator import Emulator, RecordedRequest

# The SDK, in a program that is still running when the engine gives up (not before CLI 3.274).
_AFTER_AN_ERROR = "error: Resource monitor has terminated, shutting down"

# The language host 3.79.0 interrupts the program when a step fails, and Python says so at length,
# under the stack. What it says can be cut off after any line, when the CLI ends before it.
_HEADER = "Traceback (most recent call last):"
_IN_A_ROW = re.compile(rf"^(.* pulumi:pulumi:Stack .*) {re.escape(_HEADER)}$")


def without_host_noise(output: str) -> str:
    """Remove the old host's own traceback from the CLI's output, complete or cut off."""
    kept: list[str] = []
    lines = output.split("\n")
    while lines:
        line = lines.pop(0)
        if row := _IN_A_ROW.match(line):
            kept.append(row[1])
        elif line.strip() == _HEADER:
            if kept and kept[-1].strip().startswith("Exception ignored in: <module 'threading'"):
                kept.pop()
            lines = _after_noise(line, lines, kept)
        else:
            kept.append(line)
    return "\n".join(kept)


def _after_noise(header: str, lines: list[str], kept: list[str]) -> list[str]:
    """Return what follows a traceback with KeyboardInterrupt at its end or none; keep others."""
    end = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
    # With a colon where it came while Python shut down.
    interrupts = [at for at in range(end) if lines[at].strip().rstrip(":") == "KeyboardInterrupt"]
    if interrupts:
        return lines[interrupts[0] + 1 :]
    deeper = header[: len(header) - len(header.lstrip())] + " "
    if all(line.startswith(deeper) for line in lines[:end]):
        return lines[end:]
    kept.append(header)
    return lines


LISTED = ("GET", "/api/models/?all=true", None)
"""The one request of a run that looks up any number of models."""


def posted(name: str, **fields: object) -> tuple[str, str, dict[str, Any]]:
    """The upsert of one model."""
    return ("POST", "/api/models/", {"model_name": name, **fields})


def asked(name: str) -> tuple[str, str, None]:
    """The look at one model by itself: what a list alone shows refuses and proves nothing."""
    return ("GET", f"/api/models/{name}/", None)


def deleted(name: str) -> tuple[str, str, None]:
    """The deletion of one model."""
    return ("DELETE", f"/api/models/{name}/", None)


def model_of(request: RecordedRequest) -> str | None:
    """Return the name of the model that a request writes; None for requests that only read."""
    if request.method == "DELETE":
        return unquote(request.path.removeprefix("/api/models/").removesuffix("/"))
    if (request.method, request.path) == ("POST", "/api/models/"):
        return str(request.json["model_name"])
    return None


def sent_about(requests: Iterable[RecordedRequest], *names: str) -> list[tuple[str, str, Any]]:
    """The writes about these models, in order."""
    return [request.call for request in requests if model_of(request) in names]


def taken(emulator: Emulator) -> list[tuple[str, str, Any]]:
    """Take every call since the last `taken`, in order."""
    calls = emulator.calls
    del emulator.requests[: len(calls)]
    return calls


def told(result: Result) -> list[str]:
    """The lines of the diagnostics, without the host's and SDK's; a traceback fails the test."""
    text = without_host_noise(result.output)
    assert "Traceback (most recent call last)" not in text, str(result)
    section = text.partition("Diagnostics:\n")[2].partition("\nResources:\n")[0]
    lines = (line.strip() for line in section.splitlines())
    return [line for line in lines if line not in ("", _AFTER_AN_ERROR)]


def told_about(result: Result, word: str) -> list[str]:
    """The lines of the diagnostics that hold `word` as a whole word, headings left out."""
    whole = re.compile(rf"(?<![\w/-]){re.escape(word)}(?![\w/-])")
    return [line for line in told(result) if whole.search(line) and not line.endswith("):")]


def read(result: Result) -> list[str]:
    """What the user read, in alphabetical order, without the names of the resources above it."""
    return sorted(line for line in told(result) if not line.endswith("):"))


def writes(emulator: Emulator) -> list[Any]:
    """Take every call since the last `taken` that changes a model, in alphabetical order."""
    return sorted((call for call in taken(emulator) if call[0] != "GET"), key=str)


def taken_over(name: str) -> str:
    """What the user reads of a model that is adopted."""
    return (
        f"warning: adopts existing model {name} (values match); "
        "from then on `pulumi destroy` deletes it"
    )
