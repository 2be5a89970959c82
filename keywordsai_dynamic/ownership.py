"""What may be created, taken over, overwritten and deleted: decisions only, no requests.

The API's upsert overwrites silently, and a create followed by a delete under one `model_name` (a
renamed resource, a replacement) loses the model. Both dangers are decided here: `judge` says what a
create may do, the `Ledger` says which deletes must not be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, NamedTuple

from .comparison import (
    Service,
    answer_of,
    comparable,
    differences,
    rounded,
    same,
    table,
    values_of,
)
from .names import CUSTOM_PROVIDER_FIELDS, NOT_SENT
from .state import answered_in, declared_in, drift

TAKES_OVER = "takes over"
OVERWRITES = "overwrites"
_BUILT_IN_CATEGORIES = frozenset({"keywordsai", "respan"})
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
    service: Service = Service(),  # noqa: B008  (immutable)
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
    answer = values_of(live)
    fields = comparable(declared, answer)
    differing = [
        row
        for row in differences(fields, declared, answer, service)
        if not rounded(row.field, row.before, row.after, service)
    ]
    rows = table(differing, "declared", "live", secret)
    if declared.get("overwrite_existing"):
        return Verdict("overwrite", _overwrites(name, rows))
    if differing:
        return Verdict("refuse", _differs(name, rows, urn))
    if not set(fields) - {"display_name"} and not unknown:
        return Verdict("refuse", _differs(name, _NOTHING_DECLARED, urn))
    unseen = set(declared) - set(fields) - {"model_name"} - NOT_SENT
    inexact = differences(fields, declared, answer, service)
    return Verdict("take over", _takes_over(name, bool(unknown)), write=bool(unseen or inexact))


def judge_change(
    stored: Mapping[str, Any],
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    service: Service = Service(),  # noqa: B008  (immutable)
    touched: Collection[str],
    secret: Collection[str] = (),
) -> Verdict:
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
        return Verdict("refuse", _moved(name, table(stopping, "last", "live", secret)))
    lost = [row for row in moved if row.field in declared]
    if not lost:
        return Verdict("overwrite")
    rows = table(lost, "last", "live", secret)
    return Verdict("overwrite", f"somebody else changed what this update overwrites:\n{rows}")


def _both_words(answered: Mapping[str, Any]) -> dict[str, Any]:
    """Give the custom provider, which the state has under one of its names, under both."""
    known = [answered[field] for field in CUSTOM_PROVIDER_FIELDS if field in answered]
    return (
        dict(answered) | dict.fromkeys(CUSTOM_PROVIDER_FIELDS, *known[:1])
        if known
        else {**answered}
    )


def judge_replacement(
    stored: Mapping[str, Any],
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    service: Service = Service(),  # noqa: B008  (immutable)
    secret: Collection[str] = (),
) -> Verdict:
    """Decide whether a model that the state holds may be replaced under its name.

    Whatever moved stops it, of the fields too that the program changes: that it is another
    organization's model shows in nothing else. What is wholly as wanted can lose nothing.
    """
    moved = drift(stored, live, service)
    answer = values_of(live)
    if moved and differences(comparable(declared, answer), declared, answer, service):
        return Verdict("refuse", _moved(stored["model_name"], table(moved, "last", "live", secret)))
    return Verdict("overwrite")


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


class Noted(NamedTuple):
    """What is noted of one resource that the program of this run declares.

    `model_name` is None where it is not known, `urn` where the resource has not got one; `aliases`
    are its earlier ones. `owns` is False for what is only read (`CustomModel.get`). `account` and
    `process` are of the provider's process that has checked or read it; None where none has,
    because the run leaves the resource out, or has not come to it. `took_over` tells that this run
    has put it on a model that was there.
    """

    resource: str
    urn: str | None = None
    aliases: Sequence[str] = ()
    model_name: str | None = None
    provider: str = ""
    owns: bool = True
    account: str | None = None
    process: int | None = None
    took_over: bool = False


def present_urn(urn: str | None, noted: Sequence[Noted]) -> str | None:
    """Give the URN by which the program has a resource whose state has the URN of an alias."""
    if any(one.urn == urn for one in noted):
        return urn
    return next((one.urn for one in noted if urn in one.aliases), urn)


def kept_by_another(
    model_name: str,
    urn: str | None,
    noted: Sequence[Noted],
    account: str,
    process: int,
    *,
    destroys: bool | None,
    rewritten: Callable[[], bool],
) -> str | None:
    """Say why a model must not be deleted for the resource `urn`; None where it may be.

    Another resource of the program may have it, in this account, which this process has not checked
    (what it has checked is in its `Ledger`). `destroys` tells that the run deletes everything,
    `rewritten` looks whether what lives is other than what the resource is known to have written.
    """
    if destroys:
        return None
    others = [
        one
        for one in _of_account(noted, account)
        if not one.owns or one.process != process or one.model_name is None
    ]
    own = next((one for one in noted if urn is not None and one.urn == urn), None)
    again = own is not None and own.owns and own.model_name == model_name
    for one in others:
        if one.model_name != model_name or (one is own and not _left_out(one, destroys, rewritten)):
            continue
        if one.owns:
            return f"resource '{one.resource}' declares it"
        if not again:
            return f"resource '{one.resource}' reads it"
    # A declared resource is deleted in the middle of its replacement: other names may yet be told.
    unknown = [one.resource for one in others if one.model_name is None and own is None]
    if unknown:
        return (
            f"resource '{unknown[0]}' may declare it: its model_name is not known in this run; if "
            "nothing declares it, delete it in the console"
        )
    return None


def _of_account(noted: Sequence[Noted], account: str) -> list[Noted]:
    """Leave out what is certainly another account's.

    Two keys may be of one organization: what another one has made anew is not this model, and what
    it took over may be it.
    """
    accounts = {one.provider: one.account for one in noted if one.account}
    host = account.partition(".")[0]
    return [
        one
        for one in noted
        if (theirs := one.account or accounts.get(one.provider) or account) == account
        or (one.took_over and theirs.partition(".")[0] == host)
    ]


def _left_out(own: Noted, destroys: bool | None, rewritten: Callable[[], bool]) -> bool:
    """Tell whether the resource itself has the model and this delete is of an earlier self.

    Another process has made it; or nobody has checked it, because the run leaves it out or deletes
    it first with what it depends on. It is an earlier self where the new one has written since.
    """
    return own.process is not None or (destroys is False and rewritten())


@dataclass
class _Entry:
    urn: str | None
    stored: Mapping[str, Any] | None = None
    stage: Literal["known", "fresh", "written"] = "fresh"

    def is_fresh(self, urn: str | None) -> bool:
        """Tell whether the last that was seen is a check of this resource without old state."""
        return self.stage == "fresh" and urn is not None and self.urn == urn


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
            entry.stage = "known" if in_state else "fresh"
            return None

    def keep(self, model_name: str, stored: Mapping[str, Any]) -> None:
        """Note what the state holds of a model that may be replaced under its name."""
        with self._lock:
            self._entries.setdefault(model_name, _Entry(None)).stored = stored

    def write(self, model_name: str) -> None:
        """Note that a create of the model has begun."""
        with self._lock:
            self._entries.setdefault(model_name, _Entry(None)).stage = "written"

    def stored(self, model_name: str) -> Mapping[str, Any] | None:
        """Give what the state holds of a model that is replaced under its name."""
        with self._lock:
            entry = self._entries.get(model_name)
            return entry.stored if entry else None

    def urn(self, model_name: str) -> str | None:
        """Give the URN of the resource that declares the model, where it is known."""
        with self._lock:
            entry = self._entries.get(model_name)
            return entry.urn if entry else None

    def keeps(self, model_name: str, urn: str | None) -> str | None:
        """Say why a delete must not be sent: this run declares or wrote the model."""
        with self._lock:
            entry = self._entries.get(model_name)
            if entry is None or entry.is_fresh(urn):
                return None
            resource = f"resource '{entry.urn.rpartition('::')[2]}'" if entry.urn else "this run"
            return f"{resource} declares it"

    def replaces(self, model_name: str, urn: str | None) -> bool:
        """Tell whether a delete is that of a resource which gets the model again right after it."""
        with self._lock:
            entry = self._entries.get(model_name)
            return entry is not None and entry.is_fresh(urn)
