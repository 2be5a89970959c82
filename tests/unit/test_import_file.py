"""Which fields of a live model are declared, under which name, and how files are written."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from keywordsai_dynamic.catalog.layers import Layer
from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.core.errors import DeclarationError, KeywordsAIError
from keywordsai_dynamic.core.names import (
    CUSTOM_PROVIDER_TYPE,
    MODEL_SET_TYPE,
    NATIVE_CUSTOM_PROVIDER_TYPE,
    NATIVE_MODEL_SET_TYPE,
    NATIVE_TYPE,
    PICKLED_MODEL_SET,
    TYPE,
)
from keywordsai_dynamic.core.schema import normalize
from keywordsai_dynamic.files.yaml_reader import from_yaml
from keywordsai_dynamic.import_file import (
    Adoption,
    Held,
    Note,
    command,
    engine_file,
    held_by,
    models_in,
    native_file,
    program,
    select,
    with_models,
)
from keywordsai_dynamic.import_file.adoption import identifier, slug
from keywordsai_dynamic.import_file.command import run
from keywordsai_dynamic.import_file.request import Request

BASE = {
    "id": "openai/gpt-4o",
    "model_name": "openai/gpt-4o",
    "affiliation_category": "keywordsai",
    "input_cost": 2.5,
    "output_cost": 10.0,
    "cache_hit_input_cost": 1.25,
    "cache_creation_input_cost": 0.0,
    "max_context_window": 128_000,
    "function_call": 1,
    "image_support": 1,
    "provider": None,
}


def live(name: str, **fields: object) -> dict[str, Any]:
    return {
        **BASE,
        "id": name,
        "model_name": name,
        "affiliation_category": "custom",
        "base_model_name": "gpt-4o",
        "provider": {"id": "openai", "provider_id": "openai", "provider_name": "OpenAI"},
        **fields,
    }


def alone(name: str, **fields: object) -> dict[str, Any]:
    """A model without a base, of a custom provider."""
    return live(
        name,
        **{
            "base_model_name": None,
            "provider": {"provider_id": "vllm"},
            "cache_hit_input_cost": 0.0,
            "image_support": 0,
            **fields,
        },
    )


def index(*models: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {model["model_name"]: model for model in (BASE, *models)}


@pytest.mark.parametrize(
    ("model", "declared"),
    [
        (live("m"), {"base_model_name": "gpt-4o"}),
        (live("m", input_cost=3), {"base_model_name": "gpt-4o", "input_cost": 3.0}),
        (live("m", input_cost=0), {"base_model_name": "gpt-4o", "input_cost": 0.0}),
        (live("m", cache_hit_input_cost=0), {"base_model_name": "gpt-4o"}),
        (live("m", display_name="m"), {"base_model_name": "gpt-4o"}),
        (live("m", display_name="M"), {"base_model_name": "gpt-4o", "display_name": "M"}),
        (live("m", function_call=0), {"base_model_name": "gpt-4o", "function_call": 0}),
        (
            live("m", provider={"provider_id": "azure"}),
            {"base_model_name": "gpt-4o", "custom_provider_id": "azure"},
        ),
        (
            live("m", base_model_name="gone"),
            {
                "base_model_name": "gone",
                "custom_provider_id": "openai",
                "input_cost": 2.5,
                "output_cost": 10.0,
                "cache_hit_input_cost": 1.25,
                "max_context_window": 128_000,
                "function_call": 1,
                "image_support": 1,
            },
        ),
        (
            alone("m", streaming_support=0),
            {
                "custom_provider_id": "vllm",
                "input_cost": 2.5,
                "output_cost": 10.0,
                "max_context_window": 128_000,
                "function_call": 1,
            },
        ),
        ({"model_name": "m", "affiliation_category": "custom", "input_cost": 1}, {"input_cost": 1}),
    ],
)
def test_what_a_model_would_have_anyway_is_not_declared(
    model: dict[str, Any], declared: dict[str, Any]
) -> None:
    """Inherited and unset fields are left out; others keep the live value."""
    (adoption,) = select(index(model)).adoptions
    assert adoption.declared == {"model_name": "m"} | declared


def test_all_fields_declares_what_is_answered() -> None:
    """With `all_fields`, inherited values are declared; the provider under one of its two names."""
    (adoption,) = select(index(live("m")), all_fields=True).adoptions
    assert adoption.declared == {
        "model_name": "m",
        "base_model_name": "gpt-4o",
        "custom_provider_id": "openai",
        "input_cost": 2.5,
        "output_cost": 10.0,
        "cache_hit_input_cost": 1.25,
        "cache_creation_input_cost": 0.0,
        "max_context_window": 128_000,
        "function_call": 1,
        "image_support": 1,
    }


def test_what_a_file_declares_already_is_declared() -> None:
    """A model that a file already has keeps the file's fields, with the live values."""
    (adoption,) = select(
        index(live("m", input_cost=3)), fields={"m": {"output_cost", "provider_id", "markup"}}
    ).adoptions
    assert adoption.declared == {"model_name": "m", "output_cost": 10.0, "provider_id": "openai"}


def test_what_cannot_be_declared_is_left_out_and_said() -> None:
    """A wrong field is left out, and so is a model with a wrong name; the rest is adopted."""
    chosen = select(index(live("bad ", input_cost=1), live("m", input_cost=-1, display_name=7)))
    assert [each.declared for each in chosen.adoptions] == [
        {"model_name": "m", "base_model_name": "gpt-4o"}
    ]
    assert chosen.notes == [
        Note("bad ", "model_name", "must not begin or end with whitespace"),
        Note("m", "display_name", "must be a string"),
        Note("m", "input_cost", "must be 0 or more"),
    ]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ([], ["a*", "a/x", "a/y", "b"]),
        (["a/*"], ["a/x", "a/y"]),
        (["a/*", "b"], ["a/x", "a/y", "b"]),
        (["a*"], ["a*"]),
        (["A/*"], []),
        (["openai/*"], []),
    ],
)
def test_patterns_choose_own_models(patterns: list[str], names: list[str]) -> None:
    """A glob matches names, with case; a pattern that is a model's name selects only that model."""
    models = index(live("b"), live("a/y"), live("a/x"), live("a*"))
    assert [each.model_name for each in select(models, patterns).adoptions] == names


def test_resources_get_names_of_their_own() -> None:
    """Names for programs are short and never the same twice, not even as one in the stack."""
    models = index(*map(live, ["acme/a b", "acme/a-b", "acme (a b)", "***", "Ünï/模型"]))
    held = Held(resources=frozenset({"Ünï-模型"}))
    chosen = select(models, naming=slug, held=held)
    assert {each.model_name: each.resource_name for each in chosen.adoptions} == {
        "***": "model",
        "acme (a b)": "acme-a-b",
        "acme/a b": "acme-a-b-2",
        "acme/a-b": "acme-a-b-3",
        "Ünï/模型": "Ünï-模型-2",
    }


def test_what_the_stack_holds_is_counted_and_left_out() -> None:
    """Managed resources of an export hold their models; external or deleted ones do not."""
    urn = "urn:pulumi:dev::p::pulumi-python:dynamic/keywordsai:CustomModel::"
    resource = {"type": "pulumi-python:dynamic/keywordsai:CustomModel"}
    export = {
        "deployment": {
            "resources": [
                {"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::s"},
                {**resource, "urn": f"{urn}one", "id": "m"},
                {**resource, "urn": f"{urn}a::b", "id": "n", "delete": True},
                {**resource, "urn": f"{urn}three", "id": "o", "external": True},
            ]
        }
    }
    held = held_by(export)
    assert held == Held(frozenset({"m"}), frozenset({"one", "a::b"}))
    chosen = select(index(*map(live, "mno")), held=held)
    assert ([each.model_name for each in chosen.adoptions], chosen.held) == (["n", "o"], 1)


@pytest.mark.parametrize("export", [[], {}, {"deployment": None}, None])
def test_something_else_is_no_stack_export(export: object) -> None:
    """A file that is not an export is refused."""
    with pytest.raises(DeclarationError, match="not a stack export"):
        held_by(export)


@pytest.mark.parametrize("resources", [[5], 5, [{"type": TYPE}], [{"type": TYPE, "id": "m"}]])
def test_an_export_with_odd_resources_is_said_to_have_them(resources: object) -> None:
    """An unreadable resource must not lead to importing its model twice."""
    with pytest.raises(DeclarationError, match="an entry that is not a resource"):
        held_by({"deployment": {"resources": resources}})


@pytest.mark.parametrize("field", ["display_name", "custom_provider_id"])
def test_a_model_that_reads_like_a_value_not_known_yet_is_left_out(field: str) -> None:
    """One such value makes `pulumi import` refuse the whole file."""
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    odd = live("m", display_name=unknown)
    if field == "custom_provider_id":
        odd = alone("m", provider={"provider_id": unknown})
    chosen = select(index(odd, live("n")))
    assert [each.model_name for each in chosen.adoptions] == ["n"]
    assert chosen.notes == [
        Note("m", field, "is the value that Pulumi uses for one it does not know yet")
    ]


def test_where_an_override_may_be_set() -> None:
    """Newer APIs return its effect: only models whose effect differs from the base's are named."""
    base = BASE | {"supported_params": {"t": 1}}
    models = index(
        live("same", supported_params={"t": 1}),
        live("other", supported_params={"t": 2}),
        alone("alone", supported_params={"t": 1}),
        live("old"),
    ) | {"openai/gpt-4o": base}
    assert select(models).overridable == ["alone", "old", "other"]


def test_the_engine_file() -> None:
    """Inputs are what `check` returns, outputs what `create` returns; both have `__provider`."""
    (adoption,) = select(index(live("acme/m", input_cost=3)), naming=slug).adoptions
    provider = (
        "gASVOQAAAAAAAACMG2tleXdvcmRzYWlfZHluYW1pYy5wcm92aWRlcpSMFWN1c3RvbV9tb2RlbF9wcm92aWRlcpST"
        "lC4="
    )
    assert engine_file([adoption], "https://api.keywordsai.co") == {
        "resources": [
            {
                "type": "pulumi-python:dynamic/keywordsai:CustomModel",
                "name": "acme-m",
                "id": "acme/m",
                "inputs": {
                    "model_name": "acme/m",
                    "base_model_name": "gpt-4o",
                    "input_cost": 3.0,
                    "__provider": provider,
                },
                "outputs": {
                    "model_name": "acme/m",
                    "base_model_name": "gpt-4o",
                    "input_cost": 3,
                    "__answered": json.dumps(
                        {
                            "provider_id": "openai",
                            "output_cost": 10.0,
                            "cache_hit_input_cost": 1.25,
                            "cache_creation_input_cost": 0.0,
                            "max_context_window": 128_000,
                            "function_call": 1,
                            "image_support": 1,
                            "model_id": "acme/m",
                            "affiliation_category": "custom",
                            "provider_name": "OpenAI",
                        },
                        separators=(",", ":"),
                    ),
                    "__base_url": "https://api.keywordsai.co",
                    "__provider": provider,
                },
            }
        ]
    }


def test_the_engine_file_of_a_set() -> None:
    """One resource with all models; its id is its name, and what was answered is one text."""
    chosen = select(index(live("acme/m", input_cost=3), live("acme/n", output_cost=4)))
    (made,) = engine_file(chosen.adoptions, "https://api.keywordsai.co", together="prices")[
        "resources"
    ]
    singles = engine_file(chosen.adoptions, "https://api.keywordsai.co")["resources"]
    models = {
        "acme/m": {"base_model_name": "gpt-4o", "input_cost": 3.0},
        "acme/n": {"base_model_name": "gpt-4o", "output_cost": 4.0},
    }
    assert (made["type"], made["name"], made["id"]) == (MODEL_SET_TYPE, "prices", "prices")
    pickled = {"__provider": PICKLED_MODEL_SET}
    assert made["inputs"] == {"models": models, **pickled}
    answered = json.loads(made["outputs"].pop("__answered"))
    assert answered == {each["id"]: json.loads(each["outputs"]["__answered"]) for each in singles}
    assert made["outputs"] == {
        "models": models,
        "__base_url": "https://api.keywordsai.co",
        **pickled,
    }
    assert engine_file([], "https://api.keywordsai.co", together="prices") == {"resources": []}


def test_the_file_of_a_set_for_the_native_plugin() -> None:
    """The same state in the plugin's words."""
    chosen = select(index(live("acme/m", input_cost=3, function_call=0)))
    (made,) = native_file(chosen.adoptions, "https://api.keywordsai.co", together="prices")[
        "resources"
    ]
    models = {"acme/m": {"baseModelName": "gpt-4o", "inputCost": 3.0, "functionCall": False}}
    assert (made["type"], made["name"], made["id"]) == (NATIVE_MODEL_SET_TYPE, "prices", "prices")
    assert made["inputs"] == {"models": models}
    outputs = made["outputs"]
    assert (outputs["models"], outputs["serviceUrl"]) == (models, "https://api.keywordsai.co")
    assert json.loads(outputs["answered"])["acme/m"]["output_cost"] == 10.0


def test_the_program() -> None:
    """It looks handwritten: bases first, as variables, and prices as in price lists."""
    chosen = select(
        index(
            live("acme/support", input_cost=3, display_name='The "best"'),
            live("acme/faq", base_model_name="acme/support", input_cost=3, output_cost=9.125),
            alone("class", input_cost=0, output_cost=0.1),
            live("heir", base_model_name="class", max_context_window=1),
        ),
        naming=slug,
    )
    assert (
        program(chosen.adoptions)
        == '''\
"""Models of the Keywords AI organization; prices are USD per million tokens."""

from keywordsai_dynamic import CustomModel

acme_support = CustomModel(
    "acme-support",
    model_name="acme/support",
    base_model_name="gpt-4o",
    display_name='The "best"',
    input_cost=3.00,
)

CustomModel(
    "acme-faq",
    model_name="acme/faq",
    base_model_name=acme_support.model_name,
    output_cost=9.125,
)

model_class = CustomModel(
    "class",
    model_name="class",
    custom_provider_id="vllm",
    input_cost=0,
    output_cost=0.10,
    max_context_window=128_000,
    function_call=True,
)

CustomModel(
    "heir",
    model_name="heir",
    base_model_name=model_class.model_name,
    custom_provider_id="openai",
    input_cost=2.50,
    output_cost=10.00,
    cache_hit_input_cost=1.25,
    max_context_window=1,
    image_support=True,
)
'''
    )


def test_a_circle_of_bases_is_written_out() -> None:
    """If two models inherit from each other, one of them has the other's name as a string."""
    chosen = select(index(live("a", base_model_name="b"), live("b", base_model_name="a")))
    first, second = program(chosen.adoptions).split("\n\n")[2:]
    assert first.startswith('b = CustomModel(\n    "b",\n    model_name="b",\n')
    assert '    base_model_name="a",\n' in first
    assert "    base_model_name=b.model_name,\n" in second


ODD = ["\t", "\n", "\r\n", "  ", "\u00a0", "\u2028", "\x85", "\0", "\x1b", "\ufeff", "'", '"', "\\"]
ODD += ["no", "~", "1e3", "0x1F", "0o17", "12:30", "=", "<<", ": ", " #", "- ", "—", "模", "😀"]
TEXT = st.text(min_size=1, max_size=150) | st.builds(
    "".join, st.lists(st.sampled_from(ODD) | st.text(max_size=9), min_size=1, max_size=60)
)
PRICE = st.floats(min_value=0, max_value=1e12, allow_nan=False)
FIELDS = st.fixed_dictionaries(
    {"model_name": TEXT},
    optional={
        "base_model_name": TEXT,
        "display_name": TEXT,
        "custom_provider_id": TEXT,
        "input_cost": PRICE,
        "cache_creation_input_cost": PRICE,
        "max_context_window": st.integers(min_value=0, max_value=2**53),
        "function_call": st.booleans(),
    },
)


@pytest.mark.parametrize(
    "text",
    [
        "\t".join(["a long display name"] * 9),
        "two  spaces   and\nlines\r\nand \u00a0 more " * 5,
        "x" * 300,
        "\u2028\x85\ufeff\0\x1b" * 30,
        "'\"\\" * 60,
    ],
)
def test_a_long_text_keeps_its_white_space(text: str) -> None:
    """Splitting text keeps its value: replacing a tab with blanks would change the model."""
    declared = {"model_name": "m", "display_name": text}
    call = ast.parse(program([Adoption("m", declared, {})])).body[-1]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    written = {str(word.arg): ast.literal_eval(word.value) for word in call.value.keywords}
    assert written == declared


def adoption_of(fields: Mapping[str, Any]) -> Adoption | None:
    declared, problems = normalize(fields)
    return None if problems else Adoption(declared["model_name"], declared, {})


@given(FIELDS)
def test_every_value_comes_back_out_of_the_program(fields: dict[str, Any]) -> None:
    """The program declares exactly the text and numbers that the model has."""
    adoption = adoption_of(fields)
    if adoption is None:
        return
    call = ast.parse(program([adoption])).body[-1]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    (name,) = map(ast.literal_eval, call.value.args)
    written = {str(word.arg): ast.literal_eval(word.value) for word in call.value.keywords}
    assert (name, normalize(written)) == (adoption.resource_name, (adoption.declared, []))


@example({"model_name": "secure"}, False, "")  # not what Pulumi encrypts
@given(FIELDS, st.booleans(), st.sampled_from(["", "acme/old: {input_cost: 1}\n"]))
def test_every_value_comes_back_out_of_the_catalog(
    fields: dict[str, Any], stack: bool, before: str
) -> None:
    """The catalog reads exactly the text and numbers that the model has."""
    adoption = adoption_of(fields)
    if adoption is None or adoption.model_name == "acme/old":
        return
    text = f"config:\n  keywordsai:models:\n    {before}" if stack else before
    text = with_models(text, [adoption], stack=stack, file="f.yaml")
    content: Any = from_yaml(text, "f.yaml")
    models = content["config"]["keywordsai:models"] if stack else content
    declared = ModelCatalog.from_layers([Layer("f.yaml", models)]).models[adoption.model_name]
    assert {"model_name": adoption.model_name, **declared} == adoption.declared
    # And to any other reader of YAML the texts are these texts.
    other = yaml.safe_load(text)
    fields = (other["config"]["keywordsai:models"] if stack else other)[adoption.model_name]
    texts = {name: value for name, value in adoption.declared.items() if isinstance(value, str)}
    assert {"model_name": adoption.model_name, **fields}.items() >= texts.items()


def test_a_name_that_no_key_can_hold_is_refused() -> None:
    """A YAML key has at most 1,024 characters; the line has the model and what to do."""
    fits, too_long = (Adoption("m", {"model_name": "x" * length}, {}) for length in (1024, 1025))
    assert with_models("", [fits], stack=False, file="f.yaml") == f"{'x' * 1024}: {{}}\n"
    with pytest.raises(DeclarationError) as caught:
        with_models("", [too_long], stack=False, file="f.yaml")
    assert str(caught.value) == (
        f"f.yaml: {'x' * 40}…: model_name is too long for a YAML key; use --program"
    )


NEW = [Adoption("new", {"model_name": "new", "input_cost": 2.5, "function_call": 1}, {})]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "new:\n  input_cost: 2.50\n  function_call: true\n"),
        ("# only words", "# only words\n\nnew:\n  input_cost: 2.50\n  function_call: true\n"),
        (
            "a:\r\n    input_cost:   1 # why\r\n\r\n# end\r\n",
            "a:\r\n    input_cost:   1 # why\r\n\r\nnew:\r\n  input_cost: 2.50\r\n"
            "  function_call: true\r\n\r\n# end\r\n",
        ),
        (
            "a:\r\n  input_cost: 1\nb: {display_name: 'x\u2028y'}\r\n# end\n",
            "a:\r\n  input_cost: 1\nb: {display_name: 'x\u2028y'}\r\n\r\n"
            "new:\r\n  input_cost: 2.50\r\n  function_call: true\r\n# end\n",
        ),
        (
            "a: {input_cost: 1}\nb: &b\n  display_name: |\n    two\n    lines\n",
            "a: {input_cost: 1}\nb: &b\n  display_name: |\n    two\n    lines\n\n"
            "new:\n  input_cost: 2.50\n  function_call: true\n",
        ),
        (
            "x-d: &d\n  input_cost: 1\n.e: [1]\nc: {<<: *d}\n# end\n",
            "x-d: &d\n  input_cost: 1\n.e: [1]\nc: {<<: *d}\n\n"
            "new:\n  input_cost: 2.50\n  function_call: true\n# end\n",
        ),
        (
            "x-d: &d\n  input_cost: 1\n",
            "x-d: &d\n  input_cost: 1\n\nnew:\n  input_cost: 2.50\n  function_call: true\n",
        ),
        (
            "b: &b\n  input_cost: 1\nc: *b\nd:\n  <<: *b\n",
            "b: &b\n  input_cost: 1\nc: *b\nd:\n  <<: *b\n\n"
            "new:\n  input_cost: 2.50\n  function_call: true\n",
        ),
    ],
)
def test_a_catalog_keeps_every_byte(before: str, after: str) -> None:
    """Models are added at the end; comments, indentation, anchors and line ends stay."""
    assert with_models(before, NEW, stack=False, file="models.yaml") == after


ENTRY = "      input_cost: 2.50\n      function_call: true\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"config:\n  keywordsai:models:\n    new:\n{ENTRY}"),
        ("config: {}\n", f"config:\n  keywordsai:models:\n    new:\n{ENTRY}"),
        (
            "encryptionsalt: s\n",
            f"encryptionsalt: s\nconfig:\n  keywordsai:models:\n    new:\n{ENTRY}",
        ),
        (
            "config:\n  a:b: c\nencryptionsalt: s\n",
            f"config:\n  a:b: c\n  keywordsai:models:\n    new:\n{ENTRY}encryptionsalt: s\n",
        ),
        (
            "config:\n  keywordsai:models: {}  # none yet\n  a:b: c\n",
            f"config:\n  keywordsai:models:  # none yet\n    new:\n{ENTRY}  a:b: c\n",
        ),
        (
            "config:\n  keywordsai:models:\n    m:\n      input_cost: 1 #\n\n  # last\n  a:b: c\n",
            "config:\n  keywordsai:models:\n    m:\n      input_cost: 1 #\n"
            f"    new:\n{ENTRY}\n  # last\n  a:b: c\n",
        ),
        (
            "config:\n  app:mode: 0644\t# of others\n  keywordsai:config:models:\n    m: {}\n",
            "config:\n  app:mode: 0644\t# of others\n  keywordsai:config:models:\n    m: {}\n"
            f"    new:\n{ENTRY}",
        ),
        (
            "config:\n    keywordsai:models:\n        m:\n            input_cost: 1\n",
            "config:\n    keywordsai:models:\n        m:\n            input_cost: 1\n"
            "        new:\n          input_cost: 2.50\n          function_call: true\n",
        ),
    ],
)
def test_a_stack_keeps_every_byte(before: str, after: str) -> None:
    """Models are added to `keywordsai:models` in either spelling, which is created if missing."""
    assert with_models(before, NEW, stack=True, file="Pulumi.dev.yaml") == after


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a\n", "f.yaml: has no map of models at keywordsai:models"),
        ("config: 7\n", "f.yaml: has no map of models at keywordsai:models"),
        (
            "config:\n  keywordsai:models:\n    secure: abc\n",
            "f.yaml: has no map of models at keywordsai:models",
        ),
        (
            "config: {keywordsai:models: {m: {input_cost: 1}}}\n",
            "f.yaml: models cannot be added here; write the existing ones as a block, without "
            "braces or anchors",
        ),
        ("config:\n\tx: 1\n", "f.yaml, line 2: a tab; indent YAML with spaces"),
    ],
)
def test_a_text_without_a_place_is_refused(text: str, sentence: str) -> None:
    """If models cannot be added, the error has the file, and nothing is guessed."""
    with pytest.raises(DeclarationError) as caught:
        with_models(text, NEW, stack=True, file="f.yaml")
    assert str(caught.value) == sentence


def test_the_fields_of_a_file() -> None:
    """Returns each model's fields; a list price counts as the two costs that it gives."""
    text = (
        "x-d: &d {function_call: true}\n"
        "a:\n  input_cost: 1\nb:\n  list_price: openai/gpt-4o\n  markup: 20%\n"
        "c: {<<: *d}\n"
    )
    assert models_in(text, stack=False, file="f.yaml") == {
        "a": {"input_cost"},
        "b": {"list_price", "markup", "input_cost", "output_cost"},
        "c": {"function_call"},
    }


def test_models_of_a_stack_never_stand_in_place_of_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first model in the stack's file would remove all those of Pulumi.yaml."""
    general, own = tmp_path / "Pulumi.yaml", tmp_path / "stacks" / "Pulumi.dev.yaml"
    own.parent.mkdir()
    general.write_text("name: p\nconfig: {keywordsai:models: {value: {m: {input_cost: 1}}}}\n")
    for text in None, "config: {app:mode: 0644}\n":
        if text:
            own.write_text(text)
        with pytest.raises(KeywordsAIError) as refused:
            run(Request([], tmp_path / "import.json", config=own))
        assert str(refused.value) == (
            "Pulumi.yaml has keywordsai:models, which the one in a stack's file replaces entirely; "
            "move the models to Pulumi.dev.yaml first, or use --catalog."
        )
    own.write_text("config: {keywordsai:models: {}}\n")
    monkeypatch.setattr("keywordsai_dynamic.import_file.command.settings_for", lambda _stack: None)
    monkeypatch.setattr("keywordsai_dynamic.import_file.command.live_models", lambda _settings: {})
    with pytest.raises(KeywordsAIError, match="The organization has no custom models"):
        run(Request([], tmp_path / "import.json", config=own))


def export(*resources: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(resources)}}


def held(type_: str, id_: str, **others: object) -> dict[str, Any]:
    name = id_.rpartition("/")[2]
    urn = f"urn:pulumi:dev::p::{type_}::{name}"
    return {"urn": urn, "type": type_, "custom": True, "id": id_, **others}


@pytest.mark.parametrize("parent", ["", "acme:llm:Team$"])
def test_a_stack_holds_dynamic_and_native_resources(parent: str) -> None:
    """Models and providers of both types count; what is only read or going does not."""
    resources = [
        held(f"{parent}{TYPE}", "acme/a"),
        held(f"{parent}{NATIVE_TYPE}", "acme/b"),
        held(f"{parent}{NATIVE_TYPE}", "acme/read", external=True),
        held(f"{parent}{NATIVE_TYPE}", "acme/going", delete=True),
        held(f"{parent}{CUSTOM_PROVIDER_TYPE}", "vllm"),
        held(f"{parent}{NATIVE_CUSTOM_PROVIDER_TYPE}", "gw"),
        held("pulumi:providers:keywordsai", "7b0e"),
        held("keywordsai:index:Other", "acme/other"),
    ]
    # The `type` of a resource in a component is its own; only the URN has the parents'.
    for each in resources:
        each["type"] = each["type"].removeprefix(parent)
    assert held_by(export(*resources)) == Held(
        frozenset({"acme/a", "acme/b"}),
        frozenset({"a", "b", "going", "vllm", "gw"}),
        frozenset({"vllm", "gw"}),
    )


@pytest.mark.parametrize("type_", [MODEL_SET_TYPE, NATIVE_MODEL_SET_TYPE])
def test_a_stack_holds_the_models_of_its_sets(type_: str) -> None:
    """By their names in the set; those of one that is going do not count."""
    models = {"inputs": {"models": {"acme/a": {}, "acme/b": {}}}}
    going = {"inputs": {"models": {"acme/c": {}}}}
    found = held_by(
        export(held(type_, "prices", **models), held(type_, "old", delete=True, **going))
    )
    assert found == Held(frozenset({"acme/a", "acme/b"}), frozenset({"prices", "old"}))
    with pytest.raises(DeclarationError, match="an entry that is not a resource"):
        held_by(export(held(type_, "prices", inputs={})))


@pytest.fixture
def _live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "key")
    models = index(live("acme/support llm", input_cost=3), live("acme/chat"))
    monkeypatch.setattr(command, "live_models", lambda _settings: models)


@pytest.mark.usefixtures("_live")
@pytest.mark.parametrize(
    ("runtime", "asked", "is_native"),
    [
        ("", False, False),
        ("", True, True),
        ("python", False, False),
        ("{name: python, options: {virtualenv: .venv}}", False, False),
        ("python", True, True),
        ("yaml", False, True),
        ("{name: nodejs}", False, True),
        ("go", True, True),
    ],
)
def test_a_file_for_the_native_plugin_has_names_and_ids(
    capsys: pytest.CaptureFixture[str], *, runtime: str, asked: bool, is_native: bool
) -> None:
    """It is written if it is asked for, or if the project's programs are not in Python."""
    if runtime:
        Path("Pulumi.yaml").write_text(f"name: p\nruntime: {runtime}\n")
    assert run(Request([], Path("import.json"), stack_export=None, native=asked)) == 0
    resources = json.loads(Path("import.json").read_text())["resources"]
    out = capsys.readouterr().out
    if not is_native:
        assert [each["type"] for each in resources] == [TYPE, TYPE]
        assert "--generate-code=false" in out
        return
    assert resources == [
        {"type": NATIVE_TYPE, "name": name, "id": id_}
        for name, id_ in [("acme-chat", "acme/chat"), ("acme-support-llm", "acme/support llm")]
    ]
    assert out.splitlines() == [
        "2 models → import.json",
        "The API never returns supportedParamsOverride. If it was set in the console, declare it "
        "again, or an update of the model may lose it. This may affect: acme/chat, "
        "acme/support llm.",
        "",
        "Next, in the project's folder, run:",
        "  pulumi import --file import.json --protect=false --yes",
        "Add the code that the import prints to the program, and run:",
        "  pulumi preview",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acme/support-llm", "acme-support-llm"),
        ("acme/gpt-4.1", "acme-gpt-4-1"),
        ("4.1-mini", "model-4-1-mini"),
        ("%20", "model-20"),
        ("null", "model-null"),
        ("Ünïcode/模型", "Ünïcode-模型"),
        ("x²", "model-x"),
        ("²", "model"),
        ("...", "model"),
        ("a.", "a"),
    ],
)
def test_names_that_the_code_of_an_import_can_have(name: str, expected: str) -> None:
    """The CLI's generator of code fails for any other, after the import."""
    assert identifier(name, "model") == expected


@pytest.mark.usefixtures("_live")
@pytest.mark.parametrize(
    "other",
    [
        {"program": Path("models.py")},
        {"catalog": Path("models.yaml")},
        {"config": Path("Pulumi.dev.yaml")},
        {"all_fields": True},
    ],
)
def test_the_native_plugin_goes_without_our_code(other: dict[str, Any]) -> None:
    """What would have no effect is refused, and nothing is written."""
    with pytest.raises(KeywordsAIError, match=r"^For the native plugin, `pulumi import` chooses"):
        run(Request([], Path("import.json"), native=True, **other))
    assert not Path("import.json").exists()


@pytest.mark.usefixtures("_live")
def test_python_code_may_be_written_beside_other_languages() -> None:
    """Whoever asks for a Python program in another project gets one, with its import file."""
    Path("Pulumi.yaml").write_text("name: p\nruntime: yaml\n")
    assert run(Request([], Path("import.json"), program=Path("models.py"))) == 0
    assert TYPE in Path("import.json").read_text()
    assert "CustomModel(" in Path("models.py").read_text()


@pytest.mark.usefixtures("_live")
@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"together": ""}, "--together must be the name of a resource"),
        ({"together": "a::b"}, "--together must be the name of a resource"),
        ({"together": "a\x1b"}, "--together must be the name of a resource"),
        ({"together": "prices", "name": "x"}, "Use only one of --name and --together."),
        (
            {"together": "our prices", "native": True},
            "makes a variable of the name; use letters, digits and hyphens, such as our-prices.",
        ),
        ({"together": "prices", "stack_export": "state.json"}, "The stack already has prices."),
    ],
)
def test_a_set_that_cannot_be_imported_is_refused(others: dict[str, Any], sentence: str) -> None:
    """In one line, and nothing is written."""
    state = export(held(MODEL_SET_TYPE, "prices", inputs={"models": {}}))
    Path("state.json").write_text(json.dumps(state))
    with pytest.raises(KeywordsAIError) as refused:
        run(Request([], Path("import.json"), **others))
    assert sentence in str(refused.value)
    assert not Path("import.json").exists()


@pytest.mark.usefixtures("_live")
@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"catalog": Path("m.yaml")}, 'ModelCatalog.from_file("m.yaml").declare_together("p\\"s")'),
        ({"config": Path("Pulumi.dev.yaml")}, 'from_config().declare_together("p\\"s")'),
    ],
)
def test_the_program_of_a_catalog_declares_its_models_together(
    capsys: pytest.CaptureFixture[str], others: dict[str, Any], told: str
) -> None:
    """As it can be pasted into a program, whatever the name."""
    assert run(Request([], Path("import.json"), together='p"s', **others)) == 0
    assert told in capsys.readouterr().out
