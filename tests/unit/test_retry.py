"""What comes next after a try."""

import pytest

from keywordsai_dynamic.api.retry import NO_ANSWER, is_temporary, pause


@pytest.mark.parametrize("status", [NO_ANSWER, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    """No answer, and what gateways say while a service is away."""
    assert is_temporary(status)


@pytest.mark.parametrize("status", [200, 201, 400, 401, 404, 429, 500])
def test_what_would_be_answered_alike_is_not(status: int) -> None:
    """500 is the service's own error; 429 is waited out at the gate."""
    assert not is_temporary(status)


@pytest.mark.parametrize(
    ("failures", "left", "seconds"),
    [(1, 100, 1.0), (2, 100, 2.0), (5, 100, 8.0), (6, 100, None), (2, 2.0, None), (2, 2.1, 2.0)],
)
def test_pauses_grow_until_tries_or_time_are_used_up(
    failures: int, left: float, seconds: float | None
) -> None:
    """Six tries, and none that would begin at the deadline."""
    assert pause(failures, left, jitter=1) == seconds


def test_jitter_keeps_threads_out_of_step() -> None:
    """A pause is from half to all of what it would be."""
    assert pause(1, left=100, jitter=0.5) == 0.5
