"""What a create, an update or a replacement may overwrite: decisions only, no requests.

The API's upsert overwrites silently, no matter who wrote the model.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..core.kinds import is_model_set
from ..core.names import CUSTOM_PROVIDER_FIELDS, NOT_SENT
from .announcements import adopts, overwrites, table
from .comparison import (
    Difference,
    Service,
    answer_of,
    comparable,
    differences,
    rounded,
    same,
    values_of,
)
from .state import answered_in, declared_in, drift
from .wording import Wording

_BUILT_IN_CATEGORIES = frozenset({"keywordsai", "respan"})
_NOTHING_DECLARED = "  no declared value can be compared with it"


@dataclass(frozen=True)
class Decision:
    """What a step does to a model, and the sentence that the user reads about it.

    `write` is False where the live model has every declared value, so nothing needs to be sent.
    """

    action: Literal["create", "adopt", "overwrite", "repeat", "refuse"]
    sentence: str = ""
    write: bool = True


def decide_create(
    declared: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    *,
    wording: Wording,
    service: Service = Service(),  # noqa: B008  (immutable)
    unknown: Collection[str] = (),
    secret: Collection[str] = (),
    urn: str | None = None,
) -> Decision:
    """Decide what a create may do, given the live model of the same name, if any.

    A model is created under a free name. An existing model is adopted where every declared field
    that can be compared is equal, refused where one differs or none can be compared, and
    overwritten only where `overwrite_existing` is declared. A built-in model is always refused.
    `unknown` names fields whose value only the update will know: they cannot differ yet. Values of
    `secret` fields are not shown. `urn` is the resource's, so that the advice fits it.
    """
    name = declared["model_name"]
    if live is None:
        return Decision("create")
    if is_built_in(live):
        return Decision("refuse", built_in(name, wording))
    answer = values_of(live)
    fields = comparable(declared, answer)
    inexact = differences(fields, declared, answer, service)
    differing = _beyond_rounding(inexact, service)
    rows = table(differing, "declared", "live", secret, wording.field)
    if declared.get("overwrite_existing"):
        return Decision("overwrite", overwrites(name, rows))
    if differing:
        return Decision("refuse", _differs(name, rows, urn, wording))
    if not set(fields) - {"display_name"} and not unknown:
        return Decision("refuse", _differs(name, _NOTHING_DECLARED, urn, wording))
    return Decision(
        "adopt",
        adopts(name, partly_unknown=bool(unknown)),
        write=not has_every_value(declared, live, service),
    )


def decide_again(
    declared: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    *,
    wording: Wording,
    service: Service,
    secret: Collection[str],
) -> Decision:
    """Decide what a create may do after a try of its own that may have taken effect.

    Other values are the service's doing, or somebody else's since then: they are overwritten, and
    announced.
    """
    name = declared["model_name"]
    answer = values_of(live or {})
    inexact = differences(comparable(declared, answer), declared, answer, service)
    rows = _beyond_rounding(inexact, service)
    if live is None or not rows:
        return Decision("repeat")
    return Decision("repeat", repeats(name, table(rows, "declared", "live", secret, wording.field)))


def decide_update(
    stored: Mapping[str, Any],
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    wording: Wording,
    service: Service = Service(),  # noqa: B008  (immutable)
    touched: Collection[str],
    secret: Collection[str] = (),
) -> Decision:
    """Decide whether a model that the state holds may be updated, given the live model.

    `stored` are the outputs of the state. A declared field that somebody else changed since the
    last read stops the update, unless it is one of `touched`, which the program changes itself. A
    field that already has the wanted value does not count.
    """
    name = stored["model_name"]
    newly = _newly_declared(stored, declared, live, service)
    moved = _not_as_wanted([*drift(stored, live, service), *newly], declared, service)
    stopping = [row for row in moved if row.field not in touched]
    if stopping:
        rows = table(stopping, "last", "live", secret, wording.field)
        return Decision("refuse", drifted(name, rows))
    lost = [row for row in moved if row.field in declared]
    if not lost:
        return Decision("overwrite")
    rows = table(lost, "last", "live", secret, wording.field)
    return Decision("overwrite", loses(name, rows))


def has_every_value(declared: Mapping[str, Any], live: Mapping[str, Any], service: Service) -> bool:
    """Return whether a live model shows every declared value exactly, so that none has to be sent.

    What the service does not return may be another value.
    """
    answer = values_of(live)
    fields = comparable(declared, answer)
    unseen = set(declared) - set(fields) - {"model_name"} - NOT_SENT
    return not unseen and not differences(fields, declared, answer, service)


def loses(name: str, rows: str) -> str:
    """Announce what an update overwrites that somebody else has changed."""
    return f"this update overwrites changes to {name} that somebody else made:\n{rows}"


def repeats(name: str, rows: str) -> str:
    """Announce what a create overwrites that an earlier try of its own may have created."""
    return (
        f"an earlier try of this run may have created {name}; it now has other values, which are "
        f"overwritten:\n{rows}"
    )


def _beyond_rounding(rows: Iterable[Difference], service: Service) -> list[Difference]:
    """Leave out what a service makes of a price that rounds in its reads."""
    return [row for row in rows if not rounded(row.field, row.before, row.after, service)]


def _newly_declared(
    stored: Mapping[str, Any],
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    service: Service,
) -> list[Difference]:
    """Return what somebody else may have set of the fields that the state does not declare."""
    known = dict.fromkeys(declared) | _under_both_names(answered_in(stored))
    new = [field for field in declared if field not in declared_in(stored)]
    return _beyond_rounding(differences(new, known, answer_of(live), service), service)


def _not_as_wanted(
    rows: Iterable[Difference], declared: Mapping[str, Any], service: Service
) -> list[Difference]:
    """Leave out what already has the declared value."""
    return [
        row
        for row in rows
        if not same(row.field, declared.get(row.field), row.after, service)
        and not rounded(row.field, declared.get(row.field), row.after, service)
    ]


def _under_both_names(answered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom provider under both of its names; the state has it under one."""
    known = [answered[field] for field in CUSTOM_PROVIDER_FIELDS if field in answered]
    return {**answered, **(dict.fromkeys(CUSTOM_PROVIDER_FIELDS, known[0]) if known else {})}


def decide_replacement(
    stored: Mapping[str, Any],
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    wording: Wording,
    service: Service = Service(),  # noqa: B008  (immutable)
    secret: Collection[str] = (),
    deletes: bool = False,
) -> Decision:
    """Decide whether a model that the state holds may be replaced under its name.

    Any drift stops it, even of fields that the program changes: nothing else would show that this
    is another organization's model. A model with every declared value has nothing to lose. Of
    newly declared fields, what is overwritten is announced. A create may overwrite where that is
    declared, because a refresh does not show the drift of a model whose replacement was
    interrupted; a replacement that `deletes` first may not.
    """
    name, moved, answer = stored["model_name"], drift(stored, live, service), values_of(live)
    differing = differences(comparable(declared, answer), declared, answer, service)
    newly = _not_as_wanted(_newly_declared(stored, declared, live, service), declared, service)
    if not moved or not differing:
        lost = loses(name, table(newly, "last", "live", secret, wording.field)) if newly else ""
        return Decision("overwrite", lost)
    if declared.get("overwrite_existing") and not deletes:
        rows = table(differing, "declared", "live", secret, wording.field)
        return Decision("overwrite", overwrites(name, rows))
    sentence = drifted(name, table([*moved, *newly], "last", "live", secret, wording.field))
    return Decision("refuse", sentence if deletes else sentence + or_overwrite(wording))


def or_overwrite(wording: Wording) -> str:
    """Return the way out where a refresh shows nothing, after an interrupted replacement."""
    return (
        " If that shows no change, a replacement was interrupted: to overwrite the live values, "
        f"declare {wording.declare('overwrite_existing', True)}."
    )


def drifted(name: str, rows: str) -> str:
    """Refuse to overwrite what somebody else has changed."""
    return (
        f"{name} was changed by somebody else since it was last read:\n"
        f"{rows}\n"
        "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and decide."
    )


def is_built_in(model: Mapping[str, Any]) -> bool:
    """Return whether a model is built-in, and not one of the organization's own.

    Every generation of the API puts own models into the category `custom`, and built-in ones into
    `keywordsai` or `respan`. For any other category, or none, `source` (`hardcoded`) and
    `is_managed` decide.
    """
    category = str(model.get("affiliation_category") or "").casefold()
    if category in _BUILT_IN_CATEGORIES or category == "custom":
        return category != "custom"
    return model.get("source") == "hardcoded" or model.get("is_managed") is True


def built_in(name: str, wording: Wording) -> str:
    """Refuse to manage a built-in model."""
    inherit = wording.declare("base_model_name", name)
    return (
        f"{name} is a built-in model and cannot be changed. Choose another "
        f"{wording.field('model_name')}, and declare {inherit} to inherit from it."
    )


def _differs(name: str, rows: str, urn: str | None, wording: Wording) -> str:
    return differs(name, rows, _keeping(name, urn, wording), wording, urn)


def differs(name: str, rows: str, keeping: str, wording: Wording, urn: str | None) -> str:
    """Refuse to overwrite what exists; `keeping` is the line that says how to keep its values."""
    return (
        f"{name} already exists with different values, and the service would overwrite it "
        f"silently:\n{rows}\n"
        "Nothing was sent. To resolve this, do one of:\n"
        f"{keeping}\n"
        "  - if the resource was only renamed, declare its old name in the program:\n"
        f"      {wording.alias(urn)}\n"
        "  - if this is a replacement, run without --replace, so that it is updated\n"
        f"  - to overwrite the live values, declare {wording.declare('overwrite_existing', True)}"
    )


def _keeping(name: str, urn: str | None, wording: Wording) -> str:
    """Return how to keep the live values; only a resource without a parent can be imported."""
    types, resource = urn.split("::", 3)[2:] if urn else ("", name)
    commands = wording.import_commands(name, resource).replace("\n", "\n      ")
    if "$" in types or is_model_set(types) or not commands:
        return "  - to keep the live values, declare them: a model with equal values is adopted"
    return f"  - to keep the live values, import the model first:\n      {commands}"
