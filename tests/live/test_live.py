"""What this package takes for granted of the real API: `make live`, with a key of your own."""

import pytest
from harness.provider_process import running_plugin

from keywordsai_dynamic.api.client import KeywordsAIClient
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import APIStatusError, KeywordsAIError, NotFoundError
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.lifecycle.comparison import answer_of
from keywordsai_dynamic.lifecycle.live_list import by_name
from keywordsai_dynamic.lifecycle.ownership import is_built_in

BASE = {"base_model_name": "gpt-4o"}


def test_a_model_is_created_read_listed_and_deleted(client: KeywordsAIClient, name: str) -> None:
    """A model with a slash in its name is created, read, listed and deleted; then it is a 404."""
    written = client.upsert_model({"model_name": name, **BASE, "input_cost": 2.5})
    assert written.model["input_cost"] == 2.5
    assert client.retrieve_model(name)["model_name"] == name
    listed = by_name(client.list_models().models)
    assert not is_built_in(listed[name])
    client.delete_model(name)
    assert client.find_model(name)[0] is None
    with pytest.raises(NotFoundError):
        client.delete_model(name)


def test_an_upsert_tells_new_from_old(client: KeywordsAIClient, name: str) -> None:
    """The first write of a name is answered 201 and the next one 200."""
    body = {"model_name": name, **BASE}
    assert [client.upsert_model(body).status, client.upsert_model(body).status] == [201, 200]


def test_what_an_upsert_leaves_out_stays(client: KeywordsAIClient, name: str) -> None:
    """A field that a later write does not send keeps its value."""
    client.upsert_model({"model_name": name, **BASE, "input_cost": 2.5, "output_cost": 10.0})
    client.upsert_model({"model_name": name, **BASE, "input_cost": 3.0})
    live = answer_of(client.retrieve_model(name))
    assert (live["input_cost"], live["output_cost"]) == (3.0, 10.0)


@pytest.mark.parametrize("price", [0.0, 0.025, 0.0000001, 123.456789])
def test_a_price_comes_back_as_it_was_sent(
    client: KeywordsAIClient, name: str, price: float
) -> None:
    """Prices are neither rounded nor taken for unset: 0 is free."""
    client.upsert_model({"model_name": name, **BASE, "input_cost": price})
    assert client.retrieve_model(name)["input_cost"] == price


@pytest.mark.parametrize("ending", [" two words", "/a/b", "-100%", "-größe", "+?&#=:"])
def test_an_unusual_name_round_trips(client: KeywordsAIClient, name: str, ending: str) -> None:
    """Slashes, spaces, percent signs, unicode and what is reserved in addresses work in names."""
    unusual = f"{name}{ending}"
    try:
        client.upsert_model({"model_name": unusual, **BASE})
        assert client.retrieve_model(unusual)["model_name"] == unusual
    finally:
        client.delete_model(unusual)


def test_an_unknown_base_is_refused(client: KeywordsAIClient, name: str) -> None:
    """A base model that does not exist is a 400 with words, and nothing is made."""
    with pytest.raises(KeywordsAIError, match="400"):
        client.upsert_model({"model_name": name, "base_model_name": "no-such-model-anywhere"})
    with pytest.raises(NotFoundError):
        client.retrieve_model(name)


def test_a_wrong_key_is_a_401(client: KeywordsAIClient) -> None:
    """A key that is none is refused, and never shown."""
    wrong = Settings("no-key-at-all", "the test", client.settings.base_url)
    stranger = KeywordsAIClient(Sender(wrong))
    with pytest.raises(APIStatusError) as refused:
        stranger.retrieve_model("gpt-4o")
    stranger.close()
    assert refused.value.status_code == 401
    assert "no-key-at-all" not in str(refused.value)


def test_a_resource_lives_without_a_phantom_change(client: KeywordsAIClient, name: str) -> None:
    """Declared, created, read again: no difference; changed in the console: exactly that one."""
    env = {
        "KEYWORDSAI_API_KEY": client.settings.require_key(),
        "KEYWORDSAI_BASE_URL": client.settings.base_url,
    }
    with running_plugin(env) as first, running_plugin(env) as second, running_plugin(env) as third:
        declared = {"model_name": name, **BASE, "input_cost": 2.5, "function_call": True}
        inputs, outputs = first.declare(declared)
        assert first.diff(name, outputs, inputs) == ("NONE", [])
        read = second.read(name, outputs)
        assert read is not None
        assert read[1] == {}  # nothing moved
        client.upsert_model({"model_name": name, **BASE, "input_cost": 7.0})
        read = third.read(name, outputs)
        assert read is not None
        assert read[1] == {**inputs, "input_cost": 7.0}
