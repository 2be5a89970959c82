"""What comes next after a try: pure, with time and chance handed in."""

from __future__ import annotations

_ATTEMPTS = 6
_LONGEST_BACKOFF = 8.0
_DAY = 86_400.0

NO_ANSWER = 0
"""The status of a try that was not answered."""


def is_temporary(status: int) -> bool:
    """Return whether the same request may fare better in a moment; 429 has the gate instead."""
    return status in {NO_ANSWER, 502, 503, 504}


def pause(failures: int, left: float, jitter: float) -> float | None:
    """Return the seconds to wait before the next try; None where there is none.

    `failures` counts the tries so far, `left` are the seconds until the deadline. `jitter`, from
    0.5 to 1, keeps four threads from coming back in step.
    """
    seconds = min(0.5 * 2.0**failures, _LONGEST_BACKOFF) * jitter
    return None if failures >= _ATTEMPTS or seconds >= left else seconds


def too_long(wait: float, left: float, longest: float, *, asked: bool) -> str:
    """Say why a wait at the request limit is not begun, and what to do.

    `wait` is until the next try, `left` until the deadline, `longest` what a call may take; all in
    seconds. `asked` tells that the service itself asks for that wait.
    """
    # A moment in which another thread probes the limit is not the service's word.
    who = "The service asks to wait" if asked and wait >= 1 else "The next try would be in"
    if wait > _DAY:  # no deadline is meant to be that long
        return f"{who} more than a day, which no call waits. Run again later."
    how_long = f"{round(wait, 1):.10g} s"
    if wait < longest:
        return f"{who} {how_long}, and this call has {max(left, 0):.0f} s left. Run again later."
    return (
        f"{who} {how_long}, and a call may take {longest:.10g} s. Wait and run again, or set "
        "KEYWORDSAI_DEADLINE higher."
    )
