"""Our client against the emulator: what goes over the wire, and what comes back."""

import random
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import islice

import pytest
from harness.lengths import times
from harness.raw_server import raw_server

from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    KeywordsAIError,
    NotFoundError,
)
from keywordsai_dynamic.core.schema import normalize
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.emulator import Emulator, running_emulator
from keywordsai_dynamic.emulator.dialect import ListAnswer

BODY = {"model_name": "acme/llm", "input_cost": 2.5, "output_cost": 10.0, "function_call": 1}


def connect(emulator: Emulator, key: str | None = None, **options: float) -> KeywordsAIClient:
    """Make a client of the emulator; with `key`, another one than its first."""
    secret = key or emulator.api_key
    return KeywordsAIClient(Sender(Settings(secret, "the test", emulator.url, **options)))


@pytest.fixture
def client(emulator: Emulator) -> Iterator[KeywordsAIClient]:
    """Hold our client with a good key."""
    connected = connect(emulator)
    yield connected
    connected.close()


def test_an_upsert_is_sent_letter_for_letter(client: KeywordsAIClient, emulator: Emulator) -> None:
    """Method, path, headers and body are what the API's page says, and nothing more."""
    client.upsert_model(BODY)
    [request] = emulator.requests
    assert (request.method, request.path, request.query) == ("POST", "/api/models/", "")
    assert request.headers == {
        "host": emulator.url.removeprefix("http://"),
        "accept": "*/*",
        "accept-encoding": request.headers["accept-encoding"],
        "connection": "keep-alive",
        "authorization": f"Bearer {emulator.api_key}",
        "user-agent": f"keywordsai-dynamic/{version('keywordsai-dynamic')}",
        "content-length": str(len(request.body)),
        "content-type": "application/json",
    }
    compact = request.body.replace(b": ", b":").replace(b", ", b",")  # httpx 0.27 spaces its JSON
    assert compact == (
        b'{"model_name":"acme/llm","input_cost":2.5,"output_cost":10.0,"function_call":1}'
    )


def test_an_upsert_tells_whether_the_model_is_new(client: KeywordsAIClient) -> None:
    """201 is a new model and 200 an old one; both give the whole object."""
    first, second = client.upsert_model(BODY), client.upsert_model({**BODY, "input_cost": 3})
    assert [(first.status, first.repeated), (second.status, second.repeated)] == [
        (201, False),
        (200, False),
    ]
    assert (first.model["input_cost"], second.model["input_cost"]) == (2.5, 3.0)


def test_a_model_is_read_and_deleted_by_its_path(
    client: KeywordsAIClient, emulator: Emulator
) -> None:
    """A slash in a name stays one; reading and deleting send no body."""
    client.upsert_model(BODY)
    assert client.retrieve_model("acme/llm")["output_cost"] == 10.0
    assert client.delete_model("acme/llm") is True
    with pytest.raises(NotFoundError) as gone:
        client.delete_model("acme/llm")
    assert str(gone.value) == "DELETE /api/models/acme/llm/ returned 404: Not found."
    assert [(r.method, r.target, r.body, r.status) for r in emulator.requests[1:]] == [
        ("GET", "/api/models/acme/llm/", b"", 200),
        ("DELETE", "/api/models/acme/llm/", b"", 204),
        ("DELETE", "/api/models/acme/llm/", b"", 404),
    ]
    with pytest.raises(NotFoundError) as gone:
        client.retrieve_model("acme/llm")
    assert str(gone.value) == "GET /api/models/acme/llm/ returned 404: Not found."


@pytest.mark.parametrize(
    ("list_answer", "asked"),
    [
        ("array", ["GET /api/models/?all=true"]),
        ("page", ["GET /api/models/?all=true"]),
        (
            "not_found",
            [
                "GET /api/models/?all=true",
                "POST /api/models/list/?page=1&page_size=100",
                "POST /api/models/list/?page_size=100&page=2",
            ],
        ),
        (
            "not_allowed",
            [
                "GET /api/models/?all=true",
                "POST /api/models/list/?page=1&page_size=100",
                "POST /api/models/list/?page_size=100&page=2",
            ],
        ),
    ],
)
def test_every_model_is_listed_once(
    client: KeywordsAIClient, emulator: Emulator, list_answer: ListAnswer, asked: list[str]
) -> None:
    """Own and built-in models come complete, from whichever list the service has."""
    emulator.dialect.list_answer = list_answer
    for index in range(120):
        emulator.put_model(f"acme/m{index:03}")
    told: list[int] = []
    listing = client.list_models(on_page=told.append)
    listed = [model["model_name"] for model in listing.models]
    assert (listing.pages, listing.agrees) == (len(told), True)
    hundreds = [100 * page for page in range(1, len(told))]
    assert told == [*hundreds, len(listed)]
    assert len(listed) == len(set(listed))
    assert [name for name in listed if name.startswith("acme/")] == sorted(emulator.models())
    assert "openai/gpt-4o" in listed
    assert [f"{r.method} {r.target}" for r in emulator.requests] == asked


def test_a_wrong_key_is_told_with_its_origin_and_never_shown(emulator: Emulator) -> None:
    """A 401 says where the key came from and what to do about it, and nothing of Pulumi's verbs."""
    client = connect(emulator, key="sk-very-secret")
    emulator.faults.fail_next(status=401, body={"detail": "sk-very-secret is not a key."})
    with pytest.raises(APIStatusError) as refused:
        client.upsert_model(BODY)
    client.close()
    assert str(refused.value) == (
        "POST /api/models/ returned 401: [key] is not a key. The key came from the test. "
        "Check that it is complete and was not revoked."
    )


def test_without_a_key_nothing_is_sent(emulator: Emulator) -> None:
    """The way to set a key is said before any request goes out."""
    client = KeywordsAIClient(Sender(Settings(None, "", emulator.url)))
    with pytest.raises(ConfigurationError, match=r"^No Keywords AI API key\."):
        client.retrieve_model("m")
    assert emulator.requests == []


def test_a_host_that_is_not_there_is_told() -> None:
    """A refused connection ends in one line with the host and where it was set."""
    with running_emulator() as gone:
        absent = connect(gone, deadline=0.2)
    with pytest.raises(APIConnectionError) as raised:
        absent.retrieve_model("m")
    absent.close()
    assert re.fullmatch(
        rf"{gone.url} could not be reached: \[Errno \d+\] Connection refused\. Check the network "
        r"and the base URL \(KEYWORDSAI_BASE_URL or keywordsai:baseUrl\)\.",
        str(raised.value),
    )


def test_an_unknown_base_model_is_told_with_the_way_out(client: KeywordsAIClient) -> None:
    """The service's words, the field's value, and the command that lists all models."""
    with pytest.raises(KeywordsAIError) as refused:
        client.upsert_model({**BODY, "base_model_name": "gtp-4"})
    assert str(refused.value) == (
        "POST /api/models/ returned 400: Base model not found. The base model is 'gtp-4'; "
        "`keywordsai-dynamic models --all` lists all models."
    )


def test_two_keys_reach_two_organizations() -> None:
    """Each client sees its own organization's models and no other's."""
    with running_emulator(api_keys={"key-a": "a", "key-b": "b"}) as emulator:
        one, two = connect(emulator, key="key-a"), connect(emulator, key="key-b")
        one.upsert_model(BODY)
        two.upsert_model({**BODY, "input_cost": 9.0})
        prices = [client.retrieve_model("acme/llm")["input_cost"] for client in (one, two)]
        one.close()
        two.close()
    assert prices == [2.5, 9.0]


def speakable(text: str) -> bool:
    """Tell whether `check` accepts a name."""
    return normalize({"model_name": text})[1] == []


ODD = ["gpt-4o", "%2F", "%", "a b", "größe", "模型", "...", "list", "public", ""]
SPECIAL = " %#?+&=:;@,'\"<>[]{}|\\^`~.aZ0"


def drawn(generator: random.Random, printable: Sequence[str]) -> str:
    """Draw a name of up to three segments, of special characters or of any printable ones."""
    segments = []
    for _ in range(generator.randint(1, 3)):
        if generator.random() < 0.5:
            segments.append("".join(generator.choices(SPECIAL, k=generator.randint(3, 9))))
        else:
            characters = generator.choices(printable, k=generator.randint(3, 8))
            segments.append(generator.choice(ODD) + "".join(characters))
    return "/".join(segments)


def test_every_name_that_check_accepts_round_trips() -> None:
    """Names with slashes, spaces, `%`, `#`, `?`, `+` and Unicode, over one connection."""
    tried = times(150, 2_000)
    generator = random.Random(2000)  # noqa: S311  (what is drawn is no secret)
    printable = [chr(point) for point in range(sys.maxunicode) if chr(point).isprintable()]
    names = filter(speakable, iter(lambda: drawn(generator, printable), None))
    with running_emulator() as emulator:
        client = connect(emulator)
        for name in islice(names, tried):
            client.upsert_model({"model_name": name})
            assert client.retrieve_model(name)["model_name"] == name
            assert list(emulator.models()) == [name]
            assert client.delete_model(name)
            assert emulator.models() == {}
        client.close()
        statuses = [request.status for request in emulator.requests]
    assert statuses == [201, 200, 204] * tried


def test_one_connection_serves_every_request() -> None:
    """The connection stays open: three requests shake hands once."""
    with raw_server([(200, {"id": "m"})] * 3) as server:
        client = KeywordsAIClient(Sender(Settings("k", "the test", server.url)))
        for _ in range(3):
            client.retrieve_model("m")
        client.close()
    assert [request.connection for request in server.requests] == [0, 0, 0]


def test_pages_are_followed_on_the_same_host_only() -> None:
    """The key goes to the host that it was set for, wherever a list says it goes on."""
    page = {"results": [], "next": "https://elsewhere.example/api/models/?page=2"}
    with raw_server([(200, page)]) as server:
        client = KeywordsAIClient(Sender(Settings("k", "the test", server.url)))
        with pytest.raises(KeywordsAIError) as refused:
            client.list_models()
        client.close()
    assert str(refused.value) == (
        "The next page of the model list is on another host, elsewhere.example; the key is not "
        "sent there."
    )
    assert [request.target for request in server.requests] == ["/api/models/?all=true"]


@pytest.mark.parametrize(
    ("following", "target"),
    [
        ("{url}/api/models/?page=2", "/api/models/?page=2"),
        ("/api/models/?page=2", "/api/models/?page=2"),
        ("?page=2", "/api/models/?page=2"),
        ("https://127.0.0.1/api/models/?page=2", "/api/models/?page=2"),
    ],
)
def test_a_next_page_is_found_however_it_is_written(following: str, target: str) -> None:
    """Absolute, relative, or with the scheme that a proxy hides: the next page is asked for."""
    with raw_server([]) as server:
        page = {"results": [{"id": "a"}], "next": following.format(url=server.url)}
        server.answers += [(200, page), (200, {"results": [{"id": "b"}], "next": None})]
        client = KeywordsAIClient(Sender(Settings("k", "the test", server.url)))
        listing = client.list_models()
        assert (listing.models, listing.pages) == ([{"id": "a"}, {"id": "b"}], 2)
        client.close()
    assert [request.target for request in server.requests] == ["/api/models/?all=true", target]


def test_a_list_that_goes_in_circles_ends() -> None:
    """A page that names itself as the next one is an error, and no endless loop."""
    page = {"results": [{"id": "a"}], "next": "/api/models/?page=2"}
    with raw_server([(200, page)] * 5) as server:
        client = KeywordsAIClient(Sender(Settings("k", "the test", server.url)))
        with pytest.raises(KeywordsAIError) as refused:
            client.list_models()
        client.close()
    assert str(refused.value) == ("The model list repeats a page: /api/models/?page=2.")


def test_a_path_before_the_api_is_kept() -> None:
    """Behind a proxy's path every request goes below it, the next page of a list too."""
    with raw_server([]) as server:
        following = f"{server.url}/llm/api/models/?page=2"
        server.answers += [
            (200, {"results": [], "next": following}),
            (200, {"results": []}),
            (200, {"id": "m"}),
        ]
        client = KeywordsAIClient(Sender(Settings("k", "the test", f"{server.url}/llm")))
        client.list_models()
        client.retrieve_model("m")
        client.close()
    assert [request.target for request in server.requests] == [
        "/llm/api/models/?all=true",
        "/llm/api/models/?page=2",
        "/llm/api/models/m/",
    ]


def test_a_key_is_taken_out_of_errors_and_of_nothing_else() -> None:
    """A key that is also part of a word leaves the models of an answer as they are."""
    with running_emulator(api_keys={"acme": "acme"}) as emulator:
        client = connect(emulator)
        client.upsert_model(BODY)
        assert client.retrieve_model("acme/llm")["model_name"] == "acme/llm"
        with pytest.raises(NotFoundError, match=r"returned 404"):
            client.retrieve_model("acme/other")
        client.close()
