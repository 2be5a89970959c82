"""The functions of the native plugin, over real sockets and the installed price list."""

import json
import sys
from collections.abc import Mapping
from typing import Any, get_args

import jsonschema
import pytest
from own_price_list import own_price_list

from keywordsai_dynamic.core.errors import ConfigurationError, KeywordsAIError
from keywordsai_dynamic.core.plausibility import Problem
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.dialect import Generation
from keywordsai_dynamic.lifecycle.run import Run
from keywordsai_dynamic.native import package_schema
from keywordsai_dynamic.native.functions import Answer, invoke
from keywordsai_dynamic.native.live_model import live_model

PACKAGE: dict[str, Any] = json.loads(package_schema.text())
NO_IMAGES = {"imageSupport": False}
NO_NAME = [Problem("modelName", "must be given: Name of the model.")]
UNKNOWN = "known only after the update"
DECLARED = "acme/declared"


def call(run: Run, function: str, **arguments: object) -> Answer:
    """Call a function as the plugin does."""
    return invoke(
        run,
        f"keywordsai:index:{function}",
        arguments,
        lambda value: value == UNKNOWN,
        lambda name: name == DECLARED,
    )


def values(run: Run, function: str, **arguments: object) -> dict[str, Any]:
    """Call a function that must return something, as the schema says."""
    answer = call(run, function, **arguments)
    assert answer.problems == ()
    of_schema = PACKAGE["functions"][f"keywordsai:index:{function}"]["outputs"]
    types = {"additionalProperties": False, "types": PACKAGE["types"]}
    jsonschema.validate(answer.values, of_schema | types)
    return answer.values


def run_against(emulator: Emulator) -> Run:
    """Begin a run whose configuration names the emulator."""
    config = {"keywordsai:apiKey": emulator.api_key, "keywordsai:baseUrl": emulator.url}
    return Run(config.get, PYTHON)


def heard_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what the user of a run will read, with its severity."""
    heard: list[tuple[str, str]] = []
    for level in ("info", "warning"):
        monkeypatch.setattr(
            run.log, level, lambda text, _urn=None, level=level: heard.append((level, text))
        )
    return heard


def test_a_model_is_read_with_every_field(emulator: Emulator) -> None:
    """In camelCase, with booleans; what is not set is left out."""
    emulator.put_model(
        "acme/support", base_model_name="gpt-4o", input_cost=3, output_cost=0, function_call=1
    )
    model = values(run_against(emulator), "getModel", modelName="acme/support")
    expected = {
        "modelName": "acme/support",
        "baseModelName": "gpt-4o",
        "inputCost": 3,
        "outputCost": 0,
        "functionCall": True,
        "builtIn": False,
    }
    assert {name: model[name] for name in expected} == expected
    assert model["functionCall"] is True
    assert None not in model.values()


def test_a_built_in_model_can_be_read(emulator: Emulator) -> None:
    """It cannot be declared, so this is the way to its prices."""
    model = values(run_against(emulator), "getModel", modelName="openai/gpt-4o")
    assert (model["builtIn"], model["inputCost"]) == (True, 2.5)


def test_a_model_that_does_not_exist(emulator: Emulator) -> None:
    """One line, with what to do."""
    with pytest.raises(KeywordsAIError, match=r"^There is no model acme/none\. `.*models --all`"):
        call(run_against(emulator), "getModel", modelName="acme/none")
    with pytest.raises(KeywordsAIError, match=r"^There is no model acme/declared yet\. .*outputs"):
        call(run_against(emulator), "getModel", modelName=DECLARED)


@pytest.mark.parametrize("name", ["", "../list", "list", "a//b", "acme/status", "a\nb"])
def test_a_name_that_is_another_path_is_never_asked_for(emulator: Emulator, name: str) -> None:
    """Nothing is sent."""
    with pytest.raises(KeywordsAIError, match=r"^modelName (must|is)"):
        call(run_against(emulator), "getModel", modelName=name)
    assert emulator.calls == []


def test_models_are_listed_by_pattern(emulator: Emulator) -> None:
    """Sorted by name; one list serves every call of a run."""
    for name in ("beta/two", "acme/two", "acme/one"):
        emulator.put_model(name, input_cost=1)
    run = run_against(emulator)

    def names(**arguments: object) -> list[str]:
        models = values(run, "listModels", **arguments)["models"]
        return [model["modelName"] for model in models]

    assert names() == ["acme/one", "acme/two", "beta/two"]
    assert names(pattern="acme/*") == ["acme/one", "acme/two"]
    assert names(pattern="acme/one") == ["acme/one"]
    assert names(pattern="none/*") == []
    everything = names(all=True)
    assert everything == sorted(everything)
    assert {"openai/gpt-4o", "acme/one"} <= set(everything)
    assert names(pattern="*", all=False) == names()
    assert len(emulator.calls) == 1


def test_a_name_with_brackets_matches_itself(emulator: Emulator) -> None:
    """A pattern that is a model's own name always matches, as in `keywordsai-dynamic models`."""
    emulator.put_model("acme/one[eu]", input_cost=1)
    models = values(run_against(emulator), "listModels", pattern="acme/one[eu]")["models"]
    assert [model["modelName"] for model in models] == ["acme/one[eu]"]


@pytest.mark.parametrize("generation", get_args(Generation))
def test_every_generation_fits_the_schema(emulator: Emulator, generation: Generation) -> None:
    """Generated SDKs fail at a value of another type."""
    emulator.dialect.generation = generation
    emulator.put_model("acme/one", base_model_name="gpt-4o", input_cost=1, image_support=0)
    run = run_against(emulator)
    assert values(run, "getModel", modelName="acme/one")["inputCost"] == 1
    assert values(run, "listModels", all=True)["models"]


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ({"id": 17, "input_cost": "2.5000"}, {"modelId": "17", "inputCost": 2.5}),
        (
            {"function_call": True, "image_support": "0"},
            {"functionCall": True, "imageSupport": False},
        ),
        ({"function_call": "maybe", "input_cost": "cheap", "max_context_window": 0.5}, {}),
        ({"display_name": ["a"], "source": True, "input_cost": float("nan")}, {}),
        (
            {"provider": {"provider_id": 7, "provider_name": "Acme", "api_key": "of-theirs"}},
            {"providerId": "7", "providerName": "Acme"},
        ),
    ],
)
def test_values_are_of_the_schemas_types(
    answered: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    """A number or a flag may be text; what cannot be of the type is left out."""
    model = live_model({"model_name": "m", **answered})
    assert model == {"modelName": "m", "builtIn": False, **expected}


@pytest.mark.parametrize(
    ("function", "arguments", "problems"),
    [
        ("getModel", {}, NO_NAME),
        (
            "getModel",
            {"modelName": None},
            NO_NAME,
        ),
        ("getModel", {"modelName": 3}, [Problem("modelName", "must be a string")]),
        ("listModels", {"all": "yes"}, [Problem("all", "must be a boolean")]),
        ("listModels", {"all": 1}, [Problem("all", "must be a boolean")]),
        (
            "listModels",
            {"match": "*"},
            [Problem("match", "is not an argument of listModels; those are pattern, all")],
        ),
        (
            "getListPrice",
            {"model": "openai/gpt-4o", "tier": True, "strict": 0},
            [Problem("tier", "must be a whole number"), Problem("strict", "must be a boolean")],
        ),
    ],
)
def test_arguments_are_checked(
    emulator: Emulator, function: str, arguments: dict[str, Any], problems: list[Problem]
) -> None:
    """The engine passes on whatever a program says; nothing is sent."""
    assert call(run_against(emulator), function, **arguments) == Answer({}, problems)
    assert emulator.calls == []


def test_arguments_may_be_unknown_in_a_preview(emulator: Emulator) -> None:
    """Then nothing is known of the result, and nothing is sent."""
    run = run_against(emulator)
    for function, argument in (("getModel", "modelName"), ("listModels", "pattern")):
        assert call(run, function, **{argument: UNKNOWN}) == Answer({})
    assert emulator.calls == []


def test_a_function_that_there_is_not(emulator: Emulator) -> None:
    """The error names the ones there are."""
    with pytest.raises(KeywordsAIError, match=r"are getModel, listModels, getListPrice\.$"):
        call(run_against(emulator), "getPrice")


def test_without_a_key() -> None:
    """The error says how to set one."""
    with pytest.raises(ConfigurationError, match="No Keywords AI API key"):
        call(Run({}.get, PYTHON), "getModel", modelName="acme/one")


def test_a_list_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `list_price` of Python programs has it, without a key and without a request."""
    run = Run({}.get, PYTHON)
    heard = heard_in(run, monkeypatch)
    assert values(run, "getListPrice", model="openai/gpt-4o") == {
        "inputCost": 2.5,
        "outputCost": 10,
        "cacheHitInputCost": 1.25,
        "maxContextWindow": 128000,
    }
    dearer = values(run, "getListPrice", model="openai/gpt-4o-mini", markup="0.1%")
    assert dearer["cacheHitInputCost"] == 0.075075
    assert heard == []


def test_a_list_price_that_comes_from_another_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told once in a run; with `strict` it is refused."""
    run = Run({}.get, PYTHON)
    heard = heard_in(run, monkeypatch)
    with own_price_list():
        for _ in range(2):
            assert values(run, "getListPrice", model="acme/chat-new")["inputCost"] == 1
        with pytest.raises(KeywordsAIError, match="Use that name, or remove `strict`"):
            call(run, "getListPrice", model="acme/chat-new", strict=True)
    ((level, sentence),) = heard
    assert level == "warning"
    assert sentence.startswith("list price of acme/chat used for acme/chat-new, because ")


def test_list_prices_that_cannot_be_used() -> None:
    """One line each: a tier is never guessed, and no digit is lost."""
    run = Run({}.get, PYTHON)
    for arguments, expected in (
        ({"model": "gpt-4o"}, "no vendor in 'gpt-4o'; did you mean openai/gpt-4o?"),
        ({"model": "anthropic/claude-sonnet-4-5"}, "Choose with `tier`: 0, 200000"),
        ({"model": "openai/gpt-4o", "markup": "0.333333333333333%"}, "significant digits"),
        ({"model": "openai/gpt-4o", "markup": "1%", "discount": "1%"}, "not both"),
    ):
        with pytest.raises(KeywordsAIError) as error:
            call(run, "getListPrice", **arguments)
        assert expected in str(error.value)
        assert "\n" not in str(error.value)


def test_list_prices_need_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, one line says what to install."""

    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    with pytest.raises(KeywordsAIError, match=r"pip install 'keywordsai-dynamic\[prices\]'$"):
        call(Run({}.get, PYTHON), "getListPrice", model="openai/gpt-4o")
