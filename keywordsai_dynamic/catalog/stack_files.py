"""What a stack's configuration file says, read without an engine, a login or a passphrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeGuard

from ..core.config_keys import MODELS, Unread, full, refusal, unread
from ..core.errors import DeclarationError
from ..files.reader import from_json, is_readable, read, without_shared
from .layers import Layer, Secret
from .pulumi_yaml import settings
from .rows import models_of

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")
_STACK_FILE = re.compile(r"Pulumi\.(.+)\.ya?ml")
_OF_A_VALUE = {"value", "secret", "description"}
"""What Pulumi.yaml may say of a key with a value; the engine refuses a type or a default."""

_BASES = ("models.yaml", "models.yml", "models.json")


@dataclass(frozen=True)
class StackConfig:
    """What a stack's file says, and Pulumi.yaml where the stack's file says nothing.

    `origin` is the file that the models are in, `models` None where neither has any; `keys` are the
    other keys under `keywordsai:`, with the file that each stands in. Secrets are `{secure: …}`.
    `environments` tells that there is more, in Pulumi's ESC, which only the engine can read.
    """

    origin: str
    models: object = None
    keys: tuple[tuple[str, Unread], ...] = ()
    replaces: str = ""
    """The file whose models these stand in place of, if there is one."""
    environments: bool = False


@dataclass(frozen=True)
class Sources:
    """The layers of a catalog, and what there is to say of the files that they were read from.

    `encrypted` are the models that cannot be read at all, with their file; they are in no layer.
    """

    layers: list[Layer]
    remarks: list[str] = field(default_factory=list)
    encrypted: Mapping[str, str] = field(default_factory=dict)


def project_folder(start: Path) -> Path | None:
    """Find the folder of the Pulumi project that `start` lies in, or None."""
    return next((each for each in (start, *start.parents) if project_file(each).is_file()), None)


def project_file(project: Path) -> Path:
    """Name the file of the project's settings, whether it is there or not."""
    found = (project / name for name in _PROJECT_FILES if (project / name).is_file())
    return next(found, project / _PROJECT_FILES[0])


def program_folder(project: Path) -> Path:
    """Give the folder that a project's program lies and runs in."""
    main = project / str(settings(project_file(project)).get("main") or ".")
    return main.parent if main.is_file() else main


def stack_folder(project: Path) -> Path:
    """Give the folder that the stacks' files of a project lie in."""
    said = settings(project_file(project))
    named = said.get("stackConfigDir") or said.get("config")  # its old name, for a text
    return project / named if isinstance(named, str) else project


def stack_file(project: Path, stack: str) -> Path:
    """Name the file of a stack, whether it is there or not; it ends as the project's does."""
    return stack_folder(project) / f"Pulumi.{stack}{project_file(project).suffix}"


def base_file(project: Path) -> Path | None:
    """Find the base file beside a project's program: models.yaml, or .yml, or .json."""
    folder = program_folder(project)
    return next((folder / name for name in _BASES if (folder / name).is_file()), None)


def is_catalog(source: str, here: Path) -> bool:
    """Tell whether a source is a single catalog file, and not a stack."""
    path = here / source
    if _STACK_FILE.fullmatch(path.name):
        return False
    if is_readable(path):
        return True
    # By another name: `/dev/fd/63`, from a shell's `<(…)`, is a file too.
    return bool(path.suffix or "/" in source) and path.exists() and not path.is_dir()


def layers_of(source: str, base: Path | None, here: Path) -> Sources:
    """Read the layers of a stack, by its name or its file, or of a single catalog file.

    A stack's base file is `base`, or the models.yaml beside its program. Raises DeclarationError
    where there is nothing to read, or a key of the stack is a mistake.
    """
    path = here / source
    if is_catalog(source, here):
        return Sources([file_layer(path)])
    stack = _STACK_FILE.fullmatch(path.name)
    project = project_folder(path.parent if stack else here)
    if project is None:
        raise DeclarationError(f"no Pulumi.yaml here or above: {source!r} is no stack, nor a file")
    name = stack[1] if stack else source.rpartition("/")[2]
    config = stack_config(path if stack else stack_file(project, name), project, name)
    found = base or base_file(project)
    bases = [file_layer(found)] if found else []
    return _with_base(source, bases, accepted(config))


def accepted(config: StackConfig) -> StackConfig:
    """Raise DeclarationError where a key of a configuration is a mistake."""
    if wrong := [f"{file}: {key}" for file, key in config.keys if key.wrong]:
        raise DeclarationError(refusal(wrong))
    return config


def _with_base(source: str, bases: list[Layer], config: StackConfig) -> Sources:
    remarks = [f"{file}: {key}" for file, key in config.keys]
    if config.replaces:
        remarks.append(f"{config.origin}: {MODELS} replaces that of {config.replaces} as a whole")
    if config.environments:
        remarks.append(f"{config.origin}: its environments are not read, and may have models, too")
    if config.models is None:
        if not bases:
            unread = " outside of its environments, which are not read" * config.environments
            raise DeclarationError(
                f"no models: {source} has no {MODELS}{unread}, and there is no base file"
            )
        return Sources(bases, remarks)
    if _ciphertext(config.models):
        raise DeclarationError(
            f"{config.origin}: not compared: {MODELS} is encrypted as a whole; encrypt single "
            "values, with `pulumi config set --path --secret`"
        )
    models = _unreadable(without_shared(config.models))
    if not isinstance(models, Mapping):
        return Sources([*bases, Layer(config.origin, models)], remarks)
    plain = {name: fields for name, fields in models.items() if not isinstance(fields, Secret)}
    encrypted = {name: config.origin for name in models if name not in plain}
    return Sources([*bases, Layer(config.origin, plain)], remarks, encrypted)


def file_layer(path: Path) -> Layer:
    """Read the models of one YAML, JSON or CSV file, unchecked."""
    return Layer(path.name, models_of(read(path), path.name))


def stack_config(file: Path, project: Path, stack: str) -> StackConfig:
    """Read what a stack's file and Pulumi.yaml say, as the engine puts them together.

    The models of a stack's file stand in place of those of Pulumi.yaml, and are not laid over them.
    Raises DeclarationError where there is no such file, or one that cannot be read.
    """
    if not file.is_file():
        known = ", ".join(sorted(_stacks_in(file.parent, file.suffix))) or "none"
        raise DeclarationError(f"no {file.name} in {file.parent}; stacks with a file: {known}")
    general = project_file(project)
    said = settings(file)
    own, common = config_of(said), config_of(settings(general))
    other = None if file.name == stack_file(project, stack).name else file
    keys = [
        *((file.name, key) for key in unread(_secrecy(own), stack, other)),
        *((general.name, key) for key in unread(_secrecy(common), None)),
    ]
    shared = _in_value(common[MODELS], general.name) if MODELS in common else None
    elsewhere = general.name if shared is not None else ""
    more = bool(said.get("environment"))
    if MODELS in own:  # empty, too
        models = _meant(own[MODELS], file.name)
        return StackConfig(file.name, models, tuple(keys), elsewhere, more)
    return StackConfig(elsewhere or file.name, shared, tuple(keys), environments=more)


def config_of(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the configuration of a file by the names that the engine has for its keys."""
    config = said.get("config")
    return {full(str(key)): config[key] for key in config} if isinstance(config, Mapping) else {}


def _secrecy(config: Mapping[str, object]) -> dict[str, bool]:
    return {key: _encrypted(value) for key, value in config.items()}


def _meant(models: object, name: str) -> object:
    """Give the models that a file says; as text they are JSON, and empty text is none."""
    if not isinstance(models, str):
        return models
    return from_json(models, f"{name}: {MODELS}") if models.strip() else None


def _in_value(declared: object, name: str) -> object:
    """Give the models that Pulumi.yaml declares; the engine has a form of its own for a map."""
    if not isinstance(declared, Mapping | None):
        return _meant(declared, name)
    if declared is None or declared.get("value") is None or declared.keys() - _OF_A_VALUE:
        raise DeclarationError(f"{name}: {MODELS}: Pulumi wants the models in `value: {{…}}`")
    return _meant(declared["value"], name)


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
    return _meant(config_of(settings(file)).get(MODELS), file.name)
