"""The same previews of programs that declare their models together, as one resource.

The function's name is the recording's: tests/recorded/previews/sets/NAME.json, and for a program in
YAML yaml/sets/NAME.json. Each has the models of the recording of that name without sets, if any.
"""

from collections.abc import Callable
from typing import Any

from harness.pulumi_stack import Stack
from harness.set_programs import DOORS, Models, Write
from preview_recordings import HEAD, OTHERS, Document, Recording, refresh_preview

from keywordsai_dynamic.emulator import Emulator

SUPPORT: dict[str, dict[str, Any]] = {
    "acme/support-llm": {"base_model_name": "gpt-4o", "input_cost": 2.5, "output_cost": 10},
}
CHAT: dict[str, dict[str, Any]] = {"acme/chat": {"input_cost": 0.15, "output_cost": 0.6}}
LIVE: dict[str, Any] = {"base_model_name": "openai/gpt-4o", "input_cost": 2.5, "output_cost": 10}

SetRecording = Callable[[Stack, Emulator, Write], Document]
IN_EITHER: dict[str, SetRecording] = {}


def recording(record: SetRecording) -> SetRecording:
    IN_EITHER[record.__name__] = record
    return record


def support(**fields: object) -> Models:
    return {"acme/support-llm": {**SUPPORT["acme/support-llm"], **fields}}


def up(stack: Stack, write: Write, models: Models) -> None:
    write(stack, {"prices": models})
    stack.up()


def preview(stack: Stack, write: Write, models: Models, *options: str) -> Document:
    write(stack, {"prices": models})
    return shown(stack, *options)


def shown(stack: Stack, *options: str) -> Document:
    document: Document = stack.pulumi("preview", "--json", *options, check=False).json
    return document


@recording
def price_up(stack: Stack, _: Emulator, write: Write) -> Document:
    up(stack, write, {**SUPPORT, **CHAT})
    return preview(stack, write, {**support(input_cost=3, output_cost=12), **CHAT})


@recording
def created(stack: Stack, _: Emulator, write: Write) -> Document:
    new = {
        "base_model_name": "gpt-4o",
        "input_cost": 2.75,
        "output_cost": 0.01,
        "max_context_window": 128_000,
        "function_call": True,
        "image_support": False,
    }
    return preview(stack, write, {"acme/new": new})


@recording
def deleted(stack: Stack, _: Emulator, write: Write) -> Document:
    up(stack, write, {**SUPPORT, **CHAT})
    return preview(stack, write, CHAT)


@recording
def no_longer_declared(stack: Stack, _: Emulator, write: Write) -> Document:
    up(stack, write, support(cache_hit_input_cost=1.25, function_call=True))
    return preview(stack, write, SUPPORT)


@recording
def taken_over(stack: Stack, emulator: Emulator, write: Write) -> Document:
    emulator.put_model("acme/support-llm", **LIVE)
    return preview(stack, write, SUPPORT)


@recording
def taken_over_together(stack: Stack, emulator: Emulator, write: Write) -> Document:
    """Five models, which the provider announces in one message."""
    names = [f"acme/{name}" for name in ("chat", "code", "fast", "legal", "slow")]
    for name in names:
        emulator.put_model(name, **CHAT["acme/chat"])
    return preview(stack, write, dict.fromkeys(names, CHAT["acme/chat"]))


@recording
def overwritten(stack: Stack, emulator: Emulator, write: Write) -> Document:
    emulator.put_model("acme/support-llm", **{**LIVE, "input_cost": 2, "function_call": 0})
    return preview(stack, write, support(function_call=True, overwrite_existing=True))


@recording
def refused(stack: Stack, emulator: Emulator, write: Write) -> Document:
    emulator.put_model("acme/support-llm", **{**LIVE, "input_cost": 2})
    return preview(stack, write, SUPPORT)


@recording
def invalid(stack: Stack, _: Emulator, write: Write) -> Document:
    up(stack, write, SUPPORT)
    return preview(stack, write, support(input_cost=-1, output_cost=-2))


@recording
def drift(stack: Stack, emulator: Emulator, write: Write) -> Document:
    up(stack, write, {**SUPPORT, **CHAT, "acme/fast": CHAT["acme/chat"]})
    emulator.edit_model("acme/support-llm", input_cost=7.5)
    emulator.remove_model("acme/chat")
    return refresh_preview(stack)


@recording
def refreshed(stack: Stack, emulator: Emulator, write: Write) -> Document:
    up(stack, write, {**SUPPORT, **CHAT})
    emulator.edit_model("acme/support-llm", input_cost=7.5)
    emulator.remove_model("acme/chat")
    return preview(stack, write, {**SUPPORT, **CHAT}, "--refresh")


@recording
def unchanged(stack: Stack, _: Emulator, write: Write) -> Document:
    up(stack, write, {**SUPPORT, **CHAT})
    return preview(stack, write, {**SUPPORT, **CHAT}, "--show-sames")


@recording
def moved_in(stack: Stack, _: Emulator, write: Write) -> Document:
    """A single model moves into a set that is there, and another one is new in it."""
    write(stack, {"prices": CHAT}, {"s": {"model_name": "acme/support-llm", **LIVE}})
    stack.up()
    live = {"acme/support-llm": LIVE}
    return preview(stack, write, {**live, **CHAT, "acme/fast": CHAT["acme/chat"]})


@recording
def moved_out(stack: Stack, _: Emulator, write: Write) -> Document:
    """A set of two becomes two single models, one of which changes."""
    up(stack, write, {**SUPPORT, **CHAT})
    del stack.env["KEYWORDSAI_API_KEY"]
    models = {**support(input_cost=3), **CHAT}
    write(stack, {}, {name: {"model_name": name, **models[name]} for name in models})
    return shown(stack)


@recording
def odd_names(stack: Stack, _: Emulator, write: Write) -> Document:
    """Names with what paths and messages are made of: one is the beginning of another."""
    names = ['acme/a.b "q" [x]', "acme/chat: new", "acme/chat", "plain", "acme/größe"]
    up(stack, write, {name: {"input_cost": 1, "output_cost": 2} for name in names})
    return preview(stack, write, {name: {"input_cost": 1.5} for name in names[:-1]})


def hidden_inside(stack: Stack, _: Emulator) -> Document:
    """A price that is secret and changes, one that becomes secret, and what is known later."""
    declare = "ModelSet('prices', models={})\n"
    head = f"{HEAD}{OTHERS}from keywordsai_dynamic import ModelSet\n"
    stack.write_program(
        head
        + declare.format(
            "{'acme/support-llm': {'input_cost': pulumi.Output.secret(2.7182818)}, "
            "'acme/chat': {'input_cost': 0.15}, 'acme/fast': {'input_cost': 1}, "
            "'acme/slow': pulumi.Output.secret({'input_cost': 5.5555555})}"
        )
    )
    stack.up()
    stack.write_program(
        f"{head}number = Number('number', 4)\n"
        + declare.format(
            "{'acme/support-llm': {'input_cost': pulumi.Output.secret(3.1415926)}, "
            "'acme/chat': {'input_cost': pulumi.Output.secret(float('0.15'))}, "
            "'acme/fast': number.price.apply(lambda price: {'input_cost': price}), "
            "'acme/slow': pulumi.Output.secret({'input_cost': 5.5555555}), "
            "'acme/new': {'input_cost': number.price}}"
        )
    )
    return shown(stack)


def not_known_at_all(stack: Stack, emulator: Emulator) -> Document:
    """The whole map is known after the update of another resource."""
    write = DOORS["python"]
    up(stack, write, {**SUPPORT, **CHAT})
    stack.write_program(
        f"{HEAD}{OTHERS}from keywordsai_dynamic import ModelSet\n"
        "number = Number('number', 4)\n"
        "ModelSet('prices', models=number.price.apply(lambda p: {'acme/chat': {'input_cost': p}}))"
    )
    return shown(stack)


def _with(record: SetRecording, write: Write) -> Recording:
    return lambda stack, emulator: record(stack, emulator, write)


FOLDERS = {"python": "sets", "yaml": "yaml/sets"}
RECORDINGS: dict[str, Recording] = {
    f"{FOLDERS[door]}/{name}": _with(record, write)
    for door, write in DOORS.items()
    for name, record in IN_EITHER.items()
} | {"sets/hidden_inside": hidden_inside, "sets/not_known_at_all": not_known_at_all}
