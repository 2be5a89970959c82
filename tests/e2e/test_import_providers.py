"""Custom providers come under management without their keys; the first update sends these."""

import json

import pytest
from harness.leaks import KEY
from harness.lengths import few
from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.dialect import Echo

IMPORT = ("--file", "import.json", "--generate-code=false", "--protect=false", "--yes")
LIVE = "tok_Jq4Wn8Zr2Xs6Vb0Yd5Lk"
SETTINGS = {"base_url": "https://llm.acme.example/v1", "api_key": LIVE, "timeout": 30}
PROGRAM = '''\
"""Models of the Keywords AI organization; prices are USD per million tokens."""

import pulumi
from keywordsai_dynamic import CustomModel, CustomProvider

config = pulumi.Config()

acme_vllm = CustomProvider(
    "acme-vllm",
    provider_id="acme-vllm",
    provider_name="Acme vLLM",
    base_url="https://llm.acme.example/v1",
    timeout=30,
    api_key=config.require_secret("keywordsai-acme-vllm"),
)

CustomModel(
    "acme-support",
    model_name="acme/support",
    custom_provider_id=acme_vllm.provider_id,
    input_cost=3.00,
    output_cost=4.00,
)
'''
TOLD = """\
1 model, 1 provider → import.json, __main__.py
not declared: acme-vllm: extra_kwargs.region may hold a secret; declare it, or the update that \
sends the key may remove it
The API never returns supported_params_override. If it was set in the console, declare it again, \
or an update of the model may lose it. This may affect: acme/support.

Next, in the project's folder, run:
  pulumi import --file import.json --generate-code=false --protect=false --yes
  pulumi config set --secret keywordsai-acme-vllm KEY
  pulumi preview
The preview shows an update of each provider: `pulumi up` sends the key, which is not read from \
the service. Remove api_key if an endpoint has none.
"""


@pytest.fixture
def console(stack: Stack, emulator: Emulator) -> Emulator:
    """An organization with a model on a provider, whose keys no file may hold."""
    for secret in (KEY, LIVE):
        stack.secrets.add(secret)
    emulator.dialect.provider_echo = "full"
    settings = {**SETTINGS, "region": "eu"}
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=settings)
    emulator.put_model("acme/support", custom_provider_id="acme-vllm", input_cost=3, output_cost=4)
    stack.write_program("")
    return emulator


@pytest.mark.parametrize("echo", few(["full", "absent", "masked", "varies"], 1))
def test_a_provider_comes_under_management(stack: Stack, console: Emulator, echo: Echo) -> None:
    """The import writes nothing and holds no key; then one update sends the key, and all is equal.

    Nothing drifts before that, and the service's own key is in no file.
    """
    console.dialect.provider_echo = echo
    command = ("import-file", "--provider", "acme-*", "--program", "__main__.py")
    assert stack.run("keywordsai-dynamic", *command).stdout == TOLD
    assert (stack.project / "__main__.py").read_text() == PROGRAM
    stack.pulumi("import", *IMPORT)
    stack.pulumi("config", "set", "--secret", "keywordsai-acme-vllm", KEY)
    assert [method for method, _, _ in console.calls] == ["GET", "GET"]
    shown = stack.preview("--refresh").stdout
    assert "+ api_key: [secret]" in shown
    assert "~ 1 to update\n    2 unchanged" in shown
    console.requests.clear()

    stack.up()

    writes = [(method, path) for method, path, _ in console.calls if method != "GET"]
    assert writes == [("PATCH", "/api/providers/acme-vllm/")]
    assert console.providers()["acme-vllm"]["extra_kwargs"] == {**SETTINGS, "api_key": KEY}


def test_settings_that_are_not_shown_are_not_overwritten(stack: Stack, console: Emulator) -> None:
    """An update would send the key without the address, so the provider is left to the user."""
    console.dialect.provider_echo = "no_extra_kwargs"
    done = stack.run("keywordsai-dynamic", "import-file", "--provider", "*")
    assert done.stdout.splitlines()[:2] == [
        "1 model → import.json",
        "skipped: acme-vllm: extra_kwargs is not shown by the service; declare the provider, and "
        "it is adopted",
    ]
    document = json.loads((stack.project / "import.json").read_text())
    assert [each["id"] for each in document["resources"]] == ["acme/support"]


def test_without_a_program_the_code_is_printed(stack: Stack, console: Emulator) -> None:
    """Beside a catalog, which holds models only, the command prints what to declare."""
    command = ("import-file", "--match", "none", "--provider", "acme-vllm", "--catalog", "m.yaml")
    out = stack.run("keywordsai-dynamic", *command).stdout
    code = PROGRAM.partition("import pulumi")[2].partition("\n\nCustomModel(")[0]
    code = code.replace("CustomModel, ", "").replace("acme_vllm = ", "")
    assert f"Declare the providers in a program:\n\nimport pulumi{code}\n" in out
