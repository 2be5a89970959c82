"""Which custom providers `import-file` adopts, under which names, and that it writes no key."""

import ast
import json
from typing import Any

import pytest

from keywordsai_dynamic.api.listed_providers import ListedProvider, listed_provider
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.names import (
    CUSTOM_PROVIDER_TYPE,
    PICKLED_CUSTOM_PROVIDER,
)
from keywordsai_dynamic.core.redaction import hide
from keywordsai_dynamic.import_file import (
    Adoption,
    Held,
    Note,
    ProviderAdoption,
    engine_file,
    held_by,
    program,
    select_providers,
)

URL = "https://h.example/v1"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def listed(provider_id: str, name: str | None = "N", **kwargs: object) -> ListedProvider:
    """Read a provider as a list shows it."""
    item = {"provider_id": provider_id, "provider_name": name, "extra_kwargs": kwargs}
    found = listed_provider(item)
    assert found is not None
    return found


def select(*providers: ListedProvider, patterns: tuple[str, ...] = ("*",), **more: Any) -> Any:  # noqa: ANN401  (the names of a call)
    by_id = {each.provider_id: each for each in providers}
    return select_providers(by_id, patterns, more.get("held", Held()), more.get("resources", ()))


def test_names_are_free_and_keys_apart() -> None:
    """Resources differ from those of models and of the stack, and each key has its own place."""
    found = select(
        listed("acme vllm"),
        listed("acme~vllm"),
        listed("+"),
        listed("used"),
        listed("x" * 60),
        held=Held(resources=frozenset({"used"})),
        resources=["acme-vllm"],
    )
    assert [
        (each.provider_id, each.resource_name, each.config_key) for each in found.adoptions
    ] == [
        ("+", "provider", "keywordsai-provider"),
        ("acme vllm", "acme-vllm-2", "keywordsai-acme-vllm"),
        ("acme~vllm", "acme-vllm-3", "keywordsai-acme-vllm-2"),
        ("used", "used-2", "keywordsai-used"),
        ("x" * 60, "x" * 60, f"keywordsai-{'x' * 40}"),
    ]
    assert (found.notes, found.held) == ([], 0)


def test_a_glob_or_an_id_selects() -> None:
    """What the stack holds is counted and left out; what matches nothing is an error."""
    providers = [listed("a-1"), listed("a-2"), listed("[b]")]
    found = select(*providers, patterns=("a-*", "[b]"), held=Held(providers=frozenset({"a-2"})))
    assert ([each.provider_id for each in found.adoptions], found.held) == (["[b]", "a-1"], 1)
    with pytest.raises(KeywordsAIError) as raised:
        select(*providers, patterns=("c", "d\n"))
    assert str(raised.value) == (
        "No custom provider matches c or d\\n; `keywordsai-dynamic providers` lists them."
    )


HIDDEN = "tok_Jq4Wn8Zr2Xs6Vb0Yd5Lk"
SKIPPED = {
    "a login": (
        listed("p", base_url="https://joe:sesame-opens@h.example/v1"),
        Note(
            "p",
            "base_url",
            "holds a login or a query, which may be secret; declare the provider yourself",
        ),
    ),
    "an id that no path can hold": (
        listed("a/b"),
        Note("a/b", "provider_id", "must not contain a slash, or be `.` or `..`"),
    ),
    "no name": (listed("p", None), Note("p", "provider_name", "must be declared")),
    "a value of Pulumi's": (
        listed("p", UNKNOWN),
        Note("p", "provider_name", "is the value that Pulumi uses for one it does not know yet"),
    ),
    "a key in the address": (
        listed("p", base_url=f"https://h.example/{HIDDEN}/v1"),
        Note("p", "base_url", "repeats a key; declare the provider yourself"),
    ),
}


@pytest.mark.parametrize("case", SKIPPED)
def test_what_cannot_be_declared_is_skipped(case: str) -> None:
    """A provider that an update could cut short, or a file that would hold a key, is left out."""
    hide(HIDDEN)
    provider, note = SKIPPED[case]
    assert select(provider) == ([], [note], 0)


def test_further_settings_are_named_without_their_values() -> None:
    """Whatever else the map holds may be a credential, so the user is told its name."""
    found = select(listed("p", base_url=URL, region="eu", **{"x\n-auth": {"token": HIDDEN}}))
    sentence = "may hold a secret; declare it, or the update that sends the key may remove it"
    declared = {"provider_id": "p", "provider_name": "N", "base_url": URL}
    assert found == (
        [ProviderAdoption("p", declared, "keywordsai-p")],
        [
            Note("p", "extra_kwargs.region", sentence),
            Note("p", "extra_kwargs.x\\n-auth", sentence),
        ],
        0,
    )


def test_the_file_holds_a_state_without_a_key() -> None:
    """Providers come before models, as the engine reads them, and hold what is declared."""
    (adoption,) = select(listed("p", base_url=URL, timeout=2.5, api_key=HIDDEN)).adoptions
    inputs = {
        "provider_id": "p",
        "provider_name": "N",
        "base_url": URL,
        "timeout": 2.5,
        "__secret": ["api_key"],
        "__provider": PICKLED_CUSTOM_PROVIDER,
    }
    document = engine_file([], "https://api.example", [adoption])
    assert document == {
        "resources": [
            {
                "type": CUSTOM_PROVIDER_TYPE,
                "name": "p",
                "id": "p",
                "inputs": inputs,
                "outputs": {**inputs, "__base_url": "https://api.example"},
            }
        ]
    }
    assert HIDDEN not in json.dumps(document)


def test_what_a_stack_holds_is_told_apart_by_type() -> None:
    """A provider that is read, or about to go, may still be adopted; its name is in use."""

    def resource(name: str, **more: object) -> dict[str, object]:
        urn = f"urn:pulumi:dev::p::{CUSTOM_PROVIDER_TYPE}::{name}"
        return {"type": CUSTOM_PROVIDER_TYPE, "urn": urn, "id": f"id-{name}", **more}

    resources = [resource("a"), resource("b", external=True), resource("c", delete=True)]
    assert held_by({"deployment": {"resources": resources}}) == Held(
        frozenset(), frozenset({"a", "c"}), frozenset({"id-a"})
    )


def test_variables_do_not_hide_each_other() -> None:
    """Providers and models whose names make one identifier, `config` among them, stay apart."""
    providers = select(listed("config"), listed("class"), listed("spare")).adoptions
    models = [
        Adoption("m1", {"model_name": "Config", "custom_provider_id": "config"}, {}),
        Adoption("m2", {"model_name": "m2", "custom_provider_id": "class"}, {}),
        Adoption("config!", {"model_name": "m3", "custom_provider_id": "openai"}, {}),
        Adoption("m4", {"model_name": "m4", "base_model_name": "m3"}, {}),
    ]
    text = program(models, providers)
    statements = ast.parse(text).body
    targets = [
        each.targets[0].id
        for each in statements
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
    ]
    assert targets == ["config", "provider_class", "config_2", "config_3"]
    assert "custom_provider_id=config_2.provider_id," in text
    assert "custom_provider_id=provider_class.provider_id," in text
    assert 'custom_provider_id="openai",' in text
    assert "base_model_name=config_3.model_name," in text
