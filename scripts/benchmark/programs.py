"""Who is compared, and what each declares: the same models, one by one or as a set."""

from pathlib import Path

import yaml
from harness.pulumi_stack import Stack
from harness.yaml_program import models, write_yaml

import keywordsai_dynamic

PROGRAMS = Path(__file__).resolve().parents[1] / "bench_programs"
_SINGLE = """
import os

{imported}

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
_SET = """
import os

{imported}

ModelSet(
    "prices",
    models={{
        f"acme/model-{{number:03}}": {{
            "base_model_name": "gpt-4o",
            "input_cost": 2.5 if number else float(os.environ["BENCH_PRICE"]),
            "output_cost": 10.0,
            "max_context_window": 128_000,
            "function_call": 1,
        }}
        for number in range(int(os.environ["BENCH_MODELS"]))
    }},
)
"""

OURS, NAIVE, FLOOR = "ours", "naive", "floor"
NO_CHECKPOINTS = "ours, no checkpoints"
SET, FLOOR_SET = "set", "floor set"
"""One resource with all models: the package's, and one that does nothing."""

NATIVE, NATIVE_SET = "yaml", "yaml set"
"""In YAML, through the native plugin."""

EMPTY, EMPTY_YAML = "empty", "empty yaml"
"""Programs of either language that declare nothing."""

OPENTOFU = "opentofu"

_PYTHON = {
    OURS: (_SINGLE, "from keywordsai_dynamic import CustomModel as Model"),
    NO_CHECKPOINTS: (_SINGLE, "from keywordsai_dynamic import CustomModel as Model"),
    NAIVE: (_SINGLE, "from naive import Model"),
    FLOOR: (_SINGLE, "from floor import Model"),
    SET: (_SET, "from keywordsai_dynamic import ModelSet"),
    FLOOR_SET: (_SET, "from floor import ModelSet"),
    EMPTY: ("", ""),
}


def sets() -> list[str]:
    """Return the sets that this checkout has, in either language."""
    schema = Path(keywordsai_dynamic.__file__).parent / "native" / "schema.json"
    there = {
        SET: hasattr(keywordsai_dynamic, "ModelSet"),
        NATIVE_SET: "keywordsai:index:ModelSet" in schema.read_text(),
    }
    return [who for who, here in there.items() if here]


def write_program(stack: Stack, who: str, n: int, plugin: Path, price: float) -> None:
    """Write the program of `who`; in Python it takes `n` and the price from its environment."""
    if who in _PYTHON:
        program, imported = _PYTHON[who]
        modules = {name: (PROGRAMS / f"{name}.py").read_text() for name in (FLOOR, NAIVE)}
        stack.write_program(program.format(imported=imported), **modules)
    else:
        write_yaml(stack, _yaml(who, n, price), plugin=plugin)


def _yaml(who: str, n: int, price: float) -> str:
    """Declare what the Python programs declare."""
    declared: dict[str, dict[str, object]] = {
        f"acme/model-{number:03}": {
            "baseModelName": "gpt-4o",
            "inputCost": 2.5 if number else price,
            "outputCost": 10,
            "maxContextWindow": 128_000,
            "functionCall": True,
        }
        for number in range(n)
    }
    if who == NATIVE:
        return models(
            {
                name.removeprefix("acme/"): {"modelName": name, **fields}
                for name, fields in declared.items()
            }
        )
    if who == NATIVE_SET:
        one = {"type": "keywordsai:ModelSet", "properties": {"models": declared}}
        return yaml.safe_dump({"resources": {"prices": one}})
    return ""
