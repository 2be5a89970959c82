"""Two `up`s of two stacks that declare the same model at once: the loser is told.

Between a run's list and its upsert lies a window that the API cannot close: an upsert has no
precondition. What happens in it is noticed where the service answers 200 for a name that was free.
"""

from collections.abc import Sequence

import pytest
from harness.lengths import long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import LISTED, asked, posted, taken, told, told_about

from keywordsai_dynamic.emulator import Emulator

PROGRAM = """
import pulumi
from keywordsai_dynamic import CustomModel

own = CustomModel("own-{price}", input_cost=1)
after = pulumi.ResourceOptions(depends_on=[own])
CustomModel("shared", input_cost={price}, opts=after)
"""
ALONE = "import keywordsai_dynamic as k\nk.CustomModel('shared', input_cost={price})\n"
OVERWRITTEN = "warning: somebody else created shared a moment ago, and it has been overwritten"


@pytest.fixture
def stacks(new_stack: NewStack, emulator: Emulator) -> Sequence[Stack]:
    """Two stacks that declare the model `shared` with two prices, and a model of their own."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    made = [new_stack(env), new_stack(env)]
    for price, stack in enumerate(made, 1):
        stack.write_program(PROGRAM.format(price=price))
        stack.config("test:unused", price)  # so that the stack exists
    return made


def test_both_looked_before_either_wrote(stacks: Sequence[Stack], emulator: Emulator) -> None:
    """In the window the second upsert overwrites; its user is told, and the first one's refresh
    shows the other price.
    """
    with emulator.faults.hold_answers(method="GET", path="/api/models/") as lists:
        runs = [stack.start("up", "--yes", "--skip-preview") for stack in stacks]
        lists.wait_until_held(2, timeout=60)
    results = [run.wait() for run in runs]

    assert [result.returncode for result in results] == [0, 0]
    writes = [call for call in taken(emulator) if call != LISTED]
    upserts = [posted("shared", input_cost=price) for price in (1, 2)]
    last = upserts.index([call for call in writes if call in upserts][-1])
    assert sorted((call for call in writes if call in upserts), key=str) == upserts
    assert told_about(results[last], "shared") == [OVERWRITTEN]
    assert told(results[1 - last]) == []
    assert emulator.models()["shared"]["input_cost"] == last + 1
    assert f"~ input_cost: {2 - last} => {last + 1}" in stacks[1 - last].refresh("--diff").stdout


@long_form_of("e2e/test_ownership.py::test_a_model_with_other_values_is_refused")
def test_one_looks_after_the_other_wrote(stacks: Sequence[Stack], emulator: Emulator) -> None:
    """Outside of the window the later run is refused, although the earlier one is not over yet."""
    for price, stack in enumerate(stacks, 1):
        stack.write_program(ALONE.format(price=price))
    with emulator.faults.hold_answers() as writes:
        first = stacks[0].start("up", "--yes", "--skip-preview")
        writes.wait_until_held(1, timeout=60)
        second = stacks[1].up(check=False)
    assert first.wait().returncode == 0

    assert second.returncode != 0
    assert "input_cost  declared 2 → live 1" in told(second)
    assert taken(emulator) == [
        LISTED,
        posted("shared", input_cost=1),
        LISTED,
        asked("shared"),
    ]
    assert emulator.models()["shared"]["input_cost"] == 1


@long_form_of("plugin/test_provider_process.py::test_what_was_sent_twice_is_nobody_elses")
def test_a_repeated_upsert_is_nobody_elses(stack: Stack, emulator: Emulator) -> None:
    """A 200 after an upsert that was sent twice says nothing about others, and nothing is said."""
    stack.write_program(PROGRAM.format(price=1))
    with emulator.faults.hold_answers(method="POST", path="/api/models/") as own:
        run = stack.start("up", "--yes", "--skip-preview")
        own.wait_until_held(1, timeout=60)
        emulator.faults.drop_next(method="POST", path="/api/models/", when="after")
    result = run.wait()

    assert taken(emulator) == [
        LISTED,
        posted("own-1", input_cost=1),
        posted("shared", input_cost=1),
        posted("shared", input_cost=1),
    ]
    assert result.returncode == 0
    assert told(result) == []
