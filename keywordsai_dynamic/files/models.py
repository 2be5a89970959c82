"""The two shapes in which a file holds something for each model: a map, or a list of rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from .strict import refusal, shown

MODEL_NAME = "model_name"

SHARED_KEY = r"^(x-|\.)[^/]*$"  # as in Docker Compose
"""Top-level keys for shared values, which are not models. `x-ai/grok-4` is a model."""


def by_model(content: object, name: str) -> object:
    """Return what a file holds for each model, by model_name, if it has one of the two shapes.

    These are a map, whose keys for shared values are left out, and a list of maps that each hold
    their model_name. Other content is returned as is. Raises DeclarationError for a model that
    appears twice.
    """
    if not isinstance(content, list) or not content:
        return without_shared(content)
    if not all(isinstance(row, dict) and isinstance(row.get(MODEL_NAME), str) for row in content):
        return content
    count = Counter(row[MODEL_NAME] for row in content)
    if repeated := next((model for model in count if count[model] > 1), None):
        raise refusal(name, f"the model {shown(repeated)} appears twice; keep one")
    return {
        row[MODEL_NAME]: {field: value for field, value in row.items() if field != MODEL_NAME}
        for row in content
    }


def without_shared(models: object) -> object:
    """Leave out a map's keys for shared values; see SHARED_KEY."""
    if not isinstance(models, Mapping):
        return models
    return {name: fields for name, fields in models.items() if not is_shared(name)}


def is_shared(key: object) -> bool:
    """Return whether a top-level key holds shared values, and is not a model."""
    return isinstance(key, str) and re.search(SHARED_KEY, key) is not None
