"""One model of a catalog, from what is written of it to what is declared, mistakes collected."""

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
from ..prices.listing import Listing, describe_changes_soon, factor, require_own, select_tier
from ..prices.sources import genai
from ..prices.units import cost_of
from .foreign_names import explain
from .layers import Finding, Secret, Written, as_json

LIST_PRICE_FIELDS = ("list_price", "markup", "discount", "tier", "strict")
"""What a catalog can say of a model beside its fields; see `program_prices.list_price`."""

FIELDS = (
    *(name for name in CustomModelFields.model_fields if name != "model_name"),
    *LIST_PRICE_FIELDS,
)
"""What a catalog can say of a model; its name is the key above."""

T = TypeVar("T")


class Settled(NamedTuple):
    """A model's declared fields, the list price they came from, and the mistakes.

    `changes` says which of the prices that are taken from the list change soon.
    """

    fields: dict[str, Any]
    listing: Listing | None
    changes: list[str]
    findings: list[Finding]


def settle(name: str, entry: Mapping[str, Written], origin: str, day: date) -> Settled:
    """Settle list price and units, normalize; with findings, the fields are not to be used.

    Values that are Outputs stay as they are, for the provider to check. `origin` is the file that
    is blamed for what no file says. List prices are those of that `day`.
    """
    settling = _Settling(name, entry, origin, day)
    fields = settling.fields()
    return Settled(fields, settling.listing, settling.changes, settling.findings)


class _Settling:
    def __init__(self, name: str, entry: Mapping[str, Written], origin: str, day: date) -> None:
        self.listing: Listing | None = None
        self.changes: list[str] = []
        self.findings: list[Finding] = []
        self._name = name
        self._entry = entry
        self._origin = origin
        self._day = day

    def fields(self) -> dict[str, Any]:
        values = self._listed()
        for name, (_, value) in self._entry.items():
            if name == "model_name":
                self._find(name, "is the key above; take the line out")
            elif name == "supported_params_override":
                values[name] = self._try(name, as_json, _opened(value))
            elif name not in LIST_PRICE_FIELDS:
                values[name] = self._cost(name) if name in PRICE_FIELDS else _opened(value)
        hidden = {name for name, (_, value) in self._entry.items() if isinstance(value, Secret)}
        pending = {name for name, value in values.items() if _pending(value)}
        known = {name: value for name, value in values.items() if name not in pending}
        unreadable = {name for name in hidden & known.keys() if known[name] is None}
        declared, problems = normalize({"model_name": self._name} | known, pending | unreadable)
        for problem in problems:
            self._explain(*problem)
        settled = {name: values[name] if name in pending else declared.get(name) for name in values}
        return {name: Secret(value) if name in hidden else value for name, value in settled.items()}

    def _cost(self, name: str) -> object:
        """Read a cost; without a unit, one that is hardly per million tokens is refused."""
        written = self._entry[name].value
        value = _opened(written)
        try:
            cost = price(value)
        except PydanticCustomError:
            return self._try(name, cost_of, value)
        if implausible({name: cost}):
            amount = "…" if isinstance(written, Secret) else plain(cost)
            self._find(
                name,
                "is an unlikely price for a million tokens; say the unit, as "
                f"{{per_million: {amount}}} or {{per_token: {amount}}}",
            )
        return value

    def _listed(self) -> dict[str, Any]:
        """Look up the list price, where one is asked for."""
        asked = {name: self._entry[name].value for name in LIST_PRICE_FIELDS if name in self._entry}
        if not asked:
            return {}
        for name, value in asked.items():
            if isinstance(value, Secret) or _pending(value):
                self._find(name, "must be known in the program, and no secret")
                return {}
        if not isinstance(asked.get("list_price"), str):
            sentence = "must be text like openai/gpt-4o" if "list_price" in asked else None
            self._find(next(iter(asked)), sentence or "belongs to a list_price, and there is none")
            return {}
        strict = asked.get("strict", False)
        if not isinstance(strict, bool):
            self._find("strict", "must be True or False")
        change = "discount" if "discount" in asked else "markup"
        times = self._try(change, factor, asked.get("markup"), asked.get("discount"))
        found = self._try("list_price", genai.find, asked["list_price"], self._day)
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
            self._find(name, sentence)
        else:
            origin = self._entry[name].origin
            sentence = explain(name, FIELDS)
            # The value stays out: nobody knows what it is, and it could be a key.
            self.findings.append(Finding(origin, self._name, name, sentence))

    def _find(self, name: str, sentence: str) -> None:
        default = next((written.origin for written in self._entry.values()), self._origin)
        written = self._entry.get(name, Written(default, None))
        if _pending(written.value):
            written = Written(written.origin, None)
        self.findings.append(Finding(written.origin, self._name, name, sentence, written.value))

    def _try(self, name: str, function: Callable[..., T], *values: object) -> T | None:
        try:
            return function(*values)
        except DeclarationError as problem:
            self._find(name, str(problem))
            return None


def _opened(value: object) -> Any:  # noqa: ANN401  (whatever was written)
    return value.value if isinstance(value, Secret) else value


def _pending(value: object) -> bool:
    """Tell whether a value is one that only the engine will know, or holds one."""
    if isinstance(value, Mapping):
        return any(_pending(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_pending(item) for item in value)
    return isinstance(value, pulumi.Output) or isawaitable(value)
