"""Every kind of mistake in a catalog file, with the line that reports it."""

from typing import NamedTuple

from keywordsai_dynamic.prices.sources.genai import data_version

PRICE = "must be a number of USD per million tokens"
UNIT = "must be a number, or one unit with its amount: per_token, per_1k, per_million"


class Mistake(NamedTuple):
    """A file's text and the line about it; `in_schema` is whether a JSON Schema can see it too."""

    text: str
    line: str
    in_schema: bool = True


MISTAKES = {
    "negative": Mistake("m: {input_cost: -1}", "m: input_cost: must be 0 or more (found -1)"),
    "text": Mistake("m: {input_cost: cheap}", f"m: input_cost: {PRICE} (found 'cheap')"),
    "currency": Mistake("m: {input_cost: 2.50 USD}", f"m: input_cost: {PRICE} (found '2.50 USD')"),
    "decimal comma": Mistake('m: {input_cost: "2,50"}', f"m: input_cost: {PRICE} (found '2,50')"),
    "bool": Mistake("m: {input_cost: true}", f"m: input_cost: {PRICE} (found True)"),
    "yes is text": Mistake("m: {input_cost: yes}", f"m: input_cost: {PRICE} (found 'yes')"),
    "sexagesimal": Mistake("m: {input_cost: 1:30}", f"m: input_cost: {PRICE} (found '1:30')"),
    "not a number": Mistake("m: {input_cost: .nan}", f"m: input_cost: {PRICE} (found '.nan')"),
    "list for a price": Mistake("m: {input_cost: [1]}", f"m: input_cost: {PRICE} (found [1])"),
    "too many digits": Mistake(
        "m: {input_cost: 1.0000000000000001}",
        "m: input_cost: has more than 15 significant digits; use fewer (found 1.0000000000000001)",
        in_schema=False,
    ),
    "price per token": Mistake(
        "m: {input_cost: 0.0000025}",
        "m: input_cost: is an unlikely price for a million tokens; add the unit, like "
        "{per_million: 0.0000025} or {per_token: 0.0000025} (found 0.0000025)",
    ),
    "price per billion": Mistake(
        "m: {output_cost: 2500}",
        "m: output_cost: is an unlikely price for a million tokens; add the unit, like "
        "{per_million: 2500} or {per_token: 2500} (found 2500)",
    ),
    "misspelt unit": Mistake(
        "m: {input_cost: {per_tok: 1}}", f"m: input_cost: {UNIT} (found {{per_tok: 1}})"
    ),
    "two units": Mistake(
        "m: {input_cost: {per_1k: 1, per_token: 1}}",
        f"m: input_cost: {UNIT} (found {{per_1k: 1, per_token: 1}})",
    ),
    "no number in a unit": Mistake(
        "m: {input_cost: {per_1k: x}}",
        "m: input_cost: per_1k must be a number of USD, or a string like '0.0025' "
        "(found {per_1k: 'x'})",
    ),
    "unknown field": Mistake(
        "m: {inptu_cost: 2.50}",
        "m: inptu_cost: is not a field of a custom model; did you mean input_cost?",
    ),
    "name of another tool": Mistake(
        "m: {cache_read_input_token_cost: 0.00000125}",
        "m: cache_read_input_token_cost: is LiteLLM's name for a price in USD per token; here, use "
        "cache_hit_input_cost: {per_token: …}",
    ),
    "a key in the wrong file": Mistake(
        "m: {api_key: sk-123}", "m: api_key: is not a field of a custom model"
    ),
    "name twice": Mistake(
        "m: {model_name: n}", "m: model_name: is the key above; remove the line (found 'n')"
    ),
    "both provider ids": Mistake(
        "m: {custom_provider_id: a, provider_id: b}",
        "m: provider_id: is an alias of custom_provider_id; declare only one of the two "
        "(found 'b')",
    ),
    "half a token": Mistake(
        "m: {max_context_window: 1.5}",
        "m: max_context_window: must be a whole number of tokens (found 1.5)",
    ),
    "flag": Mistake(
        "m: {function_call: 2}", "m: function_call: must be a boolean (or 1 or 0) (found 2)"
    ),
    "number for a name": Mistake(
        "m: {display_name: 4}", "m: display_name: must be a string (found 4)"
    ),
    "switch": Mistake(
        "m: {overwrite_existing: 1}",
        "m: overwrite_existing: must be a boolean (found 1)",
    ),
    "list of parameters": Mistake(
        "m: {supported_params_override: [a]}",
        "m: supported_params_override: must be a map of parameter names to their settings "
        "(found ['a'])",
    ),
    "base of itself": Mistake(
        "m: {base_model_name: m}",
        "m: base_model_name: is the model itself; choose another base (found 'm')",
        in_schema=False,
    ),
    "cyclic base": Mistake(
        "m: {base_model_name: n}\nn: {base_model_name: o}\no: {base_model_name: m}",
        "m: base_model_name: is circular: m → n → o → m; choose another base (found 'n')",
        in_schema=False,
    ),
    "slash at the end": Mistake("m/: {}", "m/: model_name: must not begin or end with a slash"),
    "a route of the API": Mistake(
        "list: {}",
        "list: model_name: is a path that the API uses for something else; choose another name",
    ),
    "number as a name": Mistake(
        "4.1: {}", "4.1: a model name must be a string; put it in quotes", in_schema=False
    ),
    "empty model": Mistake("m:", "m: is empty; add its fields, or remove the line"),
    "empty field": Mistake(
        "m: {input_cost: }", "m: input_cost: is empty; add a value, or remove the line"
    ),
    "list of fields": Mistake(
        "m: [input_cost]",
        "m: must be a map of fields, like `input_cost: 2.50` (found ['input_cost'])",
    ),
    "list of models": Mistake("- m", "must be a map of model names to their fields (found ['m'])"),
    "empty file": Mistake(
        "# nothing yet\n", "is empty; add models, like `name: {input_cost: 2.50}`"
    ),
    "unknown list price": Mistake(
        "m: {list_price: openai/gpt4o}",
        f"m: list_price: no list price for 'openai/gpt4o' in {data_version()}; did you mean "
        "openai/gpt-4o or openai/gpt-4 or openai/ft:gpt-4o? (found 'openai/gpt4o')",
        in_schema=False,
    ),
    "unknown vendor": Mistake(
        "m: {list_price: opnai/gpt-4o}",
        f"m: list_price: no vendor 'opnai' in {data_version()}; did you mean openai/gpt-4o? "
        "(found 'opnai/gpt-4o')",
        in_schema=False,
    ),
    "list price without vendor": Mistake(
        "m: {list_price: gpt-4o}",
        "m: list_price: no vendor in 'gpt-4o'; did you mean openai/gpt-4o? (found 'gpt-4o')",
    ),
    "list price of another entry": Mistake(
        "m: {list_price: openai/gpt-4o-2024-08-06, strict: true}",
        f"m: list_price: {data_version()} has no entry for openai/gpt-4o-2024-08-06; the closest "
        "is openai/gpt-4o. Use that name, or remove `strict` "
        "(found 'openai/gpt-4o-2024-08-06')",
        in_schema=False,
    ),
    "strict in words": Mistake(
        "m: {list_price: openai/gpt-4o, strict: please}",
        "m: strict: must be a boolean (found 'please')",
    ),
    "strict about what": Mistake(
        "m: {strict: true}",
        "m: strict: needs a list_price, and there is none (found True)",
    ),
    "tiered list price": Mistake(
        "m: {list_price: anthropic/claude-sonnet-4-5}",
        "m: list_price: anthropic/claude-sonnet-4-5 costs more for long prompts: 3, above 200,000 "
        "tokens 6. Choose with `tier`: 0, 200000 (found 'anthropic/claude-sonnet-4-5')",
        in_schema=False,
    ),
    "unknown tier": Mistake(
        "m: {list_price: openai/gpt-4o, tier: 5}",
        "m: tier: openai/gpt-4o has no such tier; choose one of: 0 (found 5)",
        in_schema=False,
    ),
    "price by the hour of day": Mistake(
        "m: {list_price: deepseek/deepseek-chat}",
        "m: list_price: deepseek/deepseek-chat costs more at some times of day; declare its "
        "costs instead (found 'deepseek/deepseek-chat')",
        in_schema=False,
    ),
    "not charged by the token": Mistake(
        "m: {list_price: openai/moderation}",
        "m: list_price: openai/moderation is not priced by the token; declare its costs "
        "instead (found 'openai/moderation')",
        in_schema=False,
    ),
    "number for a list price": Mistake(
        "m: {list_price: 4}", "m: list_price: must be a string like openai/gpt-4o (found 4)"
    ),
    "markup of what": Mistake(
        "m: {markup: 20%}",
        "m: markup: needs a list_price, and there is none (found '20%')",
    ),
    "markup without a per cent sign": Mistake(
        "m: {list_price: openai/gpt-4o, markup: 20}",
        "m: markup: a markup must be a percentage, like 20% (found 20)",
    ),
    "too much discount": Mistake(
        "m: {list_price: openai/gpt-4o, discount: 101%}",
        "m: discount: a discount must be at most 100% (found '101%')",
        in_schema=False,
    ),
    "markup and discount": Mistake(
        "m: {list_price: openai/gpt-4o, markup: 20%, discount: 5%}",
        "m: discount: declare a markup or a discount, not both (found '5%')",
    ),
}
"""Files that are well-formed and wrong; each has one mistake."""

UNREADABLE = {
    "duplicate model": ("m: {}\nm: {}", ", line 2: the key 'm' appears twice; keep one"),
    "duplicate field": (
        "m:\n  input_cost: 1\n  input_cost: 2",
        ", line 3: the key 'input_cost' appears twice; keep one",
    ),
    "tab": ("m:\n\tinput_cost: 1", ", line 2: a tab; indent YAML with spaces"),
    "unclosed": ("m: {input_cost: 1", ", line 1: expected ',' or '}', but got '<stream end>'"),
    "contains itself": ("m: &m {n: *m}", ", line 1: the anchor 'm' contains itself"),
    "two documents": ("m: {}\n---\nn: {}", ", line 2: but found another document"),
    "octal": (
        "m: {input_cost: 010}",
        ", line 1: 010 is not the same number to every YAML reader; write it in full, or quote it",
    ),
    "underscore": (
        "m: {max_context_window: 128_000}",
        ", line 1: 128_000 is not the same number to every YAML reader; write it in full, or "
        "quote it",
    ),
    "no bool": ('m: !!bool "maybe"', ", line 1: the value cannot be read as bool"),
    "no time": ('m: {}\nn: !!timestamp "x"', ", line 2: the value cannot be read as timestamp"),
    "no day": ("m: !!timestamp 2020-99-99", ", line 1: the value cannot be read as timestamp"),
    "no number": ('m: !!float "x"', ", line 1: 'x' is not a number"),
    "no whole number": ('m: !!int "x"', ", line 1: 'x' is not a whole number"),
    "no map": (
        "m: !!map [a]",
        ", line 1: expected a mapping node, but found sequence",
    ),
    "no set": ("m: !!set x", ", line 1: expected a mapping node, but found scalar"),
    "list that contains itself": ("&m [*m]", ", line 1: the anchor 'm' contains itself"),
    "a program": (
        "m: !!python/object/apply:os.getcwd []",
        ", line 1: could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object/apply:os.getcwd'",
    ),
}
"""Files that are not readable YAML; each has one mistake."""
