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
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.kinds import ResourceKind
from keywordsai_dynamic.core.names import MODELS
from keywordsai_dynamic.lifecycle import (
    another_host,
    checking,
    decisions,
    engine_log,
    inventory,
    live_list,
    ownership,
    provider_state,
    provider_steps,
    provider_writes,
    set_failures,
    set_plan,
    set_state,
    set_steps,
    set_writes,
    state,
    steps,
    writes,
)
from keywordsai_dynamic.lifecycle.declaration import Declaration
from keywordsai_dynamic.lifecycle.deletion import Ledger
from keywordsai_dynamic.lifecycle.inventory import Inventory
from keywordsai_dynamic.lifecycle.ownership import Decision
from keywordsai_dynamic.lifecycle.provider_answer import LiveProvider, Match
from keywordsai_dynamic.lifecycle.provider_parts import Parts, Path
from keywordsai_dynamic.lifecycle.provider_state import Moved, Stored
from keywordsai_dynamic.lifecycle.results import Outputs
from keywordsai_dynamic.lifecycle.run import Run
from keywordsai_dynamic.lifecycle.seen import Seen
from keywordsai_dynamic.lifecycle.set_failures import PartlyDoneError
from keywordsai_dynamic.lifecycle.wide import Crew
from keywordsai_dynamic.native import properties, servicer
from keywordsai_dynamic.native.program_notes import ProgramNotes
from keywordsai_dynamic.native.properties import outputs_of
from keywordsai_dynamic.native.wire import Received

from . import process
from .scheduler import Lock

Change = tuple[object, str, object]

_FOREVER = 1e9
_MATCH = LiveProvider.match


def _always(value: object) -> Callable[..., Any]:
    return lambda *_args, **_kwargs: value


def _as_found(_inventory: Inventory, _name: str, seen: Seen, **_kwargs: object) -> Seen:
    return seen


def _free(_inventory: Inventory, _name: str, listed: Any, _end: float) -> Seen:  # noqa: ANN401  (a list)
    return Seen(None, listed.listing.asked_at)


def _delete_at_once(running: Run, name: str, _stored: Mapping[str, Any]) -> str:
    return writes.delete(running, name)


def _delete_anyway(
    _run: Run, _name: str, urn: str | None, **_: object
) -> tuple[str | None, str | None]:
    return urn, None


def _live_values(stored: Stored, moved: list[Moved]) -> Parts:
    return {**stored.declared, **{path: "*" for path, _, _ in moved}}


def _equal_if_not_shown(live: LiveProvider, path: Path, value: object, *, secret: bool) -> Match:
    found = _MATCH(live, path, value, secret=secret)
    return "equal" if found == "not shown" else found


def _in_plain(kind: ResourceKind, outs: Outputs) -> Received:
    return outputs_of(kind, outs)._replace(secret=frozenset())


@contextmanager
def _without_its_state(_resource: object, _id: str) -> Iterator[None]:
    try:
        yield
    except PartlyDoneError as error:
        raise KeywordsAIError(error.with_state) from None


def _kept_in_plain(stored: Mapping[str, Any], wanted: Declaration | None = None) -> Outputs:
    return set_state.kept(stored, wanted)._replace(secret=frozenset())


def _answers_changed(stored: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    return set_state.changed_models({MODELS: stored[MODELS]}, inputs)


def _what_is_done(crew: Crew[Any], _ended: str) -> dict[str, Any]:
    return crew.done


def _retry_forever(failures: int, _left: float, jitter: float) -> float:
    return min(0.5 * 2.0**failures, 8.0) * jitter if failures < 60 else 0.0


MUTANTS: dict[str, list[Change]] = {
    "a delete is skipped for what the run declares": [
        (Ledger, "reason_to_skip_delete", _always(None))
    ],
    "one lock per model": [(Run, "lock_for", lambda _run, _name, _kind=None: Lock())],
    "a create looks first": [(decisions, "to_create", _always(Decision("overwrite")))],
    "an update looks first": [(decisions, "decide_update", _always(Decision("overwrite")))],
    "a replacement looks first": [
        (decisions, "decide_replacement", _always(Decision("overwrite"))),
        (writes, "decide_replacement", _always(Decision("overwrite"))),
    ],
    "a delete before a replacement looks first": [
        (steps, "delete_unchanged", _delete_at_once),
        (steps, "look", _always(([], False))),  # the check before it looks too
    ],
    "a delete of what depends on a replaced one looks first": [
        (Ledger, "note_chained", _always(None))
    ],
    "an update of a provider looks first": [
        (provider_steps, "decide_update", _always(Decision("overwrite")))
    ],
    "another base URL stops a provider": [
        (provider_steps, "require_same_host", _always(None)),
        (checking, "elsewhere", _always("")),
    ],
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
    "copies of secrets are secret": [(state, "repeating_a_secret", _always(False))],
    "the program notes what it declares": [(process.Notes, "read", _always([]))],
    "the plugin notes that resources are left out": [
        (ProgramNotes, "_add_left_out", _always(None))
    ],
    "the plugin marks what is secret": [(properties, "outputs_of", _in_plain)],
    "a list grows old": [(writes, "FRESH", _FOREVER)],
    "a list alone proves nothing": [(Inventory, "confirm", _as_found)],
    "a name is free if two passes over pages lack it": [(Inventory, "_absent", _free)],
    "a 404 for a DELETE is looked into": [(Inventory, "require_gone", _always(None))],
    "only equal models are adopted": [(ownership, "_beyond_rounding", _always([]))],
    "built-in models are left alone": [
        (module, "is_built_in", _always(False)) for module in (ownership, inventory, live_list)
    ],
    "tries are counted, and end in time": [(retry, "pause", _retry_forever)],
    "a create of a provider looks first": [
        (provider_steps, "decide_create", _always(Decision("overwrite")))
    ],
    "a replacement of a provider looks first": [
        (provider_steps, "decide_replacement", _always(Decision("overwrite")))
    ],
    "a delete is skipped for a provider that the run declares": [
        (provider_steps, "reason_not_to_delete", _delete_anyway)
    ],
    "a provider that models use is not deleted": [
        (provider_steps, "require_unused", _always(None))
    ],
    "a provider is not deleted before its replacement": [
        (Ledger, "precedes_its_replacement", _always(False)),
        (provider_steps, "require_unused", _always(None)),
    ],
    "a changed key leaves a marker": [(provider_steps, "after_drift", _live_values)],
    "a key that has changed is noticed": [(provider_state, "_secret_moved", _always(False))],
    "a key is sent where it is not shown": [(LiveProvider, "match", _equal_if_not_shown)],
    "a written provider is compared with what was declared": [
        (provider_writes, "_warn_of_differences", _always(None))
    ],
    "a set refuses before it writes": [(set_writes, "_refuse_at_once", _always(None))],
    "a set says which models it keeps": [
        (module, "tell_what_is_kept", _always(None)) for module in (set_steps, set_writes)
    ],
    "a failed set says what its state does not know": [
        (set_writes, "unknown_later", _always("")),
        (set_failures, "_reasons", _always("")),  # it names what has failed
    ],
    "the plugin returns what it has done of a set": [
        (servicer, "told_with_its_state", _without_its_state)
    ],
    "what a set leaves alone stays secret": [
        (module, "kept", _kept_in_plain) for module in (set_plan, set_steps)
    ],
    "a set that is ended halfway says so": [(Crew, "whole", _what_is_done)],
    "a set claims each of its models": [(set_steps, "_claims", _always([]))],
    "a set is compared with what it declared": [(set_steps, "changed_models", _answers_changed)],
}


@contextmanager
def without(guard: str) -> Iterator[None]:
    """Take a guard out of the product; "" leaves it whole."""
    with ExitStack() as stack:
        for target, name, instead in MUTANTS[guard] if guard else ():
            stack.enter_context(patch.object(target, name, instead))
        yield
