"""A preview needs no service: it finds mistakes before anything is sent, and says what it left."""

import pytest
from harness.lengths import few
from harness.pulumi_stack import Stack
from harness.traces import LISTED, taken, told

from keywordsai_dynamic.emulator import Emulator

THIRTY = """
from keywordsai_dynamic import CustomModel

for number in range(30):
    CustomModel(f"model-{number}", input_cost=1, output_cost=number)
"""
ONE_BAD = (
    THIRTY
    + """
CustomModel("bad", input_cost=-1, function_call="yes", provider_id="a", custom_provider_id="b")
"""
)


def test_one_bad_model_among_thirty(stack: Stack, emulator: Emulator) -> None:
    """The preview reports that one with all its problems, and nothing is sent."""
    stack.write_program(ONE_BAD)

    result = stack.pulumi("preview", check=False)

    assert result.returncode != 0
    errors = [line for line in told(result) if line.startswith("error: ")]
    whose = "error: pulumi-python:dynamic/keywordsai:CustomModel resource 'bad': property"
    assert sorted(errors) == [
        f"{whose} function_call value {{yes}} has a problem: must be a boolean (or 1 or 0)",
        f"{whose} input_cost value {{-1}} has a problem: must be 0 or more",
        f"{whose} provider_id value {{a}} has a problem: "
        "is an alias of custom_provider_id; declare only one of the two",
    ]
    assert taken(emulator) in ([], [LISTED])
    assert emulator.models() == {}


SKIPPED = "warning: Skipped checking for existing models: "
AWAY = {"KEYWORDSAI_BASE_URL": "http://127.0.0.1:9", "KEYWORDSAI_DEADLINE": "1"}
WITHOUT = {
    "API down": (AWAY, "http://127.0.0.1:9 could not be reached: "),
    "no key": ({"KEYWORDSAI_API_KEY": None}, "there is no API key"),
}


@pytest.mark.parametrize("service", few(WITHOUT, 1))
def test_preview_goes_on_without(stack: Stack, emulator: Emulator, service: str) -> None:
    """Without a key, or with the API down, all models are shown and one line says what is not."""
    env, reason = WITHOUT[service]
    stack.write_program(THIRTY)

    result = stack.pulumi("preview", env=env)

    assert "+ 31 to create" in result.stdout
    heading, sentence = told(result)
    assert heading == "pulumi:pulumi:Stack (test-dev):"
    assert sentence.startswith(SKIPPED + reason)
    assert emulator.calls == []
