"""Scales and charts: round ends, right places, and no number that breaks them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywordsai_dynamic.page.charts import Point, bar, label, linear, move, scale_of, scatter

NUMBERS = st.decimals(min_value=0, max_value=Decimal("1e29"), allow_nan=False).map(
    lambda each: each if each == 0 or each > Decimal("1e-29") else Decimal(0)
)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((310, -40), (-100, 0, 100, 200, 300, 400)),
        ((7,), (0, 2, 4, 6, 8)),
        ((-0.5,), (-0.6, -0.4, -0.2, 0)),
        ((0,), (0, 0.5)),
    ],
)
def test_a_scale_has_zero_and_round_ends(
    values: tuple[float, ...], ticks: tuple[float, ...]
) -> None:
    scale = linear(values)
    assert scale.ticks == ticks
    assert (scale.at(ticks[0]), scale.at(ticks[-1])) == (0, 100)


def test_prices_far_apart_are_logarithmic() -> None:
    """On such a scale, 20% more is as long for 0.1 as it is for 10."""
    scale = scale_of([Decimal("0.1"), 10])
    assert scale.ticks == (0.1, 0.2, 0.5, 1, 2, 5, 10)
    assert scale.at(0.12) - scale.at(0.1) == pytest.approx(scale.at(12) - scale.at(10))
    assert not scale_of([1, 20]).logarithmic


def test_free_has_its_own_place_on_a_logarithmic_scale() -> None:
    scale = scale_of([0, 0.1, 10])
    assert (scale.ticks[0], scale.at(0), scale.at(10)) == (0, 0, 100)
    assert scale.at(0.1) >= 8


@given(st.lists(NUMBERS, min_size=1, max_size=9))
def test_every_number_is_on_its_scale(values: list[Decimal]) -> None:
    """In the right order, with between two and eight ticks."""
    scale = scale_of(values)
    places = [scale.at(each) for each in sorted(values)]
    assert places == sorted(places)
    assert all(-0.01 <= place <= 100.01 for place in places)
    assert 2 <= len(scale.ticks) <= 8


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.5, "0.5"), (20, "20"), (2500, "2.5k"), (3e6, "3M"), (1e9, "1B"), (1e20, "1e+20")],
)
def test_a_tick_is_short(value: float, shown: str) -> None:
    assert label(value) == shown


def test_a_bar_begins_at_zero_and_its_direction_has_a_name() -> None:
    """On an axis with 0 in the middle, 50 is the third quarter, and its opposite the second."""
    scale = linear([-100, 100])
    assert '<rect class="up" x="50%" width="25%"' in bar(scale, 50, "g")
    assert '<rect class="down" x="25%" width="25%"' in bar(scale, Decimal(-50), "g")


def test_a_move_shows_three_marks_of_different_shape() -> None:
    """A ring for before, a dot for after, an upright line for the list."""
    drawn = move(linear([0, 100]), "g", old=20, new=40, listed=30)
    assert '<line class="list" x1="30%" x2="30%"' in drawn
    assert '<circle class="old" cx="20%"' in drawn
    assert '<circle class="new up" cx="40%"' in drawn
    assert move(linear([0, 100]), "g", None, None, None).count("<circle") == 0


def test_a_scatter_names_every_point_and_leaves_out_marks_that_would_cover_another() -> None:
    near = [Point("1", "a <b>", 1, 1), Point("2", "b", 1, 1), Point("3", "c", 4, 4, (2, 2))]
    drawn = scatter(near, "what", "x", "y")
    assert [f'dx="8" dy="-6">{mark}</text>' in drawn for mark in "123"] == [True, False, True]
    assert "<title>a &lt;b&gt;</title>" in drawn
