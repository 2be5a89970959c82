"""Whether a provider may be deleted: who uses it, and whom this run is deleting."""

from typing import Any

import pytest

from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.lifecycle.attached import require_unused

WAYS_OUT = (
    "Delete them or declare another provider for them; if this run was to delete them, run it "
    "again."
)


class World:
    """A run with models on provider p, of which `deletes` go in turn: the time, then the names."""

    def __init__(
        self, attached: list[str], deletes: dict[float, set[str]], declared: list[str]
    ) -> None:
        self.now, self.lists = 0.0, 0
        self.models = {name: _model("p") for name in attached} | {"x": _model("q")}
        self.deletes = deletes
        self.declared = declared
        self.client, self.inventory = self, self

    @property
    def deletes_models(self) -> bool:
        """Deletes are under way until a second after the last one."""
        return bool(self.deletes) and self.now < max(self.deletes)

    def models_naming(self, provider_id: str) -> list[str]:
        """Return the models of the program."""
        return self.declared if provider_id == "p" else []

    def listed(self, *, max_age: float, deadline: float) -> dict[str, Any]:
        """Return what is left."""
        self.lists += max_age != float("inf")
        gone = {name for at, names in self.deletes.items() if at <= self.now for name in names}
        return {name: model for name, model in self.models.items() if name not in gone}

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def _model(provider_id: str) -> dict[str, Any]:
    return {"affiliation_category": "custom", "provider": {"provider_id": provider_id}}


def refusal(world: World, *, destroys: bool | None = False) -> str:
    """Return why the provider is not deleted; "" if it may be."""
    run: Any = world
    try:
        require_unused(run, "p", destroys=destroys, end=300)
    except KeywordsAIError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("attached", "deletes", "declared", "used_by", "seconds", "lists"),
    [
        ([], {}, [], "", 0, 1),
        (["a"], {}, [], "a", 3, 2),
        (["a", "b", "c", "d", "e"], {}, [], "a, b, c and 2 more", 3, 2),
        (["a"], {}, ["a"], "a", 0, 0),
        (["a", "b"], {1.0: {"a"}, 20.0: {"b"}}, [], "", 20, 1),
        (["a", "b"], {9.0: {"a"}}, [], "b", 12, 2),
    ],
)
def test_who_keeps_a_provider(
    attached: list[str],
    deletes: dict[float, set[str]],
    declared: list[str],
    used_by: str,
    *,
    seconds: float,
    lists: int,
) -> None:
    """The program's own models at once; others after 3 s in which no delete was under way."""
    world = World(attached, deletes, declared)
    expected = f"p is not deleted, because models use it: {used_by}. {WAYS_OUT}"
    assert refusal(world) == (expected if used_by else "")
    assert (round(world.now), world.lists) == (seconds, lists)


def test_what_a_destroy_deletes_keeps_nothing() -> None:
    """What the program declared is deleted too, and waited for."""
    assert refusal(World(["a"], {2.0: {"a"}}, ["a"]), destroys=True) == ""
