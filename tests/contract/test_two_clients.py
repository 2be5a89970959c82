"""Our client and the vendor's own, side by side on one emulator: they see the same."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from respan import RespanClient
from respan.core.api_error import ApiError

from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import APIStatusError, KeywordsAIError, NotFoundError
from keywordsai_dynamic.core.names import API_FIELDS
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.emulator import Emulator

# All that the vendor's newest client can say of a model.
FIELDS = {
    "model_name": "acme/support-llm",
    "base_model_name": "gpt-4o",
    "custom_provider_id": "acme-vllm",
    "input_cost": 2.5,
    "output_cost": 10.0,
    "cache_hit_input_cost": 1.25,
    "cache_creation_input_cost": 0.0,
    "max_context_window": 64_000,
    "function_call": 1,
    "image_support": 0,
    "supported_params_override": {"temperature": {"name": "temperature", "type": "number"}},
}


@pytest.fixture
def newest(emulator: Emulator) -> Emulator:
    """Answer as the documentation that the vendor's client was generated from."""
    emulator.dialect.generation = "E"
    return emulator


@pytest.fixture
def ours(newest: Emulator) -> Iterator[KeywordsAIClient]:
    """Hold our client."""
    client = KeywordsAIClient(Sender(Settings(newest.api_key, "the test", newest.url)))
    yield client
    client.close()


@pytest.fixture
def theirs(newest: Emulator) -> Iterator[RespanClient]:
    """Hold the vendor's client."""
    with httpx.Client(timeout=10) as connection:
        yield RespanClient(
            base_url=newest.url,
            authorization="",
            respan_api_key=newest.api_key,
            httpx_client=connection,
        )


def seen(model: BaseModel | dict[str, Any]) -> dict[str, Any]:
    """Write down what a client saw of a model, whoever's it is, as JSON without nulls."""
    fields = json.loads(model.model_dump_json()) if isinstance(model, BaseModel) else model
    return {
        name: seen(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None
    }


def test_the_fields_of_this_test_are_all_that_the_vendors_client_knows() -> None:
    """What our client can send and the vendor's newest cannot is known, and nothing else."""
    assert set(API_FIELDS) - set(FIELDS) == {"display_name", "provider_id", "streaming_support"}


def test_both_send_the_same_request(
    newest: Emulator, ours: KeywordsAIClient, theirs: RespanClient
) -> None:
    """Method, path, key, content type and JSON of an upsert do not tell who sent it."""
    ours.upsert_model(FIELDS)
    theirs.models.create_custom_model(**FIELDS)
    first, second = (
        (
            request.method,
            request.target,
            request.headers["authorization"],
            request.headers["content-type"],
            json.dumps(request.json, sort_keys=True),
        )
        for request in newest.requests
    )
    assert first == second


def test_both_see_the_same_model(
    newest: Emulator, ours: KeywordsAIClient, theirs: RespanClient
) -> None:
    """What one creates or changes the other reads, to the last field, alone and in a list."""
    name = FIELDS["model_name"]
    created = ours.upsert_model(FIELDS).model
    assert seen(theirs.models.retrieve_custom_model(name)) == seen(created)
    changed = theirs.models.update_custom_model(name, input_cost=3.0)
    assert seen(ours.retrieve_model(name)) == seen(changed)
    own = {"affiliation_category": {"operator": "", "value": ["custom"]}}
    models = ours.list_models().models
    listed = [model for model in models if model["affiliation_category"] == "custom"]
    assert [seen(model) for model in theirs.models.filter_models(filters=own)] == [
        seen(model) for model in listed
    ]
    assert seen(listed[0]) == seen(changed)


def test_both_delete_for_each_other(
    newest: Emulator, ours: KeywordsAIClient, theirs: RespanClient
) -> None:
    """What one deletes is gone for the other."""
    name = FIELDS["model_name"]
    ours.upsert_model(FIELDS)
    theirs.models.delete_custom_model(name)
    with pytest.raises(NotFoundError):
        ours.delete_model(name)
    ours.upsert_model(FIELDS)
    ours.delete_model(name)
    with pytest.raises(ApiError) as gone:
        theirs.models.retrieve_custom_model(name)
    assert gone.value.status_code == 404
    assert newest.models() == {}


@pytest.mark.parametrize(
    ("our_call", "their_call"),
    [
        (
            lambda ours: ours.retrieve_model("acme/none"),
            lambda theirs: theirs.models.retrieve_custom_model("acme/none"),
        ),
        (
            lambda ours: ours.delete_model("openai/gpt-4o"),
            lambda theirs: theirs.models.delete_custom_model("openai/gpt-4o"),
        ),
        (
            lambda ours: ours.upsert_model({"model_name": "m"}),
            lambda theirs: theirs.models.create_custom_model(model_name="m"),
        ),
    ],
)
def test_both_are_refused_alike(
    ours: KeywordsAIClient,
    theirs: RespanClient,
    our_call: Callable[[KeywordsAIClient], object],
    their_call: Callable[[RespanClient], object],
) -> None:
    """One refusal: the same status, and our one line holds the words of the vendor's body."""
    with pytest.raises(ApiError) as their_error:
        their_call(theirs)
    with pytest.raises(APIStatusError) as our_error:
        our_call(ours)
    assert our_error.value.status_code == their_error.value.status_code
    [words] = their_error.value.body.values()
    assert (words if isinstance(words, str) else words[0]) in str(our_error.value)


def test_both_are_told_of_an_unknown_base(ours: KeywordsAIClient, theirs: RespanClient) -> None:
    """The vendor's client shows the body; ours the same words, the field and the way out."""
    body = {"model_name": "m", "base_model_name": "gtp-4"}
    with pytest.raises(ApiError) as their_error:
        theirs.models.create_custom_model(**body)
    with pytest.raises(KeywordsAIError, match=their_error.value.body["error"]):
        ours.upsert_model(body)


def test_both_take_a_name_with_slashes_for_the_same_path(
    newest: Emulator, ours: KeywordsAIClient, theirs: RespanClient
) -> None:
    """The vendor's client writes the name into the path as it is; so do we where it is plain."""
    for name in ("m", "acme/support-llm", "a/b/c-1.0_x~y"):
        newest.put_model(name, base_model_name="gpt-4o")
        newest.requests.clear()
        ours.retrieve_model(name)
        theirs.models.retrieve_custom_model(name)
        assert newest.requests[0].target == newest.requests[1].target
