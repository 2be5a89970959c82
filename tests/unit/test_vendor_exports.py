"""The usage exports of vendors: rows are added up, and a mistake is one line."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from review_documents import preview, update
from typer.testing import CliRunner

from keywordsai_dynamic.cli.app import app
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.review import read_usage

OPENAI = """\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,model,\
input_tokens,output_tokens,input_cached_tokens
1,2,2026-10-01T00:00:00+00:00,2026-10-02T00:00:00+00:00,p,5,,gpt-4o-2024-08-06,1000,70,400
2,3,2026-10-02T00:00:00+00:00,2026-10-03T00:00:00+00:00,p,5,,gpt-4o-2024-08-06,500,30,
2,3,2026-10-02T00:00:00+00:00,2026-10-03T00:00:00+00:00,p,1,,gpt-4.1,9,1,0
3,4,2026-10-03T00:00:00+00:00,2026-10-04T00:00:00+00:00,,,,,,,
"""
ANTHROPIC = """\
usage_date_utc,model_version,api_key,workspace,usage_type,context_window,\
usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,\
usage_input_tokens_cache_read,usage_output_tokens,web_search_count
2026-10-01,claude-sonnet-4-5,k,Default,standard,≤ 200k,100,20,3,400,50,0
2026-10-02,claude-sonnet-4-5,k,Default,standard,≤ 200k,1,2,3,4,5,0
"""
OPENROUTER = """\
generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_reasoning,\
tokens_cached,model_permaslug,provider_name
g-1,2026-10-01 02:37:51.271,0.12,100,20,3,40,openai/gpt-4o,OpenAI
g-2,2026-10-02 02:37:51.271,0.12,10,2,0,0,openai/gpt-4o,OpenAI
"""


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        (
            OPENAI,
            {
                "gpt-4o-2024-08-06": {
                    "input_tokens": 1100,
                    "output_tokens": 100,
                    "cache_hit_input_tokens": 400,
                },
                "gpt-4.1": {"input_tokens": 9, "output_tokens": 1, "cache_hit_input_tokens": 0},
            },
        ),
        (
            ANTHROPIC,
            {
                "claude-sonnet-4-5": {
                    "input_tokens": 101,
                    "output_tokens": 55,
                    "cache_hit_input_tokens": 404,
                    "cache_creation_input_tokens": 28,
                }
            },
        ),
        (
            OPENROUTER,
            {
                "openai/gpt-4o": {
                    "input_tokens": 70,
                    "output_tokens": 22,
                    "cache_hit_input_tokens": 40,
                }
            },
        ),
    ],
)
def test_rows_are_added_up(text: str, usage: dict[str, dict[str, int]]) -> None:
    """A token is counted under one kind: cached ones are taken out of the input."""
    assert read_usage(text, "export.csv") == usage
    assert read_usage("\ufeff" + text.replace("\n", "\r\n"), "Export.CSV") == usage


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            OPENAI.replace(",1000,", ',"1,000",'),
            "u.csv, line 2, input_tokens: '1,000' could mean 1 or 1 thousand; write 1 or 1K.",
        ),
        (
            OPENAI.replace(",1000,", ',"1,234,567",'),
            "u.csv, line 2, input_tokens: '1,234,567' has separators between its digits; write "
            "1234567.",
        ),
        (
            OPENAI.replace(",1000,", ",few,"),
            "u.csv, line 2, input_tokens: 'few' is not a number of tokens; write one like "
            "900000000 or 900M.",
        ),
        (
            OPENAI.replace("p,1,,gpt-4.1", "p,1,,"),
            "u.csv, line 4: has tokens and no model; export usage that is grouped by model.",
        ),
        (
            OPENROUTER.replace(",3,40,", ",3,101,"),
            "u.csv, line 2: more tokens were read from the cache than were sent.",
        ),
        (
            OPENAI.replace("user_id", "model"),
            "u.csv, line 1: the column 'model' appears twice; keep one",
        ),
        (
            ANTHROPIC.replace(",", ";"),
            "u.csv, line 1: separates its cells with semicolons; use commas",
        ),
        # Some columns of an export are no export.
        ("model,input_tokens\nm,5\n", "u.csv, line 1: needs a header row with a column model_name"),
        (
            OPENAI.splitlines()[0],
            "u.csv: has no row with tokens; export usage that is grouped by model.",
        ),
        (
            "model_name,num_model_requests,input_tokens,output_tokens,model\nm,1,2,3,x\n",
            "u.csv, model m: 'num_model_requests' is not a kind of tokens; known kinds: "
            "input_tokens, output_tokens, cache_hit_input_tokens, cache_creation_input_tokens.",
        ),
    ],
)
def test_a_mistake_is_one_line(text: str, sentence: str) -> None:
    """File, line and column are named, and what would be right."""
    with pytest.raises(KeywordsAIError) as raised:
        read_usage(text, "u.csv")
    assert str(raised.value) == sentence


def reviewed(folder: Path, usage: str, *arguments: str, name: str = "usage.csv") -> tuple[int, str]:
    """Review a preview of three models with a usage file; returns exit code and output."""
    models = ("acme/a", "acme/b", "gpt-4.1")
    document = preview(*(update(each, {"input_cost": 1}, {"input_cost": 2}) for each in models))
    (folder / "preview.json").write_text(json.dumps(document))
    (folder / name).write_text(usage)
    files = [str(folder / "preview.json"), "--usage", str(folder / name)]
    result = CliRunner().invoke(app, ["review", *files, *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_review_says_what_was_added_up(tmp_path: Path, form: str) -> None:
    """In every format, with the number of rows; months of daily rows are one count."""
    days = "".join(f"d,gpt-4.1,{day},0,1\n" for day in range(1, 32))
    header = "start_time,model,input_tokens,output_tokens,num_model_requests\n"
    _, shown = reviewed(tmp_path, header + days, "--format", form)
    assert "OpenAI's export, 31 rows added up for 1 model" in shown


PATTERNS = "acme/*: {input_tokens: 5M}\nacme/b: {input_tokens: 7M}\nno-*: {input_tokens: 1M}\n"


def test_a_pattern_gives_each_match_its_counts(tmp_path: Path) -> None:
    """A model's own entry beats it; one that matches nothing is said, as a misspelled name is."""
    _, shown = reviewed(tmp_path, PATTERNS, "--format", "json", name="u.yaml")
    report = json.loads(shown[: shown.rindex("}") + 1])
    effects = {each["model_name"]: each["monthly"] for each in report["stacks"][0]["changes"]}
    assert effects == {"acme/a": "5", "acme/b": "7", "gpt-4.1": None}
    assert report["usage_notes"] == ["usage for acme/* is that of acme/a"]
    assert report["unmatched_usage"] == [
        {
            "model_name": "no-*",
            "stacks": ["dev"],
            "sentence": "the pattern matches no model in the preview",
        }
    ]


def test_a_pattern_says_all_that_it_matches(tmp_path: Path) -> None:
    """The counts are those of each, which is not the same as of all."""
    _, shown = reviewed(tmp_path, '"*": {input_tokens: 5M}\n', name="u.yaml")
    assert "usage for * is that of each of 3 models: acme/a, acme/b, gpt-4.1" in shown


def test_two_patterns_for_one_model_are_refused(tmp_path: Path) -> None:
    """Which one was meant is not known."""
    usage = "acme/*: {input_tokens: 5M}\n'*/a': {input_tokens: 7M}\n"
    assert reviewed(tmp_path, usage, name="u.yaml") == (
        2,
        "The usage has two patterns for acme/a: acme/*, */a. Write its name.\n",
    )


def test_a_model_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    """A key that is a model's name is that model, and no pattern."""
    document = preview(*(update(each, {"input_cost": 1}, {"input_cost": 2}) for each in ("*", "b")))
    (tmp_path / "p.json").write_text(json.dumps(document))
    (tmp_path / "u.yaml").write_text('"*": {input_tokens: 5M}\n')
    arguments = [str(tmp_path / "p.json"), "--usage", str(tmp_path / "u.yaml"), "--format", "json"]
    report = json.loads(CliRunner().invoke(app, ["review", *arguments]).stdout)
    effects = {each["model_name"]: each["monthly"] for each in report["stacks"][0]["changes"]}
    assert effects == {"*": "5", "b": None}


def test_the_sums_are_exact() -> None:
    """Ten thousand rows of large counts lose nothing."""
    rows = "".join(f"m,{10**15 + n},0,1\n" for n in range(10_000))
    text = "model,input_tokens,output_tokens,num_model_requests\n" + rows
    total = 10_000 * 10**15 + 9_999 * 10_000 // 2
    assert read_usage(text, "u.csv")["m"]["input_tokens"] == Decimal(total)
