"""The vendor's documented example and an answer of every generation, through the provider."""

import json
from urllib.parse import urlsplit

import pytest
from harness.documented import documented_example, documented_fields, exchange
from harness.lengths import ONE_DOOR
from harness.provider_process import NewPlugin
from harness.raw_server import raw_server

from keywordsai_dynamic.core.schema import CustomModelFields
from keywordsai_dynamic.lifecycle.comparison import fields_of

KEY = "YOUR_API_KEY"  # as the page has it
BUILT_IN = {"model_name": "openai/gpt-4o", "affiliation_category": "keywordsai"}


def typed(value: object) -> str:
    """Write JSON so that 8192 and 8192.0 differ; inner maps come off the wire in any order."""
    return json.dumps(value, sort_keys=True)


def test_the_documented_request_arrives_letter_for_letter(new_plugin: NewPlugin) -> None:
    """Method, path, documented headers and JSON are the page's; its answer becomes the outputs."""
    page = documented_example()
    with raw_server([(200, []), (201, page.response), (200, page.response)]) as server:
        plugin = new_plugin({"KEYWORDSAI_API_KEY": KEY, "KEYWORDSAI_BASE_URL": server.url})
        inputs, outputs = plugin.declare(page.payload)
        assert plugin.diff("my-custom-gpt-4", outputs, inputs) == ("NONE", [])
    sent = server.requests[1]
    assert (sent.method, sent.target) == ("POST", urlsplit(page.url).path)
    assert {name: sent.headers[name.lower()] for name in page.headers} == page.headers
    assert json.dumps(sent.json) == json.dumps(page.payload)
    assert plugin.attributes(outputs) == {
        "model_name": "my-custom-gpt-4",
        "base_model_name": "gpt-4",
        "display_name": "My Custom GPT-4",
        "custom_provider_id": "my-custom-provider",
        "input_cost": 0.025,
        "output_cost": 0.075,
        "cache_hit_input_cost": 0,
        "cache_creation_input_cost": 0,
        "max_context_window": 8192,
        "streaming_support": 1,
        "function_call": 1,
        "image_support": 0,
        "model_id": "my-custom-gpt-4",
        "affiliation_category": "custom",
        "source": "db",
        "provider_name": "My Custom Provider",
    }
    assert plugin.service_url(outputs) == server.url
    assert [message.sentence for message in plugin.messages] == [
        plugin.words.named(
            "the service returned different values for my-custom-gpt-4 than declared:\n"
            "  custom_provider_id  declared my-azure-provider → returned my-custom-provider"
        )
    ]


def test_the_documented_answer_is_no_drift(new_plugin: NewPlugin) -> None:
    """A later run that reads the documented answer again finds nothing to do."""
    page = documented_example()
    with raw_server([(200, []), (201, page.response), (200, [page.response])]) as server:
        env = {"KEYWORDSAI_API_KEY": KEY, "KEYWORDSAI_BASE_URL": server.url}
        inputs, outputs = new_plugin(env).declare(page.payload)
        later = new_plugin(env)
        assert later.read("my-custom-gpt-4", outputs) == (outputs, {})
        assert later.diff("my-custom-gpt-4", outputs, later.check(page.payload, inputs)) == (
            "NONE",
            [],
        )


def test_every_documented_field_can_be_declared() -> None:
    """The reference's request fields are our fields, in its order, and ints stay ints."""
    fields = documented_fields()
    values = {"string": "x", "double": 2.5, "integer": 8192, "enum": 1, "object": {"t": {"min": 0}}}
    assert [*fields, "overwrite_existing"] == list(CustomModelFields.model_fields)
    declared = {field: values[kind] for field, kind in fields.items()}
    sent = fields_of(CustomModelFields.model_validate(declared).model_dump())
    assert json.dumps(sent) == json.dumps(declared)


@ONE_DOOR
@pytest.mark.parametrize("generation", ["A", "B", "C", "D", "E"])
def test_an_answer_of_every_generation_is_read(new_plugin: NewPlugin, generation: str) -> None:
    """What is sent, what is read, and silence afterwards, for each form the API has had.

    A 200 for a free name is told, as long as no 201 has shown that the service tells the two apart.
    """
    recorded = exchange(generation)
    name = recorded.declared["model_name"]
    with raw_server(
        [
            (200, [BUILT_IN]),
            (recorded.status, recorded.answer),
            (200, [BUILT_IN, recorded.answer]),
        ]
    ) as server:
        env = {"KEYWORDSAI_API_KEY": KEY, "KEYWORDSAI_BASE_URL": server.url}
        plugin = new_plugin(env)
        inputs, outputs = plugin.declare(recorded.declared)
        assert plugin.diff(name, outputs, inputs) == ("NONE", [])
        sent = server.requests[1].json
        assert list(sent) == list(recorded.request)
        assert typed(sent) == typed(recorded.request)
        assert plugin.attributes(outputs) == recorded.outputs
        race = f"somebody else created {name} a moment ago, and it has been overwritten"
        race += " (unless the service returns 200 for new models too)"
        told = {201: [], 200: [race]}[recorded.status]
        assert [message.sentence for message in plugin.messages] == told

        later = new_plugin(env)
        server.answers.append((200, BUILT_IN))  # what it lacks too, the service never answers
        assert later.read(name, outputs) == (outputs, {})
        assert later.diff(name, outputs, inputs) == ("NONE", [])
    asked = [request.target for request in server.requests[2:]]
    probe = ["/api/models/openai/gpt-4o/"] if generation == "E" else []
    assert asked == ["/api/models/?all=true", *probe]
    assert "a-credential-that-must-not-be-kept" not in str(outputs)
