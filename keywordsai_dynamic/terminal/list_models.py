"""The service as commands ask it: a client with progress, and the lists that they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ..api.client import KeywordsAIClient
from ..api.listed_providers import ProviderListing
from ..api.sending import Sender
from ..core.settings import Settings
from ..lifecycle.live_list import by_name
from .progress import progress

Models = dict[str, dict[str, Any]]


def live_models(settings: Settings) -> Models:
    """List every model that the key can see, custom and built-in, by name.

    Raises KeywordsAIError if there is no key, no response, or no list in it.
    """
    with opened(settings, "listing models") as (client, show):
        return by_name(client.list_models(on_page=lambda number: show(f"{number} models")).models)


def live_providers(settings: Settings) -> ProviderListing:
    """List the organization's custom providers, without their credentials.

    Raises KeywordsAIError as `live_models` does.
    """
    with opened(settings, "listing providers") as (client, show):
        return client.providers.list_providers(on_page=lambda number: show(f"{number} providers"))


@contextmanager
def opened(
    settings: Settings, doing: str
) -> Iterator[tuple[KeywordsAIClient, Callable[[str], None]]]:
    """Open a client for one command; yields it, and what shows its progress.

    Until there is some, it shows what the command is `doing`.
    """
    settings.require_key()
    host = urlsplit(settings.base_url).netloc
    with progress(f"{host}: {doing}") as show:
        sender = Sender(settings, on_wait=lambda sentence: show(f"{host}: {sentence}"))
        client = KeywordsAIClient(sender)
        try:
            yield client, lambda sentence: show(f"{host}: {sentence}")
        finally:
            client.close()
