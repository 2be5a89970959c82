"""Carry out a plan for a set: first every refusal, then the writes, and last what was dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..core.errors import KeywordsAIError
from . import decisions, steps
from .declaration import Declaration
from .inventory import FRESH
from .looking import Live, look_and_decide
from .ownership import Decision
from .results import Outputs
from .run import Run
from .set_failures import (
    PartlyDoneError,
    not_deleted,
    not_written,
    unclear_later,
    unknown_later,
)
from .set_messages import tell_what_is_kept
from .set_plan import Plan
from .set_state import set_inputs, set_outputs
from .settling import settle
from .state import declared_in, readable
from .wide import Crew


def carry_out(run: Run, plan: Plan, urn: str | None) -> Outputs:
    """Write and delete what the plan says; returns what the state will hold.

    Raises KeywordsAIError before anything is sent if a model is refused, and PartlyDoneError if
    some were written and others not.
    """
    _refuse_at_once(run, plan)
    writing = _write(run, plan, urn)
    dropping: Crew[str | None] = Crew(run)
    problem = ""
    if len(writing.done) < len(plan.writes):
        problem = not_written(plan, writing.done, writing.failed, ends=run.is_ending)
    elif plan.drops:
        settle(run, plan.drops)
        dropping = _drop(run, plan, urn)
        if len(dropping.done) < len(plan.drops):
            done, failed = dropping.done, dropping.failed
            count = len(writing.done)
            problem = not_deleted(plan.drops, done, failed, written=count, ends=run.is_ending)
    after = plan.after(writing.done, dropping.done)
    outs = set_outputs(after, run.client.settings.base_url, urn)
    if problem:
        text = _joined(problem, unknown_later(plan, writing.done, writing.failed))
        if not writing.done and not dropping.done:
            raise KeywordsAIError(text)
        with_state = _joined(problem, unclear_later(plan, writing.failed))
        raise PartlyDoneError(text, with_state, outs, set_inputs(after))
    return outs


def _joined(*sentences: str) -> str:
    return "\n".join(filter(None, sentences))


def _refuse_at_once(run: Run, plan: Plan) -> None:
    """Look at everything that is to be written; raise KeywordsAIError for all that is refused."""
    crew: Crew[Decision] = Crew(run)
    crew.each(plan.writes, lambda name: _decision(run, plan.before.get(name), plan.wanted[name]))
    done = crew.whole("Nothing was sent, because the run is ending.")
    found = [done[name] for name in plan.writes]
    refused = [decision.sentence for decision in found if decision.action == "refuse"]
    if refused:
        raise KeywordsAIError("\n".join(refused))


def _decision(run: Run, stored: Mapping[str, Any] | None, wanted: Declaration) -> Decision:
    """Decide as the write will do, with what is known now."""
    fields, expected = readable(wanted.declared), stored is not None

    def decide(live: Live) -> Decision:
        if stored is None:
            return decisions.to_create(run, wanted, live)
        return decisions.to_update(run, stored, wanted.hiding(stored), live, resumes=True)

    decision, _ = look_and_decide(
        run,
        wanted.declared["model_name"],
        fields if stored is None else fields | readable(declared_in(stored)),
        decide,
        expected=expected,
        whole=expected,
        max_age=FRESH,
        deadline=run.client.settings.deadline,
    )
    return decision


def _write(run: Run, plan: Plan, urn: str | None) -> Crew[Outputs]:
    def write(name: str) -> Outputs:
        one, stored = plan.wanted[name], plan.before.get(name)
        if stored is None:
            return steps.create(run, one.inputs(), one, None)
        return steps.update(run, name, stored, one.inputs(), one, resumes=True)

    crew: Crew[Outputs] = Crew(run, len(plan.writes), urn)
    lost: set[object] = set()
    for group in plan.write_groups:
        crew.each([name for name in group if plan.base_of(name) not in lost], write)
        lost |= set(group) - crew.done.keys()
    return crew


def _drop(run: Run, plan: Plan, urn: str | None) -> Crew[str | None]:
    """Delete what the program no longer declares, unless this run declares it elsewhere."""

    def drop(name: str) -> str | None:
        stored = plan.before[name]
        return steps.delete_or_keep(run, name, stored, None, lambda: False, dropped=True)

    crew = delete_each(run, plan.drop_groups, drop, len(plan.drops), urn)
    tell_what_is_kept(run, crew.done)
    return crew


def delete_each(
    run: Run,
    groups: Iterable[list[str]],
    delete: Callable[[str], str | None],
    total: int,
    urn: str | None,
) -> Crew[str | None]:
    """Delete models in groups; after a failure, no further group is begun.

    `delete` returns why it has kept one.
    """
    crew: Crew[str | None] = Crew(run, total, urn)
    for group in groups:
        if not crew.failed:
            crew.each(group, delete)
    return crew
