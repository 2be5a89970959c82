"""Updates look first, and refresh shows what somebody else changed: never a silent overwrite."""

import re
from contextlib import ExitStack

from harness.lengths import long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import LISTED, asked, deleted, posted, taken, told, told_about

from keywordsai_dynamic.emulator import Emulator, running_emulator

HEAD = "import pulumi\nfrom keywordsai_dynamic import CustomModel\n"
BEFORE = """
CustomModel("moved", input_cost=1, output_cost=2)
CustomModel("touched", input_cost=1, output_cost=2)
CustomModel("agreed", input_cost=1, output_cost=2)
CustomModel("elsewhere", input_cost=1)
CustomModel("dropped", input_cost=1, function_call=True)
CustomModel("based", base_model_name="gpt-4o", input_cost=1)
CustomModel("gone", input_cost=1)
CustomModel("override", input_cost=1, supported_params_override={"top_p": {"max": 1}})
"""
AFTER = """
CustomModel("moved", input_cost=3, output_cost=2)
CustomModel("touched", input_cost=3, output_cost=2)
CustomModel("agreed", input_cost=3, output_cost=9)
CustomModel("elsewhere", input_cost=3)
CustomModel("dropped", input_cost=1)
CustomModel("based", base_model_name="gpt-4o-mini", input_cost=1)
CustomModel("gone", input_cost=3)
CustomModel("override", input_cost=1, supported_params_override={"temperature": {"max": 2}})
"""


@long_form_of("plugin/test_provider_process.py::test_an_update_stops_where_somebody_else_was")
def test_an_update_looks_first(stack: Stack, emulator: Emulator) -> None:
    """One list, then an upsert of every declared field for each model, except where somebody moved
    a field that the change leaves alone: that one is named and stopped, and `--refresh` shows it.
    """
    stack.write_program(HEAD + BEFORE)
    stack.up()
    taken(emulator)
    for name in ("moved", "agreed"):
        emulator.edit_model(name, output_cost=9)
    emulator.edit_model("touched", input_cost=8)
    emulator.edit_model("elsewhere", output_cost=7)
    emulator.edit_model("override", supported_params_override={})
    emulator.remove_model("gone")

    stack.write_program(HEAD + AFTER)
    preview = stack.pulumi("preview")
    expected = [
        "warning: function_call is no longer declared; the live model keeps its value",
        "warning: base_model_name changes; values inherited from the old base may remain",
    ]
    assert sorted(told_about(preview, "warning")) == sorted(expected)
    assert taken(emulator) == []

    up = stack.up("--continue-on-error", check=False)
    assert up.returncode != 0
    first, *others = taken(emulator)
    assert first == LISTED
    assert sorted(others, key=str) == sorted(
        [
            asked("gone"),
            asked("moved"),
            asked("touched"),
            posted("touched", input_cost=3, output_cost=2),
            posted("agreed", input_cost=3, output_cost=9),
            posted("elsewhere", input_cost=3),
            posted("dropped", input_cost=1),
            posted("based", base_model_name="gpt-4o-mini", input_cost=1),
            posted("gone", input_cost=3),
            posted("override", input_cost=1, supported_params_override={"temperature": {"max": 2}}),
        ],
        key=str,
    )
    lines = "\n".join(told(up))
    for words in (
        "error: KeywordsAIError: moved was changed by somebody else since it was last read:\n"
        "output_cost  last 2 → live 9\n"
        "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and decide.",
        "warning: this update overwrites changes to touched that somebody else made:\n"
        "input_cost  last 1 → live 8",
        "warning: gone no longer exists and is recreated",
        *expected,
    ):
        assert words in lines
    held = emulator.models()
    assert held["moved"]["input_cost"] == 1
    assert held["elsewhere"]["output_cost"] == 7
    assert held["dropped"]["function_call"] == 1

    shown = stack.preview("--refresh").stdout
    assert re.search(r"~ output_cost *: 2 => 9", shown)
    assert "~ output_cost: 9 => 2" in shown
    assert taken(emulator) == [LISTED, asked("moved")]
    stack.up("--refresh")
    update = posted("moved", input_cost=3, output_cost=2)
    assert taken(emulator) == [LISTED, asked("moved"), update]


def test_an_answer_that_differs_from_the_declaration(new_stack: NewStack) -> None:
    """A declared field answered otherwise is a warning at the write; neither it nor a field that a
    newer service no longer answers is ever drift.
    """
    providers = {"my-azure-provider": {"provider_id": "my-custom-provider"}}
    with running_emulator(providers=providers) as emulator:
        emulator.dialect.price_decimals = 2
        emulator.dialect.prefix_base_names = True
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        stack.write_program(
            HEAD
            + 'CustomModel("one", base_model_name="gpt-4o", input_cost=0.126, streaming_support=1,'
            ' display_name="One", custom_provider_id="my-azure-provider")'
        )

        lines = told(stack.up())
        assert lines[1:] == [
            "warning: the service returned different values for one than declared:",
            "custom_provider_id  declared my-azure-provider → returned my-custom-provider",
            "input_cost          declared 0.126             → returned 0.13",
        ]
        taken(emulator)
        emulator.dialect.generation = "E"  # answers without display_name and streaming_support
        assert "2 unchanged" in stack.preview("--refresh").stdout
        # One built-in model is asked whether those are ever answered.
        assert taken(emulator) == [LISTED, asked("anthropic/claude-3-5-haiku-20241022")]


DRIFTING = """
CustomModel("price", input_cost=1, output_cost={})
CustomModel("flag", input_cost=1, function_call=True)
CustomModel("undeclared", input_cost=1)
CustomModel("gone", input_cost=1)
CustomModel("override", input_cost=1, supported_params_override={{"top_p": {{"max": 1}}}})
"""
LEFT = 'CustomModel("left", input_cost=1)\n'


def test_drift(stack: Stack, emulator: Emulator) -> None:
    """Refresh and the next preview show each declared field that moved, old and new; what is not
    declared, cannot be read or differs by rounding is no drift. `up` then puts it right.
    """
    stack.write_program(HEAD + DRIFTING.format(2) + LEFT)
    stack.up()
    taken(emulator)
    emulator.edit_model("price", output_cost=9)
    emulator.edit_model("flag", function_call=0, input_cost=1.0000000000000002)
    emulator.edit_model("undeclared", output_cost=9, max_context_window=7)
    emulator.edit_model("override", supported_params_override={})
    emulator.remove_model("gone")

    refresh = stack.refresh("--diff").stdout
    first, *looks = taken(emulator)
    # What is gone is asked for, and of what has drifted one at least, before any is shown.
    assert first == LISTED
    assert asked("gone") in looks
    assert set(looks) - {asked("gone")} <= {asked("price"), asked("flag")}
    assert "~ output_cost: 2 => 9" in refresh
    assert "~ function_call: 1 => 0" in refresh
    assert refresh.count(" => ") == 2
    assert "~ 2 updated\n    - 1 deleted" in refresh

    steps = stack.preview_json()["steps"]
    taken(emulator)
    changes = {
        step["urn"].rpartition("::")[2]: (step["op"], list(step.get("detailedDiff") or {}))
        for step in steps
        if step["op"] != "same"
    }
    assert changes == {
        "price": ("update", ["output_cost"]),
        "flag": ("update", ["function_call"]),
        "gone": ("create", []),
    }

    # Somebody else's price may also be taken into the program: then only the rest is put right.
    # What left the program is deleted, although the refresh compares every resource of the state.
    stack.write_program(HEAD + DRIFTING.format(9))
    assert "is not deleted" not in stack.up("--refresh").output
    first, *writes = taken(emulator)
    assert first == LISTED
    assert sorted(writes, key=str) == [
        deleted("left"),
        posted("flag", input_cost=1, function_call=1),
        posted("gone", input_cost=1),
    ]
    assert emulator.models()["flag"]["function_call"] == 1


@long_form_of("plugin/test_provider_process.py::test_a_model_is_not_gone_under_another_base_url")
def test_another_base_url(new_stack: NewStack, emulator: Emulator) -> None:
    """A model that is missing under another base URL than it was written to is not taken for gone,
    and is not deleted there either; back at the first one everything is as before.
    """
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    stack = new_stack(env)
    stack.write_program(HEAD + 'CustomModel("one", input_cost=1)')
    stack.up()
    with ExitStack() as services:
        other = services.enter_context(running_emulator(api_keys={emulator.api_key: "other"}))
        moved = {"KEYWORDSAI_BASE_URL": other.url}
        for verb in (stack.refresh, stack.destroy):
            failed = verb(env=moved, check=False)
            assert failed.returncode != 0
            assert (
                f"KeywordsAIError: one was written to {emulator.url}, but the base URL is now "
                f"{other.url}. Change keywordsai:baseUrl (or KEYWORDSAI_BASE_URL) back. If the "
                "service has moved, `pulumi refresh` accepts models whose values are "
                "equal; remove others from the state with `pulumi state delete`."
            ) in "\n".join(told(failed))
        assert [method for method, *_ in other.calls] == ["GET", "GET"]
    assert list(stack.resources()) == ["one"]
    taken(emulator)
    stack.destroy()
    assert taken(emulator) == [deleted("one")]


GETTING = (
    HEAD
    + """
own = CustomModel.get("own", "acme/own")
built_in = CustomModel.get("built-in", "openai/gpt-4o-mini")
CustomModel("mine", base_model_name=own.model_name, input_cost=own.input_cost)
pulumi.export("own", own.output_cost)
pulumi.export("built in", built_in.max_context_window)
"""
)


def test_get(stack: Stack, emulator: Emulator) -> None:
    """`get` reads an own and a built-in model, in the preview too, and never changes or deletes."""
    emulator.put_model("acme/own", input_cost=3, output_cost=4)
    stack.write_program(GETTING)

    assert stack.preview().stdout.count("input_cost     : 3") == 1
    taken(emulator)
    stack.up()
    assert taken(emulator) == [LISTED, posted("mine", base_model_name="acme/own", input_cost=3)]
    assert stack.outputs() == {"own": 4, "built in": 128_000}

    stack.destroy()
    assert taken(emulator) == [deleted("mine")]
    assert list(emulator.models()) == ["acme/own"]


@long_form_of("plugin/test_provider_process.py::test_a_model_is_read_without_being_owned")
def test_get_of_a_missing_model(stack: Stack) -> None:
    """`get` of a model that nobody has fails the preview, and says how to see what exists."""
    stack.write_program(HEAD + 'CustomModel.get("own", "acme/nobody")')

    result = stack.pulumi("preview", check=False)

    assert result.returncode != 0
    assert (
        "KeywordsAIError: There is no model acme/nobody. `keywordsai-dynamic models --all` lists "
        "all models."
    ) in "\n".join(told(result))
