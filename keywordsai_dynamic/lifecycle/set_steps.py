"""The steps of a set of models: those of each model in it, as if it were a resource of its own.

What may be created, adopted, overwritten or deleted is decided by the same functions, so that the
words are the same too. Only a set has this: all that is refused is refused before anything is
written, many models are written at a time (`set_writes`), and of those some may fail.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.kinds import MODEL
from ..core.names import MODELS, URN
from ..core.plausibility import Problem
from . import steps
from .announcements import about
from .another_host import require_same_host
from .checking import claim, look
from .results import Outputs, Reading
from .run import Run
from .set_declaration import SetDeclaration
from .set_failures import not_deleted
from .set_messages import Adoptions, tell_what_is_kept
from .set_plan import Plan, bases_last
from .set_state import changed_models, kept, set_inputs, set_outputs, stored_models
from .set_writes import carry_out, delete_each
from .wide import Crew

Props = Mapping[str, Any]

declaration = SetDeclaration.from_props


def check(run: Run, stored: Props, wanted: SetDeclaration) -> list[Problem]:
    """Check each model; returns the problems of all models, each with the model's name."""
    held = stored.get(MODELS) or {}
    problems = wanted.failures(run.wording) or _claims(run, held, wanted)
    adopted = False
    if not problems:
        _warn(run, held, wanted)
        report, adopted = _look(run, [name for name in wanted.models if name not in held], wanted)
        if stored and run.stores_parts:
            # A failed call has stored models that these inputs do not show: its outputs do.
            run.reports_for_diff[wanted.urn] = report
        else:
            problems = report(())
    if not problems:
        run.note(wanted.urn, None, names=wanted.names, existed=adopted)
        for one in wanted.models.values():
            steps.note_provider(run, one)
    return problems


def _claims(run: Run, held: Props, wanted: SetDeclaration) -> list[Problem]:
    found = []
    for name, one in wanted.models.items():
        stored = {MODEL.id_field: name} if name in held else {}
        for field, sentence in claim(run, stored, one):
            found.append(Problem("", f"{name} {sentence}" if field else sentence))
    return found


def _warn(run: Run, held: Props, wanted: SetDeclaration) -> None:
    for name, one in wanted.models.items():
        stored = {MODEL.id_field: name, **held[name]} if name in held else {}
        for sentence in steps.warnings(run.wording, stored, one):
            run.log.warning(about(name, sentence), wanted.urn)


def _look(
    run: Run, names: Iterable[str], wanted: SetDeclaration
) -> tuple[Callable[[Collection[str]], list[Problem]], bool]:
    """Look for new models; returns a function that reports on them, and whether any exists.

    Given the models that the state holds after all, it returns the problems with the others, or
    announces which of those are adopted if there are none.
    """
    refusals: dict[str, list[Problem]] = {}
    found, adoptions = False, Adoptions(run)
    for name in names:
        one = wanted.models[name]
        decide = partial(steps.decide_by_looking, run, one)
        refusals[name], exists = look(run, one, decide, adoptions.announce)
        found = found or exists
        if refusals[name] and not exists:  # the others would meet it too
            break

    def report(held: Collection[str]) -> list[Problem]:
        problems = [each for name, some in refusals.items() if name not in held for each in some]
        if not problems:
            adoptions.tell(wanted.urn, held)
        return problems

    return report, found


def diff(
    run: Run,
    _name: str,
    stored: Props,
    inputs: Props,
    *,
    is_known: bool,
) -> list[str]:
    """Return `models` if the declaration of any changed; nothing requires a replacement."""
    if (report := run.reports_for_diff.pop(stored.get(URN), None)) is not None:
        _fail(run, [sentence for _, sentence in report(stored.get(MODELS, {}))], stored.get(URN))
    changed = changed_models(stored, inputs)
    # A model that leaves the set is not replaced under its name: whoever declares it adopts it.
    declared = inputs.get(MODELS)
    known = declared if isinstance(declared, Mapping) else {}  # or known only to the update
    for name, one in stored_models(stored).items():
        if name in known:
            run.ledger.note_stored(name, one)
    return [MODELS] if changed else []


def _fail(run: Run, sentences: list[str], urn: str | None) -> None:
    """Raise KeywordsAIError if there are any; each is a message of its own, as from a check."""
    for sentence in sentences[:-1]:
        run.log.error(sentence, urn)
    if sentences:
        raise KeywordsAIError(sentences[-1])


def create(run: Run, _inputs: Props, wanted: SetDeclaration, urn: str | None) -> Outputs:
    """Create, adopt or overwrite each model; refuse before anything is written."""
    return _carry_out(run, {}, wanted, urn)


def update(run: Run, _name: str, stored: Props, _inputs: Props, wanted: SetDeclaration) -> Outputs:
    """Write what is new or changed, then delete what was dropped; refuse before that."""
    return _carry_out(run, stored, wanted, None)


def _carry_out(run: Run, stored: Props, wanted: SetDeclaration, urn: str | None) -> Outputs:
    plan = Plan(stored_models(stored), wanted.require_valid(run.wording).models)
    if plan.before:
        require_same_host(run, _name_of(stored), stored)
    claimed = next(filter(None, map(run.ledger.urn, wanted.models)), None)
    return carry_out(run, plan, urn or claimed or stored.get(URN))


def read(run: Run, _name: str, stored: Props) -> Reading | None:
    """Read every model that the state holds; those that are gone leave outputs and inputs.

    The set itself is never gone, because the service does not have it: without models it is empty,
    and the next preview shows each of them as added.
    """
    before = stored_models(stored)
    crew: Crew[Reading | None] = Crew(run)
    crew.each(before, lambda name: steps.read(run, name, before[name]))
    done = crew.whole("Not every model was read, because the run is ending.")
    found = {name: reading for name in before if (reading := done[name]) is not None}
    urn = next(filter(None, map(run.ledger.urn, before)), stored.get(URN))
    outs = set_outputs(
        {name: one.outputs for name, one in found.items()}, run.client.settings.base_url, urn
    )
    if len(found) == len(before) and all(one.inputs is None for one in found.values()):
        return Reading(outs, None)
    inputs = {
        name: kept(before[name]) if one.inputs is None else Outputs(one.inputs, frozenset())
        for name, one in found.items()
    }
    return Reading(outs, set_inputs(inputs))


def get(_run: Run, _name: str, _inputs: Props, _urn: str | None) -> Outputs:
    """Raise KeywordsAIError: a set is no object of the service that could be looked up."""
    raise KeywordsAIError("A model set cannot be read by id; read its models instead.")


def delete(
    run: Run,
    _name: str,
    stored: Props,
    urn: str | None,
    destroys: Callable[[], bool | None],
) -> None:
    """Delete every model that this run does not declare elsewhere."""
    before, urn = stored_models(stored), urn or stored.get(URN)

    def delete_one(name: str) -> str | None:
        return steps.delete_or_keep(run, name, before[name], urn, destroys)

    crew = delete_each(run, bases_last(before), delete_one, len(before), urn)
    tell_what_is_kept(run, crew.done)
    if len(crew.done) < len(before):
        raise KeywordsAIError(not_deleted(before, crew.done, crew.failed, ends=run.is_ending))


def always_secret(_wanted: SetDeclaration) -> frozenset[tuple[str, ...]]:
    """Return the paths of inputs that are secret whatever the program says: none."""
    return frozenset()


def _name_of(stored: Props) -> str:
    urn = stored.get(URN)
    return f"model set '{urn.rpartition('::')[2]}'" if urn else "the model set"
