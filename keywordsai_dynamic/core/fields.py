"""The fields of a custom model and of a custom provider, each described once.

All that is known of a field derives from it. Names, order and meanings of a model's are those of
the API page "Create custom model" (POST /api/models/):
https://docs.keywordsai.co/api-endpoints/manage/models/custom-models/create

Nothing heavy is imported here, so that a program which only declares models starts at once.
"""

from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """Which values a field takes: `core/schema.py` reads and checks them, once per kind."""

    MODEL_NAME = auto()
    NAME = auto()
    TEXT = auto()
    PROVIDER = auto()
    PRICE = auto()
    COUNT = auto()
    FLAG = auto()
    PARAMS = auto()
    SWITCH = auto()
    PROVIDER_ID = auto()
    ADDRESS = auto()
    CREDENTIAL = auto()
    SECONDS = auto()
    KWARGS = auto()


class Returned(Enum):
    """Where the API's responses have a field."""

    ALWAYS = auto()
    """In every model of every generation of the API."""

    NOT_BY_NEWEST = auto()
    """In every model, except that the newest generation has dropped it."""

    WHERE_SET = auto()
    """In models for which it is set, or by newer generations alone."""

    INSIDE_PROVIDER = auto()
    """Inside the object `provider`."""

    UNDER_ALIAS = auto()
    """Under the field's other name."""

    NEVER = auto()
    """In no model, so that it cannot drift."""

    MAYBE = auto()
    """Not by the oldest generations, and by others possibly without or with masked secrets."""


UNITS = {Kind.PRICE: "USD per million tokens", Kind.COUNT: "tokens"}


class Field(NamedTuple):
    """One field. `description` says what it means to people, with the unit.

    `noun` is what a review calls it (its name, where none is given), and `sentences` are what a
    review says of a flag that is set and one that is not. `column` is its header in the table of
    `models`. `list_price` is the attribute that holds the price in the data set genai-prices, and
    `tokens` the key of a usage file that counts what the price is paid for. `alias_of` names the
    field that means the same. A field that is not `sent` steers this package alone.
    """

    name: str
    kind: Kind
    description: str
    returned: Returned = Returned.WHERE_SET
    noun: str = ""
    sentences: tuple[str, str] = ("", "")
    column: str = ""
    list_price: str = ""
    tokens: str = ""
    alias_of: str = ""
    sent: bool = True


FIELDS = (
    Field(
        "model_name",
        Kind.MODEL_NAME,
        "Unique name within the organization, used in API calls; may contain slashes.",
        Returned.ALWAYS,
        column="model",
    ),
    Field(
        "base_model_name",
        Kind.NAME,
        "Built-in or custom model to inherit properties from.",
        noun="base",
        column="base",
    ),
    Field(
        "display_name",
        Kind.TEXT,
        "Name shown to people.",
        Returned.NOT_BY_NEWEST,
        noun="display name",
    ),
    Field(
        "custom_provider_id",
        Kind.PROVIDER,
        "Custom provider that serves the model: its provider ID or its number.",
        Returned.UNDER_ALIAS,
        noun="provider",
    ),
    Field(
        "provider_id",
        Kind.PROVIDER,
        "Alias of custom_provider_id; declare only one of the two.",
        Returned.INSIDE_PROVIDER,
        noun="provider",
        alias_of="custom_provider_id",
    ),
    Field(
        "input_cost",
        Kind.PRICE,
        "USD per million input tokens; 0 means free.",
        Returned.ALWAYS,
        column="input",
        list_price="input_mtok",
        tokens="input_tokens",
    ),
    Field(
        "output_cost",
        Kind.PRICE,
        "USD per million output tokens; 0 means free.",
        Returned.ALWAYS,
        column="output",
        list_price="output_mtok",
        tokens="output_tokens",
    ),
    Field(
        "cache_hit_input_cost",
        Kind.PRICE,
        "USD per million input tokens read from the cache.",
        Returned.ALWAYS,
        column="hit",
        list_price="cache_read_mtok",
        tokens="cache_hit_input_tokens",
    ),
    Field(
        "cache_creation_input_cost",
        Kind.PRICE,
        "USD per million input tokens written to the cache.",
        Returned.ALWAYS,
        column="creation",
        list_price="cache_write_mtok",
        tokens="cache_creation_input_tokens",
    ),
    Field(
        "max_context_window",
        Kind.COUNT,
        "Maximum context size, in tokens.",
        Returned.ALWAYS,
        noun="context",
        column="context",
    ),
    Field(
        "streaming_support",
        Kind.FLAG,
        "Whether responses can be streamed.",
        Returned.NOT_BY_NEWEST,
        sentences=("streams", "does not stream"),
    ),
    Field(
        "function_call",
        Kind.FLAG,
        "Whether the model can call functions (tools).",
        Returned.ALWAYS,
        sentences=("calls functions", "does not call functions"),
    ),
    Field(
        "image_support",
        Kind.FLAG,
        "Whether the model understands images.",
        Returned.ALWAYS,
        sentences=("understands images", "does not understand images"),
    ),
    Field(
        "supported_params_override",
        Kind.PARAMS,
        "Parameters that the Playground offers; replaces the whole map.",
        Returned.NEVER,
    ),
    Field(
        "overwrite_existing",
        Kind.SWITCH,
        "Overwrite an existing model whose values differ, instead of refusing. Not sent.",
        Returned.NEVER,
        sent=False,
    ),
)

PROVIDER_FIELDS = (
    Field(
        "provider_id",
        Kind.PROVIDER_ID,
        "Unique ID within the organization; models refer to it as custom_provider_id.",
        Returned.ALWAYS,
    ),
    Field("provider_name", Kind.NAME, "Name shown to people.", Returned.ALWAYS),
    Field(
        "base_url",
        Kind.ADDRESS,
        "Address of the OpenAI-compatible endpoint, such as https://llm.acme.example/v1.",
        Returned.MAYBE,
    ),
    Field(
        "api_key",
        Kind.CREDENTIAL,
        "Key of the endpoint; always a secret.",
        Returned.MAYBE,
    ),
    Field("timeout", Kind.SECONDS, "Longest time for a call, in seconds.", Returned.MAYBE),
    Field(
        "extra_kwargs",
        Kind.KWARGS,
        "Whatever else the endpoint takes; declare secret values as secrets.",
        Returned.MAYBE,
    ),
    Field(
        "overwrite_existing",
        Kind.SWITCH,
        "Overwrite an existing provider whose values differ, instead of refusing. Not sent.",
        Returned.NEVER,
        sent=False,
    ),
)
"""The fields of a custom provider; all but id and name are sent inside `extra_kwargs`."""


def names_of(*kinds: Kind) -> tuple[str, ...]:
    """Return the names of a model's fields of some kinds, in the order of the API's page."""
    return tuple(field.name for field in FIELDS if field.kind in kinds)
