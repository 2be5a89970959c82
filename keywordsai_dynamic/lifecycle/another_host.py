"""A model that was written under another base URL than the one that is set now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.names import BASE_URL, URN
from .comparison import comparable, differences, values_of
from .run import Run
from .state import answered_in


def require_same_host(run: Run, name: str, stored: Mapping[str, Any]) -> None:
    """Raise KeywordsAIError for a model that was written elsewhere."""
    sentence = elsewhere(run, name, stored)
    if sentence:
        raise KeywordsAIError(sentence)


def elsewhere(run: Run, name: str, stored: Mapping[str, Any]) -> str:
    """Say, if so, that a model was written under another base URL."""
    written_to, now = stored.get(BASE_URL), run.client.settings.base_url
    if not written_to or written_to == now:
        return ""
    return (
        f"{name} was written to {written_to}, and the base URL is {now} now. Set "
        "keywordsai:baseUrl (or KEYWORDSAI_BASE_URL) back. Where the service has moved, "
        "`pulumi refresh` accepts models whose values are equal; take others out of "
        "the state with `pulumi state delete`."
    )


def warn_of_another_host(
    run: Run, name: str, stored: Mapping[str, Any], live: Mapping[str, Any]
) -> None:
    """Let a service move that has the model with the same values, all of them, and say so."""
    if not elsewhere(run, name, stored):
        return
    known, answer = answered_in(stored), values_of(live)
    compared = comparable(known, answer)
    if not set(compared) - {"display_name"} or differences(
        compared, known, answer, run.inventory.service
    ):
        require_same_host(run, name, stored)
    run.log.warning(
        f"{name} was written to {stored[BASE_URL]}, and is read from "
        f"{run.client.settings.base_url} with the same values: from now on, that is the model "
        "this stack manages",
        run.ledger.urn(name) or stored.get(URN),
    )
