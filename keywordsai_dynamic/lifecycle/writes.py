"""Look up, decide, write: no upsert and no delete before a replacement overwrites unseen changes.

The service overwrites silently. So each write relies on a lookup that is at most `FRESH` seconds
old when the write is sent, and starts over where the request limit has delayed it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from ..api.client import UpsertResult
from ..api.sending import OutdatedError
from ..core.errors import APIConnectionError, KeywordsAIError, NotFoundError
from .announcements import table
from .comparison import answer_of, comparable, differences, may_be_rounded, values_of
from .declaration import Declaration, secret_fields
from .inventory import FRESH
from .looking import Decide, Live, look_and_decide
from .ownership import Decision, decide_replacement
from .run import Run
from .state import answered_in, declared_in, readable, repeats, unasked

Found = TypeVar("Found")
Written = TypeVar("Written")

Deleted = Literal["deleted", "absent", "unclear"]

_AT_ONCE = 1.0
"""Seconds within which a write is sent that follows its own lookup directly."""


class Look(NamedTuple, Generic[Found]):
    """A decision, and the lookup that it relies on."""

    decision: Decision
    found: Found | None
    asked_at: float


class Outcome(NamedTuple, Generic[Found, Written]):
    """What was found, and what a write returned (None where nothing had to be sent).

    `sent_before` means that an earlier try may have taken effect, and `before` is what was found
    before that one.
    """

    found: Found | None
    written: Written | None
    sent_before: bool
    before: Found | None


def in_time(
    run: Run,
    wanted: Declaration,
    look: Callable[[float, bool], Look[Found]],
    write: Callable[[Found | None, float, float], Written],
) -> Outcome[Found, Written]:
    """Look up, decide and write, starting over where the lookup expired at the request limit.

    `look` gets the seconds that are left, and whether an earlier try may have taken effect. `write`
    gets what was found, when it must have left and when it must end, by the client's clock.
    """
    name, sent, end = wanted.declared[wanted.kind.id_field], False, run.call_ends()
    before: Found | None = None
    while True:
        began = run.client.now
        decision, found, asked_at = look(end - began, sent)
        before = before if sent and before is not None else found
        if decision.action == "refuse":
            raise KeywordsAIError(decision.sentence)
        if not sent or decision.action == "repeat":
            run.announce(wanted, decision)
        if found is not None and not decision.write:
            return Outcome(found, None, sent, before)
        try:
            written = write(found, _not_after(run, began, asked_at), end)
        except OutdatedError as late:
            sent = sent or late.unclear > 0
            _require_time(run, name, end)
        else:
            return Outcome(found, written, sent, before)


def upsert(
    run: Run,
    wanted: Declaration,
    stored: Mapping[str, Any],
    fields: Collection[str],
    decide: Decide,
    *,
    decide_again: Decide | None = None,
) -> Mapping[str, Any]:
    """Look up, decide and write a model; returns the live model after that.

    `stored` are the outputs of the state, if any. A create has `decide_again`, for a model that an
    earlier try of its own may have created.
    """
    name, expected = wanted.declared["model_name"], decide_again is None
    may_be_ours = False

    def look(seconds: float, sent: bool) -> Look[Mapping[str, Any]]:
        nonlocal may_be_ours
        may_be_ours = sent
        decision, (live, asked_at) = look_and_decide(
            run,
            name,
            fields,
            decide_again if sent and decide_again else decide,
            expected=expected,
            whole=expected,
            max_age=FRESH,
            deadline=seconds,
        )
        return Look(decision, live, asked_at)

    def write(live: Live, not_after: float, end: float) -> UpsertResult:
        def warn(status: int, repeated: bool) -> None:
            if live is None and not may_be_ours:
                run.warn_if_raced(name, status, repeated=repeated)

        upsert_model, left = run.client.upsert_model, end - run.client.now
        written = upsert_model(wanted.body(), not_after=not_after, deadline=left, on_success=warn)
        run.inventory.record(name, written.model)
        return written

    end = run.call_ends()
    done: Outcome[Mapping[str, Any], UpsertResult] = in_time(run, wanted, look, write)
    after = done.found if done.written is None else done.written.model
    assert after is not None  # what was not found is written
    if not done.written and not done.sent_before:
        return after
    return _settled(run, wanted, stored, before=done.before, after=after, end=end)


def delete(
    run: Run, name: str, *, not_after: float | None = None, deadline: float | None = None
) -> Deleted:
    """Delete a model; returns the outcome."""
    try:
        sure = run.client.delete_model(name, not_after=not_after, deadline=deadline)
    except NotFoundError:
        return "absent"
    except APIConnectionError:
        # It may have taken effect, so a create under this name must not adopt without a write.
        run.inventory.mark_deleted(name)
        raise
    return "deleted" if sure else "unclear"


def delete_unchanged(run: Run, name: str, stored: Mapping[str, Any]) -> Deleted:
    """Delete a model that is recreated right after, unless somebody else changed it."""
    declared, secret = declared_in(stored), secret_fields(stored)

    def decide(live: Live) -> Decision:
        if live is None:
            return Decision("create")
        service = run.inventory.service
        return decide_replacement(
            stored,
            declared,
            live,
            wording=run.wording,
            service=service,
            secret=secret,
            deletes=True,
        )

    end, sent = run.call_ends(), False
    while True:
        began = run.client.now
        decision, seen = look_and_decide(
            run,
            name,
            readable(declared),
            decide,
            expected=True,
            max_age=FRESH,
            deadline=end - began,
        )
        if decision.action == "refuse":
            raise KeywordsAIError(decision.sentence)
        try:
            not_after = _not_after(run, began, seen.asked_at)
            left = end - run.client.now
            outcome = delete(run, name, not_after=not_after, deadline=left)
        except OutdatedError as late:
            sent = sent or late.unclear > 0
            _require_time(run, name, end)
        else:
            return "unclear" if sent and outcome == "absent" else outcome


def _not_after(run: Run, began: float, asked_at: float) -> float:
    """Return when a write must have left; a slow lookup still allows a write right after it."""
    fresh = asked_at + FRESH
    return max(fresh, run.client.now + _AT_ONCE) if asked_at >= began else fresh


def _require_time(run: Run, name: str, end: float) -> None:
    if run.client.now >= end:
        raise KeywordsAIError(
            f"{name} was not changed: the service or its request limit kept the write from being "
            f"sent within {FRESH:.0f} s of its lookup. Run again later."
        ) from None


def _settled(
    run: Run,
    wanted: Declaration,
    stored: Mapping[str, Any],
    *,
    before: Live,
    after: Mapping[str, Any],
    end: float,
) -> Mapping[str, Any]:
    """Return a written model as the next read shows it, and warn of what it should not have."""
    declared = wanted.declared
    if before is not None and _may_read_differently(run, declared, stored, before, after):
        left = end - run.client.now
        read = run.inventory.ask(declared["model_name"], expected=True, deadline=left).model
        after = read or after
    _warn_of_differences(run, wanted, stored, before, after)
    return after


def _may_read_differently(
    run: Run,
    declared: Mapping[str, Any],
    stored: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> bool:
    """Return whether the next read may return other values than this write did.

    The write may show exact prices that reads round: these would drift forever, unless the state
    holds what is read. It may also return fewer fields than there are: then nothing was wiped.
    """
    was = answer_of(before)
    undone = any(may_be_rounded(field, declared.get(field), was[field]) for field in was)
    return undone or bool(unasked(declared, stored, before, after, run.inventory.service))


def _warn_of_differences(
    run: Run, wanted: Declaration, stored: Mapping[str, Any], live: Live, after: Mapping[str, Any]
) -> None:
    """Warn where the service returned other values than declared, or changed other fields."""
    declared, service = wanted.declared, run.inventory.service
    name, urn = declared["model_name"], run.ledger.urn(declared["model_name"])
    answer = values_of(after)
    rows = differences(comparable(declared, answer), declared, answer, service)
    if rows:
        differing = table(rows, "declared", "returned", wanted.secret, run.wording.field)
        run.log.warning(
            f"the service returned different values for {name} than declared:\n{differing}", urn
        )
    rows = unasked(declared, stored, live, after, service) if live else []
    if rows:
        known = [declared, declared_in(stored), answered_in(stored)]
        values = [each.get(name) for each in known for name in wanted.secret]
        repeated = {row.field for row in rows if repeats((row.before, row.after), values)}
        changes = table(rows, "before", "after", wanted.secret | repeated, run.wording.field)
        sentence = f"this write changed fields of {name} that are not declared:\n{changes}"
        run.log.warning(sentence, urn)
