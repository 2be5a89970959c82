"""Names that users' programs and states hold: they never change (DESIGN.md, "Frozen names").

Nothing is imported here, so that a program which only declares models starts at once.
"""

API_FIELDS = (
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
)
"""The fields of the API's request body, in the order of its page."""

PRICE_FIELDS = ("input_cost", "output_cost", "cache_hit_input_cost", "cache_creation_input_cost")
FLAG_FIELDS = ("streaming_support", "function_call", "image_support")
CUSTOM_PROVIDER_FIELDS = ("custom_provider_id", "provider_id")

NEVER_ANSWERED = frozenset({"supported_params_override"})
"""Fields that no generation of the API repeats in its answers: they are sent, and cannot drift."""

NOT_SENT = frozenset({"overwrite_existing"})
"""Fields that steer this package and are not the API's."""

READ_ONLY = ("model_id", "affiliation_category", "source", "provider_name")
"""Outputs that cannot be declared. Of `provider` only id and name: the rest can be credentials."""

TYPE = "pulumi-python:dynamic/keywordsai:CustomModel"
"""The type of the resource, as it stands in every URN."""

PROVIDER = "__provider"
PICKLED_PROVIDER = (
    "gASVOQAAAAAAAACMG2tleXdvcmRzYWlfZHluYW1pYy5wcm92aWRlcpSMFWN1c3RvbV9tb2RlbF9wcm92aWRlcpSTlC4="
)
"""What Pulumi's SDK makes of `keywordsai_dynamic.provider.custom_model_provider`: its bare name."""

DECLARED = "__declared"
ANSWERED = "__answered"
BASE_URL = "__base_url"
URN = "__urn"
SECRET_FIELDS = "__secret"  # noqa: S105  # the name of a property, not a password

NAME_IN_PLAIN = (
    "must not be secret: it is the resource's id, which every state and message shows; take it out "
    "with pulumi.Output.unsecret"
)
"""What program and provider say alike of a secret `model_name`."""
