"""What a run leaves out of its plan is declared all the same: no model of it is deleted.

`--target`, `--exclude` and, from CLI 3.274 on, `--continue-on-error` leave resources out without a
word to the provider, so that the deletes of the run know of them only what the program notes.
"""

import os
import signal
import stat
import sys
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from harness.cli_run import Running
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import LISTED, asked, deleted, model_of, posted, taken, told, told_about

from keywordsai_dynamic.emulator import Emulator, RecordedRequest, running_emulator

HEAD = """
import pulumi
from pulumi import Alias, ResourceOptions
from keywordsai_dynamic import CustomModel, ModelSet

def models(resource, *names):
    return ModelSet(resource, models={name: {"input_cost": 1} for name in names})

def model(resource, model_name, input_cost=1, base=None, **options):
    opts = ResourceOptions(**options)
    return CustomModel(
        resource, model_name=model_name, input_cost=input_cost, base_model_name=base, opts=opts
    )

class Team(pulumi.ComponentResource):
    def __init__(self, name, model_name, after=None, **options):
        super().__init__("acme:llm:Team", name, None, ResourceOptions(**options))
        model(f"{name}-llm", model_name, parent=self, depends_on=after)

"""
FAILING = "failing = model('failing', 'acme/failing', base='nobody/knows-it')\n"
REFUSED = posted("acme/failing", base_model_name="nobody/knows-it", input_cost=1)


def urn(name: str, kind: str = "CustomModel") -> str:
    return f"urn:pulumi:dev::test::pulumi-python:dynamic/keywordsai:{kind}::{name}"


def kept(name: str, resource: str, does: str = "declares it") -> str:
    return f"{name} is not deleted: resource '{resource}' {does}"


UNKNOWN = (
    "may declare it: the name of its model is not known in this run; if nothing "
    "declares the model, delete it in the console"
)
PREFIXED = """
def prefixed(args):
    if "model_name" in args.props:
        props = {**args.props, "model_name": "acme/" + args.props["model_name"]}
        return pulumi.ResourceTransformResult(props, args.opts)

pulumi.runtime.register_resource_transform(prefixed)
"""
PREFIXED_HERE = """
def prefixed(args):
    if "model_name" in args.props:
        props = {**args.props, "model_name": "acme/" + args.props["model_name"]}
        return pulumi.ResourceTransformationResult(props, args.opts)

pulumi.runtime.register_stack_transformation(prefixed)
"""


class Plan(NamedTuple):
    """A change of a program of which a run leaves something out, and what the run makes of it."""

    before: str
    after: str
    options: list[str]
    sent: list[object]
    told: list[str]
    held: list[str]


PLANS = {
    "renamed, and skipped": Plan(
        "model('old', 'acme/one')",
        FAILING + "model('new', 'acme/one', depends_on=[failing])",
        ["--continue-on-error"],
        [REFUSED],
        [kept("acme/one", "new")],
        ["acme/one"],
    ),
    "renamed, and not targeted": Plan(
        "model('old', 'acme/one')",
        "model('new', 'acme/one')",
        ["--target", urn("old")],
        [],
        [kept("acme/one", "new")],
        ["acme/one"],
    ),
    "swapped, and one targeted": Plan(
        "model('first', 'acme/one')\nmodel('second', 'acme/two')",
        "model('first', 'acme/two')\nmodel('second', 'acme/one')",
        ["--target", urn("first")],
        [],
        [kept("acme/one", "second")],
        ["acme/one", "acme/two"],
    ),
    "swapped and deleted before, and one targeted": Plan(
        "model('first', 'acme/one')\nmodel('second', 'acme/two')",
        "model('first', 'acme/two', delete_before_replace=True)\nmodel('second', 'acme/one')",
        ["--target", urn("first")],
        [],
        [kept("acme/one", "second")],
        ["acme/one", "acme/two"],
    ),
    "renamed in a component, and skipped": Plan(
        "Team('old', 'acme/one')",
        FAILING + "Team('new', 'acme/one', [failing])",
        ["--continue-on-error"],
        [REFUSED],
        [kept("acme/one", "new-llm")],
        ["acme/one"],
    ),
    "renamed to an Output, and excluded": Plan(
        "model('old', 'acme/one')",
        "model('new', pulumi.Output.from_input('acme/one'))",
        ["--exclude", urn("new")],
        [],
        [kept("acme/one", "new")],
        ["acme/one"],
    ),
    "renamed to what is not known": Plan(
        "model('old', 'acme/one')",
        FAILING + "model('new', failing.model_id.apply(lambda _: 'acme/one'))",
        ["--continue-on-error"],
        [REFUSED],
        [kept("acme/one", "new", UNKNOWN)],
        ["acme/one"],
    ),
    "named by a transform, renamed, and excluded": Plan(
        PREFIXED + "model('old', 'one')",
        PREFIXED + "model('new', 'one')",
        ["--exclude", urn("new")],
        [],
        [kept("acme/one", "new", UNKNOWN)],
        ["acme/one"],
    ),
    "named by a transformation, renamed, and excluded": Plan(
        PREFIXED_HERE + "model('old', 'one')",
        PREFIXED_HERE + "model('new', 'one')",
        ["--exclude", urn("new")],
        [],
        [kept("acme/one", "new", UNKNOWN)],
        ["acme/one"],
    ),
    "removed, and others excluded": Plan(
        "model('old', 'acme/one')\nmodel('other', 'acme/two')",
        "model('other', 'acme/two', 2)",
        ["--exclude", urn("other")],
        [deleted("acme/one")],
        [],
        ["acme/two"],
    ),
    "removed, and others skipped": Plan(
        "model('old', 'acme/one')\nmodel('other', 'acme/two')",
        FAILING + "model('other', 'acme/two', 2, depends_on=[failing])",
        ["--continue-on-error"],
        [REFUSED, deleted("acme/one")],
        [],
        ["acme/two"],
    ),
    "removed, and read by another": Plan(
        "model('old', 'acme/one')",
        "CustomModel.get('reader', 'acme/one')",
        [],
        [],
        [kept("acme/one", "reader", "reads it")],
        ["acme/one"],
    ),
    "another name, and the old one read by another": Plan(
        "model('old', 'acme/one')",
        "model('old', 'acme/two')\nCustomModel.get('reader', 'acme/one')",
        [],
        [posted("acme/two", input_cost=1)],
        [kept("acme/one", "reader", "reads it")],
        ["acme/one", "acme/two"],
    ),
}

OUT_OF_A_SET = "models('prices', 'acme/one', 'acme/two')"
SETS = {
    "moved out of a set, and its own is excluded": Plan(
        OUT_OF_A_SET,
        "models('prices', 'acme/one')\nmodel('new', 'acme/two')",
        ["--exclude", urn("new")],
        [],
        [kept("acme/two", "new")],
        ["acme/one", "acme/two"],
    ),
    "moved into a set, and that is excluded": Plan(
        "model('old', 'acme/one')",
        "models('prices', 'acme/one')",
        ["--exclude", urn("prices", "ModelSet")],
        [],
        [kept("acme/one", "prices")],
        ["acme/one"],
    ),
    "moved out of a set, to what is not known": Plan(
        OUT_OF_A_SET,
        FAILING
        + "models('prices', 'acme/one')\n"
        + "model('new', failing.model_id.apply(lambda _: 'acme/two'))",
        ["--continue-on-error"],
        [REFUSED],
        [kept("acme/two", "new", UNKNOWN)],
        ["acme/one", "acme/two"],
    ),
    "moved out of a set, to what is known later": Plan(
        OUT_OF_A_SET,
        "models('prices', 'acme/one')\nmodel('new', pulumi.Output.from_input('acme/two'))",
        [],
        [],
        [kept("acme/two", "new")],
        ["acme/one", "acme/two"],
    ),
    "moved to a set that is known later": Plan(
        OUT_OF_A_SET,
        "models('prices', 'acme/one')\n"
        "two = pulumi.Output.from_input({'acme/two': {'input_cost': 1}})\n"
        "ModelSet('later', models=two)",
        [],
        [],
        [kept("acme/two", "later")],
        ["acme/one", "acme/two"],
    ),
    "dropped by a set, and read by another": Plan(
        OUT_OF_A_SET,
        "models('prices', 'acme/one')\nCustomModel.get('reader', 'acme/two')",
        [],
        [],
        [kept("acme/two", "reader", "reads it")],
        ["acme/one", "acme/two"],
    ),
    "dropped by a set, and others excluded": Plan(
        OUT_OF_A_SET + "\nmodel('other', 'acme/three')",
        "models('prices', 'acme/one')\nmodel('other', 'acme/three', 2)",
        ["--exclude", urn("other")],
        [deleted("acme/two")],
        [],
        ["acme/one", "acme/three"],
    ),
    "made when the program is under way": Plan(
        OUT_OF_A_SET,
        "models('prices', 'acme/one')\n"
        "pulumi.Output.from_input('acme/two').apply(lambda name: model('new', name))",
        [],
        [],
        [kept("acme/two", "new")],
        ["acme/one", "acme/two"],
    ),
}


@pytest.mark.parametrize("plan", [*few(PLANS, 1), *few(SETS, 1)])
def test_a_partial_plan(stack: Stack, emulator: Emulator, plan: str) -> None:
    """A model that the program declares or reads outlives a run that leaves its resource out, and
    the user reads which one; what the program does not declare is deleted.
    """
    before, after, options, sent, lines, held = (PLANS | SETS)[plan]
    stack.write_program(HEAD + before)
    stack.up()
    taken(emulator)
    stack.write_program(HEAD + after)

    result = stack.up(*options, check=False)

    said = [line for line in told(result) if "not deleted" in line]
    # Until 3.274 a name that nobody knows ended the run: nothing is deleted, and nothing said.
    assert said == lines or (UNKNOWN in lines[0] and "old" in stack.resources())
    # What is looked at depends on the CLI: until 3.274 it had what it skips checked all the same.
    assert [call for call in taken(emulator) if call[0] != "GET"] == sent
    assert sorted(emulator.models()) == held


def test_what_was_left_out_is_made_up_for(stack: Stack, emulator: Emulator) -> None:
    """The next whole run takes over what the partial one has kept. `destroy --run-program` deletes
    it then, although the program declares it under another name and reads another model of it.
    """
    same = "\nmodel('same', 'acme/two')\n"
    stack.write_program(HEAD + "model('old', 'acme/one')" + same)
    stack.up()
    stack.write_program(HEAD + "model('new', 'acme/one')" + same)
    taken(emulator)
    assert kept("acme/one", "new") in told(stack.up("--exclude", urn("new")))
    assert list(stack.resources()) == ["same"]
    assert taken(emulator) == []

    stack.up()

    assert taken(emulator) == [LISTED, asked("acme/one")]
    assert set(stack.resources()) == {"new", "same"}
    reader = "CustomModel.get('reader', 'acme/two')"
    stack.write_program(HEAD + "model('newer', 'acme/one')" + same + reader)

    result = stack.destroy("--run-program")

    assert [line for line in told(result) if "not deleted" in line] == []
    assert sorted(call for call in taken(emulator) if call != LISTED) == [
        deleted("acme/one"),
        deleted("acme/two"),
    ]
    assert emulator.models() == {}


@long_form_of("unit/test_this_run.py::test_a_run_is_known_by_the_verb_of_the_cli")
@pytest.mark.parametrize("before", few([["-v1"], ["-C."], ["--stack", "dev"]], 1), ids=" ".join)
def test_destroy_with_options_before_its_verb(
    stack: Stack, emulator: Emulator, before: list[str]
) -> None:
    """Whatever stands before the verb, a destroy is one."""
    stack.write_program(HEAD + "model('one', 'acme/one')")
    stack.up()
    stack.write_program(HEAD + "model('new', 'acme/one')")

    stack.pulumi(*before, "destroy", "--yes", "--skip-preview", "--run-program")

    assert emulator.models() == {}


COMPUTED = """
first = model("first", "acme/{0}", delete_before_replace=True)
for number in range(2):
    model(f"m-{{number}}", pulumi.Output.concat(first.model_name, "/", str(number)))
"""


@long_form_of(
    "e2e/test_partial_plans.py::test_what_depends_on_one_that_is_deleted_before_keeps_an_edit"
)
def test_names_that_follow_from_one_that_is_deleted_before(
    stack: Stack, emulator: Emulator
) -> None:
    """What is deleted in the middle of a run, before the names of its successors are known, is."""
    stack.write_program(HEAD + COMPUTED.format("t"))
    stack.up()
    stack.write_program(HEAD + COMPUTED.format("u"))

    result = stack.up()

    assert told_about(result, "not deleted") == []
    assert sorted(emulator.models()) == ["acme/u", "acme/u/0", "acme/u/1"]


def test_what_depends_on_one_that_is_deleted_before_keeps_an_edit(
    stack: Stack, emulator: Emulator
) -> None:
    """Its name may be the same again, so that its delete stops where somebody has changed it."""
    stack.write_program(HEAD + COMPUTED.format("t"))
    stack.up()
    emulator.edit_model("acme/t/0", input_cost=7)
    stack.write_program(HEAD + COMPUTED.format("u"))

    result = stack.up(check=False)

    assert result.returncode != 0
    assert "acme/t/0 was changed by somebody else since it was last read:" in result.output
    assert emulator.models()["acme/t/0"]["input_cost"] == 7
    stack.up("--refresh")
    assert sorted(emulator.models()) == ["acme/u", "acme/u/0", "acme/u/1"]


@long_form_of(
    "unit/test_deletion.py::test_a_resource_that_is_called_by_its_alias_was_not_seen_by_the_engine"
)
def test_an_excluded_resource_keeps_the_model_of_its_alias(
    stack: Stack, emulator: Emulator
) -> None:
    """The engine does not resolve the alias of what it excludes, and deletes the old resource."""
    stack.write_program(HEAD + "model('a', 'acme/one')\nmodel('b', 'acme/two')\n")
    stack.up()
    stack.write_program(HEAD + "model('b', 'acme/one', aliases=[Alias(name='a')])\n")
    run = stack.up("--exclude", urn("b"))
    assert kept("acme/one", "b") in run.stdout
    assert sorted(emulator.models()) == ["acme/one", "acme/two"]


@long_form_of("unit/test_deletion.py::test_a_urn_that_the_program_declares_itself_is_no_alias")
def test_an_alias_that_is_left_behind(stack: Stack, emulator: Emulator) -> None:
    """An old alias says nothing of a new resource that has the name now: its reset is done."""
    aliased = "model('b', 'acme/one', aliases=[Alias(name='a')])\n"
    again = (
        "model('a', 'acme/two', {}, replace_on_changes=['input_cost'], delete_before_replace=True)"
    )
    stack.write_program(HEAD + aliased + again.format(1))
    stack.up()
    taken(emulator)
    stack.write_program(HEAD + aliased + again.format(2))

    stack.up()

    writes = [call for call in taken(emulator) if call[0] != "GET"]
    assert writes == [deleted("acme/two"), posted("acme/two", input_cost=2)]


@long_form_of("plugin/test_partial_runs.py::test_what_is_kept_on_another_host_is_an_error_first")
def test_another_service_has_it_now(new_stack: NewStack, emulator: Emulator) -> None:
    """Renamed while the base URL is another one, the old resource stays in the state with an error:
    what was made at the one service does not keep what is at the other.
    """
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    with running_emulator(api_keys={emulator.api_key: "other"}) as other:
        stack = new_stack(env)
        stack.write_program(HEAD + "model('old', 'acme/one')")
        stack.up()
        stack.write_program(HEAD + "model('new', 'acme/one')")

        failed = stack.up(env={"KEYWORDSAI_BASE_URL": other.url}, check=False)

        assert failed.returncode != 0
        assert f"acme/one was written to {emulator.url}, but the base URL is now" in failed.output
        assert set(stack.resources()) == {"old", "new"}
        assert list(emulator.models()) == ["acme/one"]


@long_form_of("simulation/test_worlds.py::test_no_world_breaks_a_promise")
def test_an_interrupted_replacement_that_is_skipped_then(new_stack: NewStack) -> None:
    """The old self of an interrupted replacement is not deleted where the new one is left out."""
    doomed: list[Running] = []

    def kill_at_the_late_one(arrived: RecordedRequest) -> None:
        if model_of(arrived) == "acme/late":
            doomed[0].kill()

    with running_emulator(on_request=kill_at_the_late_one) as emulator:
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        stack.write_program(HEAD + "model('one', 'acme/one')")
        stack.up()
        replaced = "one = model('one', 'acme/one', 2, replace_on_changes=['input_cost']{})\n"
        stack.write_program(
            HEAD + replaced.format("") + "model('late', 'acme/late', depends_on=[one])"
        )
        doomed.append(stack.start("up", "--yes", "--skip-preview"))
        assert doomed[0].wait().returncode == -signal.SIGKILL
        stack.pulumi("cancel", "--yes")
        stack.write_program(HEAD + FAILING + replaced.format(", depends_on=[failing]"))
        taken(emulator)

        result = stack.up("--continue-on-error", check=False)

        assert deleted("acme/one") not in taken(emulator)
        assert emulator.models()["acme/one"]["input_cost"] == 2
        assert "acme/one is not deleted: " in "\n".join(told(result))


# Programs of the Automation API ------------------------------------------------------------------

AUTOMATION = """
import os, sys
from pulumi import automation

def program():
    {body}

def stack():
    env = dict(PULUMI_PYTHON_CMD=sys.executable, TMPDIR=os.getcwd())
    options = automation.LocalWorkspaceOptions(env_vars=env)
    return automation.create_or_select_stack(
        stack_name="dev", project_name="test", program=program, opts=options
    )

up = stack().up(**{options}, on_output=print)
"""


def automate(stack: Stack, body: str, options: dict[str, Any]) -> str:
    """Run a program inline, in a process of its own, in whose engine TMPDIR is another one."""
    source = "\n".join(f"    {line}" if line else "" for line in (HEAD + body).splitlines()).strip()
    script = stack.project / "automation_program.py"
    script.write_text(AUTOMATION.format(body=source, options=options))
    return stack.run(sys.executable, str(script), env={"PULUMI_STACK": None}).stdout


@long_form_of("e2e/test_partial_plans.py::test_what_is_noted")
def test_an_inline_program(stack: Stack, emulator: Emulator) -> None:
    """What a program of the Automation API declares is kept as that of any other is."""
    automate(stack, "model('old', 'acme/one')\nmodel('gone', 'acme/two')", {})
    taken(emulator)

    output = automate(stack, "model('new', 'acme/one')", {"exclude": [urn("new")]})

    assert kept("acme/one", "new") in output
    assert taken(emulator) == [deleted("acme/two")]
    assert list(emulator.models()) == ["acme/one"]


# Explicit providers ------------------------------------------------------------------------------

PROVIDERS = (
    HEAD
    + """
def account(name, key):
    config = {"keywordsai:apiKey": key, "keywordsai:baseUrl": BASE_URL}
    return pulumi.ProviderResource("pulumi-python", name, config)

"""
)


@long_form_of("plugin/test_partial_runs.py::test_another_process_holds_a_model_in_its_own_account")
@pytest.mark.parametrize(
    ("key_of_second", "left_out", "sent"),
    few(
        [
            pytest.param("key-a", False, [LISTED, asked("acme/one")], id="same account"),
            pytest.param(
                "key-b",
                False,
                [LISTED, posted("acme/one", input_cost=1), deleted("acme/one")],
                id="another account",
            ),
            pytest.param("key-a", True, [], id="same account, left out"),
        ],
        1,
    ),
)
def test_renamed_and_moved_to_another_provider(
    new_stack: NewStack,
    key_of_second: str,
    left_out: bool,
    sent: list[object],
) -> None:
    """A model renamed and moved to another provider is kept where that is the same account, and
    deleted in the one and created in the other where it is not.
    """
    with running_emulator(api_keys={"key-a": "a", "key-b": "b"}) as emulator:
        stack = new_stack({})
        head = f"BASE_URL = {emulator.url!r}\n{PROVIDERS}"
        accounts = (
            f"first = account('first', 'key-a')\nsecond = account('second', {key_of_second!r})\n"
        )
        also = "model('other', 'acme/other', provider=second)\n"
        stack.write_program(head + accounts + also + "model('old', 'acme/one', provider=first)")
        stack.up()
        taken(emulator)
        stack.write_program(head + accounts + also + "model('new', 'acme/one', provider=second)")

        stack.up(*(["--exclude", urn("new")] if left_out else []))

        assert taken(emulator) == sent
        owner = "a" if key_of_second == "key-a" else "b"
        assert "acme/one" in emulator.models(owner)


@long_form_of("plugin/test_partial_runs.py::test_a_create_notes_whether_it_took_a_model_over")
def test_two_keys_of_one_organization(new_stack: NewStack) -> None:
    """A model that is renamed and moved to a provider with another key of the same organization is
    kept: what the other one took over may be it.
    """
    with running_emulator(api_keys={"key-a": "a", "key-b": "a"}) as emulator:
        stack = new_stack({})
        head = f"BASE_URL = {emulator.url!r}\n{PROVIDERS}"
        accounts = "first = account('first', 'key-a')\nsecond = account('second', 'key-b')\n"
        stack.write_program(head + accounts + "model('old', 'acme/one', provider=first)")
        stack.up()
        stack.write_program(head + accounts + "model('new', 'acme/one', provider=second)")

        result = stack.up()

        assert kept("acme/one", "new") in told(result)
        assert list(emulator.models()) == ["acme/one"]


@long_form_of("unit/test_deletion.py::test_which_deletes_the_rest_of_the_program_forbids")
def test_read_in_another_account(new_stack: NewStack) -> None:
    """What another organization's model of that name is read as keeps nothing here."""
    with running_emulator(api_keys={"key-a": "a", "key-b": "b"}) as emulator:
        stack = new_stack({})
        head = f"BASE_URL = {emulator.url!r}\n{PROVIDERS}"
        accounts = "first = account('first', 'key-a')\nsecond = account('second', 'key-b')\n"
        read = "CustomModel.get('reader', 'acme/one', ResourceOptions(provider=second))\n"
        emulator.put_model("acme/one", organization="b", input_cost=5)
        stack.write_program(head + accounts + read + "model('old', 'acme/one', provider=first)")
        stack.up()
        stack.write_program(head + accounts + read)

        stack.up()

        assert (emulator.models("a"), list(emulator.models("b"))) == ({}, ["acme/one"])


IN_TEAMS = """
class Account(pulumi.ComponentResource):
    def __init__(self, name, key, models):
        super().__init__(f"acme:llm:Account{name}", name)
        config = {"keywordsai:apiKey": key, "keywordsai:baseUrl": BASE_URL}
        provider = pulumi.ProviderResource(
            "pulumi-python", "acct", config, ResourceOptions(parent=self)
        )
        for resource, model_name in models:
            model(resource, model_name, parent=self, provider=provider)

"""


def test_two_providers_of_one_name(new_stack: NewStack) -> None:
    """Providers of two components are two accounts, although both have the same resource name."""
    with running_emulator(api_keys={"key-a": "a", "key-b": "b"}) as emulator:
        stack = new_stack({})
        head = f"BASE_URL = {emulator.url!r}\n{HEAD}{IN_TEAMS}"
        program = "Account('T', 'key-a', [('own', 'acme/own'), ({!r}, 'acme/one')])\n"
        program += "Account('U', 'key-b', [('other', 'acme/x')])\n"
        stack.write_program(head + program.format("old"))
        stack.up()
        stack.write_program(head + program.format("new"))

        result = stack.up("--exclude", "**keywordsai:CustomModel::new")

        assert kept("acme/one", "new") in told(result)
        assert sorted(emulator.models("a")) == ["acme/one", "acme/own"]


@long_form_of("unit/test_deletion.py::test_which_deletes_the_rest_of_the_program_forbids")
def test_a_name_in_two_accounts(new_stack: NewStack) -> None:
    """What is removed from one account is deleted there, although the program declares a model of
    that name in another account, in a whole run and where that one is left out.
    """
    with running_emulator(api_keys={"key-a": "a", "key-b": "b"}) as emulator:
        stack = new_stack({})
        head = f"BASE_URL = {emulator.url!r}\n{PROVIDERS}"
        accounts = "first = account('first', 'key-a')\nsecond = account('second', 'key-b')\n"
        both = "model('b{0}', 'acme/{0}', provider=second)\n"
        one = "model('a{0}', 'acme/{0}', provider=first)\n"
        shared = both.format(1) + both.format(2)
        stack.write_program(head + accounts + shared + one.format(1) + one.format(2))
        stack.up()
        stack.write_program(head + accounts + shared + one.format(1))
        taken(emulator)

        stack.up()
        assert taken(emulator) == [deleted("acme/2")]
        stack.write_program(head + accounts + shared)
        stack.up("--exclude", urn("b1"))

        assert taken(emulator) == [deleted("acme/1")]
        assert (emulator.models("a"), sorted(emulator.models("b"))) == ({}, ["acme/1", "acme/2"])


# A declared reset of a resource whose stored URN is an old one -----------------------------------

RESET = "replace_on_changes=['input_cost'], delete_before_replace=True"


def renamed_stack(stack: Stack) -> None:
    stack.pulumi("stack", "rename", "other")
    (stack.project / "Pulumi.dev.yaml").unlink(missing_ok=True)
    stack.env["PULUMI_STACK"] = "other"


def renamed_in_state(stack: Stack) -> None:
    stack.pulumi("state", "rename", urn("old"), "new", "--yes")


def nothing(stack: Stack) -> None:
    """Do nothing: the program says it (an alias)."""


MOVES = {
    "stack rename": (renamed_stack, "model('old', 'acme/one', {price}, {reset})"),
    "state rename": (renamed_in_state, "model('new', 'acme/one', {price}, {reset})"),
    "alias": (nothing, "model('new', 'acme/one', {price}, aliases=[Alias(name='old')], {reset})"),
}


@pytest.mark.parametrize(
    "forced", few([pytest.param(False, id="changed"), pytest.param(True, id="forced")], 1)
)
@pytest.mark.parametrize("move", few(MOVES, 1))
def test_deleted_before_it_is_created_again(
    stack: Stack, emulator: Emulator, move: str, forced: bool
) -> None:
    """A declared reset deletes and creates, whatever URN the state has kept."""
    moved, after = MOVES[move]
    stack.write_program(HEAD + "model('old', 'acme/one')")
    stack.up()
    emulator.edit_model("acme/one", output_cost=7)
    moved(stack)
    taken(emulator)
    price, reset = (1, "delete_before_replace=True") if forced else (2, RESET)
    stack.write_program(HEAD + after.format(price=price, reset=reset))
    if forced:
        (resource,) = stack.resources(stack.env["PULUMI_STACK"]).values()
        stack.pulumi("state", "taint", "--yes", resource["urn"])

    result = stack.up()

    writes = [call for call in taken(emulator) if call[0] != "GET"]
    assert writes == [deleted("acme/one"), posted("acme/one", input_cost=price)]
    assert told_about(result, "not deleted") == []
    assert emulator.models()["acme/one"]["output_cost"] == 0


@long_form_of("e2e/test_partial_plans.py::test_deleted_before_it_is_created_again")
def test_moved_to_another_stack(new_stack: NewStack, emulator: Emulator) -> None:
    """After `state move` a declared reset deletes and creates, too."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    stack = new_stack(env)
    stack.write_program(HEAD + "model('old', 'acme/one')")
    stack.up()
    stack.pulumi("stack", "init", "other", "--secrets-provider", "hashivault://tests")
    stack.pulumi(
        *("state", "move", "--yes", "--source", "dev", "--dest", "other", urn("old")),
        env={"PULUMI_STACK": None},
    )
    stack.env["PULUMI_STACK"] = "other"
    stack.write_program(HEAD + f"model('old', 'acme/one', 2, {RESET})")
    taken(emulator)

    stack.up()

    writes = [call for call in taken(emulator) if call != LISTED]
    assert writes == [deleted("acme/one"), posted("acme/one", input_cost=2)]


def test_what_is_noted(new_stack: NewStack) -> None:
    """What the program and the provider note is for the user alone, and holds no key."""
    key, name = "a-key-that-is-nobody-elses", f"acme/{uuid.uuid4()}"
    with running_emulator(api_keys={key: "a"}) as emulator:
        stack = new_stack({"KEYWORDSAI_API_KEY": key, "KEYWORDSAI_BASE_URL": emulator.url})
        stack.write_program(HEAD + f"model('one', {name!r})")
        stack.up()

    folder = Path(f"/tmp/keywordsai-dynamic-{os.getuid()}")  # noqa: S108  (the product's own)
    (note,) = (file for file in folder.iterdir() if name in _content(file))
    assert stat.filemode(note.stat().st_mode) == "-rw-------"
    assert stat.filemode(folder.stat().st_mode) == "drwx------"
    assert key not in note.read_text()
    note.unlink()


def _content(file: Path) -> str:
    """Read a note; runs of other tests remove theirs meanwhile."""
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""
