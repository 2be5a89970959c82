"""What the steps of every kind of resource return to an adapter."""

from __future__ import annotations

from typing import Any, NamedTuple


class Outputs(NamedTuple):
    """What the state will hold of a resource; `secret` names values that must be encrypted there.

    Those are hidden values that repeat a secret, and what the adapter may not know to be one.
    """

    values: dict[str, Any]
    secret: frozenset[str]


class Reading(NamedTuple):
    """What a read has found; `inputs` is None where the engine can keep its own."""

    outputs: Outputs
    inputs: dict[str, Any] | None
