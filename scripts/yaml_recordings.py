"""The same previews of programs in YAML, and what only they have: a stack that moves, and back.

The function's name is the recording's: tests/recorded/previews/yaml/NAME.json.
"""

from typing import Any

import yaml
from harness.pulumi_stack import Stack
from harness.yaml_program import write_python, write_yaml
from preview_recordings import (
    CHAT,
    HEAD,
    PROVIDER,
    SUPPORT,
    Document,
    Recording,
    refresh_preview,
)

from keywordsai_dynamic.emulator import Emulator

Resources = dict[str, dict[str, Any]]
RECORDINGS: dict[str, Recording] = {}


def recording(record: Recording) -> Recording:
    RECORDINGS[record.__name__] = record
    return record


def model(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    return {"type": "keywordsai:CustomModel", "properties": properties}


def support(input_cost: Any, output_cost: Any = 10, **properties: Any) -> dict[str, Any]:  # noqa: ANN401
    return model(
        **{"modelName": "acme/support-llm", **properties},
        baseModelName="gpt-4o",
        inputCost=input_cost,
        outputCost=output_cost,
    )


CHEAP = {"chat": model(modelName="acme/chat", inputCost=0.15, outputCost=0.6)}


def secret(value: object) -> dict[str, object]:
    return {"fn::secret": value}


def up(stack: Stack, resources: Resources) -> None:
    write_yaml(stack, yaml.safe_dump({"resources": resources}))
    stack.up()


def preview(stack: Stack, resources: Resources, *options: str) -> Document:
    write_yaml(stack, yaml.safe_dump({"resources": resources}))
    document: Document = stack.pulumi("preview", "--json", *options, check=False).json
    return document


@recording
def price_up(stack: Stack, _: Emulator) -> Document:
    up(stack, {"support": support(2.5), **CHEAP})
    return preview(stack, {"support": support(3, 12), **CHEAP})


@recording
def created(stack: Stack, _: Emulator) -> Document:
    new = model(
        modelName="acme/new",
        baseModelName="gpt-4o",
        inputCost=2.75,
        outputCost=0.01,
        maxContextWindow=128_000,
        functionCall=True,
        imageSupport=False,
    )
    return preview(stack, {"new": new})


@recording
def deleted(stack: Stack, _: Emulator) -> Document:
    up(stack, {"support": support(2.5), **CHEAP})
    return preview(stack, CHEAP)


@recording
def released(stack: Stack, _: Emulator) -> Document:
    kept = support(2.5) | {"options": {"retainOnDelete": True}}
    up(stack, {"support": kept, **CHEAP})
    return preview(stack, CHEAP)


@recording
def replaced(stack: Stack, _: Emulator) -> Document:
    up(stack, {"support": support(2.5)})
    return preview(stack, {"support": support(3, modelName="acme/support-2")})


@recording
def renamed_resource(stack: Stack, _: Emulator) -> Document:
    up(stack, {"support": support(2.5)})
    return preview(stack, {"helpdesk": support(2.5)})


@recording
def renamed_and_changed(stack: Stack, _: Emulator) -> Document:
    up(stack, {"support": support(2.5)})
    del stack.env["KEYWORDSAI_API_KEY"]
    return preview(stack, {"helpdesk": support(3)})


@recording
def taken_over(stack: Stack, emulator: Emulator) -> Document:
    emulator.put_model(
        "acme/support-llm", base_model_name="openai/gpt-4o", input_cost=2.5, output_cost=10
    )
    return preview(stack, {"support": support(2.5)})


@recording
def overwritten(stack: Stack, emulator: Emulator) -> Document:
    emulator.put_model(
        "acme/support-llm",
        base_model_name="openai/gpt-4o",
        input_cost=2,
        output_cost=10,
        function_call=0,
    )
    new = support(2.5, functionCall=True, overwriteExisting=True)
    return preview(stack, {"support": new})


@recording
def refused(stack: Stack, emulator: Emulator) -> Document:
    emulator.put_model(
        "acme/support-llm", base_model_name="openai/gpt-4o", input_cost=2, output_cost=10
    )
    return preview(stack, {"support": support(2.5)})


@recording
def invalid(stack: Stack, _: Emulator) -> Document:
    up(stack, {"support": support(2.5)})
    return preview(stack, {"support": support(-1, -2)})


@recording
def wrong_type(stack: Stack, _: Emulator) -> Document:
    """The language host finds it before the first resource, and tells the engine nothing."""
    up(stack, {"support": support(2.5), **CHEAP})
    return preview(stack, {"support": support(3, "ten"), **CHEAP})


@recording
def wrong_type_and_refreshed(stack: Stack, _: Emulator) -> Document:
    """The resources of the state are listed, as if they were unchanged."""
    up(stack, {"support": support(2.5), **CHEAP})
    return preview(stack, {"support": support(3, "ten"), **CHEAP}, "--refresh")


@recording
def misspelled_in_a_set(stack: Stack, _: Emulator) -> Document:
    """Two mistakes: a field of a model in a set, and a provider's."""
    models = {"acme/chat": {"inputCosts": 0.15}}
    return preview(
        stack,
        {
            "prices": {"type": "keywordsai:ModelSet", "properties": {"models": models}},
            "vllm": provider("one", "vllm", baseUrls="https://llm.acme.example/v1"),
        },
    )


@recording
def not_evaluated(stack: Stack, _: Emulator) -> Document:
    """A function that fails while the program runs: of that the engine is told."""
    up(stack, {"support": support(2.5), **CHEAP})
    missing = support(2.5, displayName={"fn::readFile": "./none.txt"})
    return preview(stack, {"support": missing, **CHEAP})


@recording
def unchanged(stack: Stack, _: Emulator) -> Document:
    same = {"support": support(2.5), **CHEAP}
    up(stack, same)
    return preview(stack, same, "--show-sames")


@recording
def drift(stack: Stack, emulator: Emulator) -> Document:
    fast = model(modelName="acme/fast", inputCost=0.15, outputCost=0.6)
    up(stack, {"support": support(2.5), **CHEAP, "fast": fast})
    emulator.edit_model("acme/support-llm", input_cost=7.5)
    emulator.edit_model("acme/fast", display_name="Somebody's")  # not declared, so no drift
    emulator.remove_model("acme/chat")
    return refresh_preview(stack)


@recording
def refreshed(stack: Stack, emulator: Emulator) -> Document:
    same = {"support": support(2.5), **CHEAP}
    up(stack, same)
    emulator.edit_model("acme/support-llm", input_cost=7.5)
    emulator.remove_model("acme/chat")
    return preview(stack, same, "--refresh")


@recording
def no_longer_declared(stack: Stack, _: Emulator) -> Document:
    up(stack, {"support": support(2.5, cacheHitInputCost=1.25, functionCall=True)})
    return preview(stack, {"support": support(2.5)})


@recording
def no_key(stack: Stack, _: Emulator) -> Document:
    del stack.env["KEYWORDSAI_API_KEY"]
    return preview(stack, {"support": support(2.5)})


@recording
def secrets(stack: Stack, _: Emulator) -> Document:
    """Prices that are secret, and a name that another resource's output gives."""
    up(stack, {"support": support(secret(2.7182818284)), **CHEAP})
    late = model(modelName="acme/${support.modelId}", inputCost=1)
    return preview(
        stack,
        {
            "support": support(secret(3.1415926535)),
            "late": late,
            "chat": model(modelName="acme/chat", inputCost=secret(0.14159265), outputCost=0.6),
        },
    )


@recording
def maps(stack: Stack, _: Emulator) -> Document:
    """A key of a map changes, one comes and one goes; each has a path of its own."""
    before = {"temperature": {"max": 1}, "a.b": 1, "gone": True}
    after = {"temperature": {"max": 2}, "a.b": 1, "new": [1]}
    up(stack, {"support": support(2.5, supportedParamsOverride=before, streamingSupport=True)})
    return preview(
        stack, {"support": support(2.5, supportedParamsOverride=after, streamingSupport=False)}
    )


def provider(key: str, name: str, region: str = "eu", **properties: str) -> dict[str, Any]:
    values = {
        "providerId": f"acme-{name}",
        "providerName": "Acme",
        "baseUrl": "https://llm.acme.example/v1",
        "apiKey": secret(f"sk-{key}-Jq8Xw2Lz9TbR4cNwYd3H"),
        "extraKwargs": {"region": region},
        **properties,
    }
    return {"type": "keywordsai:CustomProvider", "properties": values}


OF_KEPT = model(modelName="acme/chat", customProviderId="${kept.providerId}", inputCost=1)


@recording
def providers(stack: Stack, emulator: Emulator) -> Document:
    """One of each: rotated, moved to another address, replaced, deleted, created, adopted."""
    emulator.dialect.generation = "E"
    kept = {"kept": provider("one", "kept"), "chat": OF_KEPT}
    names = ("rotated", "moved", "replaced", "deleted")
    up(stack, kept | {name: provider("one", name) for name in names})
    emulator.put_provider(
        "acme-adopted",
        provider_name="Acme",
        extra_kwargs={
            "base_url": "https://llm.acme.example/v1",
            "api_key": "sk-one-Jq8Xw2Lz9TbR4cNwYd3H",
            "region": "eu",
        },
    )
    changed = {
        "rotated": provider("two", "rotated"),
        "moved": provider("one", "moved", "us", baseUrl="https://gw.acme.example/v1"),
        "replaced": provider("one", "replaced", providerId="acme-next"),
        "created": provider("one", "created"),
        "adopted": provider("one", "adopted"),
    }
    return preview(stack, kept | changed)


def python_up(stack: Stack, *lines: str) -> None:
    stack.write_program(HEAD + "".join(lines))
    stack.up()
    (stack.project / "__main__.py").unlink()  # the stack's program is in YAML from now on


@recording
def moved(stack: Stack, _: Emulator) -> Document:
    """A stack of a Python program: one model as it was, one with another price and a flag."""
    python_up(stack, SUPPORT.format("2.5", "10, function_call=True"), CHAT)
    return preview(stack, {"support": support(3, functionCall=False), **CHEAP}, "--show-sames")


@recording
def moved_and_refreshed(stack: Stack, _: Emulator) -> Document:
    """The first refresh after the move gives outputs their new names; nothing has drifted."""
    python_up(stack, SUPPORT.format("2.5", "10, function_call=True"), CHAT)
    up(stack, {"support": support(2.5, functionCall=True), **CHEAP})
    return refresh_preview(stack)


@recording
def moved_and_renamed(stack: Stack, _: Emulator) -> Document:
    """Neither name nor type is the old one, and no alias says both."""
    python_up(stack, SUPPORT.format("2.5", "10"))
    return preview(stack, {"helpdesk": support(2.5)})


@recording
def moved_providers(stack: Stack, emulator: Emulator) -> Document:
    """A provider as it was, and one whose key is rotated in the same step."""
    emulator.dialect.generation = "E"
    python_up(stack, PROVIDER.format("provider('rotated', 'one')"))
    kept, rotated = provider("one", "kept"), provider("two", "rotated")
    return preview(stack, {"kept": kept, "rotated": rotated, "chat": OF_KEPT}, "--show-sames")


def python_preview(stack: Stack, *lines: str) -> Document:
    write_python(stack, HEAD + "".join(lines))
    document: Document = stack.pulumi("preview", "--json", "--show-sames").json
    return document


@recording
def moved_back(stack: Stack, _: Emulator) -> Document:
    """To Python: as it was, another price and a flag, another secret price, and another name."""
    hidden = model(inputCost=secret(2.7182818), outputCost=secret(3.1415926))
    before = {"support": support(2.5, functionCall=True), "hidden": hidden, **CHEAP}
    up(stack, before | {"renamed": model(modelName="acme/old", inputCost=1)})
    return python_preview(
        stack,
        SUPPORT.format("3", "10, function_call=False"),
        CHAT,
        "secret = pulumi.Output.secret\n"
        'CustomModel("hidden", input_cost=secret(2.7182818), output_cost=secret(1.6180339))\n'
        'CustomModel("renamed", model_name="acme/renamed", input_cost=1)\n',
    )


@recording
def moved_back_providers(stack: Stack, emulator: Emulator) -> Document:
    """To Python: a provider as it was, and one whose key is rotated in the same step."""
    emulator.dialect.generation = "E"
    up(stack, {name: provider("one", name) for name in ("kept", "rotated")} | {"chat": OF_KEPT})
    stack.secrets.add("sk-one-Jq8Xw2Lz9TbR4cNwYd3H", stack.project / "__main__.py")
    return python_preview(stack, PROVIDER.format("provider('rotated', 'two')"))
