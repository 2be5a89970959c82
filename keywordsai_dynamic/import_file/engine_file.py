"""The file that `pulumi import --file` reads.

For the dynamic provider it holds complete states, as this package writes them. With `inputs` and
`outputs` in it, the engine (3.254 and newer) does not call the provider, which is the only way to
import resources of a dynamic provider (pulumi#16175, pulumi#23984). The native plugin reads what it
imports, so that a name and an id are enough for a single model or a provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..core import kinds
from ..core.names import (
    BASE_URL,
    CUSTOM_PROVIDER_TYPE,
    PICKLED_CUSTOM_PROVIDER,
    PICKLED_MODEL_SET,
    PICKLED_PROVIDER,
    PROVIDER,
    SECRET_FIELDS,
    TYPE,
)
from ..lifecycle.results import Outputs
from ..lifecycle.set_state import set_inputs, set_outputs
from ..lifecycle.state import outputs
from ..native import set_properties
from .adoption import Adoption
from .providers import ProviderAdoption


def engine_file(
    adoptions: Sequence[Adoption],
    base_url: str,
    providers: Iterable[ProviderAdoption] = (),
    *,
    together: str | None = None,
) -> dict[str, Any]:
    """Return models and providers as a stack would hold them had it created them at `base_url`.

    Inputs are what `check` returns for the declared fields, outputs what `create` would return. A
    provider has no key: the first update sends it. With `together`, all models are in one set of
    that name.
    """
    if together is None:
        models = [_model(each, base_url) for each in adoptions]
    else:
        models = [_set(together, adoptions, base_url)] if adoptions else []
    return {"resources": [*(_provider(each, base_url) for each in providers), *models]}


def native_file(
    adoptions: Sequence[Adoption],
    base_url: str,
    providers: Iterable[ProviderAdoption] = (),
    *,
    together: str | None = None,
) -> dict[str, Any]:
    """Return models and providers as the native plugin imports them: it reads each by its id.

    The plugin imports a set by one pattern, which cannot say what was selected here; so `together`
    brings its whole state, and the plugin is not asked.
    """
    models = [(kinds.MODEL, each.resource_name, each.model_name) for each in adoptions]
    hosts = [(kinds.PROVIDER, each.resource_name, each.provider_id) for each in providers]
    alone = hosts if together is not None else [*hosts, *models]
    resources: list[dict[str, Any]] = [
        {"type": kind.native_type, "name": name, "id": id_} for kind, name, id_ in alone
    ]
    if together is not None and adoptions:
        resources.append(_native_set(together, adoptions, base_url))
    return {"resources": resources}


def _model(adoption: Adoption, base_url: str) -> dict[str, Any]:
    declared = adoption.declared
    return {
        "type": TYPE,
        "name": adoption.resource_name,
        "id": adoption.model_name,
        "inputs": {**declared, PROVIDER: PICKLED_PROVIDER},
        "outputs": {
            **outputs(declared, declared, adoption.model),
            BASE_URL: base_url,
            PROVIDER: PICKLED_PROVIDER,
        },
    }


def _set(name: str, adoptions: Iterable[Adoption], base_url: str) -> dict[str, Any]:
    inputs, outs = _of_a_set(adoptions, base_url)
    pickled = {PROVIDER: PICKLED_MODEL_SET}
    values = {"inputs": inputs | pickled, "outputs": outs.values | pickled}
    return {"type": kinds.MODEL_SET.type, "name": name, "id": name, **values}


def _native_set(name: str, adoptions: Iterable[Adoption], base_url: str) -> dict[str, Any]:
    inputs, outs = _of_a_set(adoptions, base_url)
    kind = kinds.MODEL_SET
    values = {
        "inputs": set_properties.inputs_of(kind, inputs).values,
        "outputs": set_properties.outputs_of(kind, outs).values,
    }
    return {"type": kind.native_type, "name": name, "id": name, **values}


def _of_a_set(adoptions: Iterable[Adoption], base_url: str) -> tuple[dict[str, Any], Outputs]:
    known = {
        each.model_name: Outputs(outputs(each.declared, each.declared, each.model), frozenset())
        for each in adoptions
    }
    return set_inputs(known), set_outputs(known, base_url, None)


def _provider(adoption: ProviderAdoption, base_url: str) -> dict[str, Any]:
    # The secret fields are named already, so that the preview shows only the key as a change.
    inputs = {
        **adoption.declared,
        SECRET_FIELDS: ["api_key"],
        PROVIDER: PICKLED_CUSTOM_PROVIDER,
    }
    return {
        "type": CUSTOM_PROVIDER_TYPE,
        "name": adoption.resource_name,
        "id": adoption.provider_id,
        "inputs": inputs,
        "outputs": {**inputs, BASE_URL: base_url},
    }


def is_engine_file(content: object) -> bool:
    """Return whether a JSON document is a file for `pulumi import`, and may be overwritten."""
    return isinstance(content, dict) and isinstance(content.get("resources"), list)
