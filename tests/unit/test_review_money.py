"""The arithmetic of the price review: every amount here was worked out by hand."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_documents import Fields, preview, step, update

from keywordsai_dynamic.review import Action, Hidden, ModelChange, PriceChange, review


def price(old: object, new: object, listed: str | None = None) -> PriceChange:
    """Review one update of `input_cost`."""
    fields = [
        {} if value is None else {"base_model_name": "gpt-4o", "input_cost": value}
        for value in (old, new)
    ]
    table = {"gpt-4o": {"input_cost": Decimal(listed)}} if listed else {}
    reviewed = review(preview(update("m", *fields)), list_price=table.get)
    return reviewed.changes[0].prices[0]


def change(document: Fields, **tokens: str) -> ModelChange:
    """Review the one change of a document with tokens a month for model `m`."""
    usage = {"m": {kind: Decimal(count) for kind, count in tokens.items()}}
    return review(document, usage=usage).changes[0]


@pytest.mark.parametrize(
    ("old", "new", "difference", "percent"),
    [
        (2.5, 3, "0.5", "20"),
        (2.5, 0.25, "-2.25", "-90"),
        (2.5, 0, "-2.5", "-100"),
        (0.1, 0.3, "0.2", "200"),
        (0.3, 0.1, "-0.2", "-66.67"),
        (3, 4, "1", "33.33"),
        (1000, 1000.01, "0.01", "0.001"),
        (1.5e-07, 0.15, "0.14999985", "99999900"),
        (0, 2.5, "2.5", None),
    ],
)
def test_difference_and_percent_are_exact(
    old: float, new: float, difference: str, percent: str | None
) -> None:
    """Differences are exact, percentages have two decimals, and from 0 there are none."""
    found = price(old, new)
    assert found.difference == Decimal(difference)
    assert found.percent == (None if percent is None else Decimal(percent))


def test_equal_numbers_are_not_a_change() -> None:
    """0 and 0.0, 2 and 2.0 are one price."""
    same = ({"input_cost": 0, "output_cost": 2.0}, {"input_cost": 0.0, "output_cost": 2})
    assert review(preview(update("m", *same))).changes[0].prices == ()


@pytest.mark.parametrize(
    ("new", "listed", "above"),
    [(3, "2.5", "20"), (2, "2.5", "-20"), (2.5, "2.50", "0"), (0, "2.5", "-100"), (1, "0", None)],
)
def test_distance_from_list_price(new: float, listed: str, above: str | None) -> None:
    """The distance is in percent of the list price: 3 is 20% above 2.5."""
    found = price(1.25, new, listed)
    assert found.list_price == Decimal(listed)
    assert found.above_list == (None if above is None else Decimal(above))


def test_an_update_costs_difference_times_tokens() -> None:
    """620 M * 0.50 + 90 M * 2.00 + 30 M * -0.25 + 7 M * 0.10 = 310 + 180 - 7.50 + 0.70 = 483.20."""
    old = {
        "input_cost": 2.5,
        "output_cost": 10,
        "cache_hit_input_cost": 1.25,
        "cache_creation_input_cost": 3.1,
    }
    new = {
        "input_cost": 3,
        "output_cost": 12,
        "cache_hit_input_cost": 1,
        "cache_creation_input_cost": 3.2,
    }
    found = change(
        preview(update("m", old, new)),
        input_tokens="620000000",
        output_tokens="90000000",
        cache_hit_input_tokens="30000000",
        cache_creation_input_tokens="7000000",
    )
    assert (found.monthly, found.monthly_without) == (Decimal("483.20"), ())


def test_a_price_that_stays_costs_nothing_more() -> None:
    """Only `input_cost` moves: 10 M * 0.5 = 5, whatever the output tokens are."""
    found = change(
        preview(
            update("m", {"input_cost": 1, "output_cost": 4}, {"input_cost": 1.5, "output_cost": 4})
        ),
        input_tokens="10000000",
        output_tokens="999000000",
    )
    assert found.monthly == Decimal(5)


def test_a_new_model_counts_in_full_and_a_deleted_one_is_subtracted() -> None:
    """40 M * 0.15 + 5 M * 0.60 = 6 + 3 = 9 USD, on the bill or off it."""
    fields = {"input_cost": 0.15, "output_cost": 0.6}
    tokens = {"input_tokens": "40000000", "output_tokens": "5000000"}
    assert change(preview(step("create", "m", new=fields)), **tokens).monthly == Decimal(9)
    assert change(preview(step("delete", "m", old=fields)), **tokens).monthly == Decimal(-9)


def test_unknown_prices_are_listed_and_left_out() -> None:
    """A new model inherits `output_cost`: 10 M * 2 = 20 is reported without it."""
    found = change(
        preview(step("create", "m", new={"base_model_name": "gpt-4o", "input_cost": 2})),
        input_tokens="10000000",
        output_tokens="1000000",
    )
    assert (found.monthly, found.monthly_without) == (Decimal(20), ("output_cost",))


def test_a_price_no_longer_declared_keeps_its_live_value_and_costs_the_same() -> None:
    """Taking `input_cost` out of the program changes nothing on the bill."""
    document = preview(update("m", {"input_cost": 2, "output_cost": 4}, {"output_cost": 4}))
    found = change(document, input_tokens="10000000")
    assert (found.prices[0].old, found.prices[0].new) == (Decimal(2), None)
    assert (found.monthly, found.monthly_without) == (Decimal(0), ())


def test_a_price_declared_for_the_first_time_is_compared_with_the_inherited_one() -> None:
    """The state has what the API returned: 1.25; a returned 0 means that nothing is set."""
    document = preview(update("m", {}, {"cache_hit_input_cost": 1, "cache_creation_input_cost": 3}))
    answered = {"cache_hit_input_cost": 1.25, "cache_creation_input_cost": 0}
    document["steps"][1]["oldState"]["outputs"] = answered
    hit, creation = review(document).changes[0].prices
    assert (hit.old, hit.difference, hit.percent) == (
        Decimal("1.25"),
        Decimal("-0.25"),
        Decimal(-20),
    )
    assert (creation.old, creation.difference) == (None, None)


@pytest.mark.parametrize("named", ["old", "new"])
def test_usage_follows_a_model_to_its_new_name(named: str) -> None:
    """A replacement changes `model_name`; the usage may have either: 10 M * 1 = 10."""
    document = preview(step("replace", "new", {"input_cost": 2}, {"input_cost": 3}))
    document["steps"][1]["oldState"]["inputs"]["model_name"] = "old"
    usage = {named: {"input_tokens": Decimal(10_000_000)}}
    found = review(document, usage=usage).changes[0]
    assert (found.previous_name, found.model_name) == ("old", "new")
    assert found.monthly == Decimal(10)


def test_the_stack_sums_known_effects_and_lists_unknown_ones() -> None:
    """10 - 4 = 6; the model without usage is named, the one that changes no price is not."""
    reviewed = review(
        preview(
            update("a", {"input_cost": 1}, {"input_cost": 2}),
            update("b", {"input_cost": 3}, {"input_cost": 1}),
            update("c", {"input_cost": 3}, {"input_cost": 1}),
            update("d", {"function_call": 0}, {"function_call": 1}),
        ),
        usage={
            "a": {"input_tokens": Decimal(10_000_000)},
            "b": {"input_tokens": Decimal(2_000_000)},
        },
    )
    assert reviewed.monthly == Decimal(6)
    assert reviewed.without_usage == ("c",)


def test_without_usage_there_is_no_monthly_effect() -> None:
    """A missing usage is not a usage of 0."""
    reviewed = review(preview(update("a", {"input_cost": 1}, {"input_cost": 2})))
    assert (reviewed.monthly, reviewed.changes[0].monthly, reviewed.without_usage) == (
        None,
        None,
        (),
    )


def test_the_most_expensive_change_comes_first() -> None:
    """By effect on the bill, up or down; then by severity; then by percentage; then by name."""
    reviewed = review(
        preview(
            update("small", {"input_cost": 1}, {"input_cost": 2}),
            update("cheaper", {"input_cost": 9}, {"input_cost": 1}),
            update("mild", {"input_cost": 10}, {"input_cost": 11}),
            update("wild", {"input_cost": 1}, {"input_cost": 11}),
            step("create", "born", new={"input_cost": 1}),
            step("delete", "gone", old={"input_cost": 1}),
        ),
        usage={
            "small": {"input_tokens": Decimal(1_000_000)},
            "cheaper": {"input_tokens": Decimal(1_000_000)},
        },
    )
    names = [found.model_name for found in reviewed.changes]
    assert names == ["cheaper", "small", "gone", "wild", "mild", "born"]


def test_decimals_and_floats_are_the_same_numbers() -> None:
    """A caller may have parsed the JSON either way: 0.1 is 0.1."""
    document = preview(update("m", {"input_cost": 0.1}, {"input_cost": 1e-7}))
    exact = json.loads(json.dumps(document), parse_float=Decimal)
    assert review(document) == review(exact)
    assert review(document).changes[0].prices[0].difference == Decimal("-0.0999999")


def test_only_a_changed_secret_is_a_change() -> None:
    """Both sides read `[secret]`; the engine's reasons tell them apart."""
    fields = {"input_cost": "[secret]", "output_cost": "[secret]"}
    document = preview(update("m", fields, fields))
    document["steps"][1]["diffReasons"] = ["input_cost"]
    (found,) = review(document).changes[0].prices
    assert (found.field, found.old, found.new) == ("input_cost", Hidden.SECRET, Hidden.SECRET)


prices = st.decimals(0, 1000, places=6)
tokens = st.integers(0, 10**15)


@given(old=prices, new=prices, used=tokens)
def test_no_digit_is_lost(old: Decimal, new: Decimal, used: int) -> None:
    """The effect is the very fraction (new - old) * tokens / 1,000,000."""
    found = review(
        preview(step("replace", "m", {"input_cost": old}, {"input_cost": new})),
        usage={"m": {"input_tokens": Decimal(used)}},
    ).changes[0]
    assert found.action == Action.REPLACED
    assert found.monthly is not None
    assert Fraction(found.monthly) == (Fraction(new) - Fraction(old)) * used / 1_000_000
