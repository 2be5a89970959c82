"""A running emulator, as tests and demos use it."""

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from .backend import Backend
from .dialect import Dialect
from .faults import Faults
from .logs import Call, cost_of
from .metrics import SUFFIX
from .providers import Fields
from .request_log import RecordedRequest

HOST = "127.0.0.1"


class Emulator:
    """The API at `url`, with everything that a test may want to inspect or to control.

    `requests` is what arrived, in order. `faults` plays delays, limits and errors. `dialect` is
    how answers are written, `metrics` how calls are summed up. The methods change models and
    providers as a user of the web console would: without HTTP, and without a trace in `requests`.
    `organization` is by default the first.
    """

    def __init__(
        self, url: str, api_keys: Mapping[str, str], backend: Backend, faults: Faults
    ) -> None:
        self.url = url
        self.api_keys = dict(api_keys)
        self.api_key, self.organization = next(iter(self.api_keys.items()))
        self.faults = faults
        self.dialect = backend.dialect
        self.metrics = backend.metrics
        self.requests: list[RecordedRequest] = []
        self._backend = backend

    @property
    def calls(self) -> list[tuple[str, str, Any]]:
        """The requests in a form to compare: method, path with query, decoded body."""
        return [request.call for request in list(self.requests)]

    def models(self, organization: str | None = None) -> dict[str, Fields]:
        """Return the stored fields of an organization's own models, by name."""
        return self._backend.own_fields(organization or self.organization)

    def put_model(
        self, model_name: str, *, organization: str | None = None, **fields: object
    ) -> Fields:
        """Create or overwrite a model as in the console; returns the stored fields."""
        body = {"model_name": model_name, **fields}
        _, model = self._backend.upsert(organization or self.organization, body)
        return dict(model.fields)

    def edit_model(
        self, model_name: str, *, organization: str | None = None, **fields: object
    ) -> Fields:
        """Change fields of an own model as in the console; returns the stored fields."""
        model = self._backend.update(organization or self.organization, model_name, fields)
        return dict(model.fields)

    def remove_model(self, model_name: str, *, organization: str | None = None) -> None:
        """Delete an own model as in the console."""
        self._backend.delete(organization or self.organization, model_name)

    def providers(self, organization: str | None = None) -> dict[str, Fields]:
        """Return what is stored of an organization's providers, by id, with their credentials."""
        return self._backend.providers.own_fields(organization or self.organization)

    def put_provider(
        self, provider_id: str, *, organization: str | None = None, **fields: object
    ) -> Fields:
        """Create or overwrite a provider as in the console; `provider_name` is by default its id.

        Returns the stored fields, with its credentials.
        """
        body = {"provider_id": provider_id, "provider_name": provider_id, **fields}
        owner = organization or self.organization
        self._backend.providers.create(owner, body, upsert=True)
        return self.providers(owner)[provider_id]

    def edit_provider(
        self, provider_id: str, *, organization: str | None = None, **fields: object
    ) -> Fields:
        """Change fields of a provider as in the console; returns the stored fields."""
        owner = organization or self.organization
        self._backend.providers.update(owner, provider_id, fields)
        return self.providers(owner)[provider_id]

    def remove_provider(self, provider_id: str, *, organization: str | None = None) -> None:
        """Delete a provider as in the console, with what the dialect does to its models."""
        self._backend.delete_provider(organization or self.organization, provider_id)

    def log_calls(self, calls: Iterable[Call], *, organization: str | None = None) -> None:
        """Log calls as if models had served them, each at the price that its model has now.

        A call that has a cost keeps it. The name in the log is what `metrics` says.
        """
        owner = organization or self.organization
        self._backend.logs.add(owner, [self._logged(owner, call) for call in calls])

    def _logged(self, organization: str, call: Call) -> Call:
        model = self._backend.retrieve(organization, call.model).fields
        base = model["base_model_name"] if self.metrics.logged_name == "base" else None
        name = (base or call.model) + (SUFFIX if self.metrics.suffixed else "")
        return replace(call, model=name, cost=call.cost or cost_of(call, model))


@contextmanager
def running_emulator(
    *,
    port: int = 0,
    api_keys: Mapping[str, str] | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    dialect: Dialect | None = None,
    on_request: Callable[[RecordedRequest], None] | None = None,
) -> Iterator[Emulator]:
    """Serve the API on loopback while the block runs; port 0 picks a free one.

    `api_keys` maps each key to its organization. `providers` maps a provider that was sent to the
    one that is returned, as `{"my-azure-provider": {"provider_id": "my-custom-provider",
    "provider_name": "My Custom Provider"}}`; any other is returned unchanged. `on_request` is
    called with each request once it has taken effect. Raises OSError if the port is taken,
    ModuleNotFoundError if starlette or uvicorn is missing (extra `emulator`).
    """
    # Not at the top: pytest imports the plugin in every project of a user, even without the extra.
    from .server import Stage, start  # noqa: PLC0415

    keys = dict(api_keys or {"demo-key": "demo"})
    backend = Backend(keys.values(), dialect=dialect, providers=providers)
    faults = Faults()
    listener = socket.create_server((HOST, port))
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    emulator = Emulator(url, keys, backend, faults)

    def note(request: RecordedRequest) -> None:
        emulator.requests.append(request)
        if on_request is not None:
            on_request(request)

    stop = start(Stage(backend, faults, keys, note), listener)
    try:
        yield emulator
    finally:
        faults.clear()
        stop()
