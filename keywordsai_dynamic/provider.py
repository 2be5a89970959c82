"""CustomModelProvider: Pulumi's verbs for a custom model, delegated to `lifecycle`.

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
from .dynamic.wording import PYTHON
from .lifecycle import steps as lifecycle
from .lifecycle.declaration import Declaration
from .lifecycle.results import Outputs
from .lifecycle.run import Run
from .lifecycle.this_run import called_for, destroys


class CustomModelProvider(ResourceProvider):
    """Maps the steps of a stack's life onto the API's upsert without losing models.

    A pickle contains only the name of the one instance: no data, no key, the same on every machine.
    """

    # The pickle contains no data, so encrypting it for every resource would be pointless.
    serialize_as_secret_always = False

    _run: Run

    def __reduce__(self) -> str:
        return "custom_model_provider"

    def configure(self, req: ConfigureRequest) -> None:
        """Begin a run; the key is read from configuration or environment once it is needed."""
        # Only here, in the provider's own process: in the program's it would hang the SDK.
        if not debugging():
            sys.tracebacklimit = 0
            show_bare_names()
        # Imported modules live as long as the process, so no collection needs to visit them, not
        # even the last one at exit (5 to 10 % of the CPU time of a preview or a refresh).
        gc.freeze()
        self._run = Run(req.config.get, PYTHON)

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Normalize and validate what is known, and look up what a create would find."""
        wanted = _declaration(news, stored=olds)
        problems = lifecycle.check(self._run, olds, wanted)
        failures = [CheckFailure(field, redact(sentence)) for field, sentence in problems]
        return CheckResult(wanted.inputs(), failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the old declaration with the new one; only `model_name` requires a replacement.

        With `changes=None` the engine compares the fields itself, the only way for a dynamic
        provider to get a detailed diff.
        """
        fields = lifecycle.diff(self._run, id_, olds, news)
        if not fields:
            return DiffResult(changes=False)
        return DiffResult(replaces=["model_name"] if "model_name" in fields else [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the model, adopt or overwrite an existing one, or refuse to."""
        outs = lifecycle.create(self._run, props, _declaration(props), called_for())
        return CreateResult(outs.values["model_name"], _wrapped(outs))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Send every declared field, unless a field that this change leaves alone has drifted."""
        outs = lifecycle.update(self._run, id_, olds, news, _declaration(news))
        return UpdateResult(_wrapped(outs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live model; props from a state have a base URL, those of a lookup have none."""
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


def _wrapped(outs: Outputs) -> dict[str, Any]:
    secret = {name: wrap_rpc_secret(outs.values[name]) for name in outs.secret}
    return outs.values | secret


custom_model_provider = CustomModelProvider()
"""The one instance: its name is what is pickled into every state."""
