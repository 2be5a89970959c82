"""The time that is counted: what `--last` means."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ..api.metrics_client import Span
from ..core.errors import KeywordsAIError
from ..core.formatting import format_count, shorten
from ..core.redaction import one_line

MONTH = timedelta(days=30)
"""What the review takes for a month."""

_LONGEST = timedelta(days=366)
_HOURS = {"h": 1, "d": 24, "w": 168}
_FUTURE = datetime(2099, 1, 1, tzinfo=UTC)


def span(last: str, environment: str, now: datetime) -> Span:
    """Return the time that ends now, to the minute: `30d`, `4w` or `12h`.

    Raises KeywordsAIError for anything else, and for more than 366 days.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", last.strip(), re.ASCII)
    length = timedelta(hours=int(found[1]) * _HOURS[found[2]]) if found else timedelta()
    if not timedelta() < length <= _LONGEST:
        shown = shorten(one_line(last), 50)
        raise KeywordsAIError(
            f"--last {shown}: write how far to look back, like 30d, 4w or 12h; at most 366d."
        )
    end = now.astimezone(UTC).replace(second=0, microsecond=0)
    return Span(end - length, end, environment)


def in_the_future(asked: Span) -> Span:
    """Return a second in which nobody has called anything yet."""
    return Span(_FUTURE, _FUTURE + timedelta(seconds=1), asked.environment)


def described(asked: Span) -> str:
    """Describe what was counted: both ends in UTC, their distance, the environment."""
    hours = round((asked.end - asked.start) / timedelta(hours=1))
    length = format_count(hours, "hour") if hours % 24 else format_count(hours // 24, "day")
    start, end = (f"{each:%Y-%m-%d %H:%M}" for each in (asked.start, asked.end))
    return f"{start} to {end} UTC ({length}), environment {asked.environment}"


def is_month(asked: Span) -> bool:
    """Return whether the review can take the counts for those of a month."""
    return asked.end - asked.start == MONTH
