"""The kinds of resources, as what serves both of them must know them.

Nothing heavy is imported here, so that a program which only declares models starts at once.
"""

from typing import NamedTuple

from .names import (
    API_FIELDS,
    CUSTOM_PROVIDER_TYPE,
    MODEL_SET_TYPE,
    MODELS,
    NATIVE_CUSTOM_PROVIDER_TYPE,
    NATIVE_MODEL_SET_TYPE,
    NATIVE_TYPE,
    NOT_SENT,
    PICKLED_CUSTOM_PROVIDER,
    PICKLED_MODEL_SET,
    PICKLED_PROVIDER,
    PROVIDER_API_FIELDS,
    READ_ONLY,
    TYPE,
)


class ResourceKind(NamedTuple):
    """One kind of resource: `noun` in messages, `id_field` the field that is its Pulumi id.

    `id_field` is "" where the id is the name of the resource.

    `fields` are sent, `not_sent` steer this package, `read_only` are further outputs. `secret` are
    always secret. The value of a field in `unprinted` may hold a secret even if none is marked, so
    the engine must not print it. `type`, `pickled` and `native_type`, the type in programs that use
    the native plugin, are frozen names.
    """

    noun: str
    id_field: str
    fields: tuple[str, ...]
    not_sent: frozenset[str]
    read_only: tuple[str, ...]
    secret: frozenset[str]
    unprinted: frozenset[str]
    type: str
    pickled: str
    native_type: str


MODEL = ResourceKind(
    noun="model",
    id_field="model_name",
    fields=API_FIELDS,
    not_sent=NOT_SENT,
    read_only=READ_ONLY,
    secret=frozenset(),
    unprinted=frozenset(),
    type=TYPE,
    pickled=PICKLED_PROVIDER,
    native_type=NATIVE_TYPE,
)
PROVIDER = ResourceKind(
    noun="provider",
    id_field="provider_id",
    fields=PROVIDER_API_FIELDS,
    not_sent=NOT_SENT,
    read_only=(),
    secret=frozenset({"api_key"}),
    unprinted=frozenset({"base_url", "api_key", "extra_kwargs"}),
    type=CUSTOM_PROVIDER_TYPE,
    pickled=PICKLED_CUSTOM_PROVIDER,
    native_type=NATIVE_CUSTOM_PROVIDER_TYPE,
)
MODEL_SET = ResourceKind(
    noun="model set",
    id_field="",
    fields=(MODELS,),
    not_sent=frozenset(),
    read_only=(),
    secret=frozenset(),
    unprinted=frozenset(),
    type=MODEL_SET_TYPE,
    pickled=PICKLED_MODEL_SET,
    native_type=NATIVE_MODEL_SET_TYPE,
)
"""Many models in one resource. Each model in it is one of `MODEL`: its name, its lock, its note."""


def is_model_set(type_: str) -> bool:
    """Return whether a type in a URN is that of a set of models, dynamic or native."""
    return type_.rpartition("$")[2] in (MODEL_SET.type, MODEL_SET.native_type)


def kind_of(type_: str) -> ResourceKind | None:
    """Return the kind that a type in a URN names, dynamic or native; None for any other.

    A set of models is not among them, because its properties are those of many models.
    """
    # Inside a component the type is a path: `acme:Router$keywordsai:index:CustomModel`.
    own = type_.rpartition("$")[2]
    return next((kind for kind in (MODEL, PROVIDER) if own in (kind.type, kind.native_type)), None)


def is_native(type_: str) -> bool:
    """Return whether a type in a URN is one of the native plugin's resources."""
    native = {kind.native_type for kind in (MODEL, PROVIDER, MODEL_SET)}
    return type_.rpartition("$")[2] in native
