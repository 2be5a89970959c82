"""Provider processes for tests, ended with them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from harness.provider_process import NewPlugin, Plugin, running_plugin

from keywordsai_dynamic.emulator import Emulator


@pytest.fixture
def new_plugin() -> Iterator[NewPlugin]:
    """Start provider processes that know no key and no host: `new_plugin(env)`."""
    with ExitStack() as running:

        def new(env: Mapping[str, str] | None = None) -> Plugin:
            return running.enter_context(running_plugin(env or {}))

        yield new


@pytest.fixture
def plugin(new_plugin: NewPlugin, emulator: Emulator) -> Plugin:
    """Start a provider process whose key and host are the emulator's."""
    return new_plugin({"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url})
