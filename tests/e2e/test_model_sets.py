"""A set of models as users see it: the promises of single models, model by model."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from harness.leaks import KEY
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.set_programs import DOORS, Code, Write
from harness.traces import LISTED, deleted, model_of, posted, taken, writes

from keywordsai_dynamic.core.camel_case import camel_case
from keywordsai_dynamic.emulator import Emulator, running_emulator

TYPES = {"python": "pulumi-python:dynamic/keywordsai:", "yaml": "keywordsai:index:"}


class Door(NamedTuple):
    """One of the two providers: how a program declares sets, and what it calls types and fields."""

    name: str
    write: Write

    @property
    def set(self) -> str:
        """The type of a set."""
        return f"{TYPES[self.name]}ModelSet"

    @property
    def heading(self) -> str:
        """What stands above the messages about the set `prices`."""
        return f"{self.set} (prices):"

    def field(self, name: str) -> str:
        """Return what a program calls a field."""
        return name if self.name == "python" else camel_case(name)

    def fields(self, **values: object) -> dict[str, object]:
        """Return fields as a state holds them."""
        return {self.field(name): value for name, value in values.items()}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return Door(request.param, DOORS[request.param])


# What the doors share is tried through one of them; a life, moves, secrets, healing through both.
PYTHON = pytest.mark.parametrize("door", few(["python", "yaml"], 1), indirect=True)
YAML = pytest.mark.parametrize("door", few(["yaml", "python"], 1), indirect=True)


def cost(value: float) -> dict[str, float]:
    return {"input_cost": value}


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, for 30 seconds at most."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def models_in_state(stack: Stack, resource: str = "prices") -> dict[str, Any]:
    """The models that the state holds as inputs of a set."""
    models: dict[str, Any] = stack.resources()[resource]["inputs"]["models"]
    return models


def prices(emulator: Emulator) -> dict[str, float]:
    return {name: model["input_cost"] for name, model in emulator.models().items()}


def changes(preview: Any) -> list[tuple[str, str, Mapping[str, Any] | None]]:  # noqa: ANN401  (JSON)
    """What a preview does: operation, resource, and the detailed diff."""
    return [
        (step["op"], step["urn"].rpartition("::")[2], step.get("detailedDiff"))
        for step in preview["steps"]
        if step["op"] != "same"
    ]


def test_a_life(stack: Stack, emulator: Emulator, door: Door) -> None:
    """First up: the list and a POST for each. Of a change exactly that change, of none nothing, nor
    of another name of the resource with an alias.
    """
    before = {"acme/a": cost(1), "acme/b": cost(2), "acme/c": cost(3)}
    door.write(stack, {"prices": before})
    stack.up()
    assert taken(emulator)[0] == LISTED
    assert prices(emulator) == {"acme/a": 1, "acme/b": 2, "acme/c": 3}

    taken(emulator)
    door.write(stack, {"prices": {"acme/a": cost(1.5), "acme/b": cost(2), "acme/d": cost(4)}})
    update = {"kind": "update", "inputDiff": True}
    assert changes(stack.preview_json()) == [
        (
            "update",
            "prices",
            {
                f'models["acme/a"].{door.field("input_cost")}': update,
                'models["acme/c"]': {**update, "kind": "delete"},
                'models["acme/d"]': {**update, "kind": "add"},
            },
        )
    ]
    stack.up()
    assert writes(emulator) == [
        deleted("acme/c"),
        posted("acme/a", input_cost=1.5),
        posted("acme/d", input_cost=4),
    ]
    stack.refresh("--expect-no-changes")
    assert taken(emulator) == [LISTED]

    file = stack.project / ("__main__.py" if door.name == "python" else "Pulumi.yaml")
    text = file.read_text()
    if door.name == "python":
        opts = "opts=ResourceOptions(aliases=[Alias(name='prices')])"
        text = text.replace("ModelSet('prices', ", f"ModelSet('costs', {opts}, ")
    else:
        urn = f"urn:pulumi:dev::test::{door.set}::prices"
        text = text.replace("  prices:\n", f"  costs:\n    options: {{aliases: ['{urn}']}}\n")
    file.write_text(text)
    stack.up("--expect-no-changes")
    assert taken(emulator) == []
    assert stack.resources()["costs"]["id"] == "prices"
    stack.destroy()
    assert prices(emulator) == {}


SECRET = {"python": Code("Output.secret(7.2468135)"), "yaml": {"fn::secret": 7.2468135}}


@YAML
def test_drift_and_a_model_that_is_gone(stack: Stack, emulator: Emulator, door: Door) -> None:
    """A refresh takes over what others changed, and the next `up` brings back what is declared. A
    secret value is encrypted in the state and shown nowhere, and everything beside it is plain.
    """
    hidden = {"input_cost": SECRET[door.name], "output_cost": 1}
    door.write(stack, {"prices": {"acme/a": hidden, "acme/b": cost(2), "acme/c": cost(3)}})
    stack.up()
    emulator.edit_model("acme/a", input_cost=8.5)
    emulator.remove_model("acme/b")

    stack.refresh()
    held = models_in_state(stack)
    assert (held.keys(), held["acme/c"]) == ({"acme/a", "acme/c"}, door.fields(input_cost=3))
    assert held["acme/a"][door.field("output_cost")] == 1
    assert "ciphertext" in held["acme/a"][door.field("input_cost")]
    diff = stack.preview().stdout
    assert f"~ {door.field('input_cost')}: [secret] => [secret]" in diff
    assert re.search(rf"\+ acme/b *: {{\s+\+ {door.field('input_cost')}: 2", diff), diff
    assert "acme/c" not in diff
    taken(emulator)
    stack.up()
    assert writes(emulator) == [
        posted("acme/a", input_cost=7.2468135, output_cost=1),
        posted("acme/b", input_cost=2),
    ]
    assert "ciphertext" in models_in_state(stack)["acme/a"][door.field("input_cost")]


@long_form_of("e2e/test_model_sets.py::test_drift_and_a_model_that_is_gone")
def test_every_model_is_gone(stack: Stack, emulator: Emulator, door: Door) -> None:
    """The set stays, without models, and the next `up` brings all of them back."""
    door.write(stack, {"prices": {"acme/a": cost(1), "acme/b": cost(2)}})
    stack.up()
    for name in ("acme/a", "acme/b"):
        emulator.remove_model(name)
    stack.refresh()
    assert models_in_state(stack) == {}
    stack.up()
    assert prices(emulator) == {"acme/a": 1, "acme/b": 2}


# Moving between sets and single models ----------------------------------------------------------

A, B, C = "acme/a", "acme/b", "acme/c"


def one(name: str, value: float) -> dict[str, object]:
    return {"model_name": name, "input_cost": value}


Declared = tuple[dict[str, Any], dict[str, Any]]
"""By resource name the models of each set, and the fields of each single model."""


class Move(NamedTuple):
    """A change of a program that moves models, and what it writes."""

    before: Declared
    after: Declared
    written: Sequence[tuple[str, str]] = ()


AB = {A: cost(1), B: cost(2)}
APART = {"x": {A: cost(1)}, "y": {B: cost(2)}}
SINGLE = {"s": one(A, 1), "t": one(B, 2)}
MOVES = {
    "single models into a set": Move(({}, SINGLE), ({"x": AB}, {})),
    "a set into single models": Move(({"x": AB}, {}), ({}, SINGLE)),
    "one model out of a set": Move(({"x": AB}, {}), ({"x": {A: cost(1)}}, {"t": one(B, 2)})),
    "one model into a set": Move(({"x": {A: cost(1)}}, {"t": one(B, 2)}), ({"x": AB}, {})),
    "a set split in two": Move(({"x": AB}, {}), (APART, {})),
    "two sets become one": Move((APART, {}), ({"x": AB}, {})),
    "a set and a single model swap": Move(
        ({"x": {A: cost(1)}}, {"s": one(B, 2)}), ({"x": {B: cost(2)}}, {"s": one(A, 1)})
    ),
    "two sets swap": Move((APART, {}), ({"x": {B: cost(2)}, "y": {A: cost(1)}}, {})),
    "a set under another name": Move(({"x": AB}, {}), ({"y": AB}, {})),
    "a model under another name": Move(
        ({"x": AB}, {}), ({"x": {A: cost(1), C: cost(2)}}, {}), [("DELETE", B), ("POST", C)]
    ),
}


def apart(number: int, declared: Declared) -> Declared:
    """Return declarations under names of their own, so that all moves fit into one program."""
    sets, singles = declared
    return (
        {
            f"{resource}{number}": {f"{name}{number}": one for name, one in models.items()}
            for resource, models in sets.items()
        },
        {
            f"{resource}{number}": {**fields, "model_name": f"{fields['model_name']}{number}"}
            for resource, fields in singles.items()
        },
    )


def together(programs: Iterable[Declared]) -> Declared:
    sets, singles = {}, {}
    for number, declared in enumerate(programs):
        more = apart(number, declared)
        sets |= more[0]
        singles |= more[1]
    return sets, singles


@PYTHON
@pytest.mark.parametrize("options", few([("--skip-preview",), ()], 1), ids=" ".join)
def test_moving(stack: Stack, emulator: Emulator, door: Door, options: tuple[str, ...]) -> None:
    """A model that goes on being declared is never written, and never gone for a moment."""
    door.write(stack, *together(move.before for move in MOVES.values()))
    stack.up()
    taken(emulator)
    door.write(stack, *together(move.after for move in MOVES.values()))
    stack.pulumi("up", "--yes", *options)
    sent = {(request.method, model_of(request)) for request in emulator.requests}
    for number, (kind, move) in enumerate(MOVES.items()):
        written = {(method, f"{name}{number}") for method, name in move.written}
        mine = {(method, name) for method, name in sent if str(name).endswith(str(number))}
        assert (kind, mine) == (kind, written)
    taken(emulator)
    stack.destroy()
    assert emulator.models() == {}


@YAML
@pytest.mark.parametrize(
    ("sets", "singles"),
    few(
        [
            pytest.param({"prices": {A: cost(1)}}, {"y": one(A, 1)}, id="a set and a single model"),
            pytest.param({"prices": {A: cost(1)}, "y": {A: cost(1)}}, {}, id="two sets"),
        ],
        1,
    ),
)
def test_a_name_that_is_declared_twice(
    stack: Stack, emulator: Emulator, door: Door, sets: dict[str, Any], singles: dict[str, Any]
) -> None:
    """Both resources are named in the preview, which fails."""
    door.write(stack, sets, singles)
    result = stack.preview(check=False)
    assert result.returncode != 0
    assert "is also declared by resource '" in result.output
    assert "only one resource can own a model" in result.output
    named = [name for name in ("prices", "y") if f"'{name}'" in result.output]
    assert named == ["prices", "y"]


SECOND_KEY = "kw.Mn4Rt8Pq2WzX.b6JfLc1VsD9gHyK3oUeAiT7k"
TAKEN = """
second = pulumi.ProviderResource(
    "pulumi-python",
    "second",
    {{"keywordsai:apiKey": Output.secret("{key}"), "keywordsai:baseUrl": "{url}"}},
)
CustomModel("there", model_name="acme/b", input_cost=2, opts=ResourceOptions(provider=second))
prices.models.apply(lambda _: CustomModel("late", model_name="acme/c", input_cost=3))
"""
TAKEN_IN_YAML = """
  second:
    type: pulumi:providers:keywordsai
    properties: {{apiKey: {{"fn::secret": {key}}}, baseUrl: "{url}"}}
  there:
    type: keywordsai:CustomModel
    properties: {{modelName: acme/b, inputCost: 2}}
    options: {{provider: "${{second}}"}}
  late:
    type: keywordsai:CustomModel
    properties: {{modelName: acme/c, inputCost: 3}}
    options: {{dependsOn: ["${{prices}}"]}}
"""


@PYTHON
@pytest.mark.parametrize("options", few([(), ("--skip-preview",)], 1), ids=" ".join)
@pytest.mark.parametrize("organization", few(["second", "first"], 1))
def test_models_that_the_rest_of_the_program_takes(
    new_stack: NewStack, door: Door, organization: str, options: tuple[str, ...]
) -> None:
    """In another account a model is made, and deleted here in the same run: the set waits until
    that is known. If both keys belong to one organization, it is the same model, and stays as it
    is.

    A resource that the program declares only once the set is done adopts what the set drops, as
    the preview of the same `up` has said: fields that nobody declares stay as they are.
    """
    with running_emulator(api_keys={KEY: "first", SECOND_KEY: organization}) as emulator:
        stack = new_stack({"KEYWORDSAI_API_KEY": KEY, "KEYWORDSAI_BASE_URL": emulator.url})
        door.write(stack, {"prices": {A: cost(1), B: cost(2), C: cost(3)}})
        stack.up()
        emulator.edit_model(C, organization="first", display_name="Ours")
        taken(emulator)
        door.write(stack, {"prices": {A: cost(1)}})
        python = door.name == "python"
        file = stack.project / ("__main__.py" if python else "Pulumi.yaml")
        more = (TAKEN if python else TAKEN_IN_YAML).format(key=SECOND_KEY, url=emulator.url)
        file.write_text(f"{file.read_text()}\n{more}")
        stack.secrets.add(SECOND_KEY, file)
        run = stack.pulumi("up", "--yes", *options)
        assert f"adopts existing model {C} (values match)" in run.output
        assert f"{C} is not deleted: resource 'late' declares it" in run.output
        if organization == "first":
            assert writes(emulator) == []
        else:
            assert writes(emulator) == [deleted(B), posted(B, input_cost=2)]
            assert {*emulator.models("first")} == {A, C}
        assert B in emulator.models(organization)
        assert emulator.models("first")[C]["display_name"] == "Ours"


# What is refused ----------------------------------------------------------------------------------


@PYTHON
def test_all_refusals_come_at_once(stack: Stack, emulator: Emulator, door: Door) -> None:
    """In the preview, each model that exists with other values is named, and nothing is sent."""
    emulator.put_model(A, input_cost=7)
    emulator.put_model(B, input_cost=8)
    door.write(stack, {"prices": {A: cost(1), B: cost(2), C: cost(3)}})
    run = stack.preview(check=False)
    assert run.returncode != 0
    field = door.field("input_cost")
    for name, live, value in ((A, 7, 1), (B, 8, 2)):
        assert f"{name} already exists with different values" in run.output
        assert f"{field}  declared {value} → live {live}" in run.output
    assert "declare them: a model with equal values is adopted" in run.output
    assert writes(emulator) == []


@YAML
def test_refusals_of_an_update_come_before_any_write(
    stack: Stack, emulator: Emulator, door: Door
) -> None:
    """Of models that are added, each is a message of its own in the preview; drift in two models
    stops the update of a third.
    """
    two = {"input_cost": 1, "output_cost": 1}
    door.write(stack, {"prices": {A: two, B: two, C: two}})
    stack.up()
    added = {"acme/d": cost(1), "acme/e": cost(1)}
    for name in added:
        emulator.put_model(name, input_cost=9)
    for name in (A, B):
        emulator.edit_model(name, output_cost=9)
    taken(emulator)
    changed = {name: {**two, "input_cost": 2} for name in (A, B, C)}
    door.write(stack, {"prices": {**changed, **added}})
    run = stack.preview(check=False)
    assert run.returncode != 0
    for name in added:
        assert f"{name} already exists with different values" in run.output
    door.write(stack, {"prices": changed})
    run = stack.up(check=False)
    assert run.returncode != 0
    for name in (A, B):
        assert f"{name} was changed by somebody else since it was last read" in run.output
    assert writes(emulator) == []


def test_mistakes_of_all_models_come_at_once(stack: Stack, emulator: Emulator, door: Door) -> None:
    """Each problem names its model, its field and what was found.

    A field that there is not is for the plugin to refuse only where no host knows the schema.
    """
    foreign = {"wrong": 1} if door.name == "python" else {}
    door.write(
        stack,
        {"prices": {A: cost(-1), B: {"max_context_window": 1.5, **foreign}, "x//y": {}}},
    )
    run = stack.preview(check=False)
    assert run.returncode != 0
    window = door.field("max_context_window")
    lines = "\n".join(line.strip() for line in run.output.splitlines())
    for problem in (
        f"{A}: {door.field('input_cost')} must be 0 or more (found -1)",
        f"{B}: {window} must be a whole number of tokens (found 1.5)",
        *(f"{B}: {field} is not a field of a custom model" for field in foreign),
        "x//y must not contain two slashes in a row",
    ):
        assert problem in lines, str(run)
    assert emulator.calls == []


@PYTHON
def test_a_service_that_lets_nobody_look(stack: Stack, emulator: Emulator, door: Door) -> None:
    """Is asked once, and told once, however many models there are."""
    door.write(stack, {"prices": {f"acme/{number}": cost(1) for number in range(20)}})
    run = stack.preview(check=False, env={"KEYWORDSAI_API_KEY": "another-key-0123456789"})
    assert run.returncode != 0
    assert run.output.count("returned 401") == 1
    assert taken(emulator) == [LISTED]


# What fails in the middle -------------------------------------------------------------------------


@long_form_of("simulation/test_worlds.py::test_no_world_breaks_a_promise")
def test_some_are_written_and_others_not(stack: Stack, emulator: Emulator, door: Door) -> None:
    """The run fails, says how many and which; the next one heals with what is missing alone."""
    names = [f"acme/{number}" for number in range(6)]
    door.write(stack, {"prices": {name: cost(1) for name in names}})
    emulator.faults.fail_next(
        2, status=400, body={"detail": "This model is not welcome."}, method="POST"
    )
    run = stack.up(check=False)
    assert run.returncode != 0
    assert "4 of 6 models were written, and 2 were not:" in run.output
    assert "PartlyDoneError" not in run.output
    missing = sorted({*names} - {*emulator.models()})
    assert len(missing) == 2
    assert f"{', '.join(missing)}: POST /api/models/ returned 400" in run.output
    taken(emulator)
    stack.up()
    assert writes(emulator) == [posted(name, input_cost=1) for name in missing]


def test_a_failed_update_heals(stack: Stack, emulator: Emulator, door: Door) -> None:
    """What the failed update wrote is not written again, and what was dropped is deleted.

    What it has created counts as the plugin's own: it may change, and is not adopted. A Python
    program may not change it (see the next test).
    """
    native = door.name == "yaml"
    names = [f"acme/{number}" for number in range(6)]
    door.write(stack, {"prices": {name: cost(1) for name in [*names[:2], "acme/dropped"]}})
    stack.up()
    door.write(stack, {"prices": {name: cost(2) for name in names}})
    emulator.faults.fail_next(1, status=400, body={"detail": "No."}, method="POST")
    run = stack.up(check=False)
    assert run.returncode != 0
    assert "5 of 6 models were written, and 1 was not; nothing" in run.output
    (left,) = [name for name in names if prices(emulator).get(name) != 2]
    assert "acme/dropped" in emulator.models()
    taken(emulator)
    created = next(name for name in names[2:] if name != left)
    declared = {name: cost(3 if native and name == created else 2) for name in names}
    door.write(stack, {"prices": declared})
    run = stack.up()
    assert ("adopts" in run.output) != native
    posts = [posted(left, input_cost=2), *([posted(created, input_cost=3)] if native else [])]
    assert writes(emulator) == [deleted("acme/dropped"), *sorted(posts, key=str)]
    stack.preview("--expect-no-changes")


@long_form_of("simulation/test_worlds.py::test_no_world_breaks_a_promise")
def test_a_failed_update_goes_on_differently(stack: Stack, emulator: Emulator) -> None:
    """A Python program is told that a change of what the failed update has created is refused."""
    DOORS["python"](stack, {"prices": {A: cost(1)}})
    stack.up()
    names = [f"acme/{number}" for number in range(4)]
    emulator.faults.fail_next(1, status=400, body={"detail": "No."}, method="POST")
    DOORS["python"](stack, {"prices": {name: cost(1) for name in [A, *names]}})
    failed = stack.up(check=False)
    assert "3 of 4 models were written" in failed.output
    assert "if it changes one, `pulumi up` refuses it as existing" in failed.output
    written = sorted({*emulator.models()} - {A})
    taken(emulator)
    DOORS["python"](stack, {"prices": {name: cost(2) for name in [A, *names]}})
    run = stack.up(check=False)
    assert [name for name in written if f"{name} already exists" in run.output] == written
    assert writes(emulator) == []


# Secrets and values that come later ---------------------------------------------------------------

LATER = {"python": Code("s.id"), "yaml": "${s.id}"}


def test_a_set_that_is_secret_as_a_whole(stack: Stack, emulator: Emulator, door: Door) -> None:
    """Is refused in the preview: every message shows the names."""
    door.write(stack, {"prices": {A: cost(1)}})
    file = stack.project / ("__main__.py" if door.name == "python" else "Pulumi.yaml")
    text = file.read_text()
    if door.name == "python":
        text = re.sub("models={.*}", "models=Output.secret({'acme/a': {}})", text)
    else:
        text = text.replace("models:\n", "models:\n        fn::secret:\n")
        text = text.replace("        acme/a:\n          inputCost: 1", "          acme/a: {}")
    file.write_text(text)
    run = stack.preview(check=False)
    assert run.returncode != 0
    assert "models must not be secret as a whole" in run.output, str(run)
    assert emulator.calls == []


@PYTHON
def test_a_value_that_only_the_update_knows(stack: Stack, emulator: Emulator, door: Door) -> None:
    """The preview shows it as not known, and everything beside it; the update sends it."""
    named = {"input_cost": 1, "display_name": LATER[door.name]}
    door.write(stack, {"prices": {A: named, B: cost(2)}}, {"s": one(C, 3)})
    shown = stack.pulumi("up", "--yes", "--diff").stdout
    assert re.search(rf"{door.field('display_name')} *: \[unknown\]", shown), shown
    assert re.search(rf"{B}: {{\s+{door.field('input_cost')}: 2", shown), shown
    assert emulator.models()[A]["display_name"] == C


@YAML
def test_keys_that_have_no_path(stack: Stack, emulator: Emulator, door: Door) -> None:
    """The engine cannot read a path whose key ends in a backslash; it changes all the same."""
    odd = "acme/odd\\"

    def declare(value: int) -> None:
        one = {"model_name": B, "supported_params_override": {"odd\\": value}}
        door.write(stack, {"prices": {A: cost(1), odd: cost(value)}}, {"s": one})

    door.write(stack, {"prices": {A: cost(1)}})
    stack.up()
    declare(1)
    stack.up()
    assert prices(emulator)[odd] == 1
    taken(emulator)
    declare(2)
    assert f"~ {door.field('input_cost')}: 1 => 2" in stack.up("--diff").stdout
    assert writes(emulator) == [
        posted(B, supported_params_override={"odd\\": 2}),
        posted(odd, input_cost=2),
    ]
    door.write(stack, {"prices": {A: cost(1)}})
    stack.up()
    assert {*emulator.models()} == {A}


# Options of the resource --------------------------------------------------------------------------


@YAML
@pytest.mark.parametrize("how", few(["--replace", "taint"], 1))
def test_a_set_that_is_replaced(stack: Stack, emulator: Emulator, door: Door, how: str) -> None:
    """Its models are adopted by its new self, and the old one deletes none of them."""
    door.write(stack, {"prices": {A: cost(1), B: cost(2)}})
    stack.up()
    taken(emulator)
    urn = stack.resources()["prices"]["urn"]
    if how == "taint":
        stack.pulumi("state", "taint", "--yes", urn)
    stack.up(*(["--replace", urn] if how == "--replace" else []))
    assert writes(emulator) == []
    assert prices(emulator) == {A: 1, B: 2}


# Time, and the end of a run -----------------------------------------------------------------------


@YAML
def test_the_deadline_is_per_model(stack: Stack, emulator: Emulator, door: Door) -> None:
    """A set that takes longer at the request limit than one call may take is written all the same.

    Each window costs one list at most: what a write relies on is renewed for all threads at once.
    """
    emulator.faults.limit(15, per=2)
    names = [f"acme/{number}" for number in range(75)]
    door.write(stack, {"prices": {name: cost(1) for name in names}})
    began = time.monotonic()
    stack.up(env={"KEYWORDSAI_DEADLINE": "8"})
    assert time.monotonic() - began > 8
    assert prices(emulator) == dict.fromkeys(names, 1)
    sent = Counter(request.method for request in emulator.requests if request.fault is None)
    assert sent["POST"] == 75
    assert sent["GET"] <= 1 + 75 // 10


@YAML
def test_control_c(stack: Stack, emulator: Emulator, door: Door) -> None:
    """The plugin begins no further model, and the state has those that were written; Pulumi tells a
    dynamic provider nothing, and the set is written to its end. The next `up` does the rest.
    """
    names = [f"acme/{number}" for number in range(60)]
    door.write(stack, {"prices": {name: cost(1) for name in names}})
    emulator.faults.latency = 0.8
    running = stack.start("up", "--yes", "--skip-preview")
    running.wait_for("of 60 models", 60)
    running.interrupt()
    result = running.wait()
    emulator.faults.latency = 0
    assert result.returncode != 0
    done = {*emulator.models()}
    assert {*stack.resources()["prices"]["outputs"]["models"]} == done
    if door.name == "yaml":
        assert 0 < len(done) < 60
        assert f"{len(done)} of 60 models were written, and {60 - len(done)} were not:" in (
            result.output
        )
        assert "the run is ending" in result.output
    taken(emulator)
    stack.up()
    left = (posted(name, input_cost=1) for name in names if name not in done)
    assert writes(emulator) == sorted(left, key=str)


def test_control_c_in_a_refresh(stack: Stack, emulator: Emulator) -> None:
    """The plugin reads no further model, and says why; the state stays as it was."""
    names = [f"acme/{number}" for number in range(80)]
    DOORS["yaml"](stack, {"prices": {name: cost(1) for name in names}})
    stack.up()
    before = models_in_state(stack)
    for name in names:
        emulator.edit_model(name, input_cost=2)
    emulator.dialect.list_leaves_out = frozenset({"input_cost"})
    emulator.faults.latency = 0.2
    taken(emulator)
    running = stack.start("refresh", "--yes", "--skip-preview")
    wait_until(lambda: len(emulator.requests) >= 10)
    running.interrupt()
    result = running.wait()
    assert result.returncode != 0
    assert "Not every model was read, because the run is ending." in result.output
    assert models_in_state(stack) == before


# What only one door has ---------------------------------------------------------------------------


def test_a_stack_moves_to_the_plugin(stack: Stack, emulator: Emulator) -> None:
    """A set of a Python program goes on under the same name in YAML, and nothing is sent. A field
    that is given up in the move stays in that run, with a warning, and goes in the next one.
    """
    models = {A: {"input_cost": 1, "function_call": True}, B: cost(2)}
    DOORS["python"](stack, {"prices": {**models, C: {"input_cost": 1, "output_cost": 5}}})
    stack.up()
    taken(emulator)
    (stack.project / "Pulumi.yaml").unlink()
    DOORS["yaml"](stack, {"prices": {**models, C: cost(1)}})
    moved = stack.up()
    assert f"{C}: no value for outputCost, so it stays as it was before the move" in moved.output
    assert models_in_state(stack)[C] == {"inputCost": 1, "outputCost": 5}
    assert taken(emulator) == []
    DOORS["yaml"](stack, {"prices": {A: {**models[A], "input_cost": 3}, C: cost(1)}})
    given_up = stack.up()
    assert f"{C}: outputCost is no longer declared; the live model keeps its value" in (
        given_up.output
    )
    assert writes(emulator) == [deleted(B), posted(A, input_cost=3, function_call=1)]
    outputs = stack.resources()["prices"]["outputs"]
    assert outputs["models"] == {A: {"functionCall": True, "inputCost": 3}, C: {"inputCost": 1}}


@pytest.mark.parametrize(
    "ignored", few(['models["acme/a"].inputCost', "models", 'models["acme/a"]'], 1)
)
def test_ignored_values_stay_when_a_stack_moves(
    stack: Stack, emulator: Emulator, ignored: str
) -> None:
    """What `ignoreChanges` names keeps its value in the move and in every later run, as secret as
    it was; nothing is sent. Pulumi knows old values under Python's names alone.
    """
    secret = {"input_cost": SECRET["python"], "output_cost": 5}
    DOORS["python"](stack, {"prices": {A: secret, B: cost(2)}})
    stack.up()
    taken(emulator)
    (stack.project / "Pulumi.yaml").unlink()
    DOORS["yaml"](stack, {"prices": {A: {"input_cost": 9, "output_cost": 5}, B: cost(2)}})
    file = stack.project / "Pulumi.yaml"
    options = f"ModelSet\n    options: {{ignoreChanges: ['{ignored}']}}\n"
    file.write_text(file.read_text().replace("ModelSet\n", options))
    for _ in range(2):
        stack.up("--expect-no-changes")
        held = models_in_state(stack)
        assert (held[A]["outputCost"], held[B]) == (5, {"inputCost": 2})
        assert "ciphertext" in held[A]["inputCost"]
    assert {call[0] for call in taken(emulator)} <= {"GET"}
    file.write_text(file.read_text().replace(options, "ModelSet\n"))
    stack.up()
    assert writes(emulator) == [posted(A, input_cost=9, output_cost=5)]


def test_a_stack_moves_back_to_python(stack: Stack, emulator: Emulator) -> None:
    """The set of the Python program adopts the models, and the plugin deletes none of them.

    No alias does it: the old state would be read as one without values, and changes of others be
    overwritten.
    """
    models = {A: cost(1), B: cost(2)}
    DOORS["yaml"](stack, {"prices": models})
    stack.up()
    emulator.edit_model(A, input_cost=3)
    taken(emulator)
    (stack.project / "Pulumi.yaml").unlink()
    DOORS["python"](stack, {"prices": models})
    file = stack.project / "__main__.py"
    text = file.read_text()
    alias = "opts=ResourceOptions(aliases=[Alias(type_='keywordsai:index:ModelSet')])"
    file.write_text(text.replace("ModelSet('prices', ", f"ModelSet('prices', {alias}, "))
    refused = stack.up(check=False)
    assert refused.returncode != 0
    assert "Declare it without an alias of that type" in refused.output

    emulator.edit_model(A, input_cost=1)
    file.write_text(text)
    stack.up()
    assert writes(emulator) == []
    assert prices(emulator) == {A: 1, B: 2}
    assert models_in_state(stack) == models


def test_a_pattern_is_imported_as_a_set(stack: Stack, emulator: Emulator) -> None:
    """The id of an import is a pattern, and from then on the resource's name; nothing is sent."""
    for name, value in ((A, 1), (B, 2), ("other/c", 3)):
        emulator.put_model(name, input_cost=value)
    DOORS["yaml"](stack, {})
    imports = ("import", "keywordsai:index:ModelSet", "prices")
    options = ("--yes", "--protect=false", "--generate-code=false")
    none = stack.pulumi(*imports, "nobody/*", *options, check=False)
    assert "No custom model matches nobody/*." in none.output
    stack.pulumi(*imports, "acme/*", *options)
    assert {call[0] for call in taken(emulator)} == {"GET"}
    full = {name: {"input_cost": value, "output_cost": 0} for name, value in ((A, 1), (B, 2))}
    DOORS["yaml"](stack, {"prices": full})
    stack.preview("--expect-no-changes")
    assert stack.resources()["prices"]["id"] == "prices"
