"""What a look at the service is worth: how old it may be, and what it shows of names and owners."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import LISTED, asked, deleted, posted, read, taken, taken_over, told, writes

from keywordsai_dynamic.emulator import Emulator, running_emulator
from keywordsai_dynamic.emulator.dialect import Rounds

TWINS = "plugin/test_provider_process.py"
HEAD = """
import pulumi
from pulumi import ResourceOptions
from keywordsai_dynamic import CustomModel

def model(resource, input_cost, model_name=None, output_cost=5, base=None, **options):
    return CustomModel(
        resource, model_name=model_name or f"acme/{resource}", input_cost=input_cost,
        output_cost=output_cost, base_model_name=base, opts=ResourceOptions(**options)
    )

"""
TYPE = "pulumi-python:dynamic/keywordsai:CustomModel"
OURS, THEIRS = "a-key-of-ours-4711", "a-key-of-theirs-4712"


# Replacing what somebody else has changed ------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    few([pytest.param(True, id="deleted first"), pytest.param(False, id="created first")], 1),
)
def test_a_replacement_looks_first(new_stack: NewStack, before: bool) -> None:
    """A replacement under the same name is stopped by somebody's edit of any declared field, and by
    another organization's model of that name; nothing is sent. What nobody touched is replaced.
    """
    options = f", replace_on_changes=['input_cost'], delete_before_replace={before}"
    with running_emulator(api_keys={OURS: "a", THEIRS: "b"}) as emulator:
        stack = new_stack({"KEYWORDSAI_API_KEY": OURS, "KEYWORDSAI_BASE_URL": emulator.url})
        stack.write_program(HEAD + f"model('one', 1{options})")
        stack.up()
        emulator.put_model("acme/one", organization="b", input_cost=1, output_cost=7)
        theirs = emulator.models("b")
        taken(emulator)
        stack.write_program(HEAD + f"model('one', 2{options})")
        others: list[tuple[dict[str, Any], str, str]] = [
            ({"output_cost": 9}, OURS, "output_cost  last 5 → live 9"),
            ({}, THEIRS, "output_cost  last 5 → live 7"),
            ({"input_cost": 9}, OURS, "input_cost  last 1 → live 9"),
        ]
        for edit, key, row in few(others, 1):
            emulator.edit_model("acme/one", **{"input_cost": 1, "output_cost": 5, **edit})
            ours = emulator.models("a")

            stopped = stack.up(env={"KEYWORDSAI_API_KEY": key}, check=False)
            assert stopped.returncode != 0
            assert read(stopped) == sorted(
                [
                    f"error: {TYPE} resource 'one' has a problem: acme/one was changed by somebody "
                    "else since it was last read:",
                    row,
                    "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview "
                    "and decide. If that shows no change, a replacement was interrupted: to "
                    "overwrite the live values, declare overwrite_existing=True.",
                ]
            )
            assert writes(emulator) == []
            assert (emulator.models("a"), emulator.models("b")) == (ours, theirs)

        emulator.edit_model("acme/one", input_cost=1, output_cost=5)
        stack.up()
        deletes = [deleted("acme/one")] if before else []
        update = posted("acme/one", input_cost=2, output_cost=5)
        assert writes(emulator) == [*deletes, update]


# What shows that a name is free ----------------------------------------------------------------


class Listing(NamedTuple):
    """A way to list that does not show `acme/taken`, and what is asked where all names are free."""

    play: Callable[[Emulator], None]
    looks: list[tuple[str, str, None]] | None
    name: str = "acme/taken"


def paged(emulator: Emulator, size: int = 5) -> None:
    """Answer lists in pages, whatever is asked for."""
    emulator.dialect.list_answer = "page"
    emulator.dialect.all_is_ignored = True
    emulator.dialect.page_size = emulator.dialect.max_page_size = size


def shifting(emulator: Emulator) -> None:
    """Remove a model from the first page when it was read: the second page begins too late."""
    paged(emulator)
    emulator.faults.when_asked(
        lambda: emulator.remove_model("acme/a"), method="GET", path="/api/models/"
    )


def shifting_in_e(emulator: Emulator) -> None:
    shifting(emulator)
    emulator.dialect.generation = "E"


def without_next(emulator: Emulator) -> None:
    paged(emulator)
    emulator.dialect.tells_next = False


def hidden_and_counted(emulator: Emulator) -> None:
    paged(emulator, 100)
    emulator.dialect.list_hides = frozenset({"acme/taken"})


def named_by_id(emulator: Emulator) -> None:
    emulator.dialect.list_names_by = "id"


def lowering(emulator: Emulator) -> None:
    emulator.dialect.lowers_names = True


FREE = ("acme/free", "acme/taken")
PAGES = [LISTED, *(("GET", f"/api/models/?all=true&page={page}", None) for page in (2, 3, 4, 5))]
LISTINGS = {
    "pages that shift": Listing(shifting, [*PAGES, *PAGES]),
    "pages that shift, generation E": Listing(shifting_in_e, None),
    "more counted than shown": Listing(without_next, None),
    "hidden, and counted": Listing(hidden_and_counted, None),
    "items with an id for a name": Listing(named_by_id, [LISTED, *map(asked, FREE)]),
    "names in lower case": Listing(lowering, None, "Acme/Taken"),
}


@pytest.mark.parametrize("listing", few(LISTINGS, 1))
def test_a_name_that_a_list_does_not_show(stack: Stack, emulator: Emulator, listing: str) -> None:
    """A model with other values is refused, not overwritten, where the list does not show it; where
    the name is free, finding that out takes what it must and no more.
    """
    play, looks, name = LISTINGS[listing]
    for letter in "abcde":
        emulator.put_model(f"acme/{letter}", base_model_name="gpt-4o")
    emulator.put_model("acme/taken", base_model_name="gpt-4o", input_cost=3, output_cost=5)
    play(emulator)
    there = emulator.models()["acme/taken"]
    stack.write_program(HEAD + f"model('taken', 1, {name!r}, base='gpt-4o')")

    refused = stack.up(check=False)
    assert refused.returncode != 0
    assert emulator.models()["acme/taken"] == there
    assert writes(emulator) == []
    if name == "acme/taken":
        assert "input_cost  declared 1 → live 3" in told(refused)
    else:
        assert (
            "error: pulumi-python:dynamic/keywordsai:CustomModel resource 'taken' has a problem: "
            f"The service returns acme/taken for {name}: it treats the two as one name. Declare "
            'the name as "acme/taken".'
        ) in told(refused)

    if looks is not None:
        emulator.remove_model("acme/taken")
        stack.write_program(HEAD + "for name in ('free', 'taken'):\n    model(name, 1)\n")
        stack.up()
        calls = taken(emulator)
        assert sorted(calls[:-2]) == sorted(looks)
        assert sorted(calls[-2:], key=str) == [
            posted(name, input_cost=1, output_cost=5) for name in FREE
        ]


# How long a look is good for -------------------------------------------------------------------

EARLY = """
early = [model(f"early-{{number}}", {0}) for number in range(7)]
"""
LATE = """
model("edited", {0}, depends_on=early)
model("left-alone", {0}, depends_on=early)
"""
MADE = "model('made', 2, depends_on=early)\n"


def test_an_edit_while_a_run_waits_at_the_limit(stack: Stack, emulator: Emulator) -> None:
    """What was looked up more than 10 s ago is looked up again, in one list for all threads: what
    somebody changed or made meanwhile stops the run, and all the rest is written once.
    """
    stack.write_program(HEAD + EARLY.format(1) + LATE.format(1))
    stack.up()
    assert len(taken(emulator)) == 1 + 9

    def act() -> None:
        emulator.edit_model("acme/edited", output_cost=9)
        emulator.put_model("acme/made", input_cost=3, output_cost=5)

    # A window holds four requests: the list and three upserts, four upserts; and 12 s have gone by.
    emulator.faults.limit(4, per=6)
    emulator.faults.when_asked(act, method="POST", path="/api/models/", after=6)
    stack.write_program(HEAD + EARLY.format(2) + LATE.format(2) + MADE)
    stopped = stack.up("--continue-on-error", check=False)

    assert stopped.returncode != 0
    lines = told(stopped)
    at = lines.index(
        "error: KeywordsAIError: acme/edited was changed by somebody else since it was last read:"
    )
    assert lines[at + 1 : at + 3] == [
        "output_cost  last 5 → live 9",
        "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and decide.",
    ]
    at = lines.index(
        "error: KeywordsAIError: acme/made already exists with different values, and the service "
        "would overwrite it silently:"
    )
    assert lines[at + 1 : at + 2] == ["input_cost  declared 2 → live 3"]
    first, *sent = [request.call for request in emulator.requests if request.status != 429]
    assert first == LISTED
    early, late = sent[:7], sent[7:]
    assert sorted(early, key=str) == [
        posted(f"acme/early-{number}", input_cost=2, output_cost=5) for number in range(7)
    ]
    assert late[0] == LISTED
    assert LISTED not in late[1:]
    update = posted("acme/left-alone", input_cost=2, output_cost=5)
    assert [call for call in late if call[0] != "GET"] == [update]


RACING = "model('shared', 1)\n"


@long_form_of(f"{TWINS}::test_somebody_elses_model_made_a_moment_ago_is_noticed")
def test_the_first_overwriting_answer_of_a_run(stack: Stack, emulator: Emulator) -> None:
    """A run whose very first upsert overwrites what somebody made a moment ago says so."""
    stack.write_program(HEAD + RACING)
    with emulator.faults.hold_answers(method="GET", path="/api/models/") as lists:
        run = stack.start("up", "--yes", "--skip-preview")
        lists.wait_until_held(1, timeout=60)
        emulator.put_model("acme/shared", input_cost=3, output_cost=4)
    result = run.wait()

    assert result.returncode == 0
    assert taken(emulator) == [LISTED, posted("acme/shared", input_cost=1, output_cost=5)]
    assert read(result) == [
        "warning: somebody else created acme/shared a moment ago, and it has been overwritten "
        "(unless the service returns 200 for new models too)"
    ]


def listed(emulator: Emulator) -> list[dict[str, Any]]:
    """What the service's list shows now."""
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    answer = httpx.get(f"{emulator.url}/api/models/?all=true", headers=headers)
    models: list[dict[str, Any]] = answer.json()
    return models


@long_form_of(
    "plugin/test_provider_process.py::test_what_a_list_still_shows_and_nobody_has_is_created"
)
def test_a_list_that_lags_behind(stack: Stack, emulator: Emulator) -> None:
    """Nothing is taken over that only the list still has, nor refused for what only the list shows:
    the model is asked for by itself.
    """
    for price, changed in ((1, None), (2, {"input_cost": 2})):
        emulator.put_model("acme/one", input_cost=1, output_cost=5)
        before = listed(emulator)
        if changed is None:
            emulator.remove_model("acme/one")
        else:
            emulator.edit_model("acme/one", **changed)
        taken(emulator)
        emulator.faults.fail_next(1, status=200, body=before, method="GET", path="/api/models/")
        stack.write_program(HEAD + f"model('one', {price})")

        stack.up()

        upsert = [] if changed else [posted("acme/one", input_cost=price, output_cost=5)]
        assert taken(emulator) == [LISTED, asked("acme/one"), *upsert]
        assert emulator.models()["acme/one"]["input_cost"] == price
        stack.destroy()


# What this run itself has done -----------------------------------------------------------------


@long_form_of("plugin/test_provider_process.py::test_what_was_sent_twice_is_nobody_elses")
def test_a_write_whose_answer_was_an_error(stack: Stack, emulator: Emulator) -> None:
    """Where a create and an update took effect and were answered 500, or cut off, the next `up`
    does not say that somebody else changed anything.
    """
    stack.write_program(HEAD + "model('lasting', 1)")
    stack.up()
    for price, fault in (
        (2, {"status": 500}),
        (3, {"status": 200, "body": {"model_name": "acme/lasting"}, "cut_after": 9}),
    ):
        stack.write_program(HEAD + f"model('lasting', {price})\nmodel('new-{price}', 1)")
        emulator.faults.fail_next(99, method="POST", when="after", **fault)
        failed = stack.up("--continue-on-error", env={"KEYWORDSAI_DEADLINE": "3"}, check=False)
        assert failed.returncode != 0
        emulator.faults.clear()
        assert emulator.models()["acme/lasting"]["input_cost"] == price
        taken(emulator)

        assert read(stack.up()) == [taken_over(f"acme/new-{price}")]
        upserts = [call for call in writes(emulator) if call[0] == "POST"]
        assert upserts == [posted("acme/lasting", input_cost=price, output_cost=5)]


@long_form_of(
    "unit/test_ownership.py::test_the_wanted_price_is_nobodys_business_where_the_service_rounds_it"
)
@pytest.mark.parametrize("rounds", few(["always", "reads"], 1))
def test_a_write_whose_answer_was_an_error_and_whose_price_is_rounded(
    stack: Stack, emulator: Emulator, rounds: Rounds
) -> None:
    """Where a create and an update took effect and were answered 500, and the service rounds what
    it reads back, the next `up` goes on, and does not say that somebody else changed anything.
    """
    emulator.dialect.price_decimals = 2
    emulator.dialect.rounds = rounds
    stack.write_program(HEAD + "model('lasting', 1)")
    stack.up()
    stack.write_program(HEAD + "model('lasting', 0.126)\nmodel('new', 0.126)")
    emulator.faults.fail_next(2, status=500, method="POST", when="after")
    assert stack.up("--continue-on-error", check=False).returncode != 0

    again = stack.up(check=False)
    assert again.returncode == 0
    assert "somebody else" not in again.output


@long_form_of("contract/test_inventory.py::test_a_model_that_slips_from_page_to_page_is_not_free")
def test_pages_that_shift_in_both_passes(stack: Stack, emulator: Emulator) -> None:
    """A model that both passes over the pages miss is refused all the same, not overwritten."""
    for letter in "abcde":
        emulator.put_model(f"acme/{letter}", base_model_name="gpt-4o")
    emulator.put_model("acme/taken", base_model_name="gpt-4o", input_cost=3, output_cost=5)
    there = emulator.models()["acme/taken"]
    shifting(emulator)
    for after, act in (
        (4, lambda: emulator.put_model("acme/a", base_model_name="gpt-4o")),
        (5, lambda: emulator.remove_model("acme/a")),
    ):
        emulator.faults.when_asked(act, method="GET", path="/api/models/", after=after)
    stack.write_program(HEAD + "model('taken', 1, base='gpt-4o')")

    refused = stack.up(check=False)
    assert emulator.models()["acme/taken"] == there
    assert refused.returncode != 0
    assert "input_cost  declared 1 → live 3" in told(refused)


@long_form_of(
    "unit/test_late_writes.py::test_a_delete_before_a_replacement_relies_on_a_look_of_ten_seconds"
)
def test_an_edit_while_a_deletion_waits_at_the_limit(stack: Stack, emulator: Emulator) -> None:
    """A replacement that deletes first looks again, too, before a DELETE that has waited: what
    somebody changed meanwhile is not deleted.
    """
    program = (
        "early = model('early', {0})\nmodel('one', {0}, depends_on=[early], "
        "replace_on_changes=['input_cost'], delete_before_replace=True)"
    )
    stack.write_program(HEAD + program.format(1))
    stack.up()
    taken(emulator)
    emulator.faults.limit(2, per=11)  # the list and the first upsert
    emulator.faults.when_asked(
        lambda: emulator.edit_model("acme/one", output_cost=9), method="POST", path="/api/models/"
    )
    stack.write_program(HEAD + program.format(2))

    stopped = stack.up(check=False)
    upserts = [call for call in writes(emulator) if call[0] == "POST"]
    assert upserts == [posted("acme/early", input_cost=2, output_cost=5)]
    assert emulator.models()["acme/one"]["output_cost"] == 9
    assert stopped.returncode != 0
    assert "output_cost  last 5 → live 9" in told(stopped)


@long_form_of("unit/test_late_writes.py::test_a_look_that_takes_long_is_as_good_as_can_be_had")
def test_a_list_that_takes_longer_than_a_look_is_good_for(stack: Stack, emulator: Emulator) -> None:
    """A service that needs more than 10 s for its list is slow, and can be written to all the same;
    nobody is told of a limit that was never reached.
    """
    for number in range(5):
        emulator.faults.when_asked(
            lambda: time.sleep(10.5), method="GET", path="/api/models/", after=number
        )
    stack.write_program(HEAD + "model('one', 1)")

    result = stack.up(env={"KEYWORDSAI_DEADLINE": "20"}, check=False)
    assert "kept the write" not in result.output
    assert result.returncode == 0
    assert list(emulator.models()) == ["acme/one"]


@long_form_of("contract/test_inventory.py::test_without_any_list_each_model_is_asked_for")
def test_a_list_that_is_gone_while_a_run_waits(stack: Stack, emulator: Emulator) -> None:
    """Where lists are answered 404 all at once while a run waits at the limit, the run does not ask
    for them over and over.
    """
    stack.write_program(HEAD + "model('one', 1)\nmodel('two', 1)")
    stack.up()
    taken(emulator)
    emulator.faults.limit(2, per=11)

    def lose_the_list() -> None:
        emulator.faults.proxy(404, method="GET", path="/api/models/")
        emulator.faults.proxy(404, path="/api/models/list/")

    emulator.faults.when_asked(lose_the_list, method="POST", path="/api/models/")
    stack.write_program(HEAD + "model('one', 2)\nmodel('two', 2)")
    result = stack.up(env={"KEYWORDSAI_DEADLINE": "15"}, check=False)
    assert len(taken(emulator)) < 20
    assert "kept the write" not in result.output
