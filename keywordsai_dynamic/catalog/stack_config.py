"""What a stack's file and Pulumi.yaml configure, read without engine, login or passphrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.config_keys import MODELS_CONFIG_KEY, Unread, full, refusal, unread
from ..core.errors import DeclarationError
from ..files.json_reader import from_json
from .encryption import is_encrypted, with_secrets
from .project_files import project_file, stack_file, stacks_in
from .pulumi_yaml import settings

_OF_A_VALUE = {"value", "secret", "description"}
"""What Pulumi.yaml may have beside a value; the engine refuses a type or a default there."""


@dataclass(frozen=True)
class StackConfig:
    """What the stack's file configures, and Pulumi.yaml where the stack's file does not.

    `origin` is the file of the models, `models` None if neither file has any; `keys` are other
    keys that were meant for us, each with its file. Secrets are `{secure: …}`. `environments` is
    true if there is more in Pulumi ESC, which only the engine can read.
    """

    origin: str
    models: object = None
    keys: tuple[tuple[str, Unread], ...] = ()
    replaces: str = ""
    """The file whose models are replaced by these, if any."""
    environments: bool = False


def stack_config(file: Path, project: Path, stack: str) -> StackConfig:
    """Read what a stack's file and Pulumi.yaml configure, combined as the engine does it.

    The models of a stack's file replace those of Pulumi.yaml, and are not merged over them. Raises
    DeclarationError if there is no such file, or one cannot be read.
    """
    if not file.is_file():
        known = ", ".join(sorted(stacks_in(file.parent, file.suffix))) or "none"
        raise DeclarationError(f"no {file.name} in {file.parent}; stacks with a file: {known}")
    general = project_file(project)
    of_stack = settings(file)
    of_project = settings(general)
    own, common = config_of(of_stack), config_of(of_project)
    program = str(of_project.get("name"))
    other = None if file.name == stack_file(project, stack).name else file
    keys = [
        *((file.name, key) for key in unread(_secrecy(own), stack, other, program=program)),
        *((general.name, key) for key in unread(_secrecy(common), None, program=program)),
    ]
    shared = (
        _in_value(common[MODELS_CONFIG_KEY], general.name) if MODELS_CONFIG_KEY in common else None
    )
    elsewhere = general.name if shared is not None else ""
    environments = bool(of_stack.get("environment"))
    if MODELS_CONFIG_KEY in own:  # even if it is empty
        models = _parsed(own[MODELS_CONFIG_KEY], file.name)
        return StackConfig(file.name, models, tuple(keys), elsewhere, environments)
    return StackConfig(elsewhere or file.name, shared, tuple(keys), environments=environments)


def accepted(config: StackConfig) -> StackConfig:
    """Return a configuration; raises DeclarationError if one of its keys is a mistake."""
    if wrong := [f"{file}: {key}" for file, key in config.keys if key.wrong]:
        raise DeclarationError(refusal(wrong))
    return config


def replaced(config: StackConfig) -> str:
    """Describe which models the engine does not use, because the stack's file replaces them."""
    return f"{config.origin}: {MODELS_CONFIG_KEY} replaces the one in {config.replaces} entirely"


def config_of(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the configuration in a file's content, its keys spelled as the engine does."""
    config = content.get("config")
    return {full(str(key)): config[key] for key in config} if isinstance(config, Mapping) else {}


def secrets_marked(models: object, file: Path | None) -> object:
    """Mark the secrets among a stack's decrypted models, by what its file holds encrypted.

    `file` is the one believed to be in use; see `with_secrets` for when it is not.
    """
    return with_secrets(models, _models_in(file) if file else None)


def _models_in(file: Path) -> object:
    try:
        return _parsed(config_of(settings(file)).get(MODELS_CONFIG_KEY), file.name)
    except DeclarationError:  # the engine could read its file, so this is another one, or none
        return None


def _secrecy(config: Mapping[str, object]) -> dict[str, bool]:
    return {key: is_encrypted(value) for key, value in config.items()}


def _parsed(models: object, name: str) -> object:
    """Return models as they are configured; a string holds JSON, or nothing if it is empty."""
    if not isinstance(models, str):
        return models
    return from_json(models, f"{name}: {MODELS_CONFIG_KEY}") if models.strip() else None


def _in_value(declared: object, name: str) -> object:
    """Return the models in Pulumi.yaml, where the engine wants a map inside `value`."""
    if not isinstance(declared, Mapping | None):
        return _parsed(declared, name)
    if declared is None or declared.get("value") is None or declared.keys() - _OF_A_VALUE:
        raise DeclarationError(
            f"{name}: {MODELS_CONFIG_KEY}: Pulumi expects the models in `value: {{…}}`"
        )
    return _parsed(declared["value"], name)
