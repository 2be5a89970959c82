"""Models as files write them, laid one over the other, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import Any, NamedTuple

from ..core.errors import DeclarationError
from ..core.redaction import one_line
from ..core.schema import EXACT_DIGITS

_SHOWN = 60
_LARGEST_WHOLE = 2**53  # Pulumi's numbers are doubles


@dataclass(frozen=True)
class Secret:
    """A value that is never printed; `value` is None where it cannot be read at all."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"


class Layer(NamedTuple):
    """What one file says: `models` maps model names to their fields, if the file is right."""

    origin: str
    models: object


class Written(NamedTuple):
    """A value and the file that it stands in."""

    origin: str
    value: Any


class Finding(NamedTuple):
    """One mistake, as a line that says where it is, what it is and what was found there."""

    origin: str
    model: str
    field: str
    sentence: str
    found: object = None

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.origin, self.model, self.field) if part)
        found = f" (found {shown(self.found)})" if self.found is not None else ""
        return one_line(f"{where}: {self.sentence}{found}")


Entries = dict[str, dict[str, Written]]


def overlay(layers: Iterable[Layer]) -> tuple[Entries, list[Finding]]:
    """Lay later layers over earlier ones; there, `null` takes a field or a model away."""
    entries: Entries = {}
    findings: list[Finding] = []
    for depth, (origin, models) in enumerate(layers):
        if not isinstance(models, Mapping):
            findings.append(_no_map(origin, models))
            continue
        for name, fields in models.items():
            if not isinstance(name, str):
                sentence = "a model name is text; put it in quotes"
                findings.append(Finding(origin, str(name), "", sentence))
            elif fields is None:
                findings += _take_away(origin, name, entries, depth)
            elif not isinstance(fields, Mapping):
                sentence = "must be a map of fields, like `input_cost: 2.50`"
                findings.append(Finding(origin, name, "", sentence, fields))
            else:
                entry = entries.setdefault(name, {})
                findings += _lay(origin, name, fields, entry, depth)
    return entries, findings


def as_json(value: object) -> object:
    """Give a value as JSON has it: Decimals, of which files are read, become ints and floats.

    Raises DeclarationError for a number that a JSON number would round.
    """
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    exact = Decimal(value)
    digits = "".join(map(str, exact.as_tuple().digits)).rstrip("0")
    if isinstance(value, Decimal) and len(digits) > EXACT_DIGITS:
        sentence = f"holds a number of more than {EXACT_DIGITS} significant digits; write fewer"
        raise DeclarationError(sentence)
    number = float(exact)
    whole = number.is_integer()
    if not isfinite(number) or (number == 0 != exact) or (whole and abs(exact) > _LARGEST_WHOLE):
        raise DeclarationError("holds a number that is too large or too small for JSON")
    return int(number) if whole else number


def nearest(word: str, known: Iterable[str]) -> str:
    """Ask for the known word that is most like this one: "; did you mean …?", or nothing."""
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def shown(value: object) -> str:
    """Write a value for a message: short, on one line, and secrets not at all."""
    if isinstance(value, Secret):
        return "a secret"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_visible(key)}: {shown(item)}" for key, item in value.items())
        text = f"{{{inside}}}"
    elif isinstance(value, list | tuple):
        text = f"[{', '.join(shown(item) for item in value)}]"
    elif isinstance(value, Decimal):
        text = str(value)
    else:
        text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _visible(key: object) -> str:
    return str(key) if str(key).isprintable() else repr(key)


def _no_map(origin: str, models: object) -> Finding:
    if models is None:
        return Finding(origin, "", "", "is empty; write models, as `name: {input_cost: 2.50}`")
    return Finding(origin, "", "", "must be a map of model names to their fields", models)


def _take_away(origin: str, name: str, entries: Entries, depth: int) -> list[Finding]:
    if depth == 0:
        return [Finding(origin, name, "", "is empty; write its fields, or take the line out")]
    if name not in entries:
        sentence = f"takes away a model that is not there{nearest(name, entries)}"
        return [Finding(origin, name, "", sentence)]
    del entries[name]
    return []


def _lay(
    origin: str, name: str, fields: Mapping[Any, Any], entry: dict[str, Written], depth: int
) -> list[Finding]:
    findings = []
    for field, value in fields.items():
        if not isinstance(field, str):
            findings.append(Finding(origin, name, str(field), "a field is text"))
        elif value is not None:
            entry[field] = Written(origin, value)
        elif depth == 0:
            sentence = "is empty; write a value, or take the line out"
            findings.append(Finding(origin, name, field, sentence))
        else:
            entry.pop(field, None)
    return findings
