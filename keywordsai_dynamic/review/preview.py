"""A preview's JSON read into what becomes of each CustomModel: steps and messages, no arithmetic.

The document is what `pulumi preview --json` and `pulumi refresh --preview-only --json` write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..core.errors import KeywordsAIError
from ..core.names import (
    ANSWERED,
    API_FIELDS,
    COUNT_FIELDS,
    CUSTOM_PROVIDER_FIELDS,
    FLAG_FIELDS,
    NOT_SENT,
    PRICE_FIELDS,
    TYPE,
)
from ..core.redaction import one_line
from ..lifecycle.state import answered_in
from .document import refuse_a_part, refuse_another_kind
from .words import number, shortened

T = TypeVar("T", list[Any], dict[str, Any])

# How the engine writes values that it does not know yet, or will not show.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "[secret]"  # noqa: S105  (a placeholder for one)
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_A_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  (says that an object is one)

_NUMBERS = frozenset({*PRICE_FIELDS, *COUNT_FIELDS})

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
_STACK = "pulumi:pulumi:Stack"
_SEVERITIES = frozenset({"debug", "info", "info#err", "warning", "error"})
# What becomes of a resource, and which of its two states tells of it.
_STATES = {
    "replace": ("oldState", "newState"),
    "create": ("newState",),
    "update": ("oldState", "newState"),
    "delete": ("oldState",),
    "same": ("oldState", "newState"),
    "import": ("newState",),
}
# What else the engine has (pkg/resource/deploy/step.go): parts of a replacement, and looks.
_OTHER_OPERATIONS = frozenset(
    {
        *("create-replacement", "delete-replaced", "discard-replaced", "remove-pending-replace"),
        *("import-replacement", "read-replacement", "read", "refresh", "discard", "diff"),
    }
)


@dataclass(frozen=True)
class Message:
    """Something the engine or a provider said about a resource during the preview."""

    urn: str
    severity: str
    text: str


@dataclass(frozen=True)
class Step:
    """What becomes of one CustomModel; `old` and `new` are its properties before and after.

    `operation` is replace, create, update, delete, same or import. `provider` is the URN of its
    provider: each may be of another account. `reasons` names the top-level properties that the
    engine found different, which tells a changed secret from an unchanged one.
    """

    urn: str
    operation: str
    provider: str = ""
    old: Mapping[str, Any] = field(default_factory=dict)
    old_outputs: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    reasons: frozenset[str] = frozenset()
    retained: bool = False


@dataclass(frozen=True)
class Preview:
    """The CustomModel steps of a preview, and what was said about them.

    `refresh` tells the report of a refresh from that of a preview; it is None where the stack
    itself is not listed, which a preview always does. `remarks` is what was said about all models.
    `errors` says why the preview ended early, whatever resource that is about: with one, steps may
    be missing. `names` are those of all models that are listed, read ones included; `not_listed`
    counts the unchanged resources of any type that are not. `reads` has provider and name of each
    model that the program only reads.
    """

    stack: str | None
    refresh: bool | None
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    remarks: tuple[str, ...]
    errors: tuple[Message, ...]
    names: frozenset[str]
    not_listed: int
    reads: frozenset[tuple[str, str]] = frozenset()


def read(document: Mapping[str, Any]) -> Preview:
    """Pick the CustomModel steps and messages out of a preview's JSON.

    Raises KeywordsAIError where the document is not of that shape, or not whole although it does
    not say that the preview ended in an error.
    """
    refuse_another_kind(document)
    try:
        return _read(document)
    except (AttributeError, IndexError, KeyError, TypeError) as problem:
        raise KeywordsAIError(
            "this is not the report of `pulumi preview --json` "
            f"({type(problem).__name__}: {one_line(str(problem))})."
        ) from None


def _read(document: Mapping[str, Any]) -> Preview:
    raw_steps = [_raw_step(item) for item in _of(list, document, "steps")]
    operations = [step["op"] for step in raw_steps]
    messages = [_message(item) for item in _of(list, document, "diagnostics")]
    errors = _reasons(message for message in messages if message.severity == "error")
    if not errors:
        refuse_a_part(document, operations)
    if document.get("maybeCorrupt"):
        corrupt = "Pulumi marked the preview as maybeCorrupt"
        errors = (*errors, Message(urn="", severity="error", text=corrupt))
    models = [step for step in raw_steps if _is_model(step["urn"])]
    roots = [step["op"] for step in raw_steps if _type(step["urn"]) == _STACK]
    unchanged = 0 if errors else _of(dict, document, "changeSummary").get("same", 0)
    return Preview(
        stack=raw_steps[0]["urn"].split(":")[2] if raw_steps else None,
        refresh=all(operation == "refresh" for operation in roots) if roots else None,
        steps=tuple(_steps(models)),
        messages=tuple(message for message in messages if _is_model(message.urn)),
        remarks=tuple(
            message.text for message in messages if message.text.startswith(_NOT_LOOKED_UP)
        ),
        errors=errors,
        names=frozenset(name for step in models for name in _names(step)),
        not_listed=max(0, unchanged - operations.count("same")),
        reads=frozenset(_reads(models)),
    )


def _raw_step(item: Mapping[str, Any]) -> Mapping[str, Any]:
    urn, operation = item["urn"], item["op"]
    if not urn.startswith("urn:pulumi:") or not _type(urn):
        raise TypeError(f"{shortened(repr(urn), 100)} is not a URN")
    ours = _is_model(urn) or _type(urn) == _STACK
    if ours and operation not in _STATES and operation not in _OTHER_OPERATIONS:
        raise _odd(urn, f"{shortened(repr(operation), 100)} is not an operation that is known here")
    if _is_model(urn) and operation == "same" and _is_stub(item):
        raise _odd(
            urn, "it is left out of this preview (--target, --exclude); make one of the whole stack"
        )
    return item


def _is_stub(same: Mapping[str, Any]) -> bool:
    """Tell a new model that `--target` or `--exclude` leaves out: its states hold nothing."""
    states = [_of(dict, same, name) for name in _STATES["same"]]
    return all(state and not state.keys() & {"id", "inputs", "outputs"} for state in states)


def _names(step: Mapping[str, Any]) -> Iterable[str]:
    """Give the names that a model goes by: in its inputs, as its id, else its resource's name."""
    for state in (_of(dict, step, "oldState"), _of(dict, step, "newState")):
        name = _of(dict, state, "inputs").get("model_name")
        yield from (each for each in (name, state.get("id")) if isinstance(each, str))
        if name in (UNKNOWN, SECRET):
            yield resource_name(step["urn"])


def _reads(models: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for step in models:
        name = _of(dict, step, "newState").get("id")
        if step["op"] in ("read", "read-replacement") and isinstance(name, str):
            yield _provider(step), name


def _provider(step: Mapping[str, Any]) -> str:
    """Give the URN of a step's provider, without the id that may change from run to run."""
    reference = step.get("provider") or ""
    if not isinstance(reference, str):
        raise _odd(step["urn"], "its provider is not text")
    return reference.rpartition("::")[0]


def resource_name(urn: str) -> str:
    """Give the name a resource has in its program."""
    return urn.split("::", 3)[-1]


def _is_model(urn: str) -> bool:
    # Inside a component the type is a path: `acme:Router$pulumi-python:dynamic/keywordsai:…`.
    return _type(urn).split("$")[-1] == TYPE


def _type(urn: str) -> str:
    """Give the type in a URN; empty where it is none."""
    parts = urn.split("::", 3)
    return parts[2] if len(parts) == 4 else ""


def _message(item: Mapping[str, Any]) -> Message:
    urn, severity, text = item.get("urn", ""), item["severity"], item.get("message", "")
    if severity not in _SEVERITIES:
        raise TypeError(f"{shortened(repr(severity), 100)} is not a severity")
    if not isinstance(urn, str) or not isinstance(text, str):
        raise TypeError("urn and message of a diagnostic are text")
    return Message(urn, severity, _OPENING.sub("", text.strip()))


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
        for operation in _STATES:
            if operation in by_operation:
                yield _step(urn, operation, by_operation[operation])
                break


def _of(kind: type[T], holder: Mapping[str, Any], name: str) -> T:
    """Give a list or a map, which Go writes as null where it is empty."""
    found = holder.get(name)
    if found is None:
        return kind()
    if not isinstance(found, kind):
        raise TypeError(f"{name} is not {'a list' if kind is list else 'an object'}")
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
    if not inputs.get("model_name"):
        raise _odd(urn, "it has no model_name")
    for name in (*API_FIELDS, *NOT_SENT):
        value = inputs.get(name)
        if value not in (None, UNKNOWN, SECRET) and not _can_be_declared(name, value):
            raise _odd(urn, f"{name} cannot be {shortened(repr(value), 100)}")
    return inputs


def _can_be_declared(name: str, value: object) -> bool:
    if name in NOT_SENT:
        return isinstance(value, bool)
    if name == "supported_params_override":
        return isinstance(value, dict)
    if name in FLAG_FIELDS:
        return isinstance(value, int | float)
    if name in _NUMBERS:
        return number(value) is not None
    ids = name in CUSTOM_PROVIDER_FIELDS
    return isinstance(value, str) or (ids and isinstance(value, int | float))


def _answered(urn: str, state: Mapping[str, Any]) -> Mapping[str, Any]:
    outputs = _properties(urn, state, "outputs")
    if outputs.get(ANSWERED) == SECRET:
        return outputs
    try:
        return answered_in(outputs)
    except (RecursionError, TypeError, ValueError):
        raise _odd(urn, f"{ANSWERED} is not a JSON object") from None


def _odd(urn: str, what: str) -> KeywordsAIError:
    return KeywordsAIError(f"resource {shortened(one_line(resource_name(urn)), 200)}: {what}.")


def _step(urn: str, operation: str, part: Mapping[str, Any]) -> Step:
    for name in _STATES[operation]:
        if not _of(dict, part, name):
            raise _odd(urn, f"{operation} has no {name}")
    old, new = _of(dict, part, "oldState"), _of(dict, part, "newState")
    paths = [*_of(dict, part, "detailedDiff"), *_of(list, part, "diffReasons")]
    retained = old.get("retainOnDelete", False)
    if not isinstance(retained, bool):
        raise _odd(urn, f"retainOnDelete cannot be {shortened(repr(retained), 100)}")
    return Step(
        urn=urn,
        operation=operation,
        provider=_provider(part),
        old=_inputs(urn, old) if old else {},
        old_outputs=_answered(urn, old),
        new=_inputs(urn, new) if new else {},
        reasons=frozenset(re.split(r"[.\[]", path, maxsplit=1)[0] for path in paths),
        retained=retained,
    )
