"""What Pulumi's SDK finds in a program, and does not find in a test."""

import asyncio

import pytest


@pytest.fixture(scope="session", autouse=True)
def _event_loop() -> None:
    """Have an event loop: from Python 3.12 on nobody makes one when the SDK asks for it.

    It stays open to the end, as the one that Python 3.11 makes does: the SDK's mocks hold on to it.
    """
    asyncio.set_event_loop(asyncio.new_event_loop())
