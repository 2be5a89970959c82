"""The routes of `/api/providers/`: each reads a request, calls the backend and writes JSON."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .backend import Backend
from .exchange import body_of, json_answer, organization_of, page_of


class ProviderRoutes:
    """The routes of the custom providers; an id is one segment of the path."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.routes = [
            Route("/api/providers/", self.collection, methods=["GET", "POST"]),
            Route(
                "/api/providers/{provider_id}/",
                self.one,
                methods=["GET", "PATCH", "PUT", "DELETE"],
            ),
        ]

    async def collection(self, request: Request) -> Response:
        """GET lists the organization's own providers; POST creates one, or updates it."""
        organization, providers = organization_of(request), self._backend.providers
        dialect = self._backend.dialect
        if request.method == "POST":
            upsert = dialect.upserts_providers
            created, provider = providers.create(organization, body_of(request), upsert=upsert)
            if dialect.write_answer != "model":
                return Response(status_code=int(dialect.write_answer))
            return json_answer(providers.answer(provider), 201 if created else 200)
        found = providers.visible(organization)
        if not dialect.pages_providers:
            return json_answer([providers.answer(provider) for provider in found])
        page, place = page_of(request, dialect, found, len(found))
        results = [providers.answer(provider) for provider in page]
        return json_answer({**place, "current_filters": {}, "results": results})

    async def one(self, request: Request) -> Response:
        """Read, change or delete the provider that the path names."""
        organization, provider_id = organization_of(request), request.path_params["provider_id"]
        providers = self._backend.providers
        if request.method == "DELETE":
            self._backend.delete_provider(organization, provider_id)
            return Response(status_code=204)
        if request.method in ("PATCH", "PUT"):
            put = request.method == "PUT"
            changed = providers.update(organization, provider_id, body_of(request), put=put)
            return json_answer(providers.answer(changed))
        return json_answer(providers.answer(providers.retrieve(organization, provider_id)))
