"""What the user reads of a set: one message for many models, and exactly what was not done."""

from types import SimpleNamespace
from typing import Any

import pytest

from keywordsai_dynamic.core.errors import APIConnectionError, APIStatusError, KeywordsAIError
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle.announcements import adopted_models, adopts, is_adoption
from keywordsai_dynamic.lifecycle.declaration import Declaration
from keywordsai_dynamic.lifecycle.deletion import Noted
from keywordsai_dynamic.lifecycle.ownership import Decision
from keywordsai_dynamic.lifecycle.run import Run
from keywordsai_dynamic.lifecycle.set_declaration import SetDeclaration
from keywordsai_dynamic.lifecycle.set_failures import (
    not_deleted,
    not_written,
    unclear_later,
    unknown_later,
)
from keywordsai_dynamic.lifecycle.set_messages import Adoptions, tell_what_is_kept
from keywordsai_dynamic.lifecycle.set_plan import Plan
from keywordsai_dynamic.lifecycle.settling import settle

LATER = object()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> tuple[Run, list[str]]:
    """Return a run, and everything that its user reads."""
    run, sentences = Run(lambda _key: None, PYTHON), list[str]()
    for severity in ("info", "warning"):
        monkeypatch.setattr(run.log, severity, lambda text, _urn=None: sentences.append(text))
    return run, sentences


def adopt(adoptions: Adoptions, name: str, **fields: object) -> None:
    """Adopt a model."""
    wanted = Declaration.from_props(
        {"model_name": name, **fields}, is_unknown=lambda value: value is LATER
    )
    sentence = adopts(name, partly_unknown=bool(wanted.unknown))
    adoptions.announce(wanted, Decision("adopt", sentence, write=False))


@pytest.mark.parametrize("count", [3, 4])
def test_many_adoptions_are_one_message(heard: tuple[Run, list[str]], count: int) -> None:
    """A few have a message each, which is the one of a single model; both are told once."""
    run, sentences = heard
    names = [f"acme/{number}" for number in range(count)]
    for _ in range(2):
        adoptions = Adoptions(run)
        for name in names:
            adopt(adoptions, name)
        adoptions.tell("urn")
    if count == 3:
        assert sentences == [adopts(name) for name in names]
    else:
        assert sentences == [
            "adopts 4 existing models (values match); from then on `pulumi destroy` deletes "
            "them:\n  acme/0\n  acme/1\n  acme/2\n  acme/3"
        ]
    of_each = [one for said in sentences for one in adopted_models(said).values() or [said]]
    assert all(map(is_adoption, of_each))


def test_what_is_known_in_part_is_told_apart(heard: tuple[Run, list[str]]) -> None:
    """Of models with values that only the update will know, not every value was compared."""
    run, sentences = heard
    adoptions = Adoptions(run)
    for number in range(4):
        adopt(adoptions, f"acme/{number}", input_cost=LATER)
    adopt(adoptions, "acme/known")
    adoptions.tell(None)
    assert [sentence.partition(";")[0] for sentence in sentences] == [
        "adopts existing model acme/known (values match)",
        "adopts 4 existing models (values known so far match)",
    ]


def test_what_moved_is_one_message(heard: tuple[Run, list[str]]) -> None:
    """Any other reason is told by itself, because it says what to do."""
    run, sentences = heard
    moved = {f"acme/{number}": f"resource 'm{number}' declares it" for number in range(5)}
    unsure = "resource 'x' may declare it: the name of its model is not known in this run; …"
    tell_what_is_kept(run, {**moved, "acme/x": unsure, "acme/deleted": None})
    assert sentences == [
        "5 models are not deleted, because other resources declare them: acme/0, acme/1, acme/2 "
        "and 2 more",
        f"acme/x is not deleted: {unsure}",
    ]
    sentences.clear()
    tell_what_is_kept(run, {"acme/0": "resource 'm0' declares it"})
    assert sentences == ["acme/0 is not deleted: resource 'm0' declares it"]


def plan(before: dict[str, float], wanted: dict[str, float]) -> Plan:
    """Plan from prices to prices."""
    models = {name: {"input_cost": cost} for name, cost in wanted.items()}
    declared = SetDeclaration.from_props({"models": models}, is_unknown=lambda _value: False)
    stored = {
        name: {"model_name": name, "input_cost": cost, "__answered": "{}"}
        for name, cost in before.items()
    }
    return Plan(stored, declared.models)


def status(code: int) -> KeywordsAIError:
    return APIStatusError(f"POST returned {code}", status_code=code, detail="no")


def test_what_was_not_written() -> None:
    """Each error once with its models, then those that were not begun; and what nobody will know.

    A model whose answer never came may exist; one that was refused does not.
    """
    names = [f"acme/{number}" for number in range(9)]
    one = plan({"acme/0": 1, "acme/1": 1, "acme/gone": 1}, dict.fromkeys(names, 2.0))
    failed = {"acme/3": status(400), "acme/4": status(400), "acme/5": APIConnectionError("lost")}
    done = ["acme/0", "acme/2"]
    assert not_written(one, done, failed, ends=False) == (
        "2 of 9 models were written, and 7 were not; nothing that the program no longer declares "
        "was deleted:\n"
        "  acme/3, acme/4: POST returned 400\n"
        "  acme/5: lost\n"
        "  acme/1, acme/6, acme/7, acme/8: not sent after that"
    )
    assert not_written(one, names[:8], {}, ends=True).endswith(":\n  acme/8: the run is ending")
    assert unknown_later(one, done, failed).splitlines() == [
        "Run `pulumi up` again with the same program: it takes over what is as declared, and "
        "writes the rest.",
        "The state does not have these new models yet: acme/2, acme/5. If the program drops one "
        "before that, delete it in the console; if it changes one, `pulumi up` refuses it as "
        "existing.",
        "The state has the old values of acme/0. If the program goes back to them before that, "
        "run `pulumi refresh` first.",
    ]
    assert unknown_later(one, [], {"acme/3": status(400)}) == ""
    assert unclear_later(one, failed).startswith("The service may have created acme/5 all the same")
    assert unclear_later(one, {"acme/0": status(500), "acme/3": status(400)}) == ""


def test_long_lists_are_cut() -> None:
    """Twenty names, and how many more there are."""
    names = [f"acme/{number:03}" for number in range(500)]
    one = plan({}, dict.fromkeys(names, 2.0))
    told = not_written(one, names[:100], {names[100]: status(500)}, ends=False)
    assert told.startswith("100 of 500 models were written, and 400 were not:\n  acme/100: POST")
    assert told.endswith("acme/119, acme/120 and 379 more: not sent after that")
    assert len(told) < 500


def test_what_was_not_deleted() -> None:
    """After an update, what was written before is told too."""
    failed = {"acme/b": status(500)}
    assert not_deleted(["acme/a", "acme/b"], ["acme/a"], failed, written=3) == (
        "3 models were written as declared. 1 of 2 models were deleted, and 1 was not:\n"
        "  acme/b: POST returned 500"
    )


class Waiting:
    """Stands in for a run: time passes where it waits, and notes come in at their time."""

    previewed = None
    account = "1"

    def __init__(self, notes: dict[float, list[Noted]]) -> None:
        self.now = 0.0
        self.client: Any = self
        self.notes: Any = SimpleNamespace(
            read=lambda: [
                Noted("set", "s", name="acme/own", account="1"),
                *(one for at, each in notes.items() if at <= self.now for one in each),
            ]
        )

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def call_ends(self) -> float:
        """Return when a call must end."""
        return 300.0


@pytest.mark.parametrize(
    ("notes", "seconds"),
    [
        ({0.0: [Noted("m", "u", name="acme/a")]}, 0.0),  # it is known who declares it
        ({0.0: []}, 1.0),
        ({0.0: [], 0.5: [Noted("m", "u", name="acme/b")]}, 1.5),  # somebody came: wait again
        ({0.0: [], 0.5: [Noted("m", "u", name="acme/a")]}, 0.5),
        ({0.0: [Noted("m", "u")]}, 3.0),  # a name that stays unknown
        ({0.0: [Noted("m", "u")], 2.5: [Noted("n", "v", name="acme/b")]}, 3.5),
        # declared for a provider of another account, which has checked it, or only something else
        ({0.0: [Noted("m", "u", name="acme/a", provider="two")]}, 3.0),
        (
            {
                0.0: [Noted("m", "u", name="acme/a", provider="two")],
                1.5: [Noted("m", "u", name="acme/a", provider="two", account="2")],
            },
            1.5,
        ),
        (
            {
                0.0: [Noted("m", "u", name="acme/a", provider="two")],
                1.5: [Noted("n", "v", name="acme/b", provider="two", account="2")],
            },
            3.0,
        ),
        (
            {
                0.0: [Noted("m", "u", name="acme/a", provider="two")],
                1.5: [Noted("n", "v", name="acme/b", provider="two", account="1")],
            },
            1.5,
        ),
    ],
)
def test_a_set_waits_for_the_rest_of_the_program(
    notes: dict[float, list[Noted]], seconds: float
) -> None:
    """Before it deletes, for a second in which nothing new is declared, and a little longer for a
    name that is not known yet.
    """
    run: Any = Waiting(notes)
    settle(run, ["acme/a"])
    assert run.now == pytest.approx(seconds, abs=0.21)
