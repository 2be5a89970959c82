"""The emulator plays `/api/providers/`: custom providers, their credentials, and their models."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from keywordsai_dynamic.emulator import Dialect, Emulator, RefusedError, running_emulator
from keywordsai_dynamic.emulator.dialect import (
    Echo,
    Generation,
    ProviderDelete,
    ProviderKey,
    ProviderList,
    ProviderPatch,
    ProviderPost,
)

CREDENTIAL = "sk-vllm-0123456789abcd"
PATH = "/api/providers/acme-vllm/"
SETTINGS = {"base_url": "https://llm.acme.example/v1", "timeout": 30, "max_tokens": 4096}
SENT = {
    "provider_id": "acme-vllm",
    "provider_name": "Acme vLLM",
    "extra_kwargs": {**SETTINGS, "api_key": CREDENTIAL},
}
NAMES = {"id": "acme-vllm", "provider_id": "acme-vllm", "provider_name": "Acme vLLM"}
TIMES = {"created_at": None, "updated_at": None}
STORED = {**SENT, "api_key": None}
NOT_FOUND = {"detail": "Not found."}
NOT_PERMITTED = {"detail": "You do not have permission to perform this action."}
MODEL = {"model_name": "acme/one", "custom_provider_id": "acme-vllm"}
GENERATIONS: tuple[Generation, ...] = ("A", "B", "C", "D", "E")


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    """Hold a connection with a good key; redirects are shown and not followed."""
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    with httpx.Client(base_url=emulator.url, headers=headers, timeout=10) as client:
        yield client


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """Put None in the place of an answer's times, after making sure that they are in order."""
    created, updated = (datetime.fromisoformat(answer[name]) for name in TIMES)
    assert created <= updated
    return {**answer, **TIMES}


def answered(response: httpx.Response) -> tuple[int, Any]:
    """Give the status and the whole body of an answer about one provider, without its times."""
    return response.status_code, timeless(response.json())


def refused(response: httpx.Response) -> tuple[int, Any]:
    """Give the status and the whole body of a refusal."""
    return response.status_code, response.json()


# What each generation documents ------------------------------------------------------------------

SHOWN: dict[Generation, dict[str, Any]] = {
    "A": {**NAMES, **TIMES},
    "B": {**NAMES, **TIMES},
    "C": {**NAMES, **TIMES},
    "D": {**NAMES, **TIMES, "extra_kwargs": SETTINGS},
    "E": {**NAMES, **TIMES, "extra_kwargs": {**SETTINGS, "api_key": CREDENTIAL}},
}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_provider_lives_its_life(
    emulator: Emulator, api: httpx.Client, generation: Generation
) -> None:
    """Every generation creates, reads, lists, changes and deletes a provider, in its own form."""
    emulator.dialect.generation = generation
    shown = SHOWN[generation]
    renamed = {**shown, "provider_name": "Renamed"}

    assert answered(api.post("/api/providers/", json=SENT)) == (201, shown)
    assert emulator.providers() == {"acme-vllm": STORED}
    assert answered(api.get(PATH)) == (200, shown)
    listed = api.get("/api/providers/").json()
    if generation == "E":
        page = {"count": 1, "next": None, "previous": None, "current_filters": {}}
        assert {**listed, "results": [timeless(one) for one in listed["results"]]} == {
            **page,
            "results": [shown],
        }
    else:
        assert [timeless(one) for one in listed] == [shown]
    assert answered(api.patch(PATH, json={"provider_name": "Renamed"})) == (200, renamed)
    assert answered(api.put(PATH, json={"provider_name": "Acme vLLM"})) == (200, shown)
    assert emulator.providers() == {"acme-vllm": STORED}
    deleted = api.delete(PATH)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert emulator.providers() == {}
    assert refused(api.get(PATH)) == (404, NOT_FOUND)
    assert refused(api.patch(PATH, json={})) == (404, NOT_FOUND)
    assert refused(api.put(PATH, json={"provider_name": "x"})) == (404, NOT_FOUND)
    assert refused(api.delete(PATH)) == (404, NOT_FOUND)


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("forced", [None, "upsert", "create"])
def test_a_second_post_updates_or_is_refused(
    emulator: Emulator, api: httpx.Client, generation: Generation, forced: ProviderPost | None
) -> None:
    """A to C update an id that exists and answer 200, D and E answer 400; a switch forces each."""
    emulator.dialect.generation, emulator.dialect.provider_post = generation, forced
    emulator.dialect.provider_echo = "full"
    api.post("/api/providers/", json=SENT)

    again = api.post("/api/providers/", json={"provider_id": "acme-vllm", "provider_name": "New"})

    if (forced or ("create" if generation in "DE" else "upsert")) == "upsert":
        shown = {**SHOWN["E"], "provider_name": "New"}
        assert answered(again) == (200, shown)
        assert emulator.providers() == {"acme-vllm": {**STORED, "provider_name": "New"}}
    else:
        taken = "custom provider with this provider id already exists."
        assert refused(again) == (400, {"provider_id": [taken]})
        assert emulator.providers() == {"acme-vllm": STORED}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("forced", [None, "kept", "dropped"])
def test_a_key_at_the_top_is_kept_or_lost(
    emulator: Emulator, api: httpx.Client, generation: Generation, forced: ProviderKey | None
) -> None:
    """A to D store a top-level `api_key`, E drops it in silence; no answer shows it."""
    emulator.dialect.generation, emulator.dialect.provider_key = generation, forced
    sent = {"provider_id": "acme-vllm", "provider_name": "Acme vLLM", "api_key": CREDENTIAL}
    shown = {**NAMES, **TIMES, "extra_kwargs": {}}
    kept = (forced or ("dropped" if generation == "E" else "kept")) == "kept"
    emulator.dialect.provider_echo = "full"

    assert answered(api.post("/api/providers/", json=sent)) == (201, shown)

    stored = {**sent, "extra_kwargs": {}, "api_key": CREDENTIAL if kept else None}
    assert emulator.providers() == {"acme-vllm": stored}
    assert api.patch(PATH, json={"api_key": 7}).status_code == (400 if kept else 200)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_only_the_newest_put_needs_a_name(
    emulator: Emulator, api: httpx.Client, generation: Generation
) -> None:
    """A PUT without `provider_name` is a 400 in E, and otherwise keeps the name."""
    emulator.dialect.generation, emulator.dialect.provider_echo = generation, "full"
    emulator.put_provider(**SENT)
    put = api.put(PATH, json={"extra_kwargs": {"timeout": 5}})
    if generation == "E":
        assert refused(put) == (400, {"provider_name": ["This field is required."]})
    else:
        assert answered(put) == (200, {**NAMES, **TIMES, "extra_kwargs": {"timeout": 5}})


# Who may do what ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({}, "Authentication credentials were not provided."),
        (
            {"Authorization": "Bearer wrong"},
            "Your API key is invalid or expired, please check your API key.",
        ),
    ],
)
def test_every_route_needs_a_key(
    emulator: Emulator, method: str, headers: dict[str, str], detail: str
) -> None:
    """Without a key or with an unknown one, every route answers the documented 401."""
    emulator.put_provider(**SENT)
    calls = [(method, "/api/providers/")]
    calls += [(one, PATH) for one in ("GET", "PATCH", "PUT", "DELETE")]
    for call in calls:
        response = httpx.request(call[0], f"{emulator.url}{call[1]}", headers=headers)
        assert refused(response) == (401, {"detail": detail})
    assert emulator.providers() == {"acme-vllm": STORED}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_each_organization_has_its_own_ids(generation: Generation) -> None:
    """Two organizations may use one id; what only another has is 404, and in E 403."""
    dialect = Dialect(generation=generation, provider_echo="full")
    with running_emulator(api_keys={"key-a": "a", "key-b": "b"}, dialect=dialect) as emulator:
        a, b = (
            httpx.Client(base_url=emulator.url, headers={"Authorization": f"Bearer {key}"})
            for key in ("key-a", "key-b")
        )
        with a, b:
            assert answered(a.post("/api/providers/", json=SENT)) == (201, SHOWN["E"])
            others = {"detail": "This provider belongs to another organization."}
            expected = (403, others) if generation == "E" else (404, NOT_FOUND)
            found = [b.get(PATH), b.patch(PATH, json={}), b.delete(PATH)]
            assert [refused(response) for response in found] == [expected] * 3
            theirs = {**SENT, "provider_name": "Theirs", "extra_kwargs": {}}
            assert b.post("/api/providers/", json=theirs).status_code == 201
            assert b.delete(PATH).status_code == 204
            assert answered(a.get(PATH)) == (200, SHOWN["E"])
            listed = b.get("/api/providers/").json()
    assert (listed["results"] if generation == "E" else listed) == []


def test_a_vendors_provider_is_managed(emulator: Emulator, api: httpx.Client) -> None:
    """It can be read, is in no list, and refuses changes with `detail`, deletion with `error`."""
    path = "/api/providers/openai/"
    vendor = {"id": "openai", "provider_id": "openai", "provider_name": "OpenAI", **TIMES}
    modified = (403, {"detail": "This provider is managed and cannot be modified."})
    deleted = (403, {"error": "This provider is managed and cannot be deleted."})
    sent = {"provider_id": "openai", "provider_name": "Mine"}
    assert refused(api.get(path)) == (200, vendor)
    assert api.get("/api/providers/").json() == []
    assert refused(api.post("/api/providers/", json=sent)) == modified
    assert refused(api.patch(path, json={"provider_name": "Mine"})) == modified
    assert refused(api.put(path, json={"provider_name": "Mine"})) == modified
    assert refused(api.delete(path)) == deleted
    assert emulator.providers() == {}


@pytest.mark.parametrize("field", ["project", "respan_discount_rate", "models_sync_config"])
def test_protected_fields_are_dropped_on_creation_and_refused_on_update(
    emulator: Emulator, api: httpx.Client, field: str
) -> None:
    """A creation ignores them; an upsert, a PATCH and a PUT with one answer 403 and do nothing."""
    assert answered(api.post("/api/providers/", json={**SENT, field: 1})) == (201, SHOWN["A"])
    refusals = [
        api.post("/api/providers/", json={**SENT, "provider_name": "x", field: 1}),
        api.patch(PATH, json={"provider_name": "x", field: 1}),
        api.put(PATH, json={"provider_name": "x", field: 1}),
    ]
    assert [refused(one) for one in refusals] == [(403, NOT_PERMITTED)] * 3
    assert emulator.providers() == {"acme-vllm": STORED}


def test_fields_that_the_api_hides_are_ignored(emulator: Emulator, api: httpx.Client) -> None:
    """No refusal, and nothing stored: hidden fields, unknown ones, and the id in a PATCH."""
    hidden = {"litellm_provider_id": "azure", "moderation": "x", "is_managed": True, "color": 1}
    assert answered(api.post("/api/providers/", json={**SENT, **hidden})) == (201, SHOWN["A"])
    ignored = api.patch(PATH, json={**hidden, "provider_id": "other", "id": "other"})
    assert answered(ignored) == (200, SHOWN["A"])
    assert emulator.providers() == {"acme-vllm": STORED}


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        ({"provider_id": None}, {"provider_id": ["This field may not be null."]}),
        ({"provider_id": 7}, {"provider_id": ["Not a valid string."]}),
        ({"provider_id": ""}, {"provider_id": ["This field may not be blank."]}),
        ({"provider_name": " "}, {"provider_name": ["This field may not be blank."]}),
        ({"extra_kwargs": None}, {"extra_kwargs": ["This field may not be null."]}),
        (
            {"extra_kwargs": [1], "api_key": ""},
            {
                "extra_kwargs": ['Expected a dictionary of items but got type "list".'],
                "api_key": ["This field may not be blank."],
            },
        ),
    ],
)
def test_a_wrong_field_is_named(
    emulator: Emulator, api: httpx.Client, changed: dict[str, Any], problems: dict[str, Any]
) -> None:
    """A value of the wrong kind answers 400 with a map of field to problems; nothing is stored."""
    response = api.post("/api/providers/", json={**SENT, **changed})
    assert refused(response) == (400, problems)
    assert emulator.providers() == {}


def test_a_post_needs_an_id_and_a_name(emulator: Emulator, api: httpx.Client) -> None:
    """An empty POST names both, for it does not list as the POST of models does."""
    required = ["This field is required."]
    response = api.post("/api/providers/", json={})
    assert refused(response) == (400, {"provider_id": required, "provider_name": required})
    assert emulator.providers() == {}


def test_slashes_count(emulator: Emulator, api: httpx.Client) -> None:
    """Without the slash at the end a read is sent on and a write fails; an id is one segment."""
    emulator.put_provider(**SENT)
    emulator.put_provider("acme/vllm")
    read, written = api.get(PATH[:-1]), api.patch(PATH[:-1], json={"provider_name": "x"})
    assert (read.status_code, read.headers["location"]) == (301, PATH)
    server_error = {"detail": "Internal server error", "error_code": "INTERNAL_ERROR"}
    assert refused(written) == (500, server_error)
    assert refused(api.get("/api/providers/acme/vllm/")) == (404, NOT_FOUND)
    assert refused(api.delete("/api/providers/")) == (
        405,
        {"detail": 'Method "DELETE" not allowed.'},
    )
    assert emulator.providers()["acme-vllm"] == STORED


# The switches ------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    ("echo", "credential"),
    [
        ("full", CREDENTIAL),
        ("masked", "sk-…abcd"),
        ("partly", "sk-vllm-012***********"),
        ("absent", None),
    ],
)
def test_credentials_come_back_as_told(
    emulator: Emulator, api: httpx.Client, generation: Generation, echo: Echo, credential: str
) -> None:
    """Create, read, list, PATCH and PUT show the credential alike, and the rest of the map."""
    emulator.dialect.generation, emulator.dialect.provider_echo = generation, echo
    emulator.dialect.provider_list = "array"
    settings = {**SETTINGS, **({"api_key": credential} if credential else {})}
    shown = {**NAMES, **TIMES, "extra_kwargs": settings}
    assert answered(api.post("/api/providers/", json=SENT)) == (201, shown)
    assert answered(api.get(PATH)) == (200, shown)
    assert answered(api.patch(PATH, json={})) == (200, shown)
    assert answered(api.put(PATH, json=SENT)) == (200, shown)
    assert [timeless(one) for one in api.get("/api/providers/").json()] == [shown]
    assert emulator.providers() == {"acme-vllm": STORED}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_whole_map_may_be_absent(
    emulator: Emulator, api: httpx.Client, generation: Generation
) -> None:
    """With "no_extra_kwargs" no answer has the map, whatever the generation."""
    emulator.dialect.generation = generation
    emulator.dialect.provider_echo, emulator.dialect.provider_list = "no_extra_kwargs", "array"
    shown = {**NAMES, **TIMES}
    assert answered(api.post("/api/providers/", json=SENT)) == (201, shown)
    assert answered(api.get(PATH)) == (200, shown)
    assert [timeless(one) for one in api.get("/api/providers/").json()] == [shown]


def test_a_mask_may_change_with_every_answer(emulator: Emulator, api: httpx.Client) -> None:
    """With "varies" no two answers show the same, none shows the credential, and the rest stays."""
    emulator.dialect.provider_echo = "varies"
    answers = [api.post("/api/providers/", json=SENT), *(api.get(PATH) for _ in range(4))]
    settings = [response.json()["extra_kwargs"] for response in answers]
    masks = [each.pop("api_key") for each in settings]
    assert settings == [SETTINGS] * 5
    assert len(set(masks)) == 5
    assert not any(CREDENTIAL[at : at + 4] in mask for mask in masks for at in range(19))


def test_credentials_are_found_anywhere_in_the_map(emulator: Emulator, api: httpx.Client) -> None:
    """So are nested ones; a short one is hidden whole, and `max_tokens` is no credential."""
    emulator.dialect.provider_echo = "masked"
    settings = {
        "max_tokens": 9,
        "headers": {"Authorization": f"Bearer {CREDENTIAL}", "X-Team": "ml"},
        "routes": [{"client_secret": "short", "region": "eu"}],
    }
    emulator.put_provider("acme-vllm", extra_kwargs=settings)
    assert api.get(PATH).json()["extra_kwargs"] == {
        "max_tokens": 9,
        "headers": {"Authorization": "Bea…abcd", "X-Team": "ml"},
        "routes": [{"client_secret": "…", "region": "eu"}],
    }
    emulator.dialect.provider_echo = "absent"
    assert api.get(PATH).json()["extra_kwargs"] == {
        "max_tokens": 9,
        "headers": {"X-Team": "ml"},
        "routes": [{"region": "eu"}],
    }


@pytest.mark.parametrize(
    ("how", "after_patch"),
    [("replace", {"timeout": 5}), ("merge", {**SENT["extra_kwargs"], "timeout": 5})],  # type: ignore[dict-item]  # a dict
)
def test_a_patch_replaces_the_map_or_is_merged_into_it(
    emulator: Emulator, api: httpx.Client, how: ProviderPatch, after_patch: dict[str, Any]
) -> None:
    """A PATCH does what the switch says, a PUT always replaces, and neither touches the name."""
    emulator.dialect.provider_patch, emulator.dialect.provider_echo = how, "full"
    emulator.put_provider(**SENT)
    shown = {**NAMES, **TIMES, "extra_kwargs": after_patch}
    assert answered(api.patch(PATH, json={"extra_kwargs": {"timeout": 5}})) == (200, shown)
    assert answered(api.patch(PATH, json={"provider_name": "Acme vLLM"})) == (200, shown)
    replaced = {**shown, "extra_kwargs": {"region": "eu"}}
    assert answered(api.put(PATH, json={"extra_kwargs": {"region": "eu"}})) == (200, replaced)


def test_a_post_may_reset_what_it_leaves_out(emulator: Emulator, api: httpx.Client) -> None:
    """As for models: without `keep_omitted` an upsert without the map empties it."""
    emulator.dialect.keep_omitted = False
    emulator.put_provider(**SENT, api_key="top")
    api.post("/api/providers/", json={"provider_id": "acme-vllm", "provider_name": "New"})
    reset = {"provider_id": "acme-vllm", "provider_name": "New", "extra_kwargs": {}}
    assert emulator.providers() == {"acme-vllm": {**reset, "api_key": None}}


@pytest.mark.parametrize("answer", ["202", "204"])
def test_a_post_may_answer_without_the_provider(
    emulator: Emulator, api: httpx.Client, answer: str
) -> None:
    """As for models: with `write_answer` the POST takes effect, and the answer has no body."""
    emulator.dialect.write_answer = answer  # type: ignore[assignment]  # one of its values
    response = api.post("/api/providers/", json=SENT)
    assert (response.status_code, response.content) == (int(answer), b"")
    assert emulator.providers() == {"acme-vllm": STORED}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("shape", [None, "array", "page"])
def test_the_list_is_an_array_or_pages(
    emulator: Emulator, api: httpx.Client, generation: Generation, shape: ProviderList | None
) -> None:
    """A to D list an array, E pages that count themselves; a switch forces each."""
    emulator.dialect.generation, emulator.dialect.provider_list = generation, shape
    emulator.dialect.provider_echo = "no_extra_kwargs"
    for number in range(3):
        emulator.put_provider(f"p{number}")
    items = [
        {"id": f"p{n}", "provider_id": f"p{n}", "provider_name": f"p{n}", **TIMES} for n in range(3)
    ]
    pages = [api.get(f"/api/providers/?page={n}&page_size=2").json() for n in (1, 2, 3)]
    if (shape or ("page" if generation == "E" else "array")) == "array":
        assert [[timeless(one) for one in page] for page in pages] == [items] * 3
        return
    for page in pages:
        page["results"] = [timeless(one) for one in page["results"]]
    address = f"{emulator.url}/api/providers/?page_size=2&page={{}}"
    counts = [2, 1, 0] if generation == "E" else [3, 3, 3]
    links = [(address.format(2), None), (None, address.format(1)), (None, address.format(2))]
    assert pages == [
        {
            "count": counts[n],
            "next": links[n][0],
            "previous": links[n][1],
            "current_filters": {},
            "results": items[2 * n : 2 * n + 2],
        }
        for n in range(3)
    ]


@pytest.mark.parametrize("name", ["provider_post", "provider_echo", "provider_patch"])
def test_a_misspelled_switch_is_refused(name: str) -> None:
    """A value that no switch has is an error that lists the right ones."""
    with pytest.raises(ValueError, match=f"^{name} is one of .*, not 'wrong'$"):
        setattr(Dialect(), name, "wrong")


# Models ------------------------------------------------------------------------------------------

IN_MODELS: dict[Generation, dict[str, Any]] = {
    "A": {**NAMES, "organization_id": 123},
    "B": {**NAMES, "organization_id": 123},
    "C": NAMES,
    "D": {**NAMES, **TIMES, "extra_kwargs": SETTINGS},
    "E": {**NAMES, "extra_kwargs": SETTINGS},
}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_model_shows_its_provider(
    emulator: Emulator, api: httpx.Client, generation: Generation
) -> None:
    """A model repeats the stored provider, without the credential, and follows its changes."""
    emulator.dialect.generation = generation
    emulator.put_provider(**SENT)
    created = api.post("/api/models/", json=MODEL).json()["provider"]
    emulator.edit_provider("acme-vllm", provider_name="Renamed")
    read = api.get("/api/models/acme/one/").json()["provider"]
    filters = {"provider__provider_id": {"operator": "", "value": ["acme-vllm"]}}
    listed = api.post("/api/models/list/", json={"filters": filters}).json()["results"]
    if generation == "D":
        created, read = timeless(created), timeless(read)
    assert created == IN_MODELS[generation]
    assert read == {**IN_MODELS[generation], "provider_name": "Renamed"}
    assert [model["id"] for model in listed] == ["acme/one"]


@pytest.mark.parametrize(
    ("echo", "settings"),
    [
        ("full", {**SETTINGS, "api_key": CREDENTIAL}),
        ("masked", {**SETTINGS, "api_key": "sk-…abcd"}),
        ("no_extra_kwargs", None),
    ],
)
def test_a_model_may_leak_its_providers_credential(
    emulator: Emulator, api: httpx.Client, echo: Echo, settings: dict[str, Any] | None
) -> None:
    """With `provider_in_models` the nested provider shows what the vendor says that it hides."""
    emulator.dialect.generation, emulator.dialect.provider_in_models = "E", echo
    emulator.put_provider(**SENT)
    provider = api.post("/api/models/", json=MODEL).json()["provider"]
    assert provider == {**NAMES, **({"extra_kwargs": settings} if settings else {})}


def test_an_alias_may_lead_to_an_own_provider() -> None:
    """`providers=` still says which provider is returned for one that was sent."""
    aliases = {"acme-azure": {"provider_id": "acme-vllm"}}
    with running_emulator(providers=aliases) as emulator:
        emulator.dialect.unknown_provider = "refused"
        emulator.put_model("acme/one", custom_provider_id="acme-azure")
        emulator.put_provider(**SENT)
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        answer = httpx.get(f"{emulator.url}/api/models/acme/one/", headers=headers).json()
        emulator.remove_provider("acme-vllm")
        assert emulator.models() == {}
    assert answer["provider"] == IN_MODELS["A"]


@pytest.mark.parametrize("how", ["cascades", "refuses", "orphans"])
@pytest.mark.parametrize("attached", [True, False])
def test_a_deletion_does_to_models_what_the_switch_says(
    emulator: Emulator, api: httpx.Client, how: ProviderDelete, attached: bool
) -> None:
    """Models of this provider go too, stop it with a 403, or stay with `provider` null."""
    emulator.dialect.provider_delete = how
    emulator.put_provider(**SENT)
    emulator.put_provider("other")
    emulator.put_model("acme/other", provider_id="other")
    if attached:
        emulator.put_model("acme/one", provider_id="acme-vllm")

    response = api.delete(PATH)

    if attached and how == "refuses":
        assert refused(response) == (403, {"error": "This provider is used by models."})
        assert emulator.providers().keys() == {"acme-vllm", "other"}
    else:
        assert (response.status_code, response.content) == (204, b"")
        assert emulator.providers().keys() == {"other"}
    left = {name: fields["provider_id"] for name, fields in emulator.models().items()}
    after = {"cascades": {}, "refuses": {"acme/one": "acme-vllm"}, "orphans": {"acme/one": None}}
    assert left == {"acme/other": "other", **(after[how] if attached else {})}
    if attached and how == "orphans":
        assert api.get("/api/models/acme/one/").json()["provider"] is None


def test_a_cascade_is_not_for_others() -> None:
    """A deletion leaves another organization's models of the same provider id alone."""
    with running_emulator(api_keys={"key-a": "a", "key-b": "b"}) as two:
        for organization in ("a", "b"):
            two.put_provider(**SENT, organization=organization)
            two.put_model("m", provider_id="acme-vllm", organization=organization)
        two.remove_provider("acme-vllm", organization="a")
        assert (two.models("a"), two.providers("a")) == ({}, {})
        assert (two.models("b").keys(), two.providers("b")) == ({"m"}, {"acme-vllm": STORED})


def test_an_unknown_provider_is_accepted_or_refused(emulator: Emulator, api: httpx.Client) -> None:
    """A model may name any provider, unless the switch makes an unknown one a 400."""
    accepted = api.post("/api/models/", json=MODEL)
    provider = {**NAMES, "provider_name": "acme-vllm", "organization_id": 123}
    assert (accepted.status_code, accepted.json()["provider"]) == (201, provider)
    emulator.dialect.unknown_provider = "refused"
    not_found = (400, {"error": "Provider not found"})
    assert refused(api.post("/api/models/", json={**MODEL, "model_name": "two"})) == not_found
    wrong = {"custom_provider_id": "x"}
    assert refused(api.patch("/api/models/acme/one/", json=wrong)) == not_found
    assert emulator.models().keys() == {"acme/one"}
    emulator.put_provider(**SENT)
    for name, provider_id in (("two", "acme-vllm"), ("three", "openai")):
        sent = {"model_name": name, "provider_id": provider_id}
        assert api.post("/api/models/", json=sent).status_code == 201


# Console, faults and the log ---------------------------------------------------------------------


def test_edits_in_the_console_leave_no_trace_in_the_log(
    emulator: Emulator, api: httpx.Client
) -> None:
    """Providers can be put, edited and removed behind the API's back, even where POST creates."""
    emulator.dialect.generation = "E"
    assert emulator.put_provider("acme-vllm") == {
        "provider_id": "acme-vllm",
        "provider_name": "acme-vllm",
        "extra_kwargs": {},
        "api_key": None,
    }
    assert emulator.put_provider(**SENT) == STORED
    assert emulator.edit_provider("acme-vllm", provider_name="x") == {
        **STORED,
        "provider_name": "x",
    }
    emulator.providers()["acme-vllm"]["extra_kwargs"].clear()
    settings = {"region": "eu"}
    emulator.put_provider("mine", extra_kwargs=settings)
    settings.clear()
    assert emulator.providers()["mine"]["extra_kwargs"] == {"region": "eu"}
    assert api.get(PATH).json()["extra_kwargs"] == SENT["extra_kwargs"]
    emulator.remove_provider("acme-vllm")
    assert emulator.calls == [("GET", PATH, None)]
    with pytest.raises(RefusedError, match="Not found"):
        emulator.edit_provider("acme-vllm", provider_name="y")


def test_faults_are_played_for_providers(emulator: Emulator, api: httpx.Client) -> None:
    """An error, one that repeats the body, a lost answer, a proxy and the limit, in one run."""
    emulator.faults.fail_next(status=503, path="/api/providers/*", method="GET")
    emulator.faults.fail_next(status=400, body={"detail": "no: {extra_kwargs}"}, method="POST")
    unavailable, repeated = api.get(PATH), api.post("/api/providers/", json=SENT)
    assert unavailable.status_code == 503
    assert refused(repeated) == (400, {"detail": f"no: {json.dumps(SENT['extra_kwargs'])}"})
    emulator.faults.drop_next(when="after", path="/api/providers/", method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/api/providers/", json=SENT)
    assert emulator.providers() == {"acme-vllm": STORED}
    emulator.faults.proxy(404, path="/api/providers/*")
    gone = api.delete(PATH)
    emulator.faults.clear()
    emulator.faults.limit(1)
    statuses = [api.get(PATH).status_code for _ in range(2)]
    assert (gone.status_code, gone.content, statuses) == (404, b"", [200, 429])
    assert [request.fault for request in emulator.requests] == [
        "scripted",
        "scripted",
        "drop_after",
        "proxy",
        None,
        "rate_limit",
    ]


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/providers/"), ("DELETE", PATH)])
def test_answers_to_writes_of_providers_can_be_held(
    emulator: Emulator, api: httpx.Client, method: str, path: str
) -> None:
    """A write is held after it took effect, and answered when it is released."""
    if method == "DELETE":
        emulator.put_provider(**SENT)
    with ThreadPoolExecutor(1) as pool, emulator.faults.hold_answers() as held:
        answer = pool.submit(api.request, method, path, json=SENT)
        held.wait_until_held()
        assert not answer.done()
        assert emulator.providers() == ({"acme-vllm": STORED} if method == "POST" else {})
    assert answer.result().status_code == (201 if method == "POST" else 204)
    assert [request.fault for request in emulator.requests] == ["held"]


def test_the_log_never_holds_a_credential(emulator: Emulator, api: httpx.Client) -> None:
    """The log shows ids, names and the names of settings, whatever was sent and how."""
    hidden = "[hidden]"
    api.post("/api/providers/", json={**SENT, "api_key": CREDENTIAL, "apiKey": CREDENTIAL})
    api.patch(PATH, json={"extra_kwargs": {"headers": {"x": [CREDENTIAL, 1]}}})
    api.put(PATH, json={"extra_kwargs": CREDENTIAL})
    json_type = {"Content-Type": "application/json"}
    for content in (
        f'{{"extra_kwargs": {{"api_key": "{CREDENTIAL}"',
        f'["{CREDENTIAL}"]',
        f'"{CREDENTIAL}"',
        f"api_key={CREDENTIAL}",
    ):
        api.post("/api/providers/", content=content, headers=json_type)
    twice = f'{{"extra_kwargs": {{"api_key": "{CREDENTIAL}"}}, "extra_kwargs": {{}}}}'
    api.patch(PATH, content=twice, headers=json_type)
    api.post("/api/models/", content=twice, headers=json_type)
    api.post("/api/models/", json={**MODEL, "provider": [{"api_key": CREDENTIAL}]})
    emulator.faults.drop_next(when="before")
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/api/providers/", json=SENT)

    settings = dict.fromkeys([*SETTINGS, "api_key"], hidden)
    sent = {"provider_id": "acme-vllm", "provider_name": "Acme vLLM", "extra_kwargs": settings}
    assert emulator.calls == [
        ("POST", "/api/providers/", {**sent, "api_key": hidden, "apiKey": hidden}),
        ("PATCH", PATH, {"extra_kwargs": {"headers": {"x": [hidden, hidden]}}}),
        ("PUT", PATH, {"extra_kwargs": hidden}),
        *[("POST", "/api/providers/", None)] * 4,
        ("PATCH", PATH, {"extra_kwargs": {}}),
        ("POST", "/api/models/", {"extra_kwargs": {}}),
        ("POST", "/api/models/", {**MODEL, "provider": [{"api_key": hidden}]}),
        ("POST", "/api/providers/", sent),
    ]
    assert CREDENTIAL not in repr(emulator.requests)


def test_the_log_keeps_other_bodies_byte_for_byte(emulator: Emulator, api: httpx.Client) -> None:
    """What holds no credential is not rewritten: spaces, order, and what is no JSON."""
    bodies = [b'{ "model_name":"m" , "input_cost": 1.50}', b"model_name=m", b'{"model_name": NaN}']
    for body in bodies:
        api.post("/api/models/", content=body, headers={"Content-Type": "application/json"})
    assert [request.body for request in emulator.requests] == bodies
