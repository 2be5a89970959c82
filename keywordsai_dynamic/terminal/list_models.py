"""The live models as commands fetch them: list pages and nothing else, with progress."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..api.client import KeywordsAIClient
from ..api.sending import Sender
from ..core.settings import Settings
from ..lifecycle.live_list import by_name
from .progress import progress


def live_models(settings: Settings) -> dict[str, dict[str, Any]]:
    """List every model that the key may see, own and built-in, by name.

    Raises KeywordsAIError where there is no key, no answer or no list.
    """
    settings.require_key()
    host = urlsplit(settings.base_url).netloc
    with progress(f"{host}: listing models") as tell:
        sender = Sender(settings, on_wait=lambda sentence: tell(f"{host}: {sentence}"))
        client = KeywordsAIClient(sender)
        try:
            listing = client.list_models(on_page=lambda number: tell(f"{host}: {number} models"))
            return by_name(listing.models)
        finally:
            client.close()
