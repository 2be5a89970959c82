"""Names that users' programs and states hold: they never change (DESIGN.md, "Frozen names").

Nothing heavy is imported here, so that a program which only declares models starts at once.
"""

from .fields import FIELDS, PROVIDER_FIELDS, Kind, Returned, names_of

API_FIELDS = tuple(field.name for field in FIELDS if field.sent)
"""The fields of the API's request body, in the order of its page."""

PRICE_FIELDS = names_of(Kind.PRICE)
TOKENS_OF = {field.name: field.tokens for field in FIELDS if field.tokens}
"""Which tokens a price is paid for: `input_cost` is paid for `input_tokens`, and so on."""

COUNT_FIELDS = names_of(Kind.COUNT)
FLAG_FIELDS = names_of(Kind.FLAG)
CUSTOM_PROVIDER_FIELDS = names_of(Kind.PROVIDER)

NEVER_ANSWERED = frozenset(
    field.name for field in FIELDS if field.sent and field.returned is Returned.NEVER
)
"""Fields that no generation of the API returns: they are sent, and cannot drift."""

LISTED_FIELDS = tuple(
    field.name for field in FIELDS if field.returned not in {Returned.NEVER, Returned.UNDER_ALIAS}
)
"""What lists of live models have: every field that is returned, under one name each."""

NOT_SENT = frozenset(field.name for field in FIELDS if not field.sent)
"""Fields that steer this package and are not the API's."""

READ_ONLY = ("model_id", "affiliation_category", "source", "provider_name")
"""Outputs that cannot be declared. Of `provider` only id and name: the rest can be credentials."""

PROVIDER_API_FIELDS = tuple(field.name for field in PROVIDER_FIELDS if field.sent)
"""What can be declared of a custom provider and is sent, in the order of its constructor."""

TYPE = "pulumi-python:dynamic/keywordsai:CustomModel"
"""The type of a custom model, as it stands in every URN."""

CUSTOM_PROVIDER_TYPE = "pulumi-python:dynamic/keywordsai:CustomProvider"
"""The type of a custom provider, as it stands in every URN."""

NATIVE_TYPE = "keywordsai:index:CustomModel"
"""The type of a custom model in programs that use the native plugin, in any language."""

NATIVE_CUSTOM_PROVIDER_TYPE = "keywordsai:index:CustomProvider"
"""The type of a custom provider, likewise."""

MODEL_SET_TYPE = "pulumi-python:dynamic/keywordsai:ModelSet"
"""The type of a set of models, as it stands in every URN."""

NATIVE_MODEL_SET_TYPE = "keywordsai:index:ModelSet"
"""The type of a set of models in programs that use the native plugin."""

MODELS = "models"
"""The one property of a set: its models by name, each a map of fields."""

LISTED_MODEL_TYPE = "keywordsai:index:ListedModel"
"""The type of a live model in the answer of `listModels`."""

MODEL_FIELDS_TYPE = "keywordsai:index:ModelFields"
"""The type of a model in a set, whose name is its key."""

GET_MODEL = "keywordsai:index:getModel"
LIST_MODELS = "keywordsai:index:listModels"
GET_LIST_PRICE = "keywordsai:index:getListPrice"
"""The functions of the native plugin."""

PROVIDER = "__provider"
PICKLED_PROVIDER = (
    "gASVOQAAAAAAAACMG2tleXdvcmRzYWlfZHluYW1pYy5wcm92aWRlcpSMFWN1c3RvbV9tb2RlbF9wcm92aWRlcpSTlC4="
)
"""What Pulumi's SDK makes of `keywordsai_dynamic.provider.custom_model_provider`: its bare name."""

PICKLED_CUSTOM_PROVIDER = (
    "gASVPAAAAAAAAACMG2tleXdvcmRzYWlfZHluYW1pYy5wcm92aWRlcpSMGGN1c3RvbV9wcm92aWRl"
    "cl9wcm92aWRlcpSTlC4="
)
"""The same for `keywordsai_dynamic.provider.custom_provider_provider`."""

PICKLED_MODEL_SET = (
    "gASVNgAAAAAAAACMG2tleXdvcmRzYWlfZHluYW1pYy5wcm92aWRlcpSMEm1vZGVsX3NldF9wcm92aWRlcpSTlC4="
)
"""The same for `keywordsai_dynamic.provider.model_set_provider`."""

DECLARED = "__declared"
ANSWERED = "__answered"
ECHO = "__echo"
BASE_URL = "__base_url"
URN = "__urn"
SECRET_FIELDS = "__secret"  # noqa: S105  # the name of a property, not a password

CHANGED_BY_OTHERS = "(changed by somebody else; this stack does not know the value)"
"""What stands in a state for a secret that has drifted; it is never sent."""

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that only the update will know."""

NAME_IN_PLAIN = (
    "must not be secret: it is the resource's id, which every state and message shows; unwrap it "
    "with pulumi.Output.unsecret"
)
"""What program and provider both say of a secret `model_name` or `provider_id`."""
