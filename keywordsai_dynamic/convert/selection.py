"""What becomes of a file's entries: which are converted, which are one model, which are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from ..catalog.foreign_names import is_price
from ..catalog.layers import Mistake
from ..catalog.resolve_model import FIELDS, LIST_PRICE_FIELDS
from ..catalog.written import unwritable
from ..core.errors import DeclarationError
from ..core.formatting import format_field, format_names
from ..core.names import PRICE_FIELDS
from ..core.plausibility import Problem, implausible
from ..core.redaction import one_line
from ..core.schema import CustomModelFields, normalize
from ..prices import sources
from ..prices.listing import Listing
from .entries import Entry, brief

Models = dict[str, dict[str, Any]]
ListingOf = Callable[[str], tuple[Listing | None, str]]
_BASE = ("base_model_name", "list_price")
_ORDER = ("base_model_name", *LIST_PRICE_FIELDS, *FIELDS)
"""The order of a model's fields, as a person would write them."""


class Choice(NamedTuple):
    """What the user wants: names or globs of models, and whether the first of several is taken."""

    patterns: Sequence[str] = ()
    prefer_first: bool = False

    def takes(self, name: str) -> bool:
        """Return whether a model is wanted."""
        return not self.patterns or any(_matches(name, each) for each in self.patterns)


@dataclass
class Conversion:
    """Models with their fields, in the order of the file, and what is to be said of the rest.

    `left_out` and `notes` are names by sentence, `dropped` counts keys that a catalog has no field
    for. With `mistakes`, nothing may be written.
    """

    models: Models = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    mistakes: list[Mistake] = field(default_factory=list)

    def leave_out(self, sentence: str, name: str) -> None:
        """Leave out a model for a reason."""
        self.left_out.setdefault(sentence, []).append(name)

    def note(self, sentence: str, name: str) -> None:
        """Say something of a model, once."""
        names = self.notes.setdefault(sentence, [])
        if name not in names:
            names.append(name)


def convert(entries: Iterable[Entry], file: str, choice: Choice) -> Conversion:
    """Decide about the entries of a file that match.

    Raises DeclarationError for a pattern that matches nothing.
    """
    conversion = Conversion()
    groups: dict[str, list[Entry]] = {}
    for each in _matching(list(entries), file, choice):
        reason = each.left_out or _impossible(each.name)
        if reason and each.problems:
            conversion.mistakes += _mistakes(each, file)
        elif reason:
            conversion.leave_out(reason, each.name)
        else:
            groups.setdefault(each.name, []).append(each)
    listing_of = cache(_listing)
    for group in groups.values():
        _combine(group, file, choice, conversion)
        _add(group[0], file, listing_of, conversion)
    return conversion


def _matching(entries: list[Entry], file: str, choice: Choice) -> list[Entry]:
    names = {each.name for each in entries}
    for pattern in choice.patterns:
        if not any(_matches(name, pattern) for name in names):
            found = format_names([each.name for each in entries])
            raise DeclarationError(
                f"{file}: no model matches {one_line(pattern)}; it has {found or 'no models'}"
            )
    return [each for each in entries if choice.takes(each.name)]


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _impossible(name: str) -> str:
    """Say why a catalog cannot have a model of this name; nothing if it can."""
    problems = normalize({"model_name": name})[1]
    return f"a name that {problems[0].sentence}" if problems else unwritable(name)


def _combine(group: Sequence[Entry], file: str, choice: Choice, conversion: Conversion) -> None:
    """Note what is wrong with the entries of one name, and whether they can be one model."""
    first, *others = group
    for each in [first] if choice.prefer_first else group:
        conversion.mistakes += _mistakes(each, file)
        conversion.dropped.update(each.dropped)
        for sentence in each.notes:
            conversion.note(sentence, each.name)
    for other in others:
        unlike = _unlike(first, other)
        if not unlike:
            conversion.note("several entries with equal values, now one model", first.name)
        elif choice.prefer_first:
            conversion.note("the first of several entries with different values", first.name)
        else:
            sentence = f"{unlike}; --prefer first takes the first one"
            conversion.mistakes.append(Mistake(file, first.name, "", sentence))


def _add(entry: Entry, file: str, listing_of: ListingOf, conversion: Conversion) -> None:
    """Add the model that an entry is, or what is wrong with its values."""
    name, fields = entry.name, dict(entry.fields)
    if not entry.has_price and "list_price" not in fields:
        if name in {entry.base, entry.base.rpartition("/")[2]}:
            conversion.leave_out("named like the vendor's model, without a price of its own", name)
            return
        fields = _derived(entry, listing_of, conversion) | fields
    declared, problems = _normalized(name, fields)
    for at, sentence in problems:
        key = entry.keys.get(at, at)
        found = None if at in PRICE_FIELDS else fields.get(at)  # the file has it in another unit
        conversion.mistakes.append(Mistake(file, _where(entry), key, sentence, found))
    for unlikely in implausible({} if problems else declared):
        conversion.note(f"unlikely price: {unlikely.field} {unlikely.sentence}", name)
    conversion.models[name] = declared


def _normalized(name: str, fields: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    own = {key: value for key, value in fields.items() if key in CustomModelFields.model_fields}
    own.pop("supported_params_override", None)  # checked with the catalog, which knows its numbers
    declared, problems = normalize({"model_name": name} | own)
    ordered = sorted(fields, key=_ORDER.index)
    return {key: declared.get(key, fields[key]) for key in ordered}, problems


def _mistakes(entry: Entry, file: str) -> list[Mistake]:
    return [Mistake(file, _where(entry), *problem) for problem in entry.problems]


def _where(entry: Entry) -> str:
    return f"{entry.place}: {entry.name}" if entry.place else entry.name


def _unlike(one: Entry, other: Entry) -> str:
    """Say in which values two entries differ; nothing if they do not, whoever the vendor is."""
    keys = {*one.fields, *other.fields} - {*_BASE, "display_name"}
    differing = sorted(key for key in keys if one.fields.get(key) != other.fields.get(key))
    if not differing:
        return ""
    values = ", ".join(
        f"{key} {' and '.join(format_field(key, e.fields.get(key, 'none')) for e in (one, other))}"
        for key in differing
    )
    return f"{one.place} and {other.place} differ: {values}"


def _derived(entry: Entry, listing_of: ListingOf, conversion: Conversion) -> dict[str, Any]:
    """Return the vendor's model as the base of one without prices, with its list price if any."""
    if not entry.base:
        if "base_model_name" not in entry.fields:
            conversion.note("without a price; add input_cost and output_cost", entry.name)
        return {}
    listing, why_not = listing_of(entry.base)
    if listing is None:
        conversion.note(why_not, entry.name)
        return {"base_model_name": entry.base}
    return {"base_model_name": entry.base, "list_price": listing.name}


def _listing(base: str) -> tuple[Listing | None, str]:
    """Find a list price that needs no decision, or say why there is none."""
    if not sources.is_installed():
        extra = "pip install 'keywordsai-dynamic[prices]'"
        return None, f"without a price; list prices need the extra: {extra}"
    try:
        found = sources.matching(base)
    except DeclarationError:
        found = None
    if found is None or not (found.is_own or found.is_version):
        return None, "without a price, and no list price for the model behind it"
    if len(found.tiers) > 1:
        return None, f"without a price; list_price {found.name} needs a tier"
    return found, ""


def summary(conversion: Conversion) -> list[str]:
    """Say what could not be carried over, and what to look at: grouped, with numbers."""
    lines = [f"left out: {_group(*each)}" for each in conversion.left_out.items()]
    lines += [f"note: {_group(*each)}" for each in conversion.notes.items()]
    for what, wanted in (("prices", True), ("other fields", False)):
        found = {key: n for key, n in conversion.dropped.items() if is_price(key) is wanted}
        if found:
            lines.append(f"{what} not carried over: {_counted(found)}")
    return lines


def _group(sentence: str, names: Collection[str]) -> str:
    return one_line(f"{sentence} ({len(names):,}): ") + format_names(names)


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(
        f"{brief(one_line(key))} ({number:,})" for key, number in sorted(found.items())
    )
