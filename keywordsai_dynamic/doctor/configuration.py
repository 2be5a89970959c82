"""Whether the stacks' configuration takes effect: each key, and where the models are."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog.project_files import stack_file
from ..catalog.stack_config import config_of, replaced, stack_config
from ..core.config_keys import MODELS_CONFIG_KEY
from ..core.errors import DeclarationError
from .diagnosis import Diagnosis
from .project import Project


def check_configuration(project: Project) -> list[Diagnosis]:
    """Check the configuration of every stack, combined as the engine does it."""
    found = [each for stack in project.stacks for each in _about(project, stack)]
    return list(dict.fromkeys(found))  # every stack repeats what is in Pulumi.yaml


def _about(project: Project, stack: str) -> Iterator[Diagnosis]:
    file = stack_file(project.folder, stack)
    try:
        config = stack_config(file, project.folder, stack)
    except DeclarationError as error:
        yield Diagnosis("config", "bad", str(error), "correct the file")
        return
    for name, key in config.keys:
        found = f"{name}: {key.key}: {key.problem}"
        yield Diagnosis("config", "bad" if key.wrong else "note", found, key.to_do)
    if config.replaces:
        yield Diagnosis("config", "note", replaced(config))
    if project.language != "python":
        if config.models is not None:
            found = f"{file.name}: {MODELS_CONFIG_KEY}: only catalogs of Python programs read it"
            yield Diagnosis("config", "note", found, "declare its models in the program")
        return
    of_the_program = {"models", f"{project.settings.get('name')}:models"}
    keys = project.stacks[stack].keys() | config_of(project.settings).keys()
    if config.models is None and (others := of_the_program & keys):
        key_list = ", ".join(others)
        found = (
            f"{file.name}: {key_list} belongs to the program; a catalog reads {MODELS_CONFIG_KEY}"
        )
        to_do = f"if it holds the models, rename it to {MODELS_CONFIG_KEY}"
        yield Diagnosis("config", "note", found, to_do)
