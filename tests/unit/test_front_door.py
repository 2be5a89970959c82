"""What `import keywordsai_dynamic` gives, and what it costs."""

import json
import subprocess
import sys
from typing import Any

import pytest

import keywordsai_dynamic
from keywordsai_dynamic.core import errors

# Everything that only some users have, or that a run without requests does not need.
HEAVY = {"typer", "rich", "starlette", "uvicorn", "genai_prices", "httpx", "respan"}


def in_a_process(program: str) -> Any:  # noqa: ANN401  (JSON is anything)
    """Run a program in a fresh interpreter; what it prints is JSON."""
    run = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_front_door_is_complete_and_sorted() -> None:
    """`__all__` is sorted, each of its names can be imported, and each error is among them."""
    offered = keywordsai_dynamic.__all__
    assert offered == sorted(offered)
    for name in offered:
        thing = getattr(keywordsai_dynamic, name)
        assert getattr(thing, "__name__", name) == name
    assert {name for name in vars(errors) if name.endswith("Error") and name != "RunError"} <= set(
        offered
    )


@pytest.mark.parametrize(
    ("statement", "never"),
    [
        ("import keywordsai_dynamic", {*HEAVY, "pulumi"}),
        ("from keywordsai_dynamic import CustomModel", {*HEAVY, "pydantic"}),
        ("from keywordsai_dynamic import ModelCatalog", HEAVY),
        ("import keywordsai_dynamic.provider", {*HEAVY, "pydantic"}),
    ],
)
def test_the_import_path_is_light(statement: str, never: set[str]) -> None:
    """Neither a program nor the provider's process loads what it may never need."""
    program = (
        f"import json, sys; {statement}; print(json.dumps(sorted({never!r} & set(sys.modules))))"
    )
    assert in_a_process(program) == []


def test_httpx_is_loaded_by_the_first_request() -> None:
    """The HTTP library's 0.2 s are paid by a run that asks something, and by no other."""
    program = """
import json, sys
from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import APIConnectionError
from keywordsai_dynamic.core.settings import Settings

client = KeywordsAIClient(Sender(Settings("k", "test", "http://127.0.0.1:9", deadline=0.1)))
before = "httpx" in sys.modules
try:
    client.retrieve_model("m")
except APIConnectionError:
    after = "httpx" in sys.modules
client.close()
print(json.dumps([before, after]))
"""
    assert in_a_process(program) == [False, True]


def test_what_is_as_the_state_has_it_is_not_validated_again() -> None:
    """A check of what is stored loads no pydantic; a value that only Python finds equal is read."""
    program = """
import json, sys
from types import SimpleNamespace
from keywordsai_dynamic.provider import custom_model_provider as provider

provider.configure(SimpleNamespace(config=SimpleNamespace(get=lambda key: None)))
stored = {"model_name": "m", "input_cost": 1.0, "function_call": 1.0}
same = provider.check(stored, {**stored, "__urn": "urn:pulumi:dev::shop::t::m"})
loaded = "pydantic" in sys.modules
other = provider.check(stored, {**stored, "input_cost": True})
told = [failure.property for failure in other.failures]
print(json.dumps([same.inputs == stored, same.failures, loaded, told]))
"""
    assert in_a_process(program) == [True, [], False, ["input_cost"]]


def test_importing_opens_no_socket_and_reads_none_of_our_variables() -> None:
    """An import talks to nobody and decides nothing: the environment is read when it is needed."""
    program = """
import json, os, sys

seen = []

def note(event, args):
    if event.startswith("socket."):
        seen.append(event)

class Watched(dict):
    def _asked(self, name):
        if str(name).startswith(("KEYWORDSAI_", "RESPAN_")):
            seen.append(name)

    def __getitem__(self, name):
        self._asked(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self._asked(name)
        return super().get(name, default)

    def __contains__(self, name):
        self._asked(name)
        return super().__contains__(name)

os.environ = Watched(os.environ)
import pulumi  # what the SDK does at its import is its own affair
sys.addaudithook(note)
import keywordsai_dynamic
import keywordsai_dynamic.provider
import keywordsai_dynamic.catalog.model_catalog
print(json.dumps(seen))
"""
    assert in_a_process(program) == []


def test_the_provider_is_found_without_the_program() -> None:
    """A state names module and instance; a process that knows nothing else finds them by it."""
    program = """
import json, pickle
provider = pickle.loads(b"ckeywordsai_dynamic.provider\\ncustom_model_provider\\n.")
print(json.dumps(type(provider).__name__))
"""
    assert in_a_process(program) == "CustomModelProvider"
