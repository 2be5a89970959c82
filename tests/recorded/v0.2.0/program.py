"""What the state beside this file was recorded from; neither is ever changed."""

from decimal import Decimal

import pulumi

from keywordsai_dynamic import CustomModel, CustomProvider, ModelSet


class Team(pulumi.ComponentResource):
    """A component with a model of its own."""

    def __init__(self, name: str) -> None:
        super().__init__("acme:llm:Team", name)
        opts = pulumi.ResourceOptions(parent=self)
        CustomModel(f"{name}-llm", model_name=f"acme/{name}", input_cost=0, opts=opts)


full = CustomModel(
    "support",
    model_name="acme/support llm",
    base_model_name="gpt-4o",
    display_name="Support",
    custom_provider_id="my-azure-provider",
    input_cost=Decimal("2.50"),
    output_cost="10",
    cache_hit_input_cost=1.25,
    cache_creation_input_cost=0,
    max_context_window=128_000,
    streaming_support=True,
    function_call=1,
    image_support=False,
    supported_params_override={"temperature": {"min": 0, "max": 1.5}},
    overwrite_existing=True,
)
CustomModel("least", input_cost=1)
CustomModel("numbered", provider_id=17, input_cost=1)
CustomModel("hidden", input_cost=pulumi.Output.secret(3.1415926), display_name="Hidden")
CustomModel("later", input_cost=full.input_cost.apply(lambda price: price * 2))
CustomModel.get("got", "openai/gpt-4o-mini")
Team("legal")
vllm = CustomProvider(
    "vllm",
    provider_id="acme-vllm",
    provider_name="vLLM",
    base_url="https://vllm.example.com/v1",
    api_key=pulumi.Output.secret("a-key-of-nobody"),
    timeout=30,
    extra_kwargs={"api_version": "2026-01-01"},
)
CustomModel("served", custom_provider_id=vllm.provider_id, input_cost=0)
ModelSet(
    "prices",
    models={
        "acme/small": {"base_model_name": "gpt-4o-mini", "input_cost": 0.25, "output_cost": 2},
        "acme/large": {"input_cost": Decimal("2.50"), "function_call": True},
        "acme/hidden": {"input_cost": pulumi.Output.secret(3.1415926)},
        "acme/served": {"custom_provider_id": vllm.provider_id, "input_cost": 0},
    },
)
