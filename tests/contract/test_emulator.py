"""The emulator answers as the vendor's documentation says, over real sockets."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from keywordsai_dynamic.emulator import Dialect, Emulator, RefusedError, running_emulator
from keywordsai_dynamic.emulator.dialect import Generation, ListAnswer

UNAUTHENTICATED = {"detail": "Authentication credentials were not provided."}
DOCUMENTED_REQUEST = {
    "model_name": "my-custom-gpt-4",
    "base_model_name": "gpt-4",
    "display_name": "My Custom GPT-4",
    "custom_provider_id": "my-azure-provider",
    "input_cost": 0.025,
    "output_cost": 0.075,
}
DOCUMENTED_ANSWER = {
    "id": "my-custom-gpt-4",
    "model_name": "my-custom-gpt-4",
    "display_name": "My Custom GPT-4",
    "base_model_name": "gpt-4",
    "affiliation_category": "custom",
    "is_called_by_custom_name": False,
    "input_cost": 0.025,
    "output_cost": 0.075,
    "cache_hit_input_cost": 0.0,
    "cache_creation_input_cost": 0.0,
    "max_context_window": 8192,
    "streaming_support": 1,
    "function_call": 1,
    "image_support": 0,
    "source": "db",
    "provider": {
        "id": "my-custom-provider",
        "provider_id": "my-custom-provider",
        "provider_name": "My Custom Provider",
        "organization_id": 123,
    },
}
DOCUMENTED_PROVIDERS = {
    "my-azure-provider": {
        "provider_id": "my-custom-provider",
        "provider_name": "My Custom Provider",
    }
}


def connect(emulator: Emulator, key: str | None = None) -> httpx.Client:
    """Open a client that sends this key, by default the emulator's first."""
    return httpx.Client(
        base_url=emulator.url, headers={"Authorization": f"Bearer {key or emulator.api_key}"}
    )


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    """Hold a connection with a good key."""
    with connect(emulator) as client:
        yield client


def names(models: list[dict[str, Any]]) -> list[str]:
    """Give the names of the custom models in a list."""
    return [model["model_name"] for model in models if model["affiliation_category"] == "custom"]


def test_the_documented_example_is_answered_as_documented() -> None:
    """The request on the vendor's page gets the answer on that page, to the last field."""
    with running_emulator(providers=DOCUMENTED_PROVIDERS) as emulator, connect(emulator) as api:
        response = api.post("/api/models/", json=DOCUMENTED_REQUEST)
    assert (response.status_code, response.json()) == (201, DOCUMENTED_ANSWER)


def test_post_creates_then_updates_and_keeps_what_it_leaves_out(
    emulator: Emulator, api: httpx.Client
) -> None:
    """The first POST of a name answers 201, the next 200, and omitted fields stay."""
    created = api.post("/api/models/", json={"model_name": "m", "input_cost": 1, "output_cost": 2})
    updated = api.post("/api/models/", json={"model_name": "m", "input_cost": 3})
    assert [created.status_code, updated.status_code] == [201, 200]
    assert (updated.json()["input_cost"], updated.json()["output_cost"]) == (3.0, 2.0)
    assert emulator.models()["m"]["output_cost"] == 2.0


def test_post_may_reset_what_it_leaves_out(emulator: Emulator, api: httpx.Client) -> None:
    """The other reading of the docs can be played: an omitted field goes back to its default."""
    emulator.dialect.keep_omitted = False
    api.post("/api/models/", json={"model_name": "m", "input_cost": 1, "output_cost": 2})
    updated = api.post("/api/models/", json={"model_name": "m", "input_cost": 3}).json()
    assert (updated["input_cost"], updated["output_cost"]) == (3.0, 0.0)


def test_post_without_a_name_lists(emulator: Emulator, api: httpx.Client) -> None:
    """A POST without `model_name` is the old list call: 200, an array, nothing written."""
    emulator.put_model("mine")
    response = api.post("/api/models/", json={"input_cost": 1})
    assert (response.status_code, names(response.json())) == (200, ["mine"])
    assert emulator.models().keys() == {"mine"}


def test_a_model_inherits_from_its_base_once(emulator: Emulator, api: httpx.Client) -> None:
    """Unset fields are copied at creation, from a bare, prefixed or custom base; not later."""
    emulator.put_model("parent", base_model_name="openai/gpt-4o", max_context_window=9)
    child = api.post("/api/models/", json={"model_name": "child", "base_model_name": "parent"})
    emulator.edit_model("parent", max_context_window=10)
    again = api.get("/api/models/child/").json()
    assert child.json() == again
    inherited = {
        "input_cost": 2.5,
        "output_cost": 10.0,
        "cache_hit_input_cost": 1.25,
        "cache_creation_input_cost": 0.0,
        "max_context_window": 9,
        "streaming_support": 1,
        "function_call": 1,
        "image_support": 1,
    }
    assert {name: again[name] for name in inherited} == inherited
    assert again["provider"]["provider_id"] == "openai"


def test_costs_may_stay_behind_when_inheriting(emulator: Emulator, api: httpx.Client) -> None:
    """Where costs are not inherited, unset ones are 0 and capabilities still come over."""
    emulator.dialect.inherit_costs = False
    model = api.post("/api/models/", json={"model_name": "m", "base_model_name": "gpt-4o"}).json()
    assert (model["input_cost"], model["max_context_window"]) == (0.0, 128_000)


def test_an_unknown_base_is_refused(emulator: Emulator, api: httpx.Client) -> None:
    """An unknown base answers the documented 400, on creation and on update."""
    created = api.post("/api/models/", json={"model_name": "m", "base_model_name": "gpt-99"})
    emulator.put_model("m")
    patched = api.patch("/api/models/m/", json={"base_model_name": "gpt-99"})
    expected = (400, {"error": "Base model not found"})
    assert [(r.status_code, r.json()) for r in (created, patched)] == [expected, expected]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("model_name", 7, "Not a valid string."),
        ("model_name", " ", "This field may not be blank."),
        ("base_model_name", ["gpt-4"], "Not a valid string."),
        ("input_cost", "cheap", "A valid number is required."),
        ("input_cost", "2.5", "A valid number is required."),
        ("output_cost", True, "A valid number is required."),
        ("output_cost", 10**400, "A valid number is required."),
        ("cache_hit_input_cost", None, "This field may not be null."),
        ("max_context_window", 8192.0, "A valid integer is required."),
        ("streaming_support", True, '"True" is not a valid choice.'),
        ("function_call", 2, '"2" is not a valid choice.'),
        (
            "supported_params_override",
            [],
            'Expected a dictionary of items but got type "list".',
        ),
    ],
)
def test_a_wrong_field_is_named(
    emulator: Emulator, api: httpx.Client, field: str, value: object, problem: str
) -> None:
    """A value of the wrong kind answers 400 with a map of field to problems; nothing is stored."""
    response = api.post("/api/models/", json={"model_name": "m", field: value})
    assert (response.status_code, response.json()) == (400, {field: [problem]})
    assert emulator.models() == {}


def test_negative_costs_are_a_setting(emulator: Emulator, api: httpx.Client) -> None:
    """Nothing documents a minimum: negative costs pass unless the dialect refuses them."""
    first = api.post("/api/models/", json={"model_name": "m", "input_cost": -1})
    emulator.dialect.refuse_negative_costs = True
    second = api.post("/api/models/", json={"model_name": "m", "input_cost": -1})
    assert (first.status_code, second.status_code) == (201, 400)
    problem = "Ensure this value is greater than or equal to 0."
    assert second.json() == {"input_cost": [problem]}


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"[1]", "application/json", 400),
        (b'{"model_name": ', "application/json", 400),
        (b'{"model_name": "m", "input_cost": NaN}', "application/json", 400),
        (b"model_name=m", "text/plain", 415),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    emulator: Emulator, api: httpx.Client, content: bytes, content_type: str, status: int
) -> None:
    """What is not a JSON object never becomes a model."""
    headers = {"Content-Type": content_type}
    response = api.post("/api/models/", content=content, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert emulator.models() == {}


def test_protected_fields_are_dropped_on_creation_and_refused_on_update(
    emulator: Emulator, api: httpx.Client
) -> None:
    """What organizations may not set is ignored at first and a 403 later."""
    body = {"model_name": "m", "source": "hardcoded"}
    created = api.post("/api/models/", json=body)
    again = api.post("/api/models/", json=body)
    patched = api.patch("/api/models/m/", json={"status": "deprecated"})
    assert (created.status_code, created.json()["source"]) == (201, "db")
    refusal = {"detail": "You do not have permission to perform this action."}
    assert [(r.status_code, r.json()) for r in (again, patched)] == [(403, refusal)] * 2


def test_patch_merges_and_never_renames(emulator: Emulator, api: httpx.Client) -> None:
    """PATCH changes what it gives, keeps the rest, and ignores `model_name`."""
    emulator.put_model("m", input_cost=1, output_cost=2, base_model_name="gpt-4")
    answer = api.patch("/api/models/m/", json={"model_name": "n", "input_cost": 3})
    assert answer.status_code == 200
    assert emulator.models().keys() == {"m"}
    stored = emulator.models()["m"]
    assert (stored["input_cost"], stored["output_cost"]) == (3.0, 2.0)
    left_out = {"cache_hit_input_cost", "cache_creation_input_cost", "is_called_by_custom_name"}
    assert DOCUMENTED_ANSWER.keys() - answer.json().keys() == left_out


def test_put_keeps_what_it_leaves_out(emulator: Emulator, api: httpx.Client) -> None:
    """PUT answers the whole model, and a field it does not name stays."""
    emulator.put_model("m", input_cost=1, output_cost=2)
    answer = api.put("/api/models/m/", json={"output_cost": 4}).json()
    assert (answer["input_cost"], answer["output_cost"]) == (1.0, 4.0)
    assert answer.keys() == DOCUMENTED_ANSWER.keys()


@pytest.mark.parametrize(
    ("generation", "params"), [("A", {"top_k", "seed"}), ("E", {"seed"})], ids=["A", "E"]
)
def test_patch_merges_or_replaces_the_override(
    emulator: Emulator, api: httpx.Client, generation: Generation, params: set[str]
) -> None:
    """Old docs merge `supported_params_override` on PATCH, the newest replace it."""
    emulator.dialect.generation = generation
    emulator.put_model("m", base_model_name="gpt-4", supported_params_override={"top_k": {}})
    api.patch("/api/models/m/", json={"supported_params_override": {"seed": {}}})
    assert emulator.models()["m"]["supported_params_override"].keys() == params


def test_a_null_parameter_is_removed_from_the_computed_ones(
    emulator: Emulator, api: httpx.Client
) -> None:
    """`null` for a parameter takes it out of the answered `supported_params`."""
    emulator.dialect.generation = "E"
    override = {"top_p": None, "seed": {"name": "seed"}}
    emulator.put_model("m", base_model_name="gpt-4", supported_params_override=override)
    answer = api.get("/api/models/m/").json()
    assert answer["supported_params"].keys() == {"temperature", "max_tokens", "seed"}
    assert "supported_params_override" not in answer


def test_delete_is_final(emulator: Emulator, api: httpx.Client) -> None:
    """DELETE answers 204 without a body, and 404 the second time."""
    emulator.put_model("m")
    first, second = api.delete("/api/models/m/"), api.delete("/api/models/m/")
    assert (first.status_code, first.content) == (204, b"")
    assert (second.status_code, second.json()) == (404, {"detail": "Not found."})
    assert emulator.models() == {}


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE", "POST"])
def test_built_in_models_cannot_be_changed(
    emulator: Emulator, api: httpx.Client, method: str
) -> None:
    """Every way to write to a built-in model is a 403 that says why."""
    if method == "POST":
        body = {"model_name": "openai/gpt-4o", "input_cost": 0}
        response = api.post("/api/models/", json=body)
    elif method == "DELETE":
        response = api.delete("/api/models/openai/gpt-4o/")
    else:
        response = api.request(method, "/api/models/openai/gpt-4o/", json={"input_cost": 0})
    done = "deleted" if method == "DELETE" else "modified"
    detail = f"Hardcoded models cannot be {done}: they are synced from code."
    assert (response.status_code, response.json()) == (403, {"detail": detail})
    assert api.get("/api/models/openai/gpt-4o/").json()["input_cost"] == 2.5


def test_built_in_models_are_found_by_their_prefixed_names_only(api: httpx.Client) -> None:
    """A built-in model can be read as `openai/gpt-4o`; the bare name is a 404."""
    assert api.get("/api/models/openai/gpt-4o/").json()["source"] == "hardcoded"
    assert api.get("/api/models/gpt-4o/").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["a/b/c", "with space", "100%", "what?", "a#b", "日本語/é", "a+b&c=d", "a%2Fb", "list-x", "é"],
)
def test_any_name_survives_the_path(emulator: Emulator, api: httpx.Client, name: str) -> None:
    """A name with slashes, signs or other scripts is created, read, changed and deleted."""
    path = f"/api/models/{quote(name)}/"
    api.post("/api/models/", json={"model_name": name})
    read = api.get(path)
    assert (read.status_code, read.json()["id"]) == (200, name)
    assert api.patch(path, json={"input_cost": 1}).status_code == 200
    assert api.delete(path).status_code == 204
    assert emulator.requests[1].path == path


def test_a_wrong_or_missing_key_is_a_401(emulator: Emulator) -> None:
    """Without a key, with another scheme or with a wrong key nothing is read or written."""
    wrong = {"detail": "Your API key is invalid or expired, please check your API key."}
    cases: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, UNAUTHENTICATED),
        ({"Authorization": "Api-Key demo-key"}, UNAUTHENTICATED),
        ({"Authorization": "Bearer demo-kex"}, wrong),
        ({"Authorization": "Bearer demo-key demo-key"}, wrong),
    ]
    for headers, body in cases:
        response = httpx.post(
            f"{emulator.url}/api/models/", json={"model_name": "m"}, headers=headers
        )
        assert (response.status_code, response.json()) == (401, body)
    assert emulator.models() == {}
    assert [request.organization for request in emulator.requests] == [None] * 4


def test_organizations_are_apart() -> None:
    """Two keys see two organizations; a model that only the other one has is a 403."""
    with (
        running_emulator(api_keys={"key-a": "a", "key-b": "b"}) as emulator,
        connect(emulator, "key-a") as a,
        connect(emulator, "key-b") as b,
    ):
        a.post("/api/models/", json={"model_name": "shared", "input_cost": 1})
        a.post("/api/models/", json={"model_name": "only-a"})
        created = b.post("/api/models/", json={"model_name": "shared", "input_cost": 2})
        foreign = b.get("/api/models/only-a/")
        assert names(a.get("/api/models/").json()) == ["only-a", "shared"]
        assert names(b.get("/api/models/").json()) == ["shared"]
        assert emulator.models("a")["shared"]["input_cost"] == 1.0
        assert emulator.models("b")["shared"]["input_cost"] == 2.0
    assert created.status_code == 201
    assert foreign.status_code == 403
    assert foreign.json() == {"detail": "This model belongs to another organization."}


def test_the_list_is_an_array_of_built_in_and_own_models(
    emulator: Emulator, api: httpx.Client
) -> None:
    """`GET /api/models/` is a bare array by name, and the built-in ones are in it."""
    emulator.put_model("zeta")
    emulator.put_model("acme/first")
    listed = api.get("/api/models/?all=true").json()
    every_name = [model["model_name"] for model in listed]
    assert every_name == sorted(every_name)
    assert {"acme/first", "zeta", "openai/gpt-4", "google/gemini-2.5-pro"} <= set(every_name)
    assert listed[every_name.index("acme/first")] == api.get("/api/models/acme/first/").json()
    backwards = api.get("/api/models/?sort_by=-model_name").json()
    assert backwards == listed[::-1]


def test_the_list_may_be_a_page_object(emulator: Emulator, api: httpx.Client) -> None:
    """Paged, `next` is an absolute URL that leads through every model exactly once."""
    emulator.dialect.list_answer = "page"
    for number in range(8):
        emulator.put_model(f"m{number}")
    expected = [model["model_name"] for model in api.get("/api/models/?all=true").json()]
    seen, counts, address = [], [], f"{emulator.url}/api/models/?page_size=10"
    while address is not None:
        page = api.get(address).json()
        seen += [model["model_name"] for model in page["results"]]
        counts.append((page["count"], page["total_count"], len(page["results"])))
        address = page["next"]
    assert seen == expected
    assert counts == [(25, 25, 10), (25, 25, 10), (25, 25, 5)]
    assert page["previous"] == f"{emulator.url}/api/models/?page_size=10&page=2"


@pytest.mark.parametrize(("answer", "status"), [("not_found", 404), ("not_allowed", 405)])
def test_the_list_may_be_gone(
    emulator: Emulator, api: httpx.Client, answer: ListAnswer, status: int
) -> None:
    """The newest client no longer knows `GET /api/models/`: it can answer 404 or 405."""
    emulator.dialect.list_answer = answer
    response = api.get("/api/models/")
    assert response.status_code == status
    detail = {404: "Not found.", 405: 'Method "GET" not allowed.'}[status]
    assert response.json() == {"detail": detail}


def test_the_filtered_list_pages_and_counts(emulator: Emulator, api: httpx.Client) -> None:
    """`POST /api/models/list/` filters, pages, caps the page size; E counts the page only."""
    for number in range(5):
        emulator.put_model(f"m{number}", input_cost=number, base_model_name="gpt-4")
    custom = {"filters": {"affiliation_category": {"operator": "", "value": ["custom"]}}}
    page = api.post("/api/models/list/?page_size=2&page=3", json=custom).json()
    assert names(page.pop("results")) == ["m4"]
    assert page == {
        "count": 5,
        "next": None,
        "previous": f"{emulator.url}/api/models/list/?page_size=2&page=2",
        "total_count": 5,
        "current_filters": custom["filters"],
        "filters_data": {},
    }
    emulator.dialect.generation, emulator.dialect.max_page_size = "E", 3
    page = api.post("/api/models/list/?page_size=1000", json=custom).json()
    assert (page["count"], len(page["results"])) == (3, 3)
    beyond = api.post("/api/models/list/?page=99", json=custom)
    assert (beyond.status_code, beyond.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"affiliation_category": {"operator": "", "value": ["CUSTOM"]}}, ["cheap", "dear-one"]),
        ({"input_cost": {"operator": "gt", "value": [1000]}}, ["dear-one"]),
        (
            {
                "input_cost": [
                    {"operator": "gte", "value": [0.5]},
                    {"operator": "lt", "value": [0.6]},
                ]
            },
            ["cheap"],
        ),
        ({"model_name": {"operator": "icontains", "value": ["DEARone"]}}, ["dear-one"]),
        ({"model_name": {"operator": "not_in", "value": ["cheap"]}}, ["dear-one"]),
        ({"provider__provider_id": {"operator": "in", "value": ["mine"]}}, ["cheap"]),
        ({"base_model_name": {"operator": "not_empty", "value": [""]}}, ["dear-one"]),
    ],
)
def test_filters_keep_what_they_say(
    emulator: Emulator, api: httpx.Client, filters: dict[str, Any], kept: list[str]
) -> None:
    """Each documented kind of condition keeps the models that meet it."""
    emulator.put_model("cheap", input_cost=0.5, provider_id="mine")
    emulator.put_model("dear-one", input_cost=2000, base_model_name="gpt-4")
    page = api.post("/api/models/list/", json={"filters": filters}).json()
    assert names(page["results"]) == kept


@pytest.mark.parametrize(
    "filters",
    [
        {"colour": {"operator": "", "value": ["red"]}},
        {"model_name": {"operator": "like", "value": ["x"]}},
        {"model_name": "x"},
        {"input_cost": {"operator": "lt", "value": ["x"]}},
        ["model_name"],
    ],
)
def test_a_malformed_filter_is_a_400(api: httpx.Client, filters: object) -> None:
    """An unsupported field, operator or shape is refused instead of ignored."""
    assert api.post("/api/models/list/", json={"filters": filters}).status_code == 400


def test_anybody_may_see_the_built_in_models(emulator: Emulator) -> None:
    """Without a key, the catalog, the filtered list and the summary show built-ins only."""
    emulator.put_model("mine")
    catalog = httpx.get(f"{emulator.url}/api/models/public/").json()["models"]
    bare = httpx.get(f"{emulator.url}/api/models/public?unnest=true").json()
    listed = httpx.post(f"{emulator.url}/api/models/list/", json={}).json()
    summary = httpx.post(f"{emulator.url}/api/models/summary/", json={}).json()
    assert bare == catalog
    assert [m["model_name"] for m in catalog] == [m["model_name"] for m in listed["results"]]
    count = len(catalog)
    assert summary == {"summary": {"total_count": count, "global_count": count, "custom_count": 0}}
    gpt_4 = next(model for model in catalog if model["model_name"] == "openai/gpt-4")
    assert gpt_4 == {
        "model_name": "openai/gpt-4",
        "max_context_window": 8192,
        "input_cost": 30.0,
        "output_cost": 60.0,
        "provider": {
            "provider_name": "OpenAI",
            "provider_id": "openai",
            "moderation": "",
            "credential_fields": ["api_key"],
        },
        "rate_limit": None,
    }


def test_the_summary_counts_own_models(emulator: Emulator, api: httpx.Client) -> None:
    """With a key, the summary counts the organization's models apart."""
    emulator.put_model("mine")
    filters = {"affiliation_category": {"operator": "", "value": ["custom"]}}
    summary = api.post("/api/models/summary/", json={"filters": filters}).json()["summary"]
    assert summary == {"total_count": 1, "global_count": 0, "custom_count": 1}


def test_a_missing_slash_redirects_a_read_and_breaks_a_write(
    emulator: Emulator, api: httpx.Client
) -> None:
    """As in Django: GET is sent to the address with the slash, a write fails and writes nothing."""
    read = api.get("/api/models/a%20b?x=1")
    assert (read.status_code, read.headers["location"]) == (301, "/api/models/a%20b/?x=1")
    assert api.get("/api/models", follow_redirects=True).status_code == 200
    written = api.post("/api/models", json={"model_name": "m"})
    assert written.status_code == 500
    assert written.json() == {"detail": "Internal server error", "error_code": "INTERNAL_ERROR"}
    assert emulator.models() == {}


def test_an_unknown_address_or_method_is_answered_in_json(api: httpx.Client) -> None:
    """404 and 405 have the bodies of the API, not those of the server below."""
    assert api.get("/api/prompts/").json() == {"detail": "Not found."}
    refused = api.post("/api/models/m/", json={})
    assert (refused.status_code, refused.json()) == (405, {"detail": 'Method "POST" not allowed.'})


@pytest.mark.parametrize(
    ("generation", "differs"),
    [
        ("A", set[str]()),
        ("B", set[str]()),
        ("C", {"is_called_by_custom_name"}),
        ("D", {"model_type", "supported_params", "throughput", "created_at", "updated_at"}),
        ("E", {"display_name", "streaming_support", "source", "model_type", "supported_params"}),
    ],
)
def test_each_generation_has_its_own_fields(
    emulator: Emulator, api: httpx.Client, generation: Generation, differs: set[str]
) -> None:
    """The response object has the fields of its documentation, and no other."""
    emulator.dialect.generation = generation
    answer = api.post("/api/models/", json=DOCUMENTED_REQUEST).json()
    assert answer.keys() ^ DOCUMENTED_ANSWER.keys() == differs


@pytest.mark.parametrize(
    ("generation", "category", "provider"),
    [
        ("A", "keywordsai", None),
        ("B", "respan", None),
        ("C", "respan", {"id", "provider_id", "provider_name"}),
        ("E", "keywordsai", {"id", "provider_id", "provider_name", "extra_kwargs"}),
    ],
)
def test_built_in_models_are_marked_as_their_generation_does(
    emulator: Emulator, api: httpx.Client, generation: Generation, category: str, provider: object
) -> None:
    """The category of a built-in model was renamed with the vendor, and back again."""
    emulator.dialect.generation = generation
    answer = api.get("/api/models/openai/gpt-4/").json()
    given = answer["provider"]
    assert (answer["affiliation_category"], given and given.keys()) == (category, provider)


def test_generation_d_writes_whole_prices_as_integers(
    emulator: Emulator, api: httpx.Client
) -> None:
    """The examples of D show `3`, where others show `3.0`."""
    emulator.dialect.generation = "D"
    text = api.post("/api/models/", json={"model_name": "m", "input_cost": 3.0}).text
    assert '"input_cost":3,' in text


def test_generation_e_needs_a_provider_or_a_base(emulator: Emulator, api: httpx.Client) -> None:
    """The newest docs require a provider unless a base brings one."""
    emulator.dialect.generation = "E"
    alone = api.post("/api/models/", json={"model_name": "m"})
    provided = api.post("/api/models/", json={"model_name": "m", "provider_id": "p"})
    problem = {"custom_provider_id": ["This field is required."]}
    assert (alone.status_code, alone.json()) == (400, problem)
    assert provided.status_code == 201


def test_prices_may_be_rounded_and_base_names_prefixed(
    emulator: Emulator, api: httpx.Client
) -> None:
    """What is answered may be another value than was sent."""
    emulator.dialect.price_decimals, emulator.dialect.prefix_base_names = 2, True
    answer = api.post("/api/models/", json={**DOCUMENTED_REQUEST, "input_cost": 1.2345}).json()
    assert (answer["input_cost"], answer["base_model_name"]) == (1.23, "openai/gpt-4")


def test_a_misspelt_setting_is_refused(emulator: Emulator) -> None:
    """A setting that does not exist would play something else in silence."""
    with pytest.raises(AttributeError, match="no setting 'generatoin'"):
        emulator.dialect.generatoin = "E"
    with pytest.raises(ValueError, match="one of A, B, C, D, E, not 'F'"):
        Dialect(generation="F")  # type: ignore[arg-type]  # the point of the test


def test_the_log_holds_what_was_on_the_wire(emulator: Emulator, api: httpx.Client) -> None:
    """Each request is kept as it came, with the status it got and whose key it carried."""
    api.post("/api/models/", json={"model_name": "a b"})
    api.get("/api/models/a%20b/?x=1")
    created, read = emulator.requests
    assert emulator.calls == [
        ("POST", "/api/models/", {"model_name": "a b"}),
        ("GET", "/api/models/a%20b/?x=1", None),
    ]
    assert (created.status, created.organization, created.fault) == (201, "demo", None)
    assert created.headers["authorization"] == f"Bearer {emulator.api_key}"
    assert (read.path, read.query, read.body) == ("/api/models/a%20b/", "x=1", b"")
    assert created.time <= read.time
    emulator.requests.clear()
    assert emulator.calls == []


def test_edits_in_the_console_leave_no_trace_in_the_log(
    emulator: Emulator, api: httpx.Client
) -> None:
    """Models can be put, edited and removed behind the API's back; its rules still hold."""
    emulator.put_model("m", input_cost=1)
    assert emulator.edit_model("m", input_cost=2)["input_cost"] == 2.0
    assert emulator.calls == []
    assert api.get("/api/models/m/").json()["input_cost"] == 2.0
    emulator.remove_model("m")
    assert emulator.models() == {}
    with pytest.raises(RefusedError, match="Not found"):
        emulator.edit_model("m", input_cost=3)


def test_an_emulator_can_have_a_port_of_its_own_and_leaves_it_free() -> None:
    """A given port is used, is taken while running, and is free at once afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for _ in range(2):
        with running_emulator(port=port) as emulator, connect(emulator) as api:
            assert emulator.url == f"http://127.0.0.1:{port}"
            assert api.get("/api/models/").status_code == 200
            with pytest.raises(OSError, match="in use"), running_emulator(port=port):
                pass


def command(*arguments: str) -> subprocess.Popen[str]:
    """Start `keywordsai-dynamic emulator` as a user does."""
    program = [sys.executable, "-c", "from keywordsai_dynamic.cli.app import main; main()"]
    return subprocess.Popen(  # noqa: S603  # our own program
        [*program, "emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("wanted", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_stop(wanted: signal.Signals) -> None:
    """It prints two lines to paste, logs each request as one line, and ends without a word."""
    with command("--api-key", "first key", "--api-key", "second") as process:
        assert process.stdout is not None
        key, address = process.stdout.readline(), process.stdout.readline()
        url = address.removeprefix("export KEYWORDSAI_BASE_URL=").strip()
        for api_key in ("first key", "second"):
            httpx.post(
                f"{url}/api/models/",
                json={"model_name": "m"},
                headers={"Authorization": f"Bearer {api_key}"},
            )
        process.send_signal(wanted)
        _, log = process.communicate(timeout=10)
    assert key == "export KEYWORDSAI_API_KEY='first key'\n"
    assert log == "POST /api/models/ 201\n" * 2
    assert process.returncode == 0


def test_the_command_says_in_one_line_that_a_port_is_taken(emulator: Emulator) -> None:
    """A taken port is one line that names it and the way out, and exit code 2."""
    port = emulator.url.rpartition(":")[2]
    with command("--port", port) as process:
        output, problem = process.communicate(timeout=10)
    in_use = (
        f"port {port} on 127.0.0.1: Address already in use; choose another --port, or omit it\n"
    )
    assert (process.returncode, output, problem) == (2, "", in_use)


def test_the_command_says_in_one_line_what_to_install() -> None:
    """Without starlette, one line names the extra, and the exit code is 2."""
    program = (
        "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None;"
        "from keywordsai_dynamic.cli.app import main; main()"
    )
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", program, "emulator"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.endswith(" is missing: pip install 'keywordsai-dynamic[emulator]'\n")
    assert done.stderr.count("\n") == 1


def test_the_pytest_fixture_points_the_environment_at_it(tmp_path: Path) -> None:
    """A user's test gets a running emulator and the variables that lead to it, past any proxy."""
    (tmp_path / "test_user.py").write_text(
        "import os, httpx\n"
        "def test_it(keywordsai_emulator):\n"
        "    key, url = (os.environ['KEYWORDSAI_' + n] for n in ('API_KEY', 'BASE_URL'))\n"
        "    headers = {'Authorization': 'Bearer ' + key}\n"
        "    httpx.post(url + '/api/models/', json={'model_name': 'm'}, headers=headers)\n"
        "    assert keywordsai_emulator.models().keys() == {'m'}\n"
        "    assert os.environ['no_proxy'] == '127.0.0.1,theirs.example'\n"
        "def test_it_is_over():\n"
        "    assert 'no_proxy' not in os.environ\n"
    )
    plugin = "keywordsai_dynamic.emulator.pytest_plugin"
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", plugin, str(tmp_path)],
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "ALL_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "theirs.example",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout
    assert done.returncode == 0


def test_the_pytest_plugin_loads_without_the_extra() -> None:
    """A project that has the package without starlette still runs its tests."""
    program = (
        "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None;"
        "import keywordsai_dynamic.emulator.pytest_plugin"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603  # our own program
