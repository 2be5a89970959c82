"""The price review against the real CLI: what was recorded is what it writes, and the command."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.cli_run import Result
from harness.cpu_time import at_most
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.yaml_program import write_yaml
from preview_recordings import RECORDINGS as OF_MODELS
from set_recordings import RECORDINGS as OF_SETS

from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.review import PriceReview, review

ROOT = Path(__file__).parents[2]
RECORDINGS = OF_MODELS | OF_SETS
RECORDED = ROOT / "tests" / "recorded" / "previews"
REVIEW = Path(sys.executable).with_name("keywordsai-dynamic")

PROGRAM = """
from keywordsai_dynamic import CustomModel
CustomModel("support", model_name="acme/support-llm", base_model_name="gpt-4o", input_cost={})
"""


def run(*args: str | Path, cwd: Path) -> Result:
    done = subprocess.run(  # noqa: S603  (our own command)
        [str(REVIEW), "review", *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "80"},
    )
    return Result(tuple(map(str, args)), done.returncode, done.stdout, done.stderr)


def without_advice(found: PriceReview) -> PriceReview:
    """Leave only the first line of what is said: the advice below it may be put better one day."""
    changes = (
        change.model_copy(update={"remarks": tuple(map(first_line, change.remarks))})
        for change in found.changes
    )
    errors = tuple(map(first_line, found.errors))
    return found.model_copy(update={"changes": tuple(changes), "errors": errors})


def first_line(message: str) -> str:
    return message.partition("\n")[0]


@pytest.mark.parametrize(
    "name",
    few(
        [
            "among_others",
            "sets/hidden_inside",
            "deleted",
            "hidden",
            "sets/not_known_at_all",
            "invalid",
            "no_key",
            "overwritten",
            "providers",
            "refused",
            "renamed_resource",
            "sets/odd_names",
            "replaced",
            "taken_over",
            "sets/moved_in",
        ],
        2,
    ),
)
def test_a_recorded_preview_reads_as_one_made_today(
    name: str, stack: Stack, emulator: Emulator
) -> None:
    """The engine's JSON and the provider's announcements are still the ones that were recorded."""
    made = RECORDINGS[name](stack, emulator)
    recorded = json.loads((RECORDED / f"{name}.json").read_text())
    assert without_advice(review(made)) == without_advice(review(recorded))


def test_recorded_drift_reads_as_drift_found_today(stack: Stack, emulator: Emulator) -> None:
    """A price edited in the console and a model deleted there are what a refresh preview shows."""
    made = RECORDINGS["drift"](stack, emulator)
    unchanged = json.loads((RECORDED / "unchanged.json").read_text())
    recorded = json.loads((RECORDED / "drift.json").read_text())
    found = review(unchanged, drift=made)
    assert found == review(unchanged, drift=recorded)
    assert found.outside is not None
    told = [(each.model_name, each.action.value) for each in found.outside]
    assert told == [("acme/support-llm", "changed outside"), ("acme/chat", "deleted outside")]


def test_from_a_price_change_to_a_stopped_merge(
    new_stack: NewStack, emulator: Emulator, tmp_path: Path
) -> None:
    """`pulumi preview --json` of two stacks, one command, one table, exit code 1."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    stack = new_stack(env)
    stack.write_program(PROGRAM.format("2.50"))
    stack.up()
    sent = len(emulator.requests)
    stack.write_program(PROGRAM.format("3.00"))
    (tmp_path / "dev.json").write_text(stack.pulumi("preview", "--json").stdout)
    (tmp_path / "usage.yaml").write_text("acme/support-llm: {input_tokens: 620M}\n")
    assert len(emulator.requests) == sent
    result = run("dev.json", "--usage", "usage.yaml", "--fail-on", "increase>10%", cwd=tmp_path)
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "dev: +$310.00 a month (+20%); 1 price rises",
        "  1 updated                         $1,550.00 → $1,860.00 a month for all models",
        "  USD per million tokens",
        "  ~ acme/support-llm  updated                                   +$310.00 a month",
        "      input_cost 2.5 → 3  +0.5  +20%  list 2.5 (+20%)",
        "",
        "✗ increase>10% dev, acme/support-llm: input_cost 2.5 → 3 (+20%)",
        "1 finding",
    ]
    assert (result.returncode, result.stderr) == (1, "")


@long_form_of("unit/test_review_whole.py::test_anything_but_a_whole_report_is_described")
def test_what_else_the_cli_prints_is_never_a_preview_without_changes(
    new_stack: NewStack, emulator: Emulator, tmp_path: Path
) -> None:
    """A summary, a stream, and a run that never began are refused; a new stack has no drift."""
    stack = new_stack({"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url})
    stack.write_program(PROGRAM.format("2.50"))
    streaming = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}
    runs = {
        "good": stack.pulumi("preview", "--json"),
        "new-drift": stack.pulumi("refresh", "--preview-only", "--json"),
        "summary": stack.pulumi("preview", "--output", "json"),
        "stream": stack.pulumi("preview", "--json", env=streaming),
        "unbegun": stack.pulumi("preview", "--json", "--policy-pack", "/nowhere", check=False),
    }
    for name, done in runs.items():
        (tmp_path / f"{name}.json").write_text(done.stdout)
    drift = ("good.json", "--drift", "new-drift.json", "--fail-on", "drift")
    assert run(*drift, cwd=tmp_path).returncode == 0
    for name, said in (
        ("summary", "this is the summary that `--output json` writes, without any steps"),
        ("stream", "holds several JSON documents, such as the stream of"),
        ("unbegun", "this is {}, which the CLI prints if it fails before the preview starts"),
    ):
        for files in few([(f"{name}.json",), ("good.json", "--drift", f"{name}.json")], 1):
            result = run(*files, cwd=tmp_path)
            assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
            assert said in result.stderr


ACME = {"providerId": "acme", "providerName": "Acme", "baseUrl": "https://llm.acme.example/v1"}
CHAT = {"modelName": "acme/chat", "inputCost": 1}
PRICED = {"type": "keywordsai:CustomModel", "properties": {**CHAT, "outputCost": 2}}
FAILING: dict[str, tuple[dict[str, Any], str]] = {
    "wrong type": (
        {"type": "keywordsai:CustomModel", "properties": {**CHAT, "outputCost": "ten"}},
        "keywordsai:index:CustomModel is not assignable from",
    ),
    "evaluation": (
        {
            "type": "keywordsai:CustomModel",
            "properties": {**CHAT, "displayName": {"fn::readFile": "./none.txt"}},
        },
        "Error reading file at path ./none.txt",
    ),
    "misspelled": (
        {"type": "keywordsai:CustomModel", "properties": {**CHAT, "outputCosts": 2}},
        "Property outputCosts does not exist on 'keywordsai:index:CustomModel'",
    ),
    "unknown variable": (
        {"type": "keywordsai:CustomModel", "properties": {**CHAT, "outputCost": "${price}"}},
        'resource, variable, or config value "price" not found',
    ),
    "of a set": (
        {
            "type": "keywordsai:ModelSet",
            "properties": {"models": {"acme/chat": {"inputCosts": 1}}},
        },
        "Property inputCosts does not exist on 'keywordsai:index:ModelFields'",
    ),
    "of a provider": (
        {"type": "keywordsai:CustomProvider", "properties": {**ACME, "baseUrls": "x"}},
        "Property baseUrls does not exist on 'keywordsai:index:CustomProvider'",
    ),
}


@pytest.mark.parametrize("options", few([("--refresh",), ()], 1), ids=" ".join)
def test_a_program_of_yaml_that_fails_never_passes(
    stack: Stack, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Its language host prints what is wrong, and the JSON has no error: the review says it all the
    same, whether the stack has been deployed or not, with exit code 2.
    """
    for deployed in (False, True):
        for declared, said in few(FAILING.values(), 1):
            write_yaml(stack, yaml.safe_dump({"resources": {"chat": declared}}))
            done = stack.pulumi("preview", "--json", *options, check=False)
            assert done.returncode != 0
            (tmp_path / "failed.json").write_text(done.stdout)
            result = run("failed.json", cwd=tmp_path)
            assert (result.returncode, result.stderr.count("\n")) == (2, 1)
            assert f"dev: the preview ended in an error, so changes may be missing: {said}" in (
                result.stderr
            )
        if not deployed:
            write_yaml(stack, yaml.safe_dump({"resources": {"chat": PRICED}}))
            stack.up()


@long_form_of("unit/test_review_whole.py::test_a_preview_of_nothing_but_the_stack_does_not_pass")
def test_a_program_without_resources_is_not_told_from_one_that_failed(
    new_stack: NewStack, tmp_path: Path
) -> None:
    """Of nothing but the stack itself, nobody can tell whether that is all there is to review."""
    stack = new_stack()
    for program in ("", "import sys\nsys.exit(32)  # as the SDK does after it has told an error\n"):
        stack.write_program(program)
        done = stack.pulumi("preview", "--json", check=False)
        (tmp_path / "empty.json").write_text(done.stdout)
        result = run("empty.json", cwd=tmp_path)
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert "this preview has nothing but the stack itself" in result.stderr


def test_a_thousand_changed_models_take_the_command_less_than_two_seconds(tmp_path: Path) -> None:
    """From start to end, as a workflow runs it: Python's start and the list prices included."""
    document = json.loads((RECORDED / "price_up.json").read_text())
    root, update = document["steps"][0], json.dumps(document["steps"][1])
    many = [json.loads(update.replace("support", f"support-{number}")) for number in range(1000)]
    (tmp_path / "many.json").write_text(json.dumps({**document, "steps": [root, *many]}))
    options = ["--format", "markdown", "--fail-on", "increase>10%"]
    with at_most(2):
        result = run("many.json", *options, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    assert len(result.stdout.encode()) <= 60_000
