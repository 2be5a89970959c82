"""The API key enters no state, no preview, no log and no message."""

import re

import pytest
from pulumi_stack import NewStack

from keywordsai_dynamic.emulator import running_emulator

KEY = "S3cretK3y.0123456789abcdefghijklmnopqrstuv"

# At -v=9 the engine 3.259.0 (3.274.1 does not) writes down what it configures any dynamic provider
# with, secret configuration included; SECURITY.md says so. It is the only line that may hold the
# key.
ENGINES_OWN_LINE = re.compile(r".*Provider\[\w+\]\.Configure\(\)\.inputs\].*")

PROGRAM = """
from keywordsai_dynamic import CustomModel
CustomModel("support-llm", model_name="acme/support-llm", input_cost=2.5)
"""


@pytest.mark.parametrize("origin", ["environment", "configuration"])
def test_the_key_is_nowhere(new_stack: NewStack, origin: str) -> None:
    """Preview, update, refresh, export and the most talkative log hold no trace of the key."""
    with running_emulator(api_keys={KEY: "acme"}) as emulator:
        stack = new_stack({"KEYWORDSAI_BASE_URL": emulator.url})
        stack.write_program(PROGRAM)
        if origin == "environment":
            stack.env["KEYWORDSAI_API_KEY"] = KEY
        else:
            stack.config("keywordsai:apiKey", KEY, secret=True)

        said = [
            stack.pulumi("preview", "--json"),
            stack.up("-v=9", "--logtostderr"),
            stack.refresh(),
            stack.pulumi("stack", "export"),
            stack.pulumi("preview", "--json"),
        ]
        emulator.edit_model("acme/support-llm", input_cost=9)
        stack.write_program(PROGRAM.replace("input_cost=2.5", "input_cost=2.5, output_cost=3"))
        said.append(stack.up(check=False))

        assert said[-1].returncode != 0, "the refused update is one of the messages looked at"
        ours = [(run.args, ENGINES_OWN_LINE.sub("", run.output)) for run in said]
        assert [args for args, output in ours if KEY.rpartition(".")[2] in output] == []
        assert emulator.models()["acme/support-llm"]["input_cost"] == 9
