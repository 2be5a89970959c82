"""Which request comes next, played against services that are functions."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from keywordsai_dynamic.api.metrics_client import Form, Totals
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.usage.questions import (
    NO_CALLS,
    OTHERS,
    Answer,
    Answers,
    Question,
    Refused,
    questions,
)

IDLE, BUSY, REFUSED = Totals(), Totals(requests=Decimal(5)), Refused("no.")
LIST, NAME = Form.LIST, Form.NAME
CONTROL = Question("impossible", LIST)
TIME = Question(None, LIST, in_the_future=True)
MODELS = {"a": "base", "b": None, "c": "base", "d": "a"}
Service = Callable[[Question], Answer]


def play(service: Service, models: dict[str, str | None]) -> tuple[list[Question], Answers | str]:
    """Return what was asked, and what came of it: answers, or a sentence."""
    asked: list[Question] = []
    asking = questions(models, "impossible")
    answer: Answer | None = None
    try:
        while True:
            question = next(asking) if answer is None else asking.send(answer)
            asked.append(question)
            answer = service(question)
    except StopIteration as end:
        return asked, end.value
    except KeywordsAIError as problem:
        return asked, str(problem)


def serving(*busy: str | None, forms: tuple[Form, ...] = tuple(Form)) -> Service:
    """A service that finds calls of these models, where it reads the form of the filter."""

    def answer(question: Question) -> Answer:
        if question.in_the_future:
            return IDLE
        if question.model_name is None:
            return BUSY if busy else IDLE
        return BUSY if question.model_name in busy and question.form in forms else IDLE

    return answer


def test_a_request_per_model_and_two_that_prove() -> None:
    """K + 2 requests, and one for each base of an idle model that was not asked for already."""
    asked, found = play(serving("a", "b"), MODELS)
    names = ["a", "b", "c", "d", "base"]
    assert asked == [CONTROL, TIME, *(Question(name, LIST) for name in names)]
    assert found == Answers({"a": BUSY, "b": BUSY, "c": IDLE, "d": IDLE}, {"base": IDLE, "a": BUSY})


def test_a_form_that_finds_nothing_is_left_for_the_other() -> None:
    """Nothing under the list although there are calls: one name is tried, with its own control."""
    asked, found = play(serving("b", forms=(NAME,)), {"a": None, "b": None})
    assert asked == [
        *(CONTROL, TIME, Question("a", LIST), Question("b", LIST), Question(None, LIST)),
        *(Question("impossible", NAME), Question("a", NAME), Question("b", NAME)),
    ]
    assert found == Answers({"a": IDLE, "b": BUSY})


def test_the_base_s_calls_prove_the_form() -> None:
    """Where a base has calls, its idle models are idle; nothing else is tried."""
    asked, found = play(serving("base"), {"a": "base"})
    assert [each.model_name for each in asked] == ["impossible", None, "a", "base"]
    assert found == Answers({"a": IDLE}, {"base": BUSY})


def test_no_calls_at_all_end_it() -> None:
    """One request without a filter shows it."""
    asked, found = play(serving(), {"a": None})
    assert [each.model_name for each in asked] == ["impossible", None, "a", None]
    assert found == Answers({"a": IDLE}, {}, (NO_CALLS,))


def test_idle_in_both_forms_is_idle() -> None:
    """There are calls, of other models."""
    asked, found = play(serving("other"), {"a": None})
    assert [(each.model_name, each.form) for each in asked[-3:]] == [
        ("impossible", NAME),
        ("a", NAME),
        (None, NAME),
    ]
    assert found == Answers({"a": IDLE}, {}, (OTHERS,))


@pytest.mark.parametrize(
    ("control", "said"),
    [
        (BUSY, "The service drops a filter by model that is written as a list"),
        (REFUSED, "A filter by model, written as a list, is refused: no."),
    ],
)
def test_a_control_with_calls_or_an_error_is_no_proof(control: Answer, said: str) -> None:
    """The other form is tried; if that is no better, nothing is counted."""
    asked, found = play(
        lambda each: control if each.model_name == "impossible" else BUSY, {"a": None}
    )
    assert asked == [CONTROL, Question("impossible", NAME)]
    assert isinstance(found, str)
    assert found.startswith(said)
    assert found.endswith(
        "Nothing was counted. Write the usage file yourself, from the dashboard's figures."
    )


def test_one_form_that_is_dropped_is_enough_for_the_other() -> None:
    """A control with calls costs one request."""

    def service(question: Question) -> Answer:
        if question.form is LIST and question.model_name == "impossible":
            return BUSY
        return serving("a")(question)

    asked, found = play(service, {"a": None})
    assert [(each.model_name, each.form) for each in asked] == [
        ("impossible", LIST),
        ("impossible", NAME),
        (None, NAME),
        ("a", NAME),
    ]
    assert found == Answers({"a": BUSY})


def test_a_service_that_ignores_the_time_is_not_believed() -> None:
    """It has calls that nobody has made yet."""
    asked, found = play(lambda each: IDLE if each.model_name else BUSY, {"a": None})
    assert asked == [CONTROL, TIME]
    assert isinstance(found, str)
    assert found.startswith("The service does not keep to the time: it counts calls in 2099.")


def test_a_refused_time_was_read() -> None:
    """A service may refuse a time in the future."""

    def service(question: Question) -> Answer:
        return Refused("no.", read=True) if question.in_the_future else serving("a")(question)

    assert play(service, {"a": None})[1] == Answers({"a": BUSY})


def test_an_error_is_no_proof_of_the_time() -> None:
    """A service that fails may have read the time or not; nothing is counted."""

    def service(question: Question) -> Answer:
        return REFUSED if question.in_the_future else serving("a")(question)

    asked, found = play(service, {"a": None})
    assert asked == [CONTROL, TIME]
    assert found == (
        "Whether the service keeps to the time is not known: no. Nothing was counted. Write the "
        "usage file yourself, from the dashboard's figures."
    )


def test_an_error_about_one_model_is_its_answer() -> None:
    """The others are asked for."""

    def service(question: Question) -> Answer:
        return REFUSED if question.model_name == "a" else serving("b")(question)

    assert play(service, {"a": None, "b": None})[1] == Answers({"a": REFUSED, "b": BUSY})
