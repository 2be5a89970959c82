import os

import pulumi
import pulumi_keywordsai as keywordsai

config = pulumi.Config()

vllm = keywordsai.CustomProvider(
    "vllm",
    provider_id="acme-vllm",
    provider_name="vLLM",
    base_url="https://vllm.acme.example/v1",
    api_key=config.require_secret("vllmKey"),
)
# By its id, the only output that a stack of a dynamic program has from the first run on.
keywordsai.CustomModel("on-vllm", custom_provider_id=vllm.id, input_cost=0.2)

base = keywordsai.get_model_output(model_name="openai/gpt-4o")
support = keywordsai.CustomModel(
    "support-llm",
    model_name="acme/support-llm",
    base_model_name=base.model_name,
    input_cost=config.require_float("inputCost"),
    output_cost=base.output_cost,
    max_context_window=32000,
    function_call=True,
    supported_params_override={"top_p": {"max": 1}, "a.b": [1, "two"]},
)

second = keywordsai.Provider(
    "second",
    api_key=config.require_secret("secondKey"),
    base_url=os.environ["KEYWORDSAI_BASE_URL"],
)
keywordsai.CustomModel(
    "there",
    model_name="acme/there",
    input_cost=1,
    opts=pulumi.ResourceOptions(provider=second),
)

if config.get_bool("faq"):
    keywordsai.CustomModel("faq", model_name="acme/faq", base_model_name="gpt-4o", input_cost=3)

pulumi.export("inputCost", support.input_cost)
pulumi.export(
    "known",
    keywordsai.list_models_output(pattern="acme/f*").apply(
        lambda listed: [model.model_name for model in listed.models]
    ),
)
pulumi.export("there", [keywordsai.CustomModel.exists(name) for name in ("acme/faq", "acme/none")])
