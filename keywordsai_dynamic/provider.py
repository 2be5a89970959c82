"""CustomModelProvider: check, diff, create, read, update and delete of a custom model.

This module's path, the class and the name `custom_model_provider` stand in the state of every stack
that ever declared a model (DESIGN.md, "Names for ever"): they never move.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Literal

from .oldest_sdk import refuse_an_older_sdk

refuse_an_older_sdk(in_provider=True)  # which may lack what is imported next

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.runtime.rpc import wrap_rpc_secret

from .client import OutdatedError, Written
from .comparison import (
    Difference,
    answer_of,
    changed,
    comparable,
    differences,
    may_be_rounded,
    table,
    values_of,
)
from .declaration import Declaration, hide_secrets, secret_fields
from .errors import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    DeclarationError,
    KeywordsAIError,
    NotFoundError,
    show_bare_names,
)
from .inventory import FRESH, Seen
from .names import (
    ANSWERED,
    API_FIELDS,
    BASE_URL,
    DECLARED,
    SECRET_FIELDS,
    URN,
)
from .ownership import (
    Verdict,
    judge,
    judge_change,
    judge_replacement,
    kept_by_another,
    present_urn,
)
from .redaction import redact
from .run import Run
from .settings import debugging
from .state import (
    answered_in,
    declared_in,
    drift,
    kept,
    outputs,
    readable,
    repeats,
    repeats_a_secret,
    unasked,
)
from .this_run import called_for, destroys

_Outcome = Literal["deleted", "absent", "unclear"]

_AT_ONCE = 1.0
"""Seconds in which a write leaves that goes out right after a look of its own."""

_PREVIEW_DEADLINE = 15.0
"""Seconds that `check` spends at most on listing the live models; it goes on without them."""


class CustomModelProvider(ResourceProvider):
    """Maps the steps of a stack's life onto the API's upsert, and never loses a model by it.

    Pickled by the name of its one instance alone: no data, no key, the same on every machine.
    """

    # What is pickled holds no data, so that encrypting it for every resource would be for nothing.
    serialize_as_secret_always = False

    _run: Run

    def __reduce__(self) -> str:
        return "custom_model_provider"

    def configure(self, req: ConfigureRequest) -> None:
        """Begin a run; the key is read from configuration or environment when it is needed."""
        # Only here: this is the provider's own process. In the program's it would hang the SDK.
        if not debugging():
            sys.tracebacklimit = 0
            show_bare_names()
        # What is imported lives as long as the process: no collection need look at it again, the
        # last one at exit included (a twentieth of a refresh of 500 models).
        gc.freeze()
        self._run = Run(req.config.get)

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Normalise and validate what is known, and look at what a create would meet."""
        wanted = Declaration.of(news, stored=olds)
        failures = wanted.failures() or self._claim(olds, wanted)
        if not failures:
            self._warn(olds, wanted)
            if not olds:
                failures = self._look(wanted)
        if not failures:
            self._run.note(wanted.urn, wanted.name)
        told = [CheckFailure(each.property, redact(each.reason)) for each in failures]
        return CheckResult(wanted.inputs(), told)

    def _claim(self, olds: Mapping[str, Any], wanted: Declaration) -> list[CheckFailure]:
        name = wanted.name
        if name is None:
            return []
        in_state = olds.get("model_name") == name
        other = self._run.ledger.check(name, wanted.urn, in_state=in_state)
        if other is not None:
            resource = other.rsplit("::", 1)[-1]
            sentence = f"is declared by resource '{resource}' too; one resource owns a model"
            return [CheckFailure("model_name", sentence)]
        replaced = self._run.ledger.stored(name)
        elsewhere = self._elsewhere(name, replaced) if replaced else ""
        return [CheckFailure("", elsewhere)] if elsewhere else []

    def _warn(self, olds: Mapping[str, Any], wanted: Declaration) -> None:
        declared, log = wanted.declared, self._run.log
        for field, sentence in wanted.doubts():
            log.warning(f"{field} {sentence}", wanted.urn)
        for field in API_FIELDS:
            if field in olds and field not in wanted.fields:
                sentence = f"{field} is no longer declared; the live model keeps its value"
                log.warning(sentence, wanted.urn)
        bases = {olds.get("base_model_name"), declared.get("base_model_name")} - {None}
        if len(bases) == 2:
            sentence = "base_model_name changes; values inherited from the old base may stay"
            log.warning(sentence, wanted.urn)

    def _look(self, wanted: Declaration) -> list[CheckFailure]:
        """Say already in the preview what a create would take over, overwrite or refuse."""
        if wanted.name is None or not self._run.looks_up:
            return []
        try:
            if self._run.client.settings.api_key is None:
                self._run.look_up_no_more("there is no API key")
                return []
            verdict, _ = self._judge_seen(
                wanted.name,
                readable(wanted.declared),
                lambda live: self._judge_create(wanted, live),
                deadline=_PREVIEW_DEADLINE,
            )
        except KeywordsAIError as error:
            refused = isinstance(error, APIStatusError) and error.status_code in {401, 403}
            if refused or isinstance(error, ConfigurationError | DeclarationError):
                return [CheckFailure("", str(error))]
            self._run.look_up_no_more(str(error))
            return []
        if verdict.action == "refuse":
            return [CheckFailure("", verdict.sentence)]
        self._run.announce(wanted, verdict)
        return []

    def _judge_seen(
        self,
        name: str,
        fields: Collection[str],
        judge_live: Callable[[Mapping[str, Any] | None], Verdict],
        *,
        expected: bool = False,
        whole: bool = False,
        max_age: float = float("inf"),
        deadline: float,
    ) -> tuple[Verdict, Seen]:
        """Judge what lives. Nothing is refused, told or written over that the list alone shows.

        A list may lag behind and leave out fields. One model that is there as listed speaks for the
        others that are to be taken over unsent.
        """
        run = self._run
        end = run.client.now + deadline
        seen = run.inventory.look_up(
            name, fields, expected=expected, whole=whole, max_age=max_age, deadline=deadline
        )
        verdict = judge_live(seen.model)
        takes_over = verdict.action == "take over" and not verdict.write
        if verdict.sentence and not (takes_over and run.trusts_the_list):
            left = end - run.client.now
            seen = run.inventory.confirm(name, seen, expected=expected, deadline=left)
            verdict = judge_live(seen.model)
            run.trusts_the_list |= (
                takes_over and verdict.action == "take over" and not verdict.write
            )
        return verdict, seen

    def _judge_create(self, wanted: Declaration, live: Mapping[str, Any] | None) -> Verdict:
        ledger, declared = self._run.ledger, wanted.declared
        name, service = declared["model_name"], self._run.inventory.service
        stored = ledger.stored(name)
        if stored is None or live is None:
            urn = wanted.urn or ledger.urn(name)
            return judge(
                declared,
                live,
                service=service,
                unknown=wanted.unknown,
                secret=wanted.secret,
                urn=urn,
            )
        secret = wanted.hiding(stored).secret
        return judge_replacement(stored, declared, live, service=service, secret=secret)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare what was declared with what is declared; only `model_name` replaces.

        With `changes=None` the engine works out the fields itself, which is how a dynamic provider
        gets a detailed diff.
        """
        fields = changed(declared_in(olds), news)
        if "model_name" not in fields:
            self._run.ledger.keep(id_, olds)
        if not fields:
            return DiffResult(changes=False)
        return DiffResult(replaces=["model_name"] if "model_name" in fields else [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the model, or take over or overwrite one that exists, or refuse to."""
        wanted = Declaration.of(props).complete()
        name = wanted.declared["model_name"]
        stored = self._run.ledger.stored(name) or {}
        self._require_same_host(name, stored)
        wanted = wanted.hiding(stored)
        self._run.ledger.write(name)
        found: list[bool] = []

        def judge_live(live: Mapping[str, Any] | None) -> Verdict:
            found.append(live is not None)
            return self._judge_create(wanted, live)

        with self._run.alone(name):
            fields = readable(wanted.declared)
            model = self._put(wanted, stored, fields, judge_live, expected=False)
        self._run.note(called_for(), name, took_over=found[-1])
        outs = self._outputs(wanted.declared, wanted.declared, model, props, wanted.secret)
        return CreateResult(name, outs)

    def _put(
        self,
        wanted: Declaration,
        stored: Mapping[str, Any],
        fields: Collection[str],
        judge_live: Callable[[Mapping[str, Any] | None], Verdict],
        *,
        expected: bool,
    ) -> Mapping[str, Any]:
        """Look, decide and write, and once more where the look has grown old at the request limit.

        Gives the live model as it is then. `stored` are the outputs of the state, if any.
        """
        run, name, sent = self._run, wanted.declared["model_name"], False
        end = run.client.now + run.client.settings.deadline
        while True:
            began = run.client.now
            verdict, (live, asked_at) = self._judge_seen(
                name,
                fields,
                judge_live,
                expected=expected,
                whole=expected,
                max_age=FRESH,
                deadline=end - began,
            )
            if verdict.action == "refuse":
                raise KeywordsAIError(verdict.sentence)
            if not sent:
                run.announce(wanted, verdict)
            if live is not None and not verdict.write:
                return live
            try:
                written = self._write(wanted, stored, live, self._not_after(began, asked_at), end)
            except OutdatedError as late:
                sent = sent or late.unclear > 0
                self._require_time(name, end)
                if not sent or expected:
                    continue
                # What an earlier try has made is nobody else's, however it was answered.
                written = self._write(wanted, stored, live, None, end)
            if live is None and not sent:
                run.notice_a_race(written)
            return written.model

    def _not_after(self, began: float, asked_at: float) -> float:
        """Say until when a write may leave; one look that takes long is as good as can be had."""
        fresh = asked_at + FRESH
        return max(fresh, self._run.client.now + _AT_ONCE) if asked_at >= began else fresh

    def _require_time(self, name: str, end: float) -> None:
        if self._run.client.now >= end:
            raise KeywordsAIError(
                f"{name} was not changed: the service, or its request limit, let nothing through "
                f"within {FRESH:.0f} s of a look at what lives. Run again later."
            ) from None

    def _write(
        self,
        wanted: Declaration,
        stored: Mapping[str, Any],
        live: Mapping[str, Any] | None,
        not_after: float | None,
        end: float,
    ) -> Written:
        run, declared = self._run, wanted.declared
        written = run.client.upsert_model(
            wanted.body(), not_after=not_after, deadline=end - run.client.now
        )
        name, urn = declared["model_name"], run.ledger.urn(declared["model_name"])
        run.inventory.fold(name, written.model)
        service = run.inventory.service
        if live is not None and self._reads_otherwise(declared, stored, live, written.model):
            read = run.inventory.ask(name, expected=True).model
            written = replace(written, model=read or written.model)
        answer = values_of(written.model)
        rows = differences(comparable(declared, answer), declared, answer, service)
        if rows:
            told = table(rows, "declared", "answered", wanted.secret)
            run.log.warning(f"{name} was answered otherwise than declared:\n{told}", urn)
        rows = unasked(declared, stored, live, written.model, service) if live else []
        if rows:
            values = [declared.get(name) for name in wanted.secret]
            repeated = {row.field for row in rows if repeats((row.before, row.after), values)}
            told = table(rows, "before", "after", wanted.secret | repeated)
            sentence = f"{name} was changed by this write in fields that nobody declares:\n{told}"
            run.log.warning(sentence, urn)
        return written

    def _reads_otherwise(
        self,
        declared: Mapping[str, Any],
        stored: Mapping[str, Any],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> bool:
        """Tell whether a write's answer may be other than what the next read gives.

        It may undo a rounding (then that is drift for ever, unless the state has what is read), or
        repeat less than there is (then nothing was wiped).
        """
        was = answer_of(before)
        undone = any(may_be_rounded(field, declared.get(field), was[field]) for field in was)
        return undone or bool(unasked(declared, stored, before, after, self._run.inventory.service))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Send every declared field, unless somebody else moved one that this change leaves."""
        wanted = Declaration.of(news).complete().hiding(olds)
        declared, before = wanted.declared, declared_in(olds)
        self._require_same_host(id_, olds)

        def judge_live(live: Mapping[str, Any] | None) -> Verdict:
            if live is None:
                return Verdict("create", f"{id_} was gone, and is created again")
            return judge_change(
                olds,
                declared,
                live,
                service=self._run.inventory.service,
                touched=changed(before, declared),
                secret=wanted.secret,
            )

        fields = readable(declared) | readable(before)
        with self._run.alone(id_):
            model = self._put(wanted, olds, fields, judge_live, expected=True)
        return UpdateResult(self._outputs(declared, declared, model, news, wanted.secret))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live model; only the API's 404 is "gone", and only where the model was written.

        Inputs come back with the live value wherever a declared field has drifted, so that the
        next preview shows it (pulumi#13839).
        """
        hide_secrets(props)
        inventory, got = self._run.inventory, BASE_URL not in props
        declared = {} if got else declared_in(props)
        end = self._run.client.now + self._run.client.settings.deadline
        seen_live = inventory.look_up(id_, readable(declared), expected=True)
        moved = self._moved(props, seen_live.model) if not got else []
        if moved and not self._run.trusts_the_list:
            left = end - self._run.client.now
            seen_live = inventory.confirm(id_, seen_live, expected=True, deadline=left)
            moved = self._moved(props, seen_live.model)
            self._run.trusts_the_list = bool(moved)
        live = seen_live.model
        if got:
            self._run.note(called_for(), id_)
        if live is None and got:
            raise KeywordsAIError(
                f"There is no model {id_}. `keywordsai-dynamic models --all` lists what exists."
            )
        if live is None:
            self._require_same_host(id_, props)
            return ReadResult(None, {})
        if not got:
            self._tell_of_another_host(id_, props, live)
        seen = {**declared, **{row.field: row.after for row in moved}}
        seen = {field: value for field, value in seen.items() if value is not None}
        # Where nothing moved the engine keeps the inputs it has, and need not read them again.
        inputs = seen | kept(props) if moved else None
        outs = self._outputs(seen, props, live, props, secret_fields(props))
        return ReadResult(id_, outs, inputs)

    def _moved(self, props: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[Difference]:
        return [] if live is None else drift(props, live, self._run.inventory.service)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the model, unless this run declares or wrote it under another resource."""
        hide_secrets(props)
        run = self._run
        noted = run.notes.read()
        urn = present_urn(called_for() or props.get(URN), noted)
        with run.alone(id_):
            reason = run.ledger.keeps(id_, urn) or (
                noted
                and kept_by_another(
                    id_,
                    urn,
                    noted,
                    run.account,
                    os.getpid(),
                    destroys=destroys(),
                    rewritten=lambda: self._rewritten(id_, props),
                )
            )
            self._require_same_host(id_, props)
            if reason:
                run.log.info(f"{id_} is not deleted: {reason}")
                return
            end = run.client.now + run.client.settings.deadline
            if run.ledger.replaces(id_, urn):
                outcome = self._delete_unmoved(id_, props)
            else:
                outcome = self._delete(id_)
            if outcome != "deleted":
                left = end - run.client.now
                run.inventory.require_gone(id_, sent_before=outcome == "unclear", deadline=left)
            run.inventory.forget(id_)

    def _rewritten(self, name: str, props: Mapping[str, Any]) -> bool:
        return bool(self._moved(props, self._run.inventory.ask(name, expected=True).model))

    def _delete(
        self, name: str, *, not_after: float | None = None, deadline: float | None = None
    ) -> _Outcome:
        """Delete a model; tells what came of it."""
        try:
            sure = self._run.client.delete_model(name, not_after=not_after, deadline=deadline)
        except NotFoundError:
            return "absent"
        except APIConnectionError:
            # It may have taken effect: whoever takes the name over has to write it.
            self._run.inventory.forget(name)
            raise
        return "deleted" if sure else "unclear"

    def _delete_unmoved(self, name: str, props: Mapping[str, Any]) -> _Outcome:
        """Delete a model that is created again right after it, unless somebody else changed it."""
        declared, secret = declared_in(props), secret_fields(props)

        def judge_live(live: Mapping[str, Any] | None) -> Verdict:
            if live is None:
                return Verdict("create")
            service = self._run.inventory.service
            return judge_replacement(props, declared, live, service=service, secret=secret)

        end, sent = self._run.client.now + self._run.client.settings.deadline, False
        while True:
            began = self._run.client.now
            verdict, seen = self._judge_seen(
                name,
                readable(declared),
                judge_live,
                expected=True,
                max_age=FRESH,
                deadline=end - began,
            )
            if verdict.action == "refuse":
                raise KeywordsAIError(verdict.sentence)
            try:
                not_after = self._not_after(began, seen.asked_at)
                left = end - self._run.client.now
                outcome = self._delete(name, not_after=not_after, deadline=left)
            except OutdatedError as late:
                sent = sent or late.unclear > 0
                self._require_time(name, end)
            else:
                return "unclear" if sent and outcome == "absent" else outcome

    def _require_same_host(self, name: str, props: Mapping[str, Any]) -> None:
        sentence = self._elsewhere(name, props)
        if sentence:
            raise KeywordsAIError(sentence)

    def _elsewhere(self, name: str, props: Mapping[str, Any]) -> str:
        """Say, if so, that a model was written under another base URL."""
        written_to, now = props.get(BASE_URL), self._run.client.settings.base_url
        if not written_to or written_to == now:
            return ""
        return (
            f"{name} was written to {written_to}, and the base URL is {now} now. Set "
            "keywordsai:baseUrl (or KEYWORDSAI_BASE_URL) back. Where the service has moved, "
            "`pulumi refresh` accepts models whose values are equal; take others out of "
            "the state with `pulumi state delete`."
        )

    def _tell_of_another_host(
        self, name: str, props: Mapping[str, Any], live: Mapping[str, Any]
    ) -> None:
        """Let a service move that has the model with the same values, all of them, and say so."""
        if not self._elsewhere(name, props):
            return
        known, answer = answered_in(props), values_of(live)
        compared = comparable(known, answer)
        if not set(compared) - {"display_name"} or differences(
            compared, known, answer, self._run.inventory.service
        ):
            self._require_same_host(name, props)
        now = self._run.client.settings.base_url
        self._run.log.warning(
            f"{name} was written to {props[BASE_URL]}, and is read from {now} with the same "
            "values: from now on, that is the model this stack manages",
            self._run.ledger.urn(name) or props.get(URN),
        )

    def _outputs(
        self,
        declared: Mapping[str, Any],
        last_known: Mapping[str, Any],
        model: Mapping[str, Any],
        props: Mapping[str, Any],
        secret: Collection[str],
    ) -> dict[str, Any]:
        """Shape what the state is to hold; `secret` names fields that are secret or were."""
        outs = outputs(declared, last_known, model) | kept(props)
        if secret:
            outs[SECRET_FIELDS] = sorted(secret)
        outs[BASE_URL] = self._run.client.settings.base_url
        urn = self._run.ledger.urn(outs["model_name"]) or props.get(URN)
        if urn:
            outs[URN] = urn
        # The engine knows secrets by their names; these repeat values under others. `__declared`
        # always counts: nobody is told here which outputs a transform makes secret.
        for name in {DECLARED, ANSWERED} & outs.keys():
            if name == DECLARED or repeats_a_secret(outs, secret):
                outs[name] = wrap_rpc_secret(outs[name])
        return outs


custom_model_provider = CustomModelProvider()
"""The one instance: its name is what is pickled into every state."""
