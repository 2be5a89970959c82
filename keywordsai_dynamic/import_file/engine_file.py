"""The file that `pulumi import --file` reads: states as this package writes them, read by nobody.

With `inputs` and `outputs` in it, the engine (3.254 and newer) asks the provider for nothing, which
is the only way to import resources of a dynamic provider (pulumi#16175, pulumi#23984).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.names import BASE_URL, PICKLED_PROVIDER, PROVIDER, TYPE
from ..lifecycle.state import outputs
from .adoption import Adoption


def engine_file(adoptions: Iterable[Adoption], base_url: str) -> dict[str, Any]:
    """Write the models as a stack would hold them had it created them at `base_url`.

    Inputs are what `check` returns for the fields declared, outputs what `create` would answer.
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
    """Tell whether a JSON document is a file for `pulumi import`, so that it may be overwritten."""
    return isinstance(content, dict) and isinstance(content.get("resources"), list)
