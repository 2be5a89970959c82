"""A preview's JSON, read into what happens to each CustomModel: steps and messages, no arithmetic.

The document is what `pulumi preview --json` and `pulumi refresh --preview-only --json` write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.kinds import is_model_set
from ..core.redaction import one_line
from ..lifecycle.announcements import fields_changed_while_moving, is_lookup_skipped
from .diagnostics import Message, printed_errors, read_message, reasons
from .document import refuse_a_part, refuse_another_kind
from .providers import provider_lines
from .sets import apart, of_models, settled
from .steps import (
    STACK,
    Step,
    has_models,
    member,
    model_names,
    model_steps,
    read_models,
    require_known,
    type_of,
)


@dataclass(frozen=True)
class Preview:
    """The CustomModel steps of a preview, and what was said about them.

    `refresh` tells the report of a refresh from that of a preview; it is None if the stack itself
    is not listed, which a preview always does. `remarks` is what was said about all models.
    `errors` says why the preview ended early, whatever resource that is about: with one, steps may
    be missing. `names` are those of all models that are listed, read ones included; `not_listed`
    counts the unchanged resources of any type that are not. `reads` has provider and name of each
    model that the program only reads. `providers` says what happens to custom providers. A set of
    models is in none of them, only its models are. `is_bare` means that nothing is counted but the
    stack itself.
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
    providers: tuple[str, ...] = ()
    is_bare: bool = False


def read(document: Mapping[str, Any]) -> Preview:
    """Pick the CustomModel steps and messages out of a preview's JSON.

    Raises KeywordsAIError if the document does not have that shape, or if it is not whole although
    it does not say that the preview ended in an error.
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
    every = [require_known(item) for item in member(list, document, "steps")]
    said = [read_message(item) for item in member(list, document, "diagnostics")]
    changing = _changed_while_moving(said)
    steps = [one for step in every for one in apart(step, changing.get(step["urn"], frozenset()))]
    operations = [step["op"] for step in every]
    models = [step for step in steps if has_models(step["urn"])]
    messages = list(of_models(said, models))
    failed = [message for message in messages if message.severity == "error"]
    errors = reasons([*failed, *printed_errors(said)])
    if not errors:
        refuse_a_part(document, operations)
    if document.get("maybeCorrupt"):
        corrupt = "Pulumi marked the preview as maybeCorrupt"
        errors = (*errors, Message(urn="", severity="error", text=corrupt))
    roots = [step["op"] for step in steps if type_of(step["urn"]) == STACK]
    counted = {} if errors else member(dict, document, "changeSummary")
    return Preview(
        stack=every[0]["urn"].split(":")[2] if every else None,
        refresh=all(operation == "refresh" for operation in roots) if roots else None,
        steps=tuple(settled(model_steps(models), messages)),
        messages=tuple(message for message in messages if has_models(message.urn)),
        remarks=tuple(message.text for message in messages if _is_about_all(message)),
        errors=errors,
        names=frozenset(name for step in models for name in model_names(step)),
        not_listed=max(0, counted.get("same", 0) - operations.count("same")),
        is_bare=not errors and sum(counted.values()) <= 1,
        reads=frozenset(read_models(models)),
        providers=tuple(provider_lines(steps, messages)),
    )


def _is_about_all(message: Message) -> bool:
    """Return whether a message is about all models, or all of a set."""
    whole_set = is_model_set(type_of(message.urn)) and not message.member
    return is_lookup_skipped(message.text) or (whole_set and message.severity == "warning")


def _changed_while_moving(messages: Iterable[Message]) -> dict[str, frozenset[str]]:
    """Return by resource the fields that a message says change with its move."""
    told = [(each.urn, fields_changed_while_moving(each.text)) for each in messages]
    return {urn: fields for urn, fields in told if fields}
