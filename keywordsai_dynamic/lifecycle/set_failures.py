"""What the user reads where a step of a set has done some of its models and not the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..core.errors import APIConnectionError, APIStatusError, KeywordsAIError
from ..core.redaction import one_line
from .results import Outputs
from .set_plan import Plan

_LISTED = 20
"""Names, or errors, that a sentence lists."""


class PartlyDoneError(KeywordsAIError):
    """Raised where some models of a set were written or deleted, and others were not.

    `outputs` and `inputs` are what the state has to hold now, and `with_state` says what was done
    and what that state does not know. An adapter that cannot store them shows the whole text, which
    says what its old state does not know.
    """

    def __init__(
        self, text: str, with_state: str, outputs: Outputs, inputs: Mapping[str, Any]
    ) -> None:
        super().__init__(text)
        self.with_state, self.outputs, self.inputs = with_state, outputs, inputs


def not_written(
    plan: Plan, done: Collection[str], failed: Mapping[str, KeywordsAIError], *, ends: bool
) -> str:
    """Say how many models were written, and which were not; `ends` means that the run is ending."""
    count, whole = len(done), len(plan.writes)
    left = [name for name in plan.writes if name not in done]
    first = f"{count} of {whole} models were written, and {_were_not(left)}"
    if plan.drops:
        first += "; nothing that the program no longer declares was deleted"
    return f"{first}:\n{_reasons(left, failed, ends=ends)}"


def not_deleted(
    names: Collection[str],
    done: Collection[str],
    failed: Mapping[str, KeywordsAIError],
    *,
    written: int = 0,
    ends: bool = False,
) -> str:
    """Say how many models were deleted, and which were not; `written` were written before that."""
    left = [name for name in names if name not in done]
    first = f"{len(done)} of {len(names)} models were deleted, and {_were_not(left)}"
    before = f"{written} models were written as declared. " if written else ""
    return f"{before}{first}:\n{_reasons(left, failed, ends=ends)}"


def unknown_later(plan: Plan, done: Collection[str], failed: Mapping[str, KeywordsAIError]) -> str:
    """Say what a state that keeps its old values does not know of what was written."""
    unclear = _unclear(failed)
    touched = [name for name in plan.writes if name in done or name in unclear]
    created = [name for name in touched if name not in plan.before]
    changed = [name for name in touched if name in plan.before]
    lines = [
        "Run `pulumi up` again with the same program: it takes over what is as declared, and "
        "writes the rest."
    ]
    if created:
        lines.append(
            f"The state does not have these new models yet: {_listed(created)}. If the program "
            "drops one before that, delete it in the console; if it changes one, `pulumi up` "
            "refuses it as existing."
        )
    if changed:
        lines.append(
            f"The state has the old values of {_listed(changed)}. If the program goes back to "
            "them before that, run `pulumi refresh` first."
        )
    return "\n".join(lines) if touched else ""


def unclear_later(plan: Plan, failed: Mapping[str, KeywordsAIError]) -> str:
    """Say what a state that holds everything that was answered does not know."""
    created = [name for name in _unclear(failed) if name not in plan.before]
    if not created:
        return ""
    return (
        f"The service may have created {_listed(created)} all the same. The next `pulumi up` finds "
        "out; if the program drops one before that, look for it in the console."
    )


def _unclear(failed: Mapping[str, KeywordsAIError]) -> list[str]:
    return [name for name, error in failed.items() if _may_have_effect(error)]


def _reasons(left: Collection[str], failed: Mapping[str, KeywordsAIError], *, ends: bool) -> str:
    names: dict[str, list[str]] = {}
    for name in left:
        if name in failed:
            names.setdefault(str(failed[name]), []).append(name)
    lines = [f"  {_listed(alike)}: {error}" for error, alike in [*names.items()][:_LISTED]]
    if len(names) > _LISTED:
        lines.append(f"  {len(names) - _LISTED} more errors")
    waiting = [name for name in left if name not in failed]
    if waiting:
        why = "the run is ending" if ends else "not sent after that"
        lines.append(f"  {_listed(waiting)}: {why}")
    return "\n".join(lines)


def _may_have_effect(error: KeywordsAIError) -> bool:
    """Return whether a write that ended in this error may have taken effect all the same."""
    if isinstance(error, APIStatusError):
        return error.status_code >= 500
    return isinstance(error, APIConnectionError)


def _were_not(left: Collection[str]) -> str:
    return "1 was not" if len(left) == 1 else f"{len(left)} were not"


def _listed(names: Iterable[str]) -> str:
    shown = [one_line(name) for name in names]
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return ", ".join(shown[:_LISTED]) + more
