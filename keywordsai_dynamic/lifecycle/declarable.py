"""Which fields of what is live a program declares that adopts it: decisions only, no requests.

With these fields, a preview of the adopted model or provider shows no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.listed_providers import ListedProvider
from ..core.formatting import shorten
from ..core.kinds import MODEL, PROVIDER, ResourceKind
from ..core.names import FLAG_FIELDS, PRICE_FIELDS, UNKNOWN
from ..core.plausibility import Problem
from ..core.redaction import one_line, without_secrets
from .comparison import answer_of, fields_of, same
from .ownership import is_built_in

Models = Mapping[str, Mapping[str, Any]]

_LONGEST_KEY = 40
_IS_UNKNOWN = "is the value that Pulumi uses for one it does not know yet"


def declarable_model(model: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the fields that can be declared, normalized, and why others cannot.

    There are none if the model as a whole cannot.
    """
    values = answer_of(model)
    # The API has two names for the custom provider; only one is declared.
    values.pop("provider_id", None)
    fields, problems = _normalized(values, MODEL)
    wrong = {problem.field for problem in problems}
    if "model_name" in wrong:
        return {}, problems
    for field, value in fields.items():
        if value == UNKNOWN:  # one such value makes `pulumi import` refuse the whole file
            return {}, [Problem(field, _IS_UNKNOWN)]
    if wrong:
        known = {name: value for name, value in values.items() if name not in wrong}
        fields, _ = _normalized(known, MODEL)
    return fields_of(fields), problems


def not_implied(fields: Mapping[str, Any], models: Models) -> dict[str, Any]:
    """Leave out the values that the model would have anyway; `models` are all live ones."""
    implied = _implied(fields, models)
    return {
        field: value
        for field, value in fields.items()
        if not any(same(field, value, other) for other in implied[field])
    }


def _implied(fields: Mapping[str, Any], models: Models) -> dict[str, list[Any]]:
    """Return the values, by field, that the model would have without declaring them."""
    base = _base(fields.get("base_model_name"), models)
    # Older APIs return no provider for a built-in model; its name begins with the vendor's.
    vendor = {"custom_provider_id": base["model_name"].split("/")[0]} if base else {}
    inherited = answer_of(base) if base else {}
    for own in ("model_name", "base_model_name", "display_name"):
        inherited.pop(own, None)
    # What the service returns for a cache price or display name that was never set.
    costs = dict.fromkeys({*PRICE_FIELDS} - {"input_cost", "output_cost"}, 0)
    unset = {**costs, "display_name": fields["model_name"]}
    flags = {} if base else dict.fromkeys(FLAG_FIELDS, 0)
    sources = (unset, flags, vendor, inherited)
    return {field: [each[field] for each in sources if field in each] for field in fields}


def _base(name: str | None, models: Models) -> Mapping[str, Any] | None:
    """Find the base among the live models; the name of a built-in one may lack its vendor."""
    if name is None or name in models:
        return models.get(name or "")
    endings = (model for full, model in models.items() if full.endswith(f"/{name}"))
    return next((model for model in endings if is_built_in(model)), None)


def overridable(model: Mapping[str, Any], models: Models) -> bool:
    """Return whether `supported_params_override` may be set; newer APIs return its effect."""
    base = _base(model.get("base_model_name"), models)
    effect = model.get("supported_params")
    return effect is None or base is None or effect != base.get("supported_params")


def declarable_provider(provider: ListedProvider) -> tuple[dict[str, Any], list[Problem]]:
    """Return the fields that can be declared; none if a write could then remove another.

    A credential is never one of them.
    """
    if not provider.shows_settings:
        sentence = "is not shown by the service; declare the provider, and it is adopted"
        return {}, [Problem("extra_kwargs", sentence)]
    if provider.is_cut:
        sentence = "holds a login or a query, which may be secret; declare the provider yourself"
        return {}, [Problem("base_url", sentence)]
    values = {
        "provider_id": provider.provider_id,
        "provider_name": provider.provider_name,
        "base_url": provider.base_url,
        "timeout": provider.timeout,
    }
    fields, problems = _normalized(values, PROVIDER)
    if problems:
        return {}, problems
    for field, value in fields.items():
        if value == UNKNOWN:
            return {}, [Problem(field, _IS_UNKNOWN)]
        if isinstance(value, str) and field != "provider_id" and without_secrets(value) != value:
            return {}, [Problem(field, "repeats a key; declare the provider yourself")]
    sentence = "may hold a secret; declare it, or the update that sends the key may remove it"
    others = (one_line(shorten(each, _LONGEST_KEY)) for each in provider.others)
    return fields, [Problem(f"extra_kwargs.{other}", sentence) for other in others]


def _normalized(
    values: Mapping[str, Any], kind: ResourceKind
) -> tuple[dict[str, Any], list[Problem]]:
    from ..core.schema import normalize  # noqa: PLC0415  (pydantic, which few runs need)

    return normalize(values, (), kind)
