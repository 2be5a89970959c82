"""`convert`: what other tools say of prices becomes the right catalog, or one line each."""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import yaml
from harness.cpu_time import at_most
from harness.lengths import times
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from mutations import mutated, some, torn

from keywordsai_dynamic.catalog.layers import Layer
from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.written import with_models
from keywordsai_dynamic.cli import app as cli
from keywordsai_dynamic.convert.litellm import PRICES
from keywordsai_dynamic.convert.litellm_config import read_config
from keywordsai_dynamic.convert.selection import Choice, convert
from keywordsai_dynamic.convert.to_litellm import model_list
from keywordsai_dynamic.core.names import FLAG_FIELDS, PRICE_FIELDS
from keywordsai_dynamic.core.plausibility import implausible
from keywordsai_dynamic.files.yaml_reader import from_yaml
from keywordsai_dynamic.terminal.output import as_yaml

KEY = "sk-live-0123456789abcdef"


class Ended(NamedTuple):
    """How the command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Run `convert` in an empty folder, and check what holds for every run."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["keywordsai-dynamic", "convert", *arguments])
        try:
            cli.main()
            code: Any = 0
        except SystemExit as ending:
            code = ending.code
        ended = Ended(code, *capfd.readouterr())
        assert cli.UNEXPECTED not in ended.err
        assert KEY not in ended.out + ended.err
        assert ended.err.replace("\n", "").isprintable()
        return ended

    return run


def written(name: str, content: object) -> str:
    """Write a file: text and bytes as they are, anything else as JSON."""
    data = content if isinstance(content, str | bytes) else json.dumps(content)
    Path(name).write_bytes(data.encode() if isinstance(data, str) else data)
    return name


def models_of(text: str) -> dict[str, dict[str, Any]]:
    """Read a catalog as a program does."""
    content: Any = from_yaml(text, "models.yaml")
    models = ModelCatalog.from_layers([Layer("models.yaml", content)]).models
    return {name: dict(fields) for name, fields in models.items()}


LITELLM = f"""\
model_list:
  - model_name: acme/support
    litellm_params:
      model: azure/gpt-4o-eu
      api_base: https://user:{KEY}@eu.acme.example/v1
      api_key: {KEY}
      rpm: 10
    model_info:
      input_cost_per_token: 2.5e-06
      output_cost_per_token: 1e-05
      cache_read_input_token_cost: 0.000000000125
      max_input_tokens: 128000
      supports_vision: true
  - model_name: acme/support
    litellm_params:
      model: openai/gpt-4o
      api_key: os.environ/OPENAI_API_KEY
      input_cost_per_token: 0.0000025
      output_cost_per_token: "0.00001"
    model_info: {{cache_read_input_token_cost: 1.25e-10, max_input_tokens: 128000,
      supports_vision: true}}
  - model_name: acme/chat
    litellm_params: {{model: openai/gpt-4o}}
  - model_name: acme/agent
    litellm_params: {{model: anthropic/claude-sonnet-4-5}}
  - {{model_name: gpt-4o, litellm_params: {{model: openai/gpt-4o}}}}
  - {{model_name: "openai/*", litellm_params: {{model: "openai/*"}}}}
  - model_name: search
    litellm_params: {{model: openai/text-embedding-3-small}}
    model_info: {{mode: embedding}}
  - model_name: acme-7b
    litellm_params: {{model: hosted_vllm/acme-7b, api_base: "http://10.0.0.1:8000/v1"}}
  - model_name: sage
    litellm_params: {{model: sagemaker/x, input_cost_per_second: 0.00042}}
general_settings:
  master_key: {KEY}
"""


def test_a_litellm_config_becomes_a_catalog(command: Command) -> None:
    """Equal deployments are one model; one without prices inherits; keys stay where they are."""
    ended = command(written("config.yaml", LITELLM))
    assert ended.code == 0
    begin, _, entries = ended.out.partition("\n")
    assert begin.startswith("# From config.yaml (LiteLLM config.yaml), 20")
    assert entries == (
        "acme/support:\n  input_cost: 2.50\n  output_cost: 10.00\n"
        "  cache_hit_input_cost: {per_million: 0.000125}\n  max_context_window: 128000\n"
        "  image_support: true\n\n"
        "acme/chat:\n  base_model_name: openai/gpt-4o\n  list_price: openai/gpt-4o\n\n"
        "acme/agent:\n  base_model_name: anthropic/claude-sonnet-4-5\n\n"
        "acme-7b: {}\n"
    )
    endpoint = "declare a CustomProvider for it, and its ID as custom_provider_id"
    assert ended.err.splitlines() == [
        "left out: a wildcard, which stands for many models (1): openai/*",
        "left out: mode embedding (1): search",
        "left out: not priced by the token (1): sage",
        "left out: named like the vendor's model, without a price of its own (1): gpt-4o",
        f"note: has an api_base (https://eu.acme.example/v1); {endpoint} (1): acme/support",
        "note: several entries with equal values, now one model (1): acme/support",
        "note: unlikely price: cache_hit_input_cost is below 0.001 USD per million tokens; is it "
        "per token? (1): acme/support",
        "note: without a price; list_price anthropic/claude-sonnet-4-5 needs a tier (1): "
        "acme/agent",
        f"note: has an api_base (http://10.0.0.1:8000/v1); {endpoint} (1): acme-7b",
        "note: without a price; add input_cost and output_cost (1): acme-7b",
        "other fields not carried over: api_key (2), rpm (1)",
        "4 models → standard output",
    ]


def test_the_answer_of_a_litellm_proxy_is_read_like_its_file(command: Command) -> None:
    """GET /model/info has the deployments under `data`."""
    content = {"data": yaml.safe_load(LITELLM)["model_list"]}
    assert models_of(command(written("info.json", content)).out) == models_of(
        command(written("config.yaml", LITELLM)).out
    )


def test_deployments_that_differ_are_refused_with_both(command: Command) -> None:
    """Which price is right is not for a program to say, unless the user asks for the first."""
    deployments = [
        {"model_name": "a", "litellm_params": {"model": "x", "input_cost_per_token": cost}}
        for cost in (1e-6, 2e-6)
    ]
    file = written("config.json", {"model_list": deployments})
    ended = command(file, "-o", "models.yaml")
    assert ended == Ended(
        2,
        "",
        "config.json: a: model_list[0] and model_list[1] differ: input_cost 1 and 2; "
        "--prefer first takes the first one\n",
    )
    assert not Path("models.yaml").exists()
    ended = command(file, "--prefer", "first")
    assert models_of(ended.out) == {"a": {"input_cost": 1.0}}
    assert "the first of several entries with different values (1): a" in ended.err


PRICE_MAP = {
    "sample_spec": {"mode": "one of chat, embedding", "input_cost_per_token": 0.0},
    "acme/large": {
        "litellm_provider": "acme",
        "mode": "chat",
        "input_cost_per_token": 1.5e-07,
        "output_cost_per_token": "6e-07",
        "cache_creation_input_token_cost": 1.5000000000000002e-07,
        "cache_read_input_token_cost": None,
        "input_cost_per_audio_token": 1e-6,
        "max_input_tokens": "128000",
        "max_output_tokens": 4096,
        "supports_function_calling": True,
        "supports_vision": False,
    },
    "acme/free": {"litellm_provider": "acme", "input_cost_per_token": 0},
    "acme/long": {
        "litellm_provider": "acme",
        "mode": "chat",
        "input_cost_per_token": 1e-6,
        "input_cost_per_token_above_200k_tokens": 2e-6,
    },
    "acme/level": {
        "litellm_provider": "acme",
        "input_cost_per_token": 1e-6,
        "input_cost_per_token_above_128k_tokens": 1e-6,
    },
    "acme/ranges": {
        "litellm_provider": "acme",
        "tiered_pricing": [{"range": [0, 1000], "input_cost_per_token": 1e-6}],
    },
    "acme/vectors": {"litellm_provider": "acme", "mode": "embedding", "input_cost_per_token": 1e-7},
    "acme/draw": {"litellm_provider": "acme", "mode": "image_generation"},
    "acme/draw-2": {"litellm_provider": "acme", "mode": "image_generation"},
    "acme/unpriced": {"litellm_provider": "acme", "mode": "chat", "max_input_tokens": 8192},
    ".draft": {"litellm_provider": "acme", "input_cost_per_token": 1e-6},
    "a//b": {"litellm_provider": "acme", "input_cost_per_token": 1e-6},
}


def test_a_price_map_becomes_a_catalog(command: Command) -> None:
    """Numbers are what a person would write; what has no price per token is counted by its kind."""
    ended = command(written("map.json", PRICE_MAP))
    assert ended.code == 0
    assert ended.out.partition("\n")[2] == (
        "acme/large:\n  input_cost: 0.15\n  output_cost: 0.60\n  cache_creation_input_cost: 0.15\n"
        "  max_context_window: 128000\n  function_call: true\n  image_support: false\n\n"
        "acme/free:\n  input_cost: 0\n\n"
        "acme/level:\n  input_cost: 1.00\n"
    )
    assert ended.err.splitlines() == [
        "left out: another price for prompts above 200,000 tokens (1): acme/long",
        "left out: prices that depend on the length of the prompt (1): acme/ranges",
        "left out: mode embedding (1): acme/vectors",
        "left out: mode image_generation (2): acme/draw, acme/draw-2",
        "left out: no price (1): acme/unpriced",
        "left out: a name that a catalog reads as shared values (1): .draft",
        "left out: a name that must not contain two slashes in a row (1): a//b",
        "note: rounded to 15 digits (1): acme/large",
        "prices not carried over: input_cost_per_audio_token (1), "
        "input_cost_per_token_above_128k_tokens (1)",
        "other fields not carried over: litellm_provider (3), max_output_tokens (1)",
        "3 models → standard output",
    ]


LANGFUSE = [
    {
        "id": "1",
        "modelName": "Acme",
        "matchPattern": r"(?i)^(acme\/support)$",
        "unit": "TOKENS",
        "prices": {
            "input": {"price": 2.5e-06},
            "output": {"price": 1e-05},
            "input_cache_read": {"price": 1.25e-06},
            "output_reasoning": {"price": 1e-05},
        },
        "tokenizerId": "openai",
    },
    {"modelName": "old", "matchPattern": "^(old|older)$", "inputPrice": 1.5e-6, "outputPrice": "0"},
    {"modelName": "both", "matchPattern": "(?i)^(both)$", "totalPrice": 1e-7},
    {"modelName": "letters", "unit": "CHARACTERS", "totalPrice": 1e-7},
    {"modelName": "soon", "startDate": "2999-01-01T00:00:00Z", "inputPrice": 1e-6},
    {
        "modelName": "long",
        "pricingTiers": [
            {"isDefault": True, "prices": {"input": 1e-6}},
            {"isDefault": False, "prices": {"input": 2e-6}},
        ],
    },
    {"modelName": "one-tier", "pricingTiers": [{"isDefault": True, "prices": {"input": 1e-6}}]},
]


@pytest.mark.parametrize("shape", [lambda found: found, lambda found: {"data": found, "meta": {}}])
def test_langfuse_definitions_become_a_catalog(
    command: Command, shape: Callable[[object], object]
) -> None:
    """The pattern that meets requests names the model; usage types are its prices."""
    ended = command(written("models.json", shape(LANGFUSE)))
    assert models_of(ended.out) == {
        "acme/support": {
            "display_name": "Acme",
            "input_cost": 2.5,
            "output_cost": 10.0,
            "cache_hit_input_cost": 1.25,
        },
        "old": {"input_cost": 1.5, "output_cost": 0.0},
        "both": {"input_cost": 0.1, "output_cost": 0.1},
        "one-tier": {"input_cost": 1.0},
    }
    assert ended.err.splitlines() == [
        "left out: priced by characters (1): letters",
        "left out: in effect only from 2999-01-01 on (1): soon",
        "left out: prices that depend on the usage of a request (1): long",
        "note: matchPattern may match more names than this one (1): old",
        "prices not carried over: prices.output_reasoning (1)",
        "other fields not carried over: tokenizerId (1)",
        "4 models → standard output",
    ]


OPENROUTER = {
    "data": [
        {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}},
        {
            "id": "x-ai/grok-4",
            "name": "xAI: Grok 4",
            "context_length": 256000,
            "architecture": {
                "input_modalities": ["text", "image"],
                "output_modalities": ["text"],
            },
            "pricing": {
                "prompt": "0.000003",
                "completion": "0.000015",
                "input_cache_read": "0.00000075",
                "image": "0.001",
                "request": "0",
                "overrides": [],
            },
            "supported_parameters": ["temperature", "tools"],
        },
        {"id": "acme/free:free", "pricing": {"prompt": "0", "completion": "0"}},
        {
            "id": "acme/long",
            "pricing": {"prompt": "1e-6", "overrides": [{"min_prompt_tokens": 200000}]},
        },
        {
            "id": "acme/draw",
            "architecture": {"output_modalities": ["image"]},
            "pricing": {"prompt": "0.000003"},
        },
    ]
}


@pytest.mark.parametrize("given_as", ["file", "stream"])
def test_an_openrouter_list_becomes_a_catalog(
    command: Command, given_as: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prices are text per token; a router has none; a stream is read like a file."""
    file = written("models.json", OPENROUTER)
    with Path(file).open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        ended = command(file if given_as == "file" else "-")
    assert models_of(ended.out) == {
        "x-ai/grok-4": {
            "input_cost": 3.0,
            "output_cost": 15.0,
            "cache_hit_input_cost": 0.75,
            "max_context_window": 256000,
            "function_call": 1,
            "image_support": 1,
        },
        "acme/free:free": {"input_cost": 0.0, "output_cost": 0.0},
    }
    assert ended.err.splitlines() == [
        "left out: a router, without a price of its own (1): openrouter/auto",
        "left out: prices that depend on the length of the prompt or the time (1): acme/long",
        "left out: output of image (1): acme/draw",
        "prices not carried over: pricing.image (1)",
        "other fields not carried over: name (1)",
        "2 models → standard output",
    ]


@pytest.mark.parametrize("encode", [str.encode, lambda text: b"\xef\xbb\xbf" + text.encode()])
def test_a_table_becomes_a_catalog(command: Command, encode: Callable[[str], bytes]) -> None:
    """The header has our fields, and the unit of each price."""
    table = (
        "model_name,input_cost_per_1k,output_cost,cache_hit_input_cost_per_token,"
        "cache_creation_input_cost_per_million,function_call,owner\r\n"
        "acme/a,0.0025,10,0.00000125,3.75,true,me\r\nacme/b,,{per_1k: 0.002},,,0,\r\n"
    )
    ended = command(written("prices.csv", encode(table)))
    assert models_of(ended.out) == {
        "acme/a": {
            "input_cost": 2.5,
            "output_cost": 10.0,
            "cache_hit_input_cost": 1.25,
            "cache_creation_input_cost": 3.75,
            "function_call": 1,
        },
        "acme/b": {"output_cost": 2.0, "function_call": 0},
    }
    assert "other fields not carried over: owner (1)\n" in ended.err


def _price_map(cost: object, **facts: object) -> dict[str, Any]:
    return {"m": {"litellm_provider": "acme", "input_cost_per_token": cost, **facts}}


def _config(*deployments: object) -> dict[str, Any]:
    return {"model_list": list(deployments)}


MISTAKES: dict[str, tuple[str, object, str]] = {
    "negative": (
        "x.json",
        _price_map(-1e-6),
        "x.json: m: input_cost_per_token: must be 0 or more (found -0.000001)",
    ),
    "text": (
        "x.json",
        _price_map("free"),
        "x.json: m: input_cost_per_token: must be a number of USD per token (found 'free')",
    ),
    "NaN": ("x.json", '{"m": {"input_cost_per_token": NaN}}', "x.json: NaN is not a JSON number"),
    "NaN as text": (
        "x.json",
        _price_map("NaN"),
        "x.json: m: input_cost_per_token: must be a number of USD per token (found 'NaN')",
    ),
    "infinite": (
        "x.json",
        _price_map("1e999999"),
        "x.json: m: input_cost_per_token: must be a number of USD per token (found '1e999999')",
    ),
    "boolean": (
        "x.json",
        _price_map(True),
        "x.json: m: input_cost_per_token: must be a number of USD per token (found True)",
    ),
    "too exact": (
        "x.json",
        _price_map("0.00000012345678901234567890"),
        "x.json: m: input_cost_per_token: has more than 15 significant digits; use fewer",
    ),
    "two names of one price": (
        "x.json",
        _price_map(1, cache_read_input_token_cost=1e-6, input_cost_per_token_cache_hit=2e-6),
        "x.json: m: input_cost_per_token_cache_hit: is not what cache_read_input_token_cost says",
    ),
    "window": (
        "x.json",
        _price_map(1e-6, max_input_tokens=1.5),
        "x.json: m: max_input_tokens: must be a whole number of tokens (found 1.5)",
    ),
    "capability": (
        "x.json",
        _price_map(1e-6, supports_vision="yes"),
        "x.json: m: supports_vision: must be a boolean (or 1 or 0) (found 'yes')",
    ),
    "malformed and tiered": (
        "x.json",
        _price_map("?", input_cost_per_token_above_200k_tokens=1),
        "x.json: m: input_cost_per_token: must be a number of USD per token (found '?')",
    ),
    "a model twice": (
        "x.json",
        '{"m": {"input_cost_per_token": 1}, "m": {}}',
        "x.json: the key 'm' appears twice; keep one",
    ),
    "no map": ("x.json", {"m": {"litellm_provider": "acme"}, "n": 1}, "x.json: n: must be a map"),
    "no list": ("x.json", {"model_list": {}}, "x.json: model_list must be a list of models"),
    "no deployment": ("x.json", _config(1), "x.json: model_list[0] must be a map"),
    "no name": (
        "x.json",
        _config({"litellm_params": {}}),
        "x.json: model_list[0] needs a model_name, a string",
    ),
    "no params": (
        "x.json",
        _config({"model_name": "m", "litellm_params": "gpt-4o"}),
        "x.json: model_list[0]: m: litellm_params: must be a map",
    ),
    "two places": (
        "x.json",
        _config(
            {
                "model_name": "m",
                "litellm_params": {"model": "x", "input_cost_per_token": 1e-6},
                "model_info": {"input_cost_per_token": 2e-6},
            }
        ),
        "x.json: model_list[0]: m: input_cost_per_token: differs between litellm_params and "
        "model_info; keep one",
    ),
    "a key in place of a number": (
        "x.yaml",
        f"model_list:\n- {{model_name: m, litellm_params: {{api_key: {KEY}, model: x, "
        f"input_cost_per_token: {KEY}}}}}\n",
        "x.yaml: model_list[0]: m: input_cost_per_token: must be a number of USD per token (found "
        "'[secret]')",
    ),
    "a key that looks like a number": (
        "x.yaml",
        "model_list:\n- {model_name: m, litellm_params: {api_key: 0123_456_789}}\n",
        "x.yaml, line 2: [secret] is not the same number to every YAML reader; write it in full, "
        "or quote it",
    ),
    "text in a config": (
        "x.yaml",
        "model_list:\n- {model_name: m, litellm_params: {model: x, input_cost_per_token: free}}\n",
        "x.yaml: model_list[0]: m: input_cost_per_token: must be a number of USD per token (found "
        "'free')",
    ),
    "an unknown field of ours": (
        "x.json",
        _config(
            {"model_name": "m", "litellm_params": {}, "model_info": {"keywordsai": {"cost": 1}}}
        ),
        "x.json: model_list[0]: m: keywordsai.cost: is not a field of a catalog",
    ),
    "a missing unit": (
        "x.csv",
        "model_name,input_cost\nm,0.0000025\n",
        "x.csv: row 2: m: input_cost: is unlikely for a million tokens; name the unit: "
        "input_cost_per_1k (found '0.0000025')",
    ),
    "a misspelled price": (
        "x.csv",
        "model_name,inptu_cost\nm,1\n",
        "x.csv: the column inptu_cost is not a field of a custom model; did you mean input_cost?",
    ),
    "two columns of one price": (
        "x.csv",
        "model_name,input_cost,input_cost_per_1k\nm,1,1\n",
        "x.csv: row 2: m: input_cost: is not what input_cost_per_1k says",
    ),
    "two rows": (
        "x.csv",
        "model_name,input_cost\nm,1\nm,2\n",
        "x.csv: m: row 2 and row 3 differ: input_cost 1 and 2; --prefer first takes the first one",
    ),
    "semicolons": (
        "x.csv",
        "model_name;input_cost\nm;1\n",
        "x.csv, line 1: separates its cells with semicolons; use commas",
    ),
    "a price that is a list": (
        "x.json",
        {"data": [{"id": "m", "pricing": {"prompt": ["1"]}}]},
        "x.json: data[0]: m: pricing.prompt: must be a number of USD per token (found ['1'])",
    ),
    "prices that are no map": (
        "x.json",
        [{"modelName": "m", "prices": 1}],
        "x.json: models[0]: m: prices: must be a map",
    ),
    "tiers that are no list": (
        "x.json",
        [{"modelName": "m", "pricingTiers": {"input": 1}}],
        "x.json: models[0]: m: pricingTiers: must be a list of maps",
    ),
    "a catalog": (
        "x.yaml",
        "m: {input_cost: 1}\n",
        "x.yaml: is a catalog already; --to litellm writes it for LiteLLM",
    ),
    "only other files": (
        "x.json",
        {"include": ["models.yaml"]},
        "x.json: must be a map with a model_list; convert the files under include",
    ),
    "anything else": (
        "x.json",
        [1, 2],
        "x.json: is in no format that is known; name it with --from: litellm, litellm-prices, "
        "langfuse, openrouter, csv",
    ),
    "nothing": (
        "x.json",
        {"model_list": []},
        "x.json: has no model that can be converted; nothing was written.",
    ),
}


@pytest.mark.parametrize(("name", "content", "line"), MISTAKES.values(), ids=MISTAKES)
def test_a_malformed_file_is_one_line_each(
    command: Command, name: str, content: object, line: str
) -> None:
    """Nothing is written, and the line says where and what to do."""
    ended = command(written(name, content), "-o", "models.yaml")
    assert ended == Ended(2, "", f"{line}\n")
    assert [each.name for each in Path().iterdir()] == [name]


def _deployment(name: str, **params: object) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": {"model": "openai/x"} | params}


def _definition(cost: object, **others: object) -> dict[str, Any]:
    return {"modelName": "m", "matchPattern": "^m$", "prices": {"input": cost}} | others


PRICED = _deployment("m", input_cost_per_token=1e-6)
M = {"m": {"input_cost": 1.0}}
REASONING = "output_cost_per_reasoning_token"
REMARKS: dict[str, tuple[object, dict[str, dict[str, Any]], str]] = {
    "a price in the environment": (
        _config(
            PRICED, _deployment("e") | {"model_info": {"output_cost_per_token": "os.environ/COST"}}
        ),
        M,
        "left out: a price that comes from the environment (1): e",
    ),
    "an alias": (
        _config(PRICED) | {"router_settings": {"model_group_alias": {"gpt-4": "m"}}},
        M,
        "left out: an alias, in model_group_alias (1): gpt-4",
    ),
    "aliases that are none": (
        _config(PRICED) | {"router_settings": {"model_group_alias": 7}},
        M,
        "",
    ),
    "a name for a wildcard": (
        _config(PRICED, _deployment("openai", model="openai/*")),
        M,
        "left out: a wildcard, which stands for many models (1): openai",
    ),
    "files elsewhere": (
        _config(PRICED) | {"include": ["more.yaml"]},
        M,
        "note: there may be more in the files under include; convert those too (1): m",
    ),
    "a discount of LiteLLM": (
        _config(PRICED) | {"litellm_settings": {"cost_discount_config": {"openai": 0.05}}},
        M,
        "note: the cost_discount_config of litellm_settings is not applied (1): m",
    ),
    "short variables": (
        _config(PRICED) | {"environment_variables": {"N": "1", "NAME": "m", "REGION": "standard"}},
        M,
        "1 model → standard output",
    ),
    "no price anywhere": (
        _config(_deployment("m", api_base="http://10.0.0.1")),
        {"m": {}},
        "note: without a price; add input_cost and output_cost (1): m",
    ),
    "music that costs by the piece": (
        _price_map(1e-6)
        | {"music": {"input_cost_per_token": 0, "mode": "chat", "output_cost_per_image": 0.04}},
        M,
        "left out: not priced by the token (1): music",
    ),
    "speech": (
        _price_map(1e-6)
        | {"speech": {"input_cost_per_token": 1e-6, "supported_output_modalities": ["audio"]}},
        M,
        "left out: output of audio (1): speech",
    ),
    "cheaper at night": (
        _price_map(1e-6)
        | {"night": {"input_cost_per_token": 1, "off_peak_pricing": {"windows": []}}},
        M,
        "left out: prices that depend on the time (1): night",
    ),
    "reasoning that costs more": (
        _price_map(1e-6, output_cost_per_token=2e-6, **{REASONING: "0.000004"}),
        {"m": {"input_cost": 1.0, "output_cost": 2.0}},
        "note: output_cost_per_reasoning_token is not the price of output, and not carried over "
        "(1): m",
    ),
    "reasoning that costs the same": (
        _price_map(1e-6, output_cost_per_token=2e-6, **{REASONING: "0.000002"}),
        {"m": {"input_cost": 1.0, "output_cost": 2.0}},
        "",
    ),
    "a kind that is long": (
        _price_map(1e-6) | {"x": {"input_cost_per_token": 1, "mode": "y" * 5_000}},
        M,
        f"left out: mode {'y' * 59}… (1): x",
    ),
    "a discount of OpenRouter": (
        {"data": [{"id": "m", "pricing": {"prompt": "0.000001", "discount": 0.5}}]},
        M,
        "note: discount 0.5: check whether the prices include it (1): m",
    ),
    "no discount, and reasoning that is output": (
        [{"id": "m", "pricing": {"prompt": "0.000001", "discount": 0, "internal_reasoning": "0"}}],
        M,
        "",
    ),
    "an older price": (
        [
            _definition(3e-6, startDate="2024-01-01T00:00:00.000Z"),
            _definition(1e-6, startDate="2025-01-01T00:00:00.000Z"),
            _definition(4e-6, startDate="2999-01-01T00:00:00.000Z"),
            _definition(2e-6),
        ],
        M,
        "left out: a definition that another one of its name replaces (2): m, m",
    ),
    "Langfuse's own price": (
        [
            _definition(3e-6, isLangfuseManaged=True, startDate="2025-01-01T00:00:00.000Z"),
            _definition(1e-6, isLangfuseManaged=False),
        ],
        M,
        "left out: a definition that another one of its name replaces (1): m",
    ),
    "a page of Langfuse's": (
        {"data": [_definition(1e-6)], "meta": {"page": 1, "totalItems": 120, "totalPages": 3}},
        M,
        "this is one page of 3; convert the others too",
    ),
    "a page of a proxy's": (
        {"data": [PRICED], "total_count": 120, "total_pages": 2},
        M,
        "this is one page of 2; convert the others too",
    ),
}


@pytest.mark.parametrize(("content", "models", "line"), REMARKS.values(), ids=REMARKS)
def test_what_a_catalog_cannot_say_is_said_aloud(
    command: Command, content: object, models: dict[str, dict[str, Any]], line: str
) -> None:
    """The rest is right, the exit code is 0, and a remark names what is not; or there is none."""
    ended = command(written("x.json", content))
    assert ended.code == 0
    assert models_of(ended.out) == models
    lines = ended.err.splitlines()
    assert line in lines if line else len(lines) == 1 + ("litellm_provider" in ended.err)
    assert "[secret]" not in ended.err


def test_a_definition_that_is_replaced_stays_so(command: Command) -> None:
    """The newest one in effect counts, even if a catalog cannot hold it: the old price is wrong."""
    tiers = [{"isDefault": True, "prices": {"input": 1e-6}}, {"prices": {"input": 2e-6}}]
    new = _definition(0, startDate="2025-01-01T00:00:00.000Z", pricingTiers=tiers)
    other = _definition(1e-6, matchPattern="^n$")
    ended = command(written("x.json", [_definition(3e-6), new, other]))
    assert list(models_of(ended.out)) == ["n"]


SECRET = "sk-none-of-your-business"  # noqa: S105  (none)
KEYS: dict[str, tuple[str, str]] = {
    "a column": ("x.csv", f"model_name,api_key,input_cost\nm,{SECRET},{SECRET}\n"),
    "a price map": (
        "x.json",
        f'{{"m": {{"input_cost_per_token": "{SECRET}", "api_key": "{SECRET}"}}}}',
    ),
    "a password without a name": ("x.yaml", "environment_variables:\n  SMTP_PASS: 012_345_678\n"),
    "an alias": ("x.yaml", f"model_list: [{{api_key: *{SECRET}}}]\n"),
    "a tag": ("x.yaml", f"model_list: [{{api_key: !{SECRET} x}}]\n"),
}


@pytest.mark.parametrize(("name", "text"), KEYS.values(), ids=KEYS)
def test_no_key_is_shown_whatever_the_format(command: Command, name: str, text: str) -> None:
    """Not even where a key stands in the place of a number, or the file cannot be parsed."""
    ended = command(written(name, text))
    assert (ended.code, ended.out) == (2, "")
    assert "[secret]" in ended.err
    assert SECRET not in ended.err
    assert "012_345_678" not in ended.err


@pytest.mark.parametrize(
    "text",
    [
        f"certificate: {'QUJD' * 50_000}\nmodel_list: []\n",
        f"api_key: {'QUJD' * 500_000}\nmodel_list: []\n",
        f"{'a:' * 50_000}\n",
    ],
)
def test_a_long_value_takes_no_time(command: Command, text: str) -> None:
    """A certificate in base64 is one word of any length."""
    with at_most(5):
        assert command(written("x.yaml", text)).code == 2


def test_what_is_no_catalog_is_not_converted_back(command: Command) -> None:
    """One line, not one for each field of each model."""
    content = {f"m{number}": PRICE_MAP["acme/large"] for number in range(100)}
    ended = command(written("map.json", content), "--to", "litellm")
    assert ended == Ended(
        2, "", "map.json: is a LiteLLM price map; convert it into a catalog first\n"
    )


def test_many_mistakes_are_counted(command: Command) -> None:
    """Twenty are shown, and how many more there are."""
    content = {f"m{number}": {"input_cost_per_token": -1} for number in range(500)}
    lines = command(written("x.json", content)).err.splitlines()
    assert lines[0] == "x.json has 500 mistakes; nothing was written."
    assert (len(lines), lines[-1]) == (22, "  and 480 more")


def test_what_is_not_chosen_is_not_judged(command: Command) -> None:
    """A mistake in a model that --match leaves out stops nothing; a glob without a match does."""
    content = {"a/b": {"input_cost_per_token": 1e-6}, "c": {"input_cost_per_token": -1}}
    file = written("x.json", content)
    assert models_of(command(file, "--match", "a/*").out) == {"a/b": {"input_cost": 1.0}}
    ended = command(file, "--match", "a/*", "--match", "d*")
    assert ended == Ended(2, "", "x.json: no model matches d*; it has a/b, c\n")


def test_an_existing_catalog_gets_what_it_lacks(command: Command) -> None:
    """Its own bytes stay as they are, and its own models too."""
    mine = "# mine\r\nacme/free: {input_cost: 7}  # agreed\r\n"
    Path("models.yaml").write_bytes(mine.encode())
    Path("models.yaml").chmod(0o640)
    ended = command(written("map.json", PRICE_MAP), "-o", "models.yaml")
    text = Path("models.yaml").read_bytes().decode()
    assert text.startswith(mine + "\r\n# From map.json")
    assert list(models_of(text)) == ["acme/free", "acme/large", "acme/level"]
    assert models_of(text)["acme/free"] == {"input_cost": 7.0}
    assert "unchanged, because models.yaml already has them: acme/free\n" in ended.err
    assert Path("models.yaml").stat().st_mode & 0o777 == 0o640
    again = command("map.json", "-o", "models.yaml")
    assert again.code == 0
    assert Path("models.yaml").read_bytes().decode() == text


def test_a_stack_gets_what_it_lacks(command: Command) -> None:
    """A model that the stack removes with null is not added behind its back."""
    Path("Pulumi.yaml").write_text("name: p\nruntime: python\n")
    Path("Pulumi.prod.yaml").write_text(
        "config:\n  other: 1\n  keywordsai:models:\n    acme/free: null\n"
    )
    ended = command(written("map.json", PRICE_MAP), "--into", "Pulumi.prod.yaml")
    assert ended.code == 0
    stack = yaml.safe_load(Path("Pulumi.prod.yaml").read_text())
    assert stack["config"]["other"] == 1
    assert list(stack["config"]["keywordsai:models"]) == ["acme/free", "acme/large", "acme/level"]
    assert stack["config"]["keywordsai:models"]["acme/free"] is None


TARGETS = {
    "a config of LiteLLM": (("-o", "config.yaml"), "config.yaml: is not a catalog; choose another"),
    "no YAML": (("-o", "map.json"), "-o must be a YAML file, like models.yaml, not map.json."),
    "no YAML yet": (("-o", "new.txt"), "-o must be a YAML file, like models.yaml, not new.txt."),
    "no stack": (("--into", "models.yaml"), "--into must be a stack's file, Pulumi.<stack>.yaml"),
    "both": (("-o", "a.yaml", "--into", "Pulumi.a.yaml"), "Use only one of -o and --into."),
    "no folder": (("-o", "none/a.yaml"), "none/a.yaml: cannot be written: No such file or dir"),
    "way back, into": (("--to", "litellm", "--into", "Pulumi.a.yaml"), "--to litellm reads a"),
    "way back, there": (("--to", "litellm", "-o", "config.yaml"), "config.yaml already exists"),
}


@pytest.mark.parametrize(("options", "line"), TARGETS.values(), ids=TARGETS)
def test_a_wrong_target_is_refused(command: Command, options: tuple[str, ...], line: str) -> None:
    """Nothing is written where it would do harm."""
    written("config.yaml", LITELLM)
    ended = command(written("map.json", {"m": {"input_cost_per_token": 1}}), *options)
    assert (ended.code, ended.out) == (2, "")
    assert line in ended.err.splitlines()[-1]
    assert Path("config.yaml").read_text() == LITELLM
    assert {each.name for each in Path().iterdir()} == {"config.yaml", "map.json"}


def test_a_file_that_cannot_be_written_whole_stays(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full in the middle leaves the old file, and nothing beside it."""
    before = "acme/a: {input_cost: 1}\n"
    written("models.yaml", before)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("keywordsai_dynamic.terminal.files.os.fsync", full)
    ended = command(written("map.json", PRICE_MAP), "-o", "models.yaml")
    assert ended.code == 2
    assert ended.err.endswith("models.yaml: cannot be written: No space left on device\n")
    assert Path("models.yaml").read_text() == before
    assert sorted(each.name for each in Path().iterdir()) == ["map.json", "models.yaml"]


def test_names_are_shown_but_never_obeyed(command: Command) -> None:
    """What controls a terminal, ends a comment or needs quotes in YAML does none of that."""
    names = [
        "no",
        "1e3",
        "a: b",
        '"q"',
        "emoji 🎈",
        "#x",
        "\x1b[31mred",
        "a\nb",
        "\u202egnp",
        "list",
    ]
    content = {name: {"input_cost_per_token": 1e-6} for name in names}
    ended = command(written("evil\n# x.json", content))
    assert list(models_of(ended.out)) == names[:6]
    assert all(line.startswith("# From evil\\n#") for line in ended.out.splitlines()[:1])


def test_the_size_of_a_price_map_is_no_matter(command: Command) -> None:
    """5,000 models in 10 MB of JSON take one and a half seconds; the bound is a busy machine's."""
    facts = {**PRICE_MAP["acme/large"], "source": "https://prices.acme.example/" + "x" * 1_500}
    written("map.json", {f"acme/m{number}": facts for number in range(5_000)})
    assert Path("map.json").stat().st_size > 9_500_000
    with at_most(6):
        ended = command("map.json", "-o", "models.yaml")
    assert ended.code == 0
    assert Path("models.yaml").read_text().count("input_cost: 0.15\n") == 10_000  # and for creation


def test_five_thousand_deployments_take_two_seconds(command: Command) -> None:
    """The bound is a busy machine's; `make test` converts a tenth of them."""
    count = times(500, 5_000)
    deployments = "".join(
        f"""\
  - model_name: acme/m{number}
    litellm_params:
      model: azure/gpt-4o-{number}
      api_key: os.environ/AZURE_API_KEY
    model_info:
      input_cost_per_token: {number + 1}e-08
      output_cost_per_token: {number + 1}e-07
      max_input_tokens: 128000
      supports_vision: true
"""
        for number in range(count)
    )
    written("config.yaml", f"model_list:\n{deployments}")
    with at_most(1 + count / 1_000):  # 500 of them take half a second
        ended = command("config.yaml", "-o", "models.yaml")
    assert ended.code == 0
    assert Path("models.yaml").read_text().count("max_context_window: 128000\n") == count


# Anything at all

DOCUMENTS: dict[str, Any] = {
    "litellm": yaml.safe_load(LITELLM),
    "litellm-prices": PRICE_MAP,
    "langfuse": {"data": LANGFUSE, "meta": {}},
    "openrouter": OPENROUTER,
}
PRICED = {*PRICES, "prompt", "completion", "input", "output", "inputPrice", "totalPrice", "price"}


@pytest.mark.parametrize("source", DOCUMENTS)
def test_a_file_with_one_odd_node_is_right_or_refused(command: Command, source: str) -> None:
    """Whatever a node becomes, a price is never guessed: exit code 2, or another model's prices."""
    document = DOCUMENTS[source]
    whole = models_of(command(written("x.json", document), "--from", source).out)
    for way, change in some(document, source, times(30, 10**5)):
        case = f"{'.'.join(map(str, way))} becomes {change!r}"
        ended = command(
            written("x.json", json.dumps(mutated(document, way, change))), "--from", source
        )
        assert ended.code in {0, 2}, case
        assert bool(ended.out) is (ended.code == 0), case
        if ended.code or way[-1:] == () or not PRICED.issuperset(map(str, way[-1:])):
            continue
        costs = [cost for each in models_of(ended.out).values() for cost in costs_of(each)]
        before = [cost for each in whole.values() for cost in costs_of(each)]
        assert set(costs) <= {*before, 0.0, 5e5, 1e306}, case  # the numbers among what is odd


def costs_of(fields: dict[str, Any]) -> list[float]:
    return [fields[name] for name in PRICE_FIELDS if name in fields]


FILES: dict[str, bytes] = {
    "x.yaml": LITELLM.encode(),
    "x.json": json.dumps(OPENROUTER, indent=1).encode(),
    "x.csv": b"model_name,input_cost_per_1k,output_cost\nacme/a,0.0025,10\nacme/b,,{per_1k: 1}\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_torn_file_is_read_or_refused(command: Command, name: str) -> None:
    """Bytes are lost, doubled, or in another encoding; nothing is half-written, no key shown."""
    random = Random(name)  # noqa: S311  (nothing to keep secret)
    for _ in range(times(20, 2_000)):
        content = torn(FILES[name], random)
        ended = command(written(name, content), "-o", "models.yaml")
        assert (ended.code, Path("models.yaml").exists()) in {(0, True), (2, False)}, content
        if ended.code == 0:
            models_of(Path("models.yaml").read_text())
            Path("models.yaml").unlink()


# The way back


AMOUNTS = st.one_of(
    st.decimals(min_value=0, max_value=1000, places=6, allow_nan=False),
    st.sampled_from([Decimal("0.001"), Decimal("123456789012.345"), Decimal("1e-12")]),
)
COSTS = st.one_of(
    AMOUNTS.map(lambda cost: {"per_million": cost}),
    AMOUNTS.map(lambda cost: {"per_1k": cost.scaleb(-3)}),
    AMOUNTS.map(lambda cost: {"per_token": str(cost.scaleb(-6))}),
    AMOUNTS.filter(lambda cost: not implausible({"input_cost": float(cost)})),
)
LETTERS = st.characters(categories=["L", "N", "P", "S"], include_characters=" ")
TEXT = st.text(LETTERS, max_size=8)
NAMES = st.one_of(
    st.sampled_from(["gpt-4o", "openai/gpt-4o", "acme/*", "no", "1e3", "x-ai/grok-4", "a: b", "☃"]),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8),
)
PARAMS = st.recursive(
    st.one_of(st.booleans(), st.integers(-9, 9), st.decimals(0, 9, places=2), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXT, inner, max_size=2)),
    max_leaves=4,
)
LIST_PRICE = st.fixed_dictionaries(
    {"list_price": st.sampled_from(["openai/gpt-4o", "openai/gpt-4o-mini"])},
    optional={"markup": st.just("20%"), "strict": st.booleans(), "tier": st.just(0)},
)
OWN = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(PRICE_FIELDS, COSTS),
        **dict.fromkeys(FLAG_FIELDS, st.booleans() | st.integers(0, 1)),
        "max_context_window": st.integers(0, 10**7),
        "base_model_name": st.sampled_from(["gpt-4o", "openai/gpt-4o", "acme/base"]),
        "display_name": TEXT,
        "custom_provider_id": st.sampled_from(["vllm", 12]),
        "overwrite_existing": st.booleans(),
        "supported_params_override": st.dictionaries(TEXT, PARAMS, max_size=2),
    },
)
MODELS = st.dictionaries(
    NAMES,
    st.one_of(OWN, st.tuples(LIST_PRICE, OWN).map(lambda both: both[0] | both[1])),
    min_size=1,
    max_size=3,
)


def resolved(models: dict[str, Any]) -> dict[str, dict[str, Any]] | None:
    """Return the models of a catalog, or None if it has a mistake."""
    try:
        return {**ModelCatalog.from_layers([Layer("models.yaml", models)]).models}
    except cli.KeywordsAIError:
        return None


@settings(max_examples=times(60, 2_000))
@example({"gpt-4o": {}, "acme/*": {"list_price": "openai/gpt-4o", "input_cost": Decimal("2.5")}})
@example({"a": {"supported_params_override": {"x": {"y": [True, "no", Decimal("1.50"), {}]}}}})
@given(MODELS)
def test_a_catalog_comes_back_from_litellm(models: dict[str, Any]) -> None:
    """Catalog → model_list → catalog is the same models; LiteLLM reads every price as a number."""
    before = resolved(models)
    assume(before is not None)
    assert before is not None
    text = as_yaml(model_list(models, before))
    for each in yaml.safe_load(text)["model_list"]:
        info = each["model_info"]
        assert not any(isinstance(info[key], str) for key in info if "cost" in key)
    content: Any = from_yaml(text, "config.yaml")
    conversion = convert(read_config(content, "config.yaml"), "config.yaml", Choice())
    kept = {name: each for name, each in before.items() if name in conversion.models}
    assert conversion.mistakes == []
    assert [each for names in conversion.left_out.values() for each in names] == [
        name for name in before if name not in kept
    ]
    if conversion.models:
        again = with_models("", conversion.models, stack=False, file="models.yaml")
        assert models_of(again) == kept
    assert all(name.startswith((".", "x-")) for name in before.keys() - kept)


def test_the_way_back_is_a_command(command: Command) -> None:
    """What LiteLLM has no field for goes along, and the numbers are exact."""
    written(
        "models.yaml",
        "acme/a: {base_model_name: gpt-4o, input_cost: 0.15, output_cost: {per_1k: 0.0006},\n"
        "  max_context_window: 128000, function_call: true}\n"
        "acme/b: {list_price: openai/gpt-4o, markup: 20%, output_cost: 9}\n",
    )
    ended = command("models.yaml", "--to", "litellm", "-o", "config.yaml")
    assert ended == Ended(0, "", "2 models → config.yaml\n")
    text = Path("config.yaml").read_text()
    assert text.startswith("# From models.yaml, 20")
    assert "input_cost_per_token: 0.00000015\n" in text
    a, b = yaml.safe_load(text)["model_list"]
    assert a == {
        "model_name": "acme/a",
        "litellm_params": {"model": "gpt-4o"},
        "model_info": {
            "input_cost_per_token": 1.5e-07,
            "output_cost_per_token": 6e-07,
            "max_input_tokens": 128000,
            "supports_function_calling": True,
            "keywordsai": {"base_model_name": "gpt-4o"},
        },
    }
    assert b["model_info"]["input_cost_per_token"] == 3e-06
    assert b["model_info"]["keywordsai"] == {
        "list_price": "openai/gpt-4o",
        "markup": "20%",
        "output_cost": 9,
    }
    back = command("config.yaml")
    assert "list_price is used, not the prices beside keywordsai (1): acme/b" in back.err
    assert models_of(back.out) == models_of(Path("models.yaml").read_text())
    assert command("models.yaml", "--to", "litellm", "--match", "z").code == 2
