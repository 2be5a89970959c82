"""What the provider's process says to the user, as the engine receives it."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from harness.provider_process import Engine, Message
from pulumi.runtime.proto import engine_pb2_grpc

from keywordsai_dynamic.core.redaction import hide
from keywordsai_dynamic.lifecycle.engine_log import EngineLog

URN = "urn:pulumi:dev::shop::acme:team:Team$pulumi-python:dynamic/keywordsai:CustomModel::my model"


@pytest.fixture
def engine() -> Iterator[tuple[Engine, str]]:
    """Serve the engine's log, and give its address."""
    serving, server = Engine(), grpc.server(ThreadPoolExecutor(max_workers=1))
    engine_pb2_grpc.add_EngineServicer_to_server(serving, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield serving, f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_sentences_arrive_with_their_resource(engine: tuple[Engine, str]) -> None:
    """Severity and urn are the engine's; a passing status belongs to no resource."""
    serving, address = engine
    engine_log = EngineLog(address)
    engine_log.info("one", URN)
    engine_log.warning("two", None)
    engine_log.status("three")
    assert serving.messages == [
        Message("INFO", "one", URN),
        Message("WARNING", "two", ""),
        Message("INFO", "three", ""),
    ]


@pytest.mark.parametrize("reached", [True, False])
def test_a_sentence_is_redacted_on_its_way(
    engine: tuple[Engine, str], capsys: pytest.CaptureFixture[str], reached: bool
) -> None:
    """The CLI prints a message as it comes: no key, no escape and no half of a character does."""
    hide("sesame-open-123456", "[key]")
    serving, address = engine
    EngineLog(address if reached else None).warning("sesame-open-123456 \x1b[31m\u202e\ud83d\n  x")
    told = "[key] \\x1b[31m\\u202e\\ud83d\n  x"
    if reached:
        assert serving.messages == [Message("WARNING", told, "")]
    else:
        assert capsys.readouterr().err == f"{told}\n"


@pytest.mark.parametrize(
    "urn", ["", "support-llm", "urn:pulumi:", "urn:pulumi:dev::shop::type", "urn:pulumi:a::b::::"]
)
def test_a_malformed_urn_is_never_sent(engine: tuple[Engine, str], urn: str) -> None:
    """The CLI panics at one, in the middle of an update."""
    serving, address = engine
    EngineLog(address).warning("careful", urn)
    assert serving.messages == [Message("WARNING", "careful", "")]


@pytest.mark.parametrize("argument", ["", "tests", "127.0.0.1", "a b:1"])
def test_without_an_engine_sentences_go_to_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argument: str
) -> None:
    """Outside a provider process there is no engine, and nothing is lost or raised."""
    monkeypatch.setattr(sys, "argv", ["program", argument])
    EngineLog.of_this_process().warning("careful", URN)
    assert capsys.readouterr().err == "careful\n"


def test_an_engine_that_is_gone_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A run that is being ended does not fail because of a sentence."""
    EngineLog("127.0.0.1:1").info("still here")
    assert capsys.readouterr().err == "still here\n"


def test_a_proxy_gets_nothing_of_it(
    engine: tuple[Engine, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine is on this machine, whatever proxy the environment has for the world."""
    serving, address = engine
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("grpc_proxy", "http://127.0.0.1:1")
    EngineLog(address).info("one")
    assert serving.messages == [Message("INFO", "one", "")]
    assert capsys.readouterr().err == ""
