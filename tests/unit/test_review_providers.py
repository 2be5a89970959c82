"""What the review says of custom providers: in words, and never with a value that may be secret."""

from typing import Any

from keywordsai_dynamic.review.diagnostics import Message
from keywordsai_dynamic.review.providers import provider_lines

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:CustomProvider::vllm"
MODEL = "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:CustomModel::m"
OLD = {
    "provider_id": "acme-vllm",
    "provider_name": "Acme",
    "base_url": "https://a.example",
    "api_key": "[secret]",
    "extra_kwargs": {"region": "eu", "token": "[secret]"},
}


def step(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None, *paths: str) -> Any:  # noqa: ANN401  (JSON)
    """Return a step as the CLI writes it."""
    states = {"oldState": old, "newState": new}
    shown = {name: {"inputs": inputs} for name, inputs in states.items() if inputs}
    return {"urn": URN, "op": op, "diffReasons": list(paths), **shown}


def lines(*steps: Any) -> list[str]:  # noqa: ANN401  (JSON)
    """Describe steps without messages."""
    return list(provider_lines(steps, []))


def test_each_operation_is_one_line() -> None:
    """Other steps, and those of other resources, are none."""
    assert lines(
        step("create", None, OLD),
        step("delete", OLD, None),
        step("replace", OLD, OLD | {"provider_id": "acme-next"}, "provider_id"),
        step("same", OLD, OLD),
        step("read", None, OLD),
        step("create-replacement", None, OLD),
        {**step("create", None, OLD), "urn": MODEL},
    ) == [
        "provider acme-vllm is created",
        "provider acme-vllm is deleted",
        "provider acme-vllm → acme-next is replaced",
    ]


def test_two_secrets_look_alike_and_the_engine_tells() -> None:
    """Maps are named only, because a value in them may be secret."""
    changed = OLD | {"base_url": "[secret]", "extra_kwargs": {"region": "us"}, "timeout": 5}
    paths = ("api_key", "base_url", "extra_kwargs.region", "timeout")
    assert lines(step("update", OLD, changed, *paths)) == [
        "provider acme-vllm is updated: base_url changes, and api_key changes, and timeout not "
        "declared → 5, and extra_kwargs changes"
    ]
    assert lines(step("update", OLD, OLD | {"provider_name": "B"}, "provider_name")) == [
        "provider acme-vllm is updated: provider_name Acme → B"
    ]


def test_a_name_that_is_not_known_is_that_of_the_resource() -> None:
    """And no name controls a terminal."""
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert lines(step("create", None, {"provider_id": unknown})) == ["provider vllm is created"]
    assert lines(step("create", None, {"provider_id": "a\x1b[2J"})) == [
        "provider a\\x1b[2J is created"
    ]


def test_what_the_preview_said_is_repeated() -> None:
    """Warnings about providers, after what changes."""
    said = [
        Message(URN, "warning", "adopts"),
        Message(MODEL, "warning", "no"),
        Message(URN, "info", ""),
    ]
    assert list(provider_lines([step("create", None, OLD)], said)) == [
        "provider acme-vllm is created",
        "provider vllm: adopts",
    ]
