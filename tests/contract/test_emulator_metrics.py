"""The emulator plays logs and the dashboard's sums, as documents and the vendor's client say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from keywordsai_dynamic.emulator import Call, Emulator, Metrics, made_up

NOW = datetime(2026, 11, 27, tzinfo=UTC)
SUMMARY, BREAKDOWN = "/api/dashboard/llm-metrics/summary/", "/api/dashboard/breakdown/"
TIME = {"start_time": "2026-11-01T00:00:00Z", "end_time": "2026-12-01T00:00:00Z"}
CALL = Call("acme/one", NOW, fresh=100, cached=20, created=3, completion=50, reasoning=10)


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    """Hold a connection with a good key to a service with a model and a call."""
    emulator.put_model("acme/one", base_model_name="gpt-4o", input_cost=1, output_cost=2)
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


def named(value: object, name: str = "model") -> dict[str, Any]:
    return {"filters": {name: {"operator": "", "value": value}}}


def requests(answer: httpx.Response) -> int:
    """How many calls were summed up."""
    assert answer.status_code == 200
    number: int = answer.json()["number_of_requests"]
    return number


def test_a_call_is_summed_up(emulator: Emulator, api: httpx.Client) -> None:
    """Prompt tokens include cached ones, and money is that of the model's prices."""
    emulator.log_calls([CALL])
    answer = api.post(SUMMARY, params=TIME, json=named(["acme/one"])).json()
    assert answer.pop("total_cost") == pytest.approx((100 + 20 * 1.25 + 50 * 2) / 1_000_000)
    assert answer == {
        "number_of_requests": 1,
        "total_prompt_tokens": 123,
        "total_completion_tokens": 50,
        "total_tokens": 173,
        "prompt_cache_hit_tokens": 20,
        "reasoning_tokens": 10,
        "error_count": 0,
        "average_latency": None,
    }


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ({"cached": "beside"}, {"total_prompt_tokens": 100, "total_tokens": 150}),
        (
            {"cached": "beside", "total": "everything"},
            {"total_prompt_tokens": 100, "total_tokens": 173},
        ),
        ({"reasoning": "beside"}, {"total_completion_tokens": 40, "total_tokens": 163}),
        ({"total": "absent"}, {"total_tokens": None}),
        ({"total": "wrong"}, {"total_tokens": 346}),
        ({"split": False}, {"total_prompt_tokens": None, "total_completion_tokens": None}),
        ({"costs": False}, {"total_cost": None}),
        ({"numbers_as_text": True}, {"total_tokens": "173", "number_of_requests": "1"}),
    ],
)
def test_sums_are_written_in_other_ways(
    emulator: Emulator, api: httpx.Client, setting: dict[str, Any], changed: dict[str, Any]
) -> None:
    """Each switch changes what it says."""
    emulator.log_calls([CALL])
    for name, value in setting.items():
        setattr(emulator.metrics, name, value)
    answer = api.post(SUMMARY, params=TIME, json={}).json()
    assert {name: answer[name] for name in changed} == changed


@pytest.mark.parametrize(
    ("setting", "body", "number"),
    [
        ({}, named(["acme/one"]), 1),
        ({}, named("acme/one"), 1),
        ({}, named(["acme/on"]), 0),
        ({}, {}, 1),
        ({"filter_form": "array"}, named("acme/on"), 1),  # dropped
        ({"filter_form": "scalar"}, named(["acme/on"]), 1),
        ({"filter_form": "neither"}, named("acme/on"), 1),
        ({"filter_form": "array", "unread_filter": "nothing"}, named("acme/one"), 0),
        ({"matching": "prefix"}, named("acme/on"), 1),
        ({"environment": "filter"}, named(["test"], "environment"), 0),
        ({"environment": "filter"}, named(["prod"], "environment"), 1),
        ({}, named(["test"], "environment"), 1),
    ],
)
def test_filters(
    emulator: Emulator,
    api: httpx.Client,
    setting: dict[str, Any],
    body: dict[str, Any],
    number: int,
) -> None:
    """A filter is applied, dropped without a word, or finds nothing."""
    emulator.log_calls([CALL])
    for name, value in setting.items():
        setattr(emulator.metrics, name, value)
    assert requests(api.post(SUMMARY, params=TIME, json=body)) == number


def test_a_filter_is_refused(emulator: Emulator, api: httpx.Client) -> None:
    """With `unread_filter="refused"`, the other form is a 400."""
    emulator.metrics.filter_form, emulator.metrics.unread_filter = "scalar", "refused"
    answer = api.post(SUMMARY, params=TIME, json=named(["acme/one"]))
    assert (answer.status_code, answer.json()) == (
        400,
        {"filters": ["Invalid filter value: model"]},
    )


@pytest.mark.parametrize(
    ("where", "numbers"), [("query", [1, 2]), ("body", [2, 1]), ("ignored", [2, 2])]
)
def test_the_time_is_read_in_one_place(
    emulator: Emulator,
    api: httpx.Client,
    where: Any,  # noqa: ANN401  (one of the switch's values)
    numbers: list[int],
) -> None:
    """In the query, in the body, or nowhere; without a time, everything counts."""
    emulator.metrics.window = where
    emulator.log_calls([CALL, Call("acme/one", NOW - timedelta(days=300))])
    in_query, in_body = api.post(SUMMARY, params=TIME, json={}), api.post(SUMMARY, json=TIME)
    assert [requests(in_query), requests(in_body)] == numbers


def test_a_time_that_is_none_is_refused(api: httpx.Client) -> None:
    """It is a 400, as a filter that cannot be read may be."""
    answer = api.post(SUMMARY, params={"start_time": "soon"}, json={})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Invalid time: soon"})


def test_an_organization_has_its_own_logs(emulator: Emulator, api: httpx.Client) -> None:
    """A key sees its own; without one, nothing; and a right may be missing."""
    emulator.log_calls([CALL])
    assert requests(api.post(SUMMARY, params=TIME, json={})) == 1
    assert httpx.post(f"{emulator.url}{SUMMARY}", json={}).status_code == 401
    emulator.metrics.permitted = False
    assert api.post(SUMMARY, params=TIME, json={}).status_code == 403


@pytest.mark.parametrize(
    ("without", "answer"),
    [("zeros", {"total_tokens": 0}), ("nulls", {"total_tokens": None}), ("empty", {})],
)
def test_no_calls(emulator: Emulator, api: httpx.Client, without: Any, answer: Any) -> None:  # noqa: ANN401
    """Zeros, nulls, or an empty object."""
    emulator.metrics.without_traffic = without
    found = api.post(SUMMARY, params=TIME, json={}).json()
    assert {name: found[name] for name in ("total_tokens",) if name in found} == answer


def test_the_breakdown(emulator: Emulator, api: httpx.Client) -> None:
    """A row for each name in the logs, the largest first, under the metric that sorts."""
    emulator.put_model("acme/two")
    emulator.log_calls([CALL, Call("acme/two", NOW, fresh=1_000)])
    asked = {**TIME, "sort_by": "total_tokens", "limit": "5"}
    rows = api.post(BREAKDOWN, params=asked, json={"filters": {}}).json()["total_tokens"]
    assert [(row["model"], row["total_tokens"]) for row in rows] == [
        ("acme/two", 1_000),
        ("acme/one", 173),
    ]
    emulator.metrics.breakdown_limit = 1
    assert len(api.post(BREAKDOWN, params=asked, json={}).json()["total_tokens"]) == 1
    emulator.metrics.breakdown = False
    assert api.post(BREAKDOWN, params=asked, json={}).status_code == 404


def test_names_in_the_logs(emulator: Emulator, api: httpx.Client) -> None:
    """The base's name, or a version behind it, is under neither name that was called."""
    emulator.metrics.logged_name, emulator.metrics.suffixed = "base", True
    emulator.log_calls([CALL])
    assert requests(api.post(SUMMARY, params=TIME, json=named("acme/one"))) == 0
    assert requests(api.post(SUMMARY, params=TIME, json=named("gpt-4o-2025-11-13"))) == 1


def test_a_misspelled_setting_is_refused() -> None:
    """It would have no effect, silently."""
    metrics = Metrics()
    with pytest.raises(AttributeError):
        metrics.cahced = "beside"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="cached is one of inside, beside, not 'outside'"):
        metrics.cached = "outside"  # type: ignore[assignment]


def test_a_seed_makes_the_same_calls() -> None:
    """Within the days, and others with another seed or model."""
    calls = made_up(1, "m", NOW, days=7, calls=50)
    assert calls == made_up(1, "m", NOW, days=7, calls=50)
    assert calls != made_up(2, "m", NOW, days=7, calls=50)
    assert all(NOW - timedelta(days=7) < each.time < NOW for each in calls)
    assert {each.cached > 0 for each in calls} == {True, False}
