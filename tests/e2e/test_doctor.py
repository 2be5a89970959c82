"""`doctor` with real keys, hosts, engines and environments: it names what is wrong, and no more."""

import json
import os
import socket
import sys
import threading
import venv
from collections.abc import Iterator
from dataclasses import astuple
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from harness.leaks import KEY
from harness.pulumi_stack import NewStack, Stack

from keywordsai_dynamic.doctor import examine
from keywordsai_dynamic.emulator import Emulator

KEYS_PAGE = (
    "export KEYWORDSAI_API_KEY=…, or `pulumi config set --secret keywordsai:apiKey`; create "
    "keys in the console, under API keys"
)
URL_OUT = "set KEYWORDSAI_BASE_URL to a URL like https://api.keywordsai.co, or unset it"


@pytest.fixture
def here(stack: Stack) -> Stack:
    """Make a project without configuration, with the emulator's key and host."""
    stack.write_program("")
    return stack


def doctor(stack: Stack, code: int) -> list[tuple[str, str, str, str]]:
    """Run the command; give what it found that is not good."""
    done = stack.run("keywordsai-dynamic", "doctor", "--format", "json", check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert told["healthy"] is (code == 0)
    return [tuple(each.values()) for each in told["findings"] if each["state"] != "good"]


def looked_at(stack: Stack) -> list[tuple[str, str, str, str]]:
    """Look as the command does, but from within this process, and without a CLI and a Python."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**stack.env, "PATH": ""}.items():
            patch.setenv(name, value)
        *found, cli, python = (each for each in examine(stack.project) if each.state != "good")
    stack.keep(repr(found))
    assert cli.found == "there is no Pulumi CLI on PATH"
    assert python.found == "python3 does not exist"
    return [astuple(each) for each in found]


def test_nothing_is_wrong(here: Stack, emulator: Emulator) -> None:
    """With all in order there is one line for each thing looked at, and the key is in none."""
    emulator.put_model("acme/one", base_model_name="gpt-4o")
    emulator.put_model("acme/two", custom_provider_id="my-vllm")
    # The environment's own Python, and not what makes runs quick: it is what the doctor tells.
    here.env["PATH"] = here.env["PATH"].partition(os.pathsep)[2]
    done = here.run("keywordsai-dynamic", "doctor")
    python = Path(sys.executable).with_name("python3")
    assert done.stdout.splitlines() == [
        "✓  key        from KEYWORDSAI_API_KEY",
        f"✓  host       {emulator.url}, from KEYWORDSAI_BASE_URL",
        "✓  service    responds, and the key works",
        "✓  models     2 custom, 17 built-in",
        "✓  providers  0 custom, in use: my-vllm",
        f"✓  pulumi     {engine_versions(here)}",
        f"✓  python     {'.'.join(map(str, sys.version_info[:3]))}, {python}",
        f"✓  packages   keywordsai-dynamic {installed('keywordsai-dynamic')}, "
        f"pulumi {installed('pulumi')}",
    ]


def test_readable_keys_are_a_warning(here: Stack, emulator: Emulator) -> None:
    """A service that returns keys of providers is no failure of the setup; no key is shown."""
    here.secrets.add(KEY)
    emulator.dialect.provider_echo = "full"
    emulator.put_provider("acme-vllm", extra_kwargs={"api_key": KEY})
    warning = (
        "the service returns keys of custom providers in full: whoever has an API key can read "
        "them (acme-vllm)"
    )
    way_out = (
        "give each endpoint a key that opens nothing else, and replace it if an API key may have "
        "leaked"
    )
    assert looked_at(here) == [("providers", "note", warning, way_out)]


def installed(name: str) -> str:
    from importlib.metadata import version  # noqa: PLC0415

    return version(name)


def engine_versions(stack: Stack) -> str:
    about = stack.pulumi("about", "--json").json
    host = next(each["version"] for each in about["plugins"] if each["kind"] == "language")
    return f"CLI {about['cliAbout']['version']}, language host {host}"


def test_no_key(here: Stack) -> None:
    """Without a key it says where to put one."""
    del here.env["KEYWORDSAI_API_KEY"]
    assert looked_at(here) == [("key", "bad", "there is no key", KEYS_PAGE)]


def test_a_wrong_key(here: Stack, emulator: Emulator) -> None:
    """A key that the host refuses is named by its place, never by its text."""
    here.env["KEYWORDSAI_API_KEY"] = "sesame-1234"
    ((subject, state, found, to_do),) = looked_at(here)
    host = emulator.url.removeprefix("http://")
    assert (subject, state) == ("service", "bad")
    assert found.startswith(f"{host} does not accept the key from KEYWORDSAI_API_KEY: ")
    assert to_do == (
        "create a new key in the console; enterprise accounts use a different host, "
        "endpoint.keywordsai.co (KEYWORDSAI_BASE_URL)"
    )
    assert "sesame" not in found


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html><body>Welcome to our shop</body></html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def website() -> Iterator[str]:
    """Serve a host that is not Keywords AI."""
    with HTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_wrong_host(here: Stack, website: str) -> None:
    """A host that answers something else is told from a wrong key, and from silence."""
    here.env["KEYWORDSAI_BASE_URL"] = website
    ((subject, state, found, to_do),) = looked_at(here)
    assert (subject, state, to_do) == ("service", "bad", URL_OUT)
    host = website.removeprefix("http://")
    assert found.startswith(f"{host} responds, but not as Keywords AI: ")
    assert "Welcome to our shop" in found


def test_a_host_where_nothing_listens(here: Stack) -> None:
    """A refused connection is the host's fault and not the network's."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        here.env["KEYWORDSAI_BASE_URL"] = f"http://127.0.0.1:{free.getsockname()[1]}"
    ((subject, state, found, to_do),) = looked_at(here)
    assert (subject, state, to_do) == ("service", "bad", URL_OUT)
    assert found.startswith(f"{here.env['KEYWORDSAI_BASE_URL']} could not be reached: ")


@pytest.mark.parametrize(
    ("reachable", "expected"),
    [
        (
            [],
            (
                "no network: no host name can be resolved",
                "connect to the internet, or set HTTPS_PROXY if there is a proxy",
            ),
        ),
        (["api.keywordsai.co"], ("the host api.keywordsay.co does not exist", URL_OUT)),
    ],
)
def test_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reachable: list[str], expected: object
) -> None:
    """Where no name resolves there is no network; where another one does, the host is misspelt."""

    def look_up(host: Any, *_: object, **__: object) -> list[object]:  # noqa: ANN401
        if host in reachable:
            return []
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setenv("KEYWORDSAI_API_KEY", "k")
    monkeypatch.setenv("KEYWORDSAI_BASE_URL", "https://api.keywordsay.co")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    (service,) = [each for each in examine(tmp_path) if each.subject == "service"]
    assert (service.state, service.found, service.to_do) == ("bad", *expected)  # type: ignore[misc]


def test_an_old_cli(here: Stack, tmp_path: Path) -> None:
    """A CLI before 3.254 is found out; so is one that is not there at all."""
    old = tmp_path / "old" / "pulumi"
    old.parent.mkdir()
    old.write_text(
        '#!/bin/sh\ncase "$*" in *version) echo v3.200.1;; *) echo \'{"cliAbout": '
        '{"version": "3.200.1"}, "plugins": null}\';; esac\n'
    )
    old.chmod(0o755)
    venv_bin = str(Path(sys.executable).parent)
    here.env["PATH"] = os.pathsep.join([str(old.parent), venv_bin, "/usr/bin", "/bin"])
    to_do = "https://www.pulumi.com/docs/install/"
    assert doctor(here, 1) == [
        (
            "pulumi",
            "bad",
            "CLI 3.200.1; `import-file` needs 3.254.0 or newer",
            f"install a newer one: {to_do}",
        )
    ]
    here.env["PATH"] = os.pathsep.join([venv_bin, "/usr/bin", "/bin"])
    assert doctor(here, 1) == [
        ("pulumi", "bad", "there is no Pulumi CLI on PATH", f"install it: {to_do}")
    ]


def test_the_package_is_not_where_the_engine_runs(here: Stack) -> None:
    """The Python of the project's own `virtualenv` is asked, and not the one this command has."""
    (here.project / "Pulumi.yaml").write_text(
        "name: test\nruntime:\n  name: python\n  options:\n    virtualenv: own\n"
    )
    venv.create(here.project / "own", symlinks=True)
    python = here.project / "own" / "bin" / "python"
    found = [each for each in doctor(here, 1) if each[1] == "bad"]
    version = ".".join(map(str, sys.version_info[:3]))
    assert [(told, to_do) for _, _, told, to_do in found] == [
        (
            f"{version}, {python}: keywordsai-dynamic is not installed in it",
            f"{python} -m pip install keywordsai-dynamic",
        )
    ]


def test_a_virtualenv_that_is_not_there(here: Stack) -> None:
    """A `virtualenv` that points nowhere is named, with where the engine looks for it."""
    (here.project / "Pulumi.yaml").write_text(
        "name: test\nmain: infra\nruntime:\n  name: python\n  options:\n    virtualenv: venv\n"
    )
    (here.project / "infra").mkdir()
    python = here.project / "infra" / "venv" / "bin" / "python"
    assert f"{python} does not exist" in [found for _, _, found, _ in doctor(here, 1)]


def test_two_keys_in_two_places(new_stack: NewStack, emulator: Emulator) -> None:
    """Each place that holds a key is named, with who uses it; none of it is an error."""
    stack = new_stack(
        {
            "RESPAN_API_KEY": "another-key-4vTq8",
            "KEYWORDSAI_API_KEY": emulator.api_key,
            "KEYWORDSAI_BASE_URL": emulator.url,
        }
    )
    stack.write_program("")
    stack.config("keywordsai:apiKey", "third-key-9wRz2", secret=True)
    stack.config("keywordsai:baseUrl", "https://endpoint.keywordsai.co/api")
    assert looked_at(stack) == [
        (
            "key",
            "note",
            "RESPAN_API_KEY has another key, which is not used: KEYWORDSAI_API_KEY overrides it",
            "",
        ),
        (
            "key",
            "note",
            "Pulumi.dev.yaml has one too, and `pulumi` uses that one, not KEYWORDSAI_API_KEY",
            "",
        ),
        (
            "host",
            "note",
            "Pulumi.dev.yaml has https://endpoint.keywordsai.co/api, which `pulumi` uses "
            "for this stack",
            "",
        ),
    ]
    del stack.env["KEYWORDSAI_API_KEY"], stack.env["RESPAN_API_KEY"]
    assert looked_at(stack)[0] == (
        "key",
        "note",
        "Pulumi.dev.yaml has one that only `pulumi` can read; it was not tried",
        "to try it: KEYWORDSAI_API_KEY=$(pulumi config get keywordsai:apiKey --stack dev) "
        "keywordsai-dynamic doctor",
    )


def test_a_key_that_everybody_can_read(here: Stack) -> None:
    """A key in plain text in a stack's file is found, and not shown."""
    here.config("keywordsai:apiKey", "plain-secret")
    assert looked_at(here) == [
        (
            "key",
            "bad",
            "Pulumi.dev.yaml has one in plain text",
            "`pulumi config set --secret keywordsai:apiKey --stack dev`, with a new key",
        )
    ]


PASSWORD = "Tr0ub4dor/Tr0ub4dor@3"  # noqa: S105  (a made-up one)
TOKEN = "tok_51HxQ8vLwZ"  # noqa: S105


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        (
            {"KEYWORDSAI_BASE_URL": f"https://me:{PASSWORD}@models.example"},
            ("host", "The base URL "),
        ),
        (
            {"KEYWORDSAI_BASE_URL": "https://me:Tr0ub4dor%2FTr0ub4dor@models.example"},
            (
                "host",
                "The base URL https://models.example was given with a user name or password "
                "before an @; remove that.",
            ),
        ),
        (
            {"KEYWORDSAI_BASE_URL": f"https://models.example/?token={TOKEN}"},
            (
                "host",
                "The base URL https://models.example/ continues after a ? or #; remove that.",
            ),
        ),
        (
            {"HTTPS_PROXY": f"http://me:{TOKEN}@127.0.0.1:1"},
            ("service", "https://models.example could not be reached through HTTPS_PROXY: "),
        ),
    ],
)
def test_no_password_in_an_address_is_shown(
    here: Stack, variables: dict[str, str], found: tuple[str, str]
) -> None:
    """Neither where an address is named, nor by what is said of it."""
    for secret in (PASSWORD, "Tr0ub4dor", TOKEN):
        here.secrets.add(secret)
    here.env |= {"KEYWORDSAI_BASE_URL": "https://models.example", **variables}
    ((subject, state, told, _),) = looked_at(here)
    assert (subject, state) == (found[0], "bad")
    assert told.startswith(found[1])


def test_no_password_in_a_configured_address_is_shown(here: Stack) -> None:
    """A stack's address is named without it, and refused, as `pulumi` will refuse it."""
    file = here.project / "Pulumi.dev.yaml"
    here.secrets.add(TOKEN, file)
    here.config("keywordsai:baseUrl", f"https://me:{TOKEN}@models.example/api")
    assert looked_at(here) == [
        (
            "host",
            "bad",
            "Pulumi.dev.yaml has https://models.example/api: The base URL "
            "https://models.example/api was given with a user name or password before an @; remove "
            "that.",
            "pulumi config set keywordsai:baseUrl https://api.keywordsai.co --stack dev",
        )
    ]
    here.config("keywordsai:baseUrl", f"https://models.example?token={TOKEN}")
    ((subject, state, told, _),) = looked_at(here)
    assert (subject, state) == ("host", "bad")
    assert told.startswith("Pulumi.dev.yaml has https://models.example: The base URL ")


def test_a_stack_that_writes_the_same_address_otherwise(here: Stack) -> None:
    """With `/api`, a slash or blanks it is the same address, which is nothing to say."""
    here.config("keywordsai:baseUrl", f" {here.env['KEYWORDSAI_BASE_URL']}/api/ ")
    assert looked_at(here) == []


@pytest.mark.parametrize(
    ("variable", "value", "found"),
    [
        ("SSL_CERT_FILE", "/nowhere.pem", "SSL_CERT_FILE is /nowhere.pem: "),
        (
            "ALL_PROXY",
            "gopher://proxy.example:70",
            "The proxy in ALL_PROXY has an unknown scheme, ",
        ),
        ("https_proxy", "http://", "The proxy in https_proxy is not an address "),
    ],
)
def test_what_a_request_needs_first(here: Stack, variable: str, value: str, found: str) -> None:
    """A proxy or certificates that cannot be used are one line, which names the variable."""
    here.env |= {"KEYWORDSAI_BASE_URL": "https://models.example", variable: value}
    ((subject, state, told, to_do),) = looked_at(here)
    assert (subject, state, to_do) == ("service", "bad", "correct that setting, or unset it")
    assert told.startswith(found)
