"""Two models of the support team; the cheap one must stay cheap."""

from keywordsai_dynamic import CustomModel

CustomModel(
    "acme/support-llm",
    base_model_name="gpt-4o",
    input_cost=2.50,
    output_cost=10.00,
    function_call=True,
)
CustomModel(
    "acme/support-mini",
    base_model_name="gpt-4o-mini",
    input_cost=0.15,
    output_cost=0.60,
)
