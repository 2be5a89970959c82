"""Only a whole preview is read as one: other output of the CLI is recognized and never passes.

The documents are what CLI 3.274.1 printed, shortened.
"""

import io
import json
from copy import deepcopy
from pathlib import Path

import pytest
from review_documents import STACK, Fields, preview, step, update, urn
from rich.console import Console

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.review import command, evaluate, review
from keywordsai_dynamic.review.markdown import markdown
from keywordsai_dynamic.review.text import text

GOOD = preview(update("m", {"input_cost": 1}, {"input_cost": 2}))
SUMMARY = {
    "result": "succeeded",
    "duration": 3016156131,
    "summary": {"same": 2, "update": 1},
    "resources": [{"urn": urn("m"), "type": "x", "name": "m", "op": "update", "parent": STACK}],
}
EVENTS = [
    {"sequence": 0, "timestamp": 1795718743, "preludeEvent": {"config": {}}},
    {"sequence": 32, "timestamp": 1795718745, "cancelEvent": {}},
]
ENDED_EARLY = {
    "diagnostics": [
        {
            "message": "error: an unhandled error occurred: program exited with non-zero exit "
            "code: 3\n",
            "severity": "error",
        }
    ],
    "duration": 455022449,
}
CANCELED = {
    "diagnostics": [
        {"message": "^C received; cancelling.\n", "severity": "info"},
        {"message": "error: preview canceled\n", "severity": "error"},
    ],
    "duration": 2756073132,
}
REFRESH_OF_NOTHING = {"duration": 162071}

BOTH = "`pulumi preview --json` or `pulumi refresh --preview-only --json`"
NO_STEPS = f"this is not the whole report of {BOTH}: it has no steps; create it with --json."
STREAM = (
    "holds several JSON documents, such as the stream of `pulumi up --json` or of "
    "PULUMI_ENABLE_STREAMING_JSON_PREVIEW: create it with `pulumi preview --json`, without that "
    "variable."
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "good.json").write_text(json.dumps(GOOD))
    return tmp_path


def refused(*, as_drift: bool) -> str:
    """The line that x.json is refused with."""
    files = (["good.json"], ["x.json"]) if as_drift else (["x.json"], [])
    with pytest.raises(KeywordsAIError) as raised:
        command.report_of(*files, [], [])
    said = str(raised.value)
    assert "\n" not in said
    return said


def without(document: Fields, name: str) -> Fields:
    return {key: value for key, value in document.items() if key != name}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            SUMMARY,
            ": this is the summary that `--output json` writes, without any steps; create it with "
            "--json.",
        ),
        (
            EVENTS[0],
            ": this is one event of a stream; create it with `pulumi preview --json`, without "
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW.",
        ),
        (
            {"version": 3, "deployment": {}},
            ": this is the export of a stack; create it with `pulumi preview --json`.",
        ),
        (
            {"manifest": {}, "resourcePlans": {}},
            ": this is an update plan; create it with `pulumi preview --json`.",
        ),
        (
            {},
            ": this is {}, which the CLI prints if it fails before the preview starts; its "
            "standard error says why.",
        ),
        ({"config": {}, "x": 1}, f": {NO_STEPS}"),
        ({"config": {}}, f": {NO_STEPS}"),
        ({"changeSummary": {"same": 3}, "duration": 1}, f": {NO_STEPS}"),
        (without(GOOD, "steps"), f": {NO_STEPS}"),
        ({**GOOD, "steps": []}, f": {NO_STEPS}"),
        (
            without(GOOD, "changeSummary"),
            f": {NO_STEPS.replace('steps', 'changeSummary')}",
        ),
        (
            {**GOOD, "steps": GOOD["steps"][:1]},
            f": this is not the whole report of {BOTH}: changeSummary counts update 1 times, but "
            "the steps have it 0 times; create it with --json.",
        ),
        (
            {**GOOD, "changeSummary": {"same": "1"}},
            f": this is not the report of {BOTH}: its changeSummary does not count steps.",
        ),
    ],
)
@pytest.mark.parametrize("as_drift", [False, True])
def test_anything_but_a_whole_report_is_described(
    folder: Path, content: Fields, sentence: str, as_drift: bool
) -> None:
    """As a preview and as drift, the line says what it is and suggests `--json`."""
    (folder / "x.json").write_text(json.dumps(content))
    assert refused(as_drift=as_drift) == f"x.json{sentence}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\n".join(map(json.dumps, EVENTS)), STREAM),
        (f"{json.dumps(GOOD, indent=4)}\n{json.dumps(EVENTS[0])}\n", STREAM),  # up --json --yes
        (
            f"{json.dumps(GOOD)}\nwarning: a new version\nof Pulumi",
            "has text after the JSON ('warning: a new version'): write only the standard output "
            "of `pulumi preview --json` to it.",
        ),
        (
            json.dumps(GOOD)[:-1] + ', "steps": []}',
            "is not what Pulumi writes: the key 'steps' appears twice.",
        ),
        ('{"duration": NaN}', "is not what Pulumi writes: NaN is not JSON."),
    ],
)
@pytest.mark.parametrize("as_drift", [False, True])
def test_more_than_one_document_is_described(
    folder: Path, text: str, sentence: str, as_drift: bool
) -> None:
    """A stream, and text after the JSON, are not called incomplete."""
    (folder / "x.json").write_text(text)
    assert refused(as_drift=as_drift) == f"x.json {sentence}"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (
            ENDED_EARLY,
            "an unhandled error occurred: program exited with non-zero exit code: 3",
        ),
        (CANCELED, "preview canceled"),
        ({**GOOD, "maybeCorrupt": True}, "Pulumi marked the preview as maybeCorrupt"),
    ],
)
def test_a_preview_that_ended_early_is_reported_and_incomplete(
    folder: Path, document: Fields, reason: str
) -> None:
    """A preview may end before its first step."""
    (folder / "x.json").write_text(json.dumps(document))
    report = command.report_of(["x.json"], [], [], [])
    assert report.stacks[0].errors == (reason,)
    assert (report.verdict, report.incomplete) == (
        "incomplete",
        ("the preview ended in an error",),
    )


def printed(*lines: str) -> list[Fields]:
    """What YAML's language host prints, as the engine passes it on: line by line."""
    return [{"message": f"{line}\n\n", "severity": "info#err"} for line in lines]


WRONG_TYPE = printed(
    "\x1b[31mError\x1b[0m: keywordsai:index:CustomModel is not assignable from {…}",
    "  on Pulumi.yaml line 13:",
    "  13:     outputCost: \x1b[1;4mten\x1b[0m",
    "  outputCost: Cannot assign type 'string' to type 'number'",
)
WRONG_TYPE_IN_WORDS = (
    "keywordsai:index:CustomModel is not assignable from {…}\n"
    "on Pulumi.yaml line 13:\n"
    "13:     outputCost: ten\n"
    "outputCost: Cannot assign type 'string' to type 'number'"
)


@pytest.mark.parametrize(
    ("said", "errors"),
    [
        (WRONG_TYPE, (WRONG_TYPE_IN_WORDS,)),
        (
            [*WRONG_TYPE, *printed("\x1b[31mError\x1b[0m: no such thing")],
            (WRONG_TYPE_IN_WORDS, "no such thing"),
        ),
        (
            [*printed("\x1b[33mWarning\x1b[0m: old", "  on Pulumi.yaml line 1:"), *WRONG_TYPE],
            (WRONG_TYPE_IN_WORDS,),
        ),
        (printed("\x1b[33mWarning\x1b[0m: old", "  on Pulumi.yaml line 1:"), ()),
        (printed("Error: what a program prints of itself", "Traceback …"), ()),
        ([{**each, "urn": urn("m")} for each in WRONG_TYPE], ()),
    ],
)
def test_what_a_language_host_prints_of_an_error_is_the_reason(
    folder: Path, said: list[Fields], errors: tuple[str, ...]
) -> None:
    """It tells the engine nothing but that the program failed, and the engine tells nobody."""
    (folder / "x.json").write_text(json.dumps({**GOOD, "diagnostics": said}))
    report = command.report_of(["x.json"], [], [], [])
    assert report.stacks[0].errors == errors
    assert report.verdict == ("incomplete" if errors else "pass")


@pytest.mark.parametrize("diagnostics", [None, printed("warning: a newer version")])
@pytest.mark.parametrize("operation", ["same", "create"])
@pytest.mark.parametrize("refreshed", [False, True])
def test_a_preview_of_nothing_but_the_stack_does_not_pass(
    folder: Path, operation: str, diagnostics: list[Fields] | None, refreshed: bool
) -> None:
    """A program of YAML that fails before its first resource leaves the same, but what it printed;
    `--refresh` lists the resources of the state beside it.
    """
    document = preview(diagnostics=diagnostics)
    document["steps"][0]["op"] = operation
    document["changeSummary"] = {operation: 1}
    if refreshed:
        listed = [
            {"op": "refresh", "urn": each, "detailedDiff": None} for each in (STACK, urn("m"))
        ]
        document["steps"] = [*listed, *document["steps"]]
    (folder / "x.json").write_text(json.dumps(document))
    assert refused(as_drift=False) == (
        "x.json: this preview has nothing but the stack itself: its program declares no resource, "
        "or failed before the first one, which only the exit code of `pulumi preview` tells. Leave "
        "out a stack without resources; in a pipe, set -o pipefail."
    )
    with pytest.raises(KeywordsAIError, match="nothing but the stack itself"):
        command.models_at_stake(["x.json"])


def test_a_refresh_that_failed_is_one_line(folder: Path) -> None:
    """Whatever an error has on further lines."""
    document = {**GOOD, "diagnostics": WRONG_TYPE}
    document["steps"] = [{**GOOD["steps"][0], "op": "refresh"}]
    (folder / "x.json").write_text(json.dumps(document))
    assert refused(as_drift=True) == (
        "x.json: the refresh ended in an error: "
        "keywordsai:index:CustomModel is not assignable from {…}"
    )


def test_a_refresh_of_a_stack_without_resources_is_not_drift(folder: Path) -> None:
    """The CLI prints only its duration; that is not a preview."""
    (folder / "x.json").write_text(json.dumps(REFRESH_OF_NOTHING))
    report = command.report_of(["good.json"], ["x.json"], [], ["drift"])
    assert (report.verdict, report.stacks[0].outside) == ("pass", ())
    assert refused(as_drift=False) == (
        "x.json: this is not the whole report of `pulumi preview --json`: it does not list the "
        "stack itself; create it with --json."
    )


def test_a_refresh_of_some_targets_is_drift_and_not_a_preview(folder: Path) -> None:
    """With `--target` the stack itself is not listed."""
    document = preview(update("m", {"input_cost": 1}, {"input_cost": 2}))
    del document["steps"][0]
    document["changeSummary"] = {"update": 1}
    (folder / "x.json").write_text(json.dumps(document))
    report = command.report_of(["good.json"], ["x.json"], [], ["drift"])
    assert report.verdict == "fail"
    assert "does not list the stack itself" in refused(as_drift=False)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"op": "move"}, "resource m: 'move' is not a known operation."),
        ({"op": ["update"]}, "unhashable"),
        ({"urn": "m"}, "'m' is not a URN"),
        ({"newState": None}, "resource m: update has no newState."),
        ({"oldState": {}}, "resource m: update has no oldState."),
        ({"oldState": {"inputs": {"input_cost": 1}}}, "resource m: it has no model_name."),
        ({"detailedDiff": "input_cost"}, "detailedDiff is not an object"),
        ({"diffReasons": "input_cost"}, "diffReasons is not a list"),
    ],
)
def test_a_step_that_cannot_be_read_is_one_line(wrong: Fields, sentence: str) -> None:
    """A step with something unexpected in it is never skipped."""
    document = deepcopy(GOOD)
    document["steps"][1].update(wrong)
    with pytest.raises(KeywordsAIError) as raised:
        review(document)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"retainOnDelete": "false"}, "resource m: retainOnDelete cannot be 'false'."),
        ({"retainOnDelete": 1}, "resource m: retainOnDelete cannot be 1."),
    ],
)
def test_a_deletion_is_not_taken_for_a_release(state: Fields, sentence: str) -> None:
    """`delete` would not find it."""
    gone = step("delete", "m", old={"input_cost": 1})
    gone["oldState"].update(state)
    with pytest.raises(KeywordsAIError, match=sentence.replace(".", "\\.")):
        review(preview(gone))


@pytest.mark.parametrize(
    "wrong", [{"severity": 5}, {"severity": "bad"}, {"message": 1}, {"urn": 1}]
)
def test_an_unexpected_error_is_not_lost(wrong: Fields) -> None:
    """Messages that end a preview early are read strictly."""
    said = {"severity": "error", "message": "error: no such customer", "urn": STACK, **wrong}
    with pytest.raises(KeywordsAIError, match="this is not the report of"):
        review(preview(diagnostics=[said]))


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity"])
def test_a_price_that_is_not_a_number_is_one_line(number: str) -> None:
    """Declared or live, in every spelling that Python's decimals accept."""
    with pytest.raises(KeywordsAIError) as raised:
        review(preview(update("m", {"input_cost": 1}, {"input_cost": number})))
    assert str(raised.value) == f"resource m: input_cost cannot be '{number}'."
    row = f"  input_cost  declared 3 → live {number}"
    said = {
        "urn": urn("m"),
        "severity": "warning",
        "message": f"overwrites existing model m (overwriting is declared):\n{row}",
    }
    with pytest.raises(KeywordsAIError) as raised:
        review(preview(step("create", "m", None, {"input_cost": 3}), diagnostics=[said]))
    assert str(raised.value) == f"model m, input_cost: '{number}' is not a price."


def test_a_message_without_text_breaks_nothing() -> None:
    """An overwritten model may have a message that says nothing."""
    said = [
        {"urn": urn("m"), "severity": "info", "message": sentence}
        for sentence in (
            "",
            "overwrites existing model m (overwriting is declared):\n"
            "  input_cost  declared 3 → live 2",
        )
    ]
    found = review(preview(step("create", "m", None, {"input_cost": 3}), diagnostics=said))
    report = evaluate([found], [])
    console = Console(file=io.StringIO(), width=80)
    console.print(text(report))
    assert "overwritten" in console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    assert "overwritten" in markdown(report)
