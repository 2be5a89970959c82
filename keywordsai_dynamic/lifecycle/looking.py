"""Look at a live model, and decide by it: what a list shows is not always enough."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .ownership import Decision
from .run import Run
from .seen import Seen

Live = Mapping[str, Any] | None
"""A model object as the API returns it; None where no model has the name."""

Decide = Callable[[Live], Decision]


def look_and_decide(
    run: Run,
    name: str,
    fields: Collection[str],
    decide: Decide,
    *,
    expected: bool = False,
    whole: bool = False,
    max_age: float = float("inf"),
    deadline: float,
) -> tuple[Decision, Seen]:
    """Decide by the live model. The list alone never justifies a refusal, a message or a write.

    A list may lag behind and leave out fields, so the model is read by name first. To adopt models
    without sending anything, one confirmed model vouches for the rest of the list.
    """
    end = run.client.now + deadline
    seen = run.inventory.look_up(
        name, fields, expected=expected, whole=whole, max_age=max_age, deadline=deadline
    )
    decision = decide(seen.model)
    if _only_adopts(decision):
        with run.vouching:  # the others wait for its answer
            if not run.trusts_the_list:
                left = end - run.client.now
                seen = run.inventory.confirm(name, seen, expected=expected, deadline=left)
                decision = decide(seen.model)
                run.trusts_the_list = _only_adopts(decision)
    elif decision.sentence:
        left = end - run.client.now
        seen = run.inventory.confirm(name, seen, expected=expected, deadline=left)
        decision = decide(seen.model)
    return decision, seen


def _only_adopts(decision: Decision) -> bool:
    return decision.action == "adopt" and not decision.write
