"""What the steps of every kind of resource return to an adapter."""

from __future__ import annotations

from typing import Any, NamedTuple


class Outputs(NamedTuple):
    """What the state will hold of a resource; `secret` names values that must be encrypted there.

    Those are hidden values that repeat a secret, and what is secret although no program says so.
    `inside` are the paths of such values inside of maps.
    """

    values: dict[str, Any]
    secret: frozenset[str]
    inside: frozenset[tuple[str, ...]] = frozenset()


class Reading(NamedTuple):
    """What a read has found; `inputs` is None where the engine can keep its own.

    What is secret in `outputs` is secret in `inputs` too.
    """

    outputs: Outputs
    inputs: dict[str, Any] | None
