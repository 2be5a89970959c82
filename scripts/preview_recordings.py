"""How each recorded preview is made: what is up already, what changes, and which command shows it.

The function's name is the recording's: tests/recorded/previews/NAME.json.
"""

from collections.abc import Callable
from textwrap import dedent
from typing import Any

from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator

HEAD = "import pulumi\nfrom keywordsai_dynamic import CustomModel\n"
SUPPORT = (
    'CustomModel("support", model_name="acme/support-llm", base_model_name="gpt-4o", '
    "input_cost={}, output_cost={})\n"
)
CHAT = 'CustomModel("chat", model_name="acme/chat", input_cost=0.15, output_cost=0.6)\n'
OTHERS = dedent("""
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider

    class Numbers(ResourceProvider):
        def create(self, props):
            return CreateResult("numbers", {**props, "price": 4})

    class Number(Resource):
        price: pulumi.Output[float]
        def __init__(self, name, input_cost):
            super().__init__(Numbers(), name, {"input_cost": input_cost, "price": None})
""")

Document = dict[str, Any]
Recording = Callable[[Stack, Emulator], Document]
RECORDINGS: dict[str, Recording] = {}


def recording(record: Recording) -> Recording:
    RECORDINGS[record.__name__] = record
    return record


def up(stack: Stack, *lines: str) -> None:
    stack.write_program(HEAD + "".join(lines))
    stack.up()


def preview(stack: Stack, *lines: str, options: tuple[str, ...] = ()) -> Document:
    stack.write_program(HEAD + "".join(lines))
    document: Document = stack.pulumi("preview", "--json", *options, check=False).json
    return document


def refresh_preview(stack: Stack) -> Document:
    document: Document = stack.pulumi("refresh", "--preview-only", "--json").json
    return document


PROVIDER = dedent("""
    from keywordsai_dynamic import CustomProvider

    def provider(name, key, region="eu", provider_id=None, address="https://llm.acme.example/v1"):
        return CustomProvider(
            name,
            provider_id=provider_id or f"acme-{{name}}",
            provider_name="Acme",
            base_url=address,
            api_key=pulumi.Output.secret(f"sk-{{key}}-Jq8Xw2Lz9TbR4cNwYd3H"),
            extra_kwargs={{"region": region}},
        )

    kept = provider("kept", "one")
    CustomModel("chat", model_name="acme/chat", custom_provider_id=kept.provider_id, input_cost=1)
    {}
""")


@recording
def providers(stack: Stack, emulator: Emulator) -> Document:
    """One of each: rotated, moved to another address, replaced, deleted, created, adopted."""
    emulator.dialect.generation = "E"
    up(
        stack,
        PROVIDER.format(
            "provider('rotated', 'one'); provider('moved', 'one'); provider('replaced', 'one'); "
            "provider('deleted', 'one')"
        ),
    )
    emulator.put_provider(
        "acme-adopted",
        provider_name="Acme",
        extra_kwargs={
            "base_url": "https://llm.acme.example/v1",
            "api_key": "sk-one-Jq8Xw2Lz9TbR4cNwYd3H",
            "region": "eu",
        },
    )
    return preview(
        stack,
        PROVIDER.format(
            "provider('rotated', 'two'); "
            "provider('moved', 'one', 'us', address='https://gw.acme.example/v1'); "
            "provider('replaced', 'one', provider_id='acme-next'); "
            "provider('created', 'one'); provider('adopted', 'one')"
        ),
    )


@recording
def price_up(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"), CHAT)
    return preview(stack, SUPPORT.format("3.00", "12"), CHAT)


@recording
def price_down(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    return preview(stack, SUPPORT.format("0.25", "10"))


@recording
def price_to_zero(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    return preview(stack, SUPPORT.format("0", "10"))


@recording
def created(stack: Stack, _: Emulator) -> Document:
    return preview(
        stack,
        'CustomModel("new", model_name="acme/new", base_model_name="gpt-4o", input_cost=2.75, '
        "output_cost=0.01, max_context_window=128_000, function_call=True, image_support=False)\n",
    )


@recording
def deleted(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"), CHAT)
    return preview(stack, CHAT)


@recording
def released(stack: Stack, _: Emulator) -> Document:
    keep = "opts=pulumi.ResourceOptions(retain_on_delete=True))"
    up(stack, SUPPORT.format("2.50", "10").replace(")\n", f", {keep}\n"), CHAT)
    return preview(stack, CHAT)


@recording
def replaced(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    return preview(stack, SUPPORT.format("3", "10").replace("acme/support-llm", "acme/support-2"))


@recording
def replaced_with_a_gap(stack: Stack, _: Emulator) -> Document:
    first_gone = ", opts=pulumi.ResourceOptions(delete_before_replace=True))\n"
    support = SUPPORT.replace(")\n", first_gone)
    up(stack, support.format("2.50", "10"))
    changed = support.format("3", "10").replace("acme/support-llm", "acme/support-2")
    return preview(stack, changed, options=("--show-replacement-steps",))


@recording
def replaced_by_force(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    urn = next(iter(stack.resources().values()))["urn"]
    return preview(stack, SUPPORT.format("2.50", "10"), options=("--replace", urn))


@recording
def renamed_resource(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    return preview(stack, SUPPORT.format("2.50", "10").replace('"support"', '"helpdesk"'))


@recording
def renamed_and_changed(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    del stack.env["KEYWORDSAI_API_KEY"]
    return preview(stack, SUPPORT.format("3", "10").replace('"support"', '"helpdesk"'))


@recording
def taken_over(stack: Stack, emulator: Emulator) -> Document:
    emulator.put_model(
        "acme/support-llm", base_model_name="openai/gpt-4o", input_cost=2.5, output_cost=10
    )
    return preview(stack, SUPPORT.format("2.50", "10"))


@recording
def overwritten(stack: Stack, emulator: Emulator) -> Document:
    emulator.put_model(
        "acme/support-llm",
        base_model_name="openai/gpt-4o",
        input_cost=2,
        output_cost=10,
        function_call=0,
    )
    return preview(
        stack,
        SUPPORT.format("2.50", "10").replace(
            ")\n", ", function_call=True, overwrite_existing=True)\n"
        ),
    )


@recording
def refused(stack: Stack, emulator: Emulator) -> Document:
    emulator.put_model(
        "acme/support-llm", base_model_name="openai/gpt-4o", input_cost=2, output_cost=10
    )
    return preview(stack, SUPPORT.format("2.50", "10"))


@recording
def invalid(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    return preview(stack, SUPPORT.format("-1", '"ten"'))


@recording
def program_error(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    return preview(
        stack, SUPPORT.format("3", "10"), 'raise pulumi.RunError("no such customer: acme")\n'
    )


@recording
def ended_early(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    return preview(stack, "import os\nos._exit(3)\n")


@recording
def unchanged(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"), CHAT)
    return preview(stack, SUPPORT.format("2.50", "10"), CHAT, options=("--show-sames",))


@recording
def unchanged_and_not_shown(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"), CHAT)
    return preview(stack, SUPPORT.format("2.50", "10"), CHAT)


@recording
def drift(stack: Stack, emulator: Emulator) -> Document:
    fast = CHAT.replace("chat", "fast")
    up(stack, SUPPORT.format("2.50", "10"), CHAT, fast)
    emulator.edit_model("acme/support-llm", input_cost=7.5)
    emulator.remove_model("acme/chat")
    return refresh_preview(stack)


@recording
def no_drift(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"))
    return refresh_preview(stack)


@recording
def hidden(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("pulumi.Output.secret(2.7182818)", "10"), CHAT)
    return preview(
        stack,
        OTHERS,
        'number = Number("number", 4)\n',
        SUPPORT.format("pulumi.Output.secret(3.1415926)", "number.price"),
        # Not a literal: tests would search for it, and it was not secret until now.
        CHAT.replace("0.15", "pulumi.Output.secret(float('0.15'))"),
        'CustomModel("late", model_name=number.price.apply(lambda p: f"acme/{p}"), '
        "input_cost=1, max_context_window=number.price.apply(int))\n",
    )


TEAM = dedent("""
    class Team(pulumi.ComponentResource):
        def __init__(self, name, **fields):
            super().__init__("acme:llm:Team", name)
            opts = pulumi.ResourceOptions(parent=self)
            CustomModel(f"{name}-llm", model_name=f"acme/{name}", opts=opts, **fields)
""")


@recording
def among_others(stack: Stack, _: Emulator) -> Document:
    legal = (
        'Team("legal", base_model_name="gpt-4o-mini", input_cost=0.15, display_name="Legal", '
        "streaming_support=True, function_call=False, max_context_window=128_000, "
        'supported_params_override={"temperature": {"max": 1}})\n'
    )
    law = (
        'Team("legal", base_model_name="gpt-4o", input_cost=0.15, output_cost=0.7, '
        'display_name="Law | <b>", streaming_support=False, function_call=True, '
        "image_support=True, max_context_window=200_000, "
        'supported_params_override={"temperature": {"max": 2}})\n'
    )
    up(stack, OTHERS, TEAM, 'Number("number", 1)\n', legal)
    return preview(stack, OTHERS, TEAM, 'Number("number", 5)\n', law)


@recording
def refreshed(stack: Stack, emulator: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10"), CHAT)
    emulator.edit_model("acme/support-llm", input_cost=7.5)
    emulator.remove_model("acme/chat")
    return preview(stack, SUPPORT.format("2.50", "10"), CHAT, options=("--refresh",))


@recording
def catalog(stack: Stack, _: Emulator) -> Document:
    program = (
        "from keywordsai_dynamic.catalog.model_catalog import ModelCatalog\n"
        "ModelCatalog.from_config().declare()\n"
    )
    stack.write_program(HEAD)
    support = {"base_model_name": "gpt-4o", "input_cost": 2.5, "output_cost": 10}
    stack.config("keywordsai:models", {"acme/support-llm": support})
    up(stack, program)
    stack.config("keywordsai:models", {"acme/support-llm": {**support, "input_cost": 2.25}})
    return preview(stack, program)


@recording
def no_longer_declared(stack: Stack, _: Emulator) -> Document:
    up(stack, SUPPORT.format("2.50", "10, cache_hit_input_cost=1.25, function_call=True"))
    return preview(stack, SUPPORT.format("2.50", "10"))


@recording
def no_key(stack: Stack, _: Emulator) -> Document:
    del stack.env["KEYWORDSAI_API_KEY"]
    return preview(stack, SUPPORT.format("2.50", "10"))
