"""From a pull request to its price, with the real CLI: preview, usage, review."""

import json
from datetime import UTC, datetime, timedelta

import yaml
from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Call, Emulator

NOW = datetime.now(UTC) - timedelta(hours=1)
PROGRAM = """
from keywordsai_dynamic import ModelCatalog
ModelCatalog.from_config().declare()
"""


def test_the_models_of_a_stack_are_counted(stack: Stack, emulator: Emulator) -> None:
    """`--stack` brings key and models; the preview of a change then has its price."""
    stack.write_program(PROGRAM)
    models = {
        name: {"base_model_name": "gpt-4o", "input_cost": 2.5}
        for name in ("acme/chat", "acme/code")
    }
    stack.config("keywordsai:models", models)
    stack.pulumi("up", "--yes", "--skip-preview")
    emulator.log_calls(
        [
            Call("acme/chat", NOW, fresh=600_000_000, cached=80_000_000, completion=90_000_000),
            Call("acme/code", NOW, fresh=1_000_000),
        ]
    )
    whole = stack.run("keywordsai-dynamic", "usage", "--stack", "dev")
    assert "2 of 2 models counted" in whole.stderr

    models["acme/chat"]["input_cost"] = 3.0
    stack.config("keywordsai:models", models)
    preview = stack.pulumi("preview", "--json", "--show-sames").stdout
    (stack.project / "preview.json").write_text(preview)
    emulator.requests.clear()
    found = stack.run("keywordsai-dynamic", "usage", "--preview", "preview.json")
    assert "1 of 1 model counted" in found.stderr
    assert len(emulator.requests) == 4  # the list, two that prove, and one model
    counts = [yaml.safe_load(usage)["acme/chat"] for usage in (found.stdout, whole.stdout)]
    assert counts[0] == counts[1]
    (stack.project / "usage.yaml").write_text(found.stdout)
    command = ["review", "preview.json", "--usage", "usage.yaml", "--format", "json"]
    ended = stack.run("keywordsai-dynamic", *command)
    # 600 million tokens at 0.50 more per million
    assert json.loads(ended.stdout)["stacks"][0]["monthly"] == "300"


def test_a_stack_without_a_catalog_says_how_to_choose(stack: Stack, emulator: Emulator) -> None:
    """Its program declares the models, which no file shows; a preview does."""
    stack.write_program(PROGRAM)
    stack.config("other", "1")
    found = stack.run("keywordsai-dynamic", "usage", "--stack", "dev", check=False)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == (
        "no models: dev has no keywordsai:models, and there is no base file. Or name models, or "
        "choose them with --preview, --catalog or --all.\n"
    )
