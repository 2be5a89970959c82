"""The product without one of its guards: a simulation that does not notice sees nothing.

Each entry takes out one guard, or a pair where each covers for the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from keywordsai_dynamic.api import answers, retry, service_words
from keywordsai_dynamic.core import errors
from keywordsai_dynamic.lifecycle import (
    another_host,
    checking,
    engine_log,
    inventory,
    live_list,
    ownership,
    steps,
    writes,
)
from keywordsai_dynamic.lifecycle.deletion import Ledger
from keywordsai_dynamic.lifecycle.inventory import Inventory, Seen
from keywordsai_dynamic.lifecycle.ownership import Decision
from keywordsai_dynamic.lifecycle.run import Run

from . import process
from .scheduler import Lock

Change = tuple[object, str, object]

_FOREVER = 1e9


def _always(value: object) -> Callable[..., Any]:
    return lambda *_args, **_kwargs: value


def _as_found(_inventory: Inventory, _name: str, seen: Seen, **_kwargs: object) -> Seen:
    return seen


def _free(_inventory: Inventory, _name: str, listed: Any, _end: float) -> Seen:  # noqa: ANN401  (a list)
    return Seen(None, listed.listing.asked_at)


def _delete_at_once(running: Run, name: str, _stored: Mapping[str, Any]) -> str:
    return writes.delete(running, name)


def _retry_forever(failures: int, _left: float, jitter: float) -> float:
    return min(0.5 * 2.0**failures, 8.0) * jitter if failures < 60 else 0.0


MUTANTS: dict[str, list[Change]] = {
    "a delete is skipped for what the run declares": [
        (Ledger, "reason_to_skip_delete", _always(None))
    ],
    "one lock per model": [(Run, "lock_for", lambda _run, _name: Lock())],
    "a create looks first": [(steps, "_decide_create", _always(Decision("overwrite")))],
    "an update looks first": [(steps, "decide_update", _always(Decision("overwrite")))],
    "a replacement looks first": [
        (steps, "decide_replacement", _always(Decision("overwrite"))),
        (writes, "decide_replacement", _always(Decision("overwrite"))),
    ],
    "a delete before a replacement looks first": [(steps, "delete_unchanged", _delete_at_once)],
    "a 404 of a proxy is not the API's": [(answers, "_is_the_apis", _always(True))],
    "a 404 counts only from the API": [(Inventory, "_require_api", _always(None))],
    "another base URL stops": [
        (checking, "elsewhere", _always("")),
        (another_host, "elsewhere", _always("")),
    ],
    "what one model lacks says nothing of the next": [
        (Inventory, "_leaves_out", _always(False)),
    ],
    "an overwritten newcomer is told of": [(Run, "warn_if_raced", _always(None))],
    "messages are cleaned": [
        (engine_log, "redact", str),
        (errors, "redact", str),
        (service_words, "redact_words", str),
    ],
    "copies of secrets are secret": [(steps, "repeats_a_secret", _always(False))],
    "the program notes what it declares": [(process.Notes, "read", _always([]))],
    "a list grows old": [(writes, "FRESH", _FOREVER)],
    "a list alone proves nothing": [(Inventory, "confirm", _as_found)],
    "a name is free if two passes over pages lack it": [(Inventory, "_absent", _free)],
    "a 404 for a DELETE is looked into": [(Inventory, "require_gone", _always(None))],
    "only equal models are adopted": [(ownership, "_beyond_rounding", _always([]))],
    "built-in models are left alone": [
        (module, "is_built_in", _always(False)) for module in (ownership, inventory, live_list)
    ],
    "tries are counted, and end in time": [(retry, "pause", _retry_forever)],
}


@contextmanager
def without(guard: str) -> Iterator[None]:
    """Take a guard out of the product; "" leaves it whole."""
    with ExitStack() as stack:
        for target, name, instead in MUTANTS[guard] if guard else ():
            stack.enter_context(patch.object(target, name, instead))
        yield
