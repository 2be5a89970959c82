"""What the user reads of many models at once: one message where each would have its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..core.formatting import format_names
from .announcements import adopts_all
from .declaration import Declaration
from .ownership import Decision
from .run import Run

_FEW = 3
"""Messages that may stand one by one."""

_DECLARED = "declares it"
"""How the reason ends for which most models are kept: they have moved to another resource."""


class Adoptions:
    """Gathers what a set adopts; everything else is announced at once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._adopted: list[tuple[Declaration, Decision]] = []

    def announce(self, wanted: Declaration, decision: Decision) -> None:
        """Take the place of `Run.announce`."""
        if decision.action == "adopt":
            self._adopted.append((wanted, decision))
        else:
            self._run.announce(wanted, decision)

    def tell(self, urn: str | None, held: Collection[str] = ()) -> None:
        """Announce what was gathered, in one message if it is much; what is `held` is no news."""
        adopted = [each for each in self._adopted if each[0].name not in held]
        for partly_unknown in (False, True):
            alike = [each for each in adopted if bool(each[0].unknown) is partly_unknown]
            if len(alike) <= _FEW:
                for wanted, decision in alike:
                    self._run.announce(wanted, decision)
                continue
            names = [str(wanted.name) for wanted, _ in alike]
            new = [name for name in names if self._run.is_first_adoption(name)]
            if new:
                self._run.log.warning(adopts_all(new, partly_unknown=partly_unknown), urn)


def tell_what_is_kept(run: Run, reasons: Mapping[str, str | None]) -> None:
    """Say which models were not deleted, and why; None is one that was deleted."""
    kept = {name: reason for name, reason in sorted(reasons.items()) if reason}
    moved = {name for name, reason in kept.items() if reason.endswith(_DECLARED)}
    if len(moved) > _FEW:
        count = f"{len(moved):,} models are not deleted, because other resources declare them"
        run.log.info(f"{count}: {format_names(sorted(moved))}")
        kept = {name: reason for name, reason in kept.items() if name not in moved}
    for name, reason in kept.items():
        run.log.info(f"{name} is not deleted: {reason}")
