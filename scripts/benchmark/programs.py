"""What the stacks declare: the same models, in Python with each provider, and in YAML."""

from pathlib import Path

from harness.pulumi_stack import Stack
from harness.yaml_program import models, write_yaml

PROGRAMS = Path(__file__).resolve().parents[1] / "bench_programs"
PROGRAM = """
import os

{import_model}

for number in range(int(os.environ["BENCH_MODELS"])):
    Model(
        f"model-{{number:03}}",
        model_name=f"acme/model-{{number:03}}",
        base_model_name="gpt-4o",
        input_cost=2.5 if number else float(os.environ["BENCH_PRICE"]),
        output_cost=10.0,
        max_context_window=128_000,
        function_call=1,
    )
"""
NO_CHECKPOINTS = "ours, no checkpoints"
NATIVE = "yaml"
"""The same models in YAML, through the native plugin."""

EMPTY, EMPTY_YAML = "empty", "empty yaml"
"""Programs of either language that declare nothing."""

IMPORTS = {
    "ours": "from keywordsai_dynamic import CustomModel as Model",
    "floor": "from floor import Model",
    "naive": "from naive import Model",
    NO_CHECKPOINTS: "from keywordsai_dynamic import CustomModel as Model",
}


def write_program(stack: Stack, who: str, n: int, plugin: Path, price: float = 2.5) -> None:
    """Write the program of `who`; in Python it takes `n` and the price from its environment."""
    if who in (NATIVE, EMPTY_YAML):
        declared = models(_in_yaml(n, price)) if who == NATIVE else ""
        write_yaml(stack, declared, plugin=plugin)
    elif who == EMPTY:
        stack.write_program("")
    else:
        source = PROGRAMS / f"{who}.py"
        modules = {who: source.read_text()} if source.exists() else {}
        stack.write_program(PROGRAM.format(import_model=IMPORTS[who]), **modules)


def _in_yaml(n: int, price: float) -> dict[str, dict[str, object]]:
    """Declare what `PROGRAM` declares."""
    return {
        f"model-{number:03}": {
            "modelName": f"acme/model-{number:03}",
            "baseModelName": "gpt-4o",
            "inputCost": 2.5 if number else price,
            "outputCost": 10,
            "maxContextWindow": 128_000,
            "functionCall": True,
        }
        for number in range(n)
    }
