"""What Pulumi would lose or die of is refused in the program, in a line without the value."""

import asyncio
import re
from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pulumi
import pytest

from keywordsai_dynamic.dynamic.wire import carried, require_name

SIGNATURE = "4dabf18193072939515e22adb298388d"
HALF = "half \ud83d"


def nested(levels: int) -> dict[str, Any]:
    return {"a": nested(levels - 1)} if levels else {}


def circle() -> dict[str, Any]:
    around: dict[str, Any] = {}
    around["a"] = around
    return around


NO_TEXT = "contains a lone surrogate (half a character), which UTF-8 cannot encode."


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("input_cost", 10**400, "input_cost is too large."),
        ("max_context_window", -(10**17), "max_context_window is too large."),
        ("input_cost", b"2.5", "input_cost is of type bytes, which Pulumi cannot send."),
        ("input_cost", object(), "input_cost is of type object, which Pulumi cannot send."),
        ("display_name", HALF, f"display_name {NO_TEXT}"),
        ("override", {"a": HALF}, f"override['a'] {NO_TEXT}"),
        ("override", {HALF: 1}, f"A key of override {NO_TEXT}"),
        ("override", {1: 2}, "override has the key 1; keys must be strings."),
        (
            "override",
            {"a": {SIGNATURE: "x"}},
            f"override['a'] has the key '{SIGNATURE}', which Pulumi reserves for itself.",
        ),
        (
            "override",
            {"a\x1b[31m": 1},
            r"override['a\x1b[31m'] contains invisible characters.",
        ),
        (
            "display_name",
            "<{%model%}>",
            "display_name contains `<{%`, the CLI's color markup, which crashes the Pulumi CLI.",
        ),
        ("override", {"a": {1, 2}}, "override['a'] is of type set, which Pulumi cannot send."),
        ("override", {"a": [b"x"]}, "override['a'][0] is of type bytes, which Pulumi cannot send."),
        (
            "override",
            {"a": 2**53 + 1},
            "override['a'] is an integer above 2**53, which Pulumi would round.",
        ),
    ],
)
def test_what_cannot_be_sent_is_one_line(name: str, value: object, sentence: str) -> None:
    """The field, or the place inside of it, and what is wrong there."""
    with pytest.raises(pulumi.RunError) as refused:
        carried(name, value)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("value", [nested(52), nested(800), circle()], ids=["52", "800", "circle"])
def test_what_is_nested_without_end_is_one_line(value: object) -> None:
    """Its place is cut."""
    with pytest.raises(pulumi.RunError) as refused:
        carried("override", value)
    place = ("override" + "['a']" * 51)[:100]
    assert str(refused.value) == f"{place}… is nested more than 50 levels deep."


def test_a_number_that_python_does_not_write_down_is_one_line() -> None:
    """Beyond 4,300 digits `str` of an int raises ValueError."""
    with pytest.raises(pulumi.RunError, match=r"^input_cost is too large\.$"):
        carried("input_cost", 10**5000)


def test_a_value_that_is_refused_is_not_shown() -> None:
    """It may be a secret one, of which this place knows nothing."""
    with pytest.raises(pulumi.RunError) as refused:
        carried("override", {"a": Decimal("0.0271828")})
    assert "0.0271828" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Decimal("0.10"), "0.10"),
        (float("nan"), "nan"),
        (True, True),
        (2**53, 2**53),
        ("Zürich 東京 😀", "Zürich 東京 😀"),
        ({"a": [1, 2.5, True, "x", {"b": {}}]}, {"a": [1, 2.5, True, "x", {"b": {}}]}),
        (nested(50), nested(50)),
    ],
)
def test_what_can_be_sent_is(value: object, sent: object) -> None:
    """Exactly as it is, or in the form that `check` can judge."""
    assert carried("field", value) == sent


def test_flags_are_numbers() -> None:
    """As the state has them."""
    assert carried("image_support", True) == 1  # as a program writes it


async def later(value: object) -> object:
    """Stand for what a program awaits."""
    return value


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (lambda: later(Decimal("2.50")), "2.50"),
        (lambda: later({"a": 1}), {"a": 1}),
        (lambda: {"a": [pulumi.Output.from_input(1)]}, {"a": [1]}),
        (lambda: MappingProxyType({"a": later(1)}), {"a": 1}),
    ],
)
def test_what_is_known_later_is_judged_then(value: Callable[[], object], sent: object) -> None:
    """What is awaited, and Outputs inside of maps of any kind."""
    assert known(lambda: carried("field", value())) == sent


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (lambda: later(10**400), "field is too large."),
        (lambda: later({1, 2}), "field is of type set, which Pulumi cannot send."),
        (lambda: {"a": pulumi.Output.from_input(HALF)}, f"field['a'] {NO_TEXT}"),
        (
            lambda: {"a": pulumi.Output.from_input(1), "b": {"c": later({1, 2})}},
            "field['b']['c'] is of type set, which Pulumi cannot send.",
        ),
    ],
)
def test_what_is_known_later_is_refused_then(value: Callable[[], object], sentence: str) -> None:
    """In the same words."""
    with pytest.raises(pulumi.RunError) as refused:
        known(lambda: carried("field", value()))
    assert str(refused.value) == sentence


def known(value: Callable[[], object]) -> object:
    """Wait for an Output, on a loop of its own: `asyncio.run` would leave other tests without."""

    async def wait() -> object:
        output = value()
        assert isinstance(output, pulumi.Output)
        return await output.future()

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(wait())
    finally:
        loop.close()


def test_a_name_is_text_that_can_be_seen() -> None:
    """Of any letters."""
    for name in ("日本", "acme/support llm"):
        require_name(name)
    for no_name in ("", None, 5, b"x"):
        with pytest.raises(
            pulumi.RunError, match=r"^A resource's name must be a string that is not empty"
        ):
            require_name(no_name)
    with pytest.raises(pulumi.RunError, match=rf"^The resource's name {re.escape(NO_TEXT)}$"):
        require_name(HALF)
    sentence = r"The resource's name a\x1b[31m\nb contains invisible characters."
    with pytest.raises(pulumi.RunError, match=f"^{re.escape(sentence)}$"):
        require_name("a\x1b[31m\nb")
