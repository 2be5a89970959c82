"""The file that `usage` writes is one that `review --usage` reads, whatever is in it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import yaml
from harness.lengths import times
from hypothesis import given, settings
from hypothesis import strategies as st

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.redaction import hide
from keywordsai_dynamic.files.models import is_shared
from keywordsai_dynamic.files.patterns import as_key
from keywordsai_dynamic.review import read_usage
from keywordsai_dynamic.review.usage_patterns import expanded
from keywordsai_dynamic.usage.span import described, span
from keywordsai_dynamic.usage.tokens import Count, Reading
from keywordsai_dynamic.usage.usage_file import UsageFile

NOW = datetime(2026, 11, 27, 5, 48, 13, tzinfo=UTC)
MONTH = span("30d", "prod", NOW)

COUNTS = st.integers(0, 10**29)
READINGS = st.builds(
    lambda one, other: Reading({"input_tokens": one, "output_tokens": other}, "words", None),
    COUNTS,
    COUNTS,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.one_of(
    TEXTS.filter(str.strip),
    st.sampled_from(
        [
            "yes",
            "~",
            "null",
            "1e3",
            "010",
            "<<",
            "x-a",
            "x-a/b",
            ".b",
            "- a",
            "# a",
            "a: b",
            "!a",
            "a*",
            "[b]?",
        ]
    ),
    st.text("ab", min_size=1_000, max_size=1_100),
)
FOUND = st.one_of(
    st.builds(lambda remark, sure: Count((remark,), sure), TEXTS, READINGS),
    st.builds(
        lambda remark, several: Count((remark,), possible=tuple(several)),
        TEXTS,
        st.lists(READINGS, max_size=3),
    ),
)


@settings(max_examples=times(60, 5_000))
@given(st.dictionaries(NAMES, FOUND, max_size=5), TEXTS, TEXTS)
def test_it_is_read_back(counts: dict[str, Count], source: str, remark: str) -> None:
    """What is certain comes back, and nothing else, whatever names and remarks hold."""
    file = UsageFile(source, MONTH, counts, (remark,))
    expected = {
        as_key(name): dict(each.sure.tokens)
        for name, each in counts.items()
        if each.sure and not is_shared(name)
    }
    assert read_usage(file.text().encode(), "usage.yaml") == expected
    assert read_usage(file.text().encode(), "standard input") == expected
    assert list(map(as_key, file.written)) == list(expected)
    assert {name for name in yaml.safe_load(file.text()) if not is_shared(name)} == set(expected)


@pytest.mark.parametrize(
    "odd", ["\uffff", "\ufffe", "\x85", "\u2028", "\ufeff", "\r", "\x1b", "\n"]
)
def test_no_character_ends_a_comment(odd: str) -> None:
    """What breaks a line, what YAML refuses and what steers a terminal is escaped."""
    text = UsageFile(odd, MONTH, {f"m{odd}": Count((f"said {odd}- evil: 5",))}, (odd,)).text()
    assert read_usage(text.encode(), "u.yaml") == {}
    assert text.replace("\n", "").isprintable()


def test_a_secret_in_a_remark_is_hidden() -> None:
    """Comments hold words of the service."""
    hide("hunter2-hunter2")
    text = UsageFile("host", MONTH, {"m": Count(("said hunter2-hunter2",))}).text()
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("30d", "2026-10-28 05:48 to 2026-11-27 05:48 UTC (30 days), environment prod"),
        ("4w", "2026-10-30 05:48 to 2026-11-27 05:48 UTC (28 days), environment prod"),
        (" 24h ", "2026-11-26 05:48 to 2026-11-27 05:48 UTC (1 day), environment prod"),
        ("1h", "2026-11-27 04:48 to 2026-11-27 05:48 UTC (1 hour), environment prod"),
        ("366d", "2025-11-26 05:48 to 2026-11-27 05:48 UTC (366 days), environment prod"),
    ],
)
def test_the_time_that_is_counted(last: str, words: str) -> None:
    """It ends with the last whole minute."""
    assert described(span(last, "prod", NOW)) == words


@pytest.mark.parametrize(
    "last", ["", "30", "d", "0d", "-1d", "1.5d", "30 d", "367d", "९d", "9" * 99]
)
def test_any_other_time_is_one_line(last: str) -> None:
    """It says what can be written."""
    with pytest.raises(KeywordsAIError, match="write how far to look back, like 30d, 4w or 12h"):
        span(last, "prod", NOW)


def test_counts_are_exact() -> None:
    """Large counts are written in full."""
    sure = Reading({"input_tokens": 10**29}, "", None)
    text = UsageFile("host", MONTH, {"m": Count((), sure)}).text()
    assert read_usage(text, "u.yaml") == {"m": {"input_tokens": Decimal(10**29)}}


@settings(max_examples=times(60, 5_000))
@given(st.lists(st.text("ab*?[]!-", min_size=1, max_size=6), min_size=2, max_size=5, unique=True))
def test_a_name_is_never_read_as_a_pattern(names: list[str]) -> None:
    """The first model's counts are its own, whether the preview has the model or not."""
    wanted, *others = names
    usage = {as_key(wanted): {"input_tokens": 5}}
    assert expanded(usage, frozenset(names))[0].get(wanted) == {"input_tokens": 5}
    without = expanded(usage, frozenset(others))[0]
    assert not any(name in without for name in others if name != as_key(wanted))
