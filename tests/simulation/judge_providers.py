"""What the promises mean for custom providers: what is seen and held, and where keys may be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from keywordsai_dynamic.api.providers_client import PROVIDERS_PATH
from keywordsai_dynamic.core.kinds import MODEL, PROVIDER
from keywordsai_dynamic.core.names import CHANGED_BY_OTHERS, ECHO
from keywordsai_dynamic.emulator.dialect import Dialect
from keywordsai_dynamic.lifecycle.provider_parts import alike, named, parts_of, secret_among

from .engine import Paths, Ran, Resource, Stored
from .native_process import Kept
from .story import KEYS
from .story_providers import CREDENTIALS, THEIR_KEYS, THEIR_TOKEN
from .world import World


def is_credential(part: str) -> bool:
    """Return whether a part of a provider is a key, by its name."""
    return bool(secret_among({tuple(part.split(".")): None}, {"api_key"}))


def shows_part(dialect: Dialect, part: str) -> bool:
    """Return whether the service shows a part of a provider; of a key, the whole."""
    if part == "provider_name":
        return True
    return dialect.echo == "full" if is_credential(part) else dialect.echo != "no_extra_kwargs"


def alike_part(part: str, one: object, other: object) -> bool:
    """Return whether two values of a part mean the same."""
    return alike(tuple(part.split(".")), one, other)


def held_part(one: Stored, part: str, old: object) -> bool:
    """Return whether a state held a part, or says that somebody else has changed it."""
    answered = {named(path): value for path, value in parts_of(one.outputs).items()}
    if old is None or part not in answered:
        return old is None and part not in answered
    return answered[part] == CHANGED_BY_OTHERS or alike_part(part, old, answered[part])


def not_as_declared(
    dialect: Dialect, one: Resource, stored: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield the declared parts whose stored value is another one, of those that are shown."""
    for path, value in parts_of(one.fields).items():
        found = stored.get(named(path))
        if shows_part(dialect, named(path)) and not alike(path, value, found):
            yield named(path), value


def leaks_of_providers(ran: Ran) -> Iterator[str]:
    """Require that keys of endpoints are encrypted in a state, and that no stranger's is in it."""
    for one in ran.after:
        outside = {(name,) for name in one.secret} | one.inside
        outputs, inputs = (
            each.plain if isinstance(each, Kept) else _plain(each, secret)
            for each, secret in ((one.outputs, outside), (one.inputs, one.secret_inputs))
        )
        plain = f"{outputs} {inputs}"
        for key in CREDENTIALS:
            if key in plain and one.kind is PROVIDER:
                yield f"4: the state of {ran.who} holds a key of {one.name} in plain text"
        for key in (*THEIR_KEYS, THEIR_TOKEN):
            if key in f"{one.outputs} {one.inputs}":
                yield f"4: the state of {ran.who} holds somebody else's key in {one.name}"


def _plain(values: Mapping[str, Any], secret: Paths | set[tuple[str, ...]]) -> dict[str, Any]:
    """Return what is stored in plain text."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        inside = {path[1:] for path in secret if path[0] == name}
        if () in inside:
            continue
        plain[name] = _plain(value, inside) if isinstance(value, Mapping) else value
    return plain


def looks_varying(ran: Ran, one: Resource) -> bool:
    """Return whether the state takes what the service shows of a key for a mask that varies."""
    echoes = [each.outputs.get(ECHO, "{}") for each in ran.after if each.id == one.id]
    return any(
        kind == "varying" for echo in echoes for _, kind, _ in json.loads(echo).get("of", ())
    )


def looks_hidden(ran: Ran, one: Resource, part: str) -> bool:
    """Return whether the state takes a part for one that the service does not show."""
    echoes = [each.outputs.get(ECHO, "{}") for each in ran.after if each.id == one.id]
    return any(part.split(".") not in json.loads(echo).get("shown", []) for echo in echoes)


def lists_of_providers(world: World) -> Iterator[str]:
    """Require that no list of providers is read, which would show every key."""
    for each in world.service.requests:
        if each.method == "GET" and each.path.partition("?")[0] == PROVIDERS_PATH:
            yield f"4: {each.who} listed the providers of the organization"


def is_for_the_user(world: World, ran: Ran, text: str) -> bool:
    """Return whether only the user can resolve a failure that is about a provider."""
    return any(each in text for each in _OF_THE_USER) or (
        ((found := _IN_USE.match(text)) is not None and _is_given_up(world, ran, found[1]))
        or ("Provider not found" in text and _names_what_is_not_declared(ran))
    )


_OF_THE_USER = (
    "delete_before_replace",
    "deleteBeforeReplace",
    "There is no provider",
    "may belong to somebody else",
)


_IN_USE = re.compile(r"(\S+) is not deleted, because models use it")


def _is_given_up(world: World, ran: Ran, provider: str) -> bool:
    """Return whether models use a provider that the program no longer declares with this key.

    Another key may declare it, whose organization may be the same.
    """
    declared = {
        _key_and_host(ran, one)
        for one in ran.program
        if (one.kind, one.id, one.reads) == (PROVIDER, provider, False)
    }
    held = [one for one in ran.before if (one.kind, one.id) == (PROVIDER, provider)]
    given_up = {_key_and_host(ran, one) for one in held} - declared
    return any(
        fields["provider_id"] == provider
        for key, host in given_up
        for fields in world.service.backends[host].own_fields(KEYS[key]).values()
    )


def _names_what_is_not_declared(ran: Ran) -> bool:
    """Return whether a model names a provider that the program does not declare before it."""
    declared = {
        (one.name, one.id, _account(ran, one))
        for one in ran.program
        if one.kind is PROVIDER and not one.reads
    }
    models = [one for one in ran.program if one.kind is MODEL and not one.reads]
    return any(
        not any(
            (need, one.fields["custom_provider_id"], _account(ran, one)) in declared
            for need in one.needs
        )
        for one in models
    )


def _key_and_host(ran: Ran, one: Resource | Stored) -> tuple[str, str]:
    setup = ran.setup.of(one.provider)
    return setup.key, setup.host


def _account(ran: Ran, one: Resource) -> tuple[str, str]:
    setup = ran.setup.of(one.provider)
    return setup.host, KEYS[setup.key]
