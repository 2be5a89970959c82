"""Models that use a provider, which must not be deleted before them.

No page of the API says what becomes of them: they might be deleted too, and their prices with them.
"""

from __future__ import annotations

from ..core.errors import KeywordsAIError
from ..core.formatting import format_names
from .comparison import answer_of
from .inventory import FRESH
from .ownership import is_built_in
from .run import Run

_LOOK = 0.2
"""Seconds between two looks at what this run has deleted."""

_PATIENCE = 3.0
"""Seconds without a delete of a model under way, after which none is expected."""


def require_unused(run: Run, provider_id: str, *, destroys: bool | None, end: float) -> None:
    """Raise KeywordsAIError if models use a provider, other than those that this run is deleting.

    One list of the models serves every provider, and one more only a refusal. Deletes of other
    models are waited for while some are under way: without a dependency, Pulumi sends them at the
    same time. `end` is on the client's clock.
    """
    declared = [] if destroys else run.models_naming(provider_id)
    if declared:
        raise KeywordsAIError(_in_use(provider_id, declared))
    left = _attached(run, provider_id, FRESH, end)
    idle_since = run.client.now
    while left and run.client.now < end and run.client.now - idle_since < _PATIENCE:
        run.client.sleep(_LOOK)
        before, left = left, _attached(run, provider_id, float("inf"), end)
        if run.deletes_models or left != before:
            idle_since = run.client.now
    if left and (left := _attached(run, provider_id, 0.0, end)):
        raise KeywordsAIError(_in_use(provider_id, left))


def _attached(run: Run, provider_id: str, max_age: float, end: float) -> list[str]:
    models = run.inventory.listed(max_age=max_age, deadline=end - run.client.now)
    return [
        name
        for name, model in sorted((models or {}).items())
        if answer_of(model).get("provider_id") == provider_id and not is_built_in(model)
    ]


def _in_use(provider_id: str, models: list[str]) -> str:
    return (
        f"{provider_id} is not deleted, because models use it: {format_names(models)}. Delete them "
        "or declare another provider for them; if this run was to delete them, run it again."
    )
