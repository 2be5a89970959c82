"""Look up, decide, write a provider: each write relies on a lookup of its own.

An answer is read through a `Lens` at once, so that no credential of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, NamedTuple

from ..api.providers_client import WrittenProvider
from ..api.sending import OutdatedError
from ..core.errors import APIStatusError, KeywordsAIError, NotFoundError
from ..core.kinds import PROVIDER
from ..core.redaction import hide, hide_from_service
from .announcements import table
from .declaration import Declaration
from .ownership import Decision
from .provider_answer import Lens, LiveProvider
from .provider_parts import ID, KWARGS, NAME, Parts, Path, names, parts_of, sent_kwargs
from .provider_state import Moved, Stored, rows
from .run import Run
from .writes import Look, Outcome, in_time

Decide = Callable[[LiveProvider | None], Decision]

_TAKEN = frozenset({400, 409})
"""Statuses of a POST that may mean that the id is taken."""


class Seen(NamedTuple):
    """A live provider (None where there is none), and when it was asked for (client's clock)."""

    live: LiveProvider | None
    asked_at: float


def ask(run: Run, provider_id: str, lens: Lens, *, expected: bool = False, deadline: float) -> Seen:
    """Ask for one provider; twice where only that shows whether its credentials are masked anew.

    Where it is `expected`, a 404 counts only if this is the API. Raises KeywordsAIError.
    """
    hide([lens.values.get(path, ()) for path in lens.secret])
    end = run.client.now + deadline
    found, asked_at = find(run, provider_id, deadline)
    if found is None:
        if expected:
            run.inventory.require_api(provider_id, end - run.client.now)
        return Seen(None, asked_at)
    live = lens.read(found)
    if lens.is_doubtful(live):
        again, _ = find(run, provider_id, end - run.client.now)
        live = live if again is None else live.settled(lens.read(again))
    return Seen(live, asked_at)


def find(run: Run, provider_id: str, deadline: float) -> tuple[dict[str, Any] | None, float]:
    """Return a provider as the API does, with its credentials; None where there is none."""
    try:
        return run.client.providers.find(provider_id, deadline=deadline)
    except APIStatusError as error:
        if error.status_code != 403:
            raise
        sentence = str(error).rstrip(".")
        raise APIStatusError(
            f"{sentence}. {provider_id} may belong to somebody else; choose another "
            f"{run.wording.field(ID)}, or use a key that may read it.",
            status_code=403,
            detail=error.detail,
        ) from None


def put(
    run: Run, wanted: Declaration, stored: Stored, secret: Collection[Path], decide: Decide
) -> LiveProvider:
    """Look up, decide and write a provider; returns the live one after that."""
    provider_id, declared = wanted.declared[ID], parts_of(wanted.declared)
    lens = stored.lens(declared, secret)

    def look(seconds: float, sent: bool) -> Look[LiveProvider]:
        live, asked_at = ask(
            run, provider_id, lens, expected=bool(stored.declared), deadline=seconds
        )
        decision = decide(live)
        if sent and decision.action == "adopt" and decision.write:
            # Since our own try, somebody may have changed what is not shown.
            decision = replace(decision, action="repeat")
        return Look(decision, live, asked_at)

    def write(live: LiveProvider | None, not_after: float, end: float) -> WrittenProvider:
        hide_from_service(sent_kwargs(wanted.declared))
        return _send(run, wanted, stored, live, not_after=not_after, end=end)

    outcome: Outcome[LiveProvider, WrittenProvider]
    end = run.call_ends()
    outcome = in_time(run, wanted, look, write)
    found, written, sent, before = outcome
    if written is None:
        assert found is not None  # what was not found is written
        if sent:
            _warn_of_differences(run, wanted, stored, before, found)
        return found
    if found is None and not sent:
        run.warn_if_raced(provider_id, written.status, repeated=written.repeated, kind=PROVIDER)
    after = _after(run, provider_id, lens, written, end)
    _warn_of_differences(run, wanted, stored, before, after)
    return after


def remove(run: Run, name: str, stored: Stored, end: float) -> None:
    """Send the DELETE; unless it is certain, make sure that the provider is gone."""
    try:
        sure = run.client.providers.delete(name, deadline=end - run.client.now)
    except NotFoundError:
        sure = False
    except APIStatusError as error:
        if error.status_code != 403:
            raise
        raise APIStatusError(
            f"{str(error).rstrip('.')}. To leave {name} alone, remove its resource from the state "
            "with `pulumi state delete`.",
            status_code=403,
            detail=error.detail,
        ) from None
    if sure:
        return
    left = end - run.client.now
    if ask(run, name, stored.lens({}), expected=True, deadline=left).live is not None:
        raise KeywordsAIError(
            f"DELETE of {name} had no effect: the provider still exists. It stays in the state; "
            "run again."
        )


def _send(
    run: Run,
    wanted: Declaration,
    stored: Stored,
    live: LiveProvider | None,
    *,
    not_after: float,
    end: float,
) -> WrittenProvider:
    """Create or change; raises OutdatedError where the provider appeared or went meanwhile."""
    fields, providers, left = wanted.declared, run.client.providers, end - run.client.now
    kwargs = sent_kwargs(fields)
    # An empty map takes out what the state declared; without anything in it, none is sent.
    sent = {NAME: fields[NAME], **({KWARGS: kwargs} if kwargs or len(stored.declared) > 1 else {})}
    try:
        if live is None:
            body = {ID: fields[ID], **sent}
            return providers.create(body, not_after=not_after, deadline=left)
        return providers.update(fields[ID], sent, not_after=not_after, deadline=left)
    except NotFoundError:
        if live is None or _exists(run, fields[ID], end):
            raise
        raise OutdatedError(0) from None
    except APIStatusError as error:
        if live is not None or error.status_code not in _TAKEN or not _exists(run, fields[ID], end):
            raise
        raise OutdatedError(0) from None


def _exists(run: Run, provider_id: str, end: float) -> bool:
    return find(run, provider_id, end - run.client.now)[0] is not None


def _after(
    run: Run, provider_id: str, lens: Lens, written: WrittenProvider, end: float
) -> LiveProvider:
    """Return the provider after a write, with its credentials as a read shows them.

    Where the answer shows one in another form than was sent, it is read, and once more if that
    differs: a service may mask anew each time.
    """
    answered = None if written.answer is None else lens.read(written.answer)
    if answered is not None and _shows_what_was_sent(lens, answered):
        return answered
    live = _read_now(run, provider_id, lens, end)
    if _shows_what_was_sent(lens, live) or (answered and live.echoes == answered.echoes):
        return live
    return live.settled(_read_now(run, provider_id, lens, end))


def _shows_what_was_sent(lens: Lens, live: LiveProvider) -> bool:
    return all(
        live.match(path, lens.values[path][0], secret=True) == "equal" for path in live.echoes
    )


def _read_now(run: Run, provider_id: str, lens: Lens, end: float) -> LiveProvider:
    found, _ = find(run, provider_id, end - run.client.now)
    if found is None:
        raise KeywordsAIError(f"{provider_id} was written, but does not exist. Run again.")
    return lens.read(found)


def _warn_of_differences(
    run: Run,
    wanted: Declaration,
    stored: Stored,
    before: LiveProvider | None,
    after: LiveProvider,
) -> None:
    """Warn where the service returned other values than declared, or changed other parts."""
    provider_id, declared = wanted.declared[ID], parts_of(wanted.declared)
    urn = run.ledgers[PROVIDER.noun].urn(provider_id)
    wrong = [
        Moved(path, value, after.values.get(path))
        for path, value in declared.items()
        if path not in after.echoes and _differs(after, path, value)
    ]
    if wrong:
        shown = table(rows(wrong), "declared", "returned", (), run.wording.named)
        run.log.warning(
            f"the service returned different values for {provider_id} than declared:\n{shown}", urn
        )
    kept = _still_there(stored.declared, declared, after)
    if kept:
        shown, id_field = run.wording.named(names(kept)), run.wording.field(ID)
        run.log.warning(
            f"{provider_id} still has {shown}, no longer declared: this service keeps what an "
            f"update leaves out. A new {id_field} is the sure way to remove it",
            urn,
        )
    gone = before.others - after.others - declared.keys() if before else frozenset[Path]()
    if gone and after.shows_kwargs:
        sentence = f"this write removed values of {provider_id} that are not declared: "
        run.log.warning(sentence + run.wording.named(names(gone)), urn)


def _differs(after: LiveProvider, path: Path, value: object) -> bool:
    return path in after.values and after.match(path, value, secret=False) == "different"


def _still_there(old: Parts, declared: Parts, after: LiveProvider) -> set[Path]:
    return {path for path in old.keys() - declared.keys() if path in {*after.values, *after.echoes}}
