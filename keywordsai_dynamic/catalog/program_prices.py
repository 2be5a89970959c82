"""List prices for programs, and what a preview says about them."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import settings

from ..core.redaction import redact, without_colors
from ..prices import sources
from ..prices.listing import (
    Listing,
    ListPrice,
    describe_changes_soon,
    describe_origin,
    price_of,
    today,
)


class _NoEngine:
    """Stands in for the engine where no program runs, as in tests."""


_NO_ENGINE = _NoEngine()
_LOGGED: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
"""What was logged for each program of this process; the Automation API runs several."""


def list_price(
    model: str,
    *,
    markup: str | None = None,
    discount: str | None = None,
    tier: int | None = None,
    strict: bool = False,
) -> ListPrice:
    """Return the list price of "vendor/model", for `CustomModel(name, **list_price(…))`.

    `markup` and `discount` are percentages of the costs, like "20%". Prices that depend on the
    length of the prompt need `tier`: 0 for the first, or the number of tokens above which another
    applies. Only prices of text tokens are read, not those of batches, audio or searches. A price
    that comes from another entry of the list, or that changes within 30 days, is reported once;
    outside of a program on standard error. With `strict` the list must have an entry with that very
    name. Raises DeclarationError if the model or the tier is not known, or if the price depends on
    the time of day.
    """
    listing = sources.find(model)
    price = price_of(listing, markup=markup, discount=discount, tier=tier, strict=strict)
    tell(listing, describe_changes_soon(listing, listing.costs, today()))
    return price


def tell(listing: Listing, changes: Iterable[str], resource: pulumi.Resource | None = None) -> None:
    """Log which entry a price comes from, and that it changes, each sentence once per program.

    With a resource, changes are logged for every resource.
    """
    logged = _LOGGED.setdefault(settings.get_engine() or _NO_ENGINE, set())
    origin = describe_origin(listing)
    if origin and origin not in logged:
        logged.add(origin)
        # A dated version usually has its model's price; many declare it on purpose.
        (pulumi.log.info if listing.is_version else pulumi.log.warn)(_shown(origin), resource)
    for change in changes:
        if resource or change not in logged:
            logged.add(change)
            pulumi.log.warn(_shown(change), resource)


def _shown(sentence: str) -> str:
    return without_colors(redact(sentence))
