"""Which models a filter of the list routes keeps."""

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .refusals import RefusedError

FILTER_FIELDS = frozenset(
    {
        "affiliation_category",
        "base_model_name",
        "input_cost",
        "is_managed",
        "max_context_window",
        "model_name",
        "model_type",
        "output_cost",
        "provider__provider_id",
        "provider__provider_name",
        "status",
    }
)
Holds = Callable[[object, Sequence[Any]], bool]


def _compares(compare: Callable[[Any, Any], bool]) -> Holds:
    return lambda value, wanted: value is not None and compare(value, wanted[0])


def _text(compare: Callable[[str, str], bool]) -> Holds:
    return lambda value, wanted: compare(str(value or ""), str(wanted[0]))


def _not(holds: Holds) -> Holds:
    return lambda value, wanted: not holds(value, wanted)


def _is_one_of(value: object, wanted: Sequence[Any]) -> bool:
    return value in wanted


def _is_empty(value: object, _: Sequence[Any]) -> bool:
    return value in (None, "")


def _plain(text: str) -> str:
    # "gemini3" finds "gemini-3": the documented comparison ignores these.
    return text.lower().translate(str.maketrans("", "", "-_. "))


OPERATORS: dict[str, Holds] = {
    "": _is_one_of,
    "in": _is_one_of,
    "not": _not(_is_one_of),
    "not_in": _not(_is_one_of),
    "lt": _compares(operator.lt),
    "lte": _compares(operator.le),
    "gt": _compares(operator.gt),
    "gte": _compares(operator.ge),
    "contains": _text(operator.contains),
    "not_contains": _not(_text(operator.contains)),
    "icontains": _text(lambda value, part: _plain(part) in _plain(value)),
    "startswith": _text(str.startswith),
    "not_startswith": _not(_text(str.startswith)),
    "endswith": _text(str.endswith),
    "not_endswith": _not(_text(str.endswith)),
    "empty": _is_empty,
    "not_empty": _not(_is_empty),
}


def keeps(
    filters: Mapping[str, Any], facts: Mapping[str, Any], any_case: Collection[str] = ()
) -> bool:
    """Return whether a model meets every condition; raises RefusedError for a malformed one.

    `any_case` are fields that are lower case in the model, and compared ignoring case.
    """
    return all(
        _meets(name, condition, facts, any_case)
        for name, conditions in filters.items()
        for condition in (conditions if isinstance(conditions, list) else [conditions])
    )


def _meets(
    name: str, condition: object, facts: Mapping[str, Any], any_case: Collection[str]
) -> bool:
    if name not in FILTER_FIELDS:
        raise RefusedError(400, {"detail": f"Unsupported filter field: {name}"})
    wanted = condition.get("value") if isinstance(condition, dict) else None
    holds = OPERATORS.get(condition.get("operator", "")) if isinstance(condition, dict) else None
    if not isinstance(wanted, list) or not wanted or holds is None:
        raise RefusedError(400, {"detail": f"Invalid filter: {name}"})
    if name == "affiliation_category":
        wanted = [str(one).lower() for one in wanted]  # one generation of the docs says CUSTOM
    if name in any_case:
        wanted = [one.lower() if isinstance(one, str) else one for one in wanted]
    try:
        return holds(_fact(name, facts), wanted)
    except TypeError:
        raise RefusedError(400, {"detail": f"Invalid filter value: {name}"}) from None


def _fact(name: str, facts: Mapping[str, Any]) -> object:
    outer, _, inner = name.partition("__")
    if inner:
        return (facts[outer] or {}).get(inner)
    if name == "is_managed":
        return facts["source"] == "hardcoded"
    if name == "affiliation_category":
        return facts[name].lower()
    return "active" if name == "status" else facts[name]
