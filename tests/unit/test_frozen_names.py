"""Names that users' state files, programs and shells hold: they never change.

A test here that fails means that a release would break somebody's stack.
"""

import base64
import json
import pickle
import pickletools
from inspect import signature
from pathlib import Path

import pulumi
from pulumi.dynamic.dynamic import serialize_provider

from keywordsai_dynamic.core import names, settings
from keywordsai_dynamic.core.kinds import MODEL_SET, PROVIDER
from keywordsai_dynamic.core.schema import CustomModelFields, CustomProviderFields
from keywordsai_dynamic.custom_model import CustomModel
from keywordsai_dynamic.custom_provider import CustomProvider
from keywordsai_dynamic.model_set import ModelSet
from keywordsai_dynamic.native.installed import main_of
from keywordsai_dynamic.plugin_install.launcher import launcher
from keywordsai_dynamic.provider import (
    CustomModelProvider,
    CustomProviderProvider,
    ModelSetProvider,
    custom_model_provider,
    custom_provider_provider,
    model_set_provider,
)

SCHEMA = Path(names.__file__).parents[1] / "native" / "schema.json"

NATIVE_MODEL_FIELDS = [
    "modelName",
    "baseModelName",
    "displayName",
    "customProviderId",
    "providerId",
    "inputCost",
    "outputCost",
    "cacheHitInputCost",
    "cacheCreationInputCost",
    "maxContextWindow",
    "streamingSupport",
    "functionCall",
    "imageSupport",
    "supportedParamsOverride",
    "overwriteExisting",
]
NATIVE_READ_ONLY = ["modelId", "affiliationCategory", "source", "providerName"]
NEVER_LISTED = {"customProviderId", "supportedParamsOverride", "overwriteExisting"}

# What version 0.1.0 wrote into states.
IN_STATES = (
    "gASVOQAAAAAAAACMG2tleXdvcmRzYWlfZHluYW1pYy5wcm92aWRlcpSMFWN1c3RvbV9tb2RlbF9wcm92aWRlcpSTlC4="
)

# What version 0.2.0 wrote for custom providers.
OF_PROVIDERS = (
    "gASVPAAAAAAAAACMG2tleXdvcmRzYWlfZHluYW1pYy5wcm92aWRlcpSMGGN1c3RvbV9wcm92aWRl"
    "cl9wcm92aWRlcpSTlC4="
)

# And for sets of models.
OF_SETS = "gASVNgAAAAAAAACMG2tleXdvcmRzYWlfZHluYW1pYy5wcm92aWRlcpSMEm1vZGVsX3NldF9wcm92aWRlcpSTlC4="


def test_a_state_holds_the_provider_by_one_name() -> None:
    """What is pickled is module and instance, under 100 characters, without any data."""
    text = serialize_provider(custom_model_provider)
    strings = [
        argument
        for _, argument, _ in pickletools.genops(base64.b64decode(text))
        if isinstance(argument, str)
    ]
    assert strings == ["keywordsai_dynamic.provider", "custom_model_provider"]
    assert len(text) < 100
    assert text == IN_STATES
    assert ("__provider", text) == (names.PROVIDER, names.PICKLED_PROVIDER)


def test_what_states_hold_is_found() -> None:
    """The bytes of version 0.1.0 give the one instance, of the class by its old name."""
    found = pickle.loads(base64.b64decode(IN_STATES))  # noqa: S301  (our own bytes, above)
    assert found is custom_model_provider
    assert type(found) is CustomModelProvider
    assert (CustomModelProvider.__module__, CustomModelProvider.__qualname__) == (
        "keywordsai_dynamic.provider",
        "CustomModelProvider",
    )


def test_a_state_holds_the_provider_of_providers_by_one_name() -> None:
    """Module and instance, found again under the class's old name."""
    text = serialize_provider(custom_provider_provider)
    assert (text, PROVIDER.pickled, names.PICKLED_CUSTOM_PROVIDER) == (OF_PROVIDERS,) * 3
    found = pickle.loads(base64.b64decode(OF_PROVIDERS))  # noqa: S301  (our own bytes, above)
    assert found is custom_provider_provider
    assert type(found) is CustomProviderProvider
    assert vars(CustomProviderProvider()) == {}
    assert custom_provider_provider.serialize_as_secret_always is False


def test_a_state_holds_the_provider_of_sets_by_one_name() -> None:
    """Module and instance, found again under the class's old name."""
    text = serialize_provider(model_set_provider)
    assert (text, MODEL_SET.pickled, names.PICKLED_MODEL_SET) == (OF_SETS,) * 3
    found = pickle.loads(base64.b64decode(OF_SETS))  # noqa: S301  (our own bytes, above)
    assert found is model_set_provider
    assert vars(ModelSetProvider()) == {}
    assert model_set_provider.serialize_as_secret_always is False
    assert (MODEL_SET.fields, MODEL_SET.native_type) == (("models",), "keywordsai:index:ModelSet")


def test_the_provider_is_not_encrypted_into_each_resource() -> None:
    """The provider holds no data, so that its name stands in the clear and states stay small."""
    assert vars(CustomModelProvider()) == {}
    assert custom_model_provider.serialize_as_secret_always is False


def test_property_names_are_the_apis_own() -> None:
    """The fields of a model, in the order of the API's page, and the one switch of ours."""
    assert (
        [*names.API_FIELDS, *names.NOT_SENT]
        == list(CustomModelFields.model_fields)
        == [
            "model_name",
            "base_model_name",
            "display_name",
            "custom_provider_id",
            "provider_id",
            "input_cost",
            "output_cost",
            "cache_hit_input_cost",
            "cache_creation_input_cost",
            "max_context_window",
            "streaming_support",
            "function_call",
            "image_support",
            "supported_params_override",
            "overwrite_existing",
        ]
    )


def test_property_names_of_a_provider() -> None:
    """The fields of a custom provider, in the order of its constructor."""
    assert (
        [*PROVIDER.fields, "overwrite_existing"]
        == list(CustomProviderFields.model_fields)
        == [
            "provider_id",
            "provider_name",
            "base_url",
            "api_key",
            "timeout",
            "extra_kwargs",
            "overwrite_existing",
        ]
    )
    assert PROVIDER.id_field == "provider_id"


def test_outputs_have_these_names() -> None:
    """What can be read of a model beside its fields."""
    assert names.READ_ONLY == ("model_id", "affiliation_category", "source", "provider_name")


def test_hidden_names() -> None:
    """What a state holds for our own use."""
    assert (
        names.DECLARED,
        names.ANSWERED,
        names.ECHO,
        names.BASE_URL,
        names.URN,
        names.SECRET_FIELDS,
    ) == ("__declared", "__answered", "__echo", "__base_url", "__urn", "__secret")


def test_configuration_keys_and_variables() -> None:
    """Every source of a setting, by the name that users have written down."""
    asked: list[str] = []

    class Asked(dict[str, str]):
        def get(self, name: str, default: object = None) -> None:  # type: ignore[override]  # narrower
            asked.append(name)

    settings.resolve(asked.append, Asked())
    settings.debugging(Asked())
    assert sorted(asked) == [
        "KEYWORDSAI_API_KEY",
        "KEYWORDSAI_API_KEY_OVERRIDE",
        "KEYWORDSAI_BASE_URL",
        "KEYWORDSAI_DEADLINE",
        "KEYWORDSAI_DEBUG",
        "RESPAN_API_KEY",
        "RESPAN_BASE_URL",
        "keywordsai:apiKey",
        "keywordsai:baseUrl",
    ]


def test_the_type_tokens() -> None:
    """The type is part of every urn."""
    urns: list[str] = []

    class Mocks(pulumi.runtime.Mocks):
        def new_resource(
            self, args: pulumi.runtime.MockResourceArgs
        ) -> tuple[str, dict[str, object]]:
            urns.append(args.typ)
            return args.name, {}

        def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, object]:
            raise NotImplementedError(args.token)

    pulumi.runtime.set_mocks(Mocks())

    @pulumi.runtime.test
    def declare() -> None:
        CustomModel("m")
        CustomProvider("p", provider_name="P")
        ModelSet("s", models={})

    declare()
    assert sorted(urns) == [
        "pulumi-python:dynamic/keywordsai:CustomModel",
        "pulumi-python:dynamic/keywordsai:CustomProvider",
        "pulumi-python:dynamic/keywordsai:ModelSet",
    ]


def test_names_of_the_native_plugin() -> None:
    """Programs in every language, and the states of their stacks, hold all of them."""
    schema = json.loads(SCHEMA.read_text())
    assert schema["name"] == "keywordsai"
    assert list(schema["config"]["variables"]) == ["apiKey", "baseUrl"]
    assert list(schema["provider"]["inputProperties"]) == ["apiKey", "baseUrl"]
    fields = {token: list(each["inputProperties"]) for token, each in schema["resources"].items()}
    assert fields == {
        "keywordsai:index:CustomModel": NATIVE_MODEL_FIELDS,
        "keywordsai:index:CustomProvider": [
            "providerId",
            "providerName",
            "baseUrl",
            "apiKey",
            "timeout",
            "extraKwargs",
            "overwriteExisting",
        ],
        "keywordsai:index:ModelSet": ["models"],
    }
    outputs = {token: [*each["properties"]] for token, each in schema["resources"].items()}
    assert outputs == {
        "keywordsai:index:CustomModel": [*NATIVE_MODEL_FIELDS, *NATIVE_READ_ONLY, "serviceUrl"],
        "keywordsai:index:CustomProvider": [
            *fields["keywordsai:index:CustomProvider"],
            "serviceUrl",
            "credentialHash",
        ],
        "keywordsai:index:ModelSet": ["models", "answered", "declared", "serviceUrl"],
    }
    in_a_set = schema["types"]["keywordsai:index:ModelFields"]["properties"]
    assert [*in_a_set] == NATIVE_MODEL_FIELDS[1:]


def test_the_native_types_take_over_resources_of_the_dynamic_ones() -> None:
    """A stack of a Python program moves to the native plugin by these aliases."""
    schema = json.loads(SCHEMA.read_text())
    assert {token: each["aliases"] for token, each in schema["resources"].items()} == {
        "keywordsai:index:CustomModel": [{"type": "pulumi-python:dynamic/keywordsai:CustomModel"}],
        "keywordsai:index:CustomProvider": [
            {"type": "pulumi-python:dynamic/keywordsai:CustomProvider"}
        ],
        "keywordsai:index:ModelSet": [{"type": "pulumi-python:dynamic/keywordsai:ModelSet"}],
    }


def test_functions_of_the_native_plugin() -> None:
    """Their names, arguments and results."""
    functions = json.loads(SCHEMA.read_text())["functions"]
    live = [name for name in NATIVE_MODEL_FIELDS if name not in NEVER_LISTED]
    live += ["builtIn", *NATIVE_READ_ONLY]
    assert {
        token: ([*each["inputs"]["properties"]], [*each["outputs"]["properties"]])
        for token, each in functions.items()
    } == {
        "keywordsai:index:getModel": (["modelName"], live),
        "keywordsai:index:listModels": (["pattern", "all"], ["models"]),
        "keywordsai:index:getListPrice": (
            ["model", "markup", "discount", "tier", "strict"],
            [
                "inputCost",
                "outputCost",
                "cacheHitInputCost",
                "cacheCreationInputCost",
                "maxContextWindow",
            ],
        ),
    }
    listed = json.loads(SCHEMA.read_text())["types"]["keywordsai:index:ListedModel"]
    assert [*listed["properties"]] == live


def test_launchers_of_older_versions_find_their_start() -> None:
    """What `plugin install` has put into a user's home calls this, whatever the package is now."""
    assert "from keywordsai_dynamic.native.installed import main_of\n" in launcher("0.2.0", "/p")
    assert [*signature(main_of).parameters] == ["version"]
