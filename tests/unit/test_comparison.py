"""Declared, answered and live held against each other, as values."""

from typing import Any

import pytest

from keywordsai_dynamic.comparison import (
    Difference,
    answer_of,
    changed,
    comparable,
    differences,
    same,
    table,
)


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
        ("base_model_name", "gpt-4", "openai/gpt-4o", False),
        ("base_model_name", "4o", "gpt-4o", False),
        ("display_name", "gpt-4o", "openai/gpt-4o", False),
        ("display_name", "Acme", "acme", False),
        ("display_name", "2.5", 2.5, False),
    ],
)
def test_what_means_the_same(field: str, one: object, other: object, expected: bool) -> None:
    """Rounding in the last digits, a vendor's prefix and an id's type mean nothing."""
    assert (same(field, one, other), same(field, other, one)) == (expected, expected)


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


def test_what_a_declaration_can_be_compared_by() -> None:
    """The name proves nothing, and a provider's number cannot be held against its text id."""
    live = {"model_name": "m", "input_cost": 1, "provider_id": "acme", "display_name": "x"}
    assert comparable({"model_name": "m", "input_cost": 2, "provider_id": 7}, live) == [
        "input_cost"
    ]
    assert comparable({"provider_id": "7", "function_call": 1}, live) == ["provider_id"]


def test_a_table_lines_up_and_keeps_secrets() -> None:
    """Differences read as columns, numbers without exponents, secret values not at all."""
    rows = [
        Difference("input_cost", 0.0000025, 2.5),
        Difference("display_name", "Acme", "Other"),
        Difference("output_cost", 1, 2),
    ]
    assert table(rows, "declared", "live", {"output_cost"}).splitlines() == [
        "  input_cost    declared 0.0000025 → live 2.5",
        "  display_name  declared Acme      → live Other",
        "  output_cost   declared [secret]  → live [secret]",
    ]
    assert table([], "declared", "live") == ""
