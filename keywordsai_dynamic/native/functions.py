"""The functions of the native plugin: what a program reads without declaring it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..core.camel_case import camel_case
from ..core.errors import KeywordsAIError
from ..core.kinds import MODEL
from ..core.names import GET_LIST_PRICE, GET_MODEL, LIST_MODELS, PRICE_FIELDS
from ..core.plausibility import Problem
from ..core.redaction import one_line
from ..lifecycle.live_list import matching, no_model
from ..lifecycle.run import Run
from . import package_schema
from .live_model import live_model
from .refusals import require_name

Given = Mapping[str, Any]

_AS_PYTHON: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "boolean": (bool,)}
_IN_WORDS = {"string": "a string", "integer": "a whole number", "boolean": "a boolean"}


class Answer(NamedTuple):
    """What a function returned; with problems, each an argument and what is wrong, nothing."""

    values: dict[str, Any]
    problems: Sequence[Problem] = ()


def invoke(
    run: Run,
    token: str,
    arguments: Mapping[str, Any],
    is_unknown: Callable[[object], bool],
    is_declared: Callable[[str], bool],
) -> Answer:
    """Call the function with this token of the schema; prices are USD per million tokens.

    Arguments are the program's, in camelCase. Nothing is returned if one will be known only during
    the update. Raises KeywordsAIError where the function cannot answer; `is_declared` returns
    whether the program declares a model of that name.
    """
    functions: dict[str, Any] = json.loads(package_schema.text())["functions"]
    if token not in functions:
        known = ", ".join(map(_name_of, functions))
        raise KeywordsAIError(
            f"There is no function {one_line(token)}; the functions of keywordsai are {known}."
        )
    given = {name: value for name, value in arguments.items() if value is not None}
    if any(map(is_unknown, given.values())):
        return Answer({})
    if problems := _problems(_name_of(token), functions[token]["inputs"], given):
        return Answer({}, problems)
    return Answer(_FUNCTIONS[token](run, given, is_declared))


def _name_of(token: str) -> str:
    return token.rpartition(":")[2]


def _problems(function: str, inputs: Mapping[str, Any], given: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with arguments, as the schema describes them.

    An engine checks nothing of it, and SDKs only what their languages have types for.
    """
    shapes = inputs["properties"]
    missing = [
        Problem(name, f"must be given: {shapes[name]['description']}")
        for name in inputs["required"]
        if name not in given
    ]
    unknown = [
        Problem(name, f"is not an argument of {function}; those are {', '.join(shapes)}")
        for name in given
        if name not in shapes
    ]
    mistyped = [
        Problem(name, f"must be {_IN_WORDS[shapes[name]['type']]}")
        for name, value in given.items()
        # In Python a boolean is a number.
        if name in shapes and type(value) not in _AS_PYTHON[shapes[name]["type"]]
    ]
    return missing + unknown + mistyped


def _get_model(run: Run, given: Given, is_declared: Callable[[str], bool]) -> dict[str, Any]:
    name = given["modelName"]
    require_name(MODEL, name)
    model = run.inventory.look_up(name, expected=True).model
    if model is None and is_declared(name):
        # An answer cannot hold values that are not known yet, and without them a preview would lie.
        raise KeywordsAIError(
            f"There is no model {one_line(name)} yet. This program declares it: take what you need "
            "from the outputs of that resource, instead of getModel."
        )
    if model is None:
        raise no_model(name)
    return live_model(model)


def _list_models(run: Run, given: Given, _: object) -> dict[str, Any]:
    settings = run.client.settings
    models = run.inventory.listed(max_age=float("inf"), deadline=settings.deadline)
    if models is None:
        raise KeywordsAIError(
            f"{settings.base_url} has no list of models; read each by its name with getModel."
        )
    patterns = [given["pattern"]] if "pattern" in given else []
    found = matching(models, patterns, everything=given.get("all", False))
    return {"models": [live_model(model) for model in found]}


def _get_list_price(run: Run, given: Given, _: object) -> dict[str, Any]:
    # An extra, and modules that no other function needs.
    from ..core.schema import price  # noqa: PLC0415
    from ..prices import sources  # noqa: PLC0415
    from ..prices.listing import (  # noqa: PLC0415
        describe_changes_soon,
        describe_origin,
        price_of,
        today,
    )

    options = dict(given)
    listing = sources.find(options.pop("model"))
    listed = price_of(listing, **options)
    if origin := describe_origin(listing):
        # A dated version usually has its model's price; many declare it on purpose.
        _tell_once(run, origin, run.log.info if listing.is_version else run.log.warning)
    for change in describe_changes_soon(listing, listing.costs, today()):
        _tell_once(run, change, run.log.warning)
    try:
        return {
            camel_case(name): price(value) if name in PRICE_FIELDS else value
            for name, value in listed.items()
        }
    except ValueError as error:
        raise KeywordsAIError(f"A price of {listing.name} {error}.") from None


def _tell_once(run: Run, sentence: str, tell: Callable[[str], None]) -> None:
    if sentence not in run.announced:
        run.announced.add(sentence)
        tell(sentence)


_FUNCTIONS: dict[str, Callable[[Run, Given, Callable[[str], bool]], dict[str, Any]]] = {
    GET_MODEL: _get_model,
    LIST_MODELS: _list_models,
    GET_LIST_PRICE: _get_list_price,
}
