"""What can be declared, in which spellings, and which message refuses what."""

from decimal import Decimal
from typing import Any

import pytest

from keywordsai_dynamic.core.formatting import plain
from keywordsai_dynamic.core.names import API_FIELDS, FLAG_FIELDS, NOT_SENT, PRICE_FIELDS
from keywordsai_dynamic.core.plausibility import Problem, implausible
from keywordsai_dynamic.core.schema import normalize
from keywordsai_dynamic.lifecycle.comparison import fields_of

NUMBER = "must be a number of USD per million tokens"
FINITE = "must be a finite number of USD per million tokens"
FLAG = "must be a boolean (or 1 or 0)"
TOKENS = "must be a whole number of tokens"
PROVIDER = "must be the custom provider's ID: a string or a whole number"
PARAMS = "may contain strings, finite numbers, booleans, lists and maps, but no null"
DIGITS = "has more than 15 significant digits; use fewer"


def normalized(field: str, value: object) -> object:
    """Return the normalized form of a value that must have no problem."""
    fields, problems = normalize({"model_name": "m", field: value})
    assert problems == []
    return fields[field]


def problems_of(**values: object) -> list[Problem]:
    """Return the problems of a declaration whose name is valid."""
    return normalize({"model_name": "m", **values})[1]


@pytest.mark.parametrize("field", PRICE_FIELDS)
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0, 0.0),
        (3, 3.0),
        (2.5, 2.5),
        ("2.50", 2.5),
        (" 2.5 ", 2.5),
        ("2.5e-3", 0.0025),
        (Decimal("2.50"), 2.5),
        (Decimal("1E+3"), 1000.0),
        (0.1 + 0.2, 0.3),
        ("0.123456789012345", 0.123456789012345),
        (-0.0, 0.0),
        ("-0", 0.0),
    ],
)
def test_a_price_has_one_form(field: str, written: object, meant: float) -> None:
    """Every spelling of a price becomes the same float, and none becomes a minus zero."""
    assert repr(normalized(field, written)) == repr(meant)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (True, NUMBER),
        (False, NUMBER),
        ("2,50", NUMBER),
        ("free", NUMBER),
        ("1_000", NUMBER),
        ("٣", NUMBER),
        ("", NUMBER),
        ([2.5], NUMBER),
        ({"per_token": 1}, NUMBER),
        (float("nan"), FINITE),
        ("NaN", FINITE),
        (Decimal("sNaN"), FINITE),
        (float("inf"), FINITE),
        (-0.01, "must be 0 or more"),
        ("-1", "must be 0 or more"),
        ("0.1234567890123456", DIGITS),
        (Decimal("1.000000000000001"), DIGITS),
        ("2.5000000000000000000000000000000000001", DIGITS),
        (12345678901234567, DIGITS),
        ("1e309", "is too large or too small for a JSON number"),
        ("1e-400", "is too large or too small for a JSON number"),
        ("1e999999999999", "is too large or too small for a JSON number"),
    ],
)
def test_an_invalid_price_is_refused(written: object, sentence: str) -> None:
    """A bool, a NaN, a negative number or one that JSON cannot carry is refused, never rounded."""
    assert problems_of(input_cost=written) == [Problem("input_cost", sentence)]


@pytest.mark.parametrize("field", FLAG_FIELDS)
@pytest.mark.parametrize(
    ("written", "meant"), [(True, 1), (False, 0), (1, 1), (0, 0), (1.0, 1), (0.0, 0)]
)
def test_a_flag_is_0_or_1(field: str, written: object, meant: int) -> None:
    """True and False are sent as the API's 1 and 0."""
    assert repr(normalized(field, written)) == repr(meant)


@pytest.mark.parametrize("written", [2, -1, 0.5, "yes", "1", [], float("nan")])
def test_an_invalid_flag_is_refused(written: object) -> None:
    """Only True, False, 1 and 0 are flags; text is not guessed at."""
    assert problems_of(function_call=written) == [Problem("function_call", FLAG)]


@pytest.mark.parametrize("written", [8192, 8192.0, "8192", Decimal("8192.00"), "8.192e3"])
def test_a_context_window_is_whole(written: object) -> None:
    """Every spelling of a whole number of tokens becomes the same int."""
    assert repr(normalized("max_context_window", written)) == "8192"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (0.5, TOKENS),
        ("8k", TOKENS),
        (True, TOKENS),
        (2**53 + 1, TOKENS),
        ("1e400", TOKENS),
        (-1, "must be 0 or more"),
        ("Infinity", "must be a finite whole number of tokens"),
    ],
)
def test_an_invalid_context_window_is_refused(written: object, sentence: str) -> None:
    """A fraction of a token, and more tokens than a JSON number can count, are refused."""
    assert problems_of(max_context_window=written) == [Problem("max_context_window", sentence)]


@pytest.mark.parametrize(
    "name",
    [
        "m",
        "acme/support-llm",
        "a/b/c",
        "two words",
        "100%",
        "a#b?c=d&e+f",
        "模型/größe",
        "...",
        "a/.hidden",
        "lists",
        "public/x",
        "status/x",
        "List",
        "a\\b",
        "'quoted'",
        "x" * 500,
    ],
)
def test_a_name_stays_verbatim(name: str) -> None:
    """A name that can be part of a URL is kept letter for letter."""
    assert normalize({"model_name": name}) == ({"model_name": name}, [])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "must not be empty"),
        (" m", "must not begin or end with whitespace"),
        ("m\n", "must not begin or end with whitespace"),
        ("a\tb", "must not contain control or other invisible characters"),
        ("a\u200bb", "must not contain control or other invisible characters"),
        ("a\x00b", "must not contain control or other invisible characters"),
        ("\ud800", "must be a string that UTF-8 can encode"),
        ("/m", "must not begin or end with a slash"),
        ("m/", "must not begin or end with a slash"),
        ("a//b", "must not contain two slashes in a row"),
        ("a/./b", "must not contain a `.` or `..` segment"),
        ("..", "must not contain a `.` or `..` segment"),
        ("list", "is a path that the API uses for something else; choose another name"),
        ("summary", "is a path that the API uses for something else; choose another name"),
        ("public", "is a path that the API uses for something else; choose another name"),
        ("acme/status", "is a path that the API uses for something else; choose another name"),
        (7, "must be a string"),
        (True, "must be a string"),
    ],
)
def test_a_name_that_cannot_be_part_of_a_url_is_refused(name: object, sentence: str) -> None:
    """A name that collides with the API's routes, or that a URL would change, is refused."""
    assert normalize({"model_name": name}) == ({}, [Problem("model_name", sentence)])


@pytest.mark.parametrize("field", ["custom_provider_id", "provider_id"])
@pytest.mark.parametrize(("written", "meant"), [("acme", "acme"), (7, 7), (7.0, 7), ("7", "7")])
def test_a_custom_provider_is_text_or_a_number(field: str, written: object, meant: object) -> None:
    """The provider's id and its number are both taken; a number comes back whole."""
    assert repr(normalized(field, written)) == repr(meant)


@pytest.mark.parametrize(
    ("written", "sentence"), [(7.5, PROVIDER), (True, PROVIDER), ("", "must not be empty")]
)
def test_an_invalid_custom_provider_is_refused(written: object, sentence: str) -> None:
    """A fraction, a bool or an empty string does not name a provider."""
    assert problems_of(provider_id=written) == [Problem("provider_id", sentence)]


def test_a_map_of_parameters_gets_its_whole_numbers_back() -> None:
    """Ints that the engine turned into floats are ints again, at any depth; the rest is kept."""
    written = {"t": {"min": 0.0, "max": 1.5, "steps": [1.0, 2.5], "on": True, "name": "t"}}
    meant = {"t": {"min": 0, "max": 1.5, "steps": [1, 2.5], "on": True, "name": "t"}}
    assert repr(normalized("supported_params_override", written)) == repr(meant)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("t", "must be a map of parameter names to their settings"),
        ({7: {}}, "must be a string"),
        ({"t": None}, PARAMS),
        ({"t": [float("nan")]}, PARAMS),
        ({"t": {"x": Decimal(1)}}, PARAMS),
    ],
)
def test_an_invalid_map_of_parameters_is_refused(written: object, sentence: str) -> None:
    """What JSON or the engine would lose or change is refused."""
    assert problems_of(supported_params_override=written) == [
        Problem("supported_params_override", sentence)
    ]


def test_text_may_be_empty_where_it_is_prose() -> None:
    """A display name is for people: any string will do."""
    assert normalized("display_name", "") == ""
    assert problems_of(display_name=7) == [Problem("display_name", "must be a string")]


@pytest.mark.parametrize("written", [1, 0, "yes"])
def test_overwrite_existing_is_a_bool(written: object) -> None:
    """Overwriting may lose a price, so only True turns it on."""
    assert problems_of(overwrite_existing=written) == [
        Problem("overwrite_existing", "must be a boolean")
    ]


def test_none_is_not_declared() -> None:
    """`None` leaves a field out; 0 and False are declared."""
    values = {"model_name": "m", "input_cost": None, "output_cost": 0, "function_call": False}
    expected = {"model_name": "m", "output_cost": 0.0, "function_call": 0}
    assert normalize(values) == (expected, [])


def test_every_problem_is_reported_at_once() -> None:
    """A declaration with five mistakes gets five problems, each with its field."""
    _, problems = normalize(
        {
            "input_cost": -1,
            "streaming_support": 7,
            "max_tokens": 9,
            "custom_provider_id": "a",
            "provider_id": "b",
        }
    )
    assert sorted(problems) == [
        Problem("input_cost", "must be 0 or more"),
        Problem("max_tokens", "is not a field of a custom model"),
        Problem("model_name", "must be declared"),
        Problem("provider_id", "is an alias of custom_provider_id; declare only one of the two"),
        Problem("streaming_support", FLAG),
    ]


def test_a_model_is_not_its_own_base() -> None:
    """A model that is its own base would inherit nothing."""
    assert problems_of(base_model_name="m") == [
        Problem("base_model_name", "is the model itself; choose another base")
    ]


def test_a_value_that_is_not_known_yet_is_not_a_problem() -> None:
    """Fields whose values come during the update are neither missing nor invalid."""
    assert normalize({"input_cost": 1}, {"model_name"}) == ({"input_cost": 1.0}, [])


def test_two_names_of_a_provider_conflict_before_they_are_known() -> None:
    """Declaring both provider fields is a mistake whatever their values will be."""
    _, problems = normalize({"model_name": "m", "provider_id": "a"}, {"custom_provider_id"})
    assert [problem.field for problem in problems] == ["provider_id"]


def test_no_problem_repeats_the_value() -> None:
    """A value may be secret, so no message contains it."""
    marker = "s3cr3t-value"
    for field in (*API_FIELDS, "api_key"):
        for value in (marker, [marker], {marker: None}):
            assert marker not in str(normalize({"model_name": "m", field: value})[1])


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"input_cost": 0.0025}, []),
        ({"input_cost": 0.0}, []),
        ({"input_cost": 0.001, "output_cost": 1000.0}, []),
        (
            {"input_cost": 0.0000025},
            [Problem("input_cost", "is below 0.001 USD per million tokens; is it per token?")],
        ),
        (
            {"output_cost": 1000.5},
            [Problem("output_cost", "is above 1,000 USD per million tokens; is the unit right?")],
        ),
        (
            {"input_cost": 1.0, "cache_hit_input_cost": 2.0},
            [Problem("cache_hit_input_cost", "is higher than input_cost; did you swap the two?")],
        ),
        ({"input_cost": 1.0, "cache_hit_input_cost": 1.0}, []),
        ({"cache_hit_input_cost": 2.0}, []),
    ],
)
def test_implausible_prices_are_questioned(
    declared: dict[str, Any], expected: list[Problem]
) -> None:
    """A price that looks like one per token or per thousand tokens gets a warning, no more."""
    assert implausible(declared) == expected


def test_a_request_is_what_was_declared_in_the_order_of_the_page() -> None:
    """The body has only declared fields of the API, in the order of its page."""
    declared = {"output_cost": 2.0, "overwrite_existing": True, "model_name": "m"}
    assert list(fields_of(declared).items()) == [("model_name", "m"), ("output_cost", 2.0)]
    assert not NOT_SENT & set(API_FIELDS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.5, "2.5"),
        (2.0, "2"),
        (1e-7, "0.0000001"),
        (1e16, "10000000000000000"),
        (0.0, "0"),
        (128_000, "128000"),
        ("gpt-4o", "gpt-4o"),
        (True, "True"),
        (None, "null"),
    ],
)
def test_values_are_written_for_people(value: object, text: str) -> None:
    """No exponent and no trailing zero reaches a reader."""
    assert plain(value) == text
