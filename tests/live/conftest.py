"""The real API, with the environment's key; without one, a list of what would be asked."""

import secrets
from collections.abc import Iterator
from contextlib import suppress

import pytest

from keywordsai_dynamic.api.answers import name_of
from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import KeywordsAIError, NotFoundError
from keywordsai_dynamic.core.settings import resolve

# Read as pytest starts: each test begins with an environment without keys.
SETTINGS = resolve()
PREFIX = f"keywordsai-dynamic-check-{secrets.token_hex(4)}"
_promises: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Without a key, take the live tests out and remember what they would have done."""
    live = [item for item in items if "live" in item.path.parts]
    if SETTINGS.api_key is not None or not live:
        return
    _promises.extend(str(getattr(item, "obj").__doc__) for item in live)  # noqa: B009  (Item has none)
    items[:] = [item for item in items if item not in live]
    config.hook.pytest_deselected(items=live)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which account was asked, or what would be asked with a key."""
    say = terminalreporter.write_line
    if not _promises:
        say(f"{SETTINGS.base_url} was asked with the key in {SETTINGS.key_origin}.")
        return
    say("Nothing was asked: there is no key. With KEYWORDSAI_API_KEY set, models whose names begin")
    say("with `keywordsai-dynamic-check-` would be made, looked at and deleted again, to see that:")
    for promise in dict.fromkeys(_promises):
        say(f"  - {promise}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Count it as success that without a key there was nothing to do."""
    if _promises and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(scope="session")
def client() -> Iterator[KeywordsAIClient]:
    """Talk to the real API; afterwards delete whatever of these runs is still there."""
    connected = KeywordsAIClient(Sender(SETTINGS))
    yield connected
    try:
        for model in connected.list_models().models:
            name = name_of(model)
            if name is not None and name.startswith(PREFIX):
                connected.delete_model(name)
    except KeywordsAIError as error:
        pytest.fail(f"models that begin with {PREFIX} may be left: {error}")
    finally:
        connected.close()


@pytest.fixture
def name(client: KeywordsAIClient, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a name that nobody has, and delete its model afterwards."""
    made = f"{PREFIX}/{request.node.name.partition('[')[0]}-{secrets.token_hex(2)}"
    yield made
    with suppress(NotFoundError):
        client.delete_model(made)
