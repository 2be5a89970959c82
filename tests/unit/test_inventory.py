"""One list of live models answers every look-up of a run, as long as it is fresh and whole."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from keywordsai_dynamic.api.client import KeywordsAIClient, Listing
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import (
    APIConnectionError,
    APIStatusError,
    KeywordsAIError,
    NotFoundError,
)
from keywordsai_dynamic.core.settings import resolve
from keywordsai_dynamic.lifecycle.inventory import FRESH, Inventory
from keywordsai_dynamic.lifecycle.live_list import by_name
from keywordsai_dynamic.lifecycle.seen import Seen

Model = dict[str, Any]
NOT_FOUND = NotFoundError("gone", status_code=404, detail="Not found.")


class Service(KeywordsAIClient):
    """A client whose answers are set, and whose clock only moves by what a list `takes`.

    `passes` are the lists in turn, of which the last one stays; an error is raised. `single` are
    the models that are found by their names, `broken` what asking for a name ends in, and `slow`
    how many seconds it takes.
    """

    def __init__(self, *passes: Listing | Exception, single: Collection[Model] = ()) -> None:
        super().__init__(Sender(resolve(environ={}), clock=lambda: self.time))
        self.time = 1000.0
        self.takes = 0.0
        self.passes = list(passes)
        self.single = by_name(single)
        self.broken: dict[str, Exception] = {}
        self.slow: dict[str, float] = {}
        self.asked: list[str] = []
        self.deadlines: list[float | None] = []
        self.go_on = Event()
        self.go_on.set()

    def list_models(
        self,
        *,
        deadline: float | None = None,
        on_page: Callable[[int], None] = lambda _models: None,
    ) -> Listing:
        """Answer the list."""
        self.asked.append("list")
        self.deadlines.append(deadline)
        asked_at = self.time
        self.go_on.wait(10)
        self.time += self.takes
        listed = self.passes.pop(0) if len(self.passes) > 1 else self.passes[0]
        if isinstance(listed, Exception):
            raise listed
        return replace(listed, asked_at=asked_at)

    def find_model(
        self, model_name: str, *, deadline: float | None = None
    ) -> tuple[Model | None, float]:
        """Answer one model."""
        self.asked.append(model_name)
        self.deadlines.append(deadline)
        if model_name in self.broken:
            raise self.broken[model_name]
        asked_at = self.time
        self.time += self.slow.get(model_name, 0.0)
        return self.single.get(model_name), asked_at


def own(model_name: str, **fields: object) -> Model:
    """Write a custom model."""
    return {"model_name": model_name, "affiliation_category": "custom", **fields}


def listed(*models: Model, agrees: bool = True, pages: int = 1) -> Listing:
    """Write a list."""
    return Listing(models, 0.0, agrees, pages)


GPT = {"model_name": "openai/gpt-4o", "affiliation_category": "keywordsai"}


def test_one_list_serves_every_look_up() -> None:
    """However many models are looked up, found or not: one list."""
    service = Service(listed(own("a"), own("b")))
    inventory = Inventory(service)
    found = [inventory.look_up(name) for name in ("a", "b", "c", "a")]
    assert found == [Seen(model, 1000.0) for model in (own("a"), own("b"), None, own("a"))]
    assert service.asked == ["list"]


def test_threads_wait_for_the_one_list() -> None:
    """Four threads that come at once share the list that the first one asked for."""
    service = Service(listed(own("a")))
    service.go_on.clear()
    inventory = Inventory(service)
    with ThreadPoolExecutor(4) as threads:
        looking = [threads.submit(inventory.look_up, "a") for _ in range(4)]
        service.go_on.set()
    assert [look.result() for look in looking] == [Seen(own("a"), 1000.0)] * 4
    assert service.asked == ["list"]


def test_one_deadline_bounds_all_that_a_look_up_asks() -> None:
    """Two passes over the list and the question for the model itself share its seconds."""
    service = Service(listed(own("a"), pages=2))
    service.takes = 4.0
    Inventory(service).look_up("b", deadline=15.0)
    assert service.deadlines == [15.0, 11.0]
    service = Service(listed(own("a"), agrees=False))
    service.takes = 4.0
    Inventory(service).look_up("b")
    assert (service.asked, service.deadlines) == (["list", "b"], [300.0, 296.0])


@pytest.mark.parametrize(
    ("in_list", "by_itself", "fields", "asked"),
    [
        (own("a"), own("a", input_cost=1), {"output_cost"}, ["list", "a"]),
        (own("a"), own("a", input_cost=1), {"base_model_name"}, ["list", "a"]),
        (own("a", input_cost=None), own("a", input_cost=1), {"input_cost"}, ["list", "a"]),
        (own("a", input_cost=2), own("a", input_cost=1), {"input_cost"}, ["list"]),
        (own("a", input_cost=0), own("a", input_cost=1), {"input_cost"}, ["list"]),
        (own("a", display_name=""), own("a"), {"display_name"}, ["list"]),
        (own("a", output_cost=None), own("a"), {"affiliation_category"}, ["list"]),
        (own("a"), own("a"), set(), ["list"]),
        (own("a"), own("a", provider={"provider_id": "p"}), {"provider_id"}, ["list", "a"]),
        (own("a", provider=None), own("a"), {"custom_provider_id"}, ["list", "a"]),
        (own("a", provider={"provider_id": "p"}), own("a"), {"custom_provider_id"}, ["list"]),
        (own("a"), None, {"base_model_name"}, ["list", "a"]),
    ],
)
def test_what_the_list_does_not_say_of_a_model_is_asked_for_by_its_name(
    in_list: Model, by_itself: Model | None, fields: set[str], asked: list[str]
) -> None:
    """A wanted field that the list leaves out or has as null costs one request, kept for later.

    Where a model of the list is answered 404 by itself, the list is believed.
    """
    service = Service(listed(in_list), single=[by_itself] if by_itself else [])
    inventory = Inventory(service)
    expected = by_itself if by_itself and len(asked) > 1 else in_list
    assert inventory.look_up("a", fields) == Seen(expected, 1000.0)
    assert service.asked == asked
    assert inventory.look_up("a", fields if by_itself else ()) == Seen(expected, 1000.0)
    assert service.asked == asked


PROBED_IN_VAIN = ["list", "openai/gpt-4o", "a", "b", "c"]
WHOLE = {
    "input_cost": 1,
    "output_cost": 2,
    "cache_hit_input_cost": 0,
    "cache_creation_input_cost": 0,
    "max_context_window": 8192,
    "function_call": 1,
    "image_support": 0,
}
"""What every generation answers for every model."""

ALWAYS_ANSWERED = (*WHOLE, "base_model_name", "provider_id", "custom_provider_id")


@pytest.mark.parametrize(
    ("built_in", "field", "asked"),
    [
        (GPT, "display_name", ["list", "openai/gpt-4o"]),
        (GPT, "streaming_support", ["list", "openai/gpt-4o"]),
        ({**GPT, "input_cost": 1}, "display_name", ["list", "openai/gpt-4o"]),
        ({**GPT, "display_name": None}, "display_name", PROBED_IN_VAIN),
        ({**GPT, "display_name": "G"}, "streaming_support", PROBED_IN_VAIN),
        ({**GPT, "streaming_support": 0}, "display_name", PROBED_IN_VAIN),
        (None, "display_name", ["list", "a", "b", "c"]),
        *((GPT, field, ["list", "a", "b", "c"]) for field in ALWAYS_ANSWERED),
    ],
)
def test_what_a_built_in_model_is_not_answered_with_either_is_never_answered(
    built_in: Model | None, field: str, asked: list[str]
) -> None:
    """One built-in model tells for all of the two fields that the newest generation has dropped.

    It tells only where it lacks both: what is not set may be left out too. Any other field is asked
    for at each model, and so is every field without a built-in model in the list.
    """
    names = ["a", "b", "c"]
    models = [own(name) for name in names] + ([GPT] if built_in else [])
    single = [own(name) for name in names] + ([built_in] if built_in else [])
    service = Service(listed(*models), single=single)
    inventory = Inventory(service)
    assert [inventory.look_up(name, {field}).model for name in names] == models[:3]
    assert service.asked == asked


@pytest.mark.parametrize(
    "fields", [{"display_name", "output_cost"}, {"streaming_support", "base_model_name"}]
)
def test_a_field_that_is_never_answered_hides_no_other(fields: set[str]) -> None:
    """Where the list leaves out another wanted field too, the model is asked for all the same."""
    single = [own("a", output_cost=2), GPT]
    service = Service(listed(own("a"), GPT), single=single)
    assert Inventory(service).look_up("a", fields) == Seen(single[0], 1000.0)
    assert service.asked == ["list", "openai/gpt-4o", "a"]


def test_a_list_that_grew_old_during_the_probe_is_not_relied_on() -> None:
    """The probe may have to wait at the request limit: then the model itself is asked for."""
    shown, now = own("a", input_cost=1), own("a", input_cost=7)
    for seconds, seen in ((10.0, Seen(shown, 1000.0)), (11.0, Seen(now, 1011.0))):
        service = Service(listed(shown, GPT), single=[now, GPT])
        service.slow["openai/gpt-4o"] = seconds
        assert Inventory(service).look_up("a", ["display_name"], max_age=FRESH) == seen


@pytest.mark.parametrize(
    "error",
    [
        None,
        APIConnectionError("no network"),
        APIStatusError("no", status_code=500, detail="no"),
        KeywordsAIError("GET for openai/gpt-4o returned no model object."),
    ],
)
def test_a_probe_that_fails_is_no_error(error: Exception | None) -> None:
    """Nobody asked for the built-in model: without it, or its 404, the own ones are asked for."""
    single = [own(name, display_name=name) for name in "abc"]
    service = Service(listed(*map(own, "abc"), GPT), single=single)
    if error is not None:
        service.broken["openai/gpt-4o"] = error
    inventory = Inventory(service)
    found = [inventory.look_up(name, {"display_name"}) for name in "abcabc"]
    assert found == [Seen(model, 1000.0) for model in single * 2]
    assert service.asked == PROBED_IN_VAIN


@pytest.mark.parametrize(
    ("in_list", "fields", "whole", "asked"),
    [
        ({}, (), False, ["list"]),
        ({}, (), True, ["list", "a"]),
        (WHOLE, (), True, ["list"]),
        (dict.fromkeys(WHOLE), (), True, ["list"]),
        *(
            ({name: WHOLE[name] for name in WHOLE if name != left_out}, (), True, ["list", "a"])
            for left_out in WHOLE
        ),
        (WHOLE | {"input_cost": None}, ("input_cost",), True, ["list", "a"]),
        (WHOLE, ("display_name",), True, ["list", "openai/gpt-4o", "a"]),
        (WHOLE, ("base_model_name",), True, ["list", "a"]),
        (WHOLE, ("output_cost",), True, ["list"]),
    ],
)
def test_a_look_before_a_write_is_at_every_field(
    in_list: Model, fields: Collection[str], whole: bool, asked: list[str]
) -> None:
    """A write may reset what nobody declares: what the list leaves out of it is asked for.

    What the newest generation has dropped is not, unless it is declared, nor an undeclared null.
    """
    full = own("a", **WHOLE, display_name="A", streaming_support=1)
    built_in = {**GPT, "display_name": "GPT-4o", "streaming_support": 1}
    service = Service(listed(own("a", **in_list), GPT), single=[full, built_in])
    expected = full if asked[-1] == "a" else own("a", **in_list)
    assert Inventory(service).look_up("a", fields, whole=whole) == Seen(expected, 1000.0)
    assert service.asked == asked


def test_four_threads_ask_for_one_built_in_model_once() -> None:
    """The probe of one thread is every thread's."""
    service = Service(listed(*map(own, "abcd"), GPT), single=[GPT])
    inventory = Inventory(service)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda name: inventory.look_up(name, {"display_name"}), "abcd"))
    assert [seen.model for seen in found] == [own(name) for name in "abcd"]
    assert service.asked == ["list", "openai/gpt-4o"]


def test_without_a_list_each_model_is_asked_for() -> None:
    """A service that has no list any more is asked model by model, and for the list once."""
    service = Service(NOT_FOUND, single=[own("a")])
    inventory = Inventory(service)
    found = [inventory.look_up(name) for name in ("a", "b", "b")]
    assert found == [Seen(own("a"), 1000.0), Seen(None, 1000.0), Seen(None, 1000.0)]
    assert service.asked == ["list", "a", "b"]


def test_own_writes_are_part_of_the_list() -> None:
    """What this run wrote or deleted is known without asking, also before the list comes."""
    service = Service(listed(own("a", input_cost=1), own("b")))
    inventory = Inventory(service)
    inventory.record("a", own("a", input_cost=9))
    inventory.mark_deleted("b")
    inventory.record("new", own("new"))
    found = [inventory.look_up(name).model for name in ("a", "b", "new")]
    assert found == [own("a", input_cost=9), None, own("new")]
    assert service.asked == []


@pytest.mark.parametrize(
    ("write", "known"),
    [
        (lambda inventory: inventory.mark_deleted("a"), None),
        (lambda inventory: inventory.record("a", own("a", input_cost=9)), own("a", input_cost=9)),
    ],
)
@pytest.mark.parametrize("single", [[], [own("a", input_cost=1)]])
def test_an_answer_that_a_write_has_overtaken_is_not_believed(
    write: Callable[[Inventory], None], known: Model | None, single: list[Model]
) -> None:
    """A check looks while the model is deleted or written for another resource: it was asked for
    before that, and the answer comes after it.
    """

    class Overtaken(Service):
        def find_model(
            self, model_name: str, *, deadline: float | None = None
        ) -> tuple[Model | None, float]:
            answer = super().find_model(model_name, deadline=deadline)
            self.time += 1
            write(inventory)
            return answer

    inventory = Inventory(Overtaken(listed(own("a")), single=single))
    assert inventory.look_up("a", {"input_cost"}).model == known
    assert inventory.look_up("a").model == known


def test_an_own_model_hides_a_built_in_one() -> None:
    """Where both carry one name the organization's own is meant, in whichever order they come."""
    built_in = {"model_name": "a", "affiliation_category": "respan"}
    for models in ([own("a"), built_in], [built_in, own("a")]):
        assert Inventory(Service(listed(*models))).look_up("a").model == own("a")


def test_a_model_is_listed_by_its_id_where_it_has_no_name() -> None:
    """What carries only an id carries the name in it; what carries neither is no model."""
    models: list[Model] = [{"id": "a"}, {"id": "x", "model_name": "b"}, {"id": 7}, {}]
    assert by_name(models) == {
        "a": {"id": "a", "model_name": "a"},
        "b": {"id": "x", "model_name": "b"},
    }


FOUND = [own("new", input_cost=1)]


@pytest.mark.parametrize(
    ("passes", "single", "asked", "expected"),
    [
        pytest.param([listed(own("a"))], FOUND, ["list"], None, id="a whole list"),
        pytest.param([listed()], FOUND, ["list"], None, id="an empty list"),
        pytest.param(
            [listed(own("a"), agrees=False)], [], ["list", "new"], None, id="in part, and free"
        ),
        pytest.param(
            [listed(own("a"), agrees=False)], FOUND, ["list", "new"], FOUND[0], id="in part"
        ),
        pytest.param([listed(own("NEW"))], FOUND, ["list", "new"], FOUND[0], id="other case"),
        pytest.param([listed(own(" new"))], FOUND, ["list", "new"], FOUND[0], id="a space more"),
        pytest.param([listed(own("\uff4eew"))], FOUND, ["list", "new"], FOUND[0], id="wide"),
        pytest.param([listed(own("newer"))], FOUND, ["list"], None, id="a longer name"),
        pytest.param(
            [listed(own("a"), pages=2), listed(own("b"), pages=2)],
            FOUND,
            ["list", "list"],
            None,
            id="two passes over pages",
        ),
        pytest.param(
            [listed(own("a"), pages=2), listed(own("new"), pages=2)],
            FOUND,
            ["list", "list", "new"],
            FOUND[0],
            id="the second pass has it",
        ),
        pytest.param(
            [listed(own("a"), pages=2, agrees=False)],
            FOUND,
            ["list", "new"],
            FOUND[0],
            id="the first pass does not agree with itself",
        ),
        pytest.param(
            [listed(own("a"), pages=2), listed(own("a"), pages=2, agrees=False)],
            FOUND,
            ["list", "list", "new"],
            FOUND[0],
            id="the second pass does not agree with itself",
        ),
    ],
)
def test_a_name_is_free_where_that_is_proven(
    passes: list[Listing], single: list[Model], asked: list[str], expected: Model | None
) -> None:
    """A whole list proves it, two passes over pages do, and otherwise the service is asked."""
    service = Service(*passes, single=single)
    assert Inventory(service).look_up("new") == Seen(expected, 1000.0)
    assert service.asked == asked


def test_two_passes_over_pages_serve_every_name() -> None:
    """There is no third pass; what the first one had and the second one lacks is asked for."""
    service = Service(listed(own("a"), own("b"), pages=2), listed(own("b"), pages=2))
    inventory = Inventory(service)
    found = [inventory.look_up(name).model for name in ("x", "y", "b", "a")]
    assert found == [None, None, own("b"), None]
    assert service.asked == ["list", "list", "a"]


@pytest.mark.parametrize("agrees", [True, False])
def test_what_the_state_knows_is_asked_for_before_it_counts_as_gone(agrees: bool) -> None:
    """A list may lag or hide a model: one that should be there is found, or answered 404."""
    service = Service(listed(GPT, agrees=agrees), single=[own("hidden")])
    inventory = Inventory(service)
    found = [inventory.look_up(name, expected=True) for name in ("hidden", "gone", "gone")]
    assert found == [Seen(own("hidden"), 1000.0), Seen(None, 1000.0), Seen(None, 1000.0)]
    assert service.asked == ["list", "hidden", "gone"]


NOTHING_SHOWS = (
    "gone returned 404, and nothing shows that https://api.keywordsai.co is the Keywords AI "
    "API: it lists no model and returns no other one. Check keywordsai:baseUrl; if the model "
    "is gone, remove it from the state with `pulumi state delete`."
)


@pytest.mark.parametrize("nothing", [listed(), NOT_FOUND])
def test_404_of_a_service_that_has_shown_no_model_is_not_believed(
    nothing: Listing | Exception,
) -> None:
    """What nobody knows to be the API says nothing about a model that the state knows."""
    inventory = Inventory(Service(nothing))
    with pytest.raises(KeywordsAIError) as refused:
        inventory.look_up("gone", expected=True)
    assert str(refused.value) == NOTHING_SHOWS


@pytest.mark.parametrize(
    "show",
    [
        lambda inventory: inventory.record("a", own("a")),
        lambda inventory: inventory.look_up("here", expected=True),
    ],
)
def test_one_model_that_was_answered_shows_the_api(show: Callable[[Inventory], object]) -> None:
    """Where there is no list, a written or a read model shows whose 404 it is."""
    inventory = Inventory(Service(NOT_FOUND, single=[own("here")]))
    show(inventory)
    assert inventory.look_up("gone", expected=True) == Seen(None, 1000.0)


@pytest.mark.parametrize(
    ("age", "asked"), [(0.0, ["list"]), (FRESH, ["list"]), (FRESH + 0.1, ["list", "list"])]
)
def test_a_list_serves_a_write_for_ten_seconds(age: float, asked: list[str]) -> None:
    """What a write relies on was asked for at most that long ago; what only reads takes any age."""
    service = Service(listed(own("a", input_cost=1)), listed(own("a", input_cost=2)))
    inventory = Inventory(service)
    first = inventory.look_up("a")
    service.time += age
    again = inventory.look_up("a", max_age=FRESH)
    assert first == Seen(own("a", input_cost=1), 1000.0)
    assert again == (Seen(own("a", input_cost=2), service.time) if asked[1:] else first)
    assert service.asked == asked
    service.time += 3600
    assert inventory.look_up("a") == again
    assert service.asked == asked


def written(inventory: Inventory) -> object:
    """Write the model."""
    return inventory.record("a", own("a", input_cost=1))


def deleted(inventory: Inventory) -> object:
    """Delete the model."""
    return inventory.mark_deleted("a")


def read(inventory: Inventory) -> object:
    """Read the model by itself."""
    return inventory.look_up("a", {"base_model_name"})


@pytest.mark.parametrize("step", [written, deleted, read])
def test_what_is_known_of_one_model_is_renewed_by_its_name(
    step: Callable[[Inventory], object],
) -> None:
    """An own write, an own delete and a single read grow old too; no list shows them anew."""
    service = Service(listed(own("a", input_cost=1)), single=[own("a", input_cost=1)])
    inventory = Inventory(service)
    step(inventory)
    known = inventory.look_up("a", max_age=FRESH)
    service.asked.clear()
    service.single = by_name([own("a", input_cost=2)])
    service.time += FRESH
    assert inventory.look_up("a", max_age=FRESH) == known
    service.time += 0.1
    assert inventory.look_up("a", max_age=FRESH) == Seen(own("a", input_cost=2), service.time)
    assert inventory.look_up("a", max_age=FRESH) == Seen(own("a", input_cost=2), service.time)
    assert service.asked == ["a"]


@pytest.mark.parametrize(
    ("before", "later", "asked"),
    [
        ([], [own("a")], ["a"]),
        ([own("a", input_cost=1)], [own("a", input_cost=2)], ["a"]),
        ([own("a", input_cost=1, output_cost=2)], [own("a", input_cost=1)], []),
        ([own("a", input_cost=1)], [], []),
    ],
)
def test_a_list_that_shows_otherwise_what_was_read_by_name_is_looked_into(
    before: list[Model], later: list[Model], asked: list[str]
) -> None:
    """It may come for another model; what it lacks, it may have left out."""
    service = Service(listed(*later), single=before)
    inventory = Inventory(service)
    inventory.ask("a")
    service.time += 1
    inventory.look_up("b")
    service.single = by_name(later or before)
    service.asked.clear()
    look = [inventory.look_up("a", max_age=FRESH).model for _ in range(2)]
    assert look == [service.single["a"] if asked else {**before[0]}] * 2
    assert service.asked == asked


@pytest.mark.parametrize(
    ("takes", "asked"), [(FRESH, ["list"]), (FRESH + 1, ["list", "a"]), (60.0, ["list", "a"])]
)
def test_a_list_that_takes_longer_than_a_look_is_good_for_is_made_up_for_by_name(
    takes: float, asked: list[str]
) -> None:
    """A long list is too old when it is there: the model is asked for, so that a write may go."""
    service = Service(listed(own("a", input_cost=1)), single=[own("a", input_cost=2)])
    service.takes = takes
    inventory = Inventory(service)
    seen = inventory.look_up("a", max_age=FRESH)
    late = asked[1:] == ["a"]
    assert seen == Seen(own("a", input_cost=2 if late else 1), 1000.0 + (takes if late else 0))
    assert service.asked == asked
    assert Inventory(service).look_up("a").model == own("a", input_cost=1)


@pytest.mark.parametrize(
    ("takes", "max_age", "asked"),
    [
        (FRESH - 0.1, FRESH, ["list", "list"]),
        (FRESH, FRESH, ["list", "b"]),
        (60.0, FRESH, ["list", "b"]),
        (60.0, 60.1, ["list", "list"]),
        (0.0, 0.0, ["list", "b"]),
    ],
)
def test_a_list_that_took_too_long_is_not_listed_again(
    takes: float, max_age: float, asked: list[str]
) -> None:
    """It would be too old again: names are asked for by themselves. Reads still have the list."""
    one = listed(own("a"), own("b", input_cost=1), own("c"))
    service = Service(one, single=[own("b", input_cost=2)])
    service.takes = takes
    inventory = Inventory(service)
    assert inventory.look_up("a") == Seen(own("a"), 1000.0)
    service.time += max_age + 0.1
    began = service.time
    again = asked == ["list", "list"]
    seen = inventory.look_up("b", max_age=max_age)
    assert seen == Seen(own("b", input_cost=1 if again else 2), began)
    assert inventory.look_up("c") == Seen(own("c"), began if again else 1000.0)
    assert inventory.look_up("free") == Seen(None, began if again else 1000.0)
    assert service.asked == asked


def test_a_list_that_took_too_long_is_not_waited_for_by_what_is_expected_or_new() -> None:
    """A name that is free, one that should be there and one that is gone cost a request each."""
    service = Service(listed(GPT, own("gone")), single=[own("there")])
    service.takes = FRESH
    inventory = Inventory(service)
    inventory.look_up("a")
    service.time += 1
    found = [
        inventory.look_up("free", max_age=FRESH),
        inventory.look_up("there", expected=True, max_age=FRESH),
        inventory.look_up("gone", expected=True, max_age=FRESH),
    ]
    assert found == [Seen(None, 1011.0), Seen(own("there"), 1011.0), Seen(None, 1011.0)]
    assert service.asked == ["list", "free", "there", "gone"]


def test_a_list_that_is_gone_meanwhile_is_made_up_for_by_name() -> None:
    """A service that answers 404 for its list later on is asked model by model."""
    service = Service(listed(own("a", input_cost=1)), NOT_FOUND, single=[own("a", input_cost=2)])
    inventory = Inventory(service)
    inventory.look_up("a")
    service.time += 60
    assert inventory.look_up("a", max_age=FRESH) == Seen(own("a", input_cost=2), 1060.0)
    assert service.asked == ["list", "list", "a"]


def test_404_of_a_name_that_was_free_is_not_believed_of_what_the_state_knows() -> None:
    """An earlier answer to another question proves no more than it did."""
    inventory = Inventory(Service(NOT_FOUND))
    assert inventory.look_up("gone") == Seen(None, 1000.0)
    with pytest.raises(KeywordsAIError) as refused:
        inventory.look_up("gone", expected=True)
    assert str(refused.value) == NOTHING_SHOWS


def test_four_threads_renew_an_old_list_once() -> None:
    """Where all four find the list too old, one asks, and the others take what it gets."""
    service = Service(listed(own("a", input_cost=1)), listed(own("a", input_cost=2)))
    inventory = Inventory(service)
    inventory.look_up("a")
    service.time += 60
    service.go_on.clear()
    with ThreadPoolExecutor(4) as threads:
        looking = [threads.submit(inventory.look_up, "a", max_age=FRESH) for _ in range(4)]
        service.go_on.set()
    assert [look.result() for look in looking] == [Seen(own("a", input_cost=2), 1060.0)] * 4
    assert service.asked == ["list", "list"]


def test_what_only_the_list_has_shown_is_confirmed_by_its_name() -> None:
    """A list may lag: one request tells, and serves from then on; what was asked for is known."""
    service = Service(
        listed(own("a", input_cost=1), own("b"), own("gone")), single=[own("a", input_cost=2)]
    )
    inventory = Inventory(service)
    inventory.record("b", own("b", input_cost=3))
    seen = {name: inventory.look_up(name) for name in ("a", "b", "gone")}
    confirmed = {name: inventory.confirm(name, seen[name]) for name in seen}
    assert confirmed == {
        "a": Seen(own("a", input_cost=2), 1000.0),
        "b": Seen(own("b", input_cost=3), 1000.0),
        "gone": Seen(None, 1000.0),
    }
    assert inventory.confirm("a", inventory.look_up("a")) == confirmed["a"]
    assert service.asked == ["list", "a", "gone"]


@pytest.mark.parametrize(
    "error", [APIConnectionError("no network"), APIStatusError("no", status_code=500, detail="no")]
)
def test_a_list_that_fails_is_an_error_and_can_be_asked_for_again(error: Exception) -> None:
    """No list is never an empty list; a later look-up may have more luck."""
    service = Service(error, listed(own("a")))
    inventory = Inventory(service)
    with pytest.raises(type(error)):
        inventory.look_up("a")
    assert inventory.look_up("a").model == own("a")
    assert service.asked == ["list", "list"]


def test_a_renewal_that_fails_is_an_error_and_not_the_old_list() -> None:
    """What is too old does not become good because nothing newer is to be had; reads still do."""
    service = Service(listed(own("a")), APIConnectionError("no network"))
    inventory = Inventory(service)
    inventory.look_up("a")
    service.time += 60
    with pytest.raises(APIConnectionError):
        inventory.look_up("a", max_age=FRESH)
    assert inventory.look_up("a") == Seen(own("a"), 1000.0)


IS_THERE = "DELETE of a had no effect: the model still exists. It stays in the state; run again."
NO_API = NOTHING_SHOWS.replace("gone returned", "a returned")
HAS, LACKS = listed(GPT, own("a")), listed(GPT)


@pytest.mark.parametrize(
    ("passes", "single", "sent_before", "asked", "sentence"),
    [
        pytest.param([LACKS], [], False, ["a", "list"], None, id="both lack it"),
        pytest.param(
            [listed(GPT, agrees=False)], [], False, ["a", "list"], None, id="a list in part"
        ),
        pytest.param([listed(GPT, pages=2)], [], False, ["a", "list"], None, id="one pass"),
        pytest.param(
            [HAS, LACKS], [], False, ["a", "list", "list"], None, id="a newer list lacks it"
        ),
        pytest.param([HAS], [], False, ["a", "list", "list"], IS_THERE, id="the list has it"),
        pytest.param([HAS], [], True, ["a", "list"], None, id="sent before, the list lags"),
        pytest.param([LACKS], [], True, ["a", "list"], None, id="sent before, both lack it"),
        pytest.param([LACKS], [own("a")], False, ["a"], IS_THERE, id="the list alone lacks it"),
        pytest.param([LACKS], [own("a")], True, ["a"], IS_THERE, id="sent before, and there"),
        pytest.param([listed()], [], False, ["a", "list"], NO_API, id="no API"),
        pytest.param([listed()], [], True, ["a", "list"], NO_API, id="sent before, no API"),
        pytest.param([NOT_FOUND], [own("a")], False, ["a"], IS_THERE, id="no list, and there"),
        pytest.param([NOT_FOUND], [], False, ["a", "list"], NO_API, id="no list, and no API"),
        pytest.param([NOT_FOUND], [], True, ["a", "list"], NO_API, id="sent before, no list"),
    ],
)
def test_a_model_is_gone_where_the_api_shows_it(
    passes: list[Listing | Exception],
    single: list[Model],
    sent_before: bool,
    asked: list[str],
    sentence: str | None,
) -> None:
    """It is answered 404 by itself, and the list lacks it; otherwise the state must keep it.

    A list may lag behind a DELETE that may have taken effect: then the model's own answer counts.
    """
    service = Service(*passes, single=single)
    service.takes = 0.5
    inventory = Inventory(service)
    if sentence is None:
        inventory.require_gone("a", sent_before=sent_before)
    else:
        with pytest.raises(KeywordsAIError) as refused:
            inventory.require_gone("a", sent_before=sent_before)
        assert str(refused.value) == sentence
    assert service.asked == asked


@pytest.mark.parametrize("sent_before", [True, False])
@pytest.mark.parametrize("nothing", [listed(), NOT_FOUND])
def test_404_of_a_delete_is_believed_of_a_service_that_has_answered_a_model(
    nothing: Listing | Exception, sent_before: bool
) -> None:
    """Where the API lists nothing at all, what it answered earlier shows that it is the API."""
    service = Service(nothing)
    inventory = Inventory(service)
    inventory.record("b", own("b"))
    inventory.require_gone("a", sent_before=sent_before)
    assert service.asked == (["a"] if sent_before else ["a", "list"])


@pytest.mark.parametrize(
    "error", [APIConnectionError("no network"), APIStatusError("no", status_code=500, detail="no")]
)
@pytest.mark.parametrize("sent_before", [True, False])
def test_what_cannot_be_asked_for_is_not_gone(error: Exception, sent_before: bool) -> None:
    """An answer that is no 404 is an error, whatever the list lacks."""
    service = Service(LACKS)
    service.broken["a"] = error
    with pytest.raises(type(error)):
        Inventory(service).require_gone("a", sent_before=sent_before)
    assert service.asked == ["a"]


def test_a_list_that_fails_proves_no_model_gone() -> None:
    """Where no earlier DELETE may have taken effect, the list must say so too."""
    service = Service(APIConnectionError("no network"))
    inventory = Inventory(service)
    inventory.record("b", own("b"))
    with pytest.raises(APIConnectionError):
        inventory.require_gone("a", sent_before=False)
    inventory.require_gone("a", sent_before=True)
    assert service.asked == ["a", "list", "a"]


@pytest.mark.parametrize("single", [[], [own("a", input_cost=2)]])
def test_what_was_not_deleted_is_looked_up_anew(single: list[Model]) -> None:
    """Neither the 404 that the list contradicts nor the model as it was is remembered."""
    service = Service(HAS, single=single)
    service.takes = 0.5
    inventory = Inventory(service)
    with pytest.raises(KeywordsAIError):
        inventory.require_gone("a", sent_before=False)
    service.asked.clear()
    service.time += 1
    began = service.time
    assert inventory.look_up("a", max_age=0.9) == Seen(own("a"), began)
    assert service.asked == ["list"]


@pytest.mark.parametrize(
    ("age", "asked"),
    [(FRESH - 0.5, ["list", "a"]), (FRESH, ["list", "a", "list", "list"])],
)
def test_an_old_list_says_nothing_about_a_delete(age: float, asked: list[str]) -> None:
    """A list that is older than a write may rely on is renewed before it counts."""
    service = Service(LACKS, HAS)
    service.takes = 0.5
    inventory = Inventory(service)
    inventory.look_up("b")
    service.time += age
    if len(asked) == 2:
        inventory.require_gone("a", sent_before=False)
    else:
        with pytest.raises(KeywordsAIError) as refused:
            inventory.require_gone("a", sent_before=False)
        assert str(refused.value) == IS_THERE
    assert service.asked == asked


def test_what_is_known_of_the_service_comes_from_the_list() -> None:
    """Which names are built-in and how many decimals prices have is told without a request."""
    prices = [own(f"m{number}", input_cost=number + 0.25) for number in range(20)]
    service = Service(listed(*prices, GPT))
    inventory = Inventory(service)
    assert inventory.service.decimals is None
    inventory.look_up("a")
    told = [inventory.service.built_in(name) for name in ("openai/gpt-4o", "m1", "nobody/knows")]
    assert (told, inventory.service.decimals) == ([True, False, False], 2)
    assert service.asked == ["list"]


def test_without_a_list_a_base_is_asked_for() -> None:
    """Where nothing was listed, the service is asked once whether a base is a built-in model."""
    service = Service(NOT_FOUND, single=[GPT, own("acme/gpt-4o")])
    inventory = Inventory(service)
    names = ["openai/gpt-4o", "acme/gpt-4o", "nobody/gpt-4o", "openai/gpt-4o"]
    assert [inventory.service.built_in(name) for name in names] == [True, False, False, True]
    assert service.asked == ["openai/gpt-4o", "acme/gpt-4o", "nobody/gpt-4o"]
