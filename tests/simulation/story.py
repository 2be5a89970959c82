"""What happens in a world: programs, runs, edits, kills; chosen by dice, told in words.

Each action keeps its own dice. So a story from which an action is taken away still tells the same
of the others, and can be made shorter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any

from keywordsai_dynamic.core.kinds import MODEL, MODEL_SET, ResourceKind
from keywordsai_dynamic.emulator.dialect import Dialect

from .engine import Options, Resource, Verb
from .service import ELSEWHERE, HERE, Setup, Weather
from .story_providers import with_providers
from .story_sets import has_sets, with_sets

KEYS = {
    "sk-first-5f0c1d7e9a42": "acme",
    "sk-second-8b3e6a4d2c17": "acme",
    "sk-others-91d7c5b3e8f6": "other",
}
FIRST, SECOND, OTHERS = KEYS
SECRET_TEXT, SECRET_PRICE = "hush-41c9d7aa03", 13.37913

_MODELS = ("acme/a", "acme/b", "acme/c", "acme/d")
_BUILT_IN = "openai/gpt-4o"
_PRICES = (0.0, 1.0, 2.5, 7.0, 0.126, 0.1234567, 12.345678)
_VALUES: dict[str, tuple[Any, ...]] = {
    "input_cost": _PRICES,
    "output_cost": _PRICES,
    "display_name": ("Support", "Sales", "Ärger"),
    "max_context_window": (8_192, 128_000),
    "function_call": (0, 1),
}
_ALWAYS = ("input_cost",)
_STAY = {"model_name", "input_cost", "custom_provider_id"}
STACKS = ("dev", "prod")


@dataclass(frozen=True)
class Edit:
    """What somebody does in the console, after `after` requests of the run that it belongs to."""

    what: str  # "set", "delete", "create"
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    after: int = 0
    host: str = HERE
    kind: ResourceKind = MODEL

    def __str__(self) -> str:
        """Tell it in words."""
        values = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        when = f" (after {self.after} requests)" if self.after else ""
        where = f" of {self.host}" if self.host != HERE else ""
        what = f"{self.what} {self.kind.noun} {self.name}"
        return f"in the console{where}, somebody does {what} {values}{when}"


@dataclass(frozen=True)
class Command:
    """One run of the CLI, what happens meanwhile, and where it is ended (a point, or -1).

    It is killed, or canceled as Ctrl-C does.
    """

    verb: Verb
    stack: str
    program: tuple[Resource, ...]
    options: Options = field(default_factory=Options)
    setup: Setup = field(default_factory=lambda: Setup(FIRST))
    killed_at: int = -1
    canceled_at: int = -1
    edits: tuple[Edit, ...] = ()
    proxy_for: float = 0.0
    framework: bool = False
    native: bool = False

    def __str__(self) -> str:
        """Tell it in words."""
        options = [
            f"{each.name}={getattr(self.options, each.name)!r}"
            for each in fields(Options)
            if getattr(self.options, each.name)
        ]
        parts = [f"`pulumi {self.verb}` on {self.stack}", *options]
        if self.native:
            parts.append("through the native plugin")
        if self.setup.key != FIRST:
            parts.append(f"with the key {self.setup.key}")
        if self.setup.host != HERE:
            parts.append(f"at {self.setup.host}")
        if self.proxy_for:
            what = "a web framework" if self.framework else "a proxy"
            parts.append(f"while {what} answers 404 for {self.proxy_for:.0f} s")
        if self.killed_at >= 0:
            parts.append(f"killed at point {self.killed_at}")
        if self.canceled_at >= 0:
            parts.append(f"canceled at point {self.canceled_at}")
        declares = [f"    {told(one)}" for one in self.program if self.verb in {"up", "preview"}]
        edits = [f"    meanwhile {edit}" for edit in self.edits]
        return "\n".join([", ".join(parts), *declares, *edits])


@dataclass(frozen=True)
class Mishap:
    """What happens to a stack's state: it is lost, or renamed as a whole."""

    what: str  # "state lost", "stack renamed"
    stack: str

    def __str__(self) -> str:
        """Tell it in words."""
        return f"{self.what}: {self.stack}"


Happening = Command | Edit | Mishap


@dataclass(frozen=True)
class Action:
    """One happening, or two runs at once, with dice of its own and the seconds before it."""

    seed: int
    happenings: tuple[Happening, ...]
    pause: float = 60.0

    def __str__(self) -> str:
        """Tell it in words."""
        return "\n  and at the same time ".join(map(str, self.happenings))


@dataclass(frozen=True)
class Story:
    """A world before it runs: the service, the weather, what was there first, and the actions."""

    seed: int
    dialect: Mapping[str, Any]
    weather: Weather
    first: tuple[Edit, ...]
    actions: tuple[Action, ...]

    def __str__(self) -> str:
        """Tell it in words."""
        weather = [
            f"{each.name}={getattr(self.weather, each.name)}"
            for each in fields(Weather)
            if getattr(self.weather, each.name) != each.default
        ]
        lines = [f"service: {dict(self.dialect) or 'as documented'}"]
        lines += [f"weather: {', '.join(weather) or 'quiet'}"]
        lines += [f"0. {edit}" for edit in self.first]
        lines += [f"{number}. {action}" for number, action in enumerate(self.actions, 1)]
        return "\n".join(lines)


def told(one: Resource) -> str:
    """Return a resource as a program declares it, in a line."""
    options = [
        f"{each.name}={getattr(one, each.name)!r}"
        for each in fields(Resource)
        if each.name not in {"name", "fields", "kind", "members"} and getattr(one, each.name)
    ]
    if one.kind is MODEL_SET:
        members = "".join(f"\n        {told(each)}" for each in one.members)
        return ", ".join([f"{one.kind.noun} {one.name} of", *options]) + members
    values = ", ".join(f"{name}={value!r}" for name, value in one.fields.items())
    return ", ".join([f"{one.kind.noun} {one.name}: {values}", *options])


def story(seed: int) -> Story:
    """Return the story of a seed."""
    dice = Random(seed)
    dialect, weather = _dialect(dice), _weather(dice)
    first = tuple(_first(dice))
    plain = Story(seed, dialect, weather, first, tuple(_actions(dice)))
    return _as_possible(_with_doors(with_sets(with_providers(plain))))


def _with_doors(story: Story) -> Story:
    """Return an eighth of all stories with the native plugin, from the start or some action on.

    Of those with sets it is three eighths. A third of all go back to Python later.
    """
    dice = Random(f"doors of {story.seed}")
    if dice.random() >= (3 / 8 if has_sets(story) else 1 / 8):
        return story
    first = dice.choice([0, 0, 1, 2])
    last = first + dice.choice([1, 1, 2]) if dice.random() < 1 / 3 else len(story.actions)
    actions = [
        replace(action, happenings=tuple(map(_through_the_plugin, action.happenings)))
        for action in story.actions[first:last]
    ]
    return replace(story, actions=(*story.actions[:first], *actions, *story.actions[last:]))


def _as_possible(story: Story) -> Story:
    """Return a story without the imports of Python programs, which have none."""
    impossible = {("import", False)}
    return replace(
        story,
        actions=tuple(
            action
            for action in story.actions
            if impossible.isdisjoint(
                (each.verb, each.native) for each in action.happenings if isinstance(each, Command)
            )
        ),
    )


def _through_the_plugin(happening: Happening) -> Happening:
    return replace(happening, native=True) if isinstance(happening, Command) else happening


# --- the service and its weather ---


def _dialect(dice: Random) -> dict[str, Any]:
    """Choose what the service does; about half of all worlds have a service as documented."""
    settings: dict[str, Any] = {"generation": dice.choice("ABCDE")}
    if dice.random() < 0.4:
        return settings
    quirks: list[dict[str, Any]] = [
        {"list_answer": "page", "page_size": dice.choice([3, 5]), "all_is_ignored": True},
        {"list_answer": dice.choice(["not_found", "not_allowed"]), "page_size": 5},
        {"list_lags": dice.choice([5.0, 60.0, 1e6])},
        {"list_hides": frozenset({dice.choice(_MODELS)}), "counts_hidden": dice.random() < 0.5},
        {"list_leaves_out": frozenset({dice.choice(["input_cost", "display_name"])})},
        {"list_names_by": "id"},
        {"price_decimals": dice.choice([2, 4]), "rounds": dice.choice(["always", "reads"])},
        {"price_decimals": 2, "rounds": "own reads"},
        {"prices_as_text": True},
        {"nulls": frozenset({dice.choice(["display_name", "max_context_window"])})},
        {"leaves_out_unset": True},
        {"keep_omitted": False},
        {"own_category": dice.choice(["Custom", "", "private"])},
        {"write_answer": dice.choice(["202", "204"])},
        {"lowers_names": True},
        {"tells_next": False, "list_answer": "page", "page_size": 4, "all_is_ignored": True},
    ]
    for quirk in dice.sample(quirks, dice.choice([1, 1, 2])):
        settings |= quirk
    return settings


def dialect_of(settings: Mapping[str, Any]) -> Dialect:
    """Return the emulator's dialect for the settings of a story."""
    return Dialect(**settings)


def _weather(dice: Random) -> Weather:
    kind = dice.random()
    if kind < 0.25:
        return Weather(latency=dice.choice([0.2, 2.0]))
    if kind < 0.28:  # almost nothing comes through
        return Weather(drop_before=0.5, error_before=0.4, latency=dice.choice([2.0, 20.0]))
    often = dice.choice([0.02, 0.05, 0.15])
    names = ["drop_before", "drop_after", "error_before", "error_after", "no_body", "proxy_404"]
    chosen = dice.sample([*names, "refuses"], dice.choice([1, 2, 4]))
    limit = dice.choice([0, 0, 2, 5])
    return Weather(
        **dict.fromkeys(chosen, often),
        delete_404=dice.choice([0.0, 0.0, 0.3]),
        miscounts=dice.choice([0.0, 0.0, 0.3]),
        repeats=dice.choice([0.0, 1.0]),
        limit=limit,
        window=dice.choice([10.0, 60.0]) if limit else 60.0,
        latency=dice.choice([0.2, 2.0]),
    )


# --- people ---


def _first(dice: Random) -> Iterator[Edit]:
    """Choose what others had in the organization before."""
    for host in (HERE, ELSEWHERE):
        for model in _MODELS:
            if dice.random() < 0.2:
                yield Edit("create", model, _values(dice), host=host)


def _edit(dice: Random, after: int = 0) -> Edit:
    model = dice.choice(_MODELS)
    what = dice.choice(["set", "set", "set", "delete", "create"])
    values = _values(dice) if what == "create" else dict([dice.choice(list(_values(dice).items()))])
    host = HERE if dice.random() < 0.95 else ELSEWHERE
    return Edit(what, model, values if what != "delete" else {}, after, host)


def _values(dice: Random) -> dict[str, Any]:
    more = [name for name in _VALUES if name not in _ALWAYS and dice.random() < 0.3]
    return {name: dice.choice(_VALUES[name]) for name in (*_ALWAYS, *more)}


# --- programs and runs ---


def _actions(dice: Random) -> Iterator[Action]:
    programs = {stack: _program(dice, stack) for stack in STACKS}
    hosts, keys = dict.fromkeys(STACKS, HERE), dict.fromkeys(STACKS, FIRST)
    others = dice.choice([SECOND, SECOND, FIRST, OTHERS])
    for _ in range(dice.choice([1, 2, 3, 4, 5])):
        stack = "dev" if dice.random() < 0.85 else "prod"
        kind = dice.random()
        happenings: tuple[Happening, ...]
        if kind < 0.12:
            happenings = (_edit(dice),)
        elif kind < 0.16:
            happenings = (Mishap(dice.choice(["state lost", "stack renamed"]), stack),)
        else:
            if kind < 0.2:
                keys[stack] = dice.choice([SECOND, OTHERS])
            elif kind < 0.23:
                hosts[stack] = ELSEWHERE if hosts[stack] == HERE else HERE
            programs[stack] = _changed(dice, programs[stack])
            setup = _setup(keys[stack], hosts[stack], others)
            happenings = (_command(dice, stack, programs[stack], setup),)
            if dice.random() < 0.06:
                other = "prod" if stack == "dev" else "dev"
                setup = _setup(keys[other], hosts[other], others)
                second = _command(dice, other, programs[other], setup)
                happenings = (*happenings, second)
        yield Action(dice.getrandbits(32), happenings, dice.choice([0.0, 5.0, 60.0]))


def _setup(key: str, host: str, others: str) -> Setup:
    return Setup(key, host, {"second": Setup(others, host)})


def _program(dice: Random, stack: str) -> tuple[Resource, ...]:
    names = dice.sample(range(1, 5), dice.choice([1, 2, 3, 4] if stack == "dev" else [1, 2]))
    program: list[Resource] = []
    for number in names:
        program.append(_resource(dice, f"r{number}", program))
    return tuple(program)


def _resource(dice: Random, name: str, before: Sequence[Resource]) -> Resource:
    taken = {one.id for one in before}
    free = [model for model in _MODELS if model not in taken]
    model = dice.choice(free) if dice.random() < 0.96 else dice.choice([_BUILT_IN, *_MODELS])
    # The newest generation demands a provider of a model without a base.
    provider = {"custom_provider_id": dice.choice(["vllm", "vllm", "azure"])}
    values, secret = {"model_name": model, **_values(dice), **provider}, set[str]()
    if dice.random() < 0.1:
        values["display_name"], secret = SECRET_TEXT, {"display_name"}
    elif dice.random() < 0.06:
        values["output_cost"], secret = SECRET_PRICE, {"output_cost"}
    if dice.random() < 0.05:
        values["overwrite_existing"] = True
    needs = tuple(one.name for one in before if dice.random() < 0.25)
    return Resource(
        name,
        values,
        frozenset(secret),
        needs=needs,
        component="group" if dice.random() < 0.08 else "",
        delete_first=dice.random() < 0.2,
        replace_on=frozenset({"input_cost"}) if dice.random() < 0.25 else frozenset(),
        retain=dice.random() < 0.03,
        provider="second" if dice.random() < 0.06 else "",
        late=bool(needs) and dice.random() < 0.3,
        reads=dice.random() < 0.05,
    )


def _changed(dice: Random, program: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """Change a program as people do between two runs."""
    resources = list(program)
    for _ in range(dice.choice([0, 1, 1, 2])):
        change = dice.choice(_CHANGES)
        change(dice, resources)
    return _sound(resources)


def _sound(resources: Sequence[Resource]) -> tuple[Resource, ...]:
    """Return resources that need what is declared before them, and whose old names are free."""
    sound, names = list[Resource](), {one.name for one in resources}
    for one in resources:
        needs = tuple(need for need in one.needs if any(each.name == need for each in sound))
        aliases = tuple(name for name in one.aliases if name not in names)
        late = one.late and bool(needs)
        sound.append(replace(one, needs=needs, late=late, aliases=aliases))
    return tuple(sound)


def _reprice(dice: Random, resources: list[Resource]) -> None:
    for at, one in enumerate(resources[:1]):
        replaces = one.replace_on and dice.random() < 0.6
        name = "input_cost" if replaces else dice.choice(list(_VALUES))
        if name in one.secret:
            return
        resources[at] = replace(one, fields={**one.fields, name: dice.choice(_VALUES[name])})
    dice.shuffle(resources)


def _drop_field(dice: Random, resources: list[Resource]) -> None:
    for at, one in enumerate(resources[:1]):
        names = [name for name in one.fields if name not in _STAY]
        if names:
            gone = dice.choice(names)
            kept = {name: value for name, value in one.fields.items() if name != gone}
            resources[at] = replace(one, fields=kept, secret=one.secret - {gone})


def _rename(dice: Random, resources: list[Resource]) -> None:
    """Rename a resource, with or without an alias; the model keeps its name."""
    for at, one in enumerate(resources[:1]):
        free = [f"r{number}" for number in range(1, 7)]
        name = dice.choice([each for each in free if all(each != two.name for two in resources)])
        aliases = (one.name,) if dice.random() < 0.4 else ()
        resources[at] = replace(one, name=name, aliases=aliases)


def _rename_model(dice: Random, resources: list[Resource]) -> None:
    for at, one in enumerate(resources[:1]):
        fields = {**one.fields, "model_name": dice.choice(_MODELS)}
        resources[at] = replace(one, fields=fields)


def _swap(dice: Random, resources: list[Resource]) -> None:
    """Let two resources swap the names of their models, now and then deleting first."""
    if len(resources) > 1:
        one, two = resources[0], resources[1]
        first = dice.random() < 0.5
        for at, (each, other) in enumerate(((one, two), (two, one))):
            fields = {**each.fields, "model_name": other.id}
            resources[at] = replace(each, fields=fields)
            if first and dice.random() < 0.5:
                resources[at] = replace(each, fields=other.fields, secret=other.secret)
            if first:
                needs = _changes_meanwhile(dice, resources) if dice.random() < 0.5 else ()
                late = bool(needs)
                resources[at] = replace(resources[at], delete_first=True, needs=needs, late=late)
        if first:  # what others need stands before them
            resources += [resources.pop(0), resources.pop(0)]


def _changes_meanwhile(dice: Random, resources: list[Resource]) -> tuple[str, ...]:
    """Change a price of one of the resources after the first two; returns its name, if any."""
    if len(resources) < 3:
        return ()
    at = dice.randrange(2, len(resources))
    other = resources[at]
    resources[at] = replace(other, fields={**other.fields, "input_cost": dice.choice(_PRICES)})
    return (other.name,)


def _remove(_dice: Random, resources: list[Resource]) -> None:
    if resources:
        resources.pop(0)


def _add(dice: Random, resources: list[Resource]) -> None:
    free = [f"r{number}" for number in range(1, 7)]
    name = dice.choice([each for each in free if all(each != two.name for two in resources)])
    if len(resources) < 4:
        resources.append(_resource(dice, name, resources))


def _reorder(dice: Random, resources: list[Resource]) -> None:
    dice.shuffle(resources)


def _reoption(dice: Random, resources: list[Resource]) -> None:
    for at, one in enumerate(resources[:1]):
        new = _resource(dice, one.name, resources[1:])
        resources[at] = replace(new, fields=one.fields, secret=one.secret, needs=(), late=False)


_CHANGES = (
    _reprice, _reprice, _drop_field, _rename, _rename, _rename_model, _swap, _swap, _remove, _add,
    _reorder, _reoption,
)  # fmt: skip


def _command(dice: Random, stack: str, program: tuple[Resource, ...], setup: Setup) -> Command:
    verbs: tuple[Verb, ...] = ("up", "preview", "refresh", "destroy")
    [verb] = dice.choices(verbs, (8, 1, 1, 1))
    names = sorted({one.name for one in program} | {"r1", "r2"})
    some = frozenset(dice.sample(names, dice.choice([1, min(2, len(names))])))
    options = Options(refresh=verb == "up" and dice.random() < 0.15)
    chance = dice.random()
    if verb != "preview" and chance < 0.1:
        options = replace(options, targets=some)
    elif verb != "preview" and chance < 0.2:
        options = replace(options, excludes=some)
    if dice.random() < 0.15:
        options = replace(options, continue_on_error=True)
    if verb == "up" and dice.random() < 0.1:
        options = replace(options, replace=some)
    if verb == "destroy" and dice.random() < 0.2:
        options = replace(options, run_program=True)
    edits = tuple(_edit(dice, after=dice.randrange(1, 6)) for _ in range(dice.random() < 0.25))
    framework = dice.random() < 0.02
    proxy_for = dice.choice([3.0, 30.0, 1e6]) if dice.random() < 0.03 else 0.0
    return Command(
        verb,
        stack,
        program,
        options,
        setup,
        killed_at=dice.randrange(0, 30) if dice.random() < 0.25 else -1,
        edits=edits,
        # What a framework says passes for the API's words, if others are the API's.
        proxy_for=1e6 if framework else proxy_for,
        framework=framework,
    )
