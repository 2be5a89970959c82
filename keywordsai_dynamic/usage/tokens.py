"""What the sums of a model mean: how many tokens of each kind it was billed for. Pure.

No document says whether prompt tokens include those read from the cache, and completion tokens
those of reasoning, nor whether the cached ones have a price of their own. What the answer itself
rules out is left out; of the rest, the reading counts whose tokens cost what the service counted,
at the live prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import Enum
from itertools import product

from ..api.metrics_client import Totals
from ..core.formatting import EXACT, format_count, format_number, format_percent
from ..core.names import TOKENS_OF

INPUT, OUTPUT, CACHE_HITS, CACHE_CREATION = (
    TOKENS_OF[price]
    for price in (
        "input_cost",
        "output_cost",
        "cache_hit_input_cost",
        "cache_creation_input_cost",
    )
)
Prices = Mapping[str, Decimal | None]
"""Live prices in USD per million tokens, by field; None for one that is not known."""

_MILLION = Decimal(1_000_000)
_NEAR = Decimal("0.01")
_EXACT = Decimal("0.00001")
"""Sums of doubles, and of amounts rounded for each call, agree to this part."""

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Reading:
    """Tokens by kind, in one reading of the sums; `words` say which, `cost` is USD if known.

    A reading that is not `usual` is one that only money can show.
    """

    tokens: Mapping[str, int]
    words: str
    cost: Decimal | None
    usual: bool = True


@dataclass(frozen=True)
class Count:
    """What is known of a model: one reading that counts, or those that may be right, or none.

    `remarks` say where it comes from, and what is doubtful.
    """

    remarks: tuple[str, ...]
    sure: Reading | None = None
    possible: tuple[Reading, ...] = ()


def count(totals: Totals, prices: Prices) -> Count:
    """Decide what the sums of a model that had calls mean."""
    with localcontext(EXACT):
        calls = _calls(totals)
        if totals.prompt is None or totals.completion is None:
            some = "" if totals.total is None else f", {format_number(totals.total)} in all,"
            return Count((calls, f"the service does not split the tokens{some} by kind"))
        fitting, remarks = _fitting(totals, _readings(totals, prices))
        if totals.cost and not any(any(each.tokens.values()) for each in fitting):
            cost = usd(totals.cost)
            return Count((calls, f"the service counted {cost}, but no tokens"))
        return _decide(totals, fitting, (calls, *remarks), certain=not remarks)


class _Cached(Enum):
    """What becomes of tokens that were read from the cache; the value is words for it."""

    INSIDE = "prompt tokens include cached ones"
    AS_INPUT = "cached tokens are billed like the rest of the prompt"
    BESIDE = "prompt tokens do not include cached ones"


def _readings(totals: Totals, prices: Prices) -> list[Reading]:
    """Return every reading of the sums that differs from the others, the usual one first."""
    reasoning = totals.reasoning or Decimal(0)
    found: dict[tuple[int, ...], Reading] = {}
    for cached, beside in product(_Cached, (Decimal(0), reasoning)):
        tokens = _tokens(totals, cached, beside)
        if tokens is None or (not beside and reasoning > (totals.completion or 0)):
            continue
        words = [cached.value] if totals.cache_hits else []
        words += ["completion tokens do not include those of reasoning"] if beside else []
        usual = not totals.cache_hits or cached is not _Cached.AS_INPUT
        reading = Reading(tokens, ", ".join(words), _cost(tokens, prices), usual)
        found.setdefault(tuple(tokens.values()), reading)
    return list(found.values())


def _tokens(totals: Totals, cached: _Cached, reasoning: Decimal) -> dict[str, int] | None:
    """Return the tokens in one reading; None if more were read from the cache than were sent."""
    assert totals.prompt is not None
    assert totals.completion is not None
    hits = totals.cache_hits or Decimal(0)
    if cached is not _Cached.BESIDE and hits > totals.prompt:
        return None
    billed = Decimal(0) if cached is _Cached.AS_INPUT else hits
    tokens = {
        INPUT: int(totals.prompt - (hits if cached is _Cached.INSIDE else 0)),
        OUTPUT: int(totals.completion + reasoning),
    }
    return tokens if totals.cache_hits is None else {**tokens, CACHE_HITS: int(billed)}


def _fitting(totals: Totals, readings: list[Reading]) -> tuple[list[Reading], tuple[str, ...]]:
    """Leave out readings that the total rules out; a total that fits none is a doubt."""
    doubts = []
    plain = _plain(totals)
    if totals.total not in {None, plain}:
        fitting = [each for each in readings if totals.total == sum(each.tokens.values())]
        if not fitting:
            doubts.append(
                f"total_tokens is {format_number(totals.total or 0)}, which is no sum of the others"
            )
        readings = fitting or readings
    if totals.cache_hits is None:
        doubts.append("the service does not say how many tokens were read from the cache")
    return readings, tuple(doubts)


def _plain(totals: Totals) -> Decimal:
    assert totals.prompt is not None
    assert totals.completion is not None
    return totals.prompt + totals.completion


def _decide(
    totals: Totals, readings: Sequence[Reading], remarks: tuple[str, ...], *, certain: bool
) -> Count:
    agreeing = _agreeing(readings, totals)
    readings = [each for each in readings if each.usual]
    if agreeing and all(_alike(agreeing[0], each) for each in agreeing):
        return Count((*remarks, *_said(agreeing[0]), _agreement(agreeing[0], totals)), agreeing[0])
    best = _likely(agreeing or readings, totals)
    if len(best) == 1 and certain:
        return Count((*remarks, *_said(best[0]), _gap(best[0], totals)), best[0])
    doubt = "these tokens may be wrong" if len(best) == 1 else "which of these is right is unclear"
    return Count((*remarks, _gap(best[0], totals), doubt), possible=tuple(best))


def _agreeing(readings: Iterable[Reading], totals: Totals) -> list[Reading]:
    """Return the readings whose tokens cost what was counted.

    Where cached tokens have no price, they cost the same billed like the rest of the prompt and
    free beside it: both stay. Where their price is that of the rest, they count as cached ones.
    """
    near = [each for each in readings if _agrees(each.cost, totals.cost)]
    # Within 1%, a small share of cached tokens does not show.
    found = [each for each in near if _agrees(each.cost, totals.cost, _EXACT)] or near
    inside = {sum(each.tokens.values()) for each in found if each.usual}
    return [each for each in found if each.usual or sum(each.tokens.values()) not in inside]


def _likely(readings: Sequence[Reading], totals: Totals) -> Sequence[Reading]:
    """Leave out readings in which the total lacks tokens of reasoning, where money cannot tell.

    A total may lack cached tokens, as prompt tokens do.
    """
    if totals.total is None:
        return readings
    return [each for each in readings if each.tokens[OUTPUT] == totals.completion] or readings


def _said(reading: Reading) -> Iterable[str]:
    return (reading.words,) if reading.words else ()


def _agrees(cost: Decimal | None, counted: Decimal | None, part: Decimal = _NEAR) -> bool:
    # Where both are 0 they say nothing about tokens.
    return bool(cost and counted) and abs(cost - counted) <= counted * part  # type: ignore[operator]  # neither is None


def _alike(one: Reading, other: Reading) -> bool:
    """Return whether it makes no difference which of two readings counts."""
    return all(
        abs(tokens - other.tokens[kind]) <= tokens * _NEAR for kind, tokens in one.tokens.items()
    )


def _agreement(reading: Reading, totals: Totals) -> str:
    assert reading.cost is not None
    assert totals.cost is not None
    return f"cost {usd(reading.cost)} at the live prices, the service counted {usd(totals.cost)}"


def _gap(reading: Reading, totals: Totals) -> str:
    if totals.cost is None:
        return "not cross-checked: the service counted no money"
    if reading.cost is None:
        return "not cross-checked: a live price is not known"
    sentence = _agreement(reading, totals)
    if _agrees(reading.cost, totals.cost):
        return sentence
    if not reading.cost:
        return f"gap: {sentence}" if totals.cost else f"not cross-checked: {sentence}"
    percent = (totals.cost - reading.cost) * 100 / reading.cost
    return f"gap: {sentence} ({format_percent(percent)})"


def _cost(tokens: Mapping[str, int], prices: Prices) -> Decimal | None:
    cost = Decimal(0)
    for field, kind in TOKENS_OF.items():
        if tokens.get(kind):
            price = prices.get(field)
            if price is None:
                return None
            cost += price * tokens[kind] / _MILLION
    return cost


def _calls(totals: Totals) -> str:
    if totals.requests is None:
        return "the service does not say how many calls"
    return format_count(int(totals.requests), "call")


def usd(amount: Decimal) -> str:
    """Write an amount in USD: to the cent, or to four digits if it is less than a dollar."""
    if amount and abs(amount) < 1:
        return f"${format_number(amount.quantize(Decimal(1).scaleb(amount.adjusted() - 3)))}"
    return f"${amount.quantize(_CENT):,f}"
