"""CustomModelProvider: check, diff, create, read, update and delete of a custom model.

This module's path, the class and the name `custom_model_provider` stand in the state of every stack
that ever declared a model (DESIGN.md, "Names for ever"): they never move.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

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

from .client import KeywordsAIClient, Written
from .comparison import answer_of, changed, comparable, differences, table
from .declaration import Declaration
from .engine_log import EngineLog
from .errors import APIStatusError, ConfigurationError, KeywordsAIError
from .inventory import Inventory
from .names import (
    ANSWERED,
    API_FIELDS,
    BASE_URL,
    CUSTOM_PROVIDER_FIELDS,
    DECLARED,
    SECRET_FIELDS,
    URN,
)
from .ownership import Ledger, Verdict, judge
from .settings import debugging, resolve
from .state import declared_in, drift, kept, outputs, readable

_PREVIEW_DEADLINE = 15.0
"""Seconds that `check` spends at most on listing the live models; it goes on without them."""


class Run:
    """What one provider process holds: the client, the shared list and the ledger of this run."""

    def __init__(self, config: Callable[[str], str | None]) -> None:
        self.log = EngineLog.of_this_process()
        self.ledger = Ledger()
        self.announced: set[str] = set()
        self.looks_up = True
        self.has_created = False
        self._config = config
        self._inventory: Inventory | None = None
        self._models: dict[str, Lock] = {}
        self._lock = Lock()

    @property
    def inventory(self) -> Inventory:
        """The shared list of live models; raises ConfigurationError for unusable settings."""
        with self._lock:
            if self._inventory is None:
                client = KeywordsAIClient(resolve(self._config), on_wait=self.log.status)
                self._inventory = Inventory(client)
            return self._inventory

    def alone(self, model_name: str) -> Lock:
        """Give the lock of one model, under which is decided and then written.

        A model that takes over the name of one whose DELETE is still under way would otherwise be
        found equal, left unsent, and be gone.
        """
        with self._lock:
            return self._models.setdefault(model_name, Lock())

    @property
    def client(self) -> KeywordsAIClient:
        """The one client of this process."""
        return self.inventory.client

    def announce(self, wanted: Declaration, verdict: Verdict) -> None:
        """Tell once that a model is taken over or overwritten."""
        name = wanted.declared["model_name"]
        if verdict.sentence and name not in self.announced:
            self.announced.add(name)
            self.log.warning(verdict.sentence, self.ledger.urn(name))

    def look_up_no_more(self, reason: str) -> None:
        """Tell once that previews of this run cannot say what exists already, and why."""
        self.looks_up = False
        sentence = f"No model was looked up, so what exists already is not shown: {reason}"
        self.log.warning(sentence)

    def notice_a_race(self, written: Written, *, free: bool) -> None:
        """Tell that somebody made the model between our list and our upsert, where it shows.

        A 200 for a `free` name means that the model existed. A service may answer nothing but 200,
        so only a run that has seen a 201 can tell, and only of what was not sent twice.
        """
        if free and self.has_created and not (written.created or written.repeated):
            name = written.model["model_name"]
            sentence = f"{name} was made by somebody else a moment ago, and has been overwritten"
            self.log.warning(sentence, self.ledger.urn(name))
        self.has_created = self.has_created or written.created


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
        return CheckResult(wanted.inputs(), failures)

    def _claim(self, olds: Mapping[str, Any], wanted: Declaration) -> list[CheckFailure]:
        name = wanted.name
        if name is None:
            return []
        in_state = olds.get("model_name") == name
        other = self._run.ledger.check(name, wanted.urn, in_state=in_state)
        if other is None:
            return []
        resource = other.rsplit("::", 1)[-1]
        sentence = f"is declared by resource '{resource}' too; one resource owns a model"
        return [CheckFailure("model_name", sentence)]

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
        if wanted.name is None or self._run.ledger.owned(wanted.name) or not self._run.looks_up:
            return []
        try:
            if self._run.client.settings.api_key is None:
                self._run.look_up_no_more("there is no API key")
                return []
            verdict, _ = self._judge(wanted, deadline=_PREVIEW_DEADLINE)
        except KeywordsAIError as error:
            refused = isinstance(error, APIStatusError) and error.status_code in {401, 403}
            if refused or isinstance(error, ConfigurationError):
                return [CheckFailure("", str(error))]
            self._run.look_up_no_more(str(error))
            return []
        if verdict.action == "refuse":
            return [CheckFailure("", verdict.sentence)]
        self._run.announce(wanted, verdict)
        return []

    def _judge(
        self, wanted: Declaration, *, deadline: float | None = None
    ) -> tuple[Verdict, dict[str, Any] | None]:
        declared = wanted.declared
        live = self._run.inventory.look_up(
            declared["model_name"], readable(declared), deadline=deadline
        )
        urn = wanted.urn or self._run.ledger.urn(declared["model_name"])
        return judge(declared, live, unknown=wanted.unknown, secret=wanted.secret, urn=urn), live

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare what was declared with what is declared; only `model_name` replaces.

        With `changes=None` the engine works out the fields itself, which is how a dynamic provider
        gets a detailed diff.
        """
        fields = changed(declared_in(olds), news)
        if not fields:
            return DiffResult(changes=False)
        return DiffResult(replaces=["model_name"] if "model_name" in fields else [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the model, or take over or overwrite one that exists, or refuse to."""
        wanted = Declaration.of(props).complete()
        name = wanted.declared["model_name"]
        owned = self._run.ledger.owned(name)
        self._run.ledger.write(name)
        with self._run.alone(name):
            verdict, live = (Verdict("create"), None) if owned else self._judge(wanted)
            if verdict.action == "refuse":
                raise KeywordsAIError(verdict.sentence)
            self._run.announce(wanted, verdict)
            if live is None or verdict.write:
                written = self._write(wanted)
                self._run.notice_a_race(written, free=live is None and not owned)
                live = written.model
        return CreateResult(name, self._outputs(wanted.declared, wanted.declared, live, props))

    def _write(self, wanted: Declaration) -> Written:
        declared = wanted.declared
        written = self._run.client.upsert_model(wanted.body())
        name, answer = declared["model_name"], answer_of(written.model)
        self._run.inventory.fold(name, written.model)
        rows = differences(comparable(declared, answer), declared, answer)
        if rows:
            told = table(rows, "declared", "answered", wanted.secret)
            sentence = f"{name} was answered otherwise than declared:\n{told}"
            self._run.log.warning(sentence, self._run.ledger.urn(name))
        return written

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Send every declared field, unless somebody else moved one that this change leaves."""
        wanted = Declaration.of(news).complete()
        fields = readable(wanted.declared) | readable(declared_in(olds))
        live = self._run.inventory.look_up(id_, fields) or self._run.inventory.retrieve(id_)
        if live is None:
            self._require_same_host(id_, olds)
            self._run.log.warning(
                f"{id_} was gone, and is created again", self._run.ledger.urn(id_)
            )
        else:
            self._stop_if_moved(olds, wanted, live)
        written = self._write(wanted)
        outs = self._outputs(wanted.declared, wanted.declared, written.model, news)
        return UpdateResult(outs)

    def _stop_if_moved(
        self, olds: Mapping[str, Any], wanted: Declaration, live: Mapping[str, Any]
    ) -> None:
        before, answer = declared_in(olds), answer_of(live)
        touched = changed(before, wanted.declared)
        moved = drift(olds, live)
        wrong = {row.field for row in differences(readable(before), wanted.declared, answer)}
        stopping = [row for row in moved if row.field in wrong and row.field not in touched]
        if stopping:
            raise KeywordsAIError(
                f"{olds['model_name']} was changed by somebody else since it was last read:\n"
                f"{table(stopping, 'last', 'live', wanted.secret)}\n"
                "Nothing was sent. Run `pulumi up --refresh` to see it in the preview and decide."
            )
        lost = [row for row in moved if row.field in touched]
        if lost:
            told = table(lost, "last", "live", wanted.secret)
            sentence = f"somebody else changed what this update overwrites:\n{told}"
            self._run.log.warning(sentence, self._run.ledger.urn(olds["model_name"]))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live model; only a 404 is "gone", and only where the model was written.

        Inputs come back with the live value wherever a declared field has drifted, so that the
        next preview shows it (pulumi#13839).
        """
        inventory, got = self._run.inventory, BASE_URL not in props
        declared = {} if got else declared_in(props)
        live = inventory.look_up(id_, readable(declared)) or inventory.retrieve(id_)
        if live is None and got:
            raise KeywordsAIError(
                f"There is no model {id_}. `keywordsai-dynamic models --all` lists what exists."
            )
        if live is None:
            self._require_same_host(id_, props)
            return ReadResult(None, {})
        moved = [] if got else drift(props, live)
        seen = declared | {row.field: row.after for row in moved}
        # Where nothing moved the engine keeps the inputs it has, and need not read them again.
        inputs = seen | kept(props) if moved else None
        return ReadResult(id_, self._outputs(seen, props, live, props), inputs)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the model, unless this run declares or wrote it under another resource."""
        run = self._run
        with run.alone(id_):
            if run.ledger.spares(id_, props.get(URN)):
                run.log.info(f"{id_} is not deleted: another resource of this run holds it now")
                return
            self._require_same_host(id_, props)
            try:
                run.client.delete_model(id_)
            finally:
                # Even where no answer came: whoever takes the name over has to write it.
                run.inventory.forget(id_)

    def _require_same_host(self, name: str, props: Mapping[str, Any]) -> None:
        written_to, now = props.get(BASE_URL), self._run.client.settings.base_url
        if written_to and written_to != now:
            raise KeywordsAIError(
                f"{name} was written to {written_to}, and the base URL is {now} now. Set "
                f"keywordsai:baseUrl (or KEYWORDSAI_BASE_URL) back, or take the model out of the "
                "state with `pulumi state delete`."
            )

    def _outputs(
        self,
        declared: Mapping[str, Any],
        last_known: Mapping[str, Any],
        model: Mapping[str, Any],
        props: Mapping[str, Any],
    ) -> dict[str, Any]:
        outs = outputs(declared, last_known, model) | kept(props)
        outs[BASE_URL] = self._run.client.settings.base_url
        urn = self._run.ledger.urn(outs["model_name"]) or props.get(URN)
        if urn:
            outs[URN] = urn
        # The engine knows secrets by their names; these repeat their values under others.
        secret = set(props.get(SECRET_FIELDS) or ())
        if secret & outs.get(DECLARED, {}).keys():
            outs[DECLARED] = wrap_rpc_secret(outs[DECLARED])
        if secret & set(CUSTOM_PROVIDER_FIELDS):
            outs[ANSWERED] = wrap_rpc_secret(outs[ANSWERED])
        return outs


custom_model_provider = CustomModelProvider()
"""The one instance: its name is what is pickled into every state."""
