"""A preview's JSON read into what becomes of each CustomModel: steps and messages, no arithmetic.

The document is what `pulumi preview --json` and `pulumi refresh --preview-only --json` write.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from keywordsai_dynamic.errors import KeywordsAIError
from keywordsai_dynamic.names import (
    ANSWERED,
    API_FIELDS,
    CUSTOM_PROVIDER_FIELDS,
    FLAG_FIELDS,
    PRICE_FIELDS,
    TYPE,
)
from keywordsai_dynamic.redaction import one_line
from keywordsai_dynamic.state import answered_in

from .words import number, shortened

T = TypeVar("T", list[Any], dict[str, Any])

# How the engine writes values that it does not know yet, or will not show.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "[secret]"  # noqa: S105  (a placeholder for one)
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_A_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  (says that an object is one)

_NUMBERS = frozenset({*PRICE_FIELDS, "max_context_window"})

TOO_DEEP = "is nested too deeply for a report of `pulumi preview --json`."

_KEYS = frozenset({"steps", "diagnostics", "duration", "changeSummary", "config"})
# What stands before a sentence: "error: pulumi-python:…:CustomModel resource 'x' has a problem: ".
_OPENING = re.compile(
    r"^(?:error|warning): (?:Preview failed: )?(?:\S+ resource '[^']*':? (?:has a problem: )?)?"
)
# What the SDK, the language host and the engine say after something else went wrong.
_NO_REASON = re.compile(
    r"Resource monitor has terminated, shutting down"
    r"|an unhandled error occurred: program exited with non-zero exit code: -?\d+"
    r"|preview failed"
)
# How the provider begins to say, about no model in particular, that it could not look any up.
_NOT_LOOKED_UP = "No model was looked up"
_OPERATIONS = ("replace", "create", "update", "delete", "same", "import")


@dataclass(frozen=True)
class Message:
    """Something the engine or a provider said about a resource during the preview."""

    urn: str
    severity: str
    text: str


@dataclass(frozen=True)
class Step:
    """What becomes of one CustomModel; `old` and `new` are its properties before and after.

    `operation` is replace, create, update, delete, same or import. `reasons` names the top-level
    properties that the engine found different, which tells a changed secret from an unchanged one.
    """

    urn: str
    operation: str
    old: Mapping[str, Any] = field(default_factory=dict)
    old_outputs: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    reasons: frozenset[str] = frozenset()
    retained: bool = False


@dataclass(frozen=True)
class Preview:
    """The CustomModel steps of a preview, and what was said about them.

    `refresh` tells the report of a refresh from that of a preview; it is None where there are no
    steps to tell it by. `remarks` is what was said about all models. `errors` says why the preview
    ended early, whatever resource that is about: with one, steps may be missing.
    """

    stack: str | None
    refresh: bool | None
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    remarks: tuple[str, ...]
    errors: tuple[Message, ...]


def load(content: bytes, name: str) -> dict[str, Any]:
    """Parse the content of a preview file; raises KeywordsAIError, one line that names the file."""
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        raise KeywordsAIError(
            f"{name} is empty: `pulumi preview --json` writes its report to standard output, and "
            "nothing came."
        )
    try:
        document = json.loads(content)
    except RecursionError:
        raise KeywordsAIError(f"{name} {TOO_DEEP}") from None
    except ValueError:
        raise KeywordsAIError(f"{name} {_why_not_json(content)}") from None
    if not isinstance(document, dict) or not document.keys() & _KEYS:
        raise KeywordsAIError(
            f"{name} is JSON, but not the report of `pulumi preview --json` or "
            "`pulumi refresh --preview-only --json`."
        )
    return document


def _why_not_json(content: bytes) -> str:
    text = content.decode(errors="replace").lstrip("\ufeff \t\r\n")
    if text.startswith("{") and re.match(r'\{\s*("|\})', text):
        return "is cut off, or not whole JSON: was `pulumi preview --json` stopped? Run it again."
    first = text.partition("\n")[0].rstrip("\r")[:60]
    if re.search(r"^\{", text, re.MULTILINE):
        return (
            f"has text before the JSON ({first!r}): write only the standard output of "
            "`pulumi preview --json` to it."
        )
    return f"is not JSON ({first!r}): make it with `pulumi preview --json`."


def read(document: Mapping[str, Any]) -> Preview:
    """Pick the CustomModel steps and messages out of a preview's JSON.

    Raises KeywordsAIError where the document is not of that shape.
    """
    try:
        raw_steps = _of(list, document, "steps")
        steps = [step for step in raw_steps if _is_model(step["urn"])]
        messages = [_message(item) for item in _of(list, document, "diagnostics")]
        roots = [step for step in raw_steps if "::pulumi:pulumi:Stack::" in step["urn"]]
        stacks = [str(step["urn"]).split(":")[2] for step in raw_steps]
        return Preview(
            stack=stacks[0] if stacks else None,
            refresh=all(step["op"] == "refresh" for step in roots) if roots else None,
            steps=tuple(_steps(steps)),
            messages=tuple(message for message in messages if _is_model(message.urn)),
            remarks=tuple(
                message.text for message in messages if message.text.startswith(_NOT_LOOKED_UP)
            ),
            errors=_reasons(message for message in messages if message.severity == "error"),
        )
    except (AttributeError, IndexError, KeyError, TypeError) as problem:
        raise KeywordsAIError(
            "this is not the report of `pulumi preview --json` "
            f"({type(problem).__name__}: {problem})."
        ) from None


def resource_name(urn: str) -> str:
    """Give the name a resource has in its program."""
    return urn.split("::", 3)[-1]


def _is_model(urn: str) -> bool:
    # Inside a component the type is a path: `acme:Router$pulumi-python:dynamic/keywordsai:…`.
    parts = urn.split("::", 3)
    return len(parts) == 4 and parts[2].split("$")[-1] == TYPE


def _message(item: Mapping[str, Any]) -> Message:
    return Message(
        urn=item.get("urn") or "",
        severity=item.get("severity") or "",
        text=_OPENING.sub("", str(item.get("message") or "").strip()),
    )


def _reasons(errors: Iterable[Message]) -> tuple[Message, ...]:
    """Leave out what only says that something went wrong, unless nothing else was said."""
    every = tuple(errors)
    return tuple(error for error in every if not _NO_REASON.fullmatch(error.text)) or every


def _steps(raw: Iterable[Mapping[str, Any]]) -> Iterable[Step]:
    """Fold the steps of a resource into one; leave out reads and refreshes.

    `--show-replacement-steps` puts a creation and a deletion beside a `replace`, which has both
    states; `--refresh` puts a refresh before what is done.
    """
    by_urn: dict[str, list[Mapping[str, Any]]] = {}
    for step in raw:
        by_urn.setdefault(step["urn"], []).append(step)
    for urn, parts in by_urn.items():
        by_operation = {part["op"]: part for part in parts}
        for operation in _OPERATIONS:
            if operation in by_operation:
                yield _step(urn, operation, by_operation[operation])
                break


def _of(kind: type[T], holder: Mapping[str, Any], name: str) -> T:
    """Give a list or a map, which Go writes as null where it is empty."""
    found = holder.get(name)
    if found is None:
        return kind()
    if not isinstance(found, kind):
        raise TypeError(f"{name} is no {'list' if kind is list else 'object'}")
    return found


def _properties(urn: str, state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give a model's inputs or outputs, with a placeholder for each secret."""
    try:
        found: dict[str, Any] = _of(dict, state, name)
    except TypeError as problem:
        raise _odd(urn, str(problem)) from None
    return {
        field: SECRET if isinstance(value, dict) and value.get(_SIGNATURE) == _A_SECRET else value
        for field, value in found.items()
    }


def _inputs(urn: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was declared; raises KeywordsAIError for what no program can have declared."""
    inputs = _properties(urn, state, "inputs")
    for name in API_FIELDS:
        value = inputs.get(name)
        if value in (None, UNKNOWN, SECRET) or name == "supported_params_override":
            continue
        if name in FLAG_FIELDS:
            right = isinstance(value, int | float)
        elif name in _NUMBERS:
            right = number(value) is not None
        else:
            ids = name in CUSTOM_PROVIDER_FIELDS
            right = isinstance(value, str) or (ids and isinstance(value, int | float))
        if not right:
            raise _odd(urn, f"{name} cannot be {shortened(repr(value), 100)}")
    return inputs


def _answered(urn: str, state: Mapping[str, Any]) -> Mapping[str, Any]:
    outputs = _properties(urn, state, "outputs")
    if outputs.get(ANSWERED) == SECRET:
        return outputs
    try:
        return answered_in(outputs)
    except (RecursionError, TypeError, ValueError):
        raise _odd(urn, f"{ANSWERED} is no JSON object") from None


def _odd(urn: str, what: str) -> KeywordsAIError:
    return KeywordsAIError(f"resource {shortened(one_line(resource_name(urn)), 200)}: {what}.")


def _step(urn: str, operation: str, part: Mapping[str, Any]) -> Step:
    old, new = _of(dict, part, "oldState"), _of(dict, part, "newState")
    paths = [*(part.get("detailedDiff") or {}), *(part.get("diffReasons") or [])]
    return Step(
        urn=urn,
        operation=operation,
        old=_inputs(urn, old),
        old_outputs=_answered(urn, old),
        new=_inputs(urn, new),
        reasons=frozenset(re.split(r"[.\[]", path, maxsplit=1)[0] for path in paths),
        retained=bool(old.get("retainOnDelete")),
    )
