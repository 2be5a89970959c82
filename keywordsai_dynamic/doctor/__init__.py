"""Checks the setup, from the API key to the engine's Python, and says how to fix what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..core.errors import DeclarationError
from ..core.redaction import redact
from .configuration import check_configuration
from .diagnosis import Diagnosis, as_json, healthy
from .engine import check_engine
from .project import project_around
from .service import check_service

__all__ = ["Diagnosis", "as_json", "examine", "healthy"]


def examine(start: Path) -> list[Diagnosis]:
    """Check the service, the configuration and the engine, as seen from the folder `start`."""
    diagnoses = []
    try:
        project = project_around(start)
    except DeclarationError as error:
        project = None
        diagnoses.append(Diagnosis("project", "bad", str(error), "correct the file"))
    diagnoses += check_service(project.stacks if project else {})
    diagnoses += check_configuration(project) if project else []
    diagnoses += check_engine(project, start)
    return [replace(each, found=redact(each.found), to_do=redact(each.to_do)) for each in diagnoses]
