"""One model of a catalog: from what files say about it to what is declared, with every mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from inspect import isawaitable
from typing import Any, NamedTuple, TypeVar

import pulumi
from pydantic_core import PydanticCustomError

from ..core.errors import DeclarationError
from ..core.formatting import plain
from ..core.names import PRICE_FIELDS
from ..core.plausibility import implausible
from ..core.schema import CustomModelFields, normalize, price
from ..prices import sources
from ..prices.listing import Listing, describe_changes_soon, factor, require_own, select_tier
from ..prices.units import cost_of
from .foreign_names import explain
from .layers import Mistake, Secret, SourcedValue, as_json

LIST_PRICE_FIELDS = ("list_price", "markup", "discount", "tier", "strict")
"""What a catalog can say about a model beside its fields; see `program_prices.list_price`."""

FIELDS = (
    *(name for name in CustomModelFields.model_fields if name != "model_name"),
    *LIST_PRICE_FIELDS,
)
"""What a catalog can say about a model; its name is the key."""

T = TypeVar("T")


class ResolvedModel(NamedTuple):
    """A model's declared fields, the list price they came from, and the mistakes.

    `changes` describes which of the prices taken from the list change soon. With mistakes, the
    fields are incomplete.
    """

    fields: dict[str, Any]
    listing: Listing | None
    changes: list[str]
    mistakes: list[Mistake]


def resolve(name: str, entry: Mapping[str, SourcedValue], origin: str, day: date) -> ResolvedModel:
    """Look up the list price, convert units, normalize.

    Outputs stay as they are, for the provider to check. A mistake is reported in the file of the
    field, or in `origin` if no file has it. List prices are those of that `day`.
    """
    resolver = _Resolver(name, entry, origin, day)
    fields = resolver.fields()
    return ResolvedModel(fields, resolver.listing, resolver.changes, resolver.mistakes)


class _Resolver:
    def __init__(
        self, name: str, entry: Mapping[str, SourcedValue], origin: str, day: date
    ) -> None:
        self.listing: Listing | None = None
        self.changes: list[str] = []
        self.mistakes: list[Mistake] = []
        self._name = name
        self._entry = entry
        self._origin = origin
        self._day = day

    def fields(self) -> dict[str, Any]:
        values = self._listed()
        for name, (_, value) in self._entry.items():
            if name == "model_name":
                self._report(name, "is the key above; remove the line")
            elif name == "supported_params_override":
                values[name] = self._try(name, as_json, _revealed(value))
            elif name not in LIST_PRICE_FIELDS:
                values[name] = self._cost(name) if name in PRICE_FIELDS else _revealed(value)
        hidden = {name for name, (_, value) in self._entry.items() if isinstance(value, Secret)}
        pending = {name for name, value in values.items() if _is_pending(value)}
        known = {name: value for name, value in values.items() if name not in pending}
        unreadable = {name for name in hidden & known.keys() if known[name] is None}
        declared, problems = normalize({"model_name": self._name} | known, pending | unreadable)
        for problem in problems:
            self._explain(*problem)
        resolved = {
            name: values[name] if name in pending else declared.get(name) for name in values
        }
        return {
            name: Secret(value) if name in hidden else value for name, value in resolved.items()
        }

    def _cost(self, name: str) -> object:
        """Return a cost per million tokens; without a unit, an unlikely one is refused.

        A value that is not a cost is returned as is, for validation to describe.
        """
        value = self._entry[name].value
        revealed = _revealed(value)
        try:
            cost = price(revealed)
        except PydanticCustomError:
            return self._try(name, cost_of, revealed)
        if implausible({name: cost}):
            amount = "…" if isinstance(value, Secret) else plain(cost)
            self._report(
                name,
                "is an unlikely price for a million tokens; add the unit, like "
                f"{{per_million: {amount}}} or {{per_token: {amount}}}",
            )
        return cost

    def _listed(self) -> dict[str, Any]:
        """Return the fields of the list price, if one is asked for."""
        asked = {name: self._entry[name].value for name in LIST_PRICE_FIELDS if name in self._entry}
        if not asked:
            return {}
        for name, value in asked.items():
            if isinstance(value, Secret) or _is_pending(value):
                self._report(name, "must be known in the program, and must not be secret")
                return {}
        if not isinstance(asked.get("list_price"), str):
            sentence = "must be a string like openai/gpt-4o" if "list_price" in asked else None
            self._report(next(iter(asked)), sentence or "needs a list_price, and there is none")
            return {}
        strict = asked.get("strict", False)
        if not isinstance(strict, bool):
            self._report("strict", "must be a boolean")
        change = "discount" if "discount" in asked else "markup"
        times = self._try(change, factor, asked.get("markup"), asked.get("discount"))
        found = self._try("list_price", sources.find, asked["list_price"], self._day)
        if found is None or times is None:
            return {}
        if strict:
            self._try("list_price", require_own, found)
        self.changes = describe_changes_soon(
            found, found.costs.keys() - self._entry.keys(), self._day
        )
        self.listing = found.times(times)
        blamed = "tier" if "tier" in asked else "list_price"
        listed = self._try(blamed, select_tier, self.listing, asked.get("tier"))
        return dict(listed or {})

    def _explain(self, name: str, sentence: str) -> None:
        if name in FIELDS or name == "model_name":
            self._report(name, sentence)
        else:
            origin = self._entry[name].origin
            sentence = explain(name, FIELDS)
            # Without the value: what it means is unknown, and it could be a key.
            self.mistakes.append(Mistake(origin, self._name, name, sentence))

    def _report(self, name: str, sentence: str) -> None:
        default = next((each.origin for each in self._entry.values()), self._origin)
        blamed = self._entry.get(name, SourcedValue(default, None))
        found = None if _is_pending(blamed.value) else blamed.value
        self.mistakes.append(Mistake(blamed.origin, self._name, name, sentence, found))

    def _try(self, name: str, function: Callable[..., T], *values: object) -> T | None:
        try:
            return function(*values)
        except DeclarationError as problem:
            self._report(name, str(problem))
            return None


def _revealed(value: object) -> Any:  # noqa: ANN401  (any declared value)
    return value.value if isinstance(value, Secret) else value


def _is_pending(value: object) -> bool:
    """Return whether a value, or part of it, will only be known to the engine."""
    if isinstance(value, Mapping):
        return any(_is_pending(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_is_pending(item) for item in value)
    return isinstance(value, pulumi.Output) or isawaitable(value)
