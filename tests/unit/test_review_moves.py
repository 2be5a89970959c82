"""Models that move: to another resource, name, account or base, and what happens to the old one."""

from typing import Any

import pytest
from review_documents import Fields, preview, step, update, urn

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.review import Action, PriceReview, Report, evaluate, parse_rule, review

NOT_LOOKED_UP = {
    "severity": "warning",
    "message": "warning: Skipped checking for existing models: no API key",
}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def resource(op: str, name: str, old: Fields | None = None, new: Fields | None = None) -> Fields:
    """A step of a resource whose model may have another name."""
    return step(op, name, *(fields and {"input_cost": 1, **fields} for fields in (old, new)))


def renamed(name: str, before: str, after: str, **fields: Any) -> Fields:  # noqa: ANN401  (JSON)
    return resource("replace", name, {"model_name": before}, {"model_name": after, **fields})


def of_provider(name: str, made: Fields) -> Fields:
    provider = f"urn:pulumi:dev::shop::pulumi:providers:pulumi-python::{name}::some-id"
    return {**made, "provider": provider}


def says(name: str, text: str) -> Fields:
    return {"urn": urn(name), "severity": "warning", "message": f"warning: {text}"}


def takes_over(name: str, model: str) -> Fields:
    return says(name, f"adopts existing model {model} (values match); from then on")


def told(found: PriceReview) -> dict[str, str]:
    return {change.model_name: change.action.value for change in found.changes}


def judged(found: PriceReview, *rules: str) -> Report:
    return evaluate([found], [parse_rule(rule) for rule in rules])


def sentences(found: PriceReview, *rules: str) -> list[str]:
    return [finding.sentence for finding in judged(found, *rules).findings]


def test_a_replacement_that_keeps_its_old_model_deletes_nothing() -> None:
    """Like the engine, the review reads `retain_on_delete` from the state, not the program."""
    kept = renamed("a", "acme/a", "acme/a2")
    kept["oldState"]["retainOnDelete"] = True
    found = review(preview(kept))
    assert sentences(found, "delete") == []
    assert "retain_on_delete: acme/a stays, unmanaged" in found.changes[0].remarks


def test_a_model_that_another_resource_gets_is_not_deleted() -> None:
    """One resource is deleted, and another is replaced under its model's name."""
    found = review(
        preview(
            resource("delete", "p", {"model_name": "acme/p"}),
            renamed("q", "acme/q", "acme/p"),
            diagnostics=[takes_over("q", "acme/p")],
        )
    )
    assert told(found) == {"acme/p": "taken over"}
    assert sentences(found, "delete") == ["acme/q is deleted, and this model replaces it"]
    assert found.changes[0].remarks[-1] == "resource p had it; the model stays"


@pytest.mark.parametrize("looked_up", [True, False])
def test_a_swap_of_two_names_deletes_nothing_and_changes_no_price(looked_up: bool) -> None:
    """Prices belong to the models, which stay, with a key and without."""
    swapped = (
        resource(
            "replace",
            "p",
            {"model_name": "acme/p", "input_cost": 1},
            {"model_name": "acme/q", "input_cost": 2},
        ),
        resource(
            "replace",
            "q",
            {"model_name": "acme/q", "input_cost": 2},
            {"model_name": "acme/p", "input_cost": 1},
        ),
    )
    said = [takes_over("p", "acme/q"), takes_over("q", "acme/p")] if looked_up else [NOT_LOOKED_UP]
    found = review(preview(*swapped, diagnostics=said))
    assert set(told(found).values()) == {"taken over"}
    assert sentences(found, "delete", "increase>1%", "decrease>1%") == []
    assert len(sentences(found, "replace")) == 2


def test_different_values_under_another_resources_name_are_refused() -> None:
    """The provider does the same if it can check; here it could not."""
    found = review(
        preview(
            renamed("p", "acme/p", "acme/q", input_cost=9),
            renamed("q", "acme/q", "acme/r"),
            diagnostics=[NOT_LOOKED_UP],
        )
    )
    assert told(found) == {"acme/q": "refused", "acme/r": "replaced"}
    assert judged(found).verdict == "incomplete"


def test_a_replacement_that_overwrites_another_model_is_an_overwrite() -> None:
    """The rule finds it, and the price before is that of the model which is overwritten."""
    found = review(
        preview(
            renamed("p", "acme/p", "acme/x", overwrite_existing=True),
            diagnostics=[
                says(
                    "p",
                    "overwrites existing model acme/x (overwriting is declared):\n"
                    "  input_cost  declared 1 → live 50\n",
                )
            ],
        )
    )
    (change,) = found.changes
    assert change.action is Action.OVERWRITTEN
    assert [(price.old, price.new) for price in change.prices] == [(50, 1)]
    assert len(sentences(found, "overwrite", "replace", "delete", "decrease>50%")) == 4


@pytest.mark.parametrize(("name", "said"), [("acme/x", [NOT_LOOKED_UP]), (UNKNOWN, [])])
def test_an_overwrite_that_could_not_be_checked_is_not_evaluated(
    name: str, said: list[Any]
) -> None:
    """This is so without a key, and for a name known after apply."""
    new = step("create", "n", new={"model_name": name, "overwrite_existing": True})
    report = judged(review(preview(new, diagnostics=said)), "overwrite")
    assert (report.verdict, report.incomplete) == (
        "incomplete",
        ("overwrite cannot be evaluated for 1 model",),
    )
    assert judged(review(preview(new)), "delete").verdict == "pass"


def test_a_model_that_the_program_still_reads_is_not_deleted() -> None:
    """`CustomModel.get` in its place: the provider keeps it."""
    read = step("read", "z", new={"model_name": "acme/a"})
    read["newState"]["id"] = "acme/a"
    gone = resource("delete", "a", {"model_name": "acme/a"})
    found = review(preview(read, gone))
    assert told(found) == {"acme/a": "released"}
    assert sentences(found, "delete") == []
    elsewhere = review(preview(of_provider("one", read), of_provider("two", gone)))
    assert told(elsewhere) == {"acme/a": "deleted"}


def test_a_model_of_another_account_is_another_model() -> None:
    """It is deleted in one and created in the other: not a renamed resource."""
    gone = of_provider("one", resource("delete", "a", {"model_name": "acme/a"}))
    new = of_provider("two", resource("create", "z", None, {"model_name": "acme/a"}))
    found = review(preview(gone, new))
    assert [change.action for change in found.changes] == [Action.DELETED, Action.CREATED]
    assert sentences(found, "delete") == ["the model is deleted"]
    assert found.changes[0].remarks == (
        "another provider has a model of this name; if both use the same account, the model stays",
    )
    same = review(preview(gone, {**new, "provider": gone["provider"] + "-of-another-run"}))
    assert told(same) == {"acme/a": "taken over"}


USAGE = {"m": {"input_tokens": 900_000_000}, "n": {"input_tokens": 900_000_000}}


@pytest.mark.parametrize(
    "made",
    [
        update("m", {"base_model_name": "mini"}, {"base_model_name": "opus"}),
        update("m", {"base_model_name": "mini", "input_cost": 1}, {"base_model_name": "opus"}),
        step("replace", "m", {"input_cost": 1}, {"model_name": "n"}),
    ],
)
def test_a_price_that_comes_from_another_base_is_not_known(made: Fields) -> None:
    """Their cost is not known: no effect of $0.00, and `monthly` cannot be evaluated."""
    found = review(preview(made), usage=USAGE)
    assert (found.monthly, found.changes[0].monthly_without) == (None, ("input_cost",))
    assert judged(found, "monthly>500").verdict == "incomplete"
    without = review(preview(made), usage={})
    assert judged(without, "monthly>500").verdict == "incomplete"


def test_a_declared_price_does_not_come_from_the_base() -> None:
    old, new = ({"base_model_name": base, "input_cost": 1} for base in ("mini", "opus"))
    found = review(preview(update("m", old, new)), usage=USAGE)
    assert (found.monthly, judged(found, "monthly>500").verdict) == (0, "pass")


def test_a_price_increase_needs_a_count_of_its_tokens() -> None:
    """Otherwise `monthly` would count a model as free if its output usage is missing."""
    old, new = {"input_cost": 1, "output_cost": 10}, {"input_cost": 2, "output_cost": 900}
    found = review(preview(update("m", old, new)), usage={"m": {"input_tokens": 1_000_000}})
    assert (found.monthly, found.changes[0].monthly_without) == (1, ("output_cost",))
    (finding,) = judged(found, "monthly>500").not_judged
    assert finding.sentence == "not known: output_cost (no output_tokens given)"
    given = {"m": {"input_tokens": 1_000_000, "output_tokens": 0}}
    assert judged(review(preview(update("m", old, new)), usage=given), "monthly>500").verdict == (
        "pass"
    )
    cheaper = review(preview(update("m", new, old)), usage={"m": {"input_tokens": 1_000_000}})
    assert judged(cheaper, "monthly>500").verdict == "pass"


def test_a_model_that_the_run_leaves_out_is_reported() -> None:
    """With `--target` or `--exclude` the engine lists a new model with empty states."""
    stub = step("same", "n", {}, {})
    for state in ("oldState", "newState"):
        stub[state] = {"urn": urn("n"), "custom": True}
    with pytest.raises(KeywordsAIError) as raised:
        review(preview(stub))
    assert str(raised.value) == (
        "resource n: this preview leaves it out (--target, --exclude); preview the whole stack."
    )
