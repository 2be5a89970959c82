"""The routes of the API: each reads a request, calls the backend and writes JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from .backend import Backend, Model, RefusedError
from .dialect import COSTS, COUNTS
from .faults import SERVER_ERROR
from .filters import keeps

NO_KEY = "Authentication credentials were not provided."
NAMES = ("model_name", "base_model_name")
# A lone surrogate cannot be encoded, and is sent as an escape.
_SURROGATE = re.compile("[\ud800-\udfff]")
WRONG_KEY = "Your API key is invalid or expired, please check your API key."


class Routes:
    """The routes of the models API; each endpoint reads a request and calls the backend."""

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
            ],
            exception_handlers={RefusedError: _refused, HTTPException: _not_routed},
        )
        self.app.router.redirect_slashes = False  # Starlette would redirect writes too

    async def collection(self, request: Request) -> Response:
        """GET lists; POST creates or updates, and lists where no `model_name` is sent."""
        organization = _organization(request)
        if request.method == "POST":
            body = _body(request)
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
        filters = _body(request).get("filters") or {}
        organization = _organization_if_any(request)
        models = self._sorted(request, self._kept(organization, filters))
        return _json(self._page(request, models, filters))

    async def summary(self, request: Request) -> Response:
        """Count the models that the filters keep."""
        filters = _body(request).get("filters") or {}
        models = self._counted(self._kept(_organization_if_any(request), filters))
        custom = sum(model.organization is not None for model in models)
        counts = {
            "total_count": len(models),
            "global_count": len(models) - custom,
            "custom_count": custom,
        }
        return _json({"summary": counts})

    async def public(self, request: Request) -> Response:
        """List the built-in models, even without a key, in the shorter form of the catalog."""
        models = [self._catalog_entry(model) for model in self._shown(self._backend.visible(None))]
        unnest = request.query_params.get("unnest") == "true"
        return _json(models if unnest else {"models": models})

    async def one(self, request: Request) -> Response:
        """Read, change or delete the model that the path names."""
        organization, name = _organization(request), request.path_params["model_name"]
        if request.method == "DELETE":
            self._backend.delete(organization, name)
            return Response(status_code=204)
        if request.method in ("PATCH", "PUT"):
            replace = request.method == "PUT"
            model = self._backend.update(organization, name, _body(request), replace=replace)
            return _json(self._backend.answer(model, "write" if replace else "patch"))
        return _json(self._backend.answer(self._backend.retrieve(organization, name)))

    def _upserted(self, organization: str, body: Mapping[str, Any]) -> Response:
        created, model = self._backend.upsert(organization, body)
        if self._backend.dialect.write_answer != "model":
            return Response(status_code=int(self._backend.dialect.write_answer))
        return _json(self._backend.answer(model, "write"), 201 if created else 200)

    def _listed(self, request: Request, organization: str, filters: Mapping[str, Any]) -> Response:
        models = self._sorted(request, self._kept(organization, filters))
        dialect = self._backend.dialect
        everything = request.query_params.get("all") == "true" and not dialect.all_is_ignored
        if dialect.list_answer == "page" and not everything:
            return _json(self._page(request, models, filters))
        return _json([self._backend.answer(model, "list") for model in self._shown(models)])

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
        dialect = self._backend.dialect
        number = _positive(request, "page", 1)
        size = min(_positive(request, "page_size", dialect.page_size), dialect.max_page_size)
        end = number * size
        shown, total = self._shown(models), len(self._counted(models))
        again = -(-end // max(1, len(shown))) if dialect.endless_next == "again" else 1
        # A page beyond the last is empty: the vendor's client reads until it finds one.
        page = (shown * again)[end - size : end]
        results = [self._backend.answer(model, "list") for model in page]
        more = end < len(shown) or dialect.endless_next != "no"

        def address(page: int) -> str:
            return str(request.url.include_query_params(page=page))

        return {
            "count": len(results) if dialect.counts_the_page else total,
            "next": address(number + 1) if dialect.tells_next and more else None,
            "previous": address(number - 1) if number > 1 else None,
            "total_count": total,
            "current_filters": filters,
            "filters_data": {},
            "results": results,
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


def sent_key(authorization: str) -> str | None:
    """Return the API key from an Authorization header."""
    scheme, _, key = authorization.partition(" ")
    return key if scheme == "Bearer" else None


def _organization(request: Request) -> str:
    organization: str | None = request.state.organization
    if organization is None:
        key = sent_key(request.headers.get("authorization", ""))
        raise RefusedError(401, {"detail": NO_KEY if key is None else WRONG_KEY})
    return organization


def _organization_if_any(request: Request) -> str | None:
    return _organization(request) if "authorization" in request.headers else None


def _body(request: Request) -> dict[str, Any]:
    raw: bytes = request.state.body
    if not raw:
        return {}
    media_type = request.headers.get("content-type", "")
    if media_type.partition(";")[0].strip().lower() != "application/json":
        raise RefusedError(415, {"detail": f'Unsupported media type "{media_type}" in request.'})
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except ValueError as error:
        raise RefusedError(400, {"detail": f"JSON parse error - {error}"}) from None
    if not isinstance(body, dict):
        kind = type(body).__name__
        problem = f"Invalid data. Expected a dictionary, but got {kind}."
        raise RefusedError(400, {"non_field_errors": [problem]})
    return body


def _no_constant(name: str) -> object:
    raise ValueError(f"Out of range float values are not JSON compliant: {name}")


def _positive(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text)):
        raise RefusedError(404, {"detail": "Invalid page."})
    return int(text)


def _json(content: object, status: int = 200) -> Response:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return Response(text, status, media_type="application/json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return _json(error.body, error.status)


async def _not_routed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.scope["raw_path"].decode("ascii")
    if path.startswith("/api/models") and not path.endswith("/"):
        return _slash_missing(request, path)
    if error.status_code == 405:
        return _json({"detail": f'Method "{request.method}" not allowed.'}, 405)
    return _json({"detail": "Not found."}, error.status_code)


def _slash_missing(request: Request, path: str) -> Response:
    # As Django does: it cannot redirect a write without losing its body.
    if request.method not in ("GET", "HEAD"):
        return _json(SERVER_ERROR, 500)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{path}/{query}", 301)
