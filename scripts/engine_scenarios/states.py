"""States that somebody edited, moved or lost."""

from collections.abc import Sequence

from harness.engine_programs import Entry
from harness.engine_runs import Run

from .declare import model, scenario, up

two: Sequence[Entry] = [model("a"), model("b")]
scenario(
    "state_renamed",
    "After `state rename` the resource has its new name, and nothing is called for the old one",
    up(*two),
    up(model("c", "acme/a"), model("b"), before=["state rename a to c"], both=True),
)
scenario(
    "state_lost",
    "With an empty state every model is created again, which the provider makes an adoption",
    up(*two),
    up(*two, before=["state lost"], both=True),
)
scenario(
    "state_deleted",
    "After `state delete` a resource is created again",
    up(*two),
    up(*two, before=["state delete a"], both=True),
)
scenario(
    "state_moved",
    "After `state move` the other stack has the resource, and this one does not know it",
    up(*two),
    Run("up", [model("a")], stack="other", before=["state move a to other"]),
    up(model("b")),
)
