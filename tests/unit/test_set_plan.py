"""What a step of a set does to which of its models, in which order, and what the state gets."""

from typing import Any

import pytest

from keywordsai_dynamic.core.names import SECRET_FIELDS
from keywordsai_dynamic.lifecycle.results import Outputs
from keywordsai_dynamic.lifecycle.set_declaration import SetDeclaration
from keywordsai_dynamic.lifecycle.set_plan import Plan, bases_first, bases_last
from keywordsai_dynamic.lifecycle.set_state import (
    changed_models,
    set_inputs,
    set_outputs,
    stored_models,
)

URL = "https://api.test"
STORED: dict[str, Any] = {
    "models": {
        "kept": {"input_cost": 1, "overwrite_existing": True},
        "changed": {"input_cost": 2},
        "dropped": {"input_cost": 3},
    },
    "__declared": {"kept": {"input_cost": 1.001}},
    "__answered": '{"changed":{},"dropped":{"model_id":"d"},"kept":{"output_cost":9}}',
    "__secret": {"kept": ["input_cost"]},
    "__base_url": URL,
}
WANTED: dict[str, Any] = {
    "kept": {"input_cost": 1.001},
    "changed": {"input_cost": 2.5},
    "new": {"input_cost": 4},
}


def plan(models: dict[str, Any], stored: dict[str, Any] | None = None) -> Plan:
    """Plan for a set that declares these models."""
    wanted = SetDeclaration.from_props({"models": models}, is_unknown=lambda _value: False)
    return Plan(stored_models(STORED if stored is None else stored), wanted.models)


def written(name: str, cost: float) -> Outputs:
    """Return the outputs of a model that was written."""
    props = {"model_name": name, "input_cost": cost, "__answered": "{}", "__base_url": URL}
    return Outputs(props, frozenset())


def test_a_state_gives_what_it_would_hold_of_single_models() -> None:
    """Each hidden property goes to its model, and the base URL to all."""
    assert stored_models(STORED) == {
        "kept": {
            "model_name": "kept",
            "input_cost": 1,
            "overwrite_existing": True,
            "__declared": {"input_cost": 1.001},
            "__answered": '{"output_cost":9}',
            "__secret": ["input_cost"],
            "__base_url": URL,
        },
        "changed": {
            "model_name": "changed",
            "input_cost": 2,
            "__answered": "{}",
            "__base_url": URL,
        },
        "dropped": {
            "model_name": "dropped",
            "input_cost": 3,
            "__answered": '{"model_id":"d"}',
            "__base_url": URL,
        },
    }


def test_and_back() -> None:
    """What `set_outputs` makes of single models, `stored_models` undoes."""
    single = {name: Outputs(one, frozenset()) for name, one in stored_models(STORED).items()}
    assert set_outputs(single, URL, None).values == STORED


def test_only_new_and_changed_models_are_written() -> None:
    """A declared value that was answered otherwise is not a change."""
    one = plan(WANTED)
    assert (list(one.writes), one.drops) == (["changed", "new"], ["dropped"])
    assert sorted(changed_models(STORED, {"models": WANTED})) == ["changed", "dropped", "new"]
    assert changed_models(STORED, {"models": "later"}) == ["models"]


def test_what_the_state_gets() -> None:
    """New values of what was written, old ones of what was not; what was deleted is gone."""
    after = plan(WANTED).after({"changed": written("changed", 2.5)}, [])
    outs = set_outputs(after, URL, "urn")
    assert outs.values == {
        "models": {
            "changed": {"input_cost": 2.5},
            "kept": {"input_cost": 1},  # which no longer declares that it overwrites
            "dropped": {"input_cost": 3},
        },
        "__declared": STORED["__declared"],
        "__answered": '{"changed":{},"dropped":{"model_id":"d"},"kept":{"output_cost":9}}',
        "__secret": STORED["__secret"],
        "__base_url": URL,
        "__urn": "urn",
    }
    assert outs.secret == {"__declared"}
    assert set_inputs(after) == {
        "models": {
            "changed": {"input_cost": 2.5},
            "kept": {"input_cost": 1.001},
            "dropped": {"input_cost": 3},
        },
        SECRET_FIELDS: {"kept": ["input_cost"]},
    }
    done = {"changed": written("changed", 2.5), "new": written("new", 4)}
    assert list(plan(WANTED).after(done, ["dropped"])) == ["changed", "kept", "new"]


SECRET = {"__secret": {"m": ["input_cost"]}}


@pytest.mark.parametrize(
    ("before", "now"),
    [pytest.param({}, SECRET, id="made secret"), pytest.param(SECRET, {}, id="given up")],
)
def test_what_is_or_was_secret_is_secret_in_the_state(
    before: dict[str, Any], now: dict[str, Any]
) -> None:
    """Also a copy of it under another name, of a model that nothing is sent for."""
    stored = {
        "models": {"m": {"input_cost": 7.25}},
        "__answered": '{"m":{"output_cost":7.25}}',
        "__base_url": URL,
        **before,
    }
    props = {"models": {"m": {"input_cost": 7.25}}, **now}
    wanted = SetDeclaration.from_props(props, is_unknown=lambda _value: False)
    outs = set_outputs(Plan(stored_models(stored), wanted.models).after({}, []), URL, None)
    assert (outs.values["__secret"], outs.secret) == ({"m": ["input_cost"]}, {"__answered"})


BASES = {"heir": "base", "base": "root", "root": "gpt-4o", "other": None, "heir-2": "base"}


def test_a_model_comes_after_the_one_that_it_inherits_from() -> None:
    """Both when they are written and, the other way round, when they are deleted."""
    models = {name: {"base_model_name": base} for name, base in BASES.items()}
    groups = [["root", "other"], ["base"], ["heir", "heir-2"]]
    assert list(bases_first(models)) == groups
    stored = {name: {"model_name": name, **fields} for name, fields in models.items()}
    assert list(bases_last(stored)) == groups[::-1]


@pytest.mark.parametrize("bases", [{"a": "b", "b": "a"}, {"a": "a"}])
def test_a_circle_ends(bases: dict[str, str]) -> None:
    """Models that inherit from each other are written together: the service decides."""
    models = {name: {"base_model_name": base} for name, base in bases.items()}
    assert list(bases_first(models)) == [list(bases)]
