"""The live models as commands fetch them: only the pages of the list, with progress."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..api.client import KeywordsAIClient
from ..api.sending import Sender
from ..core.settings import Settings
from ..lifecycle.live_list import by_name
from .progress import progress


def live_models(settings: Settings) -> dict[str, dict[str, Any]]:
    """List every model that the key can see, custom and built-in, by name.

    Raises KeywordsAIError if there is no key, no response, or no list in it.
    """
    settings.require_key()
    host = urlsplit(settings.base_url).netloc
    with progress(f"{host}: listing models") as show:
        sender = Sender(settings, on_wait=lambda sentence: show(f"{host}: {sentence}"))
        client = KeywordsAIClient(sender)
        try:
            listing = client.list_models(on_page=lambda number: show(f"{host}: {number} models"))
            return by_name(listing.models)
        finally:
            client.close()
