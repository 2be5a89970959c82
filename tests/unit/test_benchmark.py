"""What `make bench` tells of its measurements: ratios, who is left out, which bounds are kept."""

from benchmark.measured import Run
from benchmark.programs import FLOOR_SET, NATIVE_SET, OPENTOFU, SET
from benchmark.report import report
from benchmark.side_by_side import bounds, growth, side_by_side


def run(who: str, step: str, cpu: float, wall: float, *, n: int = 500, mib: float = 0) -> Run:
    return Run(who, n, 0, step, cpu, wall, {"GET": 1}, mib)


def test_a_ratio_is_the_median_of_turns_not_of_seconds() -> None:
    """A machine that is slow in one turn is slow for both, so each turn is divided by itself."""
    turns = [(1.0, 2.0), (30.0, 30.0), (4.0, 5.0)]
    runs = [
        run(who, "preview", cpu, 2 * cpu, mib=40)
        for mine, theirs in turns
        for who, cpu in ((SET, mine), (FLOOR_SET, mine), (OPENTOFU, theirs))
    ]
    assert side_by_side(report(runs)).splitlines() == [
        "| n | step | who | CPU s | wall s | CPU ÷ opentofu | wall ÷ opentofu | CPU ÷ floor set "
        "| requests | provider's MiB |",
        "|---|---|---|---|---|---|---|---|---|---|",
        "| 500 | preview | opentofu | 5.00 | 10.00 | 1.00 | 1.00 | 1.25 | 1 GET | 40 |",
        "| 500 | preview | set | 4.00 | 8.00 | 0.80 | 0.80 | 1.00 | 1 GET | 40 |",
        "| 500 | preview | floor set | 4.00 | 8.00 | 0.80 | 0.80 | 1.00 | 1 GET | 40 |",
    ]


def test_without_opentofu_its_columns_are_left_out() -> None:
    """Not every machine builds it; the others are compared all the same."""
    runs = [run(SET, "refresh", 3, 4), run(FLOOR_SET, "refresh", 2, 3)]
    assert side_by_side(report(runs)).splitlines() == [
        "| n | step | who | CPU s | wall s | CPU ÷ floor set | requests | provider's MiB |",
        "|---|---|---|---|---|---|---|---|",
        "| 500 | refresh | set | 3.00 | 4.00 | 1.50 | 1 GET | 0 |",
        "| 500 | refresh | floor set | 2.00 | 3.00 | 1.00 | 1 GET | 0 |",
    ]


def test_each_bound_says_whether_it_is_kept() -> None:
    """With 500 models or more; a bound whose sides were not both measured says nothing."""
    runs = [
        run(SET, "preview", 9, 9, n=100),
        run(OPENTOFU, "preview", 1, 1, n=100),
        run(SET, "preview", 0.8, 1),
        run(FLOOR_SET, "preview", 0.5, 1),
        run(OPENTOFU, "preview", 1, 1),
        run(NATIVE_SET, "up", 9, 1.1),
        run(OPENTOFU, "up", 1, 1),
        run(SET, "growth", 2, 2),
        run(SET, "growth", 9.1, 8, n=2000),
        Run(SET, 300, 0, "limited up", 1, 17, {"GET": 1, "POST": 300}, seconds=15.3),
        Run(NATIVE_SET, 300, 0, "limited up", 1, 17, {"GET": 1, "POST": 300}, 0, 1, 15.3),
    ]
    assert list(bounds(report(runs))) == [
        "kept    set: preview of 500, cpu ÷ opentofu: 0.80 (0.80 to 0.80), at most 0.8",
        "MISSED  set: preview of 500, cpu ÷ floor set: 1.60 (1.60 to 1.60), at most 1.15",
        "MISSED  yaml set: up of 500, wall ÷ opentofu: 1.10 (1.10 to 1.10), at most 1.0",
        "MISSED  set: preview of 2000 ÷ of 500, cpu: 4.55 (4.55 to 4.55), at most 4.5",
        "kept    set: first up ÷ the limit's own time: 1.02 (1.02 to 1.02), at most 1.1",
        "MISSED  yaml set: first up ÷ the limit's own time: inf (inf to inf), at most 1.1",
    ]


def test_growth_is_told_of_each_project_that_was_grown() -> None:
    """Time as a ratio, and the provider's memory; a number without its quarter says nothing."""
    runs = [
        run(OPENTOFU, "growth", 2, 4, mib=24),
        run(OPENTOFU, "growth", 7, 10, n=2000, mib=30),
        run(SET, "growth", 2, 2),
    ]
    assert list(growth(report(runs))) == [
        "preview of 2000, opentofu: CPU 3.50 (3.50 to 3.50) and wall 2.50 of a preview of 500; "
        "provider's memory 24 → 30 MiB"
    ]
