"""Programs in YAML, through the native plugin: the promises of a Python program hold for them."""

import json
import re
import time
from threading import Event

import pytest
from harness.cli_run import Result, Running
from harness.leaks import KEY
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import (
    LISTED,
    asked,
    deleted,
    posted,
    taken,
    taken_over,
    told,
    writes,
)
from harness.yaml_program import models, plugin_folder, write_yaml

from keywordsai_dynamic.core.kinds import MODEL
from keywordsai_dynamic.emulator import Emulator, RecordedRequest, running_emulator


def told_at_all(result: Result) -> list[str]:
    """The lines of the diagnostics without the names of the resources above them."""
    return [line for line in told(result) if not line.endswith("):")]


SUPPORT = {
    "modelName": "acme/support-llm",
    "baseModelName": "gpt-4o",
    "inputCost": 2.5,
    "outputCost": 10,
    "functionCall": True,
    "supportedParamsOverride": {"top_p": {"max": 1}, "a.b": [1, "two"]},
}


def test_up_change_drift_and_destroy(stack: Stack, emulator: Emulator) -> None:
    """One upsert makes a model and one changes it; a run shows each field, a refresh is one list,
    and a run without changes prints nothing and sends nothing.
    """
    write_yaml(stack, models({"support-llm": SUPPORT, "least": {"inputCost": 0}}))
    up = stack.up()
    assert told_at_all(up) == []
    assert "from $PATH" not in up.output
    first, *sent = taken(emulator)
    assert first == LISTED
    assert sorted(sent, key=str) == [
        posted(
            "acme/support-llm",
            base_model_name="gpt-4o",
            input_cost=2.5,
            output_cost=10,
            function_call=1,
            supported_params_override={"top_p": {"max": 1}, "a.b": [1, "two"]},
        ),
        posted("least", input_cost=0),
    ]

    unchanged = stack.preview()
    assert "3 unchanged" in unchanged.stdout
    assert told_at_all(unchanged) == []
    assert taken(emulator) == []

    emulator.edit_model("acme/support-llm", output_cost=7)
    emulator.edit_model("least", display_name="Somebody's")
    refreshed = stack.refresh()
    assert taken(emulator) == [LISTED, asked("acme/support-llm")]
    assert re.search(r"~ 1 updated.*\n.*2 unchanged", refreshed.stdout)

    dearer = SUPPORT | {
        "inputCost": 3,
        "supportedParamsOverride": {"top_p": {"max": 1}, "a.b": [1, "three"]},
    }
    write_yaml(stack, models({"support-llm": dearer, "least": {"inputCost": 0}}))
    changed = stack.up("--diff")
    assert re.search(r"inputCost *: 2.5 => 3", changed.stdout)
    assert re.search(r"outputCost *: 7 => 10", changed.stdout)
    assert re.search(r'\[1\]: "two" => "three"', changed.stdout)
    assert "max" not in changed.stdout
    assert [each["input_cost"] for each in (call[2] for call in writes(emulator))] == [3]
    assert emulator.models()["acme/support-llm"]["output_cost"] == 10

    stack.destroy()
    assert sorted(writes(emulator)) == [deleted("acme/support-llm"), deleted("least")]
    assert emulator.models() == {}


@long_form_of("plugin/test_native_plugin.py::test_import_gives_a_program_without_changes")
def test_import(stack: Stack, emulator: Emulator) -> None:
    """What `pulumi import` prints is a program whose preview is unchanged; nothing is written."""
    emulator.put_model("acme/support-llm", base_model_name="gpt-4o", input_cost=3, image_support=0)
    emulator.put_model("acme/odd name: #1", input_cost=0.1, display_name="yes: 'it' is\n\"odd\"")
    emulator.put_model("17", custom_provider_id="17", input_cost=1e-7)
    write_yaml(stack, "")
    single = stack.pulumi(
        "import", "keywordsai:index:CustomModel", "support", "acme/support-llm",
        "--protect=false", "--yes",
    )  # fmt: skip
    kept = {"type": "keywordsai:index:CustomModel"}
    many = {
        "resources": [
            kept | {"name": "odd", "id": "acme/odd name: #1"},
            kept | {"name": "numbered", "id": "17"},
        ]
    }
    (stack.project / "many.json").write_text(json.dumps(many))
    printed = stack.pulumi("import", "--file", "many.json", "--protect=false", "--yes")
    assert writes(emulator) == []

    code = [result.stdout.partition("\nresources:\n")[2] for result in (single, printed)]
    assert "modelName: acme/support-llm" in code[0]
    assert "imageSupport: false" in code[0]
    write_yaml(stack, "resources:\n" + "".join(code))
    assert "4 unchanged" in stack.preview().stdout
    assert taken(emulator) == []


@long_form_of("plugin/test_native_plugin.py::test_import_of_what_no_stack_can_manage")
@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("openai/gpt-4o", ["openai/gpt-4o is a built-in model", "baseModelName", "getModel"]),
        ("acme/gone", ["There is no model acme/gone"]),
    ],
)
def test_import_refuses(stack: Stack, emulator: Emulator, name: str, lines: list[str]) -> None:
    """A built-in model, and one that does not exist, are not imported, and a line says why."""
    write_yaml(stack, "")
    failed = stack.pulumi("import", "keywordsai:index:CustomModel", "m", name, "--yes", check=False)
    assert failed.returncode != 0
    said = "\n".join(told(failed))
    for line in lines:
        assert line in said
    assert stack.resources() == {}
    assert writes(emulator) == []


PROVIDERS_KEY = "sk-3Vd9TqLx7RzBn5YwKc1GmJ8f"
OTHER_KEY = "kw.Mn4Rt8Pq2WzX.b6JfLc1VsD9gHyK3oUeAiT7k"


def two_accounts(url: str, there: float) -> str:
    """Declare one name with the stack's key, and with that of an explicit provider."""
    return f"""
resources:
  second:
    type: pulumi:providers:keywordsai
    properties: {{apiKey: {{fn::secret: {OTHER_KEY}}}, baseUrl: "{url}"}}
  here:
    type: keywordsai:CustomModel
    properties: {{modelName: acme/both, inputCost: 1}}
  there:
    type: keywordsai:CustomModel
    properties: {{modelName: acme/both, inputCost: {there}}}
    options: {{provider: "${{second}}"}}
"""


def test_two_accounts(new_stack: NewStack) -> None:
    """An explicit provider has a key of its own: one name in two organizations is two models. A
    refusal there names no import, which would ask the default account; what it says settles it.
    """
    with running_emulator(api_keys={KEY: "first", OTHER_KEY: "second"}) as emulator:
        emulator.put_model("acme/both", organization="second", input_cost=2)
        stack = new_stack({"KEYWORDSAI_BASE_URL": emulator.url})
        write_yaml(stack, two_accounts(emulator.url, there=3))
        stack.config("keywordsai:apiKey", KEY, secret=True)
        refused = told(stack.up(check=False))
        assert "inputCost  declared 3 → live 2" in refused
        (way,) = (line for line in refused if line.startswith("- to keep the live values"))
        assert way == (
            "- to keep the live values, declare them: a model with equal values is adopted"
        )
        assert "pulumi import" not in "\n".join(refused)

        write_yaml(stack, two_accounts(emulator.url, there=2))
        stack.up()
        assert writes(emulator) == [posted("acme/both", input_cost=1)]
        write_yaml(stack, two_accounts(emulator.url, there=3))
        assert "inputCost: 2 => 3" in stack.up("--diff").stdout
        assert emulator.models("first")["acme/both"]["input_cost"] == 1
        assert emulator.models("second")["acme/both"]["input_cost"] == 3


@long_form_of(
    "plugin/test_provider_process.py::test_without_a_key_a_preview_says_once_that_nothing_was_looked_up"
)
def test_preview_without_a_key(new_stack: NewStack) -> None:
    """A preview shows every model, and one line says what was not looked up."""
    stack = new_stack({})
    write_yaml(stack, models({f"m{number}": {"inputCost": number} for number in range(9)}))
    preview = stack.pulumi("preview")
    assert "+ 10 to create" in preview.stdout
    (line,) = told_at_all(preview)
    assert line.startswith("warning: Skipped checking for existing models: there is no API key")
    failed = stack.up(check=False)
    assert failed.returncode != 0
    assert "apiKey" in "\n".join(told(failed))
    assert "opts=" not in failed.output


@long_form_of("plugin/test_native_plugin.py::test_a_model_with_other_values_is_refused")
def test_refusal(stack: Stack, emulator: Emulator) -> None:
    """What exists with other values is refused, in the preview too, with a table and the ways out
    in the program's own words.
    """
    emulator.put_model("acme/other", input_cost=4, output_cost=10)
    write_yaml(stack, models({"refused": {"modelName": "acme/other", "inputCost": 2.5}}))
    for result in (stack.pulumi("preview", check=False), stack.up(check=False)):
        assert result.returncode != 0
        assert told(result)[1:] == [
            "error: keywordsai:index:CustomModel resource 'refused' has a problem: acme/other "
            "already exists with different values, and the service would overwrite it silently:",
            "inputCost  declared 2.5 → live 4",
            "Nothing was sent. To resolve this, do one of:",
            "- to keep the live values, import the model first:",
            "pulumi import keywordsai:index:CustomModel refused acme/other --generate-code=false "
            "--protect=false --yes",
            "- if the resource was only renamed, declare its old name in the program:",
            'options: {aliases: ["urn:pulumi:dev::test::keywordsai:index:CustomModel::OLD-NAME"]}',
            "- if this is a replacement, run without --replace, so that it is updated",
            "- to overwrite the live values, declare overwriteExisting: true",
        ]
    assert writes(emulator) == []


def test_the_alias_that_a_refusal_names(stack: Stack, emulator: Emulator) -> None:
    """The line goes into the program as it is, but for the old name, and settles the refusal."""
    declared = {"modelName": "acme/renamed", "inputCost": 1}
    write_yaml(stack, models({"before": declared}))
    stack.up()
    taken(emulator)
    program = models({"after": declared | {"inputCost": 2}})
    write_yaml(stack, program)
    refused = told(stack.pulumi("preview", check=False))
    (option,) = (line for line in refused if line.startswith("options: {aliases"))
    write_yaml(stack, f"{program}    {option.replace('OLD-NAME', 'before')}\n")
    assert re.search("inputCost *: 1 => 2", stack.up("--diff").stdout)
    assert writes(emulator) == [posted("acme/renamed", input_cost=2)]


@long_form_of("plugin/test_provider_process.py::test_a_renamed_resource_keeps_its_model")
def test_adoption_and_rename(stack: Stack, emulator: Emulator) -> None:
    """A model with equal values is adopted without a write, and under a new name of its resource
    it is kept: the delete is skipped.
    """
    emulator.put_model("acme/equal", input_cost=1, output_cost=2)
    equal = {"modelName": "acme/equal", "inputCost": 1, "outputCost": 2}
    write_yaml(stack, models({"equal": equal}))
    assert told_at_all(stack.pulumi("preview")) == [taken_over("acme/equal")]
    assert told_at_all(stack.up()) == [taken_over("acme/equal")]

    write_yaml(stack, models({"renamed": equal}))
    assert sorted(told_at_all(stack.up())) == [
        "acme/equal is not deleted: resource 'renamed' declares it",
        taken_over("acme/equal"),
    ]
    assert writes(emulator) == []
    assert set(stack.resources()) == {"renamed"}


OPTIONS = """
resources:
  ignored:
    type: keywordsai:CustomModel
    properties: {{inputCost: {price}, outputCost: {price}}}
    options: {{ignoreChanges: [inputCost]}}
  named:
    type: keywordsai:CustomModel
    properties: {{modelName: acme/{price}, inputCost: 1}}
"""


@long_form_of("e2e/test_native.py::test_a_run_that_leaves_out_what_took_a_model_over_from_python")
def test_a_run_that_leaves_out_what_took_a_model_over(stack: Stack, emulator: Emulator) -> None:
    """The engine checks only what is targeted, so that the plugin cannot know who declares it."""
    urn = "urn:pulumi:dev::test::keywordsai:index:CustomModel::"
    write_yaml(stack, models({"old": {"modelName": "acme/m", "inputCost": 1}}))
    stack.up()
    write_yaml(stack, models({"new": {"modelName": "acme/m", "inputCost": 1}}))
    taken(emulator)
    part = stack.up("--target", f"{urn}old")
    assert (
        "acme/m is not deleted: a resource that this run leaves out may declare it; if nothing "
        "declares the model, delete it in the console"
    ) in part.output
    assert writes(emulator) == []
    stack.up()
    assert (writes(emulator), list(emulator.models())) == ([], ["acme/m"])


TAKES_OVER = """
resources:
  second:
    type: pulumi:providers:keywordsai
    properties: {{apiKey: {{fn::secret: {key}}}, baseUrl: "{url}"}}
  new:
    type: keywordsai:CustomModel
    properties: {{modelName: acme/m, inputCost: 1}}
    options: {{{options}}}
"""


@pytest.mark.parametrize("provider", few(["", 'provider: "${second}"'], 1))
@pytest.mark.parametrize(
    "leaves_out", few(["--target={python}::old", "--exclude={native}::new"], 1)
)
def test_a_run_that_leaves_out_what_took_a_model_over_from_python(
    stack: Stack, emulator: Emulator, provider: str, leaves_out: str
) -> None:
    """The delete is that of the Python program's provider, which the plugin must tell, although the
    engine checks nothing in it.
    """
    stack.write_program(
        "from keywordsai_dynamic import CustomModel\n"
        "CustomModel('old', model_name='acme/m', input_cost=1)\n"
    )
    stack.up()
    key = emulator.api_key
    write_yaml(stack, TAKES_OVER.format(key=key, url=emulator.url, options=provider))
    taken(emulator)
    types = (MODEL.type, MODEL.native_type)
    python, native = (f"urn:pulumi:dev::test::{each}" for each in types)

    part = stack.up(leaves_out.format(python=python, native=native))

    assert (
        "acme/m is not deleted: a resource that this run leaves out may declare it; if nothing "
        "declares the model, delete it in the console"
    ) in part.output
    assert (writes(emulator), list(emulator.models())) == ([], ["acme/m"])


@long_form_of("plugin/test_native_plugin.py::test_each_change_is_shown_by_its_path")
def test_ignored_changes_and_a_new_name(stack: Stack, emulator: Emulator) -> None:
    """A change that the program ignores is not sent, and a new `modelName` is a replacement: the
    new model is created before the old one is deleted.
    """
    write_yaml(stack, OPTIONS.format(price=1))
    stack.up()
    taken(emulator)
    write_yaml(stack, OPTIONS.format(price=2))
    steps = stack.preview_json()["steps"]
    assert {
        (step["urn"].rpartition("::")[2], step["op"]): step.get("detailedDiff")
        for step in steps
        if step["op"] in ("update", "replace")
    } == {
        ("ignored", "update"): {"outputCost": {"kind": "update", "inputDiff": True}},
        ("named", "replace"): {"modelName": {"kind": "update-replace", "inputDiff": True}},
    }
    taken(emulator)
    stack.up()
    sent = [call for call in taken(emulator) if call[0] != "GET"]
    assert sorted(sent[:2], key=str) == [
        posted("acme/2", input_cost=1),
        posted("ignored", input_cost=1, output_cost=2),
    ]
    assert sent[2:] == [deleted("acme/1")]


def test_mistakes(stack: Stack, emulator: Emulator) -> None:
    """A mistake is named by the program's own name of the field, before anything is sent."""
    write_yaml(stack, models({"bad": {"inputCost": -1, "maxContextWindow": 1.5}}))
    whose = "error: keywordsai:index:CustomModel resource 'bad': property"
    assert sorted(told_at_all(stack.pulumi("preview", check=False))) == [
        f"{whose} inputCost value {{-1}} has a problem: must be 0 or more",
        f"{whose} maxContextWindow value {{1.5}} has a problem: must be a whole number of tokens",
    ]
    assert writes(emulator) == []


@pytest.mark.parametrize(
    ("name", "told_of_the_models", "why"),
    few(
        [
            (
                "a\nb",
                " has a problem: modelName ",
                "must not contain control or other invisible characters",
            ),
            (
                "a ",
                ": property modelName value {a } has a problem: ",
                "must not begin or end with whitespace",
            ),
        ],
        1,
    ),
)
def test_a_mistake_in_a_name(
    stack: Stack, emulator: Emulator, name: str, told_of_the_models: str, why: str
) -> None:
    """It is told in one line, whether the name is the model's or, by default, the resource's."""
    write_yaml(stack, models({"bad": {"modelName": name, "inputCost": 1}}))
    assert told_at_all(stack.pulumi("preview", check=False)) == [
        f"error: keywordsai:index:CustomModel resource 'bad'{told_of_the_models}{why}"
    ]
    write_yaml(stack, models({name: {"inputCost": 1}}))
    assert f"has a problem: modelName {why}" in stack.pulumi("preview", check=False).output
    assert writes(emulator) == []


@long_form_of("plugin/test_native_plugin.py::test_the_configuration_of_a_stack")
def test_a_misspelled_key(stack: Stack, emulator: Emulator) -> None:
    """A near miss among the stack's own keys is refused, and the right key is named."""
    write_yaml(stack, models({"m": {"inputCost": 1}}))
    stack.config("keywordsai:baseURL", emulator.url)
    failed = stack.pulumi("preview", check=False)
    assert failed.returncode != 0
    assert any(
        "keywordsai:baseURL" in line and "keywordsai:baseUrl" in line for line in told(failed)
    )
    assert writes(emulator) == []


FUNCTIONS = """
variables:
  base:
    fn::invoke: {function: keywordsai:getModel, arguments: {modelName: openai/gpt-4o}}
  ours:
    fn::invoke: {function: keywordsai:listModels, arguments: {pattern: acme/*}, return: models}
  vendor:
    fn::invoke: {function: keywordsai:getListPrice, arguments: {model: openai/gpt-4o}}
resources:
  cheap:
    type: keywordsai:CustomModel
    properties: {baseModelName: openai/gpt-4o, inputCost: "${base.inputCost}"}
  next: {type: keywordsai:CustomModel, properties: {inputCost: "${cheap.inputCost}"}}
outputs:
  ours: ${ours[0].modelName}
  price: ${cheap.inputCost}
  vendor: ${vendor.inputCost}
"""


READS_ITS_OWN = """
resources:
  ours: {type: keywordsai:CustomModel, properties: {modelName: acme/ours, inputCost: 2}}
  next: {type: keywordsai:CustomModel, properties: {inputCost: "${read.inputCost}"}}
variables:
  read: {fn::invoke: {function: keywordsai:getModel, arguments: {modelName: "${ours.modelName}"}}}
"""


def test_functions(stack: Stack, emulator: Emulator) -> None:
    """A program reads models that it does not own, and list prices. What it declares itself the
    preview cannot know, and says what to take instead; that works.
    """
    write_yaml(stack, READS_ITS_OWN)
    assert (
        "There is no model acme/ours yet. This program declares it: take what you need from the "
        "outputs of that resource, instead of getModel."
    ) in stack.pulumi("preview", check=False).output
    emulator.put_model("acme/there", input_cost=1)
    write_yaml(stack, FUNCTIONS)
    stack.up()
    assert stack.outputs() == {"ours": "acme/there", "price": 2.5, "vendor": 2.5}
    assert writes(emulator) == [
        posted("cheap", base_model_name="openai/gpt-4o", input_cost=2.5),
        posted("next", input_cost=2.5),
    ]


PROVIDER = """
resources:
  azure:
    type: keywordsai:CustomProvider
    properties:
      providerId: my-azure
      providerName: Azure
      baseUrl: https://acme.example/v1
      apiKey: {{fn::secret: {key}}}
      extraKwargs: {{region: {region}}}
  on-azure:
    type: keywordsai:CustomModel
    properties: {{customProviderId: "${{azure.providerId}}", inputCost: 1}}
"""


@long_form_of("plugin/test_native_plugin.py::test_a_provider_lives_its_life")
def test_a_custom_provider(stack: Stack, emulator: Emulator) -> None:
    """A provider comes before its models and goes after them; its key is in no message and state,
    and a new one is shown as a change of a secret.
    """
    write_yaml(stack, PROVIDER.format(key=OTHER_KEY, region="eu"))
    stack.up()
    kwargs = emulator.providers()["my-azure"]["extra_kwargs"]
    assert (kwargs["region"], kwargs["api_key"]) == ("eu", OTHER_KEY)
    assert posted("on-azure", custom_provider_id="my-azure", input_cost=1) in writes(emulator)
    assert "3 unchanged" in stack.preview().stdout

    write_yaml(stack, PROVIDER.format(key=OTHER_KEY[::-1], region="us"))
    shown = stack.preview().stdout
    assert re.search(r"apiKey *: \[secret\] => \[secret\]", shown)
    assert re.search(r'region: "eu" => "us"', shown)
    assert "2 unchanged" in shown
    stack.up()
    kwargs = emulator.providers()["my-azure"]["extra_kwargs"]
    assert (kwargs["region"], kwargs["api_key"]) == ("us", OTHER_KEY[::-1])
    stack.destroy()
    assert emulator.models() == emulator.providers() == {}


def between_providers(url: str, name: str, provider: str) -> str:
    """Declare a model under this resource name and provider; the other one has a model too."""
    return f"""
resources:
  second:
    type: pulumi:providers:keywordsai
    properties: {{apiKey: {{fn::secret: {KEY}}}, baseUrl: "{url}"}}
  kept-by-default: {{type: keywordsai:CustomModel, properties: {{inputCost: 1}}}}
  kept-by-second:
    type: keywordsai:CustomModel
    properties: {{inputCost: 1}}
    options: {{provider: "${{second}}"}}
  {name}:
    type: keywordsai:CustomModel
    properties: {{modelName: acme/moved, inputCost: 1}}
    options: {provider}
"""


@long_form_of(
    "plugin/test_native_plugin.py::test_a_model_that_another_account_process_declares_is_kept"
)
def test_renamed_into_another_provider(stack: Stack, emulator: Emulator) -> None:
    """Two processes of one run tell each other what they declare: the model is not deleted."""
    write_yaml(stack, between_providers(emulator.url, "before", "{}"))
    stack.up()
    taken(emulator)
    write_yaml(stack, between_providers(emulator.url, "after", '{provider: "${second}"}'))
    lines = told_at_all(stack.up())
    assert taken_over("acme/moved") in lines
    assert any(line.startswith("acme/moved is not deleted: ") for line in lines), lines
    assert writes(emulator) == []


SECRETS = """
resources:
  support-llm:
    type: keywordsai:CustomModel
    properties:
      inputCost: {{fn::secret: {price}}}
      outputCost: 10
      displayName: {{fn::secret: the "mellow" one}}
      supportedParamsOverride: {{fn::secret: {{top_p: {{max: 0.57721566}}}}}}
outputs:
  price: ${{support-llm.inputCost}}
"""


@long_form_of("plugin/test_native_plugin.py::test_a_secret_stays_one")
def test_secrets(stack: Stack, emulator: Emulator) -> None:
    """What a program marks as secret is in no state, preview and message (leaks.py looks)."""
    write_yaml(stack, SECRETS.format(price=2.7182818))
    stack.up()
    assert emulator.models()["support-llm"]["input_cost"] == 2.7182818
    assert stack.outputs() == {"price": 2.7182818}
    emulator.edit_model("support-llm", input_cost=4.6692016)
    stack.secrets.add(4.6692016)
    stack.refresh()
    assert "[secret] => [secret]" in stack.preview().stdout
    write_yaml(stack, SECRETS.format(price=1.6180339))
    stack.preview_json()
    stack.up()
    assert emulator.models()["support-llm"]["input_cost"] == 1.6180339


def plugins_alive(running: Running) -> list[str]:
    commands = running.processes().values()
    return [command for command in commands if "keywordsai_dynamic.native" in command]


@long_form_of("plugin/test_native_plugin.py::test_it_ends_with_the_engine")
def test_the_plugin_ends_with_the_cli(new_stack: NewStack) -> None:
    """Where the CLI alone is killed in the middle of a write, the plugin ends by itself, and the
    next run has what it needs.
    """
    arrived, over = Event(), Event()

    def hold(request: RecordedRequest) -> None:
        if request.method == "POST":
            arrived.set()
            over.wait()

    with running_emulator(on_request=hold) as emulator:
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        write_yaml(stack, models({"slow": {"inputCost": 1}}))
        running = stack.start("up", "--yes", "--skip-preview")
        assert arrived.wait(20)
        assert plugins_alive(running)
        running.kill_cli()
        deadline = time.monotonic() + 10
        while plugins_alive(running):
            assert time.monotonic() < deadline, running.processes()
            time.sleep(0.02)
        over.set()
        stack.pulumi("cancel", "--yes")  # the lock of the killed run
        stack.up()
        assert set(emulator.models()) == set(stack.resources()) == {"slow"}
        assert "2 unchanged" in stack.preview().stdout


def test_found_on_path(stack: Stack, emulator: Emulator) -> None:
    """Without a line in Pulumi.yaml the engine takes the plugin of the PATH."""
    write_yaml(stack, models({"m": {"inputCost": 1}}), found=False)
    path = f"{plugin_folder()}:{stack.env['PATH']}"
    stack.up(env={"PATH": path})
    assert set(emulator.models()) == {"m"}
