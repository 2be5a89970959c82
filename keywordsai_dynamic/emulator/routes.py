"""The routes of the API: each reads a request, calls the backend and writes JSON."""

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from .backend import Backend, Model
from .dialect import COSTS, COUNTS
from .exchange import body_of, json_answer, organization_of, page_of
from .faults import SERVER_ERROR
from .filters import keeps
from .metric_routes import MetricRoutes
from .provider_routes import ProviderRoutes
from .refusals import NOT_FOUND, RefusedError

NAMES = ("model_name", "base_model_name")


class Routes:
    """The whole API; each endpoint of the models reads a request and calls the backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.app = Starlette(
            routes=[
                Route("/api/models/", self.collection, methods=["GET", "POST"]),
                Route("/api/models/list/", self.filtered, methods=["GET", "POST"]),
                Route("/api/models/summary/", self.summary, methods=["GET", "POST"]),
                Route("/api/models/public/", self.public),
                Route("/api/models/public", self.public),
                Route(
                    "/api/models/{model_name:path}/",
                    self.one,
                    methods=["GET", "PATCH", "PUT", "DELETE"],
                ),
                *ProviderRoutes(backend).routes,
                *MetricRoutes(backend).routes,
            ],
            exception_handlers={RefusedError: _refused, HTTPException: _not_routed},
        )
        self.app.router.redirect_slashes = False  # Starlette would redirect writes too

    async def collection(self, request: Request) -> Response:
        """GET lists; POST creates or updates, and lists where no `model_name` is sent."""
        organization = organization_of(request)
        if request.method == "POST":
            body = body_of(request)
            if "model_name" in body:
                return self._upserted(organization, body)
            return self._listed(request, organization, body.get("filters") or {})
        if self._backend.dialect.list_answer == "not_found":
            raise HTTPException(404)
        if self._backend.dialect.list_answer == "not_allowed":
            raise HTTPException(405)
        return self._listed(request, organization, {})

    async def filtered(self, request: Request) -> Response:
        """List the models that the filters keep, in pages; without a key, only built-in ones."""
        filters = body_of(request).get("filters") or {}
        organization = _organization_if_any(request)
        models = self._sorted(request, self._kept(organization, filters))
        return json_answer(self._page(request, models, filters))

    async def summary(self, request: Request) -> Response:
        """Count the models that the filters keep."""
        filters = body_of(request).get("filters") or {}
        models = self._counted(self._kept(_organization_if_any(request), filters))
        custom = sum(model.organization is not None for model in models)
        counts = {
            "total_count": len(models),
            "global_count": len(models) - custom,
            "custom_count": custom,
        }
        return json_answer({"summary": counts})

    async def public(self, request: Request) -> Response:
        """List the built-in models, even without a key, in the shorter form of the catalog."""
        models = [self._catalog_entry(model) for model in self._shown(self._backend.visible(None))]
        unnest = request.query_params.get("unnest") == "true"
        return json_answer(models if unnest else {"models": models})

    async def one(self, request: Request) -> Response:
        """Read, change or delete the model that the path names."""
        organization, name = organization_of(request), request.path_params["model_name"]
        if request.method == "DELETE":
            self._backend.delete(organization, name)
            return Response(status_code=204)
        if request.method in ("PATCH", "PUT"):
            replace = request.method == "PUT"
            model = self._backend.update(organization, name, body_of(request), replace=replace)
            return json_answer(self._backend.answer(model, "write" if replace else "patch"))
        return json_answer(self._backend.answer(self._backend.retrieve(organization, name)))

    def _upserted(self, organization: str, body: Mapping[str, Any]) -> Response:
        created, model = self._backend.upsert(organization, body)
        if self._backend.dialect.write_answer != "model":
            return Response(status_code=int(self._backend.dialect.write_answer))
        return json_answer(self._backend.answer(model, "write"), 201 if created else 200)

    def _listed(self, request: Request, organization: str, filters: Mapping[str, Any]) -> Response:
        models = self._sorted(request, self._kept(organization, filters))
        dialect = self._backend.dialect
        everything = request.query_params.get("all") == "true" and not dialect.all_is_ignored
        if dialect.list_answer == "page" and not everything:
            return json_answer(self._page(request, models, filters))
        return json_answer([self._backend.answer(model, "list") for model in self._shown(models)])

    def _kept(self, organization: str | None, filters: Mapping[str, Any]) -> list[Model]:
        if not isinstance(filters, dict):
            raise RefusedError(400, {"filters": ["Expected a dictionary of items."]})
        models = self._backend.visible(organization)
        if not filters:
            return models
        any_case = NAMES if self._backend.dialect.lowers_names else ()
        return [model for model in models if keeps(filters, self._backend.facts(model), any_case)]

    def _shown(self, models: list[Model]) -> list[Model]:
        dialect = self._backend.dialect
        hidden = {dialect.named(name) for name in dialect.list_hides}
        return [model for model in models if model.fields["model_name"] not in hidden]

    def _counted(self, models: list[Model]) -> list[Model]:
        return models if self._backend.dialect.counts_hidden else self._shown(models)

    def _sorted(self, request: Request, models: list[Model]) -> list[Model]:
        wanted = request.query_params.get("sort_by", "model_name")
        name = wanted.removeprefix("-")
        if name not in {"model_name", "base_model_name", *COUNTS, *COSTS}:
            raise RefusedError(400, {"detail": f"Unsupported sort field: {name}"})
        return sorted(
            models,
            key=lambda model: (model.fields[name] is not None, model.fields[name]),
            reverse=wanted.startswith("-"),
        )

    def _page(
        self, request: Request, models: list[Model], filters: Mapping[str, Any]
    ) -> dict[str, Any]:
        shown, total = self._shown(models), len(self._counted(models))
        page, place = page_of(request, self._backend.dialect, shown, total)
        return {
            **place,
            "total_count": total,
            "current_filters": filters,
            "filters_data": {},
            "results": [self._backend.answer(model, "list") for model in page],
        }

    def _catalog_entry(self, model: Model) -> dict[str, Any]:
        facts, dialect = self._backend.facts(model), self._backend.dialect
        entry: dict[str, Any] = {
            "model_name": facts["model_name"],
            "max_context_window": facts["max_context_window"],
            "input_cost": dialect.cost(facts["input_cost"]),
            "output_cost": dialect.cost(facts["output_cost"]),
            "provider": self._backend.vendor(model),
        }
        if dialect.generation in ("A", "B"):
            entry["rate_limit"] = None
        elif dialect.generation != "C":
            entry["prompt_cost"] = entry["input_cost"]
            entry["completion_cost"] = entry["output_cost"]
        return dialect.present(entry)


def _organization_if_any(request: Request) -> str | None:
    return organization_of(request) if "authorization" in request.headers else None


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return json_answer(error.body, error.status)


async def _not_routed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.scope["raw_path"].decode("ascii")
    if path.startswith(("/api/models", "/api/providers", "/api/dashboard")) and not path.endswith(
        "/"
    ):
        return _slash_missing(request, path)
    if error.status_code == 405:
        return json_answer({"detail": f'Method "{request.method}" not allowed.'}, 405)
    return json_answer(NOT_FOUND, error.status_code)


def _slash_missing(request: Request, path: str) -> Response:
    # As Django does: it cannot redirect a write without losing its body.
    if request.method not in ("GET", "HEAD"):
        return json_answer(SERVER_ERROR, 500)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{path}/{query}", 301)
