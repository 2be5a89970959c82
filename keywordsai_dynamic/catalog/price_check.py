"""A catalog's prices compared with list prices: which differ, which could not be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from ..core.errors import DeclarationError
from ..core.formatting import format_percent, format_price
from ..core.names import PRICE_FIELDS
from ..prices.listing import (
    Listing,
    describe_changes_soon,
    describe_cost,
    describe_origin,
    today,
)
from ..prices.sources import matching
from .layers import Secret
from .model_catalog import ModelCatalog


class Checked(NamedTuple):
    """A declared cost beside the listed one, in USD per million tokens.

    `listed` describes the tiers, and `nearest` is the one closest to the declared cost. `change` is
    the distance from that, as a share of it: 0.2 is 20% above the list. None if the list has no
    such cost, or 0. `differs` is None if the list has no such cost: nothing was compared.
    """

    model: str
    list_model: str
    field: str
    declared: float
    listed: str
    change: Decimal | None
    differs: bool | None
    nearest: Decimal | None = None


@dataclass(frozen=True)
class PriceCheck:
    """Every cost that can be read, and why others could not be compared, by model.

    `remarks` say which list prices come from another entry, and which change within 30 days.
    """

    checked: list[Checked]
    unmatched: dict[str, str]
    remarks: list[str]

    @property
    def compared(self) -> list[Checked]:
        """The costs that the list has."""
        return [row for row in self.checked if row.differs is not None]

    @property
    def differing(self) -> list[Checked]:
        """The costs that are farther from the list than the tolerance."""
        return [row for row in self.checked if row.differs]

    def as_rows(self) -> list[tuple[str, ...]]:
        """Return a row for each cost: model, list model, field, declared, list, change."""
        return [
            (
                row.model,
                row.list_model,
                row.field,
                format_price(row.declared),
                row.listed,
                distance(row),
            )
            for row in self.checked
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return JSON data; `change` is a share, 0.2 for 20% above the list."""
        return {
            "costs": [
                row._asdict() | {"change": _float(row.change), "nearest": _float(row.nearest)}
                for row in self.checked
            ],
            "not_compared": self.unmatched,
            "remarks": self.remarks,
        }


def check(catalog: ModelCatalog, tolerance: float = 0, day: date | None = None) -> PriceCheck:
    """Compare each declared cost with the list; `tolerance` is a share: 0.01 allows 1%.

    A model is looked up by the list price it was written with, then by its base, or by its own
    name, in the list of that `day`, by default today. Raises DeclarationError if the data set is
    not installed.
    """
    day = day or today()
    checked: list[Checked] = []
    unmatched: dict[str, str] = {}
    remarks: list[str] = []
    for model, fields in catalog.models.items():
        try:
            listing = catalog.listed.get(model) or _listing(catalog.models, model, day)
            rows = list(_rows(model, fields, listing, Decimal(str(tolerance))))
            if encrypted := [name for name in PRICE_FIELDS if isinstance(fields.get(name), Secret)]:
                unmatched[model] = f"encrypted: {', '.join(encrypted)}"
            elif not rows:
                unmatched[model] = "declares no cost"
            checked += rows
            origin = describe_origin(listing)
            remarks += [origin] if origin else []
            remarks += describe_changes_soon(listing, [row.field for row in rows], day)
        except _Unmatched as reason:
            unmatched[model] = str(reason)
    return PriceCheck(checked, unmatched, list(dict.fromkeys(remarks)))


class _Unmatched(Exception):  # noqa: N818  (not an error: one model is skipped)
    """Why a model has no list price."""


def _listing(models: Mapping[str, Mapping[str, Any]], model: str, day: date) -> Listing:
    names = [name for name in _names(models, model) if isinstance(name, str)]
    for name in names:
        try:
            found = matching(name, day)
        except DeclarationError as reason:
            raise _Unmatched(str(reason)) from None
        if found:
            return found
    raise _Unmatched(f"no list price for {' or '.join(names)}")


def _names(models: Mapping[str, Mapping[str, Any]], model: str) -> Iterator[Any]:
    """Return the names to look up: the last base first, which may be the base of a base."""
    line: list[Any] = [model]
    while isinstance(line[-1], str) and line[-1] in models:
        base = models[line[-1]].get("base_model_name")
        if base is None:
            break
        line.append(base)
    yield from reversed(line)


def _rows(
    model: str, fields: Mapping[str, Any], listing: Listing, tolerance: Decimal
) -> Iterator[Checked]:
    for field in PRICE_FIELDS:
        cost = fields.get(field)
        if isinstance(cost, int | float):
            listed = describe_cost(listing, field)
            exact, tiers = Decimal(str(cost)), listing.costs.get(field, {})
            nearest = min(tiers.values(), key=lambda tier: abs(tier - exact), default=None)
            change, differs = _change(exact, nearest, tolerance)
            yield Checked(model, listing.name, field, cost, listed, change, differs, nearest)


def _change(
    cost: Decimal, nearest: Decimal | None, tolerance: Decimal
) -> tuple[Decimal | None, bool | None]:
    if nearest is None:
        return None, None
    if nearest == 0:
        return None, cost != 0
    change = (cost - nearest) / nearest
    return change, abs(change) > max(tolerance, Decimal("1e-9"))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def distance(row: Checked) -> str:
    """Write how far a cost is from its list price: +20%, equal, or not listed."""
    if row.differs is None:
        return "not listed"
    if row.change is None and row.differs:
        return "differs"
    return format_percent(row.change * 100) if row.change else "equal"
