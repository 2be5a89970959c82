"""List prices from the data set `genai-prices`: the only module that reads it.

The data set (extra `prices`) is maintained by the Pydantic team and is as old as the installed
package; `data_date` says how old. It is imported when the first price is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ...core.errors import DeclarationError
from ...core.fields import FIELDS
from ..listing import Change, Listing, describe_tiers, today

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_COSTS = {field.name: field.list_price for field in FIELDS if field.list_price}
_INSTALL = "list prices need the extra: pip install 'keywordsai-dynamic[prices]'"


def is_installed() -> bool:
    """Return whether the data set is there, without importing it."""
    return find_spec("genai_prices") is not None


def find(model: str, day: date | None = None) -> Listing:
    """Find the list prices of "vendor/model" on a day, by default today.

    Raises DeclarationError, with similar names, if there are none. An entry with that very id comes
    first; otherwise patterns decide, which may match a sibling's entry: see `Listing.is_own`.
    """
    data = _data()
    vendor, slash, name = model.partition("/")
    providers = {provider.id: provider for provider in data.providers}
    if not slash:
        known = matching(model)
        advice = _did_you_mean(
            [known.name] if known else [], "write vendor/model, like openai/gpt-4o"
        )
        raise DeclarationError(f"no vendor in {model!r}; {advice}")
    if vendor not in providers:
        near = get_close_matches(vendor.casefold(), providers, n=1)
        vendors = ", ".join(sorted(providers))
        advice = _did_you_mean([f"{each}/{name}" for each in near], f"vendors are: {vendors}")
        raise DeclarationError(f"no vendor {vendor!r} in {data_version()}; {advice}")
    info = _entry(providers[vendor], name, data)
    if info is None:
        near = get_close_matches(name, [each.id for each in providers[vendor].models], n=3)
        advice = _did_you_mean([f"{vendor}/{each}" for each in near], "declare its costs instead")
        raise DeclarationError(f"no list price for {model!r} in {data_version()}; {advice}")
    return _listing(model, providers[vendor], info, day or today())


def matching(name: str, day: date | None = None) -> Listing | None:
    """Find the list prices of a model by the name in an API, with or without its vendor."""
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


def data_version() -> str:
    """Return the name of the data set with its version."""
    return f"genai-prices {metadata.version('genai-prices')}"


def data_date() -> date | None:
    """Return the newest start date of a price that is in effect: the data is at least that new.

    None if no such price has a date.
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
    # A reseller's entry is that of the vendor whose model it is.
    owners = (each for each in _data().providers if any(one is info for one in each.models))
    vendor = provider if any(one is info for one in provider.models) else next(owners, provider)
    name = f"{vendor.id}/{info.id}"
    costs = _costs(_prices_on(name, info, day))
    if not costs:
        raise DeclarationError(f"{name} is not priced by the token; declare its costs instead")
    later = tuple(_changes(name, info, day))
    return Listing(name, costs, info.context_window, asked, data_version(), later)


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
    before = _described_costs(name, info, day)
    for start in sorted(each for each in starts if each > day):
        then = _described_costs(name, info, start)
        pairs = {field: (before[field], then[field]) for field in _COSTS}
        yield Change(start, {field: pair for field, pair in pairs.items() if pair[0] != pair[1]})
        before = then


def _described_costs(name: str, info: ModelInfo, day: date) -> dict[str, str]:
    try:
        costs = _costs(_prices_on(name, info, day))
    except DeclarationError:
        return dict.fromkeys(_COSTS, "a price by the time of day")
    return {field: describe_tiers(costs.get(field, {})) for field in _COSTS}


def _prices_on(name: str, info: ModelInfo, day: date) -> ModelPrice:
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    halves = [info.get_prices(midnight + timedelta(minutes=30 * half)) for half in range(48)]
    if any(prices != halves[0] for prices in halves):
        raise DeclarationError(f"{name} costs more at some times of day; declare its costs instead")
    return halves[0]


def _did_you_mean(near: list[str], otherwise: str) -> str:
    return f"did you mean {' or '.join(near)}?" if near else otherwise
