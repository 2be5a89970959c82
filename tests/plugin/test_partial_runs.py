"""Deletes in a run that leaves a part of its program out: what the program notes is asked."""

from collections.abc import Iterator

import pytest
from harness.provider_process import Message, NewPlugin, Plugin, Props, failure

from keywordsai_dynamic.emulator import Emulator, running_emulator
from keywordsai_dynamic.lifecycle.deletion import Noted
from keywordsai_dynamic.lifecycle.run_notes import RunNotes

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:CustomModel::"
OLD, NEW = f"{URN}old", f"{URN}new"
DELETE = ("DELETE", "/api/models/acme/m/", None)


def env_of(emulator: Emulator) -> dict[str, str]:
    return {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}


def state(emulator: Emulator) -> Props:
    """Give what the state holds of a model that lives."""
    emulator.put_model("acme/m", input_cost=1)
    return {"model_name": "acme/m", "input_cost": 1, "__base_url": emulator.url, "__urn": OLD}


def noted_by_program(plugin: Plugin) -> RunNotes:
    """Begin the notes of a plugin's run, as a program does."""
    notes = RunNotes(plugin.engine_address)
    notes.begin()
    return notes


@pytest.fixture
def notes(plugin: Plugin) -> Iterator[RunNotes]:
    """Hold the notes of the plugin's run."""
    begun = noted_by_program(plugin)
    yield begun
    for path in begun._paths:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ({"urn": NEW, "name": "acme/m"}, "resource 'new' declares it"),
        ({"name": "acme/m", "owns": False}, "resource 'new' reads it"),
        (
            {"urn": NEW},
            "resource 'new' may declare it: the name of its model is not known in this "
            "run; if nothing declares the model, delete it in the console",
        ),
        (
            {"urn": NEW, "name": "acme/m", "transformed": True},
            "resource 'new' may declare it: the name of its model is not known in this "
            "run; if nothing declares the model, delete it in the console",
        ),
        ({"urn": NEW, "name": "acme/other"}, None),
        ({"urn": OLD, "name": "acme/m"}, None),
        ({"urn": OLD}, None),
    ],
)
def test_what_the_run_leaves_out_keeps_its_model(
    plugin: Plugin, emulator: Emulator, notes: RunNotes, note: Props, reason: str | None
) -> None:
    """The model of a removed resource stays where a resource has it that was never checked.

    Where the command cannot be seen, as here, a resource's own model may be deleted.
    """
    props = state(emulator)
    notes.add(declared="1-1", resource="new", **note)
    plugin.delete("acme/m", props, OLD)
    assert emulator.calls == ([] if reason else [DELETE])
    told = [Message("INFO", f"acme/m is not deleted: {reason}", "")]
    assert plugin.messages == (told if reason else [])


def test_without_a_program_everything_is_deleted(plugin: Plugin, emulator: Emulator) -> None:
    """`pulumi destroy` runs no program, which begins no notes, and none are made."""
    props = state(emulator)
    plugin.check({"model_name": "acme/n", "input_cost": 1, "__urn": NEW})
    plugin.delete("acme/m", props, OLD)
    assert emulator.calls[-1] == DELETE
    assert not RunNotes(plugin.engine_address).exist


def test_what_is_checked_is_noted_for_the_other_processes(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """Name, account and process; the key is not in it, and the account is not the key's text.

    The account is told by host and by key.
    """
    notes.add(declared="1-1", resource="new", urn=NEW, provider="eu")
    plugin.check({"model_name": "acme/m", "input_cost": 1, "__urn": NEW})
    [noted] = notes.read()
    assert noted == Noted(
        "new",
        NEW,
        name="acme/m",
        provider="eu",
        account=noted.account,
        process=noted.process,
    )
    host, key = (noted.account or "").split(".")
    assert (len(host), len(key), isinstance(noted.process, int)) == (16, 16, True)
    assert host != key
    assert emulator.api_key not in str(noted)


def test_two_keys_of_a_host_are_told_apart_and_two_hosts_too(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """The same host has the same mark with every key; a key has another one with another host."""

    def account(base_url: str, key: str) -> list[str]:
        plugin = new_plugin({"KEYWORDSAI_API_KEY": key, "KEYWORDSAI_BASE_URL": base_url})
        notes = noted_by_program(plugin)
        notes.add(declared="1-1", resource="new", urn=NEW)
        plugin.check({"model_name": "acme/m", "input_cost": 1, "__urn": NEW}, {"model_name": "x"})
        [noted] = notes.read()
        notes._paths[0].unlink()
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
    notes.add(declared="1-1", resource="new", urn=NEW)
    if lives:
        emulator.put_model("acme/m", input_cost=1)
    inputs = plugin.check({"model_name": "acme/m", "input_cost": 1, "__urn": NEW})
    [checked] = notes.read()
    plugin.create(inputs, NEW)
    [created] = notes.read()
    assert (checked.name, checked.adopted) == ("acme/m", lives)
    assert created == checked


def test_a_create_without_a_urn_notes_nothing(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """An engine that does not say what a create is for leaves the note of the check as it is."""
    notes.add(declared="1-1", resource="new", urn=NEW)
    inputs = plugin.check({"model_name": "acme/m", "input_cost": 1, "__urn": NEW})
    emulator.put_model("acme/m", input_cost=1)
    plugin.create(inputs)
    assert [noted.adopted for noted in notes.read()] == [False]


@pytest.mark.parametrize("owns", [True, False])
def test_only_a_read_of_what_is_not_owned_is_noted(
    plugin: Plugin, emulator: Emulator, notes: RunNotes, owns: bool
) -> None:
    """A `get` is never checked: its read tells name, account and process. A refresh notes nothing.

    Afterwards even this very process keeps what it has read.
    """
    notes.add(declared="1-1", resource="new", urn=NEW, owns=False)
    props = state(emulator)
    plugin.read("acme/m", props if owns else {"model_name": "acme/m"}, NEW)
    [noted] = notes.read()
    if owns:
        assert noted == Noted("new", NEW, owns=False)
        return
    account, process = noted.account, noted.process
    assert noted == Noted("new", NEW, name="acme/m", owns=False, account=account, process=process)
    assert (len(account or ""), isinstance(process, int)) == (33, True)
    plugin.delete("acme/m", props, OLD)
    assert plugin.messages == [
        Message("INFO", "acme/m is not deleted: resource 'new' reads it", "")
    ]
    assert emulator.models().keys() == {"acme/m"}


def test_a_check_that_fails_is_not_noted(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """What was refused is left to the rule for what nobody has checked."""
    notes.add(declared="1-1", resource="new", urn=NEW)
    plugin.try_check({"model_name": "acme/m", "input_cost": -1, "__urn": NEW})
    assert notes.read() == [Noted("new", NEW)]


@pytest.mark.parametrize("same_account", [True, False])
def test_another_process_holds_a_model_in_its_own_account(
    new_plugin: NewPlugin, emulator: Emulator, notes: RunNotes, plugin: Plugin, same_account: bool
) -> None:
    """What an explicit provider's process has checked keeps the model of that account only."""
    with running_emulator() as elsewhere:
        other = new_plugin(env_of(emulator if same_account else elsewhere))
        notes.add(declared="1-1", resource="new", urn=NEW, name="acme/m", provider="eu")
        their_notes = noted_by_program(other)
        other.check({"model_name": "acme/m", "input_cost": 1, "__urn": NEW})
        lines = [
            line for line in their_notes._paths[0].read_text().splitlines() if "checked" in line
        ]
        their_notes._paths[0].unlink()
    with notes._paths[0].open("a") as file:
        file.writelines(f"{line}\n" for line in lines)
    plugin.delete("acme/m", state(emulator), OLD)
    assert [call[0] for call in emulator.calls if call[0] == "DELETE"] == (
        [] if same_account else ["DELETE"]
    )


def test_a_resource_is_known_by_the_urn_that_the_engine_has(
    plugin: Plugin, emulator: Emulator
) -> None:
    """After `pulumi state rename` the state's urn is an old one: the call's is the resource's."""
    props = state(emulator)
    plugin.check({"model_name": "acme/m", "input_cost": 1, "__urn": NEW})
    plugin.delete("acme/m", props, NEW)
    assert emulator.calls[-1] == DELETE


def test_a_resource_is_known_by_its_alias(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """A replacement that deletes first, of what the state has under an earlier name."""
    props = state(emulator)
    notes.add(declared="1-1", resource="new", urn=NEW, aliases=[OLD], name="acme/m")
    plugin.check({"model_name": "acme/m", "input_cost": 1, "__urn": NEW})
    plugin.delete("acme/m", props, OLD)
    assert emulator.calls[-1] == DELETE


@pytest.mark.parametrize("declared", [True, False])
def test_in_the_middle_of_a_resource_unknown_names_keep_nothing(
    plugin: Plugin, emulator: Emulator, notes: RunNotes, declared: bool
) -> None:
    """A delete before a create under another name does not wait for names to become known.

    That it is in the middle is told by the program, which declares the resource still.
    """
    props = state(emulator)
    notes.add(declared="1-1", resource="unknown", urn=f"{URN}unknown")
    if declared:
        notes.add(declared="1-2", resource="old", urn=OLD)
    plugin.check({"model_name": "acme/next", "input_cost": 1, "__urn": OLD})
    plugin.delete("acme/m", props, OLD)
    assert (emulator.calls[-1] == DELETE, len(plugin.messages)) == (declared, not declared)


def test_what_is_kept_on_another_host_is_an_error_first(
    plugin: Plugin, emulator: Emulator, notes: RunNotes
) -> None:
    """That another resource has the model says nothing of a model that is elsewhere."""
    notes.add(declared="1-1", resource="new", urn=NEW, name="acme/m")
    props = {**state(emulator), "__base_url": "https://api.respan.ai"}
    assert failure(lambda: plugin.delete("acme/m", props, OLD)).startswith(
        "KeywordsAIError: acme/m was written to https://api.respan.ai, but the base URL is now "
        f"{emulator.url}. "
    )
    assert (emulator.calls, plugin.messages) == ([], [])
