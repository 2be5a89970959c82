"""When the next request may go: time is handed in, so that minutes pass in no time."""

import pytest

from keywordsai_dynamic.api.pace import Pace, Permit


def permit(pace: Pace, now: float) -> Permit:
    """Ask for a permit that must be given."""
    leave = pace.ask(now)
    assert isinstance(leave, Permit)
    return leave


def test_nothing_waits_before_the_service_says_so() -> None:
    """Without a 429 every request goes at once, however many are under way."""
    pace = Pace()
    assert all(isinstance(pace.ask(0), Permit) for _ in range(500))


def test_a_429_closes_the_gate_for_everybody_until_it_opens() -> None:
    """One thread is told to wait 30 s, so all are, by the seconds that are left."""
    pace = Pace()
    first = permit(pace, 0)
    assert pace.limited(first, now=10, asked=30) == 30
    assert [pace.ask(10), pace.ask(25), pace.ask(39.5)] == [30, 15, 0.5]
    assert isinstance(pace.ask(40), Permit)


def test_what_was_under_way_ends_a_window_once() -> None:
    """Requests that were under way bring 429s of the same window, and it is not a next one."""
    pace = Pace()
    permits = [permit(pace, 0) for _ in range(4)]
    ended = [(pace.limited(one, now=1, asked=30), pace.window) for one in permits]
    assert ended == [(30, 1)] * 4


def test_the_latest_opening_holds() -> None:
    """A later and shorter wait does not open a gate that is to stay closed for longer."""
    pace = Pace()
    one, two = permit(pace, 0), permit(pace, 0)
    pace.limited(one, now=0, asked=30)
    pace.limited(two, now=1, asked=5)
    assert pace.ask(7) == 23


def test_a_spent_budget_lets_one_request_ask() -> None:
    """After as many requests as went well before, the next window is probed by one at a time."""
    pace = Pace()
    for _ in range(3):
        pace.answered(permit(pace, 0), well=True)
    pace.limited(permit(pace, 0), now=0, asked=10)
    under_way = [permit(pace, 10) for _ in range(3)]
    assert pace.ask(10) == 0.02
    for one in under_way:
        pace.answered(one, well=True)
    probe = permit(pace, 10)
    assert pace.ask(10) == 0.02
    assert (pace.limited(probe, now=10, asked=10), pace.window) == (10, 2)
    assert pace.ask(10) == 10


def test_a_probe_that_went_well_opens_the_gate() -> None:
    """The window has passed by itself: the budget grows, and threads go together again."""
    pace = Pace()
    pace.answered(permit(pace, 0), well=True)
    pace.limited(permit(pace, 0), now=0, asked=10)
    for _ in range(2):
        pace.answered(permit(pace, 10), well=True)
    assert all(isinstance(pace.ask(10), Permit) for _ in range(5))


def test_a_first_answer_of_429_still_lets_one_go() -> None:
    """With no request answered well there is a budget of one, so that a run never stands still."""
    pace = Pace()
    pace.limited(permit(pace, 0), now=0, asked=5)
    permit(pace, 5)
    assert pace.ask(5) == 0.02


def test_a_late_answer_of_an_earlier_window_does_not_count() -> None:
    """What was asked before the 429 is no proof of what this window allows."""
    pace = Pace()
    late = permit(pace, 0)
    pace.limited(permit(pace, 0), now=0, asked=5)
    pace.answered(late, well=True)
    permit(pace, 5)
    assert pace.ask(5) == 0.02


def test_a_permit_that_was_not_used_counts_for_nothing() -> None:
    """What was let through and not sent is neither under way nor a part of the window's budget."""
    pace = Pace()
    for _ in range(2):
        pace.answered(permit(pace, 0), well=True)
    pace.limited(permit(pace, 0), now=0, asked=10)
    for _ in range(5):
        pace.unused(permit(pace, 10))
    under_way = [permit(pace, 10) for _ in range(2)]
    assert pace.ask(10) == 0.02
    for one in under_way:
        pace.answered(one, well=True)
    probe = permit(pace, 10)
    pace.unused(probe)
    assert isinstance(pace.ask(10), Permit)


def test_a_permit_comes_back_once() -> None:
    """Whoever gives it back to be sure frees no place that another request has."""
    pace = Pace()
    refused = permit(pace, 0)
    pace.limited(refused, now=0, asked=5)
    permit(pace, 5)
    pace.answered(refused, well=False)
    pace.unused(refused)
    assert pace.ask(5) == 0.02


def test_an_unused_permit_of_an_earlier_window_takes_nothing_from_this_one() -> None:
    """Given back after the 429 of another thread, it frees its place and not this window's."""
    pace = Pace()
    late = permit(pace, 0)
    pace.limited(permit(pace, 0), now=0, asked=5)
    permit(pace, 5)
    pace.unused(late)
    assert pace.ask(5) == 0.02


def refused_in_turn(pace: Pace, asked: float | None, times: int) -> list[float]:
    """Refuse one request after the other, each as soon as it may go; gives the pauses."""
    now, pauses = 0.0, []
    for _ in range(times):
        pauses.append(pace.limited(permit(pace, now), now, asked))
        now += pauses[-1] + 0.001
    return [round(pause, 3) for pause in pauses]


@pytest.mark.parametrize(
    ("asked", "pauses"),
    [
        (0, [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60]),
        (0.5, [0.5, 0.5, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60]),
        (30, [30] * 8 + [51.2, 60, 60]),
        (90, [90] * 11),
        (None, [2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]),
    ],
)
def test_refusals_in_a_row_slow_down(asked: float | None, pauses: list[float]) -> None:
    """Whatever a service asks for, or where it asks for nothing: pauses grow to a minute."""
    assert refused_in_turn(Pace(), asked, 11) == pauses
    assert refused_in_turn(Pace(), asked, 2_000)[-1] == pauses[-1]


def test_a_request_that_went_well_ends_the_row() -> None:
    """Where the service lets something through again, the pauses begin anew."""
    pace = Pace()
    refused_in_turn(pace, 0, 5)
    pace.answered(permit(pace, 100), well=True)
    assert pace.limited(permit(pace, 100), 100, 0) == pytest.approx(0.2)


def test_a_request_that_went_wrong_does_not_end_the_row() -> None:
    """A line that breaks, or a gateway that is away, says nothing of the limit."""
    pace = Pace()
    refused_in_turn(pace, 0, 5)
    pace.answered(permit(pace, 100), well=False)
    assert pace.limited(permit(pace, 100), 100, 0) == pytest.approx(6.4)


def test_what_was_under_way_does_not_end_the_row() -> None:
    """What went well before the refusal is no sign that the pause was long enough."""
    pace = Pace()
    late = permit(pace, 0)
    refused_in_turn(pace, 0, 1)
    pace.answered(late, well=True)
    assert pace.limited(permit(pace, 100), 100, 0) == pytest.approx(0.4)
