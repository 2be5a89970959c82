"""The emulator plays answers that no client expects: that repeat the key, never end, or cannot be.

What travels below JSON (1xx answers, single slow bytes) is played by raw sockets in other tests.
"""

import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.dialect import EndlessNext, Generation

MODEL = {"model_name": "acme/one", "display_name": 'the "one"', "input_cost": 2.7182818}
TRICKY = {
    "a terminal's escapes": "\x1b[31mred\x1b[0m \x07 \x9b2J",
    "marks that turn the direction": "\u202eevil\u202c \u2066x\u2069",
    "what cannot be seen": "a\u200bb\u00adc\ufeff",
    "half a character": "half \ud800 and \udfff",
    "a null and lines": "a\x00b\r\nc\u2028d",
}


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    """Hold a connection with a good key; redirects are shown and not followed."""
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


# What repeats the request ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_an_error_may_repeat_what_was_sent(
    emulator: Emulator, api: httpx.Client, status: int
) -> None:
    """The key, a part of it, the address and any field stand in an error's words."""
    words = "no: {authorization}, {key[:5]}…{key[-4:]}, {method} {path}?{query}, {input_cost}"
    emulator.faults.fail_next(status=status, body={"detail": words, "{display_name}": ["{other}"]})

    answer = api.post("/api/models/?all=1", json=MODEL)

    key = emulator.api_key
    told = f"no: Bearer {key}, {key[:5]}…{key[-4:]}, POST /api/models/?all=1, 2.7182818"
    assert (answer.status_code, answer.json()) == (
        status,
        {"detail": told, 'the "one"': ["{other}"]},
    )


def test_an_answered_model_may_repeat_what_was_sent(emulator: Emulator, api: httpx.Client) -> None:
    """A text that is nothing but a place is the value itself, so that any model can be answered."""
    body = {"model_name": "{model_name}", "display_name": "{key}", "input_cost": "{input_cost}"}
    emulator.faults.fail_next(status=201, when="after", body=body)

    answer = api.post("/api/models/", json=MODEL)

    repeated = {**MODEL, "display_name": emulator.api_key}
    assert (answer.status_code, answer.json()) == (201, repeated)
    assert emulator.models()["acme/one"]["display_name"] == 'the "one"'


def test_addresses_may_repeat_the_key(emulator: Emulator, api: httpx.Client) -> None:
    """A redirect's `Location`, and the `next` of a list, hold the key."""
    address = f"{emulator.url}/else/?key={{key}}"
    emulator.faults.fail_next(status=302, raw="", headers={"Location": address})
    emulator.faults.fail_next(status=200, body={"results": [], "count": 1, "next": address})

    redirect, page = api.get("/api/models/"), api.get("/api/models/")

    told = f"{emulator.url}/else/?key={emulator.api_key}"
    assert (redirect.status_code, redirect.headers["location"]) == (302, told)
    assert page.json()["next"] == told


def test_a_proxy_may_repeat_the_key(emulator: Emulator, api: httpx.Client) -> None:
    """An HTML page too repeats what was sent, its other braces stay as they are."""
    emulator.faults.proxy(502, raw="<style>p {color: red}</style><p>{authorization} {x}</p>")
    page = f"<style>p {{color: red}}</style><p>Bearer {emulator.api_key} {{x}}</p>"
    assert [api.get("/api/models/").text for _ in range(2)] == [page] * 2


def test_a_request_without_key_or_body_repeats_nothing(emulator: Emulator) -> None:
    """Where nothing was sent, nothing is repeated, and a place for a field stays a place."""
    emulator.faults.fail_next(status=400, body={"detail": "no: {key}, {authorization}, {x}"})
    answer = httpx.get(f"{emulator.url}/api/models/")
    assert answer.json() == {"detail": "no: , , {x}"}


def test_what_is_repeated_may_be_escaped(emulator: Emulator, api: httpx.Client) -> None:
    r"""With `escaped` each character is `\u0061` on the wire, and means the same."""
    body = {"detail": "no: {key}, {display_name}"}
    emulator.faults.fail_next(status=400, body=body, escaped=True)

    answer = api.post("/api/models/", json={"model_name": "m", "display_name": 'a "b" 😀'})

    assert answer.json() == {"detail": f'no: {emulator.api_key}, a "b" 😀'}
    assert answer.text.startswith(r'{"\u0064\u0065\u0074\u0061\u0069\u006c": "\u006e\u006f')
    assert emulator.api_key not in answer.text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "latin-1"])
def test_a_body_may_have_another_encoding(
    emulator: Emulator, api: httpx.Client, encoding: str
) -> None:
    """Whatever the head says, JSON and text come in the encoding that was asked for."""
    emulator.faults.fail_next(status=400, body={"detail": "no: {key}"}, encoding=encoding)
    emulator.faults.fail_next(status=400, raw="né: {key}", encoding=encoding)

    answers = [api.get("/api/models/") for _ in range(2)]

    assert answers[0].headers["content-type"] == "application/json"
    assert [answer.content.decode(encoding) for answer in answers] == [
        json.dumps({"detail": f"no: {emulator.api_key}"}),
        f"né: {emulator.api_key}",
    ]


def test_what_is_repeated_may_be_cut(emulator: Emulator, api: httpx.Client) -> None:
    """An answer may break off in the middle of the key."""
    begin = len(json.dumps({"detail": "no: "})) - len('"}')
    emulator.faults.fail_next(status=500, raw='{"detail": "no: {key}"}', headers={"X": "{key[:9]}"})
    emulator.faults.fail_next(status=500, body={"detail": "no: {key}"}, cut_after=begin + 9)

    whole, pieces = api.get("/api/models/"), list[bytes]()
    with pytest.raises(httpx.RemoteProtocolError), api.stream("GET", "/api/models/") as answer:
        pieces.extend(answer.iter_raw())

    assert whole.json() == {"detail": f"no: {emulator.api_key}"}
    assert whole.headers["x"] == emulator.api_key[:9]
    assert b"".join(pieces).decode() == f'{{"detail": "no: {emulator.api_key[:9]}'


def test_an_unknown_base_may_be_quoted(emulator: Emulator, api: httpx.Client) -> None:
    """The words about an unknown base are chosen; nothing is made."""
    sent = {"model_name": "m", "base_model_name": "acme/gone"}
    plain = api.post("/api/models/", json=sent)
    emulator.dialect.base_not_found = "Base model '{base_model_name}' does not exist (any more)."
    quoted = api.post("/api/models/", json=sent)
    assert (plain.status_code, plain.json()) == (400, {"error": "Base model not found"})
    assert (quoted.status_code, quoted.json()) == (
        400,
        {"error": "Base model 'acme/gone' does not exist (any more)."},
    )
    assert emulator.models() == {}


# What never ends -------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", ["A", "E"])
@pytest.mark.parametrize("beyond", ["empty", "again"])
def test_pages_may_never_end(
    emulator: Emulator, api: httpx.Client, beyond: EndlessNext, generation: Generation
) -> None:
    """Every page names a new one; those after the last are empty, or begin again."""
    emulator.dialect.generation = generation
    emulator.dialect.list_answer, emulator.dialect.page_size = "page", 10
    names = [model["id"] for model in api.get("/api/models/?all=true").json()]
    assert len(names) == 17
    emulator.dialect.endless_next = beyond

    address, seen, met = "/api/models/", [], set()
    for _ in range(5):
        page = api.get(address).json()
        seen.append([model["id"] for model in page["results"]])
        met.add(address := page["next"])

    assert len(met) == 5
    wanted = names * 3 if beyond == "again" else names
    assert seen == [wanted[begin : begin + 10] for begin in range(0, 50, 10)]
    emulator.dialect.endless_next = "no"
    assert api.get("/api/models/?page=2").json()["next"] is None


# When to come back -----------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["0", "-1", "soon", "1e999", "9" * 20, "NaN", 0, 1e300])
def test_the_limit_may_tell_anything(
    emulator: Emulator, api: httpx.Client, told: float | str
) -> None:
    """What is told of the wait stands as it is in the header and the body, true or not."""
    emulator.faults.limit(0, per=60, retry_after_in="both", told=told)
    answer = api.get("/api/models/")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, str(told))
    assert answer.json() == {"detail": "Rate limit exceeded", "retry_after": told}


def test_the_limit_may_tell_a_date(emulator: Emulator, api: httpx.Client) -> None:
    """As an HTTP date the wait ends when the window does, up to the second."""
    emulator.faults.limit(1, per=30, retry_after_in="header", told="date")
    began = time.time()
    assert api.get("/api/models/").status_code == 200
    told = api.get("/api/models/").headers["retry-after"]
    assert told.endswith(" GMT")
    assert 29 <= parsedate_to_datetime(told).timestamp() - began <= 33


# What no text or number should be --------------------------------------------------------------


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_any_text_comes_through(emulator: Emulator, api: httpx.Client, text: str) -> None:
    """A name and a value may hold anything that JSON can write, put in the console or sent."""
    emulator.put_model(f"acme/put {text}", display_name=text)
    sent = json.dumps({"model_name": f"acme/sent {text}", "display_name": text})
    created = api.post("/api/models/", content=sent, headers={"Content-Type": "application/json"})

    assert created.status_code == 201
    models = {model["model_name"]: model for model in api.get("/api/models/?all=true").json()}
    for name in (f"acme/put {text}", f"acme/sent {text}"):
        assert (models[name]["id"], models[name]["display_name"]) == (name, text)


def test_answers_may_hold_what_no_check_lets_in(emulator: Emulator, api: httpx.Client) -> None:
    """Numbers of 400 digits and nested values stand in every answer about an own model."""
    nested: Any = 1
    for _ in range(100):
        nested = {"deeper": [nested]}
    fixed = {"input_cost": 10**400 + 7, "max_context_window": -(10**399), "provider": nested}
    emulator.dialect.fixed = {**fixed, "display_name": 17, "new": True}
    emulator.put_model("acme/one", input_cost=1)

    one = api.get("/api/models/acme/one/").json()
    (listed,) = (m for m in api.get("/api/models/?all=true").json() if m["id"] == "acme/one")
    written = api.post("/api/models/", json={"model_name": "acme/one"}).json()

    for answer in (one, listed, written):
        assert {name: answer[name] for name in emulator.dialect.fixed} == emulator.dialect.fixed
    assert api.get("/api/models/openai/gpt-4o/").json()["input_cost"] == 2.5
    assert emulator.models()["acme/one"]["input_cost"] == 1


def test_an_answer_may_be_deeper_than_any_reader(emulator: Emulator, api: httpx.Client) -> None:
    """Nesting beyond what `json` reads is written out as text, places filled in."""
    raw = '{"model_name": "{model_name}", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
    emulator.faults.fail_next(status=201, raw=raw, headers={"Content-Type": "application/json"})
    answer = api.post("/api/models/", json=MODEL)
    assert answer.text == raw.replace("{model_name}", "acme/one")
    with pytest.raises(RecursionError):
        answer.json()
