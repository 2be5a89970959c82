"""What a state holds of a model, and what is read back out of it."""

import json
from typing import Any

from keywordsai_dynamic.state import (
    answered_in,
    declared_in,
    drift,
    kept,
    outputs,
    readable,
)

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
    return {row.field: row.after for row in drift(OUTPUTS, model)}


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


def test_inputs_that_are_not_the_apis_are_kept() -> None:
    """The switch and the names of secret fields go with the state; nothing else does."""
    props = OUTPUTS | {"overwrite_existing": True, "__secret": ["input_cost"], "__urn": "u"}
    assert kept(props) == {"overwrite_existing": True, "__secret": ["input_cost"]}
