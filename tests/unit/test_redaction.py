"""Whatever leaves the process: without the key, without secret values, and printable."""

import json
from base64 import b64encode
from html import escape
from unicodedata import normalize
from urllib.parse import quote as in_address
from urllib.parse import quote_plus

import pytest
from harness.cpu_time import at_most

from keywordsai_dynamic.core.redaction import (
    hide,
    hide_from_service,
    printable,
    redact,
    redact_words,
    without_credentials,
)

KEY = "S3cretK3y.0123456789abcdefghijklmnopqrstuv"


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        KEY.upper(),
        "".join(f"\\u{ord(each):04x}" for each in KEY),
        "".join(f"\\\\u{ord(each):04X}" for each in KEY),
        "".join(f"%{ord(each):02x}" for each in KEY),
        "".join(f"&#{ord(each)};" for each in KEY),
        "".join(f"&#x{ord(each):x};" for each in KEY),
        KEY.encode("utf-16").decode(errors="replace"),
        KEY.encode("utf-16-be").decode(errors="replace"),
        KEY[:20],
        KEY[:12],
        KEY[-14:],
        KEY[9:30],
    ],
)
def test_the_key_is_found_however_it_is_written(written: str) -> None:
    """Escaped, in UTF-16, in capitals or cut short, it is replaced and nothing of it stays."""
    hide(KEY, "[key]")
    told = redact(f"no account for {written} here")
    assert told.replace("\\ufffd", "").replace("\\x00", "") in {
        "no account for [key] here",
        "no account for ��[key] here",
        "no account for [key]� here",
    }


def test_every_occurrence_goes() -> None:
    """A sentence may hold a key several times, and several secrets."""
    hide(KEY, "[key]")
    hide("Acme Confidential")
    assert (
        redact(f"İ {KEY}{KEY} and Acme Confidential, {KEY}") == "İ [key][key] and [secret], [key]"
    )


def test_short_values_are_hidden_where_they_stand_alone() -> None:
    """`o1` is no secret inside of another word."""
    hide("o1")
    assert (
        redact("base 'o1' is not foo1, o1x or o1") == "base '[secret]' is not foo1, o1x or [secret]"
    )


@pytest.mark.parametrize(
    "secret",
    [
        "kw%2FZq%2B7Xv%3D2L%41",
        "R&amp;D plan for 2027",
        r"a\u0062c of the plan",
        'it\'s "hushed" \\ up',
        "a line\nand a\ttab in it",
        "Größe 東京 🚀 unannounced",
        "Straße und İstanbul",
    ],
)
def test_a_secret_that_looks_like_an_escape_is_hidden(secret: str) -> None:
    """As it is, in every way it may be repeated, and in our own sentence's quotes."""
    hide(secret)
    forms = [
        secret,
        repr(secret),
        json.dumps(secret),
        json.dumps(json.dumps(secret)),
        json.dumps(secret, ensure_ascii=False),
        in_address(secret, safe=""),
        in_address(in_address(secret, safe=""), safe=""),
        quote_plus(secret),
        escape(secret),
        "".join(f"&#{ord(each):07d}" for each in secret),
        normalize("NFD", secret),
        secret.upper(),
        b64encode(f"user:{secret}".encode()).decode(),
    ]
    for form in forms:
        told = redact(f"no: {form} here")
        assert "[secret]" in told, form
        assert len(told) < 40, told


@pytest.mark.parametrize(
    "written",
    [
        "0-2.7182818",
        "2.7182818USD",
        "USD2.7182818",
        "price%3D2.7182818",
        ".27182818",
        r"\n2.7182818",
        "[1,2.7182818,3]",
        "&#50;.7182818",
        r"\u0032.7182818",
        "2.7182818".encode("utf-16-le").decode(),
    ],
)
def test_a_telling_number_is_hidden_inside_of_words(written: str) -> None:
    """Three digits are enough to tell a price."""
    hide(2.7182818)
    told = redact_words(f"no: {written} here")
    assert "[secret]" in told
    assert "718" not in told.replace("\\x00", "")


def test_long_texts_take_no_longer_than_they_are() -> None:
    """A run of backslashes was tried from each of its characters."""
    hide(KEY)
    with at_most(10):
        assert len(redact("\\" * 200_000 + "%25" * 100_000)) > 1


@pytest.mark.parametrize("quote", [r"\"", r"\\\"", "&quot;", "&#34;", "%22"])
def test_quotes_may_be_escaped(quote: str) -> None:
    """In JSON, in JSON inside of JSON, or in HTML."""
    hide('the "mellow" one')
    assert redact(f"no: the {quote}mellow{quote} one.") == "no: [secret]."


def test_the_longer_value_goes_first() -> None:
    """A secret that begins like another one leaves no rest of it."""
    hide("acme/secret-base")
    hide("acme/secret-base-2026")
    assert redact("acme/secret-base-2026") == "[secret]"


def test_what_a_map_holds_is_hidden() -> None:
    """A secret map hides its texts, those in lists included."""
    hide({"stop": ["hush-hush"], "top_p": {"default": "quiet-please"}})
    assert redact(json.dumps(["hush-hush", "quiet-please"])) == '["[secret]", "[secret]"]'


@pytest.mark.parametrize(
    "written", ["2.5", "2.50", "$2.5", "2,50", "2.5e0", "0.0025", "2.5E-06", "2.4999", "-2.5"]
)
def test_a_secret_number_is_hidden_in_any_unit_or_rounding(written: str) -> None:
    """The service's words may repeat a price per token, in cents, rounded, or as text."""
    hide(2.5)
    told = redact_words(f"input_cost {written} is above 1000 for gpt-2.5 and v2.5")
    assert (
        told.replace("$", "").replace("-[", "[")
        == "input_cost [secret] is above 1000 for gpt-2.5 and v2.5"
    )


def test_our_own_sentences_keep_their_numbers() -> None:
    """A status or a number of seconds may be equal to a secret price, and stays."""
    hide(2.5)
    assert redact("retrying in 2.5 s") == "retrying in 2.5 s"


@pytest.mark.parametrize("number", [10**400, float("inf"), float("nan"), 0, True])
def test_any_number_can_be_hidden(number: float) -> None:
    """What is no price at all breaks nothing."""
    hide(number)
    assert redact_words("price 7.25 of 10") in {"price 7.25 of 10", "price 7.25 of [secret]"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("one\ntwo\tthree\r", "one\ntwo\\tthree\\r"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("half \ud83d", "half \\ud83d"),
        ("line\u2028end", "line\\u2028end"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("Zürich, 東京, 😀, é → ✓", "Zürich, 東京, 😀, é → ✓"),
    ],
)
def test_what_a_terminal_obeys_is_escaped(text: str, shown: str) -> None:
    """People's letters stay as they are."""
    assert printable(text) == shown


def test_an_address_is_left_alone() -> None:
    """Escapes that hide nothing stay as they were."""
    hide(KEY, "[key]")
    path = f"/api/models/{in_address('acme/zürich 100%')}/"
    assert redact(path) == path


@pytest.mark.parametrize(
    ("address", "shown", "hidden"),
    [
        ("https://h", "https://h", []),
        (" https://h:8090/api/ ", "https://h:8090/api/", []),
        ("https://me:pa55word@h/api", "https://h/api", ["pa55word"]),
        ("https://t0k3n-4711@h", "https://h", ["t0k3n-4711"]),
        ("https://me:p%40ss+w0rd@h", "https://h", ["p%40ss+w0rd", "p@ss+w0rd"]),
        ("https://me:pa/s5?w#0rd@2@h", "https://h", ["pa/s5?w#0rd@2"]),
        ("https://h?token=4711-t0k&key=t0k3n#frag-ment", "https://h", ["4711-t0k", "t0k3n"]),
        ("https://h?t0k3n-4711", "https://h", ["t0k3n-4711"]),
        ("me:pa55word@h:3128", "h:3128", ["pa55word"]),
        ("https://h?next=https://t0k3n-4711", "https://h", ["https://t0k3n-4711"]),
        ("", "", []),
    ],
)
def test_an_address_is_shown_without_what_lets_in(
    address: str, shown: str, hidden: list[str]
) -> None:
    """User, password and query go, however they are written; what was in them is hidden."""
    assert without_credentials(address) == shown
    for secret in hidden:
        assert redact(f"could not reach: {secret}.") == "could not reach: [secret]."


def test_plain_numbers_of_a_provider_are_hidden_only_as_they_are() -> None:
    """A timeout of 30 would hide the 300 of a limit, also where it is about a model."""
    hide_from_service({"timeout": 30.0, "stream": True, "region": "frankfurt"})
    words = "frankfurt: 30 is wrong; at most 300 models, 10 a minute"
    assert redact_words(words) == "[value]: [value] is wrong; at most 300 models, 10 a minute"
