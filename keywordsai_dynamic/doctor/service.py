"""Whether the service can be used from here: the key, the host, and a request with both."""

from __future__ import annotations

import os
import re
import shlex
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..api.listed_providers import ProviderListing
from ..core.config_keys import API_KEY, BASE_URL
from ..core.errors import APIConnectionError, APIStatusError, ConfigurationError, KeywordsAIError
from ..core.formatting import format_names
from ..core.redaction import without_credentials
from ..core.settings import KEYWORDSAI_URL, Settings, base_url, proxy, resolve
from ..lifecycle.ownership import is_built_in
from ..terminal.list_models import live_models, live_providers
from ..terminal.providers_table import models_by_provider
from .diagnosis import Diagnosis

Stacks = Mapping[str, Mapping[str, Any]]
Models = Mapping[str, Mapping[str, Any]]

_DEADLINE = 6.0
_ADDRESS = re.compile(r"^(KEYWORDSAI|RESPAN)_BASE_URL$|_PROXY$", re.IGNORECASE)
_KEYS = ("KEYWORDSAI_API_KEY_OVERRIDE", "KEYWORDSAI_API_KEY", "RESPAN_API_KEY")
_FIX_KEYS = (
    "give each endpoint a key that opens nothing else, and replace it if an API key may have leaked"
)
_FIX_URL = f"set KEYWORDSAI_BASE_URL to a URL like {KEYWORDSAI_URL}, or unset it"


def check_service(stacks: Stacks) -> list[Diagnosis]:
    """Check the key and the host, and request the lists of models and custom providers."""
    _hide_credentials(os.environ, stacks)
    try:
        settings = resolve()
    except ConfigurationError as error:
        return [
            *about_keys(None, os.environ, stacks),
            Diagnosis("host", "bad", str(error), _FIX_URL),
        ]
    diagnoses = about_keys(settings, os.environ, stacks) + about_host(settings, stacks)
    return diagnoses if settings.api_key is None else diagnoses + about_request(settings)


def about_request(settings: Settings) -> list[Diagnosis]:
    """Request the lists, and describe the responses, or why there are none."""
    try:
        quick = replace(settings, deadline=_DEADLINE)
        models = live_models(quick)
        return about_models(models) + about_providers(models, lambda: live_providers(quick))
    except ConfigurationError as error:  # the proxy or the certificates
        return [Diagnosis("service", "bad", str(error), "correct that setting, or unset it")]
    except APIConnectionError as error:
        through = proxy(settings.base_url)
        if through:
            to_do = f"correct {through.name}, or unset it"
            return [Diagnosis("service", "bad", str(error), to_do)]
        known = _resolves(urlsplit(settings.base_url).hostname or "")
        online = known or _resolves(urlsplit(KEYWORDSAI_URL).hostname or "")
        return [no_response(settings, error, known=known, online=online)]
    except KeywordsAIError as error:
        return [bad_response(settings, error)]


def about_keys(
    settings: Settings | None,
    environ: Mapping[str, str],
    stacks: Stacks,
) -> list[Diagnosis]:
    """Describe where keys are, and which one is used where; never what they are."""
    configured = {stack: config[API_KEY] for stack, config in stacks.items() if API_KEY in config}
    diagnoses = []
    origin = settings.key_origin if settings else ""
    if origin:
        diagnoses.append(Diagnosis("key", "good", f"from {origin}"))
        used = environ[origin].strip()
        for other in _KEYS:
            if other != origin and environ.get(other, "").strip() not in {"", used}:
                found = f"{other} has another key, which is not used: {origin} overrides it"
                diagnoses.append(Diagnosis("key", "note", found))
    elif settings and not configured:
        to_do = (
            "export KEYWORDSAI_API_KEY=…, or `pulumi config set --secret keywordsai:apiKey`; "
            "create keys in the console, under API keys"
        )
        diagnoses.append(Diagnosis("key", "bad", "there is no key", to_do))
    for stack, value in configured.items():
        diagnoses.append(_configured_key(stack, value, origin))
    return diagnoses


def _configured_key(stack: str, value: object, origin: str) -> Diagnosis:
    if not isinstance(value, Mapping):
        found = f"Pulumi.{stack}.yaml has one in plain text"
        to_do = f"`pulumi config set --secret keywordsai:apiKey {_option(stack)}`, with a new key"
        return Diagnosis("key", "bad", found, to_do)
    if origin == "KEYWORDSAI_API_KEY_OVERRIDE":
        return Diagnosis("key", "note", f"Pulumi.{stack}.yaml has one too; {origin} overrides it")
    if origin:
        found = f"Pulumi.{stack}.yaml has one too, and `pulumi` uses that one, not {origin}"
        return Diagnosis("key", "note", found)
    found = f"Pulumi.{stack}.yaml has one that only `pulumi` can read; it was not tried"
    to_do = (
        f"to try it: KEYWORDSAI_API_KEY=$(pulumi config get keywordsai:apiKey {_option(stack)}) "
        "keywordsai-dynamic doctor"
    )
    return Diagnosis("key", "note", found, to_do)


def _option(stack: str) -> str:
    return f"--stack {shlex.quote(stack)}"


def about_host(settings: Settings, stacks: Stacks) -> list[Diagnosis]:
    """Describe which host is used, and which stacks use another one."""
    diagnoses = [Diagnosis("host", "good", f"{settings.base_url}, from {settings.base_url_origin}")]
    for stack, config in stacks.items():
        url = config.get(BASE_URL)
        if isinstance(url, str):
            diagnoses += _configured_host(stack, url, settings)
    return diagnoses


def _configured_host(stack: str, url: str, settings: Settings) -> list[Diagnosis]:
    file, shown = f"Pulumi.{stack}.yaml", without_credentials(url)
    try:
        if base_url(url) == settings.base_url:
            return []
    except ConfigurationError as error:
        to_do = f"pulumi config set keywordsai:baseUrl {KEYWORDSAI_URL} {_option(stack)}"
        return [Diagnosis("host", "bad", f"{file} has {shown}: {error}", to_do)]
    found = f"{file} has {shown}, which `pulumi` uses for this stack"
    return [Diagnosis("host", "note", found)]


def _hide_credentials(environ: Mapping[str, str], stacks: Stacks) -> None:
    """Hide the passwords in URLs from all output, also where an error repeats them."""
    named = [value for name, value in environ.items() if _ADDRESS.search(name)]
    configured = [config.get(BASE_URL) for config in stacks.values()]
    for address in [*named, *configured]:
        if isinstance(address, str):
            without_credentials(address)


def about_models(models: Models) -> list[Diagnosis]:
    """Describe that the key works, and which models it sees."""
    custom = sum(not is_built_in(model) for model in models.values())
    return [
        Diagnosis("service", "good", "responds, and the key works"),
        Diagnosis("models", "good", f"{custom} custom, {len(models) - custom} built-in"),
    ]


def about_providers(
    models: Models, list_providers: Callable[[], ProviderListing]
) -> list[Diagnosis]:
    """Describe how many custom providers there are, which models use, and who can read their keys.

    The list is read once, and once more if it shows keys: what differs then is only a mask.
    """
    vendors = {name.split("/")[0] for name, model in models.items() if is_built_in(model)}
    using = models_by_provider(models)
    names = ["not shown"] if using is None else sorted(using.keys() - vendors) or ["none"]
    used = f"in use: {', '.join(names)}"
    try:
        listing = list_providers()
        shows = any(each.in_full for each in listing.providers.values())
        readable = listing.in_full(list_providers()) if shows else []
    except KeywordsAIError as error:
        return [Diagnosis("providers", "note", f"{used}; the list cannot be read: {error}")]
    found = [Diagnosis("providers", "good", f"{len(listing.providers)} custom, {used}")]
    if readable:
        warning = (
            "the service returns keys of custom providers in full: whoever has an API key can read "
            f"them ({format_names(readable)})"
        )
        found.append(Diagnosis("providers", "note", warning, _FIX_KEYS))
    return found


def no_response(
    settings: Settings, error: KeywordsAIError, *, known: bool, online: bool
) -> Diagnosis:
    """Distinguish a wrong host from no network: `known`: its name resolves, `online`: any does."""
    host = urlsplit(settings.base_url).netloc
    if known:
        return Diagnosis("service", "bad", str(error), _FIX_URL)
    if online:
        return Diagnosis("service", "bad", f"the host {host} does not exist", _FIX_URL)
    to_do = "connect to the internet, or set HTTPS_PROXY if there is a proxy"
    return Diagnosis("service", "bad", "no network: no host name can be resolved", to_do)


def bad_response(settings: Settings, error: KeywordsAIError) -> Diagnosis:
    """Distinguish a wrong key, a wrong host, and a failing service."""
    status = error.status_code if isinstance(error, APIStatusError) else 0
    host = urlsplit(settings.base_url).netloc
    if isinstance(error, APIStatusError) and status in {401, 403}:
        found = f"{host} does not accept the key from {settings.key_origin}: {error.detail}"
        to_do = (
            "create a new key in the console; enterprise accounts use a different host, "
            "endpoint.keywordsai.co (KEYWORDSAI_BASE_URL)"
        )
        return Diagnosis("service", "bad", found, to_do)
    if status == 429:
        return Diagnosis(
            "service", "bad", "the organization's request limit is reached", "wait a minute"
        )
    if status >= 500:
        return Diagnosis("service", "bad", f"{host} is failing: {error}", "try again later")
    return Diagnosis(
        "service", "bad", f"{host} responds, but not as Keywords AI: {error}", _FIX_URL
    )


def _resolves(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
