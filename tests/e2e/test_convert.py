"""From other tools to a stack: what `convert` writes is applied without an edit."""

import json

from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator

CONFIG = """\
model_list:
  - model_name: acme/support
    litellm_params:
      model: azure/gpt-4o-eu
      api_key: sk-of-the-endpoint-0123456789
    model_info:
      input_cost_per_token: 1.5e-07
      output_cost_per_token: 6e-07
      cache_read_input_token_cost: 1.0e-10
      max_input_tokens: 128000
      supports_function_calling: true
  - {model_name: acme/chat, litellm_params: {model: openai/gpt-4o}}
"""
PRICE_MAP = {
    "acme/map: no. 1": {"litellm_provider": "acme", "input_cost_per_token": 2.5e-06},
    "acme/vectors": {"litellm_provider": "acme", "mode": "embedding"},
}
LANGFUSE = [{"modelName": "Acme", "matchPattern": "^acme/fuse$", "prices": {"output": "0.00001"}}]
OPENROUTER = {"data": [{"id": "x-ai/grok-4", "pricing": {"prompt": "0.000003"}}]}
PROGRAM = """
from keywordsai_dynamic import ModelCatalog
ModelCatalog.from_config(base="models.yaml").declare()
"""


def test_a_converted_catalog_needs_no_edit(stack: Stack, emulator: Emulator) -> None:
    """Four files make one catalog, and one of them a stack's; `up` takes them as is."""
    stack.secrets.add("sk-of-the-endpoint-0123456789", stack.project / "config.yaml")
    files = {
        "config.yaml": CONFIG,
        "map.json": json.dumps(PRICE_MAP),
        "langfuse.json": json.dumps(LANGFUSE),
        "openrouter.json": json.dumps(OPENROUTER),
    }
    stack.write_program(PROGRAM)
    for name, text in files.items():
        (stack.project / name).write_text(text)
        target = ("--into", "Pulumi.dev.yaml") if "router" in name else ("-o", "models.yaml")
        stack.run("keywordsai-dynamic", "convert", name, *target)
    stack.up()
    live = emulator.models()
    assert set(live) == {
        "acme/support",
        "acme/chat",
        "acme/map: no. 1",
        "acme/fuse",
        "x-ai/grok-4",
    }
    support = live["acme/support"]
    assert (support["input_cost"], support["output_cost"]) == (0.15, 0.6)
    assert support["cache_hit_input_cost"] == 0.0001
    assert live["acme/chat"]["input_cost"] == 2.5
    assert live["acme/map: no. 1"]["input_cost"] == 2.5
    assert live["acme/fuse"]["output_cost"] == 10
    assert live["x-ai/grok-4"]["input_cost"] == 3
