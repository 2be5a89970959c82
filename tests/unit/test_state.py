"""What a state holds of a model, and what is read back out of it."""

import json
from typing import Any

import pytest

from keywordsai_dynamic.lifecycle.comparison import Difference, Service
from keywordsai_dynamic.lifecycle.state import (
    answered_in,
    declared_in,
    drift,
    outputs,
    passthrough_inputs,
    readable,
    unasked,
)

ROUNDS = Service(decimals=2)
VENDORS = Service(lambda name: name.startswith("openai/"))

DECLARED = {"model_name": "m", "custom_provider_id": "my-azure-provider", "input_cost": 2.5}
ANSWER = {
    "id": "m",
    "model_name": "m",
    "display_name": None,
    "affiliation_category": "custom",
    "input_cost": 2.5,
    "output_cost": 10.0,
    "source": "db",
    "throughput": {"average_tps": 3},
    "updated_at": "2026-05-11T00:00:00Z",
    "provider": {
        "id": "my-custom-provider",
        "provider_id": "my-custom-provider",
        "provider_name": "My Custom Provider",
        "extra_kwargs": {"api_key": "credential"},
    },
}
UNDECLARED = {
    "output_cost": 10.0,
    "model_id": "m",
    "affiliation_category": "custom",
    "source": "db",
    "provider_name": "My Custom Provider",
}
OUTPUTS = {
    "model_name": "m",
    "custom_provider_id": "my-custom-provider",
    "input_cost": 2.5,
    "__declared": {"custom_provider_id": "my-azure-provider"},
    "__answered": json.dumps(UNDECLARED, separators=(",", ":")),
}


def answered(*arguments: dict[str, Any]) -> dict[str, Any]:
    """Give what was answered undeclared."""
    undeclared: dict[str, Any] = json.loads(outputs(*arguments)["__answered"])
    return undeclared


def live_values(model: dict[str, Any]) -> dict[str, Any]:
    """Give what drifted from `OUTPUTS`, by field."""
    return {row.field: row.after for row in drift(OUTPUTS, model, Service())}


def test_outputs_are_the_answered_values_and_what_was_declared_otherwise() -> None:
    """Outputs hold what was answered; credentials and what changes by itself stay out."""
    assert outputs(DECLARED, DECLARED, ANSWER) == OUTPUTS


def test_a_provider_stands_under_the_name_that_was_declared() -> None:
    """Of the field's two names the declared one is answered, and `provider_id` where none is."""
    assert outputs({"provider_id": "a"}, {}, ANSWER)["provider_id"] == "my-custom-provider"
    undeclared = answered({"model_name": "m"}, {}, ANSWER)
    assert "custom_provider_id" not in undeclared
    assert undeclared["provider_id"] == "my-custom-provider"


def test_what_an_answer_leaves_out_keeps_its_last_known_value() -> None:
    """A missing key is no information: the value of the last answer stays, declared or not."""
    bare = {"id": "m", "model_name": "m"}
    declared = {"model_name": "m", "display_name": "Acme"}
    last = outputs(declared, declared, {**ANSWER, "display_name": "ACME"})
    assert outputs(declared, last, bare) == last
    assert answered({"model_name": "m"}, last, bare) == {
        "display_name": "ACME",
        "provider_id": "my-custom-provider",
        "input_cost": 2.5,
        **UNDECLARED,
    }


def test_what_is_answered_as_null_has_no_value() -> None:
    """A null takes the declared, the last known and the undeclared value away."""
    declared = {"model_name": "m", "display_name": "Acme", "input_cost": 2.5}
    last = outputs(declared, declared, {**ANSWER, "display_name": "ACME"})
    nulls = {**ANSWER, "display_name": None, "output_cost": None, "provider": None}
    assert outputs(declared, last, nulls) == {
        "model_name": "m",
        "input_cost": 2.5,
        "__declared": {"display_name": "Acme"},
        "__answered": json.dumps(
            {
                "provider_id": "my-custom-provider",
                "model_id": "m",
                "affiliation_category": "custom",
                "source": "db",
                "provider_name": "My Custom Provider",
            },
            separators=(",", ":"),
        ),
    }


def test_a_declaration_comes_back_out_of_a_state() -> None:
    """What was declared is the fields, and the hidden map where they were answered otherwise."""
    assert declared_in(OUTPUTS | {"__urn": "u"}) == DECLARED
    assert declared_in({"model_name": "m", "model_id": "m", "overwrite_existing": True}) == {
        "model_name": "m"
    }


def test_an_answer_comes_back_out_of_a_state() -> None:
    """What was answered is read whole, declared or not."""
    assert answered_in(OUTPUTS | {"__urn": "u"}) == {
        "model_name": "m",
        "custom_provider_id": "my-custom-provider",
        "input_cost": 2.5,
        **UNDECLARED,
    }


def test_what_can_be_read_back() -> None:
    """Overrides are never answered, our own switch is not sent, and the name is the key."""
    declared = DECLARED | {"supported_params_override": {}, "overwrite_existing": True}
    assert readable(declared) == {"custom_provider_id", "input_cost"}


def test_no_drift_where_the_service_answers_as_it_did() -> None:
    """Live equals answered, although the provider was declared by another id."""
    assert live_values(ANSWER) == {}


def test_drift_is_live_against_answered() -> None:
    """A declared field that moved on the server comes back with its live value."""
    moved = ANSWER | {"input_cost": 7, "provider": {"provider_id": "third"}}
    assert live_values(moved) == {"input_cost": 7, "custom_provider_id": "third"}


def test_an_undeclared_field_does_not_drift() -> None:
    """What the program does not declare may change on the server without a word."""
    assert live_values(ANSWER | {"output_cost": 99, "display_name": "new"}) == {}


STORED = {
    "model_name": "m",
    "base_model_name": "gpt-4o",
    "display_name": "Acme",
    "input_cost": 0.025,
    "custom_provider_id": "mine",
    "overwrite_existing": True,
    "__declared": {"output_cost": 4.0},
    "__answered": '{"cache_hit_input_cost":1}',
}
LIVE = {
    "model_name": "m",
    "base_model_name": "gpt-4o",
    "display_name": "Acme",
    "input_cost": 0.025,
    "provider": {"provider_id": "mine"},
    "output_cost": 4,
    "cache_hit_input_cost": 2,
    "image_support": None,
}


@pytest.mark.parametrize(
    ("service", "live", "expected"),
    [
        (Service(), {}, []),
        (Service(), {"display_name": None}, [Difference("display_name", "Acme", None)]),
        (Service(), {"input_cost": None}, [Difference("input_cost", 0.025, None)]),
        (Service(), {"input_cost": 0}, [Difference("input_cost", 0.025, 0)]),
        (Service(), {"input_cost": "0.0250000000"}, []),
        (Service(), {"provider": None}, []),
        (Service(), {"cache_hit_input_cost": None, "image_support": None}, []),
        (Service(), {"output_cost": None}, []),
        (Service(), {"output_cost": "4.0000000000"}, []),
        (Service(), {"output_cost": 5}, [Difference("output_cost", None, 5)]),
        (Service(), {"output_cost": 0}, [Difference("output_cost", None, 0)]),
        (Service(), {"output_cost": 4.004}, [Difference("output_cost", None, 4.004)]),
        (ROUNDS, {"output_cost": 4.004}, []),
        (ROUNDS, {"output_cost": 4.006}, [Difference("output_cost", None, 4.006)]),
        (
            Service(),
            {"input_cost": 7, "output_cost": 5, "display_name": None},
            [
                Difference("display_name", "Acme", None),
                Difference("input_cost", 0.025, 7),
                Difference("output_cost", None, 5),
            ],
        ),
        (Service(), {"input_cost": 0.03}, [Difference("input_cost", 0.025, 0.03)]),
        (ROUNDS, {"input_cost": 0.03}, []),
        (ROUNDS, {"input_cost": 0.02}, []),
        (ROUNDS, {"input_cost": 0.04}, [Difference("input_cost", 0.025, 0.04)]),
        (ROUNDS, {"input_cost": None}, [Difference("input_cost", 0.025, None)]),
        (
            Service(),
            {"base_model_name": "openai/gpt-4o"},
            [Difference("base_model_name", "gpt-4o", "openai/gpt-4o")],
        ),
        (VENDORS, {"base_model_name": "openai/gpt-4o"}, []),
        (
            VENDORS,
            {"base_model_name": "acme/gpt-4o"},
            [Difference("base_model_name", "gpt-4o", "acme/gpt-4o")],
        ),
    ],
)
def test_what_counts_as_drift(
    service: Service, live: dict[str, Any], expected: list[Difference]
) -> None:
    """A null where there was a value does; what a service rounds in its reads does not.

    Nor does what nobody declared, or a vendor's prefix. What was declared and answered as null has
    drifted where it has a value now, unless it is the declared one.
    """
    assert drift(STORED, {**LIVE, **live}, service) == expected


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({"display_name": None}, []),
        ({"display_name": "Acme"}, []),
        ({"display_name": "ACME"}, [Difference("display_name", None, "ACME")]),
        ({"display_name": ""}, [Difference("display_name", None, "")]),
        ({}, []),
    ],
)
def test_what_was_answered_as_null_drifts_from_null(
    live: dict[str, Any], expected: list[Difference]
) -> None:
    """The outputs of such an answer have no value, and the declared one is no drift from it."""
    declared = {"model_name": "m", "display_name": "Acme", "supported_params_override": {"t": {}}}
    props = outputs(declared, {}, {**ANSWER, "display_name": None})
    assert drift(props, {"model_name": "m", **live}, Service()) == expected


def test_a_field_that_the_live_answer_leaves_out_has_not_drifted() -> None:
    """A missing key is no information, other than a null."""
    assert drift(STORED, {"model_name": "m"}, Service()) == []


@pytest.mark.parametrize(
    ("declared", "service", "after", "expected"),
    [
        ({}, Service(), {}, []),
        ({}, Service(), {"output_cost": 0}, [Difference("output_cost", 4, 0)]),
        ({}, Service(), {"display_name": None}, [Difference("display_name", "Acme", None)]),
        ({}, Service(), {"max_context_window": 8192}, []),
        ({"output_cost": 0}, Service(), {"output_cost": 0}, []),
        ({}, Service(), {"output_cost": "4.000"}, []),
        (
            {},
            Service(),
            {"provider": {"provider_id": "other"}},
            [Difference("provider_id", "mine", "other")],
        ),
        ({"custom_provider_id": 7}, Service(), {"provider": {"provider_id": "other"}}, []),
        ({"provider_id": 7}, Service(), {"provider": {"provider_id": "other"}}, []),
        ({}, VENDORS, {"base_model_name": "openai/gpt-4o"}, []),
        ({}, Service(), {"cache_hit_input_cost": 2.004}, []),
        ({}, Service(), {"cache_hit_input_cost": 2.009}, []),
        ({}, Service(), {"cache_hit_input_cost": 1.991}, []),
        ({}, Service(), {"cache_hit_input_cost": 2.011}, None),
        ({}, Service(), {"cache_hit_input_cost": 1.989}, None),
        ({}, ROUNDS, {"cache_hit_input_cost": 2.009}, []),
        ({}, ROUNDS, {"cache_hit_input_cost": 2.011}, None),
        ({}, Service(), {"cache_hit_input_cost": None}, None),
        ({}, Service(), {"image_support": 1}, []),
        ({}, Service(), {"image_support": None}, []),
    ],
)
def test_what_a_write_changes_that_nobody_asked_for(
    declared: dict[str, Any],
    service: Service,
    after: dict[str, Any],
    expected: list[Difference] | None,
) -> None:
    """Fields that nobody declares are held against what was read before.

    What was null was nothing, and what was read may have been rounded. The provider is one field,
    however it is called.
    """
    if expected is None:
        expected = [Difference("cache_hit_input_cost", 2, after["cache_hit_input_cost"])]
    wanted = {"model_name": "m", **declared}
    assert unasked(wanted, {}, LIVE, {**LIVE, **after}, service) == expected


def test_what_a_write_leaves_out_of_its_answer_was_not_changed() -> None:
    """Only what both answers speak of can differ, and the order is that of the API's page."""
    after = {"model_name": "m", "output_cost": 0, "display_name": "ACME"}
    assert unasked({}, {}, LIVE, after, Service()) == [
        Difference("display_name", "Acme", "ACME"),
        Difference("output_cost", 4, 0),
    ]


def test_what_a_look_left_out_is_as_the_state_has_it() -> None:
    """Before a write a list may lack fields: what was answered last is held against the answer."""
    stored = {
        "model_name": "m",
        "input_cost": 1,
        "__answered": '{"output_cost":4,"display_name":"A"}',
    }
    before = {"model_name": "m", "display_name": "Acme"}
    after = {"model_name": "m", "input_cost": 2, "output_cost": 0, "display_name": "Acme"}
    assert unasked({"input_cost": 2}, stored, before, after, Service()) == [
        Difference("output_cost", 4, 0)
    ]
    assert unasked({"input_cost": 2}, {}, before, after, Service()) == []


def test_what_a_look_had_as_null_is_not_as_the_state_has_it() -> None:
    """A null is what was there, whatever was answered before: a value in its place is no loss."""
    stored = {"model_name": "m", "__answered": '{"output_cost":4,"display_name":"A"}'}
    before = {"model_name": "m", "output_cost": None}
    after = {"model_name": "m", "output_cost": 0, "display_name": None}
    assert unasked({}, stored, before, after, Service()) == [Difference("display_name", "A", None)]


def test_inputs_that_are_not_the_apis_are_kept() -> None:
    """The switch and the names of secret fields go with the state; nothing else does."""
    props = OUTPUTS | {"overwrite_existing": True, "__secret": ["input_cost"], "__urn": "u"}
    assert passthrough_inputs(props) == {"overwrite_existing": True, "__secret": ["input_cost"]}
