"""Why it does not work here: all from the key to the engine's Python, each with a way out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..core.errors import DeclarationError
from ..core.redaction import redact
from .configuration import look_at_configuration
from .engine import look_at_engine
from .finding import Finding, as_json, healthy
from .project import project_around
from .service import look_at_service

__all__ = ["Finding", "as_json", "examine", "healthy"]


def examine(start: Path) -> list[Finding]:
    """Look at the service and at the engine, as they are seen from the folder `start`."""
    findings = []
    try:
        project = project_around(start)
    except DeclarationError as error:
        project = None
        findings.append(Finding("project", "bad", str(error), "correct the file"))
    findings += look_at_service(project.stacks if project else {})
    findings += look_at_configuration(project) if project else []
    findings += look_at_engine(project, start)
    return [replace(each, found=redact(each.found), to_do=redact(each.to_do)) for each in findings]
