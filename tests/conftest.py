"""What every test starts from: a clean environment and, where asked for, a running emulator."""

import os
from collections.abc import Iterator
from importlib.metadata import version

import pytest

from keywordsai_dynamic.emulator import Emulator, running_emulator

OUTSIDE_INFLUENCES = ("KEYWORDSAI_", "RESPAN_", "PULUMI_")


def pytest_report_header() -> str:
    """Name the versions that a failure may depend on."""
    names = ("pulumi", "httpx", "pydantic", "dill", "starlette")
    return "with " + ", ".join(f"{name} {version(name)}" for name in names)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the developer's shell could slip into a test: keys, hosts, proxies."""
    for name in list(os.environ):
        if name.startswith(OUTSIDE_INFLUENCES) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Serve a fresh Keywords AI on loopback, with one organization and its key."""
    with running_emulator() as running:
        yield running
