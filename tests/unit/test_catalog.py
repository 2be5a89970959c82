"""Catalogs: how files merge, what is refused and in which words, and that prices stay exact."""

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pulumi
import pytest
import yaml
from catalog_mistakes import MISTAKES, UNREADABLE
from harness.lengths import times
from hypothesis import given, settings
from hypothesis import strategies as st

from keywordsai_dynamic.catalog.json_schema import catalog_schema, stack_schema
from keywordsai_dynamic.catalog.layers import Layer, Secret
from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.project_files import stack_file, stacks
from keywordsai_dynamic.catalog.resolve_model import FIELDS
from keywordsai_dynamic.catalog.rows import models_of
from keywordsai_dynamic.catalog.sources import layers_of
from keywordsai_dynamic.catalog.stack_config import secrets_marked
from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.files.json_reader import from_json
from keywordsai_dynamic.files.reader import parse
from keywordsai_dynamic.files.yaml_reader import from_yaml
from keywordsai_dynamic.prices.sources.genai import find

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "model_catalog"


def refusal(*layers: Layer) -> list[str]:
    """The lines about mistakes, without the first one, which counts them."""
    with pytest.raises(DeclarationError) as refused:
        ModelCatalog.from_layers(layers)
    first, *lines = str(refused.value).split("\n")
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    assert first == f"The model catalog has {count}; nothing was sent."
    return [line.removeprefix("  ") for line in lines]


def joined(base: object, stack: object) -> dict[str, Any]:
    """The models of two layers, as plain dicts."""
    catalog = ModelCatalog.from_layers([Layer("base", base), Layer("stack", stack)])
    return {name: dict(fields) for name, fields in catalog.models.items()}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_has_its_line(tmp_path: Path, mistake: str) -> None:
    """A mistake is one line: file, model, field, what to do, what was found."""
    file = tmp_path / "models.yaml"
    file.write_text(MISTAKES[mistake].text)
    with pytest.raises(DeclarationError) as refused:
        ModelCatalog.from_file(file)
    assert str(refused.value) == (
        "The model catalog has 1 mistake; nothing was sent.\n"
        f"  models.yaml: {MISTAKES[mistake].line}"
    )


@pytest.mark.parametrize("mistake", UNREADABLE)
def test_an_unreadable_file_has_its_line(tmp_path: Path, mistake: str) -> None:
    """Unreadable YAML is one line with file and line number."""
    text, line = UNREADABLE[mistake]
    file = tmp_path / "models.yaml"
    file.write_text(text)
    with pytest.raises(DeclarationError) as refused:
        ModelCatalog.from_file(file)
    assert str(refused.value) == f"models.yaml{line}"


def test_all_mistakes_of_all_models_come_at_once() -> None:
    """A file with every mistake that a single model can have gets a line for each of them."""
    models = {
        f"m{number}": from_yaml(mistake.text, "")["m"]
        for number, mistake in enumerate(MISTAKES.values())
        if mistake.text.startswith("m: ")
        and "\n" not in mistake.text
        and "itself" not in mistake.line
    }
    lines = refusal(Layer("f", models))
    assert len(lines) == len(models) > 30
    assert {line.split(": ")[1] for line in lines} == set(models)


def test_a_mistake_is_blamed_on_the_file_that_made_it() -> None:
    """With two files, each line names the one that has the value."""
    base = {"a": {"input_cost": "x", "output_cost": "y"}, "b": {}}
    stack = {"a": {"output_cost": "z"}, "b": {"inptu_cost": 1}, "bb": None}
    assert refusal(Layer("base", base), Layer("stack", stack)) == [
        "stack: bb: removes a model that does not exist; did you mean b?",
        "base: a: input_cost: must be a number of USD per million tokens (found 'x')",
        "stack: a: output_cost: must be a number of USD per million tokens (found 'z')",
        "stack: b: inptu_cost: is not a field of a custom model; did you mean input_cost?",
    ]


def test_a_stack_is_laid_over_its_base_field_by_field() -> None:
    """A stack overrides, adds and removes fields and models; the rest comes from the base."""
    base = {
        "kept": {"input_cost": 1, "output_cost": 2},
        "changed": {"input_cost": 1, "output_cost": 2, "supported_params_override": {"a": 1}},
        "lost": {"input_cost": 1},
    }
    stack = {
        "changed": {"input_cost": 3, "output_cost": None, "supported_params_override": {"b": 1}},
        "lost": None,
        "new": {"input_cost": {"per_1k": "0.004"}},
    }
    assert joined(base, stack) == {
        "kept": {"input_cost": 1, "output_cost": 2},
        "changed": {"input_cost": 3, "supported_params_override": {"b": 1}},
        "new": {"input_cost": 4},
    }


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ({}, {"input_cost": 2.5, "output_cost": 10.0, "cache_hit_input_cost": 1.25}),
        (
            {"markup": "20%"},
            {"input_cost": 3.0, "output_cost": 12.0, "cache_hit_input_cost": 1.5},
        ),
        (
            {"discount": "12.5 %", "input_cost": 1},
            {"input_cost": 1.0, "output_cost": 8.75, "cache_hit_input_cost": 1.09375},
        ),
    ],
)
def test_a_list_price_gives_the_costs(stack: dict[str, Any], expected: dict[str, Any]) -> None:
    """A list price gives costs and context window; a markup or an explicit cost changes them."""
    models = joined({"m": {"list_price": "openai/gpt-4o"}}, {"m": stack})
    assert models == {"m": {**expected, "max_context_window": 128000}}


def test_a_tier_is_chosen_and_never_guessed() -> None:
    """With tiers, the catalog selects one."""
    tiers = {"anthropic/claude-sonnet-4-5": [(0, 3, 15, 0.3, 3.75), (200000, 6, 22.5, 0.6, 7.5)]}
    for name, choices in tiers.items():
        for tier, fresh, out, hit, creation in choices:
            catalog = ModelCatalog.from_dict({"m": {"list_price": name, "tier": tier}})
            assert catalog.models["m"] == {
                "input_cost": fresh,
                "output_cost": out,
                "cache_hit_input_cost": hit,
                "cache_creation_input_cost": creation,
                "max_context_window": find(name).max_context_window,
            }


def test_without_the_data_set_a_list_price_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """If genai-prices is not installed, the line says how to install it."""
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    assert refusal(Layer("f", {"m": {"list_price": "openai/gpt-4o"}})) == [
        "f: m: list_price: list prices need the extra: pip install 'keywordsai-dynamic[prices]' "
        "(found 'openai/gpt-4o')"
    ]


DECIMALS = st.builds(
    lambda digits, exponent, plainly: format(Decimal(digits).scaleb(exponent), plainly),
    st.integers(0, 10**15 - 1),
    st.integers(-18, 0),
    st.sampled_from(["f", "e"]),
)


@given(DECIMALS)
def test_what_a_file_says_is_what_is_sent(number: str) -> None:
    """A cost of up to 15 digits in YAML or JSON, quoted or not, is the number that is sent."""
    for read in (from_yaml, from_json):
        for written in (number, f'"{number}"'):
            models = read(f'{{"m": {{"input_cost": {{"per_million": {written}}}}}}}', "f")
            catalog = ModelCatalog.from_layers([Layer("f", models)])
            body = json.dumps(catalog.models["m"])
            assert json.loads(body, parse_float=Decimal)["input_cost"] == Decimal(number)


SHARED = {"x-defaults": [1], ".more": 2, "x-": None}


def test_shared_values_are_no_models(tmp_path: Path) -> None:
    """Keys that begin with `x-` or `.` hold shared values in files, and are models in code."""
    file = tmp_path / "models.yaml"
    file.write_text(
        "x-defaults: &d {function_call: true}\n.more: &more [1]\n"
        "x-ai/grok-4: {<<: *d, input_cost: 3}\nm: {<<: *d, function_call: false}\n"
    )
    models = {"x-ai/grok-4": {"function_call": 1, "input_cost": 3}, "m": {"function_call": 0}}
    assert ModelCatalog.from_file(file).models == models
    (tmp_path / "Pulumi.yaml").write_text("{name: shop, runtime: python}")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        f"config: {json.dumps({'keywordsai:models': {**SHARED, 'm': {}}})}"
    )
    assert layers_of("dev", None, tmp_path).layers[-1] == Layer("Pulumi.dev.yaml", {"m": {}})
    in_code = ModelCatalog.from_dict({"x-large": {"input_cost": 1}, ".hidden": {}})
    assert in_code.models == {"x-large": {"input_cost": 1}, ".hidden": {}}


@pytest.mark.parametrize(
    "number", ["0.7", "1.0", "5", "1e-6", "1e15", "-1.5", "9007199254740991", "0.123456789012345"]
)
def test_a_parameter_s_number_is_sent_as_it_is_written(tmp_path: Path, number: str) -> None:
    """A fraction in a map of parameters is a JSON number, also inside of lists and maps."""
    text = f'{{"m": {{"supported_params_override": {{"t": {{"min": [{number}]}}}}}}}}'
    for file in (tmp_path / "models.yaml", tmp_path / "models.json"):
        file.write_text(text)
        body = json.dumps(ModelCatalog.from_file(file).models["m"])
        sent = json.loads(body, parse_float=Decimal)["supported_params_override"]
        assert sent == {"t": {"min": [Decimal(number)]}}


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("0.1234567890123456", "has a number with more than 15 significant digits; use fewer"),
        ("9007199254740993", "has a number that is too large or too small for JSON"),
        ("9" * 900, "has a number that is too large or too small for JSON"),
        ("1e20", "has a number that is too large or too small for JSON"),
        ("1e400", "has a number that is too large or too small for JSON"),
        ("1e-400", "has a number that is too large or too small for JSON"),
    ],
)
def test_a_parameter_s_number_is_not_rounded(number: str, sentence: str) -> None:
    """Numbers that JSON readers would round are refused."""
    models = from_json(f'{{"m": {{"supported_params_override": {{"t": {number}}}}}}}', "f")
    (line,) = refusal(Layer("f", models))
    assert line.startswith(f"f: m: supported_params_override: {sentence} (found {{t: ")


MODEL_NAMES = st.sampled_from(["a", "b", "c", "'a '", "list", "4", "x-a", "!!binary aGk="])
FIELD_NAMES = st.sampled_from([*FIELDS, "built_in", "model_name", "4", "<<"])
VALUES = st.one_of(
    st.integers().map(str),
    st.floats(0, 1000).map(str),
    st.sampled_from(
        [
            *("1e999", "1e-999", "9" * 900, "010", "", "~", "true", "TRUE", "0", "1"),
            *("{per_1k: 1e999}", "{per_token: x}", "{per_1k: 0.001}", "{secure: x}", "{t: [0.7]}"),
            *("{t: {max: 1e999}}", "{t: !!binary aGk=}", "!!set {a}", "!!omap [a: 1]", "[[1]]"),
            *(
                "!!timestamp 2020-01-01",
                "openai/gpt-4o",
                "20%",
                "1e999%",
                '"\\ud83d"',
                "&a 1",
                "*a",
            ),
        ]
    ),
    st.text(max_size=5),
)
WRITTEN = st.dictionaries(
    MODEL_NAMES, st.dictionaries(FIELD_NAMES, VALUES, max_size=3), min_size=1, max_size=3
)


def outcome(text: str, name: str) -> ModelCatalog | str:
    """Return the catalog that a file makes, or what is wrong with it."""
    try:
        models = models_of(parse(text.encode(errors="replace"), name), name)
        return ModelCatalog.from_layers([Layer(name, models)])
    except DeclarationError as refused:
        return str(refused)


@settings(max_examples=times(120, 2_000))
@given(WRITTEN, st.sampled_from(["f.yaml", "f.csv"]))
def test_any_catalog_is_models_or_lines(written: dict[str, dict[str, str]], name: str) -> None:
    """Any file becomes models that JSON can carry, or lines that name the file."""
    text = "".join(
        f"{model}: {{{', '.join(f'{field}: {value}' for field, value in fields.items())}}}\n"
        for model, fields in written.items()
    )
    if name == "f.csv":
        columns = sorted({field for fields in written.values() for field in fields})
        rows = ([model, *(row.get(each, "") for each in columns)] for model, row in written.items())
        text = "".join(",".join(row) + "\n" for row in [["model_name", *columns], *rows])
    found = outcome(text, name)
    if isinstance(found, ModelCatalog):
        assert json.dumps(found.models, allow_nan=False)
    else:
        first, *lines = found.split("\n")
        assert first.startswith("The model catalog has" if lines else name)
        assert all(line.startswith(f"  {name}: ") for line in lines)


def test_outputs_pass_unseen() -> None:
    """A value that only the engine will know is left alone; the other values are checked."""
    later: pulumi.Output[str] = pulumi.Output.from_input("x")
    catalog = ModelCatalog.from_dict({"m": {"custom_provider_id": later, "input_cost": "2.50"}})
    assert catalog.models == {"m": {"custom_provider_id": later, "input_cost": 2.5}}
    assert refusal(Layer("f", {"m": {"provider_id": later, "custom_provider_id": "x"}})) == [
        "f: m: provider_id: is an alias of custom_provider_id; declare only one of the two"
    ]
    assert refusal(Layer("f", {"m": {"list_price": later}})) == [
        "f: m: list_price: must be known in the program, and must not be secret"
    ]


def test_a_secret_is_checked_and_never_shown() -> None:
    """A secret value is normalized like any other; a line about it does not show it."""
    models = {"m": {"input_cost": Secret("2.50"), "custom_provider_id": Secret("azure")}}
    assert ModelCatalog.from_layers([Layer("f", models)]).models == {
        "m": {"input_cost": Secret(2.5), "custom_provider_id": Secret("azure")}
    }
    assert refusal(Layer("f", {"m": {"input_cost": Secret("hunter2"), "nope": Secret("x")}})) == [
        "f: m: input_cost: must be a number of USD per million tokens (found a secret)",
        "f: m: nope: is not a field of a custom model",
    ]
    assert refusal(Layer("f", {"m": {"input_cost": Secret("0.0000271828")}})) == [
        "f: m: input_cost: is an unlikely price for a million tokens; add the unit, like "
        "{per_million: …} or {per_token: …} (found a secret)"
    ]


STACK_FILE = """
config:
  keywordsai:models:
    some:
      input_cost: 2.50
      max_context_window: 1e3
      base_model_name: "2.50"
      custom_provider_id: {secure: v1:abc}
      supported_params_override: {a: [{secure: v1:abc}], b: 1, c: true}
    whole: {secure: v1:abc}
    gone:
"""
IN_USE = {
    "some": {
        "input_cost": Decimal("2.5"),
        "max_context_window": 1000,
        "base_model_name": "2.50",
        "custom_provider_id": "x",
        "supported_params_override": {"a": ["y"], "b": 1, "c": True},
    },
    "whole": {"input_cost": 2},
    "gone": None,
}
ALL_SECRET = {
    "some": {field: Secret(value) for field, value in IN_USE["some"].items()},  # type: ignore[union-attr]
    "whole": {"input_cost": Secret(2)},
    "gone": None,
}


def test_the_stack_file_tells_what_is_secret(tmp_path: Path) -> None:
    """Among decrypted models, exactly the values encrypted in the file are secret."""
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(STACK_FILE)
    assert secrets_marked(IN_USE, file) == {
        "some": {
            "input_cost": Decimal("2.5"),
            "max_context_window": 1000,
            "base_model_name": "2.50",
            "custom_provider_id": Secret("x"),
            "supported_params_override": Secret({"a": ["y"], "b": 1, "c": True}),
        },
        "whole": {"input_cost": Secret(2)},
        "gone": None,
    }


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("input_cost: 2.50", "input_cost: 2.51"),
        ("input_cost: 2.50", 'input_cost: "2.50"'),
        ('base_model_name: "2.50"', "base_model_name: 2.50"),
        ("input_cost: 2.50", "output_cost: 2.50"),
        ("input_cost: 2.50", "input_cost:"),
        ("      input_cost: 2.50\n", ""),
        ("      input_cost: 2.50\n", "      input_cost: 2.50\n      function_call: 1\n"),
        ("b: 1", "b: true"),
        ("b: 1", "b: 2"),
        ("c: true", "c: 1"),
        ("[{secure: v1:abc}]", "[{secure: v1:abc}, 1]"),
        ("[{secure: v1:abc}]", "{secure: v1:abc}, d: 1"),
        ("    gone:\n", ""),
        ("    gone:\n", "    gone: {}\n"),
        ("    gone:\n", "    gone:\n    more: {input_cost: 1}\n"),
        ("    whole:", "    another:"),
        ("keywordsai:models", "other:models"),
        (STACK_FILE, "config: {keywordsai:models: {secure: v1:abc}}"),
        (STACK_FILE, "config: ["),
        (STACK_FILE, ""),
    ],
)
def test_another_file_than_the_one_in_use_tells_nothing(
    tmp_path: Path, here: str, there: str
) -> None:
    """A file with other content is not the one in use, so its plain values do not count."""
    assert here in STACK_FILE
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(STACK_FILE.replace(here, there))
    assert secrets_marked(IN_USE, file) == ALL_SECRET


def test_without_a_file_everything_is_secret(tmp_path: Path) -> None:
    """Without a file, nothing shows which values are plain."""
    assert secrets_marked(IN_USE, tmp_path / "Pulumi.dev.yaml") == ALL_SECRET
    assert secrets_marked(IN_USE, None) == ALL_SECRET
    assert secrets_marked(7, None) == Secret(7)


@pytest.mark.parametrize(
    ("written", "used", "expected"),
    [
        ("{secure: v1:abc}", "hunter2", Secret("hunter2")),
        ("[{secure: v1:abc}]", ["hunter2"], Secret(["hunter2"])),
        ("plain", "plain", "plain"),
        ("plain", "hunter2", Secret("hunter2")),
    ],
)
def test_a_secret_model_that_is_no_map_is_not_shown(
    tmp_path: Path, written: str, used: object, expected: object
) -> None:
    """A value that is not a valid model may still be a secret."""
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config: {{keywordsai:models: {{m: {written}}}}}")
    assert secrets_marked({"m": used}, file) == {"m": expected}
    lines = refusal(Layer("f", {"m": Secret("hunter2")}))
    assert "hunter2" not in str(lines)


def test_stack_files_are_read_without_an_engine(tmp_path: Path) -> None:
    """A stack is found by name, by file and from a folder below; its base next to the program."""
    (tmp_path / "app").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\nmain: app\n")
    (tmp_path / "app" / "models.yaml").write_text("a: {input_cost: 1}\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  keywordsai:models: {a: {custom_provider_id: {secure: v1:abc}}}\n"
    )
    (tmp_path / "Pulumi.prod.yaml").write_text("encryptionsalt: v1:abc\n")
    base = Layer("models.yaml", {"a": {"input_cost": 1}})
    dev = Layer("Pulumi.dev.yaml", {"a": {"custom_provider_id": Secret(None)}})
    assert layers_of("dev", None, tmp_path).layers == [base, dev]
    assert layers_of("acme/p/dev", None, tmp_path / "app").layers == [base, dev]
    assert layers_of("Pulumi.dev.yaml", None, tmp_path).layers == [base, dev]
    assert layers_of("prod", None, tmp_path).layers == [base]
    assert layers_of("app/models.yaml", None, tmp_path).layers == [base]
    assert layers_of("dev", tmp_path / "app" / "models.yaml", tmp_path).layers == [base, dev]
    with pytest.raises(DeclarationError, match=r"^no Pulumi.test.yaml in .*: dev, prod$"):
        layers_of("test", None, tmp_path)
    with pytest.raises(DeclarationError, match=r"no.yaml: cannot be read: No such file"):
        layers_of("no.yaml", None, tmp_path)
    (tmp_path / "dev").write_text("the name of a stack")
    assert layers_of("dev", None, tmp_path).layers == [base, dev]
    (tmp_path / "models.toml").write_text("")
    with pytest.raises(
        DeclarationError, match=r"^models.toml: has an unknown suffix; save it as .yaml,"
    ):
        layers_of("models.toml", None, tmp_path)


@pytest.mark.parametrize("settings", ["stackConfigDir: stacks", "config: stacks"])
def test_stack_files_may_have_a_folder_of_their_own(tmp_path: Path, settings: str) -> None:
    """`stackConfigDir`, or its old name, sets the folder of the stacks' files."""
    (tmp_path / "Pulumi.yaml").write_text(f"name: p\nruntime: python\n{settings}\n")
    (tmp_path / "models.yaml").write_text("a: {input_cost: 1}\n")
    (tmp_path / "stacks").mkdir()
    file = tmp_path / "stacks" / "Pulumi.dev.yaml"
    file.write_text("config:\n  keywordsai:models: {a: {input_cost: 2}}\n")
    layers = [
        Layer("models.yaml", {"a": {"input_cost": 1}}),
        Layer("Pulumi.dev.yaml", {"a": {"input_cost": 2}}),
    ]
    assert layers_of("dev", None, tmp_path).layers == layers
    assert layers_of("stacks/Pulumi.dev.yaml", None, tmp_path).layers == layers
    assert stack_file(tmp_path, "dev") == file
    assert list(stacks(tmp_path)) == ["dev"]
    with pytest.raises(DeclarationError, match=r"^no Pulumi.test.yaml in .*/stacks; .*: dev$"):
        layers_of("test", None, tmp_path)


VALIDATORS = {
    name: jsonschema.Draft7Validator(schema)
    for name, schema in {"catalog": catalog_schema(), "stack": stack_schema()}.items()
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_schema_sees_what_a_schema_can(mistake: str) -> None:
    """An editor marks every mistake that is visible in one place of one file, and no other."""
    content = from_yaml(MISTAKES[mistake].text, "f")
    if isinstance(content, dict):
        content = {str(key): value for key, value in content.items()}
    content = json.loads(json.dumps(content, default=float))
    assert VALIDATORS["catalog"].is_valid(content) is not MISTAKES[mistake].in_schema


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("catalog", EXAMPLE / "models.yaml"),
        ("stack", ROOT / "Pulumi.dev.yaml"),
        ("stack", ROOT / "Pulumi.prod.yaml"),
    ],
)
def test_the_examples_fit_the_schema_they_name(kind: str, file: Path) -> None:
    """Each example file names the schema of its kind, which is the current one, and fits it."""
    comment = file.read_text().partition("\n")[0]
    named = file.parent / comment.removeprefix("# yaml-language-server: $schema=")
    assert json.loads(named.read_text()) == VALIDATORS[kind].schema, (
        "run `keywordsai-dynamic schema` again, and with --stack"
    )
    assert list(VALIDATORS[kind].iter_errors(yaml.safe_load(file.read_text()))) == []


def test_a_stack_may_take_away_and_hide() -> None:
    """The schema of a stack's file allows null and secrets where the catalog's does not."""
    models = {"a": None, "b": {"input_cost": None, "custom_provider_id": {"secure": "v1:abc"}}}
    assert VALIDATORS["stack"].is_valid({"config": {"keywordsai:models": models}})
    assert not VALIDATORS["catalog"].is_valid(models)
    assert not VALIDATORS["stack"].is_valid({"config": {"keywordsai:models": {"a": {"x": 1}}}})


def test_an_editor_lets_shared_values_be() -> None:
    """In both schemas, keys for shared values may have any value; a vendor's prefix is a model."""
    for models, valid in ((SHARED, True), ({"x-ai/grok": 1}, False), ({"x-ai/grok": {}}, True)):
        assert VALIDATORS["catalog"].is_valid(models) is valid
        assert VALIDATORS["stack"].is_valid({"config": {"keywordsai:models": models}}) is valid


def test_an_invisible_character_in_a_key_is_shown_as_its_escape() -> None:
    """A key can hold a no-break space, which would look like a space in the line about it."""
    layer = Layer("models.yaml", {"m": {"input_cost": {"per_1k:\xa01": None}}})
    with pytest.raises(DeclarationError) as caught:
        ModelCatalog.from_layers([layer])
    assert str(caught.value).endswith("(found {'per_1k:\\xa01': None})")
    with pytest.raises(DeclarationError) as caught:
        ModelCatalog.from_layers([Layer("models.yaml", {"acme/chat\xa02": {"input\u3000cost": 1}})])
    name, field = r"  models.yaml: 'acme/chat\xa02': ", r"'input\u3000cost': is not a field"
    (first, second) = sorted(str(caught.value).splitlines()[1:])
    assert first.startswith(f"{name}{field}")
    assert second.startswith(f"{name}model_name: must not contain")
