"""The list of custom providers, which may hold every credential of an organization.

Only what may be shown is kept. Every credential is hidden before anything else is done with an
answer, so that no error can quote one.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..core.credentials import is_credential, looks_masked
from ..core.redaction import hide, hide_from_service, without_credentials
from .answers import Answer, name_of, object_of
from .bodies import parsed

_WITH_WORDS = {401, 403, 404, 429}
"""Failures whose words are shown; a failing service may put anything into them."""

_DECLARED = {"base_url", "api_key", "timeout"}
_UNSHOWN = "not shown, because it may contain credentials"
_salt = secrets.token_bytes(32)


@dataclass(frozen=True)
class ListedProvider:
    """A custom provider as a list shows it; None stands for what the list does not show.

    `timeout` is in seconds. `shows_settings` is False where the list lacks the map of settings, and
    `is_cut` means that `base_url` had a login or a query. `others` are the names of further
    settings. `in_full` are keyed hashes of the credentials that do not look masked.
    """

    provider_id: str
    provider_name: str | None
    base_url: str | None
    timeout: float | None
    shows_settings: bool
    is_cut: bool
    others: tuple[str, ...]
    in_full: frozenset[str]


@dataclass(frozen=True)
class ProviderListing:
    """The providers by id, and whether there are as many as the service counts."""

    providers: Mapping[str, ListedProvider]
    agrees: bool

    def in_full(self, again: ProviderListing) -> list[str]:
        """Return the ids of providers with a credential that two lists show alike, unmasked.

        A mask may look like a credential, but differs each time.
        """
        return [
            provider_id
            for provider_id, provider in self.providers.items()
            if (other := again.providers.get(provider_id)) and provider.in_full & other.in_full
        ]


def unquotable(answer: Answer) -> Answer:
    """Return an answer that is not quoted if it cannot be read: it may hold a credential."""
    try:
        parsed(answer.body or b"null")
    except ValueError as flaw:
        return _unread(answer, f"{flaw} ({_UNSHOWN})")
    return answer


def discreet(answer: Answer) -> Answer:
    """Return the answer to a list, of which no error quotes a credential; they are hidden now."""
    readable = unquotable(answer)
    body = parsed(readable.body or b"null")
    _hide_credentials(body)
    if 200 <= answer.status < 300 or not answer.body:
        return readable
    words = {
        name: text
        for name, text in object_of(body).items()
        if name in {"detail", "error"} and isinstance(text, str)
    }
    if words and answer.status in _WITH_WORDS:
        return replace(readable, body=json.dumps(words).encode())
    return _unread(readable, f"is {_UNSHOWN}")


def listed_alone(answer: Mapping[str, Any], provider_id: str) -> ListedProvider:
    """Read a provider that was asked for by its id, as a list would show it."""
    _hide_credentials(answer)
    listed = listed_provider({**answer, "provider_id": provider_id})
    assert listed is not None  # it has an id
    return listed


def listed_provider(item: Mapping[str, Any]) -> ListedProvider | None:
    """Read one item of the list, whose credentials are hidden already; None without an id."""
    provider_id = name_of(item, "provider_id")
    if provider_id is None:
        return None
    kwargs = item.get("extra_kwargs")
    settings = kwargs if isinstance(kwargs, Mapping) else {}
    name, address, timeout = item.get("provider_name"), settings.get("base_url"), None
    shown = without_credentials(address) if isinstance(address, str) else None
    hide_from_service({key: settings[key] for key in settings if key != "base_url"})
    if isinstance(settings.get("timeout"), int | float):
        timeout = settings["timeout"]
    return ListedProvider(
        provider_id,
        name if isinstance(name, str) else None,
        shown,
        timeout,
        isinstance(kwargs, Mapping),
        isinstance(address, str) and shown != address.strip(),
        tuple(sorted(settings.keys() - _DECLARED)),
        frozenset(
            _digest(each)
            for each in _credentials(item)
            if isinstance(each, str) and each.strip() and not looks_masked(each)
        ),
    )


def _unread(answer: Answer, flaw: str) -> Answer:
    return replace(answer, body=b"", flaw=answer.flaw or flaw)


def _credentials(value: object, *, inside: bool = False) -> Iterator[object]:
    """Yield every value below a name like `api_key`, at any depth."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _credentials(item, inside=inside or is_credential(name))
    elif isinstance(value, list):
        for item in value:
            yield from _credentials(item, inside=inside)
    elif inside:
        yield value


def _hide_credentials(body: object) -> None:
    for each in _credentials(body):
        if not isinstance(each, str) or any(map(str.isalnum, each)):  # dots are in other sentences
            hide(each)


def _digest(credential: str) -> str:
    return hmac.new(_salt, credential.encode(errors="replace"), "sha256").hexdigest()
