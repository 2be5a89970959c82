"""Whether the service can be used from here: the key, the host, and what the two give."""

from __future__ import annotations

import os
import re
import shlex
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..core.config_keys import API_KEY, BASE_URL
from ..core.errors import APIConnectionError, APIStatusError, ConfigurationError, KeywordsAIError
from ..core.redaction import without_credentials
from ..core.settings import KEYWORDSAI_URL, Settings, base_url, proxy, resolve
from ..lifecycle.ownership import is_built_in
from ..terminal.list_models import live_models
from .finding import Finding

Stacks = Mapping[str, Mapping[str, Any]]

_DEADLINE = 6.0
_ADDRESS = re.compile(r"^(KEYWORDSAI|RESPAN)_BASE_URL$|_PROXY$", re.IGNORECASE)
_KEYS = ("KEYWORDSAI_API_KEY_OVERRIDE", "KEYWORDSAI_API_KEY", "RESPAN_API_KEY")
_URL_OUT = f"set KEYWORDSAI_BASE_URL to an address like {KEYWORDSAI_URL}, or unset it"


def look_at_service(stacks: Stacks) -> list[Finding]:
    """Find the key and the host, and ask the host for its models."""
    _hide_credentials(os.environ, stacks)
    try:
        settings = resolve()
    except ConfigurationError as error:
        return [*about_keys(None, os.environ, stacks), Finding("host", "bad", str(error), _URL_OUT)]
    findings = about_keys(settings, os.environ, stacks) + about_host(settings, stacks)
    return findings if settings.api_key is None else findings + about_request(settings)


def about_request(settings: Settings) -> list[Finding]:
    """Ask the host for its models, and say what it answers, or why it does not."""
    try:
        return about_models(live_models(replace(settings, deadline=_DEADLINE)))
    except ConfigurationError as error:  # a proxy, or certificates, which a request needs first
        return [Finding("service", "bad", str(error), "correct what it names, or unset it")]
    except APIConnectionError as error:
        through = proxy(settings.base_url)
        if through:
            to_do = f"correct {through.name}, or unset it"
            return [Finding("service", "bad", str(error), to_do)]
        known = _resolves(urlsplit(settings.base_url).hostname or "")
        online = known or _resolves(urlsplit(KEYWORDSAI_URL).hostname or "")
        return [no_answer(settings, error, known=known, online=online)]
    except KeywordsAIError as error:
        return [bad_answer(settings, error)]


def about_keys(
    settings: Settings | None,
    environ: Mapping[str, str],
    stacks: Stacks,
) -> list[Finding]:
    """Say where keys are, and which one serves whom; never what they are."""
    configured = {stack: config[API_KEY] for stack, config in stacks.items() if API_KEY in config}
    findings = []
    found = settings.key_origin if settings else ""
    if found:
        findings.append(Finding("key", "good", f"from {found}"))
        used = environ[found].strip()
        for other in _KEYS:
            if other != found and environ.get(other, "").strip() not in {"", used}:
                told = f"{other} holds another key, which is not used: {found} goes first"
                findings.append(Finding("key", "note", told))
    elif settings and not configured:
        to_do = (
            "export KEYWORDSAI_API_KEY=…, or `pulumi config set --secret keywordsai:apiKey`; keys "
            "are made in the console, under API keys"
        )
        findings.append(Finding("key", "bad", "there is none", to_do))
    for stack, value in configured.items():
        findings.append(_configured_key(stack, value, found))
    return findings


def _configured_key(stack: str, value: object, found: str) -> Finding:
    if not isinstance(value, Mapping):
        told = f"Pulumi.{stack}.yaml holds one that everybody can read"
        to_do = f"`pulumi config set --secret keywordsai:apiKey {_option(stack)}`, with a new key"
        return Finding("key", "bad", told, to_do)
    if found == "KEYWORDSAI_API_KEY_OVERRIDE":
        return Finding("key", "note", f"Pulumi.{stack}.yaml holds one too; {found} goes before it")
    if found:
        told = f"Pulumi.{stack}.yaml holds one too, and `pulumi` takes that one, not {found}"
        return Finding("key", "note", told)
    told = f"Pulumi.{stack}.yaml holds one that only `pulumi` can read; it was not tried"
    to_do = (
        f"to try it: KEYWORDSAI_API_KEY=$(pulumi config get keywordsai:apiKey {_option(stack)}) "
        "keywordsai-dynamic doctor"
    )
    return Finding("key", "note", told, to_do)


def _option(stack: str) -> str:
    return f"--stack {shlex.quote(stack)}"


def about_host(settings: Settings, stacks: Stacks) -> list[Finding]:
    """Say which host is asked, and which stacks ask another one."""
    findings = [Finding("host", "good", f"{settings.base_url}, from {settings.base_url_origin}")]
    for stack, config in stacks.items():
        url = config.get(BASE_URL)
        if isinstance(url, str):
            findings += _configured_host(stack, url, settings)
    return findings


def _configured_host(stack: str, url: str, settings: Settings) -> list[Finding]:
    file, shown = f"Pulumi.{stack}.yaml", without_credentials(url)
    try:
        if base_url(url) == settings.base_url:
            return []
    except ConfigurationError as error:
        to_do = f"pulumi config set keywordsai:baseUrl {KEYWORDSAI_URL} {_option(stack)}"
        return [Finding("host", "bad", f"{file} says {shown}: {error}", to_do)]
    told = f"{file} says {shown}, and `pulumi` asks that one with this stack"
    return [Finding("host", "note", told)]


def _hide_credentials(environ: Mapping[str, str], stacks: Stacks) -> None:
    """Let nothing be shown of the passwords in addresses, whoever repeats them."""
    named = [value for name, value in environ.items() if _ADDRESS.search(name)]
    configured = [config.get(BASE_URL) for config in stacks.values()]
    for address in [*named, *configured]:
        if isinstance(address, str):
            without_credentials(address)


def about_models(models: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Say that the key works, what it sees, and which custom providers serve the own models."""
    own = [model for model in models.values() if not is_built_in(model)]
    vendors = {name.split("/")[0] for name, model in models.items() if is_built_in(model)}
    providers = {
        str(provider["provider_id"])
        for model in own
        if isinstance(provider := model.get("provider"), Mapping) and provider.get("provider_id")
    }
    used = ", ".join(sorted(providers - vendors)) or "none"
    return [
        Finding("service", "good", "answers, and the key works"),
        Finding("models", "good", f"{len(own)} own, {len(models) - len(own)} built-in"),
        Finding("providers", "good", f"custom ones in use: {used}"),
    ]


def no_answer(settings: Settings, error: KeywordsAIError, *, known: bool, online: bool) -> Finding:
    """Tell a wrong host from no network; `known`: its name resolves, `online`: any name does."""
    host = urlsplit(settings.base_url).netloc
    if known:
        return Finding("service", "bad", str(error), _URL_OUT)
    if online:
        return Finding("service", "bad", f"there is no host {host}", _URL_OUT)
    to_do = "connect to the internet, or set HTTPS_PROXY where there is a proxy"
    return Finding("service", "bad", "no network: no host's name can be found", to_do)


def bad_answer(settings: Settings, error: KeywordsAIError) -> Finding:
    """Tell a wrong key from a wrong host and from a service in trouble."""
    status = error.status_code if isinstance(error, APIStatusError) else 0
    host = urlsplit(settings.base_url).netloc
    if isinstance(error, APIStatusError) and status in {401, 403}:
        found = f"{host} does not accept the key from {settings.key_origin}: {error.detail}"
        to_do = (
            "make a new key in the console; enterprise accounts have a host of their own, "
            "endpoint.keywordsai.co (KEYWORDSAI_BASE_URL)"
        )
        return Finding("service", "bad", found, to_do)
    if status == 429:
        return Finding(
            "service", "bad", "the organization's request limit is reached", "wait a minute"
        )
    if status >= 500:
        return Finding("service", "bad", f"{host} is in trouble: {error}", "try again later")
    return Finding("service", "bad", f"{host} answers, and not as Keywords AI: {error}", _URL_OUT)


def _resolves(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
