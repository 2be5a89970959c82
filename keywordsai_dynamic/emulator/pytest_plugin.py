"""A pytest fixture that serves the models API to the tests of a Pulumi program."""

from collections.abc import Iterator

import pytest

from .running import Emulator, running_emulator


@pytest.fixture
def keywordsai_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Serve a fresh, empty Keywords AI on loopback, and point the environment at it."""
    with running_emulator() as emulator:
        monkeypatch.setenv("KEYWORDSAI_API_KEY", emulator.api_key)
        monkeypatch.setenv("KEYWORDSAI_BASE_URL", emulator.url)
        yield emulator
