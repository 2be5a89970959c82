"""The client's own decisions, with answers handed in: no socket, and no time passes but its own."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from keywordsai_dynamic.api import sending
from keywordsai_dynamic.api.answers import Answer, folded, model_of, name_of
from keywordsai_dynamic.api.client import KeywordsAIClient, Listing, UpsertResult
from keywordsai_dynamic.api.sending import OutdatedError, Sender
from keywordsai_dynamic.core.errors import (
    APIConnectionError,
    APIStatusError,
    KeywordsAIError,
    NotFoundError,
)
from keywordsai_dynamic.core.redaction import hide
from keywordsai_dynamic.core.settings import Settings

BODY = {"model_name": "m", "input_cost": 1.0}
MODEL = {"model_name": "m", "input_cost": 1}
BROKEN = APIConnectionError("broken")
ALL = "GET /api/models/?all=true"
LIST = "POST /api/models/list/?page=1&page_size=100"


class Wire(KeywordsAIClient):
    """A client whose answers come in turn, a second after they were asked for: status and body.

    Bytes are sent as they are. An error is a connection that breaks, a function what happens before
    the answer. Sleeping takes no time but that of its own clock.
    """

    def __init__(
        self, *answers: tuple[int, Any] | APIConnectionError, deadline: float = 100
    ) -> None:
        settings = Settings("k", "the test", "http://127.0.0.1", deadline=deadline)
        super().__init__(Sender(settings, clock=lambda: self.time, sleep=self.pass_time, wire=self))
        self.time = 0.0
        self.answers = list(answers)
        self.asked: list[str] = []
        self.slept: list[float] = []
        self.ends: set[float] = set()

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.time += seconds

    def exchange(
        self, method: str, path: str, _body: Mapping[str, Any] | None, seconds: float
    ) -> Answer | APIConnectionError:
        """Answer in turn."""
        self.ends.add(self.time + seconds)
        if seconds <= 0:
            raise APIConnectionError("the call's time is up")
        self.asked.append(f"{method} {path}")
        asked_at = self.time
        self.time += 1
        answer = self.answers.pop(0)
        if isinstance(answer, APIConnectionError):
            return answer
        status, content = answer
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        return Answer(status, {}, text, asked_at)


A, B, C = ({"model_name": name} for name in "abc")


@pytest.mark.parametrize(
    ("body", "agrees"),
    [
        ([], True),
        ([{"model_name": "a"}], True),
        ([{"model_name": "a", "id": "x"}], True),
        ([{"model_name": "a"}, {"id": "b"}], False),
        ([{"id": "a"}], False),
        ([{"model_name": "", "id": "a"}], False),
        ([{"model_name": "a"}, {"model_name": "a"}], True),
        ([{"model_name": "a"}, {"model_name": None}], False),
        ([{"model_name": "a"}, {"id": 7}], False),
        ([{"model_name": "a"}, {}], False),
        ({"results": [A]}, True),
        ({"results": [{"id": "a"}]}, False),
        ({"results": [{"id": "a"}], "next": None, "count": 1}, False),
        ({"results": [A], "next": None, "count": 1}, True),
        ({"results": [A], "next": None, "count": 2}, False),
        ({"results": [A], "next": None, "count": 0}, False),
        ({"results": [A], "next": None, "count": 1, "total_count": 1}, True),
        ({"results": [A], "next": None, "count": 1, "total_count": 2}, False),
        ({"results": [A], "next": None, "count": 2, "total_count": 1}, True),
        ({"results": [A], "total": 1}, True),
        ({"results": [A], "total": 2}, False),
        ({"results": [A], "total": 2, "count": 1}, True),
        ({"results": [A], "total": 1, "count": 2}, False),
        ({"results": [A], "total": 2, "total_count": 1}, True),
        ({"results": [A], "total": 2, "count": "many", "total_count": None}, False),
        ({"models": [A], "count": "1"}, True),
        ({"models": [A], "count": "2"}, False),
        ({"models": [A], "count": "0"}, False),
        ({"models": [A], "count": 1.0}, True),
        ({"models": [A], "count": 2.0}, False),
        ({"models": [A], "count": "1.0"}, True),
        ({"models": [A], "total_count": "2"}, False),
        ({"models": [A], "total": "2"}, False),
        *(({"models": [A], "count": count}, True) for count in ("many", "", None, [2], {"all": 2})),
        *(({"models": [A], "count": count}, True) for count in ("inf", "nan")),
        ({"results": [A, B, A], "count": 2}, True),
        ({"results": [A, B, A], "count": 3}, False),
        ({"results": [], "count": 0}, True),
        *(({"results": [A], more: True}, False) for more in ("has_more", "has_next")),
        *(({"results": [A], more: True, "count": 1}, False) for more in ("has_more", "has_next")),
        *(({"results": [A], more: True, "next": None}, False) for more in ("has_more", "has_next")),
        *(({"results": [A], more: True, "next": ""}, False) for more in ("has_more", "has_next")),
        *(({"results": [A], more: False, "count": 1}, True) for more in ("has_more", "has_next")),
        *(({"results": [A], more: None}, True) for more in ("has_more", "has_next")),
    ],
)
def test_a_list_agrees_with_itself_where_it_has_what_it_counts(body: Any, agrees: bool) -> None:  # noqa: ANN401  (JSON)
    """An array or one page, with as many names as it says there are, and a `model_name` for each.

    A count may be written as text, and what is no number counts nothing. Where there is more and no
    word of where, the list is not whole.
    """
    client = Wire((200, body))
    models = body if isinstance(body, list) else body.get("results", body.get("models"))
    assert client.list_models() == Listing(models, 0.0, agrees, 1)
    assert client.asked == [ALL]


@pytest.mark.parametrize(
    ("pages", "agrees"),
    [
        ([{"results": [A, B]}, {"results": [C]}], True),
        ([{"results": [A, B], "count": 3}, {"results": [C], "count": 3}], True),
        ([{"results": [A, B], "count": 2}, {"results": [C], "count": 1}], True),
        ([{"results": [A, B], "count": 3}, {"results": [C]}], True),
        ([{"results": [A, B], "count": 3}, {"results": [C], "count": 2}], False),
        ([{"results": [A, B], "count": 4}, {"results": [C], "count": 4}], False),
        ([{"results": [A, B], "count": 2}, {"results": [C], "count": 3}], False),
        ([{"results": [A, B], "count": 2}, {"results": [], "count": 2}], True),
        ([{"results": [A, B]}, {"results": [{}]}], False),
        ([{"results": [{}]}, {"results": [A]}], False),
        ([{"results": [A, B]}, {"results": [{"id": "c"}]}], False),
        ([{"results": [{"id": "a"}], "count": 1}, {"results": [B], "count": 1}], False),
        ([{"results": [A, B], "count": 3}, {"results": [B], "count": 3}], False),
        ([{"results": [A, B], "count": 3}, {"results": [B, C], "count": 3}], True),
        ([{"results": [A, B], "count": 4}, {"results": [B, C], "count": 4}], False),
        ([{"results": [A, B], "count": "3"}, {"results": [C], "count": 3.0}], True),
        ([{"results": [A, B], "count": "2"}, {"results": [C], "count": 1.0}], True),
        ([{"results": [A, B], "count": "4"}, {"results": [C], "count": 4.0}], False),
        ([{"results": [A, B], "total": 3}, {"results": [C], "total": 3}], True),
        ([{"results": [A, B], "total": 4}, {"results": [C], "total": 4}], False),
        ([{"results": [A, B], "has_more": True}, {"results": [C], "has_more": False}], True),
        ([{"results": [A, B], "has_next": True}, {"results": [C], "has_next": False}], True),
        ([{"results": [A, B], "has_more": True}, {"results": [C], "has_more": True}], False),
        ([{"results": [A, B]}, {"results": [C], "count": 3, "has_next": True}], False),
        (
            [{"results": [A, B], "count": 2}, {"results": [C], "count": 1, "has_more": True}],
            False,
        ),
        (
            [
                {"results": [A, B], "count": 2, "total_count": 3},
                {"results": [C], "count": 1, "total_count": 3},
            ],
            True,
        ),
        (
            [
                {"results": [A, B], "count": 2, "total_count": 4},
                {"results": [C], "count": 1, "total_count": 4},
            ],
            False,
        ),
    ],
)
def test_pages_agree_where_they_have_what_they_count(
    pages: list[dict[str, Any]], agrees: bool
) -> None:
    """All of them together, or each of them where the count is that of the page.

    A model that slips from page to page counts once; a last page that is not the last proves
    nothing.
    """
    client = Wire((200, {**pages[0], "next": "?page=2"}), (200, {**pages[1], "next": None}))
    models = [model for page in pages for model in page["results"]]
    assert client.list_models() == Listing(models, 0.0, agrees, 2)


def test_a_list_in_pages_is_as_old_as_its_first_page() -> None:
    """Pages shift while they are read; the caller is told of each as it comes."""
    client = Wire(
        BROKEN,
        (200, {"results": [A, B], "next": "?page=2", "total_count": 3}),
        (200, {"results": [C], "next": None, "total_count": 3}),
    )
    told: list[int] = []
    listing = client.list_models(on_page=told.append)
    asked_at = 1.0 + client.slept[0]  # the try that was answered
    assert listing == Listing([A, B, C], asked_at, agrees=True, pages=2)
    assert told == [2, 3]
    assert client.asked == [ALL, ALL, "GET /api/models/?page=2"]


def test_a_list_without_an_end_is_given_up() -> None:
    """After a thousand pages there is something wrong with `next`."""
    pages = [(200, {"results": [A], "next": f"?page={at}"}) for at in range(1_002)]
    client = Wire(*pages, deadline=10_000)
    with pytest.raises(KeywordsAIError) as endless:
        client.list_models()
    assert str(endless.value) == ("The model list does not end: there is another page after 1,000.")
    assert len(client.asked) == 1_000


def test_all_pages_have_the_time_of_one_call() -> None:
    """So has a write whose model has to be read."""
    client = Wire(*[(200, {"results": [A], "next": f"?page={at}"}) for at in range(200)])
    with pytest.raises(APIConnectionError):
        client.list_models(deadline=50)
    assert (len(client.asked), client.ends) == (50, {50.0})
    client = Wire((202, b""), *[GONE] * 4)
    with pytest.raises(NotFoundError):
        client.upsert_model(BODY, deadline=4)
    assert (len(client.asked), client.ends) == (3, {4.0})


@pytest.mark.parametrize("first", [404, 405])
@pytest.mark.parametrize("second", [404, 405])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": "Not found."}, "Not found."),
        (b"<h1>Not Found</h1>", "Not Found"),
        (b"", "no explanation"),
        ({"message": "no Route matched"}, "no Route matched"),
    ],
)
def test_a_service_without_a_list_is_known_by_both_routes(
    first: int, second: int, body: object, words: str
) -> None:
    """404 or 405 at both, whatever the body, means that there is none."""
    client = Wire((first, body), (second, body))
    with pytest.raises(NotFoundError) as refused:
        client.list_models()
    assert str(refused.value) == f"{LIST} returned {second}: {words}"
    assert (refused.value.status_code, refused.value.detail) == (404, words)
    assert client.asked == [ALL, LIST]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_list_that_is_refused_is_no_missing_list(status: int) -> None:
    """An error of either route is an error, and no reason to ask model by model."""
    for answers in ([(status, b"")], [(404, b""), (status, b"")]):
        with pytest.raises(APIStatusError) as refused:
            Wire(*answers).list_models()
        assert (type(refused.value), refused.value.status_code) == (APIStatusError, status)


PROXY = "but not from the Keywords AI API (check the base URL)"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", f", {PROXY}: no explanation"),
        (b"<h1>404 Not Found</h1><hr>nginx", f", {PROXY}: 404 Not Found nginx"),
        ({"message": "no Route matched"}, f", {PROXY}: no Route matched"),
        ({}, f", {PROXY}: no explanation"),
        ({"detail": ""}, f", {PROXY}: detail: "),
        (["detail"], f", {PROXY}: detail"),
        ("detail", f", {PROXY}: detail"),
        ({"detail": "Not found."}, None),
        ({"error": "Model not found"}, None),
        ({"error": {"message": "Model not found"}}, None),
    ],
)
@pytest.mark.parametrize("verb", ["retrieve_model", "find_model", "delete_model"])
def test_only_the_apis_own_404_says_that_a_model_is_not_there(
    verb: str, body: object, words: str | None
) -> None:
    """A JSON object with `detail` or `error` is the API's; a proxy's 404 is an error like any."""
    call = getattr(Wire((404, body)), verb)
    if words is None and verb == "find_model":
        assert call("m") == (None, 0.0)
        return
    with pytest.raises(APIStatusError) as refused:
        call("m")
    assert isinstance(refused.value, NotFoundError) == (words is None)
    if words is not None:
        method = "DELETE" if verb == "delete_model" else "GET"
        sentence = f"{method} /api/models/m/ returned 404{words}"
        assert str(refused.value).strip() == sentence.strip()


def test_a_model_is_found_with_the_moment_it_was_asked_for() -> None:
    """It is that of the try that was answered, as on the client's own clock."""
    client = Wire(BROKEN, (200, MODEL))
    began = client.now
    assert client.find_model("m") == (MODEL, 1.0 + client.slept[0])
    assert (began, client.now) == (0.0, 2.0 + client.slept[0])


@pytest.mark.parametrize(
    ("answers", "not_after", "asked", "tries"),
    [
        ([(201, MODEL)], None, 1, None),
        ([(201, MODEL)], 0.0, 1, None),
        ([], -0.1, 0, 0),
        ([(429, {"retry_after": 30}), (201, MODEL)], 31.0, 2, None),
        ([(429, {"retry_after": 30})], 30.9, 1, 0),
        ([BROKEN, (201, MODEL)], 2.0, 2, None),
        ([BROKEN], 1.4, 1, 1),
        ([(503, b""), (503, b"")], 3.4, 2, 2),
    ],
)
def test_a_write_is_not_sent_later_than_what_it_relies_on(
    answers: list[Any], not_after: float | None, asked: int, tries: int | None
) -> None:
    """No try goes out too late, whatever it had to wait for; those before it are counted that may
    have taken effect, and those over the limit are not.
    """
    client = Wire(*answers)
    if tries is None:
        written = client.upsert_model(BODY, not_after=not_after)
        assert written == UpsertResult(MODEL, 201, repeated=BROKEN in answers)
    else:
        with pytest.raises(OutdatedError) as late:
            client.upsert_model(BODY, not_after=not_after)
        assert late.value.unclear == tries
    assert client.asked == ["POST /api/models/"] * asked


def test_a_delete_is_not_sent_later_than_what_it_relies_on() -> None:
    """A replacement that deletes first relies on a look, as a write does."""
    client = Wire((429, {"retry_after": 30}), (204, b""))
    with pytest.raises(OutdatedError):
        client.delete_model("m", not_after=30.9)
    assert client.delete_model("m", not_after=31.0)
    assert client.asked == ["DELETE /api/models/m/"] * 2


WRITES: dict[str, Callable[[Wire, float | None], object]] = {
    "POST /api/models/": lambda client, deadline: client.upsert_model(BODY, deadline=deadline),
    "DELETE /api/models/m/": lambda client, deadline: client.delete_model("m", deadline=deadline),
}


@pytest.mark.parametrize("request_", WRITES)
@pytest.mark.parametrize(
    ("answer", "deadline", "tries"),
    [
        ((429, {"retry_after": 30}), None, 2),
        ((429, {"retry_after": 30}), 31.1, 2),
        ((429, {"retry_after": 30}), 31.0, 1),
        ((429, {"retry_after": 98}), 1000.0, 2),
        ((429, {"retry_after": 99}), 1000.0, 1),
        ((503, b""), 2.1, 2),
        ((503, b""), 1.5, 1),
        (BROKEN, 2.1, 2),
        (BROKEN, 1.5, 1),
    ],
)
def test_a_write_is_tried_until_its_deadline(
    request_: str,
    answer: Any,  # noqa: ANN401  (JSON)
    deadline: float | None,
    tries: int,
) -> None:
    """The deadline of the caller, or that of the settings where it is sooner, ends the tries."""
    client = Wire(answer, (200, MODEL))
    if tries == 2:
        assert WRITES[request_](client, deadline)
    else:
        with pytest.raises((APIStatusError, APIConnectionError)) as ended:
            WRITES[request_](client, deadline)
        said = 0 if answer is BROKEN else answer[0]
        assert getattr(ended.value, "status_code", 0) == said
        assert client.slept == []
    assert client.asked == [request_] * tries


GONE = (404, {"detail": "Not found."})


@pytest.mark.parametrize(
    ("answers", "certain"),
    [
        ([(204, b"")], True),
        ([(200, b"")], True),
        ([(200, b"null")], True),
        ([(200, {})], True),
        ([(200, {"deleted": True})], True),
        ([(200, MODEL)], True),
        ([(200, {"error": None, "detail": ""})], True),
        ([(200, [{"error": "No."}])], True),
        ([(200, {"error": "No."})], False),
        ([(200, {"error": {"message": "No."}})], False),
        ([(200, {"detail": "Scheduled."})], False),
        ([BROKEN, (204, b"")], True),
        ([(503, b""), BROKEN, (200, {})], True),
        ([BROKEN, (200, {"detail": "Scheduled."})], False),
        ([BROKEN, GONE], False),
        ([(502, b""), GONE], False),
        ([(503, b""), GONE], False),
        ([(504, b""), GONE], False),
        ([BROKEN, (429, {"retry_after": 1}), GONE], False),
        ([(404, {"error": "Model not found"})], None),
        ([GONE], None),
        ([(429, {"retry_after": 1}), GONE], None),
    ],
)
def test_a_delete_tells_whether_the_model_is_certainly_gone(
    answers: list[Any], certain: bool | None
) -> None:
    """Not where an earlier try may have deleted it, nor where a success has words to say.

    Where no try before it may have taken effect, the API's 404 is an error.
    """
    client = Wire(*answers)
    if certain is None:
        with pytest.raises(NotFoundError) as missing:
            client.delete_model("m")
        words = next(iter(answers[-1][1].values()))
        assert str(missing.value) == f"DELETE /api/models/m/ returned 404: {words}"
    else:
        assert client.delete_model("m") is certain
    assert client.asked == ["DELETE /api/models/m/"] * len(answers)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b"", ", but not from the Keywords AI API (check the base URL): no explanation"),
        (500, {"detail": "No use."}, ": No use."),
        (403, {"detail": "Not found."}, ": Not found."),
    ],
)
def test_a_repeated_delete_that_is_refused_is_an_error(
    status: int, body: object, words: str
) -> None:
    """What is not the API's own 404 says nothing of what an earlier try has done."""
    with pytest.raises(APIStatusError) as refused:
        Wire(BROKEN, (status, body)).delete_model("m")
    assert (type(refused.value), refused.value.status_code) == (APIStatusError, status)
    assert str(refused.value) == f"DELETE /api/models/m/ returned {status}{words}"


def test_a_write_that_was_not_sent_costs_the_others_nothing() -> None:
    """Its permit is given back: where the limit lets one go at a time, the next goes at once."""
    client = Wire((429, {"retry_after": 30}), (200, MODEL))
    with pytest.raises(OutdatedError):
        client.upsert_model(BODY, not_after=5.0)
    client.slept.clear()
    assert client.find_model("m") == (MODEL, 31.0)
    assert client.slept == []


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("waits", [[], [0.5], [0.5, 1.0], [0.5, 1.0, 2.0]])
def test_a_write_without_a_body_is_read_as_soon_as_it_is_there(
    status: int, waits: list[float]
) -> None:
    """What was accepted may take a moment; the status is that of the write."""
    client = Wire((status, b""), *[(404, {"detail": "Not found."})] * len(waits), (200, MODEL))
    assert client.upsert_model(BODY) == UpsertResult(MODEL, status, repeated=False)
    assert client.slept == waits
    assert client.asked == ["POST /api/models/", *["GET /api/models/m/"] * (len(waits) + 1)]


def test_the_status_of_a_write_is_told_before_a_read_that_may_fail() -> None:
    """What the status shows, such as an overwritten newcomer, must not be lost with the read."""
    told: list[tuple[int, bool]] = []
    client = Wire((200, b""), (403, {"detail": "Forbidden."}))
    with pytest.raises(KeywordsAIError, match="403"):
        client.upsert_model(BODY, on_success=lambda *each: told.append(each))
    assert told == [(200, False)]


@pytest.mark.parametrize(
    "body", [{}, {"status": "queued"}, {"model_name": None}, {"id": 7}, {"model": MODEL}, [], "ok"]
)
@pytest.mark.parametrize("waits", [[], [0.5]])
def test_a_write_that_was_accepted_without_the_model_is_read(
    body: object, waits: list[float]
) -> None:
    """A 202 that names no model speaks of the request; no other success may."""
    client = Wire((202, body), *[GONE] * len(waits), (200, MODEL))
    assert client.upsert_model(BODY) == UpsertResult(MODEL, 202, repeated=False)
    assert client.slept == waits
    assert client.asked == ["POST /api/models/", *["GET /api/models/m/"] * (len(waits) + 1)]
    for status in (200, 201):
        client = Wire((status, body))
        with pytest.raises(KeywordsAIError) as refused:
            client.upsert_model(BODY)
        assert str(refused.value) == "POST for m returned no model object."
        assert client.asked == ["POST /api/models/"]


def test_a_write_that_was_accepted_with_a_model_is_not_read() -> None:
    """A 202 that names the model has it; one that names another is an error."""
    client = Wire((202, MODEL))
    assert client.upsert_model(BODY) == UpsertResult(MODEL, 202, repeated=False)
    assert client.asked == ["POST /api/models/"]
    with pytest.raises(KeywordsAIError) as refused:
        Wire((202, {"model_name": "x"})).upsert_model(BODY)
    assert str(refused.value) == "POST for m returned the model x."


def test_a_write_that_never_shows_is_an_error() -> None:
    """After four looks in 3.5 seconds the API's 404 is what the user reads."""
    client = Wire((202, b""), *[(404, {"detail": "Not found."})] * 4)
    with pytest.raises(NotFoundError) as missing:
        client.upsert_model(BODY)
    assert str(missing.value) == "GET /api/models/m/ returned 404: Not found."
    assert client.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("call", [Wire.retrieve_model, Wire.find_model])
@pytest.mark.parametrize("answered", ["acme/one", "Acme/One ", "\uff21cme/One"])
def test_a_service_that_takes_two_names_for_one_is_told_of(
    call: Callable[[Wire, str], object], answered: str
) -> None:
    """What is answered under another spelling is neither the model nor anybody else's."""
    with pytest.raises(KeywordsAIError) as refused:
        call(Wire((200, {"model_name": answered})), "Acme/One")
    assert str(refused.value) == (
        f"The service returns {answered} for Acme/One: it treats the two as one name. Declare "
        f'the name as "{answered}".'
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("acme/one", "ACME/One", True),
        ("straße", "STRASSE", True),
        ("é", "e\u0301", True),
        (" a", "a ", True),
        ("\uff41", "a", True),
        ("a b", "ab", False),
        ("acme/one", "acme-one", False),
        ("o", "0", False),
    ],
)
def test_which_names_a_service_may_take_for_one(one: str, other: str, expected: bool) -> None:
    """Case, width, composition and outer spaces may not count; anything else does."""
    assert (folded(one) == folded(other)) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"model_name": "m", "id": "x"}, "m"),
        ({"id": "m"}, "m"),
        ({"model_name": None, "id": "m"}, "m"),
        ({"model_name": "", "id": "m"}, "m"),
        ({"model_name": 7, "id": "m"}, None),
        ({"id": 7}, None),
        ({"name": "m"}, None),
        ({}, None),
    ],
)
def test_a_model_is_named_by_its_name_or_its_id(model: dict[str, Any], expected: str) -> None:
    """`id` serves where the name is left out; what is no text is no name."""
    assert name_of(model) == expected
    if expected:
        assert model_of(model, expected, "GET") == {**model, "model_name": expected}


def test_a_limit_that_cannot_be_read_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks behind a 429, its permit comes back, and the next call goes out."""
    client = Wire((429, {"retry_after": 1}), (429, {}), (200, MODEL))
    readings = iter([1.0])
    monkeypatch.setattr(sending, "retry_after", lambda *_: next(readings))
    with pytest.raises(StopIteration):
        client.retrieve_model("m")
    assert client.retrieve_model("m") == MODEL


def test_a_limit_with_a_date_beyond_any_clock_is_waited_out() -> None:
    """What makes no sense is no word of when."""
    date = "Mon, 01 Jan 2024 00:00:00 +99999999999999"
    client = Wire((429, {"retry_after": date}), (200, MODEL))
    assert client.retrieve_model("m") == MODEL
    assert sum(client.slept) == 2


@pytest.mark.parametrize("asked", [86_401, 1e15, 1e300, "1e308"])
def test_a_wait_of_more_than_a_day_is_not_counted(asked: object) -> None:
    """No deadline would be enough; later is all there is to say."""
    client = Wire((429, {"detail": "No.", "retry_after": asked}))
    for request in ("returned 429", "was not sent, because of the request limit"):
        with pytest.raises(APIStatusError) as limited:
            client.retrieve_model("m")
        assert str(limited.value) == (
            f"GET /api/models/m/ {request}: No. The service asks to wait more than a day, "
            "longer than any call waits. Run again later."
        )


@pytest.mark.parametrize("end", ["again", "500", "429", "no list"])
def test_a_secret_in_the_address_of_a_page_is_not_shown(end: str) -> None:
    """The service may write what it was told into `next`, and that is in every later sentence."""
    hide(8421.75)
    page = {"results": [A], "next": "?page=8421.75"}
    last = {
        "again": (200, page),
        "500": (500, b""),
        "429": (429, {"retry_after": 1_000}),
        "no list": (200, {}),
    }[end]
    with pytest.raises(KeywordsAIError) as refused:
        Wire((200, page), last, last).list_models()
    assert "/api/models/?page=[secret]" in str(refused.value)
