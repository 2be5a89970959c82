"""CustomModelProvider: Pulumi's verbs for a custom model, handed on to `lifecycle`.

This module's path, the class and the name `custom_model_provider` stand in the state of every stack
that ever declared a model (DESIGN.md, "Frozen names"): they never move.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from typing import Any

from .dynamic.oldest_sdk import refuse_an_older_sdk

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
from pulumi.output import contains_unknowns
from pulumi.runtime.rpc import wrap_rpc_secret

from .core.errors import show_bare_names
from .core.names import BASE_URL
from .core.redaction import redact
from .core.settings import debugging
from .lifecycle import steps as lifecycle
from .lifecycle.declaration import Declaration
from .lifecycle.run import Run
from .lifecycle.this_run import called_for, destroys


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
        wanted = _declaration(news, stored=olds)
        problems = lifecycle.check(self._run, olds, wanted)
        failures = [CheckFailure(field, redact(sentence)) for field, sentence in problems]
        return CheckResult(wanted.inputs(), failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare what was declared with what is declared; only `model_name` replaces.

        With `changes=None` the engine works out the fields itself, which is how a dynamic provider
        gets a detailed diff.
        """
        fields = lifecycle.diff(self._run, id_, olds, news)
        if not fields:
            return DiffResult(changes=False)
        return DiffResult(replaces=["model_name"] if "model_name" in fields else [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the model, or take over or overwrite one that exists, or refuse to."""
        outs = lifecycle.create(self._run, props, _declaration(props), called_for())
        return CreateResult(outs.values["model_name"], _wrapped(outs))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Send every declared field, unless somebody else moved one that this change leaves."""
        outs = lifecycle.update(self._run, id_, olds, news, _declaration(news))
        return UpdateResult(_wrapped(outs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live model; what a state holds has a base URL, what is looked up has none."""
        if BASE_URL not in props:
            return ReadResult(id_, _wrapped(lifecycle.get(self._run, id_, props, called_for())))
        found = lifecycle.read(self._run, id_, props)
        if found is None:
            return ReadResult(None, {})
        return ReadResult(id_, _wrapped(found.outputs), found.inputs)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the model, unless this run declares or wrote it under another resource."""
        lifecycle.delete(self._run, id_, props, called_for(), destroys)


def _declaration(props: Mapping[str, Any], stored: Mapping[str, Any] | None = None) -> Declaration:
    return Declaration.from_props(props, stored, is_unknown=contains_unknowns)


def _wrapped(outs: lifecycle.Outputs) -> dict[str, Any]:
    secret = {name: wrap_rpc_secret(outs.values[name]) for name in outs.secret}
    return outs.values | secret


custom_model_provider = CustomModelProvider()
"""The one instance: its name is what is pickled into every state."""
