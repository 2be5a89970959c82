"""Provider processes for tests, ended with them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from harness.native_process import NativePlugin, NewNativePlugin, running_native_plugin
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


@pytest.fixture
def new_native_plugin() -> Iterator[NewNativePlugin]:
    """Start processes of the native plugin that know no key and no host."""
    with ExitStack() as running:

        def new(
            env: Mapping[str, str] | None = None,
            *,
            configured: bool = True,
            engine_of: NativePlugin | None = None,
        ) -> NativePlugin:
            plugin = running_native_plugin(env or {}, configured=configured, engine_of=engine_of)
            return running.enter_context(plugin)

        yield new


@pytest.fixture
def native(new_native_plugin: NewNativePlugin, emulator: Emulator) -> NativePlugin:
    """Start the native plugin with the emulator's key and host."""
    return new_native_plugin(
        {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    )
