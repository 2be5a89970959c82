"""What a stack's configuration file says, read without an engine, a login or a passphrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TypeGuard

from ..errors import DeclarationError
from ..files import is_readable, read, without_shared
from .layers import Layer, Secret
from .rows import models_of

MODELS = "keywordsai:models"
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")
_BASES = ("models.yaml", "models.yml", "models.json")


def project_folder(start: Path) -> Path | None:
    """Find the folder of the Pulumi project that `start` lies in, or None."""
    return next((each for each in (start, *start.parents) if project_file(each).is_file()), None)


def project_file(project: Path) -> Path:
    """Name the file of the project's settings, whether it is there or not."""
    found = (project / name for name in _PROJECT_FILES if (project / name).is_file())
    return next(found, project / _PROJECT_FILES[0])


def stack_folder(project: Path) -> Path:
    """Give the folder that the stacks' files of a project lie in."""
    settings = _settings(project)
    named = settings.get("stackConfigDir") or settings.get("config")  # its old name, for a text
    return project / named if isinstance(named, str) else project


def stack_file(project: Path, stack: str) -> Path:
    """Name the file of a stack, whether it is there or not; it ends as the project's does."""
    return stack_folder(project) / f"Pulumi.{stack}{project_file(project).suffix}"


def _settings(project: Path) -> Mapping[str, object]:
    settings = read(project_file(project))
    return settings if isinstance(settings, Mapping) else {}


def base_file(project: Path) -> Path | None:
    """Find the base file beside a project's program: models.yaml, or .yml, or .json."""
    folder = project / str(_settings(project).get("main") or ".")
    folder = folder.parent if folder.is_file() else folder
    return next((folder / name for name in _BASES if (folder / name).is_file()), None)


def layers_of(source: str, base: Path | None, here: Path) -> list[Layer]:
    """Read the layers of a stack, by its name or its file, or of a single catalogue file.

    A stack's base file is `base`, or the models.yaml beside its program. Raises DeclarationError
    where there is nothing to read.
    """
    path = here / source
    stack = re.fullmatch(r"Pulumi\.(.+)\.ya?ml", path.name)
    if not stack and (is_readable(path) or (path.suffix and path.is_file())):
        return [file_layer(path)]
    project = project_folder(path.parent if stack else here)
    if project is None:
        raise DeclarationError(f"no Pulumi.yaml here or above: {source!r} is no stack, nor a file")
    found = base or base_file(project)
    own = stack_layer(path if stack else stack_file(project, source.rpartition("/")[2]))
    layers = [*([file_layer(found)] if found else []), *([own] if own else [])]
    if not layers:
        raise DeclarationError(f"no models: {source} has no {MODELS}, and there is no base file")
    return layers


def file_layer(path: Path) -> Layer:
    """Read the models of one YAML, JSON or CSV file, unchecked."""
    return Layer(path.name, models_of(read(path), path.name))


def stack_layer(file: Path) -> Layer | None:
    """Read the models of a stack's file; None where it says nothing of models.

    Encrypted values cannot be read here; each becomes a `Secret` without a value. Raises
    DeclarationError where there is no such file.
    """
    if not file.is_file():
        known = ", ".join(sorted(_stacks_in(file.parent, file.suffix))) or "none"
        raise DeclarationError(f"no {file.name} in {file.parent}; stacks with a file: {known}")
    models = _models(file)
    return None if models is None else Layer(file.name, _unreadable(without_shared(models)))


def stacks(project: Path) -> Iterator[str]:
    """Name the stacks that have a file of their own."""
    return _stacks_in(stack_folder(project), project_file(project).suffix)


def _stacks_in(folder: Path, suffix: str) -> Iterator[str]:
    for file in folder.glob(f"Pulumi.*{suffix}"):
        yield file.name.removeprefix("Pulumi.").removesuffix(suffix)


def secrets_marked(models: object, file: Path | None) -> object:
    """Mark the secrets among a stack's decrypted models, by what its file holds encrypted.

    The engine says no more than that there are some. So a field is plain only where the file is
    sure to be the one in use: it has these models, and what it can be read of has these values.
    Elsewhere all values are taken for secret.
    """
    written = _written(file)
    if not isinstance(models, Mapping) or not isinstance(written, Mapping):
        return _all_secret(models)
    if not _same(written, models):
        return _all_secret(models)
    return {name: _marked(fields, written.get(name)) for name, fields in models.items()}


def _written(file: Path | None) -> object:
    try:
        return _models(file) if file else None
    except DeclarationError:  # the engine has read its file, so that this is another one, or none
        return None


def _same(written: object, used: object) -> bool:
    """Tell whether a file says what is in use, as far as it can be read: numbers by their value."""
    if _ciphertext(written):
        return True
    if isinstance(written, Mapping) and isinstance(used, Mapping):
        named = {str(name): value for name, value in written.items()}
        return named.keys() == used.keys() and all(_same(named[name], used[name]) for name in used)
    if isinstance(written, list) and isinstance(used, list):
        return len(written) == len(used) and all(map(_same, written, used))
    if _number(written) and _number(used):
        return Decimal(written) == Decimal(used)
    return type(written) is type(used) and written == used


def _number(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _marked(fields: object, written: object) -> object:
    if fields is None:  # takes a model away, and says nothing of it
        return None
    if not isinstance(fields, Mapping):
        return Secret(fields) if written is None or _encrypted(written) else fields
    return {
        field: value
        if isinstance(written, Mapping) and field in written and not _encrypted(written[field])
        else Secret(value)
        for field, value in fields.items()
    }


def _all_secret(models: object) -> object:
    if not isinstance(models, Mapping):
        return Secret(models)
    return {name: _marked(fields, None) for name, fields in models.items()}


def _unreadable(models: object) -> object:
    """Put a `Secret` without a value for everything, each model and each field encrypted."""
    if _ciphertext(models):
        return Secret(None)
    if not isinstance(models, Mapping):
        return models
    return {name: _unreadable_fields(fields) for name, fields in models.items()}


def _unreadable_fields(fields: object) -> object:
    if _ciphertext(fields):
        return Secret(None)
    if not isinstance(fields, Mapping):
        return fields
    return {field: Secret(None) if _encrypted(item) else item for field, item in fields.items()}


def _encrypted(written: object) -> bool:
    """Tell whether a value is encrypted, or holds something that is."""
    if isinstance(written, Mapping):
        return _ciphertext(written) or any(_encrypted(item) for item in written.values())
    return isinstance(written, list) and any(_encrypted(item) for item in written)


def _ciphertext(written: object) -> bool:
    """Tell whether a value is what Pulumi writes for a secret: {secure: …}."""
    if not isinstance(written, Mapping) or len(written) != 1:
        return False
    return isinstance(written.get("secure"), str)


def _models(file: Path) -> object:
    content = read(file)
    config = content.get("config") if isinstance(content, Mapping) else None
    return config.get(MODELS) if isinstance(config, Mapping) else None
