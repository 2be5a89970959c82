"""Messages about keys under `keywordsai:` that nothing reads: in files, and in a program."""

import threading
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path

import pulumi
import pytest

from keywordsai_dynamic import CustomModel, ModelCatalog
from keywordsai_dynamic.core.config_keys import full, refusal, unread
from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.dynamic import program_config
from keywordsai_dynamic.dynamic.program_config import refuse_unread_keys

WITHOUT_PATH = "set without --path, so nothing reads it"
THE_KEYS = (
    "nothing reads this key; the known keys are keywordsai:apiKey, keywordsai:baseUrl and "
    "keywordsai:models; unless your program reads it, run "
)

PATHS = {
    "models.acme/faq.input_cost": 'models["acme/faq"].input_cost',
    'models["acme/faq"].input_cost': 'models["acme/faq"].input_cost',
    "models.gpt-4.1.output_cost": 'models["gpt-4.1"].output_cost',
    "models.gpt-4.1.tier": 'models["gpt-4.1"].tier',
    "models.gpt-4.1": 'models["gpt-4.1"].FIELD',
    "models.m.supported_params_override.a.b": 'models["m"].supported_params_override.a.b',
    'models.a"b.input_cost': 'models["a\\"b"].input_cost',
    "modles.m.input_cost": 'models["m"].input_cost',
    "config:models.m.input_cost": 'models["m"].input_cost',
}


@pytest.mark.parametrize("key", PATHS)
def test_a_path_that_was_set_as_a_key(key: str) -> None:
    """It is a mistake, and the message has the right command, with the model's name quoted."""
    (found,) = unread({f"keywordsai:{key}": False}, "dev", program="shop")
    assert (found.wrong, found.problem) == (True, WITHOUT_PATH)
    right = f"run `pulumi config set --path 'keywordsai:{PATHS[key]}' VALUE --stack dev`, then "
    assert found.to_do.startswith(f"{right}`pulumi config rm ")


def test_a_secret_is_set_anew_as_a_secret() -> None:
    """The whole command can be pasted into a shell, whatever a name contains."""
    (found,) = unread({"keywordsai:models.it's.provider_id": True}, "my stack", program="shop")
    assert str(found) == (
        f"keywordsai:models.it's.provider_id: {WITHOUT_PATH}; run `pulumi config set --path "
        "--secret 'keywordsai:models[\"it'\"'\"'s\"].provider_id' VALUE --stack 'my stack'`, then "
        "`pulumi config rm 'keywordsai:models.it'\"'\"'s.provider_id' --stack 'my stack'`"
    )


@pytest.mark.parametrize("key", ["models[0]", "models.", "models.\n.x"])
def test_a_path_to_no_model_is_to_be_removed(key: str) -> None:
    """No command can use it, and the message stays on one line."""
    (found,) = unread({f"keywordsai:{key}": False}, "dev", program="shop")
    assert found.wrong
    assert "\n" not in str(found)
    assert key == "models.\n.x" or found.to_do.startswith("run `pulumi config rm ")


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("modles", "models"),
        ("model", "models"),
        ("Models", "models"),
        ("models ", "models"),
        ("apikey", "apiKey"),
        ("api_key", "apiKey"),
        ("API-KEY", "apiKey"),
        ("baseURL", "baseUrl"),
        ("base_url", "baseUrl"),
        ("config:apikey", "apiKey"),
    ],
)
def test_a_near_miss_is_a_mistake(key: str, meant: str) -> None:
    """Case, blanks, `_` and `-` do not count, and a letter or two may be wrong."""
    (found,) = unread({f"keywordsai:{key}": False}, "dev", program="shop")
    assert (found.wrong, found.problem) == (True, "nothing reads this key")
    assert found.to_do.startswith(f"rename it to keywordsai:{meant}, or run `pulumi config rm ")


@pytest.mark.parametrize(
    "key",
    [
        *("region", "token", "url", "key", "oldApiKey", "temperature"),
        *("apiKey2", "apiKeyEu", "apiKey-eu", "models_eu"),
    ],
)
def test_another_key_may_be_the_programs_own(key: str) -> None:
    """It is not a mistake, but it is reported."""
    (found,) = unread({f"keywordsai:{key}": False}, "dev", program="shop")
    assert str(found) == (
        f"keywordsai:{key}: {THE_KEYS}`pulumi config rm keywordsai:{key} --stack dev`"
    )
    assert not found.wrong


def test_keys_of_others_and_those_that_are_read_are_not_judged() -> None:
    """Keys in other namespaces are ignored; the engine's old spelling has `config:`."""
    fine = ["keywordsai:apiKey", "keywordsai:baseUrl", "keywordsai:models", "shop:modles", "aws:x"]
    fine += ["kubernetes:models", "respan:apiKey", "keywordsai-prices:models", "models"]
    assert (
        unread(dict.fromkeys([*fine, "keywordsai:config:models"], False), "dev", program="shop")
        == []
    )
    assert full("keywordsai:config:models") == "keywordsai:models"


@pytest.mark.parametrize(
    "namespace", ["keywordai", "keywords-ai", "keywordsAI", "KeywordsAI", "keywords_ai", "keywords"]
)
def test_a_near_miss_of_the_namespace_is_a_mistake(namespace: str) -> None:
    """With one of the known keys, or nearly: a key of ours, and of no project of that name."""
    for name, meant in {"models": "models", "Models": "models", "apikey": "apiKey"}.items():
        (found,) = unread({f"{namespace}:{name}": False}, "dev", program="shop")
        assert (found.wrong, found.problem) == (True, "nothing reads this key")
        assert found.to_do.startswith(f"rename it to keywordsai:{meant}, or run `pulumi config rm ")
    (path,) = unread({f"{namespace}:models.acme/faq.input_cost": False}, "dev", program="shop")
    assert (path.wrong, path.problem) == (True, WITHOUT_PATH)
    assert "--path 'keywordsai:models[\"acme/faq\"].input_cost' VALUE" in path.to_do
    (of_project,) = unread({f"{namespace}:models.m": False}, None, program="shop")
    assert of_project.to_do == "rename it to keywordsai:models, or remove it"
    others = [f"{namespace}:region", f"{namespace}:apiKey2", f"{namespace}:config:zone"]
    assert unread(dict.fromkeys(others, False), "dev", program="shop") == []
    assert unread({f"{namespace}:models": False}, "dev", program=namespace) == []


def test_a_path_in_the_projects_file_is_merged_into_every_stack() -> None:
    """The engine reads a key of Pulumi.yaml as a path; no command removes it."""
    path, near = unread(
        {"keywordsai:models.m": False, "keywordsai:modles": False}, None, program="shop"
    )
    assert str(path) == (
        "keywordsai:models.m: is a path, which Pulumi merges into the models of every stack; write "
        "the model in the `value` of keywordsai:models"
    )
    assert str(near) == (
        "keywordsai:modles: nothing reads this key; rename it to keywordsai:models, or remove it"
    )
    assert (path.wrong, near.wrong) == (True, True)


def test_another_file_than_the_stacks_own_is_named_in_the_command() -> None:
    """`pulumi config rm` would look into the stack's own file."""
    for key in "modles", "models.m":
        (found,) = unread({f"keywordsai:{key}": False}, "dev", Path("/my files/a.yaml"))
        command = (
            f"`pulumi config rm keywordsai:{key} --stack dev --config-file '/my files/a.yaml'`"
        )
        assert found.to_do.endswith(command)


def test_one_mistake_is_a_line_and_several_are_counted() -> None:
    """As with the mistakes of a catalog."""
    assert refusal(["a"]) == "a"
    assert refusal(["a", "b"]) == "The configuration has 2 mistakes; nothing was sent.\n  a\n  b"


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Act as a new process, which has checked nothing yet, and record its warnings."""
    said: list[str] = []
    monkeypatch.setattr(program_config, "_checked", set())
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    yield said
    pulumi.runtime.set_all_config({}, [])


DECLARATIONS = {
    "a model": lambda: CustomModel("m", input_cost=1),
    "a model that is read": lambda: CustomModel.get("m", "m"),
    "the stack's catalog": ModelCatalog.from_config,
}


@pytest.mark.parametrize("declare", DECLARATIONS)
def test_a_program_is_refused(declare: str, warnings: list[str]) -> None:
    """Before anything is declared, every time, with all mistakes and no values."""
    keys = {"keywordsai:models.m.provider_id": "hunter2", "keywordsai:apikey": "hunter2"}
    pulumi.runtime.set_all_config(keys, ["keywordsai:models.m.provider_id"])
    for _ in range(2):
        with pytest.raises(DeclarationError) as refused:
            DECLARATIONS[declare]()
        lines = str(refused.value).splitlines()
        assert lines[0] == "The configuration has 2 mistakes; nothing was sent."
        assert lines[1].startswith("  stack stack: keywordsai:apikey: nothing reads this key; ")
        assert "`pulumi config set --path --secret 'keywordsai:models[" in lines[2]
        assert "hunter2" not in str(refused.value)
    assert warnings == []


def test_a_program_is_warned_once(warnings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many models it declares, in any thread; another stack or project is checked, too."""
    pulumi.runtime.set_all_config({"keywordsai:region": "eu"})
    for _ in range(3):
        refuse_unread_keys()
    thread = threading.Thread(target=copy_context().run, args=(refuse_unread_keys,))
    thread.start()
    thread.join()
    expected = f"stack stack: keywordsai:region: {THE_KEYS}"
    assert [each.partition("`")[0] for each in warnings] == [expected]
    pulumi.runtime.set_all_config({"keywordsai:region": "eu", "keywordsai:zone": "1"})
    refuse_unread_keys()
    assert len(warnings) == 3
    monkeypatch.setattr(pulumi, "get_project", lambda: "another")
    refuse_unread_keys()
    assert len(warnings) == 5


def test_a_thread_has_the_configuration_of_the_process(
    warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The language host leaves it in the environment too, and a bare thread has no other."""
    monkeypatch.setenv("PULUMI_CONFIG", '{"keywordsai:modles": "{}"}')
    pulumi.runtime.set_all_config({})
    found: list[str] = []

    def declare() -> None:
        try:
            CustomModel("m", input_cost=1)
        except DeclarationError as error:
            found.append(str(error))

    thread = threading.Thread(target=declare)
    thread.start()
    thread.join()
    assert [each.partition(";")[0] for each in found] == [
        "stack stack: keywordsai:modles: nothing reads this key"
    ]


def test_what_is_read_needs_no_words(warnings: list[str]) -> None:
    """Known keys, and keys in other namespaces, are fine."""
    keys = ["keywordsai:apiKey", "keywordsai:baseUrl", "keywordsai:models", "shop:modles"]
    pulumi.runtime.set_all_config(dict.fromkeys(keys, "{}"))
    refuse_unread_keys()
    assert warnings == []
