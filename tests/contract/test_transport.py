"""One exchange over real sockets: where it goes, how long it may take, and how it may end."""

import gzip
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme
from harness.lengths import few, times
from harness.raw_server import ByteServer, Piece, byte_server, raw_server

from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    KeywordsAIError,
)
from keywordsai_dynamic.core.settings import Settings

AUTHORITY = trustme.CA(organization_name="acme", organization_unit_name="tests")
HASH = "2eae2221"
"""Of its name, as `openssl x509 -subject_hash` gives it."""

MODEL = b'{"model_name": "m"}'
HEAD = b"HTTP/1.1 200 OK\r\n"
ANSWER = HEAD + b"Content-Length: %d\r\n\r\n" % len(MODEL) + MODEL
VARIABLES = [
    name for kind in ("http_proxy", "https_proxy", "all_proxy") for name in (kind, kind.upper())
]
KEY = "S3cretK3y.0123456789"
NOWHERE = "https://keywordsai.invalid"


def client_of(url: str, deadline: float = 30, **options: Callable[..., None]) -> KeywordsAIClient:
    """Make a client that takes no time between two tries."""
    settings = Settings(KEY, "the test", url, deadline=deadline)
    return KeywordsAIClient(Sender(settings, sleep=lambda _: None, **options))


def all_refused(client: KeywordsAIClient, threads: int) -> list[str]:
    """Ask on as many threads; gives what each is told."""

    def refused(_: int) -> str:
        with pytest.raises(APIStatusError) as raised:
            client.retrieve_model("m")
        assert (raised.value.status_code, KEY in raised.value.detail) == (429, False)
        return str(raised.value)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(refused, range(threads)))


@pytest.fixture(autouse=True)
def _no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without those that the developer's shell names."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


@pytest.fixture
def proxy() -> Iterator[ByteServer]:
    """Serve a proxy that lets nothing through."""
    with byte_server(b"HTTP/1.1 403 Not through here\r\nContent-Length: 0\r\n\r\n") as serving:
        yield serving


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    """Have the certificate of a service on loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    """Write down the certificate of who issued that one."""
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    return tmp_path / "authority.pem"


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_goes_through_no_proxy(
    proxy: ByteServer, monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    """What is on this machine is asked itself: no proxy sees the key."""
    monkeypatch.setenv(variable, proxy.url)
    with byte_server(ANSWER) as server:
        client = client_of(server.url.replace("127.0.0.1", host))
        assert client.retrieve_model("m") == {"model_name": "m"}
        client.close()
    assert (len(server.heads), proxy.heads) == (1, [])


@pytest.mark.parametrize("variable", VARIABLES[2:])
def test_another_host_is_asked_through_the_proxy(
    proxy: ByteServer, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Its variable is in the error, and neither its password nor the key is anywhere."""
    monkeypatch.setenv(variable, f"http://me:hunt%40er2@127.0.0.1:{proxy.port}")
    client = client_of(NOWHERE)
    with pytest.raises(APIConnectionError) as refused:
        client.retrieve_model("m")
    client.close()
    assert str(refused.value) == (
        f"{NOWHERE} could not be reached through {variable}: 403 Not through here. Check the "
        f"network, {variable} and the base URL (KEYWORDSAI_BASE_URL or keywordsai:baseUrl)."
    )
    assert [head.splitlines()[0] for head in proxy.heads] == [
        "CONNECT keywordsai.invalid:443 HTTP/1.1"
    ] * 6
    assert KEY not in "".join(proxy.heads)


@pytest.mark.parametrize("exempt", ["keywordsai.invalid", ".invalid", "*", "other, invalid"])
def test_no_proxy_is_heeded(
    proxy: ByteServer, monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    """A host that NO_PROXY names, or whose ending it names, is asked itself."""
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", exempt)
    client = client_of(NOWHERE)
    with pytest.raises(APIConnectionError, match=rf"^{NOWHERE} could not be reached: "):
        client.retrieve_model("m")
    client.close()
    assert proxy.heads == []


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            "socks5://me:hunter2@127.0.0.1:1",
            "The proxy in {name} is a SOCKS proxy, which needs another package: "
            "pip install 'httpx[socks]', or unset {name}.",
        ),
        (
            "gopher://me:hunter2@127.0.0.1:1",
            "The proxy in {name} has an unknown scheme, gopher://; set it to an address like "
            "http://proxy.example:3128, or unset it.",
        ),
        *(
            (
                value,
                "The proxy in {name} is not an address (not shown, it may contain a password); set "
                "it to one like http://proxy.example:3128, or unset it.",
            )
            for value in (
                "http://me:hunter2@127.0.0.1:port",
                "http://me:hunter2@127.0.0.1:99999",
                "http://[me:hunter2@",
                "http://",
                "me:hunter2",
            )
        ),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    """One line names the variable and the way out, and not the password."""
    monkeypatch.setenv(variable, value)
    client = client_of(NOWHERE)
    with pytest.raises(ConfigurationError) as refused:
        client.retrieve_model("m")
    assert str(refused.value) == told.format(name=variable)


def test_a_proxy_of_other_hosts_troubles_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not for this host may say what it wants."""
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://")
    with byte_server(ANSWER) as server:
        client = client_of(server.url)
        assert client.retrieve_model("m") == {"model_name": "m"}
        client.close()


def test_a_service_on_loopback_may_speak_tls(
    proxy: ByteServer, monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, trusted: Path
) -> None:
    """What SSL_CERT_FILE holds is trusted there too, and the proxy is left out."""
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with byte_server(ANSWER, tls=tls) as server:
        client = client_of(f"https://127.0.0.1:{server.port}")
        assert client.retrieve_model("m") == {"model_name": "m"}
        client.close()
    assert proxy.heads == []


@pytest.mark.parametrize("has_another", [False, True])
def test_an_unknown_certificate_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: ssl.SSLContext, has_another: bool
) -> None:
    """The way out is SSL_CERT_FILE, and trying again would not help."""
    slept: list[float] = []
    missing = ""
    if has_another:
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(str(other))
        monkeypatch.setenv("SSL_CERT_FILE", str(other))
        missing = f" SSL_CERT_FILE is set to {other}, which does not cover it."
    with byte_server(ANSWER, tls=tls) as server:
        url = f"https://127.0.0.1:{server.port}"
        client = client_of(url)
        client._sender.sleep = slept.append
        with pytest.raises(APIConnectionError) as refused:
            client.retrieve_model("m")
        client.close()
    assert str(refused.value) == (
        f"{url} is not trusted: unable to get local issuer certificate.{missing} If you trust its "
        "issuer, set SSL_CERT_FILE to a file with the issuer's certificate (PEM)."
    )
    assert (slept, server.heads) == ([], [])


def test_a_certificate_that_signs_itself_is_told() -> None:
    """It is its own issuer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.configure_trust(context)
    with AUTHORITY.cert_pem.tempfile() as certificate, AUTHORITY.private_key_pem.tempfile() as key:
        context.load_cert_chain(certificate, key)
    with byte_server(ANSWER, tls=context) as server:
        url = f"https://127.0.0.1:{server.port}"
        client = client_of(url)
        with pytest.raises(APIConnectionError) as refused:
            client.retrieve_model("m")
        client.close()
    assert str(refused.value) == (
        f"{url} is not trusted: self-signed certificate. If you trust its issuer, set "
        "SSL_CERT_FILE to a file with the issuer's certificate (PEM)."
    )


def test_a_certificate_of_another_host_is_told(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, trusted: Path
) -> None:
    """There more certificates would not help."""
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with byte_server(ANSWER, tls=tls) as server:
        url = f"https://localhost:{server.port}"
        client = client_of(url)
        with pytest.raises(APIConnectionError) as refused:
            client.retrieve_model("m")
        client.close()
    assert str(refused.value) == (
        f"{url} is not trusted: Hostname mismatch, certificate is not valid for 'localhost'. Check "
        "the base URL (KEYWORDSAI_BASE_URL or keywordsai:baseUrl)."
    )


@pytest.mark.parametrize(
    ("variable", "content", "problem"),
    [
        ("SSL_CERT_FILE", None, "No such file or directory"),
        ("SSL_CERT_FILE", "no certificate", "it contains no certificate"),
        ("SSL_CERT_FILE", "", "it contains no certificate"),
        ("SSL_CERT_DIR", None, "No such file or directory"),
        ("SSL_CERT_DIR", "a file", "Not a directory"),
        (
            "SSL_CERT_DIR",
            "a folder",
            "no certificate is named by its hash (run `openssl rehash`)",
        ),
    ],
)
def test_certificates_that_cannot_be_used_are_told(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    content: str | None,
    problem: str,
) -> None:
    """One line names the variable, what it says, what is wrong there, and the way out."""
    path = tmp_path / "certificates"
    if content == "a folder":
        path.mkdir()
        AUTHORITY.cert_pem.write_to_path(str(path / "mine.pem"))
    elif content is not None:
        path.write_text(content)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(ConfigurationError) as refused:
        client_of(NOWHERE).retrieve_model("m")
    kind = "folder" if variable == "SSL_CERT_DIR" else "file"
    assert str(refused.value) == (
        f"{variable} is {path}: {problem}. Set it to a {kind} of certificates (PEM), or unset it."
    )


def test_certificates_may_be_in_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: ssl.SSLContext
) -> None:
    """SSL_CERT_DIR is read as OpenSSL reads it: by the names' hashes."""
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / f"{HASH}.0"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with byte_server(ANSWER, tls=tls) as server:
        client = client_of(f"https://127.0.0.1:{server.port}")
        assert client.retrieve_model("m") == {"model_name": "m"}
        client.close()


LATE = r" had no answer within [\d.]+ s\. | was not sent: the call's time is up\."
GZIP = HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
DRIPPED: dict[str, tuple[tuple[Piece, ...], tuple[Piece, ...]]] = {
    "nothing": ((), (60.0,)),
    "a slow head": ((HEAD,), (b"X-More: 1\r\n", 0.05)),
    "a slow line of the head": ((HEAD, b"X-More: "), (b"1", 0.05)),
    "endless 1xx": ((), (b"HTTP/1.1 102 Processing\r\n\r\n", 0.05)),
    "1xx at once": ((), (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, 0.001)),
    "a slow size of a chunk": (
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n",),
        (b"0", 0.05),
    ),
    "a slow body": ((HEAD + b"Content-Length: 1000000\r\n\r\n",), (b" ", 0.05)),
    "a slow head of gzip": (
        (GZIP, b"a\r\n" + b"\x1f\x8b\x08\x08" + b"\0" * 6 + b"\r\n"),
        (b"1\r\nx\r\n", 0.05),
    ),
}


@pytest.mark.parametrize("dripped", DRIPPED)
def test_what_is_dripped_ends_at_the_deadline(dripped: str) -> None:
    """However little comes at a time, in whatever part of an answer, the call ends."""
    first, then = DRIPPED[dripped]
    with byte_server(*first, then=then) as server:
        client = client_of(server.url, deadline=2)
        began = time.monotonic()
        with pytest.raises(APIConnectionError, match=LATE):
            client.retrieve_model("m")
        took = time.monotonic() - began
        client.close()
    assert took < 7


def test_a_name_that_is_looked_up_slowly_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Finding the host is part of the call."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(9))
    client = client_of(NOWHERE, deadline=2)
    began = time.monotonic()
    with pytest.raises(APIConnectionError, match=LATE):
        client.retrieve_model("m")
    client.close()
    assert time.monotonic() - began < 7


def test_a_connection_that_is_not_taken_ends_at_the_deadline() -> None:
    """A host that lets nobody in is given up as one that says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        client = client_of(f"http://127.0.0.1:{port}", deadline=2)
        began = time.monotonic()
        with pytest.raises(APIConnectionError, match=LATE):
            client.retrieve_model("m")
        client.close()
        for each in waiting:
            each.close()
    assert time.monotonic() - began < 7


def test_a_list_of_slow_pages_ends_at_the_deadline() -> None:
    """All pages together have the time of one call."""
    pages = [(200, {"results": [], "next": f"?page={at}"}) for at in range(2, 30)]
    with raw_server(pages) as server:
        client = client_of(server.url, deadline=2)
        with pytest.raises(APIConnectionError, match=LATE):
            client.list_models(on_page=lambda _: time.sleep(0.5))
        client.close()
    assert 1 <= len(server.requests) <= 4


def answered(head: bytes, body: bytes = MODEL) -> bytes:
    """Write an answer: its status and what comes before the length."""
    return b"HTTP/1.1 " + head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    "head",
    [
        "200 OK\r\nX-Note: größe 模型".encode(),
        b"200 OK\r\nX-Note: \xff\xfe",
        b"200 OK\r\nX-Note: \x1b[31m",
        b"200 \xff\xfe",
        "200 OK\r\nSet-Cookie: größe=1; Path=/".encode(),
        b"200 OK\r\nSet-Cookie: a=\xff; Path=/",
        b"200 OK\r\nDate: never\r\nRetry-After: never",
        b"200 OK\r\nLocation: http://[bad",
    ],
)
def test_odd_heads_are_read_and_remembered_by_nobody(head: bytes) -> None:
    """What a service adds to its answer changes nothing, in the next request neither."""
    with byte_server(answered(head)) as server:
        client = client_of(server.url)
        assert [client.retrieve_model("m") for _ in range(2)] == [{"model_name": "m"}] * 2
        client.close()
    assert [head for head in server.heads if "cookie" in head.lower()] == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HELLO 200 OK\r\n\r\n", "illegal status line: bytearray(b'HELLO 200 OK')"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "illegal status line: bytearray(b'HTTP/1.1 abc OK')"),
        (
            HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "conflicting Content-Length headers",
        ),
        (HEAD + b"Content-Length: -3\r\n\r\n", "bad Content-Length"),
        (HEAD + b"X-Note: a\0b\r\n\r\n", r"illegal header line: bytearray(b'X-Note: a\x00b')"),
        (HEAD + b"X-Note: " + b"a" * 200_000 + b"\r\n\r\n", "Receive buffer too long"),
    ],
)
def test_what_is_no_http_is_told(answer: bytes, reason: str) -> None:
    """One line says what came, after six tries."""
    with byte_server(answer) as server:
        client = client_of(server.url, deadline=120)
        with pytest.raises(APIConnectionError) as refused:
            client.retrieve_model("m")
        client.close()
    assert str(refused.value) == (
        f"{server.url} could not be reached: {reason}. Check the network and the base URL "
        "(KEYWORDSAI_BASE_URL or keywordsai:baseUrl)."
    )
    assert len(server.heads) == 6


@pytest.mark.parametrize(
    ("head", "body", "told"),
    [
        (b"200 OK\r\nContent-Encoding: gzip", gzip.compress(MODEL, mtime=0), None),
        (
            b"200 OK\r\nContent-Encoding: br",
            MODEL,
            "200 with a body that has an unexpected Content-Encoding, br",
        ),
        (
            b"200 OK\r\nContent-Encoding: gzip",
            MODEL,
            "200 with a body that is not gzip, contrary to its Content-Encoding",
        ),
        (
            b"500 Oops\r\nContent-Encoding: gzip",
            MODEL,
            "500: no explanation (its body is not gzip, contrary to its Content-Encoding)",
        ),
        (
            b"302 Found\r\nLocation: http://[bad",
            b"",
            "302: redirected to http://[bad, which is not followed; check the base URL "
            "(KEYWORDSAI_BASE_URL or keywordsai:baseUrl)",
        ),
        (
            b"302 Found\r\nLocation: http://\xff/",
            b"",
            "302: redirected to http://ÿ/, which is not followed; check the base URL "
            "(KEYWORDSAI_BASE_URL or keywordsai:baseUrl)",
        ),
    ],
)
def test_the_status_is_told_whatever_the_rest_is(
    head: bytes, body: bytes, told: str | None
) -> None:
    """An answer is one, and is not asked for again, where its body or its Location is broken."""
    with byte_server(answered(head, body)) as server:
        client = client_of(server.url)
        if told is None:
            assert client.retrieve_model("m") == {"model_name": "m"}
        else:
            with pytest.raises(APIStatusError) as refused:
                client.retrieve_model("m")
            assert str(refused.value) == f"GET /api/models/m/ returned {told}"
        client.close()
    assert len(server.heads) == 1


ESCAPED = "".join(f"\\u{ord(each):04x}" for each in KEY)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            answered(b"302 Found\r\nLocation: https://api.respan.ai/?key=" + KEY.encode()),
            "GET /api/models/m/ returned 302: redirected to https://api.respan.ai/?key=[key], "
            "which is not followed; check the base URL (KEYWORDSAI_BASE_URL or keywordsai:baseUrl)",
        ),
        (
            answered(b"200 OK", f'{{"model_name": "m-{ESCAPED}"}}'.encode()),
            "GET for m returned the model m-[key].",
        ),
        (
            answered(b"403 No", f'{{"detail": "no {ESCAPED}"}}'.encode()),
            "GET /api/models/m/ returned 403: no [key]",
        ),
        (
            answered(b"403 No", f'{{"detail": "no {KEY}"}}'.encode("utf-16")),
            "GET /api/models/m/ returned 403: no [key]",
        ),
        (
            answered(b"200 OK", f"no JSON, {KEY[:15]}".encode()),
            "GET /api/models/m/ returned 200 with a body that is not JSON: no JSON, [key]",
        ),
    ],
)
def test_a_key_that_is_repeated_is_in_no_message(answer: bytes, told: str) -> None:
    """Wherever a service or a proxy writes it, and however: nobody reads it."""
    with byte_server(answer) as server:
        client = client_of(server.url)
        with pytest.raises(KeywordsAIError) as refused:
            client.retrieve_model("m")
        client.close()
    assert str(refused.value) == told
    assert KEY not in getattr(refused.value, "detail", "")


def test_a_key_in_the_next_page_is_in_no_message() -> None:
    """A list may name what it was asked with."""
    page = {"results": [], "next": f"https://elsewhere.example-{KEY}/"}
    with raw_server([(200, page)]) as server:
        client = client_of(server.url)
        with pytest.raises(KeywordsAIError) as refused:
            client.list_models()
        client.close()
    assert str(refused.value) == (
        "The next page of the model list is on another host, elsewhere.example-[key]; the key is "
        "not sent there."
    )


def test_a_limit_that_repeats_the_key_is_told_without_it_by_every_thread() -> None:
    """The words of one thread's 429 are those of the others' errors."""
    body = f'{{"detail": "{KEY} is over its limit"}}'.encode()
    with byte_server(answered(b"429 Slow\r\nRetry-After: 7200", body)) as server:
        client = client_of(server.url)
        told = {each for _ in range(2) for each in all_refused(client, 4)}
        client.close()
    way_out = (
        "[key] is over its limit. The service asks to wait 7200 s, but a call may take only 30 s. "
        "Wait and run again, or raise KEYWORDSAI_DEADLINE."
    )
    assert {re.sub(r"71\d\d(\.\d)? s", "7200 s", each) for each in told} == {
        f"GET /api/models/m/ returned 429: {way_out}",
        f"GET /api/models/m/ was not sent, because of the request limit: {way_out}",
    }


def test_threads_share_a_client() -> None:
    """Each gets the answer to a request of its own, and none is lost or doubled."""
    asked = times(24, 80)
    answers = [(200, {"id": "m", "input_cost": at}) for at in range(asked)]
    with raw_server(answers) as server:
        client = client_of(server.url, deadline=120)
        with ThreadPoolExecutor(8) as threads:
            models = list(threads.map(lambda _: client.retrieve_model("m"), range(asked)))
        client.close()
    assert sorted(model["input_cost"] for model in models) == list(range(asked))
    assert len(server.requests) == asked


def test_a_closed_client_is_used_again() -> None:
    """It connects anew, and leaves no thread behind."""
    before = set(threading.enumerate())
    with raw_server([(200, {"id": "m"})] * 4) as server:
        client = client_of(server.url)
        for _ in range(2):
            client.retrieve_model("m")
            client.retrieve_model("m")
            client.close()
            client.close()
    assert [request.connection for request in server.requests] == [0, 0, 1, 1]
    left = set(threading.enumerate()) - before
    assert "keywordsai-http" not in {thread.name for thread in left}


def test_closing_breaks_off_what_is_under_way() -> None:
    """The thread that waits for an answer reads that, and nothing is tried again."""
    with byte_server(then=(60.0,)) as server:
        client = client_of(server.url, deadline=60)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(client.retrieve_model, "m")
            while not server.heads:
                time.sleep(0.01)
            client.close()
            with pytest.raises(APIConnectionError) as broken:
                waiting.result(10)
    assert str(broken.value) == f"GET {server.url}/api/models/m/ was canceled by `close`."
    assert len(server.heads) == 1


BEGIN = """
import gc, socket, sys, threading, time
from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import APIConnectionError
from keywordsai_dynamic.core.settings import Settings

settings = Settings("k", "the test", sys.argv[1], deadline=float(sys.argv[2]))
client = KeywordsAIClient(Sender(settings))
"""
ASK = """
try:
    client.retrieve_model("m")
except APIConnectionError:
    pass
"""
DROP = """
thread = client._sender._wire._thread
del client
gc.collect()
thread.join(10)
print("ended" if not thread.is_alive() else "runs")
"""


def run(program: str, url: str, deadline: float) -> tuple[str, str]:
    """Run a program that is warned of all it leaves open; gives what it says."""
    command = [sys.executable, "-W", "error", "-c", program, url, str(deadline)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603  (our own)
    return done.stdout, done.stderr


@pytest.mark.parametrize("ask", few([ASK * 3, ASK], 1))
def test_a_client_that_nobody_closes_leaves_nothing_open(ask: str) -> None:
    """Neither where it is dropped, nor where it lives to the end of the process."""
    with byte_server(ANSWER) as server:
        assert run(BEGIN + ask + DROP, server.url, 30) == ("ended\n", "")
        assert run(BEGIN + ask, server.url, 30) == ("", "")


def test_a_process_ends_while_a_host_is_looked_up() -> None:
    """What the call no longer waits for, the process does not wait for either."""
    slow = "socket.getaddrinfo = lambda *_, **__: time.sleep(300)\n"
    assert run(BEGIN + slow + ASK, NOWHERE, 1) == ("", "")
    assert run(BEGIN + slow + ASK + "client.close()", NOWHERE, 1) == ("", "")


@pytest.mark.parametrize("end", ["", "client.close()"])
def test_ctrl_c_ends_a_wait_at_once(end: str) -> None:
    """Whoever waits for an answer at the keyboard need not wait for the deadline."""
    asking = f"{BEGIN}\ntry:\n    client.retrieve_model('m')\nfinally:\n    {end or 'pass'}\n"
    with byte_server(then=(60.0,)) as server:
        command = [sys.executable, "-c", asking, server.url, "60"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603  (our own)
        while not server.heads:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=7)
    assert said.splitlines()[-1] == "KeyboardInterrupt"


def test_ctrl_c_ends_a_command_at_once() -> None:
    """The command line says so in a word, without a traceback."""
    with byte_server(then=(60.0,)) as server:
        command = [str(Path(sys.executable).with_name("keywordsai-dynamic")), "models"]
        env = {**os.environ, "KEYWORDSAI_API_KEY": "k", "KEYWORDSAI_BASE_URL": server.url}
        process = subprocess.Popen(  # noqa: S603  (our own)
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while not server.heads:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=7)
    assert (told[0], "Traceback" in told[1]) == ("", False)
    assert process.returncode == 130


@pytest.mark.parametrize(
    ("name", "reason"), [("m" * 70_000, "URL too long"), ("\x7f", None), ("m", None)]
)
def test_a_name_that_fits_in_no_address_is_told_at_once(name: str, reason: str | None) -> None:
    """It is the caller's mistake, no lost connection: one line, and nothing is tried again."""
    slept: list[float] = []
    with byte_server(answered(b"404 No", b'{"detail": "Not found."}')) as server:
        client = client_of(server.url)
        client._sender.sleep = slept.append
        with pytest.raises(KeywordsAIError) as refused:
            client.retrieve_model(name)
        client.close()
    told = str(refused.value)
    assert (slept, len(told) < 400, "\n" in told) == ([], True, False)
    if reason:
        assert told.endswith(f"… cannot be sent: {reason}.")
        assert server.heads == []


@pytest.mark.parametrize("host", ["xn--a", "\u2603.example"])
def test_a_host_that_cannot_be_asked_is_told_at_once(host: str) -> None:
    """Nor is it a lost connection where only the library knows that no host is called so."""
    slept: list[float] = []
    client = client_of(f"https://{host}")
    client._sender.sleep = slept.append
    with pytest.raises(KeywordsAIError, match=r"^GET https://.*/api/models/m/ cannot be sent: "):
        client.retrieve_model("m")
    client.close()
    assert slept == []


@pytest.mark.parametrize(
    "following", [f"?page={'2' * 70_000}", "?page=\0", "/api/models/\x1b[31m?page=2"]
)
def test_a_next_page_that_cannot_be_asked_for_is_told_at_once(following: str) -> None:
    """The list has an answer; it is not asked for again."""
    with raw_server([(200, {"results": [], "next": following})]) as server:
        client = client_of(server.url)
        with pytest.raises(KeywordsAIError, match=r"^The next page of the model list is not"):
            client.list_models()
        client.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize("login", ["T0ken-Of-Acme-77", "T0k3", "me:hunter2"])
def test_a_proxys_login_that_it_repeats_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    """Neither as it is, nor as it was sent: in Base64."""
    sent = b64encode((login if ":" in login else f"{login}:").encode())
    words = login.rpartition(":")[2].encode() + b" " + sent
    with byte_server(b"HTTP/1.1 407 no " + words + b"\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{login}@127.0.0.1:{proxy.port}")
        client = client_of(NOWHERE)
        with pytest.raises(APIConnectionError) as refused:
            client.retrieve_model("m")
        client.close()
    assert f"Basic {sent.decode()}" in proxy.heads[0]
    assert "through HTTPS_PROXY: 407 no [password] [password]" in str(refused.value)
