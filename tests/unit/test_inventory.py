"""One list of live models answers every look-up of a run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from keywordsai_dynamic.client import KeywordsAIClient
from keywordsai_dynamic.errors import APIConnectionError, APIStatusError, NotFoundError
from keywordsai_dynamic.inventory import Inventory
from keywordsai_dynamic.settings import resolve

Model = dict[str, Any]
NOT_FOUND = NotFoundError("gone", status_code=404, detail="Not found.")


class Service(KeywordsAIClient):
    """A client whose answers are set: `listed` and `single`, models or the error to raise."""

    def __init__(self, listed: list[Model] | Exception, **single: Model) -> None:
        super().__init__(resolve(environ={}))
        self.listed, self.single = listed, single
        self.asked: list[str] = []
        self.go_on = Event()
        self.go_on.set()

    def list_models(self, *, deadline: float | None = None) -> Iterator[Model]:
        """Answer the list."""
        self.asked.append("list")
        self.go_on.wait(10)
        if isinstance(self.listed, Exception):
            raise self.listed
        yield from self.listed

    def retrieve_model(self, model_name: str) -> Model:
        """Answer one model."""
        self.asked.append(model_name)
        if model_name not in self.single:
            raise NOT_FOUND
        return self.single[model_name]


def own(model_name: str, **fields: object) -> Model:
    """Write a custom model."""
    return {"model_name": model_name, "affiliation_category": "custom", **fields}


def test_one_list_serves_every_look_up() -> None:
    """However many models are looked up, found or not: one list."""
    service = Service([own("a"), own("b")])
    inventory = Inventory(service)
    found = [inventory.look_up(name) for name in ("a", "b", "c", "a")]
    assert found == [own("a"), own("b"), None, own("a")]
    assert service.asked == ["list"]


def test_threads_wait_for_the_one_list() -> None:
    """Four threads that come at once share the list that the first one asked for."""
    service = Service([own("a")])
    service.go_on.clear()
    inventory = Inventory(service)
    with ThreadPoolExecutor(4) as threads:
        looking = [threads.submit(inventory.look_up, "a") for _ in range(4)]
        service.go_on.set()
    assert [look.result() for look in looking] == [own("a")] * 4
    assert service.asked == ["list"]


def test_a_field_that_the_list_leaves_out_is_asked_for_by_itself() -> None:
    """A shorter list costs a request for the models concerned, and only for wanted fields."""
    full = own("a", input_cost=1)
    service = Service([own("a"), own("b", input_cost=2)], a=full)
    inventory = Inventory(service)
    assert inventory.look_up("b", ["input_cost"]) == own("b", input_cost=2)
    assert inventory.look_up("a") == own("a")
    assert inventory.look_up("a", ["input_cost"]) == full
    assert inventory.look_up("a", ["input_cost"]) == full
    assert service.asked == ["list", "a"]


def test_a_field_that_is_never_answered_is_asked_for_once() -> None:
    """What a generation of the API does not say at all does not cost a request per model."""
    service = Service([own("a"), own("b"), own("c")], a=own("a"), b=own("b"), c=own("c"))
    inventory = Inventory(service)
    for name in ("a", "b", "c"):
        inventory.look_up(name, ["display_name"])
    assert service.asked == ["list", "a"]


def test_without_a_list_each_model_is_asked_for() -> None:
    """A service that has no list any more is asked model by model."""
    service = Service(NOT_FOUND, a=own("a"))
    inventory = Inventory(service)
    assert [inventory.look_up(name) for name in ("a", "b")] == [own("a"), None]
    assert service.asked == ["list", "a", "b"]


def test_own_writes_are_part_of_the_list() -> None:
    """What this run wrote or deleted is known without asking, also before the list comes."""
    service = Service([own("a", input_cost=1), own("b")])
    inventory = Inventory(service)
    inventory.fold("a", own("a", input_cost=9))
    inventory.forget("b")
    inventory.fold("new", own("new"))
    found = [inventory.look_up(name) for name in ("a", "b", "new")]
    assert found == [own("a", input_cost=9), None, own("new")]


def test_an_own_model_hides_a_built_in_one() -> None:
    """Where both carry one name the organization's own is meant, in whichever order they come."""
    built_in = {"model_name": "a", "affiliation_category": "respan"}
    for listed in ([own("a"), built_in], [built_in, own("a")]):
        assert Inventory(Service(listed)).look_up("a") == own("a")


@pytest.mark.parametrize(
    "error", [APIConnectionError("no network"), APIStatusError("no", status_code=500, detail="no")]
)
def test_a_list_that_fails_is_an_error_and_can_be_asked_for_again(error: Exception) -> None:
    """No list is never an empty list; a later look-up may have more luck."""
    service = Service(error)
    inventory = Inventory(service)
    with pytest.raises(type(error)):
        inventory.look_up("a")
    service.listed = [own("a")]
    assert inventory.look_up("a") == own("a")
    assert service.asked == ["list", "list"]
