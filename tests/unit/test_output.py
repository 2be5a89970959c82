"""What commands write: printable for people, valid and lossless for programs."""

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from keywordsai_dynamic import doctor
from keywordsai_dynamic.cli.app import app
from keywordsai_dynamic.core.redaction import hide, printable
from keywordsai_dynamic.doctor.diagnosis import Diagnosis
from keywordsai_dynamic.files.yaml_reader import from_yaml
from keywordsai_dynamic.terminal.output import as_json, as_yaml, say

# `<{%` steers the Pulumi CLI alone, and data holds it as it is.
STEERING = "\x1b]0;t\x07\x7f\x9b31m\u202e\u2028\r\ud83d\U000e0041"
TEXT = st.text(st.characters() | st.sampled_from(STEERING + "\n\t '\"\\")).filter(
    lambda text: "<{%" not in text
)
WORDS = st.sampled_from(["no", "1e3", "0x1F", "0o17", "~", "12:30", "=", "<<", "", " a ", "1_0"])
DATA = st.lists(st.dictionaries(TEXT, TEXT | WORDS | st.integers() | st.booleans() | st.none()))


@given(DATA)
def test_json_says_the_same_and_steers_nothing(data: Any) -> None:  # noqa: ANN401  (JSON)
    """Whatever a terminal would obey is escaped; reading it back restores every character."""
    text = as_json(data)
    assert printable(text) == text
    assert json.loads(text) == json.loads(json.dumps(data))


@given(DATA)
def test_yaml_says_the_same_and_steers_nothing(data: Any) -> None:  # noqa: ANN401  (YAML)
    """YAML too, for readers of 1.1 and of 1.2: `no`, `1e3` and `0o17` are text."""
    text = as_yaml(data)
    assert printable(text) == text
    assert yaml.safe_load(text) == data
    assert from_yaml(text, "f.yaml") == data


@pytest.mark.parametrize(("err", "stream"), [(False, 0), (True, 1)])
def test_a_sentence_is_redacted_and_printable(
    capsys: pytest.CaptureFixture[str], err: bool, stream: int
) -> None:
    """Neither stream shows the key or an escape character."""
    hide("sesame-open-123456", "[key]")
    say(f"no sesame-open-123456 in {STEERING}", err=err)
    assert capsys.readouterr()[stream] == (
        "no [key] in \\x1b]0;t\\x07\\x7f\\x9b31m\\u202e\\u2028\\r\\ud83d\\U000e0041\n"
    )


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_diagnosis_steers_nothing(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """The doctor may quote anything that it found."""
    hide("sesame-open-123456", "[key]")
    said = f"sesame-open-123456 {STEERING}"
    monkeypatch.setattr(doctor, "examine", lambda _: [Diagnosis("host", "bad", said, f"x {said}")])
    result = CliRunner().invoke(app, ["doctor", "--format", form])
    told = "[key] \\x1b]0;t\\x07\\x7f\\x9b31m\\u202e\\u2028\\r\\ud83d\\U000e0041"
    assert result.exit_code == 1
    if form == "table":
        assert result.stdout == f"✗  host  {told}\n         → x {told}\n"
    else:
        (found,) = json.loads(result.stdout)["findings"]
        assert (found["found"], found["to_do"]) == (told, f"x {told}")


PROGRAM = """
from keywordsai_dynamic.terminal.output import as_json, never_fail, say, write
never_fail()
say("ü → 模型 \\udc80")
say("ü → 模型", err=True)
write(as_json("ü → 模型 \\udc80"))
"""


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "ü → 模型"),
        ("latin-1", "ü \\u2192 \\u6a21\\u578b"),
        ("ascii", "\\xfc \\u2192 \\u6a21\\u578b"),
        ("ascii:strict", "\\xfc \\u2192 \\u6a21\\u578b"),
    ],
)
def test_a_stream_that_is_not_utf_8_gets_escapes(encoding: str, shown: str) -> None:
    """Sentences escape what the encoding lacks; data is UTF-8, because escapes would change it."""
    done = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )
    codec = encoding.partition(":")[0]
    assert done.stderr.decode(codec) == f"{shown}\n"
    assert done.stdout == f"{shown} \\udc80\n".encode(codec) + '"ü → 模型 \\udc80"\n'.encode()
