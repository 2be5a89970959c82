"""One model, declared with its prices in USD per million tokens."""

import pulumi

from keywordsai_dynamic import CustomModel

model = CustomModel(
    "support-llm",
    model_name="acme/support-llm",
    base_model_name="gpt-4o",
    input_cost=2.50,
    output_cost=10.00,
    cache_hit_input_cost=1.25,
    max_context_window=128_000,
    function_call=True,
)

pulumi.export("model", model.model_name)
