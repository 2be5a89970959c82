"""Whether the service can be used from here: the key, the host, and what the two give."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..errors import APIConnectionError, APIStatusError, ConfigurationError, KeywordsAIError
from ..live_list import live_models
from ..ownership import is_built_in
from ..settings import KEYWORDSAI_URL, Settings, resolve
from .finding import Finding

Stacks = Mapping[str, Mapping[str, Any]]

_DEADLINE = 6.0
_KEYS = ("KEYWORDSAI_API_KEY_OVERRIDE", "KEYWORDSAI_API_KEY", "RESPAN_API_KEY")
_URL_OUT = f"set KEYWORDSAI_BASE_URL to an address like {KEYWORDSAI_URL}, or unset it"


def look_at_service(stacks: Stacks) -> list[Finding]:
    """Find the key and the host, and ask the host for its models."""
    try:
        settings = resolve()
    except ConfigurationError as error:
        return [*about_keys(None, os.environ, stacks), Finding("host", "bad", str(error), _URL_OUT)]
    findings = about_keys(settings, os.environ, stacks) + about_host(settings, stacks)
    if settings.api_key is None:
        return findings
    try:
        return findings + about_models(live_models(replace(settings, deadline=_DEADLINE)))
    except APIConnectionError as error:
        host, default = (
            urlsplit(settings.base_url).hostname or "",
            urlsplit(KEYWORDSAI_URL).hostname,
        )
        known = _resolves(host)
        online = known or _resolves(default or "")
        return [*findings, no_answer(settings, error, known=known, online=online)]
    except KeywordsAIError as error:
        return [*findings, bad_answer(settings, error)]


def about_keys(
    settings: Settings | None,
    environ: Mapping[str, str],
    stacks: Stacks,
) -> list[Finding]:
    """Say where keys are, and which one serves whom; never what they are."""
    configured = {
        stack: config["keywordsai:apiKey"]
        for stack, config in stacks.items()
        if "keywordsai:apiKey" in config
    }
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
        to_do = f"`pulumi config set --secret keywordsai:apiKey --stack {stack}`, with a new key"
        return Finding("key", "bad", told, to_do)
    if found == "KEYWORDSAI_API_KEY_OVERRIDE":
        return Finding("key", "note", f"Pulumi.{stack}.yaml holds one too; {found} goes before it")
    if found:
        told = f"Pulumi.{stack}.yaml holds one too, and `pulumi` takes that one, not {found}"
        return Finding("key", "note", told)
    told = f"Pulumi.{stack}.yaml holds one that only `pulumi` can read; it was not tried"
    to_do = (
        f"to try it: KEYWORDSAI_API_KEY=$(pulumi config get keywordsai:apiKey --stack {stack}) "
        "keywordsai-dynamic doctor"
    )
    return Finding("key", "note", told, to_do)


def about_host(settings: Settings, stacks: Stacks) -> list[Finding]:
    """Say which host is asked, and which stacks ask another one."""
    findings = [Finding("host", "good", f"{settings.base_url}, from {settings.base_url_origin}")]
    for stack, config in stacks.items():
        url = config.get("keywordsai:baseUrl")
        if isinstance(url, str) and url.rstrip("/").removesuffix("/api") != settings.base_url:
            told = f"Pulumi.{stack}.yaml says {url}, and `pulumi` asks that one with this stack"
            findings.append(Finding("host", "note", told))
    return findings


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
