"""What a create, an update or a replacement may overwrite: decisions only, no requests.

The API's upsert overwrites silently, whoever has written the model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..core.names import CUSTOM_PROVIDER_FIELDS, NOT_SENT
from .announcements import adopts, overwrites, table
from .comparison import (
    Service,
    answer_of,
    comparable,
    differences,
    rounded,
    same,
    values_of,
)
from .state import answered_in, declared_in, drift

_BUILT_IN_CATEGORIES = frozenset({"keywordsai", "respan"})
_NOTHING_DECLARED = "  nothing is declared that could be compared"


@dataclass(frozen=True)
class Decision:
    """What a create of a model would do, and the sentence that the user reads about it.

    `write` is False where everything declared stands already, so that nothing needs to be sent.
    """

    action: Literal["create", "take over", "overwrite", "refuse"]
    sentence: str = ""
    write: bool = True


def decide_create(
    declared: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    *,
    service: Service = Service(),  # noqa: B008  (immutable)
    unknown: Collection[str] = (),
    secret: Collection[str] = (),
    urn: str | None = None,
) -> Decision:
    """Decide what a create may do, given the model object that lives under the same name, if any.

    A free name is created. A model that exists is taken over where every declared field that can be
    compared is equal, refused where one differs or nothing can be compared, and overwritten only
    where `overwrite_existing` is declared. A built-in model is always refused. `unknown` names
    fields whose value only the update will know: they cannot differ yet. Values of `secret` fields
    are not shown. `urn` is the resource's, so that the ways out fit it.
    """
    name = declared["model_name"]
    if live is None:
        return Decision("create")
    if is_built_in(live):
        return Decision("refuse", _built_in(name))
    answer = values_of(live)
    fields = comparable(declared, answer)
    differing = [
        row
        for row in differences(fields, declared, answer, service)
        if not rounded(row.field, row.before, row.after, service)
    ]
    rows = table(differing, "declared", "live", secret)
    if declared.get("overwrite_existing"):
        return Decision("overwrite", overwrites(name, rows))
    if differing:
        return Decision("refuse", _differs(name, rows, urn))
    if not set(fields) - {"display_name"} and not unknown:
        return Decision("refuse", _differs(name, _NOTHING_DECLARED, urn))
    unseen = set(declared) - set(fields) - {"model_name"} - NOT_SENT
    inexact = differences(fields, declared, answer, service)
    return Decision(
        "take over", adopts(name, partly_unknown=bool(unknown)), write=bool(unseen or inexact)
    )


def decide_update(
    stored: Mapping[str, Any],
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    service: Service = Service(),  # noqa: B008  (immutable)
    touched: Collection[str],
    secret: Collection[str] = (),
) -> Decision:
    """Decide whether a model that the state holds may be updated, given what lives.

    `stored` are the outputs of the state. A declared field that somebody else moved since the last
    look stops the update, unless it is one of `touched`, which the program changes itself; one that
    has got the wanted value already is nobody's business.
    """
    name, answer = stored["model_name"], answer_of(live)
    known = dict.fromkeys(declared) | _both_words(answered_in(stored))
    new = [field for field in declared if field not in declared_in(stored)]
    newly = [
        row
        for row in differences(new, known, answer, service)
        if not rounded(row.field, row.before, row.after, service)
    ]
    moved = [
        row
        for row in [*drift(stored, live, service), *newly]
        if not same(row.field, declared.get(row.field), row.after, service)
        and not rounded(row.field, declared.get(row.field), row.after, service)
    ]
    stopping = [row for row in moved if row.field not in touched]
    if stopping:
        return Decision("refuse", _moved(name, table(stopping, "last", "live", secret)))
    lost = [row for row in moved if row.field in declared]
    if not lost:
        return Decision("overwrite")
    rows = table(lost, "last", "live", secret)
    return Decision("overwrite", f"somebody else changed what this update overwrites:\n{rows}")


def _both_words(answered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom provider, which the state has under one of its names, under both."""
    known = [answered[field] for field in CUSTOM_PROVIDER_FIELDS if field in answered]
    return (
        dict(answered) | dict.fromkeys(CUSTOM_PROVIDER_FIELDS, *known[:1])
        if known
        else {**answered}
    )


def decide_replacement(
    stored: Mapping[str, Any],
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    service: Service = Service(),  # noqa: B008  (immutable)
    secret: Collection[str] = (),
) -> Decision:
    """Decide whether a model that the state holds may be replaced under its name.

    Whatever moved stops it, of the fields too that the program changes: that it is another
    organization's model shows in nothing else. What is wholly as wanted can lose nothing.
    """
    moved = drift(stored, live, service)
    answer = values_of(live)
    if moved and differences(comparable(declared, answer), declared, answer, service):
        rows = table(moved, "last", "live", secret)
        return Decision("refuse", _moved(stored["model_name"], rows))
    return Decision("overwrite")


def _moved(name: str, rows: str) -> str:
    return (
        f"{name} was changed by somebody else since it was last read:\n"
        f"{rows}\n"
        "Nothing was sent. Run `pulumi up --refresh` to see it in the preview and decide."
    )


def is_built_in(model: Mapping[str, Any]) -> bool:
    """Tell a built-in model, which nobody can change, from one of the organization's own.

    `custom` is what every generation of the API calls its own models, and `keywordsai` or `respan`
    what they call built-in ones. Any other category, or none, says nothing: then `source`
    (`hardcoded`) and `is_managed` tell.
    """
    category = str(model.get("affiliation_category") or "").casefold()
    if category in _BUILT_IN_CATEGORIES or category == "custom":
        return category != "custom"
    return model.get("source") == "hardcoded" or model.get("is_managed") is True


def _built_in(name: str) -> str:
    return (
        f"{name} is a built-in model, which nobody can change. Choose another model_name, and "
        f'declare base_model_name="{name}" to inherit from it.'
    )


def _differs(name: str, rows: str, urn: str | None) -> str:
    return (
        f"{name} exists already, with other values, and the service would overwrite it silently:\n"
        f"{rows}\n"
        "Nothing was sent. One of these is the way out:\n"
        f"{_keeping(name, urn)}\n"
        "  - if the resource was only renamed, say so in the program:\n"
        '      opts=ResourceOptions(aliases=[Alias(name="OLD-NAME")])\n'
        "  - if this is a replacement, run without --replace, so that it is updated\n"
        "  - to overwrite the live values, declare overwrite_existing=True"
    )


def _keeping(name: str, urn: str | None) -> str:
    """Say how to keep the live values; the state wants the resource's own name, and its parent."""
    types, resource = urn.split("::", 3)[2:] if urn else ("", name)
    if "$" in types:
        return "  - to keep the live values, declare them: what is equal is taken over"
    named = "" if resource == name else f" --name {_quoted(resource)}"
    return (
        "  - to keep the live values, bring it under management first:\n"
        f"      keywordsai-dynamic import-file --match {_quoted(name)}{named} -o import.json\n"
        "      pulumi import --file import.json --generate-code=false --protect=false --yes"
    )


def _quoted(word: str) -> str:
    """Write a word so that a shell takes it as it is."""
    return "'" + word.replace("'", "'\\''") + "'"
