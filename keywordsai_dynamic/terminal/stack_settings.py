"""Where commands find the key and base URL: in the environment, or in the stack they are given."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from ..core.config_keys import API_KEY, BASE_URL, NAMESPACE, refusal, unread
from ..core.errors import ConfigurationError
from ..core.redaction import one_line
from ..core.settings import Settings, resolve
from . import pulumi_cli
from .progress import progress


def settings_for(stack: str | None) -> Settings:
    """Return the key and base URL: those `pulumi` uses with the stack, or the environment's.

    The stack's values override the environment, except KEYWORDSAI_API_KEY_OVERRIDE. Raises
    ConfigurationError, which says how to fix it, if the stack cannot be read, one of its keys is a
    mistake, or there is no API key.
    """
    return _of_environment() if stack is None else _of_stack(stack)


def _of_environment() -> Settings:
    settings = resolve()
    if settings.api_key is None:
        raise ConfigurationError(
            "No Keywords AI API key. Set KEYWORDSAI_API_KEY, or name a stack that has one: "
            "--stack NAME."
        )
    return settings


def _of_stack(stack: str) -> Settings:
    with progress(f"reading the configuration of {one_line(stack)}"):
        config = pulumi_cli.configuration(stack, Path.cwd())
    # A misspelled base URL would send the stack's key to the default host.
    ours = {key: True for key in config if key.startswith(NAMESPACE)}  # none is shown or set openly
    if wrong := [f"{stack}: {key}" for key in unread(ours, stack) if key.wrong]:
        raise ConfigurationError(refusal([one_line(each) for each in wrong]))
    settings = resolve(config.get)
    if settings.api_key is None:
        command = f"pulumi config set --secret {API_KEY} KEY --stack {shlex.quote(stack)}"
        raise ConfigurationError(
            one_line(
                f"No Keywords AI API key in {stack}. Run `{command}`, or set KEYWORDSAI_API_KEY."
            )
        )
    named = {API_KEY: f"{API_KEY} of {stack}", BASE_URL: f"{BASE_URL} of {stack}"}
    return replace(
        settings,
        key_origin=named.get(settings.key_origin, settings.key_origin),
        base_url_origin=named.get(settings.base_url_origin, settings.base_url_origin),
    )
