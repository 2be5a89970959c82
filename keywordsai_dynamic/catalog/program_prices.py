"""List prices as a program takes them, and what it says of them in its preview."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import settings

from ..core.redaction import redact, without_colours
from ..prices import list_prices
from ..prices.list_prices import Listing, ListPrice


class _NoEngine:
    """Stands for the engine where no program runs, as in tests."""


_NO_ENGINE = _NoEngine()
_TOLD: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
"""What was said in each program of this process; the Automation API runs several."""


def list_price(
    model: str,
    *,
    markup: str | None = None,
    discount: str | None = None,
    tier: int | None = None,
    strict: bool = False,
) -> ListPrice:
    """Give the list price of "vendor/model", for `CustomModel(name, **list_price(…))`.

    `markup` and `discount` are per cents of the costs, like "20%". Prices that depend on the length
    of the prompt need `tier`: 0 for the first, or the number of tokens beyond which another holds.
    Only prices of text tokens are read: no batches, no audio, no searches. A price that is taken
    from another entry of the list, or changes within 30 days, is told once; outside of a program on
    standard error. With `strict` the list must have an entry of that very name. Raises
    DeclarationError where the model or the tier is not known, or the price depends on the time of
    day.
    """
    listing = list_prices.find(model)
    if strict:
        list_prices.require_own(listing)
    price = list_prices.priced(listing.times(list_prices.factor(markup, discount)), tier)
    tell(listing, list_prices.soon(listing, listing.costs, list_prices.today()))
    return price


def tell(listing: Listing, changes: Iterable[str], resource: pulumi.Resource | None = None) -> None:
    """Say from which entry a price is taken, and that it changes; a sentence once for a program.

    With a resource each one says of its own price that it changes.
    """
    told = _TOLD.setdefault(settings.get_engine() or _NO_ENGINE, set())
    taken = list_prices.taken_as(listing)
    if taken and taken not in told:
        told.add(taken)
        # A dated version is mostly priced as its model is; many declare it on purpose.
        (pulumi.log.info if listing.is_version else pulumi.log.warn)(_shown(taken), resource)
    for change in changes:
        if resource or change not in told:
            told.add(change)
            pulumi.log.warn(_shown(change), resource)


def _shown(sentence: str) -> str:
    return without_colours(redact(sentence))
