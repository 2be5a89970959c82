"""Models as files declare them, merged over each other field by field."""

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
    """A value that is never printed; `value` is None if it cannot be read at all."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"


class Layer(NamedTuple):
    """What one file declares: `models` maps model names to their fields, if the file is correct."""

    origin: str
    models: object


class SourcedValue(NamedTuple):
    """A value and the file that it comes from."""

    origin: str
    value: Any


class Mistake(NamedTuple):
    """One mistake in a catalog: as a string, one line with where, what, and what was found."""

    origin: str
    model: str
    field: str
    sentence: str
    found: object = None

    def __str__(self) -> str:
        names = map(_shown_key, (self.model, self.field))
        where = ": ".join(part for part in (self.origin, *names) if part)
        found = f" (found {shown(self.found)})" if self.found is not None else ""
        return one_line(f"{where}: {self.sentence}{found}")


Entries = dict[str, dict[str, SourcedValue]]


def merge(layers: Iterable[Layer]) -> tuple[Entries, list[Mistake]]:
    """Merge later layers over earlier ones; in a later one, `null` removes a field or a model."""
    entries: Entries = {}
    mistakes: list[Mistake] = []
    for depth, (origin, models) in enumerate(layers):
        if not isinstance(models, Mapping):
            mistakes.append(_not_a_map(origin, models))
            continue
        for name, fields in models.items():
            if not isinstance(name, str):
                sentence = "a model name must be a string; put it in quotes"
                mistakes.append(Mistake(origin, str(name), "", sentence))
            elif fields is None:
                mistakes += _remove(origin, name, entries, depth)
            elif not isinstance(fields, Mapping):
                sentence = "must be a map of fields, like `input_cost: 2.50`"
                mistakes.append(Mistake(origin, name, "", sentence, fields))
            else:
                entry = entries.setdefault(name, {})
                mistakes += _merge_fields(origin, name, fields, entry, depth)
    return entries, mistakes


def as_json(value: object) -> object:
    """Return a value as JSON has it: the Decimals read from files become ints and floats.

    Raises DeclarationError for a number that JSON would round.
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
        sentence = f"has a number with more than {EXACT_DIGITS} significant digits; use fewer"
        raise DeclarationError(sentence)
    number = float(exact)
    whole = number.is_integer()
    if not isfinite(number) or (number == 0 != exact) or (whole and abs(exact) > _LARGEST_WHOLE):
        raise DeclarationError("has a number that is too large or too small for JSON")
    return int(number) if whole else number


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the question "; did you mean …?" for the most similar known word, or nothing."""
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def shown(value: object) -> str:
    """Return a value for a message: short, on one line, without secrets."""
    if isinstance(value, Secret):
        return "a secret"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_shown_key(key)}: {shown(item)}" for key, item in value.items())
        text = f"{{{inside}}}"
    elif isinstance(value, list | tuple):
        text = f"[{', '.join(shown(item) for item in value)}]"
    elif isinstance(value, Decimal):
        text = str(value)
    else:
        text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _shown_key(key: object) -> str:
    """Return a key without quotes, unless it has a character that looks like another one."""
    text = str(key)
    return text if text.isprintable() else repr(text)


def _not_a_map(origin: str, models: object) -> Mistake:
    if models is None:
        return Mistake(origin, "", "", "is empty; add models, like `name: {input_cost: 2.50}`")
    return Mistake(origin, "", "", "must be a map of model names to their fields", models)


def _remove(origin: str, name: str, entries: Entries, depth: int) -> list[Mistake]:
    if depth == 0:
        return [Mistake(origin, name, "", "is empty; add its fields, or remove the line")]
    if name not in entries:
        sentence = f"removes a model that does not exist{nearest(name, entries)}"
        return [Mistake(origin, name, "", sentence)]
    del entries[name]
    return []


def _merge_fields(
    origin: str, name: str, fields: Mapping[Any, Any], entry: dict[str, SourcedValue], depth: int
) -> list[Mistake]:
    mistakes = []
    for field, value in fields.items():
        if not isinstance(field, str):
            mistakes.append(Mistake(origin, name, str(field), "a field name must be a string"))
        elif value is not None:
            entry[field] = SourcedValue(origin, value)
        elif depth == 0:
            sentence = "is empty; add a value, or remove the line"
            mistakes.append(Mistake(origin, name, field, sentence))
        else:
            entry.pop(field, None)
    return mistakes
