"""What a create, an update and a replacement may do to what lives already."""

from functools import partial
from typing import Any

import pytest

from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle import ownership
from keywordsai_dynamic.lifecycle.comparison import Service
from keywordsai_dynamic.lifecycle.ownership import Decision, is_built_in

decide_create = partial(ownership.decide_create, wording=PYTHON)
decide_update = partial(ownership.decide_update, wording=PYTHON)
decide_replacement = partial(ownership.decide_replacement, wording=PYTHON)

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
Nothing was sent. To resolve this, do one of:
  - to keep the live values, import the model first:
      keywordsai-dynamic import-file --match 'acme/llm' -o import.json
      pulumi import --file import.json --generate-code=false --protect=false --yes
  - if the resource was only renamed, declare its old name in the program:
      opts=ResourceOptions(aliases=[Alias(name="OLD-NAME")])
  - if this is a replacement, run without --replace, so that it is updated
  - to overwrite the live values, declare overwrite_existing=True"""
EXISTS = (
    "acme/llm already exists with different values, and the service would overwrite it silently:\n"
)
ADOPTS = "adopts existing model acme/llm (values match); from then on `pulumi destroy` deletes it"


def test_a_free_name_is_created() -> None:
    """Where nothing lives, a create is a create and there is nothing to tell."""
    assert decide_create(DECLARED, None) == Decision("create", "", write=True)


def test_an_equal_model_is_taken_over_without_a_write() -> None:
    """Everything declared stands already: nothing is sent, and the user is told who deletes it."""
    assert decide_create(DECLARED, LIVE) == Decision("adopt", ADOPTS, write=False)


def test_what_cannot_be_read_back_is_written_at_a_take_over() -> None:
    """A field that no answer repeats may differ unseen, so that it is sent."""
    declared = DECLARED | {"supported_params_override": {"t": {}}}
    assert decide_create(declared, LIVE) == Decision("adopt", ADOPTS, write=True)


def test_another_value_is_refused_with_a_table_and_the_ways_out() -> None:
    """One field that differs stops the create, which names both values and what to do."""
    verdict = decide_create(DECLARED | {"input_cost": 3.0}, LIVE)
    assert verdict.action == "refuse"
    assert verdict.sentence == f"{EXISTS}  input_cost  declared 3 → live 2.5{WAYS_OUT}"


def test_a_field_that_is_null_differs_from_what_is_declared() -> None:
    """Null is a value: a model that has none where one is declared is not equal."""
    verdict = decide_create(DECLARED, LIVE | {"input_cost": None})
    assert verdict == Decision(
        "refuse", f"{EXISTS}  input_cost  declared 2.5 → live null{WAYS_OUT}", write=True
    )


def test_a_base_is_equal_under_its_vendors_name() -> None:
    """A model is taken over whose base got the prefix of a built-in model, and of none else."""
    declared = DECLARED | {"base_model_name": "gpt-4o"}
    live = LIVE | {"base_model_name": "openai/gpt-4o"}
    assert decide_create(declared, live, service=VENDORS) == Decision("adopt", ADOPTS, write=False)
    row = "  base_model_name  declared gpt-4o → live openai/gpt-4o"
    assert decide_create(declared, live) == Decision("refuse", f"{EXISTS}{row}{WAYS_OUT}")


def test_a_model_is_taken_over_whose_price_may_only_be_rounded() -> None:
    """A service that rounds in its reads shows no difference; the exact price is sent."""
    declared, live = DECLARED | {"input_cost": 0.025}, LIVE | {"input_cost": 0.03}
    assert decide_create(declared, live, service=ROUNDS) == Decision("adopt", ADOPTS, write=True)
    refused = f"{EXISTS}  input_cost  declared 0.025 → live 0.03{WAYS_OUT}"
    assert decide_create(declared, live) == Decision("refuse", refused)
    exact = decide_create(DECLARED, LIVE, service=ROUNDS)
    assert exact == Decision("adopt", ADOPTS, write=False)


def test_a_field_whose_value_is_not_known_yet_cannot_differ() -> None:
    """In a preview with unknown values the rest decides, and the proviso is said."""
    verdict = decide_create(DECLARED, LIVE, unknown={"max_context_window"})
    assert verdict == Decision(
        "adopt",
        "adopts existing model acme/llm (values known so far match); "
        "from then on `pulumi destroy` deletes it",
        write=False,
    )


@pytest.mark.parametrize(
    "declared", [{}, {"display_name": "Acme"}, {"supported_params_override": {"t": {}}}]
)
def test_nothing_to_compare_is_refused(declared: dict[str, Any]) -> None:
    """A declaration without a price, a capability or a base cannot prove that it is the same."""
    verdict = decide_create({"model_name": "acme/llm"} | declared, LIVE | {"display_name": "Acme"})
    assert verdict.action == "refuse"
    assert verdict.sentence == f"{EXISTS}  no declared value can be compared with it{WAYS_OUT}"


def test_overwriting_is_asked_for_and_says_what_it_overwrote() -> None:
    """Only `overwrite_existing` overwrites, and the user reads the values that go."""
    declared = DECLARED | {"input_cost": 3.0, "overwrite_existing": True}
    assert decide_create(declared, LIVE) == Decision(
        "overwrite",
        "overwrites existing model acme/llm (overwriting is declared):\n"
        "  input_cost  declared 3 → live 2.5",
        write=True,
    )


def test_a_secret_value_is_in_no_refusal() -> None:
    """The table of a refusal names a secret field and hides both its values."""
    verdict = decide_create(DECLARED | {"input_cost": 3.0}, LIVE, secret={"input_cost"})
    assert "  input_cost  declared [secret] → live [secret]\n" in verdict.sentence


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_built_in_model_is_always_refused(overwrite: bool) -> None:
    """Nobody can change a built-in model, whatever is declared."""
    live = LIVE | {"affiliation_category": "respan"}
    verdict = decide_create(DECLARED | {"overwrite_existing": overwrite}, live)
    assert verdict == Decision(
        "refuse",
        "acme/llm is a built-in model and cannot be changed. Choose another model_name, and "
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


def moved(*rows: str) -> Decision:
    """Refuse with these rows, because somebody else changed the model."""
    table = "\n".join(rows)
    return Decision(
        "refuse",
        f"acme/llm was changed by somebody else since it was last read:\n{table}\n"
        "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and decide.",
    )


def stops(*rows: str) -> Decision:
    """Refuse a create with these rows, which may also be told to overwrite."""
    refused = moved(*rows)
    way_out = (
        " If that shows no change, a replacement was interrupted: to overwrite the live values, "
        "declare overwrite_existing=True."
    )
    return Decision("refuse", refused.sentence + way_out)


def overwrites(*rows: str) -> Decision:
    """Write, and tell of these rows."""
    table = "\n".join(rows)
    return Decision(
        "overwrite", f"this update overwrites changes to acme/llm that somebody else made:\n{table}"
    )


OVERWRITE = Decision("overwrite", "", write=True)


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
    what: str, live: dict[str, Any], expected: Decision
) -> None:
    """What somebody else moved stops the update, unless the update overwrites it, and says so."""
    verdict = decide_update(STATE, WANTED, STANDS | live, service=VENDORS, touched={"input_cost"})
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
    verdict = decide_update(KNOWN, WANTED | new, STANDS | live, touched=touched)
    assert verdict == (overwrites(*rows) if rows else OVERWRITE), what


def test_a_newly_declared_field_that_the_change_does_not_touch_stops_it() -> None:
    """As any other that moved: nothing is overwritten that the program does not change."""
    live = STANDS | {"max_context_window": 9}
    verdict = decide_update(KNOWN, WANTED | NEW, live, touched={"input_cost"})
    assert verdict == moved("  max_context_window  last null → live 9")


@pytest.mark.parametrize(("service", "told"), [(ROUNDS, False), (Service(), True)])
def test_a_newly_declared_price_that_is_only_rounded_has_not_moved(
    service: Service, told: bool
) -> None:
    """A read of the wanted price is the wanted price, where the service rounds."""
    wanted, live = WANTED | {"cache_hit_input_cost": 0.025}, STANDS | {"cache_hit_input_cost": 0.03}
    verdict = decide_update(STATE, wanted, live, service=service, touched={"cache_hit_input_cost"})
    row = "  cache_hit_input_cost  last null → live 0.03"
    assert verdict == (overwrites(row) if told else OVERWRITE)


def test_a_secret_value_of_a_newly_declared_field_is_not_shown() -> None:
    """Not what was answered of it before it was a secret either."""
    live, secret = STANDS | {"display_name": "by hand"}, {"display_name"}
    wanted = WANTED | {"display_name": "LLM"}
    verdict = decide_update(KNOWN, wanted, live, touched=secret, secret=secret)
    assert verdict == overwrites("  display_name  last [secret] → live [secret]")


def test_a_field_that_is_no_longer_declared_stops_no_update() -> None:
    """What the program leaves to the service from now on may have moved there, without a word."""
    declared = {name: WANTED[name] for name in WANTED if name != "output_cost"}
    touched = {"input_cost", "output_cost"}
    for value in (5, None):
        live = STANDS | {"output_cost": value}
        assert decide_update(STATE, declared, live, touched=touched) == OVERWRITE


def test_a_price_that_the_service_rounds_has_not_moved() -> None:
    """A service that rounds in its reads stops neither an update nor a replacement."""
    state, live = STATE | {"output_cost": 0.025}, STANDS | {"output_cost": 0.03}
    wanted = WANTED | {"output_cost": 0.025}
    touched = {"input_cost"}
    assert decide_update(state, wanted, live, service=ROUNDS, touched=touched) == OVERWRITE
    assert decide_replacement(state, wanted, live, service=ROUNDS) == OVERWRITE
    row = "  output_cost  last 0.025 → live 0.03"
    assert decide_update(state, wanted, live, touched=touched) == moved(row)
    assert decide_replacement(state, wanted, live) == stops(row)


def test_the_wanted_price_is_nobodys_business_where_the_service_rounds_it() -> None:
    """What a read shows of the value that the program wants has not been changed by others."""
    wanted, live = WANTED | {"input_cost": 0.025}, STANDS | {"input_cost": 0.03}
    touched = {"input_cost"}
    assert decide_update(STATE, wanted, live, service=ROUNDS, touched=touched) == OVERWRITE
    row = "  input_cost  last 2.5 → live 0.03"
    assert decide_update(STATE, wanted, live, touched=touched) == overwrites(row)


@pytest.mark.parametrize("touched", [{"input_cost"}, {"output_cost"}])
def test_a_secret_value_is_in_no_verdict_about_a_change(touched: set[str]) -> None:
    """Whether it stops an update, is overwritten by it or stops a replacement: it is not shown."""
    live, row = STANDS | {"input_cost": 7}, "  input_cost  last [secret] → live [secret]"
    secret = {"input_cost"}
    verdict = decide_update(STATE, WANTED, live, touched=touched, secret=secret)
    assert verdict == (overwrites(row) if "input_cost" in touched else moved(row))
    assert decide_replacement(STATE, WANTED, live, secret=secret) == stops(row)


@pytest.mark.parametrize(
    ("what", "live", "expected"),
    [
        ("nothing moved", {}, OVERWRITE),
        ("undeclared fields moved", {"display_name": "x", "image_support": 1}, OVERWRITE),
        ("one that stays", {"output_cost": 5}, stops("  output_cost  last 10 → live 5")),
        ("one that changes", {"input_cost": 7}, stops("  input_cost  last 2.5 → live 7")),
        ("taken away", {"input_cost": None}, stops("  input_cost  last 2.5 → live null")),
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
    what: str, live: dict[str, Any], expected: Decision | None
) -> None:
    """Whatever moved stops it, unless the model is wholly as wanted, which can lose nothing."""
    verdict = decide_replacement(STATE, WANTED, STANDS | live, service=VENDORS)
    if expected is None:
        rows = "  input_cost   last 2.5 → live 3", "  output_cost  last 10  → live null"
        assert verdict in (stops(*rows), stops(*reversed(rows))), what
    else:
        assert verdict == expected, what


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({}, OVERWRITE),
        ({"display_name": "x"}, overwrites("  display_name  last null → live x")),
        ({"display_name": "wanted"}, OVERWRITE),
        ({"output_cost": 5}, stops("  output_cost  last 10 → live 5")),
    ],
)
def test_what_a_replacement_declares_for_the_first_time_may_be_somebody_elses(
    live: dict[str, Any], expected: Decision
) -> None:
    """A value that the state did not know is overwritten, and the user reads which."""
    wanted = WANTED | {"display_name": "wanted"}
    assert decide_replacement(STATE, wanted, STANDS | live, service=VENDORS) == expected


def test_a_replacement_overwrites_what_moved_where_that_is_declared() -> None:
    """A create does, and says what; a delete before it does not, and names no such way out.

    A refresh leaves out a model whose replacement was interrupted, so it is no way out there.
    """
    declared, live = {**WANTED, "overwrite_existing": True}, STANDS | {"output_cost": 5}
    says = (
        "overwrites existing model acme/llm (overwriting is declared):\n"
        "  input_cost   declared 3  → live 2.5\n"
        "  output_cost  declared 10 → live 5"
    )
    assert decide_replacement(STATE, declared, live) == Decision("overwrite", says)
    refused = moved("  output_cost  last 10 → live 5")
    assert decide_replacement(STATE, declared, live, deletes=True) == refused


@pytest.mark.parametrize(
    ("known", "declared"),
    [("provider_id", "custom_provider_id"), ("custom_provider_id", "provider_id")],
)
def test_the_other_word_for_a_custom_provider_is_nobodys_edit(known: str, declared: str) -> None:
    """The state has the provider under one of its two names; declared by the other it is known."""
    stored = {"model_name": "m", "input_cost": 1, known: "acme"}
    live = {"model_name": "m", "input_cost": 1, "provider": {"provider_id": "acme"}}
    wanted = {"model_name": "m", "input_cost": 1, declared: "other"}
    assert decide_update(stored, wanted, live, touched=[known, declared]) == Decision("overwrite")
