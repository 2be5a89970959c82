"""Services that answer otherwise than the documented one, and what stands in front of them."""

import json
from collections.abc import Mapping
from typing import Any

from harness.cli_run import Result
from harness.lengths import long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import (
    LISTED,
    asked,
    deleted,
    posted,
    read,
    taken,
    taken_over,
    told,
    told_about,
    writes,
)

from keywordsai_dynamic.emulator import Emulator, running_emulator

TWINS = "plugin/test_provider_process.py"
HEAD = """
import pulumi
from pulumi import ResourceOptions
from keywordsai_dynamic import CustomModel

def model(resource, fields, **options):
    return CustomModel(
        resource, model_name=f"acme/{resource}", opts=ResourceOptions(**options), **fields
    )

"""


def state(stack: Stack) -> dict[str, Any]:
    """Give the inputs and outputs of every resource, by name."""
    return {name: (kept["inputs"], kept["outputs"]) for name, kept in stack.resources().items()}


def moves(result: Result) -> list[str]:
    """Every value that `--diff` shows with its last and its live one."""
    return [line.strip() for line in result.stdout.splitlines() if " => " in line]


def stopping(name: str, *rows: str) -> list[str]:
    """What an update says that somebody's edit stops."""
    return [
        f"error: KeywordsAIError: {name} was changed by somebody else since it was last read:",
        *rows,
        "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and decide.",
        "error: update failed",
    ]


# A proxy in front of it ------------------------------------------------------------------------

THREE = "".join(f"model('{name}', dict(input_cost=1))\n" for name in ("one", "two", "three"))
NAMES = ("acme/one", "acme/three", "acme/two")
HTML = "<html><head><title>404</title></head><body><h1>Nothing here</h1></body></html>"
# What a proxy answers, and what of it the user reads.
PROXIES: list[tuple[Mapping[str, Any], str]] = [
    ({}, "no explanation"),
    ({"raw": "default backend"}, "default backend"),
    ({"raw": HTML}, "404 Nothing here"),
    ({"body": {"message": "no Route matched"}}, "no Route matched"),
]
# As another program of the same web framework writes it, and so the API itself.
FRAMEWORK = {"body": {"detail": "Not Found"}}


def foreign(method: str, name: str, detail: str) -> str:
    return (
        f"error: APIStatusError: {method} /api/models/{name}/ returned 404, but not from "
        f"the Keywords AI API (check the base URL): {detail}"
    )


def unproven(name: str, url: str) -> str:
    return (
        f"error: KeywordsAIError: {name} returned 404, and nothing shows that {url} is the "
        "Keywords AI API: it lists no model and returns no other one. Check "
        "keywordsai:baseUrl; if the model is gone, remove it from the state with "
        "`pulumi state delete`."
    )


@long_form_of("plugin/test_provider_process.py::test_404_of_a_proxy_takes_nothing_out_of_the_state")
def test_refresh_is_answered_404_by_somebody_else(stack: Stack, emulator: Emulator) -> None:
    """Where a proxy answers 404 to everything, refresh fails with a line for each model and the
    state keeps them; a model that was truly removed in the console is found all the same.
    """
    stack.write_program(HEAD + THREE)
    stack.up()
    before = state(stack)
    for answer, detail in (*PROXIES, (FRAMEWORK, None)):
        emulator.faults.proxy(404, **answer)
        failed = stack.refresh(check=False)
        emulator.faults.clear()

        assert failed.returncode != 0
        assert read(failed) == [
            *(
                foreign("GET", name, detail) if detail else unproven(name, emulator.url)
                for name in NAMES
            ),
            "error: update failed",
        ]
        assert "deleted" not in failed.output
        assert state(stack) == before

    taken(emulator)
    emulator.remove_model("acme/two")
    assert "- 1 deleted" in stack.refresh().stdout
    assert taken(emulator) == [LISTED, asked("acme/two")]
    del before["two"]
    assert state(stack) == before


@long_form_of("plugin/test_provider_process.py::test_404_of_a_proxy_takes_nothing_out_of_the_state")
def test_destroy_is_answered_404_by_somebody_else(stack: Stack, emulator: Emulator) -> None:
    """Where a proxy answers 404 to everything, or to deletes alone, destroy fails with a line for
    each model and the state keeps them; one that was removed in the console is fine.
    """
    stack.write_program(HEAD + THREE)
    stack.up()
    before = state(stack)
    for number, (answer, detail) in enumerate(PROXIES):
        taken(emulator)
        emulator.faults.proxy(404, method="DELETE" if number % 2 else None, **answer)
        failed = stack.destroy(check=False)
        emulator.faults.clear()

        assert failed.returncode != 0
        lines = [foreign("DELETE", name, detail) for name in NAMES]
        assert read(failed) == [*lines, "error: update failed"]
        assert "deleted" not in failed.output
        assert state(stack) == before
        assert sorted(taken(emulator)) == [deleted(name) for name in NAMES]

    emulator.remove_model("acme/two")
    assert "- 4 deleted" in stack.destroy().stdout
    looks = [LISTED, asked("acme/two")]
    assert sorted(taken(emulator)) == sorted([*(deleted(name) for name in NAMES), *looks])
    assert stack.resources() == {}


@long_form_of(f"{TWINS}::test_404_of_a_proxy_takes_nothing_out_of_the_state")
def test_looks_at_one_model_are_answered_404(stack: Stack, emulator: Emulator) -> None:
    """Where a proxy answers 404 to looks at one model, and the list shows it, nothing is gone."""
    stack.write_program(HEAD + THREE)
    stack.up()
    before = state(stack)
    emulator.dialect.list_leaves_out = frozenset({"input_cost"})
    failing = [*(foreign("GET", name, "no explanation") for name in NAMES), "error: update failed"]
    for answer, lines, summary in (({}, failing, "4 errored"), (FRAMEWORK, [], "4 unchanged")):
        emulator.faults.proxy(404, method="GET", path="/api/models/acme/*", **answer)
        refreshed = stack.refresh(check=False)
        emulator.faults.clear()
        assert read(refreshed) == lines
        assert summary in refreshed.stdout
        assert "deleted" not in refreshed.output
        assert state(stack) == before


# Another base URL ------------------------------------------------------------------------------

MOVED = """
options = dict(replace_on_changes=["input_cost"])
for name in ("update-equal", "update-other", "update-missing"):
    model(name, dict(input_cost=2 if name in {0} else 1))
for name in ("replace-equal", "replace-other"):
    model(name, dict(input_cost=2 if name in {0} else 1), **options)
model("before", dict(input_cost=2 if "before" in {0} else 1), delete_before_replace=True, **options)
"""
UPDATED = ["update-equal", "update-other", "update-missing"]
REPLACED = ["replace-equal", "replace-other", "before"]


def of_another_host(name: str, first: str, second: str, error: str = "KeywordsAIError:") -> str:
    return (
        f"error: {error} acme/{name} was written to {first}, but the base URL is now {second}. "
        "Change keywordsai:baseUrl (or KEYWORDSAI_BASE_URL) back. If the service has moved, "
        "`pulumi refresh` accepts models whose values are equal; remove others from the "
        "state with `pulumi state delete`."
    )


@long_form_of("plugin/test_provider_process.py::test_a_model_is_not_gone_under_another_base_url")
def test_another_base_url(new_stack: NewStack, emulator: Emulator) -> None:
    """Under another base URL an update and a replacement are refused, and neither service gets a
    write; refresh goes on with a model of the same values, with a warning, and with no other one.
    """
    with running_emulator(api_keys={emulator.api_key: "other"}) as other:
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        stack.write_program(HEAD + MOVED.format([]))
        stack.up()
        before = state(stack)
        for name in [*UPDATED, *REPLACED]:
            if not name.endswith("missing"):
                other.put_model(f"acme/{name}", input_cost=9 if name.endswith("other") else 1)
        there = other.models()
        taken(emulator)
        moved = {"KEYWORDSAI_BASE_URL": other.url}

        stack.write_program(HEAD + MOVED.format(UPDATED))
        failed = stack.up("--continue-on-error", env=moved, check=False)
        lines = [of_another_host(name, emulator.url, other.url) for name in UPDATED]
        assert sorted(told_about(failed, "KeywordsAIError")) == sorted(lines)
        for name in REPLACED:
            stack.write_program(HEAD + MOVED.format([name]))
            resource = (
                f"pulumi-python:dynamic/keywordsai:CustomModel resource '{name}' has a problem:"
            )
            line = of_another_host(name, emulator.url, other.url, resource)
            refused = stack.pulumi("preview", env=moved, check=False)
            assert (refused.returncode != 0, line in told(refused)) == (True, True)
        failed_too = stack.up(env=moved, check=False)
        assert line in told(failed_too)
        assert taken(emulator) == []
        assert taken(other) == []
        assert other.models() == there
        assert state(stack) == before

        refreshed = stack.refresh(env=moved, check=False)
        assert refreshed.returncode != 0
        lines = [
            f"warning: acme/{name} was written to {emulator.url}, and {other.url} has it with the "
            "same values: from now on, this stack manages that model"
            if name.endswith(("equal", "before"))
            else of_another_host(name, emulator.url, other.url)
            for name in [*UPDATED, *REPLACED]
        ]
        assert read(refreshed) == sorted([*lines, "error: update failed"])
        assert "deleted" not in refreshed.output
        assert state(stack).keys() == before.keys()
        assert taken(emulator) == []
        first, *others = taken(other)
        assert first == LISTED
        # What is missing, and of what has drifted at least one, before any is told.
        assert asked("acme/update-missing") in others
        assert {asked("acme/update-other"), asked("acme/replace-other")} & set(others)
        assert {call[0] for call in others} == {"GET"}


# What its answers hold -------------------------------------------------------------------------

LEFT_OUT = """
bare = model("bare", dict(input_cost=1, max_context_window=5))
model("roomy", dict(input_cost=1, max_context_window=5), depends_on=[bare])
"""


@long_form_of(f"{TWINS}::test_a_field_that_lists_lack_is_asked_for_at_every_model")
def test_a_list_that_leaves_out_what_only_some_models_have(
    stack: Stack, emulator: Emulator
) -> None:
    """A field that the list lacks is asked for at every model, also after one that has not got it:
    what exists with another value is refused, and its drift is seen.
    """
    emulator.dialect.list_leaves_out = frozenset({"max_context_window"})
    emulator.dialect.leaves_out_unset = True
    emulator.put_model("acme/bare", input_cost=1)
    emulator.put_model("acme/roomy", input_cost=1, max_context_window=7)
    before = emulator.models()
    stack.write_program(HEAD + LEFT_OUT)

    refused = stack.pulumi("preview", check=False)
    assert refused.returncode != 0
    assert "max_context_window  declared 5 → live 7" in told(refused)
    assert emulator.models() == before

    emulator.edit_model("acme/roomy", max_context_window=5)
    stack.up()
    emulator.remove_model("acme/bare")
    emulator.put_model("acme/bare", input_cost=1)
    emulator.edit_model("acme/roomy", max_context_window=7)
    assert moves(stack.refresh("--diff")) == ["~ max_context_window: 5 => 7"]


BASED = """
model("based", dict(base_model_name="gpt-4o", input_cost={0}))
model("prefixed", dict(base_model_name="gpt-4o", input_cost={0}))
"""


@long_form_of(f"{TWINS}::test_a_base_of_ones_own_is_not_a_vendors")
def test_a_custom_base_that_ends_like_a_built_in_one(stack: Stack, emulator: Emulator) -> None:
    """A base that was `gpt-4o` and is the custom model `acme/gpt-4o` now has drifted, and stops an
    update; the vendor's prefix before the name of a built-in model is no drift.
    """
    emulator.put_model("acme/gpt-4o", input_cost=9)
    stack.write_program(HEAD + BASED.format(1))
    stack.up()
    emulator.edit_model("acme/based", base_model_name="acme/gpt-4o")
    emulator.edit_model("acme/prefixed", base_model_name="openai/gpt-4o")
    taken(emulator)

    stack.write_program(HEAD + BASED.format(2))
    stopped = stack.up("--continue-on-error", check=False)
    assert stopped.returncode != 0
    row = "base_model_name  last gpt-4o → live acme/gpt-4o"
    assert read(stopped) == sorted(stopping("acme/based", row))
    update = posted("acme/prefixed", base_model_name="gpt-4o", input_cost=2)
    assert writes(emulator) == [update]

    shown = moves(stack.refresh("--diff"))
    assert shown == ['~ base_model_name: "gpt-4o" => "acme/gpt-4o"']


@long_form_of(f"{TWINS}::test_what_was_taken_away_in_the_console_is_drift")
def test_a_declared_price_that_is_null_now(stack: Stack, emulator: Emulator) -> None:
    """A declared price that the service has as null has drifted: an update stops, refresh shows it,
    and a create over such a model is refused. A null that stays in spite of an update is told, and
    no drift any more.
    """
    emulator.put_model("acme/there", input_cost=1, output_cost=2)
    one = "model('one', dict(input_cost=1, output_cost={}))\n"
    stack.write_program(HEAD + one.format(2))
    stack.up()
    emulator.dialect.nulls = frozenset({"input_cost"})
    taken(emulator)

    stack.write_program(HEAD + one.format(3))
    stopped = stack.up("--continue-on-error", check=False)
    assert stopped.returncode != 0
    assert read(stopped) == sorted(stopping("acme/one", "input_cost  last 1 → live null"))
    assert writes(emulator) == []

    stack.write_program(HEAD + one.format(2) + "model('there', dict(input_cost=1, output_cost=2))")
    refused = stack.pulumi("preview", check=False)
    assert refused.returncode != 0
    assert "input_cost  declared 1 → live null" in told(refused)

    stack.write_program(HEAD + one.format(2))
    refreshed = stack.refresh("--diff").stdout
    assert "- input_cost: 1\nResources:\n    ~ 1 updated\n    1 unchanged\n" in refreshed
    assert read(stack.up()) == [
        "input_cost  declared 1 → returned null",
        "warning: the service returned different values for acme/one than declared:",
    ]
    assert "2 unchanged" in stack.refresh().stdout


ROUNDED = """
model("down", dict(input_cost={}, output_cost=2))
model("up", dict(input_cost=0.126, output_cost={}))
"""


@long_form_of(f"{TWINS}::test_a_service_that_rounds_in_its_reads_does_not_drift")
def test_prices_that_are_rounded_in_reads(stack: Stack, emulator: Emulator) -> None:
    """Where a service rounds what it reads back, and answers writes exactly, nothing has drifted,
    twice in a row, and updates go through.
    """
    emulator.dialect.price_decimals = 2
    emulator.dialect.rounds = "reads"
    stack.write_program(HEAD + ROUNDED.format(0.124, 2))
    assert told(stack.up()) == []
    for _ in range(2):
        assert "3 unchanged" in stack.refresh().stdout
    assert "3 unchanged" in stack.preview().stdout

    taken(emulator)
    stack.write_program(HEAD + ROUNDED.format(0.133, 3))
    assert "somebody else" not in stack.up().output
    assert writes(emulator) == [
        posted("acme/down", input_cost=0.133, output_cost=2),
        posted("acme/up", input_cost=0.126, output_cost=3),
    ]
    assert "3 unchanged" in stack.refresh().stdout


PRICED = """
one = model("one", dict(base_model_name="gpt-4o", input_cost=0.126, output_cost=0))
equal = model("equal", dict(input_cost=2.5, output_cost=0))
for name, each in dict(one=one, equal=equal).items():
    pulumi.export(name, [each.input_cost, each.output_cost, each.cache_hit_input_cost])
"""


@long_form_of(f"{TWINS}::test_a_service_that_rounds_in_its_reads_does_not_drift")
def test_own_prices_that_are_rounded_in_reads(stack: Stack, emulator: Emulator) -> None:
    """Where only own models' prices are read back rounded, which a list with exact ones of built-in
    models cannot show, the drift that the first refresh sees does not come back after an `up`.
    """
    emulator.dialect.price_decimals, emulator.dialect.rounds = 2, "own reads"
    stack.write_program(HEAD + "model('one', dict(input_cost=0.126))")
    stack.up()
    assert moves(stack.refresh("--diff")) == ["~ input_cost: 0.126 => 0.13"]

    assert read(stack.up()) == [
        "input_cost  declared 0.126 → returned 0.13",
        "warning: the service returned different values for acme/one than declared:",
    ]

    assert moves(stack.refresh("--diff")) == []
    assert "2 unchanged" in stack.up().stdout


@long_form_of(f"{TWINS}::test_a_price_as_text_is_the_price")
def test_prices_as_text(stack: Stack, emulator: Emulator) -> None:
    """Prices that are answered as text are numbers: nothing is warned about, an equal model is
    taken over, the outputs are numbers, and refresh shows what has moved alone.
    """
    emulator.dialect.prices_as_text = True
    emulator.put_model("acme/equal", input_cost=2.5, output_cost=0)
    stack.write_program(HEAD + PRICED)

    assert told_about(stack.up(), "warning") == [taken_over("acme/equal")]
    upsert = posted("acme/one", base_model_name="gpt-4o", input_cost=0.126, output_cost=0)
    assert writes(emulator) == [upsert]
    outputs = {name: kept["outputs"] for name, kept in stack.resources().items()}
    assert [outputs["one"][cost] for cost in ("input_cost", "output_cost")] == [0.126, 0]
    assert [outputs["equal"][cost] for cost in ("input_cost", "output_cost")] == [2.5, 0]
    assert stack.outputs() == {"one": [0.126, 0, 1.25], "equal": [2.5, 0, 0]}

    emulator.edit_model("acme/one", input_cost=0.127)
    assert moves(stack.refresh("--diff")) == ["~ input_cost: 0.126 => 0.127"]


WIPED = """
model("edited", dict(base_model_name="gpt-4o", input_cost={0}))
model("plain", dict(input_cost={0}))
"""


@long_form_of(f"{TWINS}::test_an_upsert_that_resets_what_it_leaves_out_is_told")
def test_values_that_an_update_wipes(stack: Stack, emulator: Emulator) -> None:
    """Where a POST resets what it leaves out, the user reads which values were lost that somebody
    had set and nobody declared, each from what to what.
    """
    emulator.dialect.keep_omitted = False
    stack.write_program(HEAD + WIPED.format(1))
    stack.up()
    emulator.edit_model(
        "acme/edited",
        display_name="Ours",
        output_cost=3,
        max_context_window=7,
        image_support=0,
        provider_id="azure",
    )
    stack.write_program(HEAD + WIPED.format(2))

    assert told(stack.up()) == [
        "pulumi-python:dynamic/keywordsai:CustomModel (edited):",
        "warning: this write changed fields of acme/edited that are not declared:",
        "display_name        before Ours  → after null",
        "output_cost         before 3     → after 10",
        "max_context_window  before 7     → after 128,000",
        "image_support       before 0     → after 1",
        "provider_id         before azure → after openai",
    ]
    wiped = emulator.models()["acme/edited"]
    assert [wiped[field] for field in ("input_cost", "output_cost", "display_name")] == [
        2,
        10,
        None,
    ]


OWNED = """
model("one", dict(input_cost={0}))
model("equal", dict(input_cost={0}))
"""
BUILT_IN = 'CustomModel("built-in", model_name="openai/gpt-4o", input_cost=2.5)\n'


@long_form_of(f"{TWINS}::test_own_models_of_another_category_are_own")
def test_own_models_of_another_category(stack: Stack, emulator: Emulator) -> None:
    """Own models of a category that nobody knows are created, taken over, updated, refreshed and
    deleted as ever, and a built-in model is refused all the same.
    """
    emulator.dialect.own_category = "organization"
    emulator.put_model("acme/equal", input_cost=1)
    stack.write_program(HEAD + OWNED.format(1))
    assert told_about(stack.up(), "warning") == [taken_over("acme/equal")]
    assert writes(emulator) == [posted("acme/one", input_cost=1)]

    stack.write_program(HEAD + OWNED.format(2))
    assert told(stack.up()) == []
    assert writes(emulator) == [
        posted("acme/equal", input_cost=2),
        posted("acme/one", input_cost=2),
    ]

    stack.write_program(HEAD + OWNED.format(2) + BUILT_IN)
    refused = stack.pulumi("preview", check=False)
    assert refused.returncode != 0
    assert told_about(refused, "openai/gpt-4o") == [
        "error: pulumi-python:dynamic/keywordsai:CustomModel resource 'built-in' has a problem: "
        "openai/gpt-4o is a built-in model and cannot be changed. Choose another model_name, "
        'and declare base_model_name="openai/gpt-4o" to inherit from it.'
    ]
    assert writes(emulator) == []
    stack.destroy()
    assert writes(emulator) == [deleted("acme/equal"), deleted("acme/one")]


WRITTEN = """
model("lasting", dict(base_model_name="gpt-4o", input_cost={0}))
model("passing-{1}", dict(input_cost=1))
"""


@long_form_of(f"{TWINS}::test_a_write_that_is_answered_without_a_model_is_read")
def test_writes_that_are_answered_without_a_model(stack: Stack, emulator: Emulator) -> None:
    """Where a create or an update is answered 202 or 204, the model is read, and the state holds
    what the service says of it.
    """
    emulator.dialect.price_decimals = 2
    deletes = []
    for cost, status in ((1.126, "202"), (2.126, "204"), (3.126, "202")):
        emulator.dialect.write_answer = status
        stack.write_program(HEAD + WRITTEN.format(cost, cost))

        assert read(stack.up()) == [
            f"input_cost  declared {cost} → returned {round(cost, 2)}",
            "warning: the service returned different values for acme/lasting than declared:",
        ]
        first, *others = taken(emulator)
        assert first == LISTED
        passing = f"acme/passing-{cost}"
        assert sorted(others, key=str) == [
            *deletes,
            asked("acme/lasting"),
            asked(passing),
            posted("acme/lasting", base_model_name="gpt-4o", input_cost=cost),
            posted(passing, input_cost=1),
        ]
        deletes = [deleted(passing)]
        lasting = stack.resources()["lasting"]["outputs"]
        assert lasting["input_cost"] == round(cost, 2)
        assert json.loads(lasting["__answered"])["output_cost"] == 10


@long_form_of(
    "plugin/test_provider_process.py::test_a_model_is_not_gone_where_nothing_shows_the_api"
)
def test_destroy_is_answered_404_by_another_framework(stack: Stack, emulator: Emulator) -> None:
    """Where something else answers 404 in the API's own words, to everything or to deletes alone,
    destroy fails with one line for each model, and the state keeps them.
    """
    stack.write_program(HEAD + THREE)
    stack.up()
    before = state(stack)
    still_there = (
        "error: KeywordsAIError: DELETE of {} had no effect: the model still exists. It stays in "
        "the state; run again."
    )
    everything = [unproven(name, emulator.url) for name in NAMES]
    for method, lines in ((None, everything), ("DELETE", [*map(still_there.format, NAMES)])):
        emulator.faults.proxy(404, method=method, **FRAMEWORK)
        failed = stack.destroy(check=False)
        emulator.faults.clear()
        assert failed.returncode != 0
        assert read(failed) == sorted([*lines, "error: update failed"])
        assert "deleted" not in failed.output
        assert state(stack) == before


@long_form_of(f"{TWINS}::test_a_replacement_under_another_base_url_fails_in_the_preview")
def test_a_replacement_under_another_base_url(new_stack: NewStack, emulator: Emulator) -> None:
    """Under another base URL a replacement is refused by the preview already, whether the model is
    there or not, and neither service gets a write.
    """
    program = "model('one', dict(input_cost={}), replace_on_changes=['input_cost'])"
    with running_emulator(api_keys={emulator.api_key: "other"}) as other:
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        stack.write_program(HEAD + program.format(1))
        stack.up()
        before = state(stack)
        taken(emulator)
        stack.write_program(HEAD + program.format(2))
        moved = {"KEYWORDSAI_BASE_URL": other.url}
        refusals = []
        for _ in range(2):
            for result in (
                stack.pulumi("preview", env=moved, check=False),
                stack.up(env=moved, check=False),
            ):
                named = (
                    f"acme/one was written to {emulator.url}, but the base URL is now {other.url}"
                )
                refusals.append((result.returncode != 0, named in result.output))
            other.put_model("acme/one", input_cost=1)
        assert refusals == [(True, True)] * 4
        assert taken(emulator) == []
        assert writes(other) == []
        assert state(stack) == before


@long_form_of(f"{TWINS}::test_a_wiped_value_that_lists_lack_is_reported")
def test_a_wiped_value_that_the_list_leaves_out(stack: Stack, emulator: Emulator) -> None:
    """The user reads of an undeclared value that an update wipes where lists lack it, too."""
    emulator.dialect.keep_omitted = False
    emulator.dialect.list_leaves_out = frozenset({"max_context_window"})
    stack.write_program(HEAD + "model('one', dict(base_model_name='gpt-4o', input_cost=1))")
    stack.up()
    emulator.edit_model("acme/one", max_context_window=7)
    stack.write_program(HEAD + "model('one', dict(base_model_name='gpt-4o', input_cost=2))")

    assert read(stack.up()) == [
        "max_context_window  before 7 → after 128,000",
        "warning: this write changed fields of acme/one that are not declared:",
    ]


@long_form_of(f"{TWINS}::test_a_name_that_the_service_spells_otherwise_fails_in_the_preview")
def test_a_name_that_the_service_has_in_another_case(stack: Stack, emulator: Emulator) -> None:
    """The preview refuses what `up` would refuse: a name that the service has in another case."""
    emulator.dialect.lowers_names = True
    emulator.put_model("acme/one", input_cost=3)
    stack.write_program(HEAD + "CustomModel('one', model_name='Acme/One', input_cost=1)")

    refused = stack.pulumi("preview", check=False)
    assert refused.returncode != 0
    sentence = (
        "The service returns acme/one for Acme/One: it treats the two as one name. Declare "
        'the name as "acme/one".'
    )
    assert sentence in "\n".join(told(refused))
    assert writes(emulator) == []


# What the first answers to all this had missed ---------------------------------------------------


@long_form_of(f"{TWINS}::test_a_field_that_lists_lack_is_asked_for_at_every_model")
def test_what_one_built_in_model_lacks_says_nothing_of_others(
    stack: Stack, emulator: Emulator
) -> None:
    """Where services leave out what is not set, a price that the list lacks is asked for at every
    model; nothing is written over that nobody has seen.
    """
    emulator.dialect.leaves_out_unset = True
    emulator.dialect.list_leaves_out = frozenset({"cache_creation_input_cost"})
    emulator.put_model("acme/a", cache_creation_input_cost=1)
    emulator.put_model("acme/b", cache_creation_input_cost=7)
    both = "one = model('a', dict(cache_creation_input_cost=1))\n"
    both += "model('b', dict(cache_creation_input_cost=1), depends_on=[one])\n"
    stack.write_program(HEAD + both)
    taken(emulator)

    refused = stack.up(check=False)

    assert "cache_creation_input_cost  declared 1 → live 7" in told(refused)
    assert writes(emulator) == []


@long_form_of("plugin/test_provider_process.py::test_an_edit_of_what_was_answered_as_null_is_seen")
def test_an_edit_of_what_was_answered_as_null(stack: Stack, emulator: Emulator) -> None:
    """What a write was answered as null and is edited later is drift; what a refresh has seen as
    null and is edited then is told before it is overwritten.
    """
    stack.write_program(HEAD + "model('one', dict(input_cost=1, output_cost=5))")
    emulator.dialect.nulls = frozenset({"output_cost"})
    stack.up()
    emulator.dialect.nulls = frozenset()
    assert moves(stack.refresh("--diff")) == []
    emulator.edit_model("acme/one", output_cost=9)
    assert "9" in "".join(moves(stack.refresh("--diff")))

    stack.up()
    emulator.dialect.nulls = frozenset({"output_cost"})
    stack.refresh()
    emulator.dialect.nulls = frozenset()
    emulator.edit_model("acme/one", output_cost=9)
    assert "output_cost  last null → live 9" in told(stack.up())


@long_form_of(f"{TWINS}::test_a_delete_that_was_not_carried_out_is_an_error")
def test_a_delete_that_was_not_carried_out(stack: Stack, emulator: Emulator) -> None:
    """A success with an error in its body, and a 404 beside a list that is not whole, are believed
    only where the model is not found by itself; one that took effect and was answered an error is.
    """
    stack.write_program(HEAD + "model('one', dict(input_cost=1))")
    stack.up()
    before = state(stack)
    sentence = (
        "error: KeywordsAIError: DELETE of acme/one had no effect: the model still exists. It "
        "stays in the state; run again."
    )
    emulator.faults.fail_next(1, status=200, method="DELETE", body={"error": "Something broke"})
    assert sentence in told(stack.destroy(check=False))
    emulator.dialect.list_answer, emulator.dialect.all_is_ignored = "page", True
    emulator.dialect.max_page_size, emulator.dialect.tells_next = 3, False
    emulator.faults.proxy(404, method="DELETE", body={"detail": "Not Found"})
    assert sentence in told(stack.destroy(check=False))
    assert state(stack) == before

    emulator.faults.clear()
    emulator.dialect.max_page_size, emulator.dialect.tells_next = 100, True
    emulator.dialect.list_lags = 30.0
    emulator.faults.fail_next(1, status=502, method="DELETE", when="after")
    stack.destroy()
    assert (emulator.models(), stack.resources()) == ({}, {})


@long_form_of(f"{TWINS}::test_a_service_may_move_that_has_the_model_with_the_same_values")
def test_another_service_of_which_nothing_can_be_compared(
    new_stack: NewStack, emulator: Emulator
) -> None:
    """Refresh goes over to another service's model only where every value that was answered is the
    same: with one field declared that no answer repeats, the others tell.
    """
    with running_emulator(api_keys={emulator.api_key: "other"}) as other:
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        stack.write_program(
            HEAD + "model('one', dict(supported_params_override={'t': {'min': 0}}))"
        )
        stack.up()
        before = state(stack)
        other.put_model("acme/one", input_cost=77)

        refreshed = stack.refresh(env={"KEYWORDSAI_BASE_URL": other.url}, check=False)

        assert of_another_host("one", emulator.url, other.url) in told(refreshed)
        assert state(stack) == before


@long_form_of(f"{TWINS}::test_a_built_in_model_that_cannot_be_read_stops_nothing")
def test_a_built_in_model_that_cannot_be_read(stack: Stack, emulator: Emulator) -> None:
    """What goes wrong with a model that the program never named stops nothing."""
    emulator.dialect.generation = "E"
    stack.write_program(HEAD + "model('one', dict(base_model_name='gpt-4o', display_name='One'))")
    stack.up()
    emulator.faults.fail_next(9, status=403, method="GET", path="/api/models/anthropic/*")
    taken(emulator)
    update = "model('one', dict(base_model_name='gpt-4o', display_name='One', input_cost=2))"
    stack.write_program(HEAD + update)

    stack.up()

    wanted = posted("acme/one", base_model_name="gpt-4o", display_name="One", input_cost=2)
    assert writes(emulator) == [wanted]


@long_form_of(f"{TWINS}::test_values_that_a_write_has_not_changed_are_not_reported")
def test_values_that_a_write_has_not_changed(stack: Stack, emulator: Emulator) -> None:
    """Nobody is told of changes that are none: prices that lists round, values that they lack."""
    emulator.dialect.price_decimals, emulator.dialect.rounds = 2, "own reads"
    stack.write_program(HEAD + "model('one', dict(base_model_name='gpt-4o-mini', input_cost=1))")
    stack.up()
    stack.write_program(HEAD + "model('one', dict(base_model_name='gpt-4o-mini', input_cost=2))")

    assert read(stack.up()) == []
