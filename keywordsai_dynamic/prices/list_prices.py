"""What vendors charge: list prices from the data set `genai-prices`, as fields of a model.

The data set (extra `prices`) is maintained by the Pydantic team and is as old as the installed
package; `data_date` says how old. It is imported when the first price is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from ..core.errors import DeclarationError
from ..core.fields import FIELDS
from ..core.redaction import one_line

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_COSTS = {field.name: field.list_price for field in FIELDS if field.list_price}
_SOON = timedelta(days=30)
_PER_CENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,15})?) ?%")
_DATE = re.compile(r"-\d{4}-?\d{2}-?\d{2}")  # of a vendor's version: -2024-08-06, -20250929
_INSTALL = "list prices need the extra: pip install 'keywordsai-dynamic[prices]'"


class ListPrice(TypedDict, total=False):
    """Costs in USD per million tokens, and the context window; what is not listed is left out."""

    input_cost: Decimal
    output_cost: Decimal
    cache_hit_input_cost: Decimal
    cache_creation_input_cost: Decimal
    max_context_window: int


Tiers = Mapping[int, Decimal]
"""Prices by the length of prompt, in tokens, from which on they hold; 0 first."""


class Change(NamedTuple):
    """A day from which on other list prices hold, with each cost before and then, in words."""

    day: date
    costs: Mapping[str, tuple[str, str]]


class Listing(NamedTuple):
    """A model's list prices with all their tiers, and its context window in tokens.

    `name` is that of the entry, `asked` the one that it was found by. `later` are changes that the
    list knows already.
    """

    name: str
    costs: dict[str, dict[int, Decimal]]
    max_context_window: int | None
    asked: str
    later: tuple[Change, ...] = ()

    @property
    def tiers(self) -> list[int]:
        """The prompt lengths, in tokens, beyond which another price holds; 0 first."""
        return sorted({start for tiers in self.costs.values() for start in tiers})

    @property
    def is_own(self) -> bool:
        """Whether the entry is the one that was asked for, with or without its vendor."""
        asked, name = self.asked.casefold(), self.name.casefold()
        return asked in {name, name.partition("/")[2]}

    @property
    def is_version(self) -> bool:
        """Whether a vendor's dated version was asked for, and the entry is that model."""
        asked, name = self.asked.casefold(), self.name.casefold()
        return asked.startswith(name) and bool(_DATE.fullmatch(asked.removeprefix(name)))

    def times(self, factor: Decimal) -> Listing:
        """Give the same listing with every cost multiplied; `later` stays the list's."""
        costs = {
            field: {start: cost * factor for start, cost in tiers.items()}
            for field, tiers in self.costs.items()
        }
        return self._replace(costs=costs)


def today() -> date:
    """Give the day whose list prices hold; days begin at midnight UTC."""
    return datetime.now(UTC).date()


def priced(listing: Listing, tier: int | None = None) -> ListPrice:
    """Settle a listing on one tier; a tier is never guessed."""
    allowed = ", ".join(map(str, listing.tiers))
    if tier is None and len(listing.tiers) > 1:
        raise DeclarationError(
            f"{listing.name} costs more for long prompts: {in_words(listing)}. "
            f"Choose with `tier`: {allowed}"
        )
    if tier is not None and (isinstance(tier, bool) or tier not in listing.tiers):
        raise DeclarationError(f"{listing.name} has no such tier; choose one of: {allowed}")
    price = ListPrice()
    for field, tiers in listing.costs.items():
        start = max(start for start in tiers if start <= (tier or 0))
        price[field] = tiers[start]  # type: ignore[literal-required]  # keys of _COSTS
    if listing.max_context_window is not None:
        price["max_context_window"] = listing.max_context_window
    return price


def factor(markup: object = None, discount: object = None) -> Decimal:
    """Give what list prices are multiplied by: "20%" of markup is 1.2, of discount 0.8."""
    if markup is not None and discount is not None:
        raise DeclarationError("there is a markup and a discount; keep one")
    if markup is not None:
        return 1 + _share("markup", markup)
    share = _share("discount", discount) if discount is not None else Decimal(0)
    if share > 1:
        raise DeclarationError("a discount is 100% at most")
    return 1 - share


def find(model: str, day: date | None = None) -> Listing:
    """Find the list prices of "vendor/model" on a day, today if none is named.

    Raises DeclarationError with what comes near it. An entry's own id goes first; else patterns
    decide, which take a sibling for it too: see `Listing.is_own`.
    """
    data = _data()
    vendor, slash, name = model.partition("/")
    providers = {provider.id: provider for provider in data.providers}
    if not slash:
        known = matching(model)
        advice = _or_else([known.name] if known else [], "write vendor/model, as openai/gpt-4o")
        raise DeclarationError(f"no vendor in {model!r}; {advice}")
    if vendor not in providers:
        near = get_close_matches(vendor.casefold(), providers, n=1)
        vendors = ", ".join(sorted(providers))
        advice = _or_else([f"{each}/{name}" for each in near], f"vendors are: {vendors}")
        raise DeclarationError(f"no vendor {vendor!r} in {data_version()}; {advice}")
    info = _entry(providers[vendor], name, data)
    if info is None:
        near = get_close_matches(name, [each.id for each in providers[vendor].models], n=3)
        advice = _or_else([f"{vendor}/{each}" for each in near], "write its costs out")
        raise DeclarationError(f"no list price of {model!r} in {data_version()}; {advice}")
    return _listing(model, providers[vendor], info, day or today())


def matching(name: str, day: date | None = None) -> Listing | None:
    """Find the list prices of a model by the name an API knows it under, with or without vendor."""
    data = _data()
    vendor, slash, rest = name.partition("/")
    known = slash and vendor in {provider.id for provider in data.providers}
    try:
        provider, info = data.find_provider_model(
            rest if known else name, None, vendor if known else None, None
        )
    except LookupError:
        return None
    return _listing(name, provider, info, day or today())


def require_own(listing: Listing) -> None:
    """Raise DeclarationError where the entry is not the one that was asked for."""
    if not listing.is_own:
        raise DeclarationError(
            f"{data_version()} has no entry of its own for {listing.asked}, and would take it as "
            f"{listing.name}. Write that, or take `strict` out"
        )


def taken_as(listing: Listing) -> str | None:
    """Say whose price it is, where the entry is not the one that was asked for."""
    if listing.is_own:
        return None
    return (
        f"list price of {one_line(listing.asked)} taken as {listing.name}, because "
        f"{data_version()} has no entry of its own for it"
    )


def soon(listing: Listing, fields: Collection[str], day: date) -> list[str]:
    """Say which of these costs change within 30 days, as far as the list knows."""
    told = []
    for change in listing.later:
        moved = [
            f"{field} {before} → {then}"
            for field, (before, then) in change.costs.items()
            if field in fields
        ]
        if moved and day < change.day <= day + _SOON:
            told.append(f"list price of {listing.name} changes on {change.day}: {', '.join(moved)}")
    return told


def in_words(listing: Listing, field: str = "input_cost") -> str:
    """Say a cost with its tiers: "3, above 200000 tokens 6"; "none" where nothing is listed."""
    return _in_words(listing.costs.get(field, {}))


def _in_words(tiers: Tiers) -> str:
    words = [
        f"above {start} tokens {_plain(cost)}" if start else _plain(cost)
        for start, cost in sorted(tiers.items())
    ]
    return ", ".join(words) or "none"


def data_version() -> str:
    """Name the data set with its version."""
    return f"genai-prices {metadata.version('genai-prices')}"


def data_date() -> date | None:
    """Give the date of the newest dated price that holds already: the data is at least that new.

    None where no such price is dated.
    """
    data = _data()
    from genai_prices.types import StartDateConstraint  # noqa: PLC0415  (an extra)

    dates = (
        price.constraint.start_date
        for provider in data.providers
        for info in provider.models
        if isinstance(info.prices, list)
        for price in info.prices
        if isinstance(price.constraint, StartDateConstraint)
    )
    return max((day for day in dates if day <= today()), default=None)


def _data() -> DataSnapshot:
    try:
        from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415  (an extra)
    except ImportError:
        raise DeclarationError(_INSTALL) from None
    return get_snapshot()


def _entry(provider: Provider, name: str, data: DataSnapshot) -> ModelInfo | None:
    own = (each for each in provider.models if each.id.casefold() == name.casefold())
    return next(own, None) or provider.find_model(name, all_providers=data.providers)


def _listing(asked: str, provider: Provider, info: ModelInfo, day: date) -> Listing:
    # A vendor that resells has the prices of the one whose model it is.
    owners = (each for each in _data().providers if any(one is info for one in each.models))
    vendor = provider if any(one is info for one in provider.models) else next(owners, provider)
    name = f"{vendor.id}/{info.id}"
    costs = _costs(_prices_on(name, info, day))
    if not costs:
        raise DeclarationError(f"{name} is not charged by the token; write its costs out")
    return Listing(name, costs, info.context_window, asked, tuple(_changes(name, info, day)))


def _costs(prices: ModelPrice) -> dict[str, dict[int, Decimal]]:
    costs = {}
    for field, key in _COSTS.items():
        price = getattr(prices, key, None)
        if price is not None:
            base = price if isinstance(price, Decimal) else price.base
            above = () if isinstance(price, Decimal) else price.tiers
            costs[field] = {0: base} | {tier.start: tier.price for tier in above}
    return costs


def _changes(name: str, info: ModelInfo, day: date) -> Iterator[Change]:
    from genai_prices.types import StartDateConstraint  # noqa: PLC0415  (an extra)

    dated = [] if not isinstance(info.prices, list) else [each.constraint for each in info.prices]
    starts = {each.start_date for each in dated if isinstance(each, StartDateConstraint)}
    before = _costs_in_words(name, info, day)
    for start in sorted(each for each in starts if each > day):
        then = _costs_in_words(name, info, start)
        pairs = {field: (before[field], then[field]) for field in _COSTS}
        yield Change(start, {field: pair for field, pair in pairs.items() if pair[0] != pair[1]})
        before = then


def _costs_in_words(name: str, info: ModelInfo, day: date) -> dict[str, str]:
    try:
        costs = _costs(_prices_on(name, info, day))
    except DeclarationError:
        return dict.fromkeys(_COSTS, "one by the hour of the day")
    return {field: _in_words(costs.get(field, {})) for field in _COSTS}


def _prices_on(name: str, info: ModelInfo, day: date) -> ModelPrice:
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    halves = [info.get_prices(midnight + timedelta(minutes=30 * half)) for half in range(48)]
    if any(prices != halves[0] for prices in halves):
        raise DeclarationError(f"{name} costs more at some hours of the day; write its costs out")
    return halves[0]


def _share(word: str, text: object) -> Decimal:
    found = _PER_CENT.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise DeclarationError(f"a {word} is a per cent, like 20%")
    return Decimal(found[1]) / 100


def _or_else(near: list[str], otherwise: str) -> str:
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def _plain(cost: Decimal) -> str:
    return format(cost.normalize(), "f")
