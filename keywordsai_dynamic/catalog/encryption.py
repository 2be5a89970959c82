"""Which values of a stack's models are secret: those that its file holds encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeGuard

from .layers import Secret


def is_encrypted(value: object) -> bool:
    """Return whether a value is encrypted, or holds one that is."""
    if isinstance(value, Mapping):
        return is_ciphertext(value) or any(is_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(is_encrypted(item) for item in value)


def is_ciphertext(value: object) -> bool:
    """Return whether a value is what Pulumi writes for a secret: {secure: …}."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    return isinstance(value.get("secure"), str)


def unreadable(models: object) -> object:
    """Replace whatever is encrypted, models or fields, with a `Secret` without a value."""
    if is_ciphertext(models):
        return Secret(None)
    if not isinstance(models, Mapping):
        return models
    return {name: _unreadable_fields(fields) for name, fields in models.items()}


def _unreadable_fields(fields: object) -> object:
    if is_ciphertext(fields):
        return Secret(None)
    if not isinstance(fields, Mapping):
        return fields
    return {field: Secret(None) if is_encrypted(item) else item for field, item in fields.items()}


def with_secrets(models: object, in_file: object) -> object:
    """Mark the secrets among a stack's decrypted models, by what its file holds encrypted.

    The engine only reports that there are some. So a field is plain only if the file is sure to be
    the one in use: it has these models, and everything readable in it has these values. Otherwise
    all values are treated as secret. `in_file` are the file's models, None if it has none.
    """
    if not isinstance(models, Mapping) or not isinstance(in_file, Mapping):
        return _all_secret(models)
    if not _same(in_file, models):
        return _all_secret(models)
    return {name: _marked(fields, in_file.get(name)) for name, fields in models.items()}


def _same(in_file: object, used: object) -> bool:
    """Return whether what is readable in a file is what is in use; numbers compare by value."""
    if is_ciphertext(in_file):
        return True
    if isinstance(in_file, Mapping) and isinstance(used, Mapping):
        named = {str(name): value for name, value in in_file.items()}
        return named.keys() == used.keys() and all(_same(named[name], used[name]) for name in used)
    if isinstance(in_file, list) and isinstance(used, list):
        return len(in_file) == len(used) and all(map(_same, in_file, used))
    if _is_number(in_file) and _is_number(used):
        return Decimal(in_file) == Decimal(used)
    return type(in_file) is type(used) and in_file == used


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _marked(fields: object, in_file: object) -> object:
    if fields is None:  # removes a model, and has nothing to hide
        return None
    if not isinstance(fields, Mapping):
        return Secret(fields) if in_file is None or is_encrypted(in_file) else fields
    return {
        field: value
        if isinstance(in_file, Mapping) and field in in_file and not is_encrypted(in_file[field])
        else Secret(value)
        for field, value in fields.items()
    }


def _all_secret(models: object) -> object:
    if not isinstance(models, Mapping):
        return Secret(models)
    return {name: _marked(fields, None) for name, fields in models.items()}
