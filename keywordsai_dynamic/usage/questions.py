"""Which request comes next: decisions only, no requests.

The service may drop a filter without a word and answer wider, and no answer repeats its question.
So a model that cannot exist is asked for first: it has no calls. Then a second in the future: it
has none either, unless the service ignores the time, or its start alone. An end that is ignored
does no harm, because no call is later than now.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..api.metrics_client import Form, Totals
from ..core.errors import KeywordsAIError

BY_HAND = "Write the usage file yourself, from the dashboard's figures."
"""The way out where the service cannot be asked."""

_OTHER_WAYS = f"Nothing was counted. {BY_HAND}"


class Question(NamedTuple):
    """One request: the calls of a model, or of all where it is None; in the span, or after it."""

    model_name: str | None
    form: Form
    in_the_future: bool = False


class Refused(NamedTuple):
    """An answer that is an error about this one question; `read` says that it was understood."""

    reason: str
    read: bool = False


NO_CALLS = "No model had any calls in this time and environment; another one may have some."
OTHERS = (
    "There were calls, but under none of these names; the dashboard shows the names in the logs."
)

Answer = Totals | Refused
Asking = Generator[Question, Answer, "Answers"]


@dataclass(frozen=True)
class Answers:
    """What the service has answered, by model; `bases` are those of idle models.

    `remarks` are about all of them.
    """

    models: Mapping[str, Answer]
    bases: Mapping[str, Answer] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def questions(bases: Mapping[str, str | None], impossible: str) -> Asking:
    """Ask for each model, and for the base of each idle one.

    `bases` maps every model to its base; `impossible` is the name of a model that cannot exist.
    Raises KeywordsAIError where the service applies no filter, or ignores the time.

    If a service reads the value of a filter in one form only, it may drop the other form, refuse
    it, or find nothing. So where no model has calls, although there are calls, the other form is
    tried too.
    """
    problems: list[str] = []
    answers: Answers | None = None
    proved = False
    for form in Form:
        control = yield Question(impossible, form)
        if isinstance(control, Refused) or not control.is_idle:
            problems.append(_problem(form, control))
            continue
        if not proved:
            yield from _prove_time(form)
            proved = True
        models: dict[str, Answer] = {}
        for name in bases:
            models[name] = yield Question(name, form)
        idle = [bases[name] for name, each in models.items() if is_idle(each)]
        found = yield from _bases(idle, models, form)
        answers = Answers(models, found)
        if not all(map(is_idle, (*models.values(), *found.values()))):
            return answers
        everything = yield Question(None, form)
        if is_idle(everything):
            return Answers(models, found, (NO_CALLS,))
    if answers is None:
        raise KeywordsAIError(f"{' '.join(problems)} {_OTHER_WAYS}")
    return replace(answers, remarks=(OTHERS,))


def is_idle(answer: Answer) -> bool:
    """Return whether an answer says that there were no calls."""
    return isinstance(answer, Totals) and answer.is_idle


def require_empty(empty: bool) -> None:
    """Raise KeywordsAIError unless the second in the future has no calls."""
    if not empty:
        raise KeywordsAIError(
            f"The service does not keep to the time: it counts calls in 2099. {_OTHER_WAYS}"
        )


def _prove_time(form: Form) -> Generator[Question, Answer, None]:
    future = yield Question(None, form, in_the_future=True)
    if not isinstance(future, Refused):
        require_empty(future.is_idle)
    elif not future.read:  # a service that refuses such a time has read it
        raise KeywordsAIError(
            "Whether the service keeps to the time is not known: "
            f"{future.reason.rstrip('.')}. {_OTHER_WAYS}"
        )


def _bases(
    names: Iterable[str | None], known: Mapping[str, Answer], form: Form
) -> Generator[Question, Answer, dict[str, Answer]]:
    found: dict[str, Answer] = {}
    for name in dict.fromkeys(names):
        if name is not None:
            found[name] = known[name] if name in known else (yield Question(name, form))
    return found


def _problem(form: Form, control: Answer) -> str:
    how = "as a list" if form is Form.LIST else "as one name"
    if isinstance(control, Refused):
        return f"A filter by model, written {how}, is refused: {control.reason.rstrip('.')}."
    return (
        f"The service drops a filter by model that is written {how}: it counts calls of a model "
        "that does not exist."
    )
