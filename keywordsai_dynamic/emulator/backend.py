"""What the models API does, without HTTP: organizations, upsert, partial update, inheritance."""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .built_in import VENDORS, built_in_models
from .checks import CHECKS, problem_with
from .dialect import BUILT_IN_CATEGORY, COSTS, COUNTS, FLAGS, Asked, Dialect
from .logs import Logs
from .metrics import Metrics
from .providers import Fields, Providers, now
from .refusals import NOT_FOUND, NOT_PERMITTED, RefusedError

CAPABILITIES = (*COUNTS, *FLAGS)
# The backend returns 403 when an organization tries to update one of these, and drops them on
# creation; the list is as complete as the vendor's own schema.
PROTECTED = frozenset(
    {
        "affiliation_category",
        "is_called_by_custom_name",
        "is_managed",
        "is_verified",
        "load_balance_backups",
        "metadata",
        "model_type",
        "organization",
        "overridden_fields",
        "project",
        "respan_discount_rate",
        "source",
        "status",
    }
)
SUPPORTED_PARAMS: dict[str, Fields] = {
    "temperature": {"name": "temperature", "type": "number", "default": 1, "min": 0, "max": 2},
    "top_p": {"name": "top_p", "type": "number", "default": 1, "min": 0, "max": 1},
    "max_tokens": {"name": "max_tokens", "type": "integer", "default": None, "min": 1},
}


NOTHING_SET: Fields = {
    "base_model_name": None,
    "display_name": None,
    "provider_id": None,
    **dict.fromkeys(COSTS, 0.0),
    **dict.fromkeys(COUNTS),
    **dict.fromkeys(FLAGS, 0),
    "supported_params_override": {},
}
NEGATIVE = "Ensure this value is greater than or equal to 0."


@dataclass(frozen=True)
class Model:
    """A model as stored at one moment; `organization` is None for a built-in one."""

    fields: Fields
    organization: str | None = None
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)


class Backend:
    """The models of every organization; each method is one API call, and thread-safe.

    Its `providers` are the custom providers, its `logs` the calls, which `metrics` says how to sum
    up. Raises RefusedError where the API would return an error.
    """

    def __init__(
        self,
        organizations: Iterable[str],
        *,
        dialect: Dialect | None = None,
        providers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.dialect = dialect or Dialect()
        self.logs, self.metrics = Logs(), Metrics()
        self._built_in = {name: Model(fields) for name, fields in built_in_models().items()}
        self._own: dict[str, dict[str, Model]] = {name: {} for name in organizations}
        # When each model was written, None for a deletion: lists may show an earlier time.
        self._history: list[tuple[float, str, str, Model | None]] = []
        # The documented example shows organization 123.
        self._numbers = {name: 123 + index for index, name in enumerate(self._own)}
        # The providers have the same lock, so that one request deletes one and its models.
        self._lock = threading.RLock()
        self.providers = Providers(self._numbers, self.dialect, self._lock, providers or {})

    def upsert(self, organization: str, body: Mapping[str, Any]) -> tuple[bool, Model]:
        """Create the model, or update the organization's own; returns whether it is new, and it."""
        with self._lock:
            sent = self._checked(body)
            name = sent["model_name"]
            if name in self._built_in:
                self._editable(organization, name, "modified")
            own = self._own[organization]
            if name not in own:
                model = Model(self._created(organization, sent), organization)
                return True, self._stored(organization, model)
            if not self.dialect.keep_omitted:
                sent = self._created(organization, sent)
            return False, self._updated(own[name], body, sent)

    def update(
        self, organization: str, name: str, body: Mapping[str, Any], *, replace: bool = False
    ) -> Model:
        """Change only the given fields, as PATCH does; `replace` as PUT does, replacing maps."""
        with self._lock:
            model = self._editable(organization, name, "modified")
            sent = self._checked({**body, "model_name": name})
            override = sent.get("supported_params_override")
            if override is not None and self.dialect.merges_overrides_on_patch and not replace:
                earlier = model.fields["supported_params_override"]
                sent["supported_params_override"] = {**earlier, **override}
            return self._updated(model, body, sent)

    def delete(self, organization: str, name: str) -> None:
        """Delete one of the organization's own models."""
        with self._lock:
            self._editable(organization, name, "deleted")
            name = self.dialect.named(name)
            del self._own[organization][name]
            self._history.append((time.monotonic(), organization, name, None))

    def delete_provider(self, organization: str, provider_id: str) -> None:
        """Delete a custom provider, and do with its models what the dialect says."""
        with self._lock:
            self.providers.check_deletion(organization, provider_id)
            attached = [
                model
                for model in self._own[organization].values()
                if self.providers.named(model.fields["provider_id"]) == provider_id
            ]
            if attached and self.dialect.provider_delete == "refuses":
                raise RefusedError(403, {"error": "This provider is used by models."})
            for model in attached:
                if self.dialect.provider_delete == "cascades":
                    self.delete(organization, model.fields["model_name"])
                else:
                    orphan = replace(model, fields={**model.fields, "provider_id": None})
                    self._stored(organization, orphan)
            self.providers.delete(organization, provider_id)

    def retrieve(self, organization: str, name: str) -> Model:
        """Return an own or built-in model by its name."""
        name = self.dialect.named(name)
        with self._lock:
            model = self._own[organization].get(name) or self._built_in.get(name)
            if model is not None:
                return model
            if any(name in models for models in self._own.values()):
                raise RefusedError(403, {"detail": "This model belongs to another organization."})
            raise RefusedError(404, NOT_FOUND)

    def visible(self, organization: str | None) -> list[Model]:
        """Return what lists show: the built-in models and an organization's own, sorted by name."""
        with self._lock:
            own = self._known_to_lists(organization) if organization is not None else {}
            models = {**self._built_in, **own}
            return [models[name] for name in sorted(models)]

    def own_fields(self, organization: str) -> dict[str, Fields]:
        """Return copies of the stored fields of the organization's own models, by name."""
        with self._lock:
            return {name: dict(model.fields) for name, model in self._own[organization].items()}

    def answer(self, model: Model, asked: Asked = "read") -> Fields:
        """Return the model as the API shows it in the answer to this kind of request."""
        return self.dialect.write(self.facts(model), asked)

    def facts(self, model: Model) -> Fields:
        """Return everything that any generation of the API says about a model."""
        fields, custom = model.fields, model.organization is not None
        base = fields["base_model_name"]
        return {
            **fields,
            "id": fields["model_name"],
            "base_model_name": self._prefixed(base) if self.dialect.prefix_base_names else base,
            "affiliation_category": (
                self.dialect.own_category if custom else BUILT_IN_CATEGORY[self.dialect.generation]
            ),
            "is_called_by_custom_name": False,
            "source": "db" if custom else "hardcoded",
            "model_type": "chat",
            "supported_params": _supported(fields["supported_params_override"]),
            "throughput": None,
            "created_at": model.created_at,
            "updated_at": model.updated_at,
            "provider": self._provider(model),
        }

    def vendor(self, model: Model) -> Fields:
        """Return the provider of a built-in model as the public catalog shows it."""
        vendor = model.fields["provider_id"]
        return {
            "provider_name": VENDORS[vendor],
            "provider_id": vendor,
            "moderation": "",
            "credential_fields": ["api_key"],
        }

    def _checked(self, body: Mapping[str, Any]) -> Fields:
        problems = {name: self._problem(name, body[name]) for name in CHECKS if name in body}
        if any(problems.values()):
            raise RefusedError(400, {name: [text] for name, text in problems.items() if text})
        sent = {name: body[name] for name in CHECKS if name in body}
        for name in ("model_name", "base_model_name"):
            if name in sent:
                sent[name] = self.dialect.named(sent[name])
        for name in COSTS:
            if name in sent:
                sent[name] = float(sent[name])
        references = [sent.pop(name, None) for name in ("custom_provider_id", "provider_id")]
        for reference in references:
            if reference is not None:
                sent.setdefault("provider_id", str(reference))
        return sent

    def _problem(self, name: str, value: Any) -> str | None:  # noqa: ANN401  (anything may be sent)
        problem = problem_with(CHECKS[name], value)
        if problem is None and name in COSTS and value < 0 and self.dialect.refuse_negative_costs:
            return NEGATIVE
        return problem

    def _created(self, organization: str, sent: Fields) -> Fields:
        base = self._base(organization, sent)
        self.providers.check_reference(organization, sent)
        if base is None and "provider_id" not in sent and self.dialect.needs_provider_or_base:
            raise RefusedError(400, {"custom_provider_id": ["This field is required."]})
        fields = {**NOTHING_SET, **sent}
        if base is not None:
            inherited = CAPABILITIES + (COSTS if self.dialect.inherit_costs else ())
            for name in (*inherited, "provider_id"):
                if name not in sent:
                    fields[name] = base.fields[name]
        return fields

    def _updated(self, model: Model, body: Mapping[str, Any], sent: Fields) -> Model:
        if PROTECTED & body.keys():
            raise RefusedError(403, NOT_PERMITTED)
        assert model.organization is not None
        self._base(model.organization, sent)
        self.providers.check_reference(model.organization, sent)
        # A new object, so that an answer being written from the old one stays consistent.
        changed = replace(model, fields={**model.fields, **sent}, updated_at=now())
        return self._stored(model.organization, changed)

    def _stored(self, organization: str, model: Model) -> Model:
        name = model.fields["model_name"]
        self._own[organization][name] = model
        self._history.append((time.monotonic(), organization, name, model))
        return model

    def _known_to_lists(self, organization: str) -> Mapping[str, Model]:
        if not self.dialect.list_lags:
            return self._own[organization]
        until = time.monotonic() - self.dialect.list_lags
        known = {
            name: model
            for written, owner, name, model in self._history
            if owner == organization and written <= until
        }
        return {name: model for name, model in known.items() if model is not None}

    def _editable(self, organization: str, name: str, done: str) -> Model:
        model = self.retrieve(organization, name)
        if model.organization is None:
            detail = f"Hardcoded models cannot be {done}: they are synced from code."
            raise RefusedError(403, {"detail": detail})
        return model

    def _base(self, organization: str, sent: Fields) -> Model | None:
        name = sent.get("base_model_name")
        if name is None:
            return None
        own = self._own[organization].get(name)
        base = own or self._built_in.get(self._prefixed(name))
        if base is None:
            words = self.dialect.base_not_found.replace("{base_model_name}", name)
            raise RefusedError(400, {"error": words})
        return base

    def _prefixed(self, name: str | None) -> str:
        """Return the full name of the built-in model that a bare name means, or the name itself."""
        return next((full for full in self._built_in if full.partition("/")[2] == name), name or "")

    def _provider(self, model: Model) -> Fields | None:
        reference: str | None = model.fields["provider_id"]
        if reference is None or (model.organization is None and self.dialect.hides_vendors):
            return None
        return self.providers.nested(model.organization, reference)


def _supported(override: Mapping[str, Any]) -> Fields:
    computed = {**SUPPORTED_PARAMS, **override}
    return {name: parameter for name, parameter in computed.items() if parameter is not None}
