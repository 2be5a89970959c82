"""What a whole stack costs before and after, and the sentence that a report begins with."""

from decimal import Decimal

import pytest
from review_documents import Fields, preview, step, update

from keywordsai_dynamic.review import PriceReview, Usage, review
from keywordsai_dynamic.review.headline import before_and_after, headline

MILLION = {"input_tokens": 1_000_000}
STEADY = step("same", "steady", {"input_cost": 100}, {"input_cost": 100})
DEARER = update("m", {"input_cost": 10}, {"input_cost": 12})
BOTH: Usage = {"steady": MILLION, "m": MILLION}


def found(*steps: Fields, usage: Usage | None = BOTH, **more: object) -> PriceReview:
    return review({**preview(*steps), **more}, usage=usage)


def bill(reviewed: PriceReview) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    return reviewed.monthly_before, reviewed.monthly_after, reviewed.monthly_percent


def test_unchanged_models_count_too() -> None:
    """1 M tokens at 100 and 10 USD are 110 before; at 100 and 12 they are 112: +1.82%."""
    reviewed = found(STEADY, DEARER)
    assert bill(reviewed) == (Decimal(110), Decimal(112), Decimal("1.82"))
    assert headline(reviewed) == "+$2.00 a month (+1.8%); 1 price rises"
    assert before_and_after(reviewed) == "$110.00 → $112.00 a month for all models"


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (step("create", "m", new={"input_cost": 10}), 100, 110),
        (step("delete", "m", old={"input_cost": 10}), 110, 100),
        (update("m", {"input_cost": 10}, {}), 110, 110),  # no longer declared: it stays live
        (step("replace", "m", {"input_cost": 10}, {"input_cost": 5}), 110, 105),
    ],
)
def test_every_change_moves_the_bill_by_its_own_effect(
    change: Fields, before: int, after: int
) -> None:
    """What a change adds is exactly the difference of the two."""
    reviewed = found(STEADY, change)
    assert bill(reviewed)[:2] == (before, after)
    assert reviewed.monthly == after - before


def test_an_inherited_price_is_the_one_that_the_service_answered() -> None:
    """A model that declares no price costs what its state says; an answered 0 is none."""
    same = step("same", "steady", {}, {})
    same["oldState"]["outputs"] = {"input_cost": 7}
    assert bill(found(same, DEARER))[:2] == (Decimal(17), Decimal(19))
    same["oldState"]["outputs"] = {"input_cost": 0}
    assert bill(found(same, DEARER)) == (None, None, None)


@pytest.mark.parametrize(
    "missing",
    [
        found(STEADY, DEARER, usage=None),
        found(STEADY, DEARER, usage={"m": MILLION}),
        found(STEADY, DEARER, usage={"steady": MILLION}),
        found(STEADY, DEARER, usage={"steady": {"output_tokens": 1}, "m": MILLION}),
        found(step("same", "steady", {}, {}), DEARER),
        found(STEADY, DEARER, changeSummary={"same": 9, "update": 1}),
        found(STEADY, DEARER, diagnostics=[{"severity": "error", "message": "no"}]),
    ],
    ids=["usage", "steady", "m", "price", "undeclared", "not listed", "error"],
)
def test_nothing_is_summed_where_something_is_missing(missing: PriceReview) -> None:
    """A total of most models would be taken for the total."""
    assert bill(missing) == (None, None, None)
    assert before_and_after(missing) == ""


def test_a_bill_that_was_nothing_has_no_percentage() -> None:
    reviewed = found(step("create", "m", new={"input_cost": 10}))
    assert bill(reviewed) == (0, 10, None)
    assert headline(reviewed) == "+$10.00 a month; 1 model is new"


def test_a_headline_says_what_it_leaves_out() -> None:
    """The effect of one model is known, that of the other is not."""
    reviewed = found(DEARER, update("n", {"input_cost": 1}, {"input_cost": 2}))
    assert headline(reviewed) == "+$2.00 a month, as far as known; 2 prices rise"


def test_a_headline_counts_everything_once() -> None:
    """Prices where they can be compared, models where they come, go or change otherwise."""
    reviewed = found(
        update("a", {"input_cost": 1, "output_cost": 2}, {"input_cost": 2, "output_cost": 1}),
        update("b", {"input_cost": 1}, {"input_cost": 3}),
        update("c", {}, {"input_cost": 3}),
        update("d", {"input_cost": 3}, {}),
        update("e", {"input_cost": 3}, {"input_cost": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}),
        update("f", {"function_call": 0}, {"function_call": 1}),
        step("delete", "g", old={"input_cost": 1}),
        step("delete", "h", old={"input_cost": 1}),
        step("create", "i", new={"input_cost": 1}),
        usage=None,
    )
    assert headline(reviewed) == (
        "2 prices rise, 1 price falls, 1 price is set, 1 price is no longer declared, 1 price "
        "changes to an unknown value, 2 models go, 1 model is new, 1 model changes, but none of "
        "its prices"
    )


def test_a_stack_without_changes_has_no_money_in_its_headline() -> None:
    assert headline(found(STEADY)) == "no model changes, 1 unchanged"
