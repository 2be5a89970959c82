"""The one shape into which every format is read: what a file says of each model.

Costs are exact decimals in USD per million tokens. Nothing is refused here: an entry collects what
is wrong with it, and what has no place in a catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any, NamedTuple

from ..core.errors import DeclarationError
from ..core.formatting import shorten
from ..core.names import PRICE_FIELDS
from ..core.schema import EXACT_DIGITS
from ..prices.units import cost_of, in_millions

_NOISY_DIGITS = 17
"""As many digits as it takes to write any double; more than EXACT_DIGITS are rounding errors."""

_LONGEST_NUMBER = 60
_ROUNDED = Context(prec=EXACT_DIGITS)
_UNITS = {
    "per_token": "per token",
    "per_1k": "per thousand tokens",
    "per_million": "per million tokens",
}


class Problem(NamedTuple):
    """What is wrong with one value: its key in the file, a sentence, and what was found."""

    key: str
    sentence: str
    found: object = None


@dataclass
class Entry:
    """One model of a file, while it is read.

    `place` says where it stands in the file. `fields` are those of a catalog. `base` is the
    vendor's model behind it, for an entry without prices. `left_out` says why there is no such
    model, `notes` what the user should know, and `dropped` which keys a catalog has no field for.
    """

    name: str
    place: str
    fields: dict[str, Any] = field(default_factory=dict)
    base: str = ""
    left_out: str = ""
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """The key in the file that each field comes from."""

    def state(self, name: str, value: object, key: str) -> None:
        """Note a field's value; null says nothing, and two values that differ are a problem."""
        if value is None:
            return
        if name in self.fields and self.fields[name] != value:
            self.problems.append(Problem(key, f"is not what {self.keys[name]} says"))
            return
        self.fields[name] = value
        self.keys[name] = key

    def price(self, name: str, value: object, key: str, unit: str = "per_token") -> None:
        """Note a cost, given in USD per `unit`: a number, or text that holds one."""
        if value is None:
            return
        cost = _cost(value, unit)
        if cost is None:
            self.problems.append(Problem(key, f"must be a number of USD {_UNITS[unit]}", value))
        elif cost < 0:
            self.problems.append(Problem(key, "must be 0 or more", value))
        else:
            digits = len("".join(map(str, cost.as_tuple().digits)).strip("0"))
            if EXACT_DIGITS < digits <= _NOISY_DIGITS:
                self.notes.append(f"rounded to {EXACT_DIGITS} digits")
                cost = _ROUNDED.plus(cost)
            self.state(name, cost, key)

    def declare(self, name: str, value: object, key: str) -> None:
        """Note a field as a catalog writes it; a cost may be in any unit."""
        if name not in PRICE_FIELDS:
            self.state(name, value, key)
            return
        try:
            cost = cost_of(value)
        except DeclarationError as problem:
            self.problems.append(Problem(key, str(problem), value))
        else:
            self.price(name, cost, key, "per_million")

    def reasoning(self, value: object, key: str) -> None:
        """Note a cost of reasoning tokens; a catalog can hold it only if it is that of output."""
        if value and _cost(value, "per_token") not in {0, self.fields.get("output_cost")}:
            self.notes.append(f"{key} is not the price of output, and not carried over")

    @property
    def has_price(self) -> bool:
        """Whether the file has a price of input or output for it."""
        return "input_cost" in self.fields or "output_cost" in self.fields


def brief(value: object) -> str:
    """Return a value of the file as text for a sentence, cut if it is long."""
    return shorten(str(value), _LONGEST_NUMBER)


def other_output(modalities: object) -> str:
    """Say what a model produces instead of text; nothing if it does, or if that is not known."""
    if not isinstance(modalities, list) or "text" in modalities:
        return ""
    return f"output of {brief(' and '.join(map(str, modalities)) or 'nothing')}"


def _cost(value: object, unit: str) -> Decimal | None:
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return None
    try:
        return in_millions(unit, value)
    except DeclarationError:
        return None


def maps_in(content: object, file: str, what: str) -> list[Mapping[str, Any]]:
    """Return a list of maps as is; raises DeclarationError, with the name `file`, for others."""
    if not isinstance(content, list):
        raise DeclarationError(f"{file}: {what} must be a list of models")
    for number, each in enumerate(content):
        if not isinstance(each, Mapping):
            raise DeclarationError(f"{file}: {what}[{number}] must be a map")
    return content


def map_in(content: Mapping[str, Any], key: str, entry: Entry | None = None) -> Mapping[str, Any]:
    """Return the map under a key, empty if there is none; anything else is an entry's problem."""
    inner = content.get(key)
    if inner is None:
        return {}
    if not isinstance(inner, Mapping):
        if entry:
            entry.problems.append(Problem(key, "must be a map"))
        return {}
    return inner


def name_in(content: Mapping[str, Any], key: str, place: str, file: str) -> str:
    """Return an entry's name; raises DeclarationError, with the name `file`, without one."""
    name = content.get(key)
    if not isinstance(name, str) or not name:
        raise DeclarationError(f"{file}: {place} needs a {key}, a string")
    return name
