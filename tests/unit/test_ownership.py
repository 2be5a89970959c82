"""What a create may do to what lives already, and which deletes are spared."""

from typing import Any

import pytest

from keywordsai_dynamic.ownership import Ledger, Verdict, is_built_in, judge

DECLARED = {"model_name": "acme/llm", "input_cost": 2.5, "output_cost": 10.0}
LIVE = {
    "id": "acme/llm",
    "model_name": "acme/llm",
    "affiliation_category": "custom",
    "input_cost": 2.5,
    "output_cost": 10,
    "max_context_window": 8192,
}
WAYS_OUT = """
Nothing was sent. One of these is the way out:
  - to keep the live values, bring it under management first:
      keywordsai-dynamic import-file --match 'acme/llm' -o import.json
      pulumi import --file import.json --generate-code=false --protect=false --yes
  - if the resource was only renamed, say so in the program:
      opts=ResourceOptions(aliases=[Alias(name="OLD-NAME")])
  - if this is a replacement, run without --replace, so that it is updated
  - to overwrite the live values, declare overwrite_existing=True"""
EXISTS = (
    "acme/llm exists already, with other values, and the service would overwrite it silently:\n"
)
TAKES_OVER = (
    "takes over acme/llm which exists with the declared values; "
    "from then on `pulumi destroy` deletes it"
)


def test_a_free_name_is_created() -> None:
    """Where nothing lives, a create is a create and there is nothing to tell."""
    assert judge(DECLARED, None) == Verdict("create", "", write=True)


def test_an_equal_model_is_taken_over_without_a_write() -> None:
    """Everything declared stands already: nothing is sent, and the user is told who deletes it."""
    assert judge(DECLARED, LIVE) == Verdict("take over", TAKES_OVER, write=False)


def test_what_cannot_be_read_back_is_written_at_a_take_over() -> None:
    """A field that no answer repeats may differ unseen, so that it is sent."""
    declared = DECLARED | {"supported_params_override": {"t": {}}}
    assert judge(declared, LIVE) == Verdict("take over", TAKES_OVER, write=True)


def test_another_value_is_refused_with_a_table_and_the_ways_out() -> None:
    """One field that differs stops the create, which names both values and what to do."""
    verdict = judge(DECLARED | {"input_cost": 3.0}, LIVE)
    assert verdict.action == "refuse"
    assert verdict.sentence == f"{EXISTS}  input_cost  declared 3 → live 2.5{WAYS_OUT}"


def test_a_field_whose_value_is_not_known_yet_cannot_differ() -> None:
    """In a preview with unknown values the rest decides, and the proviso is said."""
    verdict = judge(DECLARED, LIVE, unknown={"max_context_window"})
    assert verdict == Verdict(
        "take over",
        "takes over acme/llm, if what is known after apply fits, which exists with the declared "
        "values; from then on `pulumi destroy` deletes it",
        write=False,
    )


@pytest.mark.parametrize(
    "declared", [{}, {"display_name": "Acme"}, {"supported_params_override": {"t": {}}}]
)
def test_nothing_to_compare_is_refused(declared: dict[str, Any]) -> None:
    """A declaration without a price, a capability or a base cannot prove that it is the same."""
    verdict = judge({"model_name": "acme/llm"} | declared, LIVE | {"display_name": "Acme"})
    assert verdict.action == "refuse"
    assert verdict.sentence == f"{EXISTS}  nothing is declared that could be compared{WAYS_OUT}"


def test_overwriting_is_asked_for_and_says_what_it_overwrote() -> None:
    """Only `overwrite_existing` overwrites, and the user reads the values that go."""
    declared = DECLARED | {"input_cost": 3.0, "overwrite_existing": True}
    assert judge(declared, LIVE) == Verdict(
        "overwrite",
        "overwrites acme/llm, which exists, as overwrite_existing asks:\n"
        "  input_cost  declared 3 → live 2.5",
        write=True,
    )


def test_a_secret_value_is_in_no_refusal() -> None:
    """The table of a refusal names a secret field and hides both its values."""
    verdict = judge(DECLARED | {"input_cost": 3.0}, LIVE, secret={"input_cost"})
    assert "  input_cost  declared [secret] → live [secret]\n" in verdict.sentence


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_built_in_model_is_always_refused(overwrite: bool) -> None:
    """Nobody can change a built-in model, whatever is declared."""
    live = LIVE | {"affiliation_category": "respan"}
    verdict = judge(DECLARED | {"overwrite_existing": overwrite}, live)
    assert verdict == Verdict(
        "refuse",
        "acme/llm is a built-in model, which nobody can change. Choose another model_name, and "
        'declare base_model_name="acme/llm" to inherit from it.',
    )


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"affiliation_category": "custom"}, False),
        ({"affiliation_category": "keywordsai"}, True),
        ({"affiliation_category": "respan"}, True),
        ({"affiliation_category": "custom", "source": "hardcoded"}, False),
        ({"source": "hardcoded"}, True),
        ({"source": "db"}, False),
        ({"is_managed": True}, True),
        ({"is_managed": False}, False),
        ({}, False),
    ],
)
def test_built_in_is_told_by_what_each_generation_answers(
    model: dict[str, Any], expected: bool
) -> None:
    """`custom` is the one stable category; without it, source and is_managed tell."""
    assert is_built_in(model) == expected


MODEL = "acme/llm"
URN, OTHER = "urn:pulumi:dev::p::t::old", "urn:pulumi:dev::p::t::new"


def ledger(*steps: tuple[str, str | None]) -> Ledger:
    """Play engine calls on one model: check with state, check without, create."""
    played = Ledger()
    for step, urn in steps:
        if step == "create":
            played.write(MODEL)
        else:
            played.check(MODEL, urn, in_state=step == "known")
    return played


@pytest.mark.parametrize(
    ("what", "steps", "spared"),
    [
        ("destroy", [], False),
        ("renamed resource", [("fresh", OTHER), ("create", None)], True),
        ("replace_on_changes", [("known", URN), ("fresh", URN), ("create", None)], True),
        ("--replace, target-replace, taint", [("fresh", URN), ("create", None)], True),
        ("any of these, delete before replace", [("fresh", URN)], False),
        ("replace_on_changes, delete first", [("known", URN), ("fresh", URN)], False),
        ("after an interrupted replacement", [("known", URN)], True),
        ("after an interrupted rename", [("known", OTHER)], True),
        ("another resource is about to create it", [("fresh", OTHER)], True),
        ("without a urn", [("fresh", None)], True),
        ("refused create of a renamed resource", [("fresh", OTHER), ("create", None)], True),
    ],
)
def test_which_deletes_are_spared(
    what: str, steps: list[tuple[str, str | None]], spared: bool
) -> None:
    """A delete is sent only for what this run does not hold, or is truly deleted first."""
    assert ledger(*steps).spares(MODEL, URN) == spared, what


def test_a_delete_without_a_urn_is_spared_whenever_the_name_is_held() -> None:
    """A state without the hidden urn cannot prove a delete-before-replace."""
    assert ledger(("fresh", URN)).spares(MODEL, None)
    assert not ledger(("fresh", URN)).spares("another", None)


def test_two_resources_cannot_declare_one_model() -> None:
    """The second resource that claims a name in a run is told the first one's urn."""
    held = Ledger()
    assert held.check(MODEL, URN, in_state=True) is None
    assert held.check(MODEL, URN, in_state=False) is None
    assert held.check(MODEL, OTHER, in_state=False) == URN
    assert held.urn(MODEL) == URN


def test_a_model_of_the_state_is_owned_for_the_rest_of_the_run() -> None:
    """What the state held at its first check needs no permission to be written again."""
    held = ledger(("known", URN), ("fresh", URN), ("create", None))
    assert (held.owned(MODEL), held.owned("another")) == (True, False)
    assert not ledger(("fresh", URN)).owned(MODEL)
