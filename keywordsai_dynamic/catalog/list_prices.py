"""What vendors charge: list prices from the data set `genai-prices`, as fields of a model.

The data set (extra `prices`) is maintained by the Pydantic team and is as old as the installed
package; `data_date` says how old. It is imported when the first price is asked for.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from ..errors import DeclarationError

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice

_COSTS = {
    "input_cost": "input_mtok",
    "output_cost": "output_mtok",
    "cache_hit_input_cost": "cache_read_mtok",
    "cache_creation_input_cost": "cache_write_mtok",
}
_INSTALL = "list prices need the extra: pip install 'keywordsai-dynamic[prices]'"


class ListPrice(TypedDict, total=False):
    """Costs in USD per million tokens, and the context window; what is not listed is left out."""

    input_cost: Decimal
    output_cost: Decimal
    cache_hit_input_cost: Decimal
    cache_creation_input_cost: Decimal
    max_context_window: int


class Listing(NamedTuple):
    """A model's list prices with all their tiers, and its context window in tokens.

    `costs` holds, by field, the price from each length of prompt on (in tokens, 0 first).
    """

    name: str
    costs: dict[str, dict[int, Decimal]]
    max_context_window: int | None

    @property
    def tiers(self) -> list[int]:
        """The prompt lengths, in tokens, beyond which another price holds; 0 first."""
        return sorted({start for tiers in self.costs.values() for start in tiers})

    def times(self, factor: Decimal) -> Listing:
        """Give the same listing with every cost multiplied."""
        costs = {
            field: {start: cost * factor for start, cost in tiers.items()}
            for field, tiers in self.costs.items()
        }
        return self._replace(costs=costs)


def list_price(
    model: str,
    *,
    markup: str | None = None,
    discount: str | None = None,
    tier: int | None = None,
) -> ListPrice:
    """Give the list price of "vendor/model", for `CustomModel(name, **list_price(…))`.

    `markup` and `discount` are per cents of the costs, like "20%". Prices that depend on the length
    of the prompt need `tier`: 0 for the first, or the number of tokens beyond which another holds.
    Only prices of text tokens are read: no batches, no audio, no searches. Raises DeclarationError
    where the model or the tier is not known, or the price depends on the time of day.
    """
    return priced(find(model).times(factor(markup, discount)), tier)


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


def find(model: str) -> Listing:
    """Find the list prices of "vendor/model"; raises DeclarationError with what comes near it."""
    data = _data()
    vendor, slash, name = model.partition("/")
    providers = {provider.id: provider for provider in data.providers}
    if not slash:
        known = matching(model)
        advice = _or_else([known.name] if known else [], "write vendor/model, as openai/gpt-4o")
        raise DeclarationError(f"no vendor in {model!r}; {advice}")
    if vendor not in providers:
        near = get_close_matches(vendor, providers, n=1)
        vendors = ", ".join(sorted(providers))
        advice = _or_else([f"{each}/{name}" for each in near], f"vendors are: {vendors}")
        raise DeclarationError(f"no vendor {vendor!r} in {data_version()}; {advice}")
    info = providers[vendor].find_model(name, all_providers=data.providers)
    if info is None:
        near = get_close_matches(name, [each.id for each in providers[vendor].models], n=3)
        advice = _or_else([f"{vendor}/{each}" for each in near], "write its costs out")
        raise DeclarationError(f"no list price of {model!r} in {data_version()}; {advice}")
    return _listing(f"{vendor}/{info.id}", info)


def matching(name: str) -> Listing | None:
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
    return _listing(f"{provider.id}/{info.id}", info)


def in_words(listing: Listing, field: str = "input_cost") -> str:
    """Say a cost with its tiers: "3, above 200000 tokens 6"; "none" where nothing is listed."""
    tiers = sorted(listing.costs.get(field, {}).items())
    words = [
        f"above {start} tokens {_plain(cost)}" if start else _plain(cost) for start, cost in tiers
    ]
    return ", ".join(words) or "none"


def data_version() -> str:
    """Name the data set with its version."""
    return f"genai-prices {metadata.version('genai-prices')}"


def data_date() -> date:
    """Give the date of the newest dated price that holds already: the data is at least that new."""
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
    return max(day for day in dates if day <= datetime.now(UTC).date())


def _data() -> DataSnapshot:
    try:
        from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415  (an extra)
    except ImportError:
        raise DeclarationError(_INSTALL) from None
    return get_snapshot()


def _listing(name: str, info: ModelInfo) -> Listing:
    prices = _prices_today(name, info)
    costs = {}
    for field, key in _COSTS.items():
        price = getattr(prices, key, None)
        if price is not None:
            base = price if isinstance(price, Decimal) else price.base
            above = () if isinstance(price, Decimal) else price.tiers
            costs[field] = {0: base} | {tier.start: tier.price for tier in above}
    if not costs:
        raise DeclarationError(f"{name} is not charged by the token; write its costs out")
    return Listing(name, costs, info.context_window)


def _prices_today(name: str, info: ModelInfo) -> ModelPrice:
    midnight = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
    halves = [info.get_prices(midnight + timedelta(minutes=30 * half)) for half in range(48)]
    if any(prices != halves[0] for prices in halves):
        raise DeclarationError(f"{name} costs more at some hours of the day; write its costs out")
    return halves[0]


def _share(word: str, text: object) -> Decimal:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?%", text) if isinstance(text, str) else None
    if not found:
        raise DeclarationError(f"a {word} is a per cent, like 20%")
    return Decimal(found[1]) / 100


def _or_else(near: list[str], otherwise: str) -> str:
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def _plain(cost: Decimal) -> str:
    return format(cost.normalize(), "f")
