"""The service of a world: the emulator's backend without HTTP, in any weather.

The weather is what dice do to single requests: lost connections, errors before or after they took
effect, the request limit, a proxy's words. What the service itself does (rounding, pages, lists
that lag) is the emulator's `Dialect`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from itertools import count
from random import Random
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from keywordsai_dynamic.api.answers import Answer
from keywordsai_dynamic.api.providers_client import PROVIDERS_PATH
from keywordsai_dynamic.core.errors import APIConnectionError
from keywordsai_dynamic.core.kinds import MODEL, PROVIDER, ResourceKind
from keywordsai_dynamic.emulator.backend import Backend, Model
from keywordsai_dynamic.emulator.dialect import Dialect
from keywordsai_dynamic.emulator.refusals import RefusedError
from keywordsai_dynamic.lifecycle.provider_parts import named, parts_of_answer

from .scheduler import EPOCH, Scheduler

HERE, ELSEWHERE = "https://api.keywordsai.co", "https://keywordsai.acme.example"
CONSOLE = "the console"
ATTACHED = "ATTACHED"
_numbers = count(1)
_BUILT_IN = ("anthropic/", "openai/gpt-4o")
_PAGES = "/api/models/list/"


@dataclass(frozen=True)
class Weather:
    """How likely each fault is at one request; `limit` requests are allowed in `window` seconds.

    `delete_404` is how likely a DELETE finds nothing, in the API's words, without having looked.
    `miscounts` is how likely a list counts wrongly, and `repeats` how likely an error repeats what
    was sent, the key included. `latency` is the longest time that each half of a request takes.
    """

    drop_before: float = 0.0
    drop_after: float = 0.0
    error_before: float = 0.0
    error_after: float = 0.0
    no_body: float = 0.0
    proxy_404: float = 0.0
    refuses: float = 0.0
    delete_404: float = 0.0
    miscounts: float = 0.0
    repeats: float = 0.0
    limit: int = 0
    window: float = 60.0
    latency: float = 2.0


QUIET = Weather(latency=0.1)


@dataclass
class Write:
    """One effect on a model or a provider: who wrote it, and its fields before and after.

    None stands for no model; the fields of a provider are its parts, as `extra_kwargs.region`. The
    verb ATTACHED is what the deletion of a provider did to a model. `began` is when the request
    left, `at` when it took effect; `sent` are the fields it named. `process` is the provider's
    process, `lag` how old lists were, and `status` what was answered (0: nothing).
    """

    began: float
    at: float
    who: str
    verb: str
    host: str
    organization: str
    name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    sent: Mapping[str, Any] = field(default_factory=dict)
    process: str = ""
    lag: float = 0.0
    status: int = 0
    kind: ResourceKind = MODEL


@dataclass
class Request:
    """One request of a run, when it left, and when its answer came or it was given up.

    `process` is the provider's process, `written` the model or provider that it would create, and
    `status` what was answered (0: nothing).
    """

    who: str
    process: str
    method: str
    path: str
    written: str
    began: float
    ended: float = float("inf")
    status: int = 0

    def reads(self, path: str) -> bool:
        """Return whether the request reads the model at `path`, alone or in a list."""
        lists = path.startswith("/api/models/") and self.lists
        return lists or (self.method == "GET" and self.path == path)

    @property
    def lists(self) -> bool:
        """Return whether the request lists models."""
        return self.path.startswith(("/api/models/?all", _PAGES))

    @property
    def goes_on(self) -> bool:
        """Return whether the request goes on with a list: the first page says how old it is."""
        return "page=" in self.path and "page=1&" not in self.path


class Service:
    """All hosts that a world can reach, what was written to them, and what was requested.

    `keys` maps every valid key to its organization.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        dice: Random,
        keys: Mapping[str, str],
        dialect: Callable[[], Dialect],
    ) -> None:
        self.scheduler, self.dice, self.keys = scheduler, dice, dict(keys)
        self.backends = {host: _backend(keys.values(), dialect()) for host in (HERE, ELSEWHERE)}
        self.weather = QUIET
        self.proxy_until, self.framework = -1.0, False
        self.writes: list[Write] = []
        self.requests: list[Request] = []
        self.observers: list[Callable[[str], None]] = []
        self._sent: dict[str, list[float]] = {}

    def fields(
        self, host: str, organization: str, name: str, kind: ResourceKind = MODEL
    ) -> Mapping[str, Any] | None:
        """Return what is stored of an organization's own model, or the parts of its provider."""
        backend = self.backends[host]
        if kind is MODEL:
            return backend.own_fields(organization).get(self.dialect(host).named(name))
        stored = backend.providers.own_fields(organization).get(name)
        return None if stored is None else parts(stored)

    def dialect(self, host: str = HERE) -> Dialect:
        """Return what the service at a host does."""
        return self.backends[host].dialect

    def written(
        self,
        who: str,
        verb: str,
        host: str,
        organization: str,
        body: Mapping[str, Any],
        *,
        kind: ResourceKind = MODEL,
        began: float | None = None,
        process: str = "",
    ) -> Any:  # noqa: ANN401  (what the backend returns)
        """Apply a write, and note it in the history; raises RefusedError."""
        backend, name = self.backends[host], body[kind.id_field]
        before = self.fields(host, organization, name, kind)
        models = backend.own_fields(organization) if kind is PROVIDER else {}
        effect = _on_a_provider if kind is PROVIDER else _on_a_model
        outcome = effect(backend, verb, organization, body)
        now = self.scheduler.now
        began = now if began is None else began
        lag = backend.dialect.list_lags
        for model, old in models.items():
            new = self.fields(host, organization, model)
            if new != old:
                attached = (host, organization, model, old, new)
                self.writes.append(
                    Write(began, now, who, ATTACHED, *attached, process=process, lag=lag)
                )
        after = self.fields(host, organization, name, kind)
        sent = dict(body) if kind is MODEL else parts(body)
        what = (host, organization, name, before, after, sent)
        lag = lag if kind is MODEL else 0.0  # a provider is never looked up in a list
        self.writes.append(Write(began, now, who, verb, *what, process=process, lag=lag, kind=kind))
        return outcome

    def fault(self, key: str) -> str:
        """Return what the weather does to the next request."""
        weather = self.weather
        if self.scheduler.now < self.proxy_until:
            return "proxy_404"
        if weather.limit:
            now = self.scheduler.now
            sent = self._sent.setdefault(key, [])
            sent[:] = [at for at in sent if at > now - weather.window]
            if len(sent) >= weather.limit:
                return "limited"
            sent.append(now)
        drawn = self.dice.random()
        for name in ("drop_before", "drop_after", "error_before", "error_after", "no_body"):
            drawn -= getattr(weather, name)
            if drawn < 0:
                return name
        for name in ("proxy_404", "refuses"):
            drawn -= getattr(weather, name)
            if drawn < 0:
                return name
        return ""


def parts(provider: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a provider by what messages call them."""
    return {named(path): value for path, value in parts_of_answer(provider).items()}


def _on_a_model(backend: Backend, verb: str, organization: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401  (what the backend returns)
    if verb == "DELETE":
        return backend.delete(organization, body["model_name"])
    if verb == "PATCH":
        return backend.update(organization, body["model_name"], body)
    return backend.upsert(organization, body)


def _on_a_provider(backend: Backend, verb: str, organization: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401  (what the backend returns)
    if verb == "DELETE":
        return backend.delete_provider(organization, body["provider_id"])
    if verb == "PATCH":
        rest = {name: value for name, value in body.items() if name != "provider_id"}
        return backend.providers.update(organization, body["provider_id"], rest)
    upsert = backend.dialect.upserts_providers
    return backend.providers.create(organization, body, upsert=upsert)


def _backend(organizations: Any, dialect: Dialect) -> Backend:  # noqa: ANN401  (an iterable)
    backend = Backend(sorted(set(organizations)), dialect=dialect)
    # A few built-in models are enough to show how many decimals prices have.
    kept = {name: one for name, one in backend._built_in.items() if name.startswith(_BUILT_IN)}
    backend._built_in = kept
    return backend


@dataclass(frozen=True)
class Setup:
    """What a run is configured with: the key and the host, also of explicit providers."""

    key: str
    host: str = HERE
    others: Mapping[str, Setup] = field(default_factory=dict)

    def of(self, provider: str) -> Setup:
        """Return what a provider is configured with."""
        return self.others.get(provider, self)

    def with_key(self, key: str) -> Setup:
        """Return the same with another key."""
        return replace(self, key=key)


class SimulatedWire:
    """Where the requests of one process go, in place of `transport.Transport`."""

    def __init__(self, service: Service, setup: Setup, who: str) -> None:
        self._service, self._host, self._key = service, setup.host, setup.key
        self._who, self._process = who, f"{who}, process {next(_numbers)}"

    def close(self) -> None:
        """Nothing is open."""

    def exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float
    ) -> Answer | APIConnectionError:
        """Take some time, meet the weather, have an effect, and take some time again."""
        service = self._service
        if seconds <= 0:
            raise APIConnectionError(f"{method} was not sent: the call's time is up.")
        began = service.scheduler.now
        written = _created(method, body or {})
        request = Request(self._who, self._process, method, path, written, began)
        service.requests.append(request)
        self._wait(seconds)
        fault = service.fault(self._key)
        for observe in service.observers:
            observe(f"{method} {path}")
        earlier = len(service.writes)
        answer = self._answer(fault, method, path, body, began)
        for write in service.writes[earlier:]:
            write.status = answer.status if answer is not None else 0
        self._wait(seconds - (service.scheduler.now - began))
        request.ended = service.scheduler.now
        request.status = answer.status if answer is not None else 0
        if request.ended - began >= seconds:
            raise APIConnectionError(f"{method} had no answer within {seconds:.3g} s. Try again.")
        if answer is None:
            return APIConnectionError(f"{method} {self._host}{path}: the connection was lost.")
        return answer

    def _wait(self, left: float) -> None:
        service = self._service
        longest = service.weather.latency
        # Now and then a request takes longer than a write may rely on its lookup.
        slow = longest > 1 and service.dice.random() < 0.02
        seconds = service.dice.uniform(5, 15) if slow else service.dice.uniform(0, longest)
        service.scheduler.pause(min(seconds, max(left, 0.0)))

    def _answer(
        self, fault: str, method: str, path: str, body: Mapping[str, Any] | None, began: float
    ) -> Answer | None:
        """Return an answer, where the request may have had an effect; None loses it."""
        service = self._service
        if fault == "drop_before":
            return None
        if fault in {"limited", "proxy_404", "error_before", "refuses"}:
            return self._instead(fault, body)
        if method == "DELETE" and service.dice.random() < service.weather.delete_404:
            return _json({"detail": "Not found."}, 404)
        answer = self._of_the_service(method, path, body, began)
        if fault == "error_after":
            return self._error(body, temporary=True)
        if fault == "no_body" and answer.status < 300 and method != "GET":
            return Answer(service.dice.choice([200, 202, 204]), {}, b"")
        return None if fault == "drop_after" else answer

    def _instead(self, fault: str, body: Mapping[str, Any] | None) -> Answer:
        """Return an answer that keeps the request from the service."""
        service = self._service
        if fault == "limited":
            return _too_many(service)
        if fault == "proxy_404":
            within = service.scheduler.now < service.proxy_until
            return _of_a_proxy(service.dice, within and service.framework)
        return self._error(body, temporary=fault == "error_before")

    def _error(self, body: Mapping[str, Any] | None, *, temporary: bool) -> Answer:
        dice = self._service.dice
        status = dice.choice([502, 503, 504] if temporary else [400, 401, 403, 500, 500])
        words = "the request failed"
        if dice.random() < self._service.weather.repeats:
            words = f"failed: Authorization Bearer {self._key}, body {json.dumps(body)}"
        shapes = [{"detail": words}, {"error": {"message": words}}, {"errors": {"name": [words]}}]
        text = f"<html><h1>{words}</h1>" if dice.random() < 0.2 else json.dumps(dice.choice(shapes))
        return Answer(status, {}, text.encode())

    def _of_the_service(
        self, method: str, path: str, body: Mapping[str, Any] | None, began: float
    ) -> Answer:
        organization = self._service.keys.get(self._key)
        if organization is None:
            return _json({"detail": "Your API key is invalid."}, 401)
        try:
            return self._routed(method, path, body or {}, organization, began)
        except RefusedError as refused:
            return _json(refused.body, refused.status)

    def _routed(
        self, method: str, path: str, body: Mapping[str, Any], organization: str, began: float
    ) -> Answer:
        service, backend = self._service, self._service.backends[self._host]
        route, _, query = path.partition("?")
        if route == "/api/models/" and method == "POST":
            place = (self._host, organization)
            new, model = service.written(
                self._who, method, *place, body, began=began, process=self._process
            )
            if backend.dialect.write_answer != "model":
                return Answer(int(backend.dialect.write_answer), {}, b"")
            return _json(backend.answer(model, "write"), 201 if new else 200)
        if route in {"/api/models/", _PAGES}:
            return self._list(route, query, organization)
        if route.startswith(PROVIDERS_PATH):
            return self._provider(route, method, body, organization, began)
        name = unquote(urlsplit(route).path.removeprefix("/api/models/").removesuffix("/"))
        if method == "DELETE":
            place, gone = (self._host, organization), {"model_name": name}
            service.written(self._who, method, *place, gone, began=began, process=self._process)
            return Answer(204, {}, b"")
        return _json(backend.answer(backend.retrieve(organization, name)))

    def _provider(
        self, route: str, method: str, body: Mapping[str, Any], organization: str, began: float
    ) -> Answer:
        service, backend = self._service, self._service.backends[self._host]
        provider_id = unquote(route.removeprefix(PROVIDERS_PATH).removesuffix("/"))
        if method == "GET":
            found = backend.providers.retrieve(organization, provider_id)
            return _json(backend.providers.answer(found))
        body = {"provider_id": provider_id, **body} if provider_id else body
        place = (self._host, organization)
        outcome = service.written(
            self._who, method, *place, body, kind=PROVIDER, began=began, process=self._process
        )
        if method == "DELETE":
            return Answer(204, {}, b"")
        new, provider = outcome if method == "POST" else (False, outcome)
        if method == "POST" and backend.dialect.write_answer != "model":
            return Answer(int(backend.dialect.write_answer), {}, b"")
        return _json(backend.providers.answer(provider), 201 if new else 200)

    def _list(self, route: str, query: str, organization: str) -> Answer:
        backend = self._service.backends[self._host]
        dialect = backend.dialect
        if route != _PAGES and dialect.list_answer in {"not_found", "not_allowed"}:
            return _json(
                {"detail": "Not found."}, 404 if dialect.list_answer == "not_found" else 405
            )
        models = backend.visible(organization)
        shown = [one for one in models if one.fields["model_name"] not in dialect.list_hides]
        counted = len(models if dialect.counts_hidden else shown)
        if self._service.dice.random() < self._service.weather.miscounts:
            counted += self._service.dice.choice([-1, 1])
        answered: Callable[[list[Model]], list[Any]] = lambda some: [  # noqa: E731  (two uses)
            backend.answer(one, "list") for one in some
        ]
        if route != _PAGES and dialect.list_answer == "array":
            return _json(answered(shown))
        page, size = int(parse_qs(query).get("page", ["1"])[0]), dialect.page_size
        results = answered(shown[(page - 1) * size : page * size])
        more = page * size < len(shown) and dialect.tells_next
        return _json(
            {
                "count": len(results) if dialect.counts_the_page else counted,
                "total_count": counted,
                "next": f"{self._host}{route}?page={page + 1}&page_size={size}" if more else None,
                "results": results,
            }
        )


def _created(method: str, body: Mapping[str, Any]) -> str:
    """Return what a request would create, with its kind; "" for no create."""
    for kind in (MODEL, PROVIDER):
        if method == "POST" and kind.id_field in body:
            return f"{kind.noun} {body[kind.id_field]}"
    return ""


def _too_many(service: Service) -> Answer:
    """Return a 429 in one of the forms that services and proxies have for it."""
    dice, wait = service.dice, service.dice.choice([1, 3, 20, 60])
    body: dict[str, object] = {"detail": "Rate limit exceeded"}
    headers: dict[str, str] = {}
    form = dice.choice(["body", "header", "date", "text", "nothing", "html", "late"])
    if form in {"body", "text"}:
        body["retry_after"] = wait if form == "body" else f"{wait}"
    elif form == "header":
        headers["retry-after"] = str(wait)
    elif form == "date":
        headers["retry-after"] = formatdate(EPOCH + service.scheduler.now + wait, usegmt=True)
    elif form == "late":
        body["retry_after"] = 86_400
    raw = b"<html>Too Many Requests" if form == "html" else json.dumps(body).encode()
    return Answer(429, headers, raw)


def _of_a_proxy(dice: Random, framework: bool) -> Answer:
    """Return a 404 that is not the API's; a web `framework` words it as the API does."""
    if framework:
        return _json({"detail": "Not Found"}, 404)
    bodies = (b"", b"<html>404 Not Found</html>", b'{"message":"no Route matched"}')
    return Answer(404, {}, dice.choice(bodies))


def _json(content: object, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps(content).encode())
