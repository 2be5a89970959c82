"""Properties of native resources, as everything else here knows them: API names, flags 0 or 1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .camel_case import camel_case
from .kinds import MODEL, PROVIDER, ResourceKind
from .names import BASE_URL, ECHO, FLAG_FIELDS

SERVICE_URL = "serviceUrl"
"""The output that holds the base URL of the API to which a resource was written."""

CREDENTIAL_HASH = "credentialHash"
"""The output of a provider that holds how the service showed its credentials; a secret."""

HIDDEN_OUTPUTS = {BASE_URL: SERVICE_URL, ECHO: CREDENTIAL_HASH}
"""Native outputs that are hidden properties elsewhere, by what those are called."""

API_NAMES = {
    kind: {camel_case(name): name for name in (*kind.fields, *kind.not_sent, *kind.read_only)}
    for kind in (MODEL, PROVIDER)
}
"""The API's names of each kind's properties, by their names in programs."""

ANSWERED_AS_JSON = "answered"
"""The output of a set that holds, by model and API name, what was returned but is not declared."""

_TOP = re.compile(r"\w+")


def api_values(kind: ResourceKind, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a native resource under the names of the API, flags as 0 or 1.

    Names that are the API's already stay: a stack that was moved from the dynamic type keeps its
    outputs until the next refresh. Keys inside of maps are not names, and stay too. Raises
    TypeError if a field is there under both of its names.
    """
    for name in properties:
        if api_name(kind, name) != name and api_name(kind, name) in properties:
            raise TypeError(f"{api_name(kind, name)} and {name} are the same property")
    found = {api_name(kind, name): value for name, value in properties.items()}
    return {name: api_value(name, value) for name, value in found.items()}


def api_value(field: str, value: Any) -> Any:  # noqa: ANN401  (any property)
    """Return a property's value as the API has it: a flag as 0 or 1."""
    return int(value) if field in FLAG_FIELDS and isinstance(value, bool) else value


def api_name(kind: ResourceKind, name: str) -> str:
    """Return the API's name of a native property; any other name stays as it is."""
    return API_NAMES[kind].get(name, name)


def api_path(kind: ResourceKind, path: str) -> str:
    """Return a path of a detailed diff with its field under the API's name."""
    return _TOP.sub(lambda found: api_name(kind, found[0]), path, count=1)
