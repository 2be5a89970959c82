"""What Pulumi does for every resource works for a model: components, options, hidden values."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from harness.cli_run import Result
from harness.lengths import long_form_of
from harness.pulumi_stack import Stack
from harness.traces import deleted, posted, sent_about, taken, told, told_about

from keywordsai_dynamic.emulator import Emulator, RecordedRequest, running_emulator

HEAD = """
import pulumi
from pulumi import Alias, ResourceOptions
from keywordsai_dynamic import CustomModel

class Team(pulumi.ComponentResource):
    def __init__(self, name, model_name, input_cost=1, opts=None, **child):
        super().__init__("acme:llm:Team", name, None, opts)
        CustomModel(f"{name}-llm", model_name=model_name, input_cost=input_cost,
                    opts=ResourceOptions(parent=self, **child))

"""
BEFORE = """
Team("inside", "acme/inside")
Team("legal", "acme/component-alias")
CustomModel("outside-llm", model_name="acme/alias", input_cost=1)
CustomModel("kept", input_cost=1, opts=ResourceOptions(protect=True))
CustomModel("ignored", input_cost=1, opts=ResourceOptions(ignore_changes=["input_cost"]))
CustomModel("left", input_cost=1, opts=ResourceOptions(retain_on_delete=True))
CustomModel("gone", input_cost=1)
"""
AFTER = """
Team("inside", "acme/inside", 2)
Team("law", "acme/component-alias", opts=ResourceOptions(aliases=[Alias(name="legal")]))
Team("outside", "acme/alias",
     aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
CustomModel("kept", input_cost=1, opts=ResourceOptions(protect=True))
CustomModel("ignored", input_cost=2, output_cost=2,
            opts=ResourceOptions(ignore_changes=["input_cost"]))
"""


class Lived(NamedTuple):
    """A stack that went from `BEFORE` to `AFTER` and was then destroyed as far as it can be."""

    requests: list[RecordedRequest]
    resources: list[dict[str, Any]]
    refused: Result
    requests_of_destroy: list[RecordedRequest]
    held: set[str]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Iterator[Lived]:
    """Do it once, for all the options."""
    folder = tmp_path_factory.mktemp("options") / "stack"
    with running_emulator() as emulator:
        env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        with Stack(folder, engine, env) as stack:
            stack.write_program(HEAD + BEFORE)
            stack.up()
            taken(emulator)
            stack.write_program(HEAD + AFTER)
            stack.up()
            requests = list(emulator.requests)
            taken(emulator)
            resources = list(stack.resources().values())
            refused = stack.destroy(check=False)
            stack.destroy("--exclude-protected")
            yield Lived(
                requests,
                resources,
                refused,
                list(emulator.requests),
                set(emulator.models()),
            )


def test_inside_a_component(lived: Lived) -> None:
    """A model in a component is created, changed in place and deleted like any other."""
    assert sent_about(lived.requests, "acme/inside") == [posted("acme/inside", input_cost=2)]
    assert sent_about(lived.requests_of_destroy, "acme/inside") == [deleted("acme/inside")]


def test_aliases(lived: Lived) -> None:
    """A component renamed, or a model moved into one, with an alias sends nothing at all."""
    for name in ("acme/component-alias", "acme/alias"):
        assert sent_about(lived.requests, name) == []
        assert sent_about(lived.requests_of_destroy, name) == [deleted(name)]
    urns = {one["urn"].partition("::test::")[2] for one in lived.resources}
    assert {urn for urn in urns if "$" in urn} == {
        f"acme:llm:Team$pulumi-python:dynamic/keywordsai:CustomModel::{name}-llm"
        for name in ("inside", "law", "outside")
    }


def test_the_state_tells_where_a_model_is_declared(lived: Lived) -> None:
    """Its line and who called it, and nothing of the SDK and the machine below the program."""
    program = (HEAD + AFTER).splitlines()
    frames = {
        model["urn"].rpartition("::")[2]: [
            program[int(frame["sourcePosition"].removeprefix("project:///__main__.py#")) - 1]
            for frame in model["stackTrace"]
            if frame  # Python's own have no place
        ]
        for model in lived.resources
        if model["custom"]
    }
    declared = '        CustomModel(f"{name}-llm", model_name=model_name, input_cost=input_cost,'
    assert frames["inside-llm"] == [declared, 'Team("inside", "acme/inside", 2)']
    assert frames["kept"] == [AFTER.splitlines()[5]]


def test_protect(lived: Lived) -> None:
    """A protected model stops a destroy, and outlives one that leaves it out."""
    assert lived.refused.returncode != 0
    assert "cannot be deleted\nbecause it is protected" in "\n".join(told(lived.refused))
    assert sent_about(lived.requests_of_destroy, "kept") == []
    assert "kept" in lived.held


def test_ignore_changes(lived: Lived) -> None:
    """An ignored field is sent with its old value, beside the one that changed."""
    assert sent_about(lived.requests, "ignored") == [posted("ignored", input_cost=1, output_cost=2)]


def test_retain_on_delete(lived: Lived) -> None:
    """A retained model leaves the state and stays with the service; its neighbour is deleted."""
    assert sent_about(lived.requests, "left", "gone") == [deleted("gone")]
    assert lived.held == {"kept", "left"}


# Secret values ---------------------------------------------------------------------------------

HIDDEN = """
price = pulumi.Config().require_secret("price")
CustomModel("hidden", input_cost=price, output_cost={output_cost},
            display_name=pulumi.Output.concat("costs ", price),
            supported_params_override={{"top_p": {{"max": price}}}})
"""
PRICES = ("432.12578", "4OO.12578", "543.12578")


@long_form_of(
    "plugin/test_provider_process.py::test_what_was_declared_secretly_is_secret_in_the_state"
)
def test_secret_values(stack: Stack, emulator: Emulator) -> None:
    """A secret price is sent, and shown nowhere: no refusal, drift, update or state has it."""
    stack.write_program(HEAD + HIDDEN.format(output_cost=1))
    first, misspelt, second = PRICES
    emulator.put_model("hidden", input_cost=321.12578, output_cost=1, display_name="costs nothing")
    results = []

    stack.config("test:price", misspelt, secret=True)
    results.append(invalid := stack.preview(check=False))
    assert "resource 'hidden' has a problem: input_cost must be a number of USD" in invalid.output
    stack.config("test:price", first, secret=True)
    results.append(refused := stack.pulumi("preview", check=False))
    assert "input_cost    declared [secret] → live [secret]" in told(refused)
    assert "display_name  declared [secret] → live [secret]" in told(refused)

    emulator.remove_model("hidden")
    taken(emulator)
    results.append(stack.up())
    assert taken(emulator)[1:] == [
        posted(
            "hidden",
            display_name=f"costs {first}",
            input_cost=float(first),
            output_cost=1,
            supported_params_override={"top_p": {"max": first}},
        )
    ]
    emulator.edit_model("hidden", input_cost=321.12578)
    stack.write_program(HEAD + HIDDEN.format(output_cost=2))
    results.append(stopped := stack.up(check=False))
    assert "input_cost  last [secret] → live [secret]" in told(stopped)
    results.append(refreshed := stack.refresh("--diff"))
    assert "~ input_cost: [secret] => [secret]" in refreshed.stdout
    stack.config("test:price", second, secret=True)
    results.append(stack.preview())
    results.append(stack.up())
    assert emulator.models()["hidden"]["input_cost"] == float(second)

    hidden = json.dumps(stack.resources()["hidden"])
    for value in (*PRICES, "321.12578"):
        assert all(value not in result.output for result in results)
        assert value not in hidden


def test_a_secret_name_is_refused(stack: Stack) -> None:
    """A name is the resource's id, which is never hidden: a secret one is refused, unsaid."""
    stack.write_program(
        HEAD + 'CustomModel("m", model_name=pulumi.Output.secret("acme/hush-hush"), input_cost=1)'
    )

    result = stack.preview(check=False)

    assert result.returncode != 0
    assert (
        "resource 'm' has a problem: model_name must not be secret: it is the resource's id, which "
        "every state and message shows; unwrap it with pulumi.Output.unsecret"
    ) in result.output
    assert "acme/hush-hush" not in result.output


# Values that only the update will know ---------------------------------------------------------

LATER = (
    HEAD
    + """
first = CustomModel("first", input_cost=1)
CustomModel(
    "later",
    model_name=first.model_id.apply(lambda name: f"{name}-later"),
    input_cost=first.input_cost.apply(lambda price: price + 1),
    max_context_window=first.model_id.apply(len),
)
CustomModel("known", input_cost=1, max_context_window=first.model_id.apply(len))
"""
)


def test_unknown_values(stack: Stack, emulator: Emulator) -> None:
    """What is not known yet passes the preview, and is judged when it is known."""
    emulator.put_model("known", input_cost=1, max_context_window=9)
    stack.write_program(LATER)

    refused = stack.pulumi("up", "--yes", "--continue-on-error", check=False)
    assert (
        "warning: adopts existing model known (values known so far match); "
        "from then on `pulumi destroy` deletes it"
    ) in told_about(refused, "known")
    assert "max_context_window  declared 5 → live 9" in refused.output
    emulator.edit_model("known", max_context_window=5)
    stack.up()
    writes: list[Any] = [call for call in taken(emulator) if call[0] != "GET"]
    assert writes == [
        posted("first", input_cost=1),
        posted("first-later", input_cost=2, max_context_window=5),
    ]
    assert sorted(emulator.models()) == ["first", "first-later", "known"]
