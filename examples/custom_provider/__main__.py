"""Two models on an endpoint of our own; `pulumi config set --secret vllmKey KEY` gives its key."""

import pulumi

from keywordsai_dynamic import CustomModel, CustomProvider

vllm = CustomProvider(
    "vllm",
    provider_id="acme-vllm",
    provider_name="Acme vLLM",
    base_url="https://llm.acme.example/v1",
    api_key=pulumi.Config().get_secret("vllmKey"),
    timeout=30,
    extra_kwargs={"region": "eu"},
)

# The output, not the text: so Pulumi creates the provider first and deletes it last.
CustomModel(
    "support-llm",
    model_name="acme/support-llm",
    custom_provider_id=vllm.provider_id,
    input_cost=0.40,
    output_cost=0.90,
)
CustomModel(
    "faq",
    model_name="acme/faq",
    custom_provider_id=vllm.provider_id,
    input_cost=0.20,
    output_cost=0.50,
)
