"""Reading an answer is pure: every documented shape of success and failure, as a table."""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keywordsai_dynamic.api.answers import (
    Answer,
    decipher,
    error_detail,
    model_of,
    retry_after,
)
from keywordsai_dynamic.api.bodies import parsed, unpacked
from keywordsai_dynamic.api.client import model_path
from keywordsai_dynamic.api.pages import ListKind, Page, next_path, page_of
from keywordsai_dynamic.api.service_words import shortened
from keywordsai_dynamic.core.errors import APIStatusError, KeywordsAIError, NotFoundError
from keywordsai_dynamic.core.redaction import hide

MODELS = ListKind("model", "model_name", "/api/models/")
KEY_OF_OTHERS = "sk-Hd4Rf8Bn3WsE5xCyMj9L"


def answer(status: int, body: object = None, **headers: str) -> Answer:
    """Make an answer: bytes as they are, text encoded, everything else as JSON."""
    if isinstance(body, str):
        body = body.encode()
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    return Answer(status, headers, content)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("m", "/api/models/m/"),
        ("openai/gpt-4o", "/api/models/openai/gpt-4o/"),
        ("two words", "/api/models/two%20words/"),
        ("100%", "/api/models/100%25/"),
        ("a%2Fb", "/api/models/a%252Fb/"),
        ("a#b?c&d+e", "/api/models/a%23b%3Fc%26d%2Be/"),
        ("größe", "/api/models/gr%C3%B6%C3%9Fe/"),
        ("a:b@c;d=e,f", "/api/models/a%3Ab%40c%3Bd%3De%2Cf/"),
        ("a.b-c_d~e", "/api/models/a.b-c_d~e/"),
    ],
)
def test_a_name_is_written_into_a_path(name: str, path: str) -> None:
    """Slashes stay, everything else reserved is percent-encoded, and the path ends with a slash."""
    assert model_path(name) == path


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_is_its_json(status: int) -> None:
    """Any 2xx is a success; without a body it is None."""
    assert decipher(answer(status, {"id": "m"}), "GET x") == {"id": "m"}
    assert decipher(answer(status), "GET x") is None


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<html>hello</html>", "hello"),
        ("<html></html>", "no explanation"),
        ('{"id": "m", ', '{"id": "m",'),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (" ", "no explanation"),
    ],
)
def test_a_success_that_is_no_json_is_an_error(body: str | bytes, seen: str) -> None:
    """A broken or foreign body under a 2xx is told with its beginning."""
    with pytest.raises(APIStatusError) as raised:
        decipher(answer(200, body), "GET x")
    assert str(raised.value) == f"GET x returned 200 with a body that is not JSON: {seen}"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, APIStatusError),
        (401, APIStatusError),
        (403, APIStatusError),
        (404, NotFoundError),
        (405, APIStatusError),
        (409, APIStatusError),
        (422, APIStatusError),
        (429, APIStatusError),
        (500, APIStatusError),
        (502, APIStatusError),
        (503, APIStatusError),
    ],
)
def test_only_404_is_not_found(status: int, error: type[APIStatusError]) -> None:
    """Every failure keeps its status and the service's words; 404 alone means gone."""
    with pytest.raises(APIStatusError) as raised:
        decipher(answer(status, {"detail": "why"}), "GET x")
    assert type(raised.value) is error
    assert str(raised.value) == f"GET x returned {status}: why"
    assert (raised.value.status_code, raised.value.detail) == (status, "why")


SETTINGS = "KEYWORDSAI_BASE_URL or keywordsai:baseUrl"
LOOK = f"check the base URL ({SETTINGS})"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "way_out"),
    [
        (
            "https://api.respan.ai/llm/api/models/",
            f"if the API has moved, set the base URL ({SETTINGS}) to https://api.respan.ai/llm",
        ),
        (
            "https://api.respan.ai/api/models/?all=true",
            f"if the API has moved, set the base URL ({SETTINGS}) to https://api.respan.ai",
        ),
        ("https://sso.example/login?next=/api/models/", LOOK),
        ("http://api.respan.ai/api/models/", LOOK),
        ("/login", LOOK),
        ("/api/models/", LOOK),
        ("https://", LOOK),
    ],
)
def test_a_redirect_is_told_and_not_followed(status: int, location: str, way_out: str) -> None:
    """Where the same route is at another host, that host is the base URL; else something is off."""
    with pytest.raises(APIStatusError) as raised:
        decipher(answer(status, location=location), "GET /api/models/?all=true")
    assert str(raised.value) == (
        f"GET /api/models/?all=true returned {status}: redirected to {location}, which is not "
        f"followed; {way_out}"
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        # A and B: models 400, 401, 404, 403, general page
        ({"error": "Base model not found"}, "Base model not found"),
        (
            {"detail": "Authentication credentials were not provided."},
            "Authentication credentials were not provided.",
        ),
        ({"detail": "Not found."}, "Not found."),
        # error-handling page: 422, 429, 5xx
        (
            {
                "detail": "Validation error",
                "errors": {"input_cost": ["A valid number is required."], "model": ["a", "b"]},
            },
            "Validation error; input_cost: A valid number is required.; model: a, b",
        ),
        ({"detail": "Rate limit exceeded", "retry_after": 30}, "Rate limit exceeded"),
        (
            {"detail": "Internal server error", "error_code": "INTERNAL_ERROR"},
            "Internal server error",
        ),
        # batch and proxy routes
        (
            {"error": {"message": "bad", "type": "invalid", "param": None, "code": None}},
            "bad",
        ),
        ({"error": {"type": "invalid"}}, '{"type": "invalid"}'),
        # Django REST framework's map of fields
        (
            {"max_context_window": ["A valid integer is required."]},
            "max_context_window: A valid integer is required.",
        ),
        ({"non_field_errors": ["Invalid data."]}, "non_field_errors: Invalid data."),
        ({"provider": {"provider_id": ["Unknown."]}}, 'provider: {"provider_id": ["Unknown."]}'),
        ({"message": "Forbidden"}, "Forbidden"),
        ({"detail": ["one", "two"]}, "one, two"),
        (["one", "two"], "one, two"),
        ("plain words", "plain words"),
        ('"quoted"', "quoted"),
        ("", "no explanation"),
        ({}, "no explanation"),
        ([], "no explanation"),
        ("null", "null"),
        (
            "<html><head><title>502 Bad Gateway</title><style>p {color: red}</style></head>\n"
            "<body><h1>502 Bad Gateway</h1><script>x()</script>nginx</body></html>",
            "502 Bad Gateway 502 Bad Gateway nginx",
        ),
        (b"\xff", "\ufffd"),
    ],
)
def test_the_services_own_words_are_found(body: object, words: str) -> None:
    """Every documented shape of an error body, and a proxy's, gives one line of words."""
    assert error_detail(answer(400, body)) == words


NO_NUMBER = "contains NaN or a number that is too large"


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b'{"input_cost": 1%s}' % (b"0" * 400), NO_NUMBER),
        (b'{"input_cost": -1%s}' % (b"0" * 5_000), NO_NUMBER),
        (b'[{"x": [1e400]}]', NO_NUMBER),
        (b"[" * 21 + b"]" * 21, "nests more than 20 levels deep"),
        (b'{"a":' * 21 + b"1" + b"}" * 21, "nests more than 20 levels deep"),
        (b"[" * 100_000, "nests more than 20 levels deep"),
        (b'{"a": NaN}', NO_NUMBER),
        (b'{"a": -Infinity}', NO_NUMBER),
        (b'{"a": 01}', "is not JSON"),
        (b'"\xed\xa0\x80"', "is not JSON"),
        (b'"\xff"', "is not JSON"),
    ],
)
def test_what_nothing_later_could_work_with_is_no_answer(body: bytes, flaw: str) -> None:
    """Numbers beyond a double and deep nests end at the door, and not where they are compared."""
    with pytest.raises(ValueError, match=f"^{re.escape(flaw)}$"):
        parsed(body)
    with pytest.raises(
        APIStatusError, match=rf"^GET x returned 200 with a body that {re.escape(flaw)}: "
    ):
        decipher(answer(200, body), "GET x")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"\\ud800"', "\ufffd"),
        (b'{"\\udfff": ["a\\ud83dz"]}', {"\ufffd": ["a\ufffdz"]}),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\\\ud800"', "\\ud800"),
        ('"größe"'.encode("utf-16"), "größe"),
        ('"größe"'.encode("utf-8-sig"), "größe"),
        (b"9" * 300, int("9" * 300)),
        (b"[" * 20 + b"]" * 20, json.loads("[" * 20 + "]" * 20)),
    ],
)
def test_what_is_read_can_be_written(body: bytes, value: object) -> None:
    """Half of a character, which no encoding has, is replaced; what is whole stays as it is."""
    assert parsed(body) == value
    json.dumps(parsed(body), ensure_ascii=False).encode()


@pytest.mark.parametrize("encoding", ["", "identity", " Identity"])
def test_a_body_may_be_as_it_is(encoding: str) -> None:
    """Without an encoding nothing is undone."""
    assert unpacked(b"{}", encoding) == b"{}"


def test_gzip_is_undone() -> None:
    """It is the one encoding that is asked for, in as many members as it likes."""
    members = [gzip.compress(part, mtime=0) for part in (b'{"a"', b": ", b"", b"1}")]
    assert unpacked(b"".join(members), "gzip") == b'{"a": 1}'
    assert unpacked(b"".join(members) + bytes(9), "gzip") == b'{"a": 1}'
    assert unpacked(gzip.compress(b"{}", mtime=0), "GZip") == b"{}"
    assert unpacked(b"", "gzip") == b""


@pytest.mark.parametrize(
    ("content", "encoding", "flaw"),
    [
        (b"{}", "br", "has an unexpected Content-Encoding, br"),
        (b"{}", "gzip, gzip", "has an unexpected Content-Encoding, gzip, gzip"),
        (b"{}", "gzip", "is not gzip, contrary to its Content-Encoding"),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", "is truncated gzip"),
        (gzip.compress(bytes(65 * 1024 * 1024), 1, mtime=0), "gzip", "is larger than 64 MiB"),
        (gzip.compress(bytes(33 * 1024 * 1024), 1, mtime=0) * 2, "gzip", "is larger than 64 MiB"),
        (
            gzip.compress(b"{}", mtime=0) * 2 + b"x",
            "gzip",
            "is not gzip, contrary to its Content-Encoding",
        ),
        ((gzip.compress(b"{}", mtime=0) * 2)[:-9], "gzip", "is truncated gzip"),
    ],
)
def test_what_cannot_be_unpacked_keeps_its_status(content: bytes, encoding: str, flaw: str) -> None:
    """A success without its body is an error that says why; an error is told all the same."""
    with pytest.raises(ValueError, match=f"^{flaw}$"):
        unpacked(content, encoding)
    for status, told in (
        (200, f"GET x returned 200 with a body that {flaw}"),
        (500, f"GET x returned 500: no explanation (its body {flaw})"),
    ):
        with pytest.raises(APIStatusError) as raised:
            decipher(Answer(status, {}, b"", flaw=flaw), "GET x")
        assert str(raised.value) == told


KEY = "S3cretK3y.0123456789abcdefghijklmnopqrstuv"
ESCAPED = "".join(f"\\u{ord(each):04x}" for each in KEY)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"detail": f"no {KEY} here"}).encode(),
        f'{{"detail": "no {ESCAPED} here"}}'.encode(),
        json.dumps({"detail": f"no {KEY} here"}).encode("utf-16"),
        f"<p>no <b>{KEY}</b> here".encode(),
        json.dumps({"detail": f"no {KEY[:20]} here"}).encode(),
        f'{{"detail": "no {KEY} here'.encode("utf-16-le"),
    ],
)
def test_the_services_words_are_without_the_key(body: bytes) -> None:
    """Escaped, in UTF-16, in HTML or cut short: nothing of it stays."""
    hide(KEY, "[key]")
    assert "no [key] here" in error_detail(answer(401, body)).replace("\\x00", "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"extra_kwargs": {"api_key": KEY_OF_OTHERS, "region": "eu"}},
            'extra_kwargs: {"api_key": "[secret]", "region": "eu"}',
        ),
        (
            {"detail": f"cannot read {{'Authorization': 'Bearer {KEY_OF_OTHERS}'}}"},
            "cannot read {'Authorization': '[secret]'}",
        ),
        (f'{{"id": "p", "api_key": "{KEY_OF_OTHERS}', '{"id": "p", "api_key": "[secret]'),
        ({"api_key": ["This field is required."]}, "api_key: This field is required."),
        ({"errors": {"kwargs": {"token": ["Wrong."]}}}, 'kwargs: {"token": ["Wrong."]}'),
    ],
)
def test_a_credential_that_a_body_repeats_is_hidden(body: object, words: str) -> None:
    """Of a provider that somebody else made, this process does not know the key."""
    content = body if isinstance(body, str) else json.dumps(body)
    assert error_detail(answer(400, content)) == words


def test_words_are_redacted_before_they_are_cut() -> None:
    """A key that the cut would halve is gone before it."""
    hide(KEY, "[key]")
    for filling in range(240, 301):
        told = error_detail(answer(401, {"detail": "x" * filling + " " + KEY}))
        assert not {KEY[:size] for size in range(3, 13)} & {told[-size:-1] for size in range(4, 14)}


def test_long_words_are_cut() -> None:
    """Three hundred characters of an error are enough, on one line."""
    words = error_detail(answer(500, {"detail": "long\n" * 200}))
    assert (len(words), words[:12], words[-1], "\n" in words) == (300, "long long lo", "…", False)


NOW = 1_792_567_620.0
"""Wed, 21 Oct 2026 07:27:00 GMT."""

BEYOND_ANY_CLOCK = [
    f"Mon, 01 Jan 2024 00:00:00 +{'9' * 14}",
    f"Mon, 01 Jan 2024 00:00:00 -{'9' * 20}",
    f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT",
    f"Mon, {'9' * 20} Jan 2024 00:00:00 GMT",
    f"Mon, 01 Jan 2024 {'9' * 20}:00:00 GMT",
    f"Mon, 01 Jan {'9' * 5_000} 00:00:00 GMT",
]


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("5", {"retry_after": 30}, 5.0),
        ("2.5", None, 2.5),
        (" 5 ", None, 5.0),
        ("7200", None, 7200.0),
        ("9" * 15, None, 999_999_999_999_999.0),
        ("0", {"retry_after": 30}, 0.0),
        ("5, 30", None, 30.0),
        ("30, 5", None, 30.0),
        ("soon, 5", {"retry_after": 30}, 30.0),
        ("5, soon", None, 5.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", {"retry_after": 30}, 60.0),
        ("Wednesday, 21-Oct-26 07:28:00 GMT", None, 60.0),
        ("Wed Oct 21 07:28:00 2026", None, 60.0),
        ("Wed, 21 Oct 2026 07:20:00 GMT", None, 0.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT, 90", None, 90.0),
        ("5, Wed, 21 Oct 2026 07:28:00 GMT", None, 60.0),
        ("Mon, 31 Feb 2026 00:00:00 GMT", {"retry_after": 30}, 30.0),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None, None),
        *((date, {"retry_after": 30}, 30.0) for date in BEYOND_ANY_CLOCK),
        *((None, {"retry_after": date}, None) for date in BEYOND_ANY_CLOCK),
        *(
            (nonsense, None, None)
            for nonsense in ("-1", "nan", "-inf", "inf", "soon", "", ",", "5 s")
        ),
        *((nonsense, {"retry_after": 30}, 30.0) for nonsense in ("-1", "nan", "inf", "soon", "")),
        ("9" * 400, {"retry_after": 30}, 30.0),
        (None, {"retry_after": 30}, 30.0),
        (None, {"retry_after": 0.25}, 0.25),
        (None, {"retry_after": "2.5"}, 2.5),
        (None, {"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60.0),
        (None, {"error": {"message": "slow down", "retry_after": "7"}}, 7.0),
        (None, {"detail": {"retry_after": 8}}, 8.0),
        (None, {"retry_after": 5, "error": {"retry_after": 8}}, 8.0),
        (None, {"retry_after": -1, "error": {"retry_after": 8}}, 8.0),
        (None, {"retry_after": "nan"}, None),
        (None, {"retry_after": None}, None),
        (None, {"retry_after": [30]}, None),
        (None, {"retry_after": {"seconds": 30}}, None),
        (None, b'{"retry_after": 1' + b"0" * 400 + b"}", None),
        (None, ["retry_after"], None),
        (None, "<html>", None),
        (None, None, None),
    ],
)
def test_how_long_a_429_asks_to_wait(
    header: str | None, body: object, seconds: float | None
) -> None:
    """The header is read first, then the documented body; what makes no sense is not waited for."""
    headers = {} if header is None else {"retry-after": header}
    assert retry_after(answer(429, body, **headers), NOW) == seconds


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:27:50 GMT", 10.0),
        ("Wed, 21 Oct 2026 07:27:50", 10.0),
        ("Wed, 21 Oct 2026 07:29:00 GMT", 0.0),
        ("today", 60.0),
        *((date, 60.0) for date in BEYOND_ANY_CLOCK),
    ],
)
def test_a_date_is_held_against_the_answers_own(date: str, seconds: float) -> None:
    """The clock here may be wrong; the two of one answer are of one clock."""
    headers = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": date}
    assert retry_after(answer(429, **headers), NOW) == seconds


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], ([], None, None)),
        ([{"model_name": "m"}], ([{"model_name": "m"}], None, None)),
        (
            {"count": 1, "next": "http://h/api/models/?page=2", "results": [{"id": "m"}]},
            ([{"id": "m"}], "http://h/api/models/?page=2", 1),
        ),
        ({"count": 1, "total_count": 7, "results": [{"id": "m"}]}, ([{"id": "m"}], None, 7)),
        ({"count": "many", "results": []}, ([], None, None)),
        ({"results": [], "next": None}, ([], None, None)),
        ({"results": [], "next": ""}, ([], None, None)),
        ({"models": [{"id": "m"}]}, ([{"id": "m"}], None, None)),
    ],
)
def test_a_page_of_a_list_is_read(
    body: object, expected: tuple[list[dict[str, str]], str | None, int | None]
) -> None:
    """A bare array, a page object with `results`, and a catalog with `models` are all lists.

    What a page says of the number of all models is read, that of the newest generation first.
    """
    assert page_of(body, "GET x", "model") == Page(*expected)


@pytest.mark.parametrize(
    "body",
    [
        *(None, {}, {"id": "m"}, {"results": {}}, ["m"], [{"id": "m"}, None], "m", 7),
    ],
)
def test_what_is_no_list_is_refused(body: object) -> None:
    """An answer without a list of objects is told, and never taken for an empty list."""
    with pytest.raises(KeywordsAIError) as raised:
        page_of(body, "GET x", "model")
    assert str(raised.value) == "GET x returned something other than a model list."


@pytest.mark.parametrize(
    ("following", "told"),
    [(2, "2"), (True, "true"), (["a"], "a"), ({"page": 2}, '{"page": 2}'), ("", None)],
)
def test_a_next_page_is_named_by_text(following: object, told: str | None) -> None:
    """What is no text leads nowhere; an empty one ends the list."""
    body = {"results": [], "next": following}
    if told is None:
        assert page_of(body, "GET x", "model") == Page([], None, None)
        return
    with pytest.raises(KeywordsAIError) as raised:
        page_of(body, "GET x", "model")
    assert str(raised.value) == f"GET x returned a `next` that is not an address: {told}"


@pytest.mark.parametrize(
    "following",
    [
        "http://[bad",
        "http://host:99999/api/models/?page=2",
        "http://host:port/api/models/",
        "ftp://host/api/models/?page=2",
        "javascript:alert(1)",
        "mailto:somebody@host",
        "?page=\0",
        "?page=\x7f2",
        "/api/models/\n?page=2",
        f"?page={'2' * 70_000}",
    ],
)
def test_a_next_page_that_is_no_address_is_told(following: str) -> None:
    """Whatever an answer says, the user reads one line of it, and nothing is sent."""
    with pytest.raises(KeywordsAIError) as raised:
        next_path(following, "http://host", MODELS)
    told = shortened(following)
    assert str(raised.value) == f"The next page of the model list is not an address: {told}"


HIDDEN_NUMBER = 8421.75


def refused(call: Callable[..., object], *arguments: object) -> str:
    """Give the sentence in which a call ends."""
    with pytest.raises(KeywordsAIError) as raised:
        call(*arguments)
    return str(raised.value)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (model_of, ({"model_name": "x {words}"}, "m", "GET")),
        (model_of, ({"model_name": "X {words}"}, f"x {KEY}", "GET")),
        (page_of, ({"results": [], "next": {"page": "x {words}"}}, "GET x", "model")),
        (page_of, ({"results": [], "next": {"page": f"{'x' * 85} {{words}}"}}, "GET x", "model")),
        (page_of, ({}, "GET /api/models/?page={words}", "model")),
        (next_path, ("http://{words}/", "http://host", MODELS)),
        (next_path, ("ftp://a/{words}", "http://host", MODELS)),
        (decipher, (answer(500, "Oops"), "GET /api/models/?page={words}")),
        (decipher, (answer(200, "Oops"), "GET /api/models/?page={words}")),
        (decipher, (answer(302, location="https://a/{words}/x/"), "GET /x/")),
    ],
)
def test_nothing_that_is_hidden_is_in_the_services_words(
    call: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """Neither the key nor a secret number, in any of the sentences that repeat it, cut or whole."""
    hide(KEY, "[key]")
    hide(HIDDEN_NUMBER)
    for words in (KEY, str(HIDDEN_NUMBER)):
        told = refused(call, *(_with(each, words) for each in arguments))
        assert not [part for part in (KEY[:6], "8421") if part.lower() in told.lower()]


def _with(value: Any, words: str) -> Any:  # noqa: ANN401  (JSON)
    """Put words where a value has a place for them."""
    if isinstance(value, Answer):
        return replace(value, headers=_with(value.headers, words))
    if isinstance(value, dict):
        return {name: _with(item, words) for name, item in value.items()}
    return value.replace("{words}", words) if isinstance(value, str) else value


LONG = "x" * 4_000_000


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (model_of, ({"model_name": LONG}, "m", "GET")),
        (model_of, ({"model_name": LONG}, LONG.upper(), "GET")),
        (model_of, ({"model_name": f"m{' ' * 4_000_000}"}, "m", "GET")),
        (model_of, ({"model_name": "two\nlines"}, "m", "GET")),
        (model_of, ({}, LONG, "GET")),
        (page_of, ({"results": [], "next": {"page": LONG}}, "GET x", "model")),
        (page_of, ({}, f"GET /api/models/?page={LONG}", "model")),
        (next_path, (f"http://{LONG}/", "http://host", MODELS)),
        (next_path, (f"http://{LONG[:7_000]}/", "http://host", MODELS)),
        (decipher, (answer(500), f"GET /api/models/{LONG}/")),
        (decipher, (answer(302, location=f"https://{LONG}/x/"), "GET /x/")),
    ],
)
def test_every_sentence_is_short(
    call: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """However much a service says, or is asked for, it is one line that can be read."""
    told = refused(call, *arguments)
    assert (len(told) < 1_100, "\n" in told) == (True, False)


@pytest.mark.parametrize("body", [{"model_name": "m", "x": 1}, {"id": "m"}])
def test_a_model_is_read_by_its_name(body: dict[str, object]) -> None:
    """The object must carry the name that was asked for; `id` serves where it is left out."""
    assert model_of(body, "m", "GET") == {**body, "model_name": "m"}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"model_name": "other"}, "the model other"),
        ({"id": "m", "model_name": "other"}, "the model other"),
        ({"id": "other"}, "the model other"),
        ({}, "no model object"),
        ({"model_name": None}, "no model object"),
        ([{"model_name": "m"}], "no model object"),
        (None, "no model object"),
        ("m", "no model object"),
    ],
)
def test_another_object_is_not_taken_for_the_model(body: object, what: str) -> None:
    """Another model's object, a list and an empty answer never become this model's state."""
    with pytest.raises(KeywordsAIError) as raised:
        model_of(body, "m", "POST")
    assert str(raised.value) == f"POST for m returned {what}."
