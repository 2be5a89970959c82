"""List prices as code looks them up, and a catalog compared with them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pulumi
import pytest
from own_price_list import own_price_list

from keywordsai_dynamic.catalog import program_prices
from keywordsai_dynamic.catalog.layers import Layer
from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.price_check import Checked, check
from keywordsai_dynamic.catalog.program_prices import list_price
from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.prices.listing import (
    ListPrice,
    describe_changes_soon,
    describe_cost,
    describe_origin,
    factor,
)
from keywordsai_dynamic.prices.sources import genai
from keywordsai_dynamic.prices.sources.genai import data_date, data_version, find, matching


def test_a_list_price_is_what_a_model_declares() -> None:
    """Costs are exact Decimals by the API's names, plus the context window."""
    assert list_price("openai/gpt-4o") == ListPrice(
        input_cost=Decimal("2.5"),
        output_cost=Decimal(10),
        cache_hit_input_cost=Decimal("1.25"),
        max_context_window=128000,
    )


def test_markup_and_discount_are_exact() -> None:
    """Percentages change every cost by exactly their share."""
    dearer = list_price("openai/gpt-4o-mini", markup="0.1%")
    assert dearer["cache_hit_input_cost"] == Decimal("0.075075")
    assert list_price("openai/gpt-4o-mini", discount="100%")["output_cost"] == 0


@pytest.mark.parametrize("tier", [1, 200001, -1, True, "200000"])
def test_an_unknown_tier_is_refused(tier: int) -> None:
    """Only a length at which the price changes is a tier."""
    with pytest.raises(DeclarationError, match=r"has no such tier; choose one of: 0, 200000$"):
        list_price("anthropic/claude-sonnet-4-5", tier=tier)


@pytest.mark.parametrize("markup", ["20", "-5%", "1e1%", "twenty%", "% 20", "", "\u0661%"])
def test_a_markup_is_a_percentage(markup: str) -> None:
    """A markup without a percent sign could be a factor, so it is refused."""
    with pytest.raises(DeclarationError, match=r"^a markup must be a percentage, like 20%$"):
        list_price("openai/gpt-4o", markup=markup)


def test_a_vendors_dated_name_is_its_model() -> None:
    """A name with a date, as vendors' APIs have it, finds the model that is listed for it."""
    assert find("openai/gpt-4o-2024-08-06").name == "openai/gpt-4o"


TODAY = date(2026, 11, 26)
NOT_ITS_OWN = f"because {data_version()} has no entry for it"
TURBO = f"list price of acme/chat used for acme/chat-turbo, {NOT_ITS_OWN}"
VERSION = f"list price of acme/chat used for acme/chat-2024-08-06, {NOT_ITS_OWN}"
DECEMBER_1 = "list price of acme/dated changes on 2026-12-01: input_cost 2 → 4"
DECEMBER_20 = "list price of acme/dated changes on 2026-12-20: output_cost 10 → 12.5"


@pytest.fixture
def own_list(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tests' own price list, on a fixed day."""
    for module in (genai, program_prices):
        monkeypatch.setattr(module, "today", lambda: TODAY)
    with own_price_list():
        yield


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What a program logs, with its level, regardless of earlier tests."""
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(
        pulumi.log, "info", lambda sentence, _=None: said.append(("info", sentence))
    )
    monkeypatch.setattr(
        pulumi.log, "warn", lambda sentence, _=None: said.append(("warn", sentence))
    )
    monkeypatch.setattr(program_prices, "_LOGGED", {})
    return said


@pytest.mark.usefixtures("own_list")
@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("acme/chat", None),
        ("acme/CHAT", None),
        ("acme/chat-turbo", TURBO),
        ("acme/chat-2024-08-06", VERSION),
        ("resells/chat", f"list price of acme/chat used for resells/chat, {NOT_ITS_OWN}"),
        (
            "acme/chat\x1b[31m",
            f"list price of acme/chat used for acme/chat\\x1b[31m, {NOT_ITS_OWN}",
        ),
    ],
)
def test_a_price_of_another_entry_is_reported(asked: str, sentence: str | None) -> None:
    """Patterns match siblings, versions and resellers: the sentence says whose price it is."""
    listing = find(asked)
    assert (listing.name, describe_origin(listing)) == ("acme/chat", sentence)


@pytest.mark.usefixtures("own_list")
def test_an_entry_of_that_name_takes_precedence_over_patterns() -> None:
    """`chat-large` matches the pattern of `chat`, and its own pattern does not match its id."""
    listing = find("acme/chat-large")
    assert (listing.name, describe_cost(listing), listing.is_own) == ("acme/chat-large", "5", True)


def test_every_entry_of_the_installed_list_can_be_looked_up() -> None:
    """An id that an error suggests finds its entry, regardless of its patterns."""
    for provider in genai._data().providers:
        for info in provider.models:
            assert genai._entry(provider, info.id, genai._data()) is info


@pytest.mark.usefixtures("own_list")
def test_strict_refuses_another_entry() -> None:
    """With `strict` a sibling, a version or a reseller is refused, and the entry is named."""
    for asked in ("acme/chat-turbo", "acme/chat-2024-08-06", "resells/chat"):
        with pytest.raises(DeclarationError) as refused:
            list_price(asked, strict=True)
        assert str(refused.value) == (
            f"{data_version()} has no entry for {asked}; the closest is acme/chat. "
            "Use that name, or remove `strict`"
        )
    assert list_price("acme/chat", strict=True)["input_cost"] == 1


@pytest.mark.usefixtures("own_list")
@pytest.mark.parametrize(
    ("day", "sentences"),
    [
        (date(2026, 10, 31), []),
        (date(2026, 11, 1), [DECEMBER_1]),
        (date(2026, 11, 26), [DECEMBER_1, DECEMBER_20]),
        (date(2026, 11, 30), [DECEMBER_1, DECEMBER_20]),
        (date(2026, 12, 1), [DECEMBER_20]),
        (
            date(2026, 12, 20),
            ["list price of acme/dated changes on 2027-01-10: input_cost 4 → 8"],
        ),
        (date(2027, 1, 10), []),
    ],
)
def test_a_price_that_changes_within_30_days_is_reported(day: date, sentences: list[str]) -> None:
    """Each announced change of the next 30 days is described, with prices before and after."""
    listing = find("acme/dated", day)
    assert describe_changes_soon(listing, listing.costs, day) == sentences
    assert describe_changes_soon(listing.times(Decimal(2)), listing.costs, day) == sentences


@pytest.mark.usefixtures("own_list")
def test_only_changes_of_used_prices_are_reported() -> None:
    """A change of a cost that the model declares is not reported."""
    assert describe_changes_soon(find("acme/dated", TODAY), ["output_cost"], TODAY) == [DECEMBER_20]


@pytest.mark.usefixtures("own_list")
def test_a_price_that_will_depend_on_the_hour_can_be_used_until_then() -> None:
    """The day from which it cannot is reported."""
    listing = find("acme/by-the-hour", TODAY)
    assert describe_changes_soon(listing, ["input_cost"], TODAY) == [
        "list price of acme/by-the-hour changes on 2026-12-01: input_cost 1 → a price by the "
        "time of day"
    ]


@pytest.mark.usefixtures("own_list")
def test_a_program_logs_each_sentence_once(said: list[tuple[str, str]]) -> None:
    """A dated version is information; a sibling, and a change to come, are warnings."""
    for _ in range(2):
        for model in ("acme/chat", "acme/chat-turbo", "acme/chat-2024-08-06", "acme/dated"):
            list_price(model)
    assert said == [("warn", TURBO), ("info", VERSION), ("warn", DECEMBER_1), ("warn", DECEMBER_20)]


@pytest.mark.usefixtures("own_list")
def test_without_a_program_sentences_go_to_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a test or a script there is only standard error to report to."""
    monkeypatch.setattr(program_prices, "_LOGGED", {})
    monkeypatch.setattr("pulumi.runtime.settings.get_engine", lambda: None)
    assert list_price("acme/chat-turbo") == {"input_cost": 1, "output_cost": 2}
    assert capsys.readouterr() == ("", f"warning: {TURBO}\n")


@pytest.mark.usefixtures("own_list")
def test_a_catalog_knows_what_changes_for_its_models() -> None:
    """Only costs that come from the list change; declared ones stay."""
    models = {
        "taken": {"list_price": "acme/dated", "markup": "20%"},
        "half": {"list_price": "acme/dated", "input_cost": 3},
        "written": {"input_cost": 2},
    }
    catalog = ModelCatalog.from_layers([Layer("f", models)], TODAY)
    assert catalog.changes == {
        "taken": [DECEMBER_1, DECEMBER_20],
        "half": [DECEMBER_20],
        "written": [],
    }


@pytest.mark.usefixtures("own_list")
def test_the_check_reports_other_entries_and_changes() -> None:
    """Once each, for models with a list price and for those that are found by their base."""
    models = {
        "a": {"list_price": "acme/chat-turbo"},
        "b": {"base_model_name": "acme/chat-turbo", "input_cost": 1},
        "c": {"base_model_name": "acme/dated", "output_cost": 10},
        "d": {"base_model_name": "chat", "output_cost": 2},
    }
    found = check(ModelCatalog.from_layers([Layer("f", models)], TODAY), day=TODAY)
    assert found.remarks == [TURBO, DECEMBER_20]
    assert found.as_dict()["remarks"] == found.remarks


@pytest.mark.usefixtures("own_list")
def test_a_name_without_its_vendor_may_be_an_entrys_name() -> None:
    """APIs name models without their vendors; it is the same model."""
    bare, sibling = matching("chat"), matching("chat-turbo")
    assert bare is not None
    assert sibling is not None
    assert (bare.is_own, sibling.is_own) == (True, False)


def test_tiers_are_described() -> None:
    """A tiered price is shown with all of its tiers, a missing one as none."""
    assert describe_cost(find("anthropic/claude-sonnet-4-5")) == "3, above 200,000 tokens 6"
    assert describe_cost(find("openai/gpt-4o"), "cache_creation_input_cost") == "none"


def test_the_data_has_a_date() -> None:
    """The newest price in effect tells the age of the data."""
    newest = data_date()
    assert newest
    assert date(2025, 1, 1) < newest <= datetime.now(UTC).date()


def test_data_may_have_no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """For example if the clock was reset."""
    monkeypatch.setattr(genai, "today", lambda: date(1970, 1, 1))
    assert data_date() is None


def test_a_vendor_is_found_in_any_case() -> None:
    """The line suggests the right name instead of listing all vendors."""
    with pytest.raises(DeclarationError, match=r"; did you mean openai/gpt-4o\?$"):
        find("OpenAI/gpt-4o")


def test_a_markup_has_a_limit() -> None:
    """It would not fit into a Decimal."""
    with pytest.raises(DeclarationError, match=r"^a markup must be a percentage, like 20%$"):
        factor(f"{'9' * 1_000_001}%")


def rows(models: dict[str, dict[str, object]], tolerance: float = 0) -> list[Checked]:
    """What a check of these models finds; all of them are listed."""
    found = check(ModelCatalog.from_dict(models), tolerance)
    assert found.unmatched == {}
    return found.checked


def test_a_price_is_compared_with_its_list_price() -> None:
    """Each declared cost gets a row: equal, more expensive or not listed. Inherited ones do not."""
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
        Checked("m", "openai/gpt-4o", "input_cost", 2.5, "2.5", Decimal(0), False, Decimal("2.5")),
        Checked("m", "openai/gpt-4o", "output_cost", 12, "10", Decimal("0.2"), True, Decimal(10)),
        Checked("m", "openai/gpt-4o", "cache_creation_input_cost", 1, "none", None, differs=None),
    ]


def test_a_price_may_be_any_of_the_tiers() -> None:
    """A cost equal to one of the tiers is not a difference, and all tiers are shown."""
    model = {"base_model_name": "claude-sonnet-4-5", "input_cost": 6}
    (row,) = rows({"m": model})
    assert (row.listed, row.nearest) == ("3, above 200,000 tokens 6", Decimal(6))
    assert (row.change, row.differs) == (Decimal(0), False)


@pytest.mark.parametrize(
    ("tolerance", "differs"), [(0, True), (0.19, True), (0.2, False), (0.5, False)]
)
def test_a_tolerance_allows_a_distance(tolerance: float, differs: bool) -> None:
    """A distance from the list up to the tolerance is not a difference."""
    (row,) = rows({"m": {"base_model_name": "gpt-4o", "input_cost": 3}}, tolerance)
    assert row.differs is differs


def test_the_written_markup_belongs_to_the_list_price() -> None:
    """A model declared as list price plus 20% is compared with that, not the bare list."""
    models = {"m": {"list_price": "openai/gpt-4o", "markup": "20%", "output_cost": 13}}
    found = rows(models)
    assert [(row.field, row.listed, row.differs) for row in found] == [
        ("input_cost", "3", False),
        ("output_cost", "12", True),
        ("cache_hit_input_cost", "1.5", False),
    ]


def test_the_base_of_a_base_is_looked_up() -> None:
    """A model that inherits within the catalog is compared with the list price of its base."""
    models = {
        "heir": {"base_model_name": "m", "input_cost": 2.5},
        "m": {"base_model_name": "openai/gpt-4o", "output_cost": 10},
    }
    assert [row.list_model for row in rows(models)] == ["openai/gpt-4o", "openai/gpt-4o"]


def test_what_cannot_be_compared_is_listed() -> None:
    """Each model without a row has its reason."""
    models = {
        "acme/own": {"input_cost": 1},
        "free": {"base_model_name": "gpt-4o"},
        "hourly": {"base_model_name": "deepseek-chat", "input_cost": 1},
    }
    found = check(ModelCatalog.from_dict(models))
    assert found.checked == []
    assert found.unmatched == {
        "acme/own": "no list price for acme/own",
        "free": "declares no cost",
        "hourly": "deepseek/deepseek-chat costs more at some times of day; declare its costs "
        "instead",
    }
