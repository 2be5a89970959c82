"""The steps of a custom provider's life, for the adapter of any engine: see `steps`.

A credential goes out and never comes back: `provider_answer` reads what the service returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.kinds import PROVIDER
from ..core.names import BASE_URL, CHANGED_BY_OTHERS, ECHO, SECRET_FIELDS, URN
from ..core.plausibility import Problem
from ..core.redaction import hide
from .announcements import taken_out
from .another_host import elsewhere, require_same_host, warn_of_move
from .attached import require_unused
from .checking import claim, look
from .declaration import Declaration, hide_secrets, secret_fields
from .life import Props
from .ownership import Decision
from .provider_answer import LiveProvider
from .provider_decisions import decide_create, decide_replacement, decide_update
from .provider_parts import ID, NAME, Parts, Path, fields_of, names, parts_of, secret_among
from .provider_state import (
    Stored,
    after_drift,
    changed,
    drift,
    outputs,
    passthrough_inputs,
    secret_outputs,
    stored_in,
)
from .provider_writes import ask, put, remove
from .results import Outputs, Reading
from .run import Run
from .skipping import reason_not_to_delete

declaration = partial(Declaration.from_props, kind=PROVIDER)

_READABLE = ("provider_name", "base_url", "timeout")
"""What is read of a provider that a program does not own: nothing that may be a credential."""


def check(run: Run, stored: Mapping[str, Any], wanted: Declaration) -> list[Problem]:
    """Validate what is known, and look up what a create would find."""
    problems = wanted.failures(run.wording) or claim(run, stored, wanted)
    exists = False
    if not problems:
        _warn(run, stored, wanted)
        if not stored:
            problems, exists = look(run, wanted, lambda left: _decide_by_looking(run, wanted, left))
    if not problems:
        # Before the create: meanwhile a process with another key may delete an old resource.
        run.note(wanted.urn, wanted.name, kind=PROVIDER, existed=exists)
    return problems


def _warn(run: Run, stored: Mapping[str, Any], wanted: Declaration) -> None:
    """Warn of what the program no longer declares, which the service may keep."""
    if wanted.name is None or wanted.name != stored.get(ID):
        return
    old, new = parts_of(stored), parts_of(wanted.fields)
    dropped = [path for path in old if path not in new and path[0] not in wanted.unknown]
    if dropped:
        run.log.warning(run.wording.named(taken_out(names(dropped))), wanted.urn)


def _decide_by_looking(run: Run, wanted: Declaration, seconds: float) -> tuple[Decision, bool]:
    # What is replaced is compared with its state, whose hashes have a salt of their own.
    known, name = _known(wanted), wanted.declared[ID]
    stored = stored_in(run.ledgers[PROVIDER.noun].stored(name) or {}, wanted.secret)
    lens = stored.lens(known, secret_among(known, wanted.secret))
    live, _ = ask(run, name, lens, deadline=seconds)
    return _decide_create(run, wanted, live), live is not None


def _known(wanted: Declaration) -> Parts:
    return parts_of(wanted.declared)


def _decide_create(run: Run, wanted: Declaration, live: LiveProvider | None) -> Decision:
    name, declared = wanted.declared[ID], _known(wanted)
    props = run.ledgers[PROVIDER.noun].stored(name)
    overwrite = bool(wanted.declared.get("overwrite_existing"))
    if props is None or live is None:
        return decide_create(
            name,
            declared,
            live,
            wording=run.wording,
            secret=secret_among(declared, wanted.secret),
            unknown=wanted.unknown,
            overwrite=overwrite,
            urn=wanted.urn,
        )
    secret = wanted.hiding(props).secret
    stored = stored_in(props, secret)
    return decide_replacement(
        name,
        stored,
        declared,
        live,
        wording=run.wording,
        secret=secret_among(declared, secret) | stored.secret,
        overwrite=overwrite,
    )


def diff(run: Run, name: str, stored: Props, inputs: Props, *, is_known: bool) -> list[str]:
    """Return the fields whose declaration changed; only `provider_id` requires a replacement."""
    if not is_known:
        run.ledgers[PROVIDER.noun].note_chained(name)
    fields = changed(stored_in(stored, ()), inputs, provider_id=name)
    if ID not in fields:
        run.ledgers[PROVIDER.noun].note_stored(name, stored)
    return fields


def create(run: Run, inputs: Mapping[str, Any], wanted: Declaration, urn: str | None) -> Outputs:
    """Create the provider, adopt or overwrite an existing one, or refuse to."""
    name = wanted.require_valid(run.wording).declared[ID]
    _refuse_marker(run, wanted)
    ledger = run.ledgers[PROVIDER.noun]
    props = ledger.stored(name) or {}
    require_same_host(run, name, props, PROVIDER)
    wanted = wanted.hiding(props)
    ledger.note_write(name)
    stored, found = stored_in(props, wanted.secret), list[bool]()

    def decide(live: LiveProvider | None) -> Decision:
        found.append(live is not None)
        return _decide_create(run, wanted, live)

    with run.holding(name, PROVIDER):
        secret = secret_among(_known(wanted), wanted.secret)
        live = put(run, wanted, stored, secret, decide)
    run.note(urn, name, kind=PROVIDER, existed=found[-1])
    return _outputs(run, wanted, stored, live, inputs)


def update(
    run: Run, name: str, props: Mapping[str, Any], inputs: Mapping[str, Any], wanted: Declaration
) -> Outputs:
    """Send every declared field, unless a field that this change leaves alone has drifted."""
    wanted = wanted.require_valid(run.wording).hiding(props)
    _refuse_marker(run, wanted)
    require_same_host(run, name, props, PROVIDER)
    stored, declared = stored_in(props, wanted.secret), _known(wanted)
    secret = secret_among(declared, wanted.secret) | stored.secret

    def decide(live: LiveProvider | None) -> Decision:
        if live is None:
            return Decision("create", f"{name} no longer exists and is recreated")
        return decide_update(name, stored, declared, live, wording=run.wording, secret=secret)

    with run.holding(name, PROVIDER):
        live = put(run, wanted, stored, secret, decide)
    return _outputs(run, wanted, stored, live, inputs)


def _refuse_marker(run: Run, wanted: Declaration) -> None:
    """Refuse to send what stands in the state for a secret that somebody else has changed."""
    marked = [path for path, value in _known(wanted).items() if value == CHANGED_BY_OTHERS]
    if marked:
        raise KeywordsAIError(
            f"{run.wording.named(names(marked))} of {wanted.declared[ID]} was changed by somebody "
            "else, and its value is not known: nothing was sent. Declare it, without "
            f"{run.wording.field('ignore_changes')}."
        )


def read(run: Run, name: str, props: Mapping[str, Any]) -> Reading | None:
    """Read a provider that the state holds; None only where the API's own 404 says it is gone.

    The inputs get the live value of each declared part that has drifted, and a marker for a secret.
    """
    if ECHO not in props:  # is of `get`
        values = _readable(run, name, props)
        return None if values is None else Reading(Outputs(values, frozenset()), None)
    hide_secrets(props, PROVIDER)
    fields = secret_fields(props, PROVIDER)
    stored = stored_in(props, fields)
    deadline = run.call_ends() - run.client.now
    live, _ = ask(run, name, stored.lens({}), expected=True, deadline=deadline)
    if live is None:
        require_same_host(run, name, props, PROVIDER)
        return None
    moved = drift(stored, live)
    if elsewhere(run, name, props, PROVIDER):
        if moved or not _proves_the_same(stored, live):
            require_same_host(run, name, props, PROVIDER)
        warn_of_move(run, name, props, PROVIDER)
    parts = after_drift(stored, moved)
    values = outputs(name, parts, stored.secret, stored, live)
    hidden = _hidden(run, name, props)
    inputs = {ID: name, **fields_of(parts)} | passthrough_inputs(props) if moved else None
    values |= passthrough_inputs(props) | hidden
    return Reading(Outputs(values, secret_outputs(values), stored.secret), inputs)


def _proves_the_same(stored: Stored, live: LiveProvider) -> bool:
    """Return whether more than the name shows that this is the provider that was written."""
    shown = {path for path in stored.declared if path in live.values} - {(NAME,)}
    return bool(shown or stored.echoes.keys() & live.echoes.keys())


def get(run: Run, name: str, inputs: Mapping[str, Any], urn: str | None) -> Outputs:
    """Read a provider that a program does not own; raises KeywordsAIError where there is none."""
    run.note(urn, name, kind=PROVIDER)  # before the look: a delete comes first, or finds the note
    with run.holding(name, PROVIDER):
        values = _readable(run, name, inputs)
    if values is None:
        raise no_provider(name)
    return Outputs(values, frozenset())


def no_provider(name: str) -> KeywordsAIError:
    """Return the error for an id that no provider has."""
    return KeywordsAIError(f"There is no provider {name} in this organization.")


def _readable(run: Run, name: str, props: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the outputs of a provider that is only read; None where it does not exist."""
    wanted: Parts = {(field,): None for field in _READABLE}
    lens = stored_in({}, PROVIDER.secret).lens(wanted)
    live, _ = ask(run, name, lens, expected=True, deadline=run.call_ends() - run.client.now)
    if live is None:
        return None
    values = {ID: name, **fields_of(live.values)} | passthrough_inputs(props)
    return values | _hidden(run, name, props)


def delete(
    run: Run,
    name: str,
    stored: Mapping[str, Any],
    urn: str | None,
    destroys: Callable[[], bool | None],
) -> None:
    """Delete the provider, unless this run declares it elsewhere or models still use it."""
    hide_secrets(stored, PROVIDER)
    state = stored_in(stored, secret_fields(stored, PROVIDER))
    hide([state.declared[path] for path in state.secret])

    def rewritten() -> bool:
        deadline = run.call_ends() - run.client.now
        live = ask(run, name, state.lens({}), expected=True, deadline=deadline).live
        return live is not None and bool(drift(state, live))

    with run.lock_for(name, PROVIDER), run.deleting(name, PROVIDER):
        urn, reason = reason_not_to_delete(
            run, name, urn or stored.get(URN), kind=PROVIDER, destroys=destroys, rewritten=rewritten
        )
        require_same_host(run, name, stored, PROVIDER)
        if reason:
            run.log.info(f"{name} is not deleted: {reason}")
            return
        if run.ledgers[PROVIDER.noun].precedes_its_replacement(name, urn):
            raise KeywordsAIError(
                f"{name} is not deleted before its replacement exists: its models would be left "
                f"without a provider. Remove {run.wording.field('delete_before_replace')}, also "
                f"from what its {run.wording.field(ID)} comes from."
            )
        end = run.call_ends()
        require_unused(run, name, destroys=destroys(), end=end)
        remove(run, name, state, end)


def _outputs(
    run: Run,
    wanted: Declaration,
    stored: Stored,
    live: LiveProvider,
    inputs: Mapping[str, Any],
) -> Outputs:
    """Return what the state will hold of a provider that was written or adopted."""
    name, declared = wanted.declared[ID], _known(wanted)
    secret = secret_among(declared, wanted.secret)
    values = outputs(name, declared, secret, stored, live) | passthrough_inputs(inputs)
    if wanted.secret:
        values[SECRET_FIELDS] = sorted(wanted.secret)
    values |= _hidden(run, name, inputs)
    return Outputs(values, secret_outputs(values), secret)


def _hidden(run: Run, name: str, props: Mapping[str, Any]) -> dict[str, Any]:
    urn = run.ledgers[PROVIDER.noun].urn(name) or props.get(URN)
    return {BASE_URL: run.client.settings.base_url, **({URN: urn} if urn else {})}


def always_secret(wanted: Declaration) -> frozenset[Path]:
    """Return the parts of inputs that are secret whatever the program says."""
    return secret_among(parts_of(wanted.fields), PROVIDER.secret)
