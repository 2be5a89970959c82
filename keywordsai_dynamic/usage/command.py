"""The command `usage`: asks the service, and writes the file that `review --usage` reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from ..api.metrics_client import Breakdown, MetricsClient, Span, Totals
from ..catalog.model_catalog import ModelCatalog
from ..catalog.sources import layers_of
from ..core.errors import APIStatusError, DeclarationError, KeywordsAIError, NotFoundError
from ..core.formatting import format_count, format_names, format_number, parse_number
from ..core.names import PRICE_FIELDS
from ..core.settings import Settings
from ..terminal.list_models import live_models, opened
from ..terminal.output import say, write
from ..terminal.stack_settings import settings_for
from . import choice, span
from .questions import BY_HAND, Answer, Answers, Refused, questions, require_empty
from .tokens import Count, count
from .usage_file import UsageFile

_ABOUT_THIS_MODEL = frozenset({200, 400, 413, 422, 500})
"""Statuses of an answer that says nothing about the next one; 200 is one without sums."""

_READ = frozenset({400, 422})
"""Statuses of a service that has read a request, and does not accept what it says."""


@dataclass(frozen=True)
class Request:
    """What the command is asked for; `previewed` are the models that previews change, if any."""

    names: Sequence[str]
    catalogs: Sequence[str]
    previewed: Sequence[str] | None
    stack: str | None
    everything: bool
    breakdown: bool
    last: str
    environment: str


def run(request: Request, now: datetime) -> None:
    """Count the tokens that `request` asks for, until `now`, and write them as YAML.

    Raises KeywordsAIError, one line, if nothing can be counted.
    """
    asked = span.span(request.last, request.environment, now)
    declared = _declared(request)
    chooses = request.names or request.everything or declared is not None
    if not chooses:
        raise KeywordsAIError(f"No model was chosen: {choice.HOW}.")
    settings = settings_for(request.stack)
    host = urlsplit(settings.base_url).netloc
    if declared == [] and not (request.names or request.everything):
        write(UsageFile(host, asked, {}).text())
        say("No model to count: none is declared, or none changes its cost.", err=True)
        return
    live = live_models(settings)
    chosen = [*choice.matching(live, request.names), *(declared or [])]
    if request.everything:
        chosen += choice.custom(live)
    answers = _answers(settings, asked, choice.bases(live, dict.fromkeys(chosen)), request)
    counts = {name: _count(name, live, answers) for name in dict.fromkeys(chosen)}
    _report(UsageFile(host, asked, counts, answers.remarks))


def _declared(request: Request) -> list[str] | None:
    """Return the models of catalogs, stacks and previews; None if none of these was given."""
    declared = list(request.previewed or [])
    for source in request.catalogs:
        declared += _models_of(source)
    chooses = request.catalogs or request.previewed is not None
    if chooses or request.names or request.everything or request.stack is None:
        return declared if chooses else None
    try:
        return _models_of(request.stack)
    except DeclarationError as problem:
        raise KeywordsAIError(f"{str(problem).rstrip('.')}. Or {choice.HOW}.") from None


def _models_of(source: str) -> list[str]:
    """Return the models of a catalog file or a stack, encrypted ones too."""
    found = layers_of(source, None, Path.cwd())
    for remark in found.remarks:
        say(remark, err=True)
    return [*ModelCatalog.from_layers(found.layers).models, *found.encrypted]


def _answers(
    settings: Settings, asked: Span, bases: Mapping[str, str | None], request: Request
) -> Answers:
    if not bases:
        return Answers({})
    way_out = "Leave out --breakdown." if request.breakdown else BY_HAND
    with opened(settings, "counting tokens") as (client, show):
        try:
            if request.breakdown:
                return _all_at_once(client.metrics, asked, bases)
            return _one_by_one(client.metrics, asked, bases, show)
        except NotFoundError as error:
            raise KeywordsAIError(f"{str(error).rstrip('.')}. {way_out}") from None


def _one_by_one(
    metrics: MetricsClient,
    asked: Span,
    bases: Mapping[str, str | None],
    show: Callable[[str], None],
) -> Answers:
    """Ask what the questions ask, until they end."""
    asking = questions(bases, f"keywordsai-dynamic/no-such-model-{secrets.token_hex(8)}")
    answer: Answer | None = None
    number = 0
    while True:
        try:
            question = next(asking) if answer is None else asking.send(answer)
        except StopIteration as end:
            answers: Answers = end.value
            return answers
        number += 1
        show(f"counting tokens, request {number} of about {len(bases) + 2}")
        when = span.in_the_future(asked) if question.in_the_future else asked
        try:
            answer = metrics.summary(when, question.model_name, question.form)
        except APIStatusError as error:
            if error.status_code not in _ABOUT_THIS_MODEL:
                raise
            answer = Refused(str(error), read=error.status_code in _READ)


def _all_at_once(metrics: MetricsClient, asked: Span, bases: Mapping[str, str | None]) -> Answers:
    """Ask the route that no document names."""
    require_empty(not metrics.breakdown(span.in_the_future(asked)).models)
    found = metrics.breakdown(asked)
    names = {*bases, *filter(None, bases.values())}
    answers = {name: _row(name, found) for name in names}
    others = [name for name in found.models if name not in names]
    remarks = ["Counted by a route that no document names (--breakdown)."]
    if others:
        remarks.append(f"Calls were also logged under other names: {format_names(others)}.")
    return Answers({name: answers[name] for name in bases}, answers, tuple(remarks))


def _row(name: str, found: Breakdown) -> Answer:
    if name in found.models or found.is_whole:
        return found.models.get(name, Totals())
    return Refused(f"the service lists {len(found.models)} models and may have more")


def _count(name: str, live: choice.Models, answers: Answers) -> Count:
    if name not in live:
        return Count(("not counted: there is no such model yet",))
    answer = answers.models[name]
    if isinstance(answer, Refused):
        return Count((f"not counted: {answer.reason}",))
    if answer.is_idle:
        return Count(_idle(live[name].get("base_model_name"), answers))
    prices = {field: parse_number(live[name].get(field)) for field in PRICE_FIELDS}
    return count(answer, prices)


def _idle(base: object, answers: Answers) -> tuple[str, ...]:
    idle = "not counted: no calls under this exact name"
    totals = answers.bases.get(base) if isinstance(base, str) else None
    if not isinstance(totals, Totals) or totals.is_idle:
        return (idle,)
    known = totals.total or sum(filter(None, (totals.prompt, totals.completion)))
    return idle, f"{format_number(known)} tokens under its base {base} may be of this model"


def _report(file: UsageFile) -> None:
    write(file.text())
    written, all_models = len(file.written), format_count(len(file.counts), "model")
    why = "" if written == len(file.counts) else "; comments say why the others are not"
    say(f"{written} of {all_models} counted, {span.described(file.span)}{why}", err=True)
    for remark in file.remarks:
        say(remark, err=True)
    if not span.is_month(file.span):
        say("these are not the counts of a month of 30 days, which the review expects", err=True)
