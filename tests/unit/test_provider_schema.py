"""What can be declared of a provider, and which message refuses what."""

import pytest

from keywordsai_dynamic.api.providers_client import provider_path
from keywordsai_dynamic.core.kinds import PROVIDER
from keywordsai_dynamic.core.plausibility import Problem
from keywordsai_dynamic.core.schema import normalize

OF_A_PROVIDER = {"provider_id": "p", "provider_name": "P"}


@pytest.mark.parametrize(
    ("field", "value", "normalized"),
    [
        ("provider_id", "acme vllm?x=é", "acme vllm?x=é"),
        ("base_url", "http://10.0.0.7:8000/v1/", "http://10.0.0.7:8000/v1/"),
        ("base_url", "https://a.example/v1?api-version=1", "https://a.example/v1?api-version=1"),
        ("timeout", 30.0, 30),
        ("timeout", 0.5, 0.5),
        (
            "extra_kwargs",
            {"max_tokens": 8.0, "a": {"b": [1.0]}},
            {"max_tokens": 8, "a": {"b": [1]}},
        ),
        ("api_key", "EMPTY", "EMPTY"),
        ("overwrite_existing", True, True),
    ],
)
def test_what_a_provider_takes(field: str, value: object, normalized: object) -> None:
    """Whole floats become ints, because the engine makes floats of all numbers."""
    fields, problems = normalize(OF_A_PROVIDER | {field: value}, (), PROVIDER)
    assert (fields, problems) == (OF_A_PROVIDER | {field: normalized}, [])
    assert type(fields[field]) is type(normalized)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("provider_id", "", "must not be empty"),
        ("provider_id", "a/b", "must not contain a slash, or be `.` or `..`"),
        ("provider_id", "..", "must not contain a slash, or be `.` or `..`"),
        ("provider_id", 7, "must be a string"),
        ("provider_name", "a\nb", "must not contain control or other invisible characters"),
        ("base_url", "llm.acme.example", "must be an address that begins with https:// or http://"),
        ("base_url", "https://", "must be an address that begins with https:// or http://"),
        ("base_url", "https://a b/", "must be an address that begins with https:// or http://"),
        ("base_url", "https://a:x/", "must be the address of an endpoint"),
        ("base_url", "https://u:p@a/", "must not contain a user or a password; declare api_key"),
        ("api_key", "sk-x\n", "must not begin or end with whitespace"),
        ("api_key", 7, "must be a string"),
        ("timeout", "30", "must be a number of seconds"),
        ("timeout", True, "must be a number of seconds"),
        ("timeout", 0, "must be more than 0 seconds"),
        ("extra_kwargs", ["a"], "must be a map of names to values"),
        ("extra_kwargs", {"timeout": 3}, "contains timeout; declare it as the field timeout"),
        (
            "extra_kwargs",
            {"a": None},
            "may contain strings, finite numbers, booleans, lists and maps, but no null",
        ),
        ("input_cost", 1, "is not a field of a custom provider"),
    ],
)
def test_what_a_provider_refuses(field: str, value: object, sentence: str) -> None:
    """In a sentence without the value, which may be a key."""
    _, problems = normalize(OF_A_PROVIDER | {field: value}, (), PROVIDER)
    assert problems == [Problem(field, sentence)]


def test_a_provider_needs_id_and_name() -> None:
    """Which may be known only in the update."""
    assert normalize({"base_url": "https://a.b"}, (), PROVIDER)[1] == [
        Problem("provider_id", "must be declared"),
        Problem("provider_name", "must be declared"),
    ]
    unknown = ("provider_id", "provider_name")
    assert normalize({"timeout": 3}, unknown, PROVIDER) == ({"timeout": 3}, [])


def test_an_id_is_one_part_of_the_path() -> None:
    """Whatever is in it."""
    assert provider_path("acme vllm?x=%2F#é") == "/api/providers/acme%20vllm%3Fx%3D%252F%23%C3%A9/"
