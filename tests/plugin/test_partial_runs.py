"""Deletes in a run that leaves a part of its program out: what the program notes is asked."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from harness.lengths import ONE_DOOR
from harness.provider_process import NewPlugin, Plugin, Props

from keywordsai_dynamic.emulator import Emulator, running_emulator
from keywordsai_dynamic.lifecycle.deletion import Noted
from keywordsai_dynamic.lifecycle.run_notes import RunNotes

DELETE = ("DELETE", "/api/models/acme/m/", None)


def env_of(emulator: Emulator) -> dict[str, str]:
    return {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}


def state(plugin: Plugin, emulator: Emulator, url: str = "") -> Props:
    """Give what the state holds of a model that lives."""
    emulator.put_model("acme/m", input_cost=1)
    declared = {"model_name": "acme/m", "input_cost": 1}
    return plugin.state(declared, url or emulator.url, resource="old")


def small(plugin: Plugin, resource: str = "new", **values: object) -> Props:
    """Declare little: one model, one price."""
    return {"model_name": "acme/m", "input_cost": 1, "__urn": plugin.urn(resource), **values}


def noted_by_program(plugin: Plugin) -> RunNotes:
    """Begin the notes of a plugin's run, as a program does."""
    notes = RunNotes(plugin.engine_address)
    notes.begin()
    return notes


@pytest.fixture
def notes(plugin: Plugin) -> RunNotes:
    """Return the notes of the plugin's run."""
    return noted_by_program(plugin)


def note(notes: RunNotes, plugin: Plugin, resource: str = "new", **more: object) -> None:
    """Note a resource of the program; the native plugin notes it again once it is checked."""
    urn = plugin.urn(resource)
    notes.add(**{"declared": urn, "resource": resource, "urn": urn, **more})


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"urn": "new", "name": "acme/m"}, "resource 'new' declares it"),
        ({"name": "acme/m", "owns": False}, "resource 'new' reads it"),
        (
            {"urn": "new"},
            "resource 'new' may declare it: the name of its model is not known in this "
            "run; if nothing declares the model, delete it in the console",
        ),
        (
            {"urn": "new", "name": "acme/m", "transformed": True},
            "resource 'new' may declare it: the name of its model is not known in this "
            "run; if nothing declares the model, delete it in the console",
        ),
        ({"urn": "new", "name": "acme/other"}, None),
        ({"urn": "old", "name": "acme/m"}, None),
        ({"urn": "old"}, None),
    ],
)
def test_what_the_run_leaves_out_keeps_its_model(
    plugin: Plugin, emulator: Emulator, notes: RunNotes, told: Props, reason: str | None
) -> None:
    """The model of a removed resource stays where a resource has it that was never checked.

    Where the command cannot be seen, as here, a resource's own model may be deleted.
    """
    props = state(plugin, emulator)
    urn = {"urn": plugin.urn(told["urn"])} if "urn" in told else {}
    notes.add(declared="1-1", resource="new", **told | urn)
    plugin.delete("acme/m", props, plugin.urn("old"))
    assert emulator.calls == ([] if reason else [DELETE])
    kept = [plugin.message("INFO", f"acme/m is not deleted: {reason}")]
    assert plugin.messages == (kept if reason else [])


def test_without_a_program_everything_is_deleted(dynamic: Plugin, emulator: Emulator) -> None:
    """`pulumi destroy` runs no program, which begins no notes, and none are made."""
    props = state(dynamic, emulator)
    dynamic.check(small(dynamic, model_name="acme/n"))
    dynamic.delete("acme/m", props, dynamic.urn("old"))
    assert emulator.calls[-1] == DELETE
    assert not RunNotes(dynamic.engine_address).exist


def test_what_is_checked_is_noted_for_the_other_processes(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """Name, account and process; the key is not in it, and the account is not the key's text.

    The account is told by host and by key.
    """
    note(notes, plugin, provider="eu")
    plugin.check(small(plugin))
    [noted] = notes.read()
    assert noted == Noted(
        "new",
        plugin.urn("new"),
        name="acme/m",
        provider=noted.provider,
        account=noted.account,
        process=noted.process,
    )
    assert noted.provider in {"eu", str(noted.process)}  # the plugin knows no program's names
    host, key = (noted.account or "").split(".")
    assert (len(host), len(key), isinstance(noted.process, int)) == (16, 16, True)
    assert host != key
    assert emulator.api_key not in str(noted)


@ONE_DOOR
def test_two_keys_of_a_host_are_told_apart_and_two_hosts_too(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """The same host has the same mark with every key; a key has another one with another host."""

    def account(base_url: str, key: str) -> list[str]:
        plugin = new_plugin({"KEYWORDSAI_API_KEY": key, "KEYWORDSAI_BASE_URL": base_url})
        notes = noted_by_program(plugin)
        note(notes, plugin)
        plugin.check(small(plugin), {"model_name": "x"})
        [noted] = notes.read()
        return (noted.account or "").split(".")

    one, other = account(emulator.url, "one"), account(emulator.url, "other")
    elsewhere = account("http://127.0.0.1:9", "one")
    assert account(emulator.url, "one") == one
    assert one[0] == other[0] != elsewhere[0]
    assert len({one[1], other[1], elsewhere[1]}) == 3


@pytest.mark.parametrize("lives", [True, False])
def test_a_create_notes_whether_it_took_a_model_over(
    plugin: Plugin, emulator: Emulator, notes: RunNotes, lives: bool
) -> None:
    """With another key of the same organization that model may be the one to be deleted.

    The check says so already: the delete may come before the create has ended.
    """
    note(notes, plugin)
    if lives:
        emulator.put_model("acme/m", input_cost=1)
    inputs = plugin.check(small(plugin))
    [checked] = notes.read()
    plugin.create(inputs, plugin.urn("new"))
    [created] = notes.read()
    assert (checked.name, checked.existed) == ("acme/m", lives)
    assert created == checked


def test_a_check_that_cannot_look_notes_that_a_model_may_exist(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """Nothing shows then that another key's model of that name is another one."""
    note(notes, plugin)
    emulator.faults.fail_next(6, status=503)
    plugin.check(small(plugin))
    [noted] = notes.read()
    assert (noted.name, noted.existed) == ("acme/m", True)


DELETING = {"deletes": "acme/m", "kind": "model", "process": 1}


def test_a_model_that_another_process_is_deleting_is_created_after_that(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """Although its check has seen the model, with the very values that it declares."""
    emulator.put_model("acme/m", input_cost=1)
    inputs = plugin.check(small(plugin))
    notes.add(**DELETING, ended=False)
    with ThreadPoolExecutor(1) as calling:
        creating = calling.submit(plugin.create, inputs, plugin.urn("new"))
        assert wait([creating], timeout=0.5).done == set()
        emulator.remove_model("acme/m")
        notes.add(**DELETING, ended=True)
        creating.result()
    assert emulator.calls[-2:] == [
        ("GET", "/api/models/acme/m/", None),
        ("POST", "/api/models/", {"model_name": "acme/m", "input_cost": 1.0}),
    ]


def test_a_delete_of_another_process_that_does_not_end_is_an_error(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """That process may have died: nothing is sent that its request could undo."""
    plugin = new_plugin(env_of(emulator) | {"KEYWORDSAI_DEADLINE": "1"})
    notes = noted_by_program(plugin)
    inputs = plugin.check(small(plugin))
    notes.add(**DELETING, ended=False)
    assert plugin.failure(lambda: plugin.create(inputs, plugin.urn("new"))) == (
        "acme/m was not changed: another provider of this run is deleting it. Run again later."
    )
    assert emulator.models() == {}


def test_a_delete_is_noted_before_it_is_decided_on_and_after_it_is_done(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """So that another process which declares the model either is found, or waits."""
    props = state(plugin, emulator)
    with emulator.faults.hold_answers(method="DELETE") as held, ThreadPoolExecutor(1) as calling:
        deleting = calling.submit(plugin.delete, "acme/m", props, plugin.urn("old"))
        held.wait_until_held()
        assert list(notes.deletes("acme/m", "model").values()) == [False]
        held.release()
        deleting.result()
    assert list(notes.deletes("acme/m", "model").values()) == [True]


def test_a_create_without_a_urn_notes_nothing(dynamic: Plugin, emulator: Emulator) -> None:
    """An engine that does not say what a create is for leaves the note of the check as it is."""
    notes = noted_by_program(dynamic)
    note(notes, dynamic)
    inputs = dynamic.check(small(dynamic))
    emulator.put_model("acme/m", input_cost=1)
    dynamic.create(inputs)
    assert [noted.existed for noted in notes.read()] == [False]


@pytest.mark.parametrize("owns", [True, False])
def test_only_a_read_of_what_is_not_owned_is_noted(
    plugin: Plugin, emulator: Emulator, notes: RunNotes, owns: bool
) -> None:
    """A `get` is never checked: its read tells name, account and process. A refresh notes nothing.

    Afterwards even this very process keeps what it has read.
    """
    urn = plugin.urn("new")
    note(notes, plugin, owns=False)
    props = state(plugin, emulator)
    plugin.read("acme/m", props if owns else {"model_name": "acme/m"}, urn)
    [noted] = notes.read()
    if owns:
        assert noted == Noted("new", urn, owns=False)
        return
    account, process = noted.account, noted.process
    whose = {"account": account, "process": process, "provider": noted.provider}
    assert noted == Noted("new", urn, name="acme/m", owns=False, **whose)
    assert (len(account or ""), isinstance(process, int)) == (33, True)
    plugin.delete("acme/m", props, plugin.urn("old"))
    assert plugin.messages == [
        plugin.message("INFO", "acme/m is not deleted: resource 'new' reads it")
    ]
    assert emulator.models().keys() == {"acme/m"}


def test_a_check_that_fails_is_not_noted(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """What was refused is left to the rule for what nobody has checked."""
    note(notes, plugin)
    plugin.try_check(small(plugin, input_cost=-1))
    [noted] = notes.read()
    assert (noted.account, noted.process) == (None, None)


@pytest.mark.parametrize("same_account", [True, False])
def test_another_process_holds_a_model_in_its_own_account(
    new_plugin: NewPlugin, emulator: Emulator, notes: RunNotes, plugin: Plugin, same_account: bool
) -> None:
    """What an explicit provider's process has checked keeps the model of that account only."""
    with running_emulator() as elsewhere:
        other = new_plugin(env_of(emulator if same_account else elsewhere))
        note(notes, plugin, name="acme/m", provider="eu")
        their_notes = noted_by_program(other)
        other.check(small(other))
        lines = [
            line for line in their_notes._paths[0].read_text().splitlines() if "checked" in line
        ]
    with notes._paths[0].open("a") as file:
        file.writelines(f"{line}\n" for line in lines)
    plugin.delete("acme/m", state(plugin, emulator), plugin.urn("old"))
    assert [call[0] for call in emulator.calls if call[0] == "DELETE"] == (
        [] if same_account else ["DELETE"]
    )


def test_a_resource_is_known_by_the_urn_that_the_engine_has(
    plugin: Plugin, emulator: Emulator
) -> None:
    """After `pulumi state rename` the state's urn is an old one: the call's is the resource's."""
    props = state(plugin, emulator)
    plugin.check(small(plugin))
    plugin.delete("acme/m", props, plugin.urn("new"))
    assert emulator.calls[-1] == DELETE


def test_a_resource_is_known_by_its_alias(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """A replacement that deletes first, of what the state has under an earlier name."""
    props = state(plugin, emulator)
    note(notes, plugin, aliases=[plugin.urn("old")], name="acme/m")
    plugin.check(small(plugin))
    plugin.delete("acme/m", props, plugin.urn("old"))
    assert emulator.calls[-1] == DELETE


def test_in_the_middle_of_a_resource_unknown_names_keep_nothing(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """A delete before a create under another name does not wait for names to become known."""
    props = state(plugin, emulator)
    note(notes, plugin, "unknown")
    note(notes, plugin, "old")
    plugin.check(small(plugin, "old", model_name="acme/next"))
    plugin.delete("acme/m", props, plugin.urn("old"))
    assert (emulator.calls[-1], plugin.messages) == (DELETE, [])


def test_a_resource_that_no_program_notes_is_not_in_the_middle(
    dynamic: Plugin, emulator: Emulator
) -> None:
    """The program, which declares the resource still, is what tells that it is."""
    props = state(dynamic, emulator)
    note(noted_by_program(dynamic), dynamic, "unknown")
    dynamic.check(small(dynamic, "old", model_name="acme/next"))
    dynamic.delete("acme/m", props, dynamic.urn("old"))
    assert (emulator.calls[-1] == DELETE, len(dynamic.messages)) == (False, 1)


def test_what_is_kept_on_another_host_is_an_error_first(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """That another resource has the model says nothing of a model that is elsewhere."""
    note(notes, plugin, name="acme/m")
    props = state(plugin, emulator, "https://api.respan.ai")
    assert plugin.failure(lambda: plugin.delete("acme/m", props, plugin.urn("old"))).startswith(
        f"acme/m was written to https://api.respan.ai, but the base URL is now {emulator.url}. "
    )
    assert (emulator.calls, plugin.messages) == ([], [])
