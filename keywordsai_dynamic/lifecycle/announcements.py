"""What a preview announces, and how the price review reads it back.

Each sentence is next to its parser, so that rewording one cannot blind the review. Parsers also
read the sentences of version 0.1.0, because the review may get an older preview.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from ..core.camel_case import camel_case
from ..core.formatting import format_field, plain, plain_field, shorten
from ..core.names import API_FIELDS, NOT_SENT
from ..core.redaction import one_line, redact
from .comparison import Difference

_LONGEST_SHOWN = 200
"""Characters of a value in a table: a longer one would push the rest out of sight."""

_ARROW = "→"
_ESCAPED_ARROW = "\\u2192"

_ADOPTS = "adopts existing"
_ADOPTS_ALL = "existing models"
_ADOPTION = re.compile(rf"{_ADOPTS} (?:model|provider) |takes over .* which exists")
_ADOPTION_OF_MANY = re.compile(rf"adopts [\d,]+ {_ADOPTS_ALL} ")
_OVERWRITES = "overwrites existing"
_OVERWRITE = re.compile(rf"{_OVERWRITES} (?:model|provider) |overwrites .*, which exists")
_LOOKUP_SKIPPED = "Skipped checking for existing"
_SKIPPED_LOOKUP = re.compile(rf"{_LOOKUP_SKIPPED} (models|providers): |No model was looked up")
_NOT_DECLARED = "no longer declared"
_KEEPS = f"is {_NOT_DECLARED}; the live model keeps its value"
_NO_LONGER_DECLARED = re.compile(r"(\w+) is no longer declared")
_MOVES = "besides the move to this Python program, these fields change:"
_MOVED = re.compile(rf"{_MOVES} (.*)$")
_ROW = re.compile(rf"^  (\w+) +declared .*? +{_ARROW} live (.*)$", re.MULTILINE)

_FIELD = "|".join((*API_FIELDS, *NOT_SENT, *map(camel_case, (*API_FIELDS, *NOT_SENT))))
# Not "GET /api/models/ returned 401: …".
_OF_A_SET = re.compile(
    rf"(?:{_ADOPTS}|{_OVERWRITES}) model (.+) \((?:values|overwriting) "
    r"|(.+?) (?:already exists with|is also declared by|is a built-in|was changed by somebody) "
    rf"|(?![A-Z]+ /)(.+?): (?=(?:{_FIELD}) |\S+ is not a (?:field|property) of a custom model)"
)

_SPELLED = {name.replace("_", ""): name for name in (*API_FIELDS, *NOT_SENT)}

OPENINGS = (_ADOPTS, _OVERWRITES, _LOOKUP_SKIPPED, _KEEPS, _MOVES)
"""Words that no other module may write: a test looks for them."""


def adopts(
    name: str, *, noun: str = "model", partly_unknown: bool = False, not_shown: str = ""
) -> str:
    """Announce that a create adopts what exists, of which it may not know every declared value yet.

    `not_shown` names fields that the service does not show, so that they are sent.
    """
    match = "values known so far match" if partly_unknown else "values match"
    if not_shown:
        match += f"; {not_shown}, which the service does not show, will be sent"
    return f"{_ADOPTS} {noun} {name} ({match}); from then on `pulumi destroy` deletes it"


def adopts_all(names: Collection[str], *, partly_unknown: bool = False) -> str:
    """Announce that a set adopts many models that exist, a line for each."""
    match = "values known so far match" if partly_unknown else "values match"
    lines = "\n".join(f"  {one_line(name)}" for name in names)
    return (
        f"adopts {len(names):,} {_ADOPTS_ALL} ({match}); from then on `pulumi destroy` deletes "
        f"them:\n{lines}"
    )


def adopted_models(sentence: str) -> dict[str, str]:
    """Return the names in the announcement of many adoptions, each with the one of its own."""
    first, *names = sentence.rstrip("\n").split("\n")
    if not _ADOPTION_OF_MANY.match(first):
        return {}
    partly_unknown = "so far" in first
    return {
        name.removeprefix("  "): adopts(name.removeprefix("  "), partly_unknown=partly_unknown)
        for name in names
    }


def is_adoption(sentence: str) -> bool:
    """Return whether a sentence announces an adoption."""
    return bool(_ADOPTION.match(sentence))


def overwrites(name: str, rows: str, *, noun: str = "model", not_shown: str = "") -> str:
    """Announce that a create overwrites what exists; `rows` is its `table` of declared and live.

    `not_shown` names fields that the service does not show, so that others may have set them.
    """
    facts = ["overwriting is declared", *([] if rows else ["all comparable values match"])]
    if not_shown:
        facts.append(f"{not_shown}, which the service does not show, will be sent")
    sentence = f"{_OVERWRITES} {noun} {name} ({'; '.join(facts)})"
    return f"{sentence}:\n{rows}" if rows else sentence


def live_values(sentence: str) -> dict[str, str | None] | None:
    """Return the live value of each field in an announced overwrite; None for other sentences.

    Values are text as the table shows it, numbers without separators; None stands for null.
    """
    if not _OVERWRITE.match(sentence):
        return None
    rows = [(_api_name(written), live) for written, live in _ROW.findall(sentence)]
    return {
        field: None if live == "null" else plain_field(field, live).replace(_ESCAPED_ARROW, _ARROW)
        for field, live in rows
    }


def _api_name(written: str) -> str:
    """Return the API's name of a field as any adapter's program writes it, such as inputCost."""
    return _SPELLED.get(written.replace("_", "").lower(), written)


def lookup_skipped(reason: str, noun: str) -> str:
    """Announce that this preview cannot tell which models, or providers, exist already."""
    return f"{_LOOKUP_SKIPPED} {noun}s: {reason}"


def is_lookup_skipped(sentence: str) -> bool:
    """Return whether a sentence announces that no model, or no provider, was looked up."""
    return bool(_SKIPPED_LOOKUP.match(sentence))


def no_longer_declared(field: str) -> str:
    """Announce that a field which the program dropped keeps its live value."""
    return f"{field} {_KEEPS}"


def taken_out(fields: str) -> str:
    """Announce that fields of a provider are no longer declared; the service may keep them."""
    return (
        f"{_NOT_DECLARED}: {fields}; not every service removes what an update leaves out. This "
        "update says what it finds; a new provider_id is the sure way"
    )


def dropped_field(sentence: str) -> str | None:
    """Return the field announced as no longer declared; None for other sentences."""
    found = _NO_LONGER_DECLARED.match(sentence)
    return _api_name(found[1]) if found else None


def about(name: str, sentence: str) -> str:
    """Return a sentence that says which model of a set it is about."""
    return f"{one_line(name)}: {sentence}"


def about_model(sentence: str, names: Collection[str]) -> tuple[str, str]:
    """Return which model a sentence about a set names, and what it would be for a single model.

    The name is empty if there is none. `names` are those of the set as a line shows them, where
    they are known: one may be the beginning of another, or look like a part of the sentence.
    """
    found = _OF_A_SET.match(sentence)
    name = next(filter(None, found.groups()), "") if found else ""
    if name not in names:
        likely = [each for each in names if sentence.startswith((f"{each}: ", f"{each} "))]
        name = max(likely, key=len, default=name)
    return name, sentence.removeprefix(f"{name}: ") if name else sentence


def moves_and_changes(fields: Iterable[str]) -> str:
    """Announce which fields of a resource change while it moves from the native plugin."""
    return f"{_MOVES} {', '.join(fields)}"


def fields_changed_while_moving(sentence: str) -> frozenset[str]:
    """Return the fields that change while a resource moves; none for other sentences."""
    found = _MOVED.match(sentence)
    return frozenset(map(_api_name, found[1].split(", "))) if found else frozenset()


def table(
    rows: Iterable[Difference],
    before: str,
    after: str,
    secret: Collection[str] = (),
    name_of: Callable[[str], str] = str,
) -> str:
    """Write differences for people, a line each; values of `secret` fields are not shown.

    `name_of` returns what a program calls a field.

    Values are one line and hold no arrow, because a live value is anybody's text: it could pass for
    a row of ours.
    """
    lines = [
        (name_of(row.field), "[secret]", "[secret]")
        if row.field in secret
        else (name_of(row.field), _cell(row.field, row.before), _cell(row.field, row.after))
        for row in rows
    ]
    widths = [max((len(line[column]) for line in lines), default=0) for column in (0, 1)]
    return "\n".join(
        f"  {field:<{widths[0]}}  {before} {old:<{widths[1]}} {_ARROW} {after} {new}"
        for field, old, new in lines
    )


def _cell(field: str, value: object) -> str:
    # Redacted in full and without separators: a secret that is cut or grouped is not found.
    verbatim = plain(value)
    redacted = redact(verbatim)
    text = format_field(field, value) if redacted == verbatim else redacted
    return shorten(one_line(text).replace(_ARROW, _ESCAPED_ARROW), _LONGEST_SHOWN)
