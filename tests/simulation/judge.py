"""The promises of the product, as what must be true of a whole history.

`WEAKER` says under which quirks a promise cannot be kept, why, and what is kept instead.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from keywordsai_dynamic.api.client import model_path
from keywordsai_dynamic.api.providers_client import provider_path
from keywordsai_dynamic.core.camel_case import camel_case
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.kinds import MODEL, PROVIDER
from keywordsai_dynamic.core.names import API_FIELDS, BASE_URL, SECRET_FIELDS
from keywordsai_dynamic.core.settings import DEFAULT_DEADLINE
from keywordsai_dynamic.lifecycle.comparison import same
from keywordsai_dynamic.lifecycle.inventory import FRESH
from keywordsai_dynamic.lifecycle.state import answered_in
from keywordsai_dynamic.lifecycle.writes import _AT_ONCE

from . import sets
from .engine import Options, Ran, Resource, Stored
from .judge_providers import (
    alike_part,
    held_part,
    is_credential,
    is_for_the_user,
    leaks_of_providers,
    lists_of_providers,
    looks_hidden,
    looks_varying,
    not_as_declared,
    shows_part,
)
from .judge_sets import of_sets
from .native_process import Kept
from .service import ATTACHED, CONSOLE, HERE, Request, Write
from .shown import alike, shown_fields
from .story import KEYS, SECRET_PRICE, SECRET_TEXT, Command
from .story_providers import CREDENTIALS
from .world import World, calm, run_now


class Weaker(NamedTuple):
    """A promise that a quirk makes impossible, why, and what is kept instead."""

    promise: int
    quirk: str
    why: str
    kept: str


_TRIES_OF_A_CALL, _MORE_TRIES = 12, 30
"""Requests to one path: a call tries six times for each look, and may look again."""

_SLACK = 1.0
"""Seconds that a call may take beyond its deadline, and that of a call which it waits for."""

WEAKER = (
    Weaker(
        1,
        "the answer to a delete is lost, or a destroy is killed or fails",
        "the state still holds what is gone, and a run without changes asks for nothing",
        "`pulumi up --refresh` creates the model again",
    ),
    Weaker(
        1,
        "a run leaves out a resource whose model's name is an Output, while another resource that "
        "is declared gives up that name",
        "the name is not known in that run",
        "the next run creates the model; where no resource gives up the name, it is kept",
    ),
    Weaker(
        1,
        "an interrupted or partial run leaves a model in the state twice, and the resource that "
        "keeps it has its name from an Output, or is declared through the native plugin",
        "the other resource may be deleted before that name is known",
        "`pulumi up --refresh` creates the model again",
    ),
    Weaker(
        1,
        "two keys of one organization, in explicit providers, take a model from each other, and "
        "the new one found the name free or looked in an earlier run that was interrupted",
        "nothing shows that the keys belong to one organization",
        "where the new key finds the model existing in the same run, it is kept",
    ),
    Weaker(
        5,
        "two keys of one organization, in explicit providers, take a custom provider from each "
        "other while models use it",
        "nothing shows that the keys belong to one organization",
        "its delete is refused; `pulumi state delete` takes the old resource out of the state",
    ),
    Weaker(
        2,
        "somebody writes within 10 seconds before an upsert, or after a slow lookup",
        "the API has no precondition",
        "a model that was created in that time is reported, if the service answers 200",
    ),
    Weaker(
        2,
        "a list lags behind, or leaves a model out of its count too",
        "a name that the list lacks counts as free",
        "the overwritten model is reported, if the service answers 200",
    ),
    Weaker(
        2,
        "the service does not return a field, or returns null or nothing for it",
        "what is not seen cannot be compared",
        "every field that is returned is compared",
    ),
    Weaker(
        2,
        "an upsert resets fields that are not declared, and its answer is lost",
        "only the answer shows what was reset",
        "where the answer comes, the fields are reported",
    ),
    Weaker(
        4,
        "a secret field is dropped together with a forced replacement (`--replace`, a tainted "
        "resource), or its model moves to another resource, or is still held by an interrupted "
        "replacement, which does not declare it secret",
        "nothing shows the provider what was secret before",
        "dropped in an ordinary update, it stays secret",
    ),
    Weaker(
        6,
        "a call waits for the list that another call is getting",
        "one list serves all",
        "it ends when that call does: at the deadline of the last one that began before its own",
    ),
    Weaker(
        5,
        "somebody deletes a custom provider, and the service leaves its models without one",
        "the service shows null for a model's provider even where there is one",
        "the provider is created again, and a model gets it back when it is next changed",
    ),
    Weaker(
        5,
        "somebody removes a custom provider's key where the service shows keys",
        "a key that is no longer shown may be hidden from now on",
        "the next change of the provider sends the key again",
    ),
    Weaker(
        5,
        "somebody changes a custom provider's key between the two reads of one refresh",
        "it looks like a mask that varies, which shows nothing",
        "the next change of the provider sends the key again",
    ),
    Weaker(
        5,
        "a write is answered without a body, or without a custom provider's whole key, and "
        "somebody writes before the read that follows",
        "what is read counts as the service's answer",
        "a difference is reported at the write; a value of a provider that is gone is sent again "
        "with its next change",
    ),
)
"""Where a promise cannot be kept; docs/explanation/limits.md has this table."""


def violations(world: World) -> list[str]:
    """Return what is wrong with the history of a world, and with how it ends in quiet."""
    calm(world)
    return list(dict.fromkeys([*_of_the_end(world), *_of_history(world)]))


def _of_history(world: World) -> Iterator[str]:
    yield from lists_of_providers(world)
    for ran in map(sets.apart, world.runs):
        yield from _leaks(ran)
        yield from _failures(ran)
    yield from of_sets(world)
    history = _History(world)
    for at, write in enumerate(world.service.writes):
        writer = history.run_of(write)
        if writer is not None:
            yield from history.judge(at, write, writer)
    yield from _built_in(world)
    yield from _tries(world)


class _History:
    """The writes of a world, with whose they are."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.writes = world.service.writes
        self.runs = {ran.who: sets.apart(ran) for ran in world.runs}

    def run_of(self, write: Write) -> Ran | None:
        """Return the run that sent a write; None for the console."""
        return self.runs.get(write.who)

    def judge(self, at: int, write: Write, ran: Ran) -> Iterator[str]:
        """Judge a write of a run by promises 1 to 3."""
        declared = [one for one in ran.program if self._is(one.id, write) and not one.reads]
        if write.verb == ATTACHED:
            yield from self._went_with_its_provider(at, write, ran)
            return
        if write.verb == "DELETE":
            yield from self._deletion(at, write, ran, declared)
        elif not declared:
            yield f"3: {write.who} wrote {write.name}, which its program does not declare"
        deleted_first = declared and ran.verb != "destroy" and self._goes_first(write, ran)
        if write.before is not None and (write.verb in {"POST", "PATCH"} or deleted_first):
            yield from self._overwritten(at, write, ran)

    def _is(self, model: str, write: Write) -> bool:
        dialect = self.world.service.dialect(write.host)
        return dialect.named(model) == dialect.named(write.name)

    def _same_place(self, one: Resource, write: Write, ran: Ran) -> bool:
        """Return whether a resource is declared in the account that a write went to."""
        setup = ran.setup.of(one.provider)
        return setup.host == write.host and KEYS[setup.key] == write.organization

    def _holds(self, one: Stored, write: Write, ran: Ran) -> bool:
        """Return whether an entry of the state is what a write went to."""
        written = (write.kind, write.name, write.organization)
        account = KEYS[ran.setup.of(one.provider).key]
        return (one.kind, one.id, account) == written and _is_at(one, write.host)

    def _counts_for(self, one: Stored, write: Write, ran: Ran) -> bool:
        """Return whether an entry of the state is taken for what a write went to.

        That is also so where its resource has another provider now: no state says whose key it is.
        """
        now = [each.provider for each in ran.program if each.name == one.name]
        moved = [replace(one, provider=provider) for provider in now]
        return any(self._holds(each, write, ran) for each in (one, *moved))

    def _deletion(self, at: int, write: Write, ran: Ran, declared: list[Resource]) -> Iterator[str]:
        held = (ran.refreshed or []) + ran.before
        owned = [one for one in held if self._holds(one, write, ran)]
        place = (write.who, write.host, write.organization, write.name)
        created = any(
            (each.who, each.host, each.organization, each.name) == place and each.verb == "POST"
            for each in self.writes[:at]
        )
        if not owned and not created:
            yield f"3: {write.who} deleted {write.name}, which its state did not hold"
        if ran.verb == "destroy":
            return
        for one in declared:
            deleted_first = self._deleted_first(owned, ran) and not created
            is_known = not self._is_unknown_to_the_run(write, one, owned, ran)
            if self._same_place(one, write, ran) and not deleted_first and is_known:
                yield f"1: {write.who} deleted {write.name}, which {one.name} declares"

    def _went_with_its_provider(self, at: int, write: Write, ran: Ran) -> Iterator[str]:
        """Require that a provider which a run deletes has no models, as far as lists show them."""
        setter = self._setter(at, write, "provider_id")
        looks = _looks(self.world.service.requests, write)
        began = max((each[0].began for each in looks if each[0].lists), default=float("-inf"))
        is_recent = write.began - began <= FRESH
        if setter is not None and setter.at >= began - write.lag and is_recent:
            return  # somebody put the model on the provider meanwhile
        if write.name not in self.world.service.dialect(write.host).list_hides:
            what = "deleted" if write.after is None else "took the provider of"
            yield f"1: {ran.who} {what} {write.name} with its provider"

    def _is_unknown_to_the_run(
        self, write: Write, one: Resource, owned: list[Stored], ran: Ran
    ) -> bool:
        """Return whether nothing in this run shows that the resource means this model.

        Either it is left out, and its name an Output; or another key of the organization owns it,
        and this run did not look under that key, or found the name free.
        """
        calls = {each.verb for each in ran.calls if each.resource == one.name}
        with_another_key = any(
            ran.setup.of(each.provider).key != ran.setup.of(one.provider).key for each in owned
        )
        lags = "list_lags" in self.world.story.dialect
        found = "create" in calls and not self._looks_free(write) and not lags
        made = any(
            (each.who, each.name, each.verb) == (write.who, write.name, "POST")
            and (each.before is None or each.at >= write.began)
            for each in self.writes
        )
        return (one.late and not calls) or (with_another_key and (made or not found))

    def _goes_first(self, write: Write, ran: Ran) -> bool:
        """Return whether a model goes because a replacement under its name deletes first, alone or
        together with what it depends on.
        """
        names = {one.name for one in ran.before if one.id == write.name}
        firsts = self._firsts(ran) & names
        return write.verb == "DELETE" and any(
            self._is(one.id, write)
            and self._same_place(one, write, ran)
            and firsts & {one.name, *one.aliases}
            for one in ran.program
        )

    def _deleted_first(self, owned: list[Stored], ran: Ran) -> bool:
        """Return whether the model goes because a replacement deletes first: of its own resource,
        or of one whose outputs may name it.
        """
        return any(one.name in self._firsts(ran) and not one.reads for one in owned)

    def _firsts(self, ran: Ran) -> set[str]:
        """Return the resources that a replacement may delete first, by all their names."""
        firsts: set[str] = set()
        for _ in ran.program:
            firsts |= {
                name
                for one in ran.program
                if one.delete_first or (one.late and firsts & self._needs(one, ran))
                for name in (one.name, *one.aliases)
            }
        return firsts

    def _needs(self, one: Resource, ran: Ran) -> set[str]:
        """Return what a resource depends on, in the program or still in the state."""
        stored = [need for each in ran.before if each.name == one.name for need in each.needs]
        return {*one.needs, *(urn.rpartition("::")[2] for urn in stored)}

    def _overwritten(self, at: int, write: Write, ran: Ran) -> Iterator[str]:
        before, after = write.before or {}, write.after or {}
        owned = {name for one in ran.before if one.id == write.name for name in one.inputs}
        for field in API_FIELDS if write.kind is MODEL else sorted({*before, *after}):
            if write.verb == "DELETE" and field not in owned:
                continue  # what nobody declares goes with a model
            old = before.get(field)
            new = after.get(field)
            if self._same(write, field, old, new):
                continue
            unseen = self._unseen(write, field, old) or self._unseen(write, field, new)
            if unseen and not self._is_named_anyway(write, field, ran):
                continue
            setter = self._somebody_else(at, write, ran, field)
            if setter is None or self._known(write, ran, field, old):
                continue
            if self._too_recent(write, setter) or self._looks_free(write):
                if not self._is_retry(write, ran):
                    yield from self._newcomer(write, setter, ran)
                continue
            if field not in write.sent and self._failed(write, ran):
                continue  # nobody learned what this write changed
            if not self._was_told(write, ran, field):
                yield (
                    f"2: {write.who} overwrote {field} of {write.name} ({old!r} → "
                    f"{new!r}), which {setter.who} had set, and did not say so"
                )

    def _somebody_else(self, at: int, write: Write, ran: Ran, field: str) -> Write | None:
        """Return the write of another stack, or of a person, that gave a field its value."""
        setter = self._setter(at, write, field)
        if setter is None or (setter.who != CONSOLE and self._stack_of(setter.who) == ran.stack):
            return None
        return setter

    def _is_named_anyway(self, write: Write, field: str, ran: Ran) -> bool:
        """Return whether a provider is taken over: then everything unseen that is sent is named."""
        if write.kind is MODEL or field not in write.sent:
            return False
        held = ran.refreshed if ran.refreshed is not None else ran.before
        return not any(one.id == write.name and not one.reads for one in held)

    def _same(self, write: Write, field: str, old: object, new: object) -> bool:
        return alike_part(field, old, new) if write.kind is PROVIDER else old == new

    def _unseen(self, write: Write, field: str, value: object) -> bool:
        """Return whether the service never shows a field, or not this value of it."""
        dialect = self.world.service.dialect(write.host)
        if write.kind is PROVIDER:
            # Where a key is no longer shown, nobody sees whether it is still there.
            hidden = value is None and is_credential(field)
            return hidden or not shows_part(dialect, field)
        says_nothing = dialect.leaves_out_unset or field == "provider_id"
        return field not in shown_fields(dialect) or (value is None and says_nothing)

    def _stack_of(self, who: str) -> str:
        return self.runs[who].stack if who in self.runs else who

    def _setter(self, at: int, write: Write, field: str) -> Write | None:
        """Return the write that gave a field the value that `write` found."""
        old = (write.before or {}).get(field)
        for each in reversed(self.writes[:at]):
            if (
                each.host != write.host
                or each.name != write.name
                or each.organization != write.organization
            ):
                continue
            if each.after is None or each.after.get(field) != old:
                return None
            if each.before is None or each.before.get(field) != old:
                return each
        return None

    def _known(self, write: Write, ran: Ran, field: str, old: object) -> bool:
        """Return whether the state held the value, so that the preview showed it."""
        held = ran.refreshed if ran.refreshed is not None else ran.before
        for one in held:
            if self._counts_for(one, write, ran):
                if write.kind is PROVIDER:
                    if held_part(one, field, old):
                        return True
                    continue  # another resource may hold it too
                answered = answered_in(one.outputs)
                if old is None and answered.get(field) is None:
                    return True  # nothing was set, and the state says so
                for name in (
                    ("provider_id", "custom_provider_id") if "provider" in field else (field,)
                ):
                    if name in answered and alike(name, old, answered[name]):
                        return True
        return False

    def _too_recent(self, write: Write, setter: Write) -> bool:
        """Return whether the value was set after the write's last lookup, which was recent."""
        path = (provider_path if write.kind is PROVIDER else model_path)(write.name)
        looks = _looks(self.world.service.requests, write)
        looked = [each for each in looks if each[0].reads(path)]
        began = max((each[0].began for each in looked), default=float("-inf"))
        ended = max((each[-1].ended for each in looked), default=float("-inf"))
        is_recent = write.began - began <= FRESH or write.began - ended <= _AT_ONCE
        return setter.at >= began - write.lag and is_recent

    def _is_retry(self, write: Write, ran: Ran) -> bool:
        """Return whether an earlier try of the same create may have taken effect."""
        held = any(one.id == write.name for one in ran.refreshed or ran.before)
        return not held and any(
            (each.who, each.written) == (write.who, f"{write.kind.noun} {write.name}")
            and each.began < write.began
            for each in self.world.service.requests
        )

    def _newcomer(self, write: Write, setter: Write, ran: Ran) -> Iterator[str]:
        """Require a word about a model that appeared after the lookup, where a 200 showed it."""
        state = [one for one in (ran.refreshed or ran.before) if one.id == write.name]
        if write.status != 200 or setter.before or state or ran.outcome == "killed":
            return
        existing = f"existing {write.kind.noun} {write.name} "
        told = (f"somebody else created {write.name} a moment ago", existing)
        if not any(words in text for text in ran.texts for words in told):
            yield f"2: {write.who} overwrote {write.name}, which was new, and did not say so"

    def _failed(self, write: Write, ran: Ran) -> bool:
        """Return whether the step that wrote ended with an error, or was killed."""
        named = {one.name for one in ran.program if self._is(one.id, write)}
        return ran.outcome == "killed" or any(each.resource in named for each in ran.failures)

    def _looks_free(self, write: Write) -> bool:
        """Return whether lists leave the model out, and their count does not show that."""
        dialect = self.world.service.dialect(write.host)
        counted = dialect.list_answer == "page" or dialect.list_answer.startswith("not_")
        shows = counted and dialect.counts_hidden and not self.world.story.weather.miscounts
        return write.name in dialect.list_hides and not shows

    def _was_told(self, write: Write, ran: Ran, field: str) -> bool:
        asked = field in write.sent
        for message in ran.messages:
            spelled = message.sentence.lower()  # providerId is a part of customProviderId
            named = field in message.sentence or camel_case(field).lower() in spelled
            known = write.name in message.sentence and named
            if known and (message.at <= write.at or not asked):
                return True
        return False


def _looks(requests: Sequence[Request], write: Write) -> Iterator[list[Request]]:
    """Yield what was read before a write, in its process, as far as it was answered to the end.

    That is one request, or those of a list in pages, of which the first says how old it is.
    """
    looks: list[list[Request]] = []
    for each in requests:
        reads = each.method == "GET" or each.lists or each.goes_on
        if each.process == write.process and each.ended <= write.began and reads:
            if each.goes_on and (page := next((one for one in looks[::-1] if one[0].lists), None)):
                page.append(each)
            else:
                looks.append([each])
    yield from (each for each in looks if each[-1].status in {*range(200, 300), 404})


def _is_at(one: Stored, host: str) -> bool:
    return bool(one.outputs[BASE_URL] == host)


# --- promises 4 and 6, of each run ---


def _leaks(ran: Ran) -> Iterator[str]:
    hidden = {**dict.fromkeys((*KEYS, *CREDENTIALS), "a key"), SECRET_TEXT: "a secret"}
    texts = list(ran.texts)
    for text in texts:
        for value, what in hidden.items():
            if value.lower() in text.lower() or b64encode(value.encode()).decode()[:12] in text:
                yield f"4: {ran.who} showed {what}: {text}"
        if str(SECRET_PRICE) in text and any(
            one.id in text and SECRET_PRICE in one.fields.values()
            for one in ran.program
            if sum(each.id == one.id for each in ran.program) == 1
        ):
            yield f"4: {ran.who} showed a secret price: {text}"
    owned = [one for one in ran.program if not one.reads]
    secret = {(one.name, one.id) for one in owned if SECRET_TEXT in one.fields.values()}
    stays = {(one.urn, one.id) for one in ran.before if _stays_secret(one, ran)}
    left = {(one.urn, one.id) for one in ran.before if one.delete and not _is_secret(one)}
    yield from leaks_of_providers(ran)
    for one in ran.after:
        if one.kind is PROVIDER:
            continue
        plain = plain_outputs(one)
        for value, what in hidden.items():
            is_declared = (one.name, one.id) in secret and SECRET_TEXT in one.inputs.values()
            was_left = one.delete and (one.urn, one.id) in left
            is_secret = is_declared or ((one.urn, one.id) in stays and not was_left)
            is_ours = value != SECRET_TEXT or (is_secret and not one.reads)
            if value in str(plain) and is_ours:
                yield f"4: the state of {ran.who} holds {what} of {one.name} in plain text"


def plain_outputs(one: Stored) -> dict[str, Any]:
    """Return what the state holds of a model's outputs in plain text."""
    if isinstance(one.outputs, Kept):
        return one.outputs.plain
    return {name: value for name, value in one.outputs.items() if name not in one.secret}


def _stays_secret(one: Stored, ran: Ran) -> bool:
    """Return whether a field was secret, and its resource and model are still the same.

    Where a replacement is forced, nothing shows the provider what was secret before.
    """
    if one.delete or one.taint or one.name in ran.options.replace:
        return False
    same = any((each.urn, each.id) == (one.urn, one.id) and not each.reads for each in ran.after)
    return same and _is_secret(one)


def _is_secret(one: Stored) -> bool:
    """Return whether the state says that the field is secret which may be."""
    return "display_name" in one.outputs.get(SECRET_FIELDS, ())


_KEPT = re.compile(r"(\S+) is not deleted: .* declares it$")
_ARE_KEPT = re.compile(
    r".* models are not deleted, because other resources declare them: (.*?)(?: and \d+ more)?$"
)


def _false_reasons(ran: Ran) -> Iterator[str]:
    """Require that a delete is skipped for a declaration only if the program has one."""
    declared = {one.id.lower() for one in ran.program if not one.reads}
    for text in ran.texts:
        kept = _KEPT.match(text) or _ARE_KEPT.match(text)
        for name in kept[1].split(", ") if kept else ():
            if name.lower() not in declared:
                yield f"5: {ran.who} kept {name} for a resource that the program does not have"


def _failures(ran: Ran) -> Iterator[str]:
    for call in ran.calls:
        if call.seconds > 2 * DEFAULT_DEADLINE * call.models + _SLACK:
            yield f"6: {call.verb} of {call.resource} took {call.seconds:.0f} s in {ran.who}"
    yield from _false_reasons(ran)
    for name in ran.lost:
        yield f"1: {ran.who} took {name} out of the state, and its model still exists"
    for name, error, text in ((each.resource, each.error, each.text) for each in ran.failures):
        if not issubclass(error, KeywordsAIError):
            yield f"6: {ran.who} ended {name} with {error.__name__}: {text}"
        elif not text.strip() or "Traceback" in text:
            yield f"6: {ran.who} ended {name} without an explanation"


def _tries(world: World) -> Iterator[str]:
    """Require an end of tries; at a request limit, only the deadline ends them."""
    calls = {ran.who: sum(call.models for call in ran.calls) for ran in world.runs}
    requests = Counter((each.who, each.process, each.path) for each in world.service.requests)
    for (who, process, path), count in requests.items():
        most = _TRIES_OF_A_CALL * calls[who] + _MORE_TRIES
        if count > most and not world.story.weather.limit:
            yield f"6: {process} sent {count} requests to {path}"


def _built_in(world: World) -> Iterator[str]:
    built_in = world.service.backends[HERE]._built_in
    for ran in world.runs:
        for one in sets.held(ran.after):
            if one.id in built_in and not one.reads:
                yield f"3: {ran.who} took the built-in model {one.id} into the state"


# --- promise 5, and the end of promise 1: the world becomes quiet ---


def _of_the_end(world: World) -> Iterator[str]:
    last = {
        happening.stack: happening
        for action in world.story.actions
        for happening in action.happenings
        if isinstance(happening, Command) and happening.verb in {"up", "preview"}
    }
    for command in last.values():
        yield from _converges(world, command)


def _converges(world: World, command: Command) -> Iterator[str]:
    """Require that one quiet `up` brings back what was lost, and one with --refresh the rest."""
    names = [(one.kind, one.id) for one in sets.declared(command.program)]
    plain = Options()
    alone = len(set(names)) == len(names)  # two providers of one account may declare the same
    whole = replace(command, killed_at=-1, canceled_at=-1, edits=(), proxy_for=0.0)
    quiet = replace(whole, verb="up", options=plain)
    ran = run_now(world, quiet)
    if ran.outcome == "succeeded":
        yield from _exist(world, quiet)
    else:
        quiet = replace(quiet, program=_resolved(ran))
    with_refresh = replace(quiet, options=Options(refresh=True))
    ran = run_now(world, with_refresh)
    if ran.outcome == "succeeded" and _moves_between_providers(ran):
        ran = run_now(world, with_refresh)  # which asks the new provider
    if ran.outcome != "succeeded":
        if alone and not _is_hopeless(world, ran) and not _moves_between_providers(ran):
            yield f"5: quiet `up --refresh` still fails: {ran.failures[0].text}"
        return
    if alone:
        yield from _stored_as_declared(world, quiet)
    yield from _nothing_to_do(world, quiet)


def _exist(world: World, command: Command) -> Iterator[str]:
    """Require that every declared model exists that nobody else has removed."""
    # After a destroy that failed, or was killed, or lost an answer, the state holds what is gone.
    runs = {
        ran.who: ran.stack
        for ran in world.runs
        if ran.outcome != "killed" and ran.verb != "destroy"
    }
    for one in sets.declared(command.program):
        if one.reads or _found(world, command, one) is not None:
            continue
        if _was_elsewhere(world, command):
            continue  # a run without changes sends nothing, so it does not see that this is new
        last = next((each for each in reversed(world.service.writes) if each.name == one.id), None)
        is_late = one.late or command.native
        if is_late and last is not None and last.verb == "DELETE" and _is_partial(world, command):
            continue  # two resources of the state hold it, and the name came after the delete
        if last is None or (runs.get(last.who) == command.stack and 200 <= last.status < 300):
            yield f"1: {one.id} does not exist after a quiet `up` that declares it"


def _is_partial(world: World, command: Command) -> bool:
    """Return whether a run of the stack has failed, was killed or has left resources out."""
    return any(
        ran.outcome != "succeeded" or ran.options.targets or ran.options.excludes
        for ran in world.runs
        if ran.stack == command.stack
    )


def _was_elsewhere(world: World, command: Command) -> bool:
    """Return whether an earlier run of the stack was configured for another host or account."""
    runs = [ran for ran in world.runs if ran.stack == command.stack]
    places = {(ran.setup.host, KEYS[ran.setup.key]) for ran in runs}
    return len(places) > 1 or any(one.provider for ran in runs for one in ran.program)


def _found(world: World, command: Command, one: Resource) -> Mapping[str, Any] | None:
    place = command.setup.of(one.provider)
    return world.service.fields(place.host, KEYS[place.key], one.id, one.kind)


def _resolved(ran: Ran) -> tuple[Resource, ...]:
    """Return a program that does what the refusals ask for: take over, or have the last word."""
    return tuple(
        replace(_overwriting(one), members=tuple(map(_overwriting, one.members)))
        for one in ran.program
    )


def _overwriting(one: Resource) -> Resource:
    return replace(one, fields={**one.fields, "overwrite_existing": True})


_HOPELESS = (
    "is a built-in model",
    "also declared by resource",
    "was written to",
    "treats the two as one name",
    "another organization",
    "There is no model",
)
"""What only the user can resolve, by changing the program or the configuration."""


def _is_hopeless(world: World, ran: Ran) -> bool:
    ran = sets.apart(ran)
    return all(
        any(words in failure.text for words in _HOPELESS)
        or is_for_the_user(world, ran, failure.text)
        for failure in ran.failures
    )


def _moves_between_providers(ran: Ran) -> bool:
    """Return whether a resource is still in the state of another provider, which a refresh asks."""
    providers = {one.name: one.provider for one in ran.program}
    return any(one.provider != providers.get(one.name, one.provider) for one in ran.before)


def _stored_as_declared(world: World, command: Command) -> Iterator[str]:
    for one in sets.declared(command.program):
        if one.reads:
            continue
        stored = _found(world, command, one)
        if stored is None:
            late = (one.late or command.native) and _is_partial(world, command)
            if not late and not _was_elsewhere(world, command):
                yield f"1: {one.id} does not exist after a quiet `up --refresh` that declares it"
            continue
        if one.kind is PROVIDER:
            yield from _provider_as_declared(world, command, one, stored)
            continue
        for field, value in one.fields.items():
            if field in {"model_name", "overwrite_existing"}:
                continue
            # A service that resets fields, or hides them, is asked for each: it has the last word.
            found = stored["provider_id" if field == "custom_provider_id" else field]
            shown = field in shown_fields(world.service.dialect(command.setup.host))
            shown = shown and not _was_answered_otherwise(world, one)
            shown = shown and not (field == "custom_provider_id" and found is None)
            if found is None and world.service.dialect(command.setup.host).leaves_out_unset:
                shown = shown and not _is_removed_by_others(world, command, one, field)
            if shown and not same(field, value, found):
                yield f"5: {field} of {one.id} is {found!r}, and {value!r} is declared"


def _provider_as_declared(
    world: World, command: Command, one: Resource, stored: Mapping[str, Any]
) -> Iterator[str]:
    dialect = world.service.dialect(command.setup.host)
    for part, value in not_as_declared(dialect, one, stored):
        found = stored.get(part)
        is_key = is_credential(part)
        unseen = is_key or looks_hidden(world.runs[-1], one, part)
        if unseen and found is None and _is_removed_by_others(world, command, one, part):
            continue
        if is_key and looks_varying(world.runs[-1], one):
            continue
        if not _was_answered_otherwise(world, one):
            yield f"5: {part} of {one.id} is {found!r}, and {value!r} is declared"


def _is_removed_by_others(world: World, command: Command, one: Resource, part: str) -> bool:
    """Return whether the last write that removed a part or a field was not this stack's.

    A model that was created without a field counts as one.
    """
    mine = {ran.who for ran in world.runs if ran.stack == command.stack}

    def removes(each: Write) -> bool:
        before, after = each.before, each.after or {}
        had = one.kind is MODEL if before is None else before.get(part) is not None
        return had and after.get(part) is None

    removals = [
        each.who
        for each in world.service.writes
        if (each.kind, each.name, each.host) == (one.kind, one.id, command.setup.host)
        and removes(each)
    ]
    return bool(removals) and removals[-1] not in mine


def _was_answered_otherwise(world: World, one: Resource) -> bool:
    """Return whether a run has warned that the service makes other values of what is declared."""
    opening = f"the service returned different values for {one.id} than declared"
    return any(opening in text for ran in world.runs for text in ran.texts)


def _nothing_to_do(world: World, command: Command) -> Iterator[str]:
    ran = run_now(world, replace(command, verb="preview"))
    calls = {(each.verb, each.resource) for each in ran.calls} - {
        (verb, one.name) for one in command.program for verb in ("check", "diff", "read")
    }
    requests = [each for each in world.service.requests if each.who == ran.who]
    reads = any(one.reads for one in command.program)
    if (ran.outcome != "succeeded" and not (reads and _was_elsewhere(world, command))) or calls:
        yield f"5: the preview after a quiet `up` is not empty: {ran.failures or calls}"
    if requests and not any(one.reads for one in command.program):
        yield f"5: a preview without changes makes {len(requests)} requests"
