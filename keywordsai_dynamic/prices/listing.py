"""A model's list prices as values: tiers, later changes, and how they are described."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TypedDict

from ..core.errors import DeclarationError
from ..core.formatting import format_number, format_price
from ..core.redaction import one_line

_SOON = timedelta(days=30)
_PERCENTAGE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,15})?) ?%")
_DATE = re.compile(r"-\d{4}-?\d{2}-?\d{2}")  # of a vendor's version: -2024-08-06, -20250929


class ListPrice(TypedDict, total=False):
    """Costs in USD per million tokens, and the context window; what is not listed is left out."""

    input_cost: Decimal
    output_cost: Decimal
    cache_hit_input_cost: Decimal
    cache_creation_input_cost: Decimal
    max_context_window: int


Tiers = Mapping[int, Decimal]
"""Prices by the length of prompt, in tokens, above which they apply; 0 comes first."""


class Change(NamedTuple):
    """A day on which list prices change, with each cost before and after, in words."""

    day: date
    costs: Mapping[str, tuple[str, str]]


class Listing(NamedTuple):
    """A model's list prices with all their tiers, and its context window in tokens.

    `name` is that of the entry, `asked` the name that was looked up, `source` the list with its
    version. `later` are changes that the list has announced.
    """

    name: str
    costs: dict[str, dict[int, Decimal]]
    max_context_window: int | None
    asked: str
    source: str
    later: tuple[Change, ...] = ()

    @property
    def tiers(self) -> list[int]:
        """The prompt lengths, in tokens, above which another price applies; 0 comes first."""
        return sorted({start for tiers in self.costs.values() for start in tiers})

    @property
    def is_own(self) -> bool:
        """Whether the entry has the name that was looked up, with or without its vendor."""
        asked, name = self.asked.casefold(), self.name.casefold()
        return asked in {name, name.partition("/")[2]}

    @property
    def is_version(self) -> bool:
        """Whether a vendor's dated version was looked up, and the entry is that model."""
        asked, name = self.asked.casefold(), self.name.casefold()
        return asked.startswith(name) and bool(_DATE.fullmatch(asked.removeprefix(name)))

    def times(self, factor: Decimal) -> Listing:
        """Return the same listing with every cost multiplied; `later` keeps the list's prices."""
        costs = {
            field: {start: cost * factor for start, cost in tiers.items()}
            for field, tiers in self.costs.items()
        }
        return self._replace(costs=costs)


def today() -> date:
    """Return the day whose list prices apply; days begin at midnight UTC."""
    return datetime.now(UTC).date()


def select_tier(listing: Listing, tier: int | None = None) -> ListPrice:
    """Select the prices of one tier; a tier is never guessed."""
    allowed = ", ".join(map(str, listing.tiers))
    if tier is None and len(listing.tiers) > 1:
        raise DeclarationError(
            f"{listing.name} costs more for long prompts: {describe_cost(listing)}. "
            f"Choose with `tier`: {allowed}"
        )
    if tier is not None and (isinstance(tier, bool) or tier not in listing.tiers):
        raise DeclarationError(f"{listing.name} has no such tier; choose one of: {allowed}")
    price = ListPrice()
    for field, tiers in listing.costs.items():
        start = max(start for start in tiers if start <= (tier or 0))
        price[field] = tiers[start]  # type: ignore[literal-required]  # a price field
    if listing.max_context_window is not None:
        price["max_context_window"] = listing.max_context_window
    return price


def price_of(
    listing: Listing,
    *,
    markup: str | None = None,
    discount: str | None = None,
    tier: int | None = None,
    strict: bool = False,
) -> ListPrice:
    """Return the prices of a listing as a program asks for them; see `list_price`."""
    if strict:
        require_own(listing)
    return select_tier(listing.times(factor(markup, discount)), tier)


def factor(markup: object = None, discount: object = None) -> Decimal:
    """Return what list prices are multiplied by: a markup of "20%" is 1.2, a discount 0.8."""
    if markup is not None and discount is not None:
        raise DeclarationError("declare a markup or a discount, not both")
    if markup is not None:
        return 1 + _share("markup", markup)
    share = _share("discount", discount) if discount is not None else Decimal(0)
    if share > 1:
        raise DeclarationError("a discount must be at most 100%")
    return 1 - share


def _share(word: str, text: object) -> Decimal:
    found = _PERCENTAGE.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise DeclarationError(f"a {word} must be a percentage, like 20%")
    return Decimal(found[1]) / 100


def require_own(listing: Listing) -> None:
    """Raise DeclarationError if the entry has another name than the one that was looked up."""
    if not listing.is_own:
        raise DeclarationError(
            f"{listing.source} has no entry for {listing.asked}; the closest is {listing.name}. "
            "Use that name, or remove `strict`"
        )


def describe_origin(listing: Listing) -> str | None:
    """Describe whose price it is, if the entry has another name than the one looked up."""
    if listing.is_own:
        return None
    return (
        f"list price of {listing.name} used for {one_line(listing.asked)}, because "
        f"{listing.source} has no entry for it"
    )


def describe_changes_soon(listing: Listing, fields: Collection[str], day: date) -> list[str]:
    """Describe which of these costs change within 30 days, as far as the list has announced."""
    sentences = []
    for change in listing.later:
        moved = [
            f"{field} {before} → {then}"
            for field, (before, then) in change.costs.items()
            if field in fields
        ]
        if moved and day < change.day <= day + _SOON:
            costs = ", ".join(moved)
            sentences.append(f"list price of {listing.name} changes on {change.day}: {costs}")
    return sentences


def describe_cost(listing: Listing, field: str = "input_cost") -> str:
    """Describe a cost with its tiers: "3, above 200,000 tokens 6"; "none" if it is not listed."""
    return describe_tiers(listing.costs.get(field, {}))


def describe_tiers(tiers: Tiers) -> str:
    """Describe prices by the length of prompt; "none" if there are none."""
    words = [
        f"above {format_number(start)} tokens {format_price(cost)}" if start else format_price(cost)
        for start, cost in sorted(tiers.items())
    ]
    return ", ".join(words) or "none"
