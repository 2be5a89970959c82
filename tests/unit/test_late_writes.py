"""A write that is let through too late: the provider looks again, decides again, and blames nobody.

The provider is the real one, called in this process; its client is replaced by a script.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from keywordsai_dynamic.api.client import UpsertResult
from keywordsai_dynamic.api.sending import OutdatedError
from keywordsai_dynamic.core.errors import KeywordsAIError, NotFoundError
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.dynamic import verbs
from keywordsai_dynamic.lifecycle import run as run_module
from keywordsai_dynamic.lifecycle.deletion import Noted
from keywordsai_dynamic.lifecycle.inventory import FRESH
from keywordsai_dynamic.provider import CustomModelProvider

Props = dict[str, Any]
URL = "http://127.0.0.1"
ONE = {"model_name": "m", "affiliation_category": "custom", "input_cost": 1.0}
SEVEN = {**ONE, "input_cost": 7.0}
STATE = {"model_name": "m", "input_cost": 1.0, "__answered": "{}", "__base_url": URL}
MADE = "somebody else created m a moment ago, and it has been overwritten"
TAKES_OVER = "adopts existing model m (values match); from then on `pulumi destroy` deletes it"


class Script:
    """A client of a service without a list, that finds `lives` in turn; the last one stays.

    `late` are writes that are not sent: seconds that pass, and how many tries went out before. A
    look takes as many seconds as `looks` says in turn, and none after them. `limits` are the times
    after which a write may not leave (-1 for none), `bounds` the deadlines of all calls.
    """

    def __init__(self, lives: list[Props | None], late: list[tuple[float, int]]) -> None:
        self.settings = Settings("k", "the test", URL, deadline=300)
        self.now = 0.0
        self.lives = lives
        self.late = late
        self.asked: list[str] = []
        self.looks: list[float] = []
        self.limits: list[float] = []
        self.bounds: list[tuple[str, float | None]] = []

    def list_models(self, *, deadline: float | None = None) -> object:
        """Have no list."""
        raise NotFoundError("none", status_code=404, detail="none")

    def find_model(
        self, model_name: str, *, deadline: float | None = None
    ) -> tuple[Props | None, float]:
        """Find what lives now; it was asked for at the begin of the look."""
        self.asked.append("GET")
        self.bounds.append(("GET", deadline))
        asked_at = self.now
        self.now += self.looks.pop(0) if self.looks else 0.0
        return (self.lives.pop(0) if len(self.lives) > 1 else self.lives[0]), asked_at

    def upsert_model(
        self,
        body: Mapping[str, Any],
        *,
        not_after: float | None,
        deadline: float,
        on_success: Callable[[int, bool], None],
    ) -> UpsertResult:
        """Send, or be too late."""
        self._send("POST", not_after, deadline)
        status = 200 if self.lives[0] else 201
        on_success(status, False)
        return UpsertResult({**ONE, **body}, status, repeated=False)

    def delete_model(
        self, model_name: str, *, not_after: float | None = None, deadline: float | None = None
    ) -> bool:
        """Delete, or be too late."""
        self._send("DELETE", not_after, deadline)
        return True

    def _send(self, method: str, not_after: float | None, deadline: float | None) -> None:
        self.limits.append(-1.0 if not_after is None else not_after)
        self.bounds.append((method, deadline))
        if self.late:
            seconds, tries = self.late.pop(0)
            self.now += seconds
            raise OutdatedError(tries)
        self.asked.append(method)


Play = Callable[..., tuple[CustomModelProvider, Script, list[str]]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Begin a run against a script; gives the provider, the script and what the user is told."""
    monkeypatch.setenv("KEYWORDSAI_DEBUG", "1")

    def begin(
        lives: list[Props | None], *late: tuple[float, int]
    ) -> tuple[CustomModelProvider, Script, list[str]]:
        script, told = Script(lives, list(late)), list[str]()
        monkeypatch.setattr(run_module, "KeywordsAIClient", lambda *_, **__: script)
        provider = CustomModelProvider()
        provider.configure(ConfigureRequest(Config({}, "p")))
        monkeypatch.setattr(
            provider._run.log, "warning", lambda sentence, urn=None: told.append(sentence)
        )
        return provider, script, told

    return begin


def test_a_write_relies_on_a_look_of_ten_seconds(play: Play) -> None:
    """What was looked up is good for so long, and no longer, counted from the request."""
    provider, script, told = play([None])
    script.now = 50.0
    outputs = provider.create({"model_name": "m", "input_cost": 1.0}).outs
    assert (outputs["input_cost"], script.asked, script.limits) == (1.0, ["GET", "POST"], [60.0])
    assert told == []
    assert script.bounds == [("GET", 300.0), ("POST", 300.0)]
    assert FRESH == 10.0


@pytest.mark.parametrize(
    ("seconds", "limit"), [(3, 10), (9, 10), (9.5, 10.5), (12, 13), (299, 300)]
)
def test_a_look_that_takes_long_is_as_good_as_can_be_had(
    play: Play, seconds: float, limit: float
) -> None:
    """Counted from its request it is old at once: the write leaves within a second of its end.

    One deadline bounds the look and the write together.
    """
    provider, script, told = play([None])
    script.looks = [seconds]
    provider.create({"model_name": "m", "input_cost": 1.0})
    assert (script.asked, script.limits, told) == (["GET", "POST"], [limit], [])
    assert script.bounds == [("GET", 300.0), ("POST", 300.0 - seconds)]


def test_an_old_look_is_good_for_what_is_left_of_ten_seconds(play: Play) -> None:
    """One of before the call, as of a check, gets no second more."""
    provider, script, _ = play([None])
    provider.check({}, {"model_name": "m", "input_cost": 1.0})
    script.now = 9.5
    provider.create({"model_name": "m", "input_cost": 1.0})
    assert (script.asked, script.limits) == (["GET", "POST"], [10.0])
    assert script.bounds[-1] == ("POST", 300.0)


def test_a_write_that_was_too_late_is_decided_anew(play: Play) -> None:
    """Whoever made the model meanwhile is neither overwritten nor robbed of it."""
    provider, script, told = play([None, SEVEN], (31, 0))
    with pytest.raises(KeywordsAIError, match="declared 1 → live 7"):
        provider.create({"model_name": "m", "input_cost": 1.0})
    assert (script.asked, script.limits, told) == (["GET", "GET"], [10.0], [])


def test_a_write_that_was_too_late_goes_out_where_nothing_has_changed(play: Play) -> None:
    """As often as it takes, each time after a look of its own."""
    provider, script, told = play([None], (31, 0), (31, 0))
    provider.create({"model_name": "m", "input_cost": 1.0})
    assert script.asked == ["GET", "GET", "GET", "POST"]
    assert script.limits == [10.0, 41.0, 72.0]
    assert told == []
    left = (300.0, 269.0, 238.0)
    assert script.bounds == [(method, end) for end in left for method in ("GET", "POST")]


def test_a_model_that_was_made_meanwhile_is_taken_over_and_told(play: Play) -> None:
    """Nothing had been sent: an equal model is somebody else's."""
    provider, script, told = play([None, ONE], (31, 0))
    provider.create({"model_name": "m", "input_cost": 1.0})
    assert (script.asked, told) == (["GET", "GET"], [TAKES_OVER])


@pytest.mark.parametrize(
    ("lives", "says"),
    [
        (ONE, []),
        (None, []),
        (
            SEVEN,
            [
                "an earlier try of this run may have created m; it now has other values, which "
                "are overwritten:\n  input_cost  declared 1 → live 7"
            ],
        ),
    ],
)
def test_what_an_earlier_try_has_written_may_be_written_again(
    play: Play, lives: Props | None, says: list[str]
) -> None:
    """A try whose answer was lost may have taken effect: the create looks, and is sent again.

    It is not refused, because other values may be the service's doing; but it says what it
    overwrites, because they may be somebody's. It says nothing of a race: a 200 shows none then.
    """
    provider, script, told = play([None, lives], (31, 1))
    outputs = provider.create({"model_name": "m", "input_cost": 1.0}).outs
    assert (outputs["input_cost"], script.asked[:3]) == (1.0, ["GET", "GET", "POST"])
    assert told == says
    assert (script.limits, script.bounds[3]) == ([10.0, 41.0], ("POST", 269.0))


def test_an_earlier_try_counts_after_later_ones_too(play: Play) -> None:
    """Only the first wait finds nothing sent: then it is judged, and after the next one not."""
    provider, script, told = play([None, None, SEVEN], (31, 0), (31, 2))
    provider.create({"model_name": "m", "input_cost": 1.0})
    assert (script.asked[:4], script.limits) == (["GET"] * 3 + ["POST"], [10.0, 41.0, 72.0])
    assert [sentence.partition(";")[0] for sentence in told] == [
        "an earlier try of this run may have created m"
    ]


def test_what_is_overwritten_is_told_again_after_a_lost_answer(play: Play) -> None:
    """What lives then may be of the lost try, or of somebody else."""
    provider, script, told = play([SEVEN], (31, 1))
    declared = {"model_name": "m", "input_cost": 1.0, "overwrite_existing": True}
    provider.create(declared)
    assert (script.asked[:3], script.limits) == (["GET", "GET", "POST"], [10.0, 41.0])
    assert told == [
        "overwrites existing model m (overwriting is declared):\n  input_cost  declared 1 → live 7",
        "an earlier try of this run may have created m; it now has other values, which are "
        "overwritten:\n  input_cost  declared 1 → live 7",
    ]


def test_a_lost_answer_is_not_followed_beyond_the_deadline(play: Play) -> None:
    """The create is not sent again where the call has used up its seconds."""
    provider, script, told = play([None], (300, 1))
    with pytest.raises(KeywordsAIError, match=r"within 10 s of its lookup. Run again"):
        provider.create({"model_name": "m", "input_cost": 1.0})
    assert (script.asked, script.limits, told) == (["GET"], [10.0], [])


@pytest.mark.parametrize("late", [(), ((31, 0),)])
def test_somebody_elses_model_made_a_moment_ago_is_told(
    play: Play, late: tuple[tuple[float, int], ...]
) -> None:
    """A 200 for a name that was free says so, also after a write that was not sent."""
    provider, script, told = play([None], *late)
    upsert = script.upsert_model

    def somebody_was_quicker(body: Mapping[str, Any], **limits: Any) -> UpsertResult:  # noqa: ANN401
        script.lives = [SEVEN] if not script.late else script.lives
        return upsert(body, **limits)

    script.upsert_model = somebody_was_quicker  # type: ignore[method-assign]  # that is the point
    provider.create({"model_name": "m", "input_cost": 1.0})
    assert told == [f"{MADE} (unless the service returns 200 for new models too)"]


def test_a_write_that_is_always_too_late_ends_at_the_deadline(play: Play) -> None:
    """A limit that leaves no room is told after the seconds that one call may take."""
    provider, script, told = play([None], *[(31, 0)] * 20)
    with pytest.raises(KeywordsAIError) as given_up:
        provider.create({"model_name": "m", "input_cost": 1.0})
    assert str(given_up.value) == (
        "m was not changed: the service or its request limit kept the write from being sent "
        "within 10 s of its lookup. Run again later."
    )
    assert (script.asked, script.now, told) == (["GET"] * 10, 310.0, [])
    left = [300.0 - 31 * tries for tries in range(10)]
    assert script.bounds == [(method, end) for end in left for method in ("GET", "POST")]


def test_an_update_that_was_too_late_is_decided_anew(play: Play) -> None:
    """Somebody's edit meanwhile stops it, as it does an update that goes out at once."""
    other = {**ONE, "output_cost": 5.0}
    state = {**STATE, "output_cost": 2.0}
    provider, script, told = play([{**ONE, "output_cost": 2.0}, other], (31, 0))
    with pytest.raises(KeywordsAIError, match="output_cost  last 2 → live 5"):
        provider.update("m", state, {"model_name": "m", "input_cost": 3.0, "output_cost": 2.0})
    assert (script.asked, told) == (["GET", "GET"], [])


@pytest.mark.parametrize("tries", [0, 1])
@pytest.mark.parametrize(("output_cost", "refused"), [(2.0, False), (5.0, True)])
def test_an_update_is_decided_anew_after_a_lost_answer_too(
    play: Play, tries: int, output_cost: float, refused: bool
) -> None:
    """Unlike a create it would overwrite what others have changed meanwhile.

    What the lost try has written is as wanted, which is nobody's business.
    """
    state, now = {**STATE, "output_cost": 2.0}, {**ONE, "input_cost": 3.0}
    lives = [{**ONE, "output_cost": 2.0}, {**now, "output_cost": output_cost}]
    provider, script, told = play(lives, (31, tries))
    news = {"model_name": "m", "input_cost": 3.0, "output_cost": 2.0}
    if refused:
        with pytest.raises(KeywordsAIError, match="output_cost  last 2 → live 5"):
            provider.update("m", state, news)
    else:
        provider.update("m", state, news)
    assert script.asked == ["GET", "GET"] + ["POST"] * (not refused)
    assert (script.limits, told) == ([10.0] + [41.0] * (not refused), [])


def test_an_update_says_once_what_it_overwrites(play: Play) -> None:
    """However often it is decided anew."""
    provider, script, told = play([SEVEN], (31, 0), (31, 0))
    provider.update("m", STATE, {"model_name": "m", "input_cost": 3.0})
    assert script.asked == ["GET", "GET", "GET", "POST"]
    assert told == [
        "this update overwrites changes to m that somebody else made:\n"
        "  input_cost  last 1 → live 7"
    ]


URN = "urn:pulumi:dev::p::pulumi-python:dynamic/keywordsai:CustomModel::m"


def test_a_delete_before_a_replacement_relies_on_a_look_of_ten_seconds(play: Play) -> None:
    """Let through too late, it is decided anew: somebody's edit meanwhile stops it."""
    provider, script, _ = play([ONE, ONE, SEVEN], (31, 0), (31, 0))
    provider._run.ledger.claim("m", URN, in_state=False)
    with pytest.raises(KeywordsAIError, match="input_cost  last 1 → live 7"):
        provider.delete("m", {**STATE, "__urn": URN})
    assert (script.asked, script.limits) == (["GET"] * 3, [10.0, 41.0])


def test_a_delete_before_a_replacement_goes_out_as_soon_as_it_may(play: Play) -> None:
    """Where the model is as the state has it, however often it was too late."""
    provider, script, _ = play([ONE], (31, 0))
    provider._run.ledger.claim("m", URN, in_state=False)
    provider.delete("m", {**STATE, "__urn": URN})
    assert (script.asked, script.limits) == (["GET", "GET", "DELETE"], [10.0, 41.0])
    left = (300.0, 269.0)
    assert script.bounds == [(method, end) for end in left for method in ("GET", "DELETE")]


def test_a_delete_before_a_replacement_follows_a_look_that_takes_long(play: Play) -> None:
    """As a write does, within the same deadline."""
    provider, script, _ = play([ONE])
    provider._run.ledger.claim("m", URN, in_state=False)
    script.looks = [12.0]
    provider.delete("m", {**STATE, "__urn": URN})
    assert (script.asked, script.limits) == (["GET", "DELETE"], [13.0])
    assert script.bounds == [("GET", 300.0), ("DELETE", 288.0)]


def test_any_other_delete_relies_on_nothing(play: Play) -> None:
    """What is no longer declared is deleted, whatever it has become, and however late."""
    provider, script, _ = play([SEVEN])
    provider.delete("m", {**STATE, "__urn": URN})
    assert (script.asked, script.limits) == (["DELETE"], [-1.0])
    assert script.bounds == [("DELETE", None)]


def test_a_delete_that_is_always_too_late_ends_at_the_deadline(play: Play) -> None:
    """It is told as a write is, and the model stays."""
    provider, script, _ = play([ONE], *[(31, 0)] * 20)
    provider._run.ledger.claim("m", URN, in_state=False)
    with pytest.raises(KeywordsAIError, match=r"^m was not changed: "):
        provider.delete("m", {**STATE, "__urn": URN})
    assert (script.asked, script.now) == (["GET"] * 10, 310.0)


@pytest.mark.parametrize(
    ("destroying", "lives", "asked"),
    [
        (False, ONE, ["GET", "DELETE"]),
        (False, {**ONE, "output_cost": 5.0}, ["GET", "DELETE"]),
        (False, SEVEN, ["GET"]),
        (None, SEVEN, ["DELETE"]),
        (True, SEVEN, ["DELETE"]),
    ],
)
def test_a_delete_of_what_nobody_has_checked_looks_whether_its_new_self_has_written(
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    destroying: bool | None,
    lives: Props,
    asked: list[str],
) -> None:
    """What a run leaves out may have been replaced by an earlier one, and be deleted only now."""
    provider, script, told = play([lives])
    monkeypatch.setattr(verbs, "destroys", lambda: destroying)
    monkeypatch.setattr(
        provider._run.notes, "read", lambda: [Noted("m", URN, name="m"), Noted("n")]
    )
    monkeypatch.setattr(provider._run.log, "info", told.append)
    provider.delete("m", {**STATE, "__urn": URN})
    kept = [] if "DELETE" in asked else ["m is not deleted: resource 'm' declares it"]
    assert (script.asked, told) == (asked, kept)


def test_a_delete_that_finds_nothing_has_one_deadline(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making sure that the model is gone is a part of the call."""
    provider, script, _ = play([ONE])

    def find_nothing(_name: str, **_: object) -> bool:
        script.now += 100
        raise NotFoundError("gone", status_code=404, detail="gone")

    monkeypatch.setattr(script, "delete_model", find_nothing)
    with pytest.raises(KeywordsAIError, match=r"^DELETE of m had no effect"):
        provider.delete("m", STATE)
    assert script.bounds == [("GET", 200.0)]


def test_what_a_lost_try_has_reset_is_told_by_the_next(play: Play) -> None:
    """The answer that comes is compared with what was there before any try of this run."""
    reset = {**ONE, "output_cost": 2.0}
    provider, _, told = play([{**SEVEN, "output_cost": 3.0}, reset], (31, 1))
    provider.create({"model_name": "m", "output_cost": 2.0, "overwrite_existing": True})
    changed = (
        "this write changed fields of m that are not declared:\n  input_cost  before 7 → after 1"
    )
    assert told[-1] == changed
