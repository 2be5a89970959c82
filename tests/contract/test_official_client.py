"""The vendor's own client drives the emulator, and understands every answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from respan import RespanClient
from respan.core.api_error import ApiError
from respan.errors import BadRequestError, ForbiddenError, NotFoundError

from keywordsai_dynamic.emulator import Call, Emulator
from keywordsai_dynamic.emulator.dialect import Echo, ProviderPost

SETTINGS = {"base_url": "https://llm.acme.example/v1", "api_key": "sk-vllm-0123456789abcd"}
OWN_MODELS = {"affiliation_category": {"operator": "", "value": ["custom"]}}


@contextmanager
def connect(emulator: Emulator, key: str) -> Iterator[RespanClient]:
    """Open the vendor's client with this key."""
    with httpx.Client(timeout=10) as connection:
        yield RespanClient(
            base_url=emulator.url,
            authorization="",
            respan_api_key=key,
            httpx_client=connection,
        )


@pytest.fixture
def newest(emulator: Emulator) -> Emulator:
    """Answer as the documentation that this client was generated from."""
    emulator.dialect.generation = "E"
    return emulator


@pytest.fixture
def client(newest: Emulator) -> Iterator[RespanClient]:
    """Hold the vendor's client with a good key."""
    with connect(newest, newest.api_key) as client:
        yield client


def test_a_model_lives_its_life(newest: Emulator, client: RespanClient) -> None:
    """Create, upsert, patch, put, retrieve and delete, with a slash in the name."""
    models = client.models
    created = models.create_custom_model(
        model_name="acme/support-llm", base_model_name="gpt-4o", input_cost=2.5
    )
    upserted = models.create_custom_model(model_name="acme/support-llm", output_cost=11)
    patched = models.update_custom_model("acme/support-llm", cache_hit_input_cost=1.0)
    replaced = models.replace_custom_model("acme/support-llm", max_context_window=64_000)
    retrieved = models.retrieve_custom_model("acme/support-llm")
    assert retrieved.model_dump() == replaced.model_dump()
    models.delete_custom_model("acme/support-llm")
    answers = (created, upserted, patched, replaced)
    assert [
        (m.input_cost, m.output_cost, m.cache_hit_input_cost, m.max_context_window) for m in answers
    ] == [
        (2.5, 10.0, 1.25, 128_000),
        (2.5, 11.0, 1.25, 128_000),
        (2.5, 11.0, 1.0, 128_000),
        (2.5, 11.0, 1.0, 64_000),
    ]
    assert {m.id for m in answers} == {"acme/support-llm"}
    assert [(r.method, r.path, r.status) for r in newest.requests] == [
        ("POST", "/api/models/", 201),
        ("POST", "/api/models/", 200),
        ("PATCH", "/api/models/acme/support-llm/", 200),
        ("PUT", "/api/models/acme/support-llm/", 200),
        ("GET", "/api/models/acme/support-llm/", 200),
        ("DELETE", "/api/models/acme/support-llm/", 204),
    ]
    assert newest.models() == {}


def test_the_answer_has_the_fields_that_the_client_knows(client: RespanClient) -> None:
    """No field of the newest answer is missing from the client's types, and none is extra."""
    model = client.models.create_custom_model(model_name="m", custom_provider_id="my-vllm")
    assert model.model_extra == {}
    assert model.model_fields_set == type(model).model_fields.keys()
    assert model.provider is not None
    assert (model.provider.provider_id, model.affiliation_category) == ("my-vllm", "custom")


def test_the_filtered_list_is_read_to_its_end(newest: Emulator, client: RespanClient) -> None:
    """The client pages until it meets an empty page, and finds every own model once."""
    for number in range(5):
        newest.put_model(f"m{number}", provider_id="my-vllm")
    found = [m.model_name for m in client.models.filter_models(page_size=2, filters=OWN_MODELS)]
    assert found == ["m0", "m1", "m2", "m3", "m4"]
    summary = client.models.filter_models_summary(filters=OWN_MODELS).summary
    assert (summary.total_count, summary.custom_count) == (5, 5)


def test_the_public_catalog_is_understood(client: RespanClient) -> None:
    """The built-in models are read in both forms."""
    nested, bare = client.models.list_models(), client.models.list_models(unnest=True)
    assert not isinstance(nested, list)
    assert isinstance(bare, list)
    assert [m.model_name for m in nested.models] == [m.model_name for m in bare]
    assert "openai/gpt-4o" in {m.model_name for m in bare}


def test_refusals_are_the_errors_that_the_client_knows(
    newest: Emulator, client: RespanClient
) -> None:
    """An unknown base, a built-in model and an unknown model raise the client's own errors."""
    with pytest.raises(BadRequestError) as unknown_base:
        client.models.create_custom_model(model_name="m", base_model_name="gpt-99")
    with pytest.raises(ForbiddenError):
        client.models.update_custom_model("openai/gpt-4o", input_cost=0)
    with pytest.raises(NotFoundError):
        client.models.retrieve_custom_model("gpt-4o")
    assert unknown_base.value.body == {"error": "Base model not found"}
    assert newest.models() == {}


def test_a_wrong_key_is_a_401(newest: Emulator) -> None:
    """The client reports the status and the documented body."""
    with connect(newest, "not-the-key") as stranger, pytest.raises(ApiError) as refused:
        stranger.models.create_custom_model(model_name="m", base_model_name="gpt-4")
    assert refused.value.status_code == 401
    assert refused.value.body == {
        "detail": "Your API key is invalid or expired, please check your API key."
    }
    assert newest.models() == {}


@pytest.mark.parametrize(
    ("echo", "credential"),
    [
        (None, "sk-vllm-0123456789abcd"),
        ("full", "sk-vllm-0123456789abcd"),
        ("masked", "sk-…abcd"),
        ("partly", "sk-vllm-012***********"),
        ("absent", None),
    ],
)
@pytest.mark.parametrize("post", ["upsert", "create"])
def test_a_provider_lives_its_life(
    newest: Emulator,
    client: RespanClient,
    post: ProviderPost,
    echo: Echo | None,
    credential: str | None,
) -> None:
    """Create, list, retrieve, patch, put and delete, however the credential comes back."""
    newest.dialect.provider_post, newest.dialect.provider_echo = post, echo
    models = client.models
    created = models.create_custom_provider(
        provider_id="acme-vllm", provider_name="Acme vLLM", extra_kwargs=SETTINGS
    )
    listed = models.list_custom_providers()
    retrieved = models.retrieve_custom_provider("acme-vllm")
    assert [one.model_dump() for one in (retrieved, *listed.results)] == [created.model_dump()] * 2
    patched = models.update_custom_provider("acme-vllm", provider_name="Renamed")
    replaced = models.replace_custom_provider(
        "acme-vllm", provider_name="Replaced", extra_kwargs={**SETTINGS, "timeout": 5}
    )
    assert newest.providers()["acme-vllm"]["extra_kwargs"] == {**SETTINGS, "timeout": 5}
    models.delete_custom_provider("acme-vllm")
    shown = {"base_url": SETTINGS["base_url"]}
    if credential is not None:
        shown["api_key"] = credential
    assert [(one.id, one.provider_name, one.extra_kwargs) for one in (created, patched)] == [
        ("acme-vllm", "Acme vLLM", shown),
        ("acme-vllm", "Renamed", shown),
    ]
    assert (replaced.id, replaced.provider_name, replaced.extra_kwargs) == (
        "acme-vllm",
        "Replaced",
        {**shown, "timeout": 5},
    )
    assert [(r.method, r.path, r.status) for r in newest.requests] == [
        ("POST", "/api/providers/", 201),
        ("GET", "/api/providers/", 200),
        ("GET", "/api/providers/acme-vllm/", 200),
        ("PATCH", "/api/providers/acme-vllm/", 200),
        ("PUT", "/api/providers/acme-vllm/", 200),
        ("DELETE", "/api/providers/acme-vllm/", 204),
    ]
    assert newest.providers() == {}


def test_an_upsert_of_a_provider_is_understood(newest: Emulator, client: RespanClient) -> None:
    """The client reads the 200 of a second POST as it reads the 201 of the first."""
    newest.dialect.provider_post = "upsert"
    create = client.models.create_custom_provider
    names = [create(provider_id="p", provider_name=name).provider_name for name in ("P", "Q")]
    assert names == ["P", "Q"]
    assert [request.status for request in newest.requests] == [201, 200]


def test_a_provider_without_its_map_is_understood(newest: Emulator, client: RespanClient) -> None:
    """The client reads a provider without `extra_kwargs`, and one whose mask moves."""
    newest.dialect.provider_echo = "no_extra_kwargs"
    created = client.models.create_custom_provider(
        provider_id="acme-vllm", provider_name="Acme vLLM", extra_kwargs=SETTINGS
    )
    newest.dialect.provider_echo = "varies"
    reads = [client.models.retrieve_custom_provider("acme-vllm") for _ in range(2)]
    assert (created.extra_kwargs, created.model_extra) == (None, {})
    assert [(one.extra_kwargs or {}).keys() for one in reads] == [SETTINGS.keys()] * 2
    assert reads[0].extra_kwargs != reads[1].extra_kwargs


def test_a_provider_has_the_fields_that_the_client_knows(
    newest: Emulator, client: RespanClient
) -> None:
    """No field of provider or page is missing from the client's types, and none is extra."""
    provider = client.models.create_custom_provider(provider_id="p", provider_name="P")
    page = client.models.list_custom_providers()
    model = client.models.create_custom_model(model_name="m", custom_provider_id="p")
    for answer in (provider, page):
        assert answer.model_extra == {}
        assert answer.model_fields_set == type(answer).model_fields.keys()
    assert model.provider is not None
    assert (model.provider.model_extra, model.provider.provider_name) == ({}, "P")
    assert newest.providers().keys() == {"p"}


def test_pages_of_providers_are_read(newest: Emulator, client: RespanClient) -> None:
    """Page by page until `next` is null, the client finds every provider once."""
    for number in range(5):
        newest.put_provider(f"p{number}")
    pages = [client.models.list_custom_providers(page=n, page_size=2) for n in (1, 2, 3)]
    assert [[one.id for one in page.results] for page in pages] == [
        ["p0", "p1"],
        ["p2", "p3"],
        ["p4"],
    ]
    assert [page.next is None for page in pages] == [False, False, True]
    assert [page.count for page in pages] == [2, 2, 1]


def test_refusals_about_providers_are_the_errors_that_the_client_knows(
    newest: Emulator, client: RespanClient
) -> None:
    """Duplicate, provider in use, managed and unknown provider raise the client's own errors."""
    newest.dialect.provider_delete = "refuses"
    newest.put_provider("acme-vllm")
    newest.put_model("m", provider_id="acme-vllm")
    with pytest.raises(BadRequestError) as duplicate:
        client.models.create_custom_provider(provider_id="acme-vllm", provider_name="x")
    with pytest.raises(ForbiddenError) as in_use:
        client.models.delete_custom_provider("acme-vllm")
    with pytest.raises(ForbiddenError) as managed:
        client.models.update_custom_provider("openai", provider_name="x")
    with pytest.raises(NotFoundError) as unknown:
        client.models.retrieve_custom_provider("other")
    assert [error.value.body for error in (duplicate, in_use, managed, unknown)] == [
        {"provider_id": ["custom provider with this provider id already exists."]},
        {"error": "This provider is used by models."},
        {"detail": "This provider is managed and cannot be modified."},
        {"detail": "Not found."},
    ]


def test_the_client_reads_what_was_called(newest: Emulator, client: RespanClient) -> None:
    """The sums of a model, by a filter whose value is a list, within both ends of the time."""
    now = datetime.now(UTC)
    client.models.create_custom_model(model_name="m", input_cost=2, custom_provider_id="v")
    newest.log_calls([Call("m", now - timedelta(hours=1), fresh=1_000_000, completion=5)])
    newest.log_calls([Call("m", now - timedelta(days=9), fresh=7)])
    found = client.dashboard.get_llm_metrics_summary(
        start_time=now - timedelta(days=1), end_time=now, filters={"model": {"value": ["m"]}}
    )
    assert (found.total_prompt_tokens, found.total_completion_tokens, found.total_cost) == (
        1_000_000,
        5,
        2.0,
    )
    assert newest.requests[-1].json == {"filters": {"model": {"value": ["m"]}}}
