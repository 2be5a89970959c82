"""What no service should answer, over real sockets: an error or a retry, never a wrong state."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import APIConnectionError, KeywordsAIError, NotFoundError
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.faults import When

MODEL = {"id": "m", "model_name": "m", "affiliation_category": "custom", "input_cost": 1.0}
BODY = {"model_name": "m", "input_cost": 2.0}
HTML = "<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"
FINE = "fine"


class Time:
    """A clock that a sleep moves on at once."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        """Give the seconds, those slept included."""
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        """Take no time."""
        self.slept.append(seconds)


class Verb(NamedTuple):
    """One call of the client, its request, and whether its outcome is the truth."""

    request: str
    call: Callable[[KeywordsAIClient], Any]
    is_true: Callable[[Any, Emulator], bool]


def outcome_of_delete(client: KeywordsAIClient) -> str:
    """Delete the model, and tell whether it was there, and is certainly gone."""
    try:
        return "deleted" if client.delete_model("m") else "unclear"
    except NotFoundError:
        return "not there"


def told_of_delete(emulator: Emulator) -> str:
    """Say what the client must tell of a delete, by the first and the last of its answers.

    What is over the limit has not taken effect: a 404 after it says that there was no model.
    """
    first, last = emulator.requests[0].status, emulator.requests[-1].status
    return {204: "deleted", 404: "not there" if first == 429 else "unclear"}[last]


VERBS = {
    "upsert": Verb(
        "POST /api/models/",
        lambda client: client.upsert_model(BODY).model,
        lambda model, emulator: (
            (model["input_cost"], emulator.models()["m"]["input_cost"]) == (2.0, 2.0)
        ),
    ),
    "retrieve": Verb(
        "GET /api/models/m/",
        lambda client: client.retrieve_model("m"),
        lambda model, _: (model["model_name"], model["input_cost"]) == ("m", 1.0),
    ),
    "list": Verb(
        "GET /api/models/?all=true",
        lambda client: client.list_models().models,
        lambda models, _: any(model["model_name"] == "m" for model in models),
    ),
    "delete": Verb(
        "DELETE /api/models/m/",
        outcome_of_delete,
        # A 404 is told, so that the caller can ask: was it the try before that deleted the model?
        lambda outcome, emulator: (outcome, emulator.models()) == (told_of_delete(emulator), {}),
    ),
}

# What the next answer is, and how it ends: fine after a retry, or with this error. {request} and
# {who} stand for the request and what the client calls it.
NO_OBJECT = "{who} returned no model object."
NO_LIST = "{who} returned something other than a model list."
NO_JSON = "{request} returned 200 with a body that is not JSON: {seen}"
PLAYED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "HTML 502": ({"status": 502, "raw": HTML}, {}),
    "503": ({"status": 503}, {}),
    "504 without a body": ({"status": 504, "raw": b""}, {}),
    "broken off in the body": ({"status": 200, "body": MODEL, "cut_after": 5}, {}),
    "429": ({"status": 429}, {}),
    "500": (
        {"status": 500},
        dict.fromkeys(VERBS, "{request} returned 500: Internal server error"),
    ),
    "HTML 400 of 10 MB": (
        {"status": 400, "raw": "<script" * 1_500_000},
        dict.fromkeys(VERBS, "{request} returned 400: " + ("<script" * 43)[:299] + "…"),
    ),
    "no body": (
        {"status": 200, "raw": b""},
        {"retrieve": NO_OBJECT, "list": NO_LIST},
    ),
    "null": (
        {"status": 200, "raw": b"null"},
        {"retrieve": NO_OBJECT, "list": NO_LIST},
    ),
    "a list where an object is due, and the other way round": (
        {"status": 200, "body": [MODEL]},
        {"upsert": NO_OBJECT, "retrieve": NO_OBJECT},
    ),
    "an object where a list is due": ({"status": 200, "body": MODEL}, {"list": NO_LIST}),
    "another model's object": (
        {"status": 200, "body": {**MODEL, "id": "x", "model_name": "x"}},
        {
            "upsert": "{who} returned the model x.",
            "retrieve": "{who} returned the model x.",
            "list": NO_LIST,
        },
    ),
    "half of a JSON": (
        {"status": 200, "raw": '{"id": "m", "mod'},
        dict.fromkeys(VERBS, NO_JSON.replace("{seen}", '{{"id": "m", "mod')),
    ),
    "NaN": (
        {"status": 200, "raw": '{"model_name": "m", "input_cost": NaN}'},
        dict.fromkeys(
            VERBS,
            "{request} returned 200 with a body that contains NaN or a number that is too "
            'large: {{"model_name": "m", "input_cost": NaN}}',
        ),
    ),
    "a million brackets": (
        {"status": 200, "raw": "[" * 1_000_000},
        dict.fromkeys(
            VERBS,
            "{request} returned 200 with a body that nests more than 20 levels deep: "
            + "[" * 299
            + "…",
        ),
    ),
    "HTML called JSON": (
        {"status": 200, "raw": HTML, "headers": {"Content-Type": "application/json"}},
        dict.fromkeys(VERBS, NO_JSON.replace("{seen}", "502 Bad Gateway nginx")),
    ),
    **{
        f"{status}": (
            {"status": status, "raw": "", "headers": {"Location": "https://elsewhere.example/"}},
            dict.fromkeys(
                VERBS,
                f"{{request}} returned {status}: redirected to https://elsewhere.example/, "
                "which is not followed; check the base URL (KEYWORDSAI_BASE_URL or "
                "keywordsai:baseUrl)",
            ),
        )
        for status in (301, 302, 303, 307, 308)
    },
}
FREAKS = [
    pytest.param(verb, {**played, "when": when}, errors, id=f"{name}-{verb}-{when}")
    for name, (played, errors) in PLAYED.items()
    for verb, when in (
        ("upsert", "before"),
        ("upsert", "after"),
        ("delete", "before"),
        ("delete", "after"),
        ("retrieve", "before"),
        ("list", "before"),
    )
    if errors == {} or verb in errors
]


@pytest.fixture
def time_() -> Time:
    """Hold a clock that waits for nobody."""
    return Time()


@pytest.fixture
def client(emulator: Emulator, time_: Time) -> Iterator[KeywordsAIClient]:
    """Hold our client, and a model that lives."""
    emulator.put_model("m", input_cost=1.0)
    settings = Settings(emulator.api_key, "the test", emulator.url, deadline=120)
    connected = KeywordsAIClient(Sender(settings, clock=time_.now, sleep=time_.sleep))
    yield connected
    connected.close()


@pytest.mark.parametrize(("verb", "played", "errors"), FREAKS)
def test_a_freak_answer_ends_in_an_error_or_a_retry(
    client: KeywordsAIClient,
    emulator: Emulator,
    verb: str,
    played: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """Whether or not the request took effect, what the caller gets is the truth or an error."""
    request, call, is_true = VERBS[verb]
    emulator.faults.fail_next(**played)
    if not errors:
        assert is_true(call(client), emulator)
        assert len(emulator.requests) == 2
        return
    with pytest.raises(KeywordsAIError) as raised:
        call(client)
    who = request if verb == "list" else f"{request.split()[0]} for m"
    assert str(raised.value) == errors[verb].format(request=request, who=who)
    assert [f"{arrived.method} {arrived.target}" for arrived in emulator.requests] == [request]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_dropped_connection_is_tried_again(
    client: KeywordsAIClient, emulator: Emulator, time_: Time, verb: str, when: When
) -> None:
    """A line that breaks, before or after the write, costs a pause and nothing else."""
    request, call, is_true = VERBS[verb]
    emulator.faults.drop_next(2, when=when)
    assert is_true(call(client), emulator)
    assert [f"{arrived.method} {arrived.target}" for arrived in emulator.requests] == [request] * 3
    assert 0.5 <= time_.slept[0] <= 1 <= time_.slept[1] <= 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("status", "raw"),
    [(200, b""), (200, b"null"), (202, b"null"), (202, b'{"status": "queued"}'), (202, b"[]")],
)
def test_a_write_that_is_answered_without_the_model_is_read(
    client: KeywordsAIClient, emulator: Emulator, status: int, raw: bytes, when: When
) -> None:
    """A success says nothing of the model where it has no body, and one that only accepts the write
    where it names none: what lives is asked for.
    """
    emulator.faults.fail_next(status=status, raw=raw, when=when)
    written = client.upsert_model(BODY)
    lives = {"before": 1.0, "after": 2.0}[when]
    assert (written.model["input_cost"], written.status, written.repeated) == (lives, status, False)
    assert [f"{arrived.method} {arrived.target}" for arrived in emulator.requests] == [
        "POST /api/models/",
        "GET /api/models/m/",
    ]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"detail": "Deletion is scheduled."}, "unclear"),
        ({"error": {"message": "No."}}, "unclear"),
        ({"deleted": True}, "deleted"),
    ],
)
def test_a_delete_that_is_answered_with_words_is_not_certain(
    client: KeywordsAIClient, emulator: Emulator, when: When, body: object, outcome: str
) -> None:
    """A success that has an error or a detail to tell is for the caller to look into."""
    emulator.faults.fail_next(status=200, body=body, when=when)
    assert outcome_of_delete(client) == outcome
    assert [f"{arrived.method} {arrived.target}" for arrived in emulator.requests] == [
        "DELETE /api/models/m/"
    ]


def test_a_repeated_upsert_says_so(client: KeywordsAIClient, emulator: Emulator) -> None:
    """After a retry a 200 is no proof that somebody else made the model."""
    emulator.faults.drop_next(when="after")
    written = client.upsert_model({"model_name": "new"})
    assert (written.status, written.repeated) == (200, True)


@pytest.mark.parametrize("verb", VERBS)
def test_a_line_that_always_breaks_is_an_error(
    client: KeywordsAIClient, emulator: Emulator, time_: Time, verb: str
) -> None:
    """Six tries with growing pauses, and then one line with the host and the reason."""
    emulator.faults.drop_next(99)
    with pytest.raises(APIConnectionError) as raised:
        VERBS[verb].call(client)
    assert str(raised.value) == (
        f"{emulator.url} could not be reached: Server disconnected without sending a response. "
        "Check the network and the base URL (KEYWORDSAI_BASE_URL or keywordsai:baseUrl)."
    )
    assert (len(emulator.requests), len(time_.slept)) == (6, 5)
    assert 7.5 <= sum(time_.slept) <= 23


def test_a_gateway_that_stays_bad_is_told_in_its_own_words(
    client: KeywordsAIClient, emulator: Emulator
) -> None:
    """After six tries the last answer is the error: the status first, the page's words after."""
    emulator.faults.fail_next(99, status=502, raw=HTML)
    with pytest.raises(KeywordsAIError) as raised:
        client.retrieve_model("m")
    assert str(raised.value) == "GET /api/models/m/ returned 502: 502 Bad Gateway nginx"
    assert len(emulator.requests) == 6


def test_a_wrong_content_type_does_not_hide_the_json(
    client: KeywordsAIClient, emulator: Emulator
) -> None:
    """What is read is the body: a model that is called HTML is still the model."""
    emulator.faults.fail_next(
        status=200, raw=json.dumps(MODEL), headers={"Content-Type": "text/html"}
    )
    assert client.retrieve_model("m") == MODEL


def test_ten_megabytes_are_read(client: KeywordsAIClient, emulator: Emulator) -> None:
    """A large answer is an answer."""
    emulator.faults.fail_next(status=200, body={**MODEL, "padding": "x" * 10_000_000})
    assert client.retrieve_model("m")["input_cost"] == 1.0


def test_an_endless_answer_is_given_up(client: KeywordsAIClient, emulator: Emulator) -> None:
    """Beyond 64 MiB no more is read, and nothing is asked again."""
    emulator.faults.fail_next(status=200, raw=b" " * (65 * 1024 * 1024))
    with pytest.raises(KeywordsAIError) as raised:
        client.retrieve_model("m")
    assert str(raised.value) == (f"GET {emulator.url}/api/models/m/ returned more than 64 MiB.")
    assert client.retrieve_model("m")["input_cost"] == 1.0


def test_a_slow_body_ends_at_the_deadline(emulator: Emulator) -> None:
    """An answer that trickles is given up when the call's time is over, and not later."""
    emulator.put_model("m", input_cost=1.0)
    emulator.faults.fail_next(9, status=200, body=MODEL, seconds=20)
    settings = Settings(emulator.api_key, "the test", emulator.url, deadline=0.4)
    client = KeywordsAIClient(Sender(settings))
    began = time.monotonic()
    with pytest.raises(APIConnectionError, match=r"^GET .*/api/models/m/ had no answer within"):
        client.retrieve_model("m")
    client.close()
    assert time.monotonic() - began < 10


def test_a_silent_server_ends_at_the_deadline(emulator: Emulator) -> None:
    """A server that says nothing is given up when the call's time is over."""
    emulator.faults.latency = 20
    settings = Settings(emulator.api_key, "the test", emulator.url, deadline=0.4)
    client = KeywordsAIClient(Sender(settings))
    began = time.monotonic()
    with pytest.raises(APIConnectionError, match=r"^POST .*/api/models/ had no answer within"):
        client.upsert_model(BODY)
    client.close()
    assert time.monotonic() - began < 10


def test_a_limit_that_outlasts_the_deadline_is_told_in_the_services_words(
    emulator: Emulator, time_: Time
) -> None:
    """At the deadline the service's own 429 is the error, and the next call does not go out."""
    emulator.faults.fail_next(
        9, status=429, body={"detail": "Rate limit exceeded", "retry_after": 30}
    )
    settings = Settings(emulator.api_key, "the test", emulator.url, deadline=10)
    told: list[str] = []
    client = KeywordsAIClient(
        Sender(settings, clock=time_.now, sleep=time_.sleep, on_wait=told.append)
    )
    with pytest.raises(KeywordsAIError) as first:
        client.upsert_model(BODY)
    with pytest.raises(KeywordsAIError) as second:
        client.upsert_model(BODY)
    client.close()
    way_out = (
        "Rate limit exceeded. The service asks to wait 30 s, but a call may take only 10 s. Wait "
        "and run again, or raise KEYWORDSAI_DEADLINE."
    )
    assert str(first.value) == f"POST /api/models/ returned 429: {way_out}"
    assert str(second.value) == (
        f"POST /api/models/ was not sent, because of the request limit: {way_out}"
    )
    assert told == []
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("where", ["body", "header", "both", "neither"])
def test_a_limit_is_waited_out(
    client: KeywordsAIClient, emulator: Emulator, time_: Time, where: str
) -> None:
    """However a 429 says how long to wait, the request goes out again after that, and once."""
    said = {} if where in {"header", "neither"} else {"retry_after": 7}
    headers = {"Retry-After": "7"} if where in {"header", "both"} else {}
    emulator.faults.fail_next(status=429, body={"detail": "slow down", **said}, headers=headers)
    assert client.upsert_model(BODY).model["input_cost"] == 2.0
    assert [request.status for request in emulator.requests] == [429, 200]
    assert round(sum(time_.slept)) == (2 if where == "neither" else 7)
