"""Whatever a service shows, in any order: no stranger's key in a state, and no endless drift."""

import hashlib
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywordsai_dynamic.core.names import CHANGED_BY_OTHERS
from keywordsai_dynamic.lifecycle.provider_answer import LiveProvider
from keywordsai_dynamic.lifecycle.provider_parts import Parts
from keywordsai_dynamic.lifecycle.provider_state import (
    Moved,
    Stored,
    after_drift,
    drift,
    outputs,
    stored_in,
)

OURS, THEIRS = "sk-Jq8Xw2Lz9TbR4cNwYd3H", "pk-Vm5Kp1Ge7UoA6iVtZq2S"
PARTS: Parts = {("provider_name",): "Acme", ("api_key",): OURS}
SECRET = frozenset({("api_key",)})

ECHOES: dict[str, Any] = {
    "full": lambda key, _turn: key,
    "masked": lambda key, _turn: f"{key[:3]}…{key[-4:]}",
    "cut": lambda key, _turn: key[:8],
    "hashed": lambda key, _turn: hashlib.sha256(key.encode()).hexdigest(),
    "encrypted": lambda key, turn: hashlib.sha256(f"{turn}{key}".encode()).hexdigest(),
    "stars": lambda _key, _turn: "********",
    "absent": lambda _key, _turn: None,
}
FOUND = {"full", "masked", "cut", "hashed"}
"""Echoes that show that the key is another one."""


class World:
    """A service that holds one key, and a stack that declares one."""

    def __init__(self, echo: str) -> None:
        self.key, self.echo, self.turns = OURS, echo, count()
        self.state: dict[str, Any] = {}
        self.up()

    def look(self, stored: Stored, *, settle: bool) -> LiveProvider:
        """Read the provider, and once more where the mask may vary."""
        lens = stored.lens(PARTS, SECRET)
        live = lens.read(self._answer())
        doubtful = settle or lens.is_doubtful(live)
        return live.settled(lens.read(self._answer())) if doubtful else live

    def up(self) -> None:
        """Send our key, and keep what a read after the write shows."""
        self.key = OURS
        stored = stored_in(self.state, {"api_key"})
        live = self.look(stored, settle=self.echo not in {"full", "absent"})
        self.state = outputs("p", PARTS, SECRET, stored, live)

    def refresh(self) -> list[Moved]:
        """Read, and keep what has drifted; a marker stands for a key."""
        stored = stored_in(self.state, {"api_key"})
        live = self.look(stored, settle=False)
        moved = drift(stored, live)
        self.state = outputs("p", after_drift(stored, moved), SECRET, stored, live)
        return moved

    def _answer(self) -> dict[str, Any]:
        shown = ECHOES[self.echo](self.key, next(self.turns))
        kwargs = {} if shown is None else {"api_key": shown}
        return {"provider_id": "p", "provider_name": "Acme", "extra_kwargs": kwargs}


EVENTS = st.lists(st.sampled_from([*ECHOES, "refresh", "up", "by hand"]), max_size=12)


@given(echo=st.sampled_from(list(ECHOES)), events=EVENTS)
def test_no_story_puts_a_strangers_key_into_a_state(echo: str, events: list[str]) -> None:
    """The service changes what it shows, somebody the key; then one `up` settles everything."""
    world = World(echo)
    for event in events:
        if event in ECHOES:
            world.echo = event
        elif event == "by hand":
            world.key = THEIRS
        elif event == "refresh":
            world.refresh()
        else:
            world.up()
        assert THEIRS not in str(world.state)
        assert world.state["api_key"] in {OURS, CHANGED_BY_OTHERS}
    world.up()
    assert world.state["api_key"] == OURS
    for _ in range(3):
        assert world.refresh() == []
    assert world.state["api_key"] == OURS


@pytest.mark.parametrize("echo", ECHOES)
def test_a_change_by_hand_is_found_where_it_shows(echo: str) -> None:
    """Once; the next refresh has nothing new to say."""
    world = World(echo)
    world.refresh()
    world.key = THEIRS
    assert [row.path for row in world.refresh()] == ([("api_key",)] if echo in FOUND else [])
    assert world.refresh() == []


@pytest.mark.parametrize("after", ECHOES)
@pytest.mark.parametrize("before", ECHOES)
def test_another_echo_is_no_drift_for_ever(before: str, after: str) -> None:
    """Of our own key: at most once, where one mask becomes another, or a hash what was in full."""
    world = World(before)
    world.echo = after
    first = world.refresh()
    masks = {"masked", "cut", "hashed", "stars"}
    may_drift = (before in masks and after in masks - {before}) or (before, after) == (
        "full",
        "hashed",
    )
    assert bool(first) is may_drift
    if first:
        world.up()
    assert world.refresh() == []
