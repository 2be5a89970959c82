"""`keywordsai-dynamic review`: files it reads, messages about bad ones, exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # no stubs
from review_documents import Fields, preview, step, update, urn
from typer.testing import CliRunner, Result

from keywordsai_dynamic.cli.app import app
from keywordsai_dynamic.core.redaction import printable
from keywordsai_dynamic.review import report_schema

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "recorded" / "previews"
GOOD = json.dumps(preview(update("m", {"input_cost": 2.5}, {"input_cost": 3})))
RULES = (
    "increase>20%, decrease>20%, price>200, monthly>500, zero-price, below-list>20%, "
    "above-list>20%, delete, replace, overwrite, drift, unit, unknown"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, where no pyproject.toml adds rules."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "good.json").write_text(GOOD)
    return tmp_path


def run(*args: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["review", *args], input=stdin, env={"COLUMNS": "80"})


def line(result: Result) -> str:
    """The one line on standard error of a command that gave up."""
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    return result.stderr.strip()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b" \n",
            " is empty: `pulumi preview --json` wrote nothing to standard output.",
        ),
        (
            b"\xef\xbb\xbf\n",
            " is empty: `pulumi preview --json` wrote nothing to standard output.",
        ),
        (
            b'{"steps": ' + b"[" * 100_000,
            " is nested too deeply for a report of `pulumi preview --json`.",
        ),
        (
            b'{"steps": 0}',
            ": this is not the report of `pulumi preview --json` (TypeError: steps is not a list).",
        ),
        (
            GOOD[:200].encode(),
            " is incomplete JSON: was `pulumi preview --json` interrupted? Run it again.",
        ),
        (
            b"Previewing update (dev):\n" + GOOD.encode(),
            " has text before the JSON ('Previewing update (dev):'): write only the standard "
            "output of `pulumi preview --json` to it.",
        ),
        (
            b"error: no stack selected\n",
            " is not JSON ('error: no stack selected'): create it with `pulumi preview --json`.",
        ),
        (
            b"\xff\xfe\x00\x01",
            " is not JSON ('\ufffd\ufffd\\x00\\x01'): create it with `pulumi preview --json`.",
        ),
        (
            b'{"name": "a package"}',
            ": this is not the whole report of `pulumi preview --json` or `pulumi refresh "
            "--preview-only --json`: it has no steps; create it with --json.",
        ),
        (
            b"[1, 2]",
            " is JSON, but not the report of `pulumi preview --json` or `pulumi refresh "
            "--preview-only --json`.",
        ),
        (
            b'{"steps": [{"op": "create"}]}',
            ": this is not the report of `pulumi preview --json` (KeyError: 'urn').",
        ),
        (b'{"steps": 5}', ": this is not the report of `pulumi preview --json` (TypeError: "),
    ],
)
@pytest.mark.parametrize("through", ["file", "stdin"])
def test_broken_input_is_one_line_and_exit_code_2(
    folder: Path, content: bytes, sentence: str, through: str
) -> None:
    """The line names the file and says what is wrong and what to do."""
    (folder / "broken.json").write_bytes(content)
    if through == "file":
        said = line(run("broken.json"))
        assert said.startswith(f"broken.json{sentence}")
    else:
        assert line(run("-", stdin=content)).startswith(f"standard input{sentence}")


DEEP: Any = 0
for _ in range(700):
    DEEP = [DEEP]


def altered(**fields: object) -> Fields:
    return update("m", {"input_cost": 1}, {"input_cost": 2, **fields})


def with_state(**state: object) -> Fields:
    changed = update("m", {"input_cost": 1}, {"input_cost": 2})
    changed["oldState"].update(state)
    return changed


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        (altered(model_name=["m"]), "resource m: model_name cannot be ['m']."),
        (altered(display_name=5), "resource m: display_name cannot be 5."),
        (altered(max_context_window="lots"), "resource m: max_context_window cannot be 'lots'."),
        (
            altered(max_context_window=int("9" * 400)),
            f"resource m: max_context_window cannot be {'9' * 99}….",
        ),
        (altered(max_context_window=-1), "resource m: max_context_window cannot be -1."),
        (altered(input_cost=True), "resource m: input_cost cannot be True."),
        (altered(input_cost=False), "resource m: input_cost cannot be False."),
        (altered(max_context_window=1e300), "resource m: max_context_window cannot be 1e+300."),
        (altered(input_cost=-3), "resource m: input_cost cannot be -3."),
        (altered(input_cost="-0.5"), "resource m: input_cost cannot be '-0.5'."),
        (altered(input_cost="1e999999"), "resource m: input_cost cannot be '1e999999'."),
        (altered(input_cost="free"), "resource m: input_cost cannot be 'free'."),
        (altered(function_call={}), "resource m: function_call cannot be {}."),
        (with_state(inputs=[]), "resource m: inputs is not an object."),
        (with_state(inputs="text"), "resource m: inputs is not an object."),
        (with_state(outputs=False), "resource m: outputs is not an object."),
        (with_state(outputs={"__answered": "no"}), "resource m: __answered is not a JSON object."),
        (with_state(outputs={"__answered": "5"}), "resource m: __answered is not a JSON object."),
        (with_state(outputs={"__answered": [5]}), "resource m: __answered is not a JSON object."),
        (
            with_state(outputs={"__answered": "[" * 100_000}),
            "resource m: __answered is not a JSON object.",
        ),
        (
            {**altered(output_cost=2), **with_state(outputs={"__answered": '{"output_cost":[5]}'})}
            | {"newState": altered(output_cost=2)["newState"]},
            "model m, output_cost: [5] is not a price.",
        ),
        (
            {**altered(output_cost=2), **with_state(outputs={"__answered": '{"output_cost":-1}'})}
            | {"newState": altered(output_cost=2)["newState"]},
            "model m, output_cost: -1 is not a price.",
        ),
    ],
)
@pytest.mark.parametrize("option", ["preview", "drift"])
def test_a_value_that_no_model_can_have_is_one_line(
    folder: Path, odd: Fields, sentence: str, option: str
) -> None:
    """The line names file, model and field; the value is never ignored."""
    if option == "preview":
        (folder / "odd.json").write_text(json.dumps(preview(odd)))
        assert line(run("odd.json")) == f"odd.json: {sentence}"
    elif not sentence.startswith("model"):
        document = preview(odd)
        document["steps"][0]["op"] = "refresh"
        (folder / "odd.json").write_text(json.dumps(document))
        assert line(run("good.json", "--drift", "odd.json")) == f"odd.json: {sentence}"


def test_values_nested_too_deeply_are_one_line(folder: Path) -> None:
    """JSON is read deeper than Python writes a list."""
    (folder / "deep.json").write_text(json.dumps(preview(altered(display_name=DEEP))))
    said = line(run("deep.json"))
    assert said.startswith("deep.json")


SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "x"}


@pytest.mark.parametrize("secret", [SECRET, "[secret]"])
def test_secrets_of_the_state_stay_secret(folder: Path, secret: object) -> None:
    """Hidden outputs are ignored, and a hidden price is a secret in both spellings."""
    changed = with_state(outputs={"__answered": secret, "__declared": secret, "input_cost": 1})
    changed["newState"]["inputs"]["output_cost"] = secret
    (folder / "kept.json").write_text(json.dumps(preview(changed)))
    result = run("kept.json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "output_cost not declared → secret" in " ".join(result.stdout.split())


def test_a_live_price_of_null_is_none(folder: Path) -> None:
    """The provider's table shows null for what is not set."""
    row = "  input_cost  declared 3 → live null"
    said = {
        "urn": urn("m"),
        "severity": "warning",
        "message": f"overwrites m, which exists:\n{row}",
    }
    document = preview(step("create", "m", None, {"input_cost": 3}), diagnostics=[said])
    (folder / "null.json").write_text(json.dumps(document))
    result = run("null.json")
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_largest_prices_and_counts_are_written_in_full(folder: Path) -> None:
    """Below the limit no product overflows, not even in percent of the smallest price."""
    changed = update("m", {"input_cost": 1.5e-30}, {"input_cost": 9e29})
    (folder / "large.json").write_text(json.dumps(preview(changed)))
    (folder / "u.json").write_text('{"m": {"input_tokens": 9e29}}')
    for form in ("text", "markdown", "json"):
        result = run("large.json", "--usage", "u.json", "--format", form)
        assert (result.exit_code, result.exception) == (0, None)


def test_a_long_name_pushes_nothing_away(folder: Path) -> None:
    """A finding shows 200 characters of a name."""
    changed = update("m " * 250, {"input_cost": 1}, {"input_cost": 2})
    (folder / "long.json").write_text(json.dumps(preview(changed)))
    result = run("long.json", "--fail-on", "increase>20%")
    finding = "".join(result.stdout.partition("✗")[2].split())
    assert f"dev,{'m' * 100}…:input_cost1→2" in finding


def test_a_file_that_is_not_there_is_one_line(folder: Path) -> None:
    """So is a folder."""
    assert line(run("missing.json")) == "missing.json: No such file or directory"
    (folder / "folder").mkdir()
    assert line(run("folder")) == "folder: Is a directory"


@pytest.mark.parametrize("name", ["invalid", "refused", "program_error"])
def test_a_preview_that_ended_in_an_error_is_reported_and_exits_with_2(name: str) -> None:
    """What is known is reported, and standard error says that changes may be missing."""
    result = run(f"prod={RECORDED / name}.json")
    first = {
        "invalid": "property input_cost value {-1} has a problem: must be 0 or more",
        "refused": "acme/support-llm already exists with different values, and the service would "
        "overwrite it silently",
        "program_error": "no such customer: acme",
    }[name]
    assert result.stderr == (
        f"prod: the preview ended in an error, so changes may be missing: {first}\n"
    )
    assert result.exit_code == 2
    assert result.stdout.startswith("prod: 1 ")


TRACEBACK = """\
error: Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/acme/__main__.py", line 4, in <module>
    customer["acme"]
    ~~~~~~~~^^^^^^^^
KeyError: 'acme'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/acme/__main__.py", line 6, in <module>
    raise ValueError("no such customer:\\n  acme")
ValueError: no such customer:
  acme

"""


def test_standard_error_names_the_exception_that_ended_the_program(folder: Path) -> None:
    """Not the words above a traceback; the report has it whole."""
    diagnostics = [{"severity": "error", "message": TRACEBACK}]
    (folder / "failed.json").write_text(json.dumps(preview(diagnostics=diagnostics)))
    result = run("failed.json")
    assert result.stderr == (
        "dev: the preview ended in an error, so changes may be missing: "
        "ValueError: no such customer\n"
    )
    assert "KeyError: 'acme'" in result.stdout


def test_a_rename_that_will_be_refused_exits_with_2() -> None:
    """Without a key the preview does not show it, but old and new values do."""
    result = run(str(RECORDED / "renamed_and_changed.json"))
    assert result.exit_code == 2
    assert result.stderr == "dev: `pulumi up` would refuse acme/support-llm\n"


def test_exit_codes_of_rules() -> None:
    """0 without findings, 1 with, each named."""
    assert run("good.json").exit_code == 0
    assert run("good.json", "--fail-on", "increase>20%").exit_code == 0
    result = run("good.json", "--fail-on", "increase>10%", "--fail-on", "zero-price")
    assert result.exit_code == 1
    assert "✗ increase>10% dev, m: input_cost 2.5 → 3 (+20%)" in result.stdout
    assert (
        line(run("good.json", "--fail-on", "more"))
        == f"'more' is not a rule; known rules: {RULES}."
    )


def test_rules_are_read_from_pyproject_toml_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest file upward counts; rules of the command line come on top."""
    (folder / "pyproject.toml").write_text(
        '[tool.keywordsai-dynamic.review]\nfail-on = ["increase>10%"]\n'
    )
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    result = run("../good.json", "--fail-on", "unit", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["rules"] == ["increase>10%", "unit"]


@pytest.mark.parametrize(
    "content", ['fail-on = "delete"', "fail-on = [1]", "fail_on = []", "fail-on = []\nother = 1"]
)
def test_a_misspelled_table_is_reported_rather_than_ignored(folder: Path, content: str) -> None:
    """A misspelled gate would stay open."""
    (folder / "pyproject.toml").write_text(f"[tool.keywordsai-dynamic.review]\n{content}\n")
    assert line(run("good.json")) == (
        "pyproject.toml: [tool.keywordsai-dynamic.review] must hold fail-on, a list of rules, and "
        "nothing else."
    )


def of_stack(name: str) -> Fields:
    text = json.dumps(preview(update("m", {"input_cost": 1}, {"input_cost": 2})))
    found: Fields = json.loads(text.replace("urn:pulumi:dev:", f"urn:pulumi:{name}:"))
    return found


def refresh_of(name: str) -> Fields:
    document = of_stack(name)
    document["steps"][0]["op"] = "refresh"
    return document


def test_several_stacks_each_with_its_usage_and_drift(folder: Path) -> None:
    """Files are matched by the name given to them, or by their stack."""
    for name in ("dev", "prod"):
        (folder / f"{name}.json").write_text(json.dumps(of_stack(name)))
        (folder / f"{name}-drift.json").write_text(json.dumps(refresh_of(name)))
    (folder / "all.yaml").write_text("m: {input_tokens: 1M}")
    (folder / "prod.yaml").write_text("m: {input_tokens: 9M}")
    result = run(
        *("eu=dev.json", "prod.json", "--drift", "prod-drift.json", "--drift", "eu=dev-drift.json"),
        *("--usage", "all.yaml", "--usage", "prod=prod.yaml", "--format", "json"),
    )
    stacks = json.loads(result.stdout)["stacks"]
    told = [(s["stack"], s["monthly"], len(s["outside"])) for s in stacks]
    assert told == [("eu", "1", 1), ("prod", "9", 1)]


def test_files_that_do_not_belong_together_are_refused(folder: Path) -> None:
    """A drift report or a usage that was ignored would leave a gate open."""
    (folder / "other.json").write_text(json.dumps(of_stack("other")))
    (folder / "refresh.json").write_text(json.dumps(refresh_of("prod")))
    (folder / "usage.yaml").write_text("m: {input_tokens: 1M}")
    both = ("good.json", "other.json")
    assert line(run("good.json", "good.json")) == (
        "two previews are of dev: name them, like NAME=FILE."
    )
    assert line(run(*both, "--drift", "refresh.json")) == (
        "--drift refresh.json is of prod, but no preview is."
    )
    assert line(run("good.json", "--usage", "prod=usage.yaml")) == (
        "--usage usage.yaml is of prod, but no preview is."
    )
    assert line(run("refresh.json")) == (
        "refresh.json: this is the report of a refresh; pass it as --drift."
    )
    assert line(run("good.json", "--drift", "good.json")) == (
        "good.json: this is another preview; drift is reported by "
        "`pulumi refresh --preview-only --json`, without --run-program."
    )


def test_a_refresh_that_failed_says_nothing_about_drift(folder: Path) -> None:
    """An empty drift report of a run that broke off would look like no drift."""
    diagnostics = [
        {"severity": "error", "message": "error: Preview failed: no such host\n\n"},
        {"severity": "error", "message": "error: preview failed\n"},
    ]
    (folder / "drift.json").write_text(
        json.dumps({**refresh_of("dev"), "diagnostics": diagnostics})
    )
    assert line(run("good.json", "--drift", "drift.json")) == (
        "drift.json: the refresh ended in an error: no such host"
    )


def test_a_file_whose_name_has_an_equals_sign_is_a_file(folder: Path) -> None:
    """`a=b.json` that exists is not b.json called a."""
    (folder / "a=b.json").write_text(GOOD)
    assert run("a=b.json").stdout.startswith("dev: 1 price rises\n")


def test_the_encodings_that_shells_write_are_read(folder: Path) -> None:
    """PowerShell's `>` writes UTF-16 with a byte order mark."""
    for encoding in ("utf-8-sig", "utf-16"):
        (folder / "file.json").write_bytes(GOOD.encode(encoding))
        assert run("file.json").exit_code == 0


EVIL = "\x1b[2J\x9b\u202e\ud83d\r\nprod: no model changes"
SHOWN = "\\x1b[2J\\x9b\\u202e\\ud83d\\r\\nprod: no model changes"


@pytest.fixture
def evil(folder: Path) -> Path:
    """A preview in which every free text is hostile."""
    renamed = step("replace", EVIL, {"input_cost": 1}, {"input_cost": 0, "display_name": EVIL})
    renamed["newState"]["inputs"]["model_name"] = f"new {EVIL}"
    said = [
        {"urn": renamed["urn"], "severity": "warning", "message": f"warned {EVIL}"},
        {"urn": urn(f"refused {EVIL}"), "severity": "error", "message": f"error: failed {EVIL}"},
    ]
    (folder / "evil.json").write_text(json.dumps(preview(renamed, diagnostics=said)))
    return folder


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_nothing_of_a_preview_steers_the_terminal(evil: Path, form: str) -> None:
    """Escapes are shown, not obeyed, on both streams, for a hostile stack name too."""
    result = run(f"{EVIL}=evil.json", "--fail-on", "delete", "--format", form)
    for shown in (result.stdout, result.stderr):
        assert printable(shown) == shown
    first = SHOWN.partition("\\r")[0]
    assert result.stderr == (
        f"{SHOWN}: the preview ended in an error, so changes may be missing: failed {first}\n"
    )


def test_the_text_shows_each_name_on_one_line(evil: Path) -> None:
    """A line break in a name begins no line of the report."""
    shown = run("evil.json", "--fail-on", "delete").stdout
    words = " ".join(shown.split())
    assert f"± {SHOWN} → new {SHOWN} replaced" in words
    assert f"display name {SHOWN}" in words
    assert f"✗ delete dev, new {SHOWN}: {SHOWN} is deleted, and this model replaces it" in words


def test_the_json_has_names_verbatim(evil: Path) -> None:
    """It is escaped, so that nothing is obeyed, and a JSON reader gets the same text."""
    (_, change) = json.loads(run("evil.json", "--format", "json").stdout)["stacks"][0]["changes"]
    assert (change["previous_name"], change["model_name"]) == (EVIL, f"new {EVIL}")


def test_a_refusal_names_the_model_on_one_line(folder: Path) -> None:
    """So does standard error, where a log is read line by line."""
    old = step("delete", "old", {"input_cost": 1})
    new = step("create", "new", None, {"input_cost": 2})
    for each in (old["oldState"], new["newState"]):
        each["inputs"]["model_name"] = EVIL
    (folder / "evil.json").write_text(json.dumps(preview(old, new)))
    assert run("evil.json").stderr == f"dev: `pulumi up` would refuse {SHOWN}\n"


def test_the_json_format_is_what_its_schema_says() -> None:
    """review-schema.json is generated from the types, and every report matches it."""
    schema = json.loads((ROOT / "docs" / "reference" / "review-schema.json").read_text())
    assert schema == report_schema()
    Draft202012Validator.check_schema(schema)
    for file in (ROOT / "tests" / "recorded" / "reviews").glob("*.json"):
        Draft202012Validator(schema).validate(json.loads(file.read_text()))
    wrong = json.loads((ROOT / "tests" / "recorded" / "reviews" / "price_up.json").read_text())
    wrong["stacks"][0]["monthly"] = 490
    assert not Draft202012Validator(schema).is_valid(wrong)
