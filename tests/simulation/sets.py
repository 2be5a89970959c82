"""Sets of models, taken apart: each model of a set as a resource of its own, as the judge reads it.

What is promised of a model is promised of one in a set. So a model of a set is judged as a resource
that has the set's name, its options and its URN, with the type of a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from keywordsai_dynamic.core.camel_case import camel_case
from keywordsai_dynamic.core.kinds import MODEL, MODEL_SET
from keywordsai_dynamic.core.names import ANSWERED, DECLARED, MODELS, SECRET_FIELDS
from keywordsai_dynamic.core.native_properties import ANSWERED_AS_JSON
from keywordsai_dynamic.lifecycle.set_state import stored_models
from keywordsai_dynamic.native.wire import received

if TYPE_CHECKING:
    from .engine import Ran, Resource, Stored


def declared(program: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the resources of a program, with the models of a set in its place."""
    return tuple(model for one in program for model in _declared(one))


def _declared(one: Resource) -> Sequence[Resource]:
    if one.kind is not MODEL_SET:
        return [one]
    return [
        replace(one, fields=model.fields, secret=model.secret, kind=MODEL, members=())
        for model in one.members
    ]


def held(state: Iterable[Stored]) -> list[Stored]:
    """Return the entries of a state, with the models of a set in its place."""
    return [model for one in state for model in _held(one)]


def _held(one: Stored) -> list[Stored]:
    if one.kind is not MODEL_SET:
        return [one]
    urn = one.urn.replace(MODEL_SET.type, MODEL.type)
    urn = urn.replace(MODEL_SET.native_type, MODEL.native_type)
    inputs: Mapping[str, Any] = one.inputs.get(MODELS) or {}
    return [
        replace(
            one,
            urn=urn,
            id=name,
            inputs={MODEL.id_field: name, **inputs.get(name, {})},
            outputs=outputs,
            secret=_secret_of(one, name, outputs),
            inside=frozenset(),
        )
        for name, outputs in stored_models(one.outputs).items()
    ]


def _secret_of(one: Stored, name: str, outputs: Mapping[str, Any]) -> frozenset[str]:
    """Return which outputs of a model are encrypted in the state of its set."""
    struct = getattr(one.outputs, "struct", None)
    if struct is None:
        paths: set[tuple[str | int, ...]] = {(each,) for each in one.secret} | one.inside
        known = {field: (MODELS, name, field) for field in outputs}
        hidden = {ANSWERED: (ANSWERED,), DECLARED: (DECLARED,)}
    else:
        paths = set(received(struct).secret)
        known = {field: (MODELS, name, camel_case(field)) for field in outputs}
        hidden = {ANSWERED: (ANSWERED_AS_JSON,), DECLARED: ("declared",)}
    return frozenset(
        field for field, path in (known | hidden).items() if path in paths or path[:1] in paths
    ) | {SECRET_FIELDS}


def apart(ran: Ran) -> Ran:
    """Return a run whose program and states have models in place of sets."""
    kinds = [*(one.kind for one in ran.program), *(one.kind for one in (*ran.before, *ran.after))]
    if MODEL_SET not in kinds:
        return ran
    refreshed = None if ran.refreshed is None else held(ran.refreshed)
    return replace(
        ran,
        program=() if ran.verb == "import" else declared(ran.program),
        before=held(ran.before),
        after=held(ran.after),
        refreshed=refreshed,
    )
