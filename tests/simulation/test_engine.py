"""The simulated engine is true to the real one: it can do all that was recorded."""

from copy import deepcopy
from typing import Any

import pytest

from simulation.recorded import beyond, recordings, refusal

RECORDINGS = recordings()
SIMULATED = [name for name, recording in RECORDINGS.items() if not beyond(recording)]

BEYOND = {
    "deleted_with": {"deleted_with"},
    "deleted_with_a_replaced_one": {"deleted_with"},
    "destroy_run_program": {"run_program"},
    "destroy_target_with_a_dependent": {"target_dependents"},
    "exclude_dependents": {"exclude_dependents"},
    "ignore_changes": {"ignore_changes"},
    "moved_into_a_component_with_alias": {"no parent"},
    "program_raises": {"raises"},
    "protect": {"protect", "exclude_protected"},
    "refresh_run_program": {"run_program"},
    "target_dependents": {"target_dependents"},
}
"""Recordings of what no story does."""


@pytest.mark.parametrize("name", SIMULATED)
def test_the_simulated_engine_can_do_what_the_real_one_did(name: str) -> None:
    """The recorded calls are one of its possible orders, and leave the same state."""
    assert refusal(RECORDINGS[name]) == ""


def test_what_is_not_simulated_is_known() -> None:
    """Every other recording uses an option that no story has."""
    rest = {name: beyond(each) for name, each in RECORDINGS.items() if name not in SIMULATED}
    assert rest == BEYOND
    assert len(SIMULATED) > 100


def with_calls(name: str, calls: list[Any]) -> dict[str, Any]:
    """Return a recording with other calls in its last run."""
    recording: dict[str, Any] = deepcopy(RECORDINGS[name])
    recording["runs"][-1]["calls"] = calls
    return recording


@pytest.mark.parametrize(
    "name", ["chain", "model_name_changed", "removed", "renamed_without_alias"]
)
def test_another_order_is_refused(name: str) -> None:
    """The test of truth can fail: calls in reverse are no order of this engine."""
    calls = [[*call[:2], {**call[2], "ended": at}] for at, call in _numbered(name)]
    assert refusal(with_calls(name, calls[::-1])) != ""


@pytest.mark.parametrize(
    "name", ["chain", "model_name_changed", "removed", "renamed_without_alias"]
)
def test_a_missing_call_is_refused(name: str) -> None:
    """The test of truth can fail: one call less is no order of this engine either."""
    calls = RECORDINGS[name]["runs"][-1]["calls"]
    assert refusal(with_calls(name, calls[:-1])) != ""


def _numbered(name: str) -> list[tuple[int, Any]]:
    calls = RECORDINGS[name]["runs"][-1]["calls"]
    return [(len(calls) - at, call) for at, call in enumerate(calls)]
