"""The live models as commands fetch them: list pages and nothing else, with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from .client import KeywordsAIClient
from .inventory import by_name
from .progress import progress
from .settings import Settings


def live_models(settings: Settings) -> dict[str, dict[str, Any]]:
    """List every model that the key may see, own and built-in, by name.

    Raises KeywordsAIError where there is no key, no answer or no list.
    """
    settings.require_key()
    host = urlsplit(settings.base_url).netloc
    with progress(f"{host}: listing models") as tell:
        client = KeywordsAIClient(settings, on_wait=lambda sentence: tell(f"{host}: {sentence}"))
        try:
            return by_name(_counted(client.list_models(), lambda n: tell(f"{host}: {n} models")))
        finally:
            client.close()


def _counted(
    models: Iterable[dict[str, Any]], tell: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    for number, model in enumerate(models, 1):
        if number % 100 == 0:
            tell(number)
        yield model
