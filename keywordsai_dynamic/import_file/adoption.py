"""Which live models are adopted, under which names, and which fields are declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, NamedTuple

from ..core.errors import DeclarationError
from ..core.kinds import MODEL, PROVIDER, is_model_set, kind_of
from ..core.names import MODELS
from ..lifecycle.declarable import Models, declarable_model, not_implied, overridable
from ..lifecycle.ownership import is_built_in

_KINDS = {"type": str, "urn": str, "id": str, "external": bool, "delete": bool}
"""The types of a resource's properties in a stack's export; each may be missing."""


Naming = Callable[[str, str], str]
"""Makes a resource's name from what it adopts, and from what to use if nothing is left of that."""


class Adoption(NamedTuple):
    """One live model: the resource that adopts it, and the fields that it declares."""

    resource_name: str
    declared: Mapping[str, Any]
    model: Mapping[str, Any]

    @property
    def model_name(self) -> str:
        """The model's name, which is also its id in the state."""
        name: str = self.declared["model_name"]
        return name


class Note(NamedTuple):
    """Why a field of a live model, or the whole model, cannot be declared."""

    model_name: str
    field: str
    sentence: str


class Held(NamedTuple):
    """What a stack already holds: models, the names of all resources, and custom providers."""

    models: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Selection:
    """The models to adopt, sorted by name, and what was skipped.

    `held` is the number of matching models that the stack already holds. `overridable` are the
    names of models whose `supported_params_override` may be set, which the API never returns.
    """

    adoptions: Sequence[Adoption]
    notes: Sequence[Note]
    held: int
    overridable: Sequence[str]


def held_by(export: object) -> Held:
    """Read the output of `pulumi stack export`; raises DeclarationError for anything else."""
    deployment = export.get("deployment") if isinstance(export, Mapping) else None
    if not isinstance(deployment, Mapping):
        raise DeclarationError("This is not a stack export; create one with `pulumi stack export`.")
    try:
        owned = [
            resource
            for resource in _resources(deployment)
            if (kind_of(resource["type"]) or is_model_set(resource["type"]))
            and not resource.get("external")
        ]
        here = [resource for resource in owned if not resource.get("delete")]
        resources = frozenset(resource["urn"].split("::", 3)[-1] for resource in owned)
        return Held(
            frozenset(name for resource in here for name in _models_in(resource)),
            resources,
            frozenset(each["id"] for each in here if kind_of(each["type"]) == PROVIDER),
        )
    except (AttributeError, KeyError, TypeError):
        raise DeclarationError(
            "The stack export has an entry that is not a resource; create it again with "
            "`pulumi stack export`."
        ) from None


def _models_in(resource: Mapping[str, Any]) -> Iterable[str]:
    """Return the names of the models that a resource of ours holds; raises KeyError if none can."""
    if is_model_set(resource["type"]):
        models: Mapping[str, Any] = resource["inputs"][MODELS]
        return models.keys()
    return [resource["id"]] if kind_of(resource["type"]) == MODEL else []


def _resources(deployment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the resources of a deployment; raises TypeError for what Pulumi does not write."""
    resources = deployment.get("resources")
    if not isinstance(resources, list | None):
        raise TypeError("resources")
    for resource in resources or []:
        for name, kind in _KINDS.items():
            if not isinstance(resource.get(name, kind()), kind):
                raise TypeError(name)
    return resources or []


def select(
    models: Models,
    patterns: Collection[str] = (),
    *,
    held: Held = Held(),  # noqa: B008  (a tuple of nothing)
    all_fields: bool = False,
    fields: Mapping[str, Collection[str]] = MappingProxyType({}),
    naming: Naming | None = None,
) -> Selection:
    """Select the custom models that match, and the fields to declare for each.

    `models` is the whole live list, by name. A pattern is a glob (`acme/*`), or the exact name of a
    model. `fields` are the fields of models that are already declared. Resources are named like
    their models, or as `naming` says.
    """
    adoptions, notes, taken = [], [], set(held.resources)
    selected = [name for name in sorted(models) if _matches(name, models, patterns)]
    for name in selected:
        if name in held.models:
            continue
        declared, problems = declarable_model(models[name])
        notes += [Note(name, *problem) for problem in problems]
        if not declared:
            continue
        if name in fields:
            declared = _only(declared, fields[name])
        elif not all_fields:
            declared = not_implied(declared, models)
        resource = free(naming(name, "model") if naming else name, taken)
        taken.add(resource)
        adoptions.append(Adoption(resource, declared, models[name]))
    with_override = [each.model_name for each in adoptions if overridable(each.model, models)]
    return Selection(adoptions, notes, sum(name in held.models for name in selected), with_override)


def _matches(name: str, models: Models, patterns: Collection[str]) -> bool:
    if is_built_in(models[name]):
        return False
    return not patterns or any(
        # A name may look like a pattern: `acme/[beta]` selects the model with exactly that name.
        name == pattern or (pattern not in models and fnmatchcase(name, pattern))
        for pattern in patterns
    )


def _only(fields: Mapping[str, Any], wanted: Collection[str]) -> dict[str, Any]:
    known = dict(fields)
    if "provider_id" in wanted and "custom_provider_id" in known:
        known["provider_id"] = known.pop("custom_provider_id")
    return {field: known[field] for field in known if field in wanted or field == "model_name"}


def slug(name: str, instead: str) -> str:
    """Return a resource name for a program: `acme/support-llm (EU)` is `acme-support-llm-EU`.

    It is `instead` for a name of nothing but signs.
    """
    return re.sub(r"[^\w.]+", "-", name).strip("-") or instead


def identifier(name: str, instead: str) -> str:
    """Return a resource name for code that `pulumi import` writes: `4.1-mini` is `model-4-1-mini`.

    The CLI takes it for the name of a variable, and ends in an error for any other.
    """
    word = slug(name, instead).replace(".", "-").strip("-") or instead
    if not word.replace("-", "_").isidentifier():  # for its first sign, or for one like ²
        word = f"{instead}-" + re.sub(r"[^A-Za-z0-9_]+", "-", word)
    return f"{instead}-{word}" if word in {"null", "true", "false"} else word.rstrip("-")


def free(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken, with a number at its end if needed."""
    candidates = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in candidates if each not in taken)
