"""A file, read as the one JSON document that `pulumi preview --json` prints.

Anything else (a summary, a stream, a part) is refused with what it is: it must not pass for a
preview without changes.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ..core.errors import KeywordsAIError
from ..core.formatting import shorten

TOO_DEEP = "is nested too deeply for a report of `pulumi preview --json`."

_STREAM = (
    "several JSON documents, such as the stream of `pulumi up --json` or of "
    "PULUMI_ENABLE_STREAMING_JSON_PREVIEW: create it with `pulumi preview --json`, without that "
    "variable."
)
_REPORTS = "`pulumi preview --json` or `pulumi refresh --preview-only --json`"
# Other documents of the CLI, by a key that a preview does not have.
_OTHERS = {
    "result": "the summary that `--output json` writes, without any steps; create it with --json",
    "sequence": "one event of a stream; create it with `pulumi preview --json`, without "
    "PULUMI_ENABLE_STREAMING_JSON_PREVIEW",
    "deployment": "the export of a stack; create it with `pulumi preview --json`",
    "resourcePlans": "an update plan; create it with `pulumi preview --json`",
}
# A step that changes something is always listed; other operations are listed on request.
_ALWAYS_LISTED = ("create", "update", "replace", "delete")


def load(content: bytes, name: str) -> dict[str, Any]:
    """Parse the content of a preview file; raises KeywordsAIError, one line that names the file."""
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        raise KeywordsAIError(
            f"{name} is empty: `pulumi preview --json` wrote nothing to standard output."
        )
    try:
        document = json.loads(content, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError:
        raise KeywordsAIError(f"{name} {TOO_DEEP}") from None
    except json.JSONDecodeError as problem:
        rest = problem.doc[problem.pos :] if problem.msg == "Extra data" else ""
        why = _behind(rest) if rest else _why_not_json(content)
        raise KeywordsAIError(f"{name} {why}") from None
    except UnicodeDecodeError:
        raise KeywordsAIError(f"{name} {_why_not_json(content)}") from None
    except ValueError as problem:
        raise KeywordsAIError(f"{name} is not what Pulumi writes: {problem}.") from None
    if not isinstance(document, dict):
        raise KeywordsAIError(f"{name} is JSON, but not the report of {_REPORTS}.")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {shorten(repr(twice), 100)} appears twice")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _behind(rest: str) -> str:
    """Describe what follows a whole JSON value."""
    try:
        json.JSONDecoder().raw_decode(rest)
    except (RecursionError, ValueError):
        return (
            f"has text after the JSON ({_first_line(rest)}): write only the standard output of "
            "`pulumi preview --json` to it."
        )
    return f"holds {_STREAM}"


def _why_not_json(content: bytes) -> str:
    text = content.decode(errors="replace").lstrip("\ufeff \t\r\n")
    if text.startswith("{") and re.match(r'\{\s*("|\})', text):
        return "is incomplete JSON: was `pulumi preview --json` interrupted? Run it again."
    if re.search(r"^\{", text, re.MULTILINE):
        return (
            f"has text before the JSON ({_first_line(text)}): write only the standard output of "
            "`pulumi preview --json` to it."
        )
    return f"is not JSON ({_first_line(text)}): create it with `pulumi preview --json`."


def _first_line(text: str) -> str:
    return repr(text.partition("\n")[0].rstrip("\r")[:60])


def refuse_another_kind(document: Mapping[str, Any]) -> None:
    """Raise KeywordsAIError, which says what it is, if a document is not a preview or a refresh."""
    if not document:
        raise KeywordsAIError(
            "this is {}, which the CLI prints if it fails before the preview starts; its standard "
            "error says why."
        )
    for key, what in _OTHERS.items():
        if key in document and "steps" not in document:
            raise KeywordsAIError(f"this is {what}.")


def refuse_a_part(document: Mapping[str, Any], operations: Sequence[str]) -> None:
    """Raise KeywordsAIError if steps are missing; `operations` are those of all steps found.

    A preview of the engine (3.259 to 3.274) ends with `changeSummary`, which counts its steps. A
    refresh of a stack without resources has only its duration.
    """
    counted = document.get("changeSummary")
    if counted is None and not operations and isinstance(document.get("duration"), int):
        return
    if not operations or not isinstance(counted, Mapping) or not counted:
        missing = "changeSummary" if operations else "steps"
        raise KeywordsAIError(
            f"this is not the whole report of {_REPORTS}: it has no {missing}; create it with "
            "--json."
        )
    listed = Counter(operations)
    for operation, count in counted.items():
        if isinstance(count, bool) or not isinstance(count, int):
            raise KeywordsAIError(
                f"this is not the report of {_REPORTS}: its changeSummary does not count steps."
            )
        if operation in _ALWAYS_LISTED and listed[operation] < count:
            raise KeywordsAIError(
                f"this is not the whole report of {_REPORTS}: changeSummary counts {operation} "
                f"{count:,} times, but the steps have it {listed[operation]:,} times; create it "
                "with --json."
            )
