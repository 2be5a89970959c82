"""Which custom providers are adopted, under which names; the key of each is the user's to set."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ..api.listed_providers import ListedProvider
from ..core.errors import KeywordsAIError
from ..core.redaction import one_line
from ..lifecycle.declarable import declarable_provider
from .adoption import Held, Naming, Note, free, slug

_LONGEST_KEY = 40


class ProviderAdoption(NamedTuple):
    """One custom provider: the resource that adopts it, its fields, and where its key will be.

    `declared` never holds a credential. `config_key` is the secret of the project's configuration
    that the program reads as `api_key`.
    """

    resource_name: str
    declared: Mapping[str, Any]
    config_key: str

    @property
    def provider_id(self) -> str:
        """The provider's id, which is also its id in the state."""
        provider_id: str = self.declared["provider_id"]
        return provider_id


class ProviderSelection(NamedTuple):
    """The providers to adopt, sorted by id, what was skipped, and how many the stack holds."""

    adoptions: Sequence[ProviderAdoption] = ()
    notes: Sequence[Note] = ()
    held: int = 0


def select_providers(
    providers: Mapping[str, ListedProvider],
    patterns: Collection[str],
    held: Held,
    resources: Collection[str],
    naming: Naming = slug,
) -> ProviderSelection:
    """Select the providers whose ids match a glob or are given; `resources` are names in use.

    Raises KeywordsAIError if there is no such provider.
    """
    adoptions, notes, in_stack = [], [], 0
    taken, keys = {*held.resources, *resources}, set[str]()
    matching = [
        name
        for name in sorted(providers)
        if any(name == each or fnmatchcase(name, each) for each in patterns)
    ]
    if not matching:
        raise KeywordsAIError(
            f"No custom provider matches {' or '.join(map(one_line, patterns))}; "
            "`keywordsai-dynamic providers` lists them."
        )
    for provider_id in matching:
        if provider_id in held.providers:
            in_stack += 1
            continue
        declared, problems = declarable_provider(providers[provider_id])
        notes += [Note(provider_id, *problem) for problem in problems]
        if not declared:
            continue
        resource = free(naming(provider_id, "provider"), taken)
        key = free(_config_key(provider_id), keys)
        taken.add(resource)
        keys.add(key)
        adoptions.append(ProviderAdoption(resource, declared, key))
    return ProviderSelection(adoptions, notes, in_stack)


def _config_key(provider_id: str) -> str:
    """Return a key that `pulumi config set` takes: keywordsai-acme-vllm."""
    letters = re.sub(r"[^A-Za-z0-9._-]+", "-", provider_id)[:_LONGEST_KEY].strip("-")
    return f"keywordsai-{letters or 'provider'}"
