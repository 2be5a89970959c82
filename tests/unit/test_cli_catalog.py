"""`prices`, `parity` and `schema` at the command line: what they print, and their exit codes."""

import json
import os
from datetime import date
from pathlib import Path

import pytest
from catalog_mistakes import MISTAKES, UNREADABLE
from click.testing import Result
from own_price_list import own_price_list
from typer.testing import CliRunner

from keywordsai_dynamic.catalog import model_catalog, price_check
from keywordsai_dynamic.catalog.json_schema import catalog_schema, stack_schema
from keywordsai_dynamic.cli.app import app
from keywordsai_dynamic.prices.sources.genai import data_version


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two stacks on one base file, which is also the working folder."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "models.yaml").write_text(
        "m: {base_model_name: gpt-4o, input_cost: 2.50, output_cost: 10.00}\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(
        "config:\n  keywordsai:models: {m: {input_cost: 3}, n: {input_cost: {per_1k: 0.001}}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", [("prices",), ("parity", "models.yaml")])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_wrong_use(project: Path, command: tuple[str, ...], mistake: str) -> None:
    """A mistake in a file is one line on stderr, exit code 2, and nothing on stdout."""
    (project / "wrong.yaml").write_text(MISTAKES[mistake].text)
    result = run(*command, "wrong.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "The model catalog has 1 mistake; nothing was sent.\n"
        f"  wrong.yaml: {MISTAKES[mistake].line}\n",
    )


@pytest.mark.parametrize("mistake", UNREADABLE)
def test_an_unreadable_file_is_wrong_use(project: Path, mistake: str) -> None:
    """A file that cannot be read is one line on stderr and exit code 2."""
    text, line = UNREADABLE[mistake]
    (project / "wrong.yaml").write_text(text)
    result = run("prices", "wrong.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"wrong.yaml{line}\n"


def test_parity_of_two_stacks(project: Path) -> None:
    """Two stacks that differ give a table and exit code 1, without an engine."""
    result = run("parity", "dev", "prod")
    assert result.exit_code == 1
    assert result.stderr == "dev: models.yaml\nprod: models.yaml, Pulumi.prod.yaml\n"
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["model", "field", "dev", "prod"],
        ["m", "input_cost", "2.5", "3"],
        ["n", "missing", "declared"],
        ["2", "differences"],
    ]


def test_parity_as_json(project: Path) -> None:
    """The same as data."""
    result = run("parity", "dev", "prod", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "left": "dev",
        "right": "prod",
        "equal": False,
        "only_left": [],
        "only_right": ["n"],
        "differences": [{"model": "m", "field": "input_cost", "left": 2.5, "right": 3.0}],
        "not_compared": [],
    }


def test_parity_of_equals(project: Path) -> None:
    """Equal stacks give exit code 0 and the word "equal"."""
    result = run("parity", "dev", "models.yaml")
    assert (result.exit_code, result.stdout) == (0, "equal\n")


def test_parity_names_what_it_cannot_compare(project: Path) -> None:
    """Values that are secret on both sides are named, never shown."""
    for stack in ("one", "two"):
        (project / f"Pulumi.{stack}.yaml").write_text(
            "config: {'keywordsai:models': {m: {custom_provider_id: {secure: v1:abc}}}}\n"
        )
    result = run("parity", "one", "two")
    assert (result.exit_code, result.stdout) == (0, "equal\n")
    assert result.stderr.splitlines()[-1] == (
        "not compared, secret on both sides: m custom_provider_id"
    )


def test_an_unknown_stack_is_wrong_use(project: Path) -> None:
    """A stack without a file is one line with the stacks that have one, and exit code 2."""
    result = run("parity", "dev", "test")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr.splitlines()[-1]
        == f"no Pulumi.test.yaml in {project}; stacks with a file: dev, prod"
    )


@pytest.mark.parametrize("folder", ["nowhere", "half \ud83d", "nul \0"])
def test_a_folder_of_stack_files_that_cannot_exist_is_one_line(project: Path, folder: str) -> None:
    """Whatever Python's `glob` makes of its name: 3.13 raises where earlier versions find none."""
    (project / "Pulumi.yaml").write_text(json.dumps({"name": "x", "stackConfigDir": folder}))
    result = run("prices", "dev")
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("no Pulumi.dev.yaml in ")
    assert line.endswith("; stacks with a file: none")


def test_prices_that_differ(project: Path) -> None:
    """A cost that differs from the list gives exit code 1, both numbers, and the data's date."""
    result = run("prices", "prod")
    assert result.exit_code == 1
    assert result.stderr == (
        "prod: models.yaml, Pulumi.prod.yaml\nnot compared: n: no list price for n\n"
    )
    *table, last = [line.rstrip() for line in result.stdout.splitlines()]
    assert [line.split() for line in table] == [
        ["model", "listed", "as", "field", "declared", "list", "change"],
        ["m", "openai/gpt-4o", "input_cost", "3", "2.5", "+20%"],
        ["m", "openai/gpt-4o", "output_cost", "10", "10", "equal"],
    ]
    assert last.startswith("1 of 2 costs differ; list: genai-prices ")


def test_prices_within_the_tolerance(project: Path) -> None:
    """A difference within the tolerance passes."""
    assert run("prices", "prod", "--tolerance", "20").exit_code == 0
    assert run("prices", "prod", "--tolerance", "19.9").exit_code == 1


def test_prices_as_json(project: Path) -> None:
    """The same as data, with the version and date of the list."""
    result = run("prices", "prod", "--format", "json")
    found = json.loads(result.stdout)
    assert found.pop("data").startswith("genai-prices ")
    same = {"model": "m", "list_model": "openai/gpt-4o"}
    assert found == {
        "costs": [
            {
                **same,
                "field": "input_cost",
                "declared": 3.0,
                "listed": "2.5",
                "change": 0.2,
                "differs": True,
                "nearest": 2.5,
            },
            {
                **same,
                "field": "output_cost",
                "declared": 10.0,
                "listed": "10",
                "change": 0.0,
                "differs": False,
                "nearest": 10.0,
            },
        ],
        "not_compared": {"n": "no list price for n"},
        "remarks": [],
    }


def test_prices_says_whose_price_it_took_and_what_changes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both go to standard error next to the table, and into the data with the rest."""
    (project / "own.yaml").write_text(
        "a: {list_price: acme/chat-turbo}\nb: {base_model_name: acme/dated, input_cost: 2}\n"
    )
    remarks = [
        f"list price of acme/chat used for acme/chat-turbo, because {data_version()} has no "
        "entry for it",
        "list price of acme/dated changes on 2026-12-01: input_cost 2 → 4",
    ]
    for module in (model_catalog, price_check):
        monkeypatch.setattr(module, "today", lambda: date(2026, 11, 26))
    monkeypatch.setattr("keywordsai_dynamic.prices.sources.data_date", lambda: "any day")
    with own_price_list():
        shown = run("prices", "own.yaml")
        data = run("prices", "own.yaml", "--format", "json")
    assert (shown.exit_code, shown.stderr.splitlines()) == (0, remarks)
    assert json.loads(data.stdout)["remarks"] == remarks


def test_prices_is_loud_when_nothing_matches(project: Path) -> None:
    """A comparison that compared nothing is not a success: exit code 2, and the reason."""
    (project / "own.yaml").write_text("acme/own: {input_cost: 1}\n")
    result = run("prices", "own.yaml")
    assert result.exit_code == 2
    assert result.stderr == (
        "not compared: acme/own: no list price for acme/own\n"
        "Nothing was compared: no cost in the catalog has a list price.\n"
    )


ENCRYPTED = "config: {keywordsai:models: {m: {secure: v1:a}, n: {input_cost: 1}}}\n"
AS_A_WHOLE = "not compared: m: is entirely encrypted in Pulumi.prod.yaml\n"


def test_a_model_that_is_encrypted_as_a_whole(project: Path) -> None:
    """It is reported as not compared, on standard error or in the data."""
    (project / "Pulumi.prod.yaml").write_text(ENCRYPTED)
    result = run("parity", "dev", "prod")
    assert (result.exit_code, result.stderr.splitlines()[-1] + "\n") == (1, AS_A_WHOLE)
    assert [line.split() for line in result.stdout.splitlines()[1:]] == [
        ["n", "missing", "declared"],
        ["1", "difference"],
    ]
    not_compared = [{"model": "m", "field": None}]
    assert (
        json.loads(run("parity", "dev", "prod", "--format", "json").stdout)["not_compared"]
        == not_compared
    )
    result = run("prices", "prod")
    assert result.exit_code == 2
    assert AS_A_WHOLE in result.stderr
    (project / "Pulumi.prod.yaml").write_text("config: {keywordsai:models: {m: {secure: v1:a}}}\n")
    result = run("parity", "dev", "prod")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("Nothing was compared: all values are encrypted.\n")


@pytest.mark.parametrize("command", [("prices", "prod"), ("parity", "dev", "prod")])
def test_keys_that_nothing_reads(project: Path, command: tuple[str, ...]) -> None:
    """A mistaken key ends the command; an unknown one is a line on standard error."""
    file = project / "Pulumi.prod.yaml"
    before = run(*command)
    models = file.read_text()
    file.write_text(f"{models}  keywordsai:region: eu\n")
    result = run(*command)
    assert (result.exit_code, result.stdout) == (before.exit_code, before.stdout)
    assert (
        "Pulumi.prod.yaml: keywordsai:region: nothing reads this key; the known keys "
        in result.stderr
    )
    file.write_text(f"{models}  keywordsai:models.m.input_cost: hunter2\n")
    result = run(*command)
    assert (result.exit_code, result.stdout, "hunter2" in result.stderr) == (2, "", False)
    assert "Pulumi.prod.yaml: keywordsai:models.m.input_cost: set without" in result.stderr


@pytest.mark.parametrize(
    ("args", "expected"), [((), catalog_schema()), (("--stack",), stack_schema())]
)
def test_schema_prints_the_schema(args: tuple[str, ...], expected: object) -> None:
    """The schema of a catalog, or of a stack's file, is JSON on stdout."""
    result = run("schema", *args)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == expected


def test_encrypted_costs_are_named(project: Path) -> None:
    """Both next to readable costs and without any."""
    file = project / "Pulumi.prod.yaml"
    file.write_text("config: {keywordsai:models: {m: {input_cost: {secure: v1:a}}}}\n")
    result = run("prices", "prod")
    assert (result.exit_code, result.stderr.splitlines()[1:]) == (
        0,
        ["not compared: m: encrypted: input_cost"],
    )
    (project / "models.yaml").unlink()
    assert run("prices", "prod").exit_code == 2


@pytest.mark.parametrize("cost", ["cache_creation_input_cost: 1", "display_name: M"])
def test_a_cost_that_is_not_listed_is_not_fine(project: Path, cost: str) -> None:
    """If nothing was compared, the command does not claim that anything equals the list."""
    (project / "own.yaml").write_text(f"m: {{base_model_name: gpt-4o, {cost}}}\n")
    result = run("prices", "own.yaml")
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "Nothing was compared: no cost in the catalog has a list price.\n"
    )


def test_two_catalogs_without_models_are_not_equal(project: Path) -> None:
    """For example where all models are under a key for shared values."""
    (project / "none.yaml").write_text("x-models: {m: {input_cost: 1}}\n")
    result = run("parity", "none.yaml", "none.yaml")
    assert (result.exit_code, result.stderr) == (2, "Nothing was compared: there are no models.\n")


def test_a_base_that_nothing_is_laid_over_is_wrong_use(project: Path) -> None:
    """A stack compared with a catalog file uses it."""
    told = "--base is the base file of a stack, but no stack is given; remove it.\n"
    for command in (("prices", "models.yaml"), ("parity", "models.yaml", "models.yaml")):
        result = run(*command, "--base", "models.yaml")
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", told)
    assert run("parity", "models.yaml", "dev", "--base", "models.yaml").exit_code == 0


@pytest.mark.parametrize("tolerance", ["nan", "inf", "-1", "1e9"])
def test_a_tolerance_that_finds_nothing_is_wrong_use(project: Path, tolerance: str) -> None:
    """An infinite tolerance would let every price pass."""
    assert run("prices", "prod", "--tolerance", tolerance).exit_code == 2


def test_a_mistake_stays_in_its_line(project: Path) -> None:
    """Whatever a name contains, there are as many lines as the first one says."""
    (project / "wrong.json").write_text('{"a\\nb": {"inp\\nut": 1, "\\u001b[2J": 2}}')
    first, *lines = run("prices", "wrong.json").stderr.splitlines()
    assert first == f"The model catalog has {len(lines)} mistakes; nothing was sent."
    assert all(line.startswith("  wrong.json: 'a\\nb': ") for line in lines)


def test_a_pipe_is_a_catalog(project: Path) -> None:
    """A shell passes one for `<(…)`, without a suffix."""
    reading, writing = os.pipe()
    os.write(writing, b"m: {base_model_name: gpt-4o, input_cost: 2.50, output_cost: 10}\n")
    os.close(writing)
    assert run("parity", f"/dev/fd/{reading}", "models.yaml").stdout == "equal\n"
    os.close(reading)
