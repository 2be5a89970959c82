"""The dynamic providers of models, sets of models and custom providers: Pulumi's verbs, delegated.

This module's path, the classes and the names of their instances at the end stand in the state of
every stack that ever declared one (DESIGN.md, "Frozen names"): they never move.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from .dynamic.oldest_sdk import refuse_an_older_sdk

refuse_an_older_sdk(in_provider=True)  # which may lack what is imported next

from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from .core.errors import show_bare_names
from .core.kinds import MODEL, MODEL_SET, PROVIDER
from .core.settings import debugging
from .dynamic.previewed import begin_previewed
from .dynamic.verbs import Verbs
from .dynamic.wording import PYTHON
from .lifecycle import provider_steps, set_steps, steps
from .lifecycle.run import Run
from .lifecycle.this_run import called_for

_OF_MODELS = Verbs(MODEL, steps)
_OF_PROVIDERS = Verbs(PROVIDER, provider_steps)
_OF_SETS = Verbs(MODEL_SET, set_steps)

_begun: list[tuple[object, Run]] = []
"""The configuration of this process and its run: the SDK configures each provider separately."""


def _begin(req: ConfigureRequest) -> Run:
    """Begin a run, or return the one of this configuration, so that all resources share it."""
    # The SDK wraps one and the same map for each provider of the process.
    config = getattr(req.config, "_props", req.config)
    for known, run in _begun:
        if known is config:
            return run
    # Only here, in the provider's own process: in the program's it would hang the SDK.
    if not debugging():
        sys.tracebacklimit = 0
        show_bare_names()
    # Imported modules live as long as the process, so no collection needs to visit them, not even
    # the last one at exit (5 to 10 % of the CPU time of a preview or a refresh).
    gc.freeze()
    run = Run(req.config.get, PYTHON)
    begin_previewed(run)
    _begun[:] = [(config, run)]
    return run


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
        self._run = _begin(req)

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Normalize and validate what is known, and look up what a create would find."""
        return _OF_MODELS.check(self._run, olds, news)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the old declaration with the new one; only `model_name` needs a replacement."""
        return _OF_MODELS.diff(self._run, id_, olds, news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the model, adopt or overwrite an existing one, or refuse to."""
        return _OF_MODELS.create(self._run, props, called_for())

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Send every declared field, unless a field that this change leaves alone has drifted."""
        return _OF_MODELS.update(self._run, id_, olds, news)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live model."""
        return _OF_MODELS.read(self._run, id_, props, called_for())

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the model, unless this run declares or wrote it under another resource."""
        _OF_MODELS.delete(self._run, id_, props, called_for())


class CustomProviderProvider(ResourceProvider):
    """Maps the steps of a stack's life onto the providers API; pickled as `CustomModelProvider`."""

    serialize_as_secret_always = False

    _run: Run

    def __reduce__(self) -> str:
        return "custom_provider_provider"

    def configure(self, req: ConfigureRequest) -> None:
        """Begin a run, or join that of the models."""
        self._run = _begin(req)

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Normalize and validate what is known, and look up what a create would find."""
        return _OF_PROVIDERS.check(self._run, olds, news)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the old declaration with the new one; only `provider_id` needs a replacement."""
        return _OF_PROVIDERS.diff(self._run, id_, olds, news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the provider, adopt or overwrite an existing one, or refuse to."""
        return _OF_PROVIDERS.create(self._run, props, called_for())

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Send every declared field, unless a field that this change leaves alone has drifted."""
        return _OF_PROVIDERS.update(self._run, id_, olds, news)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live provider, without its credentials."""
        return _OF_PROVIDERS.read(self._run, id_, props, called_for())

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the provider, unless this run declares it elsewhere or models still use it."""
        _OF_PROVIDERS.delete(self._run, id_, props, called_for())


class ModelSetProvider(ResourceProvider):
    """Maps the steps of a stack's life onto a set of models; pickled as `CustomModelProvider`."""

    serialize_as_secret_always = False

    _run: Run

    def __reduce__(self) -> str:
        return "model_set_provider"

    def configure(self, req: ConfigureRequest) -> None:
        """Begin a run, or join that of the models."""
        self._run = _begin(req)

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Normalize and validate what is known, and look up what a create would find."""
        return _OF_SETS.check(self._run, olds, news)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the old declaration with the new one; nothing needs a replacement."""
        return _OF_SETS.diff(self._run, id_, olds, news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the models, adopt or overwrite existing ones, or refuse to."""
        return _OF_SETS.create(self._run, props, called_for())

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Write the models that are new or changed, and delete those that were dropped."""
        return _OF_SETS.update(self._run, id_, olds, news)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live models."""
        return _OF_SETS.read(self._run, id_, props, called_for())

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the models, unless this run declares or wrote them under another resource."""
        _OF_SETS.delete(self._run, id_, props, called_for())


custom_model_provider = CustomModelProvider()
"""The one instance for models: its name is what is pickled into every state."""

custom_provider_provider = CustomProviderProvider()
"""The one instance for custom providers, likewise."""

model_set_provider = ModelSetProvider()
"""The one instance for sets of models, likewise."""
