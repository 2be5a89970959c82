"""Names of models that stand for several: which key of a usage file is a pattern."""

from __future__ import annotations

from glob import escape


def is_pattern(key: str) -> bool:
    """Return whether a key of a usage file is a pattern, like `acme/*`, and not a model's name."""
    return "*" in key or "?" in key


def as_key(model_name: str) -> str:
    """Return what to write for one model, so that its name is not read as a pattern."""
    return escape(model_name) if is_pattern(model_name) else model_name
