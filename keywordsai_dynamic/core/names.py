"""Names that users' programs and states hold: they never change (DESIGN.md, "Frozen names").

Nothing heavy is imported here, so that a program which only declares models starts at once.
"""

from .fields import FIELDS, Kind, Returned, names_of

API_FIELDS = tuple(field.name for field in FIELDS if field.sent)
"""The fields of the API's request body, in the order of its page."""

PRICE_FIELDS = names_of(Kind.PRICE)
COUNT_FIELDS = names_of(Kind.COUNT)
FLAG_FIELDS = names_of(Kind.FLAG)
CUSTOM_PROVIDER_FIELDS = names_of(Kind.PROVIDER)

NEVER_ANSWERED = frozenset(
    field.name for field in FIELDS if field.sent and field.returned is Returned.NEVER
)
"""Fields that no generation of the API returns: they are sent, and cannot drift."""

NOT_SENT = frozenset(field.name for field in FIELDS if not field.sent)
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
    "must not be secret: it is the resource's id, which every state and message shows; unwrap it "
    "with pulumi.Output.unsecret"
)
"""What program and provider both say of a secret `model_name`."""
