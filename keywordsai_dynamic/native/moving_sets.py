"""Sets of models that a stack has taken over from a Python program, model by model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.camel_case import camel_case
from ..core.kinds import MODEL
from ..core.names import MODELS, SECRET_FIELDS
from ..core.names import PROVIDER as PICKLED
from ..lifecycle.announcements import about
from .moving import completed
from .wire import Path, Received

_NAME = camel_case(MODEL.id_field)
_CAMEL = {name: camel_case(name) for name in (*MODEL.fields, *MODEL.not_sent)}


def completed_set(before: Received, program: Received) -> tuple[Received, list[str]]:
    """Return a program's models, each with the values of `before` that it has none for.

    What `ignoreChanges` names, the engine takes from `before`: whole models under the API's names,
    and of a field, whose name has changed, nothing. Comes with warnings.
    """
    old, new = before.values.get(MODELS), program.values.get(MODELS)
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return program, []
    models: dict[str, Any] = {}
    secret: set[Path] = {path for path in program.secret if len(path) < 2}
    warnings = []
    for name, fields in new.items():
        was = old.get(name)
        one = _inside(program, name)
        if isinstance(fields, Mapping) and isinstance(was, Mapping):
            one, said = _completed_model(name, _inside(before, name), _renamed(was, one))
            warnings += [about(name, sentence) for sentence in said]
        models[name] = one.values if isinstance(fields, Mapping) else fields
        secret |= {(MODELS, name, *path) for path in one.secret}
    return Received({**program.values, MODELS: models}, frozenset(secret)), warnings


def _inside(bag: Received, name: str) -> Received:
    """Return one model of a set; its values, unless they are a map, are not looked at."""
    fields = bag.values[MODELS][name]
    values = dict(fields) if isinstance(fields, Mapping) else {}
    named = bag.values.get(SECRET_FIELDS)  # of a dynamic provider
    if isinstance(named, Mapping) and name in named:
        values[SECRET_FIELDS] = named[name]
    paths = frozenset(path[2:] for path in bag.secret if path[:2] == (MODELS, name))
    return Received(values, paths)


def _renamed(was: Mapping[str, Any], program: Received) -> Received:
    """Return a program's model, with what the engine has put there from the old one renamed."""
    names = {
        name: _CAMEL[name]
        for name, value in program.values.items()
        if name in _CAMEL and _CAMEL[name] not in program.values and was.get(name) == value
    }
    return Received(
        {names.get(name, name): value for name, value in program.values.items()},
        frozenset(
            (names.get(str(path[0]), path[0]), *path[1:]) if path else path
            for path in program.secret
        ),
    )


def _completed_model(name: str, before: Received, program: Received) -> tuple[Received, list[str]]:
    """Complete one model as if it were a resource of its own."""
    whole = () in before.secret
    secret = frozenset((field,) for field in before.values) if whole else before.secret
    old = Received(before.values | {MODEL.id_field: name, PICKLED: ""}, secret)
    one, warnings = completed(MODEL, name, old, program)
    values = {field: value for field, value in one.values.items() if field != _NAME}
    return Received(values, one.secret), warnings
