"""Whether what the stacks' files say is read: each key, and the models where they belong."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog.stack_files import config_of, stack_config, stack_file
from ..core.config_keys import MODELS
from ..core.errors import DeclarationError
from .finding import Finding
from .project import Project


def look_at_configuration(project: Project) -> list[Finding]:
    """Read the configuration of every stack, as the engine puts it together."""
    found = [each for stack in project.stacks for each in _about(project, stack)]
    return list(dict.fromkeys(found))  # what is in Pulumi.yaml is every stack's


def _about(project: Project, stack: str) -> Iterator[Finding]:
    file = stack_file(project.folder, stack)
    try:
        config = stack_config(file, project.folder, stack)
    except DeclarationError as error:
        yield Finding("config", "bad", str(error), "correct the file")
        return
    for name, key in config.keys:
        told = f"{name}: {key.key}: {key.problem}"
        yield Finding("config", "bad" if key.wrong else "note", told, key.to_do)
    if config.replaces:
        told = f"{config.origin}: {MODELS} replaces that of {config.replaces} as a whole"
        yield Finding("config", "note", told)
    of_the_program = {"models", f"{project.settings.get('name')}:models"}
    keys = project.stacks[stack].keys() | config_of(project.settings).keys()
    if config.models is None and (others := of_the_program & keys):
        told = (
            f"{file.name}: {', '.join(others)} is the program's own key; a catalog reads {MODELS}"
        )
        yield Finding("config", "note", told, f"if it holds the models, rename it to {MODELS}")
