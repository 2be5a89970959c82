"""Usage files: three formats, one meaning, and a line for each way to get them wrong."""

from decimal import Decimal

import pytest

from keywordsai_dynamic.errors import KeywordsAIError
from keywordsai_dynamic.review import read_usage

YAML = """
acme/support-llm:
  input_tokens: 900M
  output_tokens: 1.5B
acme/chat: {cache_hit_input_tokens: 1_000_000, cache_creation_input_tokens: 2.5e3}
"""
JSON = """{
  "acme/support-llm": {"input_tokens": 900000000, "output_tokens": "1.5 B"},
  "acme/chat": {"cache_hit_input_tokens": 1e6, "cache_creation_input_tokens": 2500.0}
}"""
CSV = """\
model_name,input_tokens,output_tokens,cache_hit_input_tokens,cache_creation_input_tokens
acme/support-llm,900000000,1500M,,
acme/chat,,,1000K,2500
"""


@pytest.mark.parametrize(("name", "text"), [("u.yaml", YAML), ("u.json", JSON), ("u.CSV", CSV)])
def test_the_three_formats_say_the_same(name: str, text: str) -> None:
    """900 M is 900,000,000 wherever it is written; an empty cell is no count."""
    assert read_usage(text, name) == {
        "acme/support-llm": {
            "input_tokens": Decimal(900_000_000),
            "output_tokens": Decimal(1_500_000_000),
        },
        "acme/chat": {
            "cache_hit_input_tokens": Decimal(1_000_000),
            "cache_creation_input_tokens": Decimal(2_500),
        },
    }


def test_a_spreadsheet_s_byte_order_mark_is_not_part_of_the_first_column() -> None:
    """Excel begins its CSV with one."""
    text = "\ufeffmodel_name,input_tokens\nm,5\n"
    assert read_usage(text, "u.csv") == {"m": {"input_tokens": Decimal(5)}}


def test_names_that_a_spreadsheet_would_compute_are_read_as_they_are_listed() -> None:
    """`keywordsai-dynamic models --format csv` guards them with an apostrophe."""
    text = "model_name,input_tokens\n'=m,5\n'@x;'-y,6\n'quoted',7\n"
    assert read_usage(text, "u.csv") == {
        "=m": {"input_tokens": Decimal(5)},
        "@x;-y": {"input_tokens": Decimal(6)},
        "'quoted'": {"input_tokens": Decimal(7)},
    }


EXAMPLE = "`acme/support-llm: {input_tokens: 900M, output_tokens: 120M}`"
SHAPE = f"is no usage file: it maps each model_name to its tokens a month, like {EXAMPLE}."
KINDS = "input_tokens, output_tokens, cache_hit_input_tokens, cache_creation_input_tokens"
COUNTS = "is no number of tokens; write one like 900000000, 900_000_000 or 900M."


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("u.yaml", "", f"u.yaml {SHAPE}"),
        ("u.yaml", "m: 5", f"u.yaml {SHAPE}"),
        ("u.json", "[]", f"u.json {SHAPE}"),
        (
            "u.yaml",
            "m: {input: 5}",
            f"u.yaml, model m: 'input' is no kind of tokens; there are {KINDS}.",
        ),
        ("u.yaml", "m: {input_tokens: -5}", f"u.yaml, model m, input_tokens: -5 {COUNTS}"),
        ("u.yaml", "m: {input_tokens: true}", f"u.yaml, model m, input_tokens: True {COUNTS}"),
        ("u.yaml", "m: {input_tokens: }", f"u.yaml, model m, input_tokens: None {COUNTS}"),
        ("u.yaml", "m: {input_tokens: .inf}", f"u.yaml, model m, input_tokens: inf {COUNTS}"),
        (
            "u.csv",
            "model_name,input_tokens\nm,few\n",
            f"u.csv, model m, input_tokens: 'few' {COUNTS}",
        ),
        (
            "u.csv",
            "model,input_tokens\nm,5\n",
            "u.csv cannot be read as a usage file: its first line must name the columns, "
            "model_name among them",
        ),
        (
            "u.csv",
            "model_name,input_tokens\nm,5\nm,6\n",
            "u.csv cannot be read as a usage file: model m stands in it twice",
        ),
        (
            "u.csv",
            "input_tokens,model_name\n5\n",
            "u.csv cannot be read as a usage file: line 2 has not as many cells as there are "
            "columns",
        ),
        (
            "u.csv",
            "model_name,input_tokens\nm,5,6\n",
            "u.csv cannot be read as a usage file: line 2 has not as many cells as there are "
            "columns",
        ),
        (
            "u.yaml",
            "m: {input_tokens: 9e999999T}",
            f"u.yaml, model m, input_tokens: '9e999999T' {COUNTS}",
        ),
        (
            "u.yaml",
            "m: {input_tokens: 1e5000}",
            f"u.yaml, model m, input_tokens: '1e5000' {COUNTS}",
        ),
        (
            "u.json",
            f'{{"m": {{"input_tokens": {"9" * 400}}}}}',
            f"u.json, model m, input_tokens: {'9' * 199}… {COUNTS}",
        ),
        (
            "u.yaml",
            '"m\\nis fine": {input_tokens: few}',
            f"u.yaml, model m\\nis fine, input_tokens: 'few' {COUNTS}",
        ),
        (
            "u.yaml",
            f"{'m' * 300}: {{input_tokens: few}}",
            f"u.yaml, model {'m' * 199}…, input_tokens: 'few' {COUNTS}",
        ),
        (
            "u.json",
            "[" * 100_000,
            "u.json cannot be read as a usage file: it is nested too deeply",
        ),
        (
            "u.yaml",
            "[" * 3_000,
            "u.yaml cannot be read as a usage file: it is nested too deeply",
        ),
        (
            "u.json",
            "{",
            "u.json cannot be read as a usage file: Expecting property name enclosed in double "
            "quotes: line 1 column 2 (char 1)",
        ),
    ],
)
def test_a_mistake_is_one_line(name: str, text: str, sentence: str) -> None:
    """File, model and kind are named, and what would be right."""
    with pytest.raises(KeywordsAIError) as raised:
        read_usage(text, name)
    assert str(raised.value) == sentence
