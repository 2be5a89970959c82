"""The routes of the dashboard's metrics: each reads a request, and sums up what was logged."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .backend import Backend
from .exchange import body_of, json_answer, organization_of


class MetricRoutes:
    """The routes under `/api/dashboard/`; the breakdown is in no document."""

    def __init__(self, backend: Backend) -> None:
        self._logs, self._metrics = backend.logs, backend.metrics
        self.routes = [
            Route("/api/dashboard/llm-metrics/summary/", self.summary, methods=["POST"]),
            Route("/api/dashboard/breakdown/", self.breakdown, methods=["GET", "POST"]),
        ]

    async def summary(self, request: Request) -> Response:
        """Sum up the calls that the filter keeps, as one row."""
        organization = organization_of(request)
        asked = self._metrics.asked(request.query_params, body_of(request))
        return json_answer(self._metrics.summed(self._logs.kept(organization, asked.keeps)))

    async def breakdown(self, request: Request) -> Response:
        """Sum up the calls by model, under the name of the metric that sorts."""
        organization, query = organization_of(request), request.query_params
        if not self._metrics.breakdown:
            raise HTTPException(404)
        asked = self._metrics.asked(query, body_of(request), filtered=False)
        sort_by = query.get("sort_by", "number_of_requests")
        calls = self._logs.kept(organization, asked.keeps)
        limit = int(query.get("limit", "10"))
        return json_answer({sort_by: self._metrics.rows(calls, sort_by, limit)})
