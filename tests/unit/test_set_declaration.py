"""What a set declares: a declaration for each model, and every problem with the model's name."""

from typing import Any

import pytest

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.names import API_FIELDS, NOT_SENT
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle.set_declaration import SetDeclaration
from keywordsai_dynamic.native.wording import CAMEL

LATER = object()
URN = "urn:pulumi:dev::shop::keywordsai:index:ModelSet::prices"


def declared(
    models: object, stored: dict[str, Any] | None = None, **hidden: object
) -> SetDeclaration:
    """Declare models; `LATER` is a value that only the update will know."""
    props = {"models": models, "__urn": URN, **{f"__{name}": hidden[name] for name in hidden}}
    return SetDeclaration.from_props(props, stored, is_unknown=lambda value: value is LATER)


def test_each_model_is_normalized_by_itself() -> None:
    """As a single model would be, under its key; the key is repeated nowhere."""
    wanted = declared(
        {
            "acme/a": {"input_cost": "2.50", "model_name": "acme/a", "output_cost": None},
            "acme/b": {"max_context_window": 128000.0, "overwrite_existing": True},
        }
    )
    assert wanted.failures(PYTHON) == []
    assert wanted.inputs() == {
        "models": {
            "acme/a": {"input_cost": 2.5},
            "acme/b": {"max_context_window": 128000, "overwrite_existing": True},
        }
    }
    assert [one.declared["model_name"] for one in wanted.models.values()] == ["acme/a", "acme/b"]
    assert {one.urn for one in wanted.models.values()} == {URN}
    assert wanted.names == ["acme/a", "acme/b"]


def test_every_problem_names_its_model() -> None:
    """With what was found, where that may be printed; no problem names the property `models`."""
    wanted = declared(
        {
            "acme/a": {"input_cost": -1, "output_cost": "x" * 300},
            "acme/b": {"inputCost": 1, "input_cost": "secret words"},
            "acme/c": {"model_name": "acme/d"},
            "acme/d": 7,
            "acme//e": {},
            "": {},
        },
        secret={"acme/b": ["input_cost"]},
    )
    number = "must be a number of USD per million tokens"
    assert [(field, sentence) for field, sentence in wanted.failures(PYTHON)] == [
        ("", "The name of a model must not be empty"),
        ("", "acme//e must not contain two slashes in a row"),
        ("", "acme/a: input_cost must be 0 or more (found -1)"),
        ("", f"acme/a: output_cost {number}"),
        ("", f"acme/b: input_cost {number}"),
        ("", "acme/b: inputCost is not a field of a custom model"),
        (
            "",
            "acme/c has another model_name inside; leave it out, because the key is the name",
        ),
        ("", "acme/d must have a map of fields"),
    ]
    assert "acme/c has another modelName inside" in str(wanted.failures(CAMEL))
    with pytest.raises(KeywordsAIError, match=r"acme//e must not .*\nacme/a: input_cost"):
        wanted.require_valid(PYTHON)


@pytest.mark.parametrize(
    ("models", "secret", "problem"),
    [
        (None, None, "models must be a map of model names to their fields"),
        (["acme/a"], None, "models must be a map of model names to their fields"),
        ({}, True, "models must not be secret as a whole, because every message shows the names; "),
    ],
)
def test_what_is_no_map_of_models(models: object, secret: object, problem: str) -> None:
    """One problem of the set itself; its inputs stay as they are."""
    wanted = declared(models, secret=secret)
    ((field, sentence),) = wanted.failures(PYTHON)
    assert (field, sentence.startswith(problem)) == ("", True)
    assert wanted.inputs() == {"models": models}


def test_what_only_the_update_knows() -> None:
    """A value, the fields of a model, or the whole map: each stays what it is."""
    one = declared({"acme/a": {"input_cost": LATER, "output_cost": 1}, "acme/b": LATER})
    assert one.failures(PYTHON) == []
    assert one.inputs()["models"] == {
        "acme/a": {"input_cost": LATER, "output_cost": 1},
        "acme/b": LATER,
    }
    assert one.models["acme/a"].unknown == {"input_cost"}
    assert one.models["acme/b"].unknown == {*API_FIELDS, *NOT_SENT} - {"model_name"}
    assert one.names == ["acme/a", "acme/b"]

    whole = declared(LATER)
    assert (whole.failures(PYTHON), whole.inputs(), whole.names) == ([], {"models": LATER}, None)
    assert declared({}).names == []


def test_what_an_earlier_check_returned_is_not_validated_again() -> None:
    """Model by model: a value that would be refused today passes where the state holds it."""
    old = {"models": {"acme/a": {"input_cost": -1}, "acme/b": {"input_cost": -1}}}
    wanted = declared({"acme/a": {"input_cost": -1}, "acme/b": {"input_cost": -2}}, old)
    assert [sentence for _, sentence in wanted.failures(PYTHON)] == [
        "acme/b: input_cost must be 0 or more (found -2)"
    ]


def test_secret_fields_are_told_model_by_model() -> None:
    """And kept in the inputs, so that the next run knows them."""
    wanted = declared(
        {"acme/a": {"input_cost": 1}, "acme/b": {}}, secret={"acme/a": ["input_cost"]}
    )
    assert wanted.models["acme/a"].secret == {"input_cost"}
    assert wanted.inputs()["__secret"] == {"acme/a": ["input_cost"]}


def test_secret_fields_are_told_for_every_model() -> None:
    """In one list, because a transform may add models that the program does not know."""
    wanted = declared({"acme/a": {"input_cost": 1}, "acme/b": {}}, secret=["input_cost"])
    assert {name: set(one.secret) for name, one in wanted.models.items()} == {
        "acme/a": {"input_cost"},
        "acme/b": {"input_cost"},
    }
