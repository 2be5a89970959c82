"""A service that repeats what it was sent, or has the key in its models: none of it is shown."""

from functools import partial
from typing import Any

import pytest
from harness.leaks import KEY, PROGRAM
from harness.lengths import WHOLE, few, long_form_of
from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator

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

TRIED_WITH_EVERY_VERB = {"words of a 400", "another name"}
"""The others are tried with `up` alone, but by `make test-long`: what hides is the same."""


@pytest.mark.parametrize("form", few(REPEATED, 1))
def test_a_service_that_repeats_what_it_was_sent(
    stack: Stack, emulator: Emulator, form: str
) -> None:
    """Whatever a service repeats of the key and of secret values, in answers to whatever verb, none
    of it is shown or stored.
    """
    stack.env["KEYWORDSAI_DEADLINE"] = "2"  # enough to try again, once
    repeat = partial(emulator.faults.fail_next, 9, **REPEATED[form])
    stack.write_program(PROGRAM.format(1))
    repeat(method="POST")
    stack.up(check=False)
    emulator.faults.clear()
    if form not in TRIED_WITH_EVERY_VERB and not WHOLE:
        return
    stack.up(check=False)
    for method, verb in (("GET", stack.refresh), ("POST", stack.up), ("DELETE", stack.destroy)):
        stack.write_program(PROGRAM.format(2))
        repeat(method=method)
        verb(check=False)
        emulator.faults.clear()
    # The commands show what lives, whether a program calls it secret or not.
    for name in emulator.models():
        emulator.remove_model(name)
    repeat(method="GET")
    for command in few(("models", "doctor", "import-file"), 1):
        stack.run("keywordsai-dynamic", command, check=False)


@long_form_of("plugin/test_provider_process.py::test_the_key_is_kept_out_of_the_state")
@pytest.mark.parametrize("field", few(["provider_id", "display_name"], 1))
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
