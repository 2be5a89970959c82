"""Declared, answered and live held against each other, as values."""

from typing import Any

import pytest

from keywordsai_dynamic.lifecycle.comparison import (
    Difference,
    Service,
    answer_of,
    changed,
    comparable,
    decimals_of,
    differences,
    may_be_rounded,
    nulls_of,
    rounded,
    same,
)

VENDORS = Service(lambda name: name in {"openai/gpt-4o", "a/b/gpt-4o"})


def test_an_answer_is_read_by_its_known_keys() -> None:
    """Fields are taken out of a model object; missing keys and nulls are no information."""
    model = {
        "id": "m",
        "model_name": "m",
        "display_name": None,
        "input_cost": 0,
        "throughput": {"average_tps": 1},
        "supported_params_override": {"t": {}},
        "organization": 7,
    }
    assert answer_of(model) == {"model_name": "m", "input_cost": 0}


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        (
            {"provider_id": "acme", "extra_kwargs": {"api_key": "secret"}},
            {"custom_provider_id": "acme", "provider_id": "acme"},
        ),
        ({"provider_id": None}, {}),
        ({}, {}),
        (None, {}),
        ("acme", {}),
    ],
)
def test_of_the_provider_only_the_id_is_read(provider: object, expected: dict[str, Any]) -> None:
    """The provider object answers for both names of the field, and its credentials stay out."""
    assert answer_of({"provider": provider, "custom_provider_id": "echo"}) == expected


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2.5000000000", 2.5),
        ("0.0000000000", 0),
        ("128000", 128_000),
        ("1.0", 1),
        ("1e-7", 1e-7),
        ("-1", -1),
        (2.5, 2.5),
        (True, 1),
        (False, 0),
        ("", ""),
        ("free", "free"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
    ],
)
def test_a_number_that_is_written_as_text_is_read(written: object, number: object) -> None:
    """Prices, flags and the context window are numbers, whole ones and booleans ints.

    All else stays as it is written.
    """
    fields = ("input_cost", "cache_creation_input_cost", "max_context_window", "function_call")
    read = answer_of({**dict.fromkeys(fields, written), "display_name": written})
    assert [(read[field], type(read[field])) for field in fields] == [(number, type(number))] * 4
    assert (read["display_name"], type(read["display_name"])) == (written, type(written))


def test_nulls_are_what_a_model_object_has_as_null() -> None:
    """A field that is null is set to nothing; one that is left out, and the provider, say nothing.

    Nor does what is no field that the API answers.
    """
    model = {
        "id": None,
        "display_name": None,
        "input_cost": 0,
        "output_cost": None,
        "provider": None,
        "custom_provider_id": None,
        "supported_params_override": None,
        "source": None,
    }
    assert nulls_of(model) == {"display_name": None, "output_cost": None}


@pytest.mark.parametrize(
    ("field", "one", "other", "expected"),
    [
        ("input_cost", 2.5, 2.5, True),
        ("input_cost", 3, 3.0, True),
        ("input_cost", 0.3, 0.30000000000000004, True),
        ("input_cost", 2.5, 2.500001, False),
        ("input_cost", 0, 0.0, True),
        ("input_cost", 0, 0.0001, False),
        ("input_cost", 0.025, 0.03, False),
        ("function_call", 1, True, True),
        ("function_call", 1, 0, False),
        ("max_context_window", 8192, 8192.0, True),
        ("max_context_window", 8192, 8193, False),
        ("provider_id", 7, "7", True),
        ("provider_id", 7.0, "7", True),
        ("custom_provider_id", "a", "b", False),
        ("base_model_name", "gpt-4o", "openai/gpt-4o", True),
        ("base_model_name", "openai/gpt-4o", "gpt-4o", True),
        ("base_model_name", "gpt-4o", "a/b/gpt-4o", True),
        ("base_model_name", "b/gpt-4o", "a/b/gpt-4o", True),
        ("base_model_name", "acme/gpt-4o", "acme/gpt-4o", True),
        ("base_model_name", "gpt-4o", "acme/gpt-4o", False),
        ("base_model_name", "openai/gpt-4o", "azure/gpt-4o", False),
        ("base_model_name", "openai/gpt-4o", "eu/openai/gpt-4o", False),
        ("base_model_name", "gpt-4", "openai/gpt-4o", False),
        ("base_model_name", "4o", "openai/gpt-4o", False),
        ("base_model_name", "4o", "gpt-4o", False),
        ("base_model_name", "gpt-4o", None, False),
        ("input_cost", 0, None, False),
        ("display_name", "gpt-4o", "openai/gpt-4o", False),
        ("display_name", "Acme", "acme", False),
        ("display_name", "2.5", 2.5, False),
    ],
)
def test_what_means_the_same(field: str, one: object, other: object, expected: bool) -> None:
    """Rounding in the last digits, a built-in model's vendor and an id's type mean nothing."""
    both_ways = (same(field, one, other, VENDORS), same(field, other, one, VENDORS))
    assert both_ways == (expected, expected)


def test_a_prefix_means_something_where_no_model_is_known_to_be_built_in() -> None:
    """Of a service of which nothing is known, only equal bases are the same."""
    assert same("base_model_name", "gpt-4o", "gpt-4o")
    assert not same("base_model_name", "gpt-4o", "openai/gpt-4o")


@pytest.mark.parametrize(
    ("field", "exact", "read", "decimals", "expected"),
    [
        ("input_cost", 0.025, 0.03, 2, True),
        ("input_cost", 0.025, 0.02, 2, True),
        ("input_cost", 0.285, 0.28, 2, True),
        ("input_cost", 0.024, 0.03, 2, False),
        ("input_cost", 0.025, 0.04, 2, False),
        ("input_cost", 0.004, 0, 2, True),
        ("input_cost", 0.006, 0, 2, False),
        ("input_cost", 1e-7, 0, 6, True),
        ("output_cost", 0.0000125, 0.00001, 5, True),
        ("input_cost", 2.5, 3, 0, False),  # a list of whole prices rounds to cents at the most
        ("input_cost", 2.995, 3, 0, True),
        ("input_cost", 0.025, 0.03, 3, False),
        ("input_cost", 0.025, 0.03, None, False),
        ("input_cost", 0.025, None, 2, False),
        ("input_cost", "0.025", 0.03, 2, False),
        ("input_cost", 0.025, "0.03", 2, False),
        ("max_context_window", 8192, 8192.4, 0, False),
        ("display_name", 0.025, 0.03, 2, False),
    ],
)
def test_what_a_service_makes_of_a_price_that_it_rounds(
    field: str, exact: object, read: object, decimals: int | None, expected: bool
) -> None:
    """Up to half of its last decimal, either way: only of prices, and only where it rounds."""
    assert rounded(field, exact, read, Service(decimals=decimals)) == expected


@pytest.mark.parametrize(
    ("field", "exact", "read", "expected"),
    [
        ("input_cost", 0.025, 0.03, True),
        ("input_cost", 0.025, 0.02, True),
        ("input_cost", 2.504, 2.5, True),
        ("input_cost", 2.509, 2.5, True),
        ("input_cost", 2.511, 2.5, False),
        ("input_cost", 2.491, 2.5, True),
        ("input_cost", 2.489, 2.5, False),
        ("input_cost", 2.54, 2.5, False),
        ("input_cost", 2.504, 3, False),
        ("input_cost", 2.996, 3, True),
        ("input_cost", 2.991, 3, True),
        ("input_cost", 2.989, 3, False),
        ("input_cost", 0.0254, 0.025, True),
        ("input_cost", 0.0259, 0.025, True),
        ("input_cost", 0.0261, 0.025, False),
        ("input_cost", 0.0239, 0.025, False),
        ("input_cost", 0.004, 0, True),
        ("input_cost", 0.009, 0, True),
        ("input_cost", 0.011, 0, False),
        ("output_cost", 0.1234575, 0.123457, True),
        ("output_cost", 0.1234581, 0.123457, False),
        ("output_cost", 0.1234575, 0.12345678, True),  # no finer step than the sixth decimal
        ("output_cost", 0.1234578, 0.12345678, False),
        ("output_cost", 0.00000109, 1e-7, True),
        ("output_cost", 0.0000012, 1e-7, False),
        ("input_cost", 0.03, 0.025, False),
        ("input_cost", 101, 100, False),
        ("input_cost", 2.5, 2.5, False),
        ("input_cost", 3, 3.0, False),
        ("input_cost", 2.504, None, False),
        ("input_cost", None, 2.5, False),
        ("input_cost", "2.504", 2.5, False),
        ("input_cost", 2.504, "2.5", False),
        ("input_cost", float("inf"), 2.5, False),
        ("input_cost", 2.5, float("inf"), False),
        ("input_cost", float("nan"), 2.5, False),
        ("max_context_window", 2.504, 2.5, False),
    ],
)
def test_what_may_be_a_price_that_was_rounded(
    field: str, exact: object, read: object, expected: bool
) -> None:
    """Rounded or cut off: less than a step away. What is equal was neither.

    The step is that of the decimals that the price read has, of two at least and six at the most.
    """
    assert may_be_rounded(field, exact, read) == expected


@pytest.mark.parametrize(
    ("prices", "decimals"),
    [
        ([2.5] * 20, 1),
        ([2.5] * 19, None),
        ([], None),
        ([2.5] * 19 + [0.025], 3),
        ([2.5] * 19 + [0], None),
        ([2.5] * 19 + [None], None),
        ([2.5] * 19 + [""], None),
        (["2.5000000000"] * 20, 1),
        ([2.5] * 19 + ["0.0250000000"], 3),
        ([3.0] * 20, 0),
        ([3] * 20, 0),
        ([100] * 20, 0),
        ([1e-7] * 20, 7),
        ([0.1 + 0.2] * 20, 17),
    ],
)
def test_the_decimals_of_a_list(prices: list[object], decimals: int | None) -> None:
    """The most that any of its prices has, free ones apart; of fewer than 20 prices none."""
    fields = ("input_cost", "output_cost", "cache_hit_input_cost", "cache_creation_input_cost")
    spread = [dict(zip(fields, prices[at : at + 4], strict=False)) for at in range(0, 20, 4)]
    spread[-1:] = [{**model, "max_context_window": 0.123456} for model in spread[-1:]]
    assert decimals_of(spread) == decimals


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"input_cost": 2.5}, {"input_cost": 2.5}, []),
        ({"input_cost": 3.0}, {"input_cost": 3}, []),
        ({"input_cost": 2.5}, {"input_cost": 3}, ["input_cost"]),
        ({"input_cost": 0}, {}, ["input_cost"]),
        ({}, {"input_cost": 0}, ["input_cost"]),
        ({}, {"overwrite_existing": True, "__urn": "u"}, []),
        (
            {"supported_params_override": {"t": {"min": 0.0}}},
            {"supported_params_override": {"t": {"min": 0}}},
            [],
        ),
        (
            {"supported_params_override": {"t": [1]}},
            {"supported_params_override": {"t": [True]}},
            ["supported_params_override"],
        ),
        ({"model_name": "a"}, {"model_name": "b"}, ["model_name"]),
    ],
)
def test_what_a_declaration_changed(
    old: dict[str, Any], new: dict[str, Any], expected: list[str]
) -> None:
    """A new, an other and a dropped field are changes; what is not the API's is none."""
    assert changed(old, new) == expected


def test_differences_are_of_what_both_sides_know() -> None:
    """Only fields that are asked about and known on both sides can differ."""
    rows = differences(
        ["input_cost", "output_cost", "display_name"],
        {"input_cost": 1, "output_cost": 2, "image_support": 0},
        {"input_cost": 5, "display_name": "x", "image_support": 1},
    )
    assert rows == [Difference("input_cost", 1, 5)]


def test_null_differs_from_every_value_and_a_missing_key_from_none() -> None:
    """What is null on one side is a difference; what a side does not have is none."""
    fields = ["input_cost", "output_cost", "display_name"]
    rows = differences(fields, {"input_cost": 0, "display_name": None}, dict.fromkeys(fields))
    assert rows == [Difference("input_cost", 0, None)]


def test_differences_are_those_of_the_service() -> None:
    """What is known of the service decides whether two bases are one."""
    before, after = {"base_model_name": "gpt-4o"}, {"base_model_name": "openai/gpt-4o"}
    row = Difference("base_model_name", "gpt-4o", "openai/gpt-4o")
    assert differences(before, before, after) == [row]
    assert differences(before, before, after, VENDORS) == []


def test_what_a_declaration_can_be_compared_by() -> None:
    """The name proves nothing, and a provider's number cannot be held against its text id."""
    live = {"model_name": "m", "input_cost": 1, "provider_id": "acme", "display_name": "x"}
    assert comparable({"model_name": "m", "input_cost": 2, "provider_id": 7}, live) == [
        "input_cost"
    ]
    assert comparable({"provider_id": "7", "function_call": 1}, live) == ["provider_id"]
