"""The commands beside a program in YAML: `import-file`, `doctor`, and the review in CI."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import yaml
from harness.leaks import KEY
from harness.lengths import long_form_of
from harness.pulumi_stack import Stack
from harness.yaml_program import plugin_folder, write_yaml

from keywordsai_dynamic.emulator import Emulator

EXAMPLE = Path(__file__).parents[2] / "examples" / "review_in_ci"
LIVE = "tok_Jq4Wn8Zr2Xs6Vb0Yd5Lk"
NAMES = (
    "acme/support-llm",
    "acme/support llm",
    "acme/gpt-4.1",
    "Ünïcode/模型-x",
    "emoji 🎈",
    "it's",
    'the "best"',
    "back\\slash $HOME `id` !!",
    "${braces}",
    "-leading",
    "1e3",
    "a: b #c",
    "%20",
)


def tool(stack: Stack, *args: str, code: int = 0) -> str:
    """Run `keywordsai-dynamic` in the project's folder and return what it printed."""
    done = stack.run("keywordsai-dynamic", *args, check=False)
    assert done.returncode == code, str(done)
    return done.output


def imported(stack: Stack) -> str:
    """Run the import that `import-file` names, and return the code that it prints."""
    done = stack.pulumi("import", "--file", "import.json", "--protect=false", "--yes")
    return done.stdout.partition("\nresources:\n")[2]


def test_models_come_under_management(stack: Stack, emulator: Emulator) -> None:
    """The file has names and ids; what the import prints is a program without a change."""
    for number, name in enumerate(NAMES):
        emulator.put_model(name, base_model_name="gpt-4o", input_cost=number / 7, function_call=0)
    write_yaml(stack, "")
    told = tool(stack, "import-file")
    assert emulator.calls == [("GET", "/api/models/?all=true", None)]
    assert told.splitlines()[0] == f"{len(NAMES)} models → import.json"
    assert "  pulumi import --file import.json --protect=false --yes" in told.splitlines()

    write_yaml(stack, "resources:\n" + imported(stack))
    steps = stack.preview_json("--show-sames")["steps"]
    assert {each["urn"]: each["op"] for each in steps if each["op"] != "same"} == {}
    assert len(steps) == len(NAMES) + 1
    assert all(method == "GET" for method, _, _ in emulator.calls)

    export = stack.pulumi("stack", "export").stdout
    (stack.project / "export.json").write_text(export)
    again = tool(stack, "import-file", "--stack-export", "export.json")
    assert again == f"Nothing to import: the stack already has all {len(NAMES)} models.\n"


def test_models_come_under_management_as_one_resource(stack: Stack, emulator: Emulator) -> None:
    """The file has the whole state, so that the plugin is not asked; no write, and no change."""
    for number, name in enumerate(NAMES):
        emulator.put_model(name, base_model_name="gpt-4o", input_cost=number / 7, function_call=0)
    write_yaml(stack, "")
    told = tool(stack, "import-file", "--together", "prices")
    assert told.splitlines()[0] == f"{len(NAMES)} models → import.json"
    write_yaml(stack, "resources:\n" + imported(stack))
    steps = stack.preview_json("--show-sames")["steps"]
    assert [each["urn"].rpartition("::")[2] for each in steps if each["op"] != "same"] == []
    assert len(steps) == 2  # and the stack
    assert {call for call, _, _ in emulator.calls} == {"GET"}
    assert {*stack.resources()["prices"]["inputs"]["models"]} == {*NAMES}


def test_providers_come_under_management(stack: Stack, emulator: Emulator) -> None:
    """No key is read; the program gives it from the configuration, and the update sends it."""
    emulator.dialect.provider_echo = "full"
    settings = {"base_url": "https://llm.acme.example/v1", "api_key": LIVE, "timeout": 30}
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=settings)
    emulator.put_model("acme/support", custom_provider_id="acme-vllm", input_cost=3)
    for secret in (KEY, LIVE):
        stack.secrets.add(secret)
    write_yaml(stack, "")
    told = tool(stack, "import-file", "--provider", "acme-*").splitlines()
    assert told[-5:] == [
        "  pulumi import --file import.json --protect=false --yes",
        "  pulumi config set --secret keywordsai-acme-vllm KEY",
        "Add the code that the import prints to the program, and run:",
        "  pulumi preview",
        "Add apiKey to each provider, from the secret with its name. The preview shows an update "
        "of each provider: `pulumi up` sends the key, which is not read from the service.",
    ]

    program = yaml.safe_load("resources:\n" + imported(stack))
    stack.config("keywordsai-acme-vllm", KEY, secret=True)
    provider = program["resources"]["acme-vllm"]["properties"]
    assert "apiKey" not in provider
    provider["apiKey"] = "${keywordsai-acme-vllm}"
    config = {"keywordsai-acme-vllm": {"type": "string", "secret": True}}
    write_yaml(stack, yaml.safe_dump({"config": config, **program}))
    assert "~ 1 updated\n    2 unchanged" in stack.up().stdout
    assert emulator.providers()["acme-vllm"]["extra_kwargs"]["api_key"] == KEY


def test_doctor(stack: Stack, emulator: Emulator) -> None:
    """The plugin is found and started; no Python is asked for. One that cannot start is told."""
    write_yaml(stack, "")
    done = stack.run("keywordsai-dynamic", "doctor")
    cli = stack.pulumi("version").stdout.strip().removeprefix("v")
    plugin = f"{plugin_folder()}/pulumi-resource-keywordsai"
    assert done.stdout.splitlines() == [
        "✓  key        from KEYWORDSAI_API_KEY",
        f"✓  host       {emulator.url}, from KEYWORDSAI_BASE_URL",
        "✓  service    responds, and the key works",
        "✓  models     0 custom, 17 built-in",
        "✓  providers  0 custom, in use: none",
        f"✓  pulumi     CLI {cli}",
        f"✓  plugin     {version('keywordsai-dynamic')}, {plugin}, from Pulumi.yaml",
    ]

    broken = stack.project / "bin" / "pulumi-resource-keywordsai"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'ImportError: no grpc' >&2\nexit 1\n")
    broken.chmod(0o755)
    settings = stack.project / "Pulumi.yaml"
    settings.write_text(settings.read_text().replace(str(plugin_folder()), "bin"))
    told = json.loads(tool(stack, "doctor", "--format", "json", code=1))
    (found,) = (each for each in told["findings"] if each["state"] != "good")
    assert found["subject"] == "plugin"
    assert found["found"] == f"{broken} does not start: ImportError: no grpc"
    assert found["to_do"].startswith("install it again: ")


MODEL = """
resources:
  support:
    type: keywordsai:CustomModel
    properties: {modelName: acme/support-llm, baseModelName: gpt-4o, inputCost: %s}
"""


@long_form_of("e2e/test_review_in_ci.py::test_github_gets_one_comment_that_is_updated_in_place")
def test_the_review_in_ci(stack: Stack, emulator: Emulator) -> None:
    """The example's script reviews a program in YAML, with what was changed outside of Pulumi."""
    shutil.copytree(EXAMPLE, stack.project, dirs_exist_ok=True)
    write_yaml(stack, MODEL % "2.50")
    stack.up()
    emulator.edit_model("acme/support-llm", input_cost=2.6)
    write_yaml(stack, MODEL % "3.10")
    done = stack.run("/bin/sh", "review.sh", env={"STACKS": "dev"}, check=False)
    assert done.returncode == 1, str(done)
    comment = (stack.project / "review" / "comment.md").read_text()
    assert "#### `dev`: `+$372.00` a month (+15%); 1 price rises, 1 model changed out" in comment
    assert "`input_cost` 2.5 → **3.1** (+0.6, +24%) · list 2.5 (+24%)" in comment
    assert "`input_cost` 2.5 → **2.6**" in comment
