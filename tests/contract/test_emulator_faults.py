"""The emulator plays what it is told to play: delays, limits, errors, losses, held answers."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from keywordsai_dynamic.emulator import Emulator, running_emulator
from keywordsai_dynamic.emulator.faults import RetryAfterIn

MODEL = {"model_name": "m"}
SERVER_ERROR = {"detail": "Internal server error", "error_code": "INTERNAL_ERROR"}


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    """Hold a connection with a good key."""
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


def test_every_answer_can_be_late(emulator: Emulator, api: httpx.Client) -> None:
    """Latency delays each request, delays parallel ones together, and can be changed any time."""
    api.get("/api/models/public/")
    emulator.faults.latency = 2.0
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(api.get, ["/api/models/public/"] * 8))
    late = time.monotonic() - started
    emulator.faults.latency = 0.0
    started = time.monotonic()
    api.get("/api/models/public/")
    assert 2.0 <= late < 8 * 2.0
    assert time.monotonic() - started < 2.0


@pytest.mark.parametrize(
    ("told_in", "header", "body"),
    [
        ("body", None, {"detail": "Rate limit exceeded", "retry_after": 60}),
        ("header", "60", {"detail": "Rate limit exceeded"}),
        ("both", "60", {"detail": "Rate limit exceeded", "retry_after": 60}),
        ("neither", None, {"detail": "Rate limit exceeded"}),
    ],
)
def test_the_limit_says_when_to_come_back(
    emulator: Emulator,
    api: httpx.Client,
    told_in: RetryAfterIn,
    header: str | None,
    body: dict[str, object],
) -> None:
    """The request after the last allowed one is a 429, which tells the time where it is told to."""
    emulator.faults.limit(2, per=60, retry_after_in=told_in)
    statuses = [api.get("/api/models/").status_code for _ in range(2)]
    refused = api.post("/api/models/", json=MODEL)
    assert (statuses, refused.status_code, refused.json()) == ([200, 200], 429, body)
    assert refused.headers.get("retry-after") == header
    assert emulator.models() == {}
    assert [request.fault for request in emulator.requests] == [None, None, "rate_limit"]


def test_the_limit_is_a_fixed_window_of_one_organization() -> None:
    """One organization's window does not touch the other's, and a new window starts afresh."""
    with running_emulator(api_keys={"key-a": "a", "key-b": "b"}) as emulator:

        def status(key: str) -> int:
            headers = {"Authorization": f"Bearer {key}"}
            return httpx.get(f"{emulator.url}/api/models/", headers=headers).status_code

        emulator.faults.limit(1, per=60)
        busy = [status(key) for key in ("key-a", "key-a", "key-b", "key-b")]
        emulator.faults.limit(1, per=0.05)
        again = []
        for _ in range(2):
            again.append(status("key-a"))
            time.sleep(0.06)
    assert (busy, again) == ([200, 429, 200, 429], [200, 200])


def test_errors_are_played_as_often_as_asked(emulator: Emulator, api: httpx.Client) -> None:
    """The next n requests fail with the documented body and without effect; then all is well."""
    emulator.faults.fail_next(2)
    answers = [api.post("/api/models/", json=MODEL) for _ in range(2)]
    assert [(a.status_code, a.json()) for a in answers] == [(503, SERVER_ERROR)] * 2
    assert emulator.models() == {}
    assert api.post("/api/models/", json=MODEL).status_code == 201
    assert [(r.status, r.fault) for r in emulator.requests] == [
        (503, "scripted"),
        (503, "scripted"),
        (201, None),
    ]


def test_an_error_can_wait_for_its_request(emulator: Emulator, api: httpx.Client) -> None:
    """A fault meant for a method or a path lets other requests pass, and scripts queue up."""
    emulator.faults.fail_next(status=500, method="DELETE")
    emulator.faults.fail_next(status=404, path="/api/models/acme/*")
    emulator.faults.fail_next(status=429, path="/api/models/acme/*", headers={"Retry-After": "7"})
    assert api.post("/api/models/", json={"model_name": "acme/m"}).status_code == 201
    gone = api.get("/api/models/acme/m/")
    limited = api.get("/api/models/acme/m/")
    assert (gone.status_code, gone.json()) == (404, {"detail": "Not found."})
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert api.delete("/api/models/acme/m/").status_code == 500
    assert api.delete("/api/models/acme/m/").status_code == 204


def test_an_error_can_hide_that_the_write_took_effect(
    emulator: Emulator, api: httpx.Client
) -> None:
    """A gateway may answer 502 for a write that was done."""
    emulator.faults.fail_next(status=502, when="after", raw="<h1>Bad gateway</h1>")
    answer = api.post("/api/models/", json=MODEL)
    assert (answer.status_code, answer.text) == (502, "<h1>Bad gateway</h1>")
    assert emulator.models().keys() == {"m"}


def test_any_answer_can_be_scripted(emulator: Emulator, api: httpx.Client) -> None:
    """HTML under a JSON status, half a JSON text, a redirect, another type, a body of 2 MB."""
    location = {"Location": "https://example.com/elsewhere/"}
    emulator.faults.fail_next(
        status=200, raw="<html>maintenance</html>", headers={"Content-Type": "text/html"}
    )
    emulator.faults.fail_next(
        status=200, raw='{"id": "m", "mod', headers={"Content-Type": "application/json"}
    )
    emulator.faults.fail_next(status=302, raw="", headers=location)
    emulator.faults.fail_next(status=200, body=["not", "a", "model"])
    emulator.faults.fail_next(status=500, raw=b"x" * 2_000_000)
    answers = [api.post("/api/models/", json=MODEL) for _ in range(5)]
    assert [(a.status_code, a.headers.get("content-type")) for a in answers] == [
        (200, "text/html"),
        (200, "application/json"),
        (302, None),
        (200, "application/json"),
        (500, None),
    ]
    assert [a.text for a in answers[:2]] == ["<html>maintenance</html>", '{"id": "m", "mod']
    assert answers[2].headers["location"] == location["Location"]
    assert answers[3].json() == ["not", "a", "model"]
    assert len(answers[4].content) == 2_000_000
    assert emulator.models() == {}


def test_a_body_can_be_slow(emulator: Emulator, api: httpx.Client) -> None:
    """A body can take its time, and arrives whole."""
    emulator.faults.fail_next(status=200, body={"slow": "x" * 100}, seconds=0.3)
    emulator.faults.fail_next(status=200, raw="", seconds=0.3)
    started = time.monotonic()
    answer = api.get("/api/models/")
    assert 0.29 <= time.monotonic() - started < 5
    assert answer.json() == {"slow": "x" * 100}
    assert api.get("/api/models/").content == b""


@pytest.mark.parametrize("seconds", [0.0, 0.1])
def test_a_body_can_break_off(emulator: Emulator, api: httpx.Client, seconds: float) -> None:
    """The connection closes after some bytes of a body that was announced as longer."""
    emulator.faults.fail_next(status=200, body={"id": "m"}, cut_after=5, seconds=seconds)
    with pytest.raises(httpx.RemoteProtocolError, match="received 5 bytes, expected 11"):
        api.get("/api/models/")
    assert api.get("/api/models/").status_code == 200


@pytest.mark.parametrize(("when", "stored"), [("before", set[str]()), ("after", {"m"})])
def test_a_connection_can_be_lost(
    emulator: Emulator, api: httpx.Client, when: str, stored: set[str]
) -> None:
    """The connection closes without an answer, before or after the write took effect."""
    emulator.faults.drop_next(method="POST", when="after" if when == "after" else "before")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        api.post("/api/models/", json=MODEL)
    assert emulator.models().keys() == stored
    assert [(r.status, r.fault) for r in emulator.requests] == [(None, f"drop_{when}")]
    assert api.get("/api/models/").status_code == 200


def test_answers_can_be_held_until_released(emulator: Emulator, api: httpx.Client) -> None:
    """A held write took effect although its answer is not sent; reads are not held."""
    with ThreadPoolExecutor(2) as pool, emulator.faults.hold_answers() as held:
        writes = [pool.submit(api.post, "/api/models/", json={"model_name": n}) for n in "ab"]
        held.wait_until_held(2)
        assert emulator.models().keys() == {"a", "b"}
        assert [write.done() for write in writes] == [False, False]
        assert api.get("/api/models/a/").status_code == 200
        held.release()
        assert [write.result().status_code for write in writes] == [201, 201]
    assert api.post("/api/models/", json={"model_name": "c"}).status_code == 201
    assert Counter(r.fault for r in emulator.requests) == {"held": 2, None: 2}


def test_waiting_for_a_held_answer_ends(emulator: Emulator) -> None:
    """Waiting for an answer that nobody asks for is a TimeoutError that counts."""
    with (
        emulator.faults.hold_answers() as held,
        pytest.raises(TimeoutError, match="holds 0 answers, not 1"),
    ):
        held.wait_until_held(timeout=0.05)


def test_a_client_can_be_killed_while_its_answer_is_held(emulator: Emulator) -> None:
    """The write of a killed process stays, and the server goes on."""
    program = (
        "import sys, httpx; httpx.post(sys.argv[1] + '/api/models/', json={'model_name': 'm'},"
        f" headers={{'Authorization': 'Bearer {emulator.api_key}'}}, timeout=60)"
    )
    with emulator.faults.hold_answers(method="POST") as held:
        with subprocess.Popen([sys.executable, "-c", program, emulator.url]) as client:  # noqa: S603  # our own program
            held.wait_until_held()
            client.kill()
        assert emulator.models().keys() == {"m"}
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    assert httpx.get(f"{emulator.url}/api/models/m/", headers=headers).status_code == 200


def test_the_emulator_stops_at_once_whatever_it_is_doing() -> None:
    """Held and late answers do not keep it from stopping, and leave nothing behind."""
    failures = []

    def ask(emulator: Emulator, method: str) -> None:
        headers = {"Authorization": "Bearer demo-key"}
        try:
            httpx.request(
                method, f"{emulator.url}/api/models/", json=MODEL, headers=headers, timeout=30
            )
        except httpx.RemoteProtocolError as error:
            failures.append(str(error))

    with running_emulator() as emulator:
        held = emulator.faults.hold_answers()
        threads = [threading.Thread(target=ask, args=(emulator, "POST"))]
        threads[0].start()
        held.wait_until_held()
        emulator.faults.fail_next(status=200, body="x" * 1000, seconds=60)
        threads.append(threading.Thread(target=ask, args=(emulator, "GET")))
        threads[1].start()
        while len(emulator.requests) < 2:
            time.sleep(0.01)
        started = time.monotonic()
    stopped = time.monotonic() - started
    for thread in threads:
        thread.join(timeout=10)
    assert stopped < 2
    assert failures  # the slow answer at least was broken off
    assert not [t for t in threading.enumerate() if t.name == "emulator"]


def test_the_weather_is_the_same_for_the_same_seed() -> None:
    """Random faults come from the seed, are counted in the log, and are what the client meets."""

    def outcomes(seed: int) -> list[str | None]:
        headers = {"Authorization": "Bearer demo-key"}
        with (
            running_emulator() as emulator,
            httpx.Client(base_url=emulator.url, headers=headers) as api,
        ):
            emulator.faults.random_faults(seed, drop_before=0.2, drop_after=0.2, error_503=0.2)
            met: list[str | None] = []
            for number in range(60):
                name = f"m{number}"
                try:
                    status = api.post("/api/models/", json={"model_name": name}).status_code
                    met.append("error_503" if status == 503 else None)
                except httpx.RemoteProtocolError:
                    met.append("drop_after" if name in emulator.models() else "drop_before")
            assert [request.fault for request in emulator.requests] == met
            return met

    first = outcomes(1)
    assert set(first) == {None, "drop_before", "drop_after", "error_503"}
    assert outcomes(1) == first
    assert outcomes(2) != first


def test_the_emulator_is_silent(emulator: Emulator, capfd: pytest.CaptureFixture[str]) -> None:
    """Lost connections, cut bodies and nonsense on the wire print nothing."""
    emulator.faults.drop_next()
    emulator.faults.fail_next(cut_after=3)
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{emulator.url}/api/models/")
    with socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2]))) as wire:
        wire.sendall(b"nonsense\r\n\r\n")
        assert wire.recv(1000).startswith(b"HTTP/1.1 400")
    assert capfd.readouterr() == ("", "")


def test_clear_ends_every_fault(emulator: Emulator, api: httpx.Client) -> None:
    """After `clear`, the emulator is calm: no latency, limit, script, hold or weather."""
    faults = emulator.faults
    faults.latency = 5
    faults.limit(0)
    faults.fail_next(9)
    faults.hold_answers()
    faults.random_faults(1, drop_before=1)
    faults.clear()
    started = time.monotonic()
    assert api.post("/api/models/", json=MODEL).status_code == 201
    assert time.monotonic() - started < 5


def test_sixteen_connections_are_served_fast(emulator: Emulator) -> None:
    """Sixteen connections kept alive get 1,600 writes done, none lost, in a few seconds."""
    port = int(emulator.url.rpartition(":")[2])
    headers = {"Authorization": f"Bearer {emulator.api_key}", "Content-Type": "application/json"}

    def write(connection_number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(100):
            body = f'{{"model_name": "m{connection_number}-{number}", "input_cost": {number}}}'
            connection.request("POST", "/api/models/", body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 201
        connection.close()

    started = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    assert time.monotonic() - started < 16  # a hundred a second, even where others work too
    assert len(emulator.models()) == 1600
