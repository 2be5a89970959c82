"""Reading an answer is pure: every documented shape of success and failure, as a table."""

import json

import pytest

from keywordsai_dynamic.answers import (
    Answer,
    Page,
    decipher,
    error_detail,
    model_of,
    page_of,
    retry_after,
)
from keywordsai_dynamic.client import model_path
from keywordsai_dynamic.errors import APIStatusError, KeywordsAIError, NotFoundError


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
        ("<html>hello</html>", "<html>hello</html>"),
        ('{"id": "m", ', '{"id": "m",'),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (" ", "no explanation"),
    ],
)
def test_a_success_that_is_no_json_is_an_error(body: str | bytes, seen: str) -> None:
    """A broken or foreign body under a 2xx is told with its beginning."""
    with pytest.raises(APIStatusError) as raised:
        decipher(answer(200, body), "GET x")
    assert str(raised.value) == f"GET x was answered 200 with a body that is no JSON: {seen}"


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
    assert str(raised.value) == f"GET x was answered {status}: why"
    assert (raised.value.status_code, raised.value.detail) == (status, "why")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(status: int) -> None:
    """The user learns where the service has moved to."""
    with pytest.raises(APIStatusError) as raised:
        decipher(answer(status, location="https://api.respan.ai/api/models/"), "POST x")
    assert str(raised.value) == (
        f"POST x was answered {status}: redirected to https://api.respan.ai/api/models/; "
        "set the base URL to it"
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


def test_long_words_are_cut() -> None:
    """Three hundred characters of an error are enough, on one line."""
    words = error_detail(answer(500, {"detail": "long\n" * 200}))
    assert (len(words), words[:12], words[-1], "\n" in words) == (300, "long long lo", "…", False)


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("5", {"retry_after": 30}, 5.0),
        (None, {"retry_after": 30}, 30.0),
        (None, {"retry_after": "2.5"}, 2.5),
        ("0", {"retry_after": 30}, 0.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", {"retry_after": 30}, 30.0),
        ("-1", {}, None),
        ("inf", {"retry_after": "nan"}, None),
        (None, {"retry_after": None}, None),
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
    assert retry_after(answer(429, body, **headers)) == seconds


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
    """A bare array, a page object with `results`, and a catalogue with `models` are all lists.

    What a page says of the number of all models is read, that of the newest generation first.
    """
    assert page_of(body, "GET x") == Page(*expected)


@pytest.mark.parametrize(
    "body",
    [
        *(None, {}, {"id": "m"}, {"results": {}}, ["m"], [{"id": "m"}, None], "m", 7),
        {"results": [], "next": 2},
    ],
)
def test_what_is_no_list_is_refused(body: object) -> None:
    """An answer without a list of objects is told, and never taken for an empty list."""
    with pytest.raises(KeywordsAIError) as raised:
        page_of(body, "GET x")
    assert str(raised.value) == "GET x was answered with no list of models."


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
    assert str(raised.value) == f"POST for m was answered with {what}."
