"""The shared list: one list of the service answers every look-up of a process."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from raw_server import raw_server

from keywordsai_dynamic.client import KeywordsAIClient
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.dialect import ListAnswer
from keywordsai_dynamic.errors import APIStatusError
from keywordsai_dynamic.inventory import Inventory
from keywordsai_dynamic.settings import Settings

THREADS = 4
ALL = "GET /api/models/?all=true"
PRICES = {"input_cost"}


def inventory_of(url: str) -> Inventory:
    return Inventory(KeywordsAIClient(Settings("demo-key", "the test", url, deadline=9)))


@pytest.fixture
def inventory(emulator: Emulator) -> Iterator[Inventory]:
    """Hold the list of a new process."""
    made = inventory_of(emulator.url)
    yield made
    made.client.close()


def asked(emulator: Emulator) -> list[str]:
    return [f"{request.method} {request.target}" for request in emulator.requests]


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
        models = [inventory.look_up(name, PRICES) for name in names]
        return [model["input_cost"] for model in models if model]

    assert at_once(read_fifty) == [list(range(thread, 200, THREADS)) for thread in range(THREADS)]
    assert asked(emulator) == [ALL]


def test_a_model_that_the_list_has_not_is_free(emulator: Emulator, inventory: Inventory) -> None:
    """What a complete list leaves out does not exist, and is not asked for by itself."""
    assert inventory.look_up("acme/new", PRICES) is None
    assert asked(emulator) == [ALL]


def test_pages_are_followed_to_the_end(emulator: Emulator, inventory: Inventory) -> None:
    """The third page serves a look-up as well as the first, and each is asked for once."""
    emulator.dialect.list_answer = "not_found"
    for index in range(250):
        emulator.put_model(f"acme/{index:03}", input_cost=index)
    found = [inventory.look_up(f"acme/{index:03}", PRICES) for index in (0, 120, 249)]
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
    live = inventory.look_up("acme/a", PRICES)
    assert live is not None
    assert live["input_cost"] == 1
    assert inventory.look_up("acme/none", PRICES) is None
    assert asked(emulator) == [
        ALL,
        "POST /api/models/list/?page=1&page_size=100",
        "GET /api/models/acme/a/",
        "GET /api/models/acme/none/",
    ]


def test_a_field_that_is_never_answered_is_asked_for_once(
    emulator: Emulator, inventory: Inventory
) -> None:
    """Generation E answers no display_name: the first of many look-ups finds that out for all."""
    emulator.dialect.generation = "E"
    for index in range(40):
        emulator.put_model(f"acme/{index:02}", base_model_name="gpt-4o", display_name="Acme")

    def read_ten(thread: int) -> int:
        names = [f"acme/{index:02}" for index in range(thread, 40, THREADS)]
        return sum(bool(inventory.look_up(name, {"display_name"})) for name in names)

    assert at_once(read_ten) == [10] * THREADS
    first, *others = asked(emulator)
    assert first == ALL
    assert len(others) == 1


def test_a_field_that_only_the_single_answer_has_is_asked_for_by_model() -> None:
    """A list that leaves a field out costs one request for each model that declares it."""
    names = ["acme/a", "acme/b"]
    listed = [{"model_name": name, "input_cost": 1} for name in names]
    single = [{"model_name": name, "output_cost": 3} for name in names]
    with raw_server([(200, listed), *((200, model) for model in single)]) as server:
        inventory = inventory_of(server.url)
        found = [inventory.look_up(name, {"output_cost"}) for name in names * 2]
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
    inventory.fold("acme/early", {**early, "input_cost": 1.5})
    emulator.put_model("acme/other", input_cost=2)
    other = inventory.look_up("acme/other", PRICES)
    late = inventory.client.upsert_model({"model_name": "acme/late", "input_cost": 3}).model
    inventory.fold("acme/late", late)
    inventory.client.delete_model("acme/other")
    inventory.forget("acme/other")
    known = {name: inventory.look_up(name, PRICES) for name in ("acme/early", "acme/late")}
    assert other is not None
    assert {name: model and model["input_cost"] for name, model in known.items()} == {
        "acme/early": 1.5,
        "acme/late": 3,
    }
    assert inventory.look_up("acme/other", PRICES) is None
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
    assert inventory.look_up("acme/a") is not None
    assert asked(emulator) == [ALL, ALL]
