"""Sets of models in a story: some of its models live in sets, and move, with dice of their own.

A story without sets is what it was before there were any. In one with sets, a model's name says
where it lives: in one of two sets, or in a resource of its own. What happens to models in other
stories (new ones, prices, mistakes, drift, kills) happens to them wherever they live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from keywordsai_dynamic.core.kinds import MODEL, MODEL_SET, PROVIDER

from .engine import Options, Resource

if TYPE_CHECKING:
    from .story import Action, Command, Edit, Story

_SHARE = 1 / 10
_ONE, _TWO, _ALONE = "one", "two", ""
_HOMES = (_ONE, _ONE, _TWO, _ALONE)
_OF_SETS = ("acme/e", "acme/f", "acme/g", "acme/h")
"""Models that no other story has, and that live in sets alone."""
_NAMES = ("s1", "s2", "s3", "s4")
_OF_ALL = ("acme/a", "acme/b", "acme/c", "acme/d", *_OF_SETS)
_PRICES = (0.0, 1.0, 2.5, 7.0, 0.126)
_COSTS = ("input_cost", "output_cost")
_HIDDEN = "hush-41c9d7aa03"


class _Set:
    """What is special about one set at some time: its resource, and its own models."""

    def __init__(self, dice: Random, name: str) -> None:
        self.resource = _resource(dice, name)
        self.own = {name: _model(dice, name) for name in _OF_SETS if dice.random() < 0.5}
        self.stays_when_empty = dice.random() < 0.3


class _Stack:
    """Where the models of a stack live, its sets, and which fields of models differ by now.

    None stands for a field that is no longer declared. `needs` are resources that need a set.
    """

    def __init__(self, dice: Random) -> None:
        self.homes: dict[str, str] = {}
        hidden = [name for name in _OF_ALL if dice.random() < 0.1]
        self.fields: dict[str, dict[str, Any]] = {n: {"display_name": _HIDDEN} for n in hidden}
        self.needs: dict[str, str] = {}
        self.sets = {_ONE: _Set(dice, "s1"), _TWO: _Set(dice, "s2")}
        for name in self.sets[_ONE].own:
            self.sets[_TWO].own.pop(name, None)


def with_sets(story: Story) -> Story:
    """Return a tenth of all stories with sets in them, and the others as they are."""
    dice = Random(f"sets of {story.seed}")
    if dice.random() >= _SHARE:
        return story
    stacks = {"dev": _Stack(dice), "prod": _Stack(dice)}
    for each in stacks["prod"].sets.values():
        each.own.clear()
    actions = [each for action in story.actions[:2] for each in _actions(dice, action, stacks)]
    # With fewer models of others, more sets are not refused.
    first = [edit for edit in story.first if edit.kind is PROVIDER or dice.random() < 0.2]
    first += [replace(_edit(dice), what="create") for _ in range(dice.random() < 0.2)]
    return replace(story, first=tuple(first), actions=tuple(actions))


def has_sets(story: Story) -> bool:
    """Return whether any program of a story declares a set."""
    return any(
        one.kind is MODEL_SET
        for action in story.actions
        for each in action.happenings
        for one in getattr(each, "program", ())
    )


# --- programs ---


def _resource(dice: Random, name: str) -> Resource:
    return Resource(
        name,
        {},
        component="group" if dice.random() < 0.08 else "",
        delete_first=dice.random() < 0.1,
        replace_on=frozenset({"models"}) if dice.random() < 0.04 else frozenset(),
        retain=dice.random() < 0.03,
        provider="second" if dice.random() < 0.05 else "",
        kind=MODEL_SET,
    )


def _model(dice: Random, name: str) -> Resource:
    fields: dict[str, Any] = {"model_name": name, "input_cost": dice.choice(_PRICES)}
    if dice.random() < 0.4:
        fields["output_cost"] = dice.choice(_PRICES)
    return Resource(name, {**fields, "custom_provider_id": "vllm"})


def _declared(dice: Random, stack: _Stack, program: Sequence[Resource]) -> tuple[Resource, ...]:
    """Return a program in which models stand where they live; what is not a model stays."""
    inside = {home: dict(one.own) for home, one in stack.sets.items()}
    alone, lives_in = list[Resource](), dict[str, str]()
    for one in program:
        is_model = one.kind is MODEL and not one.reads
        home = stack.homes.setdefault(one.id, dice.choice(_HOMES)) if is_model else _ALONE
        if not home or one.id in inside[home]:
            alone.append(_as_now(one, stack) if is_model else one)
            continue
        inside[home][one.id] = Resource(one.id, one.fields, one.secret)
        lives_in[one.name] = stack.sets[home].resource.name
    sets = [
        replace(one.resource, members=tuple(_as_now(each, stack) for each in inside[home].values()))
        for home, one in stack.sets.items()
        if inside[home] or one.stays_when_empty
    ]
    # A provider may need a model, and a set a provider: then no model may need the set.
    names = {one.name for one in sets if not any(_needs_a_model(each) for each in program)}
    whole = [*_with_needs(program, sets, lives_in)]
    whole += [_needing(_moved(one, lives_in), stack, names) for one in alone]
    dice.shuffle(whole)
    return tuple(_coming_late(dice, whole))


def _as_now(model: Resource, stack: _Stack) -> Resource:
    """Return a model with the fields that it has by now."""
    fields = {**model.fields, **stack.fields.get(model.id, {})}
    secret = {name for name in model.secret if fields[name] == model.fields[name]}
    secret |= {name for name, value in fields.items() if value == _HIDDEN}
    known = {name: value for name, value in fields.items() if value is not None}
    return replace(model, fields=known, secret=frozenset(secret & known.keys()))


def _coming_late(dice: Random, program: Sequence[Resource]) -> Iterable[Resource]:
    """Yield a program in which the map of a set may be an Output of a model that needs nothing."""
    free = [one.name for one in program if one.kind is MODEL and not one.needs and not one.reads]
    for one in program:
        is_late = one.kind is MODEL_SET and free and dice.random() < 0.06
        yield replace(one, needs=(*one.needs, dice.choice(free)), late=True) if is_late else one


def _needs_a_model(one: Resource) -> bool:
    return one.kind is PROVIDER and bool(one.needs)


def _needing(one: Resource, stack: _Stack, sets: Collection[str]) -> Resource:
    """Return a model that needs a set, besides what it needs anyway."""
    need = stack.needs.get(one.name, "")
    if need not in sets or need in one.needs or one.kind is PROVIDER or one.reads:
        return one
    return replace(one, needs=(*one.needs, need))


def _with_needs(
    program: Iterable[Resource], sets: Iterable[Resource], lives_in: Mapping[str, str]
) -> Iterable[Resource]:
    """Yield sets that need the custom providers which their models take from Outputs."""
    providers = {one.name for one in program if one.kind is PROVIDER}
    for each in sets:
        needs = {
            need
            for one in program
            if lives_in.get(one.name) == each.name
            for need in one.needs
            if need in providers
        }
        yield replace(each, needs=tuple(sorted(needs)))


def _moved(one: Resource, lives_in: Mapping[str, str]) -> Resource:
    """Return a resource that needs a set where it needed a model in it; no provider does."""
    left_out = lives_in if one.kind is PROVIDER else {}
    needs = dict.fromkeys(lives_in.get(need, need) for need in one.needs if need not in left_out)
    return replace(one, needs=tuple(needs), late=one.late and bool(needs))


# --- what people change between two runs ---


def _changed(dice: Random, stack: _Stack) -> None:
    for _ in range(dice.choice([0, 0, 1, 1, 2])):
        dice.choice(_CHANGES)(dice, stack)
    for one in stack.sets.values():
        others = {each.resource.name for each in stack.sets.values()}
        old = tuple(name for name in one.resource.aliases if name not in others)
        one.resource = replace(one.resource, aliases=old)


def _move(dice: Random, stack: _Stack) -> None:
    if stack.homes:
        model = dice.choice(sorted(stack.homes))
        stack.homes[model] = dice.choice([_ONE, _TWO, _ALONE])


def _move_all(dice: Random, stack: _Stack) -> None:
    """Empty a set into another one, or into resources of their own, or gather all."""
    old, new = dice.choice([(_ONE, _TWO), (_TWO, _ONE), (_ONE, _ALONE), (_ALONE, _ONE)])
    stack.homes = {name: new if home == old else home for name, home in stack.homes.items()}
    if old and new:
        moved = stack.sets[old].own
        stack.sets[new].own |= moved
        stack.sets[old].own = {}


def _move_own(_dice: Random, stack: _Stack) -> None:
    one, two = stack.sets[_ONE].own, stack.sets[_TWO].own
    for name in list(one)[:1]:
        two[name] = one.pop(name)


def _rename(dice: Random, stack: _Stack) -> None:
    one = dice.choice(list(stack.sets.values()))
    taken = {each.resource.name for each in stack.sets.values()}
    aliases = (one.resource.name,) if dice.random() < 0.5 else ()
    free = [name for name in _NAMES if name not in taken]
    one.resource = replace(one.resource, name=dice.choice(free), aliases=aliases)


def _add(dice: Random, stack: _Stack) -> None:
    taken = {name for one in stack.sets.values() for name in one.own}
    for name in [name for name in _OF_SETS if name not in taken][:1]:
        dice.choice(list(stack.sets.values())).own[name] = _model(dice, name)


def _drop(dice: Random, stack: _Stack) -> None:
    own = dice.choice(list(stack.sets.values())).own
    for name in list(own)[:1]:
        del own[name]


def _reprice(dice: Random, stack: _Stack) -> None:
    field = dice.choice(_COSTS)
    for name in dice.sample(_OF_ALL, dice.choice([1, 2, 4, len(_OF_ALL)])):
        stack.fields.setdefault(name, {})[field] = dice.choice(_PRICES)


def _hide(dice: Random, stack: _Stack) -> None:
    """Declare a secret, or declare it no longer."""
    hidden = [name for name, one in stack.fields.items() if one.get("display_name") == _HIDDEN]
    model = dice.choice(hidden or _OF_ALL)
    stack.fields.setdefault(model, {})["display_name"] = None if hidden else _HIDDEN


def _depend(dice: Random, stack: _Stack) -> None:
    """Let a resource of its own need a set."""
    need = dice.choice([one.resource.name for one in stack.sets.values()])
    stack.needs[f"r{dice.randrange(1, 5)}"] = need


def _clear(dice: Random, stack: _Stack) -> None:
    """Drop all of a set's own models, which may leave it empty."""
    dice.choice(list(stack.sets.values())).own.clear()


def _reoption(dice: Random, stack: _Stack) -> None:
    one = dice.choice(list(stack.sets.values()))
    one.resource = _resource(dice, one.resource.name)


_CHANGES = (
    _move, _move, _move, _move_all, _move_own, _rename, _add, _add, _drop, _drop, _reprice,
    _reprice, _reprice, _reprice, _reprice, _clear, _hide, _hide, _depend, _depend, _reoption,
)  # fmt: skip


# --- people and runs ---


def _edit(dice: Random, after: int = 0) -> Edit:
    from .story import Edit  # noqa: PLC0415  # a story has both

    model, what = (
        dice.choice(_OF_ALL),
        dice.choice(["set", "set", "set", "set", "delete", "create"]),
    )
    values = {dice.choice(_COSTS): dice.choice(_PRICES)}
    return Edit(what, model, values, after)


def _actions(dice: Random, action: Action, stacks: Mapping[str, _Stack]) -> Iterable[Action]:
    from .story import Action, Command  # noqa: PLC0415  # a story has both

    happenings = [
        _command(dice, each, stacks[each.stack]) if isinstance(each, Command) else each
        for each in action.happenings
    ]
    yield replace(action, happenings=tuple(happenings))
    ups = [each for each in action.happenings if isinstance(each, Command) and each.verb == "up"]
    if ups and dice.random() < 0.1:  # which only the plugin can
        options = Options(pattern=dice.choice(["*", "acme/*", "acme/a", "nobody/*"]))
        plain = replace(ups[0], verb="import", options=options, edits=())
        yield Action(dice.getrandbits(32), (_command(dice, plain, stacks[plain.stack]),))
    for _ in range(dice.choice([0, 1, 1, 2]) if ups else 0):  # the same program with other sets
        if dice.random() < 0.4:
            yield Action(dice.getrandbits(32), (_edit(dice),), dice.choice([0.0, 5.0]))
        plain = replace(ups[0], options=Options(), killed_at=-1, edits=())
        again = _command(dice, plain, stacks[plain.stack])
        yield Action(dice.getrandbits(32), (again,), dice.choice([0.0, 5.0, 60.0]))


def _command(dice: Random, command: Command, stack: _Stack) -> Command:
    _changed(dice, stack)
    program = _declared(dice, stack, command.program)
    edits = command.edits
    if dice.random() < 0.15:
        edits = (*edits, _edit(dice, after=dice.randrange(1, 12)))
    canceled = command.killed_at < 0 and dice.random() < 0.2
    return replace(
        command,
        program=program,
        edits=edits,
        options=_options(dice, command),
        canceled_at=dice.randrange(0, 30) if canceled else -1,
    )


def _options(dice: Random, command: Command) -> Options:
    """Name a set where a run names some of its resources."""
    options, names = command.options, frozenset({dice.choice(_NAMES[:2])})
    for each in ("targets", "excludes", "replace"):
        chosen: frozenset[str] = getattr(options, each)
        if chosen and dice.random() < 0.6:
            changes: dict[str, Any] = {each: chosen | names}
            options = replace(options, **changes)
    if command.verb == "up" and dice.random() < 0.03:
        options = replace(options, replace=options.replace | names)
    return options
