"""The shared list: one list of the service answers every look-up of a process."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from harness.leaks import KEY
from harness.raw_server import raw_server

from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import APIStatusError, KeywordsAIError
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.dialect import Generation, ListAnswer
from keywordsai_dynamic.emulator.faults import When
from keywordsai_dynamic.lifecycle.inventory import FRESH, Inventory
from keywordsai_dynamic.lifecycle.ownership import is_built_in

THREADS = 4
ALL = "GET /api/models/?all=true"
PRICES = {"input_cost"}


def inventory_of(url: str) -> Inventory:
    return Inventory(KeywordsAIClient(Sender(Settings(KEY, "the test", url, deadline=9))))


@pytest.fixture
def inventory(emulator: Emulator) -> Iterator[Inventory]:
    """Hold the list of a new process."""
    made = inventory_of(emulator.url)
    yield made
    made.client.close()


def asked(emulator: Emulator) -> list[str]:
    return [f"{request.method} {request.target}" for request in emulator.requests]


def names_listed(emulator: Emulator, *, built_in: bool = False) -> list[str]:
    """Give the names in the order of the list, which leaves no trace of this look at it."""
    arrived = len(emulator.requests)
    client = inventory_of(emulator.url).client
    models = client.list_models().models
    client.close()
    del emulator.requests[arrived:]
    return [model["model_name"] for model in models if is_built_in(model) or not built_in]


def at_once(call: Callable[[int], object]) -> list[object]:
    """Call on four threads at the same moment."""
    together = Barrier(THREADS)

    def wait_and_call(index: int) -> object:
        together.wait()
        return call(index)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(wait_and_call, range(THREADS)))


def test_four_threads_and_two_hundred_reads_share_one_list(
    emulator: Emulator, inventory: Inventory
) -> None:
    """While the list is under way the others wait for it; nobody asks a second time."""
    for index in range(200):
        emulator.put_model(f"acme/{index:03}", input_cost=index)
    emulator.faults.latency = 0.1

    def read_fifty(thread: int) -> list[float]:
        names = [f"acme/{index:03}" for index in range(thread, 200, THREADS)]
        models = [inventory.look_up(name, PRICES).model for name in names]
        return [model["input_cost"] for model in models if model]

    assert at_once(read_fifty) == [list(range(thread, 200, THREADS)) for thread in range(THREADS)]
    assert asked(emulator) == [ALL]


def test_a_model_that_the_list_has_not_is_free(emulator: Emulator, inventory: Inventory) -> None:
    """What a complete list leaves out does not exist, and is not asked for by itself."""
    assert inventory.look_up("acme/new", PRICES).model is None
    assert asked(emulator) == [ALL]


def test_pages_are_followed_to_the_end(emulator: Emulator, inventory: Inventory) -> None:
    """The third page serves a look-up as well as the first, and each is asked for once."""
    emulator.dialect.list_answer = "not_found"
    for index in range(250):
        emulator.put_model(f"acme/{index:03}", input_cost=index)
    found = [inventory.look_up(f"acme/{index:03}", PRICES).model for index in (0, 120, 249)]
    assert [model["input_cost"] for model in found if model] == [0, 120, 249]
    assert asked(emulator) == [
        ALL,
        "POST /api/models/list/?page=1&page_size=100",
        "POST /api/models/list/?page_size=100&page=2",
        "POST /api/models/list/?page_size=100&page=3",
    ]


@pytest.mark.parametrize("gone", ["not_found", "not_allowed"])
@pytest.mark.parametrize("status", [404, 405])
def test_without_any_list_each_model_is_asked_for(
    emulator: Emulator, inventory: Inventory, gone: ListAnswer, status: int
) -> None:
    """Where both lists are gone, one request a model serves, and both are tried once only."""
    emulator.dialect.list_answer = gone
    emulator.faults.fail_next(9, status=status, method="POST", path="/api/models/list/")
    emulator.put_model("acme/a", input_cost=1)
    live = inventory.look_up("acme/a", PRICES).model
    assert live is not None
    assert live["input_cost"] == 1
    assert inventory.look_up("acme/none", PRICES).model is None
    assert asked(emulator) == [
        ALL,
        "POST /api/models/list/?page=1&page_size=100",
        "GET /api/models/acme/a/",
        "GET /api/models/acme/none/",
    ]


def test_a_field_that_is_never_answered_is_asked_for_once(
    emulator: Emulator, inventory: Inventory
) -> None:
    """Generation E answers no display_name: one built-in model tells so for all look-ups."""
    emulator.dialect.generation = "E"
    for index in range(40):
        emulator.put_model(f"acme/{index:02}", base_model_name="gpt-4o", display_name="Acme")

    def read_ten(thread: int) -> int:
        names = [f"acme/{index:02}" for index in range(thread, 40, THREADS)]
        return sum(bool(inventory.look_up(name, {"display_name"}).model) for name in names)

    assert at_once(read_ten) == [10] * THREADS
    probed = names_listed(emulator, built_in=True)[0]
    assert asked(emulator) == [ALL, f"GET /api/models/{probed}/"]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_built_in_model_that_cannot_be_asked_for_is_no_error(
    emulator: Emulator, inventory: Inventory, status: int
) -> None:
    """Nobody declares it: what it would have told is asked for at each model, and at it once."""
    emulator.dialect.generation = "E"
    names = ["acme/a", "acme/b"]
    for name in names:
        emulator.put_model(name, base_model_name="gpt-4o", display_name="Acme")
    probed = f"/api/models/{names_listed(emulator, built_in=True)[0]}/"
    emulator.faults.fail_next(9, status=status, path=probed)
    found = [inventory.look_up(name, {"display_name"}).model for name in names * 2]
    assert [model and model["model_name"] for model in found] == names * 2
    singles = [f"GET /api/models/{name}/" for name in names]
    assert asked(emulator) == [ALL, f"GET {probed}", *singles]


def test_a_field_that_only_the_single_answer_has_is_asked_for_by_model() -> None:
    """A list that leaves a field out costs one request for each model that declares it."""
    names = ["acme/a", "acme/b"]
    listed = [{"model_name": name, "input_cost": 1} for name in names]
    single = [{"model_name": name, "output_cost": 3} for name in names]
    with raw_server([(200, listed), *((200, model) for model in single)]) as server:
        inventory = inventory_of(server.url)
        found = [inventory.look_up(name, {"output_cost"}).model for name in names * 2]
        inventory.client.close()
    assert found == single * 2
    assert [request.target for request in server.requests] == [
        "/api/models/?all=true",
        "/api/models/acme/a/",
        "/api/models/acme/b/",
    ]


def test_own_writes_are_known_without_asking(emulator: Emulator, inventory: Inventory) -> None:
    """What this process wrote or deleted is in the list at once, also if it was written before."""
    early = inventory.client.upsert_model({"model_name": "acme/early", "input_cost": 1}).model
    inventory.record("acme/early", {**early, "input_cost": 1.5})
    emulator.put_model("acme/other", input_cost=2)
    other = inventory.look_up("acme/other", PRICES).model
    late = inventory.client.upsert_model({"model_name": "acme/late", "input_cost": 3}).model
    inventory.record("acme/late", late)
    inventory.client.delete_model("acme/other")
    inventory.mark_deleted("acme/other")
    known = {name: inventory.look_up(name, PRICES).model for name in ("acme/early", "acme/late")}
    assert other is not None
    assert {name: model and model["input_cost"] for name, model in known.items()} == {
        "acme/early": 1.5,
        "acme/late": 3,
    }
    assert inventory.look_up("acme/other", PRICES).model is None
    assert asked(emulator) == [
        "POST /api/models/",
        ALL,
        "POST /api/models/",
        "DELETE /api/models/acme/other/",
    ]


def test_threads_that_waited_for_a_list_share_its_failure(
    emulator: Emulator, inventory: Inventory
) -> None:
    """One failed list is one request, not four; the next look-up tries again."""
    emulator.put_model("acme/a", input_cost=1)
    emulator.faults.latency = 0.5
    emulator.faults.fail_next(status=403, body={"detail": "Not for this key."})

    def fails(_thread: int) -> str:
        with pytest.raises(APIStatusError) as raised:
            inventory.look_up("acme/a")
        return raised.value.detail

    assert at_once(fails) == ["Not for this key."] * THREADS
    assert inventory.look_up("acme/a").model is not None
    assert asked(emulator) == [ALL, ALL]


def test_a_list_that_is_older_than_a_write_may_rely_on_is_asked_for_once(
    emulator: Emulator,
) -> None:
    """Four threads that write after a minute share one new list, and see what is in it."""
    passed = [0.0]
    settings = Settings(emulator.api_key, "the test", emulator.url, deadline=9)
    client = KeywordsAIClient(Sender(settings, clock=lambda: time.monotonic() + passed[0]))
    inventory = Inventory(client)
    emulator.put_model("acme/a", input_cost=1)
    before = inventory.look_up("acme/a", PRICES, max_age=FRESH)
    emulator.edit_model("acme/a", input_cost=2)
    again = inventory.look_up("acme/a", PRICES, max_age=FRESH)
    passed[0] = 60
    emulator.faults.latency = 0.2

    def look(_thread: int) -> float | None:
        model = inventory.look_up("acme/a", PRICES, max_age=FRESH).model
        return model["input_cost"] if model else None

    assert at_once(look) == [2] * THREADS
    client.close()
    assert before == again
    assert asked(emulator) == [ALL, ALL]


@pytest.mark.parametrize("generation", ["A", "E"])
@pytest.mark.parametrize(("name", "cost"), [("acme/hidden", 1), ("acme/free", None)])
def test_what_a_list_counts_and_does_not_show_is_asked_for(
    emulator: Emulator, inventory: Inventory, generation: Generation, name: str, cost: float | None
) -> None:
    """A page that counts more models than it has proves nothing about a name."""
    emulator.dialect.generation = generation
    emulator.dialect.list_answer = "page"
    emulator.dialect.all_is_ignored = True
    emulator.dialect.list_hides = frozenset({"acme/hidden"})
    emulator.put_model("acme/hidden", base_model_name="gpt-4o", input_cost=1)
    found = inventory.look_up(name, PRICES).model
    assert (found and found["input_cost"]) == cost
    assert asked(emulator) == [ALL, f"GET /api/models/{name}/"]


@pytest.mark.parametrize("generation", ["A", "E"])
def test_a_page_that_does_not_lead_on_proves_nothing(
    emulator: Emulator, inventory: Inventory, generation: Generation
) -> None:
    """Where `next` is null although there is more, what is missing is asked for by its name."""
    emulator.dialect.generation = generation
    emulator.dialect.list_answer = "page"
    emulator.dialect.all_is_ignored = True
    emulator.dialect.tells_next = False
    emulator.dialect.page_size = 10
    emulator.put_model("zeta/last", base_model_name="gpt-4o", input_cost=1)
    found = inventory.look_up("zeta/last", PRICES).model
    assert found is not None
    assert asked(emulator) == [ALL, "GET /api/models/zeta/last/"]


@pytest.mark.parametrize("list_answer", ["page", "not_found"])
def test_a_model_that_slips_from_page_to_page_is_not_free(
    emulator: Emulator, inventory: Inventory, list_answer: ListAnswer
) -> None:
    """A deletion while pages are read moves a model to the page before: the counts show it."""
    emulator.dialect.list_answer = list_answer
    emulator.dialect.all_is_ignored = True
    emulator.dialect.page_size = emulator.dialect.max_page_size = 10
    for index in range(13):  # with the built-in ones, three pages
        emulator.put_model(f"acme/{index:02}", input_cost=index)
    names = names_listed(emulator)
    slipping = names[10]
    path = "/api/models/" if list_answer == "page" else "/api/models/list/"
    emulator.faults.when_asked(lambda: emulator.remove_model("acme/00"), path=path)
    found = inventory.look_up(slipping).model
    assert names.index("acme/00") < 10
    assert found is not None
    assert found["model_name"] == slipping
    *pages, single = asked(emulator)
    assert single == f"GET /api/models/{slipping}/"
    assert len([page for page in pages if "page=3" in page]) == 1


def test_two_passes_over_pages_prove_a_name_free(emulator: Emulator, inventory: Inventory) -> None:
    """Every name that both lack is free without a request of its own."""
    emulator.dialect.list_answer = "page"
    emulator.dialect.all_is_ignored = True
    emulator.dialect.page_size = emulator.dialect.max_page_size = 10
    names = [f"acme/{index}" for index in range(5)]
    assert [inventory.look_up(name).model for name in names] == [None] * 5
    page = "GET /api/models/?all=true&page=2"
    assert asked(emulator) == [ALL, page] * 2


def test_a_name_in_another_case_is_asked_for(emulator: Emulator, inventory: Inventory) -> None:
    """A service that stores names in lower case says so itself; nothing is sent to it."""
    emulator.dialect.lowers_names = True
    emulator.put_model("acme/one", input_cost=1)
    with pytest.raises(KeywordsAIError) as refused:
        inventory.look_up("Acme/One", PRICES)
    assert str(refused.value) == (
        "The service returns acme/one for Acme/One: it treats the two as one name. Declare "
        'the name as "acme/one".'
    )
    assert asked(emulator) == [ALL, "GET /api/models/Acme/One/"]


def test_a_name_that_only_looks_alike_is_free(emulator: Emulator, inventory: Inventory) -> None:
    """Where the service tells names apart by their case, another case is another model."""
    emulator.put_model("acme/one", input_cost=1)
    assert inventory.look_up("Acme/One", PRICES).model is None
    assert asked(emulator) == [ALL, "GET /api/models/Acme/One/"]


@pytest.mark.parametrize("left_out", [frozenset({"input_cost"}), frozenset[str]()])
def test_a_list_whose_items_lack_a_field_is_completed_by_name(
    emulator: Emulator, inventory: Inventory, left_out: frozenset[str]
) -> None:
    """A price is one of the fields that every service answers: each model is asked for once."""
    emulator.dialect.list_leaves_out = left_out
    names = ["acme/a", "acme/b"]
    for price, name in enumerate(names):
        emulator.put_model(name, input_cost=price)
    found = [inventory.look_up(name, PRICES).model for name in names * 2]
    assert [model and model["input_cost"] for model in found] == [0, 1, 0, 1]
    singles = [f"GET /api/models/{name}/" for name in names]
    assert asked(emulator) == ([ALL, *singles] if left_out else [ALL])


def test_items_of_a_list_that_are_named_by_their_id_are_found(
    emulator: Emulator, inventory: Inventory
) -> None:
    """`id` equals the name where `model_name` is left out, but no page says so of every model.

    What such a list lacks is asked for.
    """
    emulator.dialect.list_names_by = "id"
    emulator.put_model("acme/a", input_cost=1)
    found = inventory.look_up("acme/a", PRICES).model
    assert found is not None
    assert (found["model_name"], found["input_cost"]) == ("acme/a", 1)
    assert inventory.look_up("acme/b", PRICES).model is None
    assert asked(emulator) == [ALL, "GET /api/models/acme/b/"]


def test_a_null_in_the_list_is_asked_for(emulator: Emulator, inventory: Inventory) -> None:
    """A list may write null for what it does not look up; the model by itself tells."""
    emulator.put_model("acme/a", input_cost=1)
    assert inventory.look_up("acme/a", {"max_context_window"}).model is not None
    assert asked(emulator) == [ALL, "GET /api/models/acme/a/"]


@pytest.mark.parametrize("lags", [0.0, 30.0])
def test_a_model_that_the_state_knows_is_found_behind_a_list_that_lags(
    emulator: Emulator, inventory: Inventory, lags: float
) -> None:
    """A list of half a minute ago does not take a young model for gone."""
    emulator.dialect.list_lags = lags
    emulator.put_model("acme/young", input_cost=1)
    assert inventory.look_up("acme/young", PRICES, expected=True).model is not None
    assert asked(emulator) == [ALL, "GET /api/models/acme/young/"] if lags else [ALL]


DELETE, GET = (f"{method} /api/models/acme/a/" for method in ("DELETE", "GET"))
STILL_THERE = (
    "DELETE of acme/a had no effect: the model still exists. It stays in the state; run again."
)


def test_a_delete_that_was_answered_twice_is_believed(
    emulator: Emulator, inventory: Inventory
) -> None:
    """The line broke after the model was deleted: what was not there for the second try is gone."""
    emulator.put_model("acme/a", input_cost=1)
    emulator.faults.drop_next(when="after", method="DELETE")
    assert inventory.client.delete_model("acme/a") is False
    inventory.require_gone("acme/a", sent_before=True)
    assert asked(emulator) == [DELETE, DELETE, GET, ALL]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delete_that_was_answered_with_words_is_looked_into(
    emulator: Emulator, inventory: Inventory, when: When
) -> None:
    """The model is asked for by itself: only then it is known whether it is gone."""
    emulator.put_model("acme/a", input_cost=1)
    emulator.faults.fail_next(status=200, body={"detail": "Scheduled."}, method="DELETE", when=when)
    assert inventory.client.delete_model("acme/a") is False
    if when == "after":
        inventory.require_gone("acme/a", sent_before=True)
        assert asked(emulator) == [DELETE, GET, ALL]
        return
    with pytest.raises(KeywordsAIError) as kept:
        inventory.require_gone("acme/a", sent_before=True)
    assert str(kept.value) == STILL_THERE
    assert asked(emulator) == [DELETE, GET]


@pytest.mark.parametrize("sent_before", [True, False])
def test_a_404_of_a_delete_is_not_believed_where_the_model_is_there(
    emulator: Emulator, inventory: Inventory, sent_before: bool
) -> None:
    """It is answered by itself: an error that keeps it in the state, whatever a list would show."""
    emulator.dialect.list_hides = frozenset({"acme/a"})
    emulator.put_model("acme/a", input_cost=1)
    with pytest.raises(KeywordsAIError) as kept:
        inventory.require_gone("acme/a", sent_before=sent_before)
    assert str(kept.value) == STILL_THERE
    assert asked(emulator) == [GET]


@pytest.mark.parametrize("sent_before", [True, False])
def test_a_list_that_still_has_a_model_is_behind_only_where_a_delete_was_sent(
    sent_before: bool,
) -> None:
    """Where no DELETE may have taken effect, a list that has the model contradicts its 404."""
    lagging = (200, [{"model_name": "acme/a", "input_cost": 1}])
    not_found = (404, {"detail": "Not found."})
    with raw_server([not_found, lagging, lagging]) as server:
        inventory = inventory_of(server.url)
        if sent_before:
            inventory.require_gone("acme/a", sent_before=True)
        else:
            with pytest.raises(KeywordsAIError) as kept:
                inventory.require_gone("acme/a", sent_before=False)
            assert str(kept.value) == STILL_THERE
        inventory.client.close()
    arrived = [f"{request.method} {request.target}" for request in server.requests]
    assert arrived == ([GET, ALL] if sent_before else [GET, ALL, ALL])
