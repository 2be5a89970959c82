"""The native plugin in its own process, called as the engine calls it.

The tests beside this one run what the lifecycle decides through both doors; here is the rest.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from google.protobuf import empty_pb2
from harness.native_process import NativePlugin, NewNativePlugin, plain, struct
from harness.provider_process import SECRET, UNKNOWN, Props, failure
from pulumi.runtime.proto import provider_pb2 as proto

from keywordsai_dynamic.core.kinds import PROVIDER
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.lifecycle.run_notes import RunNotes

NATIVE = "urn:pulumi:dev::shop::keywordsai:index:CustomModel"
URN = f"{NATIVE}::support-llm"
SOON = 2.0
"""Seconds that a second may take where the whole suite runs."""

VLLM = {"provider_id": "acme-vllm", "provider_name": "vLLM", "base_url": "https://llm.acme.example"}


def secret(value: object) -> Props:
    """Mark a value as the engine does."""
    return {**SECRET, "value": value}


def small(**values: object) -> Props:
    """Declare little: one model, one price."""
    return {"model_name": "acme/m", "input_cost": 1, "__urn": URN, **values}


def posts(emulator: Emulator) -> list[Props]:
    """Give the bodies of the upserts that arrived."""
    return [body for method, path, body in emulator.calls if (method, path)[0] == "POST"]


def written(body: object) -> str:
    """Write a body so that 1, 1.0 and true differ; the engine's maps have no order."""
    return json.dumps(body, sort_keys=True)


def settings(emulator: Emulator, **more: str) -> dict[str, str]:
    """Give the environment of a plugin that uses the emulator."""
    return {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url, **more}


def test_what_a_program_and_a_state_see(native: NativePlugin, emulator: Emulator) -> None:
    """Flags are booleans, and every known field is an output; the service gets its numbers."""
    declared = {
        "model_name": "acme/support-llm",
        "base_model_name": "gpt-4o",
        "input_cost": "2.50",
        "function_call": True,
        "supported_params_override": {"temperature": {"min": 0, "max": 1.5}},
    }
    inputs = native.check(declared)
    assert inputs == {**declared, "input_cost": 2.5}
    outputs = native.create(inputs, URN)
    assert outputs == {
        **inputs,
        "display_name": None,
        "custom_provider_id": None,
        "output_cost": 10,
        "cache_hit_input_cost": 1.25,
        "cache_creation_input_cost": 0,
        "max_context_window": 128_000,
        "streaming_support": True,
        "image_support": True,
        "provider_id": "openai",
        "provider_name": "OpenAI",
        "model_id": "acme/support-llm",
        "affiliation_category": "custom",
        "source": "db",
        "service_url": emulator.url,
    }
    assert [outputs[name] for name in ("streaming_support", "function_call")] == [True, True]
    assert isinstance(outputs["streaming_support"], bool)
    sent = {**declared, "input_cost": 2.5, "function_call": 1}
    assert list(map(written, posts(emulator))) == [written(sent)]


def test_a_resource_that_names_no_model_is_named_like_it(native: NativePlugin) -> None:
    """In the program, the name need not be written twice; a provider likewise."""
    named = native.check({"model_name": None, "input_cost": 1, "__urn": f"{NATIVE}::acme/m"})
    assert named == {"model_name": "acme/m", "input_cost": 1}
    provider = native.of(PROVIDER).check({"provider_name": "vLLM", "__urn": "::acme-vllm"})
    assert provider == {"provider_id": "acme-vllm", "provider_name": "vLLM"}


def test_a_model_with_other_values_is_refused(native: NativePlugin, emulator: Emulator) -> None:
    """The table and the ways out are in the words of a program in YAML."""
    emulator.put_model("acme/m", input_cost=2)
    refused = (
        "acme/m already exists with different values, and the service would overwrite it "
        "silently:\n"
        "  inputCost  declared 1 → live 2\n"
        "Nothing was sent. To resolve this, do one of:\n"
        "  - to keep the live values, import the model first:\n"
        "      pulumi import keywordsai:index:CustomModel support-llm acme/m "
        "--generate-code=false --protect=false --yes\n"
        "  - if the resource was only renamed, declare its old name in the program:\n"
        f'      options: {{aliases: ["{NATIVE}::OLD-NAME"]}}\n'
        "  - if this is a replacement, run without --replace, so that it is updated\n"
        "  - to overwrite the live values, declare overwriteExisting: true"
    )
    inputs, failures = native.try_check(small())
    assert failures == [("", refused)]
    assert failure(lambda: native.create(inputs, URN)) == refused


def test_a_model_that_another_account_process_declares_is_kept(
    new_native_plugin: NewNativePlugin, native: NativePlugin, emulator: Emulator
) -> None:
    """Each explicit provider is a process; no program tells them about each other."""
    outputs = native.create(native.check(small()), URN)
    other = new_native_plugin(settings(emulator), engine_of=native)
    other.check(small(__urn=f"{NATIVE}::new"))
    third = new_native_plugin(settings(emulator), engine_of=native)
    third.delete("acme/m", outputs, f"{NATIVE}::old")
    assert [each.sentence for each in native.messages if "not deleted" in each.sentence] == [
        "acme/m is not deleted: resource 'support-llm' declares it"
    ]
    assert "acme/m" in emulator.models()


def test_each_change_is_shown_by_its_path(native: NativePlugin) -> None:
    """Fields, and keys inside of maps; only the name replaces."""
    olds = small(supported_params_override={"a": {"max": 1}, "b.c": 1, "d": [1]}, output_cost=1)
    outputs = native.create(native.check(olds))
    news = {"a": {"max": 2}, "d": [1, 2], "new": 1}
    changed = {"input_cost": 2, "supported_params_override": news, "model_name": "acme/n"}
    answer = native.detailed_diff("acme/m", outputs, native.check(small(**changed)))
    kinds = proto.PropertyDiff.Kind
    assert {path: kinds.Name(each.kind) for path, each in answer.detailedDiff.items()} == {
        "modelName": "UPDATE_REPLACE",
        "inputCost": "UPDATE",
        "outputCost": "DELETE",
        "supportedParamsOverride.a.max": "UPDATE",
        'supportedParamsOverride["b.c"]': "DELETE",
        "supportedParamsOverride.d": "UPDATE",
        "supportedParamsOverride.new": "ADD",
    }
    assert all(each.inputDiff for each in answer.detailedDiff.values())
    assert (answer.hasDetailedDiff, answer.deleteBeforeReplace) == (True, False)
    assert list(answer.replaces) == ["modelName"]
    fields = {"modelName", "inputCost", "outputCost", "supportedParamsOverride"}
    assert set(answer.diffs) == fields


def test_a_preview_sends_nothing(native: NativePlugin, emulator: Emulator) -> None:
    """It returns what is declared, and everything else as not known yet."""
    inputs = native.check(small())
    before = len(emulator.calls)
    created = native.create(inputs, preview=True)
    assert created["model_name"] == "acme/m"
    assert created["input_cost"] == 1
    later = set(created) - {"model_name", "input_cost"}
    assert {created[name] for name in later} == {UNKNOWN}
    assert {"output_cost", "model_id", "service_url"} <= later
    assert native.update("acme/m", {}, inputs, preview=True) == created
    assert len(emulator.calls) == before


def test_what_is_not_known_yet_is_checked_as_far_as_it_is_known(native: NativePlugin) -> None:
    """It passes through, even where it is secret."""
    override = {"a": UNKNOWN, "b": 1}
    declared = small(output_cost=secret(UNKNOWN), supported_params_override=override)
    inputs = native.check(declared)
    assert inputs == {
        "model_name": "acme/m",
        "input_cost": 1,
        "output_cost": UNKNOWN,
        "supported_params_override": override,
    }
    assert native.try_check(small(input_cost=-1, output_cost=UNKNOWN))[1] == [
        ("input_cost", "must be 0 or more")
    ]


def test_a_secret_stays_one(native: NativePlugin, emulator: Emulator) -> None:
    """In inputs where it was marked, in outputs, in what repeats it; messages do not show it."""
    emulator.put_model("acme/m", input_cost=4321.5, display_name="costs 1234.5")
    declared = small(input_cost=secret(1234.5), overwrite_existing=True)
    inputs = native.check(declared)
    assert inputs["input_cost"] == secret(1234.5)
    outputs = native.create(inputs, URN)
    assert outputs["input_cost"] == secret(1234.5)
    assert outputs["display_name"] == secret("costs 1234.5")
    assert outputs["output_cost"] == 0
    assert "1234.5" not in "".join(each.sentence for each in native.messages)
    assert "[secret]" in "".join(each.sentence for each in native.messages)
    # What is marked by hand in a state, or by additionalSecretOutputs, counts as well.
    native.old_inputs["acme/m"] = {"model_name": "acme/m", "input_cost": 1234.5}
    news = native.check(small(input_cost=5), native.old_inputs["acme/m"])
    assert native.update("acme/m", outputs, news)["input_cost"] == secret(5)


def test_a_secret_that_is_given_up_stays_one(
    native: NativePlugin, new_native_plugin: NewNativePlugin, emulator: Emulator
) -> None:
    """So does what repeats it; the marks of everything else go by what is secret now."""
    emulator.put_model("acme/m", input_cost=1234.5, display_name="costs 1234.5", output_cost=5)
    hidden = native.check(small(input_cost=secret(1234.5), output_cost=5))
    outputs = native.create(hidden, URN)
    news = native.check({"model_name": "acme/m", "output_cost": 6, "__urn": URN}, hidden)
    outputs = native.update("acme/m", outputs, news)
    for _ in range(2):
        marked = {name for name, value in outputs.items() if isinstance(value, dict)}
        assert marked == {"input_cost", "display_name"}
        assert outputs["__secret"] == ["input_cost"]
        read = native.read("acme/m", outputs)
        assert read is not None
        outputs = read[0]
    emulator.edit_model("acme/m", display_name="Support")
    read = new_native_plugin(settings(emulator)).read("acme/m", outputs)
    assert read is not None
    assert (read[0]["display_name"], read[0]["input_cost"]) == ("Support", secret(1234.5))


def test_a_mark_in_the_state_stays(native: NativePlugin, emulator: Emulator) -> None:
    """Of a field that no program declares, by hand or by additionalSecretOutputs, and of one that
    is declared in plain text since.
    """
    emulator.put_model("acme/m", input_cost=1, display_name="Support")
    inputs = native.check(small(input_cost=1))
    outputs = native.create(inputs, URN)
    outputs["display_name"] = secret("Support")
    outputs["input_cost"] = secret(1)
    for _ in range(2):
        read = native.read("acme/m", outputs)
        assert read is not None
        outputs = read[0]
        assert (outputs["display_name"], outputs["input_cost"]) == (secret("Support"), secret(1))
        assert outputs["output_cost"] == 0


def test_a_name_must_not_be_secret(native: NativePlugin) -> None:
    """It is the id, which every message shows; it is not in the notes of the run either."""
    _, failures = native.try_check(small(model_name=secret("acme/m")))
    assert failures == [
        (
            "",
            "modelName must not be secret: it is the resource's id, which every state and message "
            "shows",
        )
    ]
    notes = RunNotes(native.running.engine_address).read()
    assert [(one.resource, one.name) for one in notes] == [("support-llm", None)]


def test_what_breaks_the_engines_output_is_refused(native: NativePlugin) -> None:
    """The CLI panics at its own color markup, and prints keys and names verbatim."""
    override = {"a\u200b": [{"b": "<{%red%}>"}], "<{%": 1}
    _, failures = native.try_check(
        small(supported_params_override=override, __urn=f"{NATIVE}::m\u202e")
    )
    markup = "contains `<\\{%`, the CLI's color markup, which crashes the Pulumi CLI"
    assert sorted(reason for _, reason in failures) == [
        f"A key of supportedParamsOverride {markup}",
        "The resource's name m\\u202e contains invisible characters",
        'supportedParamsOverride["a\\u200b"] contains invisible characters',
        f'supportedParamsOverride["a\\u200b"][0].b {markup}',
    ]


def test_what_no_resource_has_is_refused(native: NativePlugin) -> None:
    """A misspelled price would be no price, and an asset is no value of a model."""
    _, failures = native.try_check(small(input_costs=1, maxContextWindow=-1))
    assert failures == [
        ("", "inputCosts is not a property of a custom model"),
        ("max_context_window", "must be 0 or more"),
    ]
    urn = f"{NATIVE}::m"
    news = struct({"input_cost": 1, "modelName": "acme/m"})
    answer = native.stub.Check(proto.CheckRequest(urn=urn, news=news))
    assert [each.reason for each in answer.failures] == [
        "input_cost is not a property of a custom model; write inputCost"
    ]
    asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17"}
    told = failure(lambda: native.check(small(display_name=asset)))
    assert told == "displayName holds an asset or archive, which no field takes."


def test_import_gives_a_program_without_changes(native: NativePlugin, emulator: Emulator) -> None:
    """It declares what the base does not imply; from then on a preview is silent."""
    emulator.put_model("acme/m", base_model_name="gpt-4o", input_cost=3, image_support=1)
    found = native.read("acme/m", {}, URN)
    assert found is not None
    outputs, inputs = found
    assert inputs == {
        "model_name": "acme/m",
        "base_model_name": "gpt-4o",
        "input_cost": 3,
        **({"output_cost": outputs["output_cost"]} if "output_cost" in inputs else {}),
    }
    assert native.check(inputs, inputs) == inputs
    assert native.diff("acme/m", outputs, inputs) == ("NONE", [])
    assert native.read("acme/m", outputs) == (outputs, {})
    assert posts(emulator) == []


def test_import_of_what_no_stack_can_manage(native: NativePlugin, emulator: Emulator) -> None:
    """Each is refused in one line with the way out."""
    emulator.put_model("acme/m", input_cost=1)
    assert failure(lambda: native.read("openai/gpt-4o", {}, URN)) == (
        "openai/gpt-4o is a built-in model and cannot be changed. Choose another modelName, and "
        'declare baseModelName: "openai/gpt-4o" to inherit from it. To read it, call getModel.'
    )
    assert failure(lambda: native.read("acme/none", {}, URN)) == (
        "There is no model acme/none. `keywordsai-dynamic models --all` lists all models."
    )
    assert failure(lambda: native.of(PROVIDER).read("none", {})) == (
        "There is no provider none in this organization."
    )


def test_whether_it_exists(native: NativePlugin, emulator: Emulator) -> None:
    """What a stack could manage is there or not, without an error or a word, and a model that is
    only asked about is deleted when its resource goes.
    """
    emulator.put_model("acme/m", input_cost=1)
    emulator.put_provider("acme-vllm", provider_name="vLLM")
    providers = native.of(PROVIDER)
    nothing = native.urn("__exists__1"), providers.urn("__exists__2")
    assert native.read("acme/m", {}, nothing[0]) == ({"model_name": "acme/m"}, {})
    assert native.read("acme/none", {}, nothing[0]) is None
    assert native.read("openai/gpt-4o", {}, nothing[0]) is None
    assert providers.read("acme-vllm", {}, nothing[1]) == ({"provider_id": "acme-vllm"}, {})
    assert providers.read("none", {}, nothing[1]) is None
    assert native.messages == []
    native.delete("acme/m", native.state({"model_name": "acme/m", "input_cost": 1}, emulator.url))
    assert emulator.models() == {}


def test_import_of_what_is_no_name(native: NativePlugin, emulator: Emulator) -> None:
    """It would be another path of the API, and no program could declare it."""
    of_models = "modelName must not contain a `.` or `..` segment"
    of_providers = "providerId must not contain a slash, or be `.` or `..`"
    for name in (".", "..", "a/../acme/m"):
        assert failure(lambda name=name: native.read(name, {}, URN)) == of_models
        assert failure(lambda name=name: native.of(PROVIDER).read(name, {})) == of_providers
    invisible = "must not contain control or other invisible characters"
    assert failure(lambda: native.read("a\nb", {}, URN)) == f"modelName {invisible}"
    assert emulator.calls == []


def test_a_program_reads_what_it_does_not_own(native: NativePlugin, emulator: Emulator) -> None:
    """`CustomModel.get` with a state to begin with: built-in models too."""
    found = native.read("openai/gpt-4o", {"model_name": "openai/gpt-4o"}, URN)
    assert found is not None
    assert (found[0]["input_cost"], found[1]) == (2.5, {})


def test_the_configuration_of_a_stack(native: NativePlugin) -> None:
    """The key is secret whoever set it; near misses are refused, other keys are the program's."""
    inputs, failures = native.check_config({"apiKey": "key-1", "baseUrl": "http://localhost:1"})
    assert inputs == {"apiKey": secret("key-1"), "baseUrl": "http://localhost:1"}
    assert failures == []
    assert native.check_config({"models": "{}", "version": "0.1.0"})[1] == []
    assert native.messages == []
    assert native.check_config({"regions": "eu"})[1] == []
    assert [each.sentence for each in native.messages] == [
        "stack dev: keywordsai:regions: nothing reads this key; the known keys are "
        "keywordsai:apiKey, keywordsai:baseUrl and keywordsai:models; unless your program reads "
        "it, run `pulumi config rm keywordsai:regions --stack dev`"
    ]
    assert native.check_config({"apikey": "k", "base_url": "u"})[1] == [
        (
            "",
            "The configuration has 2 mistakes; nothing was sent.\n"
            "  stack dev: keywordsai:apikey: nothing reads this key; rename it to "
            "keywordsai:apiKey, or run `pulumi config rm keywordsai:apikey --stack dev`\n"
            "  stack dev: keywordsai:base_url: nothing reads this key; rename it to "
            "keywordsai:baseUrl, or run `pulumi config rm keywordsai:base_url --stack dev`",
        )
    ]


def test_the_configuration_of_an_explicit_provider(native: NativePlugin) -> None:
    """It takes the two settings only, as text; a change of them replaces nothing."""
    assert native.check_config({"apiKey": 5, "key": "x"}, "eu")[1] == [
        ("", "apiKey must be a string"),
        ("", "key is not a setting of this provider, which takes apiKey and baseUrl"),
    ]
    for empty in ("", " "):
        assert native.check_config({"apiKey": empty}, "eu")[1] == [
            (
                "",
                "apiKey must not be empty: the key of the environment would be taken, which may be "
                "another account's; leave the setting out if that is meant",
            )
        ]
    assert native.check_config({"apiKey": UNKNOWN}, "eu")[1] == []
    before, after = struct({"apiKey": "one"}), struct({"apiKey": "two", "baseUrl": "http://x"})
    answer = native.stub.DiffConfig(proto.DiffRequest(old_inputs=before, news=after))
    assert (list(answer.diffs), list(answer.replaces)) == (["apiKey", "baseUrl"], [])
    assert answer.changes == proto.DiffResponse.DIFF_SOME
    answer = native.stub.DiffConfig(proto.DiffRequest(old_inputs=before, news=before))
    assert answer.changes == proto.DiffResponse.DIFF_NONE


def test_configuration_beats_the_environment(
    new_native_plugin: NewNativePlugin, emulator: Emulator
) -> None:
    """An explicit provider has an account of its own."""
    plugin = new_native_plugin({"KEYWORDSAI_API_KEY": "another"}, configured=False)
    assert failure(lambda: plugin.check(small())) == (
        "The plugin was called before it was configured."
    )
    plugin.configure(apiKey=secret(emulator.api_key), baseUrl=emulator.url)
    assert plugin.create(plugin.check(small()))["service_url"] == emulator.url


def dynamic_state(emulator: Emulator) -> Props:
    """Give the outputs of a Python program's model whose answer differed from its declaration."""
    return {
        "model_name": "acme/m",
        "input_cost": 1.0,
        "function_call": 1,
        "supported_params_override": {"a": 1},
        "custom_provider_id": "answered",
        "__declared": {"custom_provider_id": "declared"},
        "__answered": json.dumps({"output_cost": 2.0, "model_id": "acme/m"}),
        "__base_url": emulator.url,
        "__urn": "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:CustomModel::support-llm",
    }


def test_a_dynamic_state_is_taken_over_without_a_request(
    native: NativePlugin, emulator: Emulator
) -> None:
    """The same declaration is no change; whatever is done next is done by the same rules."""
    emulator.put_model("acme/m", input_cost=1, output_cost=2, function_call=1)
    olds = dynamic_state(emulator)
    declared = small(
        function_call=True, supported_params_override={"a": 1}, custom_provider_id="declared"
    )
    inputs = {**{name: olds[name] for name in olds if name[0] != "_"}, **olds["__declared"]}
    inputs["__provider"] = native._kind.pickled
    native.old_inputs["acme/m"] = inputs
    news = native.check(declared, inputs)
    assert news == {name: declared[name] for name in declared if name != "__urn"}
    assert native.diff("acme/m", olds, news) == ("NONE", [])
    assert emulator.calls == []
    native.old_inputs["acme/m"] = news  # as the engine stores them
    assert native.diff("acme/m", olds, native.check(declared, news)) == ("NONE", [])
    changed = native.check({**declared, "input_cost": 2}, news)
    assert native.diff("acme/m", olds, changed) == ("SOME", [])
    native.delete("acme/m", olds, f"{NATIVE}::another")


MOVED = {
    "model_name": "acme/m",
    "input_cost": 1,
    "custom_provider_id": "p",
    "output_cost": secret(123.5),
    "overwrite_existing": True,
    "__provider": "x",
}
OTHERS = (
    ". If the program takes it from another resource that was moved from a Python program, run "
    "`pulumi up --refresh --run-program` once: its outputs get their new names with that"
)


def test_a_value_that_a_move_has_hidden_stays(native: NativePlugin) -> None:
    """The engine keeps the outputs of what does not change, so that a reference finds nothing; and
    it takes what `ignoreChanges` names out of the program, if the state has it under another name.
    """
    inputs = native.check({"output_cost": 2, "__urn": URN}, MOVED)
    assert inputs == {
        "model_name": "acme/m",
        "input_cost": 1,
        "custom_provider_id": "p",
        "output_cost": 2,
    }
    kept = ("modelName", "customProviderId", "inputCost")
    sentences = [f"no value for {name}, so it stays as it was before the move" for name in kept]
    assert [each.sentence for each in native.messages] == ["; ".join(sentences) + OTHERS]
    assert native.check(small(provider_id=17), MOVED) == {
        "model_name": "acme/m",
        "input_cost": 1,
        "provider_id": 17,
        "output_cost": secret(123.5),
    }
    del native.messages[:]
    same = {name: MOVED[name] for name in MOVED if name != "__provider"}
    assert native.check({**same, "__urn": URN}, MOVED) == same
    named = {"model_name": "support-llm", "input_cost": 1}
    assert native.check({"input_cost": 1, "__urn": URN}, {**named, "__provider": "x"}) == named
    assert native.messages == []


def test_a_value_that_is_not_known_after_a_move_is_warned_of(native: NativePlugin) -> None:
    """It may be one that a reference does not find."""
    olds = {name: MOVED[name] for name in ("model_name", "input_cost", "__provider")}
    assert native.check(small(input_cost=UNKNOWN), olds)["input_cost"] == UNKNOWN
    assert native.messages[0].sentence == f"no value yet for inputCost{OTHERS}"


def test_a_value_that_go_has_not_stays_as_well(native: NativePlugin) -> None:
    """There a text without a value is an empty one."""
    inputs = native.check(small(provider_id=""), {**MOVED, "custom_provider_id": "p"})
    assert inputs["custom_provider_id"] == "p"
    assert native.messages[0].sentence.startswith("no value for customProviderId, so it stays")


def test_a_native_resource_may_have_the_urn_of_a_dynamic_one(
    native: NativePlugin, new_native_plugin: NewNativePlugin, emulator: Emulator
) -> None:
    """The engine renames what an interrupted move to Python has left to be deleted."""
    outputs = native.create(native.check(small()), URN)
    urn = f"urn:pulumi:dev::shop::{native._kind.type}::support-llm"
    later = new_native_plugin(settings(emulator))
    read = later.read("acme/m", outputs, urn)
    assert read is not None
    later.delete("acme/m", read[0], urn)
    assert emulator.models() == {}


def test_a_dynamic_state_has_the_new_shape_after_a_refresh(
    native: NativePlugin, emulator: Emulator
) -> None:
    """Its outputs are those of the schema from then on."""
    emulator.put_model("acme/m", input_cost=1, output_cost=2)
    olds = {
        "model_name": "acme/m",
        "input_cost": 1.0,
        "__answered": json.dumps({"output_cost": 2.0}),
        "__base_url": emulator.url,
    }
    native.old_inputs["acme/m"] = {"model_name": "acme/m", "input_cost": 1}
    found = native.read("acme/m", olds)
    assert found is not None
    assert found[1] == {}
    assert (found[0]["output_cost"], found[0]["service_url"]) == (2, emulator.url)
    assert not [name for name in found[0] if name.startswith("_")]


def test_a_provider_lives_its_life(
    native: NativePlugin, new_native_plugin: NewNativePlugin, emulator: Emulator
) -> None:
    """Its key and what is named like one are secret, and so is how the service showed them."""
    providers = native.of(PROVIDER)
    extra = {"region": "eu", "auth_token": "tok-1234567890"}
    declared = {**VLLM, "api_key": "sk-1234567890", "timeout": 30, "extra_kwargs": extra}
    inputs = providers.check(declared)
    hidden = {**extra, "auth_token": secret(extra["auth_token"])}
    marked = {**declared, "api_key": secret("sk-1234567890"), "extra_kwargs": hidden}
    assert inputs == marked
    outputs = providers.create(inputs)
    assert outputs["credential_hash"].keys() == secret("").keys()
    rest = {name: outputs[name] for name in outputs if name != "credential_hash"}
    assert rest == {**marked, "service_url": emulator.url}
    again = providers.check(declared, inputs)
    assert again == inputs
    assert providers.diff("acme-vllm", outputs, again) == ("NONE", [])
    news = providers.check({**declared, "extra_kwargs": {**extra, "region": "us"}}, inputs)
    answer = providers.detailed_diff("acme-vllm", outputs, news)
    assert list(answer.detailedDiff) == ["extraKwargs.region"]
    updated = providers.update("acme-vllm", outputs, news)
    assert updated["extra_kwargs"] == {**hidden, "region": "us"}
    destroying = new_native_plugin(settings(emulator)).of(PROVIDER)
    destroying.delete("acme-vllm", updated)
    assert emulator.providers() == {}
    assert "sk-1234567890" not in "".join(each.sentence for each in native.messages)


def test_a_part_that_the_program_marks_is_secret_as_a_whole_field(native: NativePlugin) -> None:
    """In inputs only the part; in outputs the map, because the service may repeat it anywhere."""
    providers = native.of(PROVIDER)
    inputs = providers.check({**VLLM, "extra_kwargs": {"region": secret("eu-1"), "zone": "a"}})
    assert inputs["extra_kwargs"] == {"region": secret("eu-1"), "zone": "a"}
    for preview in (True, False):
        outputs = providers.create(inputs, preview=preview)
        assert outputs["extra_kwargs"] == secret({"region": "eu-1", "zone": "a"})
    override = {"a": {"max": secret(123.5)}}
    inputs = native.check(small(supported_params_override=override))
    assert inputs["supported_params_override"] == override
    for preview in (True, False):
        outputs = native.create(inputs, preview=preview)
        assert outputs["supported_params_override"] == secret({"a": {"max": 123.5}})


def test_a_provider_is_imported_without_its_key(native: NativePlugin, emulator: Emulator) -> None:
    """The key is not read; a program that declares it shows that as the only change."""
    providers = native.of(PROVIDER)
    emulator.dialect.provider_echo = "masked"
    emulator.put_provider(
        "acme-vllm",
        provider_name="vLLM",
        extra_kwargs={"base_url": "https://a.b", "api_key": "k-1"},
    )
    found = providers.read("acme-vllm", {})
    assert found is not None
    outputs, inputs = found
    assert inputs == {
        "provider_id": "acme-vllm",
        "provider_name": "vLLM",
        "base_url": "https://a.b",
    }
    assert providers.diff("acme-vllm", outputs, providers.check(inputs, inputs)) == ("NONE", [])
    assert providers.read("acme-vllm", outputs) == (outputs, {})


def test_a_bug_is_told_in_one_line(
    native: NativePlugin, new_native_plugin: NewNativePlugin
) -> None:
    """With KEYWORDSAI_DEBUG it comes with its traceback."""

    def read_without_a_urn(plugin: NativePlugin) -> str:
        return failure(lambda: plugin.stub.Read(proto.ReadRequest(id="x", urn="none")))

    assert read_without_a_urn(native) == (
        "This is a bug in the keywordsai plugin, please report it: IndexError: list index out of "
        "range. KEYWORDSAI_DEBUG=1 shows where it is."
    )
    told = read_without_a_urn(new_native_plugin({"KEYWORDSAI_DEBUG": "1"}))
    assert told.startswith("Traceback (most recent call last):\n")


def test_what_the_engine_asks_first(native: NativePlugin) -> None:
    """The parts of the protocol that are used, the version, the schema."""
    answer = native.stub.Handshake(proto.ProviderHandshakeRequest())
    assert (answer.accept_secrets, answer.accept_outputs, answer.accept_resources) == (
        True,
        False,
        False,
    )
    schema = json.loads(native.stub.GetSchema(proto.GetSchemaRequest()).schema)
    version = native.stub.GetPluginInfo(empty_pb2.Empty()).version
    assert (schema["name"], schema["version"]) == ("keywordsai", version)


def test_functions_are_called(native: NativePlugin, emulator: Emulator) -> None:
    """Their arguments and results are those of the schema; a mistake names its argument."""
    emulator.put_model("acme/m", input_cost=1)
    get_model = "keywordsai:index:getModel"
    request = proto.InvokeRequest(tok=get_model, args=struct({"modelName": "acme/m"}))
    answer = native.stub.Invoke(request)
    assert plain(getattr(answer, "return"))["inputCost"] == 1
    answer = native.stub.Invoke(proto.InvokeRequest(tok=get_model, args=struct({"modelNam": 1})))
    assert [each.property for each in answer.failures] == ["modelName", "modelNam"]


def ended(process: subprocess.Popen[str]) -> float:
    """Wait for the end of a process; return the seconds that it took."""
    began = time.monotonic()
    process.wait(timeout=10)
    return time.monotonic() - began


def test_it_ends_when_it_is_told_to(new_native_plugin: NewNativePlugin) -> None:
    """At the engine's Cancel, at SIGTERM and at SIGINT: within a second."""
    for stop in (signal.SIGTERM, signal.SIGINT, None):
        plugin = new_native_plugin(started=True)
        process = plugin.running.process
        if stop is None:
            plugin.cancel()
        else:
            process.send_signal(stop)
        assert ended(process) < SOON
        assert process.returncode == 0


def test_it_ends_whenever_a_signal_comes() -> None:
    """Even while the thread that handles signals holds one of its own locks."""
    signals_itself = (
        "import os, signal, sys, threading\n"
        "from keywordsai_dynamic.native import main\n"
        "def trace(frame, *_):\n"
        "    if frame.f_code.co_filename == threading.__file__:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return trace\n"
        "serve = main._server\n"
        "main._server = lambda end: [serve(end), sys.settrace(trace)][0]\n"
        "main.main()\n"
    )
    command = [sys.executable, "-c", signals_itself]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  (that text)
        assert process.stdout is not None
        assert process.stdout.readline()
        process.terminate()
        try:
            assert ended(process) < SOON
        finally:
            process.kill()
    assert process.returncode == 0


def test_it_ends_in_the_middle_of_a_write(
    new_native_plugin: NewNativePlugin, emulator: Emulator
) -> None:
    """The call fails; what it has created is adopted by the next run."""
    native = new_native_plugin(settings(emulator), started=True)
    inputs = native.check(small())
    with emulator.faults.hold_answers() as held, ThreadPoolExecutor(1) as calling:
        creating = calling.submit(failure, lambda: native.create(inputs))
        held.wait_until_held()
        native.cancel()
        assert ended(native.running.process) < SOON
        told = creating.result()
    assert told == "Cancelling all calls"
    assert list(emulator.models()) == ["acme/m"]


def test_it_ends_with_the_engine() -> None:
    """Even if that is killed, and cannot end it."""
    starts = (
        "import subprocess, sys\n"
        "plugin = [sys.executable, '-m', 'keywordsai_dynamic.native.main']\n"
        "started = subprocess.Popen(plugin, stdout=subprocess.PIPE)\n"
        "print(started.stdout.readline(), flush=True)\n"
        "started.wait()\n"
    )
    # The plugin inherits standard error: its end is there when the last of the two has ended.
    engine = subprocess.Popen(  # noqa: S603  (that text)
        [sys.executable, "-c", starts], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert engine.stdout is not None
    assert engine.stderr is not None
    assert engine.stdout.readline()
    engine.kill()
    began = time.monotonic()
    assert engine.stderr.read() == b""
    assert time.monotonic() - began < SOON
    engine.communicate()
