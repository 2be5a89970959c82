"""Numbers as every command writes them, and as they are read back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywordsai_dynamic.core.formatting import (
    LARGEST,
    format_count,
    format_difference,
    format_field,
    format_monthly_change,
    format_names,
    format_number,
    format_percent,
    format_price,
    parse_number,
    plain,
    plain_field,
    shorten,
)

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "people", "machines"),
    [
        (0, "0", "0"),
        (2.5, "2.5", "2.5"),
        (Decimal("2.50"), "2.5", "2.5"),
        (1e-7, "0.0000001", "0.0000001"),
        (1234.5, "1,234.5", "1234.5"),
        (Decimal("1E+6"), "1,000,000", "1000000"),
        (10**40, f"10{',000' * 13}", f"1{'0' * 40}"),
    ],
)
def test_a_number_is_written_in_full(value: Decimal | float, people: str, machines: str) -> None:
    """No exponent and no trailing zeros; separators of thousands for people alone."""
    assert (format_number(value), format_price(value), plain(value)) == (people, people, machines)


@pytest.mark.parametrize(
    ("share", "written"),
    [
        ("20", "+20%"),
        ("-10.04", f"{MINUS}10%"),
        ("-33.333333333333", f"{MINUS}33.3%"),
        ("0.5", "+0.5%"),
        ("0.333333333333", "+0.33%"),
        ("0.000004", "+0.000004%"),
        ("0.999", "+1%"),
        ("0", "0%"),
        ("123456", "+123,456%"),
    ],
)
def test_a_percentage_has_its_sign(share: str, written: str) -> None:
    """It has one decimal at most; only below one percent it has more, so that it is never 0."""
    assert format_percent(Decimal(share)) == written


def test_an_effect_on_the_bill_is_in_cents() -> None:
    """Less than a cent is not nothing."""
    effects = ("1234.5", "-0.005", "0", "0.01")
    assert [format_monthly_change(Decimal(effect)) for effect in effects] == [
        "+$1,234.50 a month",
        f"{MINUS}<$0.01 a month",
        "$0.00 a month",
        "+$0.01 a month",
    ]


def test_differences_counts_and_names() -> None:
    """What stands in sentences."""
    assert [format_difference(Decimal(each)) for each in ("0.5", "-1000", "0")] == [
        "+0.5",
        f"{MINUS}1,000",
        "0",
    ]
    assert (format_count(1, "model"), format_count(2_000, "model")) == ("1 model", "2,000 models")
    assert format_names(["a", "b\n", "c"]) == "a, b\\n, c"
    assert format_names(["a", "b", "c", "d", "x" * 200]) == "a, b, c and 2 more"
    assert (shorten("abc", 3), shorten("abcd", 3)) == ("abc", "ab…")


def test_prices_and_token_counts_have_separators_and_ids_do_not() -> None:
    """An id that is a number is no amount."""
    values = {
        "input_cost": 1234.5,
        "max_context_window": 128_000,
        "custom_provider_id": 12345,
        "display_name": "1234",
        "function_call": True,
        "output_cost": None,
    }
    assert {field: format_field(field, value) for field, value in values.items()} == {
        "input_cost": "1,234.5",
        "max_context_window": "128,000",
        "custom_provider_id": "12345",
        "display_name": "1234",
        "function_call": "True",
        "output_cost": "null",
    }


@pytest.mark.parametrize(
    ("field", "written", "read"),
    [
        ("input_cost", "1,234.5", "1234.5"),
        ("max_context_window", "1,000,000", "1000000"),
        ("input_cost", "1,23", "1,23"),
        ("input_cost", "cheap, really", "cheap, really"),
        ("display_name", "1,234", "1,234"),
    ],
)
def test_separators_are_taken_out_again(field: str, written: str, read: str) -> None:
    """Only where they were put in."""
    assert plain_field(field, written) == read


@given(st.decimals(min_value=-(10**15), max_value=10**15, allow_nan=False, places=9))
def test_what_machines_get_is_exact(number: Decimal) -> None:
    """A written number is read back as the same."""
    assert parse_number(plain(number)) == number


@pytest.mark.parametrize(
    "value",
    [True, None, "", "cheap", "NaN", "Infinity", float("inf"), LARGEST, "1e-31", [1], "1,2"],
)
def test_what_is_not_a_number_is_none(value: object) -> None:
    """Neither is what is too large or too fine to count with."""
    assert parse_number(value) is None
