"""Draw docs/pictures/review.svg: the price review of a real preview, for the README.

The example catalogue's production stack is put up on the emulator with the real CLI; then a pull
request changes it. Run it as `.venv/bin/python scripts/pictures.py`.
"""

import contextlib
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from engine import engine_bin  # noqa: E402  (beside this file)
from pulumi_stack import Stack  # noqa: E402

from keywordsai_dynamic.emulator import Emulator, running_emulator  # noqa: E402
from keywordsai_dynamic.review import command  # noqa: E402
from keywordsai_dynamic.review.text import text  # noqa: E402

PICTURE = ROOT / "docs" / "pictures" / "review.svg"
TITLE = "keywordsai-dynamic review prod.json --drift drift.json --usage usage.yaml"
RULES = ["increase>15%", "decrease>50%", "delete", "drift"]
PROGRAM = """
from keywordsai_dynamic import ModelCatalog
ModelCatalog.from_config(base="models.yaml").declare()
"""
USAGE = """
acme/support-llm: {input_tokens: 620M, output_tokens: 90M}
acme/agent: {input_tokens: 140M, output_tokens: 22M}
acme/faq: {input_tokens: 80M, output_tokens: 10M}
acme/plan-next: {input_tokens: 30M, output_tokens: 5M}
"""
PULL_REQUEST: dict[str, Any] = {
    "acme/support-llm": {"input_cost": 3, "cache_hit_input_cost": 1.5},
    "acme/agent": {"output_cost": 1.65},  # a slipped decimal
    "acme/faq": None,
    "acme/plan-next": {
        "base_model_name": "gpt-4.1-mini",
        "input_cost": 0.40,
        "output_cost": 1.60,
        "max_context_window": 1_000_000,
        "function_call": True,
    },
}


def preview(stack: Stack, emulator: Emulator, folder: Path) -> None:
    """Write prod.json and drift.json, as a workflow would on the pull request."""
    shutil.copy(ROOT / "examples" / "model_catalog" / "models.yaml", stack.project)
    stack.write_program(PROGRAM)
    config = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]
    models = config["keywordsai:models"]
    stack.config("keywordsai:models", models)
    stack.up()
    emulator.edit_model("acme/translate", input_cost=20)
    drift = stack.pulumi("refresh", "--preview-only", "--json").stdout
    (folder / "drift.json").write_text(drift)
    changed = {
        name: models.get(name, {}) | fields for name, fields in PULL_REQUEST.items() if fields
    }
    gone = {name: None for name, fields in PULL_REQUEST.items() if fields is None}
    stack.config("keywordsai:models", {**models, **changed, **gone})
    (folder / "prod.json").write_text(stack.pulumi("preview", "--json", "--show-sames").stdout)


def draw(folder: Path) -> str:
    """Lay the review out for 80 columns, and write the terminal down as SVG."""
    report = command.report_of(
        [f"prod={folder / 'prod.json'}"],
        [f"prod={folder / 'drift.json'}"],
        [str(folder / "usage.yaml")],
        RULES,
    )
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    console.print(text(report))
    svg = console.export_svg(title=TITLE)
    # A font from elsewhere is not loaded where pictures of a README are shown.
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def main() -> None:
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, running_emulator() as emulator:
        folder = Path(scratch)
        (folder / "usage.yaml").write_text(USAGE)
        env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        # The tests' Stack says what it runs, for pytest to show.
        said = contextlib.redirect_stdout(io.StringIO())
        with said, Stack(folder / "stack", engine_bin(), env) as stack:
            preview(stack, emulator, folder)
        PICTURE.write_text(draw(folder))


if __name__ == "__main__":
    main()
