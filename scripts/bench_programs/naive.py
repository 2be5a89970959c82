"""What people write first: one request per step, and a provider instance per resource."""

import os

import httpx
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

URL = os.environ["KEYWORDSAI_BASE_URL"] + "/api/models/"
HEADERS = {"Authorization": "Bearer " + os.environ["KEYWORDSAI_API_KEY"]}


class NaiveProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(props["model_name"], self._write(props))

    def diff(self, id_, olds, news):
        changed = [name for name in self._body(news) if olds.get(name) != news[name]]
        return DiffResult(changes=bool(changed))

    def read(self, id_, props):
        response = httpx.get(f"{URL}{id_}/", headers=HEADERS)
        if response.status_code == 404:
            return ReadResult(None, {})
        return ReadResult(id_, {**props, **self._known(props, response)})

    def update(self, id_, olds, news):
        return UpdateResult(self._write(news))

    def delete(self, id_, props):
        httpx.delete(f"{URL}{id_}/", headers=HEADERS).raise_for_status()

    def _write(self, props):
        response = httpx.post(URL, headers=HEADERS, json=self._body(props))
        return {**props, **self._known(props, response)}

    def _body(self, props):
        # Every number comes back from the engine as a float, which the API refuses for tokens.
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in props.items()
            if not name.startswith("__")
        }

    def _known(self, props, response):
        response.raise_for_status()
        answer = response.json()
        return {name: answer[name] for name in self._body(props) if name in answer}


class Model(Resource, module="naive", name="Model"):
    def __init__(self, name, **props):
        super().__init__(NaiveProvider(), name, props)
