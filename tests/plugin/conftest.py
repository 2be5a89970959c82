"""Provider processes for tests, ended with them.

`plugin` and `new_plugin` run a test through both doors: what the lifecycle promises holds through
each. What only one of them has is tested with `dynamic` or `native`.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from harness.native_process import (
    NativePlugin,
    NewNativePlugin,
    Remembered,
    running_native_plugin,
)
from harness.provider_process import NewPlugin, Plugin, running_plugin

from keywordsai_dynamic.emulator import Emulator


def settings(emulator: Emulator) -> dict[str, str]:
    """Give the environment of a process whose key and host are the emulator's."""
    return {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}


@pytest.fixture
def new_dynamic_plugin() -> Iterator[NewPlugin]:
    """Start processes of the dynamic provider that know no key and no host."""
    with ExitStack() as running:

        def new(env: Mapping[str, str] | None = None) -> Plugin:
            return running.enter_context(running_plugin(env or {}))

        yield new


@pytest.fixture
def dynamic(new_dynamic_plugin: NewPlugin, emulator: Emulator) -> Plugin:
    """Start the dynamic provider with the emulator's key and host."""
    return new_dynamic_plugin(settings(emulator))


@pytest.fixture
def new_native_plugin() -> Iterator[NewNativePlugin]:
    """Start processes of the native plugin, of one stack, that know no key and no host."""
    remembered: Remembered = {}
    with ExitStack() as running:

        def new(
            env: Mapping[str, str] | None = None,
            *,
            configured: bool = True,
            engine_of: NativePlugin | None = None,
            started: bool = False,
        ) -> NativePlugin:
            plugin = running_native_plugin(
                env or {},
                configured=configured,
                engine_of=engine_of,
                remembered=remembered,
                started=started,
            )
            return running.enter_context(plugin)

        yield new


@pytest.fixture
def native(new_native_plugin: NewNativePlugin, emulator: Emulator) -> NativePlugin:
    """Start the native plugin with the emulator's key and host."""
    return new_native_plugin(settings(emulator))


@pytest.fixture(params=["dynamic", "native"], ids=["python", "native"])
def new_plugin(
    request: pytest.FixtureRequest,
    new_dynamic_plugin: NewPlugin,
    new_native_plugin: NewNativePlugin,
) -> NewPlugin:
    """Start provider processes of either door that know no key and no host: `new_plugin(env)`."""
    return {"dynamic": new_dynamic_plugin, "native": new_native_plugin}[request.param]


@pytest.fixture
def plugin(new_plugin: NewPlugin, emulator: Emulator) -> Plugin:
    """Start a provider process of either door whose key and host are the emulator's."""
    return new_plugin(settings(emulator))
