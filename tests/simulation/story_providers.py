"""Custom providers in a story: declared beside its models, changed, edited in the console.

They have dice of their own. So a story without providers is what it was before there were any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from keywordsai_dynamic.core.kinds import MODEL, PROVIDER

from .engine import Options, Resource
from .service import ELSEWHERE, HERE

if TYPE_CHECKING:
    from .story import Action, Command, Edit, Story

OUR_KEYS = ("pk-ours-3d9f0b7c6e21", "pk-mine-a84c15e9d730")
THEIR_KEYS = ("qk-theirs-6b2e8f01c9d4", "qk-others-e07a51f38b9c")
"""Keys of endpoints: what programs declare (and others know too), and what only others have set."""
TOKEN, THEIR_TOKEN = "et-5c0a9e7b1f46", "ft-2b7d90c3e815"
CREDENTIALS = (*OUR_KEYS, *THEIR_KEYS, TOKEN, THEIR_TOKEN)

IDS = ("acme-p", "acme-q", "acme-r")
_NAMES = ("p1", "p2", "p3")
_LATER_NAMES = (*_NAMES, "p4", "p5")
_KNOWN_TO_ALL = ("vllm", "azure")  # what models of other stories name
_URLS = ("https://llm.acme.example/v1", "https://llm.acme.example/v1/", "https://eu.acme.example")
_VALUES: dict[str, tuple[Any, ...]] = {
    "provider_name": ("Acme vLLM", "Ünser Modell"),
    "base_url": _URLS,
    "timeout": (30, 60, 7.5),
    "api_key": OUR_KEYS,
    "extra_kwargs": (
        {"region": "eu"},
        {"region": "us", "temperature": 0.5},
        {"headers": {"x-token": TOKEN, "team": "support"}},
    ),
}


class _Reference(NamedTuple):
    """How a model names a provider: by an Output, or as text with or without a dependency."""

    how: str  # "output", "needs", "text"
    resource: str
    provider_id: str


class _Stack:
    """What the program of a stack declares of providers, and how its models name them."""

    def __init__(self, providers: list[Resource]) -> None:
        self.providers = providers
        self.references: dict[str, _Reference | None] = {}


def with_providers(story: Story) -> Story:
    """Return a tenth of all stories with providers in them, and the others as they are."""
    dice = Random(f"providers of {story.seed}")
    if dice.random() >= 0.1:
        return story
    dialect = {**story.dialect, **_dialect(dice)}
    stacks = {"dev": _Stack(_program(dice, (1, 1, 2, 3))), "prod": _Stack(_program(dice, (0, 1)))}
    actions = [each for action in story.actions for each in _actions(dice, action, stacks)]
    # With fewer models of others, more runs get as far as their providers.
    first = (*_first(dice), *[edit for edit in story.first if dice.random() < 0.3])
    return replace(story, dialect=dialect, first=first, actions=tuple(actions))


def _dialect(dice: Random) -> dict[str, Any]:
    echoes = ["full", "full", "masked", "partly", "varies", "absent", "no_extra_kwargs"]
    switches: dict[str, Sequence[Any]] = {
        "provider_post": ["upsert", "create"],
        "provider_echo": echoes,
        "provider_in_models": ["full", "absent"],
        "provider_patch": ["replace", "merge"],
        "provider_delete": ["cascades", "cascades", "refuses", "orphans"],
        "unknown_provider": ["accepted", "accepted", "refused"],
    }
    return {name: dice.choice(values) for name, values in switches.items()}


# --- programs ---


def _program(dice: Random, sizes: Sequence[int]) -> list[Resource]:
    providers: list[Resource] = []
    for name in _NAMES[: dice.choice(sizes)]:
        providers.append(_provider(dice, name, providers))
    return providers


def _provider(dice: Random, name: str, before: Sequence[Resource]) -> Resource:
    taken = {one.id for one in before}
    free = [each for each in IDS if each not in taken]
    provider_id = dice.choice(free) if free and dice.random() < 0.97 else dice.choice(IDS)
    chances = {"base_url": 0.8, "api_key": 0.8, "timeout": 0.4, "extra_kwargs": 0.3}
    chosen = [field for field, chance in chances.items() if dice.random() < chance]
    fields = {field: dice.choice(_VALUES[field]) for field in ("provider_name", *chosen)}
    overwrites = {"overwrite_existing": True} if dice.random() < 0.1 else {}
    return Resource(
        name,
        {"provider_id": provider_id, **fields, **overwrites},
        component="group" if dice.random() < 0.08 else "",
        # The constructor refuses it, but a transform may set it.
        delete_first=dice.random() < 0.03,
        replace_on=frozenset({"base_url"}) if dice.random() < 0.1 else frozenset(),
        retain=dice.random() < 0.03,
        provider="second" if dice.random() < 0.06 else "",
        reads=dice.random() < 0.05,
        kind=PROVIDER,
    )


def _changed(dice: Random, providers: list[Resource]) -> list[Resource]:
    """Change providers as people do between two runs."""
    changed = list(providers)
    for _ in range(dice.choice([0, 1, 1, 2])):
        dice.choice(_CHANGES)(dice, changed)
    names = {one.name for one in changed}
    return [
        replace(one, aliases=tuple(each for each in one.aliases if each not in names))
        for one in changed
    ]


def _set(dice: Random, providers: list[Resource]) -> None:
    for at, one in enumerate(providers[:1]):
        field = dice.choice(list(_VALUES))
        providers[at] = replace(one, fields={**one.fields, field: dice.choice(_VALUES[field])})
    dice.shuffle(providers)


def _drop(dice: Random, providers: list[Resource]) -> None:
    for at, one in enumerate(providers[:1]):
        gone = dice.choice(["base_url", "timeout", "api_key", "extra_kwargs"])
        fields = {field: value for field, value in one.fields.items() if field != gone}
        providers[at] = replace(one, fields=fields)


def _rename(dice: Random, providers: list[Resource]) -> None:
    for at, one in enumerate(providers[:1]):
        free = [name for name in _LATER_NAMES if all(name != each.name for each in providers)]
        aliases = (one.name,) if dice.random() < 0.4 else ()
        providers[at] = replace(one, name=dice.choice(free), aliases=aliases)


def _change_id(dice: Random, providers: list[Resource]) -> None:
    for at, one in enumerate(providers[:1]):
        providers[at] = replace(one, fields={**one.fields, "provider_id": dice.choice(IDS)})


def _swap(_dice: Random, providers: list[Resource]) -> None:
    if len(providers) > 1:
        one, two = providers[:2]
        providers[0] = replace(one, fields={**one.fields, "provider_id": two.id})
        providers[1] = replace(two, fields={**two.fields, "provider_id": one.id})


def _remove(_dice: Random, providers: list[Resource]) -> None:
    if providers:
        providers.pop(0)


def _add(dice: Random, providers: list[Resource]) -> None:
    free = [name for name in _NAMES if all(name != each.name for each in providers)]
    if free:
        providers.append(_provider(dice, dice.choice(free), providers))


def _reoption(dice: Random, providers: list[Resource]) -> None:
    for at, one in enumerate(providers[:1]):
        providers[at] = replace(_provider(dice, one.name, providers[1:]), fields=one.fields)


_CHANGES = (_set, _set, _set, _drop, _rename, _change_id, _swap, _remove, _add, _reoption)


def _declared(dice: Random, stack: _Stack, models: Sequence[Resource]) -> tuple[Resource, ...]:
    """Return a program of models with the providers of its stack, some of which it names."""
    for one in models:
        if one.name not in stack.references or dice.random() < 0.1:
            stack.references[one.name] = _reference(dice, stack.providers)
    named = [_naming(one, stack) for one in models]
    program = [*named, *(_late(dice, one, named) for one in stack.providers)]
    dice.shuffle(program)
    return tuple(program)


def _reference(dice: Random, providers: Sequence[Resource]) -> _Reference | None:
    if not providers or dice.random() < 0.3:
        return None
    one = dice.choice(providers)
    return _Reference(dice.choice(["output", "output", "needs", "text"]), one.name, one.id)


def _naming(model: Resource, stack: _Stack) -> Resource:
    """Return a model that names its provider, where it is declared; as text, it may name another's.

    A reference follows a provider that is renamed or gets another id.
    """
    reference = stack.references[model.name]
    if reference is None or model.reads:
        return model
    named = [one for one in stack.providers if reference.resource in (one.name, *one.aliases)]
    if not named:  # it is no longer declared
        if reference.how != "text":
            return model
        fields = {**model.fields, "custom_provider_id": reference.provider_id}
        return replace(model, fields=fields)
    [provider] = named[:1]
    stack.references[model.name] = reference._replace(
        resource=provider.name, provider_id=provider.id
    )
    fields = {**model.fields, "custom_provider_id": provider.id}
    if reference.how == "text":
        return replace(model, fields=fields)
    through = provider.name if reference.how == "output" else ""
    return replace(model, fields=fields, needs=(*model.needs, provider.name), through=through)


def _late(dice: Random, provider: Resource, models: Sequence[Resource]) -> Resource:
    """Return a provider that now and then needs a model, which gives it its id."""
    free = [one.name for one in models if not one.needs]
    if not free or dice.random() >= 0.06:
        return provider
    return replace(provider, needs=(dice.choice(free),), late=dice.random() < 0.5)


# --- people and runs ---


def _first(dice: Random) -> Iterator[Edit]:
    from .story import Edit  # noqa: PLC0415  # a story has both

    for host in (HERE, ELSEWHERE):
        for known in _KNOWN_TO_ALL:
            yield Edit("create", known, {"provider_name": known}, host=host, kind=PROVIDER)
    for provider_id in IDS:
        if dice.random() < 0.15:
            yield Edit("create", provider_id, _values(dice), kind=PROVIDER)


def _values(dice: Random) -> dict[str, Any]:
    names = dice.sample(["base_url", "timeout", "api_key"], dice.choice([1, 2, 3]))
    kwargs = {name: _value(dice, name) for name in names}
    choices: list[dict[str, Any]] = [
        {},
        {},
        {"region": "eu"},
        {"headers": {"x-token": THEIR_TOKEN}},
    ]
    rest = dice.choice(choices)
    return {"provider_name": _value(dice, "provider_name"), "extra_kwargs": {**kwargs, **rest}}


def _value(dice: Random, field: str) -> Any:  # noqa: ANN401  (any field's)
    return dice.choice(OUR_KEYS + THEIR_KEYS if field == "api_key" else _VALUES[field])


def _edit(dice: Random, after: int = 0) -> Edit:
    from .story import Edit  # noqa: PLC0415  # a story has both

    provider_id = dice.choice(IDS)
    what = dice.choice(["set", "set", "set", "set", "delete", "create", "attach"])
    if what == "attach":  # a model of theirs, or of ours
        model = dice.choice(["acme/a", "acme/b", "acme/c", "acme/d"])
        named = {"custom_provider_id": provider_id}
        return Edit(dice.choice(["set", "create"]), model, named, after)
    if what == "create":
        return Edit(what, provider_id, _values(dice), after, kind=PROVIDER)
    values: dict[str, Any] = {}
    if what == "set":
        field = dice.choice(["provider_name", "base_url", "timeout", "api_key", "api_key"])
        value = None if field == "timeout" and dice.random() < 0.3 else _value(dice, field)
        values = {field: value} if field == "provider_name" else {"extra_kwargs": {field: value}}
    return Edit(what, provider_id, values, after, kind=PROVIDER)


def _actions(dice: Random, action: Action, stacks: Mapping[str, _Stack]) -> Iterator[Action]:
    from .story import Action, Command  # noqa: PLC0415  # a story has both

    if dice.random() < 0.4:
        yield Action(dice.getrandbits(32), (_edit(dice),), dice.choice([0.0, 5.0]))
    happenings = [
        _command(dice, each, stacks[each.stack]) if isinstance(each, Command) else each
        for each in action.happenings
    ]
    yield replace(action, happenings=tuple(happenings))


def _command(dice: Random, command: Command, stack: _Stack) -> Command:
    stack.providers = _changed(dice, stack.providers)
    program = _declared(dice, stack, [one for one in command.program if one.kind is MODEL])
    edits = command.edits
    if dice.random() < 0.2:
        edits = (*edits, _edit(dice, after=dice.randrange(1, 6)))
    options = _options(dice, command)
    return replace(command, program=program, edits=edits, options=options)


def _options(dice: Random, command: Command) -> Options:
    """Name a provider where a run names some of its resources."""
    options, names = command.options, frozenset({dice.choice(_NAMES)})
    for each in ("targets", "excludes", "replace"):
        chosen: frozenset[str] = getattr(options, each)
        if chosen and dice.random() < 0.5:
            changes: dict[str, Any] = {each: chosen | names}
            options = replace(options, **changes)
    if command.verb == "up" and dice.random() < 0.05:
        options = replace(options, replace=options.replace | names)
    return options
