"""How many requests each verb makes, through the real CLI: the lists of calls are exact."""

from collections import Counter
from typing import Any

from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator

MODELS = 12
ALL = ("GET", "/api/models/?all=true", None)
PAGES = [
    ("POST", "/api/models/list/?page=1&page_size=100", {}),
    ("POST", "/api/models/list/?page_size=100&page=2", {}),
]
PROGRAM = f"""
import os

from keywordsai_dynamic import CustomModel

for number in range({MODELS}):
    CustomModel(
        f"model-{{number:02}}",
        model_name=f"acme/model-{{number:02}}",
        base_model_name="gpt-4o",
        input_cost=1 + number if number else float(os.environ["PRICE"]),
        output_cost=10,
        max_context_window=128_000,
        function_call=True,
    )
"""


def body(number: int, price: float) -> dict[str, Any]:
    return {
        "model_name": f"acme/model-{number:02}",
        "base_model_name": "gpt-4o",
        "input_cost": price,
        "output_cost": 10,
        "max_context_window": 128000,
        "function_call": 1,
    }


def in_any_order(calls: list[tuple[str, str, Any]]) -> list[tuple[str, str, Any]]:
    """Sort by path and name: four threads send as the engine lets them."""
    return sorted(calls, key=lambda call: (call[1], str(call[2])))


def test_each_verb_makes_the_requests_it_must(stack: Stack, emulator: Emulator) -> None:
    """First up: list and N upserts; no change: nothing; refresh: the list, or each of its pages;
    one change: the list and one upsert, of which the preview names the one field; destroy: N
    deletes.
    """
    made: dict[str, list[tuple[str, str, Any]]] = {}

    def note(step: str) -> None:
        made[step] = emulator.calls
        emulator.requests.clear()

    stack.write_program(PROGRAM)
    old, new = {"PRICE": "1"}, {"PRICE": "7"}
    stack.up(env=old)
    note("first up")
    stack.up(env=old)
    note("up without a change")
    stack.refresh(env=old)
    note("refresh")
    emulator.dialect.list_answer = "not_allowed"
    emulator.dialect.max_page_size = 20  # 12 own models and the built-in ones: two pages
    stack.refresh(env=old)
    note("refresh from pages")
    emulator.dialect.list_answer = "array"
    previewed = stack.preview_json(env=new)
    note("preview of one change")
    stack.up(env=new)
    note("up of one change")
    stack.destroy(env=new)
    note("destroy")

    first, *upserts = made.pop("first up")
    assert (first, in_any_order(upserts)) == (
        ALL,
        [("POST", "/api/models/", body(number, 1 + number)) for number in range(MODELS)],
    )
    assert in_any_order(made.pop("destroy")) == [
        ("DELETE", f"/api/models/acme/model-{number:02}/", None) for number in range(MODELS)
    ]
    assert made == {
        "up without a change": [],
        "refresh": [ALL],
        "refresh from pages": [ALL, *PAGES],
        "preview of one change": [],
        "up of one change": [ALL, ("POST", "/api/models/", body(0, 7))],
    }
    changed = {
        step["urn"].rpartition("::")[2]: step.get("detailedDiff")
        for step in previewed["steps"]
        if step["op"] != "same"
    }
    assert changed == {"model-00": {"input_cost": {"kind": "update", "inputDiff": True}}}
    assert emulator.models() == {}


def test_a_limit_is_waited_out_and_told_in_one_line(stack: Stack, emulator: Emulator) -> None:
    """An up beyond the limit makes every model, and says what it waits for, once a window."""
    stack.write_program(PROGRAM)
    emulator.faults.limit(8, per=4)
    # Events carry what a terminal shows for a moment: ephemeral lines are in no log.
    result = stack.up(
        "--event-log",
        str(stack.project / "events"),
        env={"PRICE": "1", "PULUMI_DEBUG_COMMANDS": "1"},
    )
    statuses = Counter(request.status for request in emulator.requests)
    assert len(emulator.models()) == MODELS
    assert (statuses[200] + statuses[201], result.returncode) == (MODELS + 1, 0)
    assert 1 <= statuses[429] <= 4
    sentence = "the service's request limit is reached, retrying in"
    assert (stack.project / "events").read_text().count(sentence) == 1
