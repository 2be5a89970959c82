"""The recordings of the engine's calls are those of the scenarios, and hold what README says."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from engine_scenarios import SCENARIOS

FOLDER = Path(__file__).parents[1] / "recorded" / "engine_calls"
RECORDINGS = {file.stem: json.loads(file.read_text()) for file in FOLDER.glob("*.json")}
RUNS = [run for recording in RECORDINGS.values() for run in recording["runs"]]
VERBS = {"check", "diff", "create", "read", "update", "delete"}
OF_A_MACHINE = re.compile(r"/(?:tmp|home|root)/|127\.0\.0\.1|demo-key|gASV|\d{4}-\d\d-\d\d|urn:")


def told(run: dict[str, Any]) -> tuple[object, ...]:
    return run["command"], run["program"], run.get("options", {}), run.get("service", [])


def test_each_scenario_is_recorded_as_it_is_written() -> None:
    """No recording is missing, left over, or older than its scenario."""
    written = {
        name: (
            scenario.promise,
            [
                told(json.loads(json.dumps({**vars(run), "program": run.program or []})))
                for run in scenario.runs
                for _ in range(1 + run.both)
            ],
        )
        for name, scenario in SCENARIOS.items()
    }
    recorded = {
        name: (recording["promise"], [told(run) for run in recording["runs"]])
        for name, recording in RECORDINGS.items()
    }
    assert recorded == written


@pytest.mark.parametrize("name", sorted(RECORDINGS))
def test_nothing_of_a_machine_is_recorded(name: str) -> None:
    """No path, address, key, pickle, date or URN is in a recording."""
    assert OF_A_MACHINE.findall((FOLDER / f"{name}.json").read_text()) == []


def test_checks_and_diffs_take_turns() -> None:
    """Outside of a refresh no check or diff begins before the last one has ended."""
    for run in RUNS:
        if "refresh" in run["command"]:
            continue
        asked = [
            (at, facts.get("ended", at))
            for at, (verb, _, facts) in enumerate(run["calls"], 1)
            if verb in ("check", "diff")
        ]
        assert all(ended < begun for (_, ended), (begun, _) in pairwise(asked)), run
    assert len(RUNS) > 300


def test_previews_write_nothing() -> None:
    """A preview calls check, diff and read, and no run calls anything but the six verbs."""
    verbs = {
        phase: {verb for run in RUNS if run["phase"] == phase for verb, _, _ in run["calls"]}
        for phase in ("preview", "update")
    }
    assert verbs == {"preview": {"check", "diff", "read"}, "update": VERBS}
