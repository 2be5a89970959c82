"""Live models added to a catalog or stack file; names that YAML cannot hold are refused."""

from __future__ import annotations

from collections.abc import Iterable

from ..catalog import written
from ..catalog.written import models_in
from ..core.errors import DeclarationError
from ..files.models import is_shared
from .adoption import Adoption

__all__ = ["models_in", "with_models"]


def with_models(text: str, adoptions: Iterable[Adoption], *, stack: bool, file: str) -> str:
    """Add models to a text that does not have them yet.

    Raises DeclarationError, with the name `file`, for a text to which they cannot be added.
    """
    new = {each.model_name: each.declared for each in adoptions}
    for name in new:
        if is_shared(name):
            raise DeclarationError(
                f"{file}: {name}: a catalog reads this name as shared values; use --program, or "
                "exclude the model with --match"
            )
        if written.is_too_long(name):
            raise DeclarationError(
                f"{file}: {name[:40]}…: model_name is too long for a YAML key; use --program"
            )
    return written.with_models(text, new, stack=stack, file=file)
