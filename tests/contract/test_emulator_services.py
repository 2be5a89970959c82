"""The emulator plays services that exist: other prices, fields and lists than documented."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from keywordsai_dynamic.emulator import Dialect, Emulator
from keywordsai_dynamic.emulator.dialect import Generation, WriteAnswer

PATH = "/api/models/acme/one/"
SENT = {
    "model_name": "acme/one",
    "base_model_name": "gpt-4o",
    "display_name": "One",
    "provider_id": "acme",
    "input_cost": 1.2345,
    "output_cost": 2.5,
}
ANSWER = {
    "id": "acme/one",
    "model_name": "acme/one",
    "display_name": "One",
    "base_model_name": "gpt-4o",
    "affiliation_category": "custom",
    "input_cost": 1.2345,
    "output_cost": 2.5,
    "cache_hit_input_cost": 1.25,
    "cache_creation_input_cost": 0.0,
    "max_context_window": 128_000,
    "streaming_support": 1,
    "function_call": 1,
    "image_support": 1,
    "source": "db",
    "provider": {
        "id": "acme",
        "provider_id": "acme",
        "provider_name": "acme",
        "organization_id": 123,
    },
    "is_called_by_custom_name": False,
}
PATCH_LEAVES_OUT = ("cache_hit_input_cost", "cache_creation_input_cost", "is_called_by_custom_name")
LISTS = [("GET", "/api/models/?all=true"), ("POST", "/api/models/"), ("POST", "/api/models/list/")]


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    """Hold a connection with a good key."""
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


def without(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    """Take fields out of an answer."""
    return {name: value for name, value in answer.items() if name not in names}


def own(answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401  (an array or a page)
    """Give the items of a list or page that are the organization's own."""
    items = answer["results"] if isinstance(answer, dict) else answer
    return [item for item in items if item["id"].startswith(("acme/", "Acme/"))]


def listed(api: httpx.Client) -> list[list[dict[str, Any]]]:
    """Give the own models of every kind of list."""
    return [own(api.request(method, address, json={}).json()) for method, address in LISTS]


def test_prices_may_be_rounded_in_reads_only(emulator: Emulator, api: httpx.Client) -> None:
    """With `rounds="reads"` a write answers what was sent, as before a database had it."""
    emulator.dialect.price_decimals, emulator.dialect.rounds = 2, "reads"
    rounded = {**ANSWER, "input_cost": 1.23}
    assert [api.post("/api/models/", json=SENT).json() for _ in range(2)] == [ANSWER, ANSWER]
    assert api.put(PATH, json={}).json() == ANSWER
    assert api.patch(PATH, json={}).json() == without(ANSWER, *PATCH_LEAVES_OUT)
    assert api.get(PATH).json() == rounded
    assert listed(api) == [[rounded]] * 3


def test_prices_may_be_text(emulator: Emulator, api: httpx.Client) -> None:
    """With `prices_as_text` every cost in every answer is text with ten decimals."""
    emulator.dialect.prices_as_text = True
    text = {
        **ANSWER,
        "input_cost": "1.2345000000",
        "output_cost": "2.5000000000",
        "cache_hit_input_cost": "1.2500000000",
        "cache_creation_input_cost": "0.0000000000",
    }
    assert api.post("/api/models/", json=SENT).json() == text
    assert api.patch(PATH, json={}).json() == without(text, *PATCH_LEAVES_OUT)
    assert api.get(PATH).json() == text
    assert listed(api) == [[text]] * 3
    assert api.get("/api/models/openai/gpt-4/").json()["input_cost"] == "30.0000000000"
    catalog = api.get("/api/models/public/?unnest=true").json()
    gpt_4 = next(model for model in catalog if model["model_name"] == "openai/gpt-4")
    assert (gpt_4["input_cost"], gpt_4["output_cost"]) == ("30.0000000000", "60.0000000000")


def test_generation_d_writes_text_with_decimals_too(emulator: Emulator, api: httpx.Client) -> None:
    """Text is text: where whole prices are numbers without a point, it still has ten decimals."""
    emulator.dialect.generation, emulator.dialect.prices_as_text = "D", True
    answer = api.post("/api/models/", json={**SENT, "input_cost": 3}).json()
    assert answer["input_cost"] == "3.0000000000"


def test_a_misspelt_choice_is_refused() -> None:
    """A setting with a few values takes no other."""
    with pytest.raises(ValueError, match="rounds is one of always, reads, own reads, not 'writes'"):
        Dialect(rounds="writes")  # type: ignore[arg-type]  # the point of the test


def test_own_models_may_have_another_category(emulator: Emulator, api: httpx.Client) -> None:
    """With `own_category` own models say another word, which filters know; built-ins do not."""
    emulator.dialect.own_category = "Organization"
    answer = {**ANSWER, "affiliation_category": "Organization"}
    assert api.post("/api/models/", json=SENT).json() == answer
    assert api.get(PATH).json() == answer
    assert listed(api) == [[answer]] * 3
    filters = {"affiliation_category": {"operator": "", "value": ["organization"]}}
    assert api.post("/api/models/list/", json={"filters": filters}).json()["results"] == [answer]
    assert api.get("/api/models/openai/gpt-4/").json()["affiliation_category"] == "keywordsai"


def test_fields_may_always_be_null(emulator: Emulator, api: httpx.Client) -> None:
    """With `nulls` every answer about an own model has these as null, whatever was sent."""
    names = ("display_name", "input_cost", "provider", "description")
    emulator.dialect.nulls = frozenset(names)
    answer = {**ANSWER, **dict.fromkeys(names)}
    assert api.post("/api/models/", json=SENT).json() == answer
    assert api.patch(PATH, json={}).json() == without(answer, *PATCH_LEAVES_OUT)
    assert api.get(PATH).json() == answer
    assert listed(api) == [[answer]] * 3
    assert api.get("/api/models/openai/gpt-4/").json()["input_cost"] == 30.0
    assert emulator.models()["acme/one"]["input_cost"] == 1.2345


def test_what_is_unset_may_be_left_out(emulator: Emulator, api: httpx.Client) -> None:
    """With `leaves_out_unset` a model has no key for what would be null, nor has the catalog."""
    emulator.dialect.leaves_out_unset = True
    unset = ("display_name", "base_model_name", "max_context_window", "provider")
    zero = {"input_cost": 0.0, "output_cost": 0.0, "cache_hit_input_cost": 0.0}
    flags = {"streaming_support": 0, "function_call": 0, "image_support": 0}
    answer = without({**ANSWER, **zero, **flags}, *unset)
    assert api.post("/api/models/", json={"model_name": "acme/one"}).json() == answer
    assert api.get(PATH).json() == answer
    assert listed(api) == [[answer]] * 3
    entry = api.get("/api/models/public/?unnest=true").json()[0]
    assert "rate_limit" not in entry
    emulator.dialect.nulls = frozenset({"source"})
    assert api.get(PATH).json() == without(answer, "source")


@pytest.mark.parametrize("status", ["202", "204"])
def test_an_upsert_may_be_answered_without_a_body(
    emulator: Emulator, api: httpx.Client, status: WriteAnswer
) -> None:
    """With `write_answer` a POST takes effect and gets a bare status; PATCH and refusals do not."""
    emulator.dialect.write_answer = status
    written = [api.post("/api/models/", json={**SENT, "input_cost": cost}) for cost in (9, 1.2345)]
    assert [(w.status_code, w.content) for w in written] == [(int(status), b"")] * 2
    assert "content-type" not in written[0].headers
    assert api.get(PATH).json() == ANSWER
    assert api.patch(PATH, json={}).json() == without(ANSWER, *PATCH_LEAVES_OUT)
    refused = api.post("/api/models/", json={"model_name": "acme/two", "input_cost": "dear"})
    problem = {"input_cost": ["A valid number is required."]}
    assert (refused.status_code, refused.json()) == (400, problem)


def test_a_post_may_reset_what_the_console_has_set(emulator: Emulator, api: httpx.Client) -> None:
    """Without `keep_omitted` a POST resets what it leaves out, also what the console had set."""
    emulator.dialect.keep_omitted = False
    emulator.put_model(**SENT, supported_params_override={"seed": {}})
    emulator.edit_model("acme/one", image_support=0, cache_hit_input_cost=7)
    answer = api.post("/api/models/", json={"model_name": "acme/one", "output_cost": 3})
    unset = ("display_name", "base_model_name", "max_context_window", "provider")
    zero = {"input_cost": 0.0, "cache_hit_input_cost": 0.0}
    flags = {"streaming_support": 0, "function_call": 0, "image_support": 0}
    reset = {**ANSWER, **dict.fromkeys(unset), **zero, **flags, "output_cost": 3.0}
    assert (answer.status_code, answer.json(), api.get(PATH).json()) == (200, reset, reset)
    assert emulator.models()["acme/one"] == {
        "model_name": "acme/one",
        "base_model_name": None,
        "display_name": None,
        "provider_id": None,
        "input_cost": 0.0,
        "output_cost": 3.0,
        "cache_hit_input_cost": 0.0,
        "cache_creation_input_cost": 0.0,
        "max_context_window": None,
        "streaming_support": 0,
        "function_call": 0,
        "image_support": 0,
        "supported_params_override": {},
    }


def test_list_items_may_lack_fields(emulator: Emulator, api: httpx.Client) -> None:
    """With `list_leaves_out` no item of a list has these fields; a write and a GET have them."""
    emulator.dialect.list_leaves_out = frozenset({"input_cost", "output_cost"})
    assert api.post("/api/models/", json=SENT).json() == ANSWER
    assert api.get(PATH).json() == ANSWER
    assert listed(api) == [[without(ANSWER, "input_cost", "output_cost")]] * 3
    emulator.dialect.list_answer = "page"
    page = own(api.get("/api/models/").json())
    assert page == [without(ANSWER, "input_cost", "output_cost")]


def test_list_items_may_be_named_by_their_id(emulator: Emulator, api: httpx.Client) -> None:
    """With `list_names_by="id"` items of a list have no `model_name`; a GET has it."""
    emulator.dialect.list_names_by = "id"
    emulator.put_model(**SENT)
    assert api.get(PATH).json() == ANSWER
    assert listed(api) == [[without(ANSWER, "model_name")]] * 3


@pytest.mark.parametrize(("counts_hidden", "counted"), [(True, 2), (False, 1)])
def test_lists_may_hide_models(
    emulator: Emulator, api: httpx.Client, counts_hidden: bool, counted: int
) -> None:
    """With `list_hides` only a GET of the name finds a model; it may be counted all the same."""
    emulator.dialect.list_hides = frozenset({"acme/one", "openai/gpt-4"})
    emulator.dialect.counts_hidden = counts_hidden
    emulator.put_model(**SENT)
    emulator.put_model("acme/two")
    assert api.get(PATH).json() == ANSWER
    assert api.get("/api/models/openai/gpt-4/").status_code == 200
    assert [[item["model_name"] for item in items] for items in listed(api)] == [["acme/two"]] * 3
    catalog = api.get("/api/models/public/?unnest=true").json()
    assert "openai/gpt-4" not in [entry["model_name"] for entry in catalog]
    filters = {"affiliation_category": {"operator": "", "value": ["custom"]}}
    page = api.post("/api/models/list/", json={"filters": filters}).json()
    assert (page["count"], page["total_count"], len(page["results"])) == (counted, counted, 1)
    summary = api.post("/api/models/summary/", json={"filters": filters}).json()["summary"]
    assert summary == {"total_count": counted, "global_count": 0, "custom_count": counted}


def pages(api: httpx.Client, address: str | None) -> list[dict[str, Any]]:
    """Follow `next` from this address to the end."""
    read = []
    while address is not None:
        read.append(api.get(address).json())
        address = read[-1]["next"]
    return read


def test_everything_may_come_in_pages_although_all_was_asked(
    emulator: Emulator, api: httpx.Client
) -> None:
    """With `all_is_ignored` `?all=true` is answered page by page; `next` leads through them."""
    emulator.dialect.list_answer, emulator.dialect.all_is_ignored = "page", True
    emulator.dialect.page_size = 10
    names = [f"acme/{number}" for number in range(8)]
    for name in names:
        emulator.put_model(name)
    read = pages(api, "/api/models/?all=true")
    assert [len(page["results"]) for page in read] == [10, 10, 5]
    assert [page["next"] for page in read] == [
        f"{emulator.url}/api/models/?all=true&page=2",
        f"{emulator.url}/api/models/?all=true&page=3",
        None,
    ]
    assert [item["model_name"] for page in read for item in own(page)] == names
    emulator.dialect.all_is_ignored = False
    assert len(api.get("/api/models/?all=true").json()) == 25


@pytest.mark.parametrize(("generation", "count"), [("A", 17), ("E", 10)])
def test_pages_may_not_lead_on(
    emulator: Emulator, api: httpx.Client, generation: Generation, count: int
) -> None:
    """Without `tells_next` a page's `next` is null; counts tell of more, in E only the total."""
    emulator.dialect.generation, emulator.dialect.tells_next = generation, False
    emulator.dialect.list_answer, emulator.dialect.page_size = "page", 10
    for read in (api.get("/api/models/").json(), api.post("/api/models/list/").json()):
        assert len(read.pop("results")) == 10
        assert read == {
            "count": count,
            "next": None,
            "previous": None,
            "total_count": 17,
            "current_filters": {},
            "filters_data": {},
        }
    second = api.get("/api/models/?page=2").json()
    assert (len(second["results"]), second["next"]) == (7, None)
    assert second["previous"] == f"{emulator.url}/api/models/?page=1"


def test_names_may_be_stored_in_lower_case(emulator: Emulator, api: httpx.Client) -> None:
    """With `lowers_names` any spelling writes, finds and deletes the one model in lower case."""
    emulator.dialect.lowers_names = True
    sent = {**SENT, "model_name": "Acme/One", "base_model_name": "GPT-4o", "input_cost": 9}
    created = api.post("/api/models/", json=sent)
    assert (created.status_code, created.json()) == (201, {**ANSWER, "input_cost": 9.0})
    updated = api.post("/api/models/", json={"model_name": "ACME/ONE", "input_cost": 1.2345})
    assert (updated.status_code, updated.json()) == (200, ANSWER)
    assert emulator.edit_model("Acme/one", output_cost=2.5)["model_name"] == "acme/one"
    assert api.put("/api/models/Acme/One/", json={}).json() == ANSWER
    assert api.get("/api/models/Acme/One/").json() == ANSWER
    assert listed(api) == [[ANSWER]] * 3
    filters = {"model_name": {"operator": "", "value": ["Acme/One"]}}
    assert api.post("/api/models/list/", json={"filters": filters}).json()["results"] == [ANSWER]
    assert api.post("/api/models/", json={"model_name": "OpenAI/GPT-4"}).status_code == 403
    emulator.dialect.list_hides = frozenset({"Acme/One"})
    assert listed(api) == [[]] * 3
    assert api.delete("/api/models/Acme/One/").status_code == 204
    assert emulator.models() == {}


def test_a_list_may_lag_behind(emulator: Emulator, api: httpx.Client) -> None:
    """With `list_lags` creations, changes and deletions show late in lists, at once in a GET."""

    def seen_at(moment: float) -> list[list[tuple[str, float]]]:
        emulator.dialect.list_lags = time.monotonic() - moment
        return [
            [(item["model_name"], item["input_cost"]) for item in items] for items in listed(api)
        ]

    start = time.monotonic()
    emulator.put_model(**SENT)
    emulator.put_model("acme/two")
    written = time.monotonic()
    time.sleep(1)
    api.patch(PATH, json={"input_cost": 7})
    api.delete("/api/models/acme/two/")
    api.post("/api/models/", json={"model_name": "acme/three"})
    assert seen_at(start - 60) == [[]] * 3
    assert seen_at(written) == [[("acme/one", 1.2345), ("acme/two", 0.0)]] * 3
    assert api.get(PATH).json() == {**ANSWER, "input_cost": 7.0}
    assert api.get("/api/models/acme/two/").status_code == 404
    assert api.get("/api/models/acme/three/").status_code == 200
    emulator.dialect.list_lags = 0.0
    items = own(api.get("/api/models/?all=true").json())
    assert [item["model_name"] for item in items] == ["acme/one", "acme/three"]
    assert items[0] == {**ANSWER, "input_cost": 7.0}


@pytest.mark.parametrize(
    ("played", "answered"),
    [
        ({}, (404, b"", None)),
        ({"raw": b""}, (404, b"", None)),
        ({"raw": "default backend - 404"}, (404, b"default backend - 404", None)),
        (
            {"status": 502, "raw": "<h1>Bad</h1>", "headers": {"Content-Type": "text/html"}},
            (502, b"<h1>Bad</h1>", "text/html"),
        ),
        (
            {"body": {"message": "no Route matched with those values"}},
            (404, b'{"message": "no Route matched with those values"}', "application/json"),
        ),
    ],
    ids=["nothing", "empty", "text", "html", "json"],
)
def test_a_proxy_may_answer_in_front_of_the_api(
    emulator: Emulator, api: httpx.Client, played: dict[str, Any], answered: tuple[object, ...]
) -> None:
    """Until `clear` a proxy answers what it was told to, and no request reaches the API."""
    emulator.put_model(**SENT)
    emulator.faults.fail_next(status=500)
    emulator.faults.proxy(**played)
    answers = [api.get(PATH), api.post("/api/models/", json={"model_name": "m"}), api.delete(PATH)]
    seen = [(a.status_code, a.content, a.headers.get("content-type")) for a in answers]
    assert seen == [answered] * 3
    assert [(r.status, r.fault) for r in emulator.requests] == [(answered[0], "proxy")] * 3
    assert emulator.models().keys() == {"acme/one"}
    emulator.faults.clear()
    assert api.get(PATH).json() == ANSWER


def test_a_proxy_may_stand_in_front_of_some_requests(emulator: Emulator, api: httpx.Client) -> None:
    """A proxy takes those of its method and path only, once as many as `after` says have passed."""
    emulator.put_model(**SENT)
    emulator.faults.proxy(403, method="GET", path="/api/models/acme/*", after=2)
    reads = [api.get(PATH).status_code for _ in range(4)]
    others = [api.get("/api/models/").status_code, api.delete(PATH).status_code]
    assert (reads, others) == ([200, 200, 403, 403], [200, 204])
    faults = [None, None, "proxy", "proxy", None, None]
    assert [request.fault for request in emulator.requests] == faults


def test_something_may_happen_between_two_pages(emulator: Emulator, api: httpx.Client) -> None:
    """What `when_asked` does comes after the page was read, which is whole; the next one shifts."""
    emulator.dialect.list_answer, emulator.dialect.page_size = "page", 2
    for name in ("Acme/1", "Acme/2", "Acme/3", "Acme/4", "Acme/5"):  # before the built-in ones
        emulator.put_model(name)
    emulator.faults.when_asked(lambda: emulator.remove_model("Acme/1"), method="GET")
    addresses = [f"/api/models/?page={number}" for number in (1, 2, 3)]
    read = [own(api.get(address).json()) for address in addresses]
    names = [[item["model_name"] for item in page] for page in read]
    assert names == [["Acme/1", "Acme/2"], ["Acme/4", "Acme/5"], []]
    assert [request.fault for request in emulator.requests] == [None] * 3


def test_what_happens_waits_for_its_request(emulator: Emulator, api: httpx.Client) -> None:
    """`when_asked` counts requests of its method and path that reach the API, and calls once."""
    seen: list[object] = []

    def edit() -> None:
        emulator.put_model("acme/two")
        emulator.edit_model("acme/one", input_cost=7)
        seen.extend([len(emulator.requests), api_of_somebody.get(PATH).json()["input_cost"]])

    emulator.put_model(**SENT)
    emulator.faults.when_asked(edit, method="GET", path="/api/models/acme/*", after=1)
    emulator.faults.fail_next(status=500, method="GET")
    with httpx.Client(base_url=emulator.url, headers=api.headers) as api_of_somebody:
        assert api.get(PATH).status_code == 500  # did not reach the API
        api.put(PATH, json={})
        costs = [api.get(PATH).json()["input_cost"] for _ in range(3)]
    assert (costs, seen) == ([1.2345, 1.2345, 7.0], [4, 7.0])
    assert emulator.models().keys() == {"acme/one", "acme/two"}


def test_an_edit_may_come_between_a_write_and_its_answer(
    emulator: Emulator, api: httpx.Client
) -> None:
    """The write takes effect, then the edit; the answer is the write's, and `clear` forgets."""
    emulator.faults.when_asked(lambda: emulator.edit_model("acme/one", input_cost=7), method="POST")
    assert api.post("/api/models/", json=SENT).json() == ANSWER
    assert api.get(PATH).json() == {**ANSWER, "input_cost": 7.0}
    emulator.faults.when_asked(lambda: emulator.remove_model("acme/one"))
    emulator.faults.clear()
    assert [api.get(PATH).status_code for _ in range(2)] == [200, 200]
