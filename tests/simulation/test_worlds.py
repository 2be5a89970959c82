"""Whole worlds: whatever a service, an engine and people do, the promises of DESIGN.md hold."""

from itertools import pairwise
from pathlib import Path

import pytest
from harness.lengths import few, times

from simulation.judge import WEAKER
from simulation.many import found, shortest, violating
from simulation.mutants import MUTANTS, without
from simulation.story import story
from simulation.story_sets import has_sets
from simulation.world import played

LIMITS = Path(__file__).parents[2] / "docs" / "explanation" / "limits.md"
SEEN_SOON = {
    "a delete is skipped for what the run declares": range(50),
    "a create looks first": range(50),
    "only equal models are adopted": range(50),
    "messages are cleaned": range(100),
    "a 404 of a proxy is not the API's": range(100),
    "the program notes what it declares": range(300),
    "a failed set says what its state does not know": range(50),
    "a set says which models it keeps": range(150),
}


def told(seed: int) -> str:
    """Tell a violation in the shortest story found."""
    short = shortest(story(seed), lambda each: bool(found(each)))
    return f"seed {seed}\n{short}\n" + "\n".join(found(short))


def test_no_world_breaks_a_promise() -> None:
    """In thousands of worlds nothing is lost, overwritten unsaid or shown, and all converge."""
    seeds = [seed for _, seeds in violating(range(times(3_000, 30_000))) for seed in seeds]
    assert not seeds, "\n\n".join(map(told, seeds[:3]))


@pytest.mark.parametrize("guard", few(SEEN_SOON, 3))
def test_a_world_without_a_guard_breaks_one(guard: str) -> None:
    """Worlds can see: what would happen without a guard of the product is a violation."""
    with without(guard):
        assert any(found(story(seed)) for seed in SEEN_SOON[guard])


def test_a_seed_tells_the_same_world_each_time() -> None:
    """A violation can be played again, because a world has no other dice than its seed."""
    with without("a create looks first"):
        assert found(story(0)) == found(story(0)) != []
    assert str(story(7)) == str(story(7))


def test_the_threads_of_a_set_take_turns_by_the_same_dice() -> None:
    """A set writes many models at a time, and in the same order whenever a seed is played."""
    seeds = [seed for seed in range(100) if has_sets(story(seed))]
    assert 5 < len(seeds) < 15  # a tenth of all
    both = [[written(seed) for seed in seeds] for _ in range(2)]
    assert both[0] == both[1]
    assert any(runs_at_once(each) for each in both[0])


def written(seed: int) -> list[tuple[float, float, str, str, str]]:
    """Return every write of a run in the world of a seed: when it began and came, and which."""
    return [
        (each.began, each.at, each.who, each.verb, each.name)
        for world in played(story(seed))
        for each in world.service.writes
        if each.process
    ]


def runs_at_once(writes: list[tuple[float, float, str, str, str]]) -> bool:
    """Return whether a run began a write before its write before that had come."""
    return any(one[2] == two[2] and two[0] < one[1] for one, two in pairwise(writes))


def test_a_violation_is_told_in_its_shortest_story() -> None:
    """What is not needed for it is left out, and the rest is in words."""
    with without("a create looks first"):
        long, short = story(0), shortest(story(0), lambda each: bool(found(each)))
        assert found(short)
    assert len(short.actions) <= len(long.actions)
    assert len(str(short)) < len(str(long))
    assert "`pulumi up` on" in str(short)


def test_limits_have_every_weaker_promise() -> None:
    """The page of limits names each quirk that weakens a promise, and what is kept then."""
    rows = [f"| {each.quirk} | {each.why} | {each.kept} |" for each in WEAKER]
    page = LIMITS.read_text()
    assert [row for row in rows if row not in page] == []


def test_every_guard_has_a_name_of_its_own() -> None:
    """At least fifteen guards are taken out by `make simulate-mutants`."""
    assert len(MUTANTS) >= 15
    assert SEEN_SOON.keys() <= MUTANTS.keys()
    for guard in MUTANTS:
        with without(guard):  # which finds what it takes out
            pass
