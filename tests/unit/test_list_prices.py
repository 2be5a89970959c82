"""List prices as code asks for them, and a catalogue held against them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from keywordsai_dynamic.catalog.list_prices import ListPrice, data_date, find, in_words, list_price
from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.price_check import Checked, check
from keywordsai_dynamic.errors import DeclarationError


def test_a_list_price_is_what_a_model_declares() -> None:
    """Costs are exact Decimals by the API's names, with the context window; no more and no less."""
    assert list_price("openai/gpt-4o") == ListPrice(
        input_cost=Decimal("2.5"),
        output_cost=Decimal(10),
        cache_hit_input_cost=Decimal("1.25"),
        max_context_window=128000,
    )


def test_markup_and_discount_are_exact() -> None:
    """Per cents change every cost by exactly their share."""
    dearer = list_price("openai/gpt-4o-mini", markup="0.1%")
    assert dearer["cache_hit_input_cost"] == Decimal("0.075075")
    assert list_price("openai/gpt-4o-mini", discount="100%")["output_cost"] == 0


@pytest.mark.parametrize("tier", [1, 200001, -1, True, "200000"])
def test_a_tier_that_is_none_is_refused(tier: int) -> None:
    """Only a length at which the price changes is a tier."""
    with pytest.raises(DeclarationError, match=r"has no such tier; choose one of: 0, 200000$"):
        list_price("anthropic/claude-sonnet-4-5", tier=tier)


@pytest.mark.parametrize("markup", ["20", "-5%", "1e1%", "twenty%", "% 20", "", "\u0661%"])
def test_a_per_cent_looks_like_one(markup: str) -> None:
    """A markup without a per cent sign could be a factor, and is refused."""
    with pytest.raises(DeclarationError, match=r"^a markup is a per cent, like 20%$"):
        list_price("openai/gpt-4o", markup=markup)


def test_a_vendors_dated_name_is_its_model() -> None:
    """A name with a date, as vendors' APIs have it, finds the model that is listed for it."""
    assert find("openai/gpt-4o-2024-08-06").name == "openai/gpt-4o"


def test_tiers_are_said_in_words() -> None:
    """A tiered price is shown with all of its tiers, a missing one as none."""
    assert in_words(find("anthropic/claude-sonnet-4-5")) == "3, above 200000 tokens 6"
    assert in_words(find("openai/gpt-4o"), "cache_creation_input_cost") == "none"


def test_the_data_has_a_date() -> None:
    """The age of the data is known, by its newest price that holds already."""
    assert date(2025, 1, 1) < data_date() <= datetime.now(UTC).date()


def rows(models: dict[str, dict[str, object]], tolerance: float = 0) -> list[Checked]:
    """What a check of these models finds, all of them being listed."""
    found = check(ModelCatalog.from_dict(models), tolerance)
    assert found.unmatched == {}
    return found.checked


def test_a_price_is_held_against_its_list_price() -> None:
    """Equal, dearer, not listed: each declared cost gets a row; what is inherited gets none."""
    assert rows(
        {
            "m": {
                "base_model_name": "gpt-4o",
                "input_cost": 2.5,
                "output_cost": 12,
                "cache_creation_input_cost": 1,
            }
        }
    ) == [
        Checked("m", "openai/gpt-4o", "input_cost", 2.5, "2.5", Decimal(0), differs=False),
        Checked("m", "openai/gpt-4o", "output_cost", 12, "10", Decimal("0.2"), differs=True),
        Checked("m", "openai/gpt-4o", "cache_creation_input_cost", 1, "none", None, differs=False),
    ]


def test_a_price_may_be_any_of_the_tiers() -> None:
    """A cost that is one of the listed tiers is no difference, and all tiers are shown."""
    model = {"base_model_name": "claude-sonnet-4-5", "input_cost": 6}
    listed = "3, above 200000 tokens 6"
    assert rows({"m": model}) == [
        Checked("m", "anthropic/claude-sonnet-4-5", "input_cost", 6, listed, Decimal(0), False)
    ]


@pytest.mark.parametrize(
    ("tolerance", "differs"), [(0, True), (0.19, True), (0.2, False), (0.5, False)]
)
def test_a_tolerance_allows_a_distance(tolerance: float, differs: bool) -> None:
    """A distance from the list up to the tolerance is no difference."""
    (row,) = rows({"m": {"base_model_name": "gpt-4o", "input_cost": 3}}, tolerance)
    assert row.differs is differs


def test_the_written_markup_belongs_to_the_list_price() -> None:
    """A model that is written as list price plus 20 % is held against that, not the bare list."""
    models = {"m": {"list_price": "openai/gpt-4o", "markup": "20%", "output_cost": 13}}
    found = rows(models)
    assert [(row.field, row.listed, row.differs) for row in found] == [
        ("input_cost", "3", False),
        ("output_cost", "12", True),
        ("cache_hit_input_cost", "1.5", False),
    ]


def test_the_base_of_a_base_is_looked_up() -> None:
    """A model that inherits within the catalogue is held against what its base stands on."""
    models = {
        "heir": {"base_model_name": "m", "input_cost": 2.5},
        "m": {"base_model_name": "openai/gpt-4o", "output_cost": 10},
    }
    assert [row.list_model for row in rows(models)] == ["openai/gpt-4o", "openai/gpt-4o"]


def test_what_cannot_be_compared_is_named() -> None:
    """Each model without a row has its reason."""
    models = {
        "acme/own": {"input_cost": 1},
        "free": {"base_model_name": "gpt-4o"},
        "hourly": {"base_model_name": "deepseek-chat", "input_cost": 1},
    }
    found = check(ModelCatalog.from_dict(models))
    assert found.checked == []
    assert found.unmatched == {
        "acme/own": "no list price of acme/own",
        "free": "declares no cost that can be read",
        "hourly": "deepseek/deepseek-chat costs more at some hours of the day; write its costs out",
    }
