"""The key and secret values enter no state, preview, plan, log or message (leaks.py looks)."""

from functools import partial
from typing import Any

import pytest
from leaks import KEY
from pulumi_stack import NewStack, Stack

from keywordsai_dynamic.emulator import Emulator, running_emulator

PROGRAM = """
import pulumi
from keywordsai_dynamic import CustomModel

price = pulumi.Output.secret(2.7182818)
model = CustomModel(
    "support-llm",
    model_name="acme/support-llm",
    input_cost=price,
    output_cost={},
    display_name=pulumi.Output.secret('the "mellow" one'),
    supported_params_override=pulumi.Output.secret({{"top_p": {{"max": 0.57721566}}}}),
)
pulumi.export("price", model.input_cost)
"""
PLAIN = """
from keywordsai_dynamic import CustomModel
CustomModel("acme/support-llm", input_cost=2.5)
"""
LOGS = ("--logtostderr", "--logflow")


@pytest.mark.parametrize(
    ("origin", "gzipped"), [("environment", "true"), ("configuration", "false")]
)
def test_the_key_is_nowhere(new_stack: NewStack, origin: str, gzipped: str) -> None:
    """Plans, updates, refreshes, exports, refusals and the most talkative logs, on the terminal and
    in files, hold no trace of the key, nor of a secret price, text or map.
    """
    with running_emulator(api_keys={KEY: "acme"}) as emulator:
        stack = new_stack({"KEYWORDSAI_BASE_URL": emulator.url, "PULUMI_DIY_BACKEND_GZIP": gzipped})
        stack.write_program(PROGRAM.format(1))
        if origin == "environment":
            stack.env["KEYWORDSAI_API_KEY"] = KEY
        else:
            stack.config("keywordsai:apiKey", KEY, secret=True)

        stack.pulumi("preview", "--json", "--save-plan", "plan.json", "-v=8", *LOGS)
        stack.up("--plan", "plan.json", "-v=8", *LOGS)
        stack.refresh("-v=8")
        stack.pulumi("stack", "export", "--file", "state.json")
        emulator.edit_model("acme/support-llm", input_cost=9, display_name="Theirs")
        stack.write_program(PROGRAM.format(3))
        refused = stack.up("-v=9", *LOGS, check=False)
        stack.refresh("--diff", "-v=9")
        stack.up()
        stack.pulumi("preview", "--json", "--show-sames")

        assert refused.returncode != 0, "its message is one of those looked at"
        assert emulator.models()["acme/support-llm"]["input_cost"] == 2.7182818
        written = {file.name.partition(".")[0] for file in stack.project.parent.glob("tmp/*")}
        assert "pulumi" in written, "the log files are looked at too"


def test_a_key_of_the_environment_is_in_no_record_of_the_engine(stack: Stack) -> None:
    """What the CLI writes for finding its faults holds secrets (SECURITY.md), and not this one.

    The stack itself looks for it at the end (leaks.py).
    """
    trace, calls = stack.project / "trace.out", stack.project / "calls.json"
    stack.write_program(PLAIN)
    record = {"PULUMI_DEBUG_GRPC": str(calls)}
    stack.up("-v=9", "--tracing", f"file:{trace}", env=record)
    assert "acme/support-llm" in trace.read_text(errors="replace")
    assert "acme/support-llm" in calls.read_text()


WORDS = "no: {authorization}; {input_cost}; {display_name}; {supported_params_override}"
ELSEWHERE = "http://elsewhere.example/{key}/?key={key}&price={input_cost}&name={display_name}"
MODEL = {"model_name": "{model_name}", "id": "{model_name}", "input_cost": 2.7182818}
REPEATED: dict[str, dict[str, Any]] = {
    "words of a 400": {"status": 400, "body": {"detail": WORDS}},
    "words of a 404": {"status": 404, "body": {"detail": WORDS}},
    "words of a 429": {"status": 429, "body": {"detail": WORDS}, "headers": {"Retry-After": "0"}},
    "words of a 500": {"status": 500, "body": {"error": WORDS}},
    "errors of fields": {"status": 400, "body": {"{display_name}": ["{key}", "{input_cost}"]}},
    "escaped": {"status": 400, "body": {"detail": WORDS}, "escaped": True},
    "UTF-16": {"status": 400, "body": {"detail": WORDS}, "encoding": "utf-16"},
    "UTF-16 text": {"status": 400, "raw": WORDS, "encoding": "utf-16-le"},
    "cut": {"status": 400, "body": {"detail": "no: {key[:14]}…, {display_name[:14]}"}},
    "cut at its begin": {"status": 400, "body": {"detail": "no: …{key[-14:]}"}},
    "HTML": {"status": 502, "raw": f"<html><title>{WORDS}</title></html>"},
    "half a body": {"status": 200, "body": {"detail": WORDS}, "cut_after": 60},
    "no JSON": {"status": 200, "raw": WORDS},
    "a redirect": {"status": 302, "raw": "", "headers": {"Location": ELSEWHERE}},
    "another address": {"status": 200, "body": {"results": [], "count": 9, "next": ELSEWHERE}},
    "another name": {"status": 200, "body": {**MODEL, "model_name": "{key}", "id": "{key}"}},
    "answered fields": {
        "status": 200,
        "body": {
            **MODEL,
            "cache_hit_input_cost": "{input_cost}",
            "provider": {"provider_id": "of {display_name}", "provider_name": "{key}"},
        },
    },
}


@pytest.mark.parametrize("form", REPEATED)
def test_a_service_that_repeats_what_it_was_sent(
    stack: Stack, emulator: Emulator, form: str
) -> None:
    """Whatever a service repeats of the key and of secret values, in answers to whatever verb, none
    of it is shown or stored.
    """
    repeat = partial(emulator.faults.fail_next, 9, **REPEATED[form])
    stack.write_program(PROGRAM.format(1))
    repeat(method="POST")
    stack.up(check=False)
    emulator.faults.clear()
    stack.up(check=False)
    for method, verb in (("GET", stack.refresh), ("POST", stack.up), ("DELETE", stack.destroy)):
        stack.write_program(PROGRAM.format(2))
        repeat(method=method)
        verb(check=False, env={"KEYWORDSAI_DEADLINE": "2"})
        emulator.faults.clear()
    # The commands show what lives, whether a program calls it secret or not.
    for name in emulator.models():
        emulator.remove_model(name)
    repeat(method="GET")
    for command in ("doctor", "models", "import-file"):
        stack.run("keywordsai-dynamic", command, check=False)


@pytest.mark.parametrize("field", ["provider_id", "display_name"])
def test_a_service_that_has_the_key_in_its_models(
    stack: Stack, emulator: Emulator, field: str
) -> None:
    """A key in names and fields, declared or not, is neither shown by any verb, nor stored.

    `models` and `import-file` are not tried: they give every value as it is.
    """
    emulator.put_model(f"acme/{KEY}", display_name=KEY, custom_provider_id=KEY)
    emulator.dialect.fixed = {
        "affiliation_category": KEY,
        "provider": {"provider_id": KEY, "provider_name": f"Provider of {KEY}"},
    }
    plain = PROGRAM.replace("""pulumi.Output.secret('the "mellow" one')""", "'Plain'")
    stack.write_program(plain.format(1))
    stack.preview()
    stack.up()
    emulator.edit_model("acme/support-llm", **{field: KEY})
    stack.refresh("--diff")
    stack.write_program(plain.format(2))
    stack.up(check=False)
    stack.destroy()
    stack.run("keywordsai-dynamic", "doctor", check=False)
