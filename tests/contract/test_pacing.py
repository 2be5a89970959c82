"""Four threads, as a provider has them, against a service that limits, fails and breaks off."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import APIStatusError
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.faults import RetryAfterIn

THREADS = 4


class Connection:
    """Our client with a clock of its own, and what it told the user while it waited."""

    def __init__(self, emulator: Emulator, deadline: float = 300) -> None:
        self.told: list[str] = []
        settings = Settings(emulator.api_key, "the test", emulator.url, deadline)
        self.client = KeywordsAIClient(Sender(settings, on_wait=self.told.append))

    def upsert(self, index: int) -> None:
        self.client.upsert_model({"model_name": f"acme/{index:02}", "input_cost": index})


@pytest.fixture
def connection(emulator: Emulator) -> Iterator[Connection]:
    """Connect to the emulator."""
    made = Connection(emulator)
    yield made
    made.client.close()


def on_four_threads(call: Callable[[int], object], count: int) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(call, range(count)))


@pytest.mark.parametrize("told_in", ["body", "header", "both"])
def test_a_window_costs_one_429_and_nothing_is_lost(
    emulator: Emulator, connection: Connection, told_in: RetryAfterIn
) -> None:
    """Forty upserts at ten a second: all arrive once, and each wait is told in one sentence."""
    emulator.faults.limit(10, per=1, retry_after_in=told_in, told_in_steps_of=0.05)
    on_four_threads(connection.upsert, 40)
    statuses = Counter(request.status for request in emulator.requests)
    assert {name: model["input_cost"] for name, model in emulator.models().items()} == {
        f"acme/{index:02}": index for index in range(40)
    }
    assert statuses.keys() == {201, 429}
    assert statuses[201] == 40
    # Each thread may run into the end of the first window, and one into that of each later one, or
    # two on a busy machine, which needs more windows too.
    windows = int(emulator.requests[-1].time - emulator.requests[0].time) + 1
    assert 3 <= statuses[429] <= THREADS - 2 + 2 * windows
    told = "the service's request limit is reached, retrying in 1 s"
    assert connection.told == [told] * len(connection.told)
    assert 3 <= len(connection.told) <= windows


def test_without_a_word_of_when_the_pause_grows(emulator: Emulator, connection: Connection) -> None:
    """A 429 that names no time is waited out all the same."""
    emulator.faults.limit(3, per=0.5, retry_after_in="neither")
    on_four_threads(connection.upsert, 5)
    assert len(emulator.models()) == 5
    assert connection.told == ["the service's request limit is reached, retrying in 2 s"]


def test_nobody_asks_while_the_gate_is_closed(emulator: Emulator, connection: Connection) -> None:
    """From a 429 on until the service's time is up, not one request of any thread arrives."""
    emulator.faults.limit(6, per=1, told_in_steps_of=0.05)
    on_four_threads(connection.upsert, 12)
    refused = [request.time for request in emulator.requests if request.status == 429]
    opened = emulator.requests[0].time + 1
    assert refused != []
    # What was under way when the first 429 came is no request of a thread that knew.
    between = [r.time for r in emulator.requests if refused[-1] + 0.05 < r.time < opened]
    assert between == []


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_service_that_is_away_for_a_moment_is_asked_again(
    emulator: Emulator, connection: Connection, status: int, when: str
) -> None:
    """502, 503 and 504 cost a pause, whether the write was applied or not, and write one model."""
    if when == "before":
        emulator.faults.fail_next(status=status)
    else:
        emulator.faults.fail_next(status=status, when="after")
    connection.upsert(7)
    last = emulator.requests[-1].status
    assert [request.status for request in emulator.requests] == [status, last]
    assert last == (201 if when == "before" else 200)
    assert emulator.models().keys() == {"acme/07"}
    assert connection.told == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 418, 422, 451])
def test_a_refusal_is_never_repeated(
    emulator: Emulator, connection: Connection, status: int
) -> None:
    """Any other 4xx is an answer: it is told at once, in the service's words."""
    emulator.faults.fail_next(2, status=status, body={"detail": "This is why."})
    with pytest.raises(APIStatusError, match=r"This is why\.") as raised:
        connection.upsert(0)
    assert raised.value.status_code == status
    assert [request.status for request in emulator.requests] == [status]


def test_a_deadline_ends_every_threads_wait(emulator: Emulator) -> None:
    """At a limit that outlasts the deadline nobody waits: each thread gets the service's words."""
    emulator.faults.limit(1, per=60)
    connection = Connection(emulator, deadline=30)
    began, errors = time.monotonic(), []

    def upsert(index: int) -> None:
        try:
            connection.upsert(index)
        except APIStatusError as error:
            errors.append(error.detail)

    on_four_threads(upsert, 8)
    connection.client.close()
    assert errors == ["Rate limit exceeded"] * 7
    assert len(emulator.models()) == 1
    assert len(emulator.requests) <= 1 + THREADS
    assert connection.told == []
    assert time.monotonic() - began < 25


def test_a_wait_beyond_the_deadline_is_not_begun(emulator: Emulator) -> None:
    """Every thread is told at once what the service asks for, and none of them asks anew."""
    emulator.faults.fail_next(
        99, status=429, body={"detail": "Slow down."}, headers={"Retry-After": "7200"}
    )
    connection = Connection(emulator, deadline=60)
    began, told = time.monotonic(), list[str]()

    def upsert(index: int) -> None:
        with pytest.raises(APIStatusError) as refused:
            connection.upsert(index)
        told.append(str(refused.value))

    on_four_threads(upsert, 40)
    connection.client.close()
    assert time.monotonic() - began < 30
    assert len(emulator.requests) <= THREADS
    assert len(told) == 40
    sentence = re.compile(
        r"POST /api/models/ (returned 429|was not sent, because of the request limit): Slow down\. "
        r"The service asks to wait 7\d{3}(\.\d)? s, but a call may take only 60 s\. Wait and run "
        r"again, or raise KEYWORDSAI_DEADLINE\."
    )
    assert [each for each in told if not sentence.fullmatch(each)] == []
    assert connection.told == []


def test_a_wait_that_this_call_has_no_time_for_is_not_begun(
    emulator: Emulator, connection: Connection
) -> None:
    """A look that may take seconds does not wait a minute, and the next call may."""
    emulator.faults.fail_next(status=429, headers={"Retry-After": "60"})
    with pytest.raises(APIStatusError) as refused:
        connection.client.find_model("m", deadline=9)
    assert re.fullmatch(
        r"GET /api/models/m/ returned 429: Rate limit exceeded\. The service asks to wait 60 "
        r"s, but this call has only [5-9] s left\. Run again later\.",
        str(refused.value),
    )
    assert connection.told == []


def test_refusals_without_a_wait_slow_down(emulator: Emulator) -> None:
    """A service that lets nobody wait, and nothing through, is asked a few times."""
    emulator.faults.fail_next(999, status=429, headers={"Retry-After": "0"})
    connection = Connection(emulator, deadline=11)
    failed: list[str] = []

    def upsert(index: int) -> None:
        with pytest.raises(APIStatusError) as refused:
            connection.upsert(index)
        failed.append(str(refused.value))

    on_four_threads(upsert, 4)
    connection.client.close()
    assert len(failed) == 4
    # Four that go together, and then one after 0.2 s, 0.4, 0.8, 1.6 and 3.2.
    assert len(emulator.requests) <= THREADS + 5
    sentence = re.compile(
        r"POST /api/models/ (returned 429|was not sent.*): Rate limit exceeded\. The next try "
        r"would be in [\d.]+ s, but this call has only \d+ s left\. Run again later\."
    )
    assert [each for each in failed if not sentence.fullmatch(each)] == []


def test_a_date_is_waited_for(emulator: Emulator, connection: Connection) -> None:
    """It is held against the date of the answer, whatever the clock here says."""
    emulator.faults.fail_next(
        status=429,
        headers={
            "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
            "Retry-After": "Wed, 21 Oct 2026 07:28:01 GMT",
        },
    )
    connection.upsert(7)
    first, second = emulator.requests
    assert (first.status, second.status) == (429, 201)
    assert 0.9 < second.time - first.time < 30
    assert connection.told == ["the service's request limit is reached, retrying in 1 s"]


def test_random_faults_end_in_what_was_sent(emulator: Emulator, connection: Connection) -> None:
    """One in five requests dropped or refused, at a limit: every model is there, as it was sent."""
    emulator.faults.random_faults(5, drop_before=0.07, drop_after=0.07, error_503=0.06)
    emulator.faults.limit(10, per=0.5, told_in_steps_of=0.05)
    on_four_threads(connection.upsert, 60)
    assert {name: model["input_cost"] for name, model in emulator.models().items()} == {
        f"acme/{index:02}": index for index in range(60)
    }
    played = Counter(request.fault for request in emulator.requests)
    assert {"drop_before", "drop_after", "error_503", "rate_limit"} <= played.keys()
