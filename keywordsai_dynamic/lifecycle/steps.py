"""The steps of a custom model's life, for the adapter of any engine: plain values in and out.

`stored` are the properties that a state holds: inputs in `check`, outputs elsewhere. The adapter
reads the `Declaration`, and translates secrets and failures for its engine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..core.names import API_FIELDS, BASE_URL, CUSTOM_PROVIDER_FIELDS, SECRET_FIELDS, URN
from ..core.plausibility import Problem
from . import decisions
from .announcements import no_longer_declared
from .another_host import require_same_host, warn_of_another_host
from .checking import claim, look
from .comparison import Difference, changed
from .declaration import Declaration, hide_secrets, secret_fields
from .life import Props
from .live_list import no_model
from .looking import Live, look_and_decide
from .ownership import Decision
from .results import Outputs, Reading
from .run import Run
from .skipping import reason_not_to_delete
from .state import declared_in, drift, outputs, passthrough_inputs, readable, secret_outputs
from .wording import Wording
from .writes import delete as send_delete
from .writes import delete_unchanged, upsert

declaration = Declaration.from_props

__all__ = [  # what an adapter uses
    "Outputs",
    "Reading",
    "always_secret",
    "check",
    "create",
    "declaration",
    "delete",
    "diff",
    "get",
    "read",
    "update",
]


def check(run: Run, stored: Mapping[str, Any], wanted: Declaration) -> list[Problem]:
    """Validate what is known, and look up what a create would find; field "" is the whole model."""
    problems = wanted.failures(run.wording) or claim(run, stored, wanted)
    exists = False
    if not problems:
        for sentence in warnings(run.wording, stored, wanted):
            run.log.warning(sentence, wanted.urn)
        if not stored:
            problems, exists = look(run, wanted, lambda left: decide_by_looking(run, wanted, left))
    if not problems:
        # Before the create: meanwhile a process with another key may delete an old resource.
        run.note(wanted.urn, wanted.name, existed=exists)
        note_provider(run, wanted)
    return problems


def note_provider(run: Run, wanted: Declaration) -> None:
    """Note which provider the model names: that one must not be deleted in this run."""
    if wanted.name is not None:
        named = (wanted.declared.get(field) for field in CUSTOM_PROVIDER_FIELDS)
        run.note_provider_of(wanted.name, next((one for one in named if one is not None), None))


def warnings(wording: Wording, stored: Mapping[str, Any], wanted: Declaration) -> list[str]:
    """Return what the user should know of a declaration without problems."""
    found = [wording.named(f"{field} {sentence}") for field, sentence in wanted.implausible()]
    if wanted.name not in {None, stored.get("model_name")}:
        return found  # a new model keeps nothing
    declared = {*wanted.fields, *wanted.unknown}
    dropped = [field for field in API_FIELDS if field in stored and field not in declared]
    found += [no_longer_declared(wording.field(field)) for field in dropped]
    bases = {stored.get("base_model_name"), wanted.declared.get("base_model_name")} - {None}
    if len(bases) == 2:
        base = wording.field("base_model_name")
        found.append(f"{base} changes; values inherited from the old base may remain")
    return found


def decide_by_looking(run: Run, wanted: Declaration, seconds: float) -> tuple[Decision, bool]:
    """Decide what a create would do, within `seconds`; returns whether the model exists, too."""
    decision, seen = look_and_decide(
        run,
        wanted.declared["model_name"],
        readable(wanted.declared),
        lambda live: decisions.to_create(run, wanted, live),
        deadline=seconds,
    )
    return decision, seen.model is not None


def diff(run: Run, name: str, stored: Props, inputs: Props, *, is_known: bool) -> list[str]:
    """Return the fields whose declaration changed; only `model_name` requires a replacement.

    Outside of previews, `is_known` is False if what the model depends on is about to be deleted.
    """
    if not is_known:
        run.ledger.note_chained(name)
    fields = changed(declared_in(stored), inputs)
    if "model_name" not in fields:
        run.ledger.note_stored(name, stored)
    return fields


def create(run: Run, inputs: Mapping[str, Any], wanted: Declaration, urn: str | None) -> Outputs:
    """Create the model, adopt or overwrite an existing one, or refuse to."""
    name = wanted.require_valid(run.wording).declared["model_name"]
    stored = run.ledger.stored(name) or {}
    require_same_host(run, name, stored)
    wanted = wanted.hiding(stored)
    run.ledger.note_write(name)
    found: list[bool] = []

    def decide(live: Live) -> Decision:
        found.append(live is not None)
        return decisions.to_create(run, wanted, live)

    with run.holding(name):
        model = upsert(
            run,
            wanted,
            stored,
            readable(wanted.declared),
            decide,
            decide_again=lambda live: decisions.to_create_again(run, wanted, live),
        )
    run.note(urn, name, existed=found[-1])
    return _outputs(run, wanted.declared, wanted.declared, model, inputs, secret=wanted.secret)


def update(
    run: Run,
    name: str,
    stored: Mapping[str, Any],
    inputs: Mapping[str, Any],
    wanted: Declaration,
    *,
    resumes: bool = False,
) -> Outputs:
    """Send every declared field, unless a field that this change leaves alone has drifted.

    Where it `resumes` an update that may have been cut off, a model that is as wanted gets nothing.
    """
    wanted = wanted.require_valid(run.wording).hiding(stored)
    declared = wanted.declared
    require_same_host(run, name, stored)

    def decide(live: Live) -> Decision:
        return decisions.to_update(run, stored, wanted, live, resumes=resumes)

    fields = readable(declared) | readable(declared_in(stored))
    with run.holding(name):
        model = upsert(run, wanted, stored, fields, decide)
    return _outputs(run, declared, declared, model, inputs, secret=wanted.secret)


def read(run: Run, name: str, stored: Mapping[str, Any]) -> Reading | None:
    """Read a model that the state holds; None only where the API's own 404 says that it is gone.

    The inputs get the live value of each declared field that has drifted, so that the next preview
    shows the drift (pulumi#13839).
    """
    hide_secrets(stored)
    inventory, declared, end = run.inventory, declared_in(stored), run.call_ends()
    seen = inventory.look_up(name, readable(declared), expected=True)
    moved = _drift(run, stored, seen.model)
    if moved:
        with run.vouching:
            if not run.trusts_the_list:
                left = end - run.client.now
                seen = inventory.confirm(name, seen, expected=True, deadline=left)
                moved = _drift(run, stored, seen.model)
                run.trusts_the_list = bool(moved)
    if seen.model is None:
        require_same_host(run, name, stored)
        return None
    warn_of_another_host(run, name, stored, seen.model)
    values = {**declared, **{row.field: row.after for row in moved}}
    values = {field: value for field, value in values.items() if value is not None}
    return Reading(
        _outputs(run, values, stored, seen.model, stored, secret=secret_fields(stored)),
        # Without drift the engine keeps its inputs, and need not read them again.
        values | passthrough_inputs(stored) if moved else None,
    )


def get(run: Run, name: str, inputs: Mapping[str, Any], urn: str | None) -> Outputs:
    """Read a model that a program does not own; raises KeywordsAIError where there is none."""
    run.note(urn, name)  # before the look: a delete comes first, or finds the note
    with run.holding(name):
        live = run.inventory.look_up(name, expected=True).model
    if live is None:
        raise no_model(name)
    return _outputs(run, {}, inputs, live, inputs, secret=secret_fields(inputs))


def always_secret(_wanted: Declaration) -> frozenset[tuple[str, ...]]:
    """Return the paths of inputs that are secret whatever the program says: none of a model's."""
    return frozenset()


def delete(
    run: Run,
    name: str,
    stored: Mapping[str, Any],
    urn: str | None,
    destroys: Callable[[], bool | None],
) -> None:
    """Delete the model, unless this run declares or wrote it under another resource.

    `destroys` returns whether the run deletes the whole stack; None where that is not known.
    """
    reason = delete_or_keep(run, name, stored, urn, destroys)
    if reason:
        run.log.info(f"{name} is not deleted: {reason}")


def delete_or_keep(
    run: Run,
    name: str,
    stored: Mapping[str, Any],
    urn: str | None,
    destroys: Callable[[], bool | None],
    *,
    dropped: bool = False,
) -> str | None:
    """Delete the model, or return why it is kept.

    `dropped` means that a set which goes on existing no longer declares it.
    """
    hide_secrets(stored)

    def rewritten() -> bool:
        return bool(_drift(run, stored, run.inventory.ask(name, expected=True).model))

    with run.lock_for(name), run.deleting(name):
        urn, reason = reason_not_to_delete(
            run,
            name,
            urn or stored.get(URN),
            destroys=destroys,
            rewritten=rewritten,
            dropped=dropped,
        )
        require_same_host(run, name, stored)
        if reason:
            return reason
        end = run.call_ends()
        again = run.ledger.recreates(name, urn)
        outcome = delete_unchanged(run, name, stored) if again else send_delete(run, name)
        if outcome != "deleted":
            left = end - run.client.now
            run.inventory.require_gone(name, sent_before=outcome == "unclear", deadline=left)
        run.inventory.mark_deleted(name)
        return None


def _drift(run: Run, stored: Mapping[str, Any], live: Live) -> list[Difference]:
    return [] if live is None else drift(stored, live, run.inventory.service)


def _outputs(
    run: Run,
    declared: Mapping[str, Any],
    last_known: Mapping[str, Any],
    model: Mapping[str, Any],
    props: Mapping[str, Any],
    *,
    secret: Collection[str],
) -> Outputs:
    """Return what the state will hold; `secret` names fields that are, or were, secret."""
    outs = outputs(declared, last_known, model) | passthrough_inputs(props)
    if secret:
        outs[SECRET_FIELDS] = sorted(secret)
    outs[BASE_URL] = run.client.settings.base_url
    urn = run.ledger.urn(outs["model_name"]) or props.get(URN)
    if urn:
        outs[URN] = urn
    return Outputs(outs, secret_outputs(outs, secret))
