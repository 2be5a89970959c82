"""API key and base URL of a stack, as the Pulumi CLI returns them to a command."""

from pathlib import Path

import pytest

from keywordsai_dynamic.core.errors import ConfigurationError
from keywordsai_dynamic.core.redaction import redact
from keywordsai_dynamic.terminal.stack_settings import settings_for

KEY = "kw.a-key-of-this-stack"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a fake CLI on PATH that records its arguments."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "pulumi"


def says(cli: Path, output: str, errors: str = "", code: int = 0) -> None:
    cli.write_text(
        f"#!/bin/sh\necho \"$@\" > asked\ncat <<'END'\n{output}\nEND\n"
        f"cat >&2 <<'END'\n{errors}\nEND\nexit {code}\n"
    )
    cli.chmod(0o755)


def refused(stack: str | None) -> str:
    with pytest.raises(ConfigurationError) as error:
        settings_for(stack)
    return str(error.value)


BOTH = (
    f'{{"keywordsai:apiKey": {{"value": "{KEY}", "secret": true}}, '
    '"keywordsai:baseUrl": {"value": "http://127.0.0.1:1/api"}, "a:b": {"value": "c"}}'
)


def test_key_and_address_of_a_stack(cli: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They override the environment, messages name the stack, and the key stays hidden."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "kw.of-the-environment")
    monkeypatch.setenv("KEYWORDSAI_BASE_URL", "http://127.0.0.1:2")
    says(cli, BOTH)
    found = settings_for("acme/shop/dev")
    assert (found.api_key, found.key_origin) == (KEY, "keywordsai:apiKey of acme/shop/dev")
    assert found.base_url == "http://127.0.0.1:1"
    assert found.base_url_origin == "keywordsai:baseUrl of acme/shop/dev"
    assert (cli.parent / "asked").read_text() == (
        "--non-interactive --color=never config --show-secrets --json --stack=acme/shop/dev\n"
    )
    assert redact(f"got {KEY}") == "got [key]"


def test_what_a_stack_does_not_say_is_the_environments(
    cli: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `pulumi` does; the override variable wins over the stack's key."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "kw.of-the-environment")
    says(cli, "{}")
    assert settings_for("dev").key_origin == "KEYWORDSAI_API_KEY"
    monkeypatch.setenv("KEYWORDSAI_API_KEY_OVERRIDE", "kw.override")
    says(cli, BOTH)
    assert settings_for("dev").key_origin == "KEYWORDSAI_API_KEY_OVERRIDE"


@pytest.mark.parametrize("key", ["keywordsai:baseURL", "keywordsai:base_url", "keywordsai:apikey"])
def test_a_misspelled_key_of_a_stack_is_a_mistake(
    cli: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """The stack's API key would go to the default host, or the environment's to the stack's."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "kw.of-the-environment")
    says(cli, BOTH.replace("a:b", key))
    meant = "apiKey" if "api" in key else "baseUrl"
    assert refused("dev") == (
        f"dev: {key}: nothing reads this key; rename it to keywordsai:{meant}, or run "
        f"`pulumi config rm {key} --stack dev`"
    )
    says(cli, BOTH.replace("a:b", "keywordsai:region"))
    assert settings_for("dev").api_key == KEY


def test_no_key_anywhere(cli: Path) -> None:
    """One line with what to do."""
    assert refused(None) == (
        "No Keywords AI API key. Set KEYWORDSAI_API_KEY, or name a stack that has one: --stack "
        "NAME."
    )
    says(cli, "{}")
    assert refused("my stack") == (
        "No Keywords AI API key in my stack. Run `pulumi config set --secret keywordsai:apiKey KEY "
        "--stack 'my stack'`, or set KEYWORDSAI_API_KEY."
    )


def test_no_cli(cli: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CLI that is missing, or that cannot be run."""
    monkeypatch.setenv("PATH", str(cli.parent))
    assert refused("dev") == (
        "--stack needs the Pulumi CLI, which is not on PATH: https://www.pulumi.com/docs/install/"
    )
    cli.write_text("#!/bin/sh\n")
    assert refused("dev") == "The Pulumi CLI cannot be run: Permission denied."


@pytest.mark.parametrize(
    ("output", "errors", "code", "told"),
    [
        (
            "",
            "warning: old\nerror: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or "
            "PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
            1,
            "dev: the stack cannot be read: passphrase must be set with PULUMI_CONFIG_PASSPHRASE "
            "or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
        ),
        ("", "panic", 2, "dev: the stack cannot be read: `pulumi config` exited with code 2"),
        *(
            (
                output,
                "",
                0,
                "dev: `pulumi config --json` printed something other than a configuration",
            )
            for output in ("", "[]", "KEY  VALUE", '{"a": 1}', "[" * 100_000)
        ),
    ],
)
def test_a_stack_that_cannot_be_read(
    cli: Path, output: str, errors: str, code: int, told: str
) -> None:
    """It is one line, with the CLI's reason if it gives one."""
    says(cli, output, errors, code)
    assert refused("dev") == told
