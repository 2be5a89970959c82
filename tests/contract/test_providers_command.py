"""`providers` and `doctor` against the API: every custom provider, and a key of none."""

import csv
import json
import sys
from collections.abc import Iterator
from io import StringIO
from typing import get_args

import pytest
import yaml
from harness.leaks import KEY
from harness.raw_server import byte_server, raw_server

from keywordsai_dynamic.cli import app as cli
from keywordsai_dynamic.doctor.diagnosis import Diagnosis
from keywordsai_dynamic.doctor.service import check_service
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.dialect import Echo, Generation, ProviderList

PROVIDERS = ("GET", "/api/providers/?page_size=100", None)
MODELS = ("GET", "/api/models/?all=true", None)
TOKEN = "tok_Jq4Wn8Zr2Xs6Vb0Yd5Lk"  # noqa: S105  (not one)
ROWS = [
    {
        "provider_id": "acme-vllm",
        "provider_name": "Acme vLLM",
        "base_url": "https://llm.acme.example/v1",
        "timeout": 30,
        "models": 2,
    },
    {"provider_id": "spare", "provider_name": "spare", "models": 0},
]


@pytest.fixture
def console(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An organization with a provider that two models use, and one without anything."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", emulator.api_key)
    monkeypatch.setenv("KEYWORDSAI_BASE_URL", emulator.url)
    monkeypatch.setenv("KEYWORDSAI_DEBUG", "1")
    emulator.put_provider("spare")
    emulator.put_provider(
        "acme-vllm",
        provider_name="Acme vLLM",
        extra_kwargs={
            "base_url": "https://llm.acme.example/v1",
            "api_key": KEY,
            "timeout": 30,
            "headers": {"X-Token": TOKEN},
        },
    )
    emulator.put_model("acme/support", custom_provider_id="acme-vllm", input_cost=3)
    emulator.put_model("acme/faq", custom_provider_id="acme-vllm", input_cost=3)
    emulator.put_model("acme/base", base_model_name="gpt-4o", input_cost=3)
    return emulator


@pytest.fixture(autouse=True)
def nothing_leaks(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """No part of a credential that would identify it is left in what a test did not read."""
    yield
    assert_no_credential("".join(capsys.readouterr()))


def assert_no_credential(printed: str) -> None:
    for secret in (KEY, TOKEN):
        pieces = [secret[at : at + 8] for at in range(len(secret) - 7)]
        assert [piece for piece in pieces if piece in printed] == []


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *args: str
) -> tuple[int, str, str]:
    """Run the command as its script does; return exit code and output, without a credential."""
    monkeypatch.setattr(sys, "argv", ["keywordsai-dynamic", "providers", *args])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert_no_credential(out + err)
    return int(ended.value.code or 0), out, err


def test_the_table(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each provider, from one list of providers and one of models."""
    code, out, err = run(monkeypatch, capsys)
    assert [line.split() for line in out.splitlines()] == [
        ["provider", "name", "base", "URL", "timeout", "models"],
        ["acme-vllm", "Acme", "vLLM", "2"],
        ["spare", "spare", "0"],
    ]
    assert (code, err) == (0, "2 providers\n")
    assert console.calls == [PROVIDERS, MODELS]


def test_a_catalog_is_not_a_format_of_providers(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catalogs hold no providers, so that `--format catalog` is wrong use, and asks for nothing."""
    code, out, err = run(monkeypatch, capsys, "--format", "catalog")
    assert (code, out, console.calls) == (2, "", [])
    assert "catalog" in err


@pytest.mark.parametrize("echo", get_args(Echo))
@pytest.mark.parametrize("shape", get_args(ProviderList))
def test_no_format_shows_a_key(
    console: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    echo: Echo,
    shape: ProviderList,
) -> None:
    """Whatever the service shows, address and timeout are told where they are in it, and no key."""
    console.dialect.provider_echo = console.dialect.provider_in_models = echo
    console.dialect.provider_list = shape
    hidden = {"base_url", "timeout"} if echo == "no_extra_kwargs" else set()
    rows = [{key: row[key] for key in row if key not in hidden} for row in ROWS]
    assert run(monkeypatch, capsys, "--format", "table")[0] == 0
    assert json.loads(run(monkeypatch, capsys, "--format", "json")[1]) == rows
    assert yaml.safe_load(run(monkeypatch, capsys, "--format", "yaml")[1]) == {
        row["provider_id"]: {key: row[key] for key in row if key != "provider_id"} for row in rows
    }
    read = csv.DictReader(StringIO(run(monkeypatch, capsys, "--format", "csv")[1]))
    assert [{key: cell for key, cell in row.items() if cell} for row in read] == [
        {key: str(value) for key, value in row.items()} for row in rows
    ]


@pytest.mark.parametrize("generation", get_args(Generation))
def test_every_generation_is_read(
    console: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    generation: Generation,
) -> None:
    """Each shape of the API gives ids and names, and the models that each provider has."""
    console.dialect.generation = generation
    rows = json.loads(run(monkeypatch, capsys, "--format", "json")[1])
    told = [(row["provider_id"], row["provider_name"], row["models"]) for row in rows]
    assert told == [("acme-vllm", "Acme vLLM", 2), ("spare", "spare", 0)]


def test_all_pages_are_read_and_nothing_by_name(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """248 further providers are three pages of 100, and no request for one of them."""
    console.dialect.provider_list = "page"
    for number in range(248):
        console.put_provider(f"p-{number:03}", extra_kwargs={"api_key": f"{KEY}-{number}"})
    _, out, err = run(monkeypatch, capsys, "--format", "json")
    assert len(json.loads(out)) == 250
    assert err == ""
    assert [(method, path.partition("?")[0]) for method, path, _ in console.calls] == [
        *[("GET", "/api/providers/")] * 3,
        ("GET", "/api/models/"),
    ]


def test_providers_are_chosen_by_id(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--match` takes a glob or an id; what matches nothing is said, and is no failure."""
    console.dialect.provider_echo = "absent"
    chosen = run(monkeypatch, capsys, "--match", "acme-*", "--format", "json")
    assert json.loads(chosen[1]) == ROWS[:1]
    nothing = run(monkeypatch, capsys, "--match", "no\x1b", "--match", "none")
    assert nothing == (0, "", "no custom provider matches no\\x1b or none\n")


def test_an_organization_may_have_none(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty list is an empty list."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", emulator.api_key)
    monkeypatch.setenv("KEYWORDSAI_BASE_URL", emulator.url)
    assert run(monkeypatch, capsys, "--format", "json") == (0, "[]\n", "no custom providers\n")


def served(*answers: tuple[int, object]) -> list[tuple[int, object]]:
    """The answers of a service, the last of which is a list of models without providers."""
    return [*answers, (200, [{"model_name": "m", "affiliation_category": "custom"}])]


def test_a_key_in_another_place_is_not_shown_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A login or a query in an address, and a key that somebody also wrote into name or path."""
    kwargs = {"base_url": f"https://joe:{TOKEN}@h.example/{KEY}/v1?key={TOKEN}", "api_key": KEY}
    item = {"provider_id": "p", "provider_name": f"with {KEY}", "extra_kwargs": kwargs}
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "k" * 20)
    with raw_server(served((200, [item]))) as server:
        monkeypatch.setenv("KEYWORDSAI_BASE_URL", server.url)
        code, out, err = run(monkeypatch, capsys, "--format", "json")
    shown = {"provider_name": "with [secret]", "base_url": "https://h.example/[secret]/v1"}
    assert (code, json.loads(out), err) == (0, [{"provider_id": "p", **shown}], "")


def test_a_list_that_lacks_some_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that counts more providers than there are pages for is not passed off as the whole."""
    page = {"count": 2, "next": None, "results": [{"id": "p", "provider_name": None}, {"id": 7}]}
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "k" * 20)
    with raw_server(served((200, page))) as server:
        monkeypatch.setenv("KEYWORDSAI_BASE_URL", server.url)
        code, out, err = run(monkeypatch, capsys, "--format", "json")
    assert (code, json.loads(out)) == (0, [{"provider_id": "p"}])
    assert err == "the service lists fewer providers than it counts; some may be missing\n"


ITEM = {"provider_id": "p", "extra_kwargs": {"api_key": KEY}}
NOT_SHOWN = "not shown, because it may contain credentials"
LIST = "GET /api/providers/?page_size=100"
FAILURES = {
    "a body that is cut": (
        (200, f'[{{"api_key": "{KEY}"'.encode()),
        f"{LIST} returned 200 with a body that is not JSON ({NOT_SHOWN})",
    ),
    "a number that is none": (
        (200, f'[{{"api_key": "{KEY}", "timeout": NaN}}]'.encode()),
        f"{LIST} returned 200 with a body that contains NaN or a number that is too large "
        f"({NOT_SHOWN})",
    ),
    "no list": (
        (200, {"results": {"p": ITEM}}),
        f"{LIST} returned something other than a provider list.",
    ),
    "an address with a key": (
        (200, {"results": [ITEM], "next": {"api_key": TOKEN, "of": KEY}}),
        f'{LIST} returned a `next` that is not an address: {{"api_key": "[secret]", '
        '"of": "[secret]"}',
    ),
    "a failure that dumps everything": (
        (500, {"detail": f"KeyError {KEY}", "locals": {"key": TOKEN}}),
        f"{LIST} returned 500: no explanation (its body is {NOT_SHOWN})",
    ),
    "a page of a proxy": (
        (403, f"<html>{KEY}</html>".encode()),
        f"{LIST} returned 403: no explanation (its body is not JSON ({NOT_SHOWN}))",
    ),
    "a refusal in other words": (
        (403, [f"no {KEY}"]),
        f"{LIST} returned 403: no explanation (its body is {NOT_SHOWN})",
    ),
    "a failure without a body": (
        (500, b""),
        f"{LIST} returned 500: no explanation",
    ),
    "a refusal that repeats the item": (
        (403, {"detail": f"You may not read {KEY}.", "item": ITEM}),
        f"{LIST} returned 403: You may not read [secret].",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("debugging", [False, True])
def test_no_error_shows_a_key(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: str,
    *,
    debugging: bool,
) -> None:
    """What goes wrong is one line without a key, and its traceback holds none either."""
    answer, line = FAILURES[failure]
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "k" * 20)
    if debugging:
        monkeypatch.setenv("KEYWORDSAI_DEBUG", "1")
    status, body = answer
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n"
    with byte_server(head.encode() + content) as server:
        monkeypatch.setenv("KEYWORDSAI_BASE_URL", server.url)
        code, out, err = run(monkeypatch, capsys)
    assert (code, out) == (2, "")
    assert err.rstrip("\n").rpartition("\n")[2].endswith(line)
    assert ("Traceback" in err) == debugging


IN_FULL = Diagnosis(
    "providers",
    "note",
    "the service returns keys of custom providers in full: whoever has an API key can read them "
    "(acme-vllm)",
    "give each endpoint a key that opens nothing else, and replace it if an API key may have "
    "leaked",
)


@pytest.mark.parametrize("echo", get_args(Echo))
@pytest.mark.parametrize("shape", get_args(ProviderList))
def test_doctor_counts_providers_and_warns_of_readable_keys(
    console: Emulator, echo: Echo, shape: ProviderList
) -> None:
    """Only keys in full are warned of; a second list tells them from masks that vary."""
    console.dialect.provider_echo = echo
    console.dialect.provider_list = shape
    found = [each for each in check_service({}) if each.subject == "providers"]
    counted = Diagnosis("providers", "good", "2 custom, in use: acme-vllm")
    assert found == [counted, *([IN_FULL] if echo == "full" else [])]
    assert_no_credential(repr(found))
    lists = 2 if echo in {"full", "varies"} else 1
    assert console.calls == [MODELS, *[PROVIDERS] * lists]


def test_doctor_says_if_providers_cannot_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that refuses the list is no failure of the setup, and its words hold no key."""
    refusal = (403, {"detail": f"You may not read {KEY}.", "item": ITEM})
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "k" * 20)
    with raw_server([(200, []), refusal]) as server:
        monkeypatch.setenv("KEYWORDSAI_BASE_URL", server.url)
        found = check_service({})[-1]
    assert (found.subject, found.state, found.to_do) == ("providers", "note", "")
    assert found.found == (
        f"in use: none; the list cannot be read: {LIST} returned 403: You may not read [secret]."
    )
