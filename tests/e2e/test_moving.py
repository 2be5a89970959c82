"""A stack moves from a Python program to one of YAML, and back: unchanged, and nothing is sent.

A stack of TypeScript or Go has the state of one in YAML: the plugin does not see the language.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from harness.leaks import KEY
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import LISTED, asked, posted, read, taken
from harness.yaml_program import models, write_python, write_yaml

from keywordsai_dynamic.emulator import Emulator, RecordedRequest, running_emulator

PROVIDERS_KEY = "sk-3Vd9TqLx7RzBn5YwKc1GmJ8f"
OTHER_KEY = "kw.Mn4Rt8Pq2WzX.b6JfLc1VsD9gHyK3oUeAiT7k"

RECORDED = Path(__file__).parents[1] / "recorded" / "v0.1.0"
RECORDED_AS_YAML = """
resources:
  support:
    type: keywordsai:CustomModel
    properties:
      modelName: acme/support llm
      baseModelName: gpt-4o
      displayName: Support
      customProviderId: my-azure-provider
      inputCost: 2.5
      outputCost: 10
      cacheHitInputCost: 1.25
      cacheCreationInputCost: 0
      maxContextWindow: 128000
      streamingSupport: true
      functionCall: true
      imageSupport: false
      supportedParamsOverride: {temperature: {min: 0, max: 1.5}}
      overwriteExisting: true
  least: {type: keywordsai:CustomModel, properties: {inputCost: 1}}
  numbered: {type: keywordsai:CustomModel, properties: {providerId: 17, inputCost: 1}}
  hidden:
    type: keywordsai:CustomModel
    properties: {inputCost: {fn::secret: 2.7182818}, displayName: Hidden}
  later: {type: keywordsai:CustomModel, properties: {inputCost: 5}}
  legal-llm:
    type: keywordsai:CustomModel
    properties: {modelName: acme/legal, inputCost: 0}
    options:
      aliases:
        - urn:pulumi:dev::test::acme:llm:Team$\
pulumi-python:dynamic/keywordsai:CustomModel::legal-llm
"""


MOVES = (
    "This stack moves from the native plugin to this Python program: what moves is updated in the "
    "state alone, and nothing is sent, unless a message names fields that change"
)


def models_in(exported: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an exported state holds of each model, secrets in the clear."""
    found = {}
    for one in exported["deployment"]["resources"]:
        if "CustomModel" in one["type"]:
            bags = {bag: in_the_clear(one[bag]) for bag in ("inputs", "outputs")}
            answered = bags["outputs"].pop("__answered")
            bags["answered"] = json.loads(answered)
            found[one["urn"]] = bags
    return found


def in_the_clear(bag: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties without the markers of secrets."""
    return {
        name: json.loads(value["plaintext"])
        if isinstance(value, dict) and "plaintext" in value
        else value
        for name, value in bag.items()
    }


@long_form_of("plugin/test_native_plugin.py::test_a_dynamic_state_is_taken_over_without_a_request")
def test_a_state_of_version_0_1_0_goes_to_yaml_and_back(stack: Stack, emulator: Emulator) -> None:
    """Under a program with the same names it is unchanged, and so it is on the way back; with a
    refresh in between, the way back updates the state. No run sends anything, and in the end the
    state is what version 0.1.0 has left.
    """
    in_python = (RECORDED / "program.py").read_text().replace("secret(3)", "secret(2.7182818)")
    # In YAML there is no component around this model.
    inside = "ResourceOptions(parent=self"
    aliases = ", aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]"
    back = in_python.replace(inside, inside + aliases)
    stack.write_program(in_python)
    stack.up()
    state = (RECORDED / "state.json").read_text().replace("http://127.0.0.1:8000", emulator.url)
    # A secret price that appears nowhere by chance.
    state = state.replace('"plaintext": "3"', '"plaintext": "2.7182818"')
    (stack.project / "state.json").write_text(state)
    stack.secrets.add(2.7182818, stack.project / "state.json")
    stack.pulumi("stack", "import", "--file", "state.json")
    taken(emulator)

    write_yaml(stack, RECORDED_AS_YAML)
    preview = stack.preview()
    assert "7 unchanged" in preview.stdout
    assert read(preview) == read(stack.up()) == []
    assert {one["type"] for one in stack.resources().values()} == {"keywordsai:index:CustomModel"}
    assert "7 unchanged" in stack.preview().stdout
    write_python(stack, back)
    unchanged = stack.up()
    assert "~ " not in unchanged.stdout
    assert read(unchanged) == []
    assert taken(emulator) == [LISTED]  # for the model that the Python program only reads

    write_yaml(stack, RECORDED_AS_YAML)
    stack.up()
    stack.refresh()
    write_python(stack, back)
    assert read(stack.up()) == [MOVES]
    assert taken(emulator) == [LISTED, LISTED]  # of the refresh, and for that model
    exported = stack.pulumi("stack", "export", "--show-secrets").json
    assert models_in(exported) == models_in(json.loads(state))
    assert "unchanged" in stack.preview("--expect-no-changes").stdout
    stack.destroy()
    assert emulator.models() == {}


PYTHON = """
import pulumi
from keywordsai_dynamic import CustomModel, CustomProvider

second = pulumi.ProviderResource(
    "pulumi-python", "second",
    {{"keywordsai:apiKey": pulumi.Output.secret("{key}"), "keywordsai:baseUrl": "{url}"}},
)
CustomModel("answered", base_model_name="gpt-4o", input_cost=0.126, function_call=1,
            custom_provider_id="my-azure-provider")
override = CustomModel("override", input_cost=1,
                       supported_params_override={{"top_p": {{"max": 1}}}})
CustomModel("hidden", input_cost=pulumi.Output.secret(2.7182818))
CustomModel("there", input_cost=1, opts=pulumi.ResourceOptions(provider=second))
vllm = CustomProvider("vllm", provider_name="vLLM", base_url="https://vllm.acme.example/v1",
                      api_key="{own_key}", extra_kwargs={{"region": "eu"}})
CustomModel("on-vllm", custom_provider_id=vllm.provider_id, input_cost=1)
CustomModel("named", model_name=pulumi.Output.concat("acme/", vllm.provider_id), input_cost=1)
pulumi.export("declared", override.input_cost)
pulumi.export("answered", override.output_cost)
"""


def as_yaml(url: str, price: float) -> str:
    """Declare the same in YAML, but for the price of one model."""
    return f"""
resources:
  second:
    type: pulumi:providers:keywordsai
    properties: {{apiKey: {{fn::secret: {OTHER_KEY}}}, baseUrl: "{url}"}}
  answered:
    type: keywordsai:CustomModel
    properties:
      baseModelName: gpt-4o
      inputCost: 0.126
      functionCall: true
      customProviderId: my-azure-provider
  override:
    type: keywordsai:CustomModel
    properties: {{inputCost: {price}, supportedParamsOverride: {{top_p: {{max: 1}}}}}}
  hidden:
    type: keywordsai:CustomModel
    properties: {{inputCost: {{fn::secret: 2.7182818}}}}
  there:
    type: keywordsai:CustomModel
    properties: {{inputCost: 1}}
    options: {{provider: "${{second}}"}}
  vllm:
    type: keywordsai:CustomProvider
    properties:
      providerName: vLLM
      baseUrl: https://vllm.acme.example/v1
      apiKey: {{fn::secret: {PROVIDERS_KEY}}}
      extraKwargs: {{region: eu}}
  on-vllm:
    type: keywordsai:CustomModel
    properties: {{customProviderId: "${{vllm.id}}", inputCost: 1}}
  named:
    type: keywordsai:CustomModel
    properties: {{modelName: "acme/${{vllm.id}}", inputCost: 1}}
outputs:
  declared: ${{override.inputCost}}
  answered: ${{override.outputCost}}
"""


OUTPUTS = [
    "affiliationCategory",
    "cacheCreationInputCost",
    "cacheHitInputCost",
    "functionCall",
    "imageSupport",
    "inputCost",
    "modelId",
    "modelName",
    "outputCost",
    "serviceUrl",
    "source",
    "streamingSupport",
    "supportedParamsOverride",
]


def test_a_stack_moves_to_yaml(new_stack: NewStack) -> None:
    """With an explicit provider, a model that is answered otherwise than declared, an override, a
    secret and a custom provider: unchanged, no request. Until a refresh the program sees no
    outputs but ids.
    """
    providers = {"my-azure-provider": {"provider_id": "my-custom-provider"}}
    keys = {KEY: "first", OTHER_KEY: "second"}
    with running_emulator(api_keys=keys, providers=providers) as emulator:
        emulator.dialect.price_decimals = 2
        env = {"KEYWORDSAI_API_KEY": KEY, "KEYWORDSAI_BASE_URL": emulator.url}
        stack = new_stack(env)
        stack.secrets.add(PROVIDERS_KEY, stack.project / "__main__.py")
        stack.write_program(PYTHON.format(key=OTHER_KEY, url=emulator.url, own_key=PROVIDERS_KEY))
        stack.up()
        taken(emulator)

        write_yaml(stack, as_yaml(emulator.url, 1))
        moved = stack.up()
        assert "8 unchanged" in moved.stdout
        assert read(moved) == []
        assert taken(emulator) == []
        # The state still has the outputs of the Python program, under their old names.
        assert stack.outputs() == {"declared": None, "answered": None}

        assert "9 unchanged" in stack.refresh().stdout
        looked = [LISTED, LISTED, ("GET", "/api/providers/vllm/", None)]
        assert sorted(taken(emulator), key=str) == sorted(looked, key=str)
        outputs = stack.resources()["override"]["outputs"]
        assert sorted(name for name, value in outputs.items() if value is not None) == OUTPUTS
        write_yaml(stack, as_yaml(emulator.url, 3))
        changed = stack.up("--diff").stdout
        assert re.search(r"inputCost *: 1 => 3", changed)
        assert "8 unchanged" in changed
        assert emulator.models("first")["override"]["input_cost"] == 3
        assert stack.outputs() == {"declared": 3, "answered": 0}


@long_form_of("plugin/test_moving_back.py::test_a_model_that_only_moves_sends_nothing")
def test_a_stack_moves_back_to_python(new_stack: NewStack) -> None:
    """With all of the above: the preview updates the state alone and says so, nothing is sent, and
    the program has its outputs at once. From then on it is the stack of any Python program: a
    refresh finds nothing, a price is shown and sent.
    """
    providers = {"my-azure-provider": {"provider_id": "my-custom-provider"}}
    keys = {KEY: "first", OTHER_KEY: "second"}
    with running_emulator(api_keys=keys, providers=providers) as emulator:
        emulator.dialect.price_decimals = 2
        stack = new_stack({"KEYWORDSAI_API_KEY": KEY, "KEYWORDSAI_BASE_URL": emulator.url})
        stack.secrets.add(PROVIDERS_KEY, stack.project / "__main__.py")
        write_yaml(stack, as_yaml(emulator.url, 1))
        stack.up()
        taken(emulator)

        program = PYTHON.format(key=OTHER_KEY, url=emulator.url, own_key=PROVIDERS_KEY)
        write_python(stack, program)
        preview, up = stack.pulumi("preview"), stack.up()
        assert "~ 7 to update" in preview.stdout
        assert "~ 7 updated" in up.stdout
        for run in (preview, up):  # of each account
            told = [line for line in read(run) if line.startswith(("warning", "error", "This"))]
            assert told == [MOVES, MOVES]
        assert taken(emulator) == []
        assert stack.outputs() == {"declared": 1, "answered": 0}
        assert {one["type"].partition("/")[0] for one in stack.resources().values()} == {
            "pulumi-python:dynamic"
        }
        stack.preview("--expect-no-changes")
        assert "9 unchanged" in stack.refresh("--expect-no-changes").stdout
        looked = [LISTED, LISTED, ("GET", "/api/providers/vllm/", None)]
        assert sorted(taken(emulator), key=str) == sorted(looked, key=str)

        write_python(stack, program.replace('"override", input_cost=1', '"override", input_cost=3'))
        assert re.search(r"input_cost *: 1 => 3", stack.preview().stdout)
        stack.up()
        assert emulator.models("first")["override"]["input_cost"] == 3
        stack.destroy()
        assert emulator.models("first") == emulator.models("second") == {}


def test_a_secret_that_was_given_up_before_the_move_stays_one(
    stack: Stack, emulator: Emulator
) -> None:
    """Whoever has the state, the value stands nowhere in it in the clear."""
    hidden, bare = ({"inputCost": {"fn::secret": 7.2468135}, "outputCost": 5}, {"outputCost": 5})
    for properties in (hidden, bare):
        write_yaml(stack, models({"m": properties}))
        stack.up()
    for output_cost in few((6, 5), 1):
        program = f"CustomModel('m', output_cost={output_cost})"
        write_python(stack, f"from keywordsai_dynamic import CustomModel\n{program}")
        stack.up()
        stack.refresh()
        assert stack.leaks() == []
    write_yaml(stack, models({"m": {"outputCost": output_cost}}))
    stack.up()
    stack.refresh()
    assert emulator.models()["m"]["input_cost"] == 7.2468135


YAML = {
    "kept": {"inputCost": 1, "outputCost": 2},
    "changed": {"inputCost": 1, "outputCost": 2},
    "old": {"modelName": "acme/renamed", "inputCost": 1},
    "ignored": {"inputCost": 1, "outputCost": 2},
}
ALIKE = """
from pulumi import Alias, ResourceOptions
from keywordsai_dynamic import CustomModel

CustomModel("kept", input_cost=1, output_cost=2)
CustomModel("changed", input_cost={price}, output_cost=2)
CustomModel("new", model_name="acme/renamed", input_cost=1,
            opts=ResourceOptions(aliases=[Alias(name="old")]))
CustomModel("ignored", input_cost=9, output_cost=2,
            opts=ResourceOptions(ignore_changes=["input_cost"]))
"""
CHANGES = "warning: besides the move to this Python program, these fields change: input_cost"
STAYS = "warning: no value for input_cost, so it stays as it was before the move"


def test_what_changes_with_the_move_is_named_and_alone_sent(
    stack: Stack, emulator: Emulator
) -> None:
    """A renamed resource has its old name as an alias, as in any move; what `ignore_changes` names
    stays; and what somebody else has changed stops the update that would hide it.
    """
    write_yaml(stack, models(YAML))
    stack.up()
    emulator.edit_model("kept", output_cost=7)
    emulator.edit_model("changed", output_cost=7)
    taken(emulator)
    write_python(stack, ALIKE.format(price=3))
    assert read(stack.pulumi("preview")) == sorted([MOVES, CHANGES, STAYS])
    refused = read(stack.up(check=False))
    assert "output_cost  last 2 → live 7" in refused
    assert taken(emulator) == [LISTED, asked("changed")]

    # The others have moved, or move now, and this one wins what it declares.
    assert f"{CHANGES}, output_cost" in read(stack.up("--refresh"))
    sent = [call for call in taken(emulator) if call[0] != "GET"]
    assert sorted(sent, key=str) == [
        posted("changed", input_cost=3, output_cost=2),
        posted("kept", input_cost=1, output_cost=2),
    ]
    assert emulator.models()["ignored"]["input_cost"] == 1
    assert set(stack.resources()) == {"kept", "changed", "new", "ignored"}


TWO_IN_YAML = models({"a": {"inputCost": 1}, "b": {"inputCost": 2}})
TWO_IN_PYTHON = """
from keywordsai_dynamic import CustomModel

CustomModel("a", input_cost=1)
CustomModel("b", input_cost=2)
"""
WAYS = {"to YAML": (write_python, write_yaml), "to Python": (write_yaml, write_python)}


@long_form_of("e2e/test_kills.py::test_killed_at_any_point")
@pytest.mark.parametrize("way", few(["to Python", "to YAML"], 1))
def test_a_move_that_is_killed_before_it_deletes(new_stack: NewStack, way: str) -> None:
    """What was replaced in it is deleted by the next run, or found to be gone, whichever provider
    the state names.
    """
    programs = {write_yaml: TWO_IN_YAML, write_python: TWO_IN_PYTHON}
    before, after = WAYS[way]
    arrived, over = Event(), Event()

    def hold(request: RecordedRequest) -> None:
        if request.method == "DELETE" and not over.is_set():
            arrived.set()
            over.wait()

    with running_emulator(on_request=hold) as emulator:
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        before(stack, programs[before])
        stack.up()
        named = programs[after].replace("inputCost: 1", "inputCost: 1\n      modelName: acme/a")
        after(stack, named.replace('"a", input', '"a", model_name="acme/a", input'))
        running = stack.start("up", "--yes", "--skip-preview")
        assert arrived.wait(60)
        running.kill()
        over.set()
        stack.pulumi("cancel", "--yes")
        assert [each["id"] for each in stack.deployment()["resources"] if "delete" in each] == ["a"]
        stack.refresh()
        stack.up()
        stack.preview("--expect-no-changes")
        assert set(emulator.models()) == {"acme/a", "b"}
        stack.destroy()
        assert emulator.models() == {}


@pytest.mark.parametrize("way", few(["to Python", "to YAML"], 1))
@pytest.mark.parametrize("option", few(["--target", "--exclude"], 1))
def test_a_part_of_a_stack_does_not_move(
    stack: Stack, emulator: Emulator, way: str, option: str
) -> None:
    """The engine fails a run that leaves resources with their old provider, even if others have
    moved. Nothing is sent or lost, and a whole run moves what is left.
    """
    programs = {write_yaml: TWO_IN_YAML, write_python: TWO_IN_PYTHON}
    before, after = WAYS[way]
    before(stack, programs[before])
    stack.up()
    old_types = {one["type"] for one in stack.resources().values()}
    taken(emulator)
    after(stack, programs[after])
    refused = stack.up(option, "**::a", check=False)
    assert "has not been registered yet, this is due to a change of providers" in refused.output
    assert set(stack.resources()) == {"a", "b"}
    stack.up()
    assert not old_types & {one["type"] for one in stack.resources().values()}
    assert taken(emulator) == []


@long_form_of("e2e/test_kills.py::test_killed_at_any_point")
def test_a_move_that_is_killed_goes_on(new_stack: NewStack) -> None:
    """What has moved has moved, and the rest moves with the next run, which sends what changes."""
    arrived, over = Event(), Event()

    def hold(request: RecordedRequest) -> None:
        if request.method == "POST" and request.json["input_cost"] == 3:
            arrived.set()
            over.wait()

    with running_emulator(on_request=hold) as emulator:
        env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        stack = new_stack(env)
        write_yaml(stack, TWO_IN_YAML)
        stack.up()
        program = TWO_IN_PYTHON.replace("input_cost=2", "input_cost=3")
        write_python(stack, program)
        running = stack.start("up", "--yes", "--skip-preview")
        assert arrived.wait(60)
        running.kill()
        over.set()
        stack.pulumi("cancel", "--yes")  # the lock of the killed run
        assert "keywordsai:index:CustomModel" in {one["type"] for one in stack.resources().values()}
        stack.refresh()  # each by the provider that it has
        stack.up()
        stack.preview("--expect-no-changes")
        assert emulator.models()["b"]["input_cost"] == 3
        stack.destroy()
        assert emulator.models() == {}


@long_form_of("e2e/test_kills.py::test_killed_at_any_point")
@pytest.mark.parametrize("way", few(WAYS, 1))
def test_two_ups_of_a_stack_that_moves(stack: Stack, emulator: Emulator, way: str) -> None:
    """The engine's lock keeps the second one out; if somebody breaks it, both end, and the next run
    finds everything as declared.
    """
    programs = {
        write_yaml: TWO_IN_YAML.replace("inputCost: 2", "inputCost: 3"),
        write_python: TWO_IN_PYTHON.replace("input_cost=2", "input_cost=3"),
    }
    before, after = WAYS[way]
    before(stack, {write_yaml: TWO_IN_YAML, write_python: TWO_IN_PYTHON}[before])
    stack.up()
    after(stack, programs[after])
    with emulator.faults.hold_answers() as writes:
        runs = [stack.start("up", "--yes", "--skip-preview")]
        writes.wait_until_held(1, timeout=60)
        refused = stack.up(check=False)
        assert "the stack is currently locked" in refused.output
        stack.pulumi("cancel", "--yes")
        runs.append(stack.start("up", "--yes", "--skip-preview"))
        writes.wait_until_held(2, timeout=60)
    for run in runs:
        run.wait()
    stack.up()
    stack.preview("--expect-no-changes")
    held = {name: model["input_cost"] for name, model in emulator.models().items()}
    assert held == {"a": 1, "b": 3}
    stack.destroy()
    assert emulator.models() == {}
