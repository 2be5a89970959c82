"""`usage` against the API: from logged calls to an amount of the review, and what it asks for."""

import json
import os
import pty
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import parse_qs

import pytest
import yaml
from harness.lengths import times
from review_documents import preview, step, update

from keywordsai_dynamic.cli import app as cli
from keywordsai_dynamic.core.redaction import printable
from keywordsai_dynamic.emulator import Call, Emulator, Metrics, made_up
from keywordsai_dynamic.files.patterns import as_key
from keywordsai_dynamic.review import read_usage
from keywordsai_dynamic.usage.questions import NO_CALLS

TOOL = str(Path(sys.executable).with_name("keywordsai-dynamic"))
SUMMARY = "/api/dashboard/llm-metrics/summary/"
BREAKDOWN = "/api/dashboard/breakdown/"
NOW = datetime.now(UTC) - timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=40)
OLD = {"input_cost": 3.0, "output_cost": 12.0, "cache_hit_input_cost": 0.3}
NEW = {"input_cost": 3.5, "output_cost": 12.0, "cache_hit_input_cost": 0.2}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command as its script does; returns the exit code and both outputs."""

    def go(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["keywordsai-dynamic", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), *capfd.readouterr()

    return go


@pytest.fixture
def console(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An organization with a model at old prices, and a preview that changes them."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", emulator.api_key)
    monkeypatch.setenv("KEYWORDSAI_BASE_URL", emulator.url)
    monkeypatch.chdir(tmp_path)
    emulator.put_model("acme/support", base_model_name="openai/gpt-4o", **OLD)
    document = preview(update("acme/support", OLD, NEW), step("create", "acme/new", new=NEW))
    Path("preview.json").write_text(json.dumps(document))
    return emulator


def monthly(run: Run, *arguments: str) -> str | None:
    """What `review` says the change costs a month, with the usage that `usage` wrote."""
    code, out, err = run("usage", *arguments)
    assert code == 0, err
    Path("usage.yaml").write_text(out)
    code, out, err = run("review", "preview.json", "--usage", "usage.yaml", "--format", "json")
    assert code == 0, err
    changes = {each["model_name"]: each for each in json.loads(out)["stacks"][0]["changes"]}
    found: str | None = changes["acme/support"]["monthly"]
    return found


def summaries(console: Emulator) -> list[Any]:
    """The model that each request for sums asked about, None for all, in order."""
    filters = [each.json["filters"] for each in console.requests if each.path == SUMMARY]
    return [each["model"]["value"] if "model" in each else None for each in filters]


CALLS = [
    Call("acme/support", NOW, fresh=500_000_000, cached=20_000_000, completion=60_000_000),
    Call("acme/support", NOW - timedelta(days=29), fresh=100_000_000, cached=10_000_000),
    Call("acme/support", NOW, completion=30_000_000, reasoning=10_000_000),
    Call("acme/support", LONG_AGO, fresh=7_000_000),
    Call("acme/support", NOW, environment="test", fresh=9_000_000),
    Call("openai/gpt-4o", NOW, fresh=5_000_000, completion=1_000_000),
]
BY_HAND = "297"  # 600 million tokens at +0.50, and 30 million cached ones at -0.10, per million


def test_an_amount_that_was_worked_out_by_hand(console: Emulator, run: Run) -> None:
    """A month of calls gives the amount, without older calls and those of other environments."""
    console.log_calls(CALLS)
    assert monthly(run, "--preview", "preview.json") == BY_HAND
    assert read_usage(Path("usage.yaml").read_bytes(), "usage.yaml") == {
        "acme/support": {
            "input_tokens": 600_000_000,
            "output_tokens": 90_000_000,
            "cache_hit_input_tokens": 30_000_000,
        }
    }


READINGS: dict[str, tuple[Any, ...]] = {
    "filter_form": ("array", "scalar", "both"),
    "unread_filter": ("dropped", "refused", "nothing"),
    "window": ("query", "body"),
    "environment": ("query", "filter"),
    "cached": ("inside", "beside"),
    "reasoning": ("inside", "beside"),
    "total": ("prompt_and_completion", "everything", "absent", "wrong"),
    "without_traffic": ("zeros", "nulls", "empty"),
    "numbers_as_text": (False, True),
}
"""Every answer that leads to one meaning."""

DRAWN = random.Random(24)  # noqa: S311  (the same combinations each time)
COMBINATIONS = [
    *({name: value} for name, values in READINGS.items() for value in values[1:]),
    *(
        {name: DRAWN.choice(values) for name, values in READINGS.items()}
        for _ in range(times(12, 400))
    ),
]


def set_up(console: Emulator, reading: dict[str, Any]) -> None:
    for name, value in reading.items():
        setattr(console.metrics, name, value)


def test_the_readings_are_all_that_the_emulator_plays() -> None:
    """A new switch of the emulator is put above, or below where nothing can be known."""
    literals = {name: set(get_args(hint)) for name, hint in get_type_hints(Metrics).items()}
    known = {name: set(values) for name, values in READINGS.items()}
    for reading, _ in UNKNOWABLE.values():
        for name, value in reading.items():
            known.setdefault(name, {getattr(Metrics(), name)}).add(value)
    assert {name: values for name, values in literals.items() if values} == {
        name: known.get(name, set()) for name, values in literals.items() if values
    }
    apart = {"breakdown", "breakdown_limit", "permitted"}  # which have tests of their own
    assert set(literals) == set(known) | apart


@pytest.mark.parametrize(
    "reading", COMBINATIONS, ids=lambda each: ",".join(map(str, each.values()))
)
def test_the_amount_is_the_same_under_each_reading(
    console: Emulator, run: Run, reading: dict[str, Any]
) -> None:
    """However the service reads filters and counts tokens, the money decides."""
    set_up(console, reading)
    console.log_calls(CALLS)
    assert monthly(run, "--preview", "preview.json") == BY_HAND


@pytest.mark.parametrize("seed", range(times(5, 100)))
def test_a_month_made_up_from_a_seed(console: Emulator, run: Run, seed: int) -> None:
    """The tokens of the file are those of the calls, whatever the seed; so is the amount."""
    calls = made_up(seed, "acme/support", NOW, days=29)  # of 30, however long this run takes
    console.metrics.cached = "beside" if seed % 2 else "inside"
    console.log_calls(calls)
    effect = Decimal("0.5") * sum(each.fresh for each in calls) - Decimal("0.1") * sum(
        each.cached for each in calls
    )
    found = monthly(run, "--preview", "preview.json")
    assert found is not None
    assert Decimal(found) == effect / 1_000_000


UNKNOWABLE: dict[str, tuple[dict[str, Any], str]] = {
    "no split": ({"split": False}, "the service does not split the tokens"),
    "no money": ({"costs": False}, "not cross-checked: the service counted no money"),
    "a markup": ({"cost_factor": 1.2}, "gap: cost $2,889.00 at the live prices, the service "),
    "a version in the name": ({"suffixed": True}, "no calls under this exact name"),
    "the base's name": ({"logged_name": "base"}, "gpt-4o may be of this model"),
    "no filter": ({"filter_form": "neither"}, "drops a filter by model that is written as a list"),
    "no time": ({"window": "ignored"}, "does not keep to the time"),
    "no start": ({"window": "only_end"}, "does not keep to the time"),
    "every environment": ({"environment": "ignored"}, "No answer shows whether"),
    "a prefix": ({"matching": "prefix"}, "gap: "),
}
COUNTED_ANYWAY = ("every environment", "a prefix")
"""What no answer shows; each has a test below that says what the file says."""


@pytest.mark.parametrize("case", [each for each in UNKNOWABLE if each not in COUNTED_ANYWAY])
def test_nothing_is_counted_where_nothing_can_be_known(
    console: Emulator, run: Run, case: str
) -> None:
    """The review has no amount; the file, or the one line, says why."""
    reading, said = UNKNOWABLE[case]
    set_up(console, reading)
    console.log_calls(CALLS)
    code, out, err = run("usage", "--preview", "preview.json")
    assert said in out + err
    if code:
        assert (code, out, err.count("\n")) == (2, "", 1)
        return
    assert read_usage(out, "usage.yaml") == {}
    assert monthly(run, "--preview", "preview.json") is None


def test_another_environment_is_counted_where_the_service_ignores_it(
    console: Emulator, run: Run
) -> None:
    """No answer shows it, so the file says that none does."""
    reading, said = UNKNOWABLE["every environment"]
    set_up(console, reading)
    console.log_calls(CALLS)
    assert monthly(run, "--preview", "preview.json") == "301.5"
    assert said in Path("usage.yaml").read_text()


def test_other_models_in_an_answer_are_seen_by_their_money(console: Emulator, run: Run) -> None:
    """If a filter is read as a prefix, tokens of a model at another price leave a gap."""
    console.metrics.matching = "prefix"
    console.put_model("acme/support-large", input_cost=30.0)
    console.log_calls([Call("acme/support", NOW, fresh=1_000_000)])
    console.log_calls([Call("acme/support-large", NOW, fresh=1_000_000)])
    code, out, _ = run("usage", "acme/support")
    assert code == 0
    gap = "gap: cost $6.00 at the live prices, the service counted $33.00 (+450%)"
    assert gap in out


def test_the_requests(console: Emulator, run: Run) -> None:
    """One list, two that prove filter and time, one for each model, one for an idle one's base."""
    console.put_model("acme/idle", base_model_name="openai/gpt-4o")
    console.put_model("acme/alone")
    console.log_calls(CALLS)
    assert run("usage", "acme/*")[0] == 0
    assert [each.path for each in console.requests] == ["/api/models/", *[SUMMARY] * 6]
    impossible, *others = summaries(console)
    assert impossible[0].startswith("keywordsai-dynamic/no-such-model-")
    assert others == [None, ["acme/alone"], ["acme/idle"], ["acme/support"], ["openai/gpt-4o"]]
    times = [parse_qs(each.query) for each in console.requests[1:]]
    assert {each["environment"][0] for each in times} == {"prod"}
    assert all(each.json["start_time"] == time["start_time"][0] for each, time in asked(console))
    assert all(each.json["end_time"] == time["end_time"][0] for each, time in asked(console))
    spans = [
        datetime.fromisoformat(time["end_time"][0]) - datetime.fromisoformat(time["start_time"][0])
        for time in times
    ]
    month, second = timedelta(days=30), timedelta(seconds=1)
    assert spans == [month, second, month, month, month, month]


def asked(console: Emulator) -> Iterable[tuple[Any, dict[str, list[str]]]]:
    return [(each, parse_qs(each.query)) for each in console.requests if each.path == SUMMARY]


@pytest.mark.parametrize(
    ("reading", "number"),
    [
        ({"filter_form": "array"}, 3),
        ({"filter_form": "scalar", "unread_filter": "dropped"}, 4),
        ({"filter_form": "scalar", "unread_filter": "refused"}, 4),
        # Nothing found, although there are calls; so the other form is tried.
        ({"filter_form": "scalar", "unread_filter": "nothing"}, 3 + 1 + 1 + 2),
        ({"filter_form": "neither"}, 2),
        ({"window": "ignored"}, 2),
        ({"window": "only_end"}, 2),
        ({"permitted": False}, 1),
    ],
)
def test_the_number_of_requests(
    console: Emulator, run: Run, reading: dict[str, Any], number: int
) -> None:
    """One model costs three requests for sums; each doubt costs what is needed to settle it."""
    set_up(console, reading)
    console.log_calls(CALLS)
    run("usage", "acme/support")
    assert len(summaries(console)) == number


def test_no_traffic_at_all(console: Emulator, run: Run) -> None:
    """Where there are no calls, one more request shows it, and no other form is tried."""
    code, out, err = run("usage", "acme/support")
    assert code == 0
    assert f"# {NO_CALLS}\n" in out
    assert err.splitlines()[1] == NO_CALLS
    assert err.startswith("0 of 1 model counted")
    assert len(summaries(console)) == 5
    assert read_usage(out, "usage.yaml") == {}


def test_a_base_is_asked_for_once(console: Emulator, run: Run) -> None:
    """Idle models of one base share its request, and a base that is a model was asked already."""
    console.put_model("acme/one", base_model_name="openai/gpt-4o")
    console.put_model("acme/two", base_model_name="acme/support")
    console.log_calls([Call("acme/support", NOW, fresh=1_000_000)])
    console.put_model("acme/three", base_model_name="openai/gpt-4o")
    code, out, _ = run("usage", "--all")
    assert code == 0
    names = ["acme/one", "acme/support", "acme/three", "acme/two", "openai/gpt-4o"]
    assert summaries(console)[2:] == [[each] for each in names]
    assert "1,000,000 tokens under its base acme/support may be of this model" in out


def test_the_whole_file(console: Emulator, run: Run) -> None:
    """Window, environment and doubts stand beside each figure."""
    console.put_model("acme/idle", base_model_name="openai/gpt-4o")
    console.log_calls(CALLS)
    code, out, err = run("usage", "acme/support", "acme/idle")
    start, end = (f"{each:%Y-%m-%d %H:%M}" for each in spanned(console))
    span = f"{start} to {end} UTC (30 days), environment prod"
    host = console.url.removeprefix("http://")
    assert out.splitlines()[:2] == [
        f"# Tokens for `keywordsai-dynamic review --usage`, counted by {host}.",
        f"# {span}.",
    ]
    assert out.partition("\nx-counted:\n")[2] == (
        f'  from: "{start.replace(" ", "T")}Z"\n'
        f'  to: "{end.replace(" ", "T")}Z"\n'
        "  environment: prod\n"
        "\n"
        f"# {span}: 3 calls; prompt tokens include cached ones; cost $2,889.00 at the live prices, "
        "the service counted $2,889.00\n"
        "acme/support:\n"
        "  input_tokens: 600000000\n"
        "  output_tokens: 90000000\n"
        "  cache_hit_input_tokens: 30000000\n"
        "\n"
        f"# {span}: not counted: no calls under this exact name; 6,000,000 tokens under its base "
        "openai/gpt-4o may be of this model\n"
        "# acme/idle: {}\n"
    )
    assert (code, err) == (
        0,
        f"1 of 2 models counted, {span}; comments say why the others are not\n",
    )


def spanned(console: Emulator) -> list[datetime]:
    query = parse_qs(next(each.query for each in console.requests if each.path == SUMMARY))
    return [datetime.fromisoformat(query[name][0]) for name in ("start_time", "end_time")]


def test_an_unsure_model_can_be_uncommented(console: Emulator, run: Run) -> None:
    """What may be right is written as comments, so that a user can decide for one."""
    console.metrics.costs = False
    console.log_calls([each for each in CALLS if not each.reasoning])
    _, out, _ = run("usage", "acme/support")
    head, *readings = out.split("# prompt tokens ")
    assert [each.splitlines()[0] for each in readings] == [
        "include cached ones",
        "do not include cached ones",
    ]
    chosen = readings[1].partition("\n")[2].replace("# ", "")
    assert yaml.safe_load(head + chosen)["acme/support"] == {
        "input_tokens": 630_000_000,
        "output_tokens": 60_000_000,
        "cache_hit_input_tokens": 30_000_000,
    }


def test_the_breakdown_is_one_request_that_is_marked(console: Emulator, run: Run) -> None:
    """One request proves the time, one has all models; the file says that no document names it."""
    console.put_model("acme/idle", base_model_name="openai/gpt-4o")
    console.put_model("acme/old")
    console.log_calls([*CALLS, Call("acme/old", NOW, fresh=5)])
    console.remove_model("acme/old")
    code, out, _ = run("usage", "--all", "--breakdown")
    assert code == 0
    assert [each.path for each in console.requests] == ["/api/models/", BREAKDOWN, BREAKDOWN]
    assert "# Counted by a route that no document names (--breakdown).\n" in out
    assert "# Calls were also logged under other names: acme/old.\n" in out
    assert "6,000,000 tokens under its base openai/gpt-4o may be of this model" in out
    assert list(read_usage(out, "u.yaml")) == ["acme/support"]


def test_a_breakdown_that_is_not_whole_proves_nothing(console: Emulator, run: Run) -> None:
    """A model that is missing in 50 rows may have calls."""
    for number in range(50):
        console.put_model(f"acme/{number:02}")
        console.log_calls([Call(f"acme/{number:02}", NOW, fresh=1_000_000)])
    console.log_calls([Call("acme/support", NOW, fresh=5)])
    _, out, err = run("usage", "--all", "--breakdown")
    assert "not counted: the service lists 50 models and may have more\n# acme/support: {}" in out
    assert err.startswith("50 of 51 models counted")


def test_a_service_s_own_limit_of_rows_is_seen(console: Emulator, run: Run) -> None:
    """Ten rows may be all that it answers, whatever the limit in the request is."""
    console.metrics.breakdown_limit = 10
    for number in range(12):
        console.put_model(f"acme/{number:02}")
        console.log_calls([Call(f"acme/{number:02}", NOW, fresh=1_000_000 - number)])
    _, out, err = run("usage", "acme/11", "--breakdown")
    assert "not counted: the service lists 10 models and may have more\n# acme/11: {}" in out
    assert err.startswith("0 of 1 model counted")


def test_a_service_without_the_breakdown(console: Emulator, run: Run) -> None:
    """The route may not exist; the other way needs no flag."""
    console.metrics.breakdown = False
    code, out, err = run("usage", "--all", "--breakdown")
    assert (code, out) == (2, "")
    assert err == f"POST {BREAKDOWN} returned 404: Not found. Leave out --breakdown.\n"


def test_a_breakdown_that_ignores_the_time(console: Emulator, run: Run) -> None:
    """The time is proved there too."""
    console.metrics.window = "ignored"
    console.log_calls(CALLS)
    code, out, err = run("usage", "--all", "--breakdown")
    assert (code, out) == (2, "")
    assert err.startswith("The service does not keep to the time: it counts calls in 2099.")


def test_a_key_without_the_right(console: Emulator, run: Run) -> None:
    """A 403 says which right may be missing; nothing is written."""
    console.metrics.permitted = False
    assert run("usage", "acme/support") == (
        2,
        "",
        f"POST {SUMMARY} returned 403: You do not have permission to perform this action. The key "
        "may lack the right to read logs and the dashboard's metrics; no page says which. Ask an "
        "admin of the organization for a key that has it.\n",
    )


def test_a_proxy_s_404_is_not_the_service_s(console: Emulator, run: Run) -> None:
    """A route that is missing at the API is one thing, a wrong address another."""
    console.faults.proxy(404, raw="<html>nginx</html>", path="/api/dashboard/*")
    code, out, err = run("usage", "acme/support")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "returned 404, but not from the Keywords AI API (check the base URL)" in err


def test_a_service_without_metrics(console: Emulator, run: Run) -> None:
    """Where the API itself has no such route, the line says what to do instead."""
    console.faults.fail_next(status=404, path=SUMMARY)
    code, out, err = run("usage", "acme/support")
    assert (code, out) == (2, "")
    assert err == (
        f"POST {SUMMARY} returned 404: Not found. Write the usage file yourself, from the "
        "dashboard's figures.\n"
    )


def test_the_request_limit_is_respected(console: Emulator, run: Run) -> None:
    """A 429 waits as long as the service asks, and nothing is counted twice or lost."""
    console.faults.limit(2, per=0.3, told_in_steps_of=0.1)
    for number in range(4):
        console.put_model(f"acme/{number}", input_cost=1)
        console.log_calls([Call(f"acme/{number}", NOW, fresh=1_000_000)])
    code, out, _ = run("usage", "acme/?")
    assert code == 0
    assert [each["input_tokens"] for each in read_usage(out, "u.yaml").values()] == [10**6] * 4
    assert any(each.status == 429 for each in console.requests)


def test_an_error_about_one_model_is_that_model_s(console: Emulator, run: Run) -> None:
    """A 500, or sums that are none, costs one model; the others are counted."""
    console.put_model("acme/one", input_cost=1)
    console.put_model("acme/two", input_cost=1)
    console.log_calls([*CALLS, Call("acme/one", NOW, fresh=5), Call("acme/two", NOW, fresh=5)])
    console.faults.when_asked(lambda: fail(status=500), path=SUMMARY, after=1)
    console.faults.when_asked(
        lambda: fail(body={"total_prompt_tokens": -1}, status=200), path=SUMMARY, after=2
    )

    def fail(**how: Any) -> None:  # noqa: ANN401  (what a fault is)
        console.faults.fail_next(path=SUMMARY, **how)

    code, out, err = run("usage", "acme/one", "acme/support", "acme/two")
    assert code == 0
    assert f"not counted: POST {SUMMARY} returned 500: Internal server error" in out
    assert list(read_usage(out, "u.yaml")) == ["acme/support"]
    assert "returned a total_prompt_tokens that is not a sum: -1." in out
    assert err.startswith("1 of 3 models counted")


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "sums",
        5,
        {"detail": "soon"},
        {"total_prompt_tokens": 1.5},
        {"total_prompt_tokens": True},
        {"total_cost": "many"},
        {"total_tokens": 1e300},
        {"prompt_cache_hit_tokens": [1]},
    ],
)
def test_an_answer_without_sums_proves_nothing(console: Emulator, run: Run, answer: object) -> None:
    """An odd answer to the control is no proof; both forms are tried, and nothing is counted."""
    console.faults.fail_next(99, status=200, body=answer, path=SUMMARY)
    code, out, err = run("usage", "acme/support")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "Nothing was counted." in err


NAMES = [
    "[beta] x*",
    "yes",
    "null",
    "1e3",
    "a: b # c",
    "é\u2028\x85\ufeff\uffff",
    "-",
    "*",
    "'\"",
    "<<",
]


def test_any_name_comes_back(console: Emulator, run: Run) -> None:
    """Names that YAML, shells or patterns read in another way are written so that they are kept."""
    for name in NAMES:
        console.put_model(name, input_cost=1)
        console.log_calls([Call(name, NOW, fresh=1_000_000)])
    code, out, _ = run("usage", "--all")
    assert code == 0
    found = read_usage(out, "u.yaml")
    counts = {"input_tokens": 10**6, "output_tokens": 0, "cache_hit_input_tokens": 0}
    assert found == {as_key(name): counts for name in NAMES}
    assert printable(out) == out


def test_a_name_with_a_star_is_no_pattern_for_the_review(console: Emulator, run: Run) -> None:
    """Its tokens are not those of every model, even if the preview does not list it."""
    console.put_model("acme/*", **OLD)
    console.log_calls([Call("acme/*", NOW, fresh=1_000_000)])
    assert monthly(run, "acme/*") is None
    document = preview(update("acme/*", OLD, NEW), update("acme/support", OLD, NEW))
    Path("preview.json").write_text(json.dumps(document))
    _, out, _ = run("review", "preview.json", "--usage", "usage.yaml", "--format", "json")
    changes = json.loads(out)["stacks"][0]["changes"]
    assert {each["model_name"]: each["monthly"] for each in changes} == {
        "acme/*": "0.5",
        "acme/support": None,
    }


@pytest.mark.parametrize("name", ["n\n- evil: {input_tokens: 5M}", "n\r# x", "\x1b]0;t\x07", "~"])
def test_an_idle_model_s_name_stays_in_its_comment(console: Emulator, run: Run, name: str) -> None:
    """A line break in a name does not end the comment."""
    console.put_model(name, base_model_name="openai/gpt-4o")
    console.log_calls([Call("openai/gpt-4o", NOW, fresh=5)])
    _, out, _ = run("usage", "--all")
    assert read_usage(out, "u.yaml") == {}
    assert printable(out) == out


def test_a_name_that_yaml_reads_as_shared_values(console: Emulator, run: Run) -> None:
    """`x-small` would be left out silently where the file is read; so it is a comment."""
    console.put_model("x-small", input_cost=1)
    console.put_model("x-ai/grok", input_cost=1)
    console.log_calls([Call("x-small", NOW, fresh=5_000), Call("x-ai/grok", NOW, fresh=5_000)])
    _, out, err = run("usage", "x-*")
    assert list(read_usage(out, "u.yaml")) == ["x-ai/grok"]
    assert "# not counted: YAML reads this name as shared values; use CSV\n# x-small:" in out
    assert err.startswith("1 of 2 models counted")


def test_a_name_beats_a_pattern(console: Emulator, run: Run) -> None:
    """`acme/[x]` is the model of that name where there is one; a pattern skips built-in models."""
    console.put_model("acme/[x]")
    console.put_model("acme/x")
    run("usage", "acme/[x]")
    assert summaries(console)[2] == ["acme/[x]"]
    console.requests.clear()
    run("usage", "*[x]", "openai/gpt-4")
    assert summaries(console)[2:5] == [["acme/x"], ["openai/gpt-4"], None]


def test_the_models_of_a_catalog(console: Emulator, run: Run) -> None:
    """A catalog's models are counted; one that is not live yet is said, not asked for."""
    Path("models.yaml").write_text(
        "acme/support: {base_model_name: gpt-4o, input_cost: 1}\n"
        "acme/next: {base_model_name: gpt-4o, input_cost: 1}\n"
    )
    console.log_calls(CALLS)
    _, out, err = run("usage", "--catalog", "models.yaml")
    assert summaries(console)[2:] == [["acme/support"]]
    assert "not counted: there is no such model yet\n# acme/next: {}\n" in out
    assert err.startswith("1 of 2 models counted")


def test_a_preview_that_changes_no_price_asks_nothing(console: Emulator, run: Run) -> None:
    """There is nothing to count, and the file that says so can be read."""
    Path("same.json").write_text(json.dumps(preview(step("same", "acme/support", OLD, OLD))))
    code, out, err = run("usage", "--preview", "same.json")
    assert code == 0
    assert [each.path for each in console.requests] == []
    assert err.startswith("No model to count")
    assert read_usage(out, "u.yaml") == {}


WRONG = {
    "nothing chosen": (
        [],
        "No model was chosen: name models, or choose them with --preview, --catalog or --all.",
    ),
    "no such model": (
        ["acme/suport", "acme/support", "b\x1b*"],
        "No custom model matches acme/suport, b\\x1b*; `keywordsai-dynamic models` lists them.",
    ),
    "an odd time": (
        ["--last", "30", "acme/support"],
        "--last 30: write how far to look back, like 30d, 4w or 12h; at most 366d.",
    ),
    "a long time": (
        ["--last", "99w", "acme/support"],
        "--last 99w: write how far to look back, like 30d, 4w or 12h; at most 366d.",
    ),
    "no such preview": (["--preview", "no.json"], "no.json: No such file or directory"),
    "no such catalog": (
        ["--catalog", "no.yaml"],
        "{folder}/no.yaml: cannot be read: No such file or directory",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_one_line(console: Emulator, run: Run, case: str) -> None:
    """Nothing is asked about calls, and nothing is written."""
    arguments, sentence = WRONG[case]
    said = sentence.replace("{folder}", str(Path.cwd()))
    assert run("usage", *arguments) == (2, "", f"{said}\n")
    assert summaries(console) == []


def test_a_preview_that_failed_may_lack_models(console: Emulator, run: Run) -> None:
    """Its models are not all that it would change."""
    failed = preview(
        update("acme/support", OLD, NEW),
        diagnostics=[{"severity": "error", "message": "boom", "prefix": "error: "}],
    )
    Path("failed.json").write_text(json.dumps(failed))
    code, out, err = run("usage", "--preview", "failed.json")
    assert (code, out) == (2, "")
    assert err == "failed.json: the preview ended in an error, so models may be missing: boom\n"


def test_another_time_than_a_month_is_said(console: Emulator, run: Run) -> None:
    """The review takes counts for those of a month, so the file and a line say that it is none."""
    console.log_calls(CALLS)
    code, out, err = run("usage", "--last", "1w", "acme/support")
    assert code == 0
    assert (
        "# This is not a month of 30 days; the review takes the counts for those of a month.\n"
        in out
    )
    assert "(7 days)" in err
    assert err.splitlines()[1] == (
        "these are not the counts of a month of 30 days, which the review expects"
    )
    assert read_usage(out, "u.yaml")["acme/support"]["input_tokens"] == 500_000_000


def test_no_secret_is_shown(console: Emulator, run: Run) -> None:
    """The key is in no line, even if the service repeats it, or a model is called like it."""
    key = console.api_key
    console.put_model(f"m-{key}", base_model_name="openai/gpt-4o")
    console.faults.fail_next(status=500, body={"detail": "no: {authorization}"}, path=SUMMARY)
    console.faults.fail_next(status=403, body={"detail": "no: {authorization}"}, path=SUMMARY)
    _, out, err = run("usage", "acme/support")
    assert key not in out + err
    console.faults.clear()
    _, out, err = run("usage", "--all")
    comments = [line for line in (out + err).splitlines() if not line.startswith("# m-")]
    assert key not in "\n".join(comments)


def test_progress_is_for_people(console: Emulator) -> None:
    """At a terminal, a long count shows how far it is; in a pipe it shows nothing."""
    console.faults.latency = 0.6
    console.log_calls(CALLS)
    command = [TOOL, "usage", "acme/support"]
    watched, terminal = pty.openpty()
    subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, check=True)  # noqa: S603
    os.close(terminal)
    shown = os.read(watched, 100_000).decode()
    os.close(watched)
    assert "counting tokens" in shown
    assert "request 3 of about 3" in shown
    piped = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    assert piped.stderr.decode().startswith("1 of 1 model counted")


def test_tokens_written_to_a_cache_leave_a_gap(console: Emulator, run: Run) -> None:
    """They are in no sum, but in the money; where cached ones are in doubt, nothing counts."""
    console.edit_model("acme/support", cache_creation_input_cost=3.75)
    console.log_calls([Call("acme/support", NOW, fresh=10**6, cached=10**6, created=10**6)])
    _, out, _ = run("usage", "acme/support")
    assert read_usage(out, "u.yaml") == {}
    assert "gap: cost $6.30 at the live prices, the service counted $7.05 (+11.9%)" in out


def test_money_without_tokens_is_no_count(console: Emulator, run: Run) -> None:
    """Calls that were logged with their cost alone; 0 tokens would be a bill of nothing."""
    console.faults.when_asked(
        lambda: console.faults.fail_next(
            status=200,
            path=SUMMARY,
            body={
                "number_of_requests": 5,
                "total_cost": 12.5,
                "total_prompt_tokens": 0,
                "total_completion_tokens": 0,
                "prompt_cache_hit_tokens": 0,
            },
        ),
        path=SUMMARY,
        after=1,
    )
    _, out, _ = run("usage", "acme/support")
    assert read_usage(out, "u.yaml") == {}
    assert "5 calls; the service counted $12.50, but no tokens\n# acme/support: {}" in out


def test_cached_tokens_without_a_price_prove_nothing(console: Emulator, run: Run) -> None:
    """A service that bills them like the rest of the prompt has the same money as one beside it."""
    console.edit_model("acme/support", cache_hit_input_cost=0)
    console.metrics.cached = "beside"
    console.log_calls([Call("acme/support", NOW, fresh=10**6, cached=10**6)])
    _, out, _ = run("usage", "acme/support")
    assert read_usage(out, "u.yaml") == {}
    assert "which of these is right is unclear\n# cached tokens are billed like the rest" in out
