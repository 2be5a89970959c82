"""What outlives the program: refresh and destroy without its code, other keys, older states."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from harness.lengths import long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import LISTED, asked, deleted, posted, taken, told

from keywordsai_dynamic.emulator import Emulator, running_emulator
from keywordsai_dynamic.lifecycle.set_state import stored_models
from keywordsai_dynamic.lifecycle.state import declared_in

RECORDED = sorted((Path(__file__).parents[1] / "recorded").glob("v*"))
HEAD = "import pulumi\nfrom keywordsai_dynamic import CustomModel\n"


def lose_the_program(stack: Stack) -> None:
    """Delete the code; `Pulumi.yaml`, without which the CLI does nothing, stays."""
    (stack.project / "__main__.py").unlink()


@long_form_of("e2e/test_without_program.py::test_two_keys_reach_two_organizations")
def test_refresh_and_destroy_without_code(stack: Stack, emulator: Emulator) -> None:
    """With the program's code gone, refresh still finds drift, and destroy still deletes."""
    stack.write_program(HEAD + 'CustomModel("one", input_cost=1)')
    stack.up()
    lose_the_program(stack)
    emulator.edit_model("one", input_cost=2)
    taken(emulator)

    assert "~ input_cost: 1 => 2" in stack.refresh("--diff").stdout
    stack.destroy()

    assert taken(emulator) == [LISTED, asked("one"), deleted("one")]
    assert emulator.models() == {}


def test_a_rotated_key(new_stack: NewStack) -> None:
    """Refresh and destroy take the stored key, which is the old one; its 401 names the variable
    that beats it, and with that the new key serves. No key stands in the state or in a message.
    """
    keys = {"a-key-of-yesterday": "acme", "a-key-of-today": "acme"}
    old, new = keys
    override = {"KEYWORDSAI_API_KEY_OVERRIDE": new}
    with running_emulator(api_keys=keys) as emulator:
        stack = new_stack({"KEYWORDSAI_BASE_URL": emulator.url})
        stack.write_program(HEAD + 'CustomModel("one", input_cost=1)')
        stack.config("keywordsai:apiKey", old, secret=True)
        results = [stack.up()]
        lose_the_program(stack)
        stack.config("keywordsai:apiKey", new, secret=True)
        emulator.requests.clear()

        emulator.faults.fail_next(status=401)
        results += [stack.refresh(check=False), stack.destroy(env=override)]
        assert results[-2].returncode != 0
        assert (
            "The key came from keywordsai:apiKey. `refresh` and `destroy` take configuration "
            "from the state: if the key has changed since, set KEYWORDSAI_API_KEY_OVERRIDE."
        ) in "\n".join(told(results[-2]))

        used = [
            (request.method, request.headers["authorization"].removeprefix("Bearer "))
            for request in emulator.requests
        ]
        assert used == [("GET", old), ("DELETE", new)]
        assert emulator.models() == {}
    for result in results:
        assert old not in result.output
        assert new not in result.output


TWO_ACCOUNTS = (
    HEAD
    + """
config = pulumi.Config()
for price, name in enumerate(("east", "west"), 1):
    settings = {"keywordsai:apiKey": config.require_secret(name)}
    account = pulumi.ProviderResource("pulumi-python", name, settings)
    opts = pulumi.ResourceOptions(provider=account)
    CustomModel(f"{name}-llm", model_name="acme/llm", input_cost=price, opts=opts)
"""
)


def test_two_keys_reach_two_organizations(new_stack: NewStack) -> None:
    """Two explicit providers put one name into two organizations, whatever key the shell has; it is
    so for refresh and destroy, without the program too, and both keys are stored encrypted.
    """
    keys = {"a-key-of-the-east": "east", "a-key-of-the-west": "west", "the-shells-key": "shell"}
    with running_emulator(api_keys=keys) as emulator:
        env = {"KEYWORDSAI_API_KEY": "the-shells-key", "KEYWORDSAI_BASE_URL": emulator.url}
        stack = new_stack(env)
        stack.write_program(TWO_ACCOUNTS)
        for key, organization in list(keys.items())[:2]:
            stack.config(f"test:{organization}", key, secret=True)

        stack.up()
        assert {
            organization: {n: m["input_cost"] for n, m in emulator.models(organization).items()}
            for organization in keys.values()
        } == {"east": {"acme/llm": 1}, "west": {"acme/llm": 2}, "shell": {}}
        state = json.dumps(stack.deployment())
        assert all(key not in state for key in keys)

        lose_the_program(stack)
        emulator.edit_model("acme/llm", organization="west", input_cost=3)
        refresh = stack.refresh("--diff").stdout
        assert "~ input_cost: 2 => 3" in refresh
        assert refresh.count(" => ") == 1
        emulator.requests.clear()
        stack.destroy()
        assert sorted((request.organization, *request.call) for request in emulator.requests) == [
            ("east", *deleted("acme/llm")),
            ("west", *deleted("acme/llm")),
        ]


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_states_of_every_version(stack: Stack, emulator: Emulator, folder: Path) -> None:
    """A state that an earlier version left behind: `up` changes only what the program changes, it
    refreshes clean, and what it holds is deleted.
    """
    # The recorded secret is a 3, which no search could tell from another.
    program = (folder / "program.py").read_text().replace("secret(3)", "secret(3.1415926)")
    state = (folder / "state.json").read_text().replace("http://127.0.0.1:8000", emulator.url)
    state = state.replace('"plaintext": "3"', '"plaintext": "3.1415926"')
    stack.write_program(program)
    (stack.project / "state.json").write_text(state)
    stack.pulumi("stack", "import", "--file", "state.json")
    (stack.project / "state.json").unlink()
    held = [call for props in outputs(json.loads(state)) for call in put(emulator, props)]
    providers = [("GET", path, None) for _, path, _ in held if "/api/providers/" in path]

    stack.write_program(program.replace('"least", input_cost=1', '"least", input_cost=2'))
    up = stack.up().stdout
    assert re.search(r"Resources:\n    ~ 1 updated\n    \d+ unchanged\n", up)
    # What was got is read.
    assert taken(emulator) == [LISTED, posted("least", input_cost=2)]
    refresh = stack.refresh("--diff").stdout
    assert " unchanged" in refresh
    assert " => " not in refresh
    assert "changes" not in refresh
    assert sorted(taken(emulator)) == sorted([LISTED, *providers])

    stack.destroy()
    deletes = [call for call in taken(emulator) if call[0] == "DELETE"]
    assert sorted(deletes) == sorted(held)


def outputs(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of what a recorded state manages, secrets in the clear."""
    resources = in_the_clear(state["deployment"]["resources"])
    return [one["outputs"] for one in resources if "__urn" in one.get("outputs", {})]


def put(emulator: Emulator, props: dict[str, Any]) -> list[tuple[str, str, None]]:
    """Let the service have what a resource's outputs say; returns the calls that delete it."""
    if "provider_name" in props:
        fields = {name: value for name, value in props.items() if not name.startswith("__")}
        provider_id = emulator.put_provider(**fields)["provider_id"]
        return [("DELETE", f"/api/providers/{provider_id}/", None)]
    models = stored_models(props).values() if "models" in props else [props]
    put = [emulator.put_model(**declared_in(each)) for each in models]
    return [deleted(model["model_name"].replace(" ", "%20")) for model in put]


def in_the_clear(value: Any) -> Any:  # noqa: ANN401  (JSON is anything)
    """Read a value of an export with `--show-secrets`."""
    if isinstance(value, dict):
        hidden = value.get("plaintext")
        return (
            {name: in_the_clear(item) for name, item in value.items()}
            if hidden is None
            else json.loads(hidden)
        )
    return [in_the_clear(item) for item in value] if isinstance(value, list) else value
