"""Usage files: three formats, one meaning, and one line for each mistake."""

from decimal import Decimal
from pathlib import Path

import pytest
from harness.lengths import times
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from keywordsai_dynamic.cli.app import app
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.review import read_usage

PREVIEW = Path(__file__).parents[1] / "recorded" / "previews" / "catalog.json"

YAML = """
acme/support-llm:
  input_tokens: 900M
  output_tokens: 1.5B
acme/chat: {cache_hit_input_tokens: "1_000_000", cache_creation_input_tokens: 2.5e3}
acme/idle: {}
acme/new:
"""
JSON = """{
  "acme/support-llm": {"input_tokens": 900000000, "output_tokens": "1.5 B"},
  "acme/chat": {"cache_hit_input_tokens": 1e6, "cache_creation_input_tokens": 2500.0},
  "acme/idle": {}, "acme/new": null
}"""
CSV = """\
model_name,input_tokens,output_tokens,cache_hit_input_tokens,cache_creation_input_tokens
acme/support-llm,900000000,1500M,,
acme/chat,,,1000K,2500
acme/idle,,,,
acme/new,,,,
"""


@pytest.mark.parametrize(("name", "text"), [("u.yaml", YAML), ("u.json", JSON), ("u.CSV", CSV)])
def test_the_three_formats_say_the_same(name: str, text: str) -> None:
    """900 M is 900,000,000 wherever it is written; a model may have no counts."""
    assert read_usage(text, name) == {
        "acme/support-llm": {
            "input_tokens": Decimal(900_000_000),
            "output_tokens": Decimal(1_500_000_000),
        },
        "acme/chat": {
            "cache_hit_input_tokens": Decimal(1_000_000),
            "cache_creation_input_tokens": Decimal(2_500),
        },
        "acme/idle": {},
        "acme/new": {},
    }


def test_a_spreadsheet_s_byte_order_mark_is_not_part_of_the_first_column() -> None:
    """Excel begins its CSV with one."""
    text = "\ufeffmodel_name,input_tokens\nm,5\n"
    assert read_usage(text, "u.csv") == {"m": {"input_tokens": Decimal(5)}}


def test_names_that_a_spreadsheet_would_compute_are_read_as_listed() -> None:
    """`keywordsai-dynamic models --format csv` guards them with an apostrophe."""
    text = "model_name,input_tokens\n'=m,5\n'@x;'-y,6\n'quoted',7\n"
    assert read_usage(text, "u.csv") == {
        "=m": {"input_tokens": Decimal(5)},
        "@x;-y": {"input_tokens": Decimal(6)},
        "'quoted'": {"input_tokens": Decimal(7)},
    }


def test_a_name_is_kept_verbatim() -> None:
    """Blanks around a name stay; comparing it with the preview reports them."""
    assert read_usage('" m": {}\nm: {}\n"m ": {}', "u.yaml") == {" m": {}, "m": {}, "m ": {}}
    assert list(read_usage("model_name\nm\nm \n", "u.csv")) == ["m", "m "]


def test_shared_counts_have_a_place() -> None:
    """Keys that begin with `x-` hold what models share, as in a catalog; not so in a table."""
    text = "x-small: &small {input_tokens: 5M}\na: *small\nx-ai/grok-4: {<<: *small}\n"
    five = {"input_tokens": Decimal(5_000_000)}
    assert read_usage(text, "u.yaml") == {"a": five, "x-ai/grok-4": five}
    assert read_usage("model_name,input_tokens\nx-small,5M\n", "u.csv") == {"x-small": five}


@pytest.mark.parametrize(
    ("count", "tokens"),
    [
        ("0", 0),
        ("620K", 620_000),
        ("1.5M", 1_500_000),
        ("1.250B", 1_250_000_000),
        ("2500.000", 2_500),
        ("2.5e3", 2_500),
        ("1e3K", 1_000_000),
        ("'900_000_000'", 900_000_000),
        (f"{'9' * 30}", 10**30 - 1),
    ],
)
def test_a_count_is_exact(count: str, tokens: int) -> None:
    """Each way to write a token count is read exactly."""
    assert read_usage(f"m: {{input_tokens: {count}}}", "u.yaml") == {
        "m": {"input_tokens": Decimal(tokens)}
    }


EXAMPLE = "`acme/support-llm: {input_tokens: 900M, output_tokens: 120M}`"
SHAPE = f"is not a usage file, which maps each model_name to monthly token counts, like {EXAMPLE}."
KINDS = "input_tokens, output_tokens, cache_hit_input_tokens, cache_creation_input_tokens"
COUNTS = "is not a number of tokens; write one like 900000000 or 900M."
AMBIGUOUS = "is not the same number to every YAML reader; write it in full, or quote it"
WHERE = "m, input_tokens:"


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        ("-5", f"model {WHERE} -5 {COUNTS}"),
        ("true", f"model {WHERE} True {COUNTS}"),
        ("[1]", f"model {WHERE} this value {COUNTS}"),
        ("", f"model {WHERE} is empty; write one like 900000000 or 900M, or remove it."),
        (".inf", f"model {WHERE} '.inf' {COUNTS}"),
        ("1:30", f"model {WHERE} '1:30' {COUNTS}"),
        ("'0620'", f"model {WHERE} '0620' {COUNTS}"),
        ("'9_00'", f"model {WHERE} '9_00' {COUNTS}"),
        ("9e999999T", f"model {WHERE} '9e999999T' {COUNTS}"),
        ("'1e30000000'", f"model {WHERE} '1e30000000' {COUNTS}"),
        ("'1e-30000000'", f"model {WHERE} '1e-30000000' {COUNTS}"),
        (f"{'9' * 400}", f"model {WHERE} {'9' * 199}… {COUNTS}"),
        ("620.000", f"model {WHERE} 620.000 could mean 620 or 620 thousand; write 620 or 620K."),
        (
            "'620,000'",
            f"model {WHERE} '620,000' could mean 620 or 620 thousand; write 620 or 620K.",
        ),
        ("620.500", f"model {WHERE} 620.500 has separators between its digits; write 620500."),
        (
            "'1.234.567'",
            f"model {WHERE} '1.234.567' has separators between its digits; write 1234567.",
        ),
        ("1.5", f"model {WHERE} 1.5 is not a whole number of tokens; did you mean 1.5M?"),
        ("0.5", f"model {WHERE} 0.5 is not a whole number of tokens; did you mean 0.5M?"),
        ("1.0005K", f"model {WHERE} '1.0005K' is not a whole number of tokens."),
        ("2.5e-3", f"model {WHERE} 0.0025 is not a whole number of tokens; did you mean 0.0025M?"),
        ("'2.5e-3'", f"model {WHERE} '2.5e-3' is not a whole number of tokens."),
        (f"'1.{'0' * 300}1'", f"model {WHERE} '1.{'0' * 196}… {COUNTS}"),
    ],
)
def test_what_is_not_a_count_is_one_line(count: str, sentence: str) -> None:
    """An ambiguous number is refused, with what to write instead."""
    with pytest.raises(KeywordsAIError) as raised:
        read_usage(f"m: {{input_tokens: {count}}}", "u.yaml")
    assert str(raised.value) == f"u.yaml, {sentence}"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("u.yaml", "", f"u.yaml {SHAPE}"),
        ("u.yaml", "m: 5", f"u.yaml {SHAPE}"),
        ("u.json", "[]", f"u.json {SHAPE}"),
        (
            "u.yaml",
            "m: {input: 5}",
            f"u.yaml, model m: 'input' is not a kind of tokens; known kinds: {KINDS}.",
        ),
        ("u.yaml", '" ": {}', "u.yaml has a model without a name."),
        (
            "u.yaml",
            "4.1: {}",
            "u.yaml, model 4.1: a model name must be a string; put it in quotes.",
        ),
        ("u.csv", "model_name,input_tokens\nm,few\n", f"u.csv, model {WHERE} 'few' {COUNTS}"),
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
        ("u.yaml", "m: {}\nm: {}", "u.yaml, line 2: the key 'm' appears twice; keep one"),
        ("u.json", '{"m": {}, "m": {}}', "u.json: the key 'm' appears twice; keep one"),
        ("u.csv", "model_name\nm\nm\n", "u.csv: the model 'm' appears twice; keep one"),
        ("u.yaml", "m: {input_tokens: 0620}", f"u.yaml, line 1: 0620 {AMBIGUOUS}"),
        ("u.yaml", "m: {input_tokens: 900_000}", f"u.yaml, line 1: 900_000 {AMBIGUOUS}"),
        (
            "u.json",
            '{"m": {"input_tokens": 1e30000000}}',
            "u.json: the number '1e30000000' is too long",
        ),
        (
            "usage.txt",
            "m: {}",
            "usage.txt: has an unknown suffix; save it as .yaml, .yml, .json or .csv",
        ),
        ("standard input", "m: 5", f"standard input {SHAPE}"),
    ],
)
def test_a_mistake_is_one_line(name: str, text: str, sentence: str) -> None:
    """File, model and kind are named, and what would be right."""
    with pytest.raises(KeywordsAIError) as raised:
        read_usage(text, name)
    assert str(raised.value) == sentence


@pytest.mark.parametrize("file", ["usage.csv", "-"])
def test_the_command_reads_usage_as_written(tmp_path: Path, file: str) -> None:
    """A spreadsheet's UTF-16 is recognized, from a file and from standard input."""
    usage = "model_name,input_tokens\nm,5\n".encode("utf-16")
    path = tmp_path / file
    path.write_bytes(usage)
    argument = "-" if file == "-" else str(path)
    result = CliRunner().invoke(app, ["review", str(PREVIEW), "--usage", argument], input=usage)
    named = "standard input" if file == "-" else argument
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{named}: is UTF-16; save it as UTF-8\n"


COUNTS_OF_ANY_KIND = st.one_of(
    st.from_regex(r"[1-9][0-9_.,]{0,9}(e[-+]?[0-9]{1,9})? ?[KMBTkm]?", fullmatch=True),
    st.sampled_from(
        ["", "~", "true", "[1]", "{a: 1}", "0x10", "010", "1:30", ".inf", "9" * 5000, "!!set {1}"]
    ),
    st.text(max_size=5),
)
MODELS = st.sampled_from(["a", "b", "c", "' d'", "''", "4", "x-a", "x-a/b", "!!binary aGk="])
KINDS_OF_ANY_KIND = st.sampled_from(["input_tokens", "output_tokens", "tokens", "4", "<<"])
LINES = st.dictionaries(MODELS, st.tuples(KINDS_OF_ANY_KIND, COUNTS_OF_ANY_KIND), max_size=3)


def outcome(text: str, name: str) -> dict[str, dict[str, Decimal]] | str:
    """What a file is read as: usage, or the line about its mistake."""
    try:
        return read_usage(text.encode(errors="replace"), name)
    except KeywordsAIError as refused:
        return str(refused)


@settings(max_examples=times(60, 2_000))
@given(LINES, st.sampled_from(["u.yaml", "u.csv"]))
def test_any_usage_file_is_whole_counts_or_one_line(
    lines: dict[str, tuple[str, str]], name: str
) -> None:
    """Any usage file is read as whole counts of known kinds, or refused in one line."""
    text = "".join(f"{model}: {{{kind}: {count}}}\n" for model, (kind, count) in lines.items())
    if name == "u.csv":
        rows = (f"{model},{count}\n" for model, (_, count) in lines.items())
        text = "".join(["model_name,input_tokens\n", *rows])
    found = outcome(text, name)
    if isinstance(found, str):
        assert found.startswith(name)
        assert "\n" not in found
    else:
        counts = [count for kinds in found.values() for count in kinds.values()]
        assert all(count == int(count) and 0 <= count < 10**30 for count in counts)
