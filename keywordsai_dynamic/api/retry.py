"""What to do after a try: pure functions, with time and chance as arguments."""

from __future__ import annotations

_ATTEMPTS = 6
_LONGEST_BACKOFF = 8.0
_DAY = 86_400.0

NO_ANSWER = 0
"""The status of a try without an answer."""


def is_temporary(status: int) -> bool:
    """Return whether the same request may succeed in a moment; 429 is left to the gate."""
    return status in {NO_ANSWER, 502, 503, 504}


def pause(failures: int, left: float, jitter: float) -> float | None:
    """Return the seconds to wait before the next try; None where there is no next try.

    `failures` counts the tries so far, `left` is the time until the deadline in seconds. `jitter`,
    from 0.5 to 1, keeps four threads from retrying in step.
    """
    seconds = min(0.5 * 2.0**failures, _LONGEST_BACKOFF) * jitter
    return None if failures >= _ATTEMPTS or seconds >= left else seconds


def too_long(wait: float, left: float, longest: float, *, asked: bool) -> str:
    """Explain why a call does not wait for the request limit, and what to do.

    `wait` is the time to the next try, `left` to the deadline, `longest` what a call may take; all
    in seconds. `asked` means that the service itself asks for that wait.
    """
    # A moment in which another thread probes the limit was not asked for by the service.
    who = "The service asks to wait" if asked and wait >= 1 else "The next try would be in"
    if wait > _DAY:  # longer than any sensible deadline
        return f"{who} more than a day, longer than any call waits. Run again later."
    how_long = f"{round(wait, 1):.10g} s"
    if wait < longest:
        return (
            f"{who} {how_long}, but this call has only {max(left, 0):.0f} s left. Run again later."
        )
    return (
        f"{who} {how_long}, but a call may take only {longest:.10g} s. Wait and run again, or "
        "raise KEYWORDSAI_DEADLINE."
    )
