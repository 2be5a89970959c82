"""Where key and base URL come from: who beats whom, a test per pair, and what is refused."""

from itertools import product

import pytest

from keywordsai_dynamic.core.errors import ConfigurationError
from keywordsai_dynamic.core.redaction import redact
from keywordsai_dynamic.core.settings import (
    Settings,
    Variable,
    base_url,
    certificates,
    debugging,
    proxy,
    resolve,
)

CONFIGURED = {
    "keywordsai:apiKey": "configured-key",
    "keywordsai:baseUrl": "https://configured.example",
}
KEYWORDSAI = {
    "KEYWORDSAI_API_KEY": "keywordsai-key",
    "KEYWORDSAI_BASE_URL": "https://keywordsai.example",
}
RESPAN = {"RESPAN_API_KEY": "respan-key", "RESPAN_BASE_URL": "https://respan.example"}
OVERRIDE = {"KEYWORDSAI_API_KEY_OVERRIDE": "rotated-key"}


def found(*sources: dict[str, str]) -> tuple[str, str, str]:
    """Resolve from these sources alone: key, where it came from, base URL."""
    merged = {name: value for source in sources for name, value in source.items()}
    settings = resolve(merged.get, {k: v for k, v in merged.items() if ":" not in k})
    return settings.require_key(), settings.key_origin, settings.base_url


def test_stack_configuration_wins_over_the_environment() -> None:
    """An explicit provider or stack configuration beats the environment, for both values."""
    assert found(CONFIGURED, KEYWORDSAI, RESPAN) == (
        "configured-key",
        "keywordsai:apiKey",
        "https://configured.example",
    )


def test_the_override_wins_over_stack_configuration() -> None:
    """A rotated key must work although configuration, or the state's copy of it, is older."""
    assert found(CONFIGURED, OVERRIDE)[:2] == ("rotated-key", "KEYWORDSAI_API_KEY_OVERRIDE")


def test_the_override_wins_over_the_environment() -> None:
    """The override beats the ordinary variables as well."""
    assert found(KEYWORDSAI, OVERRIDE)[:2] == ("rotated-key", "KEYWORDSAI_API_KEY_OVERRIDE")


def test_keywordsai_variables_win_over_respan_ones() -> None:
    """With both brands' variables set, the older name decides key and host."""
    assert found(KEYWORDSAI, RESPAN) == (
        "keywordsai-key",
        "KEYWORDSAI_API_KEY",
        "https://keywordsai.example",
    )


def test_respan_variables_serve_alone() -> None:
    """The new brand's variables are enough by themselves."""
    assert found(RESPAN) == ("respan-key", "RESPAN_API_KEY", "https://respan.example")


def test_a_configured_base_url_wins_over_each_variable() -> None:
    """The host is chosen by the same order as the key."""
    host = {"keywordsai:baseUrl": "https://configured.example"}
    for variables in (KEYWORDSAI, RESPAN):
        assert found(host, variables)[2] == "https://configured.example"


def test_a_keywordsai_host_wins_over_a_respan_host() -> None:
    """KEYWORDSAI_BASE_URL is read before RESPAN_BASE_URL, whoever's the key is."""
    host = {"KEYWORDSAI_BASE_URL": "https://keywordsai.example"}
    assert found(RESPAN, host)[2] == "https://keywordsai.example"


@pytest.mark.parametrize(
    ("key", "host"),
    [
        ({"keywordsai:apiKey": "k"}, "https://api.keywordsai.co"),
        ({"KEYWORDSAI_API_KEY": "k"}, "https://api.keywordsai.co"),
        ({"KEYWORDSAI_API_KEY_OVERRIDE": "k"}, "https://api.keywordsai.co"),
        ({"RESPAN_API_KEY": "k"}, "https://api.respan.ai"),
    ],
)
def test_the_default_host_goes_with_the_key(key: dict[str, str], host: str) -> None:
    """A RESPAN key is for the new host, every other one for the old."""
    assert found(key)[2] == host


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_variable_is_not_set(empty: str) -> None:
    """A variable that a shell left empty does not hide the next source."""
    assert found({"KEYWORDSAI_API_KEY": empty}, RESPAN)[0] == "respan-key"


def test_white_space_around_a_key_is_not_part_of_it() -> None:
    """A key pasted with a line break works."""
    assert found({"KEYWORDSAI_API_KEY": " key\n"})[0] == "key"


def test_without_a_key_settings_exist_and_a_request_says_both_ways_to_set_one() -> None:
    """A preview goes on without a key; whoever needs it learns how to set it."""
    settings = resolve(environ={})
    assert settings == Settings(None, "", "https://api.keywordsai.co")
    with pytest.raises(ConfigurationError) as refused:
        settings.require_key()
    assert str(refused.value) == (
        "No Keywords AI API key. Run `pulumi config set --secret keywordsai:apiKey KEY`, "
        "or set KEYWORDSAI_API_KEY."
    )


def test_a_key_that_no_header_can_carry_is_refused_unseen() -> None:
    """A key with a stray character is refused by its origin, without a letter of it."""
    for key in ("schlüssel", "two\nlines"):
        with pytest.raises(ConfigurationError) as refused:
            resolve(environ={"KEYWORDSAI_API_KEY": key})
        assert str(refused.value) == (
            "The API key in KEYWORDSAI_API_KEY contains characters that no key has."
        )


def test_the_key_is_in_no_representation() -> None:
    """Printing settings shows where the key came from, and not the key."""
    assert "keywordsai-key" not in repr(resolve(environ=KEYWORDSAI))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://api.keywordsai.co", "https://api.keywordsai.co"),
        ("https://api.keywordsai.co/", "https://api.keywordsai.co"),
        ("https://api.keywordsai.co/api", "https://api.keywordsai.co"),
        ("https://api.keywordsai.co/api/", "https://api.keywordsai.co"),
        ("  https://api.respan.ai/api//\n", "https://api.respan.ai"),
        ("https://proxy.example/llm/api/", "https://proxy.example/llm"),
        ("https://proxy.example:8443", "https://proxy.example:8443"),
        ("https://my-api", "https://my-api"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://my_host.example.", "https://my_host.example."),
        ("https://größe.example", "https://größe.example"),
        ("https://xn--gre-6ka8i.example", "https://xn--gre-6ka8i.example"),
        ("HTTPS://api.keywordsai.co", "HTTPS://api.keywordsai.co"),
    ],
)
def test_a_base_url_has_one_form(written: str, meant: str) -> None:
    """With and without slash, with and without `/api`: the same host."""
    assert base_url(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "api.keywordsai.co",
        "ftp://api.keywordsai.co",
        "https://",
        "https:///api",
        "https://host:port",
        "https://host:99999",
        "https://[::1",
        "https://[bad",
        "https://[::g]",
        "https://host:80x",
        "https://exa mple.com",
        "https://exa%20mple.com",
        "https://host/a b",
        "https://a..b",
        f"https://{'a' * 64}.example",
        "https://ex<a>mple",
        "https://h\\a",
        "https://xn--a",
        "https://\u2603.example",
        "key-123",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    """A base URL that leads nowhere is refused with one that would."""
    with pytest.raises(ConfigurationError) as refused:
        base_url(written)
    shown = repr(written) if "://" in written else "(not shown, because it may be a key)"
    assert str(refused.value) == (
        f"The base URL {shown} is not an address; set KEYWORDSAI_BASE_URL or keywordsai:baseUrl to "
        "one like https://api.keywordsai.co."
    )


@pytest.mark.parametrize("hidden", ["\x01", "\x7f", "\n", "\u202e", "\u200b"])
def test_what_cannot_be_seen_is_in_no_address(hidden: str) -> None:
    """Python's own reading would leave some of it out, and the request would not."""
    for written in (f"https://ho{hidden}st", f"https://host/a{hidden}b"):
        with pytest.raises(
            ConfigurationError, match=r"^The base URL 'https://.*' is not an address; "
        ):
            base_url(written)


@pytest.mark.parametrize("rest", ["?token=hush-hush", "#api", "/?x=1"])
def test_a_query_is_refused_and_not_shown(rest: str) -> None:
    """It could be a token."""
    with pytest.raises(ConfigurationError) as refused:
        base_url(f"https://host{rest}")
    shown = f"https://host{'/' * rest.startswith('/')}"
    assert str(refused.value) == f"The base URL {shown} continues after a ? or #; remove that."


def test_a_password_that_hides_in_a_wrong_address_is_not_shown() -> None:
    """An unescaped slash ends what Python takes for the host."""
    with pytest.raises(ConfigurationError) as refused:
        base_url("ftp://user:hush/hush@host")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "written",
    [
        "http://api.keywordsai.co",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://0.0.0.0:80",
    ],
)
def test_a_key_is_not_sent_unencrypted(written: str) -> None:
    """Plain http goes to loopback and nowhere else."""
    with pytest.raises(ConfigurationError) as refused:
        base_url(written)
    assert str(refused.value) == (
        f"The base URL {written} would send the API key unencrypted; use https:// or a "
        "loopback address."
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://user:hunter2@host", "https://host"),
        ("https://hunter2@host/api", "https://host/api"),
        ("https://host/user:hunter2@x/api", "https://x/api"),
        ("https://host/?user:hunter2@x", "https://x"),
        ("https://host/#hunter2@x", "https://x"),
        ("https://user:hunter2@host:99999", "https://host:99999"),
        ("https://user:hunter2@host:80x", "https://host:80x"),
        ("https://user:hunter2@[bad", "https://[bad"),
        ("https://user:hunter2/@host", "https://host"),
        ("https://user:/hunter2@host", "https://host"),
        ("https://user:#hunter2@host", "https://host"),
        ("https://user:?hunter2@host", "https://host"),
        ("https://user:hunter2@more@host", "https://host"),
        ("https://user:hunter2@host?token=hunter2", "https://host"),
        ("user:hunter2@host", "host"),
        ("https:user:hunter2@host", "host"),
        ("//user:hunter2@host", "host"),
        ("ftp://user:hunter2@host", "ftp://host"),
        ("https://user:hunter2%40host", "https://host"),
        ("https://user:hunter2\uff20host", "https://host"),
    ],
)
def test_a_password_in_the_base_url_is_refused_unseen(written: str, shown: str) -> None:
    """Credentials in the URL would end up in the state and in messages, wherever they stand."""
    with pytest.raises(ConfigurationError) as refused:
        base_url(written)
    assert str(refused.value) == (
        f"The base URL {shown} was given with a user name or password before an @; remove that."
    )
    assert "hunter2" not in redact(f"It was {written}.")


@pytest.mark.parametrize(("text", "seconds"), [("", 300.0), ("12.5", 12.5), ("600", 600.0)])
def test_the_deadline_is_a_number_of_seconds(text: str, seconds: float) -> None:
    """KEYWORDSAI_DEADLINE bounds a call; five minutes without it."""
    assert resolve(environ={"KEYWORDSAI_DEADLINE": text}).deadline == seconds


@pytest.mark.parametrize("text", ["0", "-1", "soon", "inf", "nan"])
def test_what_is_no_deadline_is_refused(text: str) -> None:
    """A deadline must be finite and above zero."""
    with pytest.raises(ConfigurationError) as refused:
        resolve(environ={"KEYWORDSAI_DEADLINE": text})
    assert str(refused.value) == "KEYWORDSAI_DEADLINE must be a number of seconds above 0."


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"KEYWORDSAI_DEBUG": ""}, False),
        ({"KEYWORDSAI_DEBUG": "0"}, False),
        ({"KEYWORDSAI_DEBUG": "1"}, True),
    ],
)
def test_tracebacks_are_asked_for(environ: dict[str, str], expected: bool) -> None:
    """KEYWORDSAI_DEBUG=1 wants tracebacks, and nothing else does."""
    assert debugging(environ) == expected


PROXY = "http://proxy.example:3128"
NAMES = [
    name for kind in ("http", "https", "all") for name in (f"{kind}_proxy", f"{kind}_proxy".upper())
]


@pytest.mark.parametrize("variable", NAMES)
@pytest.mark.parametrize(
    "url",
    [
        f"{scheme}://{host}{port}"
        for scheme, host, port in product(
            ("http", "https"),
            ("127.0.0.1", "127.8.9.1", "localhost", "LOCALHOST", "[::1]"),
            ("", ":80"),
        )
    ],
)
def test_loopback_is_asked_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    """Whichever variable names one: it may be on another machine."""
    monkeypatch.setenv(variable, PROXY)
    assert proxy(url) is None


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, None),
        ({"HTTPS_PROXY": PROXY}, Variable(PROXY, "HTTPS_PROXY")),
        ({"https_proxy": PROXY}, Variable(PROXY, "https_proxy")),
        ({"ALL_PROXY": PROXY}, Variable(PROXY, "ALL_PROXY")),
        ({"all_proxy": PROXY}, Variable(PROXY, "all_proxy")),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://b"}, Variable(PROXY, "https_proxy")),
        ({"HTTPS_PROXY": PROXY, "all_proxy": "http://c"}, Variable(PROXY, "HTTPS_PROXY")),
        ({"HTTPS_PROXY": "proxy.example:3128"}, Variable(PROXY, "HTTPS_PROXY")),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTPS_PROXY": "", "ALL_PROXY": PROXY}, Variable(PROXY, "ALL_PROXY")),
        *(
            ({"HTTPS_PROXY": PROXY, name: exempt}, None)
            for name in ("NO_PROXY", "no_proxy")
            for exempt in (
                "keywordsai.co",
                ".keywordsai.co",
                "api.keywordsai.co",
                "API.KEYWORDSAI.CO",
                "other.example, api.keywordsai.co:443",
                "*",
            )
        ),
        *(
            ({"HTTPS_PROXY": PROXY, "NO_PROXY": exempt}, Variable(PROXY, "HTTPS_PROXY"))
            for exempt in ("", "ywordsai.co", "keywordsai.com", "api.keywordsai.co:80", "localhost")
        ),
    ],
)
def test_which_proxy_another_host_is_asked_through(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], found: Variable | None
) -> None:
    """The scheme's goes before the one for all, lower case before upper, NO_PROXY before both."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy("https://api.keywordsai.co:443") == found


def test_a_proxys_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither as it is written in the address, nor as it is meant."""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunt%40er2@proxy.example")
    proxy("https://api.keywordsai.co")
    assert redact("no hunt%40er2 and no hunt@er2") == "no [password] and no [password]"


@pytest.mark.parametrize("entry", ["api.example:443", "example:443", "API.example:443"])
def test_no_proxy_may_name_the_port_that_an_address_leaves_out(
    monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """It is the scheme's own, and no other."""
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", entry)
    assert [proxy(f"https://api.example{port}") for port in ("", ":", ":443", "/llm")] == [None] * 4
    for url in ("https://api.example:444", "http://api.example"):
        assert proxy(url) == Variable(PROXY, "ALL_PROXY")
    monkeypatch.setenv("NO_PROXY", "api.example:80")
    assert proxy("http://api.example") is None


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, None),
        ({"SSL_CERT_FILE": "", "SSL_CERT_DIR": " "}, None),
        ({"SSL_CERT_FILE": "/f"}, Variable("/f", "SSL_CERT_FILE")),
        ({"SSL_CERT_DIR": "/d"}, Variable("/d", "SSL_CERT_DIR")),
        ({"SSL_CERT_DIR": "/d", "SSL_CERT_FILE": "/f"}, Variable("/f", "SSL_CERT_FILE")),
    ],
)
def test_which_certificates_are_trusted(environ: dict[str, str], found: Variable | None) -> None:
    """The file goes before the folder, as everywhere else."""
    assert certificates(environ) == found
