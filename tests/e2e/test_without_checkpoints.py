"""What the page of speed says of PULUMI_SKIP_CHECKPOINTS: a killed run is taken up again."""

import time

from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator

MODELS = 30
QUICK = {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
PROGRAM = f"""
from keywordsai_dynamic import CustomModel

for number in range({MODELS}):
    CustomModel(f"model-{{number:02}}", model_name=f"acme/{{number:02}}", input_cost=1 + number)
"""


def test_a_killed_first_up_is_taken_up_where_it_stood(stack: Stack, emulator: Emulator) -> None:
    """Without checkpoints a killed run leaves models and an empty state; the next one takes over
    what is there, writes the rest, and holds them all.
    """
    stack.write_program(PROGRAM)
    emulator.faults.latency = 0.1
    running = stack.start("up", "--yes", "--skip-preview", env=QUICK)
    deadline = time.monotonic() + 60
    while len(emulator.models()) < MODELS // 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.kill()
    time.sleep(0.5)  # what was under way takes effect all the same
    left = set(emulator.models())
    assert MODELS // 2 <= len(left) < MODELS
    assert stack.resources() == {}

    emulator.requests.clear()
    stack.pulumi("cancel", "--yes")
    stack.up(env=QUICK)
    written = {call[2]["model_name"] for call in emulator.calls if call[0] == "POST"}
    assert written == set(emulator.models()) - left
    assert {name: model["input_cost"] for name, model in emulator.models().items()} == {
        f"acme/{number:02}": 1 + number for number in range(MODELS)
    }
    assert stack.resources().keys() == {f"model-{number:02}" for number in range(MODELS)}
