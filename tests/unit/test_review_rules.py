"""Rules: what each finds and what it says about it, and how a misspelled one is refused."""

from decimal import Decimal

import pytest
from review_documents import Fields, preview, step, update, urn

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.review import (
    ListPriceLookup,
    Rule,
    Usage,
    evaluate,
    findings,
    parse_rule,
    review,
)
from keywordsai_dynamic.review.checks import CANNOT_EVALUATE, CHECKS, NOTHING_TO_COMPARE
from keywordsai_dynamic.review.rules import RULES

LIST = {"gpt-4o": {"input_cost": Decimal("2.5")}}


def found(
    rule: str, *steps: Fields, usage: Usage | None = None, list_price: ListPriceLookup | None = None
) -> list[tuple[str | None, str]]:
    """Apply one rule to a preview: model and sentence of each finding."""
    reviewed = review(preview(*steps), usage=usage, list_price=list_price)
    return [(each.model_name, each.sentence) for each in findings(reviewed, [parse_rule(rule)])]


def costs(old: float, new: float) -> Fields:
    return update("m", {"input_cost": old}, {"input_cost": new})


@pytest.mark.parametrize(
    ("rule", "old", "new", "sentence"),
    [
        ("increase>20%", 2.5, 3, None),
        ("increase>20%", 2.5, 3.0000001, "input_cost 2.5 → 3.0000001 (+20%)"),
        ("increase>20%", 0.1, 0.12, None),
        ("increase>0%", 2.5, 2.5000001, "input_cost 2.5 → 2.5000001 (+0.000004%)"),
        ("increase>20%", 0, 0.01, "input_cost 0 → 0.01 (it was free)"),
        ("increase>20%", 3, 1, None),
        ("decrease>50%", 2, 1, None),
        ("decrease>50%", 2, 0.99, "input_cost 2 → 0.99 (\N{MINUS SIGN}50.5%)"),
        ("decrease>50%", 1, 2, None),
        ("zero-price", 1, 0, "input_cost is 0: these tokens become free"),
        ("zero-price", 0, 1, None),
        ("unit", 2.5, 2500, "input_cost is about 1,000 times the old price: is the unit right?"),
        (
            "unit",
            2.5,
            0.0000025,
            "input_cost is about 1/1,000,000 of the old price: is the unit right?",
        ),
        ("unit", 3, 0.0045, "input_cost is about 1/1,000 of the old price: is the unit right?"),
        ("unit", 2.5, 25, None),
        ("unit", 2.5, 250_000, None),
        ("unit", 0, 1000, None),
    ],
)
def test_rules_about_a_price(rule: str, old: float, new: float, sentence: str | None) -> None:
    """A rule trips beyond its limit, exactly, and not at it."""
    assert found(rule, costs(old, new)) == ([("m", sentence)] if sentence else [])


@pytest.mark.parametrize(
    ("rule", "new", "sentence"),
    [
        ("above-list>10%", 2.75, None),
        ("above-list>10%", 2.76, "input_cost 2.76 (+10.4% vs. list price 2.5)"),
        ("below-list>10%", 2.25, None),
        ("below-list>10%", 2.24, "input_cost 2.24 (\N{MINUS SIGN}10.4% vs. list price 2.5)"),
        ("unit", 2500, "input_cost is about 1,000 times list price: is the unit right?"),
    ],
)
def test_rules_about_the_list_price(rule: str, new: float, sentence: str | None) -> None:
    """A new model has no old price; it is compared with the list price of its base."""
    created = step("create", "m", new={"base_model_name": "gpt-4o", "input_cost": new})
    expected = [("m", sentence)] if sentence else []
    assert found(rule, created, list_price=LIST.get) == expected


def test_monthly_finds_models_and_the_stack() -> None:
    """600 is more than 500; the total, 600 + 400 = 1,000, is another finding."""
    steps = (
        update("a", {"input_cost": 1}, {"input_cost": 2}),
        update("b", {"input_cost": 1}, {"input_cost": 2}),
    )
    usage = {
        "a": {"input_tokens": Decimal(600_000_000)},
        "b": {"input_tokens": Decimal(400_000_000)},
    }
    assert found("monthly>500", *steps, usage=usage) == [
        ("a", "+$600.00 a month"),
        (None, "+$1,000.00 a month in total"),
    ]
    assert found("monthly>600", steps[0], usage=usage) == []


def test_delete_finds_what_leaves_the_service() -> None:
    """A deleted model, and the old name of a replaced one; a renamed resource leaves its model."""
    gone = step("delete", "gone", old={"input_cost": 1})
    moved = step("replace", "new", {"input_cost": 1}, {"input_cost": 1})
    moved["oldState"]["inputs"]["model_name"] = "old"
    forced = step("replace", "same", {"input_cost": 1}, {"input_cost": 1})
    before = step("delete", "kept", old={"input_cost": 1})
    after = step("create", "kept", new={"input_cost": 1}) | {"urn": urn("renamed")}
    assert found("delete", gone, moved, forced, before, after) == [
        ("gone", "the model is deleted"),
        ("new", "old is deleted, and this model replaces it"),
    ]
    assert found("replace", gone, moved, forced, before, after) == [
        ("new", "the model is replaced"),
        ("same", "the model is replaced"),
    ]


def test_a_retained_model_is_not_deleted() -> None:
    """`retain_on_delete` deletes the resource and keeps the model."""
    kept = step("delete", "kept", old={"input_cost": 1})
    kept["oldState"]["retainOnDelete"] = True
    assert found("delete", kept) == []


def test_unknown_finds_what_other_rules_cannot_check() -> None:
    """A price that is secret or known after apply passes `increase` but not `unknown`."""
    hidden = update("m", {"input_cost": 1}, {"input_cost": "[secret]"})
    assert found("increase>0%", hidden) == []
    assert found("unknown", hidden) == [
        ("m", "input_cost is secret, so no other rule can check it")
    ]


def test_prices_of_refused_and_deleted_models_are_not_checked() -> None:
    """A refused model keeps its price."""
    before = step("delete", "m", old={"input_cost": 1})
    after = step("create", "m", new={"input_cost": 0}) | {"urn": urn("renamed")}
    assert found("zero-price", before, after) == []


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("monthly>500", "monthly>500 needs monthly token counts: pass --usage FILE."),
        (
            "drift",
            "drift needs the JSON of `pulumi refresh --preview-only --json`: pass --drift FILE.",
        ),
        (
            "below-list>10%",
            "below-list>10% needs list prices: pip install 'keywordsai-dynamic[prices]'.",
        ),
        (
            "above-list>10%",
            "above-list>10% needs list prices: pip install 'keywordsai-dynamic[prices]'.",
        ),
    ],
)
def test_a_rule_without_its_input_is_an_error(rule: str, sentence: str) -> None:
    """A gate never stays open because its input was forgotten."""
    with pytest.raises(KeywordsAIError) as raised:
        found(rule, costs(1, 2))
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (" increase > 20 % ", Rule("increase>20%", "increase", Decimal(20))),
        ("decrease>2.5%", Rule("decrease>2.5%", "decrease", Decimal("2.5"))),
        ("monthly>500", Rule("monthly>500", "monthly", Decimal(500))),
        ("zero-price", Rule("zero-price", "zero-price", Decimal(0))),
    ],
)
def test_rules_are_read(text: str, rule: Rule) -> None:
    """Blanks do not matter; the limit is exact."""
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "increase",
        "increase>20",
        "increase>=20%",
        "increase>-1%",
        "monthly>5%",
        "delete>1",
        "up",
    ],
)
def test_an_unknown_rule_is_refused_with_the_known_ones(text: str) -> None:
    """The message is the manual."""
    with pytest.raises(KeywordsAIError) as raised:
        parse_rule(text)
    assert str(raised.value) == (
        f"{text!r} is not a rule; known rules: increase>20%, decrease>20%, price>200, monthly>500, "
        "zero-price, below-list>20%, above-list>20%, delete, replace, overwrite, drift, unit, "
        "unknown."
    )


def test_the_verdict_of_several_stacks() -> None:
    """One finding in one stack fails all; a preview that ended in an error is incomplete."""
    quiet = review(preview(costs(1, 2)), stack="dev")
    loud = review(preview(costs(1, 0)), stack="prod")
    diagnostics = [{"severity": "error", "message": "error: no such customer\n"}]
    broken = review(preview(costs(1, 0), diagnostics=diagnostics), stack="broken")
    rules = [parse_rule("zero-price")]
    assert evaluate([quiet], rules).verdict == "pass"
    report = evaluate([quiet, loud], rules)
    assert report.verdict == "fail"
    assert [(each.stack, each.model_name) for each in report.findings] == [("prod", "m")]
    assert evaluate([quiet, loud, broken], rules).verdict == "incomplete"
    assert broken.errors == ("no such customer",)


@pytest.mark.parametrize(
    "said",
    [
        "Resource monitor has terminated, shutting down",
        "an unhandled error occurred: program exited with non-zero exit code: 1",
        "an unhandled error occurred: program exited with non-zero exit code: -1",
        "preview failed",
    ],
)
def test_a_message_without_a_reason_is_shown_only_if_there_is_no_other(said: str) -> None:
    """The SDK, the host and the engine add their own messages, before or after the reason."""
    words = {"severity": "error", "message": f"error: {said}\n"}
    reason = {"severity": "error", "message": "error: Preview failed: no such customer\n"}
    for diagnostics in ([words, reason], [reason, words]):
        assert review(preview(diagnostics=diagnostics)).errors == ("no such customer",)
    alone = review(preview(diagnostics=[words]))
    assert alone.errors == (said,)
    assert evaluate([alone], []).verdict == "incomplete"


def test_every_rule_has_its_check() -> None:
    """The names that can be written are those that are applied."""
    assert CHECKS.keys() == RULES.keys()
    assert {*CANNOT_EVALUATE, *NOTHING_TO_COMPARE} <= RULES.keys()
    assert [parse_rule(example).name for example in RULES.values()] == list(RULES)
