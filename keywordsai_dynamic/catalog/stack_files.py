"""What a stack's configuration file says, read without an engine, a login or a passphrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import DeclarationError
from .layers import Layer, Secret
from .reading import read

MODELS = "keywordsai:models"
_BASES = ("models.yaml", "models.yml", "models.json")


def project_folder(start: Path) -> Path | None:
    """Find the folder of the Pulumi project that `start` lies in, or None."""
    return next(
        (each for each in (start, *start.parents) if (each / "Pulumi.yaml").is_file()), None
    )


def base_file(project: Path) -> Path | None:
    """Find the base file beside a project's program: models.yaml, or .yml, or .json."""
    settings = read(project / "Pulumi.yaml")
    main = settings.get("main", ".") if isinstance(settings, Mapping) else "."
    folder = project / str(main)
    folder = folder.parent if folder.is_file() else folder
    return next((folder / name for name in _BASES if (folder / name).is_file()), None)


def layers_of(source: str, base: Path | None, here: Path) -> list[Layer]:
    """Read the layers of a stack, by its name or its file, or of a single catalogue file.

    A stack's base file is `base`, or the models.yaml beside its program. Raises DeclarationError
    where there is nothing to read.
    """
    path = here / source
    stack = re.fullmatch(r"Pulumi\.(.+)\.ya?ml", path.name)
    if path.suffix in {".yaml", ".yml", ".json"} and not stack:
        return [file_layer(path)]
    project = path.parent if stack else project_folder(here)
    if project is None:
        raise DeclarationError(f"no Pulumi.yaml here or above: {source!r} is no stack, nor a file")
    found = base or base_file(project)
    own = stack_layer(project, stack[1] if stack else source.rpartition("/")[2])
    layers = [*([file_layer(found)] if found else []), *([own] if own else [])]
    if not layers:
        raise DeclarationError(f"no models: {source} has no {MODELS}, and there is no base file")
    return layers


def file_layer(path: Path) -> Layer:
    """Read the models of one YAML or JSON file, unchecked."""
    return Layer(path.name, read(path))


def stack_layer(project: Path, stack: str) -> Layer | None:
    """Read the models of a stack's file; None where it says nothing of models.

    Encrypted values cannot be read here; each becomes a `Secret` without a value. Raises
    DeclarationError where there is no such file.
    """
    file = project / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(stacks(project))) or "none"
        raise DeclarationError(f"no {file.name} in {project}; stacks with a file: {known}")
    models = _models(file)
    return None if models is None else Layer(file.name, _unreadable(models))


def stacks(project: Path) -> Iterator[str]:
    """Name the stacks that have a file of their own."""
    for file in project.glob("Pulumi.*.yaml"):
        yield file.name.removeprefix("Pulumi.").removesuffix(".yaml")


def secrets_marked(models: object, project: Path | None, stack: str) -> object:
    """Mark the secrets among a stack's decrypted models, by what its file holds encrypted.

    Where the file does not tell, all values are taken for secret.
    """
    file = project / f"Pulumi.{stack}.yaml" if project else None
    written = _models(file) if file and file.is_file() else None
    if not isinstance(models, Mapping) or not isinstance(written, Mapping):
        return _all_secret(models)
    return {name: _marked(fields, written.get(name)) for name, fields in models.items()}


def _marked(fields: object, written: object) -> object:
    if not isinstance(fields, Mapping):
        return fields
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
