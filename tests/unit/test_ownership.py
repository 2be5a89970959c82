"""What a create may do to what lives already, and which deletes are spared."""

from collections.abc import Callable
from typing import Any

import pytest

from keywordsai_dynamic.comparison import Service
from keywordsai_dynamic.ownership import (
    Ledger,
    Noted,
    Verdict,
    is_built_in,
    judge,
    judge_change,
    judge_replacement,
    kept_by_another,
    present_urn,
)

ROUNDS = Service(decimals=2)
VENDORS = Service(lambda name: name == "openai/gpt-4o")

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


def test_a_field_that_is_null_differs_from_what_is_declared() -> None:
    """Null is a value: a model that has none where one is declared is not equal."""
    verdict = judge(DECLARED, LIVE | {"input_cost": None})
    assert verdict == Verdict(
        "refuse", f"{EXISTS}  input_cost  declared 2.5 → live null{WAYS_OUT}", write=True
    )


def test_a_base_is_equal_under_its_vendors_name() -> None:
    """A model is taken over whose base got the prefix of a built-in model, and of none else."""
    declared = DECLARED | {"base_model_name": "gpt-4o"}
    live = LIVE | {"base_model_name": "openai/gpt-4o"}
    assert judge(declared, live, service=VENDORS) == Verdict("take over", TAKES_OVER, write=False)
    row = "  base_model_name  declared gpt-4o → live openai/gpt-4o"
    assert judge(declared, live) == Verdict("refuse", f"{EXISTS}{row}{WAYS_OUT}")


def test_a_model_is_taken_over_whose_price_may_only_be_rounded() -> None:
    """A service that rounds in its reads shows no difference; the exact price is sent."""
    declared, live = DECLARED | {"input_cost": 0.025}, LIVE | {"input_cost": 0.03}
    assert judge(declared, live, service=ROUNDS) == Verdict("take over", TAKES_OVER, write=True)
    refused = f"{EXISTS}  input_cost  declared 0.025 → live 0.03{WAYS_OUT}"
    assert judge(declared, live) == Verdict("refuse", refused)
    exact = judge(DECLARED, LIVE, service=ROUNDS)
    assert exact == Verdict("take over", TAKES_OVER, write=False)


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
        ({"affiliation_category": "Custom"}, False),
        ({"affiliation_category": "KeywordsAI"}, True),
        ({"affiliation_category": "custom", "source": "hardcoded"}, False),
        ({"affiliation_category": "custom", "is_managed": True}, False),
        ({"affiliation_category": "respan", "source": "db"}, True),
        ({"affiliation_category": "organization"}, False),
        ({"affiliation_category": "organization", "source": "db"}, False),
        ({"affiliation_category": "organization", "source": "hardcoded"}, True),
        ({"affiliation_category": "vendor", "is_managed": True}, True),
        ({"affiliation_category": None, "source": "hardcoded"}, True),
        ({"affiliation_category": "", "is_managed": True}, True),
        ({"is_managed": "yes"}, False),
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
    """Known categories tell; any other, or none, leaves it to source and is_managed."""
    assert is_built_in(model) == expected


STATE = {
    "model_name": "acme/llm",
    "base_model_name": "gpt-4o",
    "input_cost": 2.5,
    "output_cost": 10.0,
    "__answered": "{}",
}
WANTED = {"model_name": "acme/llm", "base_model_name": "gpt-4o", "input_cost": 3.0}
WANTED |= {"output_cost": 10.0}
STANDS = {"model_name": "acme/llm", "base_model_name": "gpt-4o", "input_cost": 2.5}
STANDS |= {"output_cost": 10}


def moved(*rows: str) -> Verdict:
    """Refuse with these rows, because somebody else changed the model."""
    table = "\n".join(rows)
    return Verdict(
        "refuse",
        f"acme/llm was changed by somebody else since it was last read:\n{table}\n"
        "Nothing was sent. Run `pulumi up --refresh` to see it in the preview and decide.",
    )


def overwrites(*rows: str) -> Verdict:
    """Write, and tell of these rows."""
    table = "\n".join(rows)
    return Verdict("overwrite", f"somebody else changed what this update overwrites:\n{table}")


OVERWRITE = Verdict("overwrite", "", write=True)


@pytest.mark.parametrize(
    ("what", "live", "expected"),
    [
        ("nothing moved", {}, OVERWRITE),
        ("undeclared fields moved", {"display_name": "x", "image_support": 1}, OVERWRITE),
        (
            "one that the update leaves",
            {"output_cost": 5},
            moved("  output_cost  last 10 → live 5"),
        ),
        (
            "one that the update leaves was taken away",
            {"output_cost": None},
            moved("  output_cost  last 10 → live null"),
        ),
        (
            "one that the update overwrites",
            {"input_cost": 7},
            overwrites("  input_cost  last 2.5 → live 7"),
        ),
        (
            "one that the update overwrites was taken away",
            {"input_cost": None},
            overwrites("  input_cost  last 2.5 → live null"),
        ),
        ("to the wanted value", {"input_cost": 3}, OVERWRITE),
        ("to the wanted value, as text", {"input_cost": "3.00"}, OVERWRITE),
        (
            "to the wanted value, and another one",
            {"input_cost": 3, "output_cost": 5},
            moved("  output_cost  last 10 → live 5"),
        ),
        (
            "both kinds",
            {"input_cost": 7, "output_cost": 5},
            moved("  output_cost  last 10 → live 5"),
        ),
        (
            "another base",
            {"base_model_name": "acme/gpt-4o"},
            moved("  base_model_name  last gpt-4o → live acme/gpt-4o"),
        ),
        ("the base's prefix", {"base_model_name": "openai/gpt-4o"}, OVERWRITE),
    ],
)
def test_whether_a_model_of_the_state_may_be_updated(
    what: str, live: dict[str, Any], expected: Verdict
) -> None:
    """What somebody else moved stops the update, unless the update overwrites it, and says so."""
    verdict = judge_change(STATE, WANTED, STANDS | live, service=VENDORS, touched={"input_cost"})
    assert verdict == expected, what


KNOWN = STATE | {"__answered": '{"image_support": 0, "display_name": "Acme"}'}
NEW = {"image_support": 1, "max_context_window": 8192}


@pytest.mark.parametrize(
    ("what", "new", "live", "rows"),
    [
        ("as it was answered", NEW, {"image_support": 0}, ()),
        ("the service says nothing of it", NEW, {}, ()),
        ("set to nothing", NEW, {"image_support": None, "max_context_window": None}, ()),
        ("wanted already", NEW, {"image_support": 1, "max_context_window": 8192}, ()),
        ("wanted already, as text", NEW, {"max_context_window": "8192.0"}, ()),
        (
            "neither, where nothing was known",
            NEW,
            {"max_context_window": 9},
            ("  max_context_window  last null → live 9",),
        ),
        (
            "neither, where something was known",
            NEW | {"image_support": 2},
            {"image_support": 1},
            ("  image_support  last 0 → live 1",),
        ),
        (
            "neither, of two fields, in the order of the declaration",
            {"max_context_window": 8192, "display_name": "LLM"},
            {"display_name": "by hand", "max_context_window": 9},
            (
                "  max_context_window  last null → live 9",
                "  display_name        last Acme → live by hand",
            ),
        ),
        (
            "with one that was declared before",
            NEW,
            {"max_context_window": 9, "input_cost": 7},
            (
                "  input_cost          last 2.5  → live 7",
                "  max_context_window  last null → live 9",
            ),
        ),
        ("read only by its write", {"supported_params_override": {"t": {}}}, {}, ()),
        ("never sent", {"overwrite_existing": True}, {"overwrite_existing": False}, ()),
    ],
)
def test_a_field_that_is_newly_declared_may_have_moved(
    what: str, new: dict[str, Any], live: dict[str, Any], rows: tuple[str, ...]
) -> None:
    """What is neither as it was answered last nor as it is wanted now is overwritten and told."""
    touched = {"input_cost", *new}
    verdict = judge_change(KNOWN, WANTED | new, STANDS | live, touched=touched)
    assert verdict == (overwrites(*rows) if rows else OVERWRITE), what


def test_a_newly_declared_field_that_the_change_does_not_touch_stops_it() -> None:
    """As any other that moved: nothing is overwritten that the program does not change."""
    live = STANDS | {"max_context_window": 9}
    verdict = judge_change(KNOWN, WANTED | NEW, live, touched={"input_cost"})
    assert verdict == moved("  max_context_window  last null → live 9")


@pytest.mark.parametrize(("service", "told"), [(ROUNDS, False), (Service(), True)])
def test_a_newly_declared_price_that_is_only_rounded_has_not_moved(
    service: Service, told: bool
) -> None:
    """A read of the wanted price is the wanted price, where the service rounds."""
    wanted, live = WANTED | {"cache_hit_input_cost": 0.025}, STANDS | {"cache_hit_input_cost": 0.03}
    verdict = judge_change(STATE, wanted, live, service=service, touched={"cache_hit_input_cost"})
    row = "  cache_hit_input_cost  last null → live 0.03"
    assert verdict == (overwrites(row) if told else OVERWRITE)


def test_a_secret_value_of_a_newly_declared_field_is_not_shown() -> None:
    """Not what was answered of it before it was a secret either."""
    live, secret = STANDS | {"display_name": "by hand"}, {"display_name"}
    wanted = WANTED | {"display_name": "LLM"}
    verdict = judge_change(KNOWN, wanted, live, touched=secret, secret=secret)
    assert verdict == overwrites("  display_name  last [secret] → live [secret]")


def test_a_field_that_is_no_longer_declared_stops_no_update() -> None:
    """What the program leaves to the service from now on may have moved there, without a word."""
    declared = {name: WANTED[name] for name in WANTED if name != "output_cost"}
    touched = {"input_cost", "output_cost"}
    for value in (5, None):
        live = STANDS | {"output_cost": value}
        assert judge_change(STATE, declared, live, touched=touched) == OVERWRITE


def test_a_price_that_the_service_rounds_has_not_moved() -> None:
    """A service that rounds in its reads stops neither an update nor a replacement."""
    state, live = STATE | {"output_cost": 0.025}, STANDS | {"output_cost": 0.03}
    wanted = WANTED | {"output_cost": 0.025}
    touched = {"input_cost"}
    assert judge_change(state, wanted, live, service=ROUNDS, touched=touched) == OVERWRITE
    assert judge_replacement(state, wanted, live, service=ROUNDS) == OVERWRITE
    refused = moved("  output_cost  last 0.025 → live 0.03")
    assert judge_change(state, wanted, live, touched=touched) == refused
    assert judge_replacement(state, wanted, live) == refused


def test_the_wanted_price_is_nobodys_business_where_the_service_rounds_it() -> None:
    """What a read shows of the value that the program wants has not been changed by others."""
    wanted, live = WANTED | {"input_cost": 0.025}, STANDS | {"input_cost": 0.03}
    touched = {"input_cost"}
    assert judge_change(STATE, wanted, live, service=ROUNDS, touched=touched) == OVERWRITE
    row = "  input_cost  last 2.5 → live 0.03"
    assert judge_change(STATE, wanted, live, touched=touched) == overwrites(row)


@pytest.mark.parametrize("touched", [{"input_cost"}, {"output_cost"}])
def test_a_secret_value_is_in_no_verdict_about_a_change(touched: set[str]) -> None:
    """Whether it stops an update, is overwritten by it or stops a replacement: it is not shown."""
    live, row = STANDS | {"input_cost": 7}, "  input_cost  last [secret] → live [secret]"
    secret = {"input_cost"}
    verdict = judge_change(STATE, WANTED, live, touched=touched, secret=secret)
    assert verdict == (overwrites(row) if "input_cost" in touched else moved(row))
    assert judge_replacement(STATE, WANTED, live, secret=secret) == moved(row)


@pytest.mark.parametrize(
    ("what", "live", "expected"),
    [
        ("nothing moved", {}, OVERWRITE),
        ("undeclared fields moved", {"display_name": "x", "image_support": 1}, OVERWRITE),
        ("one that stays", {"output_cost": 5}, moved("  output_cost  last 10 → live 5")),
        ("one that changes", {"input_cost": 7}, moved("  input_cost  last 2.5 → live 7")),
        ("taken away", {"input_cost": None}, moved("  input_cost  last 2.5 → live null")),
        ("wholly as wanted", {"input_cost": 3}, OVERWRITE),
        (
            "partly as wanted",
            {"input_cost": 3, "output_cost": None},
            None,
        ),
        ("the base's prefix", {"base_model_name": "openai/gpt-4o"}, OVERWRITE),
        (
            "the base's prefix, wholly as wanted",
            {"base_model_name": "openai/gpt-4o", "input_cost": 3},
            OVERWRITE,
        ),
    ],
)
def test_whether_a_model_of_the_state_may_be_replaced(
    what: str, live: dict[str, Any], expected: Verdict | None
) -> None:
    """Whatever moved stops it, unless the model is wholly as wanted, which can lose nothing."""
    verdict = judge_replacement(STATE, WANTED, STANDS | live, service=VENDORS)
    if expected is None:
        rows = "  input_cost   last 2.5 → live 3", "  output_cost  last 10  → live null"
        assert verdict in (moved(*rows), moved(*reversed(rows))), what
    else:
        assert verdict == expected, what


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


OLD_HOLDS, NEW_HOLDS = "resource 'old' declares it", "resource 'new' declares it"


@pytest.mark.parametrize(
    ("what", "steps", "reason"),
    [
        ("destroy", [], None),
        ("renamed resource", [("fresh", OTHER), ("create", None)], NEW_HOLDS),
        ("replace_on_changes", [("known", URN), ("fresh", URN), ("create", None)], OLD_HOLDS),
        ("--replace, target-replace, taint", [("fresh", URN), ("create", None)], OLD_HOLDS),
        ("any of these, delete before replace", [("fresh", URN)], None),
        ("replace_on_changes, delete first", [("known", URN), ("fresh", URN)], None),
        ("after an interrupted replacement", [("known", URN)], OLD_HOLDS),
        ("after an interrupted rename", [("known", OTHER)], NEW_HOLDS),
        ("another resource is about to create it", [("fresh", OTHER)], NEW_HOLDS),
        ("without a urn", [("fresh", None)], "this run declares it"),
        ("created, and never checked", [("create", None)], "this run declares it"),
        (
            "refused create of a renamed resource",
            [("fresh", OTHER), ("create", None)],
            NEW_HOLDS,
        ),
    ],
)
def test_which_deletes_are_spared(
    what: str, steps: list[tuple[str, str | None]], reason: str | None
) -> None:
    """A delete is sent only for what this run does not hold, or is truly deleted first.

    Where it is not sent, the resource that holds the model is named.
    """
    assert ledger(*steps).keeps(MODEL, URN) == reason, what


def test_a_delete_without_a_urn_is_spared_whenever_the_name_is_held() -> None:
    """A state without the hidden urn cannot prove a delete-before-replace."""
    assert ledger(("fresh", URN)).keeps(MODEL, None) == OLD_HOLDS
    assert ledger(("fresh", None)).keeps(MODEL, None) == "this run declares it"
    assert ledger(("fresh", URN)).keeps("another", None) is None


def test_two_resources_cannot_declare_one_model() -> None:
    """The second resource that claims a name in a run is told the first one's urn."""
    held = Ledger()
    assert held.check(MODEL, URN, in_state=True) is None
    assert held.check(MODEL, URN, in_state=False) is None
    assert held.check(MODEL, OTHER, in_state=False) == URN
    assert held.urn(MODEL) == URN


def test_what_the_state_holds_of_a_model_is_kept_for_its_replacement() -> None:
    """From its diff to the end of the run, through the check and the create of its new self."""
    held = ledger(("known", URN))
    assert held.stored(MODEL) is None
    held.keep(MODEL, {"input_cost": 1})
    held.check(MODEL, URN, in_state=False)
    held.write(MODEL)
    assert (held.stored(MODEL), held.stored("another")) == ({"input_cost": 1}, None)
    assert held.urn(MODEL) == URN


def test_what_is_only_kept_is_declared_by_nobody_known() -> None:
    """A model that was compared and not checked is held: its delete is spared."""
    held = Ledger()
    held.keep(MODEL, {"input_cost": 1})
    assert (held.urn(MODEL), held.replaces(MODEL, URN)) == (None, False)
    assert held.keeps(MODEL, URN) == "this run declares it"


@pytest.mark.parametrize(
    ("steps", "urn", "replaced"),
    [
        ([], URN, False),
        ([("fresh", URN)], URN, True),
        ([("known", URN), ("fresh", URN)], URN, True),
        ([("fresh", URN), ("create", None)], URN, False),
        ([("known", URN)], URN, False),
        ([("fresh", OTHER)], URN, False),
        ([("fresh", URN)], None, False),
        ([("fresh", None)], None, False),
    ],
)
def test_which_deletes_make_room_for_the_same_resource(
    steps: list[tuple[str, str | None]], urn: str | None, replaced: bool
) -> None:
    """A delete after a check without state, of one resource, is half of its replacement."""
    held = ledger(*steps)
    assert held.replaces(MODEL, urn) == replaced
    assert (held.keeps(MODEL, urn) is None) == (replaced or not steps)


HERE, THERE = "host.key", "elsewhere.key"
OTHER_KEY = "host.other"
"""Another key of the same host: it may be of the same organization."""

ME, NEIGHBOUR = 1, 2
DECLARES = "resource 'new' declares it"
READS = "resource 'new' reads it"
UNKNOWN = (
    "resource 'new' may declare it: its model_name is not known in this run; if nothing declares "
    "it, delete it in the console"
)


def noted(**facts: Any) -> Noted:  # noqa: ANN401  (fields of several types)
    """Note a resource that the run leaves out, and that declares the model under another name."""
    return Noted(**{"resource": "new", "urn": OTHER, "model_name": MODEL} | facts)


def old(**facts: Any) -> Noted:  # noqa: ANN401  (fields of several types)
    """Note the resource itself that the delete is for."""
    return noted(**{"resource": "old", "urn": URN} | facts)


def kept(
    *notes: Noted,
    destroys: bool | None = False,
    urn: str | None = URN,
    rewritten: Callable[[], bool] = bool,
) -> str | None:
    """Say why the model is not deleted for the old resource in this account and this process."""
    return kept_by_another(MODEL, urn, notes, HERE, ME, destroys=destroys, rewritten=rewritten)


@pytest.mark.parametrize(
    ("what", "notes", "reason"),
    [
        ("nobody", [], None),
        ("skipped, excluded or not targeted", [noted()], DECLARES),
        ("skipped, and without a urn", [noted(urn=None)], DECLARES),
        ("another model", [noted(model_name="acme/other")], None),
        ("checked by this process", [noted(account=HERE, process=ME)], None),
        ("checked by another process", [noted(account=HERE, process=NEIGHBOUR)], DECLARES),
        ("checked in another account", [noted(account=THERE, process=NEIGHBOUR)], None),
        (
            "skipped, its provider is known to be of another account",
            [
                noted(provider="eu"),
                noted(resource="x", model_name="x", provider="eu", account=THERE, process=2),
            ],
            None,
        ),
        (
            "skipped, its provider is known to be of this account",
            [
                noted(provider="eu"),
                noted(resource="x", model_name="x", provider="eu", account=HERE, process=2),
            ],
            DECLARES,
        ),
        ("skipped, nothing is known of its provider", [noted(provider="eu")], DECLARES),
        ("only read", [noted(owns=False, urn=None)], READS),
        ("read in another account", [noted(owns=False, account=THERE, process=2)], None),
        ("read by this process", [noted(owns=False, account=HERE, process=ME)], READS),
        ("read by another process", [noted(owns=False, account=HERE, process=2)], READS),
        (
            "read by this process, and declared again by the same resource",
            [noted(owns=False, account=HERE, process=ME), old(account=HERE, process=ME)],
            None,
        ),
        ("read with another key of the host", [noted(owns=False, account=OTHER_KEY)], None),
        ("made with another key of the host", [noted(account=OTHER_KEY, process=2)], None),
        (
            "taken over with another key of the host",
            [noted(account=OTHER_KEY, process=NEIGHBOUR, took_over=True)],
            DECLARES,
        ),
        (
            "taken over on another host",
            [noted(account=THERE, process=NEIGHBOUR, took_over=True)],
            None,
        ),
        (
            "taken over by this process",
            [noted(account=HERE, process=ME, took_over=True)],
            None,
        ),
        (
            "another model, taken over with another key of the host",
            [noted(model_name="x", account=OTHER_KEY, process=NEIGHBOUR, took_over=True)],
            None,
        ),
        (
            "skipped, its provider is known to have another key of the host",
            [
                noted(provider="eu"),
                noted(
                    resource="x",
                    model_name="x",
                    provider="eu",
                    account=OTHER_KEY,
                    process=2,
                    took_over=True,
                ),
            ],
            None,
        ),
        (
            "read, and declared again by the same resource",
            [noted(owns=False, urn=None), old(account=HERE, process=ME)],
            None,
        ),
        (
            "read, while the same resource has another model now",
            [
                noted(owns=False, urn=None),
                old(model_name="x", account=HERE, process=ME),
            ],
            READS,
        ),
        (
            "declared by another, and again by the same resource",
            [noted(), old(account=HERE, process=ME)],
            DECLARES,
        ),
        ("a name that is not known", [noted(model_name=None)], UNKNOWN),
        (
            "a name that is not known, in another account",
            [noted(model_name=None, account=THERE)],
            None,
        ),
        (
            "a name that is not known, although this process has checked the rest (CLI 3.259)",
            [noted(model_name=None, account=HERE, process=ME)],
            UNKNOWN,
        ),
        ("a name that is not known, read", [noted(model_name=None, owns=False)], UNKNOWN),
        (
            "a name that is not known, read by this process",
            [noted(model_name=None, owns=False, account=HERE, process=ME)],
            UNKNOWN,
        ),
        (
            "a name that is not known, of what was transformed",
            [noted(model_name=None, provider="?")],
            UNKNOWN,
        ),
        (
            "a name that is not known, while the same resource is declared",
            [noted(model_name=None), old(model_name="x")],
            None,
        ),
        (
            "a name that is not known, while this process has checked the same resource",
            [noted(model_name=None), old(model_name="x", account=HERE, process=ME)],
            None,
        ),
        (
            "a name that is not known, while the same resource is declared in another account",
            [noted(model_name=None), old(account=THERE, process=NEIGHBOUR)],
            None,
        ),
        ("its own name is not known", [old(model_name=None)], None),
        (
            "declared by another, while the same resource has another model",
            [noted(), old(model_name="x")],
            DECLARES,
        ),
        (
            "one that declares it goes before one whose name is not known",
            [noted(resource="x", model_name=None), noted()],
            DECLARES,
        ),
        ("its own self, which nobody has checked or written since", [old()], None),
        ("its own new self, with another provider", [old(account=HERE, process=2)], OLD_HOLDS),
        ("its own new self, checked by this process", [old(account=HERE, process=ME)], None),
        ("its own new self, in another account", [old(account=THERE, process=NEIGHBOUR)], None),
        (
            "its own new self, made with another key of the host",
            [old(account=OTHER_KEY, process=NEIGHBOUR)],
            None,
        ),
        (
            "its own new self, taken over with another key of the host",
            [old(account=OTHER_KEY, process=NEIGHBOUR, took_over=True)],
            OLD_HOLDS,
        ),
        ("its own new self, under another name", [old(model_name="x")], None),
        (
            "its own self, which nobody has checked, and another one declares it",
            [old(), noted()],
            DECLARES,
        ),
    ],
)
def test_which_deletes_the_rest_of_the_program_forbids(
    what: str, notes: list[Noted], reason: str | None
) -> None:
    """A model stays that another resource of the program has, or may have, in this account.

    So it does for the resource's own new self, which another process has made.
    """
    assert kept(*notes) == reason, what


@pytest.mark.parametrize(
    "note",
    [
        noted(),
        old(),
        old(account=HERE, process=NEIGHBOUR),
        noted(owns=False),
        noted(owns=False, account=HERE, process=ME),
        noted(model_name=None),
        noted(account=HERE, process=NEIGHBOUR),
        noted(account=OTHER_KEY, process=NEIGHBOUR, took_over=True),
    ],
)
def test_a_run_that_destroys_deletes_what_the_program_declares(note: Noted) -> None:
    """`pulumi destroy --run-program` runs the program, and keeps nothing of it."""
    assert kept(note, destroys=True, rewritten=lambda: True) is None


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (old(), None),
        (old(account=HERE, process=NEIGHBOUR), OLD_HOLDS),
        (noted(), DECLARES),
        (noted(urn=None), DECLARES),
        (noted(owns=False), READS),
        (noted(model_name=None), UNKNOWN),
    ],
)
def test_where_the_command_cannot_be_seen_a_resource_may_delete_its_own(
    note: Noted, reason: str | None
) -> None:
    """It may be a `destroy`: only what others have, or another process has made, is kept."""
    assert kept(note, destroys=None, rewritten=lambda: True) == reason


@pytest.mark.parametrize(
    ("what", "notes", "rewritten", "reason", "looks"),
    [
        ("written by its new self, left out since", [old()], True, OLD_HOLDS, 1),
        ("as this one wrote it", [old()], False, None, 1),
        ("its own name is not known", [old(model_name=None)], True, None, 0),
        ("it has another model now", [old(model_name="x")], True, None, 0),
        ("this process has checked it", [old(account=HERE, process=ME)], True, None, 0),
        ("another process has checked it", [old(account=HERE, process=2)], False, OLD_HOLDS, 0),
        ("it is in another account", [old(account=THERE, process=2)], True, None, 0),
        ("nobody declares it", [], True, None, 0),
        ("another one declares it", [noted()], True, DECLARES, 0),
        ("another one reads it", [noted(owns=False)], True, READS, 0),
        ("another one declares it, and comes first", [noted(), old()], False, DECLARES, 0),
        ("another one declares it, and comes later", [old(), noted()], False, DECLARES, 1),
    ],
)
def test_what_nobody_has_checked_is_an_earlier_self_where_it_was_written_since(
    what: str, notes: list[Noted], rewritten: bool, reason: str | None, looks: int
) -> None:
    """What lives is looked at only where that decides: it takes a request."""
    looked: list[str] = []

    def look() -> bool:
        looked.append(what)
        return rewritten

    assert (kept(*notes, rewritten=look), len(looked)) == (reason, looks), what


@pytest.mark.parametrize("destroys", [True, None])
def test_what_lives_is_not_looked_at_where_it_may_be_a_destroy(destroys: bool | None) -> None:
    """There a resource deletes its own, whatever it has become."""

    def look() -> bool:
        raise AssertionError("not asked for")

    assert kept(old(), destroys=destroys, rewritten=look) is None


@pytest.mark.parametrize(
    ("note", "reason"),
    [(noted(urn=None), DECLARES), (noted(urn=None, model_name=None), UNKNOWN)],
)
def test_without_a_urn_no_resource_is_ones_own(note: Noted, reason: str) -> None:
    """A delete whose resource is not known is nobody's, and least of all that of another one."""
    assert kept(note, urn=None) == reason


ALIASED = Noted("new", OTHER, ["urn:a", URN], MODEL)


@pytest.mark.parametrize(
    ("urn", "expected"),
    [(URN, OTHER), (OTHER, OTHER), ("urn:a", OTHER), ("urn:b", "urn:b"), (None, None)],
)
def test_a_resource_is_known_by_the_urns_of_its_aliases(
    urn: str | None, expected: str | None
) -> None:
    """What the state has under an earlier name is the resource that the program has now."""
    assert present_urn(urn, [Noted("x", "urn:x", ["urn:y"]), Noted("y"), ALIASED]) == expected
    assert present_urn(urn, []) == urn


@pytest.mark.parametrize("declares_it", [Noted("old", URN), Noted("old", URN, owns=False)])
def test_a_urn_that_the_program_declares_itself_is_no_alias(declares_it: Noted) -> None:
    """Another resource may claim the name as an earlier one of its own: it is not that one."""
    assert present_urn(URN, [ALIASED, declares_it]) == URN
    assert present_urn(URN, [declares_it, ALIASED]) == URN
    assert present_urn("urn:a", [ALIASED, declares_it]) == OTHER


def test_a_resource_that_only_reads_its_model_now_keeps_it() -> None:
    """What was owned and is read under the same resource is not deleted for its earlier self."""
    reads = Noted("old", "urn", model_name="m", owns=False)
    kept = kept_by_another("m", "urn", [reads], "h.k", 1, destroys=False, rewritten=lambda: True)
    assert kept == "resource 'old' reads it"


@pytest.mark.parametrize(
    ("known", "declared"),
    [("provider_id", "custom_provider_id"), ("custom_provider_id", "provider_id")],
)
def test_the_other_word_for_a_custom_provider_is_nobodys_edit(known: str, declared: str) -> None:
    """The state has the provider under one of its two names; declared by the other it is known."""
    stored = {"model_name": "m", "input_cost": 1, known: "acme"}
    live = {"model_name": "m", "input_cost": 1, "provider": {"provider_id": "acme"}}
    wanted = {"model_name": "m", "input_cost": 1, declared: "other"}
    assert judge_change(stored, wanted, live, touched=[known, declared]) == Verdict("overwrite")
