"""Models and providers that were written under another base URL than the current one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.kinds import MODEL, ResourceKind
from ..core.names import BASE_URL, URN
from .comparison import comparable, differences, values_of
from .run import Run
from .state import answered_in


def require_same_host(
    run: Run, name: str, stored: Mapping[str, Any], kind: ResourceKind = MODEL
) -> None:
    """Raise KeywordsAIError for what was written under another base URL."""
    sentence = elsewhere(run, name, stored, kind)
    if sentence:
        raise KeywordsAIError(sentence)


def elsewhere(run: Run, name: str, stored: Mapping[str, Any], kind: ResourceKind = MODEL) -> str:
    """Return a sentence if a name was written under another base URL, and "" otherwise."""
    written_to, now = stored.get(BASE_URL), run.client.settings.base_url
    if not written_to or written_to == now:
        return ""
    return (
        f"{name} was written to {written_to}, but the base URL is now {now}. Change "
        "keywordsai:baseUrl (or KEYWORDSAI_BASE_URL) back. If the service has moved, "
        f"`pulumi refresh` accepts {kind.noun}s whose values are equal; remove others from "
        "the state with `pulumi state delete`."
    )


def warn_of_another_host(
    run: Run, name: str, stored: Mapping[str, Any], live: Mapping[str, Any]
) -> None:
    """Accept another base URL with a warning, if the model there has all the same values."""
    if not elsewhere(run, name, stored):
        return
    known, answer = answered_in(stored), values_of(live)
    compared = comparable(known, answer)
    if not set(compared) - {"display_name"} or differences(
        compared, known, answer, run.inventory.service
    ):
        require_same_host(run, name, stored)
    warn_of_move(run, name, stored)


def warn_of_move(
    run: Run, name: str, stored: Mapping[str, Any], kind: ResourceKind = MODEL
) -> None:
    """Warn that this stack manages what is under the current base URL from now on."""
    run.log.warning(
        f"{name} was written to {stored[BASE_URL]}, and {run.client.settings.base_url} has it with "
        f"the same values: from now on, this stack manages that {kind.noun}",
        run.ledgers[kind.noun].urn(name) or stored.get(URN),
    )
