"""What every test starts with: a clean environment and, on request, an emulator and stacks."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import pytest
from harness.leaks import KEY
from harness.lengths import WHOLE
from harness.pulumi_stack import NewStack, Stack
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from keywordsai_dynamic.core import redaction
from keywordsai_dynamic.emulator import Emulator, running_emulator

ROOT = Path(__file__).parents[1]
OUTSIDE_INFLUENCES = ("KEYWORDSAI_", "RESPAN_", "PULUMI_")

# The same examples every time, without deadlines, which would measure how busy the machine is.
hypothesis.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis.load_profile("steady")


def pytest_report_header() -> str:
    """List the versions that a failure may depend on."""
    names = "pulumi dill grpcio httpx pydantic pyyaml typer rich starlette uvicorn genai-prices"
    return "with " + ", ".join(f"{name} {version(name)}" for name in names.split())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded, whether they passed or not: seeds and draws."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                terminalreporter.write_line(f"{report.nodeid}: {name} {value}")


def pytest_xdist_auto_num_workers() -> int:
    """Run twice as many tests as there are cores.

    Tests wait: for latencies and limits, and 5 s for the CLI wherever a step fails, because the
    program ignores the language host's SIGINT.
    """
    return 2 * (os.cpu_count() or 1)


LONGEST = (
    "simulation/test_worlds.py",
    "docs/test_pages.py",
    "e2e/test_model_sets.py",
    "e2e/test_plugin_install.py",
    "e2e/test_custom_provider.py",
    "e2e/test_secrets.py",
    "e2e/test_ownership.py",
    "e2e/test_import_file.py",
    "e2e/test_catalog.py",
    "contract/test_transport.py",
    "e2e/test_native.py",
    "e2e/test_moving.py",
    "distribution/test_wheel.py",
    "unit/test_convert.py",
)
SLOWEST_FIRST = ("e2e", "docs", "distribution", "simulation", "plugin", "contract", "live", "unit")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long forms to `make test-cases`, and begin with the longest files.

    So no worker runs one of these alone at the end.
    """
    long_forms = {item: twin for item in items if (twin := _twin(item))}
    kept = {_name(item) for item in items if item not in long_forms}
    left_out = set(long_forms.values()) & {_name(item) for item in long_forms} - kept
    assert not left_out, f"twins that are long forms themselves: {sorted(left_out)}"
    if not WHOLE:
        config.hook.pytest_deselected(items=list(long_forms))
        items[:] = [item for item in items if item not in long_forms]

    def turn(item: pytest.Item) -> tuple[int, int]:
        folder = item.path.parent.name
        file = f"{folder}/{item.path.name}"
        return (
            LONGEST.index(file) if file in LONGEST else len(LONGEST),
            SLOWEST_FIRST.index(folder),
        )

    items.sort(key=turn)


def _twin(item: pytest.Item) -> str | None:
    """Return the name of the twin that keeps a long form's promise in `make test`."""
    mark = item.get_closest_marker("long_form")
    if mark is None:
        return None
    twin: str = mark.args[0]
    file, _, function = twin.partition("::")
    there = f"def {function}(" in (ROOT / "tests" / file).read_text()
    assert there, f"{item.nodeid}: there is no {twin}"
    return twin


def _name(item: pytest.Item) -> str:
    """Return "folder/file.py::function", without the case."""
    return f"{item.path.parent.name}/{item.path.name}::{getattr(item, 'originalname', item.name)}"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove what the developer's shell could bring into a test: keys, hosts, proxies."""
    for name in list(os.environ):
        if name.startswith(OUTSIDE_INFLUENCES) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without the secrets that an earlier test in this process hid."""
    monkeypatch.setattr(redaction, "_hidden", {})
    monkeypatch.setattr(redaction, "_hidden_parts", {})
    monkeypatch.setattr(redaction, "_hidden_numbers", set())
    monkeypatch.setattr(redaction, "_hidden_words", {})
    monkeypatch.setattr(redaction, "_hidden_word_parts", {})


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Serve a fresh Keywords AI on loopback, with one organization and its key."""
    with running_emulator(api_keys={KEY: "demo"}) as running:
        yield running


@pytest.fixture(scope="session")
def engine() -> Path:
    """Find the engine as `make` does; without one, tests that need it fail and say what to do."""
    found = subprocess.run(  # noqa: S603  (our own script)
        [sys.executable, str(ROOT / "scripts" / "engine.py")],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert found.returncode == 0, "no Pulumi engine: `make engine` says why and what to do"
    return Path(found.stdout.strip())


@pytest.fixture
def new_stack(tmp_path: Path, engine: Path) -> Iterator[NewStack]:
    """Make stacks that know no key and no host: `new_stack(env)`."""
    with ExitStack() as stacks:

        def new(env: Mapping[str, str] | None = None) -> Stack:
            folder = tmp_path / f"stack-{len(list(tmp_path.iterdir()))}"
            return stacks.enter_context(Stack(folder, engine, env))

        yield new


@pytest.fixture
def stack(new_stack: NewStack, emulator: Emulator) -> Stack:
    """Make a stack whose key and host are the emulator's."""
    return new_stack({"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url})
