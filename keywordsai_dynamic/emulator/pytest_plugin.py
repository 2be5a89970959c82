"""A pytest fixture that serves the models API to the tests of a Pulumi program."""

from collections.abc import Iterator

import pytest

from .running import HOST, Emulator, running_emulator


@pytest.fixture
def keywordsai_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Serve a fresh, empty Keywords AI on loopback, and point the environment at it."""
    with running_emulator() as emulator:
        monkeypatch.setenv("KEYWORDSAI_API_KEY", emulator.api_key)
        monkeypatch.setenv("KEYWORDSAI_BASE_URL", emulator.url)
        _pass_by_proxies(monkeypatch)
        yield emulator


def _pass_by_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep clients from using the proxy of a developer's shell for the emulator."""
    from urllib.request import getproxies_environment  # noqa: PLC0415  (slow, and rarely needed)

    others = getproxies_environment().get("no", "")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, f"{HOST},{others}".rstrip(","))
