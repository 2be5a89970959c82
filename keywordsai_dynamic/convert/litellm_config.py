"""A LiteLLM proxy's config.yaml: the deployments of its `model_list`, and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..catalog.resolve_model import FIELDS
from ..core.errors import DeclarationError
from ..core.names import PRICE_FIELDS
from ..core.redaction import without_credentials
from .credentials import is_reference
from .entries import Entry, Problem, brief, map_in, maps_in, name_in
from .litellm import read_facts

OURS = "keywordsai"
"""The key under `model_info` for what LiteLLM has no field for; such an entry was a catalog's."""

LISTED = (*PRICE_FIELDS, "max_context_window")
"""What a list price stands for."""

_NOT_APPLIED = ("cost_discount_config", "cost_margin_config")
_READ = {"model", "api_base", "base_model", OURS}


def is_config(content: object) -> bool:
    """Return whether a file's content has this shape, or that of the proxy's GET /model/info."""
    if not isinstance(content, Mapping):
        return False
    data = content.get("data")
    answered = isinstance(data, list) and any(
        isinstance(each, Mapping) and "litellm_params" in each for each in data
    )
    return not {"model_list", "include"}.isdisjoint(content) or answered


def read_config(content: object, file: str) -> Iterator[Entry]:
    """Read the deployments; raises DeclarationError for content of another shape."""
    if not isinstance(content, Mapping) or not {"model_list", "data"} & content.keys():
        included = isinstance(content, Mapping) and "include" in content
        way_out = "; convert the files under include" if included else ""
        raise DeclarationError(f"{file}: must be a map with a model_list{way_out}")
    remarks = list(_remarks(content))
    key = "model_list" if "model_list" in content else "data"
    for number, deployment in enumerate(maps_in(content[key], file, key)):
        place = f"{key}[{number}]"
        entry = Entry(name_in(deployment, "model_name", place, file), place)
        entry.notes += remarks
        yield _entry(deployment, entry)
    for alias in map_in(map_in(content, "router_settings"), "model_group_alias"):
        yield Entry(str(alias), "model_group_alias", left_out="an alias, in model_group_alias")


def _remarks(content: Mapping[str, Any]) -> Iterator[str]:
    """Say what of the rest of a config.yaml changes the models or their prices."""
    if content.get("include"):
        yield "there may be more in the files under include; convert those too"
    for key in _NOT_APPLIED:
        if map_in(content, "litellm_settings").get(key):
            yield f"the {key} of litellm_settings is not applied"


def _entry(deployment: Mapping[str, Any], entry: Entry) -> Entry:
    params = map_in(deployment, "litellm_params", entry)
    info = map_in(deployment, "model_info", entry)
    ours = info.get(OURS)
    both = (*params.items(), *info.items())
    stated = {key: value for key, value in both if value is not None and key not in _READ}
    read_facts(stated, entry)
    if not entry.left_out:
        _check_agreement(params, info, entry)
    if isinstance(ours, Mapping):
        _take_back(ours, entry)
    elif "*" in entry.name or "*" in str(params.get("model")):
        entry.left_out = "a wildcard, which stands for many models"
    else:
        _note_endpoint(params, info, entry)
    return entry


def _check_agreement(params: Mapping[str, Any], info: Mapping[str, Any], entry: Entry) -> None:
    """Note the prices for which the two places of an entry have different values."""
    one, other = Entry(entry.name, ""), Entry(entry.name, "")
    read_facts(params, one)
    read_facts(info, other)
    for field, value in other.fields.items():
        if field in one.fields and one.fields[field] != value:
            sentence = "differs between litellm_params and model_info; keep one"
            entry.problems.append(Problem(other.keys[field], sentence))


def _take_back(ours: Mapping[str, Any], entry: Entry) -> None:
    """Take the fields that `convert --to litellm` has put aside, exactly as a catalog had them."""
    if "list_price" in ours:
        # LiteLLM has the numbers of that day; the catalog takes those of today.
        for field in LISTED:
            entry.fields.pop(field, None)
        entry.notes.append(f"list_price is used, not the prices beside {OURS}")
    for field, value in ours.items():
        if field in FIELDS:
            entry.declare(field, value, f"{OURS}.{field}")
        else:
            entry.problems.append(Problem(f"{OURS}.{field}", "is not a field of a catalog"))


def _note_endpoint(params: Mapping[str, Any], info: Mapping[str, Any], entry: Entry) -> None:
    """Find the vendor's model behind a deployment, unless it has an endpoint of its own."""
    model, address = info.get("base_model") or params.get("model"), params.get("api_base")
    if not isinstance(model, str):
        if not entry.has_price and not entry.problems:
            entry.problems.append(Problem("litellm_params.model", "must be a string"))
        return
    if address is not None:
        known = isinstance(address, str) and not is_reference(address)
        shown = f" ({brief(without_credentials(address))})" if known else ""
        entry.notes.append(
            f"has an api_base{shown}; declare a CustomProvider for it, and its ID as "
            "custom_provider_id"
        )
    if is_reference(model):
        entry.notes.append("its model comes from the environment; declare base_model_name")
    elif address is None or model.startswith("azure") or info.get("base_model"):
        entry.base = model
