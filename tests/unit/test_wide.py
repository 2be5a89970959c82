"""Many models at a time: what is begun, what is kept of it, and when no more is begun."""

import re
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from keywordsai_dynamic.api.sending import EndingError
from keywordsai_dynamic.core.errors import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    KeywordsAIError,
)
from keywordsai_dynamic.lifecycle.wide import WIDTH, Crew

NAMES = [f"acme/{number}" for number in range(100)]


class Run:
    """Stands in for a run: its clock moves a second at each look."""

    def __init__(self) -> None:
        self.is_ending = False
        self.told: list[tuple[str, str | None]] = []
        self.log = SimpleNamespace(status=lambda text, urn: self.told.append((text, urn)))
        self._now = 0.0
        self.budget: int | None = None
        self.is_waiting = False

    @property
    def client(self) -> Any:  # noqa: ANN401  (a stand-in)
        """The client, of which only the clock is asked."""
        self._now += 0.1
        return SimpleNamespace(
            now=self._now, budget=self.budget, is_waiting=self.is_waiting, sleep=time.sleep
        )


def crew(run: Run, total: int = 0) -> Crew[str]:
    return Crew(run, total, "urn")  # type: ignore[arg-type]  # a stand-in


def status(code: int) -> KeywordsAIError:
    return APIStatusError(f"returned {code}", status_code=code, detail="no")


def test_as_many_at_a_time_as_it_says() -> None:
    """They all meet at a barrier, and no other model begins before one of them has ended."""
    barrier, lock, running, most = threading.Barrier(WIDTH), threading.Lock(), set[str](), [0]

    def step(name: str) -> str:
        with lock:
            running.add(name)
            most.append(len(running))
        barrier.wait(timeout=20)
        with lock:
            running.discard(name)
        return name.upper()

    one = crew(Run())
    one.each(NAMES[: 2 * WIDTH], step)
    assert max(most) == WIDTH
    assert one.done == {name: name.upper() for name in NAMES[: 2 * WIDTH]}


def test_no_more_at_a_time_than_the_service_allows() -> None:
    """So that none of them waits for more than a window of the request limit."""
    run, running, most = Run(), set[str](), [0]
    run.budget = 3
    one = crew(run)

    def step(name: str) -> str:
        running.add(name)
        most.append(len(running))
        time.sleep(0.01)
        running.discard(name)
        return name

    one.each(NAMES[:12], step)
    assert (len(one.done), max(most)) == (12, 3)


def test_none_overtakes_one_that_waits() -> None:
    """While a model waits for the request limit, no other is begun, whatever else has ended."""
    run, begun = Run(), list[str]()
    waits, goes_on = threading.Event(), threading.Event()
    one = crew(run)

    def step(name: str) -> str:
        begun.append(name)
        if name == NAMES[0]:
            run.is_waiting = True
            waits.set()
            goes_on.wait(20)
            run.is_waiting = False
        else:
            waits.wait(20)
        return name

    whole = threading.Thread(target=one.each, args=(NAMES[: 3 * WIDTH], step))
    whole.start()
    waits.wait(20)
    time.sleep(0.3)
    assert len(begun) <= WIDTH
    goes_on.set()
    whole.join()
    assert len(one.done) == 3 * WIDTH


def test_the_status_counts() -> None:
    """At most twice a second, and at the end."""
    run = Run()
    crew(run, 100).each(NAMES, str.upper)
    counts = [int(re.fullmatch(r"(\d+) of 100 models", text)[1]) for text, _ in run.told]  # type: ignore[index]  # or the test fails
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (1, 100)
    assert 10 < len(counts) < 40
    assert {urn for _, urn in run.told} == {"urn"}


@pytest.mark.parametrize(
    ("error", "goes_on"),
    [
        (lambda: status(400), True),
        (lambda: status(404), True),
        (lambda: status(422), True),
        (lambda: KeywordsAIError("acme/7 already exists with different values"), True),
        (lambda: status(401), False),
        (lambda: status(403), False),
        (lambda: status(429), False),
        (lambda: status(500), False),
        (lambda: APIConnectionError("no answer"), False),
        (lambda: ConfigurationError("no key"), False),
    ],
)
def test_what_all_would_meet_ends_it(error: Callable[[], KeywordsAIError], goes_on: bool) -> None:
    """An error of one model says nothing of the next; of the others, no more are begun."""

    def step(name: str) -> str:
        if name == NAMES[7]:
            raise error()
        return name

    one = crew(Run())
    for name in NAMES:  # one after the other, so that it is sure which came later
        one.each([name], step)
    assert list(one.failed) == [NAMES[7]]
    assert list(one.done) == (NAMES[:7] + NAMES[8:] if goes_on else NAMES[:7])
    assert one.stopped is not goes_on


def test_a_run_that_ends_begins_no_more() -> None:
    """What has begun ends; one that only waits for the limit has not begun, and is no failure."""
    run = Run()
    one = crew(run)

    def step(name: str) -> str:
        if name == NAMES[3]:
            run.is_ending = True
        if name == NAMES[5]:
            raise EndingError("not sent")
        return name

    for name in NAMES[:10]:
        one.each([name], step)
    assert (list(one.done), one.failed) == (NAMES[:4], {})
    run.is_ending = False
    one.each([NAMES[5]], step)
    assert (one.stopped, one.failed) == (True, {})


def test_the_results_of_all_or_a_reason() -> None:
    """A run that ends leaves models without a result and without an error, and that is told."""
    run = Run()
    one = crew(run)
    one.each(NAMES[:2], str)
    assert one.whole("The run ends.") == {name: name for name in NAMES[:2]}
    run.is_ending = True
    one.each(NAMES[2:4], str)
    with pytest.raises(KeywordsAIError, match=r"The run ends\."):
        one.whole("The run ends.")
    one.failed[NAMES[2]] = status(400)
    with pytest.raises(APIStatusError):
        one.whole("The run ends.")
