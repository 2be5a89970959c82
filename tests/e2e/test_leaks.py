"""The search for secrets finds them, wherever they stand and however they are written."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from harness.leaks import KEY
from harness.pulumi_stack import NewStack, Stack

QUOTED = 'hush "mellow" yellow'
NUMBER = "27.182818"


@pytest.fixture
def knowing(tmp_path: Path, engine: Path) -> Iterator[Stack]:
    """Give a stack with a key, a secret text and a secret number, that is not searched at its end.

    The CLI does not run.
    """
    stack = Stack(tmp_path / "stack", engine)
    for value in (KEY, QUOTED, float(NUMBER)):
        stack.secrets.add(value)
    yield stack
    with pytest.raises(AssertionError, match="secrets were left behind"), stack:
        pass


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(each):04X}" for each in text)


WRITTEN: dict[str, Callable[[], str | bytes]] = {
    "as is": lambda: f"Authorization: Bearer {KEY}\n",
    "as is, in capitals": KEY.upper,
    "as is, in a gz file": lambda: gzip.compress(f'{{"key": "{KEY}"}}'.encode()),
    "as is, in a gz file cut short by a kill": lambda: gzip.compress(KEY.encode())[:-8],
    "in JSON": lambda: json.dumps({"display_name": QUOTED}),
    "in JSON in JSON": lambda: json.dumps({"__answered": json.dumps({"display_name": QUOTED})}),
    "in JSON, escaped": lambda: f'{{"detail": "no: {escaped(KEY)}"}}',
    "in an address": lambda: f"GET /api/models/?next={quote(QUOTED)}",
    "in HTML": lambda: "<p>hush &quot;mellow&quot; yellow</p>",
    "in UTF-16": lambda: f"key {KEY}".encode("utf-16-be"),
    "in base64": lambda: b64encode(f"Bearer {KEY}\n".encode()),
    "in base64, one further": lambda: b64encode(f"Bearer: {KEY}".encode()),
    "in base64, two further": lambda: b64encode(f"Bearer:  {KEY}.".encode()),
    "cut short": lambda: f"a bad key: {KEY[:14]}…",
    "cut short, at the other end": lambda: f"a bad key: …{KEY[-14:]}",
    "as a number": lambda: f'{{"input_cost":{NUMBER}}}',
    "as a number with zeros": lambda: "27.1828180000",
    "as a number in another unit": lambda: "0.000027182818 a token, 27,182.818",
    "as a number in a sentence": lambda: f"declared {NUMBER}.",
}


@pytest.mark.parametrize("form", WRITTEN)
def test_a_secret_is_found_in_every_form(knowing: Stack, form: str) -> None:
    """Each way of writing a secret is seen, and the finding names the file, line and form."""
    file = knowing.state / "somewhere.json"
    content = WRITTEN[form]()
    text = content.encode() if isinstance(content, str) else content
    file.write_bytes(text if "gz" in form else b"first\n" + text)

    (leak,) = knowing.leaks()

    line = 1 if "gz" in form else 2
    assert leak.startswith(f"{file}:{line}: ")
    assert f" {form.partition(', in')[0] if 'capitals' in form or 'gz' in form else ''}" in leak


PLACES = [
    *("project/plan.json", "project/Pulumi.dev.yaml", "project/import.json", "runs/0.err"),
    *("state/.pulumi/stacks/test/dev.json.bak", "state/.pulumi/history/test/dev/1.history.json"),
    *("tmp/pulumi.INFO", "home/.pulumi/workspaces/test.json"),
]


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_in_every_place(knowing: Stack, place: str) -> None:
    """What a run writes is searched: plans, state, backups, history, logs, output, settings."""
    file = knowing.state.parent / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(KEY)
    assert [leak.partition(":")[0] for leak in knowing.leaks()] == [str(file)]


def test_what_is_no_secret_is_not_found(tmp_path: Path, engine: Path) -> None:
    """Other numbers with some of the digits, and ciphertexts, are nothing to find."""
    with Stack(tmp_path / "stack", engine) as stack:
        stack.secrets.add([KEY, {"price": NUMBER, "flag": True, "nothing": None}])
        for number in ("127.182818", "27.1828184", "27.18281", "2718281"):
            (stack.state / number).write_text(
                f"{number}, v1:{b64encode(KEY[1:].encode()).decode()}"
            )


def test_what_could_stand_anywhere_is_refused(knowing: Stack) -> None:
    """A secret that could not be told from other text or numbers is a mistake in a test."""
    (knowing.state / "any").write_text(KEY)
    for value in ("short", 2.5, "128000"):
        with pytest.raises(AssertionError, match="could appear anywhere"):
            knowing.secrets.add(value)


LEAKING = """
import os
import pulumi

print("the key is", os.environ["KEYWORDSAI_API_KEY"])
pulumi.log.info("the price is " + str(round(27.182818, 6)))
pulumi.export("hidden", pulumi.Output.secret(27.182818))
pulumi.export("shown", pulumi.Output.unsecret(pulumi.Config().require_secret("word")))
"""


def test_a_program_that_leaks_is_found_out(tmp_path: Path, engine: Path) -> None:
    """With the real CLI: what a program prints, logs and exports in the clear fails its test."""
    stack = Stack(tmp_path / "stack", engine, {"KEYWORDSAI_API_KEY": KEY})
    stack.write_program(LEAKING)
    stack.config("test:word", "sesame-sesame", secret=True)
    stack.up()

    with pytest.raises(AssertionError) as caught, stack:
        pass

    found = str(caught.value)
    for secret, place in ((KEY, "1.out"), ("27.182818", "1.out"), ("sesame", "dev.json")):
        assert any(secret in line and place in line for line in found.splitlines()), found


def test_what_is_shown_on_purpose_is_no_leak(new_stack: NewStack) -> None:
    """`--show-secrets`, the program itself and a key that a test wrote down are nothing to find."""
    stack = new_stack()
    stack.write_program(LEAKING.partition("pulumi.export")[0].partition("print")[0])
    stack.config("keywordsai:apiKey", KEY)
    stack.config("test:word", "sesame-sesame", secret=True)
    assert "sesame" in stack.pulumi("config", "--show-secrets").stdout
    assert "sesame" in stack.pulumi("config", "get", "test:word").stdout
    stack.preview()
