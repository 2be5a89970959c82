"""`CustomModel.exists` of a generated SDK: whether something is live, without managing it."""

from __future__ import annotations

from ..core.kinds import MODEL, ResourceKind
from ..lifecycle.ownership import is_built_in
from ..lifecycle.provider_writes import find
from ..lifecycle.run import Run

_NO_RESOURCE = "__exists__"
"""How a made-up resource's name begins: with it, the engine's Read asks for nothing else."""


def asks_for_existence(urn: str) -> bool:
    """Return whether a Read is about no resource, but about what is live under an id."""
    return urn.rpartition("::")[2].startswith(_NO_RESOURCE)


def exists(run: Run, kind: ResourceKind, name: str) -> bool:
    """Return whether a custom model or provider is live.

    Raises KeywordsAIError where the service does not say.
    """
    if kind is MODEL:
        model = run.inventory.look_up(name).model
        return model is not None and not is_built_in(model)
    end = run.call_ends()
    answer, _ = find(run, name, end - run.client.now)
    if answer is None:
        run.inventory.require_api(name, end - run.client.now)
    return answer is not None
