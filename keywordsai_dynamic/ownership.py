"""What may be created, taken over, overwritten and deleted: decisions only, no requests.

The API's upsert overwrites silently, and a create followed by a delete under one `model_name` (a
renamed resource, a replacement) loses the model. Both dangers are decided here: `judge` says what a
create may do, the `Ledger` says which deletes must not be sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from .comparison import answer_of, comparable, differences, table
from .names import NOT_SENT

TAKES_OVER = "takes over"
OVERWRITES = "overwrites"
_NOTHING_DECLARED = "  nothing is declared that could be compared"


@dataclass(frozen=True)
class Verdict:
    """What a create of a model would do, and the sentence that the user reads about it.

    `write` is False where everything declared stands already, so that nothing needs to be sent.
    """

    action: Literal["create", "take over", "overwrite", "refuse"]
    sentence: str = ""
    write: bool = True


def judge(
    declared: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    *,
    unknown: Collection[str] = (),
    secret: Collection[str] = (),
    urn: str | None = None,
) -> Verdict:
    """Decide what a create may do, given the model object that lives under the same name, if any.

    A free name is created. A model that exists is taken over where every declared field that can be
    compared is equal, refused where one differs or nothing can be compared, and overwritten only
    where `overwrite_existing` is declared. A built-in model is always refused. `unknown` names
    fields whose value only the update will know: they cannot differ yet. Values of `secret` fields
    are not shown. `urn` is the resource's, so that the ways out fit it.
    """
    name = declared["model_name"]
    if live is None:
        return Verdict("create")
    if is_built_in(live):
        return Verdict("refuse", _built_in(name))
    answer = answer_of(live)
    fields = comparable(declared, answer)
    differing = differences(fields, declared, answer)
    rows = table(differing, "declared", "live", secret)
    if declared.get("overwrite_existing"):
        return Verdict("overwrite", _overwrites(name, rows))
    if differing:
        return Verdict("refuse", _differs(name, rows, urn))
    if not set(fields) - {"display_name"} and not unknown:
        return Verdict("refuse", _differs(name, _NOTHING_DECLARED, urn))
    unseen = set(declared) - set(fields) - {"model_name"} - NOT_SENT
    return Verdict("take over", _takes_over(name, bool(unknown)), write=bool(unseen))


def is_built_in(model: Mapping[str, Any]) -> bool:
    """Tell a built-in model, which nobody can change, from one of the organization's own.

    `custom` is the one category that every generation of the API has; where the category is
    missing, `source` (`hardcoded`) and `is_managed` tell.
    """
    category = model.get("affiliation_category")
    if category is not None:
        return bool(category != "custom")
    return model.get("source") == "hardcoded" or model.get("is_managed") is True


def _takes_over(name: str, unknown: bool) -> str:
    proviso = ", if what is known after apply fits," if unknown else ""
    return (
        f"{TAKES_OVER} {name}{proviso} which exists with the declared values; "
        "from then on `pulumi destroy` deletes it"
    )


def _overwrites(name: str, rows: str) -> str:
    told = f"\n{rows}" if rows else " (every value that can be compared is equal)"
    return f"{OVERWRITES} {name}, which exists, as overwrite_existing asks:{told}"


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


@dataclass
class _Entry:
    urn: str | None
    owned: bool = False
    stage: Literal["known", "fresh", "written"] = "fresh"


class Ledger:
    """What this run has seen of each `model_name`, for the one process that serves the run.

    A delete is spared where its name is in the ledger, unless the last that was seen of it is a
    check without old state for the very same resource: that is a true delete-before-replace.
    Deciding from the order of calls alone loses models after an interrupted replacement.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._lock = Lock()

    def check(self, model_name: str, urn: str | None, *, in_state: bool) -> str | None:
        """Note a check; gives the URN of another resource of this run that declares the name."""
        with self._lock:
            entry = self._entries.setdefault(model_name, _Entry(urn))
            if urn and entry.urn and entry.urn != urn:
                return entry.urn
            entry.urn = urn or entry.urn
            entry.owned = entry.owned or in_state
            entry.stage = "known" if in_state else "fresh"
            return None

    def write(self, model_name: str) -> None:
        """Note that a create of the model has begun."""
        with self._lock:
            self._entries.setdefault(model_name, _Entry(None)).stage = "written"

    def owned(self, model_name: str) -> bool:
        """Tell whether the state held the model under this name when it was checked."""
        with self._lock:
            entry = self._entries.get(model_name)
            return entry is not None and entry.owned

    def urn(self, model_name: str) -> str | None:
        """Give the URN of the resource that declares the model, where it is known."""
        with self._lock:
            entry = self._entries.get(model_name)
            return entry.urn if entry else None

    def spares(self, model_name: str, urn: str | None) -> bool:
        """Tell whether a delete must not be sent, because this run declares or wrote the model."""
        with self._lock:
            entry = self._entries.get(model_name)
            if entry is None:
                return False
            return not (entry.stage == "fresh" and urn is not None and entry.urn == urn)
