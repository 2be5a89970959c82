"""Inputs that would be lost, or break the engine's own output, refused before they get there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from ..core.camel_case import camel_case
from ..core.errors import KeywordsAIError
from ..core.formatting import shorten
from ..core.kinds import MODEL, MODEL_SET, ResourceKind
from ..core.names import MODELS
from ..core.plausibility import Problem
from ..core.redaction import flaw_of, one_line
from .detailed_diff import written
from .wire import Path, Received

_LONGEST = 200


def refusals(kind: ResourceKind, resource: str, inputs: Received) -> list[Problem]:
    """Return what is wrong with the name of a resource, its properties and the text in them.

    No problem names its property, because the engine would print the value.
    """
    sentences = [*_of_the_resource(resource), *_foreign(kind, inputs.values)]
    if kind is MODEL_SET:
        sentences += _in_a_set(inputs.values)
    for name, value in inputs.values.items():
        sentences += _flaws((name,), value)
    return [Problem("", sentence) for sentence in sentences]


def of_what_is_given(problems: Iterable[Problem], inputs: Received) -> list[Problem]:
    """Return problems of which none names a property that the program has not given.

    A resource without a name of its own has that of the resource; the engine would print `<nil>`.
    """
    given = {name for name, value in inputs.values.items() if value is not None}
    return [
        Problem(field, sentence)
        if not field or camel_case(field) in given
        else Problem("", f"{camel_case(field)} {sentence}")
        for field, sentence in problems
    ]


def require_name(kind: ResourceKind, name: str) -> None:
    """Raise KeywordsAIError for a name that no program may declare: it may be another path."""
    if not kind.id_field:
        return
    from ..core.schema import normalize  # noqa: PLC0415  (pydantic, which few runs need)

    for field, sentence in normalize({kind.id_field: name}, kind=kind)[1]:
        if field == kind.id_field:
            raise KeywordsAIError(f"{camel_case(field)} {sentence}")


def _of_the_resource(name: str) -> Iterator[str]:
    if flaw := flaw_of(name):
        yield f"The resource's name {flaw}"
    elif one_line(name) != name:  # the engine prints it verbatim
        yield f"The resource's name {one_line(name)} contains invisible characters"


def _in_a_set(values: Mapping[str, object]) -> Iterator[str]:
    models = values.get(MODELS)
    for name, fields in models.items() if isinstance(models, Mapping) else ():
        if isinstance(fields, Mapping):
            yield from (f"{one_line(name)}: {sentence}" for sentence in _foreign(MODEL, fields))


def _foreign(kind: ResourceKind, values: Iterable[str]) -> Iterator[str]:
    known = _known(kind)
    what = f"custom {kind.noun}" if kind.id_field else kind.noun
    for name in values:
        if name not in known and not name.startswith("__"):
            meant = f"; write {camel_case(name)}" if camel_case(name) in known else ""
            yield f"{one_line(name)} is not a property of a {what}{meant}"


@cache
def _known(kind: ResourceKind) -> frozenset[str]:
    return frozenset(camel_case(name) for name in (*kind.fields, *kind.not_sent))


def _flaws(path: Path, value: object) -> Iterator[str]:
    """Yield what is wrong with the text of a value, which may be secret and is not shown."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if flaw := flaw_of(key):
                yield f"A key of {_shown(path)} {flaw}"
            elif one_line(key) != key:  # the engine prints keys verbatim
                yield f"{_shown((*path, key))} contains invisible characters"
            yield from _flaws((*path, key), item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _flaws((*path, place), item)
    elif isinstance(value, str) and (flaw := flaw_of(value)):
        yield f"{_shown(path)} {flaw}"


def _shown(path: Path) -> str:
    return shorten(one_line(written(path)), _LONGEST)
