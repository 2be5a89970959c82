"""All formats report usage that matches nothing, and rules that cannot be evaluated."""

import json
from pathlib import Path

import pytest
from review_documents import STACK, TYPE, Fields, preview, step, update, urn
from typer.testing import CliRunner, Result

from keywordsai_dynamic.cli.app import app
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.review import (
    Usage,
    evaluate,
    findings,
    parse_rule,
    review,
    unmatched_usage,
)

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
COUNT = {"input_tokens": 1_000_000}
LEGAL = update("acme/legal", {"input_cost": 1}, {"input_cost": 2})
FORMATS = ("text", "markdown", "json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, where no pyproject.toml adds rules."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["review", *args], env={"COLUMNS": "80"})


def write(name: str, content: Fields | Usage) -> str:
    Path(name).write_text(json.dumps(content))
    return name


def of(stack: str, *steps: Fields) -> Fields:
    text = json.dumps(preview(*steps)).replace("urn:pulumi:dev:", f"urn:pulumi:{stack}:")
    document: Fields = json.loads(text)
    return document


def hiding(document: Fields, unchanged: int) -> Fields:
    """Count unchanged resources that the preview does not list."""
    document["changeSummary"]["same"] += unchanged
    return document


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("acme/legall", "did you mean acme/legal?"),
        ("Acme/Legal", "did you mean acme/legal?"),
        ("acme/legal ", "it has a leading or trailing space, which the model's name does not have"),
        ("acme/*", "the pattern matches no model in the preview"),
        ("acme/lega?", "the pattern matches no model in the preview"),
        ("gone", "the preview has no such model"),
    ],
)
def test_usage_without_a_model_is_reported(key: str, sentence: str) -> None:
    """The sentence suggests the nearest name, or says what else is wrong."""
    (found,) = unmatched_usage({key: COUNT}, {"dev": preview(LEGAL)})
    assert (found.model_name, found.stacks, found.sentence) == (key, ("dev",), sentence)


def test_usage_of_a_listed_model_is_matched() -> None:
    """A preview has models that are unchanged, read, or renamed."""
    moved = step("replace", "new", {"input_cost": 1}, {"input_cost": 2})
    moved["oldState"]["inputs"]["model_name"] = "old"
    same = step("same", "kept", {"input_cost": 1}, {"input_cost": 1})
    read = {"op": "read", "urn": urn("r"), "newState": {"id": "openai/gpt-4o", "inputs": {}}}
    late = step("create", "late", None, {"input_cost": 1})
    late["newState"]["inputs"]["model_name"] = "[secret]"
    usage = dict.fromkeys(("new", "old", "kept", "openai/gpt-4o", "late"), COUNT)
    assert unmatched_usage(usage, {"dev": preview(moved, same, read, late)}) == []


def test_a_preview_without_unchanged_models_says_so() -> None:
    """Only `--show-sames` can tell if the key is right. Likely misspellings are reported."""
    document = hiding(preview(LEGAL), 2)
    found = unmatched_usage({"acme/legall": COUNT, "other": COUNT}, {"dev": document})
    assert [each.sentence for each in found] == [
        "did you mean acme/legal?",
        "the preview has no such model, and does not list unchanged ones; run it with --show-sames",
    ]


def test_a_preview_that_ended_in_an_error_may_lack_the_model() -> None:
    """Its usage is not reported as wrong."""
    document = preview(LEGAL, diagnostics=[ENDED])
    (found,) = unmatched_usage({"other": COUNT}, {"dev": document})
    assert found.sentence == "the preview has no such model, but it ended in an error"


def test_a_name_that_already_has_usage_is_not_suggested() -> None:
    """acme/chat-2 is not a misspelling of acme/chat, which has its own line."""
    usage = {"acme/chat": COUNT, "acme/chat-2": COUNT}
    changed = update("acme/chat", {"input_cost": 1}, {"input_cost": 2})
    (found,) = unmatched_usage(usage, {"dev": preview(changed)})
    assert found.sentence == "the preview has no such model"


def test_usage_of_several_stacks_is_unmatched_if_no_preview_has_it(folder: Path) -> None:
    """A file without a name is used for every stack that has no other."""
    write("dev.json", of("dev", update("a", {"input_cost": 1}, {"input_cost": 2})))
    write("prod.json", of("prod", update("b", {"input_cost": 1}, {"input_cost": 2})))
    write("all.json", {"a": COUNT, "b": COUNT, "nowhere": COUNT})
    both = ("dev.json", "prod.json", "--usage", "all.json", "--format", "json")
    (found,) = json.loads(run(*both).stdout)["unmatched_usage"]
    assert (found["model_name"], found["stacks"]) == ("nowhere", ["dev", "prod"])
    write("own.json", {"a": COUNT})
    report = json.loads(run(*both, "--usage", "prod=own.json").stdout)
    told = [(each["model_name"], each["stacks"]) for each in report["unmatched_usage"]]
    assert told == [("b", ["dev"]), ("nowhere", ["dev"]), ("a", ["prod"])]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_reports_unmatched_usage_which_stops_nothing(folder: Path, form: str) -> None:
    """A model that went long ago should not stop a merge."""
    write("dev.json", preview(LEGAL))
    write("usage.json", {"acme/legal": COUNT, "acme/gone ": COUNT, "older": COUNT})
    result = run("dev.json", "--usage", "usage.json", "--fail-on", "monthly>5", "--format", form)
    line = "usage for 'acme/gone ', older: the preview has no such model"
    assert (result.exit_code, result.stderr) == (0, "" if form == "text" else f"{line}\n")
    if form == "text":
        assert line in " ".join(result.stdout.split())
    elif form == "markdown":
        assert "- usage for `'acme/gone '`, older: the preview has no such model\n" in result.stdout
    else:
        assert len(json.loads(result.stdout)["unmatched_usage"]) == 2


def test_a_space_that_is_none_is_visible(folder: Path) -> None:
    """A no-break space, pasted from a page, would make a line say that a name is not itself."""
    write("dev.json", preview(update("acme/legal 2", {"input_cost": 1}, {"input_cost": 2})))
    write("usage.json", {"acme/legal\xa02": COUNT})
    result = run("dev.json", "--usage", "usage.json", "--format", "json")
    assert result.stderr == "usage for 'acme/legal\\xa02': did you mean acme/legal 2?\n"


def test_thousands_of_names_are_compared_in_a_second() -> None:
    """Comparing names is expensive; above a bound none is suggested."""
    many = [
        step("same", f"acme/model-{n}", {"input_cost": 1}, {"input_cost": 1}) for n in range(900)
    ]
    usage = {f"acme/modell-{number}": COUNT for number in range(900)}
    found = unmatched_usage(usage, {"dev": preview(*many)})
    assert {each.sentence for each in found} == {"the preview has no such model"}


def not_judged(*steps: Fields, usage: Usage) -> list[tuple[str | None, str]]:
    report = evaluate([review(preview(*steps), usage=usage)], [parse_rule("monthly>5")])
    assert report.verdict == ("incomplete" if report.not_judged else "pass")
    return [(each.model_name, each.sentence) for each in report.not_judged]


def test_monthly_cannot_be_evaluated_without_usage() -> None:
    """A model that is new or gets more expensive costs more, but the amount is not known."""
    dearer = update("up", {"input_cost": 1}, {"input_cost": 2})
    first = update("first", {}, {"output_cost": 2})
    new = step("create", "new", new={"base_model_name": "gpt-4o"})
    found = not_judged(dearer, first, new, usage={})
    assert sorted(found, key=str) == [
        ("first", "no usage given"),
        ("new", "no usage given"),
        ("up", "no usage given"),
    ]


def test_monthly_needs_no_usage_for_what_can_only_cost_less() -> None:
    """A deleted model, or one whose prices fall or stay, cannot exceed the limit."""
    gone = step("delete", "gone", old={"input_cost": "[secret]"})
    cheaper = update("down", {"input_cost": 2}, {"input_cost": 1})
    dropped = update("kept", {"input_cost": 2}, {})
    other = update("other", {"function_call": 0}, {"function_call": 1})
    assert not_judged(gone, cheaper, dropped, other, usage={}) == []
    assert not_judged(gone, usage={"gone": COUNT}) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ({"input_cost": 1}, {"input_cost": "[secret]"}, "secret"),
        (
            {"input_cost": 1},
            {"input_cost": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"},
            "known after apply",
        ),
        ({"input_cost": "[secret]"}, {"input_cost": 1}, "old price secret"),
        ({}, {"input_cost": 1}, "old price not known"),
        (None, {"output_cost": 1}, "not declared"),
    ],
)
def test_monthly_cannot_be_evaluated_for_an_unknown_price(
    old: Fields | None, new: Fields, why: str
) -> None:
    """The usage needs the price and the sum lacks it, so $0.00 would be wrong."""
    changed = step("create", "m", new=new) if old is None else update("m", old, new)
    assert not_judged(changed, usage={"m": COUNT}) == [("m", f"not known: input_cost ({why})")]
    reviewed = review(preview(changed), usage={"m": COUNT})
    assert (reviewed.monthly, reviewed.changes[0].monthly) == (None, None)


@pytest.mark.parametrize("form", FORMATS)
def test_without_a_rule_missing_usage_is_only_reported(folder: Path, form: str) -> None:
    """The first models are listed; what is known is summed."""
    others = [update(f"m{n}", {"input_cost": 1}, {"input_cost": 2}) for n in range(5)]
    write("dev.json", preview(LEGAL, *others))
    write("usage.json", {"acme/legal": COUNT})
    result = run("dev.json", "--usage", "usage.json", "--format", form)
    assert (result.exit_code, result.stderr) == (0, "")
    if form == "json":
        (stack,) = json.loads(result.stdout)["stacks"]
        assert (stack["monthly"], stack["without_usage"]) == ("1", [f"m{n}" for n in range(5)])
    else:
        words = " ".join(result.stdout.replace("`", "").split())
        assert "+$1.00 a month" in words
        assert "no usage given for m0, m1, m2 and 2 more" in words


@pytest.mark.parametrize("form", FORMATS)
def test_a_rule_that_cannot_be_evaluated_exits_with_2_after_the_report(
    folder: Path, form: str
) -> None:
    """The report names model and reason, once; there is no sum of nothing."""
    write("dev.json", preview(LEGAL))
    write("usage.json", {"acme/legall": COUNT})
    result = run("dev.json", "--usage", "usage.json", "--fail-on", "monthly>5", "--format", form)
    assert result.exit_code == 2
    told = [
        "dev: monthly>5 cannot be evaluated for acme/legal: no usage given",
        "usage for acme/legall: did you mean acme/legal?",
    ]
    assert result.stderr.splitlines() == ([] if form == "text" else told)
    if form == "text":
        assert all(each in " ".join(result.stdout.split()) for each in told)
    assert "$0.00" not in result.stdout
    if form == "json":
        report = json.loads(result.stdout)
        assert (report["verdict"], report["incomplete"], report["stacks"][0]["monthly"]) == (
            "incomplete",
            ["monthly>5 cannot be evaluated for 1 model"],
            None,
        )
    else:
        words = " ".join(result.stdout.replace("`", "").split())
        assert "Not reviewable: monthly>5 cannot be evaluated for 1 model" in words
        assert "no usage given for acme/legal" in words


REFUSED = {
    "urn": f"urn:pulumi:dev::shop::{TYPE}::bad",
    "severity": "error",
    "message": "error: must be 0 or more",
}
ENDED = {"severity": "error", "message": "error: no such customer"}


@pytest.mark.parametrize(
    ("diagnostics", "why"),
    [
        ([REFUSED], "1 model is refused"),
        ([ENDED], "the preview ended in an error"),
        ([REFUSED, ENDED], "1 model is refused, the preview ended in an error"),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_what_cannot_be_reviewed_does_not_look_harmless(
    folder: Path, diagnostics: list[Fields], why: str, form: str
) -> None:
    """The title says so, and there is no partial total."""
    write("dev.json", preview(LEGAL, diagnostics=diagnostics))
    write("usage.json", {"acme/legal": COUNT})
    result = run("dev.json", "--usage", "usage.json", "--format", form)
    assert result.exit_code == 2
    if form == "json":
        report = json.loads(result.stdout)
        assert (", ".join(report["incomplete"]), report["stacks"][0]["monthly"]) == (why, None)
    elif form == "markdown":
        assert result.stdout.splitlines()[1] == f"### Model prices: ❌ Not reviewable: {why}"
        assert "**`+$1.00` a month**" not in result.stdout
    else:
        assert result.stdout.splitlines()[-1] == f"✗ Not reviewable: {why}"
        assert result.stdout.count("a month") == 1  # the model's own


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (None, {"input_cost": 5_000_000}, "input_cost is 5,000,000"),
        ({"input_cost": 1}, {"input_cost": 200.01}, "input_cost is 200.01"),
        ({"output_cost": 1}, {"output_cost": 201}, "output_cost is 201"),
        ({}, {"cache_hit_input_cost": 201}, "cache_hit_input_cost is 201"),
        ({}, {"cache_creation_input_cost": 201}, "cache_creation_input_cost is 201"),
        ({"input_cost": 1}, {"input_cost": 200}, None),
        ({"input_cost": 300}, {"input_cost": 1}, None),
        ({"input_cost": 300}, {}, None),
        ({"input_cost": 300}, None, None),
        ({"input_cost": 1}, {"input_cost": "[secret]"}, None),
    ],
)
def test_price_finds_any_price_above_its_limit(
    old: Fields | None, new: Fields | None, sentence: str | None
) -> None:
    """Of a new model too, which has no old price to rise from; `{per_token: 5}` is 5,000,000."""
    operation = "create" if old is None else "delete" if new is None else "update"
    reviewed = review(preview(step(operation, "m", old, new)))
    found = findings(reviewed, [parse_rule("price>200")])
    assert [each.sentence for each in found] == ([sentence] if sentence else [])


@pytest.mark.parametrize("rule", ["decrease>100%", "decrease>250%", "below-list>100%"])
def test_a_limit_that_nothing_can_exceed_is_refused(rule: str) -> None:
    """A price falls by at most 100%; a gate with such a rule would never close."""
    with pytest.raises(KeywordsAIError) as raised:
        parse_rule(rule)
    assert str(raised.value) == (
        f"{rule} would never find anything: a price cannot be more than 100% lower."
    )
    assert parse_rule("decrease>99.9%").name == "decrease"


@pytest.mark.parametrize(
    ("table", "misspelled"),
    [
        ("tool.keywordsai_dynamic.review", "keywordsai_dynamic"),
        ("tool.keywordsai-dynamic.reviews", "reviews"),
        ("tools.keywordsai-dynamic.review", "tools"),
    ],
)
def test_a_table_of_rules_under_another_name_is_reported(
    folder: Path, table: str, misspelled: str
) -> None:
    """Its rules would never be applied; tables of other tools are ignored."""
    rules = f'[{table}]\nfail-on = ["price>1"]\n'
    (folder / "pyproject.toml").write_text(f"[tool.ruff]\n[project]\n{rules}")
    write("dev.json", preview(LEGAL))
    result = run("dev.json")
    assert (result.exit_code, result.stderr) == (
        2,
        f"pyproject.toml: the table {misspelled} is ignored; write "
        "[tool.keywordsai-dynamic.review].\n",
    )


def test_a_rule_given_twice_is_applied_once(folder: Path) -> None:
    """In pyproject.toml and on the command line, say."""
    (folder / "pyproject.toml").write_text(
        '[tool.keywordsai-dynamic.review]\nfail-on = ["price>1"]\n'
    )
    write("dev.json", preview(LEGAL))
    report = json.loads(run("dev.json", "--fail-on", "price > 1", "--format", "json").stdout)
    assert (report["rules"], len(report["findings"])) == (["price>1"], 1)


def test_a_price_without_a_list_price_is_reported(folder: Path) -> None:
    """The rule has nothing to compare with; that is reported, but does not stop a merge."""
    reviewed = review(preview(LEGAL), list_price={}.get)
    report = evaluate([reviewed], [parse_rule("above-list>10%")])
    assert (report.verdict, [each.sentence for each in report.passed_over]) == (
        "pass",
        ["no list price for acme/legal"],
    )


def test_each_file_of_a_stack_is_given_once(folder: Path) -> None:
    """The second would replace the first, and another stack's drift would be lost."""
    write("dev.json", of("dev", LEGAL))
    drift = of("prod", LEGAL)
    drift["steps"][0]["op"] = "refresh"
    write("prod-drift.json", drift)
    drift = of("dev", LEGAL)
    drift["steps"][0]["op"] = "refresh"
    write("drift.json", drift)
    write("usage.json", {"acme/legal": COUNT})
    for options, said in (
        (
            ("--drift", "dev=prod-drift.json"),
            "--drift prod-drift.json is of the stack prod, but the preview dev.json is of dev.",
        ),
        (
            ("--drift", "drift.json", "--drift", "dev=drift.json"),
            "two --drift files are of dev; pass one.",
        ),
        (
            ("--usage", "usage.json", "--usage", "usage.json"),
            "--usage usage.json: dev already has a --usage; put both into one file.",
        ),
    ):
        result = run("dev.json", *options)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{said}\n")


def test_a_preview_without_any_model_says_so(folder: Path) -> None:
    """It may be another project's; if unchanged resources are not listed, that is not known."""
    other = {"op": "create", "urn": STACK.replace("pulumi:pulumi:Stack", "other:index:Thing")}
    write("dev.json", preview(other))
    assert run("dev.json").stdout.splitlines()[0] == "dev: no models"
    write("dev.json", hiding(preview(), 1))
    assert run("dev.json").stdout.splitlines()[0] == "dev: no model changes"


def test_a_preview_given_as_a_name_is_one_line(folder: Path) -> None:
    """The JSON itself on the command line is longer than a name can be."""
    result = run(f"x={'{' * 5000}")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
