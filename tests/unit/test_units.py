"""Prices in other units, and that no digit of them is lost on the way to JSON."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.core.schema import normalize, price
from keywordsai_dynamic.prices.units import (
    UNITS,
    cost_of,
    in_millions,
    per_1k,
    per_million,
    per_token,
)

# Up to 15 significant digits, as plain text or with an exponent.
DECIMALS = st.builds(
    lambda digits, exponent, plainly: format(Decimal(digits).scaleb(exponent), plainly),
    st.integers(0, 10**15 - 1),
    st.integers(-24, 6),
    st.sampled_from(["f", "e"]),
)


def sent(cost: object) -> Decimal:
    """The number that JSON carries for a cost, digit by digit."""
    fields, problems = normalize({"model_name": "m", "input_cost": cost})
    assert problems == []
    number: Decimal = json.loads(json.dumps(fields), parse_float=Decimal)["input_cost"]
    return number


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (per_token("0.0000025"), "2.5"),
        (per_token(0.0000025), "2.5"),
        (per_1k("0.0025"), "2.5"),
        (per_1k(Decimal("0.0001")), "0.1"),
        (per_million("2.50"), "2.5"),
        (per_million(3), "3"),
        (per_token(0), "0"),
        (per_1k(0.1 + 0.2), "300"),
        (cost_of({"per_1k": 0.0025}), "2.5"),
        (cost_of(2.5), "2.5"),
    ],
)
def test_a_price_in_another_unit_is_the_same_price(cost: Decimal, expected: str) -> None:
    """Each unit gives USD per million tokens, exactly."""
    assert Decimal(str(cost)) == Decimal(expected)


@given(DECIMALS)
def test_the_number_sent_is_the_number_written(text: str) -> None:
    """A price of up to 15 digits, written as text, is sent as the number equal to it."""
    assert sent(text) == Decimal(text)
    assert sent(per_million(text)) == Decimal(text)


@given(DECIMALS, st.sampled_from(list(UNITS)))
def test_units_keep_every_digit(text: str, unit: str) -> None:
    """A price of up to 15 digits in any unit is sent as exactly its multiple."""
    assert sent(in_millions(unit, text)) == Decimal(text) * UNITS[unit]


@pytest.mark.parametrize(
    "amount",
    [
        "cheap",
        "",
        "NaN",
        "inf",
        True,
        None,
        [],
        "1,5",
        "1_000",
        "٣",
        "sNaN",
        float("nan"),
        "1" * 61,
    ],
)
def test_anything_but_an_amount_is_refused(amount: object) -> None:
    """Anything but a finite number is refused in one sentence, which Pulumi shows as is."""
    with pytest.raises(DeclarationError, match=r"^per_1k must be a (finite )?number of USD"):
        in_millions("per_1k", amount)


def test_an_int_that_is_too_long_to_be_text_is_refused() -> None:
    """Python writes out no more than 4,300 digits, and raises a ValueError."""
    with pytest.raises(DeclarationError, match=r"^per_1k must be a number of USD"):
        in_millions("per_1k", 10**5000 + 1)
    with pytest.raises(PydanticCustomError, match=r"^must be a number of USD per million tokens$"):
        price(10**5000)


@pytest.mark.parametrize("cost", [{}, {"per_tok": 1}, {"per_1k": 1, "per_token": 1}, {1: 2}])
def test_a_cost_has_one_unit_that_exists(cost: object) -> None:
    """A map that is not exactly one known unit is refused with the list of units."""
    with pytest.raises(DeclarationError) as refusal:
        cost_of(cost)
    assert str(refusal.value) == (
        "must be a number, or one unit with its amount: per_token, per_1k, per_million"
    )
