"""The file that `pulumi import --file` reads: complete states, as this package writes them.

With `inputs` and `outputs` in it, the engine (3.254 and newer) does not call the provider, which is
the only way to import resources of a dynamic provider (pulumi#16175, pulumi#23984).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.names import BASE_URL, PICKLED_PROVIDER, PROVIDER, TYPE
from ..lifecycle.state import outputs
from .adoption import Adoption


def engine_file(adoptions: Iterable[Adoption], base_url: str) -> dict[str, Any]:
    """Return the models as a stack would hold them had it created them at `base_url`.

    Inputs are what `check` returns for the declared fields, outputs what `create` would return.
    """
    return {
        "resources": [
            {
                "type": TYPE,
                "name": each.resource_name,
                "id": each.model_name,
                "inputs": {**each.declared, PROVIDER: PICKLED_PROVIDER},
                "outputs": {
                    **outputs(each.declared, each.declared, each.model),
                    BASE_URL: base_url,
                    PROVIDER: PICKLED_PROVIDER,
                },
            }
            for each in adoptions
        ]
    }


def is_engine_file(content: object) -> bool:
    """Return whether a JSON document is a file for `pulumi import`, and may be overwritten."""
    return isinstance(content, dict) and isinstance(content.get("resources"), list)
