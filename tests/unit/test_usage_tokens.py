"""What the sums of a model mean, reading by reading: pure arithmetic on both sides."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keywordsai_dynamic.api.metrics_client import Totals
from keywordsai_dynamic.usage.tokens import Count, count, usd

PRICES = {
    "input_cost": Decimal(3),
    "output_cost": Decimal(12),
    "cache_hit_input_cost": Decimal("0.3"),
    "cache_creation_input_cost": Decimal(0),
}
MILLION = 1_000_000


def totals(**millions: float | None) -> Totals:
    """Sums in millions; `cost` is in USD, and `requests` are 5."""
    found = {
        name: None if value is None else Decimal(str(value)) * (1 if name == "cost" else MILLION)
        for name, value in millions.items()
    }
    return Totals(requests=Decimal(5), **found)


def kinds(found: Count) -> dict[str, float] | None:
    """The tokens that count, in millions; None if none do."""
    if found.sure is None:
        return None
    return {kind.partition("_")[0]: n / MILLION for kind, n in found.sure.tokens.items()}


PLAIN = {"prompt": 100, "completion": 10, "total": 110, "cache_hits": 40, "reasoning": 4}
# (100 - 40) * 3 + 40 * 0.3 + 10 * 12, and with all 100 prompt tokens beside the cached ones
INSIDE, BESIDE = 312, 432


@pytest.mark.parametrize(
    ("changed", "counted"),
    [
        ({"cost": INSIDE}, {"input": 60, "output": 10, "cache": 40}),
        ({"cost": BESIDE}, {"input": 100, "output": 10, "cache": 40}),
        ({"cost": INSIDE + 48}, {"input": 60, "output": 14, "cache": 40}),
        ({"cost": INSIDE * 1.009}, {"input": 60, "output": 10, "cache": 40}),
        # No reading agrees, and two or more are left.
        ({"cost": INSIDE * 1.011}, None),
        ({"cost": None}, None),
        ({"cost": 0}, None),
        # The service bills cached tokens like the rest of the prompt.
        ({"cost": 420}, {"input": 100, "output": 10, "cache": 0}),
        # Few cached tokens, beside: money that agrees exactly beats money that is near.
        ({"cost": 420.9, "cache_hits": 3}, {"input": 100, "output": 10, "cache": 3}),
        ({"cost": 421, "cache_hits": 3}, None),
        # The total has cached tokens, so prompt tokens do not.
        ({"cost": None, "total": 150}, {"input": 100, "output": 10, "cache": 40}),
        ({"cost": 500, "total": 150}, {"input": 100, "output": 10, "cache": 40}),
        # More was read from the cache than was sent, so it stands beside.
        ({"cost": None, "prompt": 30, "total": 40}, {"input": 30, "output": 10, "cache": 40}),
        # Nothing was read from the cache.
        ({"cost": 1, "cache_hits": 0}, {"input": 100, "output": 10, "cache": 0}),
        ({"cost": None, "cache_hits": 0}, {"input": 100, "output": 10, "cache": 0}),
        (
            {"cost": None, "cache_hits": 0, "reasoning": None, "total": None},
            {"input": 100, "output": 10, "cache": 0},
        ),
        # More tokens of reasoning than of the answer: they stand beside.
        (
            {"cost": None, "cache_hits": 0, "reasoning": 15, "total": 125},
            {"input": 100, "output": 25, "cache": 0},
        ),
        # How many were cached is not known: only money can tell that none were.
        ({"cost": 420, "cache_hits": None}, {"input": 100, "output": 10}),
        ({"cost": 300, "cache_hits": None}, None),
        # The parts do not add up: only money can tell that they are right.
        ({"cost": INSIDE, "total": 7}, {"input": 60, "output": 10, "cache": 40}),
        ({"cost": 5, "total": 7, "cache_hits": 0, "reasoning": 0}, None),
        ({"prompt": None}, None),
        ({"completion": None}, None),
    ],
)
def test_money_decides_and_what_the_answer_rules_out(
    changed: dict[str, Any], counted: dict[str, float] | None
) -> None:
    """One reading counts, or none."""
    assert kinds(count(totals(**{**PLAIN, **changed}), PRICES)) == counted


def test_unsure_readings_are_kept_the_usual_first() -> None:
    """The file offers them; tokens of reasoning are taken as part of the answer."""
    found = count(totals(**{**PLAIN, "cost": None}), PRICES)
    assert [(each.words, each.tokens["input_tokens"]) for each in found.possible] == [
        ("prompt tokens include cached ones", 60 * MILLION),
        ("prompt tokens do not include cached ones", 100 * MILLION),
    ]
    assert found.remarks == (
        "5 calls",
        "not cross-checked: the service counted no money",
        "which of these is right is unclear",
    )


def test_two_readings_that_agree_with_the_money_count_only_if_they_are_alike() -> None:
    """A free input tells nothing about input tokens, unless hardly any were cached."""
    free = {**PRICES, "input_cost": Decimal(0)}
    cost = 40 * 0.3 + 10 * 12
    found = count(totals(**{**PLAIN, "reasoning": 0, "cost": cost}), free)
    assert [each.tokens["input_tokens"] for each in found.possible] == [60 * MILLION, 100 * MILLION]
    few = totals(**{**PLAIN, "reasoning": 0, "cache_hits": 0.5, "cost": 120.15})
    assert kinds(count(few, free)) == {"input": 99.5, "output": 10, "cache": 0.5}


def test_cached_tokens_without_a_price_are_free_or_billed_like_the_rest() -> None:
    """The money is the same in both cases, so neither counts; a total may tell them apart."""
    free = {**PRICES, "cache_hit_input_cost": Decimal(0)}
    sums = {**PLAIN, "reasoning": 0, "cost": 420}
    assert [each.words for each in count(totals(**sums), free).possible] == [
        "cached tokens are billed like the rest of the prompt",
        "prompt tokens do not include cached ones",
    ]
    apart = count(totals(**{**sums, "total": 150}), free)
    assert kinds(apart) == {"input": 100, "output": 10, "cache": 40}
    assert kinds(count(totals(**{**sums, "cost": 300}), free)) == {
        "input": 60,
        "output": 10,
        "cache": 40,
    }


def test_a_cache_that_saves_nothing_is_still_a_cache() -> None:
    """Where both prices are equal, cached tokens are counted as such."""
    equal = {**PRICES, "cache_hit_input_cost": Decimal(3)}
    assert kinds(count(totals(**{**PLAIN, "cost": 420}), equal)) == {
        "input": 60,
        "output": 10,
        "cache": 40,
    }


@pytest.mark.parametrize(
    ("cost", "prices", "remark"),
    [
        (420, PRICES, "cost $420.00 at the live prices, the service counted $420.00"),
        (504, PRICES, "gap: cost $420.00 at the live prices, the service counted $504.00 (+20%)"),
        (0, PRICES, "gap: cost $420.00 at the live prices, the service counted $0.00 (−100%)"),  # noqa: RUF001
        (None, PRICES, "not cross-checked: the service counted no money"),
        (5, {"input_cost": Decimal(3)}, "not cross-checked: a live price is not known"),
        (
            0,
            dict.fromkeys(PRICES, Decimal(0)),
            "not cross-checked: cost $0.00 at the live prices, the service counted $0.00",
        ),
        (
            5,
            dict.fromkeys(PRICES, Decimal(0)),
            "gap: cost $0.00 at the live prices, the service counted $5.00",
        ),
    ],
)
def test_a_gap_is_said(cost: float | None, prices: dict[str, Decimal], remark: str) -> None:
    """Tokens that leave no doubt count, with what is between their cost and the service's."""
    found = count(totals(prompt=100, completion=10, total=110, cache_hits=0, cost=cost), prices)
    assert kinds(found) == {"input": 100, "output": 10, "cache": 0}
    assert found.remarks == ("5 calls", remark)


TOKENS = st.integers(0, 10**12)


@given(TOKENS, TOKENS, TOKENS, st.booleans(), st.booleans())
def test_the_reading_that_made_the_sums_is_found(
    fresh: int, cached: int, completion: int, beside: bool, everything: bool
) -> None:
    """From exact money, the tokens come back, or none; other ones never do, within a percent."""
    assume(fresh + cached + completion)
    prompt = fresh if beside else fresh + cached
    cost = (fresh * 3 + cached * Decimal("0.3") + completion * 12) / MILLION
    total = fresh + cached + completion if everything else prompt + completion
    sums = Totals(Decimal(1), *map(Decimal, (prompt, completion, total, cached)), Decimal(0), cost)
    found = count(sums, PRICES)
    if found.sure is None:
        assert not cost or len(found.possible) > 1
        return
    true = {
        "input_tokens": fresh,
        "output_tokens": completion,
        "cache_hit_input_tokens": cached,
    }
    for kind, tokens in found.sure.tokens.items():
        assert abs(tokens - true[kind]) <= Decimal(tokens) / 100 + Decimal(cost) * MILLION / 100


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("1234.567", "$1,234.57"),
        ("5", "$5.00"),
        ("0.02872", "$0.02872"),
        ("0.000000123456", "$0.0000001235"),
    ],
)
def test_amounts(amount: str, text: str) -> None:
    """To the cent, or to four digits below a dollar."""
    assert usd(Decimal(amount)) == text
