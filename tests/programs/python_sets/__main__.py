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
base = keywordsai.get_model_output(model_name="openai/gpt-4o")

# Names of providers as text, as a number and as an Output; values that are secret, or an Output;
# fields as an object, as a map, and as an Output of one.
prices = keywordsai.ModelSet(
    "prices",
    models={
        "acme/by-output": keywordsai.ModelFieldsArgs(
            custom_provider_id=vllm.provider_id, input_cost=0.2
        ),
        "acme/by-id": {"custom_provider_id": vllm.id, "input_cost": 0.3},
        "acme/by-text": keywordsai.ModelFieldsArgs(provider_id="openai", input_cost=0.4),
        "acme/by-number": keywordsai.ModelFieldsArgs(custom_provider_id=7, input_cost=0.5),
        "acme/support-llm": keywordsai.ModelFieldsArgs(
            base_model_name=base.model_name,
            input_cost=config.require_float("inputCost"),
            output_cost=base.output_cost,
            max_context_window=32000,
            function_call=True,
            supported_params_override={"top_p": {"max": 1}, "a.b": [1, "two"]},
        ),
        "acme/secret": {"input_cost": config.require_secret_float("price"), "output_cost": 2},
        "acme/whole": config.require_secret_float("wholePrice").apply(
            lambda cost: {"input_cost": cost}
        ),
    },
)

pulumi.export(
    "inputCost", prices.models.apply(lambda models: models["acme/support-llm"].input_cost)
)
pulumi.export(
    "provider", prices.models.apply(lambda models: models["acme/by-output"].custom_provider_id)
)
