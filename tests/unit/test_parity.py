"""Two catalogs compared."""

from keywordsai_dynamic.catalog.layers import Secret
from keywordsai_dynamic.catalog.parity import FieldGap, Parity, compare


def test_equal_catalogs_have_no_difference() -> None:
    """Models that mean the same are equal, however their numbers and bases are written."""
    found = compare(
        {"m": {"input_cost": 2.5, "base_model_name": "gpt-4o"}},
        {"m": {"base_model_name": "openai/gpt-4o", "input_cost": 2.5}},
    )
    assert found == Parity([], [], [], [])
    assert found.equal
    assert found.as_rows() == []


def test_every_difference_is_found() -> None:
    """Models that one side lacks and fields with two values are each one difference."""
    found = compare(
        {"left": {}, "m": {"input_cost": 2.5, "output_cost": 10.0}, "same": {"input_cost": 1}},
        {"right": {}, "m": {"input_cost": 3.0, "display_name": "M"}, "same": {"input_cost": 1}},
    )
    assert found == Parity(
        ["left"],
        ["right"],
        [
            FieldGap("m", "display_name", None, "M"),
            FieldGap("m", "input_cost", 2.5, 3.0),
            FieldGap("m", "output_cost", 10.0, None),
        ],
        [],
    )
    assert not found.equal
    assert found.as_rows() == [
        ("left", "", "declared", "missing"),
        ("m", "display_name", "not declared", "M"),
        ("m", "input_cost", "2.5", "3"),
        ("m", "output_cost", "10", "not declared"),
        ("right", "", "missing", "declared"),
    ]
    assert found.as_dict("dev", "prod") == {
        "left": "dev",
        "right": "prod",
        "equal": False,
        "only_left": ["left"],
        "only_right": ["right"],
        "differences": [
            {"model": "m", "field": "display_name", "left": None, "right": "M"},
            {"model": "m", "field": "input_cost", "left": 2.5, "right": 3.0},
            {"model": "m", "field": "output_cost", "left": 10.0, "right": None},
        ],
        "not_compared": [],
    }


def test_secrets_are_neither_compared_nor_shown() -> None:
    """Two secrets cannot be compared; a secret and a plain value differ."""
    found = compare(
        {"m": {"custom_provider_id": Secret(None), "provider_id": Secret(None)}},
        {"m": {"custom_provider_id": Secret(None), "provider_id": "x"}},
    )
    assert found.unread == [("m", "custom_provider_id")]
    assert found.as_rows() == [("m", "provider_id", "[secret]", "x")]
    assert found.as_dict("a", "b")["differences"] == [
        {"model": "m", "field": "provider_id", "left": "[secret]", "right": "x"}
    ]


def test_a_model_that_cannot_be_read_is_left_out() -> None:
    """It is left out on both sides: there is nothing to compare the readable one with."""
    found = compare({"m": {"input_cost": 1}, "n": {}}, {"n": {}}, {"m"})
    assert found == Parity([], [], [], [("m", None)])
    assert found.as_dict("a", "b")["not_compared"] == [{"model": "m", "field": None}]
    assert not compare({"m": {"input_cost": 1}}, {}, {"m"}).compared


def test_nothing_is_compared_if_there_is_nothing_to_read() -> None:
    """There are no models, or all of their fields are secret on both sides."""
    secret = {"m": {"input_cost": Secret(None)}}
    assert not compare({}, {}).compared
    assert not compare(secret, secret).compared
    assert compare(secret, {"m": {"input_cost": 1}}).compared
    assert compare(secret, {}).compared
    assert compare(secret | {"n": {}}, secret | {"n": {}}).compared
