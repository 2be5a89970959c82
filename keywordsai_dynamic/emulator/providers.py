"""The custom providers of every organization: what `/api/providers/` does, without HTTP."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from threading import RLock
from typing import Any

from .built_in import VENDORS
from .checks import PROVIDER_CHECKS, problem_with
from .credentials import shown
from .dialect import Dialect
from .refusals import NOT_FOUND, NOT_PERMITTED, RefusedError

Fields = dict[str, Any]

# Dropped on creation, 403 on update. What the API hides altogether is dropped in both.
PROTECTED = frozenset({"models_sync_config", "project", "respan_discount_rate"})
NOTHING_SET: Fields = {"extra_kwargs": {}, "api_key": None}
REQUIRED = "This field is required."
TAKEN = "custom provider with this provider id already exists."
MANAGED = "This provider is managed and cannot be {done}."


def now() -> str:
    """Return the time as the API writes it."""
    return datetime.now(UTC).isoformat()


@dataclass(frozen=True)
class Provider:
    """A provider as stored at one moment; `organization` is None for a vendor's, which is managed.

    `fields` are `provider_id`, `provider_name`, `extra_kwargs` and the top-level `api_key`, which
    is None unless one was sent and kept.
    """

    fields: Fields
    organization: str | None
    created_at: str | None = field(default_factory=now)
    updated_at: str | None = field(default_factory=now)


class Providers:
    """The providers of every organization; each method is one API call, and thread-safe.

    `aliases` maps a provider that a model was sent with to the one that is returned. Raises
    RefusedError where the API would return an error.
    """

    def __init__(
        self,
        numbers: Mapping[str, int],
        dialect: Dialect,
        lock: RLock,
        aliases: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._numbers, self._dialect, self._lock = numbers, dialect, lock
        self._aliases = {str(key): dict(provider) for key, provider in aliases.items()}
        self._own: dict[str, dict[str, Provider]] = {name: {} for name in numbers}
        self._turns = count(1)

    def create(
        self, organization: str, body: Mapping[str, Any], *, upsert: bool
    ) -> tuple[bool, Provider]:
        """Create the provider, or with `upsert` update it; returns whether it is new, and it."""
        with self._lock:
            sent = self._checked(body, required=("provider_id", "provider_name"))
            provider_id = sent["provider_id"]
            if provider_id in VENDORS:
                self._editable(organization, provider_id)
            known = self._own[organization].get(provider_id)
            if known is None:
                return True, self._stored(Provider({**NOTHING_SET, **sent}, organization))
            if not upsert:
                raise RefusedError(400, {"provider_id": [TAKEN]})
            if not self._dialect.keep_omitted:
                sent = {**NOTHING_SET, **sent}
            return False, self._updated(known, body, sent)

    def update(
        self, organization: str, provider_id: str, body: Mapping[str, Any], *, put: bool = False
    ) -> Provider:
        """Change only the given fields, as PATCH does; `put` as PUT does, replacing maps."""
        with self._lock:
            provider = self._editable(organization, provider_id)
            required = ("provider_name",) if put and self._dialect.put_needs_provider_name else ()
            sent = self._checked({**body, "provider_id": provider_id}, required)
            if "extra_kwargs" in sent and self._dialect.provider_patch == "merge" and not put:
                sent["extra_kwargs"] = {**provider.fields["extra_kwargs"], **sent["extra_kwargs"]}
            return self._updated(provider, body, sent)

    def delete(self, organization: str, provider_id: str) -> None:
        """Delete one of the organization's own providers, whatever refers to it."""
        with self._lock:
            self.check_deletion(organization, provider_id)
            del self._own[organization][provider_id]

    def check_deletion(self, organization: str, provider_id: str) -> None:
        """Raise RefusedError for a provider that is unknown, another's or managed."""
        if self.retrieve(organization, provider_id).organization is None:
            raise RefusedError(403, {"error": MANAGED.format(done="deleted")})

    def retrieve(self, organization: str, provider_id: str) -> Provider:
        """Return an own provider, or a vendor's, by its string id."""
        with self._lock:
            provider = self._own[organization].get(provider_id)
            if provider is not None:
                return provider
            if provider_id in VENDORS:
                fields = {"provider_id": provider_id, "provider_name": VENDORS[provider_id]}
                return Provider({**NOTHING_SET, **fields}, None, None, None)
            others = any(provider_id in providers for providers in self._own.values())
            if others and self._dialect.refuses_others_providers:
                detail = "This provider belongs to another organization."
                raise RefusedError(403, {"detail": detail})
            raise RefusedError(404, NOT_FOUND)

    def visible(self, organization: str) -> list[Provider]:
        """Return the organization's own providers, sorted by id."""
        with self._lock:
            return [provider for _, provider in sorted(self._own[organization].items())]

    def own_fields(self, organization: str) -> dict[str, Fields]:
        """Return copies of what is stored of the organization's own providers, by id."""
        with self._lock:
            return {name: deepcopy(each.fields) for name, each in self._own[organization].items()}

    def answer(self, provider: Provider) -> Fields:
        """Return the provider as the API shows it, with its credentials as the dialect says."""
        answer = self._facts(provider)
        echo = self._dialect.echo
        if echo != "no_extra_kwargs":
            answer["extra_kwargs"] = shown(provider.fields["extra_kwargs"], echo, next(self._turns))
        return answer

    def named(self, reference: str | None) -> str | None:
        """Return the id of the provider that a model refers to."""
        if reference is None:
            return None
        return str(self._aliases.get(reference, {}).get("provider_id", reference))

    def nested(self, organization: str | None, reference: str) -> Fields:
        """Return a model's provider as part of the model; an unknown one is shown as sent."""
        alias, provider_id = self._aliases.get(reference, {}), self.named(reference)
        with self._lock:
            own = self._own.get(organization or "", {}).get(provider_id or "")
        name = VENDORS.get(provider_id or "", provider_id)
        facts: Fields = {"id": provider_id, "provider_id": provider_id, "provider_name": name}
        facts.update(self._facts(own) if own else {"created_at": None, "updated_at": None})
        if "provider_name" in alias:
            facts["provider_name"] = alias["provider_name"]
        settings = own.fields["extra_kwargs"] if own else alias.get("extra_kwargs", {})
        echo = self._dialect.provider_in_models
        if echo != "no_extra_kwargs":
            facts["extra_kwargs"] = shown(settings, echo, next(self._turns))
        return {**facts, "organization_id": self._numbers.get(organization or "")}

    def check_reference(self, organization: str, sent: Mapping[str, Any]) -> None:
        """Raise RefusedError for a model that names an unknown provider, if the dialect says so."""
        reference = sent.get("provider_id")
        if reference is None or self._dialect.unknown_provider == "accepted":
            return
        known = {*self._own[organization], *VENDORS, *self._aliases}
        if reference not in known:
            raise RefusedError(400, {"error": "Provider not found"})

    def _checked(self, body: Mapping[str, Any], required: tuple[str, ...]) -> Fields:
        known = PROVIDER_CHECKS.keys() & body.keys()
        if not self._dialect.keeps_top_level_key:
            known -= {"api_key"}
        sent = {name: body[name] for name in PROVIDER_CHECKS if name in known}
        problems = {name: problem_with(PROVIDER_CHECKS[name], sent[name]) for name in sent}
        problems.update({name: REQUIRED for name in required if name not in sent})
        if any(problems.values()):
            raise RefusedError(400, {name: [text] for name, text in problems.items() if text})
        # A copy, because the console's callers may go on to change theirs.
        return deepcopy(sent)

    def _updated(self, provider: Provider, body: Mapping[str, Any], sent: Fields) -> Provider:
        if PROTECTED & body.keys():
            raise RefusedError(403, NOT_PERMITTED)
        # A new object, so that an answer being written from the old one stays consistent.
        return self._stored(replace(provider, fields={**provider.fields, **sent}, updated_at=now()))

    def _stored(self, provider: Provider) -> Provider:
        assert provider.organization is not None
        self._own[provider.organization][provider.fields["provider_id"]] = provider
        return provider

    def _editable(self, organization: str, provider_id: str) -> Provider:
        provider = self.retrieve(organization, provider_id)
        if provider.organization is None:
            raise RefusedError(403, {"detail": MANAGED.format(done="modified")})
        return provider

    @staticmethod
    def _facts(provider: Provider) -> Fields:
        return {
            "id": provider.fields["provider_id"],
            "provider_id": provider.fields["provider_id"],
            "provider_name": provider.fields["provider_name"],
            "created_at": provider.created_at,
            "updated_at": provider.updated_at,
        }
