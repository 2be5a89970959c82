"""What a command is given, a stack or a catalog file, turned into the layers of a catalog."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..core.config_keys import MODELS_CONFIG_KEY
from ..core.errors import DeclarationError
from ..files.models import without_shared
from ..files.reader import is_readable, read
from .encryption import is_ciphertext, unreadable
from .layers import Layer, Secret
from .project_files import base_file, project_folder, stack_file
from .rows import models_of
from .stack_config import StackConfig, accepted, replaced, stack_config

_STACK_FILE = re.compile(r"Pulumi\.(.+)\.ya?ml")


@dataclass(frozen=True)
class Sources:
    """The layers of a catalog, and remarks on the files that they were read from.

    `encrypted` are the models that cannot be read at all, with their file; no layer has them.
    """

    layers: list[Layer]
    remarks: list[str] = field(default_factory=list)
    encrypted: Mapping[str, str] = field(default_factory=dict)


def is_catalog(source: str, here: Path) -> bool:
    """Return whether a source is a single catalog file, and not a stack."""
    path = here / source
    if _STACK_FILE.fullmatch(path.name):
        return False
    if is_readable(path):
        return True
    # Files without a suffix, too: `/dev/fd/63`, from a shell's `<(…)`.
    return bool(path.suffix or "/" in source) and path.exists() and not path.is_dir()


def layers_of(source: str, base: Path | None, here: Path) -> Sources:
    """Read the layers of a stack, given its name or its file, or of a single catalog file.

    A stack's base file is `base`, or the models.yaml next to its program. Raises DeclarationError
    if there is nothing to read, or a key of the stack is a mistake.
    """
    path = here / source
    if is_catalog(source, here):
        return Sources([file_layer(path)])
    stack = _STACK_FILE.fullmatch(path.name)
    project = project_folder(path.parent if stack else here)
    if project is None:
        raise DeclarationError(
            f"no Pulumi.yaml here or above, and {source!r} is neither a stack nor a file"
        )
    name = stack[1] if stack else source.rpartition("/")[2]
    config = stack_config(path if stack else stack_file(project, name), project, name)
    found = base or base_file(project)
    bases = [file_layer(found)] if found else []
    return _with_base(source, bases, accepted(config))


def file_layer(path: Path) -> Layer:
    """Read the models of one YAML, JSON or CSV file, unchecked."""
    return Layer(path.name, models_of(read(path), path.name))


def _with_base(source: str, bases: list[Layer], config: StackConfig) -> Sources:
    remarks = [f"{file}: {key}" for file, key in config.keys]
    if config.replaces:
        remarks.append(replaced(config))
    if config.environments:
        remarks.append(f"{config.origin}: its environments are not read, and may have models too")
    if config.models is None:
        if not bases:
            unread = " outside of its environments, which are not read" * config.environments
            raise DeclarationError(
                f"no models: {source} has no {MODELS_CONFIG_KEY}{unread}, and there is no base file"
            )
        return Sources(bases, remarks)
    if is_ciphertext(config.models):
        raise DeclarationError(
            f"{config.origin}: not compared: {MODELS_CONFIG_KEY} is entirely encrypted; encrypt "
            "single values, with `pulumi config set --path --secret`"
        )
    models = unreadable(without_shared(config.models))
    if not isinstance(models, Mapping):
        return Sources([*bases, Layer(config.origin, models)], remarks)
    readable = {name: fields for name, fields in models.items() if not isinstance(fields, Secret)}
    encrypted = {name: config.origin for name in models if name not in readable}
    return Sources([*bases, Layer(config.origin, readable)], remarks, encrypted)
