"""`pulumi import`: from an id alone to a state, and to a program whose preview shows no change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..api.listed_providers import listed_alone
from ..core.errors import KeywordsAIError
from ..core.formatting import format_names
from ..core.kinds import MODEL, MODEL_SET, PROVIDER, ResourceKind
from ..core.names import BASE_URL
from ..core.plausibility import Problem
from ..core.redaction import one_line
from ..lifecycle.declarable import (
    declarable_model,
    declarable_provider,
    not_implied,
    overridable,
)
from ..lifecycle.live_list import matching, no_model
from ..lifecycle.ownership import built_in, is_built_in
from ..lifecycle.provider_parts import parts_of
from ..lifecycle.provider_state import outputs as provider_outputs
from ..lifecycle.provider_state import secret_outputs, stored_in
from ..lifecycle.provider_steps import no_provider
from ..lifecycle.provider_writes import find
from ..lifecycle.results import Outputs, Reading
from ..lifecycle.run import Run
from ..lifecycle.set_state import set_inputs, set_outputs
from ..lifecycle.state import outputs as model_outputs

_NOT_READ = "is not read from the service: if it is set, declare it, or an update may"


def imported(run: Run, kind: ResourceKind, name: str, urn: str) -> Reading:
    """Read what exists under an id, to be managed from now on.

    Warns of values that no program can declare. Raises KeywordsAIError where there is
    nothing, and for what a stack cannot manage.
    """
    if kind is MODEL_SET:
        return _models(run, name, urn)
    run.note(urn, name, kind=kind)  # before the look: a delete comes first, or finds the note
    with run.holding(name, kind):
        if kind is MODEL:
            reading, problems, unread = _model(run, name)
            _tell_what_is_not_read(run, [name] if unread else [], urn)
        else:
            reading, problems = _provider(run, name, urn)
    _warn(run, name, problems, urn)
    return reading


def _warn(run: Run, name: str, problems: list[Problem], urn: str) -> None:
    for field, sentence in problems:
        run.log.warning(f"{run.wording.named(field)} of {name} {run.wording.named(sentence)}", urn)


def _tell_what_is_not_read(run: Run, names: Collection[str], urn: str) -> None:
    if names:
        override = run.wording.field("supported_params_override")
        run.log.info(f"{override} of {format_names(names)} {_NOT_READ} lose it", urn)


def _models(run: Run, pattern: str, urn: str) -> Reading:
    """Read the custom models that a pattern matches, as a set."""
    deadline = run.client.settings.deadline
    listed = run.inventory.listed(max_age=float("inf"), deadline=deadline) or {}
    names = [str(model["model_name"]) for model in matching(listed, [pattern], everything=False)]
    if not names:
        raise KeywordsAIError(
            f"No custom model matches {one_line(pattern)}. The id of an import is a pattern of "
            "model names: `*` takes all, `acme/*` those that begin with acme/."
        )
    outs, unread = dict[str, Outputs](), list[str]()
    for name in names:
        reading, problems, hides = _model(run, name)
        outs[name] = reading.outputs
        unread += [name] if hides else []
        _warn(run, name, problems, urn)
    _tell_what_is_not_read(run, unread, urn)
    run.note(urn, None, names=names)
    return Reading(set_outputs(outs, run.client.settings.base_url, urn), set_inputs(outs))


def _model(run: Run, name: str) -> tuple[Reading, list[Problem], bool]:
    """Read a model; returns also whether it may have an override that the service does not show."""
    model = run.inventory.look_up(name, expected=True, whole=True).model
    if model is None:
        raise no_model(name)
    if is_built_in(model):
        raise KeywordsAIError(f"{built_in(name, run.wording)} To read it, call getModel.")
    fields, problems = _required(run, name, *declarable_model(model))
    settings = run.client.settings
    models = run.inventory.listed(max_age=float("inf"), deadline=settings.deadline) or {}
    declared = not_implied(fields, models)
    values = model_outputs(declared, declared, model) | {BASE_URL: settings.base_url}
    reading = Reading(Outputs(values, frozenset()), declared)
    return reading, problems, overridable(model, models)


def _provider(run: Run, name: str, urn: str) -> tuple[Reading, list[Problem]]:
    end = run.call_ends()
    answer, _ = find(run, name, end - run.client.now)
    if answer is None:
        run.inventory.require_api(name, end - run.client.now)
        raise no_provider(name)
    fields, problems = _required(run, name, *declarable_provider(listed_alone(answer, name)))
    nothing, parts = stored_in({}, PROVIDER.secret), parts_of(fields)
    live = nothing.lens(parts).read(answer)
    values = provider_outputs(name, parts, frozenset(), nothing, live)
    values |= {BASE_URL: run.client.settings.base_url}
    run.log.info(f"{run.wording.field('api_key')} of {name} {_NOT_READ} remove it", urn)
    return Reading(Outputs(values, secret_outputs(values)), fields), problems


def _required(
    run: Run, name: str, fields: dict[str, Any], problems: list[Problem]
) -> tuple[dict[str, Any], list[Problem]]:
    if not fields:
        field, sentence = problems[0]
        why = run.wording.named(f"{field} {sentence}")
        raise KeywordsAIError(f"{name} cannot be imported: its {why}.")
    return fields, problems
