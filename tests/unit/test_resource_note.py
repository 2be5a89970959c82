"""What a program notes of its models: what is known of them, where something may be deleted."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import _callbacks, settings

from keywordsai_dynamic.core.kinds import MODEL
from keywordsai_dynamic.dynamic import resource_note
from keywordsai_dynamic.dynamic.resource_note import ResourceNote, is_transformed, provider_of


class Notes:
    """Stands in for the file of a run."""

    begun: list[str]
    noted: list[dict[str, Any]]
    problem: OSError | None = None

    def __init__(self, address: str) -> None:
        self.address = address

    def begin(self) -> None:
        """Make the file."""
        self.begun.append(self.address)
        if self.problem is not None:
            raise self.problem

    def add(self, **note: Any) -> None:  # noqa: ANN401  (what is noted)
        """Write a line."""
        self.noted.append(note)


Run = Callable[..., None]


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> type[Notes]:
    """Stand in for the files of all runs."""
    stand_in = type("Noting", (Notes,), {"begun": [], "noted": []})
    monkeypatch.setattr(resource_note, "RunNotes", stand_in)
    return stand_in


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Let the program's engine be this one."""

    def run(engine: object, *, dry: bool = False, transforms: object = None) -> None:
        monkeypatch.setattr(settings, "get_engine", lambda: engine)
        monkeypatch.setattr(settings, "is_dry_run", lambda: dry)
        served = [SimpleNamespace(), SimpleNamespace(_transforms=transforms)]
        monkeypatch.setattr(_callbacks._CallbackServicer, "_servicers", served)

    return run


class Engine:
    """An engine, by the part of gRPC's stub that knows its address."""

    def __init__(self, address: object) -> None:
        self.Log = SimpleNamespace(_target=address)


def test_what_is_known_is_noted_bit_by_bit(notes: type[Notes], serve: Run) -> None:
    """Two resources are told apart, of one name too; what is not known yet is left out.

    Each line has all that is known until then.
    """
    serve(Engine(b"127.0.0.1:1"))
    first, second = ResourceNote("one", MODEL), ResourceNote("one", MODEL)
    first.add(urn="urn:1", aliases=["urn:0"], name=pulumi.Output.from_input("m"))
    second.add(name="m", provider="", owns=False)
    second.keep(urn="urn:2", name=7)
    second.add(aliases=[], provider=None)
    first.add(name="n")
    keys = [note.pop("declared") for note in notes.noted]
    assert (keys, len({*keys})) == ([keys[0], keys[1], keys[1], keys[0]], 2)
    assert notes.noted == [
        {"resource": "one", "kind": "model", "urn": "urn:1", "aliases": ["urn:0"]},
        {"resource": "one", "kind": "model", "name": "m", "provider": "", "owns": False},
        {
            "resource": "one",
            "kind": "model",
            "name": "m",
            "provider": "",
            "owns": False,
            "urn": "urn:2",
            "aliases": [],
        },
        {"resource": "one", "kind": "model", "urn": "urn:1", "aliases": ["urn:0"], "name": "n"},
    ]
    assert notes.begun == ["127.0.0.1:1"]


def test_each_program_of_a_process_has_notes_of_its_own(notes: type[Notes], serve: Run) -> None:
    """One process may run several programs, each with its engine; each file is begun once."""
    engines = Engine("127.0.0.1:1"), Engine("127.0.0.1:2")
    for engine in (*engines, *engines):
        serve(engine)
        note = ResourceNote("one", MODEL)
        assert note.is_kept
        note.add(urn="u")
    assert notes.begun == ["127.0.0.1:1", "127.0.0.1:2"]
    assert len(notes.noted) == 4


@pytest.mark.parametrize(
    ("engine", "dry"),
    [
        (Engine("127.0.0.1:1"), True),
        (SimpleNamespace(), False),
        (SimpleNamespace(Log=SimpleNamespace()), False),
        (None, False),
    ],
)
def test_a_preview_and_a_test_note_nothing(
    notes: type[Notes], serve: Run, engine: object, dry: bool
) -> None:
    """Nothing is deleted where the engine only looks ahead, or where mocks stand in for it."""
    serve(engine, dry=dry, transforms={"one": "transform"})
    note = ResourceNote("one", MODEL)
    note.add(urn="u")
    assert (note.is_kept, notes.begun, notes.noted) == (False, [], [])


def test_a_transform_of_the_engine_is_noted_from_then_on(notes: type[Notes], serve: Run) -> None:
    """The engine may then change what was declared: name, provider, anything.

    That the SDK serves it callbacks is not enough: they may be hooks.
    """
    engine = Engine("127.0.0.1:1")
    serve(engine, transforms={})
    first, second = ResourceNote("one", MODEL), ResourceNote("two", MODEL)
    first.add(name="m")
    serve(engine, transforms={"one": "transform"})
    first.add(urn="u")
    second.add(name="n")
    for note in notes.noted:
        note.pop("declared")
    assert notes.noted == [
        {"resource": "one", "kind": "model", "name": "m"},
        {"resource": "one", "kind": "model", "name": "m", "urn": "u", "transformed": True},
        {"resource": "two", "kind": "model", "name": "n", "transformed": True},
    ]


def test_the_sdk_keeps_transforms_where_they_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They have no public name: a later SDK may keep them elsewhere."""
    monkeypatch.setattr(_callbacks._CallbackServicer, "_servicers", [])

    async def register() -> tuple[bool, bool]:
        servicer = _callbacks._CallbackServicer(SimpleNamespace())  # type: ignore[arg-type]
        before = resource_note._the_engine_transforms()
        servicer.register_transform(lambda _: None)
        return before, resource_note._the_engine_transforms()

    loop = asyncio.new_event_loop()  # not `run`, which takes away the one that the SDK has
    try:
        assert loop.run_until_complete(register()) == (False, True)
    finally:
        loop.close()


def test_providers_of_one_name_are_told_apart() -> None:
    """Two objects may have one name, in components that have made each its own."""
    one, other = (SimpleNamespace(pulumi_resource_name="eu") for _ in range(2))

    def told(provider: object) -> str:
        return provider_of(SimpleNamespace(_provider=provider))  # type: ignore[arg-type]  # a part of one

    assert [told(None), told(one), told(other)] == ["", f"eu {id(one):x}", f"eu {id(other):x}"]


@pytest.mark.parametrize(
    ("transformations", "expected"), [([], False), ([lambda _: None], True), (None, False)]
)
def test_a_transformation_of_the_program_is_told(transformations: object, expected: bool) -> None:
    """One that stands at the resource, at a component around it or at the stack."""
    resource: Any = SimpleNamespace(_transformations=transformations)
    assert is_transformed(resource) is expected


def test_a_program_that_cannot_note_says_once_what_that_may_cost(
    notes: type[Notes], serve: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes on, and the user knows what is not guarded in it."""
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    notes.problem = PermissionError("not yours")
    serve(Engine("127.0.0.1:1"))
    for _ in range(2):
        ResourceNote("one", MODEL).add(urn="u")
    assert told == [
        "Cannot write the notes of this run (not yours). This run may delete the model or "
        "provider of a renamed resource that it leaves out (--target, --exclude, "
        "--continue-on-error)."
    ]
